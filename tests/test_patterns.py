"""No pattern takes more than the square of what it is given, counted in steps; and no cell is longer than 2,000 signs.

Whoever fills in a roster chooses the cell: a pattern whose work grows with the cube, or doubles with each sign, stops
the program for good. Cells that are read are cut (``limits.cell_characters``), so the square is a bound.
"""

import importlib
import pkgutil
import re
from itertools import pairwise

import pytest

import matcher
from matcher.settings import Settings
from tests.helpers.regex_steps import MOST_STEPS, count_steps, has_endless_repeat, list_signs

SHORT = 10
MOST_GROWTH = 5
"""Twice the text: four times the steps for the square, eight for the cube."""
MOST_SIGNS = 4


def _find_patterns(value, depth=0):
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3 and isinstance(value, dict):
        for one in value.items():
            yield from _find_patterns(one, depth + 1)
    elif depth < 3 and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _find_patterns(one, depth + 1)


def list_patterns():
    """Return every pattern of the program that a module keeps and that repeats without an end."""
    found = {}
    for module in pkgutil.walk_packages(matcher.__path__, "matcher."):
        if not module.name.endswith("__main__"):
            for value in vars(importlib.import_module(module.name)).values():
                found |= {(one.pattern, one.flags): one for one in _find_patterns(value)}
    return [one for one in found.values() if isinstance(one.pattern, str) and has_endless_repeat(one)]


def find_hostile(pattern):
    """Return the text that takes more than the square, empty where none does."""
    signs = list_signs(pattern)
    signs = signs[:: max(1, len(signs) // MOST_SIGNS)]
    for unit in (*signs, "x", "1", *map("".join, pairwise(signs))):
        for last in ("", "\0"):
            short, long = (count_steps(pattern, unit * (n // len(unit)) + last) for n in (SHORT, 2 * SHORT))
            if long >= MOST_STEPS or long > MOST_GROWTH * short:
                return unit
    return ""


def test_no_pattern_takes_more_than_the_square_of_a_cell():
    assert Settings().limits.cell_characters <= 2000
    patterns = list_patterns()
    assert len(patterns) > 80
    assert {one.pattern: unit for one in patterns if (unit := find_hostile(one))} == {}


@pytest.mark.parametrize("pattern", [r"(?:a+)+b", r"(?:a|aa)+b", r"\d*\d*\d*室", r"\s*\w*\s*\w*\s+$"])
def test_the_count_sees_what_is_worse(pattern):
    assert find_hostile(re.compile(pattern))


@pytest.mark.parametrize("pattern", [r"(?<!\d)\d+室", r"\(.*?\)", r"\s+$", r"x\d{1,40}y", r"(?:a++)+b"])
def test_the_count_passes_what_is_not(pattern):
    assert not find_hostile(re.compile(pattern))
