"""Marks on a sheet that stand in no cell: notes, lines through cells, and colours. For .xlsx and .ods.

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
from collections.abc import Iterator, Mapping, Sequence
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
_FILL = re.compile(r"<(?:\w+:)?fill(?=[\s/>])")
_THEME_COLOUR = re.compile(r"<(?:\w+:)?(?:srgbClr val|sysClr [^<>]*lastClr)=[\"']([0-9A-Fa-f]{6})[\"']")
_COLOUR = re.compile(r"[0-9A-Fa-f]{6}")
_TINT = re.compile(r"-?[01](?:\.\d{1,20})?")
_WHITE, _BLACK = "FFFFFF", "000000"
_FORMAT = re.compile(r"<(?:\w+:)?xf\s([^<>]*)>")
_CELL = re.compile(rb"<(?:\w+:)?c\s([^<>]*[^<>/])>")
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_STYLE = re.compile(rb"\bs\s*=\s*[\"'](\d{1,6})[\"']")
_NOTE = re.compile(r"<(?:\w+:)?comment\s")
_TEXT = re.compile(r"<(?:\w+:)?t(?:\s[^<>]*)?>([^<]*)<")
_ODS_STYLE = re.compile(r"<style:style\s")
_ODS_STRIKE = re.compile(r"text-line-through-(?:style|type)=[\"'](?!none)")
_ODS_GROUND = re.compile(r"fo:background-color=[\"']#([0-9A-Fa-f]{6})[\"']")
_ODS_INK = re.compile(r"fo:color=[\"']#([0-9A-Fa-f]{6})[\"']")
_ODS_TABLE = re.compile(r"<table:table\s")
_ODS_ROW = re.compile(r"<table:table-row(?=[\s/>])")
_ODS_CELL = re.compile(r"<table:(?:covered-)?table-cell(?=[\s/>])")
_ODS_TEXT = re.compile(r"<(?:/text:span|text:(?:p|span)(?:\s[^<>]*)?)>([^<]*)")
_ODS_END_OF_NOTE = "</office:annotation>"


@dataclass(slots=True)
class SheetMarks:
    """Marks of a sheet, places from 0: ``struck`` are cells struck through, ``notes`` the texts beside cells.

    ``colours`` are those of the ground and of the text, as ``FF0000``, each empty where it is the usual one.
    """

    struck: list[tuple[int, int]] = field(default_factory=list)
    notes: list[tuple[int, int, str]] = field(default_factory=list)
    colours: list[tuple[int, int, str, str]] = field(default_factory=list)


def find_marks(content: bytes, *, with_colours: bool = False) -> dict[str, SheetMarks]:
    """Return the marks of each sheet by its name; nothing of workbooks of before Excel 2007.

    Args:
        content: The workbook.
        with_colours: Whether colours are looked for: no reader of rosters needs them, copies do.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            if "content.xml" in book.namelist():
                return dict(_read_ods(_read_text(book, "content.xml")))
            styles = _read_text(book, "xl/styles.xml")
            struck = _find_struck_styles(styles)
            colours = _find_coloured_styles(styles, _read_text(book, "xl/theme/theme1.xml")) if with_colours else {}
            return {name: _read_sheet(book, path, struck, colours) for name, path in _list_sheets(book)}
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


def _read_sheet(
    book: zipfile.ZipFile, path: str, struck: frozenset[bytes], colours: Mapping[bytes, tuple[str, str]]
) -> SheetMarks:
    marks = SheetMarks()
    for told in _list_relations(book, path):
        if told.get("Type", "").endswith("/comments"):
            marks.notes += _read_notes(_read_text(book, told["Target"]))
    if (struck or colours) and path in book.namelist():
        with book.open(path) as part:
            for chunk in split_rows(part):
                for row, column, style in _find_styled_cells(chunk):
                    if style in struck:
                        marks.struck.append((row, column))
                    if style in colours:
                        marks.colours.append((row, column, *colours[style]))
    return marks


