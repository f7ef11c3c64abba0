"""What to do about a month: whom to recruit where, whom to train, whom to ask; from the plan and its reasons."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from matcher.columns import BROKEN_RULE
from matcher.i18n import N_
from matcher.outputs.tables import PeopleNames
from matcher.plan import Plan
from matcher.schedule import Schedule

Kind = Literal["recruit", "train", "half_day", "walk", "rule", "week"]
ADVICE: dict[Kind, str] = {
    "recruit": N_("Recruit volunteers here"),
    "train": N_("Send these volunteers to a course"),
    "half_day": N_("Ask these volunteers for another half-day: they could then serve an elder more"),
    "walk": N_("Ask these volunteers whether they would walk further"),
    "rule": N_("Decide whether the rule “{rule}” may give way: it alone stands between these volunteers and an elder"),
    "week": N_("Ask these volunteers for another half-day: contacts find no time in their week"),
}
"""What to do, the first first."""
_OF_RULE: dict[str, Kind] = {
    "dementia_training": "train",
    "high_risk_training": "train",
    "common_time": "half_day",
    "least_visits": "half_day",
    "silence": "half_day",
    "own_limit": "walk",
}
"""What to do where this rule alone bars all volunteers around an elder; of any other, people decide."""
MOST_NAMED = 12
"""Committees or volunteers that are named; the tables hold the rest."""
_TIME = ("no_common_half_day", "day_full")
"""Reasons for which contacts find no time that another half-day would mend."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do.

    Attributes:
        kind: What.
        count: How many volunteers, elders or contacts it is about.
        who: Committees or volunteers with a number each, the most first, no more than ``MOST_NAMED``.
        of: How many of them there are.
        rule: The rule that may give way.
    """

    kind: Kind
    count: int
    who: tuple[tuple[str, int], ...]
    of: int
    rule: str = ""


def list_advice(
    plan: Plan, people: PeopleNames, unmatched: pd.DataFrame, schedule: Schedule | None
) -> tuple[Advice, ...]:
    """Return what to do, in the order of ``ADVICE``."""
    counts: dict[tuple[Kind, str], Counter[str]] = defaultdict(Counter)
    homes = plan.month.roster.elders[["subdistrict", "committee"]]
    for shortage in plan.shortages:
        for recruit in shortage.recruits:
            counts["recruit", ""][" ".join(filter(None, homes.iloc[recruit.home])) or "?"] += 1
    code_of = {name: choice.code for choice in BROKEN_RULE for name in (choice.code, choice.zh)}
    told = unmatched[unmatched["loosen_free"] == "yes"]
    for name, volunteer in zip(told["loosen_rule"], told["loosen_volunteer_id"], strict=True):
        if rule := code_of.get(name):  # several that must give way together are nobody's one thing to do
            kind = _OF_RULE.get(rule, "rule")
            counts[kind, rule if kind == "rule" else ""][volunteer] += 1
    if schedule is not None:
        for row in schedule.unscheduled:
            if row.reason in _TIME and row.missing:
                counts["week", ""][str(people.volunteer_id[row.volunteer])] += row.missing
    return tuple(
        Advice(kind, found.total(), tuple(_sort(found)[:MOST_NAMED]), len(found), rule)
        for (kind, rule), found in sorted(counts.items(), key=lambda item: (list(ADVICE).index(item[0][0]), item[0][1]))
    )


def _sort(found: Counter[str]) -> list[tuple[str, int]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))
