"""First visits of new pairs: elder, volunteer and somebody who comes along, all free, before the month is planned.

A companion has contacts of their own, so their hour can't be found once everybody's month is full. First visits come
first instead: each gets an hour at which all three can; the rest of the month is planned around them, the companion's
too. Days hold what the rules let them hold (``day_order``: walks, pauses, limits), whoever's visit it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar
from matcher.demand.time_windows import Hours
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule import VISIT, Visits
from matcher.scheduling.first_visits.day_plans import NO, NOON, agenda_of, paper
from matcher.scheduling.first_visits.kernels.appointments import AT, DAY, ROW, Choices, Sheet, settle
from matcher.settings import Settings
from matcher.timetable.kernels.day_route import MOST
from matcher.timetable.kernels.day_windows import VISIT_MIN

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Why = Literal["nobody", "no_common_half_day", "full"]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """First visits of n pairs."""

    elder: Index
    volunteer: Index
    """Roster indices, (n,)."""
    companions: Sequence[Sequence[int]]
    """Who could come along to each, roster indices of volunteers, the first choice first."""
    may: Mask
    """On which days each may be, (n, D)."""
    taken: Mask
    """On which of them the elder has a contact already, (n, D)."""
    hot_min: Index
    """The hours of each day that no visit may touch, (D, 2)."""

    dates: NDArray[np.datetime64]
    """The D dates."""

    def __len__(self) -> int:
        return len(self.elder)

    def visits(self, made: Meetings) -> tuple[Visits, Visits]:
        """First visits as contacts: of the pairs' own volunteers, and the same of those who come along."""
        one = np.ones(len(made), dtype=np.int64)
        elder, own, day = self.elder[made.place], self.volunteer[made.place], self.dates[made.day]
        visits = Visits(elder, own, day, made.start_min, made.end_min, one * VISIT, one)
        return visits, replace(visits, volunteer=made.companion)


@dataclass(frozen=True, slots=True, eq=False)
class Meetings:
    """First visits that are arranged, m of those asked for, in their order."""

    place: Index
    """Which, (m,)."""
    companion: Index
    """Who comes along, roster indices, (m,)."""
    day: Index
    """On which day of the horizon, (m,)."""
    start_min: Index
    end_min: Index
    """From and to, minutes after midnight, (m,)."""

    def __len__(self) -> int:
        return len(self.place)


