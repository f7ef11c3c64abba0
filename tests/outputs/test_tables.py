import json
import re
import tomllib
import zipfile
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from matcher.columns import FILES
from matcher.demand.calendar import Calendar
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.i18n import in_language
from matcher.matching import match, plan_from_pairs
from matcher.messages import Issue
from matcher.outputs import left_out, tables
from matcher.outputs.folder import RunFolder
from matcher.outputs.localised import guard_formulas, localise, write_csv
from matcher.outputs.plan_workbook.contents import PlanContents
from matcher.outputs.summary import make_manifest, summarise
from matcher.outputs.template import list_template_files, name_template, settings_file, write_template
from matcher.roster.formats import Form
from matcher.roster.holidays import read_holidays
from matcher.roster.read import read_table
from matcher.roster.table import Reading
from matcher.roster.workbook import read_sheets
from matcher.schedule import Schedule, Unscheduled
from matcher.settings import ScheduleSettings, Settings, load
from matcher.settings import table as settings_table
from matcher.verify import Violation
from tests.helpers import people


@pytest.fixture
def month():
    near, far = people.north(100), people.north(50_000)
    return people.month(
        [near | {"name": "欧阳建国"}, near | {"name": "张三", "building": "b"}, far, {"consent": "no"}, near],
        [{"capacity": 2.0, "name": "王五", "building": "b"}, {"capacity": 0.0}],
        previous=people.pairs((0, 0), (4, -1)),
        priority={"lost_months": 0},
    )


@pytest.fixture
def plan(month):
    return match(month)


@pytest.fixture
def visits():
    days = np.array(["2026-12-01", "2026-12-03"], dtype="datetime64[D]")
    gap = Unscheduled(1, 0, date(2026, 12, 7), 1, 2, "day_full")
    index = np.array([0, 1]), np.array([0, 0])
    times = np.array([540, 841]), np.array([585, 856])
    return Schedule(*index, days, *times, np.array([0, 1]), np.array([1, 1]), (gap,), contacts_due=4)


def _is_written(column):
    """The months of these tests have neighbours, and nothing else that sparse columns tell of."""
    return not column.sparse or column.name == "same_building_cost_m"


