"""Steps of the search through weeks, as plain Python."""

import numpy as np
import pytest

from matcher.compiling import choose_form
from matcher.timetable.kernels import week_search


@pytest.mark.parametrize("share", [0.02, 0.5])
def test_states_that_were_reached_come_in_order(share):
    reached = np.flatnonzero(np.random.default_rng(1).random(150) < share).tolist()
    bits = np.zeros(150 // week_search._WORD_BITS + 1, dtype=np.int64)
    for state in reached:
        bits[state // week_search._WORD_BITS] |= 1 << (state % week_search._WORD_BITS)
    find_next, found, at = choose_form(week_search._find_next, is_small=True), [], -1
    while (at := int(find_next(bits, at + 1, 150))) < 150:
        found.append(at)
    assert found == reached
