"""One month's match: rules, candidates, assignment and reasons become a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import Certificate
from matcher.errors import NoPlanError
from matcher.i18n import _
from matcher.matching.backups import backups_by_hand, plan_backups
from matcher.matching.build_problem import Assigned, Room, assign
from matcher.matching.candidates import Candidates, cost_terms, eligible_people, find_candidates, measured
from matcher.matching.capacity_left import Spare
from matcher.matching.explain.changes import why_changed
from matcher.matching.explain.outranked import Rivals
from matcher.matching.explain.short_of_capacity import Cramped
from matcher.matching.explain.shortage import shortages
from matcher.matching.explain.unmatched import pair_m, why_unmatched
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.roster.model import PairList
from matcher.rules import RULES, Rule

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


_STEPS = {"candidates": 30, "assigned": 85, "explained": 100}
"""How far a match is, of 100 steps, once a part is done: about the parts' shares of the time at city size."""


def match(month: MonthData, rules: Sequence[Rule] = RULES, progress: Callable[[int, int], None] | None = None) -> Plan:
    """The plan that serves as many elders as possible, higher tiers first, at the fewest metres; with its proof.

    Pinned pairs stand as they are (``check_pins`` says whether they can); the others are matched with the places left.
    ``progress`` is called now and then with steps done and steps in all.

    Raises:
        NoPlanError: not one pair is possible.
    """
    part = eligible_people(month, rules)
    pinned = month.pinned_volunteer >= 0
    room = Room.of(month, part[1])

    def tell(part: str, share: float = 1.0) -> None:
        if progress is not None:
            progress(round(_STEPS[part] * share), _STEPS["explained"])

    def found(share: float) -> None:
        tell("candidates", share)

    candidates = find_candidates(month, part[0] & ~pinned, part[1], rules, found)
    tell("candidates")
    assigned = assign(month, candidates, room)
    tell("assigned")
    volunteer_of = np.where(pinned, month.pinned_volunteer, assigned.volunteer_of)
    if not (volunteer_of >= 0).any():
        raise NoPlanError(
            _(
                "no plan is possible: {elders} elders and {volunteers} volunteers take part, and no pair of them may be"
            ).format(elders=int(part[0].sum()), volunteers=int(part[1].sum()))
        )
    plan = _plan(month, volunteer_of, part, rules, assigned.certificate, len(candidates) + int(pinned.sum()))
    plan = replace(plan, budget=assigned.budget, price_m=assigned.price_m, search=assigned.search)
    plan = _explained(plan, candidates, assigned, room)
    tell("explained")
    return replace(plan, backups=plan_backups(plan, rules)) if month.settings.backup.planned else plan


def _explained(plan: Plan, candidates: Candidates, assigned: Assigned, room: Room) -> Plan:
    """The plan with its shortages and the reasons of those left out."""
    month, rules = plan.month, plan.rules
    volunteer_of = np.full(month.n_elders, -1, dtype=np.int64)
    volunteer_of[plan.elder] = plan.volunteer
    short = np.zeros(month.n_elders, dtype=bool)
    for hall in assigned.shortages:
        short[hall.elders] = True
    spare = Spare.of(month, assigned.volunteer_of, room.places, room.high_risk)
    found = shortages(month, assigned.shortages, volunteer_of, room.volunteers, rules)
    rivals = Rivals(month, candidates, assigned.volunteer_of, short, spare)
    held_back = np.empty(0, dtype=np.int64) if assigned.held_back is None else assigned.held_back
    cramped = Cramped.of(month, candidates, assigned.volunteer_of, spare, assigned.search)
    unmatched = why_unmatched(month, volunteer_of, rules, room.volunteers, spare, found, rivals, held_back, cramped)
    if assigned.budget is not None:
        evidence = {"allowed": assigned.budget.allowed}
        unmatched = tuple(replace(r, evidence=evidence) if r.reason == "change_budget" else r for r in unmatched)
    return replace(plan, shortages=found, unmatched=unmatched)


def plan_from_pairs(month: MonthData, pairs: PairList, rules: Sequence[Rule] = RULES) -> Plan:
    """Pairs made by any hand as a plan: with distances, costs, status and changes, without certificate or reasons."""
    volunteer_of = np.full(month.n_elders, -1, dtype=np.int64)
    volunteer_of[pairs.elder] = pairs.volunteer
    plan = _plan(month, volunteer_of, eligible_people(month, rules), rules, None, None)
    plan = replace(plan, backups=backups_by_hand(plan, pairs))
    if len(month.previous):
        return plan
    since = _told_since(plan, pairs)
    older = (since < np.datetime64(month.horizon.start, "M")).tolist()
    status = tuple("kept" if old and one == "new" else one for old, one in zip(older, plan.status, strict=True))
    return replace(plan, since=since, status=status)


def _told_since(plan: Plan, pairs: PairList) -> NDArray[np.datetime64]:
    """Since when pairs stand by the list itself, where nothing is known of last month's."""
    this = np.datetime64(plan.month.horizon.start, "M")
    since = np.full(plan.month.n_elders, this)
    since[pairs.elder] = pairs.told_since(this)
    told = since[plan.elder]
    return np.where(np.isnat(told) | (told > this), this, told)


def _plan(
    month: MonthData,
    volunteer_of: Index,
    part: tuple[Mask, Mask],
    rules: Sequence[Rule],
    certificate: Certificate | None,
    eligible_pairs: int | None,
) -> Plan:
    elder = np.flatnonzero(volunteer_of >= 0)
    volunteer = volunteer_of[elder]
    home = month.roster.elders["building"].to_numpy()[elder]
    other = month.roster.volunteers["building"].to_numpy()[volunteer]
    return Plan(
        month=month,
        elder=elder,
        volunteer=volunteer,
        distance_m=pair_m(month, elder, volunteer),
        same_building=np.asarray((home == other) & (home != ""), dtype=bool),
        status=_status(month, elder, volunteer),
        since=_since(month, elder, volunteer),
        cost_terms=cost_terms(month, measured(month, elder, volunteer), rules),
        unmatched=(),
        changes=why_changed(month, volunteer_of, part, rules),
        certificate=certificate,
        places=int(month.room[part[1]].sum()),
        eligible_pairs=eligible_pairs,
        rules=tuple(rules),
    )


def _status(month: MonthData, elder: Index, volunteer: Index) -> tuple[str, ...]:
    """Code of ``columns.PAIR_STATUS`` for each pair; pinned comes before kept."""
    before = month.previous_volunteer[elder]
    conditions = [month.pinned_volunteer[elder] == volunteer, before == volunteer, before != -1]
    return tuple(np.select(conditions, ["pinned", "kept", "changed"], default="new").tolist())


def _since(month: MonthData, elder: Index, volunteer: Index) -> NDArray[np.datetime64]:
    """The month since which each pair stands."""
    kept = month.previous_volunteer[elder] == volunteer
    return np.where(kept, month.since[elder], np.datetime64(month.horizon.start, "M"))
