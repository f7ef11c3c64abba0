"""``old-partners locate``: what is sent, what is written, what is said."""

import csv
import logging
from pathlib import Path

import click
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl.comments import Comment
from openpyxl.styles import Font

from matcher.commands import homes as module
from matcher.commands.homes import find_homes, spell_queries
from matcher.commands.locate import locate
from matcher.datum import convert
from matcher.errors import InputError, UsageError
from matcher.geo.geocode import CITIES, Gazetteer
from matcher.geo.geocode.gazetteer import Entry
from matcher.i18n import in_language
from matcher.roster.read import read_table
from tests.helpers import map_server as maps
from tests.helpers.map_server import map_server

KEY = "not-a-key-0123456789"
HEADER = "编号,姓名,身份证号,联系电话,区,街道,居委会,小区,地址,经度(WGS-84),纬度,血型\n"
ROSTER = HEADER + (
    "E1,王小明,310104194105021234,13812345678,徐汇区,天平街道,永嘉,,上海市徐汇区零陵路300弄5号602室王小明13812345678,,,A\n"
    "E2,李大海,,,徐汇区,天平街道,永嘉,,徐汇区零陵路300弄５号301室,,,B\n"
    "E3,赵美丽,,,徐汇区,天平街道,永嘉,,赵美丽零陵路300弄6号(赵美丽)3楼301室2号门铃,,,=1+1\n"
    "E4,陈一,,,徐汇区,天平街道,永嘉,,零陵路300弄7号,121.4400000,31.1900000,\n"
    "E5,周二,,,徐汇区,天平街道,永嘉,,不详,,,\n"
    "E6,吴三,,,黄浦区,老西门街道,永嘉,,不详,,,\n"
    "E7,郑四,,,黄浦区,老西门街道,复兴,,南京东路1号,121.49,abc,\n"
)


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLD_PARTNERS_AMAP_KEY", KEY)
    (tmp_path / "elders.csv").write_text(ROSTER, "utf-8")
    return tmp_path


def run(*words, input=None, lang="en"):
    base = ["--roster", "elders.csv", "--kind", "elders", "--out", "out.csv"]
    with in_language(lang):
        return CliRunner().invoke(locate, [*base, *map(str, words)], input=input, standalone_mode=False)


def asked(server, *words, **options):
    return run("--provider", "amap", "--server", server.address, "--per-second", 100, *words, **options)


def rows(path="out.csv"):
    lines = Path(path).read_text("utf-8-sig").splitlines()
    return {row["编号"]: row for row in csv.DictReader(lines)}


def quality(path="out.csv", header="place_quality"):
    return {name: row[header] for name, row in rows(path).items()}


def test_only_buildings_are_sent_each_once(files):
    with map_server(maps.amap()) as server:
        result = asked(server, "--yes")
    assert result.exception is None
    assert [query["address"] for query in server.sent] == [
        "上海市徐汇区零陵路300弄5号",
        "上海市徐汇区零陵路300弄6号",
        "上海市黄浦区南京东路1号",
    ]
    everything = str(server.sent)
    for secret in ("王小明", "赵美丽", "李大海", "602", "301", "2号", "1381234", "310104", "永嘉", "天平"):
        assert secret not in everything


def test_places_are_written_in_wgs84_with_how_near_they_are(files):
    with map_server(maps.amap()) as server:
        asked(server, "--yes")
    lng, lat = convert(maps.LNG, maps.LAT, "gcj02", "wgs84")
    out = rows()
    assert (out["E1"]["经度(WGS-84)"], out["E1"]["纬度"]) == (f"{lng:.7f}", f"{lat:.7f}")
    assert (out["E4"]["经度(WGS-84)"], out["E4"]["纬度"]) == ("121.4400000", "31.1900000")
    assert (out["E7"]["经度(WGS-84)"], out["E7"]["纬度"]) == (
        "121.49",
        "abc",
    )  # the coordinator's to correct
    assert (out["E6"]["经度(WGS-84)"], out["E6"]["纬度"]) == ("", "")  # another 永嘉, in another district
    assert float(out["E5"]["经度(WGS-84)"]) == pytest.approx((float(lng) + 121.44) / 2)
    assert quality() == {
        "E1": "building",
        "E2": "building",
        "E3": "building",
        "E4": "building",
        "E5": "committee",
        "E6": "none",
        "E7": "none",
    }


