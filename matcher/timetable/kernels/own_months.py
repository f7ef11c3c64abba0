"""Compiled loops: all months that miss as little of the floors as can be, day by day: each elder's own, then together.

An elder's own months are a graph: a state is what later days have to know of the days before, a step is what a day
holds. States from which the same can come are one state, found from the last day back (as in a reduced decision
diagram, Bryant 1986), so few are left. The months of all elders of a volunteer are paths through all their graphs at
once, with a way of the day for each step. Of paths that come to the same states only the one worth most can lead to
the month worth most (dynamic programming), and none can whose worth, with the most that each elder alone could still
add, is no more than what is known (Morin and Marsten 1976).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.compiling import scalar_step, step
from matcher.timetable.kernels.order_paths import order_by_most
from matcher.timetable.problem import VISIT, Index, Mask

ACTIONS = 3
"""Number of things that can be planned for an elder's day: nothing, a visit, a call."""
_VISITED = 1
NEVER = -1
"""In place of a state: there is none."""
WORTHLESS = -(1 << 40)
"""Worth below that of any month."""
_NO_WAY = 4 * WORTHLESS
"""In place of what an action adds that can't be: with all that others add it is less than WORTHLESS."""
SILENT_DAY = 1 << 24
"""Loss of a month's worth by a day of silence that could be spared: more than all its contacts."""
_LOW_BITS = 28
_LOW = (1 << _LOW_BITS) - 1
_SPREAD, _SPREAD_FEW = 1_000_003, 40_503
"""Factors that spread numbers of _LOW_BITS bits, and smaller ones, over a hash table: odd, and below 2**20."""
_ALIKE = 1 << 10
"""Places of the hash table of a day's states: more than twice as many as they can be."""
_ROOM = 8
"""Paths that a day may lead to, for each that it begins with at most."""
WORD_BITS = 62
"""Bits of a word: neither the highest, which is the sign, nor one more, to shift by."""
STATE_BITS = 8
"""Bits of an elder's state; those of all elders are one number."""
MAX_STATES = 1 << STATE_BITS
MAX_ELDERS = 7
"""Elders whose states fit into one number."""


class Aim(NamedTuple):
    """Aims and limits of one elder's month."""

    begin: int
    """The day before the first that counts as silent."""
    gap: int
    """Most days on end without a contact."""
    end: int
    """The last day on the programme."""
    silent: int
    """Most days of silence beyond the gap."""
    spared: int
    """So many of them are too many, and cost SILENT_DAY each."""
    visits: int
    """Fewest visits, of those that need to be counted."""
    week_contacts: int
    week_visits: int
    """Most contacts, and visits, that are left for any week."""


AIMS = len(Aim._fields)


class OwnDays(NamedTuple):
    """One elder's days."""

    may: Mask
    """Actions that each day can hold, (days, actions)."""
    worth: Index
    """Their worth, (days, actions)."""
    fixed_kind: NDArray[np.int8]
    left: Index
    """Contacts, and visits, that are left for the week of each day, (days, 2)."""
    ends_week: Mask
    """Days that end a week, (days,)."""


class Graphs(NamedTuple):
    """The graphs of a volunteer's elders."""

    after: NDArray[np.int16]
    """The state after each action in each state, or NEVER, (elders, days, states, actions)."""
    best: Index
    """The most that can still come in each state, (elders, days + 1, states). After the last day a state is how many
    days of silence are too many."""


class Days(NamedTuple):
    """The ways in which the days of a volunteer can be filled."""

    kinds: NDArray[np.int8]
    """Each elder's action in each way of a day, day by day, (ways, elders)."""
    worth: Index
    """Worth of each way, (ways,)."""
    action_worth: Index
    """Most that each elder's action adds to it, (elders, days, actions)."""
    start: Index
    """Where the ways of each day begin, (days + 1,)."""
    having: Index
    """The ways of a day in which an elder has an action, as bits, WORD_BITS a word, (words, elders, actions)."""
    words: int
    """Words of a day."""


class Paths(NamedTuple):
    """Paths up to a day, a row each."""

    states: Index
    """The elders' states as one number, STATE_BITS each, the first elder's highest."""
    worth: Index
    most: Index
    """Their worth, with the most that each elder alone could still add."""
    before: Index
    """The path that is one day shorter."""
    way: Index
    """The way of the last day."""


