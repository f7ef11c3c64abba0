"""Checks of what volunteers take on: room, elders of high risk, the table of capacity, the change budget."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.pairs import check_each_pair, measure_straight_m
from matcher.verify.paused import Ids
from matcher.verify.reference import Reference
from matcher.verify.tables import VOLUNTEER_AMOUNTS, count_elders
from matcher.verify.taking_part import TakingPart
from matcher.verify.violations import Findings

_LEEWAY_M = 1.0
"""Metres by which two ways of measuring a straight line may differ: a walk's minutes are rounded up."""


@dataclass(frozen=True, slots=True, eq=False)
class RoomTaken:
    """Room that each volunteer's elders take, in elders, units or minutes a month: least and most, (n,) each."""

    least: NDArray[np.int64]
    most: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: pd.DataFrame, reference: Reference) -> RoomTaken:
        """Sum up what pairs with straight lines and keys take; each two count once."""
        pairs = pairs.drop_duplicates("key")
        least, most = ([0] * len(reference.people.volunteers.ids) for _bound in range(2))
        measure_room = _choose_measure(reference)
        for elder, volunteer, straight_m in zip(
            pairs["elder"].tolist(), pairs["volunteer"].tolist(), pairs["straight_m"].tolist(), strict=True
        ):
            metres = 0.0 if math.isnan(straight_m) else straight_m
            least[volunteer] += measure_room(elder, max(metres - _LEEWAY_M, 0.0))
            most[volunteer] += measure_room(elder, metres + _LEEWAY_M if metres else 0.0)
        return cls(np.array(least, dtype=np.int64), np.array(most, dtype=np.int64))


def _choose_measure(reference: Reference) -> Callable[[int, float], int]:
    """Return the function that says what an elder takes, by the straight line to the volunteer."""
    settings, people = reference.settings, reference.people
    capacity, schedule = settings.capacity, settings.schedule
    if capacity.unit == "elders":
        return lambda _elder, _metres: 1
    if capacity.unit == "units":
        by_risk: dict[str, int] = dict(capacity.units_by_risk.items())
        risks = zip(people.high_risk, reference.roster.elders["risk"], strict=True)
        risk = ["high" if high_risk else written for high_risk, written in risks]
        return lambda elder, _metres: by_risk.get(risk[elder] or "low", 1)
    visits, contacts = (counts.sum(axis=1).tolist() for counts in (reference.due.visits, reference.due.contacts))

    def measure_minutes(elder: int, metres: float) -> int:
        walk = math.ceil(metres * settings.distance.detour_factor / schedule.walking_m_per_s / 60 - 1e-6)
        calls = contacts[elder] - visits[elder]
        return int(visits[elder] * (schedule.visit_min + 2 * max(walk, 0)) + calls * schedule.call_min)

    return measure_minutes


def check_room(pairs: pd.DataFrame, reference: Reference, findings: Findings) -> RoomTaken:
    """Check that no volunteer's elders take more than there is room for, nor too many are of high risk.

    Args:
        pairs: Pairs with their straight lines and keys; each two count once.
        reference: The room and the limit.
        findings: Takes what is broken.

    Returns:
        The room that is taken.
    """
    people, capacity = reference.people, reference.settings.capacity
    taken = RoomTaken.of(pairs, reference)
    findings.add_excess("capacity" if capacity.unit == "elders" else capacity.unit, taken.least - reference.room)
    distinct = pairs.drop_duplicates("key")
    high_risk = distinct[people.high_risk[distinct["elder"]]]
    findings.add_excess("high_risk", count_elders(high_risk, people) - capacity.most_high_risk)
    return taken