def test_the_rest_of_the_roster_stays_but_national_ids_go(files):
    assert run().exception is None
    out = rows()
    assert list(out["E1"]) == [*HEADER.strip().replace("身份证号,", "").split(","), "place_quality"]
    assert [row["血型"] for row in out.values()] == ["A", "B", "'=1+1", "", "", "", ""]
    assert "310104194105021234" not in (files / "out.csv").read_text("utf-8-sig")
    again = read_table(files / "out.csv", "elders")
    assert again.frame["address"].tolist() == read_table(files / "elders.csv", "elders").frame["address"].tolist()


def test_without_a_provider_nothing_is_sent_and_neighbours_help(files):
    result = run()
    assert result.exception is None
    assert quality() == {"E1": "lane", "E2": "lane", "E3": "lane", "E4": "building", "E5": "committee"} | {
        "E6": "none",
        "E7": "none",
    }
    assert not (files / "places.sqlite").exists()
    assert "lane" in result.stdout


def test_it_is_said_what_would_find_more(files):
    assert "give --gazetteer FILE, or --provider amap" in " ".join(run().stdout.split())
    assert "地图服务" in run("--force", lang="zh").stdout


@pytest.mark.parametrize("mark", ["struck", "heading"])
def test_who_may_not_belong_is_asked_about_before_a_copy_forgets_it(files, mark):
    book = openpyxl.Workbook()
    heading = [["11月退出老人"]] if mark == "heading" else []
    for row in (["编号", "姓名", "地址"], ["E1", "张三", "零陵路1号"], *heading, ["E2", "李四", "零陵路2号"]):
        book.active.append(row)
    if mark == "struck":
        book.active["B2"].font = Font(strike=True)
    book.save(files / "elders.xlsx")
    result = run("--roster", "elders.xlsx")
    assert [issue.code for issue in result.exception.issues] == ["row_struck" if mark == "struck" else "heading_inside"]
    assert not (files / "out.csv").exists()


def test_colours_and_notes_are_told_as_the_copy_has_none(files):
    book = openpyxl.Workbook()
    for row in (["红色为已去世"], ["编号", "姓名", "地址"], ["E1", "张三", "零陵路1号"]):
        book.active.append(row)
    book.active["B3"].comment = Comment("11月已搬走", "王")
    book.save(files / "elders.xlsx")
    said = "".join(run("--roster", "elders.xlsx", lang="zh").stdout.split())
    assert "颜色不会读入" in said
    assert "备注不会读入" in said
    assert (files / "out.csv").exists()


def test_a_list_of_places_comes_first(files):
    text = "kind,place,district,lng,lat,datum\nbuilding,上海市徐汇区零陵路300弄5号,,121.45,31.19,wgs84\n"
    text += "lane,零陵路300弄,徐汇区,121.46,31.2,wgs84\ncommittee,永嘉,黄浦区,121.48,31.22,wgs84\n"
    (files / "list.csv").write_text(text, "utf-8")
    assert run("--gazetteer", "list.csv").exception is None
    assert quality() == dict.fromkeys(("E1", "E2", "E4"), "building") | {
        "E3": "lane",
        "E5": "committee",
        "E6": "committee",
        "E7": "none",
    }
    assert rows()["E3"]["经度(WGS-84)"] == "121.4600000"
    assert rows()["E6"]["经度(WGS-84)"] == "121.4800000"
    with map_server(maps.amap()) as server:
        assert asked(server, "--yes", "--gazetteer", "list.csv", "--force").exception is None
    assert "上海市徐汇区零陵路300弄5号" not in [query["address"] for query in server.sent]


def test_leave_is_asked_before_anything_is_sent(files):
    with map_server(maps.amap()) as server:
        result = asked(server, input="n\n")
        assert isinstance(result.exception, click.Abort)
        assert isinstance(asked(server).exception, click.Abort)  # and nobody there to answer is no leave
        assert server.sent == []
        assert not (files / "out.csv").exists()
        said = result.stderr
        assert "3 addresses of buildings" in said
        assert "高德" in said
        assert server.address.partition("://")[2] in said.replace("\n", "")
        assert "上海市徐汇区零陵路300弄5号" in said
        assert "602" not in said
        assert asked(server, input="y\n").exception is None
        assert len(server.sent) == 3
        assert asked(server, "--force").exception is None  # nothing new to send, nothing to ask
        assert len(server.sent) == 3


