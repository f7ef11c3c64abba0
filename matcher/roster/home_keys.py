"""Which homes lie in one building, lane, compound or committee, by what the rows of both rosters say of them.

Group, lane and compound names recur between towns and villages, road names between towns. So a key holds district,
town and committee before the name. What a row does not say of these is taken from the rows that do, where all of them
agree; where they differ, nobody knows which place is meant: the key stays empty, and an issue asks.

Keys are also held against coordinates: who lives further from the others than a building can reach is none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.roster.address import (
    HomeParts,
    is_country_town,
    is_group,
    name_city,
    read_homes,
    strip_committee,
    strip_district,
    strip_town,
)
from matcher.roster.cells import Mask, arrow, each, each_row, is_empty, series
from matcher.roster.coordinate_checks import measure_m
from matcher.roster.cross_checks import RosterSide
from matcher.roster.keys import Keys, make_keys

KEYS = ("building", "lane", "compound_key", "neighbourhood", "subdistrict_key")
"""Columns that are made here, the narrowest place first."""
REACH_M = {"building": 1_500.0, "lane": 2_000.0, "committee": 5_000.0}
"""A home further from the middle of the others is none of theirs. Two datums lie less far apart."""
_USED = ("district", "subdistrict", "committee", "compound", "address", "lng", "lat")
_COARSE = ("lane", "compound", "committee", "subdistrict")
_STEM = re.compile(r"^委(?:员?会)?")
_CITY, _DISTRICT, _TOWN, _COMMITTEE = range(4)

Areas = NDArray[np.int64]
"""Numbers of city, district, town and committee of each row, (n, 4) or some of its columns; -1 where not told."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class HomeKeys:
    """The keys of the rows, and which rows have none because of what they say.

    ``contradicted`` are rows whose address names another area than their columns. ``ambiguous`` are rows whose home
    has the name of several. ``off_m`` is how far a home lies from the others of its building or lane, where that is
    too far; infinite where they all lie apart.
    """

    texts: dict[str, pa.Array]
    homes: HomeParts
    contradicted: Mask
    ambiguous: Mask
    off_m: Floats


def add_keys(rosters: Sequence[RosterSide]) -> tuple[list[RosterSide], list[Issue]]:
    """Return the rosters with ``KEYS`` among their columns, and a warning for each row that contradicts them."""
    frames, keys = _find_together([people.frame for people in rosters])
    keyed: list[RosterSide] = []
    issues: list[Issue] = []
    first = 0
    for people, frame in zip(rosters, frames, strict=True):
        keyed.append(replace(people, frame=frame))
        issues += _tell_issues(people, keys, first)
        first += len(frame)
    return keyed, issues


def add_keys_beside(places: RosterSide, elders: pd.DataFrame) -> tuple[RosterSide, pd.DataFrame, list[Issue]]:
    """Return places and the elders of a roster read before, all with ``KEYS``, and a warning for each such place."""
    (known, frame), keys = _find_together([elders, places.frame])
    return replace(places, frame=frame), known, list(_tell_issues(places, keys, len(elders)))


def _find_together(frames: Sequence[pd.DataFrame]) -> tuple[list[pd.DataFrame], HomeKeys]:
    """Return frames with ``KEYS`` among their columns, and the keys of all rows."""
    keys = find_keys(pd.concat([_take_measured(frame) for frame in frames], ignore_index=True))
    keyed, first = [], 0
    for frame in frames:
        own = {name: series(cells.slice(first, len(frame))) for name, cells in keys.texts.items()}
        keyed.append(frame.assign(**own))
        first += len(frame)
    return keyed, keys


