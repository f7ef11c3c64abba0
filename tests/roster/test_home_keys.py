"""Keys of homes: who lives in one building or lane, and who only has an address that sounds like it."""

from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from matcher.roster import make_roster
from matcher.settings import Settings
from tests.helpers.effort import some

BASE = {"district": "", "subdistrict": "", "committee": "", "compound": "", "address": "", "lng": "", "lat": ""}


def roster(elders, volunteers):
    frames = []
    for letter, rows in (("E", elders), ("V", volunteers)):
        people = [{"id": f"{letter}{i}", "name": f"{letter}某{i}", **BASE, **row} for i, row in enumerate(rows)]
        frames.append(pd.DataFrame(people))
    return make_roster(frames[0].assign(consent="yes"), frames[1], Settings())


def home(address="", committee="", town="", district="", at=None, **more):
    lng, lat = at or ("", "")
    return {"address": address, "committee": committee, "subdistrict": town, "district": district, **more} | {
        "lng": str(lng),
        "lat": str(lat),
    }


def share(people, name):
    """Whether the first elder and the first volunteer are of one building, or of one lane."""
    return people.elders[name][0] == people.volunteers[name][0] != ""


A, B = "海沈村", "赵桥村"
SAME = [
    (home("3组12号", A), home("3组12号", A)),
    (home("3组12号", A), home("第三村民小组12号", "海沈村村委会")),
    (home("海沈村3组12号"), home("3组12号", A)),
    (home("上海市浦东新区惠南镇海沈村3组12号"), home("3组12号", "惠南镇海沈村村民委员会", "惠南镇", "浦东")),
    (home("海沈3组12号", A), home("第3组12号", A)),
    (home("海沈村委3组12号"), home("3组12号", A)),
    (home("海沈村张家宅12号", A), home("张家宅12号", A)),
    (home("上海浦东潍坊路11弄2号"), home("浦东新区潍坊路11弄2号")),
    (home("上海徐汇区零陵路3号"), home("徐汇区零陵路3号")),
    (home("南汇区惠南镇人民路3号"), home("人民路3号", "", "惠南镇", "浦东新区")),
    (home("上海市浦东新区潍坊路11弄2号", "甲居委"), home("潍坊路11弄2号", "甲居委会")),
    (home("上海市浦东新区潍坊路11弄2号"), home("潍坊路11弄2号")),
    (home("潍坊路11弄2号", "甲居委", "潍坊新村街道", "浦东新区"), home("潍坊路11弄2号", "甲居委")),
    (home("潍坊路11弄2号", "甲居委", "潍坊新村街道"), home("上海市浦东新区潍坊新村街道潍坊路11弄2号")),
    (home("潍坊路11弄2号", "", "潍坊新村"), home("潍坊路11弄2号", "", "潍坊新村街道")),
    (home("人民路3号", "", "惠南镇"), home("惠南镇人民路3号")),
    (home("人民路3号", "", "惠南镇"), home("浦东惠南镇人民路３号")),
    (home("5号", "甲居委", compound="桃苑"), home("桃苑5号", "甲居委")),
    (home("苏州市人民路100号"), home("江苏省苏州市人民路100号")),
    (home("江苏昆山市人民路100号"), home("苏州市昆山市人民路100号")),
    (home("南京市鼓楼区中山路1号"), home("中山路1号", district="南京市鼓楼区")),
    (home("上海市万科城市花园5号"), home("万科城市花园5号")),
    (home("嘉兴市嘉善县人民路10号"), home("人民路10号", district="嘉善县")),
]
OTHERS = [
    (home("3组12号", A), home("3组12号", B)),
    (home("3组12号", A, "惠南镇", "浦东新区"), home("3组12号", B, "大团镇", "浦东新区")),
    (home("3组12号", A, "惠南镇"), home("3组12号", A, "大团镇")),
    (home("海沈村3组12号"), home("赵桥村3组12号")),
    (home("海沈村3组12号", town="惠南镇"), home("海沈村3组12号", town="大团镇")),
    (home("3组12号"), home("3组12号")),
    (home("3组12号", town="惠南镇"), home("3组12号", town="惠南镇")),
    (home("3组12号", A), home("3队12号", A)),
    (home("人民路3号", "", "惠南镇"), home("人民路3号", "", "大团镇")),
    (home("浦东新区惠南镇人民路3号"), home("浦东新区大团镇人民路3号")),
    (home("浦东新区人民路3号"), home("黄浦区人民路3号")),
    (home("人民路11弄2号", "甲居委", "惠南镇"), home("人民路11弄2号", "乙居委", "惠南镇")),
    (home("5号", "甲居委", "惠南镇", compound="桃苑"), home("5号", "乙居委", "大团镇", compound="桃苑")),
    (home("5号"), home("5号")),
    (home("人民路3号", at=(121.76, 31.05)), home("人民路3号", at=(121.73, 30.97))),
    (home("苏州市人民路100号"), home("上海市人民路100号")),
    (home("南京市鼓楼区中山路1号"), home("福州市鼓楼区中山路1号")),
    (home("中山路1号", district="南京市鼓楼区"), home("中山路1号", district="福州市鼓楼区")),
    (home("中山路1号", district="南京市鼓楼区"), home("福州市鼓楼区中山路1号")),
    (home("江苏省昆山市人民路100号"), home("上海市青浦区人民路100号")),
    (home("呼和浩特市中山路1号"), home("广西壮族自治区南宁市中山路1号")),
    (home("盐城市中山路1号"), home("成都市中山路1号")),
    (home("万科城市花园5号"), home("绿地城市花园5号")),
    (home("嘉善县人民路10号"), home("海盐县人民路10号")),
    (home("零陵路1号之一"), home("零陵路1号")),
]


