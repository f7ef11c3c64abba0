"""Attempts at the program, made up at random: the same for the same seed."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pandas as pd
import xlsxwriter

from matcher.commands import main
from matcher.ledger import write_run
from tests.hostile.carry_out import Attempt
from tests.hostile.words import make_cell, respell
from tests.run.test_privacy_run import national_id

MONTH = "2027-01"
KINDS = ("elders", "volunteers")
_PEOPLE = {"elders": 6, "volunteers": 4}
_AREA = "820105"
"""Of Macau's numbers, none of which goes on like this: a number as any, and nobody's."""
Row = list[str]


@dataclass(frozen=True)
class World:
    """A small programme without fault that attempts spoil: its rosters, a month's plan and its papers.

    Attributes:
        place: The folder that holds them.
        rosters: For each kind, the header and the rows.
        secrets: What was planted in them, by the strictest outputs that may hold it.
    """

    place: Path
    rosters: dict[str, list[Row]]
    secrets: dict[str, frozenset[str]]


def make_world(place: Path) -> World:
    """Make the programme in an empty folder."""
    made = place / "made"
    count = [word for kind in KINDS for word in (f"--{kind}", str(_PEOPLE[kind]))]
    assert main(["sample", *count, "--month", MONTH, "--seed", "5", "--out", str(made), "--lang", "en"]) == 0
    rosters, secrets = {}, {"nowhere": set(), "copies": set(), "papers": set(), "full_names": set()}
    for kind, first in zip(KINDS, (7000, 8000), strict=True):
        people = pd.read_csv(made / f"{kind}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        numbers = range(first, first + len(people))
        born, sexes = people["birth_date"], people["sex"]
        people["national_id"] = [
            national_id(*one, n % 97, area=_AREA) for n, *one in zip(numbers, born, sexes, strict=True)
        ]
        people["phone"] = [f"1391{n}{n % 1000:03}" for n in numbers]
        people["name"] = [f"{text[0]}鹈鹕{chr(0x9000 + n)}" for n, text in zip(numbers, people["name"], strict=True)]
        people["remark"] = [f"私{n}密" for n in numbers]
        secrets["nowhere"] |= set(people["national_id"])
        secrets["copies"] |= set(people["remark"])
        secrets["papers"] |= set(people["phone"])
        secrets["full_names"] |= set(people["name"])
        rosters[kind] = [list(people.columns), *people.to_numpy().tolist()]
        write_rows(place / f"{kind}.csv", rosters[kind])
    words = [f"--{kind}={place / kind}.csv" for kind in KINDS]
    run = ["run", *words, "--month", MONTH, "--calendars", "--out", str(place / "plan"), "--lang", "en"]
    assert main([*run, "--handouts", str(place / "handed")]) == 0
    write_run(f"sqlite:///{place / 'ledger.sqlite'}", MONTH, place / "plan")
    return World(place, rosters, {level: frozenset(values) for level, values in secrets.items()})


def write_rows(path: Path, rows: Sequence[Row], encoding: str = "utf-8") -> None:
    """Write rows as CSV, with quotes where they need them; what no encoding knows becomes bytes that no text has."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)  # so that it quotes both
    path.write_bytes(text.getvalue().encode(encoding, "replace"))


def make_attempt(seed: int, world: World, folder: Path) -> Attempt:
    """Write the inputs of an attempt into an empty folder; return what is to be done there."""
    rng = Random(seed)
    kind = rng.choices(list(MAKERS), [weight for weight, _make in MAKERS.values()])[0]
    attempt = MAKERS[kind][1](rng, world, folder)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    given = names - {name for name in names if name.split("/")[0] in {"old", "ledger.sqlite", "plan.toml", "notes.csv"}}
    secrets = dict(world.secrets)
    for level, values in attempt.secrets.items():
        secrets[level] = secrets.get(level, frozenset()) | values
    return Attempt(kind, attempt.commands, attempt.rows, attempt.people, secrets, frozenset(given))


def _copy_rosters(world: World, folder: Path) -> list[str]:
    for kind in KINDS:
        shutil.copy(world.place / f"{kind}.csv", folder)
    return [word for kind in KINDS for word in (f"--{kind}", f"{kind}.csv")]


