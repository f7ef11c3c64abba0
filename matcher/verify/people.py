"""The people of both rosters, as arrays over people and dates, read anew for the checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import TOLD_DAYS_OFF, PairList, Roster
from matcher.settings import Settings
from matcher.verify.fit import Fit, is_high_risk


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Side of the rosters: the elders or the volunteers, ``n`` people over ``D`` dates of the horizon."""

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
    told_off: NDArray[np.bool_]
    """Those of them that were told in the course of the month, after the pairs were made, (n, D)."""

    def find(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Return the roster indices of ids; -1 where the roster has no such id."""
        return self.ids.get_indexer(pd.Index(list(ids), dtype="str")).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """People of both rosters, with what only one of them has."""

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
        """Read the people of a roster; empty cells are filled from the settings."""
        elders, volunteers, limit = roster.elders, roster.volunteers, settings.distance
        rural = elders["area"].to_numpy() == "rural"
        minutes = settings.capacity.unit == "minutes"
        room_column = "minutes_per_month" if minutes else "capacity"
        least = settings.capacity.default_minutes if minutes else settings.capacity.default
        return cls(
            _read_side(elders, horizon),
            _read_side(volunteers, horizon),
            consenting=elders["consent"].to_numpy() == "yes",
            walk_limit_m=np.where(rural, float(limit.rural_limit_m), float(limit.urban_limit_m)),
            named_m={
                "building": 0.0,
                "lane": float(settings.place.same_lane_m),
                "neighbourhood": float(settings.place.same_committee_m),
            },
            capacity=_fill_empty(volunteers["capacity"], settings.capacity.default),
            room=_fill_empty(volunteers[room_column], least),
            high_risk=np.array(
                [is_high_risk(*cells) for cells in zip(elders["risk"], elders["self_care"], strict=True)], dtype=bool
            ),
            backup_capacity=_fill_empty(volunteers["backup_capacity"], settings.backup.capacity),
            fit=Fit(roster, settings),
        )

    @property
    def n_volunteers(self) -> int:
        """Return the number of volunteers; 1 where there are none, so that it can divide keys."""
        return max(len(self.volunteers.ids), 1)

    @property
    def elder_present(self) -> NDArray[np.bool_]:
        """Return which elders are active and on the programme on some date: they may come or go within the month."""
        return np.asarray(self.elders.active & self.elders.on_programme.any(axis=1), dtype=bool)

    @property
    def volunteer_present(self) -> NDArray[np.bool_]:
        """Return which volunteers are active and on the programme on the last date: they have to stay to the end."""
        return np.asarray(self.volunteers.active & self.volunteers.on_programme[:, -1], dtype=bool)

    def find_serving(self, pinned: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which volunteers take part; those who are ``pinned`` need no known home."""
        known = self.volunteers.place_quality != "none"
        known[pinned] = True
        return np.asarray(self.volunteer_present & known & (self.capacity > 0) & (self.room > 0), dtype=bool)

    def find_pairs(self, pairs: PairList) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the roster indices of a list's elders and volunteers; -1 where the roster has no such id."""
        return self.elders.find(pairs.elder_id), self.volunteers.find(pairs.volunteer_id)

    def pair_keys(
        self, elder: NDArray[np.int64] | pd.Series, volunteer: NDArray[np.int64] | pd.Series
    ) -> NDArray[np.int64]:
        """Return one number for each pair of roster indices."""
        keys = np.asarray(elder, np.int64) * len(self.volunteers.ids) + np.asarray(volunteer, np.int64)
        return keys.astype(np.int64)


def _fill_empty(column: pd.Series, default: int) -> NDArray[np.int64]:
    """Return a column of whole numbers, empty cells filled with the default."""
    return column.astype(float).fillna(default).to_numpy().astype(np.int64)


def _read_side(frame: pd.DataFrame, horizon: Horizon) -> Side:
    """Read one roster."""
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
        off=_mark_days_off(frame["days_off"], horizon),
        told_off=_mark_days_off(frame.get(TOLD_DAYS_OFF, [()] * len(frame)), horizon),
    )


def _mark_days_off(cells: Iterable[Sequence[date]], horizon: Horizon) -> NDArray[np.bool_]:
    """Return which dates of the horizon each person has off, (n, D)."""
    place = {day: i for i, day in enumerate(horizon.dates())}
    lists = list(cells)
    off = np.zeros((len(lists), len(place)), dtype=bool)
    for person, days in enumerate(lists):
        for day in days:
            if day in place:
                off[person, place[day]] = True
    return off
