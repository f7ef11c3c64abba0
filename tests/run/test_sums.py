"""Figures, tables and workbook of a month that goes on: each is a sum of the rows in the files beside it."""

import json
import random

import pytest
from openpyxl import load_workbook

from matcher.plan_sheets import SHEETS
from tests.helpers.office import Office, read


def count_rows(book, kind):
    title = SHEETS[kind].title
    rows = book[title].iter_rows(min_row=2, values_only=True) if title in book.sheetnames else ()
    return sum(any(row) for row in rows)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A random month, the same with a volunteer gone, and a surge in that."""
    draw = random.Random(7)
    office = Office(tmp_path_factory.mktemp("sums"), elders=6, volunteers=3)
    office.elders["contacts_per_week"] = [draw.choice(["", "每两周1次", "每天", "每10天1次"]) for _ in range(6)]
    office.elders["availability"] = [draw.choice(["", "周二上午、周四上午", "周末"]) for _ in range(6)]
    month = office.month()
    left = office.go_on("substitute", month, "--volunteer", "V2", "--left", "--from", "2026-12-10")
    return [month, left, office.go_on("schedule", left, "--surge", "2026-12-14:2026-12-18")]


@pytest.mark.parametrize("number", range(3))
def test_figures_tables_and_workbook_are_sums_of_the_rows(folders, number):
    folder = folders[number]
    figures = json.loads((folder / "summary.json").read_text("utf-8-sig"))
    month = figures["schedule"]
    pairs, unmatched, visits, missing, areas, capacity = (
        read(folder, name) for name in ("pairs", "unmatched", "visits", "unscheduled", "areas", "capacity")
    )
    assert month["contacts_planned"] == len(visits)
    assert [month["visits"], month["calls"]] == [(visits["kind"] == kind).sum() for kind in ("visit", "call")]
    lacking = [missing.loc[missing["kind"] == kind, "missing"].astype(int).sum() for kind in ("visit", "call")]
    assert [month["visits_missing"], month["calls_missing"]] == lacking
    assert month["contacts_due"] == len(visits) + sum(lacking)
    assert month["visits_made_as_calls"] == missing["as_calls"].astype(int).sum()
    assert (month["points"] is None) == (number > 0)
    places = {name: areas[name].astype(int).sum() for name in areas.columns[3:10]}
    assert places["elders"] == len(pairs) + len(unmatched) == 6
    assert places["matched"] == len(pairs) == capacity["load"].astype(int).sum()
    assert places["waiting"] == (unmatched["tier"] != "").sum()
    assert places["places"] - places["places_free"] == len(pairs)
    book = load_workbook(folder / "plan.xlsx")
    for kind, rows in (("pairs", pairs), ("unmatched", unmatched), ("visits", visits), ("capacity", capacity)):
        assert count_rows(book, kind) == len(rows), kind
    assert count_rows(book, "unscheduled") == len(missing)
