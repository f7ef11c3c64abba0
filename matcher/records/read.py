"""Filled-in sheets read as records: what became of each contact, every fault with its place, every row in a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.outcomes import IS_CONTACT
from matcher.privacy import hide_private
from matcher.records.planned import PlannedMonth, take_columns, to_days
from matcher.records.sheets import SheetTable, read_sheet_table
from matcher.records.spellings import is_contact, spell_date, spell_minutes, spell_outcome, split_note
from matcher.records.who import Identified, choose_texts, find_contacts, find_mentioned, find_people, is_note
from matcher.roster.cells import each, is_empty, matching, series
from matcher.roster.convert import convert, empty_frame
from matcher.roster.directory import Directory
from matcher.roster.remarks import find_matter, may_decide
from matcher.roster.source import Source
from matcher.roster.table import Table
from matcher.settings import Settings
from matcher.settings.words import collect_nothing_words

Mask = NDArray[np.bool_]
_STROKES = "^[-‐‑‒–—―−_/\\\\|]+$"
"""A cell that is struck out tells nothing."""
_STOOD_IN = r"(?i)代|替|换人|instead|stood in|in place of"
_ISO = r"^(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_REPORTED = ("done", "outcome", "minutes", "remark", "by_id")
"""A row in which none of these holds anything reports nothing."""
_SILENT = frozenset({"done", "swapped", "missed", "no_answer", "volunteer_absent", "cancelled"})
"""Outcomes that do not say what became of the elder."""
_TYPED = ("date", "kind", "done", "minutes", "outcome", "remark")


@dataclass(frozen=True, slots=True)
class SheetAccount:
    """The account of the rows of a file below its headers: every one of them is in one of these numbers."""

    file: str
    rows: int
    records: int
    blank: int
    """Rows of contacts that report nothing."""
    faults: int
    notes: int
    """Rows that are no contacts: a legend, a line to sign."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadSheets:
    """The records that sheets report, and how they were read.

    ``records`` has the columns of ``columns.RECORDS`` (``source`` is file and row) of rows without fault, in the order
    of the files, with ``file`` and ``row``; the same contact may be in it several times.
    """

    records: pd.DataFrame
    issues: tuple[Issue, ...]
    accounts: tuple[SheetAccount, ...]
    file_of_sheet: Mapping[str, str]
    """The file of each sheet, by the names that issues have."""
    without_records: tuple[str, ...] = ()

    @classmethod
    def none(cls) -> ReadSheets:
        """Return no sheets."""
        return cls(empty_frame("records"), (), (), {})


def read_sheets(
    sources: Sequence[Source],
    planned: PlannedMonth,
    settings: Settings,
    on_progress: Callable[[int, int], None] | None = None,
) -> ReadSheets:
    """Read filled-in sheets, workbooks and lists.

    Raises:
        InputError: a file is missing, can't be read, or holds no records; with the faults of all.
    """
    found = read_sheet_table(sources, settings.conventions(), on_progress)
    table = _spell_cells(found.table, planned, settings)
    found = replace(found, table=table)  # the cells as they stood are let go
    notes = is_note(table)
    notes[notes] = planned.find_visits(table.cells("visit_id").filter(pa.array(notes))) < 0
    notes |= found.is_note
    reported = _find_reported(table)
    frame, faulty, issues = convert(take_columns(table, _TYPED), settings, planned.horizon.start)
    issues = [*(issue for issue in table.issues if issue not in issues), *issues]
    noted = set(zip(table.files(notes).to_pylist(), table.row[notes].tolist(), strict=True))
    issues = [issue for issue in issues if (issue.file, issue.row) not in noted]
    faulty = table.rows_of(issues)
    day = to_days(frame["date"])
    who = find_contacts(table, day, planned, reported & ~notes)
    of_visit = np.append(to_days(planned.visits["date"]), np.datetime64("NaT", "D"))[who.visit]
    frame["date"] = np.where(np.isnat(day), of_visit, day).astype("datetime64[us]")
    outcome, told = _read_outcome(table, frame, reported & ~faulty & ~notes)
    issues += [*who.issues, *told]
    by, told = find_people(table, "by_id", planned.volunteers, reported & table.filled("by_id"))
    issues += told
    by = _take_from_remarks(table, outcome, by, planned.volunteers)
    issues += _ask_who_came(table, outcome, by, who.volunteer_id, planned.volunteers)
    issues += _ask_what_became(table, outcome)
    outcome, by, told = _settle_stand_ins(table, outcome, by, who.volunteer_id, reported & ~faulty)
    issues += told
    kind, told = _read_kind(table, frame["kind"], who.visit, planned, reported & ~notes)
    issues += [*told, *_check_dates(table, frame["date"], of_visit, who, planned, reported & ~notes)]
    faulty = table.rows_of(issues)
    blank = ~reported & ~notes & ~faulty
    good = reported & ~faulty & ~notes
    records = pd.DataFrame(  # of good rows alone: a city's columns are half a gigabyte
        {
            "visit_id": _take_ids(planned, who.visit[good]),
            "date": frame["date"].array[good],
            "elder_id": who.elder_id.array[good],
            "volunteer_id": who.volunteer_id.array[good],
            "kind": kind.array[good],
            "outcome": pd.Series(outcome[good], dtype=str),
            "minutes": frame["minutes"].array[good],
            "remark": series(_hide_remarks(table.cells("remark").filter(pa.array(good)))),
            "by_id": pd.Series(by[good], dtype=str),
            "source": _name_sources(table, good),
            "file": series(table.files(good)),
            "row": table.row[good],
        },
        copy=False,
    )
    accounts = _count_rows(found, good, blank, notes)
    names = [found.files[at] for at in found.source_of_part.tolist()]
    file_of_sheet = dict(zip((reading.file for reading in table.readings), names, strict=True))
    return ReadSheets(records, tuple(table.in_order(issues)), accounts, file_of_sheet, found.without_records)


