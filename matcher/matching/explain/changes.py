"""Why an elder's volunteer is another than last month."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.features import Features
from matcher.matching.capacity import sum_pair_use
from matcher.messages import CHANGES
from matcher.plan import Change
from matcher.rules import RULES, Rule, measure_pairs

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def explain_changes(
    features: Features, volunteer_of: Index, eligible: tuple[Mask, Mask], rules: Sequence[Rule] = RULES
) -> tuple[Change, ...]:
    """Return every pair of last month that does not stand, with the first reason that applies.

    Elders who are on the roster no more come last: their volunteers must hear of it too.

    ``volunteer_of`` is each elder's volunteer in the plan, -1 for none, (n_elders,). Reasons are asked in the order of
    ``messages.CHANGES``: whether someone is gone, then what forbids the pair, then the plan's own choice.
    """
    previous = features.previous
    stands = (previous.volunteer >= 0) & (volunteer_of[previous.elder] == previous.volunteer)
    rows = np.flatnonzero((previous.elder >= 0) & ~stands)
    rows = rows[np.argsort(previous.elder[rows], kind="stable")]
    elder, volunteer = previous.elder[rows], previous.volunteer[rows]
    reason = _find_reasons(features, elder, volunteer, eligible, rules)
    changes = [
        Change(int(e), previous.volunteer_id[row], int(volunteer_of[e]), _name_set_aside(features, row, str(why)))
        for e, row, why in zip(elder, rows.tolist(), reason, strict=True)
    ]
    changes += _list_paused(features, volunteer_of)
    changes.sort(key=lambda change: change.elder)
    gone = np.flatnonzero(previous.elder < 0).tolist()
    changes += [
        Change(-1, previous.volunteer_id[row], -1, _name_set_aside(features, row, "elder_gone"), previous.elder_id[row])
        for row in sorted(gone, key=lambda row: previous.elder_id[row])
    ]
    return tuple(changes)


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


def _name_set_aside(features: Features, row: int, reason: str) -> str:
    """Return the reason, but where somebody only seems gone, because a row of the roster is at fault."""
    previous, roster = features.previous, features.month.roster
    aside = {
        "elder_gone": previous.elder_id[row] in roster.set_aside_elders,
        "volunteer_gone": previous.volunteer_id[row] in roster.set_aside_volunteers,
    }
    return "set_aside" if aside.get(reason) else reason


def _find_reasons(
    features: Features, elder: Index, volunteer: Index, eligible: tuple[Mask, Mask], rules: Sequence[Rule]
) -> NDArray[np.str_]:
    """Return the first reason of ``messages.CHANGES`` that applies to each pair that does not stand."""
    gone = volunteer < 0
    if not features.n_volunteers:
        return np.full(len(elder), "volunteer_gone")
    known = np.where(gone, 0, volunteer)  # any index: where the volunteer is gone, that is the reason
    wanted = sum_pair_use(features, elder[~gone], volunteer[~gone])
    standing = sum_pair_use(features, *_find_standing(features, elder))
    applies = _find_bars(features, elder, known, rules)
    applies |= {
        "volunteer_gone": gone,
        "volunteer_absent": ~eligible[1][known],
        "pinned": features.pinned_volunteer[elder] >= 0,
        "lent_place": features.paused_pairs.lent[elder],
        "capacity": (wanted + standing)[known] > features.capacity[known],
    }
    ordered = sorted(applies, key=list(CHANGES).index)
    return np.select([applies[code] for code in ordered], ordered, default="better_plan")


def _find_bars(features: Features, elder: Index, volunteer: Index, rules: Sequence[Rule]) -> dict[str, Mask]:
    """Return which of the pairs the rules bar, by the code of the reason."""
    block = measure_pairs(features, elder, volunteer)
    bars: dict[str, Mask] = {}
    for rule in rules:
        barred = rule.bar_elders(features)
        for general, mask in (
            ("ruled_out", rule.bar_pairs(features, block)),
            ("elder_not_eligible", None if barred is None else barred[elder]),
        ):
            if mask is not None:
                code = rule.change_reason or general
                bars[code] = bars[code] | mask if code in bars else mask
    return bars


def _find_standing(features: Features, changed: Index) -> tuple[Index, Index]:
    """Return last month's pairs that stand: those of elders who are not among ``changed``."""
    previous = features.previous
    stands = (previous.elder >= 0) & (previous.volunteer >= 0) & ~np.isin(previous.elder, changed)
    return previous.elder[stands], previous.volunteer[stands]
