"""Straight lines with and without coordinates, held to a plain loop."""

import math

import numpy as np
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.demand.travel_times import Homes
from matcher.features.straight_line import Locations
from tests.helpers.people import LAT, LNG, month

NAMES = ("building", "lane", "neighbourhood")
NAME_M = (0.0, 70.0, 420.0)
PLACE = {"same_lane_m": 70, "same_committee_m": 420}


@st.composite
def people(draw):
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        row = {name: draw(st.sampled_from(["", "甲", "乙"])) for name in NAMES}
        mapped = draw(st.booleans())
        metres = draw(st.integers(-50, 50))
        row |= {"lat": LAT + metres * 1e-5, "lng": LNG} if mapped else {"lat": math.nan, "lng": math.nan}
        rows.append(row)
    return rows


def by_loop(one, other):
    """Metres between two; NaN where nobody knows."""
    if not math.isnan(one["lat"]) and not math.isnan(other["lat"]):
        return geodesic((one["lat"], one["lng"]), (other["lat"], other["lng"])).m
    if math.isnan(one["lat"]) and math.isnan(other["lat"]):
        for name, metres in zip(NAMES, NAME_M, strict=True):
            if one[name] == other[name] != "":
                return metres
    return math.nan


@given(people(), people())
@settings(deadline=None)
def test_metres_are_those_of_a_plain_loop(elders, volunteers):
    m = month(elders, volunteers, place=PLACE)
    locations, homes = Locations.of(m.roster, m.settings), Homes.find(m.roster, m.settings)
    everybody = [*elders, *volunteers]
    a, b = (side.ravel() for side in np.indices((len(everybody),) * 2))
    expected = [by_loop(everybody[i], everybody[j]) for i, j in zip(a, b, strict=True)]
    np.testing.assert_allclose(locations.measure_m(a, b), expected, atol=1e-3)
    # who walks from visit to visit walks nothing inside a building, and nothing where nobody knows
    inside = [everybody[i]["building"] == everybody[j]["building"] != "" or i == j for i, j in zip(a, b, strict=True)]
    walked = np.where(inside, 0.0, np.nan_to_num(expected))
    np.testing.assert_allclose(homes.measure_m(a, b), walked, atol=1e-3)


def test_what_is_measured_stays():
    m = month([{"lat": math.nan, "lng": math.nan, "lane": "甲"}], [{"lat": math.nan, "lng": math.nan, "lane": "甲"}])
    locations = Locations.of(m.roster, m.settings)
    zero, one = np.array([0]), np.array([1])
    assert locations.fill_by_name(zero, one, np.array([12.5])).tolist() == [12.5]
    assert locations.fill_by_name(zero, one, np.array([np.nan])).tolist() == [m.settings.place.same_lane_m]
