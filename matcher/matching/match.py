"""One month's match: rules, candidates, assignment and reasons become a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.errors import NoPlanError
from matcher.features import Features
from matcher.i18n import _
from matcher.matching.backups import plan_backups, take_listed_backups
from matcher.matching.candidates import Candidates, compute_cost_terms, find_candidates, find_eligible_people
from matcher.matching.capacity import CapacityAfterPins, CapacityLeft, compute_capacity
from matcher.matching.explain.changes import explain_changes
from matcher.matching.explain.outranked import PlaceHolders
from matcher.matching.explain.short_of_capacity import ShortOfCapacity
from matcher.matching.explain.shortage import describe_shortages
from matcher.matching.explain.unmatched import Evidence, explain_unmatched, measure_geodesic_m
from matcher.matching.homes import join_pinned_homes
from matcher.matching.precedence import count_as_lost, find_unmet_since, rank_elders
from matcher.matching.solve import Assignment, assign, explain_by_all
from matcher.month import MonthData
from matcher.plan import Plan, Precedence, Remedy, Unmatched
from matcher.roster.model import PairList
from matcher.rules import RULES, Rule, measure_pairs

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_STEPS = {"candidates": 30, "assigned": 85, "explained": 100}
"""How far a match is, of 100 steps, once a part is done: about the parts' shares of the time at city size."""


def match(
    month: MonthData, rules: Sequence[Rule] = RULES, on_progress: Callable[[int, int], None] | None = None
) -> Plan:
    """Return the plan that keeps bonds, serves as many elders as possible, and costs the fewest metres, proved.

    Pinned pairs stand as they are (``check_pins`` says whether they can); the others are matched with what is left.
    ``on_progress`` is called now and then with steps done and steps in all.

    Raises:
        InputError: settings make pairs cost too much.
        NoPlanError: not one pair is possible; its ``plan`` says of each elder why.
    """
    features = Features(month)
    eligible = find_eligible_people(features, rules)
    pinned = features.pinned_volunteer >= 0
    capacity = CapacityAfterPins.of(features, eligible[1])

    def report(part: str, share: float = 1.0) -> None:
        if on_progress is not None:
            on_progress(round(_STEPS[part] * share), _STEPS["explained"])

    def report_candidates(share: float) -> None:
        report("candidates", share)

    candidates = find_candidates(features, eligible[0] & ~pinned, eligible[1], rules, report_candidates)
    of_all, candidates = candidates, join_pinned_homes(features, candidates, capacity)
    report("candidates")
    precedence = rank_elders(features, eligible, capacity, rules)
    assignment = assign(features, candidates, capacity, precedence)
    if len(candidates) < len(of_all):
        assignment = explain_by_all(features, of_all, capacity, precedence, assignment)
    report("assigned")
    volunteer_of = np.where(pinned, features.pinned_volunteer, assignment.volunteer_of)
    plan = replace(
        _build_plan(features, volunteer_of, eligible, rules, precedence, by_hand=False),
        certificate=assignment.certificate,
        eligible_pairs=len(candidates) + int(pinned.sum()),
        budget=assignment.budget,
        price_m=assignment.price_m,
        dual_m=assignment.dual_m,
        search=assignment.search,
        joining=assignment.joining,
    )
    plan = _add_explanations(plan, of_all, assignment, capacity)
    plan = replace(plan, began=_find_first_days(plan, features.previous))
    report("explained")
    if month.settings.backup.planned:
        plan = replace(plan, backups=plan_backups(plan, rules))
    if not len(plan.elder):
        text = _(
            "no plan is possible: of {elders} elders and {volunteers} volunteers who take part, no two can be paired"
        )
        raise NoPlanError(text.format(elders=int(eligible[0].sum()), volunteers=int(eligible[1].sum())), plan)
    return plan


def match_as_far_as_possible(month: MonthData, rules: Sequence[Rule] = RULES) -> Plan:
    """Return the plan as ``match`` does, also where not one pair is possible: then it says of each elder why."""
    try:
        return match(month, rules)
    except NoPlanError as nobody:
        plan: Plan = nobody.plan
        return plan