def test_a_spent_quota_says_what_is_left_and_the_same_command_goes_on(files):
    with map_server(maps.amap_error(10044, "USER_DAILY_QUERY_OVER_LIMIT")) as server:
        server.script = [maps.amap()]
        result = asked(server, "--yes")
        assert isinstance(result.exception, UsageError)
        assert "quota of amap is used up; 2 buildings are left" in str(result.exception)
        assert not (files / "out.csv").exists()
        server.reply = maps.amap()
        result = asked(server, "--yes")
    assert result.exception is None
    assert "2 buildings asked for, 1 known from the cache: 3 found" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (maps.amap_error(10001, f"INVALID_USER_KEY {KEY}"), "amap refuses the key"),
        (maps.amap_error(10021, "CUQPS_HAS_EXCEEDED_THE_LIMIT"), "too fast"),
    ],
)
def test_a_refusal_is_told_without_the_key(files, monkeypatch, page, text, caplog):
    monkeypatch.setattr("matcher.geo.geocode.ask.TRIES", 1)
    with caplog.at_level(logging.DEBUG), map_server(page) as server:
        result = asked(server, "--yes")
    assert text in str(result.exception)
    assert KEY not in str(result.exception) + result.output + caplog.text


def test_ctrl_c_keeps_the_answers(files):
    def interrupt(*_task, completed, total):
        if completed:
            raise KeyboardInterrupt

    with map_server(maps.amap()) as server:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("rich.progress.Progress.update", interrupt)
            result = asked(server, "--yes")
        assert result.return_value == 130
        assert "the same command goes on from there" in " ".join(result.stderr.split())
        assert not (files / "out.csv").exists()
        assert asked(server, "--yes").exception is None
    assert len(server.sent) == 3  # none twice


def test_coarse_and_foreign_answers_are_counted_and_not_used(files):
    def reply(query):
        return maps.amap(level="道路") if "5号" in query["address"] else maps.amap(city="苏州市")

    with map_server(reply) as server:
        result = asked(server, "--yes")
    assert "1 too coarse, 2 outside 上海市" in " ".join(result.stdout.split())
    assert quality()["E1"] == "lane"  # from its neighbour, not from the road


def test_the_key_may_come_from_a_file(files, monkeypatch):
    monkeypatch.delenv("OLD_PARTNERS_AMAP_KEY")
    (files / "key.txt").write_text(f"\ufeff{KEY}\n", "utf-8")
    with map_server(maps.amap()) as server:
        assert "OLD_PARTNERS_AMAP_KEY" in str(asked(server, "--yes").exception)
        assert "can't be read" in str(asked(server, "--yes", "--key-file", "none.txt").exception)
        assert asked(server, "--yes", "--key-file", "key.txt").exception is None
    assert {query["key"] for query in server.sent} == {KEY}


def test_other_cities_need_their_box(files):
    assert "--box" in str(run("--city", "苏州市").exception)
    for wrong in ("1,2,3", "a,b,c,d"):
        assert "four numbers" in str(run("--city", "苏州市", "--box", wrong).exception)
    with map_server(maps.amap(120.6, 31.3, city="苏州市")) as server:
        result = asked(server, "--yes", "--city", "苏州市", "--box", "119.9,30.7,121.4,32.1")
    assert result.exception is None
    assert server.sent[0]["city"] == "苏州市"
    assert quality()["E1"] == "building"


def test_an_existing_file_is_not_overwritten(files):
    (files / "out.csv").write_text("mine")
    with map_server(maps.amap()) as server:
        assert "exists already" in str(asked(server, "--yes").exception)
    assert server.sent == []
    assert (files / "out.csv").read_text() == "mine"
    assert run("--force").exception is None
    assert sorted(path.name for path in files.iterdir()) == ["elders.csv", "out.csv"]


def test_a_roster_without_coordinates_gets_the_columns(files):
    (files / "elders.csv").write_text("id,name,address\nE1,张三,零陵路300弄5号101室\n", "utf-8")
    with map_server(maps.amap()) as server:
        result = asked(server, "--yes", lang="zh")
    assert result.exception is None
    header, row = Path("out.csv").read_text("utf-8-sig").split()
    assert header == "id,name,address,经度(WGS-84),纬度(WGS-84),位置精度"
    assert row.endswith(",楼栋")
    assert server.sent[0]["address"] == "上海市零陵路300弄5号"


def test_a_missing_roster(files):
    (files / "elders.csv").unlink()
    assert isinstance(run().exception, InputError)


def test_out_that_cannot_be_written(files):
    assert "can't be written" in str(run("--out", files / "no" / "out.csv").exception)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (["徐汇区", "天平街道", "永嘉", "零陵路300弄5号"], "上海市徐汇区零陵路300弄5号"),
        (["浦东", "", "", "上海市浦东新区张杨路1号601室"], "上海市浦东新区张杨路1号"),
        (["浦东", "惠南镇", "", "人民路3号"], "上海市浦东新区惠南镇人民路3号"),
        (["", "", "", "浦东新区大团镇人民路3号"], "上海市浦东新区大团镇人民路3号"),
        (["浦东", "惠南镇", "海沈村", "3组12号"], "上海市浦东新区惠南镇海沈村3组12号"),
        (["崇明县", "", "", "城桥镇陆家宅1号"], "上海市崇明区城桥镇陆家宅1号"),
        (["", "", "", "零陵路300弄5号"], "上海市零陵路300弄5号"),
    ],
)
def test_what_is_sent_for_a_building(row, text):
    frame = pd.DataFrame([row], columns=["district", "subdistrict", "committee", "address"], dtype=str)
    assert list(spell_queries(frame, find_homes(frame), CITIES["上海市"]).values()) == [text]


