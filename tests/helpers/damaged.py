"""Rosters damaged at random, as files, and the account of what became of their rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import xlsxwriter

from matcher.errors import InputError
from matcher.roster import load_roster
from matcher.settings import Settings

HEADER = ["编号", "姓名", "居委会", "地址", "是否同意", "备注"]
VOLUNTEERS = "编号,姓名,居委会,地址\nV1,王五,一村,零陵路1号\n"
DAMAGE = [
    "",
    "合计",
    "也许",
    '"',
    '"x',
    "#N/A",
    "#REF!",
    "示例",
    "\t",
    "1E+17",
    "同上",
    "NULL",
    "x" * 3000,
    "13812345678",
]
FORMS = ("as written", "as written", "quoted", "gb18030", "xlsx")


@dataclass(frozen=True)
class Damaged:
    """A damaged roster: its file, the number of rows below its header, and the ids of rows without damage."""

    path: Path
    rows: int
    whole: frozenset[str]


def make_person(i: int) -> list[str]:
    """Return the row of an elder without a fault."""
    return [f"E{i}", f"老{i}", "一村", f"零陵路{i}号101室", "是", ""]


def make_damaged(rng: Random, folder: Path) -> Damaged:
    """Write a roster of up to twelve rows: whole and damaged people, blank rows, headers, totals and examples."""
    rows, whole = [], set()
    for i in range(rng.randint(1, 12)):
        row = make_person(i)
        for _ in range(rng.randint(0, 2)):
            row[rng.randrange(len(row))] = rng.choice(DAMAGE)
        others = [[""] * len(HEADER), HEADER, ["合计：3人", *[""] * 5], ["张三（示例）"] * 2]
        chosen = rng.choice([row, row, row, *others])
        rows.append(chosen)
        if chosen == make_person(i):
            whole.add(row[0])
    form = rng.choice(FORMS)
    path = folder / ("e.xlsx" if form == "xlsx" else "e.csv")
    if form == "xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("老人")
            for i, row in enumerate([HEADER, *rows]):
                sheet.write_row(i, 0, row)
        while rows and not any(map(str.strip, rows[-1])):  # a workbook ends at its last filled row
            rows.pop()
    elif form == "quoted":
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([HEADER, *rows])
        path.write_text(text.getvalue(), "utf-8")
    else:
        text = "".join(f"{','.join(row)}\n" for row in [HEADER, *rows])
        path.write_bytes(text.encode("gb18030" if form == "gb18030" else "utf-8"))
    return Damaged(path, len(rows), frozenset(whole))


def account(damaged: Damaged, volunteers: Path) -> Counter[str]:
    """Return what became of the rows of a damaged roster.

    Raises:
        AssertionError: a row is in no account, or a whole one was not read.
    """
    try:
        roster = load_roster(damaged.path, volunteers, Settings())
    except InputError as error:
        codes = {issue.code for issue in error.issues}
        assert not damaged.whole, codes
        assert codes & {"file_empty", "header_missing"}, codes
        return Counter({"files without a person": 1, "rows": damaged.rows, "rows of such files": damaged.rows})
    one, _volunteers = roster.accounts
    passed_over = dict(one.passed_over)
    assert one.rows == damaged.rows, (one, damaged)
    assert one.rows == one.people + one.set_aside + one.blank + sum(passed_over.values()), one
    assert one.people == len(roster.elders)
    assert one.set_aside == (roster.people_set_aside["kind"] == "elders").sum()
    assert damaged.whole <= set(roster.elders["id"]) | set(roster.people_set_aside["id"]), damaged.whole
    found = {"files read": 1, "rows": one.rows, "people read": one.people, "set aside": one.set_aside}
    return Counter({**found, "blank": one.blank, **passed_over})
