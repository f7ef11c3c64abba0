"""Two plans side by side: figure by figure, pair by pair, term by term, area by area, person by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.analysis.compared_plan import AREA, ComparedPlan, order_figures
from matcher.analysis.html import write_frame, write_table
from matcher.columns import FILES
from matcher.plan import Plan
from matcher.roster.model import Roster

Mask = NDArray[np.bool_]
Words = NDArray[np.object_]

KEPT, MOVED, SERVED, LEFT_OUT = "kept", "moved", "served", "left_out"
KINDS = (KEPT, MOVED, SERVED, LEFT_OUT)
"""Changes of an elder's pair: the same volunteer, another, one only in the second plan, one only in the first."""
BESIDE = ("loads", "leaving_out")
"""Costs of a plan beside those of its pairs."""
_COUNTS = ("elders", "taking_part", "matched", "waiting", "volunteers", "places")
_NOBODY = ""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The differences between two plans, ``a`` and ``b``.

    Attributes:
        terms: A row a figure, in its unit, with the columns ``a``, ``b`` and ``difference`` (b - a): who is served, by
            status, what distances rest on, metres of the measured straight lines, costs by rule, elders left out by
            reason, places missing. NaN is a figure that a plan has not.
        elders: A row an elder whose volunteer differs, with the columns ``elder_id``, ``volunteer_a``, ``volunteer_b``
            (empty: none), ``distance_a_m``, ``distance_b_m``, ``cost_a_m``, ``cost_b_m`` and ``change``: ``served``,
            ``left_out`` or ``moved``.
        pairs: How many elders keep their volunteer, get another, one, or none, by ``KINDS``.
        costs: A row a term of the pairs' costs, and what loads and those left out cost; metres of the second plan more
            than of the first, by what becomes of the pairs (``KINDS``), and in all (``difference``).
        people: A row a person who joined, left or changed, with the columns ``part``, ``person_id``, ``change`` and
            ``columns``: what of them is other, as the roster's columns are called.
        knows_changed: Whether both rosters are known, so that people who changed are told.
        in_part: ``elder`` or ``volunteer`` where a plan names only some of them: not all who left are known.
        areas: A row an area, with counts of both plans (``elders_a``, ``elders_b`` …) and, where rosters are known,
            elders by what becomes of their pairs and the metres of their pairs more (``cost_m``); None: not known.
    """

    terms: pd.DataFrame
    elders: pd.DataFrame
    pairs: dict[str, int]
    costs: pd.DataFrame
    people: pd.DataFrame
    knows_changed: bool
    in_part: frozenset[str]
    areas: pd.DataFrame | None

    def _repr_html_(self) -> str:
        """Return the figures, the pairs, the costs and the elders as tables, for a notebook."""
        return (
            write_frame(self.terms)
            + write_table(self.pairs, [self.pairs.values()])
            + write_frame(self.costs)
            + write_frame(self.elders.set_index("elder_id"))
        )


def compare(a: Plan | ComparedPlan, b: Plan | ComparedPlan) -> Comparison:
    """Compare two plans, of one month or of two; people are known by their ids."""
    one, other = (plan if isinstance(plan, ComparedPlan) else ComparedPlan.of(plan) for plan in (a, b))
    every = one.pairs.index.union(other.pairs.index)
    before, after = (
        plan.pairs["volunteer"].reindex(every, fill_value=_NOBODY).to_numpy(object) for plan in (one, other)
    )
    kind = np.select([before == after, before == _NOBODY, after == _NOBODY], [KEPT, SERVED, LEFT_OUT], MOVED).astype(
        object
    )
    more = _subtract(one, other, every)
    counts = pd.Series(kind, dtype=object).value_counts()
    figures = tabulate_figures([one, other]).set_axis(["a", "b"], axis=1)
    return Comparison(
        figures.assign(difference=figures["b"] - figures["a"]),
        _list_moved(one, other, every, kind),
        {name: int(counts.get(name, 0)) for name in KINDS},
        _sum_costs(one, other, more, kind),
        _find_people(one, other),
        one.roster is not None and other.roster is not None,
        one.in_part | other.in_part,
        _count_areas(one, other, more, kind),
    )


def tabulate_figures(plans: Sequence[ComparedPlan]) -> pd.DataFrame:
    """Return the figures of plans, a column a plan from 0; figures of one kind stand beside one another."""
    names = order_figures(list(dict.fromkeys(name for plan in plans for name in plan.figures)))
    table = pd.DataFrame({i: pd.Series(plan.figures, dtype=float) for i, plan in enumerate(plans)}).reindex(names)
    # figures of one plan alone, by reason or rule, are 0 in the other where that has others of the kind
    counted = table.index.str.startswith(("unmatched_", "cost_"))
    table[counted] = table[counted].fillna(0.0)
    return table


def _subtract(a: ComparedPlan, b: ComparedPlan, elders: pd.Index) -> pd.DataFrame:
    """Return how many metres more each elder's pair costs in the second plan, by term; no pair costs nothing."""
    terms = list(dict.fromkeys([*a.costs, *b.costs]))
    before, after = (plan.costs.reindex(index=elders, columns=terms, fill_value=0) for plan in (a, b))
    return after - before