def _frames(month, plan, visits):
    shown = tables.PeopleNames.of(month.roster)
    issue = Issue("value_missing", "e.csv", 3, "id")
    violation = Violation("capacity", "", "V000", None, 2.0)
    return {
        "pairs": tables.make_pairs_frame(plan, shown),
        "unmatched": left_out.make_unmatched_frame(plan, shown),
        "shortages": left_out.make_shortages_frame(plan, shown),
        "changes": tables.make_changes_frame(plan, shown),
        "capacity": tables.make_capacity_frame(plan, shown),
        "visits": tables.make_visits_frame(visits, shown),
        "unscheduled": tables.make_unscheduled_frame(visits, shown),
        "issues": tables.make_issues_frame([issue]),
        "violations": tables.make_violations_frame([violation], shown),
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_file_has_exactly_its_columns_in_either_language(month, plan, visits, lang):
    with in_language(lang):
        for kind, frame in _frames(month, plan, visits).items():
            table = localise(frame, kind)
            expected = [column.zh if lang == "zh" else column.name for column in FILES[kind] if _is_written(column)]
            assert table.columns.tolist() == expected
            assert len(table)
            assert not table.isna().to_numpy().any()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_empty_files_have_their_header(month, lang):
    nothing = plan_from_pairs(month, people.pairs())
    nothing = replace(nothing, changes=())
    with in_language(lang):
        for kind, frame in _frames(month, nothing, _no_visits()).items():
            if kind not in ("issues", "violations", "capacity"):
                headers = [column.header() for column in FILES[kind] if _is_written(column)]
                assert localise(frame, kind).columns.tolist() == headers
                assert not len(frame)
        assert not len(localise(tables.make_issues_frame([]), "issues"))
        shown = tables.PeopleNames.of(month.roster)
        assert not len(localise(tables.make_violations_frame([], shown), "violations"))


def _no_visits():
    none = np.empty(0, dtype=np.int64)
    return Schedule(none, none, np.empty(0, dtype="datetime64[D]"), none, none, none, none)


def test_pairs_are_written_with_masked_names_and_one_decimal(month, plan):
    table = localise(tables.make_pairs_frame(plan, tables.PeopleNames.of(month.roster)), "pairs")
    first = table.iloc[0].to_dict()
    assert first["elder_name"] == "欧阳*"
    assert first["volunteer_name"] == "王*"
    assert first["status"] == "kept"
    assert first["same_building"] == "no"
    assert float(first["distance_m"]) == pytest.approx(100, abs=0.1)
    assert len(first["distance_m"].partition(".")[2]) == 1
    assert int(first["cost_m"]) == sum(int(first[name]) for name in table if name.endswith("_cost_m"))
    assert first["keep_cost_m"] == "-1600"


def test_names_come_in_full_only_when_asked(month, plan):
    table = localise(tables.make_pairs_frame(plan, tables.PeopleNames.of(month.roster, "full")), "pairs")
    assert table["elder_name"].tolist()[0] == "欧阳建国"


def test_reasons_are_labels_and_sentences(month, plan):
    shown = tables.PeopleNames.of(month.roster)
    with in_language("zh"):
        table = localise(left_out.make_unmatched_frame(plan, shown), "unmatched")
    reason = dict(zip(table["老人编号"], table["原因"], strict=True))
    assert reason["E003"] == "未同意"
    assert reason["E002"] == "附近没有志愿者"
    english = localise(left_out.make_unmatched_frame(plan, shown), "unmatched").set_index("elder_id")
    assert "1000 m" in english.loc["E002", "detail"]
    assert float(english.loc["E002", "nearest_volunteer_m"]) > 49_000


def test_a_shortage_stands_with_the_subdistrict_of_its_first_elder():
    """Its elders are further down their roster than the volunteers' is long."""
    no, near = {"consent": "no", "subdistrict": "a"}, people.north(100)
    wait = [near | {"subdistrict": name} for name in ("b", "c")]
    month = people.month([no, no, no, *wait], [{"capacity": 1.0, "subdistrict": "a"}])
    plan = match(month)
    shown = tables.PeopleNames.of(month.roster)
    frames = {
        "shortages": left_out.make_shortages_frame(plan, shown),
        "capacity": tables.make_capacity_frame(plan, shown),
    }
    assert plan.shortages[0].hall.elders[0] == len(month.roster.volunteers) + 2
    contents = PlanContents.of(plan, frames, shown)
    sheet = next(one for one in contents.sheets if one.sheet.kind == "shortages")
    assert sheet.area.tolist() == ["b"]


def test_a_gone_volunteer_keeps_the_id_and_has_no_name(month, plan):
    table = localise(tables.make_changes_frame(plan, tables.PeopleNames.of(month.roster)), "changes")
    assert table["previous_volunteer_id"].tolist() == ["V999"]
    assert table["previous_volunteer_name"].tolist() == [""]
    assert table["reason"].tolist() == ["volunteer_gone"]


@given(st.lists(st.lists(st.text(alphabet="a张😀,\"\r\n;' \t", max_size=4), min_size=2, max_size=2), max_size=7))
@hypothesis_settings(deadline=None)
def test_csv_is_byte_by_byte_what_pandas_writes(tmp_path_factory, rows):
    ours, theirs = (tmp_path_factory.getbasetemp() / name for name in ("ours.csv", "theirs.csv"))
    table = pd.DataFrame(rows, columns=["名,字", "b"], dtype=str)
    told = []
    write_csv(ours, table, told.append)
    table.to_csv(theirs, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    assert ours.read_bytes() == theirs.read_bytes()
    assert sum(told) == len(rows)


def test_long_tables_are_written_block_by_block(tmp_path, monkeypatch):
    monkeypatch.setattr("matcher.outputs.localised._BLOCK", 3)
    table = pd.DataFrame({"a": [str(i) for i in range(10)], "b": ["x,y", ""] * 5}, dtype=str)
    told = []
    write_csv(tmp_path / "a.csv", table, told.append)
    assert pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False).equals(table)
    assert told == [3, 3, 3, 1]


def test_visits_have_stable_ids_dates_and_times(month, visits):
    table = localise(tables.make_visits_frame(visits, tables.PeopleNames.of(month.roster)), "visits")
    assert table["visit_id"].tolist() == ["20261201-E000", "20261203-E001"]
    assert table["date"].tolist() == ["2026-12-01", "2026-12-03"]
    assert table["start"].tolist() == ["09:00", "14:01"]
    assert table["end"].tolist() == ["09:45", "14:16"]
    assert table["kind"].tolist() == ["visit", "call"]


def test_issues_come_in_order_and_empty_rows_stay_empty():
    issues = [
        Issue("file_missing", "b.csv"),
        Issue("value_missing", "a.csv", 9, "id"),
        Issue("value_missing", "a.csv", 2),
    ]
    table = localise(tables.make_issues_frame(issues), "issues")
    assert table["row"].tolist() == ["2", "9", ""]
    with in_language("zh"):
        assert localise(tables.make_issues_frame(issues), "issues")["级别"].unique().tolist() == ["错误"]


def test_violations_name_people_of_no_roster_by_id_alone(month):
    shown = tables.PeopleNames.of(month.roster)
    rows = [
        Violation("distance", "E000", "V000", None, 12.34),
        Violation("unknown_person", "X9", "", date(2026, 12, 5), None),
    ]
    table = localise(tables.make_violations_frame(rows, shown), "violations")
    assert table["elder_name"].tolist() == ["欧阳*", ""]
    assert table["amount"].tolist() == ["12.3", ""]
    assert table["date"].tolist() == ["", "2026-12-05"]


class TestFormulas:
    RISKY = ("=1+1", "+86", "-5", "@x", "\tx", "\rx", " =1", "＝1", "＋1", "－1", "＠x", "　=1", "'=1", "''@x", "\n=1")
    HARMLESS = ("", "张三", "a=1", "'quoted'", "1-2", "3.5")

    def test_risky_starts_get_a_quote_and_harmless_ones_do_not(self):
        guarded = guard_formulas(pd.Series([*self.RISKY, *self.HARMLESS], dtype=str)).tolist()
        assert guarded == [*("'" + text for text in self.RISKY), *self.HARMLESS]

    @given(st.lists(st.text(alphabet="'=+-@＝ \t\rax", max_size=5)))
    @hypothesis_settings(deadline=None)
    def test_no_guarded_text_starts_a_formula_and_no_two_texts_become_one(self, texts):
        guarded = guard_formulas(pd.Series(texts, dtype=str)).tolist()
        assert not any(text.lstrip()[:1] in tuple("=+-@＝") and text.strip() for text in guarded)
        assert len(set(guarded)) == len(set(texts))

    def test_no_table_holds_a_control_character(self):
        texts = ["a\x1b[2Jb", "\x7f", "\x9b31m", "°", "a\tb\nc"]
        frame = pd.DataFrame({column.name: texts for column in FILES["pins"]})
        assert localise(frame, "pins").iloc[:, 0].tolist() == ["a·[2Jb", "·", "·31m", "°", "a\tb\nc"]

    def test_ids_are_guarded_too(self, tmp_path):
        frame = pd.DataFrame({column.name: ["=cmd()"] for column in FILES["pins"]})
        assert localise(frame, "pins").iloc[0].tolist() == ["'=cmd()"] * 5


def test_csv_is_what_excel_reads_best(tmp_path):
    write_csv(tmp_path / "a.csv", pd.DataFrame({"姓名": ["张,三", "a\nb"]}))
    assert (tmp_path / "a.csv").read_bytes() == '\ufeff姓名\r\n"张,三"\r\n"a\nb"\r\n'.encode()


class TestSummary:
    def test_it_counts_what_the_plan_holds(self, month, plan, visits):
        reasons = [row.reason for row in plan.unmatched]
        figures = summarise(month, plan, visits, reasons, [Issue("file_empty")], {"pairs": 2})
        assert figures["elders"] == {
            "on_roster": 5,
            "taking_part": 4,
            "matched": 2,
            "unmatched": 3,
            "unmatched_by_reason": {"no_consent": 1, "no_volunteer_in_reach": 1, "shortage": 1},
            "by_tier": [
                {"tier": 1, "taking_part": 1, "matched": 1},
                {"tier": 2, "taking_part": 3, "matched": 1},
            ],
            "shortages": {"count": 1, "missing_places": 1, "missing_volunteers": 1, "recruits": 1},
            "by_place_quality": {"point": 5},
        }
        assert figures["volunteers"] == {
            "on_roster": 2,
            "taking_part": 1,
            "capacity_unit": "elders",
            "places": 2,
            "used": 2,
            "loads": {"0": 0, "1": 0, "2": 1},
            "high_risk": {"0": 1},
            "below_minimum": 0,
            "elders_below_minimum": 0,
            "by_place_quality": {"point": 2},
            "without_place": [],
        }
        assert figures["pairs"]["kept"] == 1
        assert figures["proof"]["optimal"] is True
        assert figures["proof"]["gap"] == 0
        cost = dict(figures["cost"])
        assert cost.pop("loads_m") == 0
        assert cost.pop("leaving_out_m") == plan.leaving_out_m
        assert cost.pop("pairs_m") == sum(cost.values())
        assert {"walking_m", "keep_m"} <= cost.keys()
        assert figures["schedule"]["cadence_kept"] == 0.5
        assert figures["schedule"]["cadence_kept_by_risk"] == {"unknown": 0.5}
        assert figures["schedule"]["longest_gap_days"] is None
        assert figures["schedule"]["outings"] == 1
        assert figures["schedule"]["contacts_per_volunteer"] == {"min": 2, "p50": 2.0, "max": 2}
        assert figures["schedule"]["missing_by_reason"] == {"day_full": 2}
        assert figures["issues"] == {"error": 1}
        json.dumps(figures, allow_nan=False)

    def test_distances_agree_with_pandas(self, month, plan):
        figures = summarise(month, plan, None, (), (), {})["distance_m"]
        described = pd.Series(plan.distance_m).describe(percentiles=[0.5, 0.9])
        for name, theirs in {"mean": "mean", "p50": "50%", "p90": "90%", "max": "max"}.items():
            assert figures[name] == pytest.approx(described[theirs], abs=0.05)

    def test_hand_made_pairs_have_no_proof(self, month):
        figures = summarise(month, plan_from_pairs(month, people.pairs((1, 0))), None, (), (), {})
        proof = figures["proof"]
        assert (proof.pop("claims"), proof.pop("scope"), proof.pop("counted_in")) == (["by_hand"], ["rules"], "elders")
        assert set(proof.values()) == {None}
        assert "schedule" not in figures

    def test_no_pairs_have_no_distances(self, month):
        figures = summarise(month, plan_from_pairs(month, people.pairs()), _no_visits(), (), (), {})
        assert set(figures["distance_m"].values()) == {None}
        assert figures["schedule"]["cadence_kept"] is None
        json.dumps(figures, allow_nan=False)


def test_the_manifest_names_inputs_without_their_folders(tmp_path):
    (tmp_path / "secret place").mkdir()
    file = tmp_path / "secret place" / "p.csv"
    file.write_bytes(b"abc")
    read = Reading("elders", "elders.xlsx#A", "0a", Form("workbook", sheet="A"), 1, 1, (), 0)
    made = make_manifest("run", Settings(), [read], {"pins": file}, {}, {"month": "2026-12"}, {"seconds": {}})
    assert made["inputs"] == {
        "elders": [{"file": "elders.xlsx#A", "sha256": "0a"}],
        "pins": [{"file": "p.csv", "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}],
    }
    assert "secret place" not in json.dumps(made)
    assert Settings.model_validate(made["settings"]) == Settings()
    assert {"matcher", "python", "ortools", "pandas", "numpy", "scipy", "geopy", "holidays"} == set(made["versions"])


class TestTemplate:
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_the_settings_file_is_the_default_and_explains_every_setting(self, tmp_path, lang):
        with in_language(lang):
            text = settings_file()
        (tmp_path / "settings.toml").write_text(text, "utf-8")
        assert load(tmp_path / "settings.toml") == Settings()
        tree = tomllib.loads(text)
        lines = text.splitlines()
        for row in settings_table():
            assert row.key in tree[row.section]
            at = next(i for i, line in enumerate(lines) if line.startswith(f"{row.key} = "))
            assert lines[at - 1].startswith("# ")

    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_it_writes_workbooks_whose_example_is_nobody(self, tmp_path, lang):
        kinds = ("elders", "volunteers", "previous", "pins", "never", "holidays")
        with in_language(lang), RunFolder(tmp_path / "t", files=list_template_files()) as folder:
            write_template(folder)
            folder.publish()
            names = {kind: f"{name_template(kind)}.xlsx" for kind in kinds}
        written = {entry.name for entry in (tmp_path / "t").iterdir()}
        assert written == {*names.values(), "settings.toml"}
        assert written <= list_template_files()
        for kind in ("elders", "volunteers"):
            sheet, guide = read_sheets((tmp_path / "t" / names[kind]).read_bytes(), kind)
            header = [cells[0].as_py() for cells in sheet.columns]
            wanted = [column for column in FILES[kind] if column.kind != "national_id"]
            assert header == [column.headers[lang == "zh"] for column in wanted]
            told = guide.columns[0].to_pylist()
            assert told[-len(wanted) :] == header
            with pytest.raises(InputError) as caught:
                read_table(tmp_path / "t" / names[kind], kind)
            assert [issue.code for issue in caught.value.issues] == ["row_example", "file_empty"]

    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_the_example_of_a_holiday_is_a_true_one(self, tmp_path, lang):
        with in_language(lang), RunFolder(tmp_path / "t", files=list_template_files()) as folder:
            write_template(folder)
            folder.publish()
            file = tmp_path / "t" / f"{name_template('holidays')}.xlsx"
        october = Horizon.of_month("2026-10")
        own, known = (Calendar.build(october, ScheduleSettings(holidays_file=name)) for name in (str(file), ""))
        assert [(row.day.isoformat(), row.kind) for row in read_holidays(str(file), october.start).rows] == [
            ("2026-10-10", "workday")
        ]
        np.testing.assert_array_equal(own.is_open, known.is_open)
        np.testing.assert_array_equal(own.stands_for, known.stands_for)

    def test_ids_are_text_and_choices_drop_down(self, tmp_path):
        with in_language("zh"), RunFolder(tmp_path / "t", files=list_template_files()) as folder:
            write_template(folder)
            folder.publish()
        with zipfile.ZipFile(tmp_path / "t" / "老人名册.xlsx") as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
            styles = book.read("xl/styles.xml").decode()
        first = re.search(r'<col min="1" max="1" [^>]*style="(\d+)"', sheet)[1]
        formats = re.findall(r'<xf numFmtId="(\d+)"', styles.split("<cellXfs", 1)[1])
        assert formats[int(first)] == "49"
        assert '<formula1>"是,否"</formula1>' in sheet
        assert 'errorStyle="warning"' in sheet
