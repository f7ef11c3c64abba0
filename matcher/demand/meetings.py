"""Meetings: which contacts the two of a pair can have in a month, were they alone in the world, and what is missing.

A pair by itself has one contact a day at most, on an open day on which both are there, inside a half-day's window and
both people's hours, as long as a visit or a call takes. What a volunteer's other elders take away is in
``volunteer_hours``.

A city has 50 million candidate pairs. They are compared by patterns: people with the same hours are one pattern, and
the days on which two patterns can meet are one code, of which there are a few hundred. People with days off of their
own, or who come or go within the month, are few: their pairs are counted one by one.
"""

from __future__ import annotations

from functools import cached_property
from threading import local
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.cadence import Cadence
from matcher.demand.calendar import Calendar
from matcher.demand.day_types import DayTypes
from matcher.demand.demand import Demand
from matcher.demand.meetable_weeks import move_to_meetable_weeks
from matcher.demand.time_windows import Spans, find_free_spans, find_present, parse_window
from matcher.demand.travel_times import compute_walk_min
from matcher.features import Features
from matcher.roster.keys import number_rows
from matcher.roster.model import ANY_TIME

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Bits = NDArray[np.uint8]
Counts = NDArray[np.int16]
Numbers = NDArray[np.int32]
_Cell = TypeVar("_Cell", bound=np.generic)

_MOST_CELLS = 30_000_000
"""Pairs of patterns that a table of codes may have; beyond, codes are found pair by pair."""
_NEVER = 99
"""Days on end without a contact where there can be none."""
_recent: list[Meetings] = []
"""Those asked for last: every rule and every block of pairs asks the same ones."""


class Shortfall(NamedTuple):
    """What n pairs by themselves cannot hold, (n,) each, of what the elder could have with somebody always free."""

    contacts: Counts
    """Contacts due that cannot be."""
    visits: Counts
    """Visits due that cannot be."""


class _Codes(NamedTuple):
    """Sets of days on which two can meet, by their hours alone: a row a set, a byte a week, a bit a day."""

    visit: Bits
    contact: Bits
    call: Bits
    """(codes, weeks) each; days of contacts are those of visits or calls."""
    usual_visits: Counts
    """Days of visits in a usual week, (codes,)."""
    usual_silence: Counts
    """Most days on end without a possible contact in usual weeks, one after the other, (codes,)."""


class _Side(NamedTuple):
    """One side's people: the pattern of their hours, and the days on which they are there."""

    hours: Index
    """(n,)."""
    spans: Index
    """Number of the free spans of each pattern on each type of day, by half-day, (patterns + 1, types, 2).

    The last pattern is that of somebody who is always free.
    """
    present: Bits
    """Open days on which each is there, (n, weeks)."""
    partly: Mask
    """Who is not there on every open day, (n,)."""


class _Last(local):
    """The pairs whose codes a thread asked for last: blocks of pairs are looked at beside each other."""

    elder: Index | None = None
    volunteer: Index | None = None
    found: tuple[Numbers, _Codes] | None = None


