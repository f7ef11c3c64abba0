"""A workbook's sheets as columns of text. It runs as a program of its own, and imports nothing of this one.

The library that reads workbooks ends the whole process where a file asks for more memory than there is, and no
exception can be caught. So ``workbook.py`` starts this file as a child with a limit on its memory, sends it a workbook,
and gets its sheets back as Arrow streams. A child that dies is a message, not the end of the program.
"""

from __future__ import annotations

import io
import json
import math
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import islice, zip_longest
from typing import IO, Any
from xml.etree import ElementTree

import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

BYTES_A_CELL = 128
"""A sheet is held as a rectangle, at 32 bytes a cell and its text: one stray cell in its far corner makes 500 GB."""
_CELLS = pa.schema([("cells", pa.string())])
LENGTH = struct.Struct(">Q")
"""What stands before each message: how many bytes follow."""
REFUSED = b"{"
"""How the description of a workbook begins that can't be read: it is an object, others are lists."""
_CHUNK = 1 << 20
_LONGEST_ROW = 1 << 23
_CHUNK_ROWS = 256
"""So few rows at once stay in the processor's cache: twice as fast as with thousands."""
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Z]*)(\d+)[\"']")
_FILLED = re.compile(rb"<(?:\w+:)?c\b(?:[^>]*?\br\s*=\s*[\"']([A-Z]+)(\d+)[\"'])(?:[^>]*[^>/])?>")
_CELL = re.compile(rb"<(?:\w+:)?c\b((?:[^>/]|/(?!>))*)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_ROW = re.compile(rb"<(?:\w+:)?row\b((?:[^>/]|/(?!>))*)>")
_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MAY_BE_FAR = re.compile(rb"r\s*=\s*[\"'](?:[A-Z]{3}|[A-Z]*\d{5})")
"""Without such a reference a sheet has at most 702 columns and 9,999 rows, which are fewer than are ever refused."""
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref\s*=\s*[\"']([A-Z]+)(\d+):([A-Z]+)(\d+)[\"']")
_ERROR_TYPE = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_STRING_TYPE = re.compile(rb"\bt\s*=\s*[\"'](?:str|s|inlineStr)[\"']")
_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_ATTRIBUTE = re.compile(rb"(\w+)\s*=\s*[\"']([^\"']*)[\"']")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ODS_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_ODS_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_ODS_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_ODS_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_ODS_ERROR = re.compile(r"(?:Err:\d+|#[A-Z/0!?]+)")

Row = Sequence[object]


class RefusedError(Exception):
    """A workbook can't be read: a code, and what stands for its value."""

    def __init__(self, code: str, value: str = "") -> None:
        self.code = code
        self.value = value
        super().__init__(code)


@dataclass(slots=True)
class Marks:
    """What the reading library drops of a sheet: rows and columns from 0.

    ``faults`` are cells that hold an error, as ``#N/A``, or a formula that was never calculated, told by an empty text.
    ``widths`` are of columns, in characters.
    """

    faults: list[tuple[int, int, str]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)


def read_workbook(
    content: bytes, *, kinds: bool = False, memory: int = 4 << 30, unpacked: int = 1 << 31
) -> list[tuple[dict[str, Any], list[pa.Array]]]:
    """Return each sheet's description and its columns as text, from its first row and column on.

    Args:
        content: The whole file.
        kinds: Whether each column is followed by one that tells the kind of each cell: ``s`` text, ``n`` number, ``d``
            date, ``b`` yes or no, empty where the cell is.
        memory: Bytes that there are for it.
        unpacked: Bytes that its parts may unpack to.

    Raises:
        RefusedError: it is protected, damaged, or larger than a roster can be.
    """
    marks = _read_marks(content, memory // BYTES_A_CELL, unpacked)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = []
        for i, told in enumerate(book.sheets_metadata):
            if told.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(told.name)
            dropped = marks.get(told.name) or Marks(merged=_list_merged(sheet))
            description = {
                "name": told.name,
                "place": i,
                "visible": told.visible == SheetVisibleEnum.Visible,
                "merged": sorted(set(dropped.merged)),
                "faults": dropped.faults,
                "hidden_rows": dropped.hidden_rows,
                "widths": sorted(dropped.widths.items()),
            }
            found.append((description, _read_columns(sheet, kinds=kinds)))
    except PasswordError as error:
        raise RefusedError("password") from error
    except CalamineError as error:
        raise RefusedError("damaged") from error
    return found


def _list_merged(sheet: CalamineSheet) -> list[tuple[int, int, int, int]]:
    """Return merged cells as the library tells them: it reads a sheet of .xlsx once more for them."""
    return [(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]


def _read_columns(sheet: CalamineSheet, *, kinds: bool) -> list[pa.Array]:
    if sheet.start is None:
        return []
    rows = iter(sheet.iter_rows())
    left = [""] * sheet.start[1]
    rows = ([*left, *row] for row in rows) if left else rows
    if not kinds:
        return texts_of_rows(rows)
    held = [list(row) for row in rows]
    texts = texts_of_rows(held)
    told = texts_of_rows([[_kind(cell) for cell in row] for row in held])
    return [column for pair in zip(texts, told, strict=True) for column in pair]


def _kind(cell: object) -> str:
    if cell == "":
        return ""
    if isinstance(cell, bool):
        return "b"
    if isinstance(cell, int | float):
        return "n"
    return "d" if isinstance(cell, datetime) or type(cell).__name__ == "date" else "s"


# -- text of cells


def texts_of_rows(rows: Iterable[Row]) -> list[pa.Array]:
    """Return the columns of rows of any length as text. It goes in chunks: rows are gone before they burden memory."""
    rows = iter(rows)
    columns: list[list[pa.Array]] = []
    n = 0
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        cells = list(zip_longest(*chunk, fillvalue=""))
        columns += [[_blank(n)] if n else [] for _ in range(len(cells) - len(columns))]
        for i, column in enumerate(columns):
            column.append(texts(cells[i]) if i < len(cells) else _blank(len(chunk)))
        n += len(chunk)
    return [column[0] if len(column) == 1 else pa.concat_arrays(column) for column in columns]


def texts(cells: Sequence[object]) -> pa.Array:
    """Return cells as an array of text, those that are something else as a person would have typed them."""
    try:
        found = pa.array(cells, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid, UnicodeEncodeError):
        return pa.array([spell(cell) for cell in cells], pa.string())
    return found.fill_null("") if found.null_count else found


def spell(value: object) -> str:
    """Return a typed cell as text, as a person would have typed it; missing is empty."""
    name = type(value).__name__  # those of NumPy and pandas, which this process need not know
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # half a surrogate is no text
    if value is None or name in {"NaTType", "NAType"}:
        return ""
    if isinstance(value, bool) or name in {"bool_", "bool"}:
        text = "yes" if value else "no"
    elif isinstance(value, float) or name.startswith("float"):
        text = _spell_float(float(value))  # type: ignore[arg-type]
    elif isinstance(value, datetime):
        text = value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    elif isinstance(value, bytes):
        text = value.decode("utf-8", "replace")
    else:
        text = str(value)
    return text


def _spell_float(value: float) -> str:
    if math.isnan(value):
        return ""
    if abs(value) >= 1e15:  # digits beyond the 15th are lost: written as Excel shows it
        return f"{value:.5E}"
    return str(int(value)) if value.is_integer() else str(value)


def _blank(n: int) -> pa.Array:
    return pa.repeat(pa.scalar("", pa.string()), n)


# -- what the library drops, from the parts of the file


def _read_marks(content: bytes, most_cells: int, unpacked: int) -> dict[str, Marks]:
    """Return what the library drops of each sheet, by its name; nothing for the formats of before 2007.

    Raises:
        RefusedError: a part unpacks to more than a roster can be, or a sheet has a cell far from its table.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            if sum(part.file_size for part in book.infolist()) > unpacked:
                raise RefusedError("too_large")
            names = set(book.namelist())
            if "content.xml" in names:
                with book.open("content.xml") as part:
                    return dict(_read_ods(part, most_cells))
            sheets = _find_sheets(book, names)
            return {name: _read_part(book, path, most_cells) for path, name in sheets.items()}
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error):
        return {}  # whoever reads it says what is wrong
    except (ElementTree.ParseError, ValueError, KeyError):
        return {}


def _find_sheets(book: zipfile.ZipFile, names: set[str]) -> dict[str, str]:
    """Return the name of each sheet by the path of its part, and every other part that could be a sheet."""
    found: dict[str, str] = {}
    for main in sorted(name for name in names if name.endswith("workbook.xml")):
        folder = main.rpartition("/")[0]
        rels = f"{folder}/_rels/workbook.xml.rels".lstrip("/")
        if rels not in names:
            continue
        targets = {node.get("Id"): node.get("Target", "") for node in _parse(book, rels)}
        for node in _parse(book, main).iter():
            target = targets.get(node.get(_RELATION))
            if node.tag.endswith("}sheet") and target:
                path = target.lstrip("/") if target.startswith("/") else _joined(folder, target)
                found[path] = node.get("name", "")
    others = (name for name in names if name.endswith(".xml") and "sheet" in name.lower() and name not in found)
    return {path: name for path, name in found.items() if path in names} | dict.fromkeys(sorted(others), "")


def _parse(book: zipfile.ZipFile, path: str) -> ElementTree.Element:
    return ElementTree.fromstring(book.read(path))  # noqa: S314 - in a process of its own, with a bound


def _joined(folder: str, target: str) -> str:
    """Return a target as a path from the root."""
    parts: list[str] = []
    for part in f"{folder}/{target}".split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _read_part(book: zipfile.ZipFile, path: str, most_cells: int) -> Marks:
    marks = Marks()
    columns, rows = {b""}, {0}
    is_small = book.getinfo(path).file_size <= _CHUNK
    with book.open(path) as part:
        for chunk in split_rows(part):
            if not is_small or _MAY_BE_FAR.search(chunk):
                for letters, number in set(_REFERENCE.findall(chunk)):
                    columns.add(letters)
                    rows.add(int(number))
            _note_marks(marks, chunk)
    if max(map(count_columns, columns)) * max(rows) > most_cells:  # this counts empty cells too
        with book.open(path) as part:
            _refuse_far_cell(part, most_cells)
    return marks


def _refuse_far_cell(part: IO[bytes], most_cells: int) -> None:
    """Raise where the rectangle around the filled cells is too large to be held."""
    column, row = b"A", 1
    for chunk in split_rows(part):
        for letters, number in set(_FILLED.findall(chunk)):
            column = max(column, letters, key=count_columns)
            row = max(row, int(number))
    if count_columns(column) * row > most_cells:
        raise RefusedError("far_cell", f"{column.decode()}{row}")


def split_rows(part: IO[bytes]) -> Iterator[bytes]:
    """Yield a sheet's text in pieces that end where a row ends; what has no end of a row is cut, not collected."""
    rest = b""
    while chunk := part.read(_CHUNK):
        text = rest + chunk
        if len(chunk) < _CHUNK:  # the last: most sheets are one piece
            rest = text
            break
        end = 0
        for found in _ROW_END.finditer(text, max(0, len(rest) - 32)):
            end = found.end()
        if not end and len(text) > _LONGEST_ROW:
            end = len(text) - _CHUNK
        if end:
            yield text[:end]
        rest = text[end:]
    yield rest


def _note_marks(marks: Marks, chunk: bytes) -> None:
    if b"hidden" in chunk:
        for row in _ROW.finditer(chunk):
            if _HIDDEN.search(row[1]) and (at := _REFERENCE.search(row[1])):
                marks.hidden_rows.append(int(at[2]) - 1)
    if b"<col" in chunk or b":col " in chunk:
        for told in _COLUMN.finditer(chunk):
            values = dict(_ATTRIBUTE.findall(told[1]))
            with suppress(KeyError, ValueError):
                first, last, width = int(values[b"min"]), int(values[b"max"]), float(values[b"width"])
                marks.widths |= dict.fromkeys(range(first - 1, min(last, first + 255)), width)
    if b"mergeCell" in chunk:
        for left, top, right, bottom in _MERGED.findall(chunk):
            marks.merged.append((int(top) - 1, count_columns(left) - 1, int(bottom) - 1, count_columns(right) - 1))
    _note_faults(marks, chunk)


def _note_faults(marks: Marks, chunk: bytes) -> None:
    has_error = (b'"e"' in chunk or b"'e'" in chunk) and _ERROR_TYPE.search(chunk)
    has_formula = (b"<f" in chunk or b":f" in chunk) and _FORMULA.search(chunk)
    if not (has_error or has_formula):
        return
    for cell in _CELL.finditer(chunk):
        at = _REFERENCE.search(cell[1])
        if not at or not at[1]:
            continue
        value = _VALUE.search(cell[2])
        if _ERROR_TYPE.search(cell[1]):
            text = value[1].decode("ascii", "replace") if value else "#N/A"
        elif value or not _FORMULA.search(cell[2]) or _STRING_TYPE.search(cell[1]):
            continue  # it holds its value; a formula of type text may be calculated and empty
        else:
            text = ""
        marks.faults.append((int(at[2]) - 1, count_columns(at[1]) - 1, text))


def count_columns(letters: bytes) -> int:
    """Return a column's number from its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _read_ods(part: IO[bytes], most_cells: int) -> Iterator[tuple[str, Marks]]:
    """Yield each table's name and what the library drops of it.

    Raises:
        RefusedError: cells that hold something are repeated beyond what a roster can be.
    """
    marks, name, row, column, repeat, filled = Marks(), "", 0, 0, 1, False
    for event, node in ElementTree.iterparse(part, ("start", "end")):  # noqa: S314 - as above
        tag = node.tag
        if event == "start":
            if tag == f"{_ODS_TABLE}table":
                marks, name, row = Marks(), node.get(f"{_ODS_TABLE}name", ""), 0
            elif tag == f"{_ODS_TABLE}table-row":
                column, filled = 0, False
                repeat = _repeated(node, "rows")
                if node.get(f"{_ODS_TABLE}visibility", "visible") != "visible":
                    marks.hidden_rows += range(row, row + min(repeat, 1 << 16))
            continue
        if tag in (f"{_ODS_TABLE}table-cell", f"{_ODS_TABLE}covered-table-cell"):
            times = _repeated(node, "columns")
            if len(node) or node.get(f"{_ODS_OFFICE}value-type"):
                filled = True
                if times * repeat > most_cells or (column + times) * (row + repeat) > most_cells:
                    raise RefusedError("far_cell", f"{_letters(column + times)}{row + repeat}")
                _note_ods_cell(marks, node, row, column)
            column += times
        elif tag == f"{_ODS_TABLE}table-row":
            row += repeat
            node.clear()
        elif tag == f"{_ODS_TABLE}table":
            if not filled:  # a hidden end of the sheet hides nobody
                marks.hidden_rows = [at for at in marks.hidden_rows if at < row - repeat]
            node.clear()
            yield name, marks


def _note_ods_cell(marks: Marks, node: ElementTree.Element, row: int, column: int) -> None:
    down, right = (int(node.get(f"{_ODS_TABLE}number-{way}-spanned", "1")) for way in ("rows", "columns"))
    if down > 1 or right > 1:
        marks.merged.append((row, column, row + down - 1, column + right - 1))
    text = "".join(node.find(f"{_ODS_TEXT}p").itertext()) if node.find(f"{_ODS_TEXT}p") is not None else ""  # type: ignore[union-attr]
    formula = node.get(f"{_ODS_TABLE}formula") is not None
    if node.get(_ODS_TYPE) == "error" or (formula and _ODS_ERROR.fullmatch(text)):
        marks.faults.append((row, column, text or "#N/A"))
    elif formula and not node.get(f"{_ODS_OFFICE}value-type"):
        marks.faults.append((row, column, ""))


def _repeated(node: ElementTree.Element, what: str) -> int:
    return int(node.get(f"{_ODS_TABLE}number-{what}-repeated", "1"))


def _letters(number: int) -> str:
    """Return a column's letters from its number."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


# -- the child


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer one workbook after another, until nothing more is asked.

    A question is its options as JSON and the workbook; an answer is a description as JSON, and a stream: see ``_pack``.
    """
    while (options := _take(asked)) is not None:
        content = _take(asked)
        assert content is not None
        try:
            wanted = json.loads(options)
            limit_memory(wanted["memory"])
            sheets = read_workbook(content, **wanted)
            told = [description | {"columns": len(columns)} for description, columns in sheets]
            parts: list[bytes | memoryview] = [json.dumps(told).encode(), _pack([columns for _told, columns in sheets])]
        except RefusedError as error:
            parts = [json.dumps({"code": error.code, "value": error.value}).encode()]
        except MemoryError:
            raise
        except BaseException as error:  # the library panics with exceptions of its own kind
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            parts = [json.dumps({"code": "damaged", "value": ""}).encode()]
        for part in parts:
            answers.write(LENGTH.pack(len(part)))
            answers.write(part)
        answers.flush()


def _pack(sheets: Sequence[Sequence[pa.Array]]) -> memoryview:
    """Return the columns of sheets as an Arrow stream: a batch a sheet, its columns one below the other."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, _CELLS) as writer:
        for columns in sheets:
            cells = pa.concat_arrays([_blank(0), *columns])
            writer.write_batch(pa.record_batch([cells], schema=_CELLS))
    return memoryview(sink.getvalue())


def _take(stream: IO[bytes]) -> bytes | None:
    """Return the next message; None where there is none."""
    length = stream.read(LENGTH.size)
    if len(length) < LENGTH.size:
        return None
    return stream.read(LENGTH.unpack(length)[0])


def limit_memory(memory: int) -> None:
    """Bound the memory that this process may take, where the system can; let it leave no image of itself behind."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not on Windows

        for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
            _soft, hard = resource.getrlimit(what)
            with suppress(ValueError, OSError):
                limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
                resource.setrlimit(what, (limit, hard))
        with suppress(OSError), open("/proc/self/oom_score_adj", "w") as first:  # noqa: PTH123 - Path is not imported
            first.write("1000")  # where memory runs short, Linux ends this process and not the one that asked


if __name__ == "__main__":
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked is told, and ends this process
    serve(sys.stdin.buffer, sys.stdout.buffer)