def plan_from_pairs(month: MonthData, pairs: PairList, rules: Sequence[Rule] = RULES) -> Plan:
    """Return pairs made by any hand as a plan: distances, costs, status and changes; no certificate, no reasons."""
    features = Features(replace(month, agreed=pairs))
    volunteer_of = np.full(month.n_elders, -1, dtype=np.int64)
    volunteer_of[pairs.elder] = pairs.volunteer
    eligible = find_eligible_people(features, rules)
    precedence = rank_elders(features, eligible, CapacityAfterPins.of(features, eligible[1]), rules)
    plan = _build_plan(features, volunteer_of, eligible, rules, precedence, by_hand=True)
    plan = replace(plan, backups=take_listed_backups(plan, pairs, rules))
    if len(month.previous):
        told = _find_first_days(plan, features.previous)
        listed = _find_first_days(plan, pairs)
        return replace(plan, began=np.maximum(told, listed))
    since = _read_since(plan, pairs)
    listed = np.full(month.n_elders, np.datetime64("NaT", "M"))
    if pairs.waiting_since is not None:
        listed[pairs.elder] = pairs.waiting_since
    waiting = listed[plan.elder]
    plan = replace(plan, since=since, status=_read_status(plan, pairs, since), waiting_since=waiting)
    return replace(plan, began=_find_first_days(plan, pairs))


def _add_explanations(plan: Plan, candidates: Candidates, assignment: Assignment, capacity: CapacityAfterPins) -> Plan:
    """Return the plan with its shortages and the reasons of those left out."""
    features, rules = plan.features, plan.rules
    volunteer_of = np.full(features.n_elders, -1, dtype=np.int64)
    volunteer_of[plan.elder] = plan.volunteer
    short = np.zeros(features.n_elders, dtype=bool)
    for hall in assignment.shortages:
        short[hall.elders] = True
    capacity_left = CapacityLeft.of(features, capacity, assignment.volunteer_of)
    shortages = describe_shortages(features, assignment.shortages, volunteer_of, capacity, rules)
    by_use = None if features.settings.capacity.unit == "elders" else assignment.search
    findings = Evidence(
        volunteer_of,
        capacity.volunteers,
        capacity_left.with_moves(candidates.elder, candidates.volunteer, assignment.volunteer_of),
        shortages,
        PlaceHolders(candidates, assignment.volunteer_of, short, capacity_left, plan.precedence.tier),
        np.empty(0, dtype=np.int64) if assignment.held_back is None else assignment.held_back,
        ShortOfCapacity.of(candidates, assignment.volunteer_of, capacity_left, by_use, plan.precedence),
    )
    unmatched = explain_unmatched(features, rules, findings, plan.precedence)
    helps = {elder: (Remedy((step,), -1, free=True),) for elder, step in assignment.one_more.items()}
    unmatched = tuple(replace(row, remedies=row.remedies or helps.get(row.elder, ())) for row in unmatched)
    if features.settings.household.mode == "hard":
        unmatched = tuple(_blame_home(row, plan) for row in unmatched)
    elif assignment.budget is not None:
        evidence = {"allowed": assignment.budget.allowed}
        unmatched = tuple(replace(r, evidence=evidence) if r.reason == "change_budget" else r for r in unmatched)
    return replace(plan, shortages=shortages, unmatched=unmatched)


def _blame_home(row: Unmatched, plan: Plan) -> Unmatched:
    """Return the reason of an elder left out under ``household.mode = hard``: the home, where it alone is in the way.

    Whose pair may go on would keep a place without that rule, however short places are.
    """
    first, priority = plan.precedence, plan.month.settings.priority
    keeps = first.current[row.elder] and first.comes_before_count[row.elder] and not priority.high_risk_after_months
    if row.reason == "change_budget" or (keeps and row.reason in ("shortage", "outranked")):
        return Unmatched(row.elder, "shared_home", {}, row.nearest_volunteer_m)
    return row


def _build_plan(
    features: Features,
    volunteer_of: Index,
    eligible: tuple[Mask, Mask],
    rules: Sequence[Rule],
    precedence: Precedence,
    *,
    by_hand: bool,
) -> Plan:
    """Return pairs as a plan, without proof or reasons."""
    elder = np.flatnonzero(volunteer_of >= 0)
    volunteer = volunteer_of[elder]
    home = features.roster.elders["building"].to_numpy()[elder]
    other = features.roster.volunteers["building"].to_numpy()[volunteer]
    return Plan(
        features=features,
        elder=elder,
        volunteer=volunteer,
        distance_m=measure_geodesic_m(features, elder, volunteer),
        same_building=np.asarray((home == other) & (home != ""), dtype=bool),
        status=_find_status(features, elder, volunteer),
        since=_find_since(features, elder, volunteer),
        cost_terms=compute_cost_terms(features, measure_pairs(features, elder, volunteer), rules),
        unmatched=(),
        changes=explain_changes(features, volunteer_of, rules, by_hand=by_hand),
        precedence=count_as_lost(features.month, precedence, precedence.current & (volunteer_of < 0)),
        certificate=None,
        places=int(compute_capacity(features)[eligible[1]].sum()),
        eligible_pairs=None,
        rules=tuple(rules),
        waiting_since=find_unmet_since(features, precedence.waiting_since)[elder],
        paused=_tell_unmet(features),
    )