class Digits(NamedTuple):
    """Bits of each part of an elder's state, as later days have to know it, in one number."""

    silent: int
    visits: int
    week_contacts: int
    week_visits: int
    """The last contact, a day more than it or 0 where there is none in the month yet, has the highest bits."""


@scalar_step
def _count_bits(most):
    """Return how many bits numbers up to ``most`` have."""
    bits = np.int64(0)
    while most >> bits > 0:
        bits += 1
    return bits


@scalar_step
def _decode(state, digits):
    """Return the last contact, days of silence, visits, and the week's contacts and visits of a state."""
    visits_week = state & ((1 << digits.week_visits) - 1)
    state >>= digits.week_visits
    contacts_week = state & ((1 << digits.week_contacts) - 1)
    state >>= digits.week_contacts
    visits = state & ((1 << digits.visits) - 1)
    state >>= digits.visits
    return state >> digits.silent, state & ((1 << digits.silent) - 1), visits, contacts_week, visits_week


@scalar_step
def _advance(parts, action, d, days, aim, digits):
    """Return the state, of these ``parts``, after one more day, or NEVER where the aim is missed."""
    last, silent, visits, contacts_week, visits_week = parts
    fixed = days.fixed_kind[d]
    is_visit = fixed == VISIT if fixed >= 0 else action == _VISITED
    if action > 0:
        contacts_week += 1
        visits_week += np.int64(is_visit)
        if contacts_week > days.left[d, 0] or visits_week > days.left[d, 1]:
            return np.int64(NEVER)
    if action > 0 or fixed >= 0:
        before = last - 1 if last > 0 else aim.begin
        silent += max(d - before - 1 - aim.gap, 0)
        if silent > aim.silent:
            return np.int64(NEVER)
        last = np.int64(d + 1)
        visits = min(visits + np.int64(is_visit), aim.visits)
    if days.ends_week[d]:
        contacts_week = visits_week = np.int64(0)
    state = ((last << digits.silent) | silent) << digits.visits | visits
    return ((state << digits.week_contacts) | contacts_week) << digits.week_visits | visits_week


@scalar_step
def _count_too_many(parts, aim):
    """Return how many days of silence are too many in a month that ends so, or NEVER where the aim is missed."""
    last, silent, visits, _, _ = parts
    before = last - 1 if last > 0 else aim.begin
    silent += max(max(aim.end - before, 0) - aim.gap, 0)
    if visits < aim.visits or silent > aim.silent:
        return np.int64(NEVER)
    return max(silent - aim.silent + aim.spared, 0)


@step
def _reach_states(days, aim, digits, start, states, then):
    """List the states that each day can begin with, from ``start[d]`` on, and where each action leads from them.

    ``then`` (states, actions) gets rows of ``states``, or NEVER.
    """
    n = len(days.may)
    places = np.empty((n + 2) << (digits.silent + digits.visits + digits.week_contacts + digits.week_visits), np.int32)
    places[:] = NEVER
    start[0], start[1], states[0] = 0, 1, 0
    count = np.int64(1)
    for d in range(n):  # invariant: days up to d are listed; ``places[s] >= start[d + 1]`` is the row of s on day d + 1
        for i in range(start[d], start[d + 1]):
            parts = _decode(states[i], digits)
            for action in range(ACTIONS):
                then[i, action] = NEVER
                if days.may[d, action]:
                    state = _advance(parts, np.int64(action), d, days, aim, digits)
                    if state >= 0:
                        if places[state] < start[d + 1]:
                            places[state] = count
                            states[count] = state
                            count += 1
                        then[i, action] = places[state]
        start[d + 2] = count