def _find_reported(table: Table) -> Mask:
    """Return the rows that say anything of what became of a contact; an error in a cell says something too."""
    reported = np.zeros(len(table), dtype=bool)
    for name in _REPORTED:
        reported |= table.filled(name)
    headers = {table.header(name) for name in _REPORTED}
    return reported | table.rows_of([issue for issue in table.issues if issue.column in headers])


def _spell_cells(table: Table, planned: PlannedMonth, settings: Settings) -> Table:
    """Return the table with dates, minutes and outcomes spelt as the column table wants them."""
    columns = dict(table.columns)
    near = planned.horizon.start
    nothing = collect_nothing_words(settings.words.nothing, settings.words.anything)
    if "date" in columns:
        cells = columns["date"]
        columns["date"] = each(cells, lambda text: spell_date(text, near), ~is_empty(cells) & ~matching(cells, _ISO))
    for name in ("done", "minutes", "remark", "by_id"):
        if name in columns and (struck := _find_words(columns[name], _STROKES)).any():
            columns[name] = pc.if_else(pa.array(struck), "", columns[name])
    if "minutes" in columns:
        cells = columns["minutes"]
        columns["minutes"] = each(cells, spell_minutes, ~is_empty(cells) & ~matching(cells, "^[0-9]+$"))
    for name in ("outcome", "done"):
        if name in columns and (noted := _find_words(columns[name], r"[(（]|^[A-Ia-i].")).any():
            columns["remark"] = _add_notes(columns.get("remark", table.cells("remark")), columns[name], noted)
    if "outcome" in columns:
        cells = columns["outcome"]
        columns["outcome"] = each(cells, lambda text: "" if nothing.is_nothing(text) else spell_outcome(text))
    if "done" in columns:
        columns["done"] = each(columns["done"], spell_outcome)
    if "minutes" in columns:
        columns["minutes"] = _clear_no_minutes(columns)
    headers = {"remark": table.header("remark"), **table.headers} if "remark" in columns else table.headers
    return replace(table, columns=columns, headers=headers)


def _find_words(cells: pa.Array, pattern: str) -> Mask:
    """Return which cells match, of a column of few words: each word is looked at once."""
    coded = cells.dictionary_encode()
    found: Mask = matching(coded.dictionary, pattern)[coded.indices.to_numpy()]
    return found


def _clear_no_minutes(columns: Mapping[str, pa.Array]) -> pa.Array:
    """Return the minutes, without those that say 0 of a contact that was not made."""
    minutes = columns["minutes"]
    none = _find_words(minutes, "^0+$")
    if not none.any():
        return minutes
    for name in ("done", "outcome"):
        if name in columns:
            made = np.array([is_contact(text) for text in columns[name].filter(pa.array(none)).to_pylist()], bool)
            none[none] = ~made
    return pc.if_else(pa.array(none), "", minutes)


def _add_notes(remarks: pa.Array, cells: pa.Array, noted: Mask) -> pa.Array:
    """Return the remarks, with the notes that stand behind outcomes before them."""
    texts = remarks.to_pylist()
    for i in np.flatnonzero(noted).tolist():
        note = split_note(cells[i].as_py())[1]
        texts[i] = "; ".join(part for part in (note, texts[i]) if part)
    return pa.array(texts, pa.string())


