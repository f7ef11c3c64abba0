"""Marks on a sheet that stand in no cell: notes, and lines through cells. For .xlsx and .ods.

The library that reads workbooks gives neither. Parts are taken apart with patterns, not with a parser of XML, whose
entities may be without end; the child that reads the workbook has bounded what they unpack to.
"""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from matcher.roster.workbook_reader import count_columns, split_rows

_LARGEST_PART = 1 << 24
"""Lists of styles and notes of more bytes are passed over."""
# none looks beyond the next < or for an end that may be missing, from each beginning: all take linear time
_ATTRIBUTE = re.compile(r"(?<![\w:-])([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^<>]*)>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^<>]*)>")
_FONT = re.compile(r"<(?:\w+:)?font(?=[\s/>])")
_STRIKE = re.compile(r"<(?:\w+:)?strike(?:\s+val=[\"'](?:1|true)[\"'])?\s*/?>")
_FORMAT = re.compile(r"<(?:\w+:)?xf\s([^<>]*)>")
_CELL = re.compile(rb"<(?:\w+:)?c\s([^<>]*[^<>/])>")
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_STYLE = re.compile(rb"\bs\s*=\s*[\"'](\d{1,6})[\"']")
_NOTE = re.compile(r"<(?:\w+:)?comment\s")
_TEXT = re.compile(r"<(?:\w+:)?t(?:\s[^<>]*)?>([^<]*)<")
_ODS_STYLE = re.compile(r"<style:style\s")
_ODS_STRIKE = re.compile(r"text-line-through-(?:style|type)=[\"'](?!none)")
_ODS_TABLE = re.compile(r"<table:table\s")
_ODS_ROW = re.compile(r"<table:table-row(?=[\s/>])")
_ODS_CELL = re.compile(r"<table:(?:covered-)?table-cell(?=[\s/>])")
_ODS_TEXT = re.compile(r"<(?:/text:span|text:(?:p|span)(?:\s[^<>]*)?)>([^<]*)")
_ODS_END_OF_NOTE = "</office:annotation>"


@dataclass(slots=True)
class SheetMarks:
    """Marks of a sheet, places from 0: ``struck`` are cells struck through, ``notes`` the texts beside cells."""

    struck: list[tuple[int, int]] = field(default_factory=list)
    notes: list[tuple[int, int, str]] = field(default_factory=list)


def find_marks(content: bytes) -> dict[str, SheetMarks]:
    """Return the marks of each sheet by its name; nothing of workbooks of before Excel 2007."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            if "content.xml" in book.namelist():
                return dict(_read_ods(_read_text(book, "content.xml")))
            struck = _find_struck_styles(_read_text(book, "xl/styles.xml"))
            return {name: _read_sheet(book, path, struck) for name, path in _list_sheets(book)}
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error):
        return {}  # whoever reads it says what is wrong


def _list_sheets(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the name and the part of each sheet."""
    targets = {told["Id"]: told["Target"] for told in _list_relations(book, "xl/workbook.xml")}
    for found in _SHEET.finditer(_read_text(book, "xl/workbook.xml")):
        told = _read_attributes(found[1])
        relation = next((value for name, value in told.items() if name.endswith(":id")), "")
        if relation in targets and "name" in told:
            yield html.unescape(told["name"]), targets[relation]


def _list_relations(book: zipfile.ZipFile, part: str) -> list[dict[str, str]]:
    """Return the relations of a part, their targets as paths from the root."""
    folder, name = posixpath.split(part)
    relations = []
    for found in _RELATION.finditer(_read_text(book, f"{folder}/_rels/{name}.rels")):
        told = _read_attributes(found[1])
        if "Id" in told and "Target" in told:
            told["Target"] = posixpath.normpath(posixpath.join("/", folder, told["Target"])).lstrip("/")
            relations.append(told)
    return relations


