"""Meetings: when the two of a pair can have a contact in the month, minute by minute, and what they cannot hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.settings import Settings
from matcher.settings.matching import Mode
from matcher.verify.cadence import Due, MeetDays, compute_longest_gaps, put_where_they_meet
from matcher.verify.calendar import CheckedCalendar
from matcher.verify.dates import MonthDates
from matcher.verify.half_days import HalfDays, find_half_day
from matcher.verify.people import People, Side

Amounts = NDArray[np.float64]
Counts = NDArray[np.int64]
ANY_TIME = (1 << 14) - 1
_NEVER_DAYS = 99


class _Days(NamedTuple):
    """Dates of the horizon, and days of a usual week, that may hold a visit and a call: a bit each."""

    visit: int
    call: int
    usual_visit: int
    usual_call: int


class _DueOfOne(NamedTuple):
    """Contacts and visits that one elder is due in each week, (weeks,), and whether less than once a week."""

    contacts: tuple[int, ...]
    visits: tuple[int, ...]
    seldom: tuple[bool, bool]


class _Held(NamedTuple):
    """What two by themselves can have of what the elder is due."""

    contacts: int
    visits: int
    possible_contacts: int
    possible_visits: int
    usual_visits: int
    silence: int
    """Most days on end without a possible contact, in usual weeks."""


@dataclass(frozen=True, eq=False)
class MeetingTimes:
    """The times of a month at which pairs can meet."""

    people: People
    dates: MonthDates
    calendar: CheckedCalendar
    due: Due
    settings: Settings
    elders: pd.DataFrame
    """The elders' roster."""

    def find_away(self, side: Side) -> NDArray[np.bool_]:
        """Return who of one side is there on no open date, (n,); nobody where no date is open."""
        there = self.find_there(side)
        return np.asarray(~there.any(axis=1) & bool((~self.calendar.closed).any()))

    def find_there(self, side: Side) -> NDArray[np.bool_]:
        """Return the open dates on which people are there, (n, D), as was known when the pairs were made."""
        return np.asarray(side.on_programme & ~(side.off & ~side.told_off) & ~self.calendar.closed)

    def find_visit_days(self, elder: Counts, volunteer: Counts, straight_m: Amounts) -> NDArray[np.bool_]:
        """Return the dates on which pairs have time for a visit, (n, D), by all that is known by now."""
        elders, volunteers = self.people.elders, self.people.volunteers
        can = np.zeros((len(elder), self.dates.horizon.days), dtype=bool)
        for row, (one, other, metres) in enumerate(zip(elder.tolist(), volunteer.tolist(), straight_m, strict=True)):
            days = self._find_walkable_days(one, other, metres).visit
            can[row] = [bool(days >> day & 1) for day in range(can.shape[1])]
        there = [side.on_programme & ~side.off for side in (elders, volunteers)]
        return np.asarray(can & there[0][elder] & there[1][volunteer] & ~self.calendar.closed)

    def measure_against(self, pairs: pd.DataFrame, mode: Mode) -> dict[str, tuple[Amounts, int]]:
        """Return, by rule of a mode, which pairs are against it (1), and what that costs if it is soft."""
        asked, worth = self.settings.availability, self.settings.match
        rules: dict[str, tuple[Mode, Callable[[int, int, _Held], bool], int]] = {
            "common_time": (asked.mode, self._never_meet, asked.penalty_m),
            "least_visits": (asked.least_visits, self._lacks_visits, worth.missed_floor_m),
            "silence": (asked.silence, self._is_silent, worth.missed_floor_m),
        }
        asked_now = {name: rule for name, rule in rules.items() if rule[0] == mode}
        held = self._hold_all(pairs) if asked_now else ()
        rows = list(zip(pairs["elder"].tolist(), pairs["volunteer"].tolist(), held, strict=bool(asked_now)))
        return {
            name: (np.array([breaks(*row) for row in rows], dtype=float), price)
            for name, (_own, breaks, price) in asked_now.items()
        }

    def compute_missed_m(self, pairs: pd.DataFrame) -> Amounts:
        """Return what the contacts cost that the two cannot hold, of those that somebody always free could."""
        worth = self.settings.match
        cost = []
        for elder, held in zip(pairs["elder"].tolist(), self._hold_all(pairs), strict=True):
            best = self._get_best(elder)
            missed = best.contacts - held.contacts, best.visits - held.visits
            cost.append(worth.missed_contact_m * missed[0] + worth.missed_visit_m * missed[1])
        return np.array(cost, dtype=float)

    # the three rules

    def _never_meet(self, elder: int, volunteer: int, held: _Held) -> bool:
        away = self._away[0][elder] or self._away[1][volunteer]  # that is a matter of dates
        return not held.possible_contacts and self._somebody_can and not away

    def _lacks_visits(self, elder: int, _volunteer: int, held: _Held) -> bool:
        if not self._is_contacted[elder] or not held.possible_contacts:
            return False
        schedule, best = self.settings.schedule, self._get_best(elder)
        if held.possible_visits < min(schedule.min_visits_per_month, best.possible_visits):
            return True
        return held.usual_visits + 1e-9 < min(self._least_by_risk.get(self._risk[elder], 0.0), best.usual_visits)

    def _is_silent(self, elder: int, _volunteer: int, held: _Held) -> bool:
        most = max(self.longest_gap_days[elder], self._get_best(elder).silence)
        return self._is_contacted[elder] and most < held.silence < _NEVER_DAYS

    @cached_property
    def _away(self) -> tuple[list[bool], list[bool]]:
        return self.find_away(self.people.elders).tolist(), self.find_away(self.people.volunteers).tolist()

    @cached_property
    def _is_contacted(self) -> list[bool]:
        answers: list[bool] = self.due.is_contacted.tolist()  # once for all: it goes through all elders
        return answers

    @cached_property
    def _least_by_risk(self) -> dict[str, float]:
        """Return the least visits a week by the elder's risk."""
        return {str(tier): rate for tier, rate in self.settings.schedule.min_visits_per_week_by_risk.items()}

    @cached_property
    def _risk(self) -> list[str]:
        return [str(tier) for tier in self.elders["risk"].tolist()]

    @cached_property
    def least_visits(self) -> list[int]:
        """Return the least visits of each elder in the month, as far as the elder's own days allow."""
        least, due = self.settings.schedule.min_visits_per_month, self._is_contacted
        return [min(least, self._get_best(elder).possible_visits) if due[elder] else 0 for elder in range(len(due))]

    @cached_property
    def _somebody_can(self) -> bool:
        """Return whether two who are always free could have a contact at all."""
        days = self._find_days((ANY_TIME, ""), (ANY_TIME, ""))
        return bool((days.visit | days.call) & self._open)

    @cached_property
    def longest_gap_days(self) -> list[int]:
        """Return the most days on end that each elder may be without a contact."""
        return compute_longest_gaps(self.elders, self.due, self.dates.horizon, self.settings.schedule)

    # what two can have

    def _hold_all(self, pairs: pd.DataFrame) -> Iterable[_Held]:
        """Yield what each pair can have."""
        rows = zip(*(pairs[name].tolist() for name in ("elder", "volunteer", "straight_m")), strict=True)
        return (self._hold(*row) for row in rows)

    def _hold(self, elder: int, volunteer: int, straight_m: float) -> _Held:
        """Return what two can have; several rules ask that of the same two."""
        two = elder, volunteer, straight_m
        if two not in self._known_held:
            there = self._there[0][elder] & self._there[1][volunteer]
            self._known_held[two] = self._count(elder, self._find_walkable_days(*two), there)
        return self._known_held[two]

    def _find_walkable_days(self, elder: int, volunteer: int, straight_m: float) -> _Days:
        """Return the days that hold a contact of two by their hours, no visit where the walk would fill the day."""
        elders, volunteers = self.people.elders, self.people.volunteers
        days = self._find_days(get_hours(elders, elder), get_hours(volunteers, volunteer))
        schedule = self.settings.schedule
        metres = 0.0 if math.isnan(straight_m) else straight_m * self.settings.distance.detour_factor
        walk_min = math.ceil(metres / schedule.walking_m_per_s / 60 - 1e-6)
        if schedule.visit_min + 2 * max(walk_min, 0) > schedule.max_minutes_per_day:
            days = days._replace(visit=0, usual_visit=0)
        return days

    def _get_best(self, elder: int) -> _Held:
        """Return what an elder can have with somebody who is always free."""
        if elder not in self._known_best:
            hours = get_hours(self.people.elders, elder)
            self._known_best[elder] = self._count(elder, self._find_days(hours, (ANY_TIME, "")), self._there[0][elder])
        return self._known_best[elder]

    def _count(self, elder: int, days: _Days, there: int) -> _Held:
        """Return what an elder can have on some days, of those on which both are there; like cases are counted once."""
        case = days, there, self._all_due[elder]
        if case not in self._known_counts:
            self._known_counts[case] = self._count_anew(*case)
        return self._known_counts[case]

    def _count_anew(self, days: _Days, there: int, due: _DueOfOne) -> _Held:
        """Return what somebody with this due can have on some days, of those on which both are there."""
        visit, call = days.visit & there, days.call & there
        contacts = visits = 0
        all_due = list(due.contacts), list(due.visits)
        if any(due.seldom):
            all_due = put_where_they_meet(*all_due, self._count_days(visit, visit | call), due.seldom)
        for span, number, visits_due in zip(self._weeks, *all_due, strict=True):
            if not number:
                continue
            calls, others = (call & span).bit_count(), (visit & ~call & span).bit_count()
            held = min(number, calls + min(visits_due, others))
            contacts += held
            visits += min(visits_due, (visit & span).bit_count(), held)
        silence = _measure_silence(days.usual_visit | days.usual_call)
        possible = (visit | call).bit_count(), visit.bit_count()
        return _Held(contacts, visits, *possible, days.usual_visit.bit_count(), silence)

    def count_meet_days(self, elder: int, volunteer: int, askable: NDArray[np.bool_]) -> MeetDays:
        """Return the days of each week on which two can meet, by what was known when the pairs were made.

        Only days of ``askable``, (D,), count; how far the walk is does not.
        """
        days = self._find_days(get_hours(self.people.elders, elder), get_hours(self.people.volunteers, volunteer))
        there = self._there[0][elder] & self._there[1][volunteer] & _pack(askable)
        return self._count_days(days.visit & there, (days.visit | days.call) & there)

    def _count_days(self, visit: int, contact: int) -> MeetDays:
        """Return how many of some dates, a bit each, are in each week."""
        return MeetDays(*(tuple((dates & week).bit_count() for week in self._weeks) for dates in (visit, contact)))

    @cached_property
    def _all_due(self) -> list[_DueOfOne]:
        """Return what each elder is due; that of like elders is one object."""
        due, known = self.due, dict[tuple[bytes, bytes, tuple[bool, bool]], _DueOfOne]()
        found = []
        for contacts, visits, seldom in zip(due.contacts, due.visits, due.seldom, strict=True):
            key = contacts.tobytes(), visits.tobytes(), seldom
            if key not in known:
                known[key] = _DueOfOne(tuple(contacts.tolist()), tuple(visits.tolist()), seldom)
            found.append(known[key])
        return found

    @cached_property
    def _weeks(self) -> list[int]:
        """Return the dates of each week, a bit each."""
        week = self.dates.week_of_date.tolist()
        return [sum(1 << day for day, own in enumerate(week) if own == i) for i in range(len(self.dates.week_days))]

    @cached_property
    def _open(self) -> int:
        return _pack(~self.calendar.closed)

    @cached_property
    def _there(self) -> tuple[list[int], list[int]]:
        """Return the open dates on which each elder, and each volunteer, is there; a bit each."""
        sides = (self.people.elders, self.people.volunteers)
        elders, volunteers = ([_pack(row) for row in self.find_there(side)] for side in sides)
        return elders, volunteers

    @cached_property
    def _known_held(self) -> dict[tuple[int, int, float], _Held]:
        return {}

    @cached_property
    def _known_counts(self) -> dict[tuple[_Days, int, _DueOfOne], _Held]:
        return {}

    @cached_property
    def _known_best(self) -> dict[int, _Held]:
        return {}

    @cached_property
    def _known_days(self) -> dict[tuple[tuple[int, str], tuple[int, str]], _Days]:
        return {}

    def _find_days(self, one: tuple[int, str], other: tuple[int, str]) -> _Days:
        """Return the dates and the days of a usual week on which hours of two people allow a visit, and a call."""
        if (one, other) not in self._known_days:
            schedule = self.settings.schedule
            shared = [
                mine & theirs for mine, theirs in zip(self._free_minutes(one), self._free_minutes(other), strict=True)
            ]
            found = []
            for length, may in ((schedule.visit_min, schedule.max_visits_per_day > 0), (schedule.call_min, True)):
                dates = usual = 0
                if may and length <= schedule.max_minutes_per_day:
                    for minutes, (of_month, of_week) in zip(shared, self._days_of_halves, strict=True):
                        if minutes and _has_run(minutes, length):
                            dates, usual = dates | of_month, usual | of_week
                found.append((dates, usual))
            (visit, usual_visit), (call, usual_call) = found
            self._known_days[one, other] = _Days(visit, call, usual_visit, usual_call)
        return self._known_days[one, other]

    def _free_minutes(self, hours: tuple[int, str]) -> list[int]:
        """Return the minutes that hours leave free, a bit each, in the halves of ``_days_of_halves``."""
        if hours not in self._known_minutes:
            windows = self._windows
            self._known_minutes[hours] = [
                _find_free_minutes(*hours, weekdays, half, window)
                for weekdays in self._kinds_of_days
                for half, window in enumerate(windows)
            ]
        return self._known_minutes[hours]

    def find_free_minutes(self, hours: tuple[int, str], weekdays: tuple[int, int]) -> list[int]:
        """Return the minutes of the morning and of the afternoon that hours leave free on some weekdays; a bit each."""
        first = len(self._windows) * self._kinds_of_days.index(weekdays)
        return self._free_minutes(hours)[first : first + len(self._windows)]

    @cached_property
    def _known_minutes(self) -> dict[tuple[int, str], list[int]]:
        return {}

    @cached_property
    def _windows(self) -> tuple[tuple[int, int], tuple[int, int]]:
        halves = HalfDays.of(self.settings.schedule)
        return halves.morning_min, halves.afternoon_min

    @cached_property
    def _usual_week(self) -> list[tuple[int, int]]:
        return [(day, day) for day in range(7 if self.settings.schedule.weekends else 5)]

    @cached_property
    def _weekdays(self) -> list[tuple[int, int]]:
        """Return whose hours each date has: its own weekday's, and those of the weekday that it stands for."""
        return list(zip(self.calendar.weekday.tolist(), self.calendar.stands_for.tolist(), strict=True))

    @cached_property
    def _kinds_of_days(self) -> list[tuple[int, int]]:
        return sorted({*self._weekdays, *self._usual_week})

    @cached_property
    def _days_of_halves(self) -> list[tuple[int, int]]:
        """Return, for both halves of each kind of day, the dates and the days of a usual week of it; a bit each."""
        return [
            (sum(1 << i for i, day in enumerate(self._weekdays) if day == kind), self._mark_usual(kind))
            for kind in self._kinds_of_days
            for _half in self._windows
        ]

    def _mark_usual(self, kind: tuple[int, int]) -> int:
        return sum(1 << i for i, day in enumerate(self._usual_week) if day == kind)


