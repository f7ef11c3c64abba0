"""Contacts of earlier runs: last month's, and this month's as they were planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import FILES
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.messages import Issue
from matcher.roster.convert import empty_frame
from matcher.roster.model import Roster
from matcher.roster.pairs import take_rows
from matcher.roster.read import read_table
from matcher.roster.table import Table
from matcher.schedule import KINDS, NOBODY, UNKNOWN, Mask, Schedule
from matcher.scheduling.planned_by import PlannedBy
from matcher.scheduling.replanned import Replanned

Index = NDArray[np.int64]
_OTHERS = {"companion_index": "companion", "stood_in_for_index": "in_place_of"}
"""Further people of a contact: below 0 in the first column where no roster has the id in the second."""
_NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, eq=False)
class EarlierContacts:
    """Contacts of earlier runs, as their files hold them and as a schedule.

    ``rows`` and ``cancelled`` have the columns of ``columns.VISITS``, ``row`` and ``file``, and roster indices
    ``elder`` and ``volunteer``, -1 for who is on no roster now.
    """

    rows: pd.DataFrame
    cancelled: pd.DataFrame
    """Those that fell away in an earlier run already: files called cancelled.csv beside the visits."""
    schedule: Schedule
    """The contacts of ``rows``, one by one; ``UNKNOWN`` for who is on no roster now."""
    known_from: np.datetime64 = _NO_DAY
    """The first day of the month with which the files begin, from when on all contacts are known; NaT for no files."""
    missing: pd.DataFrame | None = None
    """Contacts that this month's earlier run listed as missing, as unscheduled.csv has them; None where not known."""
    replanned: Replanned = field(default_factory=Replanned)
    """Since when this month was planned anew, by earlier commands."""
    planned_by: PlannedBy = field(default_factory=PlannedBy)
    """Checksums of all that this month's earlier run was planned by."""

    @classmethod
    def of(cls, rows: pd.DataFrame, cancelled: pd.DataFrame, roster: Roster | None) -> EarlierContacts:
        """Return the contacts of typed frames."""
        rows = _add_indices(rows, roster)
        first = rows["date"].min()
        known_from = _NO_DAY if pd.isna(first) else np.datetime64(f"{first:%Y-%m}-01", "D")
        return cls(rows, _add_indices(cancelled, roster), _read_schedule(rows, roster), known_from)

    @classmethod
    def none(cls) -> EarlierContacts:
        """Return no contacts: there was no earlier run."""
        return cls.of(empty_frame("visits"), empty_frame("cancelled"), None)

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, which: Mask) -> EarlierContacts:
        """Return some of the contacts, and all that were cancelled."""
        return replace(self, rows=self.rows[which], schedule=self.schedule.select(which))

    def in_horizon(self, horizon: Horizon) -> EarlierContacts:
        """Return what lies in these dates."""
        first, last = np.datetime64(horizon.start), np.datetime64(horizon.end)
        inside = self.select(self.rows["date"].between(first, last).to_numpy())
        return replace(inside, cancelled=self.cancelled[self.cancelled["date"].between(first, last)])

    def until(self, day: date) -> EarlierContacts:
        """Return the contacts before a date."""
        return self.select(np.asarray(self.schedule.day < np.datetime64(day)))

    def known(self) -> EarlierContacts:
        """Return the contacts of people who are on the roster, by volunteer, day and time."""
        all_ = self.schedule
        order = np.lexsort((all_.order_of_day, all_.start_min, all_.day, all_.volunteer))
        order = order[(all_.elder[order] >= 0) & (all_.volunteer[order] >= 0)]
        return replace(self, rows=self.rows.iloc[order], schedule=all_.select(order))

    def find_last_contact(self, day: date, elder: Index) -> NDArray[np.datetime64]:
        """Return the date of each of these elders' last contact before ``day``, whoever made it; NaT for none."""
        earlier = self.until(day).schedule
        known = earlier.select(earlier.elder >= 0)
        last = pd.Series(known.day.astype("datetime64[s]")).groupby(known.elder).max()
        return last.reindex(elder).to_numpy().astype("datetime64[D]")


