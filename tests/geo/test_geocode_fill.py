"""Places from a list of one's own and from neighbours."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.datum import convert
from matcher.errors import InputError
from matcher.geo.geocode import Answer, Gazetteer, HomesToLocate, fill
from matcher.geo.geocode.gazetteer import read_entries

NAN = float("nan")
HEADER = "kind,place,district,lng,lat,datum\n"


def homes(*rows):
    """Rows of lng, lat, building, lane, compound, committee."""
    lng, lat, *keys = zip(*rows, strict=True)
    return HomesToLocate(np.array(lng, dtype=float), np.array(lat, dtype=float), *keys)


def written(tmp_path, text, encoding="utf-8-sig"):
    path = tmp_path / "list.csv"
    path.write_text(text, encoding)
    return path


def by_name(entries):
    return [f"{e.district}|{e.place}" if e.district else e.place for e in entries]


def test_each_kind_comes_in_its_turn():
    lists = {("lane", "L2"): (2, 2), ("compound", "C2"): (9, 9), ("committee", "K"): (3, 3)}
    places = fill(
        homes(
            (121.5, 31.5, "own", "L9", "", ""),
            (NAN, NAN, "answered", "L1", "", ""),
            (NAN, NAN, "own", "L2", "", ""),  # a neighbour's place
            (NAN, NAN, "", "L2", "C2", "K"),
            (NAN, NAN, "to compound", "", "", "K"),
            (NAN, NAN, "", "", "", "K"),
            (NAN, NAN, "", "", "", ""),
            (121.5, NAN, "", "", "", "K"),  # half a place is none
        ),
        {"answered": Answer("building", 1, 1), "to compound": Answer("compound", 4, 4)},
        lambda kind, key: lists.get((kind, key)),
    )
    assert places.quality == ["building", "building", "building", "lane", "compound", "committee", "none", "committee"]
    expected = [121.5, 1, 121.5, 2, 4, 3, NAN, 3]
    np.testing.assert_array_equal(places.lng, expected)
    np.testing.assert_array_equal(np.isnan(places.lat), np.isnan(expected))


def test_a_lane_is_preferred_to_an_answer_about_the_compound():
    rows = ((121.0, 31.0, "a", "L", "", ""), (NAN, NAN, "b", "L", "", ""))
    places = fill(homes(*rows), {"b": Answer("compound", 5, 5)})
    assert places.quality[1] == "lane"
    assert places.lng[1] == 121.0


def test_a_centroid_is_of_known_buildings_only_and_counts_each_point_once():
    rows = [
        (121.0, 31.0, "a", "", "C", "K"),
        (121.0, 31.0, "a", "", "C", "K"),
        (121.0, 31.0, "a", "", "C", "K"),
        (121.4, 31.4, "b", "", "C", "K"),
        (NAN, NAN, "c", "", "C", "K"),  # gets the compound's, which must not weigh in the committee's
        (121.8, 31.8, "d", "", "", "K"),
        (NAN, NAN, "", "", "", "K"),
    ]
    places = fill(homes(*rows), {})
    assert places.quality[4] == "compound"
    assert places.lng[4] == pytest.approx(121.2)
    assert places.quality[6] == "committee"
    assert places.lng[6] == pytest.approx((121.0 + 121.4 + 121.8) / 3)


key = st.sampled_from(["", "x", "y"])
row = st.tuples(st.sampled_from([NAN, 121.1, 121.2]), st.sampled_from([NAN, 31.1]), key, key, key, key)


@given(rows=st.lists(row, min_size=1, max_size=12), seed=st.integers(0, 99))
@settings(deadline=None)
def test_the_order_of_rows_does_not_matter_and_nothing_known_is_touched(rows, seed):
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    straight, mixed = fill(homes(*rows), {}), fill(homes(*(rows[i] for i in order)), {})
    np.testing.assert_array_equal(mixed.lng, straight.lng[order])
    np.testing.assert_array_equal(mixed.lat, straight.lat[order])
    assert mixed.quality == [straight.quality[i] for i in order]
    for (lng, lat, *_), east, north, quality in zip(rows, straight.lng, straight.lat, straight.quality, strict=True):
        if lng == lng and lat == lat:
            assert (east, north, quality) == (lng, lat, "building")
        assert np.isnan(east) == np.isnan(north) == (quality == "none")


def test_unknown_buildings_are_those_with_no_neighbour_who_knows():
    rows = [(NAN, NAN, "b", *[""] * 3), (NAN, NAN, "a", *[""] * 3), (NAN, NAN, "a", *[""] * 3)]
    rows += [(121.0, 31.0, "c", *[""] * 3), (NAN, NAN, "c", *[""] * 3), (NAN, NAN, *[""] * 4)]
    assert homes(*rows).find_unknown_buildings() == ["a", "b"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_list_is_read_in_either_language_and_converted(tmp_path, encoding):
    text = (
        "类别,名称,经度,纬度,坐标系\n楼栋,零陵路300弄5号,121.45,31.19,GCJ-02\n\nlane, 零陵路300弄 ,121.46,31.18,bd09\n"
    )
    text += "居委会,永嘉居委会,121.44,31.2,wgs84\n"
    house, lane, committee = read_entries(written(tmp_path, text, encoding))
    assert (house.kind, house.place, house.district) == ("building", "零陵路300弄5号", "")
    assert (house.lng, house.lat) == pytest.approx(tuple(float(x) for x in convert(121.45, 31.19, "gcj02", "wgs84")))
    assert (lane.kind, lane.place) == ("lane", "零陵路300弄")
    assert (lane.lng, lane.lat) == pytest.approx(tuple(float(x) for x in convert(121.46, 31.18, "bd09", "wgs84")))
    assert (committee.lng, committee.lat) == (121.44, 31.2)


def test_every_fault_of_a_list_is_named_with_its_row(tmp_path):
    text = HEADER + "building,x,,121.4,31.2,wgs84\nhouse,x,,121.4,31.2,wgs84\nlane,,,abc,91,\n"
    with pytest.raises(InputError) as caught:
        read_entries(written(tmp_path, text))
    assert [(issue.row, issue.column, issue.code) for issue in caught.value.issues] == [
        (3, "kind", "value_not_choice"),
        (4, "datum", "value_not_choice"),
        (4, "place", "value_missing"),
        (4, "lng", "value_not_number"),
        (4, "lat", "value_not_number"),
    ]
    assert "wgs84, gcj02, bd09" in caught.value.issues[1].advice()


def test_a_list_without_a_datum_or_without_a_file(tmp_path):
    with pytest.raises(InputError) as caught:
        read_entries(written(tmp_path, "kind,place,lng,lat\nlane,x,121,31\n"))
    assert [(issue.code, issue.column) for issue in caught.value.issues] == [("column_missing", "datum")]
    with pytest.raises(InputError) as caught:
        read_entries(tmp_path / "none.csv")
    assert [issue.code for issue in caught.value.issues] == ["file_missing"]
    with pytest.raises(InputError) as caught:
        read_entries(tmp_path)
    assert {issue.code for issue in caught.value.issues} == {"file_unreadable"}
    with pytest.raises(InputError) as caught:
        read_entries(written(tmp_path, ""))
    assert {issue.code for issue in caught.value.issues} == {"column_missing"}


@pytest.fixture
def gazetteer(tmp_path):
    text = HEADER + "building,A1号,徐汇,121.1,31.1,wgs84\nbuilding,A1号,黄浦,121.2,31.2,wgs84\n"
    text += "building,B1号,徐汇,121.3,31.3,wgs84\nbuilding,C1号,,121.4,31.4,wgs84\nlane,A,徐汇,121.5,31.5,wgs84\n"
    text += "building,B1号,徐汇,121.3,31.3,wgs84\n"
    text += "building,D1号,徐汇,121.6,31.6,wgs84\nbuilding,D1号,徐汇,121.7,31.6,wgs84\n"
    return Gazetteer(read_entries(written(tmp_path, text)), by_name)


@pytest.mark.parametrize(
    ("kind", "query", "lng"),
    [
        ("building", "徐汇|A1号", 121.1),
        ("building", "黄浦|A1号", 121.2),
        ("building", "A1号", None),  # in two districts
        ("building", "静安|A1号", None),  # in others
        ("building", "B1号", 121.3),  # in one
        ("building", "静安|C1号", 121.4),  # the list does not say in which
        ("building", "C1号", 121.4),
        ("building", "徐汇|D1号", None),  # at two points
        ("lane", "徐汇|A", 121.5),
        ("lane", "徐汇|A1号", None),
        ("building", "nowhere", None),
        ("building", "", None),
    ],
)
def test_a_list_answers_what_is_beyond_doubt(gazetteer, kind, query, lng):
    point = gazetteer.point(kind, query)
    assert (point[0] if point else None) == lng


def test_the_list_is_a_geopy_geocoder(gazetteer):
    assert gazetteer.geocode("徐汇|B1号").point[:2] == (31.3, 121.3)
    assert [place.raw["kind"] for place in gazetteer.geocode("徐汇|A", kind="lane", exactly_one=False)] == ["lane"]
    assert gazetteer.geocode("nowhere") is None
