"""The fewest silent days of an elder alone against every month there is."""

from itertools import product

import numpy as np
import pytest

from matcher.compiling import choose_form
from matcher.timetable.kernels.silence import Silences, bound_silence

WEEK = np.array([0, 0, 0, 1, 1, 1, 1], dtype=np.int64)


def search(fixed, possible, due, gap, begin, end):
    """The fewest silent days of all months that hold no more contacts a week than are due."""
    left = [d - fixed[week == WEEK].sum() for week, d in enumerate(due)]
    best = None
    for some in product(*([False, True] if p and not f else [False] for p, f in zip(possible, fixed, strict=True))):
        if any(np.array(some)[week == WEEK].sum() > max(left[week], 0) for week in range(2)):
            continue
        days = [begin, *np.flatnonzero(np.array(some) | fixed).tolist()]
        silent = sum(max(b - a - 1 - gap, 0) for a, b in zip(days, days[1:], strict=False))
        silent += max(max(end - days[-1], 0) - gap, 0)
        best = silent if best is None else min(best, silent)
    return best if sum(due) else 0


@pytest.mark.parametrize("is_small", [True, False])
def test_no_month_has_fewer_silent_days(is_small):
    rng = np.random.default_rng(3)
    n = 40
    fixed, possible = rng.random((n, 7)) < 0.15, rng.random((n, 7)) < 0.6
    due = rng.integers(0, 3, (n, 2))
    gap, begin, end = rng.integers(0, 4, n), rng.integers(-6, 3, n), rng.integers(4, 7, n)
    fewest = np.zeros(n, dtype=np.int64)
    choose_form(bound_silence, is_small=is_small)(Silences(fixed, possible, WEEK, due, gap, begin, end), fewest)
    expected = [search(*told) for told in zip(fixed, possible, due, gap, begin, end, strict=True)]
    assert fewest.tolist() == expected
    assert len(set(expected)) > 4
