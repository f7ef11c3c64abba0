"""Compiled loops: the most promising of many paths, in order."""

from __future__ import annotations

import numpy as np

from matcher.compiling import scalar_step, step


@scalar_step
def _find_least_kept(most, count, width, values):
    """Return the ``width``-th highest ``most`` of the first ``count`` rows (quickselect, Hoare 1961)."""
    for row in range(count):
        values[row] = most[row]
    first, last = np.int64(0), np.int64(count - 1)
    while first < last:  # invariant: the width-th highest is in ``values[first : last + 1]``, higher ones before it
        middle = values[(first + last) // 2]
        i, j = first, last
        while i <= j:
            while values[i] > middle:
                i += 1
            while values[j] < middle:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if width - 1 <= j:
            last = j
        elif width - 1 >= i:
            first = i
        else:
            break
    return values[width - 1]


@step
def order_by_most(most, count, width, order, other):
    """Return ``width`` rows of the first ``count``, the highest ``most`` first, of as high ones the first."""
    if count <= width:
        for row in range(count):
            order[row] = row
    else:
        least = _find_least_kept(most, count, width, other)
        above = np.int64(0)
        for row in range(count):
            above += most[row] > least
        level, count_before = width - above, count
        count = np.int64(0)
        for row in range(count_before):  # those above, and of those on the level the first
            on_level = most[row] == least and level > 0
            level -= np.int64(on_level)
            if on_level or most[row] > least:
                order[count] = row
                count += 1
    size = np.int64(1)
    while size < count:  # invariant: each run of so many in ``order`` is in order (merge sort)
        for begin in range(0, count, 2 * size):
            i, j = begin, min(begin + size, count)
            middle, end = j, min(begin + 2 * size, count)
            for at in range(begin, end):
                if i < middle and (j >= end or most[order[i]] >= most[order[j]]):
                    other[at] = order[i]
                    i += 1
                else:
                    other[at] = order[j]
                    j += 1
        order, other = other, order
        size *= 2
    return order
