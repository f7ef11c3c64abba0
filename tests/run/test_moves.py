"""An elder who moves out of the volunteer's reach in mid-month: what is told, and what the month is then."""

import pandas as pd
import pytest

from tests.helpers.office import Office, read


@pytest.fixture
def office(tmp_path):
    """E1 has V1 and moves across the river, where V2 lives."""
    office = Office(tmp_path, elders=2, volunteers=1)
    there = {"address": "浦东新区张江路9号101室", "lng_wgs84": 121.601, "lat_wgs84": 31.25}
    another = office.volunteers.assign(id="V2", name="乙2", phone="13800000009", **there)
    office.volunteers = pd.concat([office.volunteers, another], ignore_index=True)
    office.first = office.month()
    office.change("elders", "E1", address="浦东新区张江路8号301室", lng_wgs84=121.60, lat_wgs84=31.25)
    return office


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("schedule", ("--from", "2026-12-15")),
        ("schedule", ("--surge", "2026-12-15:2026-12-16")),
        ("substitute", ("--volunteer", "V2", "--from", "2026-12-15", "--to", "2026-12-16")),
    ],
)
def test_a_pair_out_of_reach_is_refused_and_how_to_end_it_is_said(office, capsys, command, words):
    office.go_on(command, office.first, *words, code=4)
    told = " ".join(capsys.readouterr().err.split())
    assert "E1 甲* V1 乙*" in told
    assert "m on foot" in told
    assert "take its row out of a copy of the pairs" in told


def test_the_elder_has_somebody_near_the_new_home_from_the_day_on_and_what_was_before_it_stands(office, capsys):
    hand = office.first / "hand.csv"
    read(office.first).query("elder_id != 'E1'").to_csv(hand, index=False)
    out = office.go_on("schedule", office.first, "--from", "2026-12-15", "--fill", pairs=hand)
    pairs, visits = read(out).set_index("elder_id"), read(out, "visits").query("elder_id == 'E1'")
    assert pairs["volunteer_id"].to_dict() == {"E1": "V2", "E2": "V1"}
    assert pairs["since"].to_dict() == {"E1": "2026-12-15", "E2": "2026-12-01"}
    before = read(office.first, "visits").query("elder_id == 'E1' and date < '2026-12-15'")
    assert visits[visits["date"] < "2026-12-15"].equals(before)
    assert set(visits[visits["date"] >= "2026-12-15"]["volunteer_id"]) == {"V2"}
    assert read(out, "unscheduled").empty
    told = read(out, "notices")
    assert set(told[told["message"].str.contains("E1")]["person_id"]) == {"V1", "V2"}
    capsys.readouterr()
    assert office.holds(out)  # the walks of then, by the home of now, are history
    assert "history, told only" in " ".join(capsys.readouterr().out.split())
    again = office.go_on("schedule", out, "--from", "2026-12-20")
    assert read(again, "visits").equals(read(out, "visits"))