def _spoil(rng: Random, rows: list[Row], most: int, *, keep: Sequence[str] = ()) -> tuple[list[Row], frozenset[str]]:
    """Return rows with some cells replaced, and what secrets were put into them; columns of ``keep`` stay."""
    spoilt, secrets = [list(row) for row in rows], set()
    free = [i for i, name in enumerate(rows[0]) if name not in keep and name != "national_id"]
    for _ in range(rng.randint(1, most)):
        at, column = rng.randrange(1, len(rows)), rng.choice(free)
        if rng.random() < 0.2 and "national_id" in rows[0]:
            known = [name for name in ("national_id", "phone") if name in rows[0]]
            secret = rows[rng.randrange(1, len(rows))][rows[0].index(rng.choice(known))]
            spoilt[at][column] = respell(rng, secret)
        else:
            spoilt[at][column] = make_cell(rng)
    return spoilt, frozenset(secrets)


def _write_book(path: Path, rows: Sequence[Row], rng: Random) -> None:
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
        _write_book(folder / f"{kind}.xlsx", rows, rng)
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
            rows, _secrets = _spoil(rng, rows, most, keep=keep)
        if rng.random() < 0.1 and not keep:
            header = list(rows[0])
            header[rng.randrange(len(header))] = make_cell(rng)
            rows = [header, *rows[1:]]
        name, counts = _write_roster(rng, folder, kind, rows)
        words += [f"--{kind}", name]
        known |= counts
    return words, known


def _check(rng: Random, world: World, folder: Path) -> Attempt:
    """A roster with hostile cells, headers and bytes is checked."""
    words, known = _make_rosters(rng, world, folder, most=12)
    more = rng.choice([[], [], ["--out", "checked"], ["--fix-report", "fix.xlsx"], ["--write-ids", "ids"], ["--debug"]])
    return Attempt("", [["check", *words, *more]], known)


def _month(rng: Random, world: World, folder: Path) -> Attempt:
    """A month is made of hostile rosters; every elder's row has to be found again."""
    rows, _secrets = _spoil(rng, world.rosters["elders"], 8, keep=("id",))
    write_rows(folder / "elders.csv", rows)
    people = {"elders.csv": {i + 1: row[rows[0].index("id")] for i, row in enumerate(rows) if i}}
    volunteers, _secrets = _spoil(rng, world.rosters["volunteers"], 3)
    write_rows(folder / "volunteers.csv", volunteers)
    words = ["--elders", "elders.csv", "--volunteers", "volunteers.csv", "--month", MONTH, "--set-aside"]
    if rng.random() < 0.5:
        return Attempt("", [["match", *words, "--no-page", "--out", "out"]], people=people)
    more = rng.choice([[], ["--names", "full"], ["--homes", "exact"], ["--debug"]])
    full = ["--calendars", "--public", "--geojson", "--handouts", "papers", *more]
    return Attempt("", [["run", *words, *full, "--out", "out"]], people=people)


def _ids(rng: Random, world: World, folder: Path) -> Attempt:
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


def _lists(rng: Random, world: World, folder: Path) -> Attempt:
    """Pins, never and previous pairs are hostile."""
    words = _copy_rosters(world, folder)
    for name in rng.sample(["pins", "never", "previous"], rng.randint(1, 3)):
        header = ["elder_id", "volunteer_id", "until", "remark"][: rng.randint(2, 4)]
        rows = [header]
        for _ in range(rng.randint(0, 5)):
            row = [rng.choice(world.rosters[kind][1:])[0] for kind in KINDS] + ["2027-03-01", ""]
            row = row[: len(header)]
            if rng.random() < 0.7:
                row[rng.randrange(len(row))] = make_cell(rng)
            rows.append(row)
        write_rows(folder / f"{name}.csv", rows)
        words += [f"--{name}", f"{name}.csv"]
    if rng.random() < 0.7:
        return Attempt("", [["check", *words, "--month", MONTH]])
    return Attempt("", [["match", *words, "--month", MONTH, "--no-page", "--out", "out"]])


