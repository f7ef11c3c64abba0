"""Numbers that are left out of the page for everybody can't be told from those that stand there."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from matcher.outputs.page.public import count_publicly


def _find_ranges(told, subdistrict_of):
    """Return least and most of every hidden number, by linear programs over all that is shown."""
    tables = {"whole": told.whole, "subdistricts": told.subdistricts, "committees": told.committees}
    cells = [(name, row, column) for name, rows in tables.items() for row in range(len(rows)) for column in range(3)]
    at = {cell: i for i, cell in enumerate(cells)}
    equal = []
    for name, rows in tables.items():
        equal += [{(name, row, 0): 1, (name, row, 1): 1, (name, row, 2): -1} for row in range(len(rows))]
    for column in range(3):
        equal.append(
            {("whole", 0, column): -1} | {("subdistricts", s, column): 1 for s in range(len(told.subdistricts))}
        )
        for s in range(len(told.subdistricts)):
            mine = np.flatnonzero(subdistrict_of == s).tolist()
            equal.append({("subdistricts", s, column): -1} | {("committees", c, column): 1 for c in mine})
    matrix = np.zeros((len(equal), len(cells)))
    for row, terms in enumerate(equal):
        for cell, sign in terms.items():
            matrix[row, at[cell]] = sign
    shown = [int(tables[name][row][column]) for name, row, column in cells]
    bounds = [(n, n) if n >= 0 else (0, None) for n in shown]
    ranges = {}
    for cell, n in zip(cells, shown, strict=True):
        if n < 0:
            goal = np.zeros(len(cells))
            goal[at[cell]] = 1
            ends = [linprog(s * goal, A_eq=matrix, b_eq=np.zeros(len(equal)), bounds=bounds) for s in (1, -1)]
            ranges[cell] = tuple(np.inf if end.status == 3 else abs(end.fun) for end in ends)
    return ranges


@pytest.mark.parametrize("seed", range(12))
def test_no_hidden_number_follows_from_the_others(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    subdistrict_of = np.sort(rng.integers(0, 3, n))
    subdistrict_of = np.unique(subdistrict_of, return_inverse=True)[1]
    counts = np.column_stack([rng.integers(0, 30, n), rng.integers(0, 9, n)])
    told = count_publicly(counts, subdistrict_of, 5)
    for rows in (told.whole, told.subdistricts, told.committees):
        assert not ((rows > 0) & (rows < 5)).any()
    for cell, (low, high) in _find_ranges(told, subdistrict_of).items():
        assert high - low >= 1, (cell, low, high)


def test_what_is_shown_is_true_and_large_numbers_are_shown():
    counts = np.array([[30, 9], [25, 8], [0, 7], [40, 0]])
    told = count_publicly(counts, np.array([0, 0, 1, 1]), 5)
    assert told.committees[:, :2].tolist() == counts.tolist()
    assert told.whole.tolist() == [[95, 24, 119]]


def test_one_small_number_takes_another_with_it():
    told = count_publicly(np.array([[30, 2], [25, 8], [40, 9]]), np.zeros(3, int), 5)
    assert told.committees.tolist() == [[-1, -1, 32], [-1, -1, 33], [40, 9, 49]]
    assert told.whole.tolist() == [[95, 19, 114]]


def test_nothing_is_left_where_all_is_small():
    told = count_publicly(np.array([[1, 1]]), np.zeros(1, int), 5)
    assert (
        list(itertools.chain(*told.committees.tolist(), *told.subdistricts.tolist(), *told.whole.tolist())) == [-1] * 9
    )