def test_a_road_without_its_city_is_of_the_only_one_that_is_told():
    one, other, silent = home("苏州市人民路1号"), home("上海市人民路1号"), home("人民路1号")
    assert share(roster([one], [silent]), "building")
    people = roster([silent], [one, other])
    assert people.elders["building"].tolist() == [""]
    assert people.volunteers["building"].tolist() == ["苏州市|人民路1号", "上海市|人民路1号"]


def test_the_city_of_a_district_is_that_of_its_other_rows():
    people = roster(
        [home("零陵路1号", district="徐汇区"), home("人民路1号", district="苏州市姑苏区")],
        [home("零陵路5号", district="上海市徐汇区")],
    )
    assert people.elders["building"].tolist() == ["上海市/徐汇|零陵路1号", "苏州市/姑苏|人民路1号"]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_building(one, other):
    assert share(roster([one], [other]), "building")
    assert share(roster([other], [one]), "building")


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_two_buildings_of_one_name(one, other):
    people = roster([one], [other])
    assert not share(people, "building")
    assert not share(people, "lane")
    assert not share(roster([other], [one]), "building")


def test_one_lane_with_and_without_the_city():
    people = roster([home("上海市浦东新区潍坊路11弄2号", "甲居委")], [home("潍坊路11弄7号", "甲居委")])
    assert people.elders["lane"].tolist() == people.volunteers["lane"].tolist() == ["浦东//甲|潍坊路11弄"]
    assert people.issues == ()


def codes(people):
    return [(issue.code, issue.file, issue.row) for issue in people.issues]


def test_a_village_group_is_placed_in_its_own_village():
    there, here = ("121.7301", "30.9701"), ("121.7602", "31.0502")
    people = roster(
        [home("3组12号", A, "惠南镇", "浦东新区"), home("5组8号", A, "惠南镇", "浦东新区", here)],
        [home("5组3号", A, "惠南镇", "浦东新区", here), home("3组12号", B, "大团镇", "浦东新区", there)],
    )
    assert people.elders["place_quality"].tolist() == ["committee", "point"]
    assert people.elders["lng"][0] == pytest.approx(121.7602)
    assert people.elders["building"][0] == "浦东/惠南/海沈村|海沈村3组12号"
    assert people.issues == ()


