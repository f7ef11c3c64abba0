"""Reasons told before are held against pairs that a hand changed since, by matchings of scipy's."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from matcher.errors import NoPlanError
from matcher.matching import match, plan_from_pairs
from matcher.matching.explain.told_before import explain_untrue
from tests.helpers.pairs_by_loops import judged
from tests.helpers.people import month, north, pairs


def told_again(m, plan, *rows):
    """The reasons of a plan that are not true of other pairs, by elder."""
    told = {row.elder: row.reason for row in plan.unmatched}
    return {row.elder: row.reason for row in explain_untrue(plan_from_pairs(m, pairs(*rows)), told)}


def test_a_place_that_a_hand_has_freed_is_no_shortage():
    m = month([{}, {}, {"consent": "no"}], [{"capacity": 1.0}])
    plan = match(m)
    (left_out,) = {0, 1} - set(plan.elder.tolist())
    assert told_again(m, plan) == {left_out: "by_hand"}
    assert told_again(m, plan, (1 - left_out, 0)) == {}


def test_who_withdrew_since_or_has_somebody_now_is_told_so():
    m = month([{}, {}], [{"capacity": 1.0}, north(5000)])
    plan = match(m)
    (left_out,) = {0, 1} - set(plan.elder.tolist())
    told = {left_out: "shortage"}
    gone = month([{"consent": "no"}, {"consent": "no"}], [{"capacity": 1.0}])
    assert [row.reason for row in explain_untrue(plan_from_pairs(gone, pairs()), told)] == ["no_consent"]
    alone = month([{}, {}], [north(5000)])
    assert [row.reason for row in explain_untrue(plan_from_pairs(alone, pairs()), told)] == ["no_volunteer_in_reach"]
    told = {left_out: "no_volunteer_in_reach"}
    kept = plan_from_pairs(m, pairs((1 - left_out, 0)))
    assert [row.reason for row in explain_untrue(kept, told)] == ["by_hand"]


@pytest.mark.long
def test_a_reason_stands_where_nobody_more_can_be_served_beside_the_pairs():
    rng, met = np.random.default_rng(5), set()
    for _ in range(40):
        n, k = int(rng.integers(4, 12)), int(rng.integers(2, 5))
        m = month(
            [north(float(y)) for y in rng.integers(0, 2500, n)],
            [{**north(float(y)), "capacity": float(rng.integers(0, 3))} for y in rng.integers(0, 2500, k)],
        )
        try:
            plan = match(m)
        except NoPlanError:
            continue
        left = [pair for pair in zip(plan.elder.tolist(), plan.volunteer.tolist(), strict=True) if rng.random() < 0.8]
        answer = told_again(m, plan, *left)
        allowed = {(e, v) for e in range(n) for v in range(k) if not judged(m, e, v)[0]}
        for row in plan.unmatched:
            served = [*(e for e, _ in left), row.elder]
            fits = _count_matched(m, served, allowed) == len(served)
            if row.reason in {"shortage", "outranked"}:
                assert answer.get(row.elder, "stands") == ("by_hand" if fits else "stands")
                met.add((row.reason, fits))
            else:
                assert row.elder not in answer
    assert met >= {("shortage", True), ("shortage", False)}


def _count_matched(m, elders, allowed):
    """How many of ``elders`` can be served at once, each place a column."""
    places = [v for v, n in enumerate(m.roster.volunteers["capacity"].astype(int)) for _ in range(n)]
    table = np.array([[(e, v) in allowed for v in places] for e in elders], dtype=int)
    return int((maximum_bipartite_matching(csr_array(table), perm_type="column") >= 0).sum()) if places else 0
