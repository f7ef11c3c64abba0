"""Second volunteers: another person of another household, within places of their own, under every rule."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import matcher
from matcher.features import Features
from matcher.matching import match, plan_from_pairs, update_backups
from matcher.outputs import tables
from matcher.outputs.localised import localise
from matcher.roster.pairs import pairs_from_frame
from matcher.settings import Settings
from matcher.verify import Violation
from tests.helpers.people import month, north, pairs, roster
from tests.helpers.verify_month import Cases, Month, found_after

WANTED = {"backup": {"planned": True}}


def planned(elders, volunteers, **sections):
    plan = match(month(elders, volunteers, **{**WANTED, **sections}))
    return plan.backups.volunteer.tolist()


def test_nobody_stands_in_unless_asked():
    plan = match(month([{}], [{}, {}]))
    assert plan.backups is None
    assert "backup_volunteer_id" not in tables.make_pairs_frame(plan, tables.PeopleNames.of(plan.month.roster))


def test_the_second_is_the_nearest_other_one():
    plan = match(month([north(0)], [north(10), north(100), north(50)], **WANTED))
    assert plan.volunteer.tolist() == [0]
    assert plan.backups.volunteer.tolist() == [2]
    assert plan.backups.distance_m[0] == pytest.approx(50, abs=0.01)
    assert plan.backups.certificate.optimal
    assert plan.backups.certificate.cost == 65
    assert plan.backups.places == 15


@pytest.mark.parametrize(
    ("second", "backup"),
    [
        ({}, 1),
        ({"status": "left"}, -1),
        ({"backup_capacity": 0.0}, -1),
        ({"capacity": 0.0}, 1),  # only stands in
        (north(1000), -1),
        ({"building": "沪太路5号", "address": "沪太路5号101室"}, -1),  # one household with the first
        ({"building": "沪太路5号", "address": "沪太路5号102室"}, 1),
    ],
)
def test_who_may_stand_in(second, backup):
    first = {"building": "沪太路5号", "address": "沪太路5号101室"}
    m = month([{}], [first, {**north(20), **second}], pins=pairs((0, 0)), **WANTED)
    plan = match(m)
    assert plan.backups.volunteer.tolist() == [backup]
    assert np.isnan(plan.backups.distance_m[0]) == (backup < 0)


def test_never_pairs_never_stand_in_and_pins_say_nothing_of_it():
    assert planned([{}], [{}, north(20)], never=pairs((0, 1))) == [-1]
    assert planned([{}], [north(700), north(2000)], pins=pairs((0, 1))) == [0]


def test_earlier_tiers_come_first_where_places_run_out():
    elders = [north(0), north(5) | {"risk": "high"}, north(10)]
    volunteers = [north(0) | {"backup_capacity": 0.0}, north(400) | {"capacity": 0.0, "backup_capacity": 1.0}]
    assert planned(elders, volunteers) == [-1, 1, -1]


def test_places_are_those_of_the_setting_where_the_roster_says_nothing():
    elders = [north(10 * i) for i in range(4)]
    found = planned(elders, [north(0), north(300)], backup={"planned": True, "capacity": 3})
    assert sorted(found) == [-1, 1, 1, 1]


def test_two_stand_in_for_each_others_elders():
    assert planned([north(0), north(100)], [north(0), north(100)]) == [1, 0]


def test_only_those_who_are_paired_have_a_second_one():
    plan = match(month([north(0), north(5)], [{"capacity": 1.0}, north(10) | {"capacity": 0.0}], **WANTED))
    assert plan.elder.tolist() == [0]
    assert plan.backups.volunteer.tolist() == [1]


def test_where_nobody_may_stand_in_there_is_nothing_to_prove():
    plan = match(month([{}], [{}], **WANTED))
    assert plan.backups.volunteer.tolist() == [-1]
    assert plan.backups.certificate is None


def test_backups_are_written_and_read_again():
    people = roster([north(0), north(900)], [north(10), north(60) | {"name": "赵六"}])
    asked = matcher.Settings.model_validate(WANTED)
    plan = match(replace(month([], []), roster=people, settings=asked))
    table = localise(tables.make_pairs_frame(plan, tables.PeopleNames.of(people)), "pairs")
    assert table["backup_volunteer_id"].tolist() == ["V001"]
    assert table["backup_volunteer_name"].tolist() == ["赵*"]
    assert table["backup_distance_m"].tolist() == ["60.0"]
    read, issues = pairs_from_frame(table, people, "pairs")
    assert not issues
    by_hand = plan_from_pairs(plan.month, read)
    assert by_hand.backups.volunteer.tolist() == [1]
    assert by_hand.backups.certificate is None
    unknown = pairs_from_frame(table.assign(backup_volunteer_id="V777"), people, "pairs")[1]
    assert [(issue.code, issue.value) for issue in unknown] == [("pair_unknown_volunteer", "V777")]
    nobody = pairs_from_frame(table.assign(backup_volunteer_id=""), people, "pairs")[0]
    assert plan_from_pairs(plan.month, nobody).backups is None


# the verifier

CASES = Cases()
fault = CASES.fault
HOME = {"building": "沪太路5号", "address": "沪太路5号101室"}


def seconds(m, *ids):
    m.pairs["backup_volunteer_id"] = list(ids)


@fault()
def good_backups(m):
    seconds(m, "V001", "V002", "")
    m.pairs["backup_distance_m"] = [400.0, 200.0, np.nan]


@fault(Violation("unknown_person", volunteer_id="V998", row=3))
def an_unknown_one(m):
    seconds(m, "V001", "V998", "")


@fault(Violation("backup_same", "E000", "V000", row=2))
def the_first_again(m):
    seconds(m, "V000", "", "")


@fault(Violation("backup_same", "E002", "V002", row=4))
def one_household(m):
    for v in (1, 2):
        for name, value in HOME.items():
            m.volunteer(v, name, value)
    seconds(m, "", "", "V002")


@fault(Violation("backup_capacity", volunteer_id="V001", amount=1))
def too_many(m):
    m.volunteer(1, "backup_capacity", 1.0)
    seconds(m, "V001", "V001", "")


@fault(Violation("backup_capacity", volunteer_id="V001", amount=2))
def too_many_by_default(m):
    m.set(backup={"capacity": 0})
    seconds(m, "V001", "V001", "")


@fault(Violation("never", "E000", "V001", row=2))
def a_never_pair(m):
    m.lists["never"] = pairs((0, 1))
    seconds(m, "V001", "", "")


@fault(Violation("distance", "E001", "V001", amount=560, row=3))
def beyond_the_limit(m):
    """1,200 m are 1,560 m on foot; a pin of the first excuses no second."""
    for name, value in north(1700).items():
        m.volunteer(1, name, value)
    m.pairs = m.pairs[:2]
    m.unmatched = pd.DataFrame({"elder_id": ["E002", "E003"]})
    m.visits = m.visits[m.visits["elder_id"] != "E002"]
    m.elder(1, "lat", north(500)["lat"])
    m.rewrite_pairs((0, 0), (1, 0))
    seconds(m, "", "V001")


@fault(Violation("dates", "E000", "V001", row=2), Violation("dates", "E002", "V001", row=4))
def who_has_left(m):
    m.volunteer(1, "status", "left")
    seconds(m, "V001", "", "")


@fault(Violation("wrong_amount", "E000", "V001", amount=7, what="backup_distance_m", row=2))
def wrong_distance(m):
    good_backups(m)
    m.pair(0, "backup_distance_m", 407.0)


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=CASES.names())
def test_the_verifier_holds_second_volunteers_against_every_rule(plant, expected):
    assert found_after(plant) == expected


def test_a_month_with_backups_verifies():
    m = Month()
    people = [frame.drop(columns=["row", "file"]) for frame in (m.people.elders, m.people.volunteers)]
    plan = matcher.match(*people, matcher.Settings.model_validate(WANTED), month="2026-12")
    assert (plan.backups.volunteer >= 0).all()
    assert matcher.verify_plan(plan).ok


def test_last_months_second_is_kept_and_comes_first_when_the_first_has_left():
    people = [north(0), north(100), north(300)]
    before = replace(pairs((0, 0)), backup=np.array([2]))
    plan = match(month([north(0)], people, previous=before, **WANTED))
    assert (plan.volunteer.tolist(), plan.backups.volunteer.tolist()) == ([0], [2])
    people[0] |= {"status": "left"}
    plan = match(month([north(0)], people, previous=before, **WANTED))
    assert (plan.volunteer.tolist(), plan.backups.volunteer.tolist()) == ([2], [1])
    assert planned([north(0)], people, previous=before, acquainted={"worth_m": 0}) == [2]


def test_who_may_go_on_standing_in_does_after_some_pairs_have_changed():
    people = [north(0), north(100), north(200), north(300) | {"building": "沪太路5号", "address": "沪太路5号101室"}]
    people[0] |= {"building": "沪太路5号", "address": "沪太路5号101室"}
    before = np.array([3, 1, 2, 2])
    m = month([north(0) for _ in before], people, pins=pairs((0, 0), (1, 0), (2, 2)), **WANTED)
    plan = replace(match(m), backups=None)
    assert plan.volunteer.tolist()[:3] == [0, 0, 2]
    after = update_backups(plan, before, plan.rules)
    # the first's housemate and who has become the first make way, the others stay though dearer
    assert after.volunteer[[1, 3]].tolist() == [1, 2]
    assert after.volunteer[0] in (1, 2)
    assert after.volunteer[2] != 2
    assert after.certificate is None
    unplanned = replace(plan, features=Features(replace(m, settings=Settings())))
    assert update_backups(unplanned, before, plan.rules).volunteer.tolist() == [-1, 1, -1, 2]
    assert update_backups(unplanned, np.full(4, -1), plan.rules) is None
