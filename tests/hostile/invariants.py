"""Invariants that hold after any input, stop or fault: one function each, which yields what breaks it.

Nothing here uses the program's code: files are read again by other means.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import PurePath

from tests.helpers.pages import unpack_page_text
from tests.hostile.carry_out import Entry, Outcome
from tests.hostile.told import compare_counts, compare_places, says_nothing_written

CODES = {0, 2, 3, 4, 5, 130}
MOST_CPU_S = 60
"""A command on a dozen people takes one second; this one hangs."""
MOST_MEMORY = 1_500_000_000
LONGEST_NAME = 200
_TEXTS = {".csv", ".html", ".ics", ".json", ".geojson", ".txt", ".toml", ".md"}
_BOOKS = {".xlsx", ".xlsm"}
_FORMULA = re.compile(r"^[\s\x00-\x20\ufeff]*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[\d,.]+(e[+-]?\d+)?%?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_OF_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ACCOUNT = re.compile(
    r"(\S+): ([\d,]+) rows? below the header = (.*?)(?= \S+: [\d,]+ rows? below| \d+ elders? count|$)"
)
_SIGNS = str.maketrans("", "", " \t\r\n-‐‑–—._·•()（）[]'’*")


def _list_files(outcome: Outcome) -> Iterator[tuple[str, bytes]]:
    """Yield the files that a command wrote."""
    for name, entry in outcome.changed.items():
        if entry.content is not None and name not in outcome.attempt.inputs:
            yield name, entry.content


def _list_tables(outcome: Outcome) -> Iterator[tuple[str, list[list[str]]]]:
    for name, content in _list_files(outcome):
        if name.endswith(".csv"):
            text = content.decode("utf-8-sig", "replace")
            yield name, list(csv.reader(io.StringIO(text, newline="")))


def _list_parts(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield the parts of a workbook as text."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for part in book.namelist():
            yield part, book.read(part).decode("utf-8", "replace")


def read_text(name: str, content: bytes) -> str:
    """Return all that a file says, whatever it is packed in."""
    suffix = PurePath(name).suffix
    if not content:
        return ""
    if suffix in _BOOKS:
        return "\n".join(text for _part, text in _list_parts(content))
    if suffix == ".sqlite":
        with closing(sqlite3.connect(":memory:")) as base:
            base.deserialize(content)
            return "\n".join(base.iterdump())
    text = content.decode("utf-8", "replace")
    if suffix == ".html":
        return unpack_page_text(text)
    return text.replace("\r\n ", "") if suffix == ".ics" else text


def check_code(outcome: Outcome) -> Iterator[str]:
    """The exit code is known, and no traceback is shown."""
    if outcome.code not in CODES:
        yield f"exit code {outcome.code}"
    if "Traceback" in outcome.said and "--debug" not in outcome.words:
        yield "a traceback"


def check_whole(outcome: Outcome) -> Iterator[str]:
    """Inputs stay; nothing hidden is left; without success, what stood stands, or is told to be written."""
    for name, entry in outcome.before.items():
        if name in outcome.attempt.inputs and outcome.after.get(name) != entry:
            yield f"the input {name} is another"
        if name not in outcome.after and entry.content is not None and not _was_replaced(name, outcome):
            yield f"{name} is gone"
    for name in outcome.after:
        if any(part.startswith(".old-partners-") for part in PurePath(name).parts):
            yield f"left behind: {name}"


def _was_replaced(name: str, outcome: Outcome) -> bool:
    """Return whether a file lay in a folder that a command was to replace."""
    return "--force" in outcome.words and any(str(PurePath(name).parts[0]) in word for word in outcome.words)


def check_truth(outcome: Outcome) -> Iterator[str]:
    """The screen is true of the disk: all that was written is named, all that is named is there, counts are so."""
    wrote = [name for name, entry in outcome.changed.items() if entry.content is not None]
    if says_nothing_written(outcome) and wrote:
        yield f"nothing was written, it says, but {wrote[:3]}"
    yield from compare_places(outcome)
    yield from compare_counts(outcome)
    for option in ("--out", "--fix-report"):
        if outcome.code == 0 and option in outcome.words:
            path = outcome.words[list(outcome.words).index(option) + 1]
            if not PurePath(path).is_absolute() and PurePath(path).as_posix() not in outcome.after:
                yield f"exit 0, and there is no {path}"


def check_accounts(outcome: Outcome) -> Iterator[str]:
    """Rows of a roster = people read + at fault + blank + passed over; as many as its maker wrote."""
    for file, rows, parts in _ACCOUNT.findall(outcome.said):
        numbers = [re.search(r"[\d,]+", part) for part in parts.split(" + ")]
        total = sum(int(number[0].replace(",", "")) for number in numbers if number)
        count = int(rows.replace(",", ""))
        if total != count:
            yield f"{file}: {count} rows, but {parts}"
        known = outcome.attempt.rows.get(file)
        if known is not None and known != count:
            yield f"{file} has {known} rows, {count} are told"


def check_nobody_lost(outcome: Outcome) -> Iterator[str]:
    """Every row of an elder is in the plan, among those left out, or told by its number."""
    for folder in {str(PurePath(name).parent) for name in outcome.changed if PurePath(name).name == "unmatched.csv"}:
        tables = {
            PurePath(name).name: table for name, table in _list_tables(outcome) if str(PurePath(name).parent) == folder
        }
        if not {"pairs.csv", "unmatched.csv", "issues.csv"} <= tables.keys():
            yield f"{folder} lacks a table"
            continue
        known = {row[0].removeprefix("'") for name in ("pairs.csv", "unmatched.csv") for row in tables[name][1:]}
        told = {(row[0], row[1]) for row in tables["issues.csv"][1:]}
        for file, people in outcome.attempt.people.items():
            for row, person in people.items():
                if person not in known and (file, str(row)) not in told:
                    yield f"{file}, row {row}: {person!r} is in no table of {folder}"


def check_formulas(outcome: Outcome) -> Iterator[str]:
    """No cell of a table or workbook is one that a spreadsheet would calculate, and no link leads out."""
    for name, table in _list_tables(outcome):
        for row in table:
            for cell in row:
                if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell.strip()):
                    yield f"{name}: {cell[:40]!r}"
    for name, content in _list_files(outcome):
        if PurePath(name).suffix in _BOOKS:
            for part, text in _list_parts(content):
                if part.startswith("xl/worksheets/sheet") and re.search(r"<f[ >]", text):
                    yield f"{name}: a formula in {part}"
                if part.endswith(".rels") and 'TargetMode="External"' in text:
                    yield f"{name}: a link that leads out in {part}"


def check_secrets(outcome: Outcome) -> Iterator[str]:
    """No secret is where it does not belong: in no file, on no screen, in no error."""
    shown = [
        ("screen", outcome.screen.decode("utf-8", "replace")),
        ("errors", outcome.trouble.decode("utf-8", "replace")),
    ]
    files = [(name, read_text(name, content)) for name, content in _list_files(outcome)]
    for name, text in (*shown, *files):
        allowed = _find_allowed(name, outcome)
        plain = unicodedata.normalize("NFKC", text).upper()
        spellings = plain, plain.translate(_SIGNS)
        for level, secrets in outcome.attempt.secrets.items():
            if level in allowed:
                continue
            for secret in secrets:
                pattern = rf"(?<![\d.]){re.escape(secret)}(?!\d)" if secret.isdigit() else re.escape(secret)
                if any(re.search(pattern, one) for one in spellings):
                    yield f"{name}: {level} {secret!r}"


def _find_allowed(name: str, outcome: Outcome) -> set[str]:
    """Return the levels of secrets that a file may hold."""
    allowed = {"full_names"} if "full" in outcome.words else set()
    if _is_within(name, outcome, _PAPERS):
        allowed |= {"papers", "full_names"}
    if _is_within(name, outcome, _COPIES):
        allowed |= {"papers", "full_names", "copies", *(() if outcome.words[0] == "locate" else ("nowhere",))}
    return allowed


_COPIES = {("check", "--fix-report"), ("check", "--write-ids"), ("locate", "--out")}
_PAPERS = {("run", "--handouts"), ("handouts", "--out")}
"""Commands with the words after which they are told where copies of rosters, and papers, are to be."""


def _is_within(name: str, outcome: Outcome, kinds: set[tuple[str, str]]) -> bool:
    """Return whether a file is what some options name, or lies in it, by whatever link."""
    command, *words = outcome.words
    given = {path for option, path in pairwise(words) if (command, option) in kinds}
    aims = {PurePath(outcome.after[path].aim) for path in given if path in outcome.after and outcome.after[path].aim}
    path = PurePath(name)
    return any(one == path or one in path.parents for one in {*map(PurePath, given), *aims})


def check_bounds(outcome: Outcome) -> Iterator[str]:
    """Time and memory are bounded."""
    if outcome.cpu_s > MOST_CPU_S:
        yield f"{outcome.cpu_s:.0f} s of the processor"
    if outcome.memory_bytes > MOST_MEMORY:
        yield f"{outcome.memory_bytes / 1e6:.0f} MB of memory more"


def check_texts(outcome: Outcome) -> Iterator[str]:
    """Texts are UTF-8 without control characters, on the screen too."""
    shown = [("screen", outcome.screen), ("errors", outcome.trouble)]
    files = [(name, content) for name, content in _list_files(outcome) if PurePath(name).suffix in _TEXTS]
    for name, content in (*shown, *files):
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            yield f"{name} is no UTF-8: {error.reason}"
            continue
        if found := _CONTROL.search(text):
            yield f"{name}: control character {found[0]!r} after {text[max(found.start() - 20, 0) : found.start()]!r}"
        if name.endswith(".ics"):
            yield from _check_calendar(name, content)
        if name.endswith(("json",)):
            try:
                json.loads(text)
            except ValueError as error:
                yield f"{name} is no JSON: {error}"
    for name, content in _list_files(outcome):
        if PurePath(name).suffix in _BOOKS:
            pattern = (
                _CONTROL_OF_XML if _is_within(name, outcome, _COPIES) else _CONTROL
            )  # copies give back what people wrote
            for part, text in _list_parts(content):
                if found := pattern.search(text):
                    yield f"{name}: control character {found[0]!r} in {part}"


def _check_calendar(name: str, content: bytes) -> Iterator[str]:
    lines = content.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line for line in lines):
        yield f"{name}: a line that does not end as lines do"
    if any(len(line) > 75 for line in lines):
        yield f"{name}: a line of more than 75 octets"
    known = (b"BEGIN", b"END", b"VERSION", b"PRODID", b"CALSCALE", b"METHOD", b"X-WR-CALNAME", b"TZID", b"DTSTART")
    known += (b"TZNAME", b"TZOFFSET", b"SUMMARY", b"DTEND", b"DTSTAMP", b"UID", b"SEQUENCE", b"CLASS", b"DESCRIPTION")
    known += (b"LOCATION", b"ORGANIZER", b"STATUS", b"TRANSP", b" ")
    for line in lines[:-1]:
        if not line.startswith(known):
            yield f"{name}: a property of somebody else: {line[:40]!r}"


def check_tables(outcome: Outcome) -> Iterator[str]:
    """All rows of a table have one length, and its columns names of their own."""
    for name, table in _list_tables(outcome):
        if len({len(row) for row in table}) > 1:
            yield f"{name}: rows of different lengths"
        if table and len(set(table[0])) < len(table[0]) and not _is_within(name, outcome, _COPIES):
            yield f"{name}: two columns of one name"


class _Tags(HTMLParser):
    """Parser of a page for whatever could do something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note handlers, scripts of others, and addresses that are none."""
        for name, value in attrs:
            if name.startswith("on"):
                self.found.append(f"<{tag} {name}>")
            if "hostile" in (value or "") and name in {"href", "src", "action"}:
                self.found.append(f"<{tag} {name}={value}>")
        if tag in {"iframe", "object", "embed", "base", "form"}:
            self.found.append(f"<{tag}>")


def check_pages(outcome: Outcome) -> Iterator[str]:
    """No text of the inputs is markup on a page; every page says what it may load."""
    for name, content in _list_files(outcome):
        if not name.endswith(".html"):
            continue
        text = content.decode("utf-8", "replace")
        tags = _Tags()
        tags.feed(text)
        for found in tags.found:
            yield f"{name}: {found}"
        if re.search(r"<script[^>]*>hostile|<svg onload|<img src=x", text):
            yield f"{name}: a text that became markup"
        if "Content-Security-Policy" not in text:
            yield f"{name} has no content security policy"


_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def check_names(outcome: Outcome) -> Iterator[str]:
    """Names of files are such as every system takes, and apart where capitals or accents don't count."""
    seen: dict[str, str] = {}
    given = {part for word in outcome.words for part in re.split(r"[/\\]", word)}
    for name in outcome.after:
        if name in outcome.before:
            continue
        last = PurePath(name).name
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            yield f"{name} and {seen[folded]} are one"
        seen[folded] = name
        if last in given:
            continue
        if re.search(r'[\x00-\x1f\x7f<>:"/\\|?*]|^ |[. ]$', last) or _RESERVED.fullmatch(last):
            yield f"{name!r} is no name for every system"
        if len(last.encode()) > LONGEST_NAME:
            yield f"{last[:30]!r}… is too long"