def _read_schedule(rows: pd.DataFrame, roster: Roster | None) -> Schedule:
    """Return the contacts of indexed rows, in their order."""
    kind = rows["kind"].map({code: number for number, code in enumerate(KINDS)})
    volunteers = pd.Index(roster.volunteers["id"] if roster else (), dtype=str)
    elder, volunteer = (
        np.where(rows[name] < 0, UNKNOWN, rows[name]).astype(np.int64) for name in ("elder", "volunteer")
    )
    others = []
    for name in ("companion", "in_place_of"):
        index = volunteers.get_indexer(pd.Index(rows[name]))
        others.append(np.where(rows[name] == "", NOBODY, np.where(index < 0, UNKNOWN, index)).astype(np.int64))
    return Schedule(
        elder=elder,
        volunteer=volunteer,
        day=rows["date"].to_numpy().astype("datetime64[D]"),
        start_min=rows["start"].to_numpy().astype(np.int64),
        end_min=rows["end"].to_numpy().astype(np.int64),
        kind=kind.to_numpy().astype(np.int64),
        order_of_day=rows["order_of_day"].to_numpy().astype(np.int64),
        companion=others[0],
        stands_in_for=others[1],
        visit_id=rows["visit_id"].to_numpy(dtype=object),
        revision=rows["revision"].to_numpy().astype(np.int64),
    )


def read_contacts(paths: Sequence[Path]) -> list[tuple[str, Table | InputError]]:
    """Return visits files, and the cancelled.csv beside each, as text, with their kinds; or why one can't be read."""
    tables: list[tuple[str, Table | InputError]] = []
    for path in dict.fromkeys(paths):
        beside = path.with_name("cancelled.csv")
        for kind, file in (("visits", path), ("cancelled", beside if beside.is_file() else None)):
            if file:
                try:
                    tables.append((kind, read_table(file, kind)))
                except InputError as error:
                    tables.append((kind, error))
    return tables


def take_earlier(
    tables: Sequence[tuple[str, Table | InputError]], roster: Roster | None
) -> tuple[EarlierContacts, list[Issue]]:
    """Return the contacts of visits files that are read already, without rows at fault; and faults."""
    frames: dict[str, list[pd.DataFrame]] = {"visits": [], "cancelled": []}
    issues: list[Issue] = []
    for kind, table in tables:
        if isinstance(table, InputError):
            issues += table.issues
            continue
        frame, found = take_rows(table, roster)
        frames[kind].append(frame)
        issues += found
    rows, cancelled = (pd.concat([empty_frame(kind), *parts], ignore_index=True) for kind, parts in frames.items())
    return EarlierContacts.of(rows, cancelled, roster), issues


def drop_faulty(
    earlier: EarlierContacts, horizon: Horizon, until: date | None, *, set_aside: bool
) -> tuple[EarlierContacts, list[Issue]]:
    """Return the contacts without those that have to stand in this month and can't, and why, an issue a row.

    Faults of contacts that need not stand, as they are planned anew, are warnings.

    Args:
        earlier: Contacts of earlier runs.
        horizon: The month's dates.
        until: Contacts before this date have to stand; None: none have to.
        set_aside: Go on without the rows at fault.

    Raises:
        InputError: there are such rows, and they are not to be set aside.
    """
    contacts = earlier.rows
    first, end = np.datetime64(horizon.start), np.datetime64(horizon.end)
    dates = contacts["date"].to_numpy().astype("datetime64[D]")
    must = (dates >= first) & (dates < np.datetime64(until or horizon.start))
    inside = (dates >= first) & (dates <= end)
    places = list(zip(contacts["file"], contacts["row"].tolist(), strict=True))
    standing = {place for place, stands in zip(places, must, strict=True) if stands}
    found = find_faults_of_standing(contacts[inside])
    errors = [issue for issue in found if (issue.file, issue.row) in standing]
    warnings = [
        Issue("contact_planned_anew", issue.file, issue.row, issue.column, issue.value, {"problem": issue.message()})
        for issue in found
        if (issue.file, issue.row) not in standing
    ]
    warnings += _make_issues("contact_outside_month", contacts[dates > end], "date")
    if errors and not set_aside:
        raise InputError([*errors, *warnings])
    faulty = {(issue.file, issue.row) for issue in errors}
    # of two with one id that are planned anew, the first has it
    again = contacts["visit_id"].duplicated().to_numpy() & inside
    stays = np.array([place not in faulty for place in places], dtype=bool) & ~again
    return earlier.select(stays), [*errors, *warnings]


