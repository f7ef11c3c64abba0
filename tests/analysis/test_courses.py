"""Courses: who is to be trained, held to trying every choice."""

from itertools import combinations

import matcher
from matcher.analysis.courses import plan_courses
from matcher.api import hold
from matcher.rules import RULES


def test_no_choice_serves_more():
    most = 2
    sample = matcher.make_sample(24, 6, seed=8)
    elders = sample.elders.assign(health=["dementia" if i % 2 else "" for i in range(len(sample.elders))])
    settings = {"training": {"dementia": "hard"}, "capacity": {"most_high_risk": 4}}
    volunteers = sample.volunteers.assign(training=["dementia care" if i < 2 else "" for i in range(6)])

    def match_with(trained):
        told = ["dementia care" if i < 2 or i in trained else "" for i in range(6)]
        return matcher.match(elders, volunteers.assign(training=told), settings, month="2026-12", rules=RULES)

    plan = match_with(())
    found = plan_courses(hold(plan), "dementia", most)
    every = {who: len(match_with(who).elder) for who in combinations(range(2, 6), most)}
    assert found.is_most
    assert found.served_more == max(every.values()) - len(plan.elder)
    assert len(match_with(set(found.volunteers.tolist())).elder) == len(plan.elder) + found.served_more
    shown = found._repr_html_()
    assert all(f"{volunteers['id'].iloc[v]}" in shown for v in found.volunteers)
    assert f"<td>{found.served_more}</td><td>{found.bound}</td>" in shown
