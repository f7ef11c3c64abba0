"""Elders without a volunteer and shortages as frames, each reason with its evidence, in columns and in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.i18n import _, join_words
from matcher.matching.candidates import find_eligible_people
from matcher.messages import HELP, UNMATCHED, UNMATCHED_BEFORE
from matcher.outputs.tables import PeopleNames
from matcher.plan import Loosening, Plan, Remedy, Shortage, Unmatched
from matcher.roster.model import Roster

Index = NDArray[np.int64]

_GRID_DEG = 0.005
"""Centres are rounded to it, about 500 m at Shanghai: the centre of a shortage of one elder would be their home."""
_RADIUS_M = 100
_MOST_NAMES = 50
"""Names in a cell at most: a spreadsheet's cell holds 32,767 characters."""
_METRES_A_DEGREE = 111_195.0
"""Of latitude, on the mean sphere: the radius is rounded to 100 m."""


def make_unmatched_frame(plan: Plan, people: PeopleNames) -> pd.DataFrame:
    """Return ``unmatched``: a row an elder without volunteer, with the reason's sentence in the language in use."""
    features, rows = plan.features, plan.unmatched
    elder = np.fromiter((row.elder for row in rows), dtype=np.int64)
    # those whom a rule bars do not wait for a place
    waits = find_eligible_people(features, plan.rules)[0][elder]
    precedence, this = plan.precedence, np.datetime64(features.horizon.start, "M")

    def write_months(since: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
        month = np.where(np.isnat(since), this, since)[elder]
        return np.where(waits, month, np.datetime64("NaT", "M")).astype("datetime64[s]")

    return pd.DataFrame(
        {
            "elder_id": people.elder_id[elder],
            "elder_name": people.elder_name[elder],
            **get_areas(plan.month.roster, elder),
            "reason": _make_texts(row.reason for row in rows),
            "detail": _make_texts(write_sentence(row, people) for row in rows),
            "nearest_volunteer_m": np.array([row.nearest_volunteer_m for row in rows], dtype=float),
            "tier": np.where(waits, precedence.tier[elder], np.nan),
            "waiting_since": write_months(precedence.waiting_since),
            "counted_since": write_months(precedence.counted_since),
            **_make_loosening_columns(rows, people),
            "shortage_id": _make_texts(row.shortage for row in rows),
            "outranked_tier": np.array([row.evidence.get("last_tier", np.nan) for row in rows], dtype=float),
            "outranked_by": _make_texts("; ".join(people.elder_id[list(row.outranked_by)]) for row in rows),
        }
    )


def get_areas(roster: Roster, elder: Index) -> dict[str, pd.Series]:
    """Return the columns that say where elders live: their subdistrict and their residents' committee."""
    areas = roster.elders[["subdistrict", "committee"]].iloc[elder].reset_index(drop=True)
    return {str(name): areas[name] for name in areas}


def _make_loosening_columns(rows: Sequence[Unmatched], people: PeopleNames) -> dict[str, pd.Series]:
    """Return the columns that say what rules out the volunteers around, and what would have to give way."""
    first = [row.remedies[0] if row.remedies else None for row in rows]
    steps = [remedy.steps if remedy else () for remedy in first]
    dials = [each if all(step.path for step in each) else () for each in steps]  # settings alone that do it
    others = [[remedy for remedy in row.remedies[1:] if remedy.is_settable] for row in rows]
    return {
        "ruled_out_by": _make_texts(
            "; ".join(f"{_name_rule(r.rule)}={r.volunteers}" for r in row.ruled_out) for row in rows
        ),
        "ruled_out_alone": _make_texts(
            "; ".join(f"{_name_rule(r.rule)}={r.alone}" for r in row.ruled_out if r.alone) for row in rows
        ),
        "loosen_rule": _make_texts(" + ".join(_name_rule(step.rule) for step in each) for each in steps),
        "loosen_setting": _make_texts(" + ".join(step.path for step in each) for each in dials),
        "loosen_to": _make_texts(" + ".join(step.value for step in each) for each in dials),
        "loosen_volunteer_id": _make_texts(people.volunteer_id[remedy.volunteer] if remedy else "" for remedy in first),
        "loosen_free": _make_texts(("yes" if remedy.free else "no") if remedy else "" for remedy in first),
        "loosen_else": _make_texts(
            "; ".join(_write_settings(remedy, people) for remedy in remedies) for remedies in others
        ),
    }


def write_sentence(row: Unmatched, people: PeopleNames) -> str:
    """Return the reason and its evidence in the language in use."""
    filled = dict(row.evidence)
    if "rule" in filled:
        filled["rule"] = _(str(filled["rule"]))
    for name in ("unit", "more"):
        if name in filled:
            filled[name] = _(str(filled[name]))
    filled["help"] = _write_remedies(row.remedies, people)
    filled["ruled_out"] = _write_piece("between").join(
        _write_piece("fails").format(sentence=_(r.sentence), volunteers=r.volunteers) for r in row.ruled_out
    )
    filled["names"] = join_words(people.elder_id[list(row.outranked_by)])
    sentence = _(UNMATCHED[row.reason]).format_map(filled)
    if "closed" in filled:
        sentence += _write_piece("between") + _write_piece("closed").format_map(filled)
    if row.remedies and "{help}" not in UNMATCHED[row.reason]:
        ways = _write_remedy(row.remedies[0], people)
        sentence += _write_piece("between") + _write_piece("one_more").format(ways=ways)
    return sentence


def forget_shortages(listed: pd.DataFrame) -> pd.DataFrame:
    """Return a list of an earlier run without the shortages that it names: each folder numbers its own."""
    if not {"detail", "shortage_id"} <= {*listed.columns}:
        return listed
    detail = listed["reason"].map({reason: _(text) for reason, text in UNMATCHED_BEFORE.items()})
    return listed.assign(detail=detail.fillna(listed["detail"]), shortage_id="")


def _write_remedies(remedies: Sequence[Remedy], people: PeopleNames) -> str:
    """Return what would help: remedies that lead to a volunteer as free as the first, or the one combination."""
    if not remedies:
        return _write_piece("nothing")
    if len(remedies[0].steps) > 1:
        return _write_piece("together").format(ways=_write_remedy(remedies[0], people))
    alike = [remedy for remedy in remedies if remedy.free == remedies[0].free]
    told = _write_piece("or").join(_write_remedy(remedy, people) for remedy in alike)
    return _write_piece("one" if remedies[0].free else "full").format(ways=told)


def _write_piece(name: str) -> str:
    return _(HELP[name])


def _write_remedy(remedy: Remedy, people: PeopleNames) -> str:
    return _write_piece("and").join(
        _write_setting(step, remedy, people) if step.path else _write_piece("rule").format(sentence=_(step.sentence))
        for step in remedy.steps
    )


def _write_settings(remedy: Remedy, people: PeopleNames) -> str:
    """Return settings as they are typed."""
    whose = f" ({people.volunteer_id[remedy.volunteer]})"
    return " + ".join(
        f"{step.path}={step.value}{whose if step.path.startswith('volunteers.') else ''}" for step in remedy.steps
    )


def _write_setting(step: Loosening, remedy: Remedy, people: PeopleNames) -> str:
    """Return what to do: a setting as it is typed, or the cell of a volunteer's row in the roster."""
    side, _dot, name = step.path.partition(".")
    filled = {"path": step.path, "value": step.value, "rule": _name_rule(step.rule)}
    if side != "volunteers":
        return _write_piece("setting").format(**filled)
    header, whose = column("volunteers", name).header(), people.volunteer_id[remedy.volunteer]
    return _write_piece("cell").format(**filled, column=header, volunteer=whose)


def _name_rule(rule: str) -> str:
    """Return a rule's name in the language in use."""
    return column("violations", "rule").choice_label(rule)


def make_shortages_frame(plan: Plan, people: PeopleNames) -> pd.DataFrame:
    """Return ``shortages``: a row a set of elders who depend on too few places, the largest first."""
    rows, elders = plan.shortages, plan.month.roster.elders
    areas = [_locate(plan, row) for row in rows]
    return pd.DataFrame(
        {
            "shortage_id": _make_texts(row.id for row in rows),
            "elders": _make_integers(len(row.hall.elders) for row in rows),
            "volunteers": _make_integers(len(row.hall.volunteers) for row in rows),
            "places": _make_integers(row.hall.places for row in rows),
            "missing_places": _make_integers(row.hall.missing for row in rows),
            "missing_volunteers": _make_integers(row.missing_volunteers for row in rows),
            "recruits": _make_integers(len(row.recruits) for row in rows),
            "recruit_where": _make_texts(
                count_areas(elders, ("subdistrict", "committee"), [recruit.home for recruit in row.recruits])
                for row in rows
            ),
            "usual_capacity": _make_integers(row.usual_capacity for row in rows),
            "subdistricts": _make_texts(count_areas(elders, ("subdistrict",), row.hall.elders) for row in rows),
            "committees": _make_texts(
                count_areas(elders, ("subdistrict", "committee"), row.hall.elders) for row in rows
            ),
            "lng": np.array([lng for lng, _lat, _m in areas], dtype=float),
            "lat": np.array([lat for _lng, lat, _m in areas], dtype=float),
            "radius_m": np.array([metres for _lng, _lat, metres in areas], dtype=float),
            "unmatched": _make_texts("; ".join(people.elder_id[row.unmatched]) for row in rows),
        }
    )


def count_areas(people: pd.DataFrame, columns: Sequence[str], index: Index | Sequence[int]) -> str:
    """Return the areas of some people and how many live in each: ``枫林路街道一居 3; …``, the most first."""
    frame = people[list(columns)].iloc[np.asarray(index, dtype=np.int64)]
    count = Counter(" ".join(part for part in parts if part) for parts in frame.itertuples(index=False))
    count.pop("", None)
    ordered = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    told = [f"{name} {n}" for name, n in ordered[:_MOST_NAMES]]
    return "; ".join([*told, "…"] if len(ordered) > _MOST_NAMES else told)


def _locate(plan: Plan, shortage: Shortage) -> tuple[float, float, float]:
    """Return longitude and latitude of the middle of a shortage's homes, and how far nine in ten live; coarse."""
    homes = plan.month.roster.elders[["lng", "lat"]].to_numpy(np.float64)[shortage.hall.elders]
    homes = homes[np.isfinite(homes).all(axis=1)]
    if not len(homes):
        return np.nan, np.nan, np.nan
    lng, lat = np.rint(homes.mean(axis=0) / _GRID_DEG) * _GRID_DEG
    away = (homes - (lng, lat)) * (np.cos(np.radians(lat)) * _METRES_A_DEGREE, _METRES_A_DEGREE)
    metres = np.percentile(np.hypot(*away.T), 90)
    return float(lng), float(lat), float(np.ceil(metres / _RADIUS_M) * _RADIUS_M)


def _make_texts(values: Iterable[str]) -> pd.Series:
    return pd.Series(list(values), dtype=str)


def _make_integers(values: Iterable[int]) -> Index:
    return np.fromiter(values, dtype=np.int64)
