"""A run's plan becomes what its page shows: in order of id, blurred before anything is packed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.i18n import LANGUAGES, in_language, language
from matcher.matching.capacity import compute_capacity
from matcher.outputs.left_out import count_areas, write_sentence
from matcher.outputs.page.advice import list_advice
from matcher.outputs.page.coarse import hide_metres, round_up
from matcher.outputs.page.contents import (
    PLACE,
    RISKS,
    STATUSES,
    Areas,
    Degrees,
    Homes,
    Index,
    PageContents,
    People,
    ShortageRow,
)
from matcher.outputs.page.outlines import draw_outlines
from matcher.outputs.page.squares import Squares
from matcher.outputs.page.worth import find_worth
from matcher.outputs.tables import Names, PeopleNames
from matcher.plan import Plan, Shortage
from matcher.roster.model import Roster
from matcher.schedule import Schedule

_UNKNOWN = -1
_BETWEEN = "\x1f"
_FREE_TERMS = frozenset(
    {
        *("keep", "sex", "wanted_language", "common_language", "dementia_training", "high_risk_training"),
        *("common_time", "least_visits", "silence", "missed_contacts", "acquainted", "interests", "needs"),
    }
)
"""Terms of a pair's cost that do not tell where the two live."""
_Places = tuple[Degrees, Degrees]


