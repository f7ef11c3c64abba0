"""Rosters: reading files, checking them, and the values they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import pandas as pd

from matcher.errors import InputError
from matcher.messages import Issue
from matcher.roster.check import checked
from matcher.roster.model import Roster
from matcher.roster.read import RESERVED, read_table, table_of_frame
from matcher.roster.table import Table
from matcher.settings import Settings

_Source = TypeVar("_Source")

__all__ = ["load_roster", "make_roster"]


def load_roster(elders: Path, volunteers: Path, settings: Settings) -> Roster:
    """Read and check both rosters. Rows at fault are left out and named in ``issues``, whether errors or warnings.

    Raises:
        InputError: a file can't be read as a roster at all; with all issues of both files.
    """
    return _roster(read_table, {"elders": elders, "volunteers": volunteers}, settings)


def make_roster(elders: pd.DataFrame, volunteers: pd.DataFrame, settings: Settings) -> Roster:
    """Check both rosters, given as frames of text or of typed values, the frames of a ``Roster`` too.

    Columns as in files. Row numbers are positions plus 2, as if the frames were sheets with a header.

    Raises:
        InputError: as ``load_roster``.
    """
    frames = {"elders": elders, "volunteers": volunteers}
    made_here = list(RESERVED)
    frames = {kind: frame.drop(columns=made_here, errors="ignore") for kind, frame in frames.items()}
    return _roster(table_of_frame, frames, settings)


def _roster(read: Callable[[_Source, str], Table], sources: Mapping[str, _Source], settings: Settings) -> Roster:
    issues: list[Issue] = []
    frames: dict[str, pd.DataFrame] = {}
    aside: dict[str, frozenset[str]] = {}
    sha256: dict[str, str] = {}
    for kind, source in sources.items():
        try:
            table = read(source, kind)
        except InputError as error:
            issues += error.issues
            continue
        frames[kind], aside[kind], found = checked(table, settings)
        issues += found
        if table.sha256:
            sha256[table.file] = table.sha256
    if any(issue.severity == "error" and issue.row is None for issue in issues):
        raise InputError(issues)
    return Roster(frames["elders"], frames["volunteers"], tuple(issues), aside["elders"], aside["volunteers"], sha256)
