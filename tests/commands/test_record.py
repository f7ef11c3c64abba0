"""``record`` as people use it: what comes in, what is written, what the screen says."""

from __future__ import annotations

import stat

import pandas as pd
import pytest
from openpyxl import Workbook

from matcher.commands import main
from matcher.i18n import in_language
from matcher.outputs.folder import write_file
from matcher.records import read_records
from matcher.records.list_files import LIST_FILES
from tests.helpers.records import ELDERS, VISITS, VOLUNTEERS, plan_visits, visit_id

HEADER = "编号,老人,完成,分钟,情况,备注\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Rosters and the run folder of a planned month, as small as can be."""
    folder = tmp_path_factory.mktemp("programme")
    people = [
        f"{key},{name},{phone},上海市徐汇区潍坊路11弄{i}号,是,高"
        for i, (key, name, phone) in enumerate(_elders(), start=1)
    ]
    (folder / "elders.csv").write_text("编号,姓名,联系电话,地址,是否同意,风险等级\n" + "\n".join(people), "utf-8")
    people = [f"{key},{name},上海市徐汇区潍坊路11弄9号,2026-12-30" for key, name in VOLUNTEERS.items()]
    (folder / "volunteers.csv").write_text("编号,姓名,地址,体检到期\n" + "\n".join(people), "utf-8")
    (folder / "run").mkdir()
    visits = plan_visits()
    times = {"start": 540.0, "end": 570.0, "order_of_day": 1, "revision": 0, "companion": ""}
    names = {"elder_name": visits["elder_id"].map(ELDERS), "volunteer_name": visits["volunteer_id"].map(VOLUNTEERS)}
    write_file(folder / "run" / "visits.csv", visits.assign(**times, **names), "visits")
    pairs = visits[["elder_id", "volunteer_id"]].drop_duplicates().assign(since="2026-12-01", status="new")
    pairs.to_csv(folder / "run" / "pairs.csv", index=False)
    return folder


def _elders():
    return [(key, name, f"1540000{i:04}") for i, (key, name) in enumerate(ELDERS.items())]


def record(place, out, *words, today="2026-12-20"):
    given = ["record", *words, "--month", "2026-12", "--run", place / "run", "--elders", place / "elders.csv"]
    given += ["--volunteers", place / "volunteers.csv", "--records", out / "2026-12.csv", "--as-of", today]
    return main([str(word) for word in given])


def sheet(path, *rows):
    path.write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
    return path


