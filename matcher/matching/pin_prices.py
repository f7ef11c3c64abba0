"""Prices of pins: the month solved with all of them, and once more without each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.matching.candidates import compute_cost_terms, find_eligible_people
from matcher.matching.capacity import compute_load_cost_m
from matcher.matching.match import match_as_far_as_possible
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.roster.model import PairList
from matcher.rules import RULES, Rule, measure_pairs
from matcher.settings import changed

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PinPrice:
    """The price of some pins of a plan: its cost less that of the best plan without them."""

    metres: int
    """All pairs, loads and those left out."""
    elders: int
    """Elders fewer who have a volunteer."""
    left_out: tuple[int, ...]
    """Who has none by it, roster indices."""
    taken_in: tuple[int, ...]
    """Who has one by it."""
    is_proved: bool
    """Whether both plans are proved to be the best."""


def price_pins(plan: Plan, each: Sequence[int], rules: Sequence[Rule] = RULES) -> Mapping[int, PinPrice]:
    """Return what each of some pins costs, exactly: the plan has all pins, the other has all but this one.

    Args:
        plan: The plan with all pins.
        each: Places of pins in ``plan.month.pins``.
        rules: The rules that it was made by.
    """
    return {place: price_together(plan, [place], rules) for place in each}


def price_together(plan: Plan, places: Sequence[int], rules: Sequence[Rule] = RULES) -> PinPrice:
    """Return what some pins cost together."""
    pins = plan.month.pins
    keep = ~np.isin(np.arange(len(pins)), places)
    return compare_plans(plan, _match_without(plan.month, keep, rules))


def _match_without(month: MonthData, keep: NDArray[np.bool_], rules: Sequence[Rule]) -> Plan:
    """Return the best plan with the kept pins alone."""
    settings = changed(month.settings, {"backup.planned": False})
    return match_as_far_as_possible(replace(month, pins=month.pins.where(keep), settings=settings), rules)


def compare_plans(plan: Plan, without: Plan) -> PinPrice:
    """Return what one plan costs more than another of the same people."""
    here, there = plan.volunteer_of >= 0, without.volunteer_of >= 0
    return PinPrice(
        _sum_cost_m(plan) - _sum_cost_m(without),
        int(there.sum()) - int(here.sum()),
        tuple(np.flatnonzero(there & ~here).tolist()),
        tuple(np.flatnonzero(here & ~there).tolist()),
        all(one.search is None or one.search.status == "optimal" for one in (plan, without)),
    )


def price_by_hand(plan: Plan, before: PairList) -> Mapping[int, PinPrice]:
    """Return what each elder's pair costs more than the elder's pair before; nobody else moves. By roster index."""
    features = plan.features
    terms = compute_cost_terms(features, measure_pairs(features, before.elder, before.volunteer), plan.rules)
    was = dict(zip(before.elder.tolist(), sum(terms.values(), np.zeros(len(before), np.int64)).tolist(), strict=True))
    now = dict(zip(plan.elder.tolist(), plan.cost_m.tolist(), strict=True))
    return {
        elder: PinPrice(
            metres - was.get(elder, 0), 0 if elder in was else -1, (), () if elder in was else (elder,), True
        )
        for elder, metres in now.items()
    }


def _sum_cost_m(plan: Plan) -> int:
    """Return what a plan costs: its pairs, the volunteers' loads, and those left out."""
    there = find_eligible_people(plan.features, plan.rules)[1]
    loads = compute_load_cost_m(plan.features, plan.load, there)
    return int(plan.cost_m.sum()) + int(loads.sum()) + plan.leaving_out_m
