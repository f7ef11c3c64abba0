"""A made-up city on Shanghai's map: districts, subdistricts, committees, compounds, buildings.

The districts are real, with centres, extents and shares of elders about as they are; everything below is made up.
A small city is the first few committees of the large one, not a thinned-out one: people live as close together in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.sample import words
from matcher.sample.rng import Floats, Ints, Mask, Rng

Texts = NDArray[np.object_]

ELDERS_A_COMMITTEE = 33.7
VOLUNTEERS_A_COMMITTEE = ELDERS_A_COMMITTEE / 5
_CITY_COMMITTEES = 6083
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
_TOWN_COMMITTEES_A_KM2 = 11.0
"""Least density of committees in the built-up core of a subdistrict."""
_ROADS = 6
"""Roads of a subdistrict."""
_LANE_HOUSE, _WALK_UP, _LIFT, _COTTAGE = range(4)


class District(NamedTuple):
    """An ellipse on the map, and who lives there."""

    name: str
    elders: float
    """Elders, in thousands: about the residents of 80 and more."""
    streets: int
    """Subdistricts wholly urban (街道)."""
    towns: int
    """Subdistricts partly rural (镇)."""
    lng: float
    lat: float
    east_km: float
    north_km: float
    turn_deg: float = 0.0
    """The ellipse is turned counter-clockwise."""
    rural: float = 0.0
    """Share of committees of a town that are villages."""
    inward: float = 0.5
    """0.5 spreads subdistricts evenly; more gathers them in the middle."""


# Ordered so that the first few already hold town and country.
DISTRICTS = (
    District("徐汇区", 65, 13, 0, 121.437, 31.180, 3.2, 5.5),
    District("松江区", 26, 6, 11, 121.220, 31.030, 13.0, 14.0, rural=0.55, inward=0.75),
    District("静安区", 66, 14, 0, 121.455, 31.255, 2.0, 5.9),
    District("宝山区", 60, 3, 9, 121.440, 31.360, 9.0, 9.0, rural=0.15, inward=0.6),
    District("黄浦区", 50, 10, 0, 121.485, 31.222, 2.2, 3.0),
    District("浦东新区", 165, 12, 24, 121.610, 31.170, 9.5, 26.0, turn_deg=18, rural=0.25, inward=0.8),
    District("虹口区", 50, 8, 0, 121.490, 31.270, 1.9, 3.9),
    District("杨浦区", 64, 12, 0, 121.525, 31.290, 3.8, 5.1),
    District("青浦区", 23, 3, 8, 121.080, 31.140, 17.0, 12.0, rural=0.6, inward=0.75),
    District("长宁区", 43, 10, 0, 121.400, 31.215, 5.0, 2.4),
    District("普陀区", 60, 10, 0, 121.390, 31.255, 5.0, 3.5),
    District("嘉定区", 30, 3, 7, 121.250, 31.360, 11.0, 13.0, rural=0.45, inward=0.75),
    District("闵行区", 70, 4, 9, 121.400, 31.080, 9.0, 11.0, rural=0.1, inward=0.6),
    District("奉贤区", 26, 3, 8, 121.520, 30.920, 19.0, 9.0, rural=0.6, inward=0.75),
    District("金山区", 24, 1, 9, 121.230, 30.820, 14.0, 11.0, rural=0.6, inward=0.75),
    District("崇明区", 44, 0, 18, 121.470, 31.640, 32.0, 7.0, turn_deg=-18, rural=0.75, inward=0.6),
)


@dataclass(frozen=True, slots=True, eq=False)
class Committees:
    """Residents' committees, one entry each."""

    district: Texts
    subdistrict: Texts
    subdistrict_index: Ints
    name: Texts
    rural: Mask
    lng: Floats
    lat: Floats
    radius_m: Floats
    """How far from its centre the compounds lie."""


@dataclass(frozen=True, slots=True, eq=False)
class Buildings:
    """Buildings, one entry each, in order of committee."""

    committee: Ints
    edges: Ints
    """The buildings of committee c are ``edges[c]`` to ``edges[c + 1]``, the last excluded."""
    compound: Texts
    address: Texts
    """Down to the house number."""
    lng: Floats
    lat: Floats
    floors: Ints
    rooms_a_floor: Ints
    """1 for a cottage, which has no room numbers."""

    @property
    def lift(self) -> Mask:
        """Return which buildings have a lift."""
        return np.asarray(self.floors > 7)

    @property
    def homes(self) -> Ints:
        """Return how many homes each building has."""
        return self.floors * self.rooms_a_floor


@dataclass(frozen=True, slots=True, eq=False)
class MadeCity:
    """The places of a sample."""

    committees: Committees
    buildings: Buildings


def make_city(rng: Rng, committees: int) -> MadeCity:
    """Make the part of the city that holds so many committees."""
    some = _make_committees(rng, committees)
    return MadeCity(some, _make_buildings(rng, some))