class Meetings:
    """What the pairs of one month can hold by themselves."""

    def __init__(self, features: Features) -> None:
        self.features = features
        schedule = features.settings.schedule
        calendar = Calendar.build(features.horizon, schedule)
        self._days = DayTypes.of(calendar, schedule.weekends)
        self._windows = tuple(parse_window(window) for window in (schedule.morning, schedule.afternoon))
        self._spans: dict[Spans, int] = {(): 0}
        self._elders, self._volunteers = (
            self._read_side(people, calendar) for people in (features.roster.elders, features.roster.volunteers)
        )
        self._last = _Last()
        self._held: tuple[_Codes, Shortfall] | None = None

    # who is there at all

    @cached_property
    def elders_away(self) -> Mask:
        """Return which elders are there on no open day, (n_elders,); nobody where no day is open."""
        return _find_away(self._elders.present, self._days.is_open)

    @cached_property
    def volunteers_away(self) -> Mask:
        """Return which volunteers are there on no open day, (n_volunteers,); nobody where no day is open."""
        return _find_away(self._volunteers.present, self._days.is_open)

    # what pairs can't hold; None where the rosters say nothing that could stand in the way

    def find_never_meeting(self, elder: Index, volunteer: Index) -> Mask | None:
        """Return pairs who can have no contact in the month, (n,)."""
        if not self._matters:
            return None
        codes, table = self._find_codes(elder, volunteer)
        never = ~np.asarray(table.contact.any(axis=1))[codes]
        rows = np.flatnonzero(self._are_partly(elder, volunteer) & ~never)
        if len(rows):
            never[rows] = ~(table.contact[codes[rows]] & self._get_present(elder[rows], volunteer[rows])).any(axis=1)
        return never

    def find_short_of_visits(self, elder: Index, volunteer: Index, straight_m: NDArray[np.float64]) -> Mask | None:
        """Return pairs who can meet but cannot hold the elder's least visits, (n,), though somebody always free could.

        These are the least visits of the month, and in a usual week those of the elder's risk tier: a week in which
        somebody is away makes no pair unfit.
        """
        far = self._find_far(straight_m)
        if not self._matters and far is None:
            return None
        codes, table = self._find_codes(elder, volunteer)
        possible = np.bitwise_count(table.visit).sum(axis=1, dtype=np.int16)[codes]
        meet = np.asarray(table.contact.any(axis=1))[codes]
        rows = np.flatnonzero(self._are_partly(elder, volunteer))
        if len(rows):
            present = self._get_present(elder[rows], volunteer[rows])
            possible[rows] = np.bitwise_count(table.visit[codes[rows]] & present).sum(axis=1, dtype=np.int16)
            meet[rows] = (table.contact[codes[rows]] & present).any(axis=1)
        usual = table.usual_visits[codes]
        if far is not None:
            possible[far], usual[far] = 0, 0
        in_month, in_week = self._least_visits
        return np.asarray(meet & ((possible < in_month[elder]) | (usual + 1e-9 < in_week[elder])))

    def find_silent(self, elder: Index, volunteer: Index) -> Mask | None:
        """Return pairs who meet in usual weeks, but too seldom: the elder is too long without a contact, (n,)."""
        if not self._matters:
            return None
        codes, table = self._find_codes(elder, volunteer)
        silence = table.usual_silence[codes]
        return np.asarray((silence > self._most_silence[elder]) & (silence < _NEVER))

    def find_shortfall(self, elder: Index, volunteer: Index, straight_m: NDArray[np.float64]) -> Shortfall | None:
        """Return what each pair cannot hold of the contacts and visits that are due, week by week."""
        far = self._find_far(straight_m)
        if not self._matters and far is None:
            return None
        codes, table = self._find_codes(elder, volunteer)
        contacts, visits = self._hold_by_code(table)
        demand = self._demand_of[elder]
        held = Shortfall(*(_take_cells(counts, demand, codes) for counts in (contacts, visits)))
        one_by_one = self._are_partly(elder, volunteer)
        if far is not None:
            one_by_one |= far
        rows = np.flatnonzero(one_by_one)
        if len(rows):
            present = self._get_present(elder[rows], volunteer[rows])
            visit, call = table.visit[codes[rows]] & present, table.call[codes[rows]] & present
            if far is not None:
                visit[far[rows]] = 0
            due, visits_due = (counts[demand[rows]] for counts in self._due)
            seldom = self._is_seldom[demand[rows]]
            held.contacts[rows], held.visits[rows] = _hold(visit, call, due, visits_due, seldom)
        return Shortfall(self.best.contacts[elder] - held.contacts, self.best.visits[elder] - held.visits)

    # people

    def _read_side(self, people: pd.DataFrame, calendar: Calendar) -> _Side:
        """Return the patterns of one roster's people."""
        mask, clock = people["availability"].to_numpy().astype(np.int64), people["clock"].to_numpy().astype(str)
        hours, named = pd.factorize(pd.Series(mask.astype(str)) + "|" + pd.Series(clock, dtype=object))
        patterns = [(int(text), times) for text, _, times in (name.partition("|") for name in named)]
        patterns.append((ANY_TIME, ""))
        spans = np.array([self._number_spans(*pattern) for pattern in patterns], dtype=np.int64)
        present = find_present(people, np.arange(len(people)), calendar, as_agreed=True)
        return _Side(
            hours.astype(np.int64),
            spans.reshape(len(patterns), len(self._days.types), 2),
            self._days.pack(present),
            np.asarray((~present & calendar.is_open).any(axis=1)),
        )

    def _number_spans(self, mask: int, clock: str) -> list[int]:
        """Return the number of somebody's free spans on each type of day and half-day, one after the other."""
        numbers = []
        for days in self._days.types.tolist():
            for half, window in enumerate(self._windows):
                spans = find_free_spans(mask, clock, tuple(sorted(set(days))), half, *window)
                numbers.append(self._spans.setdefault(spans, len(self._spans)))
        return numbers

    def _get_present(self, elder: Index, volunteer: Index) -> Bits:
        """Return the open days on which both of each pair are there, (n, weeks)."""
        return np.asarray(self._elders.present[elder] & self._volunteers.present[volunteer])

    def _are_partly(self, elder: Index, volunteer: Index) -> Mask:
        """Return pairs of whom one is not there on every open day, (n,)."""
        return np.asarray(self._elders.partly[elder] | self._volunteers.partly[volunteer])

    @cached_property
    def _matters(self) -> bool:
        """Return whether anybody's hours or days bar anything that somebody always free could hold."""
        if not self._ideal.contact.any():
            return False  # the settings leave no contact to anybody: no pair is worse than another
        sides = (self._elders, self._volunteers)
        return any(bool(side.partly.any() or (side.spans != side.spans[-1]).any()) for side in sides)

    # days on which two can meet

    @cached_property
    def _fits(self) -> tuple[Mask, Mask]:
        """Return whether a visit, and whether a call, fits what two spans have in common, (spans, spans) each."""
        schedule = self.features.settings.schedule
        spans = list(self._spans)
        longest = np.zeros((len(spans), len(spans)), dtype=np.int64)
        slots = max(map(len, spans))
        start, end = (np.zeros((len(spans), slots), dtype=np.int64) for _ in range(2))
        for i, some in enumerate(spans):
            for j, span in enumerate(some):
                start[i, j], end[i, j] = span
        for j in range(slots):
            for k in range(slots):
                common = np.minimum(end[:, None, j], end[None, :, k]) - np.maximum(start[:, None, j], start[None, :, k])
                np.maximum(longest, common, out=longest)
        day_min = schedule.max_minutes_per_day
        visit = (longest >= schedule.visit_min) & (schedule.visit_min <= day_min) & (schedule.max_visits_per_day > 0)
        return visit, (longest >= schedule.call_min) & (schedule.call_min <= day_min)

    def _mask_types(self, elder: Index, volunteer: Index) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Return on which types of days two patterns of hours can have a visit, and a call; bits. They broadcast."""
        masks = []
        here, there = self._elders.spans[elder], self._volunteers.spans[volunteer]
        for fits in self._fits:
            mask = np.zeros(np.broadcast_shapes(elder.shape, volunteer.shape), dtype=np.uint64)
            for i in range(len(self._days.types)):
                can = fits[here[..., i, 0], there[..., i, 0]] | fits[here[..., i, 1], there[..., i, 1]]
                mask |= np.where(can, np.uint64(1 << i), np.uint64(0))
            masks.append(mask)
        return masks[0], masks[1]

    @cached_property
    def _table(self) -> tuple[NDArray[np.int32], _Codes] | None:
        """Return the code of each two patterns of hours, and the codes; None where that would be too large."""
        sizes = len(self._elders.spans), len(self._volunteers.spans)
        if sizes[0] * sizes[1] > _MOST_CELLS:
            return None
        masks = self._mask_types(np.arange(sizes[0])[:, None], np.arange(sizes[1])[None, :])
        codes, table = self._encode(*(mask.ravel() for mask in masks))
        return codes.reshape(sizes), table

    def _find_codes(self, elder: Index, volunteer: Index) -> tuple[Numbers, _Codes]:
        """Return the code of each pair's days, (n,), and the codes; asked for the same pairs again, those of before."""
        if self._last.elder is elder and self._last.volunteer is volunteer:
            assert self._last.found is not None
            return self._last.found
        here, there = self._elders.hours[elder], self._volunteers.hours[volunteer]
        if self._table is None:
            codes, table = self._encode(*self._mask_types(here, there))
        else:
            codes, table = _take_cells(self._table[0], here, there), self._table[1]
        self._last.elder, self._last.volunteer, self._last.found = elder, volunteer, (codes, table)
        return codes, table

    def _encode(self, visit: NDArray[np.uint64], call: NDArray[np.uint64]) -> tuple[Numbers, _Codes]:
        """Return the number of each two masks of types of days among the distinct ones, and these."""
        (visit_code, _), (call_code, calls) = pd.factorize(visit), pd.factorize(call)
        codes, distinct = pd.factorize(visit_code * np.int64(max(len(calls), 1)) + call_code)
        first = np.zeros(len(distinct), dtype=np.int64)
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        return codes.astype(np.int32), self._spell_out(visit[first], call[first])

    def _spell_out(self, visit: NDArray[np.uint64], call: NDArray[np.uint64]) -> _Codes:
        """Return masks of types of days as days of the horizon."""
        bits = np.arange(len(self._days.types), dtype=np.uint64)
        on = [((mask[:, None] >> bits) & np.uint64(1)).astype(bool) for mask in (visit, call)]
        visit_days, call_days = (self._days.pack(each[:, self._days.kind]) for each in on)
        usual_visit, usual_call = (each[:, :7] & self._days.usual for each in on)
        return _Codes(
            visit_days,
            visit_days | call_days,
            call_days,
            usual_visit.sum(axis=1).astype(np.int16),
            _measure_silence(usual_visit | usual_call),
        )

    @cached_property
    def _ideal(self) -> _Codes:
        """Return the days on which two who are always free can meet, as the only code."""
        last = np.array([-1])
        return self._encode(*self._mask_types(last, last))[1]

    def _find_far(self, straight_m: NDArray[np.float64]) -> Mask | None:
        """Return pairs so far apart that a visit and the walk there and back are more than a day may hold, (n,)."""
        settings = self.features.settings
        spare = settings.schedule.max_minutes_per_day - settings.schedule.visit_min
        if spare < 0 or not len(straight_m):  # no visit fits at all: that is no matter of the pair
            return None
        farthest_m = np.nan_to_num(np.nanmax(straight_m, initial=0.0, keepdims=True))
        if 2 * int(compute_walk_min(farthest_m * settings.distance.detour_factor, settings)[0]) <= spare:
            return None
        walk_min = compute_walk_min(np.nan_to_num(straight_m) * settings.distance.detour_factor, settings)
        return np.asarray(2 * walk_min > spare)

    # what is due, and what somebody always free could hold of it

    @cached_property
    def _demand(self) -> tuple[Index, tuple[Counts, Counts], Mask]:
        """Return the number of each elder's demand among the distinct ones, and these: contacts, visits by week.

        Then whether contacts, and visits, are due less than once a week, (demands, 2).
        """
        features = self.features
        who = np.arange(features.n_elders)
        cadence = Cadence.compute(features.roster.elders, who, features.horizon, features.settings.schedule)
        usual = Demand.compute_usual(features.roster, who, features.horizon, features.settings, cadence=cadence)
        number, first = number_rows(np.hstack([usual.contacts, usual.visits, cadence.is_seldom]))
        due = usual.contacts[first].astype(np.int16), usual.visits[first].astype(np.int16)
        return number, due, cadence.is_seldom[first]

    @property
    def _demand_of(self) -> Index:
        return self._demand[0]

    @property
    def _due(self) -> tuple[Counts, Counts]:
        return self._demand[1]

    @property
    def _is_seldom(self) -> Mask:
        return self._demand[2]

    def _hold_by_code(self, table: _Codes) -> Shortfall:
        """Return what each demand can have of each code's days, (demands, codes)."""
        if self._held is None or self._held[0] is not table:
            due, visits_due = (counts[:, None, :] for counts in self._due)
            self._held = table, _hold(table.visit[None], table.call[None], due, visits_due, self._is_seldom[:, None])
        return self._held[1]

    @cached_property
    def _alone(self) -> tuple[Bits, Bits, _Codes, Numbers]:
        """Return the days on which each elder could have a visit, and a call, from somebody always free; the codes."""
        here = self._elders.hours
        by_hours, table = self._encode(*self._mask_types(np.arange(len(self._elders.spans)), np.array([-1])))
        codes = by_hours[here]
        present = self._elders.present
        return table.visit[codes] & present, table.call[codes] & present, table, codes

    @cached_property
    def best(self) -> Shortfall:
        """Return the contacts and visits that somebody always free could hold of what each elder is due."""
        visit, call, _, _ = self._alone
        due, visits_due = (counts[self._demand_of] for counts in self._due)
        return _hold(visit, call, due, visits_due, self._is_seldom[self._demand_of])

    @cached_property
    def _least_visits(self) -> tuple[Counts, NDArray[np.float64]]:
        """Return each elder's least visits in the month, and in a usual week, as far as the elder's hours allow."""
        schedule = self.features.settings.schedule
        visit, _, table, codes = self._alone
        is_due = np.asarray(self._due[0].any(axis=1))[self._demand_of]
        possible = np.bitwise_count(visit).sum(axis=1, dtype=np.int16)
        in_month = np.where(is_due, np.minimum(possible, schedule.min_visits_per_month), 0).astype(np.int16)
        risk = self.features.roster.elders["risk"].to_numpy().astype(str)
        rate = np.zeros(len(risk))
        for tier, per_week in schedule.min_visits_per_week_by_risk.items():
            rate[risk == tier] = per_week
        in_week = np.where(is_due, np.minimum(rate, table.usual_visits[codes]), 0.0)
        return in_month, in_week

    @cached_property
    def least_visits_in_month(self) -> Counts:
        """Return the least visits that each elder is to have in the month, as far as the elder's days allow."""
        return self._least_visits[0]

    @cached_property
    def usual_due_per_week(self) -> tuple[float, float]:
        """Return the contacts and the visits a week that elders who are due any are due on average; 0 where nobody."""
        is_due = np.asarray(self._due[0].any(axis=1))
        rows = self._demand_of[is_due[self._demand_of]]
        if not len(rows):
            return 0.0, 0.0
        weeks = self.features.horizon.days / 7
        contacts, visits = (float(counts.sum(axis=1)[rows].mean()) / weeks for counts in self._due)
        return contacts, visits

    @cached_property
    def _most_silence(self) -> Counts:
        """Return the most days on end that each elder may be without a contact, as far as the elder's hours allow."""
        features, (_, _, table, codes) = self.features, self._alone
        who = np.arange(features.n_elders)
        gap = Cadence.compute(features.roster.elders, who, features.horizon, features.settings.schedule).max_gap_days
        is_due = np.asarray(self._due[0].any(axis=1))[self._demand_of]
        return np.where(is_due, np.maximum(gap, table.usual_silence[codes]), _NEVER).astype(np.int16)


