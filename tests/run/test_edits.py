"""Plan workbooks from end to end: what is written, sent back, taken, and known to later commands and months."""

import random
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from matcher import run
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.i18n import in_language
from matcher.outputs.plan_workbook import write as plan_workbook
from matcher.plan_sheets import GUIDE, PLAN_SHEETS, SHEETS
from matcher.roster.workbook import _Child
from matcher.run.verify import PlanFiles
from matcher.sample import make_sample, write_sample
from matcher.settings import Settings
from tests.helpers.plan_workbooks import fill, find_rows, titles
from tests.helpers.workbooks import ask_here

DECEMBER, JANUARY = Horizon.of_month("2026-12"), Horizon.of_month("2027-01")
SETTINGS = Settings.model_validate({"schedule": {"holidays": "keep"}, "consent": {"required": True}})


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("programme")
    write_sample(make_sample(16, 4, 3), place)
    elders = pd.read_csv(place / "elders.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    elders.loc[4, "consent"] = "no"
    elders.to_csv(place / "elders.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.compiling.is_compiled", lambda: True)
        run.run(ask(place, place / "out", previous=place / "previous.csv"))
    return place


@pytest.fixture(autouse=True)
def _no_process(monkeypatch):
    monkeypatch.setattr(_Child, "ask", ask_here)


def ask(place, out, *, horizon=DECEMBER, names="masked", set_aside=False, **inputs):
    given = run.Inputs(place / "elders.csv", place / "volunteers.csv", **inputs)
    return run.RunRequest(given, horizon, out, SETTINGS, names=names, set_aside=set_aside, force=True)


def table(folder, name):
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


def pairs_of(folder):
    frame = table(folder, "pairs")
    return dict(zip(frame["elder_id"], frame["volunteer_id"], strict=True))


def keys_of(place, kind="pairs"):
    return list(find_rows(load_workbook(place / "out" / "plan.xlsx")[SHEETS[kind].title], kind))


def edited(place, target, cells):
    return (fill(place / "out" / "plan.xlsx", target, cells),)


@pytest.mark.parametrize(("lang", "names"), [("en", "masked"), ("zh", "full")])
def test_a_workbook_is_for_people(place, tmp_path, lang, names):
    with in_language(lang):
        done = run.match(ask(place, tmp_path / "out", names=names, previous=place / "previous.csv"))
        book = load_workbook(tmp_path / "out" / "plan.xlsx")
        shown = [sheet for sheet in book if sheet.sheet_state == "visible"]
        own = {sheet.title: sheet for sheet in PLAN_SHEETS}
        assert shown[-1].title == GUIDE[lang == "zh"]
        assert {sheet.sheet_state for sheet in book.worksheets[len(shown) :]} == {"veryHidden"}
        for sheet in shown[:-1]:
            spec = own[sheet.title]
            edits = {spec.header(name) for name in spec.edits}
            always = {spec.header(name) for name in spec.key} | {"老人姓名", "志愿者姓名", "elder name"}
            assert sheet.freeze_panes == "A2"
            assert sheet.auto_filter.ref
            for title, at in titles(sheet).items():
                cells = [sheet.cell(row, at) for row in range(2, sheet.max_row + 1)]
                said = {cell.value for cell in cells}
                assert all(cell.data_type != "f" for cell in cells)
                if title in edits:
                    assert said == {None}
                    assert not any(cell.protection.locked for cell in cells)
                    assert {cell.fill.fgColor.rgb for cell in cells} == {"FFFFF2CC"}
                    assert sheet.cell(1, at).comment
                elif title not in always | {"volunteer name"} and len(cells) > 1:
                    assert len(said) > 1, (sheet.title, title)
        names_seen = {cell.value for row in book[SHEETS["pairs"].title] for cell in row}
        full = set(done.month.roster.elders["name"])
        assert bool(full & names_seen) == (names == "full")


def test_cells_have_their_types_and_reasons_are_notes(place):
    book = load_workbook(place / "out" / "plan.xlsx")
    pairs, at = book["Pairs"], titles(book["Pairs"])
    assert isinstance(pairs.cell(2, at["distance m"]).value, int)
    assert pairs.cell(2, at["since"]).is_date
    assert "cost" in pairs.cell(2, at["distance m"]).comment.text
    visits, at = book["Visits"], titles(book["Visits"])
    assert visits.cell(2, at["date"]).is_date
    assert visits.cell(2, at["start"]).number_format == "hh:mm"
    unmatched = book["Unmatched"]
    notes = [cell.comment for row in unmatched.iter_rows(min_row=2) for cell in row if cell.comment]
    assert {note.text for note in notes} == set(table(place / "out", "unmatched")["detail"])


def test_drop_downs_go_by_the_elder_not_by_the_row(place):
    book = load_workbook(place / "out" / "plan.xlsx")
    rules = {sheet.title: sheet.data_validations.dataValidation for sheet in (book["Unmatched"], book["Pairs"])}
    (nearest,) = [one for one in rules["Unmatched"] if "OFFSET" in one.formula1]
    assert "MATCH($" in nearest.formula1
    assert len(nearest.formula1) <= 255
    assert any(one.formula1.startswith("_lists!$M$1") for one in rules["Pairs"])
    lists = book["_lists"]
    listed = {row[0].value: [cell.value for cell in row[2:10] if cell.value] for row in lists if row[0].value}
    capacity = table(place / "out", "capacity")
    free = set(capacity["volunteer_id"][capacity["used"].astype(int) < capacity["places"].astype(int)])
    metres = {elder: [int(text.split()[-2]) for text in near] for elder, near in listed.items()}
    assert all(each == sorted(each) for each in metres.values())
    assert {text.split()[0] for near in listed.values() for text in near} <= free
    assert any(listed.values())


def test_a_workbook_sent_back_untouched_changes_nothing(place, tmp_path):
    before = place / "out"
    done = run.run(ask(place, tmp_path / "out", previous=place / "previous.csv", edits=(before / "plan.xlsx",)))
    assert done.answers == ()
    for file in ("pairs", "unmatched", "visits", "changes", "capacity", "issues", "unscheduled"):
        assert (tmp_path / "out" / f"{file}.csv").read_bytes() == (before / f"{file}.csv").read_bytes()
    assert len(table(tmp_path / "out", "edits")) == 0
    assert (tmp_path / "out" / "plan.xlsx").read_bytes() == (before / "plan.xlsx").read_bytes()


def test_edits_are_followed_and_later_commands_and_months_know(place, tmp_path):
    keys = keys_of(place)
    volunteers = list(dict.fromkeys(v for _e, v in keys))
    away = next(key for key in keys[2:])
    waiting = (table(place / "out", "unmatched").query("reason == 'no_consent'")["elder_id"].iloc[0],)
    cells = {
        ("pairs", keys[0], "never"): "yes",
        ("pairs", away, "elder_away"): "yes",
        ("pairs", keys[1], "pin"): "yes",
        ("unmatched", waiting, "consent"): "yes",
        ("capacity", (volunteers[0],), "volunteer_days_off"): "2026-12-08",
    }
    out = tmp_path / "out"
    books = edited(place, tmp_path / "e.xlsx", cells)
    done = run.run(ask(place, out, previous=place / "previous.csv", edits=books))
    answers = table(out, "edits")
    assert len(answers) == len(cells) == len(done.answers)
    assert set(answers["outcome"]) == {"taken"}
    assert pairs_of(out).get(keys[0][0]) != keys[0][1]
    assert table(out, "pairs").set_index("elder_id")["status"][keys[1][0]] == "pinned"
    visits = table(out, "visits")
    assert not len(visits[visits["elder_id"] == away[0]])
    assert not len(visits[(visits["volunteer_id"] == volunteers[0]) & (visits["date"] == "2026-12-08")])
    assert waiting[0] not in set(table(out, "unmatched").query("reason == 'no_consent'")["elder_id"])
    assert "edit_for_roster" in set(table(out, "issues")["code"])
    # the month's other commands find edits.csv beside the pairs
    files = PlanFiles(pairs=out / "pairs.csv", visits=out / "visits.csv")
    inputs = run.Inputs(place / "elders.csv", place / "volunteers.csv", previous=place / "previous.csv")
    assert run.verify(inputs, SETTINGS, DECEMBER, files).verification.ok
    again = tmp_path / "again"
    run.schedule(ask(place, again, pairs=out / "pairs.csv", previous=place / "previous.csv"))
    assert pairs_of(again) == pairs_of(out)
    assert set(table(again, "edits")["kind"]) == set(answers["kind"])
    # the next month keeps the two apart, and counts the consent
    january = tmp_path / "january"
    run.match(ask(place, january, horizon=JANUARY, previous=out / "pairs.csv"))
    assert set(table(january, "edits")["kind"]) == {"never", "consent"}
    assert pairs_of(january).get(keys[0][0]) != keys[0][1]


def test_schedule_changes_the_given_pairs_alone(place, tmp_path):
    keys = keys_of(place)
    standing = place / "out" / "pairs.csv"
    capacity = table(place / "out", "capacity").set_index("volunteer_id")
    free = next(v for v in capacity.index if int(capacity["used"][v]) < int(capacity["places"][v]))
    moved = next(key for key in keys if key[1] != free)
    kept = [key for key in keys if key != moved]
    cells = {
        ("pairs", moved, "change_to"): free,
        ("pairs", kept[0], "never"): "yes",
        ("pairs", kept[1], "elder_away"): "yes",
        ("pairs", kept[2], "elder_days_off"): "2026-12-08、2026-12-10至12日",
    }
    books = edited(place, tmp_path / "e.xlsx", cells)
    out = tmp_path / "out"
    done = run.schedule(ask(place, out, pairs=standing, previous=place / "previous.csv", edits=books))
    expected = pairs_of(place / "out") | {moved[0]: free}
    del expected[kept[0][0]]
    assert pairs_of(out) == expected
    assert set(table(out, "edits")["outcome"]) == {"taken"}
    assert [answer.edit.kind for answer in done.answers if answer.price] == ["pin"]
    absences = table(out, "absences")
    assert absences["person_id"].tolist() == sorted([kept[1][0], kept[2][0], kept[2][0]])
    visits = table(out, "visits")
    assert not len(visits[visits["elder_id"] == kept[1][0]])
    assert not set(visits["date"][visits["elder_id"] == kept[2][0]]) & {"2026-12-08", "2026-12-11"}
    again = tmp_path / "again"
    run.schedule(ask(place, again, pairs=out / "pairs.csv", previous=place / "previous.csv"))
    assert (again / "visits.csv").read_bytes() == (out / "visits.csv").read_bytes()


def test_two_copies_are_read_together_and_contradictions_asked(place, tmp_path):
    keys = keys_of(place)
    a = edited(place, tmp_path / "a.xlsx", {("pairs", keys[0], "pin"): "yes", ("pairs", keys[1], "never"): "yes"})
    b = edited(place, tmp_path / "b.xlsx", {("pairs", keys[0], "never"): "yes", ("pairs", keys[1], "never"): "yes"})
    done = run.match(ask(place, tmp_path / "out", previous=place / "previous.csv", edits=(*a, *b)))
    assert sorted(answer.outcome for answer in done.answers) == ["asked", "asked", "same", "taken"]
    told = [issue for issue in done.issues if issue.code == "edit_not_taken"]
    assert {issue.file for issue in told} == {"a.xlsx#Pairs", "b.xlsx#Pairs"}
    assert all(issue.row and issue.advice() for issue in told)


@pytest.mark.parametrize("seed", range(2))
def test_as_many_answers_as_edits(place, tmp_path, seed, monkeypatch):
    monkeypatch.setattr("matcher.matching.edits._MOST_PRICED", 1)
    dice = random.Random(seed)
    keys, cells = keys_of(place), {}
    for key in dice.sample(keys, 8):
        name = dice.choice(SHEETS["pairs"].edits)
        words = {"change_to": [v for _e, v in keys] + ["谁"], "elder_days_off": ["2026-12-09", "明天"]}
        cells["pairs", key, name] = dice.choice(words.get(name, ["yes", "no", "?"]))
    out = tmp_path / "out"
    books = edited(place, tmp_path / "e.xlsx", cells)
    run.match(ask(place, out, previous=place / "previous.csv", edits=books))
    answers = table(out, "edits")
    assert len(answers) == len(cells)
    assert set(answers["outcome"]) <= {"taken", "same", "refused", "asked"}
    assert all(answers["message"])
    taken = answers[answers["outcome"] == "taken"]
    pairs = pairs_of(out)
    for row in taken.to_dict("records"):
        together = pairs.get(row["elder_id"]) == row["volunteer_id"]
        assert together == (row["kind"] == "pin") or row["kind"] not in ("pin", "never")


def test_faulty_workbooks_stop_the_run(place, tmp_path):
    with pytest.raises(InputError) as caught:
        run.match(ask(place, tmp_path / "out", edits=(place / "elders.csv",)))
    assert caught.value.issues[-1].code in ("file_unreadable", "edits_no_plan")
    assert not (tmp_path / "out").exists()
    assert {"workbook_1"} <= set(run.Inputs(place, place, edits=(place / "a.xlsx",)).files())


@pytest.mark.long
def test_a_large_roster_has_a_workbook_a_subdistrict(place, tmp_path, monkeypatch):
    monkeypatch.setattr(plan_workbook, "_LARGE", 5)
    monkeypatch.setattr(plan_workbook, "_MANY_CELLS", 5)
    elders = pd.read_csv(place / "elders.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    elders["subdistrict"] = ["东街道", "西街道"] * (len(elders) // 2)
    elders.to_csv(tmp_path / "elders.csv", index=False)
    volunteers = pd.read_csv(place / "volunteers.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    volunteers.assign(subdistrict="东街道").to_csv(tmp_path / "volunteers.csv", index=False)
    run.match(ask(tmp_path, tmp_path / "out", previous=place / "previous.csv"))
    assert not (tmp_path / "out" / "plan.xlsx").exists()
    books = sorted((tmp_path / "out" / "plans").iterdir())
    assert [book.name for book in books] == ["东街道.xlsx", "西街道.xlsx"]
    shown = [key for book in books for key in find_rows(load_workbook(book)["Pairs"], "pairs")]
    assert dict(shown) == pairs_of(tmp_path / "out")
    done = run.match(
        ask(tmp_path, tmp_path / "two", previous=place / "previous.csv", edits=(tmp_path / "out" / "plans",))
    )
    assert done.answers == ()
