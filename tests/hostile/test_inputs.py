"""Two hundred hostile inputs, each judged by all invariants; ``benchmarks.hostile`` tries ten thousand."""

import os

import pytest

from tests.hostile.attempts import MAKERS, make_attempt, make_world
from tests.hostile.carry_out import carry_out
from tests.hostile.invariants import judge

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, devices and rights are those of Unix")

ATTEMPTS = 200
PIECES = 4


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.mark.parametrize("piece", range(PIECES))
def test_no_input_breaks_an_invariant(world, tmp_path_factory, piece):
    broken = []
    for seed in range(piece, ATTEMPTS, PIECES):
        folder = tmp_path_factory.mktemp("attempt")
        attempt = make_attempt(seed, world, folder)
        for outcome in carry_out(attempt, folder):
            broken += [(seed, attempt.kind, outcome.words, *found) for found in judge(outcome)]
    assert broken == []


def test_the_same_seed_gives_the_same_attempt(world, tmp_path):
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(make_attempt(7, world, tmp_path / name))
    assert made[0] == made[1]


def test_every_kind_comes_up(world, tmp_path_factory):
    kinds = {make_attempt(seed, world, tmp_path_factory.mktemp("attempt")).kind for seed in range(ATTEMPTS)}
    assert kinds == set(MAKERS)
