"""Scenarios of a month side by side: what each plan and its month come to, each figure with a line that defines it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.i18n import N_
from matcher.matching.candidates import find_eligible_people
from matcher.matching.explain.proof import list_claims
from matcher.plan import Plan
from matcher.schedule import VISIT, Schedule

_PROVED = frozenset({"least_cost", "pins_only", "no_pair"})
"""Codes of ``messages.PROOF``: a plan of which one is known is proved in all its goals."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """A scenario's plan, its month where one was asked for, and the base's plan that it is compared with."""

    name: str
    plan: Plan
    schedule: Schedule | None
    base: Plan
    settings: Mapping[str, object] = field(default_factory=dict)
    """What the scenario sets, by path."""

    @property
    def is_proved(self) -> bool:
        """Return whether it is proved that no plan is better by any goal."""
        return not _PROVED.isdisjoint(list_claims(self.plan))

    @cached_property
    def left_out(self) -> NDArray[np.bool_]:
        """Return which elders take part and have nobody, (n_elders,)."""
        return find_eligible_people(self.plan.features)[0] & (self.plan.volunteer_of < 0)

    @cached_property
    def measured_m(self) -> NDArray[np.float64]:
        """Return the straight lines of the pairs both of whose homes are measured, metres."""
        return np.asarray(self.plan.distance_m[self.plan.distance_basis == "measured"])

    def compute(self) -> dict[str, float]:
        """Return the figures by their names in ``FIGURES``; NaN where one is not known."""
        return {figure.name: float(figure.compute(self)) for figure in FIGURES}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of an outcome: ``title`` and ``text`` are what people call it and what it counts, marked with ``N_``."""

    name: str
    title: str
    text: str
    compute: Callable[[Outcome], float]


def _count_moved(one: Outcome) -> int:
    """Return how many elders whom both plans serve have another volunteer than in the base."""
    here, there = _name_pairs(one.plan), _name_pairs(one.base)
    return sum(there.get(elder, volunteer) != volunteer for elder, volunteer in here.items())


def _name_pairs(plan: Plan) -> dict[str, str]:
    """Return the id of each served elder's volunteer, by the elder's id."""
    roster = plan.month.roster
    elders, volunteers = roster.elders["id"].to_numpy()[plan.elder], roster.volunteers["id"].to_numpy()[plan.volunteer]
    return dict(zip(elders.tolist(), volunteers.tolist(), strict=True))


def _of_month(count: Callable[[Schedule], float]) -> Callable[[Outcome], float]:
    """Return a figure's computation from the month's contacts; NaN where they were not planned."""
    return lambda one: float("nan") if one.schedule is None else count(one.schedule)


FIGURES = (
    Figure(
        "served",
        N_("elders with a volunteer"),
        N_("elders who take part and have a volunteer"),
        lambda one: len(one.plan.elder),
    ),
    Figure(
        "left_out",
        N_("elders left out"),
        N_("elders who take part and have none"),
        lambda one: one.left_out.sum(),
    ),
    Figure(
        "left_out_high_risk",
        N_("of them high risk"),
        N_("those left out who are of high risk"),
        lambda one: (one.left_out & one.plan.features.high_risk).sum(),
    ),
    Figure(
        "left_out_current",
        N_("of them with a pair so far"),
        N_("those left out whose pair of last month could go on"),
        lambda one: (one.left_out & one.plan.precedence.current).sum(),
    ),
    Figure(
        "volunteers_missing",
        N_("volunteers missing"),
        N_("usual volunteers whom the shortages take at least"),
        lambda one: sum(row.missing_volunteers for row in one.plan.shortages),
    ),
    Figure(
        "kept",
        N_("pairs kept"),
        N_("pairs of last month that go on"),
        lambda one: one.plan.status.count("kept"),
    ),
    Figure(
        "changed",
        N_("elders with another volunteer than last month"),
        N_("elders who had a volunteer last month and have another"),
        lambda one: one.plan.status.count("changed"),
    ),
    Figure(
        "moved",
        N_("elders with another volunteer than in the base"),
        N_("elders whom both plans serve, by different volunteers"),
        _count_moved,
    ),
    Figure(
        "mean_m",
        N_("mean straight line, m"),
        N_("metres between the two homes of a pair, where both are measured: the mean"),
        lambda one: one.measured_m.mean() if len(one.measured_m) else float("nan"),
    ),
    Figure(
        "longest_m",
        N_("longest straight line, m"),
        N_("the longest of these"),
        lambda one: one.measured_m.max() if len(one.measured_m) else float("nan"),
    ),
    Figure(
        "cost_m",
        N_("cost of the pairs, m"),
        N_("what the pairs cost by the settings of the scenario: walks, penalties, what keeping is worth"),
        lambda one: one.plan.cost_m.sum(),
    ),
    Figure(
        "visits",
        N_("visits planned"),
        N_("visits of a month planned afresh, without what earlier runs planned"),
        _of_month(lambda month: (month.kind == VISIT).sum()),
    ),
    Figure(
        "calls",
        N_("calls planned"),
        N_("calls of that month"),
        _of_month(lambda month: (month.kind != VISIT).sum()),
    ),
    Figure(
        "contacts_missing",
        N_("contacts missing"),
        N_("visits and calls that are due and find no time in that month"),
        _of_month(lambda month: sum(row.missing for row in month.unscheduled)),
    ),
    Figure(
        "below_floor",
        N_("elders below a floor"),
        N_("elders with fewer visits than the least, or a longer silence than the longest, in that month"),
        _of_month(lambda month: len({row.elder for row in month.below_floor})),
    ),
)
"""The figures of a scenario, in the order in which they are shown."""