def _find_free_minutes(mask: int, clock: str, weekdays: tuple[int, int], half: int, window: tuple[int, int]) -> int:
    """Return the minutes of a window in which somebody is free by the hours of some weekdays; a bit each."""
    timed, minutes = set(), 0
    for item in filter(None, clock.split(",")):
        day, start, end = (int(number) for number in re.split("[:-]", item))
        timed.add((day, find_half_day(start)))
        if day in weekdays:
            minutes |= (1 << end) - (1 << start)
    opens, closes = window
    whole = (1 << closes) - (1 << opens)
    if any(mask >> (2 * day + half) & 1 and (day, half) not in timed for day in weekdays):
        return whole
    return minutes & whole


@lru_cache(maxsize=1 << 17)
def _has_run(minutes: int, length: int) -> bool:
    """Return whether so many minutes one after the other are in a set."""
    have = 1
    while have < length and minutes:  # invariant: a bit is set where a run of ``have`` minutes begins
        step = min(have, length - have)
        minutes &= minutes >> step
        have += step
    return minutes != 0


@lru_cache(maxsize=1 << 7)
def _measure_silence(week: int) -> int:
    """Return the most days on end that are not in a set of days of the week, week after week."""
    if not week:
        return _NEVER_DAYS
    days = f"{week:07b}" * 2
    return max(len(run) for run in days.split("1"))


def _pack(on: NDArray[np.bool_]) -> int:
    """Return a mask as a whole number, a bit an entry."""
    return int.from_bytes(np.packbits(on, bitorder="little").tobytes(), "little")


def get_hours(side: Side, person: int) -> tuple[int, str]:
    """Return somebody's half-days and clock times."""
    return int(side.free[person]), str(side.clock[person])