class Finder:
    """Finds hours for first visits of the same people, again and again.

    Args:
        asked: The first visits.
        standing: What people have in their days already, companions' hours of earlier runs too.
        roster: The people.
        horizon: The dates.
        settings: Lengths, limits, walks; how many first visits a day one may come along to.
    """

    def __init__(self, asked: Asked, standing: Visits, roster: Roster, horizon: Horizon, settings: Settings) -> None:
        self._asked, self._days = asked, horizon.days
        self._most_a_day = settings.new_pair.most_accompanied_per_day
        many = np.array([len(each) for each in asked.companions], dtype=np.int64)
        companion = np.array([who for each in asked.companions for who in each], dtype=np.int64)
        place = np.repeat(np.arange(len(asked)), many)
        self.pairs = np.column_stack([place, companion])
        """Which first visit, and who could come along to it, a row each."""
        who, whom = np.concatenate([asked.volunteer, companion]), np.concatenate([asked.elder, asked.elder[place]])
        days = np.concatenate([asked.may, asked.may[place]])
        self._agenda, people, home = agenda_of(who, whom, days, standing, roster, horizon, settings)
        n, walker = len(asked), np.searchsorted(people, who)
        rank = np.arange(len(place)) - np.repeat(np.cumsum(many) - many, many)
        start, spans = self._all_choices(place, companion, roster, horizon, settings)
        three = np.column_stack([walker[:n], home[:n]]), np.column_stack([walker[n:], home[n:], rank])
        self.choices = Choices(*(np.require(part, np.int64, ["C", "W"]) for part in (start, spans, *three)))

    def _all_choices(
        self, place: Index, companion: Index, roster: Roster, horizon: Horizon, settings: Settings
    ) -> tuple[Index, Index]:
        """Every row of ``pairs``, day and span long enough in which the three could meet; where each place's begin."""
        asked, calendar = self._asked, Calendar.of(horizon, settings.schedule)
        own = Hours.of(roster, asked.elder, asked.volunteer, calendar, settings.schedule)
        along = Hours.of(roster, asked.elder[place], companion, calendar, settings.schedule)
        row, day = np.nonzero(asked.may[place] & calendar.is_open & own.present[place] & along.present)
        hot, found = asked.hot_min[day], []
        touched = hot[:, 0] < hot[:, 1]
        for slot in range(len(own.half)):
            for other in np.flatnonzero(along.half == own.half[slot]).tolist():
                one = own.windows[place[row], own.day_type[day], slot]
                two = along.windows[row, along.day_type[day], other]
                opens, closes = np.maximum(one[:, 0], two[:, 0]), np.minimum(one[:, 1], two[:, 1])
                hit = touched & (opens < hot[:, 1]) & (closes > hot[:, 0])
                for a, b in (
                    (opens, np.where(hit, np.minimum(closes, hot[:, 0]), closes)),
                    (np.where(hit, np.maximum(opens, hot[:, 1]), closes), closes),
                ):
                    fits = np.flatnonzero(b - a >= settings.schedule.visit_min)
                    found.append(np.column_stack([row[fits], day[fits], a[fits], b[fits]]))
        spans = np.concatenate(found)
        spans = spans[np.lexsort((spans[:, 2], spans[:, 1], spans[:, 0]))]
        return np.searchsorted(place[spans[:, 0]], np.arange(len(asked) + 1)), spans

    def arrange(self, which: Mask, made: Index | None = None, barred: Mask | None = None) -> Index:
        """Hours for some of the first visits, (n,), beside others that are arranged already.

        Who has the fewest choices comes first; where all are taken, one that was arranged in the same go makes way if
        it can be at another hour.

        Args:
            which: Those that are wanted.
            made: What is arranged already, (n, 3) as the answer is; None: nothing.
            barred: Which of ``choices.spans`` are not to be taken; None: all may be.

        Returns:
            A row each: who comes along, as a place in ``pairs``, or NO; the day; the first minute.
        """
        choices, n = self.choices, len(self._asked)
        size = np.diff(choices.start)
        out = np.full((n, 3), NO, dtype=np.int64) if made is None else made.copy()
        queue = np.flatnonzero(which & (size > 0) & (out[:, ROW] < 0))
        queue = queue[np.argsort(size[queue], kind="stable")].astype(np.int64)
        row, day = choices.spans[:, ROW], choices.spans[:, DAY]
        closed = self._asked.taken[self.pairs[row, 0], day]
        agenda = self._agenda._replace(filled=self._agenda.filled.copy())
        went = np.zeros_like(agenda.filled)
        closed = np.require(closed if barred is None else closed | barred, np.bool_, ["C", "W"])
        rest = closed, self._days, choices, went, self._most_a_day, agenda, _sheet(n), paper()
        settle(queue, out, *rest)
        return out

    def meetings(self, made: Index) -> Meetings:
        """What is arranged, with people and times."""
        place = np.flatnonzero(made[:, ROW] >= 0)
        start = made[place, AT]
        end = start + int(self._agenda.limits[VISIT_MIN])
        return Meetings(place, self.pairs[made[place, ROW], 1], made[place, DAY], start, end)

    def half(self, start_min: Index) -> Index:
        """The half-days of some hours."""
        return np.asarray(start_min >= self._agenda.limits[NOON], dtype=np.int64)

    def why_not(self, made: Index) -> dict[int, Why]:
        """Why first visits that were asked for are not among those made, by place.

        ``full`` says that every hour that the three share is taken by what they have in their days already and by
        other first visits.
        """
        any_choice, anybody = np.diff(self.choices.start) > 0, [bool(each) for each in self._asked.companions]
        return {
            place: "full" if any_choice[place] else "no_common_half_day" if anybody[place] else "nobody"
            for place in np.flatnonzero(made[:, ROW] < 0).tolist()
        }


def _sheet(n: int) -> Sheet:
    """Something to reckon on for n first visits."""
    visit, others = (np.full(shape, NO, dtype=np.int64) for shape in ((1, 4), (2, n)))
    return Sheet(visit, np.zeros(1 + 2 * MOST * (MOST + 1), dtype=np.int64), others)
