"""What gaps and kinds cost, held to the table of objective.py, line by line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.timetable.objective import GAPS, Objective, Spacing, SpacingCosts

COST = st.integers(0, 200)
OBJECTIVE = st.builds(Objective, COST, COST, COST, COST, COST, COST)
ELDER = st.tuples(
    st.sampled_from([1.0, 3.5, 7.0, 10.0, 14.0, np.inf]),
    st.integers(1, 7),
    st.integers(4, 20),
    st.integers(0, 9),
    st.integers(0, 9),
)


@given(OBJECTIVE, st.lists(ELDER, min_size=1, max_size=4))
def test_costs_are_those_of_the_table(objective, elders):
    costs = SpacingCosts.compute(Spacing(*(np.array(column) for column in zip(*elders, strict=True))), objective)
    for e, (interval, least, most, visits, calls) in enumerate(elders):
        mine = costs.gap_cost[costs.cost_class[e]]
        for gap in range(GAPS):
            close = objective.close * max(least - gap, 0)
            if np.isinf(interval):
                assert mine[gap] == close
                continue
            beside = min(max(abs(gap - interval) - 0.5, 0), 10)
            uneven = objective.uneven * beside**2
            long_gap = objective.long_gap * max(gap - 1 - most, 0)
            assert abs(mine[gap] - (uneven + close + long_gap)) <= 0.5
        both = visits and calls
        repeat = [objective.repeat * bool(both and visits <= calls), objective.repeat * bool(both and calls <= visits)]
        assert costs.repeat_cost[e].tolist() == repeat


def test_a_contact_is_worth_more_than_a_visit_and_that_than_the_rest():
    worth = Objective(weekly_pattern=100, uneven=20, close=100, long_gap=200, repeat=100, walking=10)
    assert worth.contact > worth.daily > worth.visit > worth.weekly_pattern


@pytest.mark.parametrize("interval", [7.0, np.inf])
def test_who_are_alike_share_a_class(interval):
    many = Spacing(np.full(5, interval), np.full(5, 2), np.full(5, 9), np.full(5, 1), np.full(5, 1))
    costs = SpacingCosts.compute(many, Objective(30, 3, 50, 100, 10, 1))
    assert costs.gap_cost.shape == (1, GAPS)
    assert costs.cost_class.tolist() == [0] * 5
