"""Why an elder's volunteer is another than last month."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.demand.lent_places import get_lent_places
from matcher.demand.pair_use import compute_pair_use, sum_pair_use
from matcher.features import Features
from matcher.matching.capacity import compute_capacity
from matcher.messages import CHANGES
from matcher.plan import Change
from matcher.rules import RULES, Rule, measure_pairs

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_CHOSEN = "better_plan"
"""The reason of pairs that nothing forbids: the plan's own choice."""


def explain_changes(
    features: Features,
    volunteer_of: Index,
    rules: Sequence[Rule] = RULES,
    *,
    by_hand: bool = False,
) -> tuple[Change, ...]:
    """Return every pair of last month that does not stand, with the first reason that applies.

    Elders who are on the roster no more come last: their volunteers must hear of it too.

    ``volunteer_of`` is each elder's volunteer in the plan, -1 for none, (n_elders,). Reasons are asked in the order of
    ``messages.CHANGES``: whether someone is gone, then what forbids the pair, then the plan's own choice, or that of
    whoever made the pairs ``by_hand``.
    """
    previous = features.previous
    stands = (previous.volunteer >= 0) & (volunteer_of[previous.elder] == previous.volunteer)
    rows = np.flatnonzero((previous.elder >= 0) & ~stands)
    rows = rows[np.argsort(previous.elder[rows], kind="stable")]
    elder, volunteer = previous.elder[rows], previous.volunteer[rows]
    reason = _find_reasons(features, elder, volunteer, rules, "by_hand" if by_hand else _CHOSEN)
    moved = np.flatnonzero(reason == _CHOSEN)
    whom = dict(
        zip(moved.tolist(), _find_whom_for(features, volunteer_of, elder[moved], volunteer[moved]), strict=True)
    )
    joined = _find_joined_homes(features, volunteer_of, elder, volunteer)
    priority = features.settings.priority
    keeps_places = priority.order[:1] == ("current",) and not priority.high_risk_after_months
    changes = []
    for i, (e, row, why) in enumerate(zip(elder.tolist(), rows.tolist(), reason.tolist(), strict=True)):
        code, other = _name_set_aside(features, row, str(why)), whom.get(i, -1)
        if code == _CHOSEN and joined[i] and volunteer_of[e] < 0 and keeps_places:
            code, other = "shared_home", -1  # without that rule the elder would have kept a place
        elif other >= 0:
            code = "made_room" if volunteer_of[e] >= 0 else "gave_way"
        elif code == _CHOSEN and joined[i]:
            code = "shared_home"
        changes.append(Change(e, previous.volunteer_id[row], int(volunteer_of[e]), code, place_for=other))
    changes += _list_paused(features, volunteer_of)
    changes.sort(key=lambda change: change.elder)
    gone = np.flatnonzero(previous.elder < 0).tolist()
    changes += [
        Change(-1, previous.volunteer_id[row], -1, _name_set_aside(features, row, "elder_gone"), previous.elder_id[row])
        for row in sorted(gone, key=lambda row: previous.elder_id[row])
    ]
    return tuple(changes)


def _find_joined_homes(features: Features, volunteer_of: Index, elder: Index, volunteer: Index) -> Mask:
    """Return which pairs can't stand as their home has one volunteer, whom another elder of it did not bring along.

    Two of a home who leave one volunteer for another together have another reason.
    """
    home, joined = features.shared_home, np.zeros(len(elder), dtype=bool)
    if features.settings.household.mode != "hard":
        return joined
    for i in np.flatnonzero(home[elder] >= 0).tolist():
        mates = np.flatnonzero((home == home[elder[i]]) & (volunteer_of >= 0))
        mates = mates[(mates != elder[i]) & (volunteer_of[mates] != volunteer[i])]
        joined[i] = (features.previous_volunteer[mates] != volunteer[i]).any()
    return joined


def _list_paused(features: Features, volunteer_of: Index) -> list[Change]:
    """Return the pairs that pause from this month on, that have paused too long, and of who stood in until now."""
    changed = features.paused_pairs.changed
    rows = zip(
        changed.elder.tolist(),
        changed.volunteer.tolist(),
        changed.volunteer_id,
        features.paused_pairs.reasons,
        strict=True,
    )
    return [
        Change(elder, volunteer_id, int(volunteer_of[elder]), reason)
        for elder, volunteer, volunteer_id, reason in rows
        if elder >= 0 and (volunteer < 0 or volunteer_of[elder] != volunteer)
    ]


