"""Edits that people filled in in plan workbooks: who asks for what, and every cell that is not understood.

Rows are found by the ids in them, whatever their order; a hidden sheet says what each of them said when it was written.
No change is passed over: cells that are not to be edited, rows and columns that came in or went are told too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from matcher.columns import PLAN_EDITS
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.i18n import join_words
from matcher.messages import Issue
from matcher.plan_sheets import (
    FORMAT,
    GUIDE,
    LISTS,
    MEMORY,
    PLAN_SHEETS,
    SHEETS,
    PlanSheet,
    digest_row,
    put_in_words,
    tidy_cell,
)
from matcher.privacy import hide_national_ids, hide_phones, hide_places, hide_private, mask_name
from matcher.roster.cell_faults import CellFaultError
from matcher.roster.cell_readers import TYPES, ColumnContext
from matcher.roster.directory import Directory
from matcher.roster.header import simplify
from matcher.roster.model import Roster
from matcher.roster.read import read_bytes
from matcher.roster.source import name_sources
from matcher.roster.workbook import SheetContent, read_sheets
from matcher.settings import Settings

_HEADER_WITHIN = 20
_LONGEST_SHOWN = 80
_AWAY = ("elder_away", "volunteer_away")
_WHOM = {"pin": ("elder", "volunteer"), "never": ("elder", "volunteer")}


@dataclass(frozen=True, slots=True)
class Edit:
    """A cell that somebody filled in or changed, and what it asks for.

    Attributes:
        file: The workbook and its sheet.
        row: The row as Excel counts it, None where it concerns the whole sheet.
        header: The column's header.
        text: What the cell holds.
        kind: What it asks for, a code of ``columns.EDIT_KIND``; empty where that is not understood.
        elder: The elder whom it concerns, a roster index, -1 for nobody.
        volunteer: The volunteer, likewise.
        days: The days that it names.
        denies: Whether it says no, which asks for nothing.
        fault: Why it can't be followed.
        carried: Whether an earlier run has taken it.
        private: Whether it may hold a name.
    """

    file: str
    row: int | None = None
    header: str = ""
    text: str = ""
    kind: str = ""
    elder: int = -1
    volunteer: int = -1
    days: tuple[date, ...] = ()
    denies: bool = False
    fault: Issue | None = None
    carried: bool = False
    private: bool = False

    @property
    def shown(self) -> str:
        """Return what the cell holds as people who need no names may see it."""
        return mask_cell(self.text) if self.private else hide_places(hide_phones(hide_national_ids(_cut(self.text))))

    def tell(self, code: str, **params: object) -> Issue:
        """Return an issue about the cell."""
        return Issue(code, self.file, self.row, self.header, self.shown, params)


def mask_cell(text: str) -> str:
    """Return a cell as an issue may show it: an id as it is, a name with its surname only."""
    text = hide_national_ids(text)
    shown = hide_private(text) if any(sign.isascii() and sign.isalnum() for sign in text) else mask_name(text)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + "…"


def list_workbooks(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the workbooks among some files and folders; what lies in a folder in order of its names."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.xlsx")) if path.is_dir() else [path]
        found += [one for one in inside if not one.name.startswith("~$")]
    return tuple(found)


def read_edits(paths: Sequence[Path], roster: Roster, horizon: Horizon, settings: Settings) -> tuple[Edit, ...]:
    """Return everything that was filled in or changed in plan workbooks of a month.

    Raises:
        InputError: a workbook can't be read, is no plan workbook, or is one of another month; with the issues of all.
    """
    edits: list[Edit] = []
    faults: list[Issue] = []
    names = name_sources(paths)
    for path in paths:
        try:
            sheets = read_sheets(read_bytes(path, names[path]), names[path], settings.limits)
            edits += _Workbook.of(sheets, names[path], roster, horizon, settings).read()
        except InputError as error:
            faults += error.issues
    if faults:
        raise InputError(faults)
    return tuple(edits)


@dataclass(slots=True)
class _Memory:
    """A sheet as it was written: cells of each row by its key, or how often each digest stands there."""

    shown: Sequence[str]
    rows: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    digests: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Layout:
    """The place of a sheet's header, from 0, and its columns by name; and headers that the program does not know."""

    header_at: int
    places: Mapping[str, int]
    unknown: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Workbook:
    """A plan workbook that came back."""

    name: str
    sheets: Sequence[SheetContent]
    memory: Mapping[str, _Memory]
    elders: Directory
    volunteers: Directory
    settings: Settings
    on: date

    @classmethod
    def of(
        cls, sheets: Sequence[SheetContent], name: str, roster: Roster, horizon: Horizon, settings: Settings
    ) -> _Workbook:
        """Return a workbook with what its hidden sheet remembers.

        Raises:
            InputError: there is no such sheet, or it is of another month.
        """
        hidden = next((sheet for sheet in sheets if sheet.name == MEMORY), None)
        rows = _list_rows(hidden) if hidden else []
        if not rows or rows[0][0] != FORMAT or len(rows[0]) < 2:
            raise InputError([Issue("edits_no_plan", name, params={"sheet": MEMORY})])
        month = f"{horizon.start:%Y-%m}"
        if tidy_cell(rows[0][1])[:7] != month:
            raise InputError([Issue("edits_other_month", name, value=rows[0][1], params={"month": month})])
        visible = [sheet for sheet in sheets if sheet.name.casefold() not in {MEMORY, LISTS}]
        try:
            memory = _read_memory(rows[1:])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError([Issue("edits_no_plan", name, params={"sheet": MEMORY})]) from error
        directories = roster.directory("elders"), roster.directory("volunteers")
        return cls(name, visible, memory, *directories, settings, horizon.start)

    def read(self) -> Iterator[Edit]:
        """Yield what was filled in or changed, sheet by sheet."""
        seen: set[str] = set()
        for content in self.sheets:
            rows = [[tidy_cell(cell) for cell in row] for row in _list_rows(content)]
            if content.name in GUIDE or not any(map(any, rows)):
                continue
            file = f"{self.name}#{content.name}"
            sheet, layout = _find_layout(content.name, rows, set(self.memory) - seen or set(self.memory))
            if sheet is None:
                yield _fault(Edit(file), "edits_sheet_unknown")
                continue
            seen.add(sheet.kind)
            yield from self._read_sheet(file, sheet, layout, rows, content.faults)
        for kind in self.memory:
            if kind not in seen:
                yield _fault(Edit(f"{self.name}#{SHEETS[kind].title}"), "edits_sheet_gone")

    def _read_sheet(
        self,
        file: str,
        sheet: PlanSheet,
        layout: _Layout,
        rows: Sequence[Sequence[str]],
        faults: Sequence[tuple[int, int, str]],
    ) -> Iterator[Edit]:
        memory, below = self.memory[sheet.kind], layout.header_at + 1
        for at, header in layout.unknown.items():
            filled = [row for row in rows[below:] if at < len(row) and row[at]]
            if header or filled:
                yield _fault(Edit(file, layout.header_at + 1, header, filled[0][at] if filled else ""), "edits_column")
        for name in (*memory.shown, *sheet.edits):
            if name not in layout.places:
                header = sheet.header(name)
                yield _fault(Edit(file, layout.header_at + 1, header), "edits_column_gone")
        wrong = {(row, at): text for row, at, text in faults if row >= below}
        left, unseen = Counter(memory.digests), set(memory.rows)
        for number, row in enumerate(rows[below:], start=below):
            if not any(row):
                continue
            read = {name: row[at] if at < len(row) else "" for name, at in layout.places.items()}
            broken = {name: wrong[number, at] for name, at in layout.places.items() if (number, at) in wrong}
            one = _Row(file, number + 1, sheet, read, broken)
            if sheet.edits:
                key = tuple(read.get(name, "") for name in sheet.key)
                unseen.discard(key)
                yield from self._read_row(one, memory.rows.get(key), memory.shown)
                continue
            digest = digest_row([read.get(name, "") for name in memory.shown])
            if left[digest] <= 0:
                yield _fault(Edit(file, number + 1, text=_list_ids(row)), "edits_row_locked")
            left[digest] -= 1
        if gone := len(unseen) + sum(count for count in left.values() if count > 0):
            yield _fault(Edit(file), "edits_rows_gone", count=gone)

    def _read_row(self, row: _Row, was: Sequence[str] | None, shown: Sequence[str]) -> Iterator[Edit]:
        """Yield the edits of a row of people, and what else was changed in it."""
        people = self._find_people(row)
        if was is None:
            filled = any(row.cells.get(name) or name in row.broken for name in row.sheet.edits)
            if not filled:
                yield _fault(Edit(row.file, row.number, text=_list_ids(row.cells.values())), "edits_row_unknown")
                return
        else:
            for name, before in zip(shown, was, strict=True):
                now = row.cells.get(name, before)
                if now != before:
                    edit = row.make_edit(name, now)
                    yield _fault(edit, "edits_locked", before=replace(edit, text=before).shown or "-")
        for name in row.sheet.edits:
            text = row.cells.get(name, "")
            if name in row.broken:
                code = "cell_error" if row.broken[name] else "formula_uncalculated"
                yield _fault(row.make_edit(name, row.broken[name]), code)
            elif text:
                yield self._read_cell(row.make_edit(name, text), name, people)

    def _find_people(self, row: _Row) -> dict[str, tuple[int, Issue | None]]:
        """Return who each row is about, elder and volunteer: a roster index, or why it can't be said."""
        found: dict[str, tuple[int, Issue | None]] = {}
        for part, directory in (("elder", self.elders), ("volunteer", self.volunteers)):
            name = f"{part}_id"
            text = row.cells.get(name, "") or row.cells.get(f"{part}_name", "")
            edit = row.make_edit(name if name in row.sheet.shows else row.sheet.shows[0], text)
            found[part] = _find_person(directory, edit, part)
            index, name = found[part][0], row.cells.get(f"{part}_name", "")
            if index >= 0 and name and not directory.agrees(directory.ids[index], name):
                own = mask_name(directory.names[index])
                told = row.make_edit(f"{part}_name", name).tell("pair_id_against_name", id=text, own=own)
                found[part] = -1, told
        return found

    def _read_cell(self, edit: Edit, name: str, people: Mapping[str, tuple[int, Issue | None]]) -> Edit:
        """Return what a filled-in cell asks for."""
        column = next(one for one in PLAN_EDITS if one.name == name)
        needed = _WHOM.get(name, ("volunteer",) if name.startswith("volunteer_") else ("elder",))
        if fault := next((people[part][1] for part in needed if people[part][1]), None):
            return replace(edit, fault=fault)
        elder, volunteer = (people[part][0] if part in needed else -1 for part in ("elder", "volunteer"))
        edit = replace(edit, elder=elder, volunteer=volunteer)
        if name == "change_to":
            volunteer, unknown = _find_person(self.volunteers, edit, "volunteer")
            return replace(edit, kind="pin", volunteer=volunteer, fault=unknown)
        context = ColumnContext(column, edit.header, self.settings, self.on, "pins")
        try:
            value = TYPES[column.kind].parse(edit.text, context)
        except CellFaultError as wrong:
            return replace(edit, fault=edit.tell(wrong.code, **wrong.params))
        if column.kind == "dates":
            kept = tuple(day for day in value if (day.year, day.month) == (self.on.year, self.on.month))
            outside = None if len(kept) == len(value) else edit.tell("edits_days_elsewhere", month=f"{self.on:%Y-%m}")
            return replace(edit, kind="days_off", days=kept, fault=outside)
        if name == "consent":
            return replace(edit, kind="consent" if value == "yes" else "no_consent")
        return replace(edit, kind="away" if name in _AWAY else name, denies=value != "yes")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a sheet: its cells by the columns' names, and those that show an error."""

    file: str
    number: int
    sheet: PlanSheet
    cells: Mapping[str, str]
    broken: Mapping[str, str]

    def make_edit(self, name: str, text: str) -> Edit:
        """Return a cell of the row as an edit."""
        private = name == "change_to" or name.endswith(("_id", "_name"))
        return Edit(self.file, self.number, self.sheet.header(name), text, private=private)


