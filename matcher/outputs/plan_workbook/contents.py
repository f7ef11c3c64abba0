"""Contents of the sheets of the plan workbook: words instead of codes, and no column that says nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import FILES, Column
from matcher.i18n import _
from matcher.messages import CHANGES, UNSCHEDULED
from matcher.outputs.localised import show_controls
from matcher.outputs.plan_workbook.nearest import list_nearest_free
from matcher.outputs.tables import PeopleNames
from matcher.plan import Plan
from matcher.plan_sheets import PLAN_SHEETS, PlanSheet, put_in_words

MOST_ROWS = 1_048_575
"""Rows of a worksheet below its header."""
_MOST_SHOWN = {"visits": 200_000}
"""Contacts of a run that are shown in its workbooks: more are in visits.csv alone."""
_LONGEST = 32_000
"""Characters of a cell; Excel holds 32,767."""
_MOST_NOTES = {"pairs": 5_000}
"""Of more pairs in all the costs are in pairs.csv alone: a city's notes would take most of the time."""
Cell = str | int | date | time | None


@dataclass(frozen=True, slots=True, eq=False)
class SheetCells:
    """The cells of a sheet, column by column, and a note a row, empty where there is none."""

    sheet: PlanSheet
    columns: Mapping[str, Sequence[Cell]]
    notes: Sequence[str]
    area: NDArray[np.object_]
    """The subdistrict that each row belongs to."""

    def __len__(self) -> int:
        return len(self.area)

    def select(self, rows: Sequence[int]) -> SheetCells:
        """Return some rows, by their places."""
        columns = {name: [cells[row] for row in rows] for name, cells in self.columns.items()}
        return SheetCells(self.sheet, columns, [self.notes[row] for row in rows], self.area[list(rows)])

    def list_shown(self) -> list[str]:
        """Return the columns that say something; who people are is always shown."""
        told = {*self.sheet.key, "elder_name", "volunteer_name"}
        return [name for name, cells in self.columns.items() if _says_something(cells, always=name in told)]

    def list_alike(self) -> list[tuple[str, Cell]]:
        """Return the columns that say the same in every row, and what."""
        shown = self.list_shown()
        return [(name, cells[0]) for name, cells in self.columns.items() if name not in shown and cells[0]]


def _says_something(cells: Sequence[Cell], *, always: bool) -> bool:
    distinct = set(cells)
    return bool(distinct - {None, ""}) and (always or len(cells) == 1 or len(distinct) > 1)


@dataclass(frozen=True, slots=True, eq=False)
class PlanContents:
    """The contents of the workbooks of a run."""

    month: date
    sheets: tuple[SheetCells, ...]
    nearest: Mapping[str, Sequence[str]]
    """Volunteers near each elder without one who have places left, as a drop-down names them, by the elder's id."""
    volunteers: Sequence[str]
    """All volunteers who take part, likewise."""
    volunteer_area: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))

    @classmethod
    def of(cls, plan: Plan, frames: Mapping[str, pd.DataFrame], people: PeopleNames) -> PlanContents:
        """Return what the frames of a run, by kind of file, look like to people."""
        roster = plan.month.roster
        sheets = []
        for sheet in PLAN_SHEETS:
            frame = frames.get(sheet.kind)
            if frame is not None and 0 < len(frame) <= _MOST_SHOWN.get(sheet.kind, MOST_ROWS):
                sheets.append(_make_cells(sheet, frame, plan))
        volunteers = frames["capacity"]
        area = pd.Series(roster.volunteers["subdistrict"].to_numpy(dtype=object), index=roster.volunteers["id"])
        return cls(
            plan.month.horizon.start,
            tuple(sheets),
            list_nearest_free(plan, people),
            [f"{row.volunteer_id} {row.volunteer_name}".strip() for row in volunteers.itertuples()],
            area.reindex(volunteers["volunteer_id"]).fillna("").to_numpy(dtype=object),
        )


def _make_cells(sheet: PlanSheet, frame: pd.DataFrame, plan: Plan) -> SheetCells:
    """Return a frame's cells as people read them, with where the people live."""
    columns: dict[str, Sequence[Cell]] = {}
    places = _find_places(sheet, frame, plan)
    for name in sheet.shows:
        values = places[name] if name in places and name not in frame else frame.get(name)
        if values is not None:
            columns[name] = _show(values, sheet.column(name))
    notes = _write_notes(sheet, frame) if len(frame) <= _MOST_NOTES.get(sheet.kind, MOST_ROWS) else [""] * len(frame)
    return SheetCells(sheet, columns, notes, places["subdistrict"].to_numpy(dtype=object))


