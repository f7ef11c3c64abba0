"""Words of the rosters as the verifier reads them, whole columns at once."""

from itertools import product

import pandas as pd
import pytest

from matcher.horizon import Horizon
from matcher.settings import Settings
from matcher.verify.cells import Cells
from matcher.verify.people import People
from matcher.verify.words import city, phones, share_number
from tests.helpers import people

NUMBERS = ["", "13812345678", "13912345678", "138 1234 5678", "13812345678、13912345678", "02164370001", "64370001"]


@pytest.mark.parametrize(("cell", "other"), list(product(NUMBERS, NUMBERS)))
def test_cells_share_a_number_that_both_name(cell, other):
    assert share_number(cell, other) == bool(phones(cell) & phones(other))


def test_equal_cells_are_one_object():
    frame = pd.DataFrame({"lane": pd.Series(["a" * 9, "b", "a" * 9, ""], dtype="str"), "floor": [1.0, 2.0, 1.0, 4.0]})
    cells = Cells(frame)
    assert cells["lane"] == frame["lane"].tolist()
    assert cells["lane"][0] is cells["lane"][2]
    assert cells["floor"] == [1.0, 2.0, 1.0, 4.0]


def test_ids_are_found_wherever_and_however_often_they_are_asked_for():
    horizon, settings = Horizon.of_month("2026-12"), Settings()
    side = People.of(people.roster([{"id": "a"}, {"id": "b"}], [{"id": "v"}]), horizon, settings).elders
    assert side.find(["b", "", "a", "b", "c"]).tolist() == [1, -1, 0, 1, -1]
    assert side.find(pd.Series(["b", "b"], index=[5, 3], dtype="str")).tolist() == [1, 1]
    assert side.find([]).tolist() == []


@pytest.mark.parametrize(("text", "name"), [("徐汇区零陵路", ""), ("上海市徐汇区", "上海"), ("江苏省南通市", "南通")])
def test_a_city_is_read_where_one_is_named(text, name):
    assert city(text) == name
