"""Appointments for first visits of new pairs: elder, volunteer and companion, all free, before the month is planned.

A companion has contacts of their own, so no appointment is left once everybody's month is full. First visits come
first instead: each gets an appointment at which all three can; the rest of the month is planned around them, the
companion's too. Days hold what the rules let them hold (``day_route``: walks, pauses, limits), whoever's visit it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar
from matcher.demand.time_windows import TimeWindows, find_half_days
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule import VISIT, Schedule
from matcher.scheduling.first_visits.day_plans import build_day_plans
from matcher.scheduling.first_visits.kernels.appointments import (
    N_APPOINTMENT,
    Appointment,
    Choices,
    Span,
    schedule_in_turn,
)
from matcher.scheduling.first_visits.kernels.day_plans import NO
from matcher.scheduling.first_visits.requests import Requests
from matcher.settings import Settings
from matcher.timetable.kernels.arrays import make_plain

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Why = Literal["nobody", "no_common_half_day", "full"]


@dataclass(frozen=True, slots=True, eq=False)
class Appointments:
    """First visits that are arranged, m of those asked for, in their order."""

    which: Index
    """Which of the requests, (m,)."""
    companion: Index
    """Who comes along, roster indices, (m,)."""
    day: Index
    """On which day of the horizon, (m,)."""
    start_min: Index
    end_min: Index
    """From and to, minutes after midnight, (m,)."""

    def __len__(self) -> int:
        return len(self.which)

    def make_schedule(self, requests: Requests) -> Schedule:
        """Return them as contacts of the pairs' own volunteers, with their companions."""
        elder, own = requests.elder[self.which], requests.volunteer[self.which]
        day, one = requests.dates[self.day], np.ones(len(self), dtype=np.int64)
        return Schedule(elder, own, day, self.start_min, self.end_min, one * VISIT, one, companion=self.companion)