def _settings(rng: Random, world: World, folder: Path) -> Attempt:
    """Settings, as a file or words, and files of holidays are hostile."""
    from matcher.settings import Settings

    words = _copy_rosters(world, folder)
    fields = [f"{name}.{key}" for name, part in Settings().model_dump().items() for key in part]
    key = rng.choice(fields)
    cell = make_cell(rng).replace("\x00", "")
    value = rng.choice([cell, f'"{cell}"', "[]", "{}", "[1,2", "1e999", "true", f"[{cell}]", "nan", "-1", "2027-01-01"])
    way = rng.randrange(4)
    if way == 0:
        words += ["--set", f"{key}={value}"]
    elif way == 1:
        section, name = key.split(".")
        (folder / "s.toml").write_bytes(f"[{section}]\n{name} = {value}\n".encode("utf-8", "replace"))
        words += ["--settings", "s.toml"]
    elif way == 2:
        (folder / "s.toml").write_bytes(rng.randbytes(rng.randint(0, 300)))
        words += ["--settings", "s.toml"]
    else:
        rows = [
            ["date", "kind"],
            *([make_cell(rng), rng.choice(["workday", "day off", make_cell(rng)])] for _ in range(4)),
        ]
        write_rows(folder / "holidays.csv", rows)
        words += ["--set", "schedule.holidays_file=holidays.csv"]
    if way < 3 and rng.random() < 0.7:
        return Attempt("", [["check", *words]])
    return Attempt("", [["run", *words, "--month", MONTH, "--no-page", "--out", "out"]])


QUERIES = (
    "SELECT * FROM elders",
    "DROP TABLE elders",
    "DELETE FROM elders RETURNING *",
    "UPDATE elders SET name = 'x' RETURNING *",
    "INSERT INTO elders SELECT * FROM elders RETURNING id",
    "VACUUM INTO 'copy.db'",
    "ATTACH 'other.db' AS other",
    "PRAGMA journal_mode = WAL",
    "PRAGMA user_version = 7",
    "CREATE TABLE x AS SELECT 1",
    "SELECT load_extension('x.so')",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS id FROM n",
    "SELECT zeroblob(1000000000) AS id",
    "SELECT randomblob(2000000000) AS id",
    "SELECT printf('%.*c', 1000000000, 'x') AS id",
    "SELECT x'ff00' AS id, x'fffe' AS name FROM elders",
    "SELECT 1; DROP TABLE elders",
    "SELECT *, * FROM elders",
    "",
    ";",
    "SELECT",
    "SELECT * FROM nothing",
    "SELECT :x, ?, %s FROM elders",
    "EXPLAIN SELECT * FROM elders",
    "BEGIN; DELETE FROM elders; COMMIT",
    "SELECT writefile('x', 'y')",
    "SELECT id AS [=1+1], name AS [<script>hostile()</script>] FROM elders",
)


def _query(rng: Random, world: World, folder: Path) -> Attempt:
    """A database is asked what it should not be; its address holds a password."""
    with sqlite3.connect(folder / "r.db") as base:
        header, *rows = _spoil(rng, world.rosters["elders"], 3)[0]
        names = ", ".join(f'"{name}"' for name in header)
        base.execute(f"CREATE TABLE elders ({names})")
        clean = [[cell.encode("utf-8", "replace").decode() for cell in row] for row in rows]
        base.executemany(f"INSERT INTO elders VALUES ({', '.join('?' * len(header))})", clean)
    base.close()
    _copy_rosters(world, folder)
    secret = "鹦Hunter2%40鹉"
    address = rng.choice(
        [
            *["sqlite:///r.db"] * 5,
            f"sqlite:///r.db?password={secret}",
            f"postgresql+psycopg://me:{secret}@127.0.0.1:1/x?sslpassword={secret}",
            f"mysql+pymysql://me:{secret}@127.0.0.1:1/x",
            f"nosuch://me:{secret}@127.0.0.1/x",
            f"postgresql://me:{secret}@[/x",
            f"sqlite://{secret}",
        ]
    )
    words = ["--elders", address, "--elders-query", rng.choice(QUERIES), "--volunteers", "volunteers.csv"]
    words += ["--set", "files.query_seconds=1", *rng.choice([[], ["--debug"]])]
    return Attempt("", [["check", *words]], secrets={"nowhere": frozenset({secret.upper(), "HUNTER2"})})