def _take_measured(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that keys are made of, without coordinates that are only those of a wider place."""
    coarse = frame["place_quality"].isin(_COARSE)
    return frame[list(_USED)].assign(lng=frame["lng"].mask(coarse), lat=frame["lat"].mask(coarse))


def find_keys(frame: pd.DataFrame) -> HomeKeys:
    """Find the keys of homes.

    Args:
        frame: Text ``address``, ``district``, ``subdistrict``, ``committee`` and ``compound``; ``lng`` and ``lat`` in
            WGS-84, NaN where a home was not measured.
    """
    homes = read_homes(frame)
    names, told, contradicted = _read_areas(frame, homes)
    country = _find_country_towns([arrow(frame["subdistrict"]), homes.town], names[_TOWN])
    told[:, :_DISTRICT], _unsure = complete(told[:, _DISTRICT], told[:, :_DISTRICT])
    told[:, :_TOWN], _unsure = complete(told[:, _TOWN], told[:, :_TOWN])
    told[:, :_COMMITTEE], unsure = complete(told[:, _COMMITTEE], told[:, :_COMMITTEE])
    points = frame[["lng", "lat"]].to_numpy(np.float64)
    areas, ambiguous = _complete_by_name(told, homes, country)
    ambiguous |= _lies_elsewhere(told[:, _COMMITTEE], areas[:, _COMMITTEE], points)
    ambiguous |= _are_groups(homes) & (areas[:, _COMMITTEE] < 0)
    cities, district, town, committee = (_spell(codes, words) for codes, words in zip(areas.T, names, strict=True))
    city = [cities] if names[_CITY] else []
    known = pa.array(~(ambiguous | contradicted))
    homes = _strip_villages(homes, committee)
    grouped = pa.array(_are_groups(homes))
    building = pc.if_else(grouped, pc.binary_join_element_wise(committee, homes.building, ""), homes.building)
    texts = {
        "building": _join_key([*city, district, town, committee], building, known),
        "lane": _join_key([*city, district, town, committee], homes.lane, known),
        "compound_key": _join_key([*city, district, town, committee], arrow(frame["compound"]), known),
        "neighbourhood": _join_key(
            [*city, district, town], _spell(told[:, _COMMITTEE], names[_COMMITTEE]), pa.array(~unsure)
        ),
        "subdistrict_key": _join_key(
            [*city, district], _spell(told[:, _TOWN], names[_TOWN]), pa.array(np.ones(len(frame), bool))
        ),
    }
    off_m = np.zeros(len(frame))
    for name in ("building", "lane"):
        own_m = _measure_off(make_keys(texts[name]), points, REACH_M[name])
        off_m = np.where(off_m > 0, off_m, own_m)
        texts[name] = pc.if_else(pa.array(off_m > 0), "", texts[name])
    return HomeKeys(texts, homes, contradicted, ambiguous & ~is_empty(homes.building), off_m)


def complete(name: Keys, told: Areas) -> tuple[Areas, Mask]:
    """Fill in what a row does not tell by what the rows of the same name tell, where these agree.

    Returns:
        The filled numbers; and the rows whose name stands for several areas, any of which may be meant.
    """
    filled, unsure = told.copy(), np.zeros(len(told), dtype=bool)
    lacking = (name >= 0) & (told < 0).any(axis=1)
    if not lacking.any():
        return filled, unsure
    columns = list(range(told.shape[1]))
    rows = pd.DataFrame(told, columns=columns).assign(name=name)
    distinct = rows[np.isin(name, np.unique(name[lacking]))].drop_duplicates()
    by_name = distinct.groupby("name")[columns]
    most = by_name.max()
    least = distinct[columns].where(distinct[columns] >= 0, np.iinfo(np.int64).max).groupby(distinct["name"]).min()
    agreed = ((most == least) | (most < 0)).all(axis=1)
    at = np.flatnonzero(lacking)
    filled[at] = np.maximum(told[at], most.loc[name[at]].to_numpy())
    differing = at[~agreed.reindex(name[at]).to_numpy(dtype=bool)]
    known: dict[tuple[int, ...], tuple[NDArray[np.int64], bool]] = {}
    disputed = distinct[~agreed.reindex(distinct["name"]).to_numpy(dtype=bool)].groupby("name")[columns]
    areas = {key: group.to_numpy() for key, group in disputed} if len(differing) else {}
    for i in differing.tolist():
        key = (int(name[i]), *told[i].tolist())
        if key not in known:
            known[key] = _choose(told[i], areas[key[0]])
        filled[i], unsure[i] = known[key]
    return filled, unsure


def _choose(mine: NDArray[np.int64], others: Areas) -> tuple[NDArray[np.int64], bool]:
    """Fill in one row by those of the others that do not contradict it; tell whether these contradict each other."""
    near = others[((others < 0) | (mine < 0) | (others == mine)).all(axis=1)]
    most = near.max(axis=0)
    if ((near != most) & (near >= 0)).any():
        return mine, True
    return most, False


def _complete_by_name(told: Areas, homes: HomeParts, country: Mask) -> tuple[Areas, Mask]:
    """Fill in areas by the building's other homes, else the lane's; tell which rows may be meant of several places.

    The road of two country towns is two roads, that of two subdistricts usually one that crosses both. ``country`` says
    which towns are country towns.
    """
    areas, of_several = complete(make_keys(homes.building), told)
    areas, of_lane = complete(make_keys(homes.lane), areas)
    road, town = make_keys(homes.road), told[:, _TOWN]
    pairs = pd.DataFrame({"road": road, "town": town})[(road >= 0) & (town >= 0)].drop_duplicates()
    by_road = pairs.assign(country=country[pairs["town"].to_numpy()]).groupby("road")
    recurs = by_road["country"].any() & (by_road["town"].size() > 1)
    vague = (town < 0) & (told[:, _COMMITTEE] < 0)
    return areas, of_several | of_lane | (vague & np.isin(road, recurs.index[recurs]))


def _lies_elsewhere(told: Keys, inferred: Keys, points: Floats) -> Mask:
    """Tell which rows lie too far from the committee that only their address's name puts them in."""
    measured = ~np.isnan(points).any(axis=1)
    sure = measured & (told >= 0)
    asked = np.flatnonzero(measured & (told < 0) & (inferred >= 0))
    middle = pd.DataFrame(points[sure]).groupby(told[sure]).median().reindex(inferred[asked]).to_numpy()
    elsewhere = np.zeros(len(told), dtype=bool)
    elsewhere[asked] = measure_m(points[asked], middle) > REACH_M["committee"]
    return elsewhere


def _measure_off(key: Keys, points: Floats, reach_m: float) -> Floats:
    """Return the metres from the median of a key's points of those beyond its reach, else 0.

    Where no more than half of the points are within reach, nobody knows which are right: infinite for all of the key.
    """
    off_m = np.zeros(len(key))
    measured = np.flatnonzero((key >= 0) & ~np.isnan(points).any(axis=1))
    if not len(measured):
        return off_m
    groups = pd.DataFrame(points[measured]).groupby(key[measured])
    distance_m = measure_m(points[measured], groups.transform("median").to_numpy())
    far = distance_m > reach_m
    share = pd.Series(far).groupby(key[measured]).mean()
    off_m[measured[far]] = distance_m[far]
    off_m[np.isin(key, share.index[share >= 0.5])] = np.inf
    return off_m


def _read_areas(frame: pd.DataFrame, homes: HomeParts) -> tuple[list[list[str]], Areas, Mask]:
    """Return names of cities, districts, towns and committees, their numbers by row, and who contradicts themselves.

    A row's own columns go before its address. Where all rows that name a city name one, none is told: many rows leave
    it out.
    """
    names: list[list[str]] = []
    told = np.full((len(frame), 4), -1, dtype=np.int64)
    contradicted = np.zeros(len(frame), dtype=bool)
    sources = (
        ("district", homes.city, name_city),
        ("district", homes.district, strip_district),
        ("subdistrict", homes.town, strip_town),
        ("committee", homes.village, strip_committee),
    )
    for i, (name, in_address, bare) in enumerate(sources):
        column, other = each(arrow(frame[name]), bare), in_address if i == _CITY else each(in_address, bare)
        both = ~is_empty(column) & ~is_empty(other)
        contradicted |= both & np.asarray(pc.not_equal(column, other))
        coded = pc.if_else(pa.array(is_empty(column)), other, column).dictionary_encode()
        told[:, i] = coded.indices.to_numpy()
        words = coded.dictionary.to_pylist()
        if "" in words:
            told[told[:, i] == words.index(""), i] = -1
        names.append(words)
    if len({*names[_CITY]} - {""}) > 1:
        names[_CITY] = [name and f"{name}市" for name in names[_CITY]]
    else:
        names[_CITY], told[:, _CITY] = [], -1
    return names, told, contradicted


def _are_groups(homes: HomeParts) -> Mask:
    """Tell which homes are named by a group and a number alone."""
    found = each(homes.road, lambda road: "1" if is_group(road) else "")
    return ~is_empty(found)


def _strip_villages(homes: HomeParts, committee: pa.Array) -> HomeParts:
    """Take the village's own name off the beginning of names in it: 海沈村张家宅12号 and 海沈3组12号 are of 海沈村."""
    rural = pc.and_(pc.ends_with(committee, "村"), pc.not_equal(homes.building, ""))
    if not pc.any(rural).as_py():
        return homes
    stripped = {}
    for name in ("road", "lane", "building"):
        cells = getattr(homes, name)
        found = each_row([cells.filter(rural), committee.filter(rural)], _strip_village)
        stripped[name] = pc.replace_with_mask(cells, rural, found)
    return homes._replace(**stripped)


def _strip_village(name: str, village: str) -> str:
    """Take a village's name off a name, with 村 or before a group without it."""
    rest = name.removeprefix(village)
    return _STEM.sub("", rest) if rest != name else re.sub(rf"^{re.escape(village[:-1])}(?=\d+[组队])", "", name)


def _find_country_towns(columns: Sequence[pa.Array], bare: Sequence[str]) -> Mask:
    """Tell which of some bare names of towns are written as those of country towns anywhere."""
    spelt = {town for cells in columns for town in pc.unique(cells).to_pylist() if is_country_town(town)}
    found = {strip_town(town) for town in spelt}
    return np.array([name in found for name in bare], dtype=bool)


def _spell(codes: Keys, words: Sequence[str]) -> pa.Array:
    """Return the words of some numbers, empty for -1."""
    return pa.array([*words, ""], pa.string()).take(pa.array(np.where(codes < 0, len(words), codes)))


def _join_key(within: Sequence[pa.Array], name: pa.Array, known: pa.Array) -> pa.Array:
    """Join the names of areas and a name, as 浦东/惠南/海沈村|3组12号; empty where the name is, or not ``known``."""
    area = pc.utf8_rtrim(pc.binary_join_element_wise(*within, "/"), "/")
    whole = pc.if_else(pc.equal(area, ""), name, pc.binary_join_element_wise(area, name, "|"))
    return pc.if_else(pc.and_(known, pc.not_equal(name, "")), whole, "")


def _tell_issues(people: RosterSide, keys: HomeKeys, first: int) -> Iterator[Issue]:
    """Ask about the rows of one roster, which begin at ``first`` of the keys."""
    table = people.table
    rows = slice(first, first + len(people.frame))
    for i in np.flatnonzero(keys.contradicted[rows]).tolist():
        yield table.issue("area_contradiction", "address", i, table.text("address", i))
    for i in np.flatnonzero((keys.ambiguous & ~keys.contradicted)[rows]).tolist():
        yield table.issue("home_ambiguous", "address", i, table.text("address", i))
    off_m = keys.off_m[rows]
    for i in np.flatnonzero(off_m > 0).tolist():
        if np.isfinite(off_m[i]):
            yield table.issue("home_far", "address", i, table.text("address", i), distance_m=f"{off_m[i]:,.0f}")
        else:
            yield table.issue("home_spread", "address", i, table.text("address", i))
