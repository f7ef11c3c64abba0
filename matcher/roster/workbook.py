"""Workbooks, read by a child process: a file that makes the reader abort or eat memory is a message, not the end."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO

import pyarrow as pa

from matcher.errors import InputError
from matcher.i18n import N_
from matcher.messages import Issue
from matcher.roster import workbook_reader
from matcher.roster.file_checks import unreadable
from matcher.roster.sheet_marks import SheetMarks, find_marks
from matcher.roster.workbook_reader import LENGTH, REFUSED
from matcher.roster.xls_errors import find_xls_errors
from matcher.settings.roster import LimitsSettings

_CODE = "import runpy, sys; sys.path[:] = sys.argv[2:]; runpy.run_path(sys.argv[1], run_name='__main__')"
_REFUSED = {
    "password": N_("it is protected by a password"),
    "damaged": N_("it is damaged, or no workbook"),
}
Merged = tuple[int, int, int, int]
"""Cells merged into one: first row, first column, last row, last column, from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class SheetContent:
    """A sheet of a workbook: its columns as text from its first row and column on, and what else there is to it.

    ``faults`` are cells that show an error, as ``#N/A``, or a formula never calculated, told by an empty text; rows
    and columns count from 0. ``kinds`` tells the kind of each cell, where it was asked for.
    """

    name: str
    visible: bool
    columns: Sequence[pa.Array] = field(repr=False)
    merged: Sequence[Merged] = ()
    faults: Sequence[tuple[int, int, str]] = ()
    hidden_rows: Sequence[int] = ()
    marks: SheetMarks = field(default_factory=SheetMarks)
    widths: Sequence[tuple[int, float]] = ()
    kinds: Sequence[pa.Array] = field(default=(), repr=False)


_LIMITS = LimitsSettings()
_PATIENCE_S = 3
"""Seconds within which a child that is asked nothing more ends by itself."""


class _Child:
    """A process that reads workbooks, one after another. It is started when it is first needed."""

    @cached_property
    def process(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-P", "-c", _CODE, str(Path(workbook_reader.__file__)), *sys.path]
        process = subprocess.Popen(  # noqa: S603 - this interpreter, on a file of ours
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=-1
        )
        weakref.finalize(self, _end, process)  # when its thread ends, and at the latest when the program does
        return process

    def ask(self, content: bytes, options: dict[str, int]) -> tuple[bytes, bytes] | None:
        """Return the description and the cells; None where the process died over it."""
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            for part in (json.dumps(options).encode(), content):
                process.stdin.write(LENGTH.pack(len(part)))
                process.stdin.write(part)
            process.stdin.flush()
            told = _take(process.stdout)
            return told, b"" if told.startswith(REFUSED) else _take(process.stdout)
        except (OSError, EOFError):
            _end(process)
            del self.process
            return None


_OWN = threading.local()
"""A child a thread: two rosters are read at once."""


def read_sheets(
    content: bytes, file: str, limits: LimitsSettings = _LIMITS, *, kinds: bool = False
) -> list[SheetContent]:
    """Return a workbook's sheets, hidden ones too.

    Raises:
        InputError: it can't be read; ``file`` is what its issue calls it.
    """
    if not hasattr(_OWN, "child"):
        _OWN.child = _Child()
    memory, unpacked = limits.workbook_memory_mb, limits.unpacked_mb
    answer = _OWN.child.ask(content, {"kinds": kinds, "memory": memory << 20, "unpacked": unpacked << 20})
    if answer is None:
        raise InputError([Issue("memory_short", file, params={"most": memory})])
    told = json.loads(answer[0])
    if answer[0].startswith(REFUSED):
        if told["code"] == "far_cell":
            raise InputError([Issue("cell_far_away", file, value=told["value"], params={"most": memory})])
        if told["code"] == "too_large":
            raise InputError([Issue("unpacks_endless", file, params={"most": unpacked})])
        raise unreadable(file, _REFUSED[told["code"]])
    found = []
    old_errors, marks = find_xls_errors(content), find_marks(content, with_colours=kinds)
    for sheet, batch in zip(told, pa.ipc.open_stream(answer[1]), strict=True):
        cells, count = batch.column(0), sheet["columns"]
        n = len(cells) // max(count, 1)
        columns = [cells.slice(i * n, n) for i in range(count)]
        texts = columns[::2] if kinds else columns
        errors = [fault for fault in old_errors.get(sheet["place"], ()) if _is_blank(texts, *fault[:2])]
        found.append(
            SheetContent(
                sheet["name"],
                sheet["visible"],
                texts,
                [tuple(place) for place in sheet["merged"]],
                [*(tuple(fault) for fault in sheet["faults"]), *errors],
                sheet["hidden_rows"],
                marks.get(sheet["name"], SheetMarks()),
                [tuple(width) for width in sheet["widths"]],
                columns[1::2] if kinds else (),
            )
        )
    return found


def _is_blank(columns: Sequence[pa.Array], row: int, at: int) -> bool:
    return at < len(columns) and row < len(columns[at]) and not columns[at][row].as_py()


def _take(stream: IO[bytes]) -> bytes:
    length = stream.read(LENGTH.size)
    if len(length) < LENGTH.size:
        raise EOFError
    (size,) = LENGTH.unpack(length)
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return content


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a child: it ends by itself where nothing more can be asked; one that does not is killed."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