def _find_places(sheet: PlanSheet, frame: pd.DataFrame, plan: Plan) -> dict[str, pd.Series]:
    """Return the subdistrict and the residents' committee of each row's elder, else of its volunteer."""
    roster = plan.month.roster
    side, ids = (roster.elders, "elder_id") if "elder_id" in frame else (roster.volunteers, "volunteer_id")
    if sheet.kind == "shortages":  # its own columns name its areas; it belongs where the first of its elders lives
        side, first = roster.elders, [int(row.hall.elders[0]) for row in plan.shortages]
        place = np.array(first, dtype=np.int64)
    elif sheet.kind == "issues":
        return {"subdistrict": _find_areas_of_rows(frame, plan)}
    else:
        place = pd.Index(side["id"]).get_indexer(pd.Index(frame[ids]))
    known = {}
    for name in ("subdistrict", "committee"):
        words = np.append(side[name].to_numpy(dtype=object), "")
        known[name] = pd.Series(words[place], index=frame.index, dtype=str)
    if sheet.kind == "changes":  # who is on the roster no more lived where the volunteer does
        volunteers = roster.volunteers
        words = np.append(volunteers["subdistrict"].to_numpy(dtype=object), "")
        near = words[pd.Index(volunteers["id"]).get_indexer(pd.Index(frame["previous_volunteer_id"]))]
        known["subdistrict"] = known["subdistrict"].where(place >= 0, near)
    return known


def _find_areas_of_rows(issues: pd.DataFrame, plan: Plan) -> pd.Series:
    """Return the subdistrict of whom each issue is about, by the row of the roster; empty for all others."""
    area: dict[tuple[str, int], str] = {}
    for people in (plan.month.roster.elders, plan.month.roster.volunteers):
        rows = zip(people["file"], people["row"], people["subdistrict"], strict=True)
        area |= {(file, int(row)): where for file, row, where in rows}
    keys = zip(issues["file"], issues["row"], strict=True)
    found = [area.get((file, int(row)), "") if pd.notna(row) else "" for file, row in keys]
    return pd.Series(found, index=issues.index, dtype=str)


def _show(values: pd.Series, column: Column) -> list[Cell]:
    """Return the values of a column as cells; equal dates, times and texts are one object: a city's are millions."""
    match column.kind:
        case "date":
            return _share(pd.Series(pd.to_datetime(values)), lambda day: None if pd.isna(day) else day.date())
        case "datetime_min":
            return _share(values, lambda minute: time(*divmod(int(minute), 60)))
        case "int" | "number":
            return [None if pd.isna(value) else round(float(value)) for value in values.tolist()]
        case "bool" | "choice":
            codes = {code: _label(code, column) for code in values.unique().tolist()}
            return [codes[code] for code in values.tolist()]
        case _:
            return _share(show_controls(values.fillna("").astype(str)), _cut)


def _share(values: pd.Series, show: Callable[[Any], Cell]) -> list[Cell]:
    """Return what is shown of each value; that of equal values is one object."""
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    cells = [show(value) for value in distinct]
    return [cells[code] for code in codes.tolist()]


def _label(code: object, column: Column) -> str:
    if isinstance(code, bool | np.bool_):
        return put_in_words(column.choice_label("yes" if code else "no"))
    return put_in_words(column.choice_label(str(code))) if isinstance(code, str) and code else ""


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _write_notes(sheet: PlanSheet, frame: pd.DataFrame) -> list[str]:
    """Return the reason of each row in a sentence."""
    match sheet.kind:
        case "unmatched":
            return frame["detail"].tolist()
        case "changes":
            return [_(CHANGES[code]) for code in frame["reason"].tolist()]
        case "unscheduled":
            return [_(UNSCHEDULED[code]) for code in frame["reason"].tolist()]
        case "pairs":
            return _explain_costs(frame)
    return [""] * len(frame)


def _explain_costs(pairs: pd.DataFrame) -> list[str]:
    """Return what each pair costs, term by term, as the match weighed it."""
    terms = [column for column in FILES["pairs"] if column.name.endswith("_cost_m") and column.name in pairs]
    cells = [(column.header(), pairs[column.name].tolist()) for column in terms]
    total = pairs["cost_m"].tolist()
    notes = []
    for i in range(len(pairs)):
        lines = [
            f"{put_in_words(header)}: {int(values[i]):,}"
            for header, values in cells
            if values[i] and pd.notna(values[i])
        ]
        told = [] if pd.isna(total[i]) else [_("cost of the pair, metres: {total}").format(total=f"{int(total[i]):,}")]
        notes.append("\n".join([*told, *lines]))
    return notes
