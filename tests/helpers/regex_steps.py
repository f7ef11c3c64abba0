"""Steps that a backtracking matcher takes, counted: how a pattern's work grows with its text, without a clock.

Groups as ``re`` parses them; finite repeats end after a few rounds, as they add a factor and no growth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from re import _constants as codes
from re import _parser as parser
from typing import Any

Then = Callable[[int], bool]

MOST_STEPS = 200_000
"""Where so many are taken the count ends: the work of some patterns doubles with each sign."""
_FEW = 4
_CATEGORIES = {
    "DIGIT": str.isdecimal,
    "SPACE": str.isspace,
    "WORD": lambda sign: sign.isalnum() or sign == "_",
}


def count_steps(pattern: re.Pattern[str], text: str) -> int:
    """Return the steps of finding a pattern everywhere in a text."""
    machine = _Machine(pattern, text)
    at = 0
    while at <= len(text) and machine.steps < MOST_STEPS:
        end = machine.find_end(at)
        at = at + 1 if end is None or end == at else end
    return machine.steps


def list_signs(pattern: re.Pattern[str]) -> list[str]:
    """Return signs that the parts of a pattern take, one or two a part."""
    return sorted(set(_yield_signs(parser.parse(pattern.pattern, pattern.flags))))


def has_endless_repeat(pattern: re.Pattern[str]) -> bool:
    """Return whether a pattern repeats something without an end."""
    return "MAXREPEAT" in repr(list(parser.parse(pattern.pattern, pattern.flags)))


def _yield_signs(tree: Any) -> Iterator[str]:
    for code, given in tree:
        if code in {codes.LITERAL, codes.NOT_LITERAL}:
            yield chr(given)
        elif code is codes.IN:
            for kind, value in given:
                if kind is codes.LITERAL:
                    yield chr(value)
                elif kind is codes.RANGE:
                    yield chr(value[0])
                elif kind is codes.CATEGORY:
                    yield {"DIGIT": "1", "SPACE": " ", "WORD": "a"}[str(value).rsplit("_", 1)[1]]
        else:
            for inner in _list_inner(code, given):
                yield from _yield_signs(inner)


def _list_inner(code: Any, given: Any) -> list[Any]:
    if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
        return [given[2]]
    if code is codes.SUBPATTERN:
        return [given[3]]
    if code in {codes.ASSERT, codes.ASSERT_NOT}:
        return [given[1]]
    if code is codes.ATOMIC_GROUP:
        return [given]
    return list(given[1]) if code is codes.BRANCH else []


class _Machine:
    """Matcher of one pattern on one text, by backtracking, each look at a sign a step."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.tree = parser.parse(pattern.pattern, pattern.flags)
        self.text = text
        self.steps = 0
        self.groups: dict[int, tuple[int, int]] = {}

    def find_end(self, at: int) -> int | None:
        """Return where a match that begins at a place ends."""
        return self._end_of(list(self.tree), at)

    def _end_of(self, items: list[Any], at: int) -> int | None:
        ends: list[int] = []

        def end(place: int) -> bool:
            ends.append(place)
            return True

        return ends[0] if self._match(items, 0, at, end) else None

    def _match(self, items: list[Any], i: int, at: int, then: Then) -> bool:
        self.steps += 1
        if self.steps >= MOST_STEPS:
            return False
        if i == len(items):
            return then(at)
        code, given = items[i]

        def go_on(place: int) -> bool:
            return self._match(items, i + 1, place, then)

        if code in {codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY}:
            return at < len(self.text) and _takes(code, given, self.text[at]) and go_on(at + 1)
        if code is codes.BRANCH:
            return any(self._match(list(branch), 0, at, go_on) for branch in given[1])
        if code is codes.SUBPATTERN:
            return self._match_group(given, at, go_on)
        if code in {codes.MAX_REPEAT, codes.MIN_REPEAT}:
            least, most = min(given[0], _FEW), given[1] if given[1] is codes.MAXREPEAT else min(given[1], _FEW)
            return self._repeat(list(given[2]), least, most, at, go_on, greedy=code is codes.MAX_REPEAT)
        if code in {codes.ATOMIC_GROUP, codes.POSSESSIVE_REPEAT}:
            whole = list(given) if code is codes.ATOMIC_GROUP else [(codes.MAX_REPEAT, given)]
            end = self._end_of(whole, at)
            return end is not None and go_on(end)
        if code in {codes.ASSERT, codes.ASSERT_NOT}:
            start = at if given[0] > 0 else at - given[1].getwidth()[0]
            holds = start >= 0 and self._end_of(list(given[1]), start) is not None
            return holds == (code is codes.ASSERT) and go_on(at)
        if code is codes.AT:
            return self._stands_at(given, at) and go_on(at)
        assert code is codes.GROUPREF, code
        first, last = self.groups[given]
        return self.text.startswith(self.text[first:last], at) and go_on(at + last - first)

    def _match_group(self, given: Any, at: int, go_on: Then) -> bool:
        def end(place: int) -> bool:
            if given[0] is not None:
                self.groups[given[0]] = at, place
            return go_on(place)

        return self._match(list(given[3]), 0, at, end)

    def _repeat(self, items: list[Any], least: int, most: Any, at: int, go_on: Then, *, greedy: bool) -> bool:
        def again(place: int) -> bool:
            fewer = most if most is codes.MAXREPEAT else most - 1
            return place > at and self._repeat(items, max(least - 1, 0), fewer, place, go_on, greedy=greedy)

        if least:
            return self._match(items, 0, at, again)
        if not greedy and go_on(at):
            return True
        if (most is codes.MAXREPEAT or most > 0) and self._match(items, 0, at, again):
            return True
        return greedy and go_on(at)

    def _stands_at(self, kind: Any, at: int) -> bool:
        if kind in {codes.AT_BEGINNING, codes.AT_BEGINNING_STRING}:
            return at == 0
        if kind in {codes.AT_END, codes.AT_END_STRING}:
            return at == len(self.text)
        beside = [0 <= place < len(self.text) and _CATEGORIES["WORD"](self.text[place]) for place in (at - 1, at)]
        return (beside[0] != beside[1]) == (kind is codes.AT_BOUNDARY)


def _takes(code: Any, given: Any, sign: str) -> bool:
    """Return whether a part of a pattern takes a sign."""
    if code is codes.ANY:
        return True
    if code is codes.LITERAL:
        return ord(sign) == given
    if code is codes.NOT_LITERAL:
        return ord(sign) != given
    negated = bool(given) and given[0][0] is codes.NEGATE
    return negated != any(_holds(kind, value, sign) for kind, value in given)


def _holds(kind: Any, value: Any, sign: str) -> bool:
    if kind is codes.LITERAL:
        return ord(sign) == value
    if kind is codes.RANGE:
        return bool(value[0] <= ord(sign) <= value[1])
    if kind is codes.CATEGORY:
        name = str(value)
        return _CATEGORIES[name.rsplit("_", 1)[1]](sign) != ("_NOT_" in name)
    return False
