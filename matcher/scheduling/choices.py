"""Whom to ask to stand in for a volunteer: the elder's second volunteer, then the nearest whom the rules allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.features import Features
from matcher.horizon import Horizon
from matcher.matching.candidates import find_candidates, find_eligible_people
from matcher.plan import Plan
from matcher.rules import RULES, Rule

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def rank_choices(
    plan: Plan, elders: Index, first: date, last: date, besides: Index, known: Index | None = None
) -> Iterator[tuple[Index, Index]]:
    """Yield whom to ask for each elder, the first choice of all, then the second, and so on: elders and volunteers.

    Args:
        plan: The pairs.
        elders: Whose contacts are to be made.
        first: The first day of these contacts.
        last: Their last day.
        besides: Volunteers who are not asked.
        known: Pairs, ``elder * n_volunteers + volunteer``, who are asked before all others.
    """
    month = replace(plan.month, horizon=Horizon(first, last))
    # who stands in for some days has no pair more
    rules: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.concerns != "capacity")
    features = Features(month)
    asked = np.zeros(month.n_elders, dtype=bool)
    asked[elders] = True
    may = find_eligible_people(features, rules)[1]
    may[besides] = False
    found = find_candidates(features, asked, may, rules)
    elder, volunteer = found.elder.astype(np.int64), found.volunteer.astype(np.int64)
    is_known = np.isin(elder * month.n_volunteers + volunteer, [] if known is None else known)
    second = plan.second_of[elder] == volunteer
    order = np.lexsort((volunteer, found.cost_m, ~second, ~is_known, elder))
    elder, volunteer = elder[order], volunteer[order]
    choice = np.arange(len(elder)) - np.searchsorted(elder, elder)
    for number in range(int(choice.max(initial=-1)) + 1):
        yield elder[choice == number], volunteer[choice == number]