def check_capacity(
    listed: pd.DataFrame,
    pairs: pd.DataFrame,
    taken: RoomTaken,
    taking_part: TakingPart,
    reference: Reference,
    findings: Findings,
) -> None:
    """Check each listed volunteer's places, loads and what these cost; an empty cell claims nothing.

    Where it has loads, who has elders is listed, and nobody twice.
    """
    people, capacity = reference.people, reference.settings.capacity
    distinct = pairs.drop_duplicates(["elder", "volunteer"])
    loads = count_elders(distinct, people).tolist()
    high_risk = count_elders(distinct[people.high_risk[distinct["elder"]]], people).tolist()
    times = np.bincount(listed["volunteer"], minlength=people.n_volunteers)
    unlisted = np.flatnonzero((times > 1) | ((times == 0) & (np.array(loads) > 0)))
    unlisted = unlisted[: len(unlisted) if "load" in listed else 0]
    findings.add("wrong_amount", pd.DataFrame({"volunteer": unlisted, "amount": np.array(loads)[unlisted]}), "load")
    rows, leeway = [], []
    for volunteer in listed["volunteer"].tolist():
        places, load = int(reference.room[volunteer]), loads[volunteer]
        wanted = min(capacity.minimum, places) if taking_part.volunteers[volunteer] else 0
        missing = max(wanted - load, 0)
        cost_m = sum(capacity.fair_m * before for before in range(load)) + capacity.minimum_penalty_m * missing
        cost_m += (lacking_m := reference.volunteer_hours.compute_lacking_m(volunteer, load))
        leeway.append(load if lacking_m else 0)  # each elder's share may be rounded otherwise
        rows.append((places, load, int(taken.least[volunteer]), high_risk[volunteer], missing, cost_m))
    expected = pd.DataFrame(rows, index=listed.index, columns=list(VOLUNTEER_AMOUNTS), dtype=float)
    for name in VOLUNTEER_AMOUNTS:
        if name in listed:
            off = (listed[name] - expected[name]).abs()
            if name == "used":
                most = pd.Series(taken.most[listed["volunteer"]], index=listed.index)
                off = off.where((listed[name] < expected[name]) | (listed[name] > most), 0.0).where(off.notna())
            if name == "load_cost_m":
                off = off.where(off > pd.Series(leeway, index=listed.index, dtype=float), 0.0).where(off.notna())
            findings.add("wrong_amount", listed[["volunteer", "row"]].assign(amount=off)[off > 0], name)