def _tell_unmet(features: Features) -> PairList:
    """Return the pairs that pause, with the month since which their elders wait to be met."""
    paused, unmet = features.paused_pairs.paused, features.month.last_run.unmet_since
    return paused if unmet is None else replace(paused, waiting_since=unmet[paused.elder])


def _find_status(features: Features, elder: Index, volunteer: Index) -> tuple[str, ...]:
    """Return the code of ``columns.PAIR_STATUS`` of each pair; pinned comes before kept.

    A pair that a list of this month itself has since this month is what that list calls it.
    """
    before, previous = features.previous_volunteer[elder], features.previous
    same = before == volunteer
    of_this_month = same & (features.since[elder] == np.datetime64(features.horizon.start, "M"))
    listed = np.full(features.n_elders, "new", dtype=object)
    known = previous.elder >= 0
    listed[previous.elder[known]] = np.array(previous.status or [""] * len(previous), dtype=object)[known]
    begun = np.where(listed[elder] == "changed", "changed", "new")
    conditions = [features.pinned_volunteer[elder] == volunteer, of_this_month, same, before != -1]
    return tuple(np.select(conditions, ["pinned", begun, "kept", "changed"], default="new").tolist())


def _find_since(features: Features, elder: Index, volunteer: Index) -> NDArray[np.datetime64]:
    """Return the month since which each pair stands."""
    kept = features.previous_volunteer[elder] == volunteer
    return np.where(kept, features.since[elder], np.datetime64(features.horizon.start, "M"))


def _find_first_days(plan: Plan, pairs: PairList) -> NDArray[np.datetime64]:
    """Return the day of its month from which each pair is one by a list of pairs; the first where it tells none.

    A day in the midst of this month counts also where the pair is older: the two were none in between.
    """
    first = plan.since.astype("datetime64[D]")
    if pairs.since is None:
        return first
    here = np.flatnonzero(pairs.elder >= 0)
    told = np.full(plan.month.n_elders, np.datetime64("NaT", "D"))
    with_whom = np.full(plan.month.n_elders, -1, dtype=np.int64)
    told[pairs.elder[here]], with_whom[pairs.elder[here]] = pairs.since[here], pairs.volunteer[here]
    day = told[plan.elder]
    horizon = plan.month.horizon
    again = (day > np.datetime64(horizon.start)) & (day <= np.datetime64(horizon.end))
    of_its_month = day.astype("datetime64[M]") == plan.since
    return np.where((with_whom[plan.elder] == plan.volunteer) & (of_its_month | again), day, first)


def _read_status(plan: Plan, pairs: PairList, since: NDArray[np.datetime64]) -> tuple[str, ...]:
    """Return what the list itself calls the pairs, where nothing is known of last month's and their age agrees."""
    listed = dict(zip(pairs.elder.tolist(), pairs.status or ("",) * len(pairs), strict=True))
    this = np.datetime64(plan.month.horizon.start, "M")
    status = []
    for elder, is_older, one in zip(plan.elder.tolist(), (since < this).tolist(), plan.status, strict=True):
        agree = ("kept", "pinned") if is_older else ("new", "changed", "pinned")
        usual = "kept" if is_older and one == "new" else one
        status.append(usual if one == "pinned" or listed[elder] not in agree else listed[elder])
    return tuple(status)


def _read_since(plan: Plan, pairs: PairList) -> NDArray[np.datetime64]:
    """Return since when pairs stand by the list itself, where nothing is known of last month's."""
    this = np.datetime64(plan.month.horizon.start, "M")
    since = np.full(plan.month.n_elders, this)
    since[pairs.elder] = pairs.told_since(this)
    listed = since[plan.elder]
    return np.where(np.isnat(listed) | (listed > this), this, listed)