@step
def _list_own_months(days, aim, after, best):
    """Fill an elder's graph, see ``Graphs``; return the first state, or NEVER: no month, or more states than fit."""
    n = len(days.may)
    digits = Digits(
        _count_bits(aim.silent), _count_bits(aim.visits), _count_bits(aim.week_contacts), _count_bits(aim.week_visits)
    )
    most = (n + 1) * (n + 1) * (aim.silent + 1) * (aim.visits + 1) * (aim.week_contacts + 1) * (aim.week_visits + 1)
    start, states = np.empty(n + 2, np.int64), np.empty(most, np.int64)
    then, number = np.empty((most, ACTIONS), np.int32), np.empty(most, np.int16)
    _reach_states(days, aim, digits, start, states, then)
    for i in range(start[n], start[n + 1]):
        number[i] = _count_too_many(_decode(states[i], digits), aim)
    for days_spared in range(aim.spared + 1):
        best[n, days_spared] = -days_spared * SILENT_DAY
    there = np.empty(ACTIONS, np.int64)
    alike = np.empty(_ALIKE, np.int64)  # a hash table of the day's numbers, plus _ALIKE times the days from the last
    alike[:] = NEVER
    for d in range(n - 1, -1, -1):  # invariant: ``number`` has those of the states after day d; alike ones have one
        count, empty = np.int64(0), np.int64((n - d) * _ALIKE)
        for i in range(start[d], start[d + 1]):
            number[i] = NEVER
            worth, at = np.int64(WORTHLESS), np.int64(0)
            for action in range(ACTIONS):
                there[action] = number[then[i, action]] if then[i, action] >= 0 else NEVER
                if there[action] >= 0:
                    worth = max(worth, days.worth[d, action] + best[d + 1, there[action]])
                at = at * _SPREAD_FEW + there[action] + 1
            if worth == WORTHLESS:
                continue
            at &= _ALIKE - 1
            while alike[at] >= empty:  # another state of this day is there: is it alike?
                row = alike[at] - empty
                if after[d, row, 0] == there[0] and after[d, row, 1] == there[1] and after[d, row, 2] == there[2]:
                    break
                at = (at + 1) & (_ALIKE - 1)
            if alike[at] < empty:
                if count >= after.shape[1]:
                    return np.int64(NEVER)
                alike[at] = empty + count
                for action in range(ACTIONS):
                    after[d, count, action] = there[action]
                best[d, count] = worth
                count += 1
            number[i] = alike[at] - empty
    return np.int64(number[0])


@step
def list_own_months(days, aims, graphs):
    """Fill the elders' graphs; return all their first states as one number, or NEVER where one has none.

    ``days`` is as ``OwnDays``, with an axis more of the elders before all but ``ends_week``; ``aims`` has a row an
    elder, as ``Aim``.
    """
    first = np.int64(0)
    for e in range(len(aims)):
        own = OwnDays(days.may[e], days.worth[e], days.fixed_kind[e], days.left[e], days.ends_week)
        aim = Aim(aims[e, 0], aims[e, 1], aims[e, 2], aims[e, 3], aims[e, 4], aims[e, 5], aims[e, 6], aims[e, 7])
        state = _list_own_months(own, aim, graphs.after[e], graphs.best[e])
        if state < 0:
            return np.int64(NEVER)
        first = first << STATE_BITS | state
    return first


@scalar_step
def _list_steps(state, d, graphs, action_worth, spare, then, adds):
    """Fill where each action on day ``d`` leads from the elders' states, and the most that can come from there.

    ``then`` gets the states as parts of one number, ``adds`` _NO_WAY where an action can't be, or where it alone loses
    ``spare`` or more of what the elder could have.
    """
    shift = np.int64(0)
    for e in range(len(then) - 1, -1, -1):
        here = state & ((1 << STATE_BITS) - 1)
        state >>= STATE_BITS
        for action in range(ACTIONS):
            to = np.int64(graphs.after[e, d, here, action])
            then[e, action] = max(to, 0) << shift
            adds[e, action] = graphs.best[e, d + 1, to] if to >= 0 else _NO_WAY
            if graphs.best[e, d, here] - action_worth[e, d, action] - adds[e, action] >= spare:
                adds[e, action] = _NO_WAY
        shift += STATE_BITS


@scalar_step
def _find_lowest_bit(bits):
    """Return the place of the lowest bit that is set; one is."""
    at, width = np.int64(0), np.int64(32)
    while width > 0:  # invariant: the lowest bit is among the lowest 2 * width of ``bits``, which begin at ``at``
        if bits & ((np.int64(1) << width) - 1) == 0:
            bits >>= width
            at += width
        width //= 2
    return at


@scalar_step
def _find_possible_ways(word, having, adds):
    """Return as bits the ways of a word in which no elder has an action that can't be."""
    bits = np.int64(-1)
    for e in range(len(adds)):
        some = np.int64(0)
        for action in range(ACTIONS):
            if adds[e, action] > _NO_WAY:
                some |= having[word, e, action]
        bits &= some
    return bits