_OUTS = (
    ".",
    "..",
    "/",
    "elders.csv",
    "loop",
    "old",
    "old/pairs.csv",
    "found.csv",
    "no/such/found.csv",
    "old/found.csv",
    "link/pairs.csv",
    "link.csv",
    "loop.csv",
    "full.csv",
    "folder.csv",
    "/dev/full.csv",
    "/proc/out.csv",
    "中文 名.csv",
    "E.CSV",
    "NUL.csv",
    ".csv",
    "a" * 300 + ".csv",
    "notes.csv",
    "link",
    "no/such/folder",
    "a" * 300,
    "nul\ud800".encode("utf-8", "replace").decode(),
    "中文 名",
    "empty",
    "/proc/out",
    "/dev/null",
    "/dev/full",
    "full",
    "\n",
    " ",
    "-x",
    "~",
    "old/",
    "elders.csv/x",
)


def _places(rng: Random, world: World, folder: Path) -> Attempt:
    """Outputs go where they can't: onto inputs, links, devices, what is not ours."""
    words = _copy_rosters(world, folder)
    shutil.copytree(world.place / "plan", folder / "old")
    if rng.random() < 0.5:
        (folder / "old" / rng.choice(["notes.txt", "calendars/own.ics", "pairs.docx"])).write_text("precious", "utf-8")
    (folder / "empty").mkdir()
    (folder / "loop").symlink_to("loop")
    (folder / "link").symlink_to("old")
    (folder / "full").symlink_to("/dev/full")
    (folder / "folder.csv").mkdir()
    (folder / "notes.csv").write_text("own,notes\n", "utf-8")
    for name, aim in (("link.csv", "old/pairs.csv"), ("loop.csv", "loop.csv"), ("full.csv", "/dev/full")):
        (folder / name).symlink_to(aim)
    out = rng.choice(_OUTS)
    force = rng.choice([[], ["--force"]])
    plan = ["--pairs", "old/pairs.csv"]
    command = rng.choice(
        [
            ["check", *words, "--out", out],
            ["check", *words, "--fix-report", out],
            ["check", *words, "--write-ids", out],
            ["verify", *words, *plan, "--month", MONTH, "--out", out],
            ["locate", "--roster", "elders.csv", "--kind", "elders", "--out", out],
            ["template", "--out", out],
            ["handouts", *words, "--run", "old", "--out", out],
            ["match", *words, "--month", MONTH, "--no-page", "--out", out],
            ["sample", "--elders", "3", "--volunteers", "2", "--out", out],
            ["schedule", *words, *plan, "--month", MONTH, "--no-page", "--out", out],
            ["report", *words, "--run", "old", "--month", MONTH, "--ledger", "ledger.sqlite", "--out", out],
            ["what-if", *words, "--run", "old", "--set", "keep.worth_m=1", "--out", out],
            ["why", *words, "--run", "old", "--elder", world.rosters["elders"][1][0], "--out", out],
        ]
    )
    if command[0] in {"template", "init"}:
        force = []
    return Attempt("", [[*command, *force]])


def _folder(rng: Random, world: World, folder: Path) -> Attempt:
    """A run folder was edited, cut or spoilt before it is read again."""
    words = _copy_rosters(world, folder)
    shutil.copytree(world.place / "plan", folder / "plan")
    targets = [
        "pairs.csv",
        "visits.csv",
        "unmatched.csv",
        "unscheduled.csv",
        "manifest.json",
        "summary.json",
        "notices.csv",
    ]
    for name in rng.sample(targets, rng.randint(1, 3)):
        path = folder / "plan" / name
        way = rng.randrange(5)
        if way == 0:
            path.unlink()
        elif way == 1:
            path.write_bytes(path.read_bytes()[: rng.randrange(200)])
        elif way == 2:
            path.write_bytes(rng.randbytes(rng.randint(0, 400)))
        elif name.endswith(".json"):
            text = path.read_text("utf-8")
            at = rng.randrange(len(text))
            path.write_bytes((text[:at] + make_cell(rng) + text[at + rng.randint(0, 40) :]).encode("utf-8", "replace"))
        else:
            rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
            if len(rows) > 1:
                for _ in range(rng.randint(1, 4)):
                    row = rng.choice(rows if rng.random() < 0.15 else rows[1:])
                    if row:
                        row[rng.randrange(len(row))] = make_cell(rng)
            write_rows(path, rows)
    elder, volunteer = (world.rosters[kind][1][0] for kind in KINDS)
    month = ["--month", MONTH]
    plan, visits = ["--pairs", "plan/pairs.csv"], ["--visits", "plan/visits.csv"]
    command = rng.choice(
        [
            ["verify", *words, *plan, *visits, *month, "--out", "broken.csv"],
            ["verify", *words, *plan, *month, "--calendars", "plan/calendars"],
            ["handouts", *words, "--run", "plan", "--out", "papers"],
            ["schedule", *words, *plan, *month, "--out", "out", "--set-aside"],
            ["schedule", *words, *plan, *visits, *month, "--from", "2027-01-15", "--no-page", "--out", "out"],
            [
                "substitute",
                *words,
                *plan,
                *visits,
                "--volunteer",
                volunteer,
                "--from",
                "2027-01-05",
                "--to",
                "2027-01-20",
                "--out",
                "out",
            ],
            ["why", *words, "--run", "plan", "--elder", elder],
            ["suggest", *words, "--run", "plan", "--elder", elder, "--moves"],
            ["what-if", *words, "--run", "plan", "--set", "keep.worth_m=1", "--out", "scenarios.xlsx"],
            ["what-if", *words, "--run", "plan", "--front", "loads"],
            ["compare", "plan", "plan", "--out", "differ.xlsx"],
            ["recruit", *words, "--run", "plan", "--recruits", "1", "--out", "recruit.csv"],
            ["report", *words, "--run", "plan", *month, "--ledger", "ledger.sqlite", "--out", "out"],
            ["match", *words, *month, "--previous", "plan/pairs.csv", "--no-page", "--out", "out"],
        ]
    )
    return Attempt("", [[*command, *rng.choice([[], ["--debug"]])]])


