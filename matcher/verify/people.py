"""What the rules need to know of the people, read from the roster anew: arrays over people and dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.settings import Settings
from matcher.verify.fit import Fit


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Elders, or volunteers: ``n`` people over ``D`` dates of the horizon."""

    ids: pd.Index
    place_deg: NDArray[np.float64]
    """Latitude and longitude, (n, 2); NaN where unknown."""
    building: NDArray[np.object_]
    names: NDArray[np.object_]
    """Building, lane and neighbourhood, (n, 3); empty where unknown."""
    place_quality: NDArray[np.object_]
    free: NDArray[np.int64]
    """Availability masks, bit ``2 * weekday + half``."""
    clock: NDArray[np.object_]
    """Clock times, where given: ``weekday:from-to,…``, minutes after midnight; their half-days have a bit too."""
    active: NDArray[np.bool_]
    on_programme: NDArray[np.bool_]
    """Between joining and leaving, both included, (n, D)."""
    off: NDArray[np.bool_]
    """Days without contacts, (n, D)."""

    def find(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Roster indices of ``ids``; -1 where the roster has no such id."""
        return self.ids.get_indexer(pd.Index(list(ids), dtype="str")).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Both rosters, and what only one of them has."""

    elders: Side
    volunteers: Side
    consenting: NDArray[np.bool_]
    walk_limit_m: NDArray[np.float64]
    named_m: dict[str, float]
    """Straight lines that count for two without coordinates who share a building, a lane, a neighbourhood."""
    capacity: NDArray[np.int64]
    room: NDArray[np.int64]
    """Elders, units or minutes a month that each volunteer has room for."""
    high_risk: NDArray[np.bool_]
    """Elders of high risk, or who cannot look after themselves."""
    backup_capacity: NDArray[np.int64]
    fit: Fit

    @classmethod
    def of(cls, roster: Roster, horizon: Horizon, settings: Settings) -> People:
        """The people of a roster, empty cells filled from the settings."""
        elders, volunteers, limit = roster.elders, roster.volunteers, settings.distance
        rural = elders["area"].to_numpy() == "rural"
        minutes = settings.capacity.unit == "minutes"
        room_column = "minutes_per_month" if minutes else "capacity"
        least = settings.capacity.default_minutes if minutes else settings.capacity.default
        return cls(
            _side(elders, horizon),
            _side(volunteers, horizon),
            consenting=elders["consent"].to_numpy() == "yes",
            walk_limit_m=np.where(rural, float(limit.rural_limit_m), float(limit.urban_limit_m)),
            named_m={
                "building": 0.0,
                "lane": float(settings.place.same_lane_m),
                "neighbourhood": float(settings.place.same_committee_m),
            },
            capacity=_filled(volunteers["capacity"], settings.capacity.default),
            room=_filled(volunteers[room_column], least),
            high_risk=(elders["risk"].isin(["high"]) | elders["self_care"].isin(["unable"])).to_numpy(bool),
            backup_capacity=_filled(volunteers["backup_capacity"], settings.backup.capacity),
            fit=Fit(roster, settings),
        )

    def serving(self, pinned: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Volunteers who take part, where some are pinned though nobody knows where they live."""
        known = self.volunteers.place_quality != "none"
        known[pinned] = True
        stays = self.volunteers.active & self.volunteers.on_programme[:, -1]
        return np.asarray(stays & known & (self.capacity > 0) & (self.room > 0), dtype=bool)


def _filled(column: pd.Series, default: int) -> NDArray[np.int64]:
    return column.astype(float).fillna(default).to_numpy().astype(np.int64)


def _side(frame: pd.DataFrame, horizon: Horizon) -> Side:
    dates = np.array(horizon.dates(), dtype="datetime64[D]")
    joined = frame["joined"].to_numpy("datetime64[D]")[:, None]
    left = frame["left"].to_numpy("datetime64[D]")[:, None]
    return Side(
        ids=pd.Index(frame["id"], dtype="str"),
        place_deg=frame[["lat", "lng"]].to_numpy(float),
        building=frame["building"].to_numpy(object),
        names=frame[["building", "lane", "neighbourhood"]].to_numpy(object),
        place_quality=frame["place_quality"].to_numpy(object),
        free=frame["availability"].to_numpy(np.int64),
        clock=frame["clock"].to_numpy(object),
        active=frame["status"].isin(["", "active"]).to_numpy(),
        on_programme=(np.isnat(joined) | (joined <= dates)) & (np.isnat(left) | (left >= dates)),
        off=_days_off(frame["days_off"], horizon),
    )


def _days_off(cells: Iterable[Sequence[date]], horizon: Horizon) -> NDArray[np.bool_]:
    place = {day: i for i, day in enumerate(horizon.dates())}
    lists = list(cells)
    off = np.zeros((len(lists), len(place)), dtype=bool)
    for person, days in enumerate(lists):
        for day in days:
            if day in place:
                off[person, place[day]] = True
    return off