@step
def _extend_paths(here, n_here, there, d, graphs, days, known, places):
    """Fill ``there`` with all paths that are a day longer and may come to more than ``known``; return how many.

    ``places`` is a hash table, at least twice as long as ``there``, of rows plus ``d`` times the length of ``there``:
    what is less is of a day before, and counts as empty. Where there are too many the paths further down in ``here``
    are left out, and the number returned is below 0: -1 less how many there are.
    """
    k, mask, room = days.kinds.shape[1], len(places) - 1, len(there.states)
    first_way, end_way = days.start[d], days.start[d + 1]
    kinds, way_worth, having, first_word = days.kinds, days.worth, days.having, d * days.words
    states_there, worth_there, most_there = there.states, there.worth, there.most
    before_there, way_there = there.before, there.way
    then, adds = np.empty((k, ACTIONS), np.int64), np.empty((k, ACTIONS), np.int64)
    empty = d * room
    count = np.int64(0)
    for i in range(n_here):  # invariant: ``there[:count]`` are the best paths from ``here[:i]``
        worth_here = here.worth[i]
        _list_steps(here.states[i], d, graphs, days.action_worth, here.most[i] - known, then, adds)
        word, begin = first_word - 1, first_way - WORD_BITS
        bits = np.int64(0)
        while True:  # invariant: the ways before, and those of the word whose bits are no more set, are done with
            while bits == 0 and begin + WORD_BITS < end_way:
                word, begin = word + 1, begin + WORD_BITS
                bits = _find_possible_ways(word, having, adds)
            if bits == 0:
                break
            w = begin + _find_lowest_bit(bits)
            bits &= bits - 1
            most = worth_here + way_worth[w]
            for e in range(k):
                most += adds[e, kinds[w, e]]
            if most <= known:
                continue
            value, states = worth_here + way_worth[w], np.int64(0)
            for e in range(k):
                states += then[e, kinds[w, e]]
            at = (states & _LOW) * _SPREAD + (states >> _LOW_BITS) * _SPREAD_FEW
            at = (at ^ (at >> _LOW_BITS)) & mask
            while places[at] >= empty and states_there[places[at] - empty] != states:
                at = (at + 1) & mask
            row = places[at] - empty
            if row < 0:
                if count >= room:
                    return -1 - count
                row = count
                places[at] = empty + row
                states_there[row] = states
                worth_there[row] = WORTHLESS
                count += 1
            if value > worth_there[row]:
                worth_there[row], most_there[row] = value, most
                before_there[row], way_there[row] = i, w
    return count


@step
def _make_paths(room):
    """Return room for so many paths."""
    return Paths(
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
    )


@step
def follow_paths(first, most, graphs, days, known, width, chosen):
    """Fill the way of each day of the best month beyond ``known``; return its worth, and whether no path was left out.

    ``first``: the elders' first states as one number; ``most``: what their months are worth in sum, each alone. From a
    day to the next at most ``width`` paths are followed, the most promising ones. Where none comes to more than
    ``known`` the worth returned is WORTHLESS.
    """
    n, room = len(chosen), _ROOM * width
    here, there = _make_paths(width), _make_paths(room)
    order, other = np.empty(room, np.int64), np.empty(room, np.int64)
    before, way = np.empty((n, width), np.int64), np.empty((n, width), np.int64)
    size = np.int64(1)
    while size < 2 * room:
        size *= 2
    places = np.empty(size, np.int64)
    places[:] = NEVER
    here.states[0], here.worth[0], here.most[0] = first, 0, most
    n_here, is_whole = np.int64(1), True
    for d in range(n):  # invariant: ``here`` are the paths of the days before d, ``before`` and ``way`` lead back
        count = _extend_paths(here, n_here, there, np.int64(d), graphs, days, known, places)
        if count < 0:
            count, is_whole = -1 - count, False
        # the most promising first: if too many come of them, those of the last are left out
        rows = order_by_most(there.most, count, width, order, other)
        is_whole = is_whole and count <= width
        n_here = min(count, width)
        for i in range(n_here):
            here.states[i], here.worth[i], here.most[i] = (
                there.states[rows[i]],
                there.worth[rows[i]],
                there.most[rows[i]],
            )
            before[d, i], way[d, i] = there.before[rows[i]], there.way[rows[i]]
    if n_here == 0:
        return np.int64(WORTHLESS), is_whole
    row = np.int64(0)
    for d in range(n - 1, -1, -1):
        chosen[d] = way[d, row]
        row = before[d, row]
    return here.most[0], is_whole
