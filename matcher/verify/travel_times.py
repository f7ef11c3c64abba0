"""Travel times: whether a volunteer can walk to the visits of a day in time, and how long the day is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.half_days import HalfDays
from matcher.verify.people import Side
from matcher.verify.reference import Reference
from matcher.verify.tables import CALL, VISIT
from matcher.verify.violations import Findings

_TOLERANCE_MIN = 0.05
_WGS84_A_M, _WGS84_E2 = 6_378_137.0, 0.006_694_379_990_14


def check_travel_times(timed: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check the time to walk from visit to visit, calls between them aside, and the minutes of each day.

    Walks from home and back belong to the day. Visits of one half-day are one outing. Where the windows overlap, a
    visit belongs to the afternoon only if the morning does not hold it.

    Args:
        timed: Dated contacts of known people, as ``sort_timed`` returns them.
        reference: Homes and limits.
        findings: Takes what is broken.
    """
    schedule = reference.settings.schedule
    elders, volunteers = reference.people.elders, reference.people.volunteers
    length = (timed["end"] - timed["start"]).clip(lower=0.0)
    calls_so_far = length.where(timed["kind"] == CALL, 0.0).cumsum()
    visits = timed.assign(calls=calls_so_far)[timed["kind"] == VISIT]
    now, before = visits.iloc[1:], visits.iloc[:-1]
    same_day = (now["volunteer"].to_numpy() == before["volunteer"].to_numpy()) & (
        now["day"].to_numpy() == before["day"].to_numpy()
    )
    leg = np.zeros(len(visits))
    a, b = before["elder"].to_numpy()[same_day], now["elder"].to_numpy()[same_day]
    leg[1:][same_day] = _measure_walk_min((elders, a), (elders, b), reference)
    free = now["start"].to_numpy() - before["end"].to_numpy() - (now["calls"].to_numpy() - before["calls"].to_numpy())
    # a walk no longer than the pause is covered by the check of the pause
    short = np.where(same_day & (leg[1:] > schedule.between_min), leg[1:] - free, 0.0)
    findings.add("walk_time", now.assign(amount=short)[short > _TOLERANCE_MIN])

    home = _measure_walk_min(
        (volunteers, visits["volunteer"].to_numpy()), (elders, visits["elder"].to_numpy()), reference
    )
    in_morning, in_afternoon = HalfDays.of(schedule).contain(visits)
    later = ~in_morning & in_afternoon
    same_outing = np.zeros(len(visits), dtype=bool)
    same_outing[1:] = same_day & (later[1:] == later[:-1])
    # to each visit: from the one before, or from home; after the last of an outing: back home
    walked = np.where(same_outing, leg, home)
    walked[:-1] += np.where(same_outing[1:], 0.0, home[:-1])
    walked[-1:] += home[-1:]
    minutes = length.add(pd.Series(walked, index=visits.index), fill_value=0.0)
    days = (
        timed.assign(amount=minutes)
        .groupby(["volunteer", "day"], as_index=False)
        .agg(amount=("amount", "sum"), row=("row", "min"))
    )
    findings.add("day_full", days[days["amount"] > schedule.max_minutes_per_day + _TOLERANCE_MIN], "minutes")


def sort_timed(contacts: pd.DataFrame) -> pd.DataFrame:
    """Return the contacts that have both times, in the order of each volunteer's days; who, when and of what kind."""
    keys, both = ["volunteer", "day", "start", "end", "elder"], np.isfinite(contacts["start"])
    both &= np.isfinite(contacts["end"])
    timed: pd.DataFrame = contacts.loc[both, [*keys, "kind", "row"]].sort_values(keys, ignore_index=True)
    return timed


def _measure_walk_min(
    origin: tuple[Side, NDArray[np.int64]], target: tuple[Side, NDArray[np.int64]], reference: Reference
) -> NDArray[np.float64]:
    """Return the minutes on foot between homes, by the ellipsoid's radii of curvature at the middle latitude.

    Where the distance is not known, it is 0.
    """
    (side, a), (other, b) = origin, target
    lat1, lng1 = np.radians(side.place_deg[a]).T
    lat2, lng2 = np.radians(other.place_deg[b]).T
    middle = (lat1 + lat2) / 2
    bend = 1 - _WGS84_E2 * np.sin(middle) ** 2
    north = (lat2 - lat1) * _WGS84_A_M * (1 - _WGS84_E2) / bend**1.5
    east = (lng2 - lng1) * _WGS84_A_M * np.cos(middle) / np.sqrt(bend)
    metres = np.hypot(north, east)
    neither = np.isnan(lat1) & np.isnan(lat2)
    for level in (2, 1, 0):
        same = (side.names[a, level] == other.names[b, level]) & (side.names[a, level] != "")
        metres[same & (neither if level else True)] = list(reference.people.named_m.values())[level]
    if side is other:
        metres[a == b] = 0.0
    settings = reference.settings
    walked = np.nan_to_num(metres) * settings.distance.detour_factor / settings.schedule.walking_m_per_s / 60
    return np.asarray(walked, dtype=np.float64)