def _read_sheet(book: zipfile.ZipFile, path: str, struck: frozenset[bytes]) -> SheetMarks:
    marks = SheetMarks()
    for told in _list_relations(book, path):
        if told.get("Type", "").endswith("/comments"):
            marks.notes += _read_notes(_read_text(book, told["Target"]))
    if struck and path in book.namelist():
        with book.open(path) as part:
            for chunk in split_rows(part):
                marks.struck += _find_struck_cells(chunk, struck)
    return marks


def _find_struck_styles(styles: str) -> frozenset[bytes]:
    """Return the numbers of the cell formats whose font is struck through."""
    fonts, formats = _take_element(styles, "fonts"), _take_element(styles, "cellXfs")
    struck = {str(i) for i, font in enumerate(_FONT.split(fonts)[1:]) if _STRIKE.search(font)}
    told = (_read_attributes(found[1]) for found in _FORMAT.finditer(formats))
    return frozenset(str(i).encode() for i, one in enumerate(told) if one.get("fontId") in struck)


def _take_element(text: str, name: str) -> str:
    """Return what stands inside the first element of a name, which holds none of its own name."""
    begun = re.search(rf"<(?:\w+:)?{name}\b", text)
    rest = text[begun.end() :] if begun else ""
    return re.split(rf"</(?:\w+:)?{name}>", rest, maxsplit=1)[0]


def _find_struck_cells(chunk: bytes, struck: frozenset[bytes]) -> Iterator[tuple[int, int]]:
    for cell in _CELL.finditer(chunk):
        style, place = _STYLE.search(cell[1]), _PLACE.search(cell[1])
        if style and place and style[1] in struck:
            yield int(place[2]) - 1, count_columns(place[1]) - 1


def _read_notes(text: str) -> Iterator[tuple[int, int, str]]:
    for note in _NOTE.split(text)[1:]:
        told, _, inside = note.partition(">")
        place = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", _read_attributes(told).get("ref", ""))
        if place:
            words = html.unescape("".join(_TEXT.findall(inside)))
            yield int(place[2]) - 1, count_columns(place[1].encode()) - 1, words


def _read_ods(text: str) -> Iterator[tuple[str, SheetMarks]]:
    """Yield each table's name and its marks, of the content of an OpenDocument, by its own styles alone."""
    styles, *tables = _ODS_TABLE.split(text)
    struck = set()
    for style in _ODS_STYLE.split(styles)[1:]:
        told, _, inside = style.partition(">")
        if _ODS_STRIKE.search(inside):
            struck.add(_read_attributes(told).get("style:name", ""))
    for table in tables:
        head, *rows = _ODS_ROW.split(table)
        marks, at = SheetMarks(), 0
        for row in rows:
            head_of_row, *cells = _ODS_CELL.split(row)
            column = 0
            for cell in cells:
                told, _, inside = cell.partition(">")
                attributes = _read_attributes(told)
                if inside and attributes.get("table:style-name") in struck:
                    marks.struck.append((at, column))
                _, begun, note = inside.partition("<office:annotation")
                if begun:
                    words = "".join(_ODS_TEXT.findall(note.partition(_ODS_END_OF_NOTE)[0]))
                    marks.notes.append((at, column, html.unescape(words)))
                column += _count_repeats(attributes, "columns")
            at += _count_repeats(_read_attributes(head_of_row.partition(">")[0]), "rows")
        yield html.unescape(_read_attributes(head.partition(">")[0]).get("table:name", "")), marks


def _count_repeats(attributes: dict[str, str], what: str) -> int:
    number = attributes.get(f"table:number-{what}-repeated", "1")
    return int(number) if number.isdecimal() else 1


def _read_attributes(text: str) -> dict[str, str]:
    return {name: double or single for name, double, single in _ATTRIBUTE.findall(text)}


def _read_text(book: zipfile.ZipFile, part: str) -> str:
    """Return a part of a workbook as text; nothing where it has none, or one that is too large."""
    if part not in book.namelist() or book.getinfo(part).file_size > _LARGEST_PART:
        return ""
    return book.read(part).decode("utf-8", "replace")
