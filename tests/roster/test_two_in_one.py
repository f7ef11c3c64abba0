"""Two values in one cell: coordinates, and names with telephone numbers."""

import pandas as pd
import pytest

from matcher.errors import InputError
from matcher.roster import load_roster, make_roster
from matcher.roster.two_in_one import read_pair
from matcher.settings import Settings

PAIR = ("121.4737", "31.2304")


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("121.4737,31.2304", PAIR),
        ("121.4737, 31.2304", PAIR),
        ("31.2304,121.4737", PAIR),
        ("121.4737，31.2304", PAIR),
        ("121.4737 31.2304", PAIR),
        ("121.4737;31.2304", PAIR),
        ("121.4737/31.2304", PAIR),
        ("121.4737、31.2304", PAIR),
        ("(121.4737,31.2304)", PAIR),
        ("[121.4737, 31.2304]", PAIR),
        ("１２１.4737，31.2304", PAIR),
        ("经度121.4737 纬度31.2304", PAIR),
        ("东经121.4737°，北纬31.2304°", PAIR),
        ("31.2304N 121.4737E", PAIR),
        ("POINT(121.4737 31.2304)", PAIR),
        ("121.4737", None),
        ("121°28′25″ 31°13′49″", None),
        ("121°28.42' 31°13.82'", None),
        ("121.4737,31.2304,12", None),
        ("21.4737,31.2304", None),
        ("零陵路3号", None),
        ("", None),
    ],
)
def test_a_pair_of_coordinates(text, pair):
    assert read_pair(text) == pair


def load(tmp_path, header, cell, settings=None):
    (tmp_path / "e.csv").write_text(f'编号,姓名,是否同意,地址,{header}\nE1,张三,是,零陵路1号,"{cell}"\n', "utf-8")
    (tmp_path / "v.csv").write_text(f'编号,姓名,{header}\nV1,李四,"{cell}"\n', "utf-8")
    return load_roster(tmp_path / "e.csv", tmp_path / "v.csv", settings or Settings())


@pytest.mark.parametrize(
    "header",
    ["经纬度(WGS-84)", "坐标(WGS84)", "location_wgs84", "coordinates (WGS-84)", "GPS坐标", "经度(WGS-84)", "住处(GPS)"],
)
@pytest.mark.parametrize("cell", ["121.4737,31.2304", "31.2304，121.4737"])
def test_one_column_of_coordinates_is_read(tmp_path, header, cell):
    roster = load(tmp_path, header, cell)
    for frame in (roster.elders, roster.volunteers):
        assert frame[["lng", "lat"]].to_numpy().tolist() == [[121.4737, 31.2304]]
        assert frame["place_quality"].tolist() == ["point"]
    assert roster.issues == ()
    assert dict(roster.readings[0].headers)["lat"] == header


def test_its_datum_has_to_be_declared(tmp_path):
    with pytest.raises(InputError) as caught:
        load(tmp_path, "经纬度", "121.4737,31.2304")
    assert {issue.code for issue in caught.value.issues} == {"datum_undeclared"}
    place = {"elders_datum": "gcj02", "volunteers_datum": "gcj02"}
    roster = load(tmp_path, "经纬度", "121.4737,31.2304", Settings(place=place))
    assert roster.elders["lng"][0] == pytest.approx(121.4692, abs=2e-4)
    assert roster.elders["lng"][0] == roster.volunteers["lng"][0]
    assert load(tmp_path, "坐标(GCJ-02)", "121.4737,31.2304").elders["lng"][0] == roster.elders["lng"][0]


def test_a_cell_that_is_no_pair_is_asked_about(tmp_path):
    text = (
        '编号,姓名,是否同意,坐标(WGS-84)\nE1,张三,是,"121.47,31.23"\nE2,李四,是,121°28′25″ 31°13′49″\nE3,赵六,是,无\n'
    )
    (tmp_path / "e.csv").write_text(text, "utf-8")
    (tmp_path / "v.csv").write_text("编号,姓名,经度(WGS-84),纬度\nV1,王五,121.4737,31.2304\n", "utf-8")
    roster = load_roster(tmp_path / "e.csv", tmp_path / "v.csv", Settings())
    issues = [(i.code, i.row, i.column) for i in roster.issues]
    assert issues == [("place_minutes", 3, "坐标(WGS-84)"), *(("place_unknown_elder", row, "") for row in (3, 4))]
    assert roster.elders["place_quality"].tolist() == ["point", "none", "none"]


def test_columns_of_their_own_go_first(tmp_path):
    text = '编号,姓名,是否同意,坐标,经度(WGS-84),纬度\nE1,张三,是,"121.5,31.5",121.4737,31.2304\n'
    (tmp_path / "e.csv").write_text(text, "utf-8")
    (tmp_path / "v.csv").write_text('编号,姓名,经度(WGS-84),纬度,坐标(GPS)\nV1,王五,,,"121.4737,31.2304"\n', "utf-8")
    roster = load_roster(tmp_path / "e.csv", tmp_path / "v.csv", Settings())
    assert roster.elders["lng"].tolist() == roster.volunteers["lng"].tolist() == [121.4737]
    assert [(issue.file, issue.column) for issue in roster.issues] == [("e.csv", "坐标")]


@pytest.mark.parametrize(
    ("cell", "name", "phone"),
    [
        ("李四13812345678", "李四", "13812345678"),
        ("李四 138 1234 5678", "李四", "138 1234 5678"),
        ("李四（女儿）：１３８１２３４５６７８", "李四（女儿）", "13812345678"),
        ("李四电话021-64001111", "李四", "021-64001111"),
        ("13812345678李四", "李四", "13812345678"),
        ("李四13812345678、王五13912345678", "李四、王五", "13812345678; 13912345678"),
        ("李四", "李四", ""),
        ("李四(2)", "李四(2)", ""),
    ],
)
def test_a_contact_with_a_number(cell, name, phone):
    person = {"id": "V1", "name": "a", "lng": "121.4737", "lat": "31.2304"}
    elders = pd.DataFrame([{**person, "id": "E1", "consent": "yes", "emergency_contact": cell}])
    roster = make_roster(elders, pd.DataFrame([person | {"name": cell}]), Settings())
    assert roster.elders[["emergency_contact", "emergency_contact_phone"]].to_numpy().tolist() == [[name, phone]]
    assert roster.volunteers[["name", "phone"]].to_numpy().tolist() == [[name, phone]]
    assert [issue.code for issue in roster.issues] == (["family_as_contact"] if phone else [])


def test_a_number_of_its_own_column_stays():
    person = {"id": "V1", "name": "a", "lng": "121.4737", "lat": "31.2304"}
    elders = pd.DataFrame([{**person, "id": "E1", "consent": "yes"}])
    roster = make_roster(
        elders, pd.DataFrame([person | {"name": "李四13812345678", "phone": "13900000000"}]), Settings()
    )
    assert roster.volunteers["phone"].tolist() == ["13900000000"]