def test_a_month_of_sheets(place, tmp_path, capsys):
    out = tmp_path / "records"
    one = sheet(tmp_path / "马.csv", f"{visit_id(1, 'E001')},王秀英,✓,半小时,,", f"{visit_id(4, 'E001')},,,,A,")
    two = sheet(tmp_path / "韩.csv", f"{visit_id(3, 'E003')},,,,A,", f"{visit_id(10, 'E003')},,,,A,敲门多次")
    assert record(place, out, one) == 0
    shown = capsys.readouterr().out
    assert "2 rows: 2 records (2 new" in shown
    assert "2 of 8 planned contacts, from 1 of 2 volunteers" in shown
    assert record(place, out, one, two) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "4 records (2 new, 0 changed, 2 known already)" in shown
    assert "Check at once" in shown
    assert "E003 张*" in shown
    assert "see to the elders in check_now.csv today" in shown
    found = read_records(out / "2026-12.csv")
    assert not found.issues
    assert found.frame["visit_id"].tolist() == [
        visit_id(d, e) for d, e in ((1, "E001"), (3, "E003"), (4, "E001"), (10, "E003"))
    ]
    assert {path.name for path in (out / "2026-12").iterdir()} == {one.name for one in LIST_FILES}
    for path in (out / "2026-12.csv", out / "2026-12"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077
    texts = [path.read_text("utf-8-sig") for path in (out / "2026-12").iterdir()]
    assert not any("1540000" in text or "张金宝" in text or "潍坊路" in text for text in texts)
    before = (out / "2026-12.csv").read_bytes()
    assert record(place, out) == 0  # without files: the lists anew
    assert (out / "2026-12.csv").read_bytes() == before
    assert record(place, out, "--names", "full") == 0
    assert "张金宝" in (out / "2026-12" / "check_now.csv").read_text("utf-8-sig")


def test_faults_stop_everything_or_are_set_aside(place, tmp_path, capsys):
    out = tmp_path / "records"
    rows = [f"{visit_id(1, 'E001')},,✓,,,", f"{visit_id(2, 'E001')},,✓,,,", f"{visit_id(4, 'E001')},,✓,600,,"]
    bad = sheet(tmp_path / "坏.csv", *rows)
    assert record(place, out, bad) == 2
    assert "20261202-E001" in capsys.readouterr().err
    assert not out.exists()
    assert record(place, out, bad, "--set-aside") == 0
    shown = capsys.readouterr().out
    assert "2 of 3 rows are at fault" in shown
    assert len(read_records(out / "2026-12.csv").frame) == 1
    issues = pd.read_csv(out / "2026-12" / "issues.csv", dtype=str, encoding="utf-8-sig")
    assert issues["row"].tolist() == ["3", "4"]


def test_sheets_that_contradict(place, tmp_path, capsys):
    out = tmp_path / "records"
    one = sheet(tmp_path / "一.csv", f"{visit_id(1, 'E001')},,✓,,,")
    two = sheet(tmp_path / "二.csv", f"{visit_id(1, 'E001')},,,,A,", f"{visit_id(2, 'E002')},,✓,,,")
    assert record(place, out, one, two) == 2
    assert "二.csv:2" in capsys.readouterr().err
    assert record(place, out, one) == 0
    assert record(place, out, two) == 2
    assert record(place, out, two, "--set-aside") == 0
    assert "2 rows: 1 record (1 new, 0 changed, 0 known" in " ".join(capsys.readouterr().out.split())
    assert record(place, out, two, "--replace") == 0
    assert read_records(out / "2026-12.csv").frame["outcome"].tolist() == ["no_answer", "done"]


def test_all_reported_says_what_comes_next(place, tmp_path, capsys):
    out = tmp_path / "records"
    rows = [f"{visit_id(day, elder)},,✓,,," for day, elder, *_rest in VISITS]
    assert record(place, out, sheet(tmp_path / "全.csv", *rows), today="2026-12-12") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "plan 2027-01 with" in shown
    assert record(place, out, sheet(tmp_path / "故.csv", f"{visit_id(8, 'E001')},,,,F,"), "--replace") == 0
    assert "roster_changes.csv" in capsys.readouterr().out


def test_earlier_months_and_chinese(place, tmp_path, capsys):
    november = tmp_path / "2026-11.csv"
    november.write_text(
        "visit_id,date,elder_id,volunteer_id,kind,outcome\n,2026-11-29,E001,V01,visit,no_answer\n", "utf-8"
    )
    one = sheet(tmp_path / "一.csv", f"{visit_id(1, 'E001')},,,,A,", ",李阿妹,✓,,,")
    with in_language("zh"):
        given = ["--previous-records", november, "--set-aside", "--lang", "zh"]
        assert record(place, tmp_path / "记录", one, *given, today="2026-12-01") == 0
        shown = "".join(capsys.readouterr().out.split())
        assert "立即查看" in shown
        assert "连续2次没有联系上" in shown


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("2026-12.xlsx", [], "is no CSV file"),
        ("2026-12.csv", ["--month", "2027-01"], "not of 2027-01"),
        ("2026-12.csv", ["--previous-records", "none.csv"], "there is no such file"),
        ("2026-12.csv", ["--run", "nowhere"], "there is no such file"),
    ],
)
def test_what_can_not_be(place, tmp_path, capsys, name, words, said):
    one = sheet(tmp_path / "一.csv", f"{visit_id(1, 'E001')},,✓,,,")
    given = ["record", one, "--month", "2026-12", "--run", place / "run", "--elders", place / "elders.csv"]
    given += ["--volunteers", place / "volunteers.csv", "--records", tmp_path / name, *words]
    assert main([str(word) for word in given]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_many_faulty_files_are_counted(place, tmp_path, capsys):
    files = [sheet(tmp_path / f"{i}.csv", f"20250101-X{i},,✓,,,") for i in range(7)]
    assert record(place, tmp_path / "records", *files, "--set-aside") == 0
    assert "and 2 more files" in " ".join(capsys.readouterr().out.split())


def test_a_folder_and_a_pattern_name_sheets(place, tmp_path, capsys):
    inside = tmp_path / "back" / "一组"
    inside.mkdir(parents=True)
    sheet(inside / "马.csv", f"{visit_id(1, 'E001')},王秀英,✓,,,")
    (inside / "notes.html").write_text("<p>", "utf-8")
    assert record(place, tmp_path / "a", tmp_path / "back") == 0
    assert record(place, tmp_path / "b", inside / "*.csv") == 0
    found = [read_records(tmp_path / name / "2026-12.csv").frame for name in "ab"]
    pd.testing.assert_frame_equal(*found)
    capsys.readouterr()
    assert record(place, tmp_path / "c", inside / "*.xlsx") == 2
    assert "no file fits" in capsys.readouterr().err


def test_the_coordinators_workbook_is_passed_over(place, tmp_path, capsys):
    book = Workbook()
    book.active.title = "协调员"
    book.active["A1"] = "潍坊街道"
    book.save(tmp_path / "0 协调员.xlsx")
    one = sheet(tmp_path / "马.csv", f"{visit_id(1, 'E001')},王秀英,✓,,,")
    assert record(place, tmp_path / "a", tmp_path / "0 协调员.xlsx", one) == 0
    assert "a page of the hand-outs without visit records" in " ".join(capsys.readouterr().out.split())
    assert record(place, tmp_path / "b", tmp_path / "0 协调员.xlsx") == 2  # alone it is no record
    assert "looks like the header of a visit record" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("remark", "by"),
    [("韩福英代", "V02"), ("由韩福英代访", "V02"), ("V02", "V02"), ("V02 came", "V02"), ("邻居代", ""), ("", "")],
)
def test_who_came_instead_may_stand_in_the_remark(place, tmp_path, remark, by):
    one = sheet(tmp_path / "马.csv", f"{visit_id(1, 'E001')},王秀英,,,H,{remark}")
    assert record(place, tmp_path / "records", one) == 0
    assert read_records(tmp_path / "records" / "2026-12.csv").frame["by_id"].tolist() == [by]