def test_a_road_of_two_towns_is_asked_about_where_no_town_is_told():
    towns = [home("人民路3号", "", "惠南镇", at=(121.76, 31.05)), home("人民路5号", "", "大团镇", at=(121.73, 30.97))]
    people = roster([home("人民路3号")], towns)
    assert codes(people) == [("home_ambiguous", "elders", 2), ("place_unknown_elder", "elders", 2)]
    assert people.elders["building"].tolist() == [""]
    assert "town" in people.issues[0].advice()
    # two subdistricts share a road
    streets = [home("零陵路3号", "", "天平街道", at=(121.44, 31.19)), home("零陵路5号", "", "徐家汇街道")]
    assert roster([home("零陵路3号")], streets).elders["place_quality"].tolist() == ["building"]


def test_a_building_of_several_committees_is_asked_about_where_none_is_told():
    people = roster([home("零陵路3号")], [home("零陵路3号", "甲居委"), home("零陵路3号", "乙居委")])
    assert codes(people) == [("home_ambiguous", "elders", 2), ("place_unknown_elder", "elders", 2)]


def test_an_address_that_contradicts_its_row_makes_nobody_a_neighbour():
    at = ("121.76", "31.05")
    row = home("浦东新区大团镇人民路3号", A, "惠南镇", "浦东新区")
    others = [
        home("人民路3号", B, "大团镇", "浦东新区", ("121.73", "30.97")),
        home("1组1号", A, "惠南镇", at=at),
    ]
    people = roster([row], others)
    assert codes(people) == [("area_contradiction", "elders", 2)]
    assert people.elders["place_quality"].tolist() == ["committee"]
    assert people.elders["lng"].tolist() == [121.76]
    assert (people.elders["building"] == "").all()


def test_who_lies_far_from_the_others_of_a_building_is_none_of_them():
    near, far = ("121.4400", "31.1900"), ("121.4800", "31.2300")
    rows = [home("零陵路3号", at=near), home("零陵路3号", at=near), home("零陵路3号")]
    people = roster(rows, [home("零陵路3号", at=far)])
    assert codes(people) == [("home_far", "volunteers", 2)]
    assert people.elders["building"].tolist() == ["零陵路3号"] * 3
    assert people.elders["lng"].tolist() == [121.44] * 3
    assert people.volunteers["building"].tolist() == [""]
    two = roster([home("零陵路3号", at=near), home("零陵路3号")], [home("零陵路3号", at=far)])
    spread = [("elders", 2), ("elders", 3), ("volunteers", 2)]
    assert codes(two)[:3] == [("home_spread", *place) for place in spread]
    assert two.elders["place_quality"].tolist() == ["point", "none"]


def test_a_home_is_not_moved_out_of_its_committee():
    inside, elsewhere = ("121.7600", "31.0500"), ("121.7300", "30.9700")
    people = roster(
        [home("人民路3号", A), home("人民路9号", A, at=inside)],
        [home("人民路3号", at=elsewhere)],
    )
    assert people.elders["place_quality"].tolist() == ["committee", "point"]
    assert people.elders["lng"].tolist() == [121.76, 121.76]
    assert codes(people) == [("home_ambiguous", "volunteers", 2)]


def test_compounds_of_one_name_are_placed_apart():
    at = ("121.7300", "30.9700")
    people = roster([home("", "", "惠南镇", compound="桃苑")], [home("", "", "大团镇", compound="桃苑", at=at)])
    assert people.elders["place_quality"].tolist() == ["none"]
    same = roster([home("", "", "惠南镇", compound="桃苑")], [home("", "", "惠南镇", compound="桃苑", at=at)])
    assert same.elders["place_quality"].tolist() == ["compound"]