def _make_committees(rng: Rng, n: int) -> Committees:
    """Make the first ``n`` committees of the city; above city size all subdistricts grow.

    Within a subdistrict they wind outwards from its middle at even density (a sunflower's spiral): first those of the
    built-up core, then the villages around it.
    """
    subs = _make_subdistricts(rng, max(n, _CITY_COMMITTEES))
    here = np.clip(n - (np.cumsum(subs.committees) - subs.committees), 0, subs.committees)
    sub = np.repeat(np.arange(len(here)), here)
    rank = rank_within(here)
    urban = (subs.committees - subs.villages)[sub]
    rural = rank >= urban
    town_density, village_density = subs.densities_a_km2()
    density = np.where(rural, village_density[sub], town_density[sub])
    core_km2 = urban / town_density[sub]
    inside_km2 = np.where(rural, core_km2 + (rank - urban + 0.5) / density, (rank + 0.5) / density)
    angle = rank * _GOLDEN_ANGLE + rng.draw_uniform(len(here), 0, 2 * np.pi)[sub]
    spacing_m, away_m = 1000 / np.sqrt(density), 1000 * np.sqrt(inside_km2 / np.pi)
    lng, lat = _move(
        subs.lng[sub],
        subs.lat[sub],
        away_m * np.cos(angle) + spacing_m * rng.draw_uniform(n, -0.25, 0.25),
        away_m * np.sin(angle) + spacing_m * rng.draw_uniform(n, -0.25, 0.25),
    )
    places = _combine(words.PLACE_FIRST, words.PLACE_LAST)
    names = places[_draw_distinct(rng, here, len(places))] + np.where(rural, "村", "居委会").astype(object)
    radius_m = np.minimum(0.42 * spacing_m, 600.0)
    return Committees(subs.district[sub], subs.name[sub], sub, names, rural, lng, lat, radius_m)


@dataclass(frozen=True, slots=True, eq=False)
class _Subdistricts:
    """Subdistricts of the whole city, one entry each."""

    district: Texts
    name: Texts
    lng: Floats
    lat: Floats
    area_km2: Floats
    committees: Ints
    villages: Ints
    """How many of the committees are villages."""

    def densities_a_km2(self) -> tuple[Floats, Floats]:
        """Return the committees on a square kilometre of the built-up core and of the country around it."""
        town = np.maximum(self.committees / self.area_km2, _TOWN_COMMITTEES_A_KM2)
        country_km2 = np.maximum(self.area_km2 - (self.committees - self.villages) / town, 0.5 * self.area_km2)
        return town, np.maximum(self.villages, 1) / country_km2


def _make_subdistricts(rng: Rng, committees: int) -> _Subdistricts:
    """Make the subdistricts of all districts, the urban ones in each one's middle; they share ``committees``."""
    count = np.array([d.streets + d.towns for d in DISTRICTS])
    of = np.repeat(np.arange(len(DISTRICTS)), count)
    rank = rank_within(count)
    district = {field: np.array([getattr(d, field) for d in DISTRICTS])[of] for field in District._fields}
    town = rank >= district["streets"]
    share = _split_by_weight(committees, district["elders"] / count[of] * rng.draw_uniform(len(of), 0.75, 1.25))
    out = ((rank + 0.5) / count[of]) ** district["inward"]
    x = 1000 * out * district["east_km"] * np.cos(rank * _GOLDEN_ANGLE)
    y = 1000 * out * district["north_km"] * np.sin(rank * _GOLDEN_ANGLE)
    turn = np.radians(district["turn_deg"])
    lng, lat = _move(
        district["lng"],
        district["lat"],
        x * np.cos(turn) - y * np.sin(turn),
        x * np.sin(turn) + y * np.cos(turn),
    )
    places = _combine(words.PLACE_FIRST, words.PLACE_LAST)
    names = places[rng.permute(len(places))[: len(of)]] + np.where(town, "镇", "街道").astype(object)
    area_km2 = np.pi * district["east_km"] * district["north_km"] / count[of]
    villages = np.rint(share * district["rural"] * town).astype(np.int64)
    return _Subdistricts(district["name"].astype(object), names, lng, lat, area_km2, share, villages)