def _fault(edit: Edit, code: str, **params: object) -> Edit:
    """Return an edit that can't be followed."""
    return replace(edit, fault=edit.tell(code, **params))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def _list_ids(cells: Iterable[str]) -> str:
    """Return what tells a row from others without the names in it."""
    return _cut(" ".join(cell for cell in cells if any(sign.isascii() and sign.isdigit() for sign in cell)))


def _list_rows(sheet: SheetContent) -> list[list[str]]:
    """Return a sheet's rows as text."""
    return [list(row) for row in zip(*(column.to_pylist() for column in sheet.columns), strict=True)]


def _read_memory(rows: Sequence[Sequence[str]]) -> dict[str, _Memory]:
    """Return what each sheet said."""
    found: dict[str, _Memory] = {}
    memory, places = _Memory(()), []
    sheet = None
    for row in rows:
        kind, told = row[0], row[1]
        if not told:
            continue
        if kind:
            sheet = SHEETS[kind]
            memory = found[kind] = _Memory(json.loads(told))
            places = [memory.shown.index(name) for name in sheet.key]
        elif sheet is None:
            raise ValueError
        elif sheet.edits:
            cells = tuple(json.loads(told))
            memory.rows[tuple(cells[at] for at in places)] = cells
        else:
            memory.digests[told] += 1
    return found


