"""Who comes along to each contact in the end: as arranged, or whoever's day holds it at an hour that is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import VISIT, Visits
from matcher.scheduling.earlier import Before
from matcher.scheduling.first_visits.companion_pool import Volunteers
from matcher.scheduling.first_visits.day_plans import build_day_plans
from matcher.scheduling.first_visits.kernels.day_plans import choose_companions
from matcher.scheduling.first_visits.requests import Firsts, strangers, told

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def companions(
    visits: Visits, firsts: Firsts, plan: Plan, before: Before, backups: Index, start: date | None
) -> tuple[Index, list[Issue]]:
    """Who comes along to each contact, roster index, else -1; and first visits to which nobody does.

    What was arranged holds while who was to come still can; before ``start`` it is history. For first visits that
    nobody has arranged (their hour was given, or the companion is away now) somebody is asked whose day holds it.
    """
    month, along = plan.month, np.full(len(visits), -1, dtype=np.int64)
    agreed = {**told(before, month), **firsts.along}
    asked = _first_visits(visits, plan, before) if month.settings.new_pair.accompanied else along[:0]
    if not agreed and not len(asked):
        return along, []
    concerned = np.isin(visits.elder, np.array([key[0] for key in agreed], dtype=np.int64))
    concerned[asked] = True
    keys = dict(zip(np.flatnonzero(concerned).tolist(), visits.where(concerned).labels(), strict=True))
    volunteers = Volunteers(month)
    candidates = {i: volunteers.may_come(keys[i][0], keys[i][1], backups) for i in asked.tolist()}
    arranged = {i: agreed[key] for i, key in keys.items() if visits.kind[i] == VISIT and key in agreed}
    over = {i: who for i, who in arranged.items() if keys[i][2] < (start or date.min)}
    anybody = candidates | {i: [who, *candidates.get(i, ())] for i, who in arranged.items()}
    days = _Days(visits, anybody, over, month)

    def ask(options: Mapping[int, Sequence[int]]) -> None:
        """Have one of those come along to each whose day holds it, the first who is free."""
        free = {
            i: [who for who in whom if volunteers.is_free(who, keys[i][2], keys[i][3], int(visits.end_min[i]))]
            for i, whom in options.items()
        }
        for i, who in days.first_who_can(free).items():
            along[i] = who

    along[list(over)] = list(over.values())
    # who was to come may lead the team no more, or the elder's second volunteer be another now
    fit = {i: volunteers.may_come(keys[i][0], keys[i][1], backups) for i in arranged if i not in over}
    ask({i: [arranged[i]] for i, whom in fit.items() if arranged[i] in whom})
    left = [i for i in asked[along[asked] < 0].tolist() if not volunteers.leads(keys[i][1])]
    ask({i: candidates[i] for i in left})  # who leads a team knows how, and goes alone
    alone = [i for i in left if along[i] < 0 and keys[i][2] >= (start or date.min)]
    ids, header = month.roster.elders["id"].to_numpy(), column("visits", "elder_id").header()
    issues = []
    for i in alone:
        elder, _, day, _ = keys[i]
        why = firsts.why.get(elder, "full" if candidates[i] else "nobody")
        told_of = {"date": day.isoformat()}
        issues.append(Issue(f"first_visit_{why}", "visits.csv", None, header, str(ids[elder]), told_of))
    return along, issues


def _first_visits(visits: Visits, plan: Plan, before: Before) -> Index:
    """Places of the first visits of new pairs who have not met, by their own volunteer."""
    unknown = strangers(plan, before, None)
    pairs = pd.MultiIndex.from_arrays([plan.elder[unknown], plan.volunteer[unknown]])
    table = pd.DataFrame({"elder": visits.elder, "volunteer": visits.volunteer, "day": visits.day})
    theirs = table[(visits.kind == VISIT) & pd.MultiIndex.from_frame(table[["elder", "volunteer"]]).isin(pairs)]
    first = theirs.sort_values("day", kind="stable").drop_duplicates("elder")
    return np.sort(np.asarray(first.index, dtype=np.int64))


class _Days:
    """What those who may come along to some visits have in their days, and whether these hold the visit too.

    Args:
        visits: All contacts.
        who: Who may come along, by place in ``visits``.
        over: Who came along to those that are over.
        month: Limits, hours, walks.
    """

    def __init__(
        self, visits: Visits, who: Mapping[int, Sequence[int]], over: Mapping[int, int], month: MonthData
    ) -> None:
        self._size = month.horizon.days
        day = (visits.day.astype("datetime64[D]") - np.datetime64(month.horizon.start)).astype(np.int64)
        self._spans = np.column_stack([day, visits.start_min, visits.end_min])
        at = np.array([i for i, each in who.items() for _ in each], dtype=np.int64)
        people = np.array([one for each in who.values() for one in each], dtype=np.int64)
        days = day[at][:, None] == np.arange(self._size)
        went = list(over)
        history = replace(visits.where(np.array(went, dtype=np.int64)), volunteer=np.array([*over.values()], np.int64))
        standing = visits.where(np.isin(visits.volunteer, people)).and_also(history)
        whom = visits.elder[at]
        roster, settings = month.roster, month.settings
        plans, self._people, place = build_day_plans(people, whom, days, standing, roster, month.horizon, settings)
        self._place = dict(zip(zip(people.tolist(), whom.tolist(), strict=True), place.tolist(), strict=True))
        self._elder = visits.elder
        cell = np.searchsorted(self._people, history.volunteer) * self._size + day[went]
        accompanied = np.bincount(cell, minlength=len(plans.filled)).astype(np.int64)
        self._plans = plans._replace(accompanied=accompanied)

    def first_who_can(self, options: Mapping[int, Sequence[int]]) -> dict[int, int]:
        """Who comes along to each of some visits: the first whose day holds it; they have it in their days then."""
        at = np.array(list(options), dtype=np.int64)
        people = np.array([one for each in options.values() for one in each], dtype=np.int64)
        places = [self._place[one, int(self._elder[i])] for i, each in options.items() for one in each]
        start = np.cumsum([0, *(len(each) for each in options.values())]).astype(np.int64)
        chosen = np.empty(len(at), dtype=np.int64)
        person = np.searchsorted(self._people, people).astype(np.int64)
        place = np.array(places, dtype=np.int64)
        choose_companions(self._spans[at], start, person, place, self._plans, chosen)
        return {i: int(people[option]) for i, option in zip(at.tolist(), chosen.tolist(), strict=True) if option >= 0}