@pytest.mark.parametrize(
    ("row", "at"),
    [
        ("20261201-\u3000e001,,✓,,,", "20261201-E001"),
        ("20261201—E001,王秀英 E001,✓,,,", "20261201-E001"),
        ("20261201-E001,王秀英（E001）,✓,,,", "20261201-E001"),
        ("20261201-E001,王秀…,✓,,,", "20261201-E001"),
        ("20261203-E003,王秀英（E001）,✓,,,", None),
        ("20261203-E003,李阿…,✓,,,", None),
    ],
)
def test_ids_and_names_as_people_write_them(place, tmp_path, row, at):
    assert record(place, tmp_path / "records", sheet(tmp_path / "马.csv", row)) == (0 if at else 2)
    if at:
        assert read_records(tmp_path / "records" / "2026-12.csv").frame["visit_id"].tolist() == [at]


def test_a_day_alone_is_of_the_month(place, tmp_path):
    rows = "日期,老人,志愿者,完成\n2号,李阿妹（E002）,马爱英,✓\n9日（周三）,李阿妹 E002,V01,✓\n"
    (tmp_path / "马.csv").write_text(rows, "utf-8")
    assert record(place, tmp_path / "records", tmp_path / "马.csv") == 0
    found = read_records(tmp_path / "records" / "2026-12.csv").frame
    assert found["visit_id"].tolist() == [visit_id(2, "E002"), visit_id(9, "E002")]