def _find_whom_for(features: Features, volunteer_of: Index, elder: Index, volunteer: Index) -> list[int]:
    """Return for whom each pair that the plan chose to end makes room: an elder without a place otherwise, else -1.

    Told is what this plan does, not what had to be. Where the volunteer's places no longer hold an elder who moved (or
    one of high risk, where the volunteer may have no more of these), the place has gone to somebody who came; if that
    one moved too, theirs has gone to another, and so on. The chain ends with an elder who had no place to go back to
    (for whom all this was done), or where nobody took the place, or in a circle: then it was for the metres.
    """
    previous_of = np.full(features.n_elders, -1, dtype=np.int64)
    previous_of[elder] = volunteer
    served = np.flatnonzero(volunteer_of >= 0)
    left = compute_capacity(features) - sum_pair_use(features, served, volunteer_of[served])
    frail = features.high_risk
    left_frail = features.settings.capacity.most_high_risk - np.bincount(
        volunteer_of[served[frail[served]]], minlength=features.n_volunteers
    )
    came = served[features.previous_volunteer[served] != volunteer_of[served]]
    # who had no place first: they are whom a place is made for
    order = np.lexsort((came, previous_of[came] >= 0, volunteer_of[came]))
    waiting: dict[int, list[int]] = {}
    for one in came[order].tolist():
        waiting.setdefault(int(volunteer_of[one]), []).append(one)
    successor: dict[int, int] = {}
    use = compute_pair_use(features, elder, volunteer)
    # what of each who came has not displaced anybody yet: with units or minutes one may take the place of several
    taken = dict(zip(came.tolist(), compute_pair_use(features, came, volunteer_of[came]).tolist(), strict=True))
    # Elders of high risk first: where the volunteer may have no more of them, one of high risk has taken the place.
    # Invariant: as many of these have come, for all who may stand could stand together.
    for i in np.argsort(~frail[elder], kind="stable").tolist():
        e, v = int(elder[i]), int(volunteer[i])
        limited = bool(frail[e]) and left_frail[v] <= 0
        if use[i] <= left[v] and not limited:
            left[v] -= use[i]
            left_frail[v] -= frail[e]
            continue
        lacking = use[i]
        if not limited:
            lacking, left[v] = use[i] - max(left[v], 0), 0
        while lacking > 0:
            taker = next((one for one in waiting.get(v, ()) if frail[one] or not limited), None)
            if taker is None:
                break
            if e not in successor:
                successor[e] = taker
                left_frail[v] -= frail[e] and not frail[taker]
            share = min(taken[taker], lacking)
            taken[taker], lacking = taken[taker] - share, lacking - share
            if taken[taker] <= 0:
                waiting[v].remove(taker)
    whom = []
    for e in elder.tolist():
        seen, one = {e}, successor.get(e, -1)
        while one >= 0 and previous_of[one] >= 0 and one not in seen:
            seen.add(one)
            one = successor.get(one, -1)
        whom.append(-1 if one in seen else one)
    return whom


def _name_set_aside(features: Features, row: int, reason: str) -> str:
    """Return the reason, but where somebody only seems gone, because a row of the roster is at fault."""
    previous, roster = features.previous, features.month.roster
    aside = {
        "elder_gone": previous.elder_id[row] in roster.set_aside_elders,
        "volunteer_gone": previous.volunteer_id[row] in roster.set_aside_volunteers,
    }
    return "set_aside" if aside.get(reason) else reason


def _find_reasons(
    features: Features,
    elder: Index,
    volunteer: Index,
    rules: Sequence[Rule],
    otherwise: str,
) -> NDArray[np.str_]:
    """Return the first reason of ``messages.CHANGES`` that applies to each pair that does not stand."""
    gone = volunteer < 0
    if not features.n_volunteers:
        return np.full(len(elder), "volunteer_gone")
    known = np.where(gone, 0, volunteer)  # any index: where the volunteer is gone, that is the reason
    applies = _find_bars(features, elder, known, rules)
    applies |= {"volunteer_gone": gone, "pinned": features.pinned_volunteer[elder] >= 0}
    may_stand = ~np.logical_or.reduce(list(applies.values()))
    asked, of = _list_asking(features, elder, elder[may_stand], known[may_stand])
    frail = features.high_risk[elder]
    too_many = np.bincount(of[features.high_risk[asked]], minlength=features.n_volunteers)
    most_high_risk = features.settings.capacity.most_high_risk
    full = {
        "lent_place": get_lent_places(features)[elder],
        "capacity": sum_pair_use(features, asked, of)[known] > compute_capacity(features)[known],
        "high_risk_limit": frail & (too_many[known] > most_high_risk),
    }
    for code, mask in full.items():
        applies[code] = applies.get(code, False) | (mask & may_stand)
    ordered = sorted(applies, key=list(CHANGES).index)
    return np.select([applies[code] for code in ordered], ordered, default=otherwise)


def _find_bars(features: Features, elder: Index, volunteer: Index, rules: Sequence[Rule]) -> dict[str, Mask]:
    """Return which of the pairs the rules bar, by the code of the reason."""
    block = measure_pairs(features, elder, volunteer)
    bars: dict[str, Mask] = {}
    for rule in rules:
        elders, volunteers = rule.bar_elders(features), rule.bar_volunteers(features)
        for code, mask in (
            (rule.change_reason or "ruled_out", rule.bar_pairs(features, block)),
            (rule.change_reason or "elder_not_eligible", None if elders is None else elders[elder]),
            (
                rule.volunteer_change_reason or rule.change_reason or "ruled_out",
                None if volunteers is None else volunteers[volunteer],
            ),
        ):
            if mask is not None:
                bars[code] = bars[code] | mask if code in bars else mask
    return bars


def _list_asking(features: Features, changed: Index, elder: Index, volunteer: Index) -> tuple[Index, Index]:
    """Return the pairs that ask for places if all that may stand stood: those ``changed`` that might, others, pins."""
    previous = features.previous
    stands = (previous.elder >= 0) & (previous.volunteer >= 0) & ~np.isin(previous.elder, changed)
    stands &= features.pinned_volunteer[previous.elder] < 0
    pinned = np.flatnonzero(features.pinned_volunteer >= 0)
    return (
        np.concatenate([elder, previous.elder[stands], pinned]),
        np.concatenate([volunteer, previous.volunteer[stands], features.pinned_volunteer[pinned]]),
    )
