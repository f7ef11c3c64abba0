"""Copies of rosters in which everybody has an id: for committees that never gave any."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from xlsxwriter import Workbook

from matcher.columns import column
from matcher.outputs.filenames import file_names
from matcher.outputs.source_sheets import Styles, find_header_row, name_sheets, write_source
from matcher.roster.read import Standing

_LETTERS = {"elders": "LR", "volunteers": "ZY"}
"""What ids that are made here begin with: 老人, 志愿者."""
_DIGITS = 5


def ids_missing(standing: Standing) -> int:
    """Return how many people of a source have no id."""
    return sum(not standing.ids[row] for row in standing.people)


def name_copies(files: Sequence[str]) -> dict[str, str]:
    """Return the name of the copy of each file."""
    stems = {file: re.sub(r"\.\w+(?=#|$)", "", file).replace("#", " ").replace("/", " ") for file in files}
    names = file_names(list(dict.fromkeys(stems.values())))
    seen: dict[str, int] = {}
    found = {}
    for file, stem in stems.items():
        seen[stem] = seen.get(stem, 0) + 1
        found[file] = f"{names[stem]}{f' ({seen[stem]})' if seen[stem] > 1 else ''}.xlsx"
    return found


def write_copies(folder: Path, rosters: Mapping[str, Sequence[Standing]], names: Mapping[str, str]) -> None:
    """Write a workbook for each source that lacks ids: as it stands, with an id for each person who has none.

    An id is a number after the highest of its kind in all sources, so none is given twice. Where a source has no column
    of ids, one is put before the others.
    """
    for kind, standings in rosters.items():
        fresh = _make_ids(kind, standings)
        for standing in filter(ids_missing, standings):
            with Workbook(folder / names[standing.file], {"strings_to_formulas": False}) as book:
                _write_copy(book, standing, kind, fresh)


def _make_ids(kind: str, standings: Sequence[Standing]) -> Iterator[str]:
    """Yield ids that nobody has."""
    letters = _LETTERS[kind]
    known = {text for standing in standings for text in standing.ids if text}
    own = [int(found[1]) for text in known if (found := re.fullmatch(rf"{letters}(\d{{1,12}})", text))]
    number = max(own, default=0)
    while True:
        number += 1
        yield f"{letters}{number:0{_DIGITS}}"


def _write_copy(book: Workbook, standing: Standing, kind: str, fresh: Iterator[str]) -> None:
    ids = list(standing.ids)
    for row in standing.people:
        ids[row] = ids[row] or next(fresh)
    worksheet = book.add_worksheet(name_sheets([standing.raw.form.sheet or standing.file])[0])
    worksheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    header_at = find_header_row(standing)
    worksheet.freeze_panes(header_at + 1, 0)
    if standing.id_column is None:
        ids[header_at] = column(kind, "id").header()
        write_source(worksheet, standing, Styles(book), first_column=ids)
        return
    write_source(worksheet, standing, Styles(book))
    style = Styles(book).of("s")
    for row in standing.people:
        if not standing.ids[row]:
            worksheet.write_string(row, standing.id_column, ids[row], style)
