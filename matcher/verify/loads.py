"""What volunteers have in hand: elders of high risk, loads and their cost; how many of last month's pairs broke."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.settings import Settings
from matcher.verify.cadence import due
from matcher.verify.people import People
from matcher.verify.plan import Fixed, judge_pairs, key
from matcher.verify.tables import VOLUNTEER_AMOUNTS
from matcher.verify.violations import Findings

_SURE_M = 1.0
"""Metres by which two ways of measuring a straight line may differ: a walk's minutes are rounded up."""


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What each volunteer's elders take of the room, elders, units or minutes a month: least and most, (n,) each."""

    least: NDArray[np.int64]
    most: NDArray[np.int64]

    @classmethod
    def of(cls, judged: pd.DataFrame, people: People, roster: Roster, horizon: Horizon, settings: Settings) -> Taken:
        """Summed up over pairs with their straight lines, each two once."""
        pairs = judged.drop_duplicates("key")
        least, most = [0] * len(people.volunteers.ids), [0] * len(people.volunteers.ids)
        of_pair = _of_pair(people, roster, horizon, settings)
        for elder, volunteer, straight_m in zip(
            pairs["elder"].tolist(), pairs["volunteer"].tolist(), pairs["straight_m"].tolist(), strict=True
        ):
            metres = 0.0 if math.isnan(straight_m) else straight_m
            least[volunteer] += of_pair(elder, max(metres - _SURE_M, 0.0))
            most[volunteer] += of_pair(elder, metres + _SURE_M if metres else 0.0)
        return cls(np.array(least, dtype=np.int64), np.array(most, dtype=np.int64))


def _of_pair(people: People, roster: Roster, horizon: Horizon, settings: Settings) -> Callable[[int, float], int]:
    """What an elder takes, by the straight line to the volunteer."""
    capacity, schedule = settings.capacity, settings.schedule
    if capacity.unit == "elders":
        return lambda _elder, _metres: 1
    if capacity.unit == "units":
        by_risk: dict[str, int] = dict(capacity.units_by_risk.items())
        risk = ["high" if frail else told for frail, told in zip(people.high_risk, roster.elders["risk"], strict=True)]
        return lambda elder, _metres: by_risk.get(risk[elder] or "low", 1)
    expected = due(roster.elders, horizon, schedule)
    visits, contacts = expected.visits.sum(axis=1).tolist(), expected.contacts.sum(axis=1).tolist()

    def minutes(elder: int, metres: float) -> int:
        walk = math.ceil(metres * settings.distance.detour_factor / schedule.walking_m_per_s / 60 - 1e-6)
        calls = contacts[elder] - visits[elder]
        return int(visits[elder] * (schedule.visit_min + 2 * max(walk, 0)) + calls * schedule.call_min)

    return minutes


def check_room(
    judged: pd.DataFrame, people: People, roster: Roster, horizon: Horizon, settings: Settings, found: Findings
) -> Taken:
    """No volunteer's elders take more than there is room for, nor are more of high risk than allowed; what they take.

    ``judged`` are pairs with their straight lines and keys; each two count once.
    """
    taken = Taken.of(judged, people, roster, horizon, settings)
    over = taken.least - people.room
    full = np.flatnonzero(over > 0)
    rule = "capacity" if settings.capacity.unit == "elders" else settings.capacity.unit
    found.add(rule, pd.DataFrame({"volunteer": full, "amount": over[full]}))
    _check_high_risk(judged, people, settings, found)
    return taken


def _check_high_risk(pairs: pd.DataFrame, people: People, settings: Settings, found: Findings) -> None:
    distinct = pairs.drop_duplicates(["elder", "volunteer"])
    frail = distinct[people.high_risk[distinct["elder"]]]
    for volunteer, elders in sorted(Counter(frail["volunteer"].tolist()).items()):
        if (over := elders - settings.capacity.most_high_risk) > 0:
            found.add("high_risk", pd.DataFrame({"volunteer": [volunteer], "amount": [over]}))


