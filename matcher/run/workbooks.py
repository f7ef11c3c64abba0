"""The plan workbooks of a large run, written by a process of their own beside what else there is to do.

They need nothing of what comes after the month's tables but the notes of verify, and these only for one sheet: where
there are notes the workbooks are written once more. What the process fails to do is done here. It ends when this
program does, however that ends.
"""

from __future__ import annotations

import gc
import os
import pickle
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from matcher.i18n import language, use_language
from matcher.outputs.plan_workbook import PlanContents
from matcher.outputs.plan_workbook.write import write_plan_workbooks
from matcher.own_process import start_process
from matcher.run_folder import PLANS

_MANY_ROWS = 50_000
"""Pairs and contacts from which a process of their own is worth what it takes to start it."""


class WorkbookWriter:
    """The workbooks of a run, perhaps being written by a process."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes] | None) -> None:
        self._folder, self._process = folder, process

    def finish(self, show: Callable[[], PlanContents], *, anew: bool) -> None:
        """Have the workbooks written; ``anew``: not as the process was told."""
        if self._process is not None and not anew and self._process.wait() == 0:
            return
        _end(self._process)
        _remove_workbooks(self._folder)
        write_plan_workbooks(self._folder, show())


@contextmanager
def write_beside(folder: Path, show: Callable[[], PlanContents], *tables: Sized) -> Iterator[WorkbookWriter]:
    """Write the workbooks of some tables into a folder beside a ``with`` block, in which they are waited for."""
    process = _start_writing(folder, show()) if sum(map(len, tables)) >= _MANY_ROWS else None
    try:
        yield WorkbookWriter(folder, process)
    finally:
        _end(process)


def _start_writing(folder: Path, contents: PlanContents) -> subprocess.Popen[bytes]:
    """Start the process and hand the contents over, in a thread: it takes them once it is there."""
    process = start_process(__name__, [str(folder), language()])

    def hand_over() -> None:
        """Write the contents; a process that has ended takes none."""
        with suppress(OSError, ValueError):
            assert process.stdin is not None
            pickle.dump(contents, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()

    threading.Thread(target=hand_over, daemon=True).start()
    return process


def _end(process: subprocess.Popen[bytes] | None) -> None:
    """End a process that may have ended."""
    if process is not None:
        process.kill()
        process.wait()
        with suppress(OSError):
            assert process.stdin is not None
            process.stdin.close()


def _remove_workbooks(folder: Path) -> None:
    """Remove what a process has written so far."""
    for path in (folder / PLANS, *folder.glob("plan*.part")):
        shutil.rmtree(path, ignore_errors=True)
    (folder / "plan.xlsx").unlink(missing_ok=True)


def write_as_told(folder: Path, lang: str, source: BinaryIO) -> None:
    """Write the workbooks whose contents come from a stream; end where that ends before they are written."""
    use_language(lang)
    contents: PlanContents = pickle.load(source)  # noqa: S301 - from the process that started this one
    gc.freeze()  # millions of cells, which the search for rings of objects need not go through

    def watch() -> None:
        """Wait for the end of the stream."""
        source.read()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    write_plan_workbooks(folder, contents)


if __name__ == "__main__":
    write_as_told(Path(sys.argv[1]), sys.argv[2], sys.stdin.buffer)
    os._exit(0)