def check_rights(outcome: Outcome) -> Iterator[str]:
    """Files with particulars are their owner's alone."""
    for name, entry in outcome.changed.items():
        parts = PurePath(name).parts
        private = _is_within(name, outcome, _COPIES | _PAPERS) or parts[-1].endswith(".sqlite") or parts[0] == "records"
        if private and _is_open(entry):
            yield f"{name} has rights {stat.S_IMODE(entry.mode):o}"


def _is_open(entry: Entry) -> bool:
    return bool(entry.mode & 0o077)


INVARIANTS: dict[str, Callable[[Outcome], Iterator[str]]] = {
    "exit code known": check_code,
    "old or new, whole": check_whole,
    "said of the disk is so": check_truth,
    "rows accounted for": check_accounts,
    "nobody lost": check_nobody_lost,
    "no live formula": check_formulas,
    "no secret": check_secrets,
    "time and memory": check_bounds,
    "UTF-8, no controls": check_texts,
    "rows of one length": check_tables,
    "pages do nothing": check_pages,
    "names of files": check_names,
    "rights": check_rights,
}
"""All of them, by what they hold."""


def judge(outcome: Outcome) -> list[tuple[str, str]]:
    """Return which invariants a command broke, each with what breaks it."""
    return [(name, text) for name, check in INVARIANTS.items() for text in check(outcome)]
