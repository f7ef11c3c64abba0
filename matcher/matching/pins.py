"""Whether pinned pairs can stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.matching.candidates import measured
from matcher.matching.loads import high_risk
from matcher.matching.pair_use import used
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.rules import RULES, Block, Rule

Mask = NDArray[np.bool_]
_PIN_CODES = {"never": "pin_never", "distance": "pin_beyond_limit", "no_place": "pin_place_unknown"}
"""Codes of pins against a rule; against others it is ``pin_against`` where they yield, else ``pin_not_eligible``."""


def check_pins(month: MonthData, rules: Sequence[Rule] = RULES) -> list[Issue]:
    """Why pins can't stand, an issue each; a pin against a rule that yields to pins is only a warning.

    Such are distance and all that a coordinator may know better; consent, dates, never-pairs and capacity do not yield.
    """
    pins = month.pins
    if not len(pins):
        return []
    block = measured(month, pins.elder, pins.volunteer)
    issues: list[Issue] = []
    for rule in rules:
        for code, barred in _pin_faults(rule, month, block):
            issues += [_pin_issue(code, rule, month, int(row), block) for row in np.flatnonzero(barred)]
    issues += _over_capacity(month)
    most = np.full(month.n_volunteers, month.settings.capacity.most_high_risk)
    issues += _too_many("pin_over_high_risk", month, high_risk(month)[pins.elder], most, "most")
    return sorted(issues, key=lambda issue: (issue.row or 0, issue.code))


def _over_capacity(month: MonthData) -> list[Issue]:
    """An issue for each pin of volunteers whose pins take more than they have room for."""
    pins = month.pins
    unit = month.settings.capacity.unit
    code = "pin_over_capacity" if unit == "elders" else f"pin_over_{unit}"
    taken = used(month, pins.elder, pins.volunteer)
    issues = []
    for row in np.flatnonzero((taken > month.room)[pins.volunteer]):
        volunteer = pins.volunteer[row]
        params = {"pins": int(taken[volunteer]), "capacity": int(month.room[volunteer])}
        issues.append(Issue(code, pins.file, int(pins.row[row]), "volunteer_id", pins.volunteer_id[row], params))
    return issues


def _too_many(code: str, month: MonthData, counted: Mask, most: NDArray[np.int64], name: str) -> list[Issue]:
    """An issue for each pin that counts, of volunteers with more of them than they may have."""
    pins = month.pins
    count = np.bincount(pins.volunteer[counted], minlength=month.n_volunteers)
    issues = []
    for row in np.flatnonzero(counted & (count > most)[pins.volunteer]):
        volunteer = pins.volunteer[row]
        params = {"pins": int(count[volunteer]), name: int(most[volunteer])}
        issues.append(Issue(code, pins.file, int(pins.row[row]), "volunteer_id", pins.volunteer_id[row], params))
    return issues


def _pin_faults(rule: Rule, month: MonthData, block: Block) -> list[tuple[str, Mask]]:
    faults: list[tuple[str, Mask]] = []
    if (pairs := rule.bars_pairs(month, block)) is not None:
        other = "pin_against" if rule.yields_to_pins else "pin_not_eligible"
        faults.append((_PIN_CODES.get(rule.name, other), pairs))
    if (elders := rule.bars_elders(month)) is not None:
        faults.append(("pin_not_eligible", elders[block.elder]))
    if rule.name != "capacity" and (volunteers := rule.bars_volunteers(month)) is not None:
        faults.append(("pin_not_eligible", volunteers[block.volunteer]))
    return faults


def _pin_issue(code: str, rule: Rule, month: MonthData, row: int, block: Block) -> Issue:
    pins = month.pins
    params: Mapping[str, object] = {
        "rule": rule.sentence,
        "walk_m": round(np.nan_to_num(block.straight_m[row]) * month.settings.distance.detour_factor),
        "limit_m": round(month.walk_limit_m[block.elder[row]]),
    }
    return Issue(code, pins.file, int(pins.row[row]), "elder_id", pins.elder_id[row], params)
