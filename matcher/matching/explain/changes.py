"""Why an elder's volunteer is another than last month."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.matching.candidates import measured
from matcher.matching.pair_use import used
from matcher.messages import CHANGES
from matcher.month import MonthData
from matcher.plan import Change
from matcher.rules import RULES, Block, Rule, ServedElsewhere

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_CODES = {"never": "never_pair", "distance": "beyond_limit"}
"""Reasons that do not bear the name of their rule."""


def why_changed(
    month: MonthData, volunteer_of: Index, eligible_people: tuple[Mask, Mask], rules: Sequence[Rule] = RULES
) -> tuple[Change, ...]:
    """Return every pair of last month that does not stand, with the first reason that applies.

    Elders who are on the roster no more come last: their volunteers must hear of it too.

    ``volunteer_of`` is each elder's volunteer in the plan, -1 for none, (n_elders,). Asked in turn: whether someone is
    gone, then what forbids the pair, rule by rule, then the plan's own choice.
    """
    previous = month.previous
    stands = (previous.volunteer >= 0) & (volunteer_of[previous.elder] == previous.volunteer)
    rows = np.flatnonzero((previous.elder >= 0) & ~stands)
    rows = rows[np.argsort(previous.elder[rows], kind="stable")]
    elder, volunteer = previous.elder[rows], previous.volunteer[rows]
    reason = _reasons(month, elder, volunteer, eligible_people, rules)
    changes = [
        Change(int(e), previous.volunteer_id[row], int(volunteer_of[e]), _name_set_aside(month, row, str(why)))
        for e, row, why in zip(elder, rows.tolist(), reason, strict=True)
    ]
    gone = np.flatnonzero(previous.elder < 0).tolist()
    changes += [
        Change(-1, previous.volunteer_id[row], -1, _name_set_aside(month, row, "elder_gone"), previous.elder_id[row])
        for row in sorted(gone, key=lambda row: previous.elder_id[row])
    ]
    return tuple(changes)


def _name_set_aside(month: MonthData, row: int, reason: str) -> str:
    """Return the reason, but where somebody only seems gone, because a row of the roster is at fault."""
    previous, roster = month.previous, month.roster
    aside = {
        "elder_gone": previous.elder_id[row] in roster.set_aside_elders,
        "volunteer_gone": previous.volunteer_id[row] in roster.set_aside_volunteers,
    }
    return "set_aside" if aside.get(reason) else reason


def _reasons(
    month: MonthData, elder: Index, volunteer: Index, eligible_people: tuple[Mask, Mask], rules: Sequence[Rule]
) -> NDArray[np.str_]:
    gone = volunteer < 0
    if not month.n_volunteers:
        return np.full(len(elder), "volunteer_gone")
    known = np.where(gone, 0, volunteer)  # any index: where the volunteer is gone, that is the reason
    barred = _barred(month, measured(month, elder, known), rules)
    served = ServedElsewhere().bars_elders(month)
    wanted = used(month, elder[~gone], volunteer[~gone])
    kept = used(month, *_kept(month, elder))
    tests = {
        "volunteer_gone": gone,
        **{code: mask for code, mask in barred.items() if code == "no_place"},
        "volunteer_absent": ~eligible_people[1][known],
        "served_elsewhere": gone & False if served is None else served[elder],
        "elder_not_eligible": ~eligible_people[0][elder],
        **{code: mask for code, mask in barred.items() if code == "never_pair"},
        "pinned": month.pinned_volunteer[elder] >= 0,
        **{code: mask for code, mask in barred.items() if code not in {"no_place", "never_pair"}},
        "capacity": (wanted + kept)[known] > month.room[known],
    }
    return np.select(list(tests.values()), list(tests), default="better_plan")


def _barred(month: MonthData, block: Block, rules: Sequence[Rule]) -> dict[str, Mask]:
    """Which of the pairs each rule bars, by the code of the reason, in the rules' order."""
    barred: dict[str, Mask] = {}
    for rule in rules:
        if (mask := rule.bars_pairs(month, block)) is not None:
            code = _CODES.get(rule.name, rule.name)
            code = code if code in CHANGES else "ruled_out"
            barred[code] = barred[code] | mask if code in barred else mask
    return barred


def _kept(month: MonthData, changed: Index) -> tuple[Index, Index]:
    """Last month's pairs that stand."""
    stands = (month.previous.elder >= 0) & (month.previous.volunteer >= 0)
    stands &= ~np.isin(month.previous.elder, changed)
    return month.previous.elder[stands], month.previous.volunteer[stands]
