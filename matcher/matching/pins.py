"""Whether pinned pairs can stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.demand.pair_use import sum_pair_use
from matcher.features import Features
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.rules import RULES, Block, Rule, measure_pairs

Mask = NDArray[np.bool_]


def check_pins(month: MonthData, rules: Sequence[Rule] = RULES) -> list[Issue]:
    """Return why pins can't stand, an issue each; a pin against a rule that yields to pins is only a warning.

    Distance yields, and all that a coordinator may know better. Consent, dates, never-pairs and capacity do not. A pin
    that can't stand needs no warnings beside.
    """
    pins = month.pins
    if not len(pins):
        return []
    features = Features(month)
    block = measure_pairs(features, pins.elder, pins.volunteer)
    issues: list[Issue] = []
    for rule in rules:
        for code, barred in _find_faults(rule, features, block):
            issues += [_make_issue(code, rule, features, int(row), block) for row in np.flatnonzero(barred)]
    issues += _check_capacity(features)
    issues += _check_high_risk(features)
    refused = {issue.row for issue in issues if issue.severity == "error"}
    kept = [issue for issue in issues if issue.severity == "error" or issue.row not in refused]
    return sorted(kept, key=lambda issue: (issue.row or 0, issue.code))


def _check_capacity(features: Features) -> list[Issue]:
    """Return an issue for each pin of volunteers whose pins take more than their capacity."""
    pins, unit = features.month.pins, features.settings.capacity.unit
    code = "pin_over_capacity" if unit == "elders" else f"pin_over_{unit}"
    taken = sum_pair_use(features, pins.elder, pins.volunteer)
    issues = []
    for row in np.flatnonzero((taken > features.capacity)[pins.volunteer]):
        volunteer = pins.volunteer[row]
        params = {"pins": int(taken[volunteer]), "capacity": int(features.capacity[volunteer])}
        issues.append(Issue(code, pins.file, int(pins.row[row]), "volunteer_id", pins.volunteer_id[row], params))
    return issues


def _check_high_risk(features: Features) -> list[Issue]:
    """Return an issue for each pin of high risk of volunteers who have more of them than they may."""
    pins, most = features.month.pins, features.settings.capacity.most_high_risk
    is_counted = features.high_risk[pins.elder]
    count = np.bincount(pins.volunteer[is_counted], minlength=features.n_volunteers)
    issues = []
    for row in np.flatnonzero(is_counted & (count > most)[pins.volunteer]):
        params = {"pins": int(count[pins.volunteer[row]]), "most": most}
        id_ = pins.volunteer_id[row]
        issues.append(Issue("pin_over_high_risk", pins.file, int(pins.row[row]), "volunteer_id", id_, params))
    return issues


def _find_faults(rule: Rule, features: Features, block: Block) -> list[tuple[str, Mask]]:
    """Return the codes of issues that a rule raises about pins, each with the pins at fault."""
    faults: list[tuple[str, Mask]] = []
    if (pairs := rule.bar_pairs(features, block)) is not None:
        general = "pin_against" if rule.yields_to_pins else "pin_not_eligible"
        faults.append((rule.pin_issue or general, pairs))
    if (elders := rule.bar_elders(features)) is not None:
        faults.append(("pin_not_eligible", elders[block.elder]))
    # how many pins a volunteer can take is counted by itself
    if rule.concerns != "capacity" and (volunteers := rule.bar_volunteers(features)) is not None:
        faults.append(("pin_not_eligible", volunteers[block.volunteer]))
    return faults


def _make_issue(code: str, rule: Rule, features: Features, row: int, block: Block) -> Issue:
    """Return the issue about one pin."""
    pins = features.month.pins
    params: Mapping[str, object] = {
        "rule": rule.sentence,
        "walk_m": round(np.nan_to_num(block.straight_m[row]) * features.settings.distance.detour_factor),
        "limit_m": round(features.walk_limit_m[block.elder[row]]),
    }
    return Issue(code, pins.file, int(pins.row[row]), "elder_id", pins.elder_id[row], params)
