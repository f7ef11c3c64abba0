"""Minutes on foot between homes."""

import math

import numpy as np
import pytest

from matcher.demand.travel_times import Homes, TravelTimes, compute_walk_min
from matcher.settings import Settings
from tests.helpers.people import north, roster
from tests.helpers.schedule_checker import walk

NOWHERE = {"lat": np.nan, "lng": np.nan}


def matrix(people, elders, settings=None):
    settings = settings or Settings()
    home, places = np.array([0]), np.array([1 + len(elders)])
    found = TravelTimes.compute(Homes.find(people, settings), settings, home, np.array(elders), places)
    return found.minutes.reshape(places[0], places[0])


def test_walks_are_straight_lines_with_the_detour_at_the_speed_set():
    people = roster([north(300), north(1000)], [north(-50)])
    found, settings = matrix(people, [1, 0]), Settings()
    order = [people.volunteers.loc[0], people.elders.loc[1], people.elders.loc[0]]
    for i in range(3):
        for j in range(3):
            assert found[i, j] == (math.ceil(walk(order[i], order[j], settings) - 1e-6) if i != j else 0)


@pytest.mark.parametrize(
    ("place", "metres"),
    [
        ({"building": "7"}, 0),
        ({"lane": "A", "neighbourhood": "B"}, "same_lane_m"),
        ({"neighbourhood": "B"}, "same_committee_m"),
        ({}, 0),
    ],
)
def test_two_without_coordinates_are_as_far_apart_as_what_they_share_says(place, metres):
    settings = Settings()
    metres = getattr(settings.place, metres) if metres else 0
    walked = compute_walk_min(np.array([metres * settings.distance.detour_factor]), settings)
    assert matrix(roster([NOWHERE | place], [NOWHERE | place]), [0])[0, 1] == walked[0]


def test_who_share_a_building_do_not_walk_wherever_the_map_has_them():
    assert matrix(roster([north(500) | {"building": "7"}], [{"building": "7"}]), [0]).tolist() == [[0, 0], [0, 0]]


def test_a_lane_that_two_share_does_not_count_where_one_is_on_the_map():
    """Nobody knows then how far it is: the walk counts as none."""
    place = {"lane": "A", "neighbourhood": "B"}
    assert matrix(roster([north(500) | place], [NOWHERE | place]), [0])[0, 1] == 0
    on_the_map = roster([north(500) | place], [north(0) | place])
    assert matrix(on_the_map, [0])[0, 1] == math.ceil(500 * 1.3 / 0.8 / 60)
