"""A hostile input of each kind, judged by all invariants; ``benchmarks.hostile`` tries ten thousand."""

import os

import pytest

from tests.hostile.attempts import MAKERS, make_attempt
from tests.hostile.carry_out import carry_out
from tests.hostile.invariants import judge

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, devices and rights are those of Unix")

SEEDS = {
    "locate": 0,
    "check": 1,
    "programme": 2,
    "settings": 5,
    "folder": 77,
    "files": 7,
    "query": 9,
    "month": 1357,
    "places": 19,
    "sheets": 125,
    "lists": 95,
    "ids": 153,
}
"""A seed that makes an attempt of each kind."""


@pytest.mark.parametrize("kind", SEEDS)
def test_no_input_breaks_an_invariant(world, tmp_path, kind):
    attempt = make_attempt(SEEDS[kind], world, tmp_path)
    assert attempt.kind == kind
    for outcome in carry_out(attempt, tmp_path):
        assert judge(outcome) == []


def test_every_kind_is_tried():
    assert set(SEEDS) == set(MAKERS)


def test_the_same_seed_gives_the_same_attempt(world, tmp_path):
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(make_attempt(7, world, tmp_path / name))
    assert made[0] == made[1]