def test_points_that_many_addresses_share_are_no_measurements():
    centre, own = ("121.473701", "31.230416"), ("121.4410", "31.1900")
    elders = [home(f"零陵路{i}0号", "甲居委", at=centre) for i in range(1, 5)]
    elders += [home(f"零陵路{i}0号", "甲居委", at=(121.44 + i / 1000, 31.19)) for i in range(5, 7)]
    people = roster(elders, [home("龙华路88号", at=centre), home("天钥桥路1号", at=own)])
    assert people.elders["place_quality"].tolist() == ["committee"] * 4 + ["point"] * 2
    assert people.volunteers["place_quality"].tolist() == ["unmapped", "point"]
    shared = [issue for issue in people.issues if issue.code == "place_shared"]
    assert [(i.file, i.row) for i in shared] == [*(("elders", row) for row in range(2, 6)), ("volunteers", 2)]
    assert shared[0].params == {"addresses": 5}
    assert shared[0].value == "121.47…, 31.23…"


@pytest.mark.parametrize(
    ("rows", "quality"),
    [
        ([home(f"零陵路300弄{i}号", at=(121.4410, 31.19)) for i in range(4)], "lane"),
        ([home(f"{i}号", compound="桃苑", at=(121.4410, 31.19)) for i in range(4)], "compound"),
        ([home(f"零陵路3号{i}室", at=(121.4410, 31.19)) for i in range(3)], "point"),
        ([home("", at=(121.4410, 31.19)) for i in range(3)], "point"),
        ([home(f"零陵路{i}号", at=(121.4410, 31.19)) for i in range(2)], "point"),
        ([home(f"零陵路{i}号", at=(121.44 + i / 100, 31.19)) for i in range(3)], "subdistrict"),
        ([home(f"零陵路{i}号", at=(121.441 + i / 100, 31.19)) for i in range(3)], "point"),
        ([home(f"零陵路{i}号", at=(121.44, 31.19)) for i in range(2)], "point"),
    ],
)
def test_what_a_point_is_of(rows, quality):
    people = roster(rows, [home("天钥桥路1号", at=(121.4501, 31.1901))])
    assert people.elders["place_quality"].tolist() == [quality] * len(rows)
    assert people.elders["lng"].notna().all()
    assert {issue.code for issue in people.issues} == ({"place_coarse"} if quality == "subdistrict" else set())


def test_coarse_coordinates_give_way_to_a_neighbours():
    rows = [home(f"零陵路{i}号", at=(121.44 + i / 100, 31.19)) for i in range(3)]
    people = roster(rows, [home("零陵路1号", at=(121.4501, 31.1901))])
    assert people.elders["place_quality"].tolist() == ["subdistrict", "building", "subdistrict"]
    assert people.elders["lng"].tolist() == pytest.approx([121.44, 121.4501, 121.46])


AREAS = st.tuples(st.sampled_from(["", "惠南镇", "大团镇"]), st.sampled_from(["", "甲居委", "乙居委"]))
PEOPLE = st.lists(
    st.tuples(AREAS, st.sampled_from(["人民路3号", "人民路3弄5号", "3组5号", "平安路3号", ""])), min_size=1, max_size=7
)


@given(PEOPLE, PEOPLE)
@hypothesis_settings(deadline=None, max_examples=some(15))
def test_no_two_of_one_place_contradict_each_other_and_order_is_nothing(elders, volunteers):
    rows = [[home(address, committee, town) for (town, committee), address in side] for side in (elders, volunteers)]
    people = roster(*rows)
    everyone = pd.concat([people.elders, people.volunteers])
    for one, other in combinations(everyone.to_dict("records"), 2):
        for name in ("building", "lane", "neighbourhood"):
            if one[name] == other[name] != "":
                for area in ("subdistrict", "committee"):
                    assert one[area] == other[area] or not (one[area] and other[area])
        if one["building"] == other["building"] != "":
            assert one["address"] == other["address"]
        fully = all(person[area] for person in (one, other) for area in ("subdistrict", "committee"))
        if fully and all(one[n] == other[n] != "" for n in ("subdistrict", "committee", "address")):
            assert one["building"] == other["building"] != ""
    turned = roster(rows[0][::-1], rows[1][::-1])
    assert turned.elders["building"].tolist() == people.elders["building"].tolist()[::-1]
    assert turned.volunteers["building"].tolist() == people.volunteers["building"].tolist()[::-1]
