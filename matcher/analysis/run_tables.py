"""The tables of a run folder with its summary and manifest, for notebooks and for comparisons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.errors import InputError, UsageError
from matcher.i18n import _
from matcher.messages import Issue
from matcher.roster.pairs import load_file
from matcher.run_folder import RUN_FILES


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Contents of a run folder: ``frames`` by the names of the files, ``summary`` and ``manifest``."""

    folder: Path
    frames: Mapping[str, pd.DataFrame]
    summary: Mapping[str, Any]
    manifest: Mapping[str, Any]

    def __repr__(self) -> str:
        rows = ", ".join(f"{kind} {len(frame)}" for kind, frame in self.frames.items())
        return f"<Run of {self.folder.name}: {rows}>"


def read_run(folder: str | Path) -> Run:
    """Return the tables and the summary of a run folder.

    Raises:
        InputError: the folder or a file of it can't be read.
    """
    folder = Path(folder)
    if not (folder / "summary.json").is_file():
        raise InputError([Issue("file_missing", str(folder / "summary.json"))])
    kinds = [file.kind for file in RUN_FILES if file.name.endswith(".csv")]
    return Run(folder, read_frames(folder, kinds), read_json(folder, "summary"), read_json(folder, "manifest"))


def read_frames(folder: Path, kinds: list[str]) -> dict[str, pd.DataFrame]:
    """Return the tables of some kinds that a run folder holds.

    Raises:
        InputError: files can't be read, or rows of them are at fault; with all faults.
    """
    frames: dict[str, pd.DataFrame] = {}
    issues: list[Issue] = []
    for kind in kinds:
        path = folder / f"{kind}.csv"
        if not path.is_file():
            continue
        try:
            frames[kind], faults = load_file(path, kind, keeps_struck_out=kind == "pairs")
        except InputError as error:
            faults = list(error.issues)
        issues += faults
    if any(issue.severity == "error" for issue in issues):
        raise InputError(issues)
    return frames


def read_json(folder: Path, kind: str) -> dict[str, Any]:
    """Return ``summary.json`` or ``manifest.json`` of a run folder; empty where it holds none.

    Raises:
        UsageError: the file is not what the program wrote.
    """
    path = folder / f"{kind}.json"
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        text = _("{path} is not as old-partners wrote it: somebody changed it. Make the plan again")
        raise UsageError(text.format(path=path)) from error
