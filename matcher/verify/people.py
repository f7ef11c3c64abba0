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
    last_day: NDArray[np.float64]
    """The day of leaving, in days since 1970; infinite where none is known."""
    last_of_month: float
    """The last date of the horizon, likewise."""
    paused: NDArray[np.bool_]
    """Those whose status says that they are away."""
    off: NDArray[np.bool_]
    """Days without contacts, (n, D)."""
    told_off: NDArray[np.bool_]
    """Those of them that were told in the course of the month, after the pairs were made, (n, D)."""

    def find(self, ids: Sequence[str] | pd.Series) -> NDArray[np.int64]:
        """Return the roster indices of ids; -1 where the roster has no such id. Each id is looked up once."""
        codes, distinct = pd.factorize(pd.Series(ids, dtype="str"), use_na_sentinel=False)
        return np.asarray(self.ids.get_indexer(pd.Index(distinct, dtype="str"))[codes], dtype=np.int64)


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
    def of(cls, roster: Roster, horizon: Horizon, settings: Settings, absences: pd.DataFrame | None = None) -> People:
        """Read the people of a roster, with absences told beside it; empty cells are filled from the settings."""
        elders, volunteers, limit = roster.elders, roster.volunteers, settings.distance
        rural = elders["area"].to_numpy() == "rural"
        minutes = settings.capacity.unit == "minutes"
        room_column = "minutes_per_month" if minutes else "capacity"
        least = settings.capacity.default_minutes if minutes else settings.capacity.default
        return cls(
            _read_side(elders, horizon, _list_absences(absences, "elder")),
            _read_side(volunteers, horizon, _list_absences(absences, "volunteer")),
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


Span = tuple[str, str, date, date]
"""An absence: whose id, of what kind, from when to when; ``date.max``: no end is told."""


def _list_absences(table: pd.DataFrame | None, part: str) -> list[Span]:
    """Return the absences of one side."""
    if table is None or not {"part", "person_id", "kind", "from"} <= set(table.columns):
        return []
    ends = table["to"] if "to" in table else pd.Series(pd.NaT, index=table.index)
    columns = [table[name].tolist() for name in ("part", "person_id", "kind", "from")]
    return [
        (str(who), str(kind), begin.date(), date.max if pd.isna(end) else end.date())
        for side, who, kind, begin, end in zip(*columns, ends.tolist(), strict=True)
        if side == part and not pd.isna(begin)
    ]


def _read_side(frame: pd.DataFrame, horizon: Horizon, absences: Sequence[Span]) -> Side:
    """Read one roster; who has left by an absence was there to the day before, unless they joined since."""
    dates = np.array(horizon.dates(), dtype="datetime64[D]")
    joined = frame["joined"].to_numpy("datetime64[D]")[:, None]
    left = frame["left"].to_numpy("datetime64[D]")[:, None].copy()
    ids = pd.Index(frame["id"], dtype="str")
    away = np.zeros((len(frame), len(dates)), dtype=bool)
    for who, kind, begin, end in absences:
        for person in np.flatnonzero(ids == who).tolist():
            if kind == "away":
                away[person] |= (dates >= np.datetime64(begin)) & (dates <= np.datetime64(end))
            elif not joined[person, 0] >= np.datetime64(begin):
                left[person] = np.fmin(left[person], np.datetime64(begin) - np.timedelta64(1, "D"))
    told = _mark_days_off(frame.get(TOLD_DAYS_OFF, [()] * len(frame)), horizon)
    listed = _mark_days_off(frame["days_off"], horizon)  # with those told, where they were added to the roster
    return Side(
        ids=ids,
        place_deg=frame[["lat", "lng"]].to_numpy(float),
        building=frame["building"].to_numpy(object),
        names=frame[["building", "lane", "neighbourhood"]].to_numpy(object),
        place_quality=frame["place_quality"].to_numpy(object),
        free=frame["availability"].to_numpy(np.int64),
        clock=frame["clock"].to_numpy(object),
        active=(
            frame["status"].isin(["", "active"]) | ((frame["status"] == "left") & frame["left"].notna())
        ).to_numpy(),
        on_programme=(np.isnat(joined) | (joined <= dates)) & (np.isnat(left) | (left >= dates)),
        last_day=np.where(np.isnat(left[:, 0]), np.inf, left[:, 0].astype(np.int64)),
        last_of_month=float(dates[-1].astype(np.int64)),
        paused=(frame["status"] == "paused").to_numpy(),
        off=listed | away,
        told_off=told | (away & ~listed),
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
