"""Rosters with hostile cells, headers and bytes, in all forms that a roster may have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pandas as pd
import xlsxwriter

from tests.hostile.carry_out import Attempt
from tests.hostile.words import make_cell, respell
from tests.hostile.world import KINDS, MONTH, Row, World, write_rows


def spoil(rng: Random, rows: list[Row], most: int, *, keep: Sequence[str] = ()) -> list[Row]:
    """Return rows with some cells replaced; columns of ``keep`` stay."""
    spoilt = [list(row) for row in rows]
    free = [i for i, name in enumerate(rows[0]) if name not in keep and name != "national_id"]
    for _ in range(rng.randint(1, most)):
        at, column = rng.randrange(1, len(rows)), rng.choice(free)
        if rng.random() < 0.2 and "national_id" in rows[0]:
            known = [name for name in ("national_id", "phone") if name in rows[0]]
            secret = rows[rng.randrange(1, len(rows))][rows[0].index(rng.choice(known))]
            spoilt[at][column] = respell(rng, secret)
        else:
            spoilt[at][column] = make_cell(rng)
    return spoilt


def write_book(path: Path, rows: Sequence[Row], rng: Random) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("名册")
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell.startswith("=") and rng.random() < 0.5 and len(cell) < 200:
                    sheet.write_formula(i, j, cell, value=rng.choice(["", "1", "#N/A"]))
                else:
                    sheet.write_string(i, j, cell[:32767])


def _write_roster(rng: Random, folder: Path, kind: str, rows: list[Row]) -> tuple[str, dict[str, int]]:
    """Write a roster in one of the forms; return its name, and how many rows it has, where that is certain."""
    form = rng.choice(("csv", "csv", "csv", "gb18030", "utf-16", "xlsx", "parquet", "bytes"))
    if form == "xlsx":
        write_book(folder / f"{kind}.xlsx", rows, rng)
        return f"{kind}.xlsx", {}
    if form == "parquet":
        names = [f"{name}" for name in rows[0]]
        frame = pd.DataFrame(rows[1:], columns=names).map(lambda text: text.encode("utf-8", "replace").decode())
        frame.to_parquet(folder / f"{kind}.parquet")
        return f"{kind}.parquet", {f"{kind}.parquet": len(rows) - 1}
    path = folder / f"{kind}.csv"
    write_rows(path, rows, {"csv": "utf-8", "bytes": "utf-8"}.get(form, form))
    if form == "bytes":
        content = bytearray(path.read_bytes())
        for _ in range(rng.randint(1, 5)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        if rng.random() < 0.3:
            del content[rng.randrange(len(content)) :]
        path.write_bytes(bytes(content))
    return path.name, {}


def _take_columns(rng: Random, rows: list[Row]) -> list[Row]:
    """Return a roster with what it must have and a dozen of its other columns: each costs time."""
    must = {"id", "name", "address", "committee", "consent", "national_id"}
    few = {rows[0].index(name) for name in rows[0] if name in must} | set(rng.sample(range(len(rows[0])), 8))
    return [[row[i] for i in sorted(few)] for row in rows]


def _make_rosters(
    rng: Random, world: World, folder: Path, most: int, keep: Sequence[str] = ()
) -> tuple[list[str], dict[str, int]]:
    words, known = [], {}
    for kind in KINDS:
        rows = _take_columns(rng, world.rosters[kind])
        if rng.random() < (0.9 if kind == "elders" else 0.4):
            rows = spoil(rng, rows, most, keep=keep)
        if rng.random() < 0.1 and not keep:
            header = list(rows[0])
            header[rng.randrange(len(header))] = make_cell(rng)
            rows = [header, *rows[1:]]
        name, counts = _write_roster(rng, folder, kind, rows)
        words += [f"--{kind}", name]
        known |= counts
    return words, known


def make_check(rng: Random, world: World, folder: Path) -> Attempt:
    """A roster with hostile cells, headers and bytes is checked."""
    words, known = _make_rosters(rng, world, folder, most=12)
    more = rng.choice([[], [], ["--out", "checked"], ["--fix-report", "fix.xlsx"], ["--write-ids", "ids"], ["--debug"]])
    return Attempt("", [["check", *words, *more]], known)


def make_month(rng: Random, world: World, folder: Path) -> Attempt:
    """A month is made of hostile rosters; every elder's row has to be found again."""
    rows = spoil(rng, world.rosters["elders"], 8, keep=("id",))
    write_rows(folder / "elders.csv", rows)
    people = {"elders.csv": {i + 1: row[rows[0].index("id")] for i, row in enumerate(rows) if i}}
    volunteers = spoil(rng, world.rosters["volunteers"], 3)
    write_rows(folder / "volunteers.csv", volunteers)
    words = ["--elders", "elders.csv", "--volunteers", "volunteers.csv", "--month", MONTH, "--set-aside"]
    if rng.random() < 0.5:
        return Attempt("", [["match", *words, "--no-page", "--out", "out"]], people=people)
    more = rng.choice([[], ["--names", "full"], ["--homes", "exact"], ["--debug"]])
    full = ["--calendars", "--public", "--geojson", "--handouts", "papers", *more]
    return Attempt("", [["run", *words, *full, "--out", "out"]], people=people)


def make_ids(rng: Random, world: World, folder: Path) -> Attempt:
    """Ids are hostile: they stand in every file and name files."""
    rosters = {kind: [list(row) for row in world.rosters[kind]] for kind in KINDS}
    for kind in KINDS:
        at = rosters[kind][0].index("id")
        for row in rosters[kind][1:]:
            if rng.random() < 0.5:
                row[at] = make_cell(rng)[:300]
        write_rows(folder / f"{kind}.csv", rosters[kind])
    words = ["--elders", "elders.csv", "--volunteers", "volunteers.csv", "--month", MONTH, "--set-aside", "--calendars"]
    return Attempt("", [["run", *words, "--handouts", "papers", "--out", "out"]])


def make_locate(rng: Random, world: World, folder: Path) -> Attempt:
    """A roster with hostile addresses is to be located; the copy has no national ID."""
    rows = spoil(rng, world.rosters["elders"], 8)
    for row in rows[1:]:
        if rng.random() < 0.4:
            for name in ("lng_wgs84", "lat_wgs84"):
                row[rows[0].index(name)] = ""
    write_rows(folder / "elders.csv", rows)
    words = ["--roster", "elders.csv", "--kind", "elders", "--out", "located.csv"]
    return Attempt("", [["locate", *words, *rng.choice([[], ["--debug"]])]])
