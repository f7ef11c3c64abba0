"""Outputs that are sent where they can't go: onto inputs, links, devices, what is not ours."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from tests.hostile.carry_out import Attempt
from tests.hostile.world import MONTH, World, copy_rosters

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


def make_places(rng: Random, world: World, folder: Path) -> Attempt:
    """Outputs go where they can't: onto inputs, links, devices, what is not ours."""
    words = copy_rosters(world, folder)
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