def _read_outcome(table: Table, frame: pd.DataFrame, where: Mask) -> tuple[NDArray[np.object_], list[Issue]]:
    """Return what became of each row's contact: the code, else the tick; and where the two do not agree."""
    ticked, coded = frame["done"].to_numpy(dtype=object), frame["outcome"].to_numpy(dtype=object)
    outcome = np.where(coded == "", ticked, coded)
    both = (ticked != "") & (coded != "") & (ticked != coded)
    made, coded_made = np.isin(ticked, list(IS_CONTACT)), np.isin(coded, list(IS_CONTACT))
    only_ticks = np.isin(ticked, ["done", "missed"])
    agree = ~both | (only_ticks & (made == coded_made))
    issues = [
        table.issue("record_disagrees", "outcome", i, table.text("outcome", i), other=table.text("done", i))
        for i in np.flatnonzero(where & ~agree).tolist()
    ]
    column = "done" if "done" in table.headers else "outcome"
    issues += [
        table.issue("record_outcome_missing", column, i, "") for i in np.flatnonzero(where & (outcome == "")).tolist()
    ]
    return outcome, issues


def _take_from_remarks(
    table: Table, outcome: NDArray[np.object_], by: NDArray[np.object_], volunteers: Directory
) -> NDArray[np.object_]:
    """Return who came instead, where the sheet has no room but the remark to say it."""
    asked = (outcome == "swapped") & (by == "") & ~table.filled("by_id") & table.filled("remark")
    by, remarks = by.copy(), table.cells("remark")
    for i in np.flatnonzero(asked).tolist():
        by[i] = find_mentioned(remarks[i].as_py(), volunteers)
    return by


def _ask_who_came(
    table: Table, outcome: NDArray[np.object_], by: NDArray[np.object_], volunteer_id: pd.Series, volunteers: Directory
) -> list[Issue]:
    """Return a warning for each contact that is ticked, and whose remark says that another volunteer stood in."""
    remarks = table.cells("remark")
    issues = []
    for i in np.flatnonzero((outcome == "done") & (by == "") & matching(remarks, _STOOD_IN)).tolist():
        text = remarks[i].as_py()
        other = find_mentioned(text, volunteers)
        if other and other != volunteer_id.iloc[i]:
            issues.append(table.issue("record_by_in_remark", "remark", i, text, other=other))
    return issues


def _ask_what_became(table: Table, outcome: NDArray[np.object_]) -> list[Issue]:
    """Return a warning for each remark that may say that the elder died, moved, is away or refused; the sign does not.

    From signs alone follow the lists of whom to look after, and what the roster may have to say.
    """
    remarks = table.cells("remark")
    issues = []
    for i in np.flatnonzero(may_decide(remarks, "elders") & np.isin(outcome, list(_SILENT))).tolist():
        text = remarks[i].as_py()
        if (found := find_matter(text, "elders")) and found[0].of_elder:
            issues.append(table.issue("record_remark_decides", "remark", i, found[1], matter=found[0].told))
    return issues


def _settle_stand_ins(
    table: Table, outcome: NDArray[np.object_], by: NDArray[np.object_], volunteer_id: pd.Series, where: Mask
) -> tuple[NDArray[np.object_], NDArray[np.object_], list[Issue]]:
    """Return outcomes and stand-ins that fit each other, and issues where they do not.

    A contact that somebody else made is ``swapped``; one made by the volunteer is ``done``.
    """
    named = by != ""
    own = named & (by == volunteer_id.to_numpy(dtype=object))
    by = np.where(own, "", by)
    outcome = np.where(named & ~own & (outcome == "done"), "swapped", outcome)
    outcome = np.where(own & (outcome == "swapped"), "done", outcome)
    wrong = where & named & ~own & ~np.isin(outcome, ["swapped", ""])
    issues = [
        table.issue("record_by_disagrees", "by_id", i, table.text("by_id", i)) for i in np.flatnonzero(wrong).tolist()
    ]
    open_ = where & (outcome == "swapped") & (by == "") & ~table.filled("by_id")
    column = "by_id" if "by_id" in table.headers else "remark"
    issues += [
        table.issue("record_by_missing", column, i, table.text(column, i)) for i in np.flatnonzero(open_).tolist()
    ]
    return outcome, by, issues


