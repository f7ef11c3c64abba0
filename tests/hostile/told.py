"""Words of a screen about the disk: names of what was written, and how many of what stand there.

Sentences are those of the program in English; what they tell is compared with the disk in ``invariants``.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePath

from tests.hostile.carry_out import Outcome

Rows = list[dict[str, str]]

_PLACES = [
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^(?:all of it is|the rows with their faults marked are|made-up rosters are|templates are) in (.+)$",
        r"^report\.xlsx, report\.html and hours\.csv are in (.+)$",
        r"files by team \(\d+ teams?\), are in (.+)$",
        r"^written: (.+)$",
        r"^noted in (.+); look it through",
        r"got an id; use the copies in (.+) from now on",
        r"^(?:Files|Page) +(.+)$",
        r"^the programme's folder is (.+)$",
    )
]
"""Sentences of the screen that name something written; they are never broken into lines."""
_WRITTEN = re.compile(r"written whole before that: (.+?)(?: …)?$")
_NOTHING = ("nothing was written", "it was not written", "was left there")


def make_key(name: str) -> str:
    """Return what of a path is the same on the disk and on a screen, which breaks lines and hides signs."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", name).casefold() if sign.isalnum())


def list_told(outcome: Outcome) -> Iterator[str]:
    """Yield the paths that the screen says were written."""
    screen = outcome.screen.decode("utf-8", "replace")
    for pattern in _PLACES:
        yield from pattern.findall(screen)
    if found := _WRITTEN.search(outcome.said):
        yield from found[1].split(", ")
    if "is deleted from the ledger" in screen:
        yield from [after for word, after in zip(outcome.words, outcome.words[1:], strict=False) if word == "--ledger"]


def says_nothing_written(outcome: Outcome) -> bool:
    """Return whether the screen says that the disk is as it was."""
    return any(words in outcome.said.casefold() for words in _NOTHING)


def compare_places(outcome: Outcome) -> Iterator[str]:
    """Yield what is told and not there, and what was written and is not told."""
    inside = make_key(outcome.place)
    aims = {make_key(name): make_key(entry.aim) for name, entry in outcome.after.items() if entry.aim}
    keys = {make_key(name) for name in outcome.after}
    told = set()
    for path in list_told(outcome):
        key = make_key(path)
        if path.startswith("/") and not (inside and key.startswith(inside)):
            continue  # what is elsewhere is not looked at
        key = key.removeprefix(inside) if path.startswith("/") else key
        told |= {key, aims.get(key, key)}
        if key not in keys and key:
            yield f"{path} is told, and not there"
    for name, entry in outcome.changed.items():
        above = {make_key(str(path)) for path in (PurePath(name), *PurePath(name).parents)}
        if entry.content is not None and not above & told and name not in outcome.attempt.inputs:
            yield f"{name} was written, and is not told"


def _count_pairs(pairs: Rows) -> tuple[int, ...]:
    return (len({row["elder_id"] for row in pairs if row["status"] != "paused"}),)


def _count(rows: Rows, column: str, *kinds: str) -> tuple[int, ...]:
    count = Counter(row[column] for row in rows)
    return tuple(count[kind] for kind in kinds)


COUNTS: dict[str, tuple[str, str, Callable[[Rows], tuple[int, ...]]]] = {
    "pairs.csv": ("volunteer_id", r"Matched [█░]+ ([\d,]+) of [\d,]+ elders?", _count_pairs),
    "visits.csv": (
        "visit_id",
        r"([\d,]+) contacts planned of [\d,]+ due: ([\d,]+) visits, ([\d,]+) calls",
        lambda rows: (len(rows), *_count(rows, "kind", "visit", "call")),
    ),
    "set_aside.csv": (
        "person_name",
        r"LEFT OUT: ([\d,]+) of [\d,]+ elders and ([\d,]+) of [\d,]+ volunteers, whose rows",
        lambda rows: _count(rows, "part", "elder", "volunteer"),
    ),
    "issues.csv": (
        "severity",
        r"([\d,]+) errors?, ([\d,]+) warnings?",
        lambda rows: _count(rows, "severity", "error", "warning"),
    ),
}
"""For each table of a folder that is written: a column of it, the sentence that counts it, how to count it again."""


def compare_counts(outcome: Outcome) -> Iterator[str]:
    """Yield where a number on the screen is another than that of the rows on the disk."""
    for name, content in _list_written_tables(outcome):
        column, sentence, count = COUNTS[PurePath(name).name]
        table = csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace"), newline=""))
        if column not in (table.fieldnames or ()):
            continue  # another's file under this name
        found = re.search(sentence, outcome.said)
        told = tuple(int(number.replace(",", "")) for number in found.groups()) if found else None
        there = count(list(table))
        if told is None and any(there) and outcome.code == 0:
            yield f"{name} holds {there}, and nothing is told of it"
        if told is not None and told != there:
            yield f"{told} are told, {name} holds {there}"


def _list_written_tables(outcome: Outcome) -> Iterator[tuple[str, bytes]]:
    for name, entry in outcome.changed.items():
        if PurePath(name).name in COUNTS and entry.content is not None and name not in outcome.attempt.inputs:
            yield name, entry.content
