"""The folder of a run, and single tables: written through ``publishing``, in the language in use."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import pandas as pd

from matcher.outputs.calendar_marks import is_own_calendar
from matcher.outputs.localised import localise, write_csv
from matcher.publishing import WholeFile, WholeFolder
from matcher.run_folder import PATTERNS


class RunFolder(WholeFolder):
    """Builds a folder of tables; see ``WholeFolder``."""

    def __init__(
        self,
        target: Path,
        *,
        files: Collection[str] = PATTERNS,
        force: bool = False,
        inputs: Sequence[Path] = (),
        keep: Path | None = None,
        private: bool = False,
    ) -> None:
        super().__init__(target, files=files, force=force, inputs=inputs, keep=keep, private=private)

    def is_own(self, path: Path) -> bool:
        """Return whether a file was written by this program: calendars of others may lie beside ours."""
        return path.suffix != ".ics" or is_own_calendar(path)

    def write_csv(self, kind: str, frame: pd.DataFrame, tell: Callable[[int], None] | None = None) -> Path:
        """Write a frame in code names as ``<kind>.csv`` in the language in use; ``tell`` hears of rows written."""
        path = self.path / f"{kind}.csv"
        write_csv(path, localise(frame, kind), tell)
        return path

    def write_json(self, name: str, value: object) -> None:
        """Write a value as JSON: keys sorted, no NaN, UTF-8."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True)
        self.write_text(name, text + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Write a text file in UTF-8, line ends as they are."""
        (self.path / name).write_text(text, encoding="utf-8", newline="")


def write_file(path: Path, frame: pd.DataFrame, kind: str, *, private: bool = False) -> None:
    """Write one table of a kind as a CSV file, whole or not at all.

    Raises:
        UsageError: it can't be written.
    """
    with WholeFile(path, private=private) as file:
        write_csv(file.path, localise(frame, kind))
        file.publish()
