"""First visits of new pairs: elder, volunteer and somebody who comes along, all free, before the month is planned.

A companion has contacts of their own, so their hour can't be found once everybody's month is full. First visits come
first instead: each gets an hour at which all three can; the rest of the month is planned around them, the companion's
too. Days hold what the rules let them hold (``day_order``: walks, pauses, limits), whoever's visit it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule.calendar import Calendar
from matcher.schedule.day_order import MOST, ROWS, put, shortest_walk
from matcher.schedule.hours import Hours
from matcher.schedule.visits import VISIT, Visits
from matcher.schedule.walks import Walks
from matcher.settings import Settings

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Why = Literal["nobody", "no_common_half_day", "full"]
Span = tuple[int, int]


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
    most: Mapping[int, int] = field(default_factory=dict)
    """To how many first visits a volunteer may come along at most; who is not named, to any number."""
    alone: Collection[int] = ()
    """Elders whose first visit is not to be arranged."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A first visit: which of those asked for, who comes along, when."""

    place: int
    companion: int
    day: int
    start_min: int
    end_min: int


def arrange(
    asked: Asked, standing: Visits, roster: Roster, horizon: Horizon, settings: Settings
) -> tuple[list[Meeting], dict[int, Why]]:
    """Hours for first visits, and why others have none.

    Who has the fewest choices comes first; where all are taken, one that was arranged makes way if it can be at another
    hour. ``full`` says that every hour that the three share is taken by what they have in ``standing`` and by other
    first visits.

    Args:
        asked: The first visits.
        standing: What people have in their days already, companions' hours of earlier runs too.
        roster: The people.
        horizon: The dates.
        settings: Lengths, limits, walks; how many first visits a day one may come along to.
    """
    finder = _Finder(asked, standing, roster, horizon, settings)
    choices = {place: list(finder.choices(place)) for place in range(len(asked.elder))}
    may = [place for place in choices if choices[place] and int(asked.elder[place]) not in asked.alone]
    queue = sorted(may, key=lambda place: (len(choices[place]), place))
    left = [place for place in queue if not finder.place(choices[place])]
    left = [place for place in left if not finder.make_way(choices[place], choices)]
    why: dict[int, Why] = {}
    for place in left:
        finder.place(choices[place])  # what made way for others may have left an hour
    for place, found in choices.items():
        if not found:
            why[place] = "no_common_half_day" if asked.companions[place] else "nobody"
        elif place not in finder.made:
            why[place] = "full"
    return sorted(finder.made.values(), key=lambda meeting: meeting.place), why


@dataclass(frozen=True, slots=True)
class _Choice:
    """Hours that three people share on a day: from and to, longest visit included."""

    place: int
    rank: int
    companion: int
    day: int
    span: Span


