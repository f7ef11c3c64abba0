"""Who comes along to a first visit: a leader of the volunteer's team or the elder's second volunteer, free to come."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from matcher.roster.model import Roster
from matcher.verify.violations import EPOCH_ORDINAL, Findings


def check_companions(
    contacts: pd.DataFrame,
    pairs: pd.DataFrame,
    roster: Roster,
    dates: list[date],
    found: Findings,
) -> None:
    """Whoever comes along may: by part in the team, by presence and by what else they do at that hour.

    ``contacts`` are those of known people; ``pairs`` are the pairs as given, which may name ``backup_volunteer_id``.
    """
    along = contacts[contacts["accompanied_by"] >= 0]
    if not len(along):
        return
    people = roster.volunteers
    leads = (people["role"] == "leader").to_numpy()
    team, area = (people[name].to_numpy(dtype=object) for name in ("team", "subdistrict"))
    second = _second(pairs, roster)
    bad = []
    for row in along.to_dict("records"):
        who, volunteer = int(row["accompanied_by"]), int(row["volunteer"])
        same_team = bool(team[who]) and team[who] == team[volunteer] and area[who] == area[volunteer]
        fit = who != volunteer and (
            (leads[who] and same_team) or second.get(int(row["elder"])) == people["id"].iloc[who]
        )
        bad.append(not (fit and _there(people.iloc[who], row, dates) and _at_leisure(contacts, who, row)))
    wrong = along[np.array(bad)]
    found.add("companion", wrong.assign(volunteer=wrong["accompanied_by"])[["elder", "volunteer", "day", "row"]])


def _second(pairs: pd.DataFrame, roster: Roster) -> dict[int, str]:
    if "backup_volunteer_id" not in pairs:
        return {}
    elder = pd.Index(roster.elders["id"]).get_indexer(pd.Index(pairs["elder_id"].astype(str)))
    return dict(zip(elder.tolist(), pairs["backup_volunteer_id"].astype(str).tolist(), strict=True))


def _there(person: pd.Series, row: dict[Hashable, Any], dates: list[date]) -> bool:
    """Whether somebody is on the programme and has no day off on the contact's date."""
    if np.isnan(row["day"]):
        return True
    day = date.fromordinal(int(row["day"]) + EPOCH_ORDINAL)
    stamp = pd.Timestamp(day)
    outside = person["joined"] > stamp or person["left"] < stamp
    return day in dates and not outside and day not in person["days_off"]


def _at_leisure(contacts: pd.DataFrame, who: int, row: dict[Hashable, Any]) -> bool:
    """Whether somebody has no contact of their own while another's lasts."""
    day, start, end = (row[name] for name in ("day", "start", "end"))
    own = contacts[(contacts["volunteer"] == who) & (contacts["day"] == day)]
    return not ((own["start"] < end) & (own["end"] > start)).any()
