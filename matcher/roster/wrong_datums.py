"""Whole files, and whole committees in a file, whose coordinates are not in the datum that they declare.

Within themselves they agree. But other files, of the same roster or of the other, have people of the same buildings or
committees, and all of these lie off by the one distance and direction that the declared datum has from another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from matcher.datum import DATUMS, Datum, convert
from matcher.messages import Issue
from matcher.roster.cells import arrow
from matcher.roster.coordinate_checks import LABELS, drop_committees, metres
from matcher.roster.cross_checks import RosterSide
from matcher.roster.keys import make_keys

_FEWEST_BUILDINGS = 3
"""Fewer homes of the same building may be a matter of chance, or of an address with a slip."""
_FEWEST_IN_COMMITTEE = 5
_MOST = 0.8
"""So many of the homes that can be compared must be off in the same way."""
_NEAR, _FAR = 0.3, 0.7
"""Once corrected within so much of the datums' distance of where the others are; before, at least so far."""
_NOISE_M = 50.0
"""Two files may have the same home so far apart; no two datums are so near each other."""
_SHARP = 4
"""So many times the uncertainty of two committees' middles must the datums' distance be to be seen in them."""


def find_wrong_datums(rosters: Sequence[RosterSide]) -> list[Issue]:
    """Warn of each file, else of each committee in a file, that seems to be in another datum than declared.

    Args:
        rosters: Both rosters, with coordinates in WGS-84 as their files declare them.
    """
    points = _gather_points(rosters)
    if points["source"].nunique() < 2 or points["unit"].value_counts().iloc[0] < _FEWEST_BUILDINGS:
        return []
    datums = [datum for people in rosters for datum in people.datums]
    units = _classify_committees(points, datums)
    if units.empty or not units["right"].ne("").any():
        return []
    firsts = np.cumsum([0, *(len(people.datums) for people in rosters)])
    issues: list[Issue] = []
    for source in sorted(set(units["source"].tolist())):
        roster = int(np.searchsorted(firsts, source, side="right")) - 1
        rows, found = points[points["source"] == source], units[units["source"] == source]
        issues += _tell_units(rosters[roster], rows, found, _name_datum(datums[source]))
    return issues


def _gather_points(rosters: Sequence[RosterSide]) -> pd.DataFrame:
    """Return everyone who has coordinates: source, row, keys of building, committee, committee within the source."""
    frames = [people.frame for people in rosters]
    first, parts = 0, []
    for people in rosters:
        parts.append(people.table.part + first)
        first += len(people.datums)
    points = pd.DataFrame(
        {
            "source": np.concatenate(parts),
            "i": np.concatenate([np.arange(len(frame)) for frame in frames]),
            "building": make_keys(pa.concat_arrays([drop_committees(frame) for frame in frames])),
            "committee": make_keys(pa.concat_arrays([arrow(frame["neighbourhood"]) for frame in frames])),
            "lng": np.concatenate([frame["lng"].to_numpy() for frame in frames]),
            "lat": np.concatenate([frame["lat"].to_numpy() for frame in frames]),
        }
    )
    points["unit"] = points["source"] * (points["committee"].max() + 2) + points["committee"] + 1
    return points[points["lng"].notna()]


def _classify_committees(points: pd.DataFrame, datums: Sequence[Datum | None]) -> pd.DataFrame:
    """Return for each committee of each source the datum that it is rather in, else empty, and how far off it is."""
    by_building = _classify_units(_compare_middles(points, "building"), datums, _FEWEST_BUILDINGS)
    silent = points.loc[~points["unit"].isin(by_building.index), "committee"].unique()
    committees = _compare_middles(points[points["committee"].isin(silent)], "committee")
    by_committee = _classify_units(committees[_are_sharp(committees)], datums, 1)
    by_committee = by_committee[~by_committee.index.isin(by_building.index)]
    return pd.concat([by_building.assign(by="building"), by_committee.assign(by="committee")])


