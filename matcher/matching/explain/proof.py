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
    return (
        *(["bonds"] if _keeps_bonds(plan) else []),
        "changes_for_more" if keep.most_changes else "most_elders",
        *_list_tier_claims(plan),
        *(["fewest_broken"] if keep.fewest_broken else []),
        "least_cost",
    )


def _keeps_bonds(plan: Plan) -> bool:
    """Return whether everybody who has a pair that may go on has a place, and somebody has one."""
    current = plan.precedence.current
    return bool(current.any() and (plan.volunteer_of[current] >= 0).all())


def _list_search_claims(plan: Plan, search: SearchReport) -> tuple[str, ...]:
    """Return what is known of a plan that a search found: in units or minutes, or with one volunteer a home."""
    before = itertools.takewhile(lambda goal: goal.tier, search.goals)
    if any(goal.left_out > goal.bound for goal in before):
        return ("more_kept_possible",)
    kept = ("most_kept",) if search.goals and search.goals[0].tier else ()
    # where places come before the count, more might be served without them: the claim says among which plans none is
    first = kept or (("bonds",) if _keeps_bonds(plan) else ())
    if search.most_more:
        return (*first, "more_use_possible" if counts_use(plan) else "more_possible")
    most = (*first, "most_use" if counts_use(plan) else "most_elders")
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
    by_flow = plan.search is None and (plan.budget is None or plan.budget.allowed is None)
    in_turn = by_flow or (plan.search is not None and bool(plan.search.goals))
    return ("first_tiers",) if in_turn else ("weighed_tiers",)


_BARRED = frozenset({"no_consent", "absent", "served_elsewhere", "not_eligible"})
