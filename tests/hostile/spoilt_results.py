"""Results of the program that come back edited, cut or filled in by the ill-disposed: run folders and sheets."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from random import Random

from tests.hostile.carry_out import Attempt
from tests.hostile.spoilt_rosters import write_book
from tests.hostile.words import make_cell, respell
from tests.hostile.world import KINDS, MONTH, World, copy_rosters, write_rows


def make_folder(rng: Random, world: World, folder: Path) -> Attempt:
    """A run folder was edited, cut or spoilt before it is read again."""
    words = copy_rosters(world, folder)
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


def make_sheets(rng: Random, world: World, folder: Path) -> Attempt:
    """Sheets that come back are hostile."""
    words = copy_rosters(world, folder)
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
        write_book(folder / "sheet.xlsx", rows, rng)
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
