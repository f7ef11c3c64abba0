"""Recruit: what is told of so many recruits, held to matching anew with them on the roster."""

from dataclasses import replace
from itertools import combinations_with_replacement

import pandas as pd
import pytest

import matcher
from matcher.analysis.recruit import find_recruit_rules, plan_recruits
from matcher.analysis.recruit_places import list_committees
from matcher.api import hold
from matcher.matching import match as match_month
from matcher.matching.explain.shortage import make_recruit_month
from matcher.rules import RULES

LOCATION = tuple(find_recruit_rules(RULES))
ALIKE = {"priority": {"waiting_month_m": 0, "medium_risk_m": 0, "age_band_m": 0}}
"""Settings by which no metres are for who is served: else plans that are alike in all may differ in metres."""
CASES = {
    "plain": {},
    "fair": {"capacity": {"fair_m": 300, "minimum": 1, "minimum_penalty_m": 500}},
    "few of high risk": {"capacity": {"most_high_risk": 1}},
    "near alone": {"distance": {"urban_limit_m": 300}, "boundary": {"level": "committee", "mode": "hard"}},
}


@pytest.fixture(scope="module")
def people():
    """Elders and volunteers of a sample in which places run out."""
    sample = matcher.make_sample(60, 6, seed=5)
    return sample.elders, sample.volunteers


def match_with(month, places, sites, rules):
    """Return the plan of a month with recruits on its roster."""
    homes = places.homes.iloc[sites]
    recruits = make_recruit_month(month, homes, places.capacity[sites]).roster.volunteers
    recruits["id"] = [f"+{i}" for i in range(len(sites))]
    volunteers = pd.concat([month.roster.volunteers, recruits], ignore_index=True)
    return match_month(replace(month, roster=replace(month.roster, volunteers=volunteers)), rules)


@pytest.mark.parametrize("case", CASES)
def test_curve_is_that_of_matching_anew(people, case):
    elders, volunteers = people
    plan = matcher.match(elders, volunteers, ALIKE | CASES[case], month="2026-12", rules=LOCATION)
    held = hold(plan)
    places = list_committees(plan.month.roster, 4)
    told = plan_recruits(held, places, 4)
    assert told.start.cost_m == plan.cost_m.sum()
    assert told.served == len(plan.elder)
    sites = [step.place for step in told.steps]
    assert sites
    for number, step in enumerate(told.steps, start=1):
        anew = match_with(plan.month, places, sites[:number], LOCATION)
        assert len(anew.elder) == told.served + step.served_more
        assert anew.cost_m.sum() == step.cost_m
        assert step.served_more <= step.bound
    assert told.for_all[0] <= told.for_all[1]


UNPRICED = {
    "units": {"capacity": {"unit": "units"}},
    "minutes": {"capacity": {"unit": "minutes"}},
    "changes": {"keep": {"most_changes": "1"}},
}


@pytest.mark.parametrize("case", UNPRICED)
def test_no_choice_exceeds_the_bound_where_paths_price_nothing(people, case):
    elders, volunteers = (frame.iloc[:n] for frame, n in zip(people, (24, 2), strict=True))
    plan = matcher.match(elders, volunteers, UNPRICED[case], month="2026-12", rules=LOCATION)
    places = list_committees(plan.month.roster, 3)
    told = plan_recruits(hold(plan), places, 2)
    assert told.unproved
    for number, step in enumerate(told.steps, start=1):
        every = [
            len(match_with(plan.month, places, list(sites), LOCATION).elder)
            for sites in combinations_with_replacement(range(min(len(places), 3)), number)
        ]
        assert max(every) - len(plan.elder) <= step.bound
        assert step.served_more <= step.bound <= told.left_out
    assert told.steps[-1].bound < told.left_out