def _find_struck_styles(styles: str) -> frozenset[bytes]:
    """Return the numbers of the cell formats whose font is struck through."""
    fonts, formats = _take_element(styles, "fonts"), _take_element(styles, "cellXfs")
    struck = {str(i) for i, font in enumerate(_FONT.split(fonts)[1:]) if _STRIKE.search(font)}
    told = (_read_attributes(found[1]) for found in _FORMAT.finditer(formats))
    return frozenset(str(i).encode() for i, one in enumerate(told) if one.get("fontId") in struck)


def _find_coloured_styles(styles: str, theme: str) -> dict[bytes, tuple[str, str]]:
    """Return the colours of ground and text of the cell formats that have any, by their numbers."""
    scheme = [found[1] for found in _THEME_COLOUR.finditer(_take_element(theme, "clrScheme"))]
    for one, other in ((0, 1), (2, 3)):  # cells count light before dark, the theme dark before light
        if len(scheme) > other:
            scheme[one], scheme[other] = scheme[other], scheme[one]
    grounds = [_find_colour(one, "fgColor", scheme) for one in _FILL.split(_take_element(styles, "fills"))[1:]]
    inks = [_find_colour(one, "color", scheme) for one in _FONT.split(_take_element(styles, "fonts"))[1:]]
    found: dict[bytes, tuple[str, str]] = {}
    for i, cell_format in enumerate(_FORMAT.finditer(_take_element(styles, "cellXfs"))):
        told = _read_attributes(cell_format[1])
        ground, ink = (_take(of, told.get(name, "")) for of, name in ((grounds, "fillId"), (inks, "fontId")))
        pair = ("" if ground == _WHITE else ground, "" if ink == _BLACK else ink)
        if any(pair):
            found[str(i).encode()] = pair
    return found


def _take(values: Sequence[str], at: str) -> str:
    return values[int(at)] if at.isdecimal() and int(at) < len(values) else ""


def _find_colour(text: str, name: str, scheme: Sequence[str]) -> str:
    """Return the colour that an element of a font or fill gives, of the theme too; empty where it gives none."""
    element = re.search(rf"<(?:\w+:)?{name}\s([^<>]*)>", text)
    told = _read_attributes(element[1]) if element else {}
    colour = told.get("rgb", "")[-6:] or _take(scheme, told.get("theme", ""))
    if not _COLOUR.fullmatch(colour):
        return ""
    tint = float(told["tint"]) if _TINT.fullmatch(told.get("tint", "")) else 0.0
    parts = (int(colour[i : i + 2], 16) for i in (0, 2, 4))
    mixed = (part + (255 - part) * tint if tint > 0 else part * (1 + tint) for part in parts)
    return "".join(f"{min(255, max(0, round(part))):02X}" for part in mixed)


def _take_element(text: str, name: str) -> str:
    """Return what stands inside the first element of a name, which holds none of its own name."""
    begun = re.search(rf"<(?:\w+:)?{name}\b", text)
    rest = text[begun.end() :] if begun else ""
    return re.split(rf"</(?:\w+:)?{name}>", rest, maxsplit=1)[0]


def _find_styled_cells(chunk: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the place and the format of each cell that has one and is not empty."""
    for cell in _CELL.finditer(chunk):
        style, place = _STYLE.search(cell[1]), _PLACE.search(cell[1])
        if style and place:
            yield int(place[2]) - 1, count_columns(place[1]) - 1, style[1]


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
    struck, colours = set(), {}
    for style in _ODS_STYLE.split(styles)[1:]:
        told, _, inside = style.partition(">")
        name = _read_attributes(told).get("style:name", "")
        if _ODS_STRIKE.search(inside):
            struck.add(name)
        searched = (one.search(inside) for one in (_ODS_GROUND, _ODS_INK))
        ground, ink = (one[1].upper() if one else "" for one in searched)
        if ground not in {"", _WHITE} or ink not in {"", _BLACK}:
            colours[name] = (ground, ink)
    for table in tables:
        head, *rows = _ODS_ROW.split(table)
        marks, at = SheetMarks(), 0
        for row in rows:
            head_of_row, *cells = _ODS_CELL.split(row)
            column = 0
            for cell in cells:
                told, _, inside = cell.partition(">")
                attributes = _read_attributes(told)
                style = attributes.get("table:style-name", "")
                if inside and style in struck:
                    marks.struck.append((at, column))
                if inside and style in colours:
                    marks.colours.append((at, column, *colours[style]))
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