def _find_layout(title: str, rows: Sequence[Sequence[str]], kinds: set[str]) -> tuple[PlanSheet | None, _Layout]:
    """Return which of the program's sheets one is, by its title or else by its headers, and where its columns are."""
    best: tuple[int, PlanSheet | None, _Layout] = (1, None, _Layout(0, {}, {}))
    for sheet in PLAN_SHEETS:
        if sheet.kind not in kinds:
            continue
        named = title in (sheet.en, sheet.zh)
        known = {
            simplify(header): name
            for name in (*sheet.shows, *sheet.edits)
            for header in (sheet.column(name).zh, put_in_words(sheet.column(name).en or name))
        }
        for at, row in enumerate(rows[:_HEADER_WITHIN]):
            places: dict[str, int] = {}
            for i, text in enumerate(row):
                name = known.get(simplify(text), "") if text else ""
                if name:
                    places.setdefault(name, i)
            score = len(places) + 100 * named
            if len(places) > 1 and score > best[0]:
                taken = set(places.values())
                width = max(map(len, rows))
                unknown = {i: row[i] if i < len(row) else "" for i in range(width) if i not in taken}
                best = score, sheet, _Layout(at, places, unknown)
    return best[1], best[2]


def _find_person(directory: Directory, edit: Edit, part: str) -> tuple[int, Issue | None]:
    """Return who is meant: by an id, an id without its zeros, a name that is one person's, or as drop-downs say."""
    text = edit.text.strip()
    if not text:
        return -1, edit.tell("edits_nobody")
    if not directory.knows(text):
        if restored := directory.restore_id(text):
            text = restored
        elif same := directory.find_by_name(text):
            if len(same) > 1:
                return -1, edit.tell("pair_name_ambiguous", ids=join_words(same))
            text = same[0]
        else:
            return _find_by_parts(directory, edit, part)
    if text in directory.index:
        return directory.index[text], None
    return -1, edit.tell("pair_set_aside" if text in directory.set_aside else f"pair_unknown_{part}")


def _find_by_parts(directory: Directory, edit: Edit, part: str) -> tuple[int, Issue | None]:
    """Return who is meant by a text that names an id among other words, as ``ZY001 韩* 340米``."""
    words = [word for word in _split(edit.text) if word]
    ids = [word for word in words if word in directory.index]
    if len(ids) == 1:
        own = mask_name(directory.names[directory.index[ids[0]]])
        others = [word for word in words if word != ids[0] and directory.is_anybodys(word)]
        if all(directory.agrees(ids[0], word) for word in others):
            return directory.index[ids[0]], None
        return -1, edit.tell("pair_id_against_name", id=ids[0], own=own)
    if ids:
        return -1, edit.tell("edits_two_people", ids=join_words(ids))
    looks_like_id = any(sign.isascii() and sign.isdigit() for sign in edit.text)
    return -1, edit.tell(f"pair_unknown_{part}" if looks_like_id else "pair_name_unknown")


def _split(text: str) -> list[str]:
    for sign in "()（）,，、;；/":
        text = text.replace(sign, " ")
    return text.split()