def _sheets(rng: Random, world: World, folder: Path) -> Attempt:
    """Sheets that come back are hostile."""
    words = _copy_rosters(world, folder)
    shutil.copytree(world.place / "plan", folder / "plan")
    (folder / "records").mkdir()
    visits = list(csv.reader(io.StringIO((folder / "plan" / "visits.csv").read_text("utf-8-sig"))))
    rows = [["编号", "日期", "老人", "志愿者", "完成", "分钟", "备注"]]
    for visit in rng.sample(visits[1:], 8):
        row = [visit[0], visit[1], visit[5], visit[7], rng.choice(["✓", "是", "拒绝", "住院", ""]), "45", ""]
        for _ in range(rng.randint(0, 2)):
            row[rng.randrange(len(row))] = make_cell(rng)
        if rng.random() < 0.2:
            person = rng.choice(world.rosters["elders"][1:])
            row[-1] = respell(rng, person[world.rosters["elders"][0].index("national_id")])
        rows.append(row)
    if rng.random() < 0.3:
        _write_book(folder / "sheet.xlsx", rows, rng)
        sheet = "sheet.xlsx"
    else:
        write_rows(folder / "sheet.csv", rows, rng.choice(["utf-8", "utf-8", "gb18030"]))
        sheet = "sheet.csv"
    records = ["--records", "records/2027-01.csv"]
    command = [
        "record",
        sheet,
        *words,
        "--run",
        "plan",
        "--month",
        MONTH,
        *records,
        "--as-of",
        "2027-01-31",
        "--set-aside",
    ]
    more = ["report", *words, "--run", "plan", "--month", MONTH, *records, "--ledger", "ledger.sqlite", "--out", "out"]
    return Attempt("", [command, more] if rng.random() < 0.4 else [command])


def _locate(rng: Random, world: World, folder: Path) -> Attempt:
    """A roster with hostile addresses is to be located; the copy has no national ID."""
    rows, _secrets = _spoil(rng, world.rosters["elders"], 8)
    for row in rows[1:]:
        if rng.random() < 0.4:
            for name in ("lng_wgs84", "lat_wgs84"):
                row[rows[0].index(name)] = ""
    write_rows(folder / "elders.csv", rows)
    words = ["--roster", "elders.csv", "--kind", "elders", "--out", "located.csv"]
    return Attempt("", [["locate", *words, *rng.choice([[], ["--debug"]])]])


