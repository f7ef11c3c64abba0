"""What is proved of a plan, and over which plans: claims that are true under the settings by which it was made."""

from __future__ import annotations

import itertools

import numpy as np

from matcher.plan import Plan, SearchReport


def list_claims(plan: Plan) -> tuple[str, ...]:
    """Return what is known of a plan, as codes of ``messages.PROOF``, in the order of the goals.

    Pairs made by hand are proved by nobody. Where no pair but the pins may be, there is nothing to choose. Otherwise
    each goal is a claim of its own, as far as it is proved.
    """
    if plan.eligible_pairs is None:
        return ("by_hand",)
    if plan.certificate is None:
        return ("pins_only",) if len(plan.elder) else ("no_pair",)
    if plan.search is not None:
        return _list_search_claims(plan, plan.search)
    if not plan.certificate.optimal:
        return ("budget_gap",)
    keep = plan.month.settings.keep
    if keep.most_changes:
        somebody = plan.precedence.comes_before_count.any()
        first = [_claim_first(plan, "most_first_in_turn")] if somebody else []
        return (*first, "changes_for_more", "fewest_of_as_many", *_list_tier_claims(plan), "least_cost")
    return (
        *(["bonds"] if _keeps_bonds(plan) else []),
        "most_elders",
        *_list_tier_claims(plan),
        *(["fewest_broken"] if keep.fewest_broken else []),
        "least_cost",
    )


def _keeps_bonds(plan: Plan) -> bool:
    """Return whether everybody who has a pair that may go on has a place, and somebody has one."""
    current = plan.precedence.current
    return bool(current.any() and (plan.volunteer_of[current] >= 0).all())


def _has_urgent(plan: Plan) -> bool:
    """Return whether elders who have waited long come before some of those who have a pair that may go on."""
    return bool((plan.precedence.comes_before_count & ~plan.precedence.current).any())


def _claim_first(plan: Plan, claim: str) -> str:
    """Return what is proved of those who come before the count: ``claim``, unless all of them have a pair.

    To serve them may cost others a place, so what follows is claimed of the plans that serve as many of them.
    """
    return claim if _has_urgent(plan) else "most_kept"


def _list_search_claims(plan: Plan, search: SearchReport) -> tuple[str, ...]:
    """Return what is known of a plan that a search found: in units or minutes, or with one volunteer a home."""
    use = counts_use(plan)
    before = list(itertools.takewhile(lambda goal: goal.tier, search.goals))
    if any(goal.left_out > goal.bound for goal in before):
        return ("more_before_possible",) if _has_urgent(plan) else ("more_kept_possible",)
    if before:
        first = [_claim_first(plan, "most_first_use" if use else "most_first_in_turn")]
    elif search.first_before_count:
        first = [_claim_first(plan, "most_first")]
    else:
        first = ["bonds"] if _keeps_bonds(plan) else []
    if search.most_more:
        return (*first, "more_use_possible" if use else "more_possible")
    most = (*first, "most_use" if use else "most_elders")
    if any(goal.left_out > goal.bound for goal in search.goals):
        return (*most, "more_first_possible")
    return (*most, *_list_tier_claims(plan), "least_cost" if search.status == "optimal" else "gap")


def list_scope(plan: Plan) -> tuple[str, ...]:
    """Return over which plans that is known, as codes of ``messages.PROOF_SCOPE``: those that keep all of these."""
    pinned = bool((plan.features.pinned_volunteer >= 0).any())
    has_budget = plan.budget is not None and plan.budget.allowed is not None
    one_a_home = plan.month.settings.household.mode == "hard"
    return (
        "rules",
        *(["pins"] if pinned else []),
        *(["one_volunteer_a_home"] if one_a_home else []),
        *(["change_budget"] if has_budget else []),
    )


def counts_use(plan: Plan) -> bool:
    """Return whether serving as many as possible counts units or minutes, not elders."""
    return plan.search is not None and plan.month.settings.priority.as_many == "use"


def _list_tier_claims(plan: Plan) -> tuple[str, ...]:
    """Return what is claimed of those who come first; nothing where nobody does.

    Without a budget that binds and with places alike, the elders who can be served together are a matroid: tiers are
    decided one after the other. So they are with units and minutes. Otherwise they are weighed by steps.
    """
    features = plan.features
    waiting = np.ones(features.n_elders, dtype=bool)
    waiting[[row.elder for row in plan.unmatched if row.reason in _BARRED]] = False
    if len(np.unique(plan.precedence.tier[waiting])) < 2:
        return ()
    if plan.month.settings.keep.most_changes:
        return ("first_of_these",)
    if counts_use(plan):
        return ("first_use",)
    by_flow = plan.search is None and (plan.budget is None or plan.budget.allowed is None)
    in_turn = by_flow or (plan.search is not None and bool(plan.search.goals))
    return ("first_tiers",) if in_turn else ("weighed_tiers",)


_BARRED = frozenset({"no_consent", "absent", "served_elsewhere", "high_risk_closed", "not_eligible"})