def _compare_middles(points: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return the middles of each source's homes in a building or committee that others have too, and of theirs."""
    known = points[points[group] >= 0]
    sources = known[["source", group]].drop_duplicates()[group].value_counts()
    known = known[known[group].isin(sources.index[sources > 1])]
    keys = ["source", group]
    middle = known.groupby(keys)[["lng", "lat"]].transform("median")
    known = known.assign(
        mid_lng=middle["lng"],
        mid_lat=middle["lat"],
        spread_m=metres(known["lng"] - middle["lng"], known["lat"] - middle["lat"], known["lat"]),
        people=1,
    )
    how = {"unit": "min", "mid_lng": "first", "mid_lat": "first", "spread_m": "median", "people": "sum"}
    found = known.groupby(keys, as_index=False).agg(how)
    found["blur_m"] = found["spread_m"] / np.sqrt(found["people"])
    same = found.groupby(group)
    others = same["source"].transform("size") - 1
    for name in ("mid_lng", "mid_lat", "blur_m"):
        found[f"other_{name}"] = (same[name].transform("sum") - found[name]) / others
    found["fewest"] = same["people"].transform("min")
    return found


def _are_sharp(committees: pd.DataFrame) -> pd.Series:
    """Tell which committees are so compact, or so many, that their middles are known well enough."""
    moved = convert(committees["mid_lng"], committees["mid_lat"], "wgs84", "gcj02")
    shift_m = metres(moved[0] - committees["mid_lng"], moved[1] - committees["mid_lat"], moved[1])
    blur_m = committees["blur_m"] + committees["other_blur_m"]
    return (committees["fewest"] >= _FEWEST_IN_COMMITTEE) & (shift_m > _SHARP * blur_m)


def _classify_units(homes: pd.DataFrame, datums: Sequence[Datum | None], fewest: int) -> pd.DataFrame:
    """Return by unit with enough homes its source, the datum that most of them are rather in, and how far off."""
    lng, lat = homes["mid_lng"].to_numpy(), homes["mid_lat"].to_numpy()
    east, north = homes["other_mid_lng"].to_numpy(), homes["other_mid_lat"].to_numpy()
    declared = np.array([datum or "" for datum in datums], dtype=object)[homes["source"].to_numpy()]
    before_m = metres(lng - east, lat - north, lat)
    fits = {right: _find_fitting(lng, lat, east, north, declared, right) for right in DATUMS}
    homes = homes.assign(before_m=before_m, **fits)
    by_unit = homes.groupby("unit")
    found = by_unit.agg(source=("source", "first"), before_m=("before_m", "median"), homes=("source", "size"))
    share = by_unit[list(DATUMS)].mean()
    found["right"] = np.where(share.max(axis=1) >= _MOST, share.idxmax(axis=1), "") if len(share) else ""
    return found[found["homes"] >= fewest]


def _find_fitting(
    lng: NDArray[np.float64],
    lat: NDArray[np.float64],
    east: NDArray[np.float64],
    north: NDArray[np.float64],
    declared: NDArray[np.object_],
    right: Datum,
) -> NDArray[np.bool_]:
    """Tell which homes taken for ``declared`` would be where the others are, were they taken for ``right``."""
    fits = np.zeros(len(lng), dtype=bool)
    off_m = metres(lng - east, lat - north, lat)
    for told in DATUMS:
        at = np.flatnonzero((declared == told) & (off_m > _NOISE_M))
        if told == right or not len(at):
            continue
        there = convert(*convert(lng[at], lat[at], "wgs84", told), right, "wgs84")
        shift_m = metres(there[0] - lng[at], there[1] - lat[at], lat[at])
        after_m = metres(there[0] - east[at], there[1] - north[at], lat[at])
        fits[at] = (after_m <= _NEAR * shift_m) & (off_m[at] >= _FAR * shift_m)
    return fits


def _tell_units(people: RosterSide, points: pd.DataFrame, units: pd.DataFrame, told: str) -> Iterator[Issue]:
    """Yield one issue for a file of which most is off in one way, else one for each committee."""
    sizes = points.groupby("unit").size()
    wrong = units[units["right"] != ""]
    table = people.table
    if wrong.empty:
        return
    weight = sizes[wrong.index].groupby(wrong["right"]).sum()
    if weight.max() >= _MOST * sizes[units.index].sum():
        right = str(weight.idxmax())
        off_m = wrong.loc[wrong["right"] == right, "before_m"].median()
        reading = table.readings[table.part[points["i"].iloc[0]]]
        params = _make_params(len(points), off_m, right, told)
        yield Issue("place_datum_file", reading.file, column=reading.headers["lng"], params=params)
        return
    for unit, found in wrong[wrong["by"] == "building"].iterrows():  # middles alone do not speak against their own file
        rows = points.loc[points["unit"] == unit, "i"].to_numpy()
        last = int(table.row[rows[-1]])
        params = _make_params(len(rows), found["before_m"], found["right"], told)
        yield table.issue("place_datum_rows", "lng", int(rows[0]), "", last=last, **params)


def _make_params(people: int, off_m: float, right: str, told: str) -> dict[str, object]:
    return {"people": f"{people:,}", "distance_m": f"{off_m:.0f}", "right": _name_datum(right), "told": told}


def _name_datum(datum: str | None) -> str:
    return next((label for name, label in LABELS.items() if name == datum), "")