def _files(rng: Random, world: World, folder: Path) -> Attempt:
    """Files are not what their names say: bombs, entities, devices, noise, links, far corners."""
    _copy_rosters(world, folder)
    path = folder / rng.choice(["e.xlsx", "e.csv", "e.xls", "e.ods", "e.parquet"])
    way = rng.randrange(9)
    if way == 0:
        path.write_bytes(
            rng.choice([b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1", b"%PDF", b"\x1f\x8b"])
            + rng.randbytes(600)
        )
    elif way == 1:
        path.write_bytes(rng.randbytes(rng.randint(0, 3000)))
    elif way == 2:
        _write_book(path, world.rosters["elders"], rng)
        content = bytearray(path.read_bytes())
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        path.write_bytes(bytes(content[: rng.randint(100, len(content))] if rng.random() < 0.3 else content))
    elif way == 3:
        _write_book(path, world.rosters["elders"], rng)
        _change_sheet(path, rng)
    elif way == 4:
        path.symlink_to(
            rng.choice(["/dev/zero", "/dev/null", "/proc/self/mem", "/proc/self/environ", "e.csv", "/", "."])
        )
    elif way == 5:
        path.mkdir()
        write_rows(path / "a.csv", world.rosters["elders"])
        (path / "b.csv").write_bytes(rng.randbytes(50))
        (path / os.fsdecode(b"\xc3\xfb.csv")).write_bytes(b"")
    elif way == 6:
        rows = world.rosters["elders"]
        wide = [[*row, *(make_cell(rng)[:9] for _ in range(300))] for row in rows[:3]]
        write_rows(path, wide)
    elif way == 7:
        path.write_bytes(b'"' * rng.randint(1, 3000) + b"\n" * rng.randint(0, 3000) + b"," * rng.randint(0, 3000))
    else:
        write_rows(path, [world.rosters["elders"][0]] * 2)
    sheet = rng.choice(["", "", "#*", "#名册", "#nothing", "#"])
    return Attempt(
        "",
        [
            [
                "check",
                "--elders",
                f"{path.name}{sheet}",
                "--volunteers",
                "volunteers.csv",
                *rng.choice([[], ["--fix-report", "fix.xlsx"]]),
            ]
        ],
    )


def _change_sheet(path: Path, rng: Random) -> None:
    """Change the XML of a workbook's sheet as no program would."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = "xl/worksheets/sheet1.xml"
    xml = parts[name].decode()
    xml = rng.choice(
        [
            lambda: xml.replace('r="A2"', 'r="XFD1048576"'),
            lambda: xml.replace('r="A2"', 'r="A99999999999"'),
            lambda: xml.replace('r="A2"', 'r="-1"'),
            lambda: xml.replace(
                "<worksheet", '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet', 1
            ),
            lambda: xml.replace("<sheetData>", "<sheetData>" + "<row>" * 2000),
            lambda: xml.replace("<v>", "<v>9"),
            lambda: xml.replace(
                "</sheetData>",
                f'<row r="9"><c r="A9" t="inlineStr"><is><t>{"x" * 2_000_000}</t></is></c></row></sheetData>',
            ),
            lambda: xml.replace(
                "</worksheet>", '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
            ),
            lambda: xml.replace('t="s"', 't="e"'),
            lambda: xml.replace("<dimension ref=", '<dimension ref="A1:XFD1048576" x='),
        ]
    )()
    parts[name] = xml.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, content in parts.items():
            book.writestr(part, content)


def _programme(rng: Random, world: World, folder: Path) -> Attempt:
    """A programme's own file, its ledger and names are hostile."""
    words = _copy_rosters(world, folder)
    name = make_cell(rng).replace("\x00", "")[:100]
    commands = [["init", "p", "--name", name, *words]]
    way = rng.randrange(3)
    if way == 0:
        (folder / "ledger.sqlite").write_bytes(rng.randbytes(rng.randint(0, 5000)))
        commands = [
            [
                "forget",
                rng.choice(["E000001", make_cell(rng).replace("\x00", "")]),
                "--ledger",
                "ledger.sqlite",
                "--yes",
            ]
        ]
    elif way == 1:
        (folder / "programme.toml").write_bytes(
            f"[programme]\nname = {name}\n{make_cell(rng)}".encode("utf-8", "replace")
        )
        commands = [["status"], ["check"]]
    return Attempt("", commands)


MAKERS: dict[str, tuple[int, Callable[[Random, World, Path], Attempt]]] = {
    "check": (28, _check),
    "files": (18, _files),
    "query": (12, _query),
    "settings": (10, _settings),
    "places": (12, _places),
    "lists": (4, _lists),
    "folder": (3, _folder),
    "locate": (8, _locate),
    "sheets": (2, _sheets),
    "programme": (6, _programme),
    "month": (3, _month),
    "ids": (1, _ids),
}
"""Share of each kind, and its maker."""
