"""Words of the rosters as the verifier reads them, whole columns at once."""

from itertools import combinations, product

import pandas as pd
import pytest

from matcher.horizon import Horizon
from matcher.roster.address import strip_committee, strip_town
from matcher.settings import Settings
from matcher.verify.cells import Cells
from matcher.verify.people import People
from matcher.verify.words import city, committee, phones, share_number, town
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


COMMITTEES = [
    "第一居委会",
    "一居委",
    "1居",
    "1居委",
    "一居民区",
    "张江镇一居委",
    "第十五居委",
    "15居委",
    "海沈村村民委员会",
    "海沈村民委员会",
    "海沈村",
    "海沈村委会",
    "潍坊一村居委会",
    "潍坊1村",
    "五一居委",
    "51居委",
    "江南水乡居委",
    "新居",
    "新居居委",
    "三林居委会",
    "第五村",
    "浦东新区张江镇第一居民委员会",
    "天平社区居委会",
    "天平居委",
    "天平社区",
    "惠南镇海沈村村委会",
    "镇南居委",
    "新场镇南居委",
    "居委会",
    "村委会",
    "一百零八居委",
    "徐汇区天平路街道第三居民区",
    "上海市浦东新区张江镇一居委",
    "红旗一里",
    "二十里铺村",
]
TOWNS = [
    "张江",
    "张江镇",
    "浦东新区张江镇",
    "張江鎮",
    "张江镇人民政府",
    "开发区街道",
    "嘉定镇街道",
    "嘉定",
    "潍坊新村街道办事处",
    "潍坊新村",
    "上海市徐汇区天平路街道",
    "天平路",
    "街道",
    "镇",
    "新村乡",
    "崇明区新村乡",
    "浦东张江镇",
    "经济技术开发区",
]


@pytest.mark.parametrize(
    ("names", "mine", "theirs"), [(COMMITTEES, committee, strip_committee), (TOWNS, town, strip_town)]
)
def test_names_of_areas_are_one_where_the_rosters_take_them_for_one(names, mine, theirs):
    for one, other in combinations(names, 2):
        assert (mine(one) == mine(other)) == (theirs(one) == theirs(other)), (one, other)
    assert len(set(map(mine, names))) < len(names)
