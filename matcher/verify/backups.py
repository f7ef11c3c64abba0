"""Checks of second volunteers: every rule on pairs holds for them too, and they are others than the first."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd

from matcher.settings import Settings
from matcher.verify.amounts import DISTANCE_TOLERANCE_M
from matcher.verify.homes import have_one_door
from matcher.verify.people import People
from matcher.verify.plan import Fixed, judge_pairs
from matcher.verify.violations import Findings


def check_backups(backups: pd.DataFrame, people: People, settings: Settings, fixed: Fixed, found: Findings) -> None:
    """``backups`` are elders and second volunteers, with the ``first``; a pin excuses no second volunteer."""
    if not len(backups):
        return
    no_pins = replace(fixed, pins=np.empty(0, dtype=np.int64))
    judged = judge_pairs(backups, people, settings, no_pins, found)
    who = judged[["elder", "volunteer", "row"]]
    homes = people.fit.homes.volunteers
    same = [
        first == second or (first >= 0 and have_one_door(homes[first], homes[second]))
        for first, second in zip(judged["first"].tolist(), judged["volunteer"].tolist(), strict=True)
    ]
    found.add("backup_same", who[same])
    distinct = judged.drop_duplicates(["elder", "volunteer"])
    for volunteer, elders in sorted(Counter(distinct["volunteer"].tolist()).items()):
        if (over := elders - int(people.backup_capacity[volunteer])) > 0:
            found.add("backup_capacity", pd.DataFrame({"volunteer": [volunteer], "amount": [over]}))
    if "backup_distance_m" in judged:
        off = (judged["backup_distance_m"] - judged["straight_m"]).abs()
        found.add("wrong_amount", who.assign(amount=off)[off > DISTANCE_TOLERANCE_M], "backup_distance_m")