def find_faults_of_standing(contacts: pd.DataFrame) -> list[Issue]:
    """Return why contacts can't stand, an issue a row: people, ids used twice, hours, two at one time."""
    issues = []
    for name in ("elder", "volunteer"):
        unknown = contacts[contacts[name] < 0]
        issues += _make_issues(f"pair_unknown_{name}", unknown, f"{name}_id")
    for name in set(_OTHERS) & set(contacts.columns):
        issues += _make_issues("pair_unknown_volunteer", contacts[contacts[name] < 0], _OTHERS[name])
    issues += _make_issues("contact_ends_first", contacts[contacts["end"] <= contacts["start"]], "end")
    twice = contacts[contacts["visit_id"].duplicated(keep=False)]
    issues += _make_issues("contact_id_twice", twice, "visit_id", _find_first(twice, ["visit_id"]))
    known = contacts[(contacts["elder"] >= 0) & (contacts["volunteer"] >= 0)]
    same_day = known[known.duplicated(["elder", "date"], keep=False)]
    issues += _make_issues("contact_same_day", same_day, "elder_id", _find_first(same_day, ["elder", "date"]))
    timed = known.sort_values(["volunteer", "date", "start", "end", "row"])
    timed = timed.reset_index(drop=True)
    day = timed.groupby(["volunteer", "date"], sort=False).ngroup()
    latest = timed.groupby(day)["end"].cummax()
    last = timed["row"].where(timed["end"] == latest).groupby(day).ffill()  # the row that ends latest so far
    late = (day == day.shift()) & (timed["start"] < latest.shift())
    issues += _make_issues("contact_overlap", timed[late], "start", last.shift()[late])
    return sorted(issues, key=lambda issue: (issue.file, issue.row or 0, issue.code))


def _find_first(rows: pd.DataFrame, names: list[str]) -> pd.Series:
    """Return for each row the first one with the same values; for the first itself the second."""
    grouped = rows.groupby(names)["row"]
    first = grouped.transform("min")
    return first.where(first != rows["row"], grouped.transform("max"))


def _make_issues(code: str, rows: pd.DataFrame, column: str, other: pd.Series | None = None) -> list[Issue]:
    header = next(item for item in FILES["visits"] if item.name == column).header()
    others = [None] * len(rows) if other is None else other.tolist()
    return [
        Issue(code, file, int(row), header, str(value), {} if place is None else {"other": int(place)})
        for file, row, value, place in zip(rows["file"], rows["row"], _spell_cells(rows, column), others, strict=True)
    ]


def _spell_cells(rows: pd.DataFrame, column: str) -> list[str]:
    if column == "date":
        return [f"{day:%Y-%m-%d}" for day in rows[column]]
    if column not in ("start", "end"):
        return [str(value) for value in rows[column]]
    return ["{:02}:{:02}".format(*divmod(int(minutes), 60)) for minutes in rows[column]]


def _add_indices(frame: pd.DataFrame, roster: Roster | None) -> pd.DataFrame:
    """Return the frame with roster indices; optional cells that older files lack are filled."""
    index = {
        name: pd.Index(getattr(roster, f"{name}s")["id"] if roster else (), dtype=str)
        .get_indexer(pd.Index(frame[f"{name}_id"]))
        .astype(np.int64)
        for name in ("elder", "volunteer")
    }
    volunteers = pd.Index(roster.volunteers["id"] if roster else (), dtype=str)
    others = {
        name: np.where(frame[column] == "", 0, volunteers.get_indexer(pd.Index(frame[column])))
        for name, column in _OTHERS.items()
    }
    return frame.assign(**index, **others, revision=frame["revision"].fillna(0))
