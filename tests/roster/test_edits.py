"""What people fill in in a plan workbook, however they sort, cut and save it: every cell is read or asked about."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from matcher import run
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.roster.edits import list_workbooks, read_edits
from matcher.roster.workbook import _Child
from matcher.sample import make_sample, write_sample
from matcher.settings import Settings
from tests.helpers.plan_workbooks import change, fill, find_rows, rearrange
from tests.helpers.workbooks import ask_here

DECEMBER = Horizon.of_month("2026-12")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, run.RunResult]:
    place = tmp_path_factory.mktemp("made")
    write_sample(make_sample(24, 5, 3), place)
    inputs = run.Inputs(place / "elders.csv", place / "volunteers.csv", previous=place / "previous.csv")
    request = run.RunRequest(inputs, DECEMBER, place / "out")
    return place / "out" / "plan.xlsx", run.match(request)


@pytest.fixture(autouse=True)
def _no_process(monkeypatch):
    monkeypatch.setattr(_Child, "ask", ask_here)


@pytest.fixture
def read(made):
    roster = made[1].month.roster

    def read_one(*paths):
        return read_edits(paths, roster, DECEMBER, Settings())

    return read_one


@pytest.fixture
def pairs(made):
    """The keys of the sheet of pairs."""
    return list(find_rows(load_workbook(made[0])["Pairs"], "pairs"))


def ids(made, edit):
    roster = made[1].month.roster
    return (
        roster.elders["id"].iloc[edit.elder] if edit.elder >= 0 else "",
        roster.volunteers["id"].iloc[edit.volunteer] if edit.volunteer >= 0 else "",
    )


def codes(edits):
    return [edit.fault.code if edit.fault else edit.kind for edit in edits]


def test_nothing_filled_in_is_no_edit(made, read):
    assert read(made[0]) == ()


@pytest.mark.parametrize("kind", ["pairs", "unmatched", "capacity"])
def test_rows_in_another_order_are_the_same_rows(made, read, tmp_path, kind):
    assert read(rearrange(made[0], tmp_path / "a.xlsx", kind, lambda rows: rows[::-1])) == ()


def test_edits_say_who_asks_for_what(made, read, pairs, tmp_path):
    volunteers = made[1].month.roster.volunteers["id"].tolist()
    (e, v), other = pairs[0], next(one for one in volunteers if one != pairs[0][1])
    cells = {
        ("pairs", (e, v), "change_to"): other,
        ("pairs", pairs[1], "pin"): "是",
        ("pairs", pairs[2], "never"): "yes",
        ("pairs", pairs[3], "elder_away"): "√",
        ("pairs", pairs[4], "elder_days_off"): "12月5日至8日",
        ("pairs", pairs[5], "pin"): "no",
        ("capacity", (v,), "volunteer_days_off"): "2026-12-24",
        ("capacity", (other,), "volunteer_away"): "yes",
    }
    found = {(edit.kind, *ids(made, edit)): edit for edit in read(fill(made[0], tmp_path / "a.xlsx", cells))}
    assert set(found) == {
        ("pin", e, other),
        ("pin", *pairs[1]),
        ("never", *pairs[2]),
        ("away", pairs[3][0], ""),
        ("days_off", pairs[4][0], ""),
        ("pin", *pairs[5]),
        ("days_off", "", v),
        ("away", "", other),
    }
    assert found["days_off", pairs[4][0], ""].days == tuple(date(2026, 12, day) for day in (5, 6, 7, 8))
    assert [edit.kind for edit in found.values() if edit.denies] == ["pin"]
    assert not any(edit.fault for edit in found.values())


def test_consent_is_given_or_ended(made, read, tmp_path):
    keys = list(find_rows(load_workbook(made[0])["Unmatched"], "unmatched"))
    for word, kind in (("同意", "consent"), ("否", "no_consent")):
        (edit,) = read(fill(made[0], tmp_path / "a.xlsx", {("unmatched", keys[0], "consent"): word}))
        assert (edit.kind, ids(made, edit)) == (kind, (*keys[0], ""))


@pytest.mark.parametrize("write", ["{id}", "{name}", "{id} {masked} 340米", "{masked}（{id}）", " {id} "])
def test_a_volunteer_is_named_in_many_ways(made, read, pairs, tmp_path, write):
    people = made[1].month.roster.volunteers
    one = next(i for i, name in enumerate(people["name"]) if (people["name"] == name).sum() == 1)
    id_, name = people["id"].iloc[one], people["name"].iloc[one]
    text = write.format(id=id_, name=name, masked=name[0] + "*")
    (edit,) = read(fill(made[0], tmp_path / "a.xlsx", {("pairs", pairs[0], "change_to"): text}))
    assert edit.fault is None
    assert ids(made, edit) == (pairs[0][0], id_)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("change_to", "张三丰", "pair_name_unknown"),
        ("change_to", "V999999", "pair_unknown_volunteer"),
        ("change_to", "V000001 V000002", "edits_two_people"),
        ("pin", "也许", "value_not_choice"),
        ("elder_days_off", "过年", "dates_unreadable"),
        ("elder_days_off", "2027-01-05", "edits_days_elsewhere"),
        ("elder_days_off", "2026-12-31~2027-01-02", "edits_days_elsewhere"),
        ("elder_name", "王大", "edits_locked"),
        ("distance_m", 7, "edits_locked"),
    ],
)
def test_what_is_not_understood_is_asked(made, read, pairs, tmp_path, name, text, code):
    (edit,) = read(fill(made[0], tmp_path / "a.xlsx", {("pairs", pairs[0], name): text}))
    assert edit.fault.code == code
    assert edit.row == 2
    assert edit.fault.row == 2
    assert edit.fault.file.endswith("#Pairs")
    assert edit.fault.message()
    assert edit.fault.advice()


def test_a_name_beside_another_id_is_asked(made, read, pairs, tmp_path):
    people = made[1].month.roster.volunteers
    text = f"{people['id'].iloc[0]} {next(name for name in people['name'] if name[0] != people['name'].iloc[0][0])}"
    (edit,) = read(fill(made[0], tmp_path / "a.xlsx", {("pairs", pairs[0], "change_to"): text}))
    assert edit.fault.code == "pair_id_against_name"


def test_a_name_of_two_people_is_asked(made, pairs, tmp_path):
    roster = made[1].month.roster
    volunteers = roster.volunteers.assign(name="王红")
    path = fill(made[0], tmp_path / "a.xlsx", {("pairs", pairs[0], "change_to"): "王红"})
    (edit,) = read_edits([path], replace(roster, volunteers=volunteers), DECEMBER, Settings())
    assert edit.fault.code == "pair_name_ambiguous"
    aside = replace(roster, set_aside_volunteers=frozenset({"V777"}))
    path = fill(made[0], tmp_path / "b.xlsx", {("pairs", pairs[0], "change_to"): "V777"})
    (edit,) = read_edits([path], aside, DECEMBER, Settings())
    assert edit.fault.code == "pair_set_aside"


def test_an_id_changed_in_its_own_cell_is_asked(made, read, pairs, tmp_path):
    other = next(v for _e, v in pairs if v != pairs[0][1])
    found = read(fill(made[0], tmp_path / "a.xlsx", {("pairs", pairs[0], "volunteer_id"): other}))
    assert sorted(codes(found)) == ["edits_row_unknown", "edits_rows_gone"]
    cells = {("pairs", (pairs[0][0], other), "pin"): "yes"}
    assert codes(read(fill(tmp_path / "a.xlsx", tmp_path / "b.xlsx", cells))) == [
        "pair_id_against_name",  # of whom the name beside it is not
        "edits_rows_gone",
    ]
    cells["pairs", (pairs[0][0], other), "volunteer_name"] = None
    pin, gone = read(fill(tmp_path / "a.xlsx", tmp_path / "b.xlsx", cells))
    assert (pin.kind, ids(made, pin), gone.fault.code) == ("pin", (pairs[0][0], other), "edits_rows_gone")


def test_rows_that_come_in_and_go_are_told(made, read, pairs, tmp_path):
    gone = rearrange(made[0], tmp_path / "a.xlsx", "pairs", lambda rows: rows[3:])
    (edit,) = read(gone)
    assert (edit.fault.code, edit.fault.params["count"]) == ("edits_rows_gone", 3)

    def insert(book):
        sheet = book["Pairs"]
        sheet.insert_rows(2)
        sheet.append(["?"])

    assert codes(read(change(made[0], tmp_path / "b.xlsx", insert))) == ["edits_row_unknown"]


def test_a_row_that_came_in_may_ask_too(made, read, pairs, tmp_path):
    elder = next(iter(find_rows(load_workbook(made[0])["Unmatched"], "unmatched")))[0]
    head = [cell.value for cell in load_workbook(made[0])["Pairs"][1]]

    def add(cells):
        def act(book):
            book["Pairs"].append([cells.get(title) for title in head])

        return read(change(made[0], tmp_path / "a.xlsx", act))

    (edit,) = add({"elder id": elder, "give to volunteer": pairs[0][1]})
    assert (edit.kind, ids(made, edit)) == ("pin", (elder, pairs[0][1]))
    (edit,) = add({"elder id": "E999", "give to volunteer": pairs[0][1]})
    assert edit.fault.code == "pair_unknown_elder"
    (edit,) = add({"give to volunteer": pairs[0][1]})
    assert edit.fault.code == "edits_nobody"
    (edit,) = add({"elder id": elder, "elder name": "欧阳不是", "give to volunteer": pairs[0][1]})
    assert edit.fault.code == "pair_id_against_name"


def test_sheets_and_columns_that_come_in_and_go_are_told(made, read, tmp_path):
    def new_sheet(book):
        book.create_sheet("想法")["A1"] = "换人"

    def no_sheet(book):
        del book["Unmatched"]

    def new_column(book):
        sheet = book["Pairs"]
        sheet.cell(1, sheet.max_column + 1).value = "备注"
        sheet.cell(3, sheet.max_column).value = "问问她"

    def no_header(book):
        next(cell for cell in book["Pairs"][1] if cell.value == "pin this pair").value = None

    def other_title(book):
        book["Pairs"].title = "我的结对"

    for act, expected in (
        (new_sheet, ["edits_sheet_unknown"]),
        (no_sheet, ["edits_sheet_gone"]),
        (new_column, ["edits_column"]),
        (no_header, ["edits_column_gone"]),
        (other_title, []),
    ):
        assert codes(read(change(made[0], tmp_path / "a.xlsx", act))) == expected, act.__name__


def test_sheets_that_nobody_may_edit_are_compared(made, read, tmp_path):
    def act(book):
        book["Changes"].cell(2, 2).value = "又一个"

    assert sorted(codes(read(change(made[0], tmp_path / "a.xlsx", act)))) == ["edits_row_locked", "edits_rows_gone"]


def test_cells_that_show_an_error_are_asked(made, read, pairs, tmp_path):
    (edit,) = read(fill(made[0], tmp_path / "a.xlsx", {("pairs", pairs[0], "pin"): "=1/0"}))
    assert edit.fault.code == "formula_uncalculated"


def test_another_workbook_is_refused(made, read, tmp_path):
    def no_memory(book):
        del book["_plan"]

    def damaged(book):
        book["_plan"].cell(3, 2).value = "{"

    def other_month(book):
        book["_plan"].cell(1, 2).value = "2027-01"

    (tmp_path / "no.xlsx").write_bytes(b"no workbook")
    paths = [change(made[0], tmp_path / f"{act.__name__}.xlsx", act) for act in (no_memory, damaged, other_month)]
    with pytest.raises(InputError) as caught:
        read(*paths, tmp_path / "no.xlsx", tmp_path / "none.xlsx", tmp_path)
    found = [issue.code for issue in caught.value.issues]
    assert found[:3] == ["edits_no_plan", "edits_no_plan", "edits_other_month"]
    assert found[3:5] == ["file_unreadable", "file_missing"]
    assert len(found) == 6


def test_a_folder_stands_for_its_workbooks(tmp_path):
    for name in ("b.xlsx", "a.xlsx", "~$a.xlsx", "c.csv"):
        (tmp_path / name).touch()
    assert list_workbooks([tmp_path, Path("z.xlsx")]) == (tmp_path / "a.xlsx", tmp_path / "b.xlsx", Path("z.xlsx"))


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_are_all_read_or_asked(made, read, pairs, tmp_path, seed):
    """Against a plain model: what each filled-in cell asks for; as many edits come out as went in."""
    dice = random.Random(seed)
    roster = made[1].month.roster
    volunteers = roster.volunteers["id"].tolist()
    cells, expected = {}, Counter()
    for key in dice.sample(pairs, 8):
        name = dice.choice(["change_to", "pin", "never", "elder_away", "elder_days_off", "volunteer_name"])
        bad = dice.random() < 0.3
        if name == "change_to":
            to = "nobody1" if bad else dice.choice(volunteers)
            said = "pair_unknown_volunteer" if bad else ("pin", key[0], to)
            text = to
        elif name == "elder_days_off":
            day = dice.randint(1, 28)
            text, said = ("oops", "dates_unreadable") if bad else (f"2026-12-{day:02}", ("days_off", key[0], ""))
        elif name == "volunteer_name":
            text, said = "谁", "edits_locked"
        else:
            kind = "away" if name == "elder_away" else name
            text = "??" if bad else "yes"
            said = "value_not_choice" if bad else (kind, key[0], "" if kind == "away" else key[1])
        cells["pairs", key, name] = text
        expected[said] += 1
    filled = fill(made[0], tmp_path / "a.xlsx", cells)
    mixed = rearrange(filled, tmp_path / "b.xlsx", "pairs", lambda rows: dice.sample(rows, len(rows)))
    found = Counter(edit.fault.code if edit.fault else (edit.kind, *ids(made, edit)) for edit in read(mixed))
    assert found == expected
    assert found.total() == len(cells)