def build_contents(
    plan: Plan,
    people: PeopleNames,
    unmatched: pd.DataFrame,
    schedule: Schedule | None,
    figures: Mapping[str, Any],
    *,
    names: Names = "masked",
    homes: Homes = "squares",
) -> PageContents:
    """Return what the page of a run shows.

    Args:
        plan: The plan.
        people: Ids and names of both rosters.
        unmatched: Elders without a volunteer, as unmatched.csv has them.
        schedule: The contacts, where there are any.
        figures: The month in numbers.
        names: Whether names are shown.
        homes: Where people are shown: in squares that several elders share, or at their homes.
    """
    month, page = plan.month, plan.month.settings.page
    roster, n = month.roster, month.n_elders
    order, order_v = (np.argsort(ids[:-1].astype(str), kind="stable") for ids in (people.elder_id, people.volunteer_id))
    rank, rank_v = _invert(order), _invert(order_v)
    places = _read_places(roster.elders, order), _read_places(roster.volunteers, order_v)
    squares = Squares.of(*places[0], page.square_m, page.least_people)
    coarse = squares.blur(*places[0]), squares.blur(*places[1])
    shown = places if homes == "exact" else coarse
    areas, committee, committee_v = _find_areas(roster, order, order_v, coarse[0])
    is_named = names == "full"
    paired = rank[plan.elder]
    left = rank[_find_ids(people.elder_id, unmatched["elder_id"])]
    reasons = tuple(sorted(set(unmatched["reason"])))
    halls = [(rank[row.hall.elders], row.hall.missing) for row in plan.shortages]
    shortage_of = _spread(n, *_list_members(halls))
    reach_m = _find_reach(plan)
    risk = np.array([RISKS.index(code) if code in RISKS else 0 for code in roster.elders["risk"].tolist()], dtype=int)
    apart = plan.distance_m[np.isfinite(plan.distance_m)]
    return PageContents(
        month=month.horizon.start,
        homes=homes,
        square_m=page.square_m,
        least_people=page.least_people,
        elders=People(people.elder_id[order], people.elder_name[order] if is_named else None, *shown[0], committee),
        volunteers=People(
            people.volunteer_id[order_v], people.volunteer_name[order_v] if is_named else None, *shown[1], committee_v
        ),
        areas=areas,
        risk=risk[order],
        volunteer_of=_spread(n, paired, rank_v[plan.volunteer]),
        status=_spread(n, paired, np.array([STATUSES.index(code) for code in plan.status], dtype=np.int64)),
        distance_m=_spread(n, paired, _count(_soften(plan.distance_m, homes))),
        terms={
            name: cost[np.argsort(paired, kind="stable")]
            for name, cost in _list_terms(plan, homes).items()
            if cost.any()
        },
        reasons=reasons,
        reason=_spread(n, left, np.array([reasons.index(code) for code in unmatched["reason"]], dtype=np.int64)),
        sentences=_write_sentences(plan, people, unmatched, np.argsort(left, kind="stable"), homes),
        shortage_of=shortage_of,
        load=plan.load[order_v],
        places=compute_capacity(plan.features)[order_v],
        price_m=_list_prices(plan, homes)[order_v],
        is_short=_find_short(plan)[order_v],
        reach_m=_find_volunteer_reach(roster, reach_m[order], order_v, coarse),
        shortages=tuple(_make_row(plan, row) for row in plan.shortages),
        shortage_outlines=draw_outlines(shortage_of, len(halls), *coarse[0]),
        squares=squares,
        worth=find_worth(
            squares, *coarse[0], reach_m[order], halls, max((row.usual_capacity for row in plan.shortages), default=1)
        ),
        advice=list_advice(plan, people, unmatched, schedule),
        figures=figures,
        distance_counts=np.bincount((apart // 100).astype(np.int64)),
    )


def _invert(order: Index) -> Index:
    """Return the place of each index in an order."""
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _spread(n: int, where: Index, values: Index) -> Index:
    """Return values at some places of n, -1 elsewhere."""
    out = np.full(n, _UNKNOWN, dtype=np.int64)
    out[where] = values
    return out


def _find_ids(known: NDArray[np.object_], ids: pd.Series) -> Index:
    """Return the roster index of each id."""
    return np.asarray(pd.Index(known[:-1]).get_indexer(pd.Index(ids)), dtype=np.int64)


def _list_members(halls: Sequence[tuple[Index, int]]) -> tuple[Index, Index]:
    """Return the elders of all shortages, and the place of each one's shortage."""
    elders = np.concatenate([np.empty(0, dtype=np.int64), *(members for members, _missing in halls)])
    return elders, np.repeat(np.arange(len(halls)), [len(members) for members, _missing in halls])


def _read_places(people: pd.DataFrame, order: Index) -> _Places:
    """Return where people live, in an order."""
    lng, lat = people[["lng", "lat"]].to_numpy(np.float64)[order].T
    return lng, lat


def _count(metres: Degrees) -> Index:
    """Return metres as whole numbers, -1 where nobody knows."""
    return np.where(np.isnan(metres), _UNKNOWN, np.nan_to_num(metres)).astype(np.int64)


def _list_prices(plan: Plan, homes: Homes) -> Index:
    """Return what a place of each volunteer is worth, -1 where nobody knows; 0 stays 0."""
    if plan.price_m is None:
        return np.full(plan.month.n_volunteers, _UNKNOWN)
    price = plan.price_m.astype(float)
    return np.where(price > 0, _soften(price, homes), price).astype(np.int64)


def _find_short(plan: Plan) -> NDArray[np.bool_]:
    """Return the volunteers of shortages."""
    is_short = np.zeros(plan.month.n_volunteers, dtype=bool)
    for row in plan.shortages:
        is_short[row.hall.volunteers] = True
    return is_short


def _soften(metres: Degrees, homes: Homes) -> Degrees:
    """Return metres as coarse as asked for."""
    return np.asarray(np.rint(metres)) if homes == "exact" else round_up(metres)


def _list_terms(plan: Plan, homes: Homes) -> dict[str, Index]:
    """Return the terms of the pairs' costs; those that tell where the two live as one, rounded up, or as they are."""
    if homes == "exact":
        return dict(plan.cost_terms)
    place = np.zeros(len(plan.elder), dtype=np.int64)
    for name, cost in plan.cost_terms.items():
        if name not in _FREE_TERMS:
            place = place + cost
    free = {name: cost for name, cost in plan.cost_terms.items() if name in _FREE_TERMS}
    return {PLACE: round_up(place.astype(float)).astype(np.int64), **free}


def _find_reach(plan: Plan) -> Degrees:
    """Return from how far away each elder may be served, in a straight line."""
    return np.asarray(plan.features.walk_limit_m / plan.month.settings.distance.detour_factor)


def _find_volunteer_reach(roster: Roster, reach_m: Degrees, order_v: Index, coarse: tuple[_Places, _Places]) -> Index:
    """Return how far around each volunteer elders may live: as far as the elder shown nearest may be served from.

    A volunteer's own limit counts too. ``reach_m`` is from how far away each elder may be served, in order of id.
    """
    known, known_v = (np.isfinite(lng) for lng, _lat in coarse)
    out = np.full(len(order_v), float(reach_m.max(initial=0.0)))
    if known.any() and known_v.any():
        from scipy.spatial import cKDTree  # noqa: PLC0415 - loading takes longer than most questions about a plan

        tree = cKDTree(np.column_stack(coarse[0])[known])
        nearest = tree.query(np.column_stack(coarse[1])[known_v])[1]
        out[known_v] = reach_m[known][nearest]
    own = roster.volunteers["max_walk_m"].to_numpy(np.float64)[order_v]
    return np.asarray(np.rint(np.fmin(out, own)), dtype=np.int64)


def _find_areas(roster: Roster, order: Index, order_v: Index, coarse: _Places) -> tuple[Areas, Index, Index]:
    """Return committees and subdistricts, and each person's committee."""
    named = [
        frame["district"] + _BETWEEN + frame["subdistrict"] + _BETWEEN + frame["committee"]
        for frame in (roster.elders.iloc[order], roster.volunteers.iloc[order_v])
    ]
    code, names = pd.factorize(pd.concat(named, ignore_index=True).astype(str), sort=True)
    parts = [str(name).split(_BETWEEN) for name in names]
    above = [f"{district}{_BETWEEN}{subdistrict}" for district, subdistrict, _committee in parts]
    subdistrict_of, subdistricts = pd.factorize(pd.Series(above, dtype=str), sort=True)
    mine, theirs = code[: len(order)], code[len(order) :]
    areas = Areas(
        tuple(str(name).replace(_BETWEEN, " ").strip() for name in subdistricts),
        tuple(committee for _district, _subdistrict, committee in parts),
        subdistrict_of.astype(np.int64),
        draw_outlines(subdistrict_of[mine], len(subdistricts), *coarse),
        draw_outlines(mine, len(names), *coarse),
    )
    return areas, mine.astype(np.int64), theirs.astype(np.int64)


def _write_sentences(
    plan: Plan, people: PeopleNames, unmatched: pd.DataFrame, order: Index, homes: Homes
) -> dict[str, tuple[str, ...]]:
    """Return the sentence of each elder without a volunteer, by language.

    What another command found stands in its file, in one language: that one is told in both.
    """
    told = dict(zip(unmatched["elder_id"], unmatched["detail"], strict=True))
    out = {}
    for lang in LANGUAGES:
        sentences = dict(told)
        if lang != language():
            with in_language(lang):
                sentences |= {people.elder_id[row.elder]: write_sentence(row, people) for row in plan.unmatched}
        listed = [sentences[elder] for elder in unmatched["elder_id"].iloc[order]]
        out[lang] = tuple(listed if homes == "exact" else map(hide_metres, listed))
    return out


def _make_row(plan: Plan, row: Shortage) -> ShortageRow:
    """Return a shortage as the page lists it."""
    elders, columns = plan.month.roster.elders, ("subdistrict", "committee")
    return ShortageRow(
        row.id,
        len(row.hall.elders),
        len(row.hall.volunteers),
        row.hall.places,
        row.hall.missing,
        row.missing_volunteers,
        len(row.recruits),
        count_areas(elders, columns, [recruit.home for recruit in row.recruits]),
        count_areas(elders, columns, row.hall.elders),
    )
