"""Who comes along to each contact in the end: as arranged, or whoever's day holds it at an hour that is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.demand.calendar import index_days
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import NOBODY, VISIT, Schedule
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.first_visits.companion_pool import CompanionPool
from matcher.scheduling.first_visits.day_plans import build_day_plans
from matcher.scheduling.first_visits.kernels.day_plans import choose_companions as choose_by_plans
from matcher.scheduling.first_visits.new_pairs import find_strangers

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def choose_companions(
    schedule: Schedule, plan: Plan, earlier: EarlierContacts, start: date | None
) -> tuple[Schedule, list[Issue]]:
    """Return the schedule with who comes along to each contact in the end, and first visits to which nobody does.

    What was arranged holds while the companion still can; before ``start`` it is history. For first visits that
    nobody has arranged (their hour was given, or the companion is away now) somebody is asked whose day holds it.

    Args:
        schedule: The contacts, with companions as they were arranged.
        plan: The pairs.
        earlier: Contacts of earlier runs; at the same hour the companion is the same.
        start: The first day that may be another than people know; None: the month's first.
    """
    month, along = plan.month, np.full(len(schedule), NOBODY, dtype=np.int64)
    agreed = _find_agreed(schedule, earlier.in_horizon(month.horizon).known().schedule)
    asked = _find_first_visits(schedule, plan, earlier) if month.settings.new_pair.accompanied else along[:0]
    arranged = np.flatnonzero((agreed >= 0) & (schedule.kind == VISIT)).tolist()
    if not arranged and not len(asked):
        return replace(schedule, companion=along), []
    pool = CompanionPool(plan)
    day, elder, volunteer = schedule.day.astype("datetime64[D]").tolist(), schedule.elder, schedule.volunteer
    fit = {i: pool.list_companions(int(elder[i]), int(volunteer[i])) for i in {*asked.tolist(), *arranged}}
    first = start or date.min
    over = {i: int(agreed[i]) for i in arranged if day[i] < first}
    candidates = {i: fit[i] for i in asked.tolist()}
    anybody = candidates | {i: [int(agreed[i]), *candidates.get(i, ())] for i in arranged}
    days = _Days(schedule, anybody, over, month)

    def ask(options: Mapping[int, Sequence[int]]) -> None:
        """Have one of those come along to each whose day holds it, the first who is free."""
        spans = schedule.start_min, schedule.end_min
        free = {
            i: [who for who in whom if pool.is_free(who, day[i], *(int(minute[i]) for minute in spans))]
            for i, whom in options.items()
        }
        for i, who in days.choose_first(free).items():
            along[i] = who

    along[list(over)] = list(over.values())
    # who was to come may lead the team no more, or the elder's second volunteer be another now
    ask({i: [int(agreed[i])] for i in arranged if i not in over and agreed[i] in fit[i]})
    left = [i for i in asked[along[asked] < 0].tolist() if day[i] >= first and not pool.leads(int(volunteer[i]))]
    ask({i: candidates[i] for i in left})  # who leads a team knows how, and goes alone
    alone = [i for i in left if along[i] < 0]
    ids, header = month.roster.elders["id"].to_numpy(), column("visits", "elder_id").header()
    issues = []
    for i in alone:
        why = schedule.unaccompanied.get(int(elder[i]), "full" if candidates[i] else "nobody")
        words = {"date": day[i].isoformat()}
        issues.append(Issue(f"first_visit_{why}", "visits.csv", None, header, str(ids[elder[i]]), words))
    return replace(schedule, companion=along), issues


def _find_agreed(schedule: Schedule, earlier: Schedule) -> Index:
    """Return who is to come along to each contact, as arranged now or for the same hour in the earlier run."""
    earlier = earlier.select(earlier.has_companion)
    was = np.append(earlier.companion, NOBODY)[schedule.find_in(earlier)]
    return np.where(schedule.has_companion, schedule.companion, was)


def _find_first_visits(schedule: Schedule, plan: Plan, earlier: EarlierContacts) -> Index:
    """Return positions of the first visits of new pairs who have not met, by their own volunteer."""
    unknown = find_strangers(plan, earlier, None)
    pairs = pd.MultiIndex.from_arrays([plan.elder[unknown], plan.volunteer[unknown]])
    table = pd.DataFrame({"elder": schedule.elder, "volunteer": schedule.volunteer, "day": schedule.day})
    theirs = table[(schedule.kind == VISIT) & pd.MultiIndex.from_frame(table[["elder", "volunteer"]]).isin(pairs)]
    first = theirs.sort_values("day", kind="stable").drop_duplicates("elder")
    return np.sort(np.asarray(first.index, dtype=np.int64))


class _Days:
    """Days of those who may come along to some visits, and whether these hold the visit too.

    Args:
        schedule: All contacts.
        who: Who may come along, by position in ``schedule``.
        over: Who came along to those that are over.
        month: Limits, hours, walks.
    """

    def __init__(
        self, schedule: Schedule, who: Mapping[int, Sequence[int]], over: Mapping[int, int], month: MonthData
    ) -> None:
        self._size = month.horizon.days
        day = index_days(schedule.day, month.horizon)
        self._spans = np.column_stack([day, schedule.start_min, schedule.end_min])
        at = np.array([i for i, each in who.items() for _ in each], dtype=np.int64)
        people = np.array([one for each in who.values() for one in each], dtype=np.int64)
        days = day[at][:, None] == np.arange(self._size)
        went = list(over)
        history = replace(
            schedule.select(np.array(went, dtype=np.int64)), volunteer=np.array([*over.values()], np.int64)
        )
        standing = schedule.select(np.isin(schedule.volunteer, people)).merged_with(history)
        whom = schedule.elder[at]
        roster, settings = month.roster, month.settings
        plans, self._people, place = build_day_plans(people, whom, days, standing, roster, month.horizon, settings)
        self._place = dict(zip(zip(people.tolist(), whom.tolist(), strict=True), place.tolist(), strict=True))
        self._elder = schedule.elder
        cell = np.searchsorted(self._people, history.volunteer) * self._size + day[went]
        accompanied = np.bincount(cell, minlength=len(plans.filled)).astype(np.int64)
        self._plans = plans._replace(accompanied=accompanied)

    def choose_first(self, options: Mapping[int, Sequence[int]]) -> dict[int, int]:
        """Return who comes along to each of some visits, the first whose day holds it; it is in their day then."""
        at = np.array(list(options), dtype=np.int64)
        people = np.array([one for each in options.values() for one in each], dtype=np.int64)
        places = [self._place[one, int(self._elder[i])] for i, each in options.items() for one in each]
        start = np.cumsum([0, *(len(each) for each in options.values())]).astype(np.int64)
        chosen = np.empty(len(at), dtype=np.int64)
        person = np.searchsorted(self._people, people).astype(np.int64)
        place = np.array(places, dtype=np.int64)
        choose_by_plans(self._spans[at], start, person, place, self._plans, chosen)
        return {i: int(people[option]) for i, option in zip(at.tolist(), chosen.tolist(), strict=True) if option >= 0}
