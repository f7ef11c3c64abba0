"""Hostile wishes beside the rosters: settings, holidays, pins, never, previous pairs, a programme's own file."""

from __future__ import annotations

from pathlib import Path
from random import Random

from matcher.settings import Settings
from tests.hostile.carry_out import Attempt
from tests.hostile.words import make_cell
from tests.hostile.world import KINDS, MONTH, World, copy_rosters, write_rows


def make_lists(rng: Random, world: World, folder: Path) -> Attempt:
    """Pins, never and previous pairs are hostile."""
    words = copy_rosters(world, folder)
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


def make_settings(rng: Random, world: World, folder: Path) -> Attempt:
    """Settings, as a file or words, and files of holidays are hostile."""
    words = copy_rosters(world, folder)
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


def make_programme(rng: Random, world: World, folder: Path) -> Attempt:
    """A programme's own file, its ledger and names are hostile."""
    words = copy_rosters(world, folder)
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
