"""Reasons told before of elders without a volunteer, held against pairs that a hand has changed since."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matcher.matching.candidates import find_candidates, find_eligible_people
from matcher.matching.capacity import CapacityLeft
from matcher.matching.explain.unmatched import explain_left_out, explain_without_volunteers
from matcher.plan import Plan, Unmatched

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_OF_PLACES = ("shortage", "outranked", "no_room", "no_room_unproven", "change_budget")
"""Reasons that are true while no place is free for the elder."""
_OF_HANDS = ("by_hand", "shared_home")
"""Reasons that no free place makes untrue."""


def explain_untrue(plan: Plan, told: Mapping[int, str]) -> tuple[Unmatched, ...]:
    """Return the elders of whom the reason told before is not true of the plan's pairs, each with the one that is.

    Whom a rule bars now has that reason, and whom nobody may serve has why. Who could have a place beside the plan's
    pairs is left out by hand; so is who was told that nobody may serve them, where somebody may.

    Args:
        plan: Pairs made by any hand.
        told: The code of the reason told before, by elder; roster indices.
    """
    features, rules = plan.features, plan.rules
    elders = np.array(sorted(told), dtype=np.int64)
    eligible = find_eligible_people(features, rules)
    volunteer_of = np.full(features.n_elders, -1, dtype=np.int64)
    volunteer_of[plan.elder] = plan.volunteer
    left = CapacityLeft.of_all(features, eligible[1], volunteer_of)
    served, could_have_place = _find_places(plan, volunteer_of, left, elders, eligible)
    now = {row.elder: row for row in explain_left_out(features, elders, rules)}
    out = []
    for elder in elders.tolist():
        found, code = now[elder], told[elder]
        if eligible[0][elder]:
            if code in _OF_HANDS or (code in _OF_PLACES and served[elder] and not could_have_place[elder]):
                continue
            if not served[elder]:
                found = explain_without_volunteers(elder, rules, eligible[1], left)
        if found.reason != code:
            out.append(found)
    return tuple(out)


def _find_places(
    plan: Plan, volunteer_of: Index, left: CapacityLeft, elders: Index, eligible: tuple[Mask, Mask]
) -> tuple[Mask, Mask]:
    """Return who of ``elders`` somebody may serve, and who could have a place beside the pairs, (n_elders,) each.

    A breadth-first search goes from the elders to volunteers who may serve them, and on to whom those serve, who may
    move. It ends at volunteers with a place: of a city it sees what lies around the elders.
    """
    features, n = plan.features, plan.features.n_elders
    free = left.left > 0
    seen, asked = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    asked[elders] = eligible[0][elders]
    movable = eligible[0] & (features.pinned_volunteer < 0)
    arcs = []
    while asked.any():
        found = find_candidates(features, asked, eligible[1], plan.rules)
        arcs.append((found.elder.astype(np.int64), found.volunteer.astype(np.int64)))
        seen |= asked
        reached = np.zeros(features.n_volunteers + 1, dtype=bool)
        reached[found.volunteer] = True
        reached[:-1] &= ~free
        asked = reached[volunteer_of] & movable & ~seen
    elder, volunteer = (np.concatenate(part) for part in zip(*arcs, strict=True)) if arcs else (elders[:0], elders[:0])
    left = left.with_moves(elder, volunteer, np.where(movable, volunteer_of, -1))
    served, could = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    served[elder] = True
    could[elder[left.can_take(elder, volunteer)]] = True
    return served, could
