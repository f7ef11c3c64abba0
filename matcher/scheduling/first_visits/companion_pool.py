"""Who may come along to first visits, and when they are free."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar
from matcher.demand.time_windows import find_free_spans, parse_window
from matcher.plan import Plan

Index = NDArray[np.int64]


class CompanionPool:
    """The volunteers as companions: who leads whom, and who is free when."""

    def __init__(self, plan: Plan) -> None:
        month = plan.month
        self._second_of = plan.second_of
        people, schedule = month.roster.volunteers, month.settings.schedule
        self._hours = list(zip(people["availability"].tolist(), people["clock"].tolist(), strict=True))
        self._off = people["days_off"].tolist()
        self._from, self._to = (people[name].to_numpy().astype("datetime64[D]") for name in ("joined", "left"))
        self._active = (
            people["status"].isin(["", "active"]) | ((people["status"] == "left") & people["left"].notna())
        ).to_numpy()
        self._team = list(zip(people["subdistrict"].tolist(), people["team"].tolist(), strict=True))
        self._leaders: dict[tuple[str, str], list[int]] = defaultdict(list)
        for who in np.flatnonzero((people["role"] == "leader").to_numpy()).tolist():
            self._leaders[self._team[who]].append(who)
        self._windows = [parse_window(schedule.morning), parse_window(schedule.afternoon)]
        calendar = Calendar.build(month.horizon, schedule)
        days = zip(calendar.weekday.tolist(), calendar.stands_for.tolist(), strict=True)
        self._weekdays = {day: tuple(sorted(set(both))) for day, both in zip(calendar.day.tolist(), days, strict=True)}

    def leads(self, volunteer: int) -> bool:
        """Return whether somebody leads the team that they are in."""
        return volunteer in self._list_leaders(volunteer)

    def list_companions(self, elder: int, volunteer: int) -> list[int]:
        """Return who may come along: the elder's second volunteer, then the leaders of the volunteer's team, by id."""
        asked = dict.fromkeys([int(self._second_of[elder]), *self._list_leaders(volunteer)])
        return [who for who in asked if who not in (-1, volunteer) and self._active[who]]

    def _list_leaders(self, volunteer: int) -> list[int]:
        team = self._team[volunteer]
        return self._leaders.get(team, []) if team[1] else []

    def is_free(self, who: int, day: date, start_min: int, end_min: int) -> bool:
        """Return whether somebody is there and free on a day of the month from when to when."""
        stamp = np.datetime64(day)
        if not self._active[who] or day in self._off[who] or day not in self._weekdays:
            return False
        if self._from[who] > stamp or self._to[who] < stamp:  # comparisons with NaT are False
            return False
        mask, clock = self._hours[who]
        halves = (find_free_spans(mask, clock, self._weekdays[day], half, *self._windows[half]) for half in range(2))
        return any(opens <= start_min and end_min <= closes for opens, closes in chain(*halves))