class _Finder:
    """Days as they fill up."""

    def __init__(self, asked: Asked, standing: Visits, roster: Roster, horizon: Horizon, settings: Settings) -> None:
        self._asked, self._schedule = asked, settings.schedule
        self._most_a_day = settings.new_pair.most_accompanied_per_day
        self.made: dict[int, Meeting] = {}
        self._went: dict[int, Counter[int]] = defaultdict(Counter)
        self._of_day: dict[tuple[int, int], set[int]] = defaultdict(set)
        calendar = Calendar.of(horizon, settings.schedule)
        pairs = [(place, who) for place, each in enumerate(asked.companions) for who in each]
        self._rows = {pair: row for row, pair in enumerate(pairs)}
        place = np.array([one for one, _ in pairs], dtype=np.int64)
        who = np.array([one for _, one in pairs], dtype=np.int64)
        self._own = Hours.of(roster, asked.elder, asked.volunteer, calendar, settings.schedule)
        self._along = Hours.of(roster, asked.elder[place], who, calendar, settings.schedule)
        self._open = calendar.is_open
        self._agenda = Agenda(asked, pairs, standing, roster, horizon, settings)

    def choices(self, place: int) -> Iterator[_Choice]:
        """Every day, companion and span in which the three could meet if none had anything else to do."""
        length = self._schedule.visit_min
        for rank, companion in enumerate(self._asked.companions[place]):
            row = self._rows[place, companion]
            days = self._asked.may[place] & self._open & self._own.present[place] & self._along.present[row]
            for day in np.flatnonzero(days).tolist():
                for span in self._shared(place, row, day):
                    if span[1] - span[0] >= length:
                        yield _Choice(place, rank, companion, day, span)

    def _shared(self, place: int, row: int, day: int) -> Iterator[Span]:
        own = self._own.windows[place, self._own.day_type[day]].tolist()
        along = self._along.windows[row, self._along.day_type[day]].tolist()
        hot = self._asked.hot_min[day].tolist()
        for slot, (opens, closes) in enumerate(own):
            for other, (opens_too, closes_too) in enumerate(along):
                if self._own.half[slot] != self._along.half[other]:
                    continue
                start, end = max(opens, opens_too), min(closes, closes_too)
                if hot[0] < hot[1] and start < hot[1] and end > hot[0]:
                    yield start, min(end, hot[0])
                    start = max(start, hot[1])
                if start < end:
                    yield start, end

    def place(self, choices: list[_Choice]) -> bool:
        """Arrange a first visit at the best hour that is left: first choice of companion, then least walking."""
        best: tuple[tuple[int, ...], Meeting] | None = None
        for choice in choices:
            if self._asked.taken[choice.place, choice.day]:
                continue
            for start in self._starts(choice):
                more = self._more_walking(choice, start)
                if more is not None:
                    load = self._agenda.minutes(choice.companion, choice.day)
                    key = (choice.rank, more + load // 10, choice.day, start, choice.companion)
                    if best is None or key < best[0]:
                        end = start + self._schedule.visit_min
                        best = key, Meeting(choice.place, choice.companion, choice.day, start, end)
        if best is None:
            return False
        self._add(best[1])
        return True

    def make_way(self, choices: list[_Choice], all_choices: dict[int, list[_Choice]]) -> bool:
        """Arrange a first visit where another, on one of its days, makes way and finds another hour."""
        days = {(who, choice.day) for choice in choices for who in (choice.companion, self._volunteer(choice.place))}
        for place in sorted(set().union(*(self._of_day[day] for day in days))):
            other = self.made[place]
            self._remove(other)
            if self.place(choices):
                if self.place(all_choices[other.place]):
                    return True
                self._remove(self.made[choices[0].place])
            self._add(other)
        return False

    def _starts(self, choice: _Choice) -> list[int]:
        """Starts worth trying: the span's first minute, and the first after each thing that the two have that day."""
        latest = choice.span[1] - self._schedule.visit_min
        starts = {choice.span[0]}
        for who in (self._volunteer(choice.place), choice.companion):
            starts |= self._agenda.after(who, choice.day, choice.place)
        return sorted(start for start in starts if choice.span[0] <= start <= latest)

    def _more_walking(self, choice: _Choice, start: int) -> int | None:
        """Minutes that the two walk more with a first visit at that hour; None where a day can't hold it."""
        theirs = self._went[choice.companion]
        most = self._asked.most.get(choice.companion, theirs.total() + 1)
        if theirs[choice.day] >= self._most_a_day or theirs.total() >= most:
            return None
        more = [
            self._agenda.more_walking(who, choice.day, choice.place, start)
            for who in (self._volunteer(choice.place), choice.companion)
        ]
        return None if None in more else sum(minutes for minutes in more if minutes is not None)

    def _volunteer(self, place: int) -> int:
        return int(self._asked.volunteer[place])

    def _add(self, meeting: Meeting) -> None:
        self.made[meeting.place] = meeting
        self._went[meeting.companion][meeting.day] += 1
        for who in (self._volunteer(meeting.place), meeting.companion):
            self._of_day[who, meeting.day].add(meeting.place)
            self._agenda.add(who, meeting)

    def _remove(self, meeting: Meeting) -> None:
        del self.made[meeting.place]
        self._went[meeting.companion][meeting.day] -= 1
        for who in (self._volunteer(meeting.place), meeting.companion):
            self._of_day[who, meeting.day].remove(meeting.place)
            self._agenda.remove(who, meeting)


@dataclass(frozen=True, slots=True)
class _Entry:
    start: int
    end: int
    elder: int
    """Whose home; -1 for a call."""
    half: int


class Agenda:
    """What the people concerned have in their days, and how they walk to it."""

    def __init__(
        self,
        asked: Asked,
        pairs: list[tuple[int, int]],
        standing: Visits,
        roster: Roster,
        horizon: Horizon,
        settings: Settings,
    ) -> None:
        self._asked, self._schedule = asked, settings.schedule
        self._noon = int(settings.schedule.afternoon[:2]) * 60 + int(settings.schedule.afternoon[3:5])
        self._entries: dict[tuple[int, int], list[_Entry]] = defaultdict(list)
        homes: dict[int, dict[int, int]] = defaultdict(dict)
        for place, who in [*enumerate(asked.volunteer.tolist()), *pairs]:
            homes[who].setdefault(int(asked.elder[place]), len(homes[who]) + 1)
        mine = np.isin(standing.volunteer, list(homes))
        day = (standing.day.astype("datetime64[D]") - np.datetime64(horizon.start)).astype(np.int64)
        columns = (standing.volunteer, day, standing.elder, standing.start_min, standing.end_min, standing.kind)
        for who, on, elder, start, end, kind in zip(*(column[mine].tolist() for column in columns), strict=True):
            visited = elder if kind == VISIT else -1
            if visited >= 0:
                homes[who].setdefault(visited, len(homes[who]) + 1)
            self._entries[who, on].append(_Entry(start, end, visited, int(start >= self._noon)))
        people = np.array(sorted(homes), dtype=np.int64)
        elders = np.array([elder for who in people.tolist() for elder in homes[who]], dtype=np.int64)
        places = np.array([len(homes[who]) + 1 for who in people.tolist()], dtype=np.int64)
        walks = Walks.of(roster, settings, people, elders, places)
        self._homes = homes
        self._walks = {
            who: walks.minutes[walks.start[i] : walks.start[i + 1]].reshape(places[i], places[i])
            for i, who in enumerate(people.tolist())
        }
        self._day = np.empty((ROWS, MOST + 1), dtype=np.int64)
        self._order, self._start = np.empty(MOST, dtype=np.int64), np.empty(MOST, dtype=np.int64)

    def after(self, who: int, day: int, place: int) -> set[int]:
        """The first minutes at which somebody can be at a home after each thing that they have on a day."""
        walk, at = self._walks[who], self._homes[who]
        there = at[int(self._asked.elder[place])]
        pause = self._schedule.between_min
        entries = self._entries[who, day]
        minutes = {entry.end + pause for entry in entries}
        homes = [at[entry.elder] for entry in entries if entry.elder >= 0]
        return minutes | {entry.end + max(pause, int(walk[home, there])) for entry in entries for home in homes}

    def minutes(self, who: int, day: int) -> int:
        """Minutes of a day that are taken already."""
        return sum(entry.end - entry.start for entry in self._entries[who, day])

    def more_walking(self, who: int, day: int, place: int, start: int) -> int | None:
        """Minutes that somebody walks more with a visit at that hour; None where the day can't hold it."""
        entries, limits = self._entries[who, day], self._schedule
        visit = _Entry(start, start + limits.visit_min, int(self._asked.elder[place]), int(start >= self._noon))
        with_it = [*entries, visit]
        visits = sum(entry.elder >= 0 for entry in with_it)
        if len(with_it) > min(limits.max_contacts_per_day, MOST) or visits > limits.max_visits_per_day:
            return None
        before, after = self._walked(who, entries), self._walked(who, with_it)
        if before < 0 or after < 0 or after + sum(e.end - e.start for e in with_it) > limits.max_minutes_per_day:
            return None
        return max(after - before, 0)

    def _walked(self, who: int, entries: list[_Entry]) -> int:
        """Minutes walked on a day, -1 where the contacts are too near each other."""
        if not entries:
            return 0
        at = self._homes[who]
        for n, entry in enumerate(entries):
            home = at[entry.elder] if entry.elder >= 0 else -1
            put(self._day, n, entry.start, entry.end, entry.end - entry.start, home, entry.half, n)
        pause = self._schedule.between_min
        return int(shortest_walk(self._day, len(entries), self._walks[who], pause, self._order, self._start))

    def add(self, who: int, meeting: Meeting) -> None:
        """Somebody is at a first visit."""
        self._entries[who, meeting.day].append(self._entry(meeting))

    def remove(self, who: int, meeting: Meeting) -> None:
        """They are not after all."""
        self._entries[who, meeting.day].remove(self._entry(meeting))

    def _entry(self, meeting: Meeting) -> _Entry:
        elder = int(self._asked.elder[meeting.place])
        return _Entry(meeting.start_min, meeting.end_min, elder, int(meeting.start_min >= self._noon))
