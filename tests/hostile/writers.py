"""Every command that writes, with words that let it write in the folder in which it stands; twice, in two languages.

What it writes in the second language differs from the first: old and new are told apart.
"""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

from matcher.commands import main
from tests.hostile.world import KINDS, MONTH, World, write_rows

ROSTERS = [word for kind in KINDS for word in (f"--{kind}", f"{kind}.csv")]
_NAMELESS = [word for kind in KINDS for word in (f"--{kind}", f"nameless_{kind}.csv")]
_MONTH = ["--month", MONTH]
_PLAN = ["--pairs", "plan/pairs.csv", "--visits", "plan/visits.csv"]
LEDGER = "ledger.sqlite"
_LEDGER = ["--ledger", LEDGER]
_SHEET = ["--records", "records/2027-01.csv", "--as-of", "2027-01-31"]

WRITERS: dict[str, list[str]] = {
    "check --out": ["check", *ROSTERS, "--out", "out", "--force"],
    "check --fix-report": ["check", *ROSTERS, "--fix-report", "fix.xlsx", "--force"],
    "check --write-ids": ["check", *_NAMELESS, "--write-ids", "ids", "--force"],
    "match": ["match", *ROSTERS, *_MONTH, "--no-page", "--out", "out", "--force"],
    "run": ["run", *ROSTERS, *_MONTH, "--calendars", "--handouts", "papers", "--out", "out", "--force"],
    "schedule": ["schedule", *ROSTERS, *_MONTH, "--pairs", "plan/pairs.csv", "--no-page", "--out", "out", "--force"],
    "substitute": [
        *("substitute", *ROSTERS, *_PLAN, "--volunteer", "{volunteer}", "--from", "2027-01-02", "--to", "2027-01-30"),
        *("--no-page", "--out", "out", "--force"),
    ],
    "handouts": ["handouts", *ROSTERS, "--run", "plan", "--out", "papers", "--force"],
    "record": ["record", "sheet.csv", *ROSTERS, "--run", "plan", *_MONTH, *_SHEET, "--replace"],
    "verify": ["verify", *ROSTERS, *_PLAN, *_MONTH, "--out", "broken.csv", "--force"],
    "what-if": [
        *("what-if", *ROSTERS, "--run", "plan", "--set", "keep.worth_m=1", "--no-contacts"),
        *("--out", "scenarios.xlsx", "--force"),
    ],
    "why": ["why", *ROSTERS, "--run", "plan", "--elder", "{elder}", "--out", "why.csv", "--force"],
    "compare": ["compare", "plan", "plan", "--out", "differ.xlsx", "--force"],
    "recruit": ["recruit", *ROSTERS, "--run", "plan", "--recruits", "1", "--out", "recruit.xlsx", "--force"],
    "many": ["many", "cities.toml", *_MONTH, "--no-page", "--jobs", "1", "--out", "region"],
    "report": ["report", *_MONTH, *_LEDGER, "--out", "out", "--force"],
    "report --run": ["report", *ROSTERS, "--run", "plan", *_MONTH, "--out", "out", "--force"],
    "forget": ["forget", "{person}", *_LEDGER, "--yes"],
    "locate": ["locate", "--roster", "elders.csv", "--kind", "elders", "--out", "located.csv", "--force"],
    "sample": ["sample", "--elders", "3", "--volunteers", "2", "--seed", "{seed}", "--out", "out", "--force"],
    "template": ["template", "--out", "out", "--force"],
}
"""The words of each. ``init`` is not among them: it refuses what stands."""

APART = {"many": "region/cities/"}
"""Commands that begin processes and threads, and so are given in processes of their own alone: see ``children``; and
the folders that they write as the others write theirs. What is beside them tells how far they came."""
IN_DATABASE = frozenset({"forget"})
"""Commands that write through no door of files: see ``ledgers``."""


def prepare(world: World, place: Path) -> None:
    """Write what the commands read."""
    for kind in KINDS:
        shutil.copy(world.place / f"{kind}.csv", place)
        rows = world.rosters[kind]
        at = rows[0].index("id")
        write_rows(place / f"nameless_{kind}.csv", [row[:at] + row[at + 1 :] for row in rows])
    shutil.copytree(world.place / "plan", place / "plan")
    shutil.copy(world.place / LEDGER, place)
    rosters = "".join(f'{kind} = "{kind}.csv"\n' for kind in KINDS)
    (place / "cities.toml").write_text(f'[[city]]\nname = "One"\n{rosters}', "utf-8")
    (place / "records").mkdir()
    visits = list(csv.reader(io.StringIO((place / "plan" / "visits.csv").read_text("utf-8-sig"))))
    write_rows(place / "sheet.csv", [["编号", "完成", "分钟"], *([visit[0], "✓", "40"] for visit in visits[1:4])])


def spell(name: str, world: World, lang: str) -> list[str]:
    """Return the words of a command; two languages get two samples."""
    known = {kind[:-1]: world.rosters[kind][1][0] for kind in KINDS}
    number = {"zh": 1, "en": 2}[lang]
    person = world.rosters["elders"][number][0]
    return [word.format(seed=number, person=person, **known) for word in WRITERS[name]]


def give(name: str, world: World, *, lang: str) -> int:
    """Give a command in the folder in which this process stands; return its exit code."""
    return main([*spell(name, world, lang), "--lang", lang])
