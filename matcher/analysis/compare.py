"""Two plans side by side: term by term, and elder by elder."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.plan import DISTANCE_BASES, Plan

_NOBODY = ""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The differences between two plans, ``a`` and ``b``.

    Attributes:
        terms: A row a figure, in its unit, with the columns ``a``, ``b`` and ``difference`` (b - a): who is served, by
            status, what distances rest on, metres of the measured straight lines, costs by rule, elders left out by
            reason, places missing. NaN is a figure that a plan has not.
        elders: A row an elder whose volunteer differs, with the columns ``elder_id``, ``volunteer_a``, ``volunteer_b``
            (empty: none), ``distance_a_m``, ``distance_b_m`` and ``change``: ``served``, ``left_out`` or ``moved``.
    """

    terms: pd.DataFrame
    elders: pd.DataFrame


def compare(a: Plan, b: Plan) -> Comparison:
    """Compare two plans, of one month or of two; people are known by their ids."""
    terms = pd.DataFrame({"a": _compute_terms(a), "b": _compute_terms(b)}, dtype=float)
    # figures of one plan alone, by reason or rule, are 0 in the other where that has others of the kind
    counted = terms.index.str.startswith(("unmatched_", "cost_"))
    terms[counted] = terms[counted].fillna(0.0)
    terms = terms.reindex(_merge_order([*_compute_terms(a)], [*_compute_terms(b)]))
    terms["difference"] = terms["b"] - terms["a"]
    return Comparison(terms, _find_moved(a, b))


def _merge_order(first: list[str], second: list[str]) -> list[str]:
    """Return the names of both, those of the second alone after the last of their kind."""
    for name in second:
        if name not in first:
            kind = name.partition("_")[0]
            first.insert(max(i for i, each in enumerate(first) if each.partition("_")[0] == kind) + 1, name)
    return first


def _compute_terms(plan: Plan) -> dict[str, float]:
    """Return a plan's figures by name."""
    month, served = plan.month, len(plan.elder)
    metres, basis = plan.distance_m[plan.distance_basis == "measured"], Counter(plan.distance_basis.tolist())
    status, load = Counter(plan.status), np.bincount(plan.volunteer, minlength=month.n_volunteers)
    reasons = Counter(row.reason for row in plan.unmatched)
    return {
        "served": served,
        "unmatched": month.n_elders - served,
        **{f"unmatched_{reason}": reasons[reason] for reason in sorted(reasons)},
        "missing_places": sum(row.hall.missing for row in plan.shortages),
        "kept": status["kept"],
        "new": status["new"],
        "changed": status["changed"],
        "pinned": status["pinned"],
        "ended": len(plan.changes),
        "same_building": int(plan.same_building.sum()),
        **{f"distance_{name}": basis[name] for name in DISTANCE_BASES},
        "mean_m": float(metres.mean()) if len(metres) else np.nan,
        "longest_m": float(metres.max()) if len(metres) else np.nan,
        "most_elders": int(load.max(initial=0)),
        "volunteers_with_elders": int((load > 0).sum()),
        "cost_m": int(plan.cost_m.sum()),
        **{f"cost_{name}_m": int(term.sum()) for name, term in plan.cost_terms.items()},
    }


def _find_moved(a: Plan, b: Plan) -> pd.DataFrame:
    """Return a row for each elder whose volunteer differs."""
    both = _list_pairs(a).add_suffix("_a").join(_list_pairs(b).add_suffix("_b"), how="outer").sort_index()
    both[["volunteer_a", "volunteer_b"]] = both[["volunteer_a", "volunteer_b"]].fillna(_NOBODY)
    both = both[both["volunteer_a"] != both["volunteer_b"]]
    none = [both[name] == _NOBODY for name in ("volunteer_a", "volunteer_b")]
    change = np.select(none, ["served", "left_out"], "moved")
    return pd.DataFrame(
        {
            "elder_id": both.index.astype(str),
            "volunteer_a": both["volunteer_a"].astype(str).to_numpy(),
            "volunteer_b": both["volunteer_b"].astype(str).to_numpy(),
            "distance_a_m": both["distance_m_a"].to_numpy(),
            "distance_b_m": both["distance_m_b"].to_numpy(),
            "change": change,
        }
    )


def _list_pairs(plan: Plan) -> pd.DataFrame:
    """Return volunteer's id and distance by elder's id."""
    roster = plan.month.roster
    return pd.DataFrame(
        {"volunteer": roster.volunteers["id"].to_numpy()[plan.volunteer], "distance_m": plan.distance_m},
        index=pd.Index(roster.elders["id"].to_numpy()[plan.elder], name="elder_id"),
    )
