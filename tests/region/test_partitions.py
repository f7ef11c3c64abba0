"""Rosters of all cities in one table, a city at a time."""

import sqlite3

import pandas as pd
import pytest

from matcher.errors import InputError, UsageError
from matcher.horizon import Horizon
from matcher.region.cities import read_cities
from matcher.region.orders import RegionRequest, make_orders
from matcher.region.partitions import split_rosters
from matcher.roster import load_roster
from matcher.sample import make_sample
from matcher.sample.write import write_sample

SIDES = ("elders", "volunteers")
MONTH = Horizon.of_month("2026-12")
NAMES = ("苏州", "O'Hara")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Two cities' rosters as one dataset, as one database, and each by itself."""
    folder = tmp_path_factory.mktemp("tables")
    whole = {side: [] for side in SIDES}
    for number, name in enumerate(NAMES):
        own = folder / str(number)
        own.mkdir()
        write_sample(make_sample(6 + number, 3, number), own)
        for side in SIDES:
            frame = pd.read_csv(own / f"{side}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
            frame["id"] = f"{number}" + frame["id"]
            frame.to_csv(own / f"{side}.csv", index=False)
            whole[side].append(frame.assign(town=name))
    for side in SIDES:
        frame = pd.concat(whole[side], ignore_index=True)
        frame.to_parquet(folder / side, partition_cols=["town"])
        with sqlite3.connect(folder / "rosters.sqlite") as connection:
            frame.to_sql(side, connection, index=False)
        connection.close()
    return folder


def read_orders(folder, text):
    (folder / "cities.toml").write_text(text, "utf-8")
    region = split_rosters(read_cities(folder / "cities.toml"))
    orders, failed = make_orders(region, RegionRequest(MONTH, folder / "out"))
    assert failed == []
    return {order.name: order.request for order in orders}


def check_rosters(folder, orders):
    """Hold each city's rosters against those of its own files."""
    assert set(orders) == set(NAMES)
    for number, name in enumerate(NAMES):
        request = orders[name]
        found = load_roster(request.inputs.elders, request.inputs.volunteers, request.settings)
        own = load_roster(
            folder / str(number) / "elders.csv", folder / str(number) / "volunteers.csv", request.settings
        )
        for side in SIDES:
            here, there = getattr(found, side), getattr(own, side)
            assert list(here["id"]) == list(there["id"])
            assert list(here["lng"]) == list(there["lng"])


def test_a_dataset_is_read_by_its_folders(tables):
    orders = read_orders(tables, 'partition = "town"\nelders = "elders"\nvolunteers = "volunteers"\n')
    check_rosters(tables, orders)


@pytest.mark.parametrize("begins", ["here", "at the root"])
def test_a_database_is_asked_for_each_citys_rows(tables, begins):
    url = "sqlite:///rosters.sqlite" if begins == "here" else f"sqlite:///{tables / 'rosters.sqlite'}"
    text = f'partition = "town"\nelders = "{url}"\nvolunteers = "{url}"\n'
    text += 'elders_query = "SELECT * FROM elders -- all"\nvolunteers_query = "SELECT * FROM volunteers"\n'
    text += '[[city]]\nname = "苏州"\nmemory_gb = 7\n'
    check_rosters(tables, read_orders(tables, text))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('partition = "city"\nelders = "elders"\nvolunteers = "volunteers"', InputError),
        ('partition = "town"\nelders = "0/elders.csv"\nvolunteers = "volunteers"', UsageError),
        ('partition = "town"\nelders = "elders"\nvolunteers = "volunteers"\n[[city]]\nname = "无锡"', InputError),
        ('partition = "town"\nelders = "sqlite:///x"\nvolunteers = "volunteers"', UsageError),
    ],
)
def test_what_is_not_split_is_said(tables, text, error):
    with pytest.raises(error):
        read_orders(tables, text)


def test_rows_without_a_city_and_cities_that_can_not_be_told_apart_are_faults(tables, tmp_path):
    """Nobody is left out in silence, and nobody is in two cities."""
    frame = pd.DataFrame({"id": ["1", "2", "3", "4"], "town": ["A", "a", None, "b\n"]})
    with sqlite3.connect(tmp_path / "rosters.sqlite") as connection:
        for side in SIDES:
            frame.to_sql(side, connection, index=False)
    connection.close()
    url = f"sqlite:///{tmp_path / 'rosters.sqlite'}"
    text = f'partition = "town"\nelders = "{url}"\nvolunteers = "{url}"\n'
    text += "".join(f'{side}_query = "SELECT * FROM {side}"\n' for side in SIDES)
    with pytest.raises(InputError) as caught:
        read_orders(tmp_path, text)
    assert sorted((issue.code, issue.value) for issue in caught.value.issues) == [
        ("cities_name", "b\n"),
        ("cities_rows_of_none", ""),
        ("cities_rows_of_none", ""),
        ("cities_same_name", "A"),
        ("cities_same_name", "a"),
    ]
    for side in SIDES:
        frame.to_parquet(tmp_path / side, partition_cols=["town"])
    with pytest.raises(InputError) as caught:
        read_orders(tmp_path, 'partition = "town"\nelders = "elders"\nvolunteers = "volunteers"\n')
    assert "cities_rows_of_none" in {issue.code for issue in caught.value.issues}


def test_a_city_in_one_of_the_tables_fails_alone(tables, tmp_path):
    for side, towns in zip(SIDES, (["A", "B"], ["A", "A"]), strict=True):
        pd.DataFrame({"id": ["1", "2"], "town": towns}).to_parquet(tmp_path / side, partition_cols=["town"])
    (tmp_path / "cities.toml").write_text('partition = "town"\nelders = "elders"\nvolunteers = "volunteers"\n')
    region = split_rosters(read_cities(tmp_path / "cities.toml"))
    orders, failed = make_orders(region, RegionRequest(MONTH, tmp_path / "out"))
    assert [order.name for order in orders] == ["A"]
    assert [(one.name, one.exit_code) for one in failed] == [("B", 2)]
    assert "the city B has no volunteers" in failed[0].reason