def _read_kind(
    table: Table, told: pd.Series, visit: NDArray[np.int64], planned: PlannedMonth, where: Mask
) -> tuple[pd.Series, list[Issue]]:
    """Return whether each contact was a visit or a call: as told, else as planned."""
    plan = np.append(planned.visits["kind"].to_numpy(dtype=object), "")[visit]
    kind = np.where(told.to_numpy(dtype=object) == "", plan, told.to_numpy(dtype=object))
    missing = where & (kind == "") & (visit < 0) & ~table.filled("visit_id") & ~table.filled("kind")
    issues = [table.issue("record_kind_missing", "kind", i, "") for i in np.flatnonzero(missing).tolist()]
    return pd.Series(kind, dtype=str), issues


def _check_dates(
    table: Table,
    dates: pd.Series,
    of_visit: NDArray[np.datetime64],
    who: Identified,
    planned: PlannedMonth,
    where: Mask,
) -> list[Issue]:
    """Return issues of dates that can't be: outside the month, yet to come, before the two were a pair; or moved."""
    day = to_days(dates)
    first, last, today = (np.datetime64(one) for one in (planned.horizon.start, planned.horizon.end, planned.today))
    outside = where & ~np.isnat(day) & ((day < first) | (day > last))
    future = where & ~outside & (day > today)
    moved = where & ~outside & ~future & ~np.isnat(of_visit) & (day != of_visit)
    month = f"{planned.horizon.start:%Y-%m}"
    issues = [
        table.issue("record_outside_month", "date", i, str(day[i]), month=month)
        for i in np.flatnonzero(outside).tolist()
    ]
    issues += [table.issue("record_in_future", "date", i, str(day[i])) for i in np.flatnonzero(future).tolist()]
    issues += [
        table.issue("record_moved", "date", i, str(day[i]), planned=str(of_visit[i]))
        for i in np.flatnonzero(moved).tolist()
    ]
    since = _find_since(who.elder_id, who.volunteer_id, planned)
    before = where & ~outside & ~future & (day < since)
    issues += [
        table.issue("record_before_pair", "date", i, str(day[i]), since=str(since[i]))
        for i in np.flatnonzero(before).tolist()
    ]
    return issues


def _find_since(elder_id: pd.Series, volunteer_id: pd.Series, planned: PlannedMonth) -> NDArray[np.datetime64]:
    """Return the day since when each row's two are a pair, where it lies in the month; else NaT."""
    out = np.full(len(elder_id), np.datetime64("NaT", "D"), dtype="datetime64[D]")
    pairs = planned.pairs[planned.pairs["since"] > pd.Timestamp(planned.horizon.start)]
    pairs = pairs.drop_duplicates(["elder_id", "volunteer_id"])
    rows = np.flatnonzero(elder_id.isin(pairs["elder_id"])) if len(pairs) else np.empty(0, dtype=np.int64)
    if len(rows):
        index = pd.MultiIndex.from_frame(pairs[["elder_id", "volunteer_id"]])
        asked = pd.MultiIndex.from_arrays([elder_id.iloc[rows], volunteer_id.iloc[rows]])
        out[rows] = np.append(to_days(pairs["since"]), np.datetime64("NaT", "D"))[index.get_indexer(asked)]
    return out


def _hide_remarks(cells: pa.Array) -> pa.Array:
    """Return remarks without what points at a person."""
    return each(cells, hide_private, ~is_empty(cells))


def _take_ids(planned: PlannedMonth, visit: NDArray[np.int64]) -> pd.Series:
    """Return the id of each planned contact; empty where it was not planned."""
    return choose_texts(visit, planned.visits["visit_id"], np.full(len(visit), "", dtype=object))


def _name_sources(table: Table, where: Mask) -> pd.Series:
    """Return the file and row of some rows as one text."""
    row = pa.array(table.row[where]).cast(pa.string())
    return series(pc.binary_join_element_wise(table.files(where), row, ":"))


def _count_rows(found: SheetTable, good: Mask, blank: Mask, notes: Mask) -> tuple[SheetAccount, ...]:
    """Return what became of the rows of each file."""
    source = found.source_of_part[found.table.part]
    n = len(found.files)
    rows, records, empty, noted = (
        np.bincount(source[which], minlength=n) for which in (np.ones(len(source), bool), good, blank, notes)
    )
    faults = rows - records - empty - noted
    numbers = zip(rows.tolist(), records.tolist(), empty.tolist(), faults.tolist(), noted.tolist(), strict=True)
    return tuple(SheetAccount(file, *counts) for file, counts in zip(found.files, numbers, strict=True))
