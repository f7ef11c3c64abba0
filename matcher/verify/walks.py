"""Whether a volunteer can walk to the visits of a day in time, and how long the day is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.settings import Settings
from matcher.verify.people import People, Side
from matcher.verify.tables import CALL, VISIT
from matcher.verify.violations import Findings

_TOLERANCE_MIN = 0.05
_A_M, _E2 = 6_378_137.0, 0.006_694_379_990_14
"""WGS-84."""


def check_walks(contacts: pd.DataFrame, people: People, settings: Settings, found: Findings) -> None:
    """Time to walk from visit to visit, calls between them aside; minutes of the day, walks from and to home included.

    ``contacts`` are of known people and dated. Visits of one half-day are one outing: the afternoon's window, where
    it holds a visit that the morning's does not, is another.
    """
    schedule = settings.schedule
    timed = contacts[np.isfinite(contacts["start"]) & np.isfinite(contacts["end"])]
    timed = timed.sort_values(["volunteer", "day", "start", "end", "elder"], ignore_index=True)
    lasts = (timed["end"] - timed["start"]).clip(lower=0.0)
    calls_so_far = lasts.where(timed["kind"] == CALL, 0.0).cumsum()
    visits = timed.assign(calls=calls_so_far)[timed["kind"] == VISIT]
    now, before = visits.iloc[1:], visits.iloc[:-1]
    together = (now["volunteer"].to_numpy() == before["volunteer"].to_numpy()) & (
        now["day"].to_numpy() == before["day"].to_numpy()
    )
    elders = people.elders
    leg = np.zeros(len(visits))
    a, b = before["elder"].to_numpy()[together], now["elder"].to_numpy()[together]
    leg[1:][together] = _minutes(elders, a, elders, b, people, settings)
    free = now["start"].to_numpy() - before["end"].to_numpy() - (now["calls"].to_numpy() - before["calls"].to_numpy())
    # where the walk is no longer than the pause, the pause says it all
    short = np.where(together & (leg[1:] > schedule.between_min), leg[1:] - free, 0.0)
    found.add("walk_time", now[["elder", "volunteer", "day", "row"]].assign(amount=short)[short > _TOLERANCE_MIN])

    home = _minutes(
        people.volunteers, visits["volunteer"].to_numpy(), elders, visits["elder"].to_numpy(), people, settings
    )
    clock = [
        [int(part[:2]) * 60 + int(part[3:]) for part in window.split("-")]
        for window in (schedule.morning, schedule.afternoon)
    ]
    start, end = visits["start"].to_numpy(), visits["end"].to_numpy()
    later = ~((clock[0][0] <= start) & (end <= clock[0][1])) & (clock[1][0] <= start) & (end <= clock[1][1])
    same_outing = np.zeros(len(visits), dtype=bool)
    same_outing[1:] = together & (later[1:] == later[:-1])
    walked = np.where(same_outing, leg, home)
    walked[:-1] += np.where(same_outing[1:], 0.0, home[:-1])
    walked[-1:] += home[-1:]
    minutes = lasts.add(pd.Series(walked, index=visits.index), fill_value=0.0)
    days = (
        timed.assign(amount=minutes)
        .groupby(["volunteer", "day"], as_index=False)
        .agg(amount=("amount", "sum"), row=("row", "min"))
    )
    found.add("day_full", days[days["amount"] > schedule.max_minutes_per_day + _TOLERANCE_MIN], "minutes")


def _minutes(
    side: Side, a: NDArray[np.int64], other: Side, b: NDArray[np.int64], people: People, settings: Settings
) -> NDArray[np.float64]:
    """Minutes on foot between homes; 0 where it is not known how far they are apart."""
    lat1, lng1 = np.radians(side.place_deg[a]).T
    lat2, lng2 = np.radians(other.place_deg[b]).T
    middle = (lat1 + lat2) / 2
    bend = 1 - _E2 * np.sin(middle) ** 2
    north = (lat2 - lat1) * _A_M * (1 - _E2) / bend**1.5
    east = (lng2 - lng1) * _A_M * np.cos(middle) / np.sqrt(bend)
    metres = np.hypot(north, east)
    neither = np.isnan(lat1) & np.isnan(lat2)
    for i in (2, 1, 0):
        share = (side.names[a, i] == other.names[b, i]) & (side.names[a, i] != "")
        metres[share & (neither if i else True)] = list(people.named_m.values())[i]
    if side is other:
        metres[a == b] = 0.0
    walked = np.nan_to_num(metres) * settings.distance.detour_factor / settings.schedule.walking_m_per_s / 60
    return np.asarray(walked, dtype=np.float64)
