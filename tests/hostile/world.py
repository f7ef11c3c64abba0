"""A small programme without fault, which attempts spoil: its rosters with planted particulars, a month, its papers."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matcher.commands import main
from matcher.ledger import write_run
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


def copy_rosters(world: World, folder: Path) -> list[str]:
    for kind in KINDS:
        shutil.copy(world.place / f"{kind}.csv", folder)
    return [word for kind in KINDS for word in (f"--{kind}", f"{kind}.csv")]