def check_budget(pairs: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check that no more of last month's pairs are broken than the budget allows.

    Pairs that can't stand together do not count as broken.
    """
    budget = reference.settings.keep.budget
    if not budget:
        return
    before = _find_keepable_pairs(reference)
    allowed = int(len(before) * Decimal(budget[:-1]) / 100) if budget.endswith("%") else int(budget)
    kept = before["key"].isin(reference.people.pair_keys(pairs["elder"], pairs["volunteer"])).sum()
    over = _count_most_together(before, reference) - allowed - int(kept)
    if over > 0:
        findings.add("change_budget", pd.DataFrame({"amount": [over]}))


def _find_keepable_pairs(reference: Reference) -> pd.DataFrame:
    """Return last month's pairs that break no rule on pairs, but those of pinned elders."""
    people, n = reference.people, reference.people.n_volunteers
    elder, volunteer = np.divmod(reference.pairs.previous, n)
    free = ~np.isin(elder, reference.pairs.pins // n) & (people.capacity[volunteer] > 0)
    last_month = pd.DataFrame({"elder": elder[free], "volunteer": volunteer[free]}).drop_duplicates(
        "elder", keep="last"
    )
    last_month["row"] = np.arange(len(last_month), dtype=float)
    trial = Findings.of(people)
    checked = check_each_pair(last_month, reference, trial)
    barred = {(violation.elder_id, violation.volunteer_id) for violation in trial}
    ids = zip(people.elders.ids[checked["elder"]], people.volunteers.ids[checked["volunteer"]], strict=True)
    return checked[np.array([two not in barred for two in ids], dtype=bool)]


def find_current(reference: Reference) -> set[int]:
    """Return the elders whose pairs of last month can all stand together, roster indices.

    Where a volunteer has not room for all, or for all of high risk, they go on in the order of risk, then of how long
    they have lasted, then of the elder's id.
    """
    people, n, measure_room = reference.people, reference.people.n_volunteers, _choose_measure(reference)
    elder, volunteer = np.divmod(reference.pairs.pins, n)
    pins = pd.DataFrame({"elder": elder, "volunteer": volunteer})
    pins["straight_m"] = measure_straight_m(pins, people)
    room, high_risk = people.room.tolist(), [reference.settings.capacity.most_high_risk] * n
    current = set()
    keepable = _find_keepable_pairs(reference)
    keepable = keepable[~keepable["key"].isin(reference.pairs.lent)]
    for pairs, must_stand in ((pins, True), (_sort_by_claim(keepable, reference), False)):
        columns = (pairs[name].tolist() for name in ("elder", "volunteer", "straight_m"))
        for e, v, straight_m in zip(*columns, strict=True):
            taken = measure_room(e, 0.0 if math.isnan(straight_m) else straight_m)
            is_high_risk = bool(people.high_risk[e])
            # who takes nothing fits in where nothing is left, but not with a volunteer who has no capacity at all
            fits = people.room[v] > 0 and room[v] >= taken
            if must_stand or (fits and high_risk[v] >= is_high_risk):
                room[v] -= taken
                high_risk[v] -= is_high_risk
                if not must_stand:
                    current.add(e)
    return current


def find_lent(borrowed: Sequence[tuple[Sequence[Ids], Sequence[Ids]]], reference: Reference) -> NDArray[np.int64]:
    """Return the keys of pairs that give a lent place back, so that the volunteer's other pairs have room.

    ``borrowed`` has a volunteer's pairs that go on, and those of them in a lent place, the first to go first.
    """
    people, measure_room, lent = reference.people, _choose_measure(reference), []
    for both, later in borrowed:
        elder = people.elders.find([ids[0] for ids in both])
        volunteer = people.volunteers.find([ids[1] for ids in both])
        straight_m = measure_straight_m(pd.DataFrame({"elder": elder, "volunteer": volunteer}), people)
        metres = np.nan_to_num(np.asarray(straight_m, dtype=float)).tolist()
        taken = dict(zip(both, map(measure_room, elder.tolist(), metres), strict=True))
        key = dict(zip(both, people.pair_keys(elder, volunteer).tolist(), strict=True))
        too_many = sum(taken.values()) - int(people.room[volunteer[0]])
        for ids in later:
            if too_many <= 0:
                break
            lent.append(key[ids])
            too_many -= taken[ids]
    return np.array(lent, dtype=np.int64)


def _sort_by_claim(pairs: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """Return last month's pairs in the order in which they go on where not all can."""
    people, month = reference.people, reference.dates.month
    risk = reference.roster.elders["risk"].to_numpy(object)
    order = pd.DataFrame(
        {
            "risk": [0 if people.high_risk[e] else 1 + (risk[e] != "medium") for e in pairs["elder"].tolist()],
            "since": [reference.pairs.since_month.get(key, month) for key in pairs["key"].tolist()],
            "id": people.elders.ids[pairs["elder"]],
        },
        index=pairs.index,
    )
    return pairs.loc[order.sort_values(["risk", "since", "id"]).index]


def _count_most_together(before: pd.DataFrame, reference: Reference) -> int:
    """Return how many of these pairs capacity and the limit on high risk allow at once, beside the pins."""
    people, n, pins = reference.people, reference.people.n_volunteers, reference.pairs.pins
    most = reference.settings.capacity.most_high_risk
    pinned = Counter((pins % n).tolist())
    pinned_high_risk = Counter((pins % n)[people.high_risk[pins // n]].tolist())
    wanted = Counter(before["volunteer"].tolist())
    high_risk = Counter(before["volunteer"][people.high_risk[before["elder"]]].tolist())
    return sum(
        min(
            max(int(people.capacity[volunteer]) - pinned[volunteer], 0),
            count - high_risk[volunteer] + min(high_risk[volunteer], max(most - pinned_high_risk[volunteer], 0)),
        )
        for volunteer, count in wanted.items()
    )