def get_meetings(features: Features) -> Meetings:
    """Return the meetings of a month; those asked for last are not computed again.

    Raises ``InputError`` as ``Calendar.build``.
    """
    known = _recent[0].features if _recent else None
    if known is not features and not (
        known is not None
        and known.roster is features.roster
        and known.horizon == features.horizon
        and known.settings == features.settings
    ):
        _recent[:] = [Meetings(features)]
    return _recent[0]


def _hold(visit: Bits, call: Bits, due: Counts, visits_due: Counts, seldom: Mask) -> Shortfall:
    """Return the contacts, and the visits among them, that days of visits and of calls hold, summed over the weeks.

    What is due less than once a week, ``seldom``, is due where there are days for it (``meetable_weeks``). A week holds
    one contact a day: calls on days of calls, and visits, no more than are due, on the other days too. Of as many
    contacts the most visits count.
    """
    if seldom.any():
        visit_days, days = (np.bitwise_count(bits).astype(np.int16) for bits in (visit, visit | call))
        due, visits_due = move_to_meetable_weeks(due, visits_due, visit_days, days, seldom)
    calls = np.bitwise_count(call).astype(np.int16)
    others = np.bitwise_count(visit & ~call).astype(np.int16)
    contacts = np.minimum(due, calls + np.minimum(visits_due, others))
    visits = np.minimum(np.minimum(visits_due, np.bitwise_count(visit)), contacts)
    return Shortfall(contacts.sum(axis=-1, dtype=np.int16), visits.sum(axis=-1, dtype=np.int16))


def _measure_silence(on: Mask) -> Counts:
    """Return the most days on end that are not in a week's set of days, (n, 7), week after week."""
    longest = np.zeros(len(on), dtype=np.int16)
    run = np.zeros(len(on), dtype=np.int16)
    for day in range(14):  # twice around: a run may cross from Sunday to Monday
        run = np.where(on[:, day % 7], 0, run + 1).astype(np.int16)
        np.maximum(longest, run, out=longest)
    return np.where(on.any(axis=1), longest, _NEVER).astype(np.int16)


def _take_cells(table: NDArray[_Cell], row: Index, column: Index | Numbers) -> NDArray[_Cell]:
    """Return cells of a table, (n,): sooner than by two indices."""
    return np.asarray(table.ravel().take(row * table.shape[1] + column))


def _find_away(present: Bits, is_open: Mask) -> Mask:
    """Return who is there on no open day; nobody where no day is open."""
    away = np.asarray(~present.any(axis=1) & is_open.any())
    away.setflags(write=False)
    return away