def _sum_costs(a: ComparedPlan, b: ComparedPlan, more: pd.DataFrame, kind: Words) -> pd.DataFrame:
    """Return metres more by term and by what becomes of the pairs; terms that differ nowhere are left out."""
    table = more.groupby(kind).sum().T.reindex(columns=list(KINDS), fill_value=0).astype(float)
    table["difference"] = table.sum(axis=1)
    table = table[(table[list(KINDS)] != 0).any(axis=1)]
    for name in BESIDE:
        if difference := b.figures[f"{name}_m"] - a.figures[f"{name}_m"]:
            table.loc[name] = [np.nan] * len(KINDS) + [difference]
    return table


def _list_moved(a: ComparedPlan, b: ComparedPlan, elders: pd.Index, kind: Words) -> pd.DataFrame:
    """Return a row for each elder whose volunteer differs."""
    moved = elders[kind != KEPT]
    both = [plan.pairs.assign(cost_m=plan.costs.sum(axis=1)).reindex(moved) for plan in (a, b)]
    return pd.DataFrame(
        {
            "elder_id": moved.astype(str),
            **{
                f"volunteer_{n}": one["volunteer"].fillna(_NOBODY).to_numpy(str)
                for n, one in zip("ab", both, strict=True)
            },
            **{f"distance_{n}_m": one["distance_m"].to_numpy(float) for n, one in zip("ab", both, strict=True)},
            **{f"cost_{n}_m": one["cost_m"].to_numpy(float) for n, one in zip("ab", both, strict=True)},
            "change": kind[kind != KEPT].astype(str),
        }
    )


def _find_people(a: ComparedPlan, b: ComparedPlan) -> pd.DataFrame:
    """Return who joined, left or changed: elders on the roster, volunteers who take part.

    Of a plan that is known in part nobody can say who is not in it.
    """
    rows: list[tuple[str, str, str, str]] = []
    for part in ("elder", "volunteer"):
        before, after = getattr(a, f"{part}s"), getattr(b, f"{part}s")
        if part not in a.in_part:
            rows += [(part, one, "joined", "") for one in sorted(after.difference(before))]
        if part not in b.in_part:
            rows += [(part, one, "left", "") for one in sorted(before.difference(after))]
        if a.roster is not None and b.roster is not None:
            rows += [(part, one, "changed", names) for one, names in find_changed(a.roster, b.roster, f"{part}s")]
    return pd.DataFrame(rows, columns=["part", "person_id", "change", "columns"], dtype=object)


def find_changed(a: Roster, b: Roster, side: str) -> list[tuple[str, str]]:
    """Return the ids of people on both rosters of whom something is other, with the names of the columns."""
    before, after = (getattr(roster, side).set_index("id") for roster in (a, b))
    ids = before.index.intersection(after.index).sort_values()
    before, after = before.loc[ids], after.loc[ids]
    other: dict[str, Mask] = {}
    for column in FILES[side]:
        if column.name in before and column.name in after:
            differs = _differ(before[column.name], after[column.name])
            if differs.any():
                other[column.name] = differs
    if not other:
        return []
    mask = np.column_stack(list(other.values()))
    names = np.array(list(other), dtype=object)
    return [(str(ids[i]), ", ".join(names[mask[i]])) for i in np.flatnonzero(mask.any(axis=1)).tolist()]


def _differ(one: pd.Series, other: pd.Series) -> Mask:
    """Return where two columns hold another value; nothing known equals nothing known."""
    same = one.to_numpy(object) == other.to_numpy(object)
    return np.asarray(~(same | (one.isna().to_numpy() & other.isna().to_numpy())), dtype=bool)


def _count_areas(a: ComparedPlan, b: ComparedPlan, more: pd.DataFrame, kind: Words) -> pd.DataFrame | None:
    """Return counts of both plans by area, and what becomes of the pairs of its elders where rosters are known."""
    if a.areas is None or b.areas is None:
        return None
    index = a.areas.index.union(b.areas.index)
    before, after = (
        plan.areas[list(_COUNTS)].reindex(index).fillna(0).astype(int) for plan in (a, b) if plan.areas is not None
    )
    table = pd.concat({name: pd.DataFrame({"a": before[name], "b": after[name]}) for name in _COUNTS}, axis=1)
    table.columns = pd.Index(["_".join(pair) for pair in table.columns.to_flat_index()])
    where = b.find_area(more.index)
    earlier = a.find_area(more.index)
    if where is None or earlier is None:
        return table
    gone = (where == "").all(axis=1)
    where[gone] = earlier[gone]
    keys = [where[name].to_numpy(object) for name in AREA]
    counted = pd.DataFrame({name: kind == name for name in KINDS}).groupby(keys).sum().astype(int)
    metres = more.sum(axis=1).groupby(keys).sum().rename("cost_m").astype(int)
    return table.join(counted.join(metres).rename_axis(list(AREA)), how="left").fillna(0).astype(int)