def test_a_road_of_two_towns_is_looked_up_in_each():
    rows = [["浦东", town, "", "人民路3号"] for town in ("惠南镇", "大团镇")]
    frame = pd.DataFrame(rows, columns=["district", "subdistrict", "committee", "address"], dtype=str)
    homes = find_homes(frame)
    assert len(spell_queries(frame, homes, CITIES["上海市"])) == 2
    listed = [
        Entry("building", "浦东新区惠南镇人民路3号", "", 121.75, 31.05),
        Entry("lane", "人民路9弄", "浦东", 121.7, 31),
    ]
    places = Gazetteer(listed, module._spell_keys)
    assert [places.point("building", key) for key in homes.building] == [(121.75, 31.05), None]


@pytest.mark.parametrize(
    "cell", ["证310104195001017893", "310104 19500101 7893", "３１０１０４１９５００１０１７８９３"]
)
@pytest.mark.parametrize("header", ["备注", "姓名", "地址", "兴趣爱好", "310104195001017893"])
def test_no_national_id_stands_in_the_copy_and_only_its_owner_reads_it(files, header, cell):
    (files / "elders.csv").write_text(f"编号,联系电话,{header}\nE1,13812345678,{cell}\n", "utf-8")
    assert run().exception is None
    text = (files / "out.csv").read_text("utf-8-sig")
    assert "310***" in text
    assert not any(number in text for number in (cell, "310104195001017893"))
    assert "13812345678" in text
    assert (files / "out.csv").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("address", "building"),
    [
        ("零陵路300弄5号602室3号床", "零陵路300弄5号"),
        ("零陵路300弄5号 12A室 张三", "零陵路300弄5号"),
        ("电话13812345678零陵路300弄5号", "电话零陵路300弄5号"),  # words we do not know stay; numbers go
        ("张三丰零陵路300弄5号", "零陵路300弄5号"),
        ("李四转零陵路300弄5号", "转零陵路300弄5号"),
        ("张三丰路300弄5号张三丰", "张三丰路300弄5号"),
        ("零陵路300弄5号楼3层", "零陵路300弄5幢"),
        ("不详", ""),
        ("", ""),
    ],
)
def test_rooms_names_and_numbers_are_cut(address, building, tmp_path):
    path = tmp_path / "elders.csv"
    path.write_text(f"id,name,address,紧急联系人\nE1,张三丰,{address},李四\n", "utf-8")
    assert find_homes(read_table(path, "elders").frame).building == [building]


def test_quality_has_a_chinese_name_for_every_code():
    with in_language("zh"):
        labels = [module.PLACE_QUALITY.choice_label(choice.code) for choice in module.PLACE_QUALITY.choices]
    assert labels == ["本人坐标", "楼栋", "弄", "小区", "居委会", "街道", "仅知地名", "无"]


def test_new_coordinates_are_in_the_roster_s_own_datum(files):
    text = "id,name,address,lng_gcj02,lat\nE1,张三,零陵路300弄5号101室,,\nE2,李四,零陵路300弄6号,121.445,31.191\n"
    (files / "elders.csv").write_text(text, "utf-8")
    with map_server(maps.amap()) as server:
        assert asked(server, "--yes").exception is None
    (header, first, second) = Path("out.csv").read_text("utf-8-sig").split()
    assert header.startswith("id,name,address,lng_gcj02,lat,")
    lng, lat = first.split(",")[3:5]  # what Amap answers, which is GCJ-02 too
    assert (float(lng), float(lat)) == pytest.approx((maps.LNG, maps.LAT), abs=2e-7)
    assert ",121.445,31.191," in second


def test_undeclared_coordinates_are_refused(files):
    (files / "elders.csv").write_text("id,name,address,lng,lat\nE1,张三,零陵路300弄5号,121.4,31.2\n", "utf-8")
    error = run().exception
    assert isinstance(error, InputError)
    assert [issue.code for issue in error.issues] == ["datum_undeclared"]
    assert run("--set", "place.elders_datum=gcj02").exception is None
