"""Knapsacks by states and by a table of levels, compiled and as plain Python, beside trying all choices."""

from itertools import combinations

import numpy as np
import pytest

from matcher.assignment.generalised.kernels import knapsacks
from matcher.compiling import choose_form

LEVELS = 4096


def find_least(use, value, room):
    """The least sum of any choice that the room allows."""
    every = range(len(use))
    choices = [list(some) for size in range(len(use) + 1) for some in combinations(every, size)]
    return min(int(value[some].sum()) for some in choices if use[some].sum() <= room)


def solve(first, elder, cost, use, capacity, price, *, levels=LEVELS, as_python=False):
    taken = np.zeros(len(price), dtype=np.int64)
    widest, most = int(np.diff(first).max()), int(min(capacity.max(), levels)) + 1
    room = np.empty((widest, most), dtype=bool), np.empty(most, dtype=np.int64)
    form = choose_form(knapsacks.solve_knapsacks, is_small=as_python)
    return form(first, elder, cost, use, capacity, price, taken, *room, levels), taken


def draw(seed, largest):
    """Three volunteers with eight candidates each, whose uses are up to ``largest``."""
    rng = np.random.default_rng(seed)
    elder = np.concatenate([rng.permutation(12)[:8] for _ in range(3)])
    use = rng.integers(0 if seed % 3 == 0 else 1, largest + 1, 24)
    capacity = rng.integers(0, 4 * largest, 3)
    return np.array([0, 8, 16, 24]), elder, rng.integers(-50, 100, 24), use, capacity, rng.integers(0, 120, 12)


@pytest.mark.parametrize("as_python", [False, True])
@pytest.mark.parametrize("largest", [2, 9, 300])
@pytest.mark.parametrize("seed", range(8))
def test_each_volunteers_choice_is_as_good_as_any(seed, largest, as_python):
    first, elder, cost, use, capacity, price = drawn = draw(seed, largest)
    total, taken = solve(*drawn, as_python=as_python)
    value = cost - price[elder]
    of_each = [find_least(use[a : a + 8], value[a : a + 8], room) for a, room in zip(first[:-1], capacity, strict=True)]
    assert total == sum(of_each)
    for v, least in enumerate(of_each):
        one = slice(8 * v, 8 * v + 8)
        alone = np.array([0, 8]), elder[one], cost[one], use[one], capacity[v : v + 1], price
        value_alone, taken_alone = solve(*alone, as_python=as_python)
        chosen = np.isin(elder[one], np.flatnonzero(taken_alone))
        assert value_alone == least == value[one][chosen].sum()
        assert use[one][chosen].sum() <= capacity[v]
        taken = taken - taken_alone
    assert not taken.any()


@pytest.mark.parametrize("seed", range(6))
def test_few_levels_prove_no_more_than_is_so(seed):
    drawn = draw(seed, 300)
    assert solve(*drawn, levels=16)[0] <= solve(*drawn)[0]


def test_states_serve_until_they_are_many(monkeypatch):
    """One factor more than any room has levels lets nothing be solved by states: the answers stay."""
    drawn = [draw(seed, 300) for seed in range(6)]
    by_states = [solve(*each, as_python=True)[0] for each in drawn]
    monkeypatch.setattr(knapsacks, "_FEW", 10**6)
    assert [solve(*each, as_python=True)[0] for each in drawn] == by_states
