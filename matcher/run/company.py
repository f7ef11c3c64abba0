"""Who comes along to each contact in the end: as arranged, or whoever's day holds it at an hour that is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.messages import Issue
from matcher.month import Month
from matcher.plan import Plan
from matcher.run.before import Before
from matcher.run.firsts import Firsts, strangers, told
from matcher.run.leaders import Volunteers
from matcher.schedule.first_visits import Agenda, Asked, Meeting
from matcher.schedule.visits import VISIT, Visits

Index = NDArray[np.int64]


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
    volunteers, keys, issues = Volunteers(month), visits.labels(), []
    candidates = {i: volunteers.may_come(keys[i][0], keys[i][1], backups) for i in asked.tolist()}
    arranged = {i: agreed[keys[i]] for i in np.flatnonzero(visits.kind == VISIT).tolist() if keys[i] in agreed}
    days = _Days(visits, candidates | {i: [who, *candidates.get(i, ())] for i, who in arranged.items()}, month)
    for i, who in arranged.items():
        may = who in volunteers.may_come(keys[i][0], keys[i][1], backups)  # the second volunteer may be another now
        if keys[i][2] < (start or date.min) or (
            may and volunteers.is_free(who, keys[i][2], days.span(i)) and days.hold(i, who)
        ):
            along[i] = who
            days.add(i, who)
    for i in asked[along[asked] < 0].tolist():
        elder, volunteer, day, _start = keys[i]
        if volunteers.leads(volunteer):
            continue  # who leads a team knows how, and goes alone
        who = next(
            (one for one in candidates[i] if volunteers.is_free(one, day, days.span(i)) and days.hold(i, one)), -1
        )
        if who >= 0:
            along[i] = who
            days.add(i, who)
            continue
        if day < (start or date.min):
            continue  # it is over
        why = firsts.why.get(elder, "full" if candidates[i] else "nobody")
        header = column("visits", "elder_id").header()
        elder_id = str(month.roster.elders["id"].iloc[elder])
        issues.append(Issue(f"first_visit_{why}", "visits.csv", None, header, elder_id, {"date": day.isoformat()}))
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
    """What those who may come along to some contacts have in their days, and whether these hold the contact too."""

    def __init__(self, visits: Visits, who: Mapping[int, Sequence[int]], month: Month) -> None:
        self._place = {i: place for place, i in enumerate(who)}
        at = np.array(list(who), dtype=np.int64)
        self._most = month.settings.new_pair.most_accompanied_per_day
        day = (visits.day[at].astype("datetime64[D]") - np.datetime64(month.horizon.start)).astype(np.int64).tolist()
        spans = zip(day, visits.start_min[at].tolist(), visits.end_min[at].tolist(), strict=True)
        self._at = {i: Meeting(self._place[i], -1, *span) for i, span in zip(who, spans, strict=True)}
        none = np.zeros((len(at), month.horizon.days), dtype=bool)
        asked = Asked(visits.elder[at], visits.volunteer[at], list(who.values()), none, none, none[:0].astype(np.int64))
        pairs = [(self._place[i], one) for i, each in who.items() for one in each]
        theirs = visits.where(np.isin(visits.volunteer, [one for _, one in pairs]))
        self._agenda = Agenda(asked, pairs, theirs, month.roster, month.horizon, month.settings)
        self._along: Counter[tuple[int, int]] = Counter()

    def span(self, i: int) -> tuple[int, int]:
        """From and to of a contact."""
        return self._at[i].start_min, self._at[i].end_min

    def hold(self, i: int, who: int) -> bool:
        """Whether somebody's day holds a contact too."""
        at = self._at[i]
        if self._along[who, at.day] >= self._most:
            return False
        return self._agenda.more_walking(who, at.day, at.place, at.start_min) is not None

    def add(self, i: int, who: int) -> None:
        """Somebody comes along to a contact."""
        self._agenda.add(who, self._at[i])
        self._along[who, self._at[i].day] += 1
