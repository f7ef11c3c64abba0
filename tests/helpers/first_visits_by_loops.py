"""Hours for first visits once more, as plain loops over dicts and lists: what the compiled finder is held against.

For rosters whose people live on a line and have whole half-days free.
"""

from itertools import chain, pairwise

import numpy as np

from tests.helpers.people import LAT, METRE_LAT

HALVES = ((540, 690), (840, 1020))
VISIT_MIN, PAUSE, MOST_CONTACTS, MOST_VISITS, MOST_MINUTES = 45, 15, 6, 3, 240


class Loops:
    """First visits asked for, beside ``standing`` contacts: who, elder, day, start, end, whether it is a visit."""

    def __init__(self, asked, standing, roster, most_a_day):
        self.asked, self.most_a_day = asked, most_a_day
        self.place_of = {
            side: np.rint((people["lat"].to_numpy() - LAT) / METRE_LAT).tolist()
            for side, people in (("e", roster.elders), ("v", roster.volunteers))
        }
        self.free = [people["availability"].tolist() for people in (roster.elders, roster.volunteers)]
        self.standing, self.made = standing, {}

    def walk(self, a, b):
        return int(np.ceil(abs(a - b) * 1.3 / 0.8 / 60 - 1e-6))

    def day_of(self, who, day):
        """What somebody has on a day, in order: start, end, where (None for a call)."""
        have = [
            (s, e, self.place_of["e"][elder] if v else None)
            for w, elder, d, s, e, v in self.standing
            if w == who and d == day
        ]
        for place, (companion, on, start) in self.made.items():
            if on == day and who in (companion, self.asked.volunteer[place]):
                have.append((start, start + VISIT_MIN, self.place_of["e"][self.asked.elder[place]]))
        return sorted(have)

    def walked(self, who, have):
        """Minutes on foot, None where contacts are too near each other."""
        home, last, calls = self.place_of["v"][who], None, 0
        for (start, end, where), (then, _, there) in pairwise(have):
            last, calls = ((start, end, where), 0) if where is not None else (last, calls + end - start)
            need = end + PAUSE
            if last is not None and there is not None:
                same_half = (last[0] >= HALVES[1][0]) == (then >= HALVES[1][0])
                need = max(need, (end if same_half else last[1] + calls) + self.walk(last[2], there))
            if need > then:
                return None
        outings = [[p for s, _, p in have if p is not None and (s >= HALVES[1][0]) == half] for half in (False, True)]
        ways = ([home, *outing, home] for outing in outings if outing)
        return sum(self.walk(a, b) for a, b in chain.from_iterable(pairwise(way) for way in ways))

    def more(self, who, elder, day, start):
        """Minutes more on foot with a visit more; None where the day does not hold it."""
        have = self.day_of(who, day)
        both = sorted([*have, (start, start + VISIT_MIN, self.place_of["e"][elder])])
        if len(both) > MOST_CONTACTS or sum(p is not None for *_, p in both) > MOST_VISITS:
            return None
        before, after = self.walked(who, have), self.walked(who, both)
        if before is None or after is None or after + sum(e - s for s, e, _ in both) > MOST_MINUTES:
            return None
        return max(after - before, 0)

    def choices(self, place):
        """Rank, companion, day and span, whether taken or not."""
        elder, own = self.asked.elder[place], self.asked.volunteer[place]
        for rank, companion in enumerate(self.asked.companions[place]):
            masks = (self.free[0][elder], self.free[1][own], self.free[1][companion])
            for day in np.flatnonzero(self.asked.allowed[place]).tolist():
                for half, span in enumerate(HALVES):
                    bit = 2 * ((day + 1) % 7) + half  # 1 December 2026 is a Tuesday
                    if all(mask >> bit & 1 for mask in masks):
                        yield rank, companion, day, span

    def put(self, place):
        """Arrange one at the best hour that is left, if there is one."""
        elder, own = self.asked.elder[place], self.asked.volunteer[place]
        there, found = self.place_of["e"][elder], []
        for rank, companion, day, (opens, closes) in self.choices(place):
            if self.asked.taken[place, day]:
                continue
            if sum(c == companion and d == day for c, d, _ in self.made.values()) >= self.most_a_day:
                continue
            starts = {opens}
            for who in (own, companion):
                have = self.day_of(who, day)
                pauses = [PAUSE, *(max(PAUSE, self.walk(p, there)) for *_, p in have if p is not None)]
                starts |= {end + pause for _, end, _ in have for pause in pauses}
            load = sum(e - s for s, e, _ in self.day_of(companion, day)) // 10
            for start in starts:
                if opens <= start <= closes - VISIT_MIN:
                    more = [self.more(who, elder, day, start) for who in (own, companion)]
                    if None not in more:
                        found.append(((rank, sum(more) + load, day, start, companion), (companion, day, start)))
        if found:
            self.made[place] = min(found)[1]
        return bool(found)

    def make_way(self, place):
        """Arrange one where another on one of its days can be at another hour."""
        people = {(who, day) for _, c, day, _ in self.choices(place) for who in (c, self.asked.volunteer[place])}
        for other in sorted(self.made):
            was = self.made[other]
            if not {(who, was[1]) for who in (was[0], self.asked.volunteer[other])} & people:
                continue
            del self.made[other]
            if self.put(place):
                if self.put(other):
                    return
                del self.made[place]
            self.made[other] = was

    def arranged(self):
        """Companion, day and start of each that has an hour, by place."""
        many = {place: len(list(self.choices(place))) for place in range(len(self.asked.elder))}
        queue = sorted((place for place in many if many[place]), key=lambda place: (many[place], place))
        for turn in (self.put, self.make_way, self.put):
            for place in queue:
                if place not in self.made:
                    turn(place)
        return self.made
