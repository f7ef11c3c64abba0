"""The month as it was planned: what records are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.messages import Issue
from matcher.roster.cells import arrow, series
from matcher.roster.convert import convert
from matcher.roster.directory import Directory
from matcher.roster.model import Roster
from matcher.roster.read import read_table
from matcher.roster.table import Table

_VISITS = ("visit_id", "date", "kind", "elder_id", "volunteer_id", "in_place_of")
_PAIRS = ("elder_id", "volunteer_id", "since", "status")


@dataclass(frozen=True)
class PlannedMonth:
    """A month's contacts and pairs as planned, and who is on the rosters.

    ``visits`` has ``visit_id``, ``date``, ``kind``, ``elder_id``, ``volunteer_id`` (who was to make the contact) and
    ``in_place_of``, one row a visit id; ``pairs`` has ``elder_id``, ``volunteer_id``, ``since`` and ``status``.
    """

    visits: pd.DataFrame
    pairs: pd.DataFrame
    elders: Directory
    volunteers: Directory
    horizon: Horizon
    today: date

    def find_visits(self, ids: pa.Array) -> NDArray[np.int64]:
        """Return the position of each id among the planned contacts, -1 where there is none.

        Arrow's table of ids goes when it has answered; an index of pandas would hold a city's, 0.2 GB, to the end.
        """
        found = pc.index_in(ids, value_set=arrow(self.visits["visit_id"]))
        return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False)).astype(np.int64)

    @cached_property
    def last_day(self) -> date:
        """Return the last day of the month that is not yet to come."""
        return min(self.horizon.end, self.today)


def read_planned(folder: Path, roster: Roster, horizon: Horizon, today: date) -> PlannedMonth:
    """Read a run folder's visits and pairs.

    Raises:
        InputError: a file is missing or at fault, or holds another month.
    """
    issues: list[Issue] = []
    visits = _read_columns(folder / "visits.csv", "visits", _VISITS, issues)
    pairs = _read_columns(folder / "pairs.csv", "pairs", _PAIRS, issues)
    if visits is not None and len(visits):
        outside = ~visits["date"].between(pd.Timestamp(horizon.start), pd.Timestamp(horizon.end))
        if outside.all():
            months = f"{visits['date'].min():%Y-%m}"
            issues.append(
                Issue("visits_of_another_month", "visits.csv", value=months, params={"month": f"{horizon.start:%Y-%m}"})
            )
    if any(issue.severity == "error" for issue in issues) or visits is None or pairs is None:
        raise InputError(issues)
    visits = visits[visits["visit_id"] != ""].drop_duplicates("visit_id", ignore_index=True)
    pairs = pairs[pairs["volunteer_id"] != ""].reset_index(drop=True)
    return PlannedMonth(visits, pairs, roster.directory("elders"), roster.directory("volunteers"), horizon, today)


def _read_columns(path: Path, kind: str, names: Sequence[str], issues: list[Issue]) -> pd.DataFrame | None:
    """Return some columns of a file that a run wrote: ids as they stand, the others typed; faults go to ``issues``."""
    try:
        table = read_table(path, kind)
    except InputError as error:
        issues += error.issues
        return None
    typed = [name for name in names if table.column(name).kind != "id"]
    frame, _faulty, found = convert(take_columns(table, typed))
    issues += [issue for issue in found if issue.severity == "error"]
    ids = {name: series(table.cells(name)) for name in names if name not in typed}
    return pd.DataFrame({name: ids[name] if name in ids else frame[name] for name in names})


def take_columns(table: Table, names: Sequence[str]) -> Table:
    """Return a table with some of its columns alone, and no issues but those of these."""
    headers = {name: table.headers[name] for name in names if name in table.headers}
    columns = {name: table.columns[name] for name in headers}
    wanted = {*headers.values(), *(table.column(name).header() for name in names)}
    issues = tuple(issue for issue in table.issues if issue.column in wanted)
    return replace(table, columns=columns, headers=headers, unknown=(), issues=issues)


def to_days(dates: pd.Series) -> NDArray[np.datetime64]:
    """Return dates as days."""
    return np.asarray(dates.to_numpy()).astype("datetime64[D]")
