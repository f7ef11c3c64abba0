"""The fairness front: limits are kept, as many are served, points are those of matching anew."""

import numpy as np
import pytest

import matcher
from matcher.analysis.front import UnpricedError, trace_front
from matcher.api import hold
from matcher.matching.candidates import find_eligible_people
from matcher.matching.capacity import compute_load_cost_m


@pytest.fixture(scope="module")
def plans():
    """Months in which places run out, and one with tiers and fair loads."""
    sample = matcher.make_sample(60, 11, seed=4)
    elders = sample.elders.assign(committee=[f"c{i % 3}" for i in range(60)], district="", subdistrict="")
    return [
        matcher.match(elders, sample.volunteers, more, month="2026-12")
        for more in ({}, {"capacity": {"fair_m": 60, "most_high_risk": 2}})
    ]


def sum_costs(plan):
    """Return the cost of a plan's pairs, loads and elders left out."""
    there = find_eligible_people(plan.features)[1]
    return plan.cost_m.sum() + compute_load_cost_m(plan.features, plan.load, there).sum() + plan.leaving_out_m


def test_walks_are_those_of_a_lower_limit(plans):
    for plan in plans:
        front = trace_front(hold(plan), "longest_walk", 3)
        now, *points = front.points
        assert now.served == len(plan.elder)
        assert now.cost_m == sum_costs(plan)
        for point in points:
            assert point.is_proved
            assert point.served == now.served
            assert point.longest_m <= point.limit
            limits = {"urban_limit_m": point.limit, "rural_limit_m": point.limit}
            anew = matcher.what_if(plan, distance=limits, keep={"beyond_limit": False})
            assert len(anew.elder) == point.served
            assert sum_costs(anew) == point.cost_m
        limits = dict.fromkeys(("urban_limit_m", "rural_limit_m"), front.tightest - 1)
        fewer = matcher.what_if(plan, distance=limits, keep={"beyond_limit": False})
        assert len(fewer.elder) < now.served


def test_loads_and_shares_are_kept_at_no_elder(plans):
    for plan in plans:
        held = hold(plan)
        for kind, name in (("loads", "largest_load"), ("districts", "least_share")):
            front = trace_front(held, kind, 4)
            now, *points = front.points
            costs = [point.cost_m for point in points]
            assert points[0].cost_m == now.cost_m
            assert costs == sorted(costs)
            for point in points:
                assert point.is_proved
                assert point.served == now.served
                value = getattr(point, name)
                assert value <= point.limit if kind == "loads" else value >= point.limit - 0.05
        assert front.level == "committee"
        assert front.points[-1].least_share >= front.points[0].least_share
        assert "<table>" in front._repr_html_()


def test_units_have_no_front(plans):
    plan = matcher.what_if(plans[0], capacity={"unit": "units", "time_limit_s": 1})
    with pytest.raises(UnpricedError):
        trace_front(hold(plan), "loads")
    assert np.isnan(trace_front(hold(plans[0]), "loads").points[0].limit)
