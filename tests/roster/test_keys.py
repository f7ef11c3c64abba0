"""Numbers of rows, held against numpy's."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.roster.keys import number_rows


@given(arrays(np.int64, st.tuples(st.integers(0, 12), st.integers(1, 4)), elements=st.integers(-2, 2)))
@settings(deadline=None)
def test_rows_are_numbered_in_ascending_order(rows):
    number, first = number_rows(rows)
    distinct, where, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    assert number.tolist() == inverse.ravel().tolist()
    assert first.tolist() == where.tolist()
    assert rows[first].tolist() == distinct.tolist()
