"""The table of places beside a month's pairs: ``verify`` reads it there, and finds what is false in it."""

import pytest

from matcher.commands import main
from tests.helpers.office import Office, read


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path, elders=3, volunteers=2, capacity=2)
    office.folder = office.month()
    return office


def change_load(table):
    return table.assign(load=[str(int(load) + 1) for load in table["load"]])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (change_load, "load is off by 1"),
        (lambda table: table.assign(places="7"), "places is off by 5"),
        (lambda table: table.iloc[1:], "load is off by"),
        (lambda table: table.iloc[[0, 1, 1]], "load is off by"),
    ],
)
def test_a_false_figure_is_found(office, capsys, change, told):
    assert office.holds(office.folder)
    assert "capacity.csv lies beside and counts too" in " ".join(capsys.readouterr().out.split())
    change(read(office.folder, "capacity")).to_csv(office.folder / "capacity.csv", index=False)
    assert not office.holds(office.folder)
    assert told in " ".join(capsys.readouterr().out.split())


def test_the_table_says_nothing_of_pairs_that_a_hand_wrote_beside_it(office):
    """It is of the pairs as they were planned."""
    hand = office.folder / "hand.csv"
    change_load(read(office.folder, "capacity")).to_csv(office.folder / "capacity.csv", index=False)
    read(office.folder)[["elder_id", "volunteer_id"]].to_csv(hand, index=False)
    made = ["--pairs", hand, "--visits", office.folder / "visits.csv", "--month", "2026-12"]
    assert main(["verify", *office.rosters, *map(str, made)]) == 0
