"""What the verifier reads of two homes by itself, against the keys that the rosters claim."""

import pandas as pd
import pytest
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.roster.address import parse
from matcher.verify.homes import HomeClaims, are_beyond
from matcher.verify.words import spell_address
from tests.helpers import people

KEYS = {"building": "a", "lane": "b", "neighbourhood": "c"}
HOME = {
    **KEYS,
    "address": "上海市徐汇区零陵路300弄5号602室",
    "district": "徐汇区",
    "subdistrict": "天平街道",
    "committee": "一居委",
}


def claims(elder, volunteer):
    homes = HomeClaims(people.roster([HOME | elder], [HOME | volunteer]))
    return [homes.are_one(name, 0, 0) for name in KEYS]


@pytest.mark.parametrize(
    ("elder", "volunteer"),
    [
        ({}, {}),
        ({}, {"address": "零陵路300弄05号101"}),
        ({"district": "", "subdistrict": "", "committee": ""}, {}),
        ({"committee": "天平街道第一居委会"}, {"committee": ""}),
        ({"committee": "海沈村"}, {"committee": "海沈村村民委员会"}),
        ({"address": "零陵路三百弄五号"}, {}),
        ({"address": ""}, {}),
        ({"lat": 31.25}, {"place_quality": "building"}),
    ],
)
def test_what_does_not_speak_against_a_claim(elder, volunteer):
    assert claims(elder, volunteer) == claims(volunteer, elder) == [True, True, True]


@pytest.mark.parametrize(
    "spelling",
    [
        *(
            "零陵路三百弄五号602室",
            "零陵路（近天钥桥路）300弄5号602室",
            "零陵路300弄(零陵小区)5号602",
            "零陵路300弄5#602室",
        ),
        *(
            "零陵路，300弄，5号，602室",
            "零陵路·300弄·5号",
            "現住址：零陵路300弄5號602室",
            "零陵路第300弄5号602室（租住）",
        ),
        *("天平街道零陵路300弄五号六〇二室", "零陵路３００弄０５号６０２室"),
    ],
)
def test_spellings_of_one_address_speak_against_no_claim(spelling):
    assert claims({"address": spelling}, {}) == claims({}, {"address": spelling}) == [True, True, True]
    assert claims({"address": spelling}, {"address": "零陵路300弄6号"})[0] is False
    assert claims({"address": spelling}, {"address": "钦州路300弄5号"})[1] is False


@pytest.mark.parametrize(
    "numeral", ["五", "十", "十五", "二十", "三十二", "一百零八", "一百十五", "三百", "二〇一", "百", "贰拾叁"]
)
def test_numerals_of_addresses_are_counted_as_the_rosters_count_them(numeral):
    assert (
        spell_address(f"零陵路{numeral}弄")
        == parse(f"零陵路{numeral}弄").road + f"{parse(f'零陵路{numeral}弄').lane}弄"
    )


@pytest.mark.parametrize(
    ("elder", "volunteer", "held"),
    [
        ({"district": "浦东新区"}, {}, [False, False, False]),
        ({"subdistrict": "惠南镇"}, {}, [False, False, False]),
        ({"committee": "海沈村"}, {"committee": "赵桥村"}, [False, False, False]),
        ({"address": "零陵路300弄6号"}, {}, [False, True, True]),
        ({"address": "零陵路301弄5号"}, {}, [False, False, True]),
        ({"address": "天钥桥路300弄5号"}, {}, [False, False, True]),
        ({"address": "3组12号"}, {"address": "5组12号"}, [False, True, True]),
        ({"lat": 31.30}, {}, [False, False, True]),
        ({"building": ""}, {}, [False, True, True]),
        ({"building": "x", "lane": ""}, {"lane": ""}, [False, False, True]),
    ],
)
def test_what_speaks_against_it(elder, volunteer, held):
    assert claims(elder, volunteer) == claims(volunteer, elder) == held


@pytest.mark.parametrize(
    ("elder", "volunteer", "one"),
    [
        ({}, {}, True),
        ({}, {"address": "零陵路300弄5号601室"}, False),
        ({}, {"address": "零陵路300弄5号"}, False),
        ({"building": ""}, {}, True),
        ({"building": ""}, {"building": "", "address": "零陵路300弄6号602室"}, False),
        ({"building": "惠南|零陵路300弄5号"}, {"building": "大团|零陵路300弄5号"}, True),
        ({"building": "零陵路3号"}, {"building": "零陵路5号"}, False),
    ],
)
def test_one_household(elder, volunteer, one):
    assert HomeClaims(people.roster([HOME | elder], [HOME | volunteer])).are_one_household(0, 0) == one


@given(st.floats(-80, 80), st.floats(-170, 170), st.floats(-0.06, 0.06), st.floats(-0.06, 0.06))
@settings(deadline=None)
def test_points_are_told_apart_as_by_the_geodesic(lat, lng, north, east):
    here, there = (lat, lng), (lat + north, lng + east)
    for metres in (3_500.0, geodesic(here, there).m):
        assert are_beyond(metres, here, there) == (geodesic(here, there).m > metres)


def test_pairs_asked_at_once_and_one_by_one_are_held_alike():
    elders = [HOME, HOME | {"building": ""}, HOME | {"lane": "x", "committee": "海沈村"}]
    volunteers = [HOME, HOME | {"address": "零陵路300弄6号"}, HOME | {"building": "", "lane": "x"}]
    homes = HomeClaims(people.roster(elders, volunteers))
    two = [(e, v) for e in range(3) for v in range(3)]
    pairs = pd.DataFrame(two, columns=["elder", "volunteer"], index=range(7, 16))
    for name in ("building", "lane"):
        assert homes.find_one(name, pairs).tolist() == [homes.are_one(name, e, v) for e, v in two]
        assert 0 < homes.find_one(name, pairs).sum() < len(two)


def test_a_household_is_one_room_of_one_house():
    volunteers = [HOME, HOME | {"address": "上海市徐汇区零陵路300弄5号601室"}, HOME | {"address": ""}]
    homes = HomeClaims(people.roster([HOME], volunteers))
    assert [homes.are_one_household(0, v) for v in range(3)] == [True, False, False]
