"""Where people live: datums declared, places taken from neighbours, and months without any coordinates."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matcher
from matcher.commands import main
from matcher.datum import DATUMS, convert, find_datums_in, strip_datum
from matcher.errors import InputError
from matcher.features import Features
from matcher.geo.distance import geodesic_m
from matcher.i18n import in_language
from matcher.matching import check_pins, match, plan_from_pairs
from matcher.outputs.summary import summarise
from matcher.roster import load_roster, make_roster
from matcher.settings import Settings
from matcher.verify import Case, Lists, Tables, verify
from tests.helpers import people
from tests.helpers.effort import long, some

LNG, LAT = 121.4737, 31.2304
ADDRESS = "上海市徐汇区零陵路300弄5号602室"


@pytest.fixture
def load(tmp_path):
    def load(elders, volunteers="id,name,lng_wgs84,lat_wgs84\nV1,b,121.4737,31.2304\n", **place):
        (tmp_path / "e.csv").write_text(elders, "utf-8")
        (tmp_path / "v.csv").write_text(volunteers, "utf-8")
        return load_roster(tmp_path / "e.csv", tmp_path / "v.csv", Settings(place=place))

    return load


def faults(load, *files, **place):
    with pytest.raises(InputError) as caught:
        load(*files, **place)
    return caught.value.issues


def elder(lng="经度(WGS-84)", lat="纬度(WGS-84)", at=(LNG, LAT)):
    return f"编号,姓名,是否同意,{lng},{lat}\nE1,a,是,{at[0]!r},{at[1]!r}\n"


# datums


@pytest.mark.parametrize(
    ("header", "datums"),
    [
        ("经度(GCJ-02)", ["gcj02"]),
        ("经度（ＧＣＪ０２）", ["gcj02"]),
        ("lng_gcj02", ["gcj02"]),
        ("LNG GCJ 02", ["gcj02"]),
        ("高德经度", ["gcj02"]),
        ("经度(火星坐标系)", ["gcj02"]),
        ("腾讯坐标经度", ["gcj02"]),
        ("百度经度", ["bd09"]),
        ("lat_bd09ll", ["bd09"]),
        ("纬度 (WGS84)", ["wgs84"]),
        ("GPS纬度", ["wgs84"]),
        ("经度", []),
        ("lng", []),
        ("经度(WGS-84/BD-09)", ["wgs84", "bd09"]),
    ],
)
def test_what_a_header_says(header, datums):
    assert find_datums_in(header) == datums


@pytest.mark.parametrize(
    "header", ["经度(GCJ-02)", "经度[gcj02]", "经度_GCJ02", "高德经度", "经度(百度坐标)", "经度WGS-84"]
)
def test_a_header_without_its_datum(header):
    assert strip_datum(header) == "经度"


@pytest.mark.parametrize(
    ("header", "datum"),
    [
        ("经度(GCJ-02)", "gcj02"),
        ("lng_bd09", "bd09"),
        ("高德经度", "gcj02"),
        ("经度（ＢＤ－０９）", "bd09"),
        ("lng_wgs84", "wgs84"),
    ],
)
def test_coordinates_of_any_declared_datum_become_wgs84(load, header, datum):
    there = [float(x) for x in convert(LNG, LAT, "wgs84", datum)]
    roster = load(elder(header, "纬度", there))
    got = roster.elders.loc[0, ["lng", "lat"]].to_numpy(float)
    assert roster.issues == ()
    assert geodesic_m(np.array([LAT]), np.array([LNG]), got[1:], got[:1])[0] < 0.01


@given(datum=st.sampled_from(DATUMS), lng=st.floats(73.0, 135.9), lat=st.floats(18.0, 53.0))
@settings(deadline=None, max_examples=some(12))
def test_a_setting_declares_it_as_a_header_does(datum, lng, lat):
    frames = [pd.DataFrame({"id": [i], "name": ["a"], "经度": [str(lng)], "纬度": [str(lat)]}) for i in ("E1", "V1")]
    frames[0]["consent"] = "yes"
    place = {"elders_datum": datum, "volunteers_datum": "wgs84"}
    roster = make_roster(*frames, Settings(place=place))
    expected = convert(float(str(lng)), float(str(lat)), datum, "wgs84")
    assert roster.elders.loc[0, ["lng", "lat"]].tolist() == [float(x) for x in expected]
    assert roster.volunteers.loc[0, ["lng", "lat"]].tolist() == [lng, lat]


def test_undeclared_coordinates_are_an_error_that_says_how_to_declare(load):
    with in_language("zh"):
        (issue,) = faults(load, elder("经度", "纬度"))
        assert (issue.code, issue.file, issue.row, issue.column) == ("datum_undeclared", "e.csv", None, "经度、纬度")
        for word in (
            "经度(WGS-84)、纬度(WGS-84)",
            "GCJ-02",
            "BD-09",
            "--set place.elders_datum=",
            "wgs84、gcj02、bd09",
        ):
            assert word in issue.advice()
    assert load(elder("经度", "纬度"), elders_datum="wgs84").issues == ()
    volunteers = "id,name,lng,lat\nV1,b,121,31\n"
    assert [(i.code, i.file) for i in faults(load, elder(), volunteers)] == [("datum_undeclared", "v.csv")]
    assert load(elder(), volunteers, volunteers_datum="bd09").issues == ()


def test_empty_columns_need_no_datum(load):
    codes = [i.code for i in load("编号,姓名,是否同意,经度,纬度,地址\nE1,a,是,,," + ADDRESS).issues]
    assert codes == []


def test_contradictions_are_errors(load):
    (issue,) = faults(load, elder("经度(GCJ-02)", "纬度(WGS-84)"))
    assert (issue.code, issue.params["told"]) == ("datum_contradiction", "经度(GCJ-02): gcj02; 纬度(WGS-84): wgs84")
    (issue,) = faults(load, elder(), elders_datum="bd09")
    assert "place.elders_datum: bd09" in issue.message()
    assert load(elder("经度(WGS-84)", "纬度")).issues == ()


def test_frames_use_the_names_of_the_code_or_declare(load):
    row = {"id": ["E1"], "name": ["a"], "consent": ["yes"]}
    others = pd.DataFrame({"id": ["V1"], "name": ["b"], "lng": [LNG], "lat": [LAT]})
    assert make_roster(pd.DataFrame({**row, "lng": [LNG], "lat": [LAT]}), others, Settings()).issues == ()
    with pytest.raises(InputError, match="the datum of the coordinates is not declared"):
        make_roster(pd.DataFrame({**row, "经度": [LNG], "纬度": [LAT]}), others, Settings())


def test_half_a_place_is_none(load):
    roster = load(f"id,name,consent,lng_wgs84,lat_wgs84,address\nE1,a,yes,121.4,,{ADDRESS}\nE2,b,yes,,31.2,{ADDRESS}\n")
    assert [(i.code, i.row, i.column) for i in roster.issues] == [
        ("place_half", 2, "lat_wgs84"),
        ("place_half", 3, "lng_wgs84"),
    ]
    assert roster.elders[["lng", "lat"]].isna().all(axis=None)
    assert roster.elders["place_quality"].tolist() == ["unmapped", "unmapped"]
    codes = [(i.code, i.column) for i in faults(load, "id,name,consent,lng_wgs84\nE1,a,yes,121\n")]
    assert codes == [("column_missing", "lat_wgs84")]


# places from neighbours


def person(**cells):
    base = {"district": "徐汇区", "subdistrict": "天平街道", "committee": "甲居委会", "compound": "", "address": ""}
    return {"name": "某", "lng": "", "lat": "", **base, **cells}


def two_rosters(elders, volunteers, **place):
    frames = []
    for letter, rows in (("E", elders), ("V", volunteers)):
        frames.append(pd.DataFrame([{"id": f"{letter}{i}", "consent": "yes", **row} for i, row in enumerate(rows)]))
    frames[1] = frames[1].drop(columns="consent")
    return make_roster(*frames, Settings(place=place))


KNOWN = person(address="零陵路300弄5号101室", lng="121.4", lat="31.2", compound="乙苑")


@pytest.mark.parametrize(
    ("unknown", "quality"),
    [
        (person(address="徐汇区零陵路３００弄五号202室"), "building"),
        (person(address="零陵路300弄8号202室"), "lane"),
        (person(address="8号202室", compound="乙苑"), "compound"),
        (person(), "committee"),
        (person(committee="丙居委会", address="零陵路1号"), "subdistrict"),
        (person(subdistrict="湖南街道", address="零陵路1号"), "unmapped"),
        (person(subdistrict="湖南街道", committee="", address="零陵路"), "none"),
        (person(district="黄浦区", subdistrict="", committee="", address="零陵路300弄5号"), "unmapped"),
    ],
)
def test_a_place_is_taken_from_the_nearest_that_is_known(unknown, quality):
    roster = two_rosters([unknown], [KNOWN])
    (row,) = roster.elders.to_dict("records")
    assert row["place_quality"] == quality
    expected = (np.nan, np.nan) if quality in ("unmapped", "none") else (121.4, 31.2)
    assert np.array_equal((row["lng"], row["lat"]), expected, equal_nan=True)
    assert roster.volunteers["place_quality"].tolist() == ["point"]
    other_way = two_rosters([KNOWN], [unknown])
    assert other_way.volunteers["place_quality"].tolist() == [quality]
    for side, code in ((roster, "place_unknown_elder"), (other_way, "place_unknown_volunteer")):
        who = side.elders["id"] if side is roster else side.volunteers["id"]
        assert [(i.code, i.row, i.value) for i in side.issues] == ([(code, 2, who[0])] if quality == "none" else [])
        assert all(who[0] in issue.message() for issue in side.issues)


def test_a_centroid_counts_each_point_once_and_no_place_that_was_taken():
    at = [("121.4", "31.2"), ("121.4", "31.2"), ("121.405", "31.204"), ("", "")]
    rows = [person(address=f"零陵路300弄{i}号", lng=lng, lat=lat) for i, (lng, lat) in enumerate(at, 1)]
    coarse = person(address="零陵路300弄9号", lng="121.9", lat="31.9", place_quality="committee")
    one = two_rosters([*rows, coarse], [person()]).elders
    assert one.loc[3, ["lng", "lat"]].tolist() == pytest.approx([121.4025, 31.202])
    assert one["place_quality"].tolist() == ["point", "point", "point", "lane", "committee"]
    other = two_rosters([rows[3], coarse, *rows[:3][::-1]], [person()]).elders
    assert other.loc[0, ["lng", "lat"]].tolist() == one.loc[3, ["lng", "lat"]].tolist()


def test_neighbours_placed_by_one_building_are_at_distance_nought():
    rows = [person(address=f"零陵路300弄5号{room}室") for room in (201, 202)]
    roster = two_rosters(rows[:1], [rows[1], KNOWN, {**KNOWN, "lng": "121.401"}])
    ends = [frame.loc[0, ["lng", "lat"]].tolist() for frame in (roster.elders, roster.volunteers)]
    assert ends[0] == ends[1] == pytest.approx([121.4005, 31.2])


# months


def unmapped(**keys):
    empty = {"lat": np.nan, "lng": np.nan, "place_quality": "unmapped"}
    return {**empty, "building": "", "lane": "", "neighbourhood": "", **keys}


NOWHERE = unmapped() | {"place_quality": "none"}
HOME = unmapped(building="路1弄2号", lane="路1弄", neighbourhood="甲")
LANE = unmapped(building="路1弄3号", lane="路1弄", neighbourhood="甲")
COMMITTEE = unmapped(building="路9号", neighbourhood="甲")


def verified(month, plan, **lists):
    made = matcher.frames(plan)
    made["pairs"]["same_building"] = made["pairs"]["same_building"].map({True: "yes", False: "no"})
    written = Tables(made["pairs"], unmatched=made["unmatched"])
    return verify(Case(month.roster, month.horizon, month.settings, written, Lists(**lists)))


def test_names_alone_tell_who_lives_near():
    month = people.month([HOME, LANE, COMMITTEE, {}], [HOME, {}], place={"same_lane_m": 90, "same_committee_m": 300})
    plan = match(month)
    assert plan.volunteer.tolist() == [0, 0, 0, 1]
    assert plan.distance_m.tolist() == [0, 90, 300, 0]
    assert plan.cost_terms["walking"].tolist() == [0, 117, 390, 0]
    assert plan.same_building.tolist() == [True, False, False, False]
    assert plan.certificate.optimal
    assert verified(month, plan).ok


def test_names_count_only_where_neither_has_coordinates():
    month = people.month([HOME | {"lat": 31.2304, "lng": 121.4737, "place_quality": "point"}, HOME], [HOME])
    plan = match(month)
    assert plan.elder.tolist() == [1]
    assert [(row.elder, row.reason) for row in plan.unmatched] == [(0, "no_place")]
    assert np.isnan(Features(month).measure_straight_m(np.array([0]), np.array([0]))).all()


def test_committees_beyond_the_limit_are_none():
    month = people.month([COMMITTEE, HOME], [HOME], place={"same_committee_m": 770})
    plan = match(month)
    assert plan.elder.tolist() == [1]
    assert [(row.elder, row.reason) for row in plan.unmatched] == [(0, "ruled_out")]


def test_nobody_knows_where():
    elders = [NOWHERE, NOWHERE | {"consent": "no"}, NOWHERE | {"status": "left"}, {}, unmapped(neighbourhood="乙")]
    month = people.month(elders, [{}, NOWHERE], previous=people.pairs((0, 0), (3, 1)))
    plan = match(month)
    assert (plan.elder.tolist(), plan.volunteer.tolist()) == ([3], [0])
    reasons = {row.elder: row.reason for row in plan.unmatched}
    assert reasons == {0: "no_place", 1: "no_consent", 2: "absent", 4: "no_place"}
    assert {change.elder: change.reason for change in plan.changes} == {0: "no_place", 3: "no_place"}
    assert verified(month, plan, previous=month.previous).ok


def test_a_pin_finds_its_way():
    month = people.month([NOWHERE, {}], [NOWHERE, {}], pins=people.pairs((0, 0)))
    assert [(i.code, i.severity) for i in check_pins(month)] == [("pin_place_unknown", "warning")]
    plan = match(month)
    assert plan.volunteer.tolist() == [0, 1]
    assert np.isnan(plan.distance_m[0])
    assert plan.cost_m.tolist() == [0, 0]
    assert verified(month, plan, pins=month.pins).ok
    figures = summarise(month, plan, None, (), (), {})
    assert figures["distance_m"]["max"] == 0
    assert figures["elders"]["by_place_quality"] == {"none": 1, "point": 1}
    assert figures["volunteers"]["without_place"] == [
        person.id for person in month.roster.volunteers.itertuples() if person.place_quality == "none"
    ]
    json.dumps(figures, allow_nan=False)


def test_pairs_made_by_hand_of_people_from_nowhere_are_told():
    month = people.month([NOWHERE, {}], [NOWHERE, {}])
    plan = plan_from_pairs(month, people.pairs((0, 0), (1, 1)))
    found = verified(month, plan)
    assert [(v.rule, v.elder_id, v.volunteer_id) for v in found.violations] == [("no_place", "E000", "V000")]


@given(data=st.data())
@settings(deadline=None, max_examples=some(25))
def test_random_months_agree_with_the_verifier(data):
    keys = st.tuples(*(st.sampled_from(["", "a", "b"]) for _ in range(3)))

    def draw(n):
        rows = []
        for building, lane, neighbourhood in data.draw(st.lists(keys, min_size=n, max_size=n)):
            if data.draw(st.booleans()):
                rows.append(people.north(data.draw(st.integers(0, 1500))))
            else:
                named = building or lane or neighbourhood
                rows.append(unmapped(building=building, lane=lane, neighbourhood=neighbourhood))
                rows[-1]["place_quality"] = "unmapped" if named else "none"
        return rows

    lane, committee = data.draw(st.sampled_from([(100, 400), (500, 800), (900, 0)]))
    month = people.month(draw(6), draw(3), place={"same_lane_m": lane, "same_committee_m": committee})
    try:
        plan = match(month)
    except matcher.NoPlanError:
        return
    assert plan.certificate is None or plan.certificate.optimal
    assert verified(month, plan).ok
    again = {(e, v) for e in range(6) for v in range(3) if _may(month, e, v)}
    assert set(zip(plan.elder.tolist(), plan.volunteer.tolist(), strict=True)) <= again
    unserved = set(range(6)) - set(plan.elder.tolist())
    loads = np.bincount(plan.volunteer, minlength=3)
    assert not [(e, v) for e, v in again if e in unserved and loads[v] < 5]


def _may(month, e, v):
    one, other = month.roster.elders.loc[e], month.roster.volunteers.loc[v]
    if np.isnan(one["lng"]) != np.isnan(other["lng"]):
        return False
    if not np.isnan(one["lng"]):
        return abs(one["lat"] - other["lat"]) * 110_866 * 1.3 <= 1000.5
    shared = [
        metres
        for name, metres in zip(
            ("building", "lane", "neighbourhood"), Features(month).locations.shared_name_m.tolist(), strict=True
        )
        if one[name] == other[name] != ""
    ]
    return bool(shared) and shared[0] * 1.3 <= 1000


@pytest.mark.parametrize("lang", ["zh", *long("en")])
def test_a_run_without_any_coordinates(tmp_path, capsys, lang):
    sample = tmp_path / "sample"
    assert main(["sample", "--elders", "40", "--volunteers", "9", "--seed", "3", "--out", str(sample)]) == 0
    for name in ("elders", "volunteers"):
        frame = pd.read_csv(sample / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        frame.drop(columns=["lng_wgs84", "lat_wgs84"]).to_csv(sample / f"{name}.csv", index=False)
    words = ["--elders", str(sample / "elders.csv"), "--volunteers", str(sample / "volunteers.csv"), "--lang", lang]
    with in_language(lang):  # main's language stays in use
        assert main(["run", *words, "--month", "2026-12", "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr().out
    assert {"en": "no coordinates of their own", "zh": "没有自己的坐标"}[lang] in shown
    figures = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert figures["elders"]["by_place_quality"] == {"unmapped": 40}
    assert figures["elders"]["matched"] > 25
    pairs = pd.read_csv(tmp_path / "out" / "pairs.csv", encoding="utf-8-sig")
    header, label = {"en": ("place_quality", "unmapped"), "zh": ("位置精度", "仅知地名")}[lang]
    assert set(pairs[header]) == {label}
    assert set(pairs[{"en": "distance_m", "zh": "直线距离(米)"}[lang]]) <= {0.0, 100.0, 400.0}