class AppointmentFinder:
    """A finder of appointments for first visits of the same people, again and again.

    Args:
        requests: The first visits.
        standing: What people have in their days already, companions' hours of earlier runs too.
        roster: The people.
        horizon: The dates.
        settings: Lengths, limits, walks; how many first visits a day one may come along to.
    """

    def __init__(
        self, requests: Requests, standing: Schedule, roster: Roster, horizon: Horizon, settings: Settings
    ) -> None:
        self._requests, self._schedule = requests, settings.schedule
        many = np.array([len(each) for each in requests.companions], dtype=np.int64)
        companion = np.array([who for each in requests.companions for who in each], dtype=np.int64)
        which = np.repeat(np.arange(len(requests)), many)
        self.pairs = np.column_stack([which, companion])
        """Which first visit, and who could come along to it, a row each."""
        who = np.concatenate([requests.volunteer, companion])
        whom = np.concatenate([requests.elder, requests.elder[which]])
        days = np.concatenate([requests.allowed, requests.allowed[which]])
        self._plans, people, place = build_day_plans(who, whom, days, standing, roster, horizon, settings)
        n, person = len(requests), np.searchsorted(people, who)
        rank = np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many)
        start, spans = self._list_choices(which, companion, roster, horizon)
        own, others = np.column_stack([person[:n], place[:n]]), np.column_stack([person[n:], place[n:], rank])
        self.choices = Choices(*(make_plain(part) for part in (start, spans, own, others)))

    def _list_choices(self, which: Index, companion: Index, roster: Roster, horizon: Horizon) -> tuple[Index, Index]:
        """Return where each request's spans begin; and every pair, day and span in which the three could meet."""
        requests, schedule = self._requests, self._schedule
        calendar = Calendar.build(horizon, schedule)
        own = TimeWindows.find(roster, requests.elder, requests.volunteer, calendar, schedule)
        along = TimeWindows.find(roster, requests.elder[which], companion, calendar, schedule)
        pair, day = np.nonzero(requests.allowed[which] & calendar.is_open & own.present[which] & along.present)
        no_visit_min, found = requests.no_visit_min[day], []
        is_hot, goes_round = (no_visit_min[:, i] < no_visit_min[:, 1 - i] for i in range(2))
        for slot in range(len(own.half)):
            for other in np.flatnonzero(along.half == own.half[slot]).tolist():
                one = own.windows[which[pair], own.day_type[day], slot]
                two = along.windows[pair, along.day_type[day], other]
                opens, closes = np.maximum(one[:, 0], two[:, 0]), np.minimum(one[:, 1], two[:, 1])
                opens = np.where(goes_round, np.maximum(opens, no_visit_min[:, 1]), opens)
                closes = np.where(goes_round, np.minimum(closes, no_visit_min[:, 0]), closes)
                touched = is_hot & (opens < no_visit_min[:, 1]) & (closes > no_visit_min[:, 0])
                for a, b in (
                    (opens, np.where(touched, np.minimum(closes, no_visit_min[:, 0]), closes)),
                    (np.where(touched, np.maximum(opens, no_visit_min[:, 1]), closes), closes),
                ):
                    fits = np.flatnonzero(b - a >= schedule.visit_min)
                    found.append(np.column_stack([pair[fits], day[fits], a[fits], b[fits]]))
        spans = np.concatenate(found)
        spans = spans[np.lexsort((spans[:, Span.OPENS], spans[:, Span.DAY], spans[:, Span.PAIR]))]
        return np.searchsorted(which[spans[:, Span.PAIR]], np.arange(len(requests) + 1)), spans

    def arrange(self, which: Mask, made: Index | None = None, excluded: Mask | None = None) -> Index:
        """Arrange some of the first visits, (n,), beside others that are arranged already.

        Who has the fewest choices comes first; where all are taken, one that was arranged in the same go makes way if
        it can be at another time.

        Args:
            which: Those that are wanted.
            made: What is arranged already, (n, 3) as the answer is; None: nothing.
            excluded: Which of ``choices.spans`` are not to be taken; None: all may be.

        Returns:
            A row each, (n, 3): see ``Appointment``.
        """
        choices, n = self.choices, len(self._requests)
        size = np.diff(choices.start)
        out = np.full((n, N_APPOINTMENT), NO, dtype=np.int64) if made is None else made.copy()
        queue = np.flatnonzero(which & (size > 0) & (out[:, Appointment.PAIR] < 0))
        queue = queue[np.argsort(size[queue], kind="stable")].astype(np.int64)
        pair, day = choices.spans[:, Span.PAIR], choices.spans[:, Span.DAY]
        closed = self._requests.taken[self.pairs[pair, 0], day]
        plans = self._plans._replace(
            filled=self._plans.filled.copy(), accompanied=np.zeros_like(self._plans.accompanied)
        )
        schedule_in_turn(
            queue, out, make_plain(closed if excluded is None else closed | excluded, np.bool_), choices, plans
        )
        return out

    def list_appointments(self, made: Index) -> Appointments:
        """Return what is arranged, with people and times."""
        which = np.flatnonzero(made[:, Appointment.PAIR] >= 0)
        start_min = made[which, Appointment.START]
        companion, day = self.pairs[made[which, Appointment.PAIR], 1], made[which, Appointment.DAY]
        return Appointments(which, companion, day, start_min, start_min + self._schedule.visit_min)

    def index_half_days(self, day: Index, start_min: Index) -> Index:
        """Return a number for the half-day of the horizon in which something begins."""
        return 2 * day + find_half_days(start_min, self._schedule)

    def explain_missing(self, made: Index) -> dict[int, Why]:
        """Return why first visits that were asked for are not among those made, by request.

        ``full`` says that every time that the three share is taken by what they have in their days already and by
        other first visits.
        """
        any_choice = np.diff(self.choices.start) > 0
        anybody = [bool(each) for each in self._requests.companions]
        return {
            which: "full" if any_choice[which] else "no_common_half_day" if anybody[which] else "nobody"
            for which in np.flatnonzero(made[:, Appointment.PAIR] < 0).tolist()
        }
