"""Checks of second volunteers: every rule on pairs holds for them too, and they differ from the first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from matcher.verify.amounts import DISTANCE_TOLERANCE_M
from matcher.verify.homes import have_one_door
from matcher.verify.pairs import check_each_pair
from matcher.verify.reference import Reference
from matcher.verify.tables import count_elders
from matcher.verify.violations import Findings


def check_backups(backups: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check elders' second volunteers against the ``first``; a pin excuses no second volunteer."""
    if not len(backups):
        return
    people = reference.people
    without_pins = replace(reference, pairs=replace(reference.pairs, pins=np.empty(0, dtype=np.int64)))
    checked = check_each_pair(backups, without_pins, findings, first=False)
    homes = people.fit.homes.volunteers
    same = [
        first == second or (first >= 0 and have_one_door(homes[first], homes[second]))
        for first, second in zip(checked["first"].tolist(), checked["volunteer"].tolist(), strict=True)
    ]
    findings.add("backup_same", checked[same])
    findings.add_excess(
        "backup_capacity", count_elders(checked.drop_duplicates("key"), people) - people.backup_capacity
    )
    if "backup_distance_m" in checked:
        off = (checked["backup_distance_m"] - checked["straight_m"]).abs()
        findings.add("wrong_amount", checked.assign(amount=off)[off > DISTANCE_TOLERANCE_M], "backup_distance_m")