def _make_buildings(rng: Rng, committees: Committees) -> Buildings:
    """Make compounds of 80 to 250 m around each committee's centre, with buildings in rows."""
    n = len(committees.name)
    compounds = rng.draw_integers(n, 3, 5)
    committee = np.repeat(np.arange(n), compounds)
    rank = rank_within(compounds)
    rural = committees.rural[committee]
    kind = np.where(rural, _COTTAGE, rng.draw_indices(len(committee), (0.15, 0.6, 0.25)))
    angle = (rank / compounds[committee] + rng.draw_uniform(n)[committee]) * 2 * np.pi
    away_m = committees.radius_m[committee] * rng.draw_uniform(len(committee), 0.6, 1.05)
    lng, lat = _move(
        committees.lng[committee], committees.lat[committee], away_m * np.cos(angle), away_m * np.sin(angle)
    )
    names, until_number = _name_compounds(rng, committees, committee, rank, kind)

    houses = rng.draw_integers(len(committee), np.array([6, 5, 2, 8])[kind], np.array([11, 9, 5, 12])[kind])
    compound = np.repeat(np.arange(len(committee)), houses)
    number = rank_within(houses)
    east, north = _place_in_rows(rng, houses, compound, number)
    building_lng, building_lat = _move(lng[compound], lat[compound], east, north)
    kind_of_building = kind[compound]
    floors = np.select(
        [kind_of_building == _LANE_HOUSE, kind_of_building == _WALK_UP, kind_of_building == _COTTAGE],
        [3, 6, 1],
        np.array([11, 14, 18, 24])[rng.draw_indices(len(committee), np.ones(4))][compound],
    ).astype(np.int64)
    numbers = np.array([f"{i}号" for i in range(1, houses.max() + 1)], dtype=object)
    of_committee = committee[compound]
    return Buildings(
        of_committee,
        np.searchsorted(of_committee, np.arange(n + 1)).astype(np.int64),
        names[compound],
        until_number[compound] + numbers[number],
        np.round(building_lng, 6),
        np.round(building_lat, 6),
        floors,
        np.array([4, 3, 4, 2])[kind_of_building],
    )


def _name_compounds(rng: Rng, committees: Committees, committee: Ints, rank: Ints, kind: Ints) -> tuple[Texts, Texts]:
    """Return each compound's name and its address up to the house number: no two compounds share one."""
    sub = committees.subdistrict_index[committee]
    per_sub = np.bincount(sub)
    places = _combine(words.PLACE_FIRST, words.PLACE_LAST)[
        _draw_distinct(rng, per_sub, len(words.PLACE_FIRST) * len(words.PLACE_LAST))
    ]
    endings = np.array([(group * 4)[:4] for group in (*words.COMPOUND_ENDINGS, words.HAMLET_ENDINGS)], dtype=object)
    ending = endings[kind, rng.draw_integers(len(kind), 0, 3)]
    rural = kind == _COTTAGE
    names = np.where(rural, rng.draw_words(len(kind), "张王陈李徐朱周沈吴陆顾黄"), places) + ending

    within = rank_within(per_sub)
    roads = _combine(words.ROAD_FIRST, words.ROAD_LAST)
    road = roads[rng.permute(len(roads))[: _ROADS * len(per_sub)]][sub * _ROADS + within % _ROADS]
    lane = 16 + 31 * (within // _ROADS) + rng.draw_integers(len(sub), 0, 30)
    city = "上海市" + committees.district[committee]
    in_town = city + road + "路" + lane.astype(str).astype(object) + "弄"
    in_village = (
        city
        + committees.subdistrict[committee]
        + committees.name[committee]
        + (rank + 1).astype(str).astype(object)
        + "组"
    )
    return names, np.where(rural, in_village, in_town)


def _place_in_rows(rng: Rng, houses: Ints, compound: Ints, number: Ints) -> tuple[Floats, Floats]:
    """Return the metres east and north of the compound's middle for each building, in rows that lie at an angle."""
    n = len(houses)
    columns = np.ceil(np.sqrt(houses)).astype(np.int64)
    side_m = rng.draw_uniform(n, 60, 170)  # across the diagonal 80 to 250 m
    step_m = side_m / np.maximum(columns - 1, 1)
    jitter = rng.draw_uniform(2 * len(compound), -0.08, 0.08).reshape(2, -1)
    middle = (columns[compound] - 1) / 2
    x = (number % columns[compound] - middle + jitter[0]) * step_m[compound]
    y = (number // columns[compound] - middle + jitter[1]) * step_m[compound]
    turn = rng.draw_uniform(n, -0.5, 0.5)[compound]
    return x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)


def _split_by_weight(total: int, weights: Floats) -> Ints:
    """Split ``total`` by weight into whole numbers that sum to it (largest remainder)."""
    exact = total * weights / weights.sum()
    whole: Ints = np.floor(exact).astype(np.int64)
    largest = np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]
    whole[largest] += 1
    return whole


def rank_within(counts: Ints) -> Ints:
    """Return 0, 1, … within each of the groups that stand one behind the other."""
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    return np.arange(len(starts), dtype=np.int64) - starts


def _draw_distinct(rng: Rng, counts: Ints, pool: int) -> Ints:
    """Draw for each group so many indices below ``pool``, without repetition while the pool lasts."""
    return np.concatenate([np.resize(rng.permute(pool), count) for count in counts.tolist()])


def _combine(first: str, last: str) -> Texts:
    """Return every name of a first and a last part."""
    return np.array([a + b for a in first for b in last], dtype=object)


def _move(lng: Floats, lat: Floats, east_m: Floats, north_m: Floats) -> tuple[Floats, Floats]:
    """Return a place so many metres further.

    A degree of latitude is 110.87 km here, one of longitude 111.32 km × cos(lat).
    """
    return lng + east_m / (111_320 * np.cos(np.radians(lat))), lat + north_m / 110_870
