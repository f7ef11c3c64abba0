"""Steps of the search through whole months, as plain Python."""

import numpy as np
import pytest

from matcher.compiling import choose_form
from matcher.timetable.kernels import own_months
from matcher.timetable.kernels.order_paths import order_by_most


@pytest.mark.parametrize("seed", range(20))
def test_the_paths_that_are_followed_are_the_first_of_all_in_order(seed):
    """As many as are asked for, the best first, of as good ones the first: as a stable sort has them."""
    rng = np.random.default_rng(seed)
    count, width = int(rng.integers(1, 40)), int(rng.integers(1, 20))
    most = rng.integers(0, 8, count)
    order, other = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    rows = choose_form(order_by_most, is_small=True)(most, count, width, order, other)
    kept = min(count, width)
    assert rows[:kept].tolist() == np.argsort(-most, kind="stable")[:kept].tolist()


def test_a_state_is_the_same_after_it_was_taken_apart():
    """Also where a part is always 0 and takes no bits."""
    advance, decode = (choose_form(step, is_small=True) for step in (own_months._advance, own_months._decode))
    aim = own_months.Aim(-1, 3, 30, silent=5, spared=0, visits=2, week_contacts=3, week_visits=1)
    digits = own_months.Digits(silent=3, visits=2, week_contacts=2, week_visits=1)
    days = own_months.OwnDays(None, None, np.full(31, -1), np.full((31, 2), [3, 1]), np.zeros(31, dtype=bool))
    state = advance((np.int64(4), 1, 1, 2, 0), 1, 9, days, aim, digits)  # the last on day 3, five idle days, one visit
    assert tuple(int(part) for part in decode(state, digits)) == (10, 3, 2, 3, 1)
    no_digits = own_months.Digits(0, 0, 0, 0)
    assert tuple(int(part) for part in decode(np.int64(7), no_digits)) == (7, 0, 0, 0, 0)


def test_ways_that_hold_nothing_impossible_are_found_as_bits():
    """Of three ways of two elders the first and the last, where the second elder can have no call."""
    possible, lowest = (
        choose_form(step, is_small=True) for step in (own_months._find_possible_ways, own_months._find_lowest_bit)
    )
    having = np.zeros((1, 2, own_months.ACTIONS), dtype=np.int64)
    for way, kinds in enumerate([(0, 1), (1, 2), (2, 0)]):
        for elder, kind in enumerate(kinds):
            having[0, elder, kind] |= 1 << way
    adds = np.zeros((2, own_months.ACTIONS), dtype=np.int64)
    adds[1, 2] = own_months._NO_WAY
    bits = possible(0, having, adds)
    assert bits == 0b101
    assert lowest(bits) == 0
    assert [lowest(np.int64(1) << at) for at in range(own_months.WORD_BITS)] == list(range(own_months.WORD_BITS))