def check_capacity(
    listed: pd.DataFrame,
    pairs: pd.DataFrame,
    taken: Taken,
    people: People,
    settings: Settings,
    fixed: Fixed,
    found: Findings,
) -> None:
    """Each listed volunteer's places, loads and what these cost; an empty cell claims nothing."""
    distinct = pairs.drop_duplicates(["elder", "volunteer"])
    loads = Counter(distinct["volunteer"].tolist())
    frail = Counter(distinct["volunteer"][people.high_risk[distinct["elder"]]].tolist())
    capacity, serves = settings.capacity, people.serving(fixed.pins % max(len(people.volunteers.ids), 1))
    expected = []
    for volunteer in listed["volunteer"].tolist():
        places, load = int(people.room[volunteer]), loads[volunteer]
        wanted = min(capacity.minimum, places) if serves[volunteer] else 0
        missing = max(wanted - load, 0)
        cost_m = sum(capacity.fair_m * before for before in range(load)) + capacity.minimum_penalty_m * missing
        expected.append((places, load, int(taken.least[volunteer]), frail[volunteer], missing, cost_m))
    right = pd.DataFrame(expected, index=listed.index, columns=list(VOLUNTEER_AMOUNTS), dtype=float)
    for name in VOLUNTEER_AMOUNTS:
        if name in listed:
            off = (listed[name] - right[name]).abs()
            if name == "used":
                most = pd.Series(taken.most[listed["volunteer"]], index=listed.index)
                off = off.where((listed[name] < right[name]) | (listed[name] > most), 0.0).where(off.notna())
            found.add("wrong_amount", listed[["volunteer", "row"]].assign(amount=off)[off > 0], name)


def check_budget(pairs: pd.DataFrame, people: People, settings: Settings, fixed: Fixed, found: Findings) -> None:
    """No more of last month's pairs are broken than the budget allows, beside those that can't stand together."""
    budget = settings.keep.budget
    if not budget:
        return
    before = _may_stand(people, settings, fixed)
    allowed = int(len(before) * Decimal(budget[:-1]) / 100) if budget.endswith("%") else int(budget)
    kept = before["key"].isin(key(pairs["elder"], pairs["volunteer"], people)).sum()
    over = _most_together(before, people, settings, fixed) - allowed - int(kept)
    if over > 0:
        found.add("change_budget", pd.DataFrame({"amount": [over]}))


def _may_stand(people: People, settings: Settings, fixed: Fixed) -> pd.DataFrame:
    """Last month's pairs against which no rule speaks, but those of pinned elders."""
    elder, volunteer = np.divmod(fixed.previous, max(len(people.volunteers.ids), 1))
    pinned = fixed.pins // max(len(people.volunteers.ids), 1)
    free = ~np.isin(elder, pinned) & (people.capacity[volunteer] > 0)
    last_month = pd.DataFrame({"elder": elder[free], "volunteer": volunteer[free]}).drop_duplicates(
        "elder", keep="last"
    )
    last_month["row"] = np.arange(len(last_month), dtype=float)
    held = Findings(people.elders.ids.to_numpy(object), people.volunteers.ids.to_numpy(object))
    judged = judge_pairs(last_month, people, settings, fixed, held)
    barred = {(violation.elder_id, violation.volunteer_id) for violation in held.in_order()}
    ids = zip(people.elders.ids[judged["elder"]], people.volunteers.ids[judged["volunteer"]], strict=True)
    return judged[np.array([two not in barred for two in ids], dtype=bool)]


def _most_together(before: pd.DataFrame, people: People, settings: Settings, fixed: Fixed) -> int:
    """How many of them places and the limit on elders of high risk allow at once, beside the pins."""
    most, n = settings.capacity.most_high_risk, max(len(people.volunteers.ids), 1)
    pins = Counter((fixed.pins % n).tolist())
    frail_pins = Counter((fixed.pins % n)[people.high_risk[fixed.pins // n]].tolist())
    wanted = Counter(before["volunteer"].tolist())
    frail = Counter(before["volunteer"][people.high_risk[before["elder"]]].tolist())
    return sum(
        min(
            max(int(people.capacity[volunteer]) - pins[volunteer], 0),
            count - frail[volunteer] + min(frail[volunteer], max(most - frail_pins[volunteer], 0)),
        )
        for volunteer, count in wanted.items()
    )
