"""Files that are no tables, whatever their names say, and workbooks that can't be opened: said before anyone tries."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from matcher.errors import InputError
from matcher.i18n import N_
from matcher.messages import Issue

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BEGINNING = 4096
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|table|body|meta)[\s>]", re.IGNORECASE)
_SHEETS = "xl/worksheets/"
_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+\d+:)?([A-Z]+)(\d+)"')
_FILLED = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*[^/>]>')
_MOST_CELLS = 1 << 25
"""A sheet is held as a rectangle, at 32 bytes a cell; with one stray cell in its far corner it would take 500 GB."""
_CHUNK = 1 << 20
_LONGEST_TAG = 256


def unreadable(file: str, problem: str) -> InputError:
    """The error that a file can't be read."""
    return InputError([Issue("file_unreadable", file, params={"problem": problem})])


def refuse_what_is_no_table(content: bytes, file: str) -> None:
    """Look into a file's bytes for what is known to be no table.

    Raises:
        InputError: it is a web page, a PDF, protected by a password, or a sheet of it can't be held in memory.
    """
    if content.startswith(b"%PDF"):
        raise unreadable(file, N_("it is a PDF"))
    if content.startswith(_OLE) and _ENCRYPTED in content:
        raise unreadable(file, N_("it is protected by a password"))
    if not content.startswith((_ZIP, _OLE)) and _PAGE.search(content[:_BEGINNING]):
        raise unreadable(file, N_("it is a web page that is called a workbook; Excel opens it and can save it anew"))
    if content.startswith(_ZIP) and (cell := _far_cell(content)):
        raise InputError([Issue("cell_far_away", file, value=cell)])


def _far_cell(content: bytes) -> str:
    """The last cell of a sheet that is too large; empty where all are of usual size."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            for name in book.namelist():
                if not (name.startswith(_SHEETS) and name.endswith(".xml")):
                    continue
                with book.open(name) as sheet:
                    told = _DIMENSION.search(sheet.read(_BEGINNING))
                if told and _cells(*told.groups()) <= _MOST_CELLS:
                    continue
                if told:  # what is told counts empty cells too
                    with book.open(name) as sheet:
                        column, row = _last(sheet)
                    if _cells(column, row) > _MOST_CELLS:
                        return f"{column.decode()}{int(row)}"
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error):
        return ""  # whoever reads it says what is wrong
    return ""


def _last(sheet: IO[bytes]) -> tuple[bytes, bytes]:
    """The last column and the last row in which a cell is filled."""
    column, row = b"A", b"1"
    for chunk in _overlapping(sheet):
        for name, number in _FILLED.findall(chunk):
            column = max(column, name, key=_number)
            row = max(row, number, key=int)
    return column, row


def _overlapping(sheet: IO[bytes]) -> Iterator[bytes]:
    end = b""
    while chunk := sheet.read(_CHUNK):
        yield end + chunk
        end = chunk[-_LONGEST_TAG:]


def _cells(column: bytes, row: bytes) -> int:
    return _number(column) * int(row)


def _number(column: bytes) -> int:
    """A column's number from its letters."""
    number = 0
    for letter in column:
        number = number * 26 + letter - ord("A") + 1
    return number
