"""Contacts of earlier runs: last month's, and this month's as they stood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from matcher.roster.pairs import load_file
from matcher.schedule import KINDS, Visits

Index = NDArray[np.int64]
_OTHERS = {"companion": "accompanied_by", "stood_in_for": "in_place_of"}
"""Further people of a contact: below 0 in the first column where no roster has the id in the second."""


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """Contacts of earlier runs, a row each.

    Frames have the columns of ``columns.VISITS``, ``row`` and ``file``, and roster indices ``elder`` and ``volunteer``,
    -1 for who is on no roster now.
    """

    contacts: pd.DataFrame
    cancelled: pd.DataFrame
    """Those that fell away in an earlier run already: files called cancelled.csv beside the visits."""

    @classmethod
    def nothing(cls) -> Before:
        """No earlier run."""
        none = _indexed(empty_frame("visits"), None)
        return cls(none, none)

    def of_horizon(self, horizon: Horizon) -> Before:
        """What lies in these dates."""
        first, last = np.datetime64(horizon.start), np.datetime64(horizon.end)
        return Before(*(frame[frame["date"].between(first, last)] for frame in (self.contacts, self.cancelled)))

    def known(self) -> pd.DataFrame:
        """The contacts of people who are on the roster."""
        return self.contacts[(self.contacts["elder"] >= 0) & (self.contacts["volunteer"] >= 0)]

    def until(self, day: date) -> pd.DataFrame:
        """The contacts before a date."""
        return self.contacts[self.contacts["date"] < np.datetime64(day)]

    def last_contact(self, day: date, elder: Index) -> NDArray[np.datetime64]:
        """The date of each of these elders' last contact before ``day``, whoever made it; NaT where there is none."""
        earlier = self.until(day)
        last = earlier[earlier["elder"] >= 0].groupby("elder")["date"].max()
        return last.reindex(elder).to_numpy().astype("datetime64[D]")


def visits_of(frame: pd.DataFrame) -> Visits:
    """Contacts of a frame of ``Before`` as a schedule."""
    ordered = frame.sort_values(["volunteer", "date", "start", "order_of_day"], kind="stable")
    kind = ordered["kind"].map({code: number for number, code in enumerate(KINDS)})
    numbers = [ordered[name].to_numpy().astype(np.int64) for name in ("elder", "volunteer", "start", "end")]
    return Visits(
        elder=numbers[0],
        volunteer=numbers[1],
        day=ordered["date"].to_numpy().astype("datetime64[D]"),
        start_min=numbers[2],
        end_min=numbers[3],
        kind=kind.to_numpy().astype(np.int64),
        order_of_day=ordered["order_of_day"].to_numpy().astype(np.int64),
    )


def read_before(paths: Sequence[Path], roster: Roster | None) -> tuple[Before, list[Issue]]:
    """Visits files, and the lists of cancelled contacts beside them; rows at fault are left out and told."""
    frames: dict[str, list[pd.DataFrame]] = {"visits": [], "cancelled": []}
    issues: list[Issue] = []
    for path in dict.fromkeys(paths):
        beside = path.with_name("cancelled.csv")
        for kind, file in (("visits", path), ("cancelled", beside if beside.is_file() else None)):
            if file:
                try:
                    frame, found = load_file(file, kind, roster)
                except InputError as error:
                    issues += error.issues
                else:
                    frames[kind].append(frame)
                    issues += found
    together = (pd.concat([empty_frame(kind), *parts], ignore_index=True) for kind, parts in frames.items())
    return Before(*(_indexed(frame, roster) for frame in together)), issues


def sound(before: Before, horizon: Horizon, until: date | None, *, set_aside: bool) -> tuple[Before, list[Issue]]:
    """``before`` without contacts that have to stand in this month and can't; why, an issue a row.

    Of contacts that need not stand, as they are planned anew, faults are told as warnings.

    Args:
        before: Contacts of earlier runs.
        horizon: The month's dates.
        until: Contacts before this date have to stand; None: none have to.
        set_aside: Go on without the rows at fault.

    Raises:
        InputError: there are such rows, and they are not to be set aside.
    """
    contacts = before.contacts
    first, end = np.datetime64(horizon.start), np.datetime64(horizon.end)
    dates = contacts["date"].to_numpy().astype("datetime64[D]")
    must = (dates >= first) & (dates < np.datetime64(until or horizon.start))
    inside = (dates >= first) & (dates <= end)
    places = list(zip(contacts["file"], contacts["row"].tolist(), strict=True))
    standing = {place for place, stands in zip(places, must, strict=True) if stands}
    found = faults_of_standing(contacts[inside])
    errors = [issue for issue in found if (issue.file, issue.row) in standing]
    warnings = [
        Issue("contact_planned_anew", issue.file, issue.row, issue.column, issue.value, {"problem": issue.message()})
        for issue in found
        if (issue.file, issue.row) not in standing
    ]
    warnings += _issues("contact_outside_month", contacts[dates > end], "date")
    if errors and not set_aside:
        raise InputError([*errors, *warnings])
    faulty = {(issue.file, issue.row) for issue in errors}
    # of two with one id that are planned anew, the first has it
    again = contacts["visit_id"].duplicated().to_numpy() & inside
    stays = np.array([place not in faulty for place in places], dtype=bool) & ~again
    return replace(before, contacts=contacts[stays]), [*errors, *warnings]


def faults_of_standing(contacts: pd.DataFrame) -> list[Issue]:
    """Why contacts can't stand as they are, an issue a row: people, ids used twice, hours, two at one time."""
    issues = []
    for name in ("elder", "volunteer"):
        unknown = contacts[contacts[name] < 0]
        issues += _issues(f"pair_unknown_{name}", unknown, f"{name}_id")
    for name in set(_OTHERS) & set(contacts.columns):
        issues += _issues("pair_unknown_volunteer", contacts[contacts[name] < 0], _OTHERS[name])
    issues += _issues("contact_ends_first", contacts[contacts["end"] <= contacts["start"]], "end")
    twice = contacts[contacts["visit_id"].duplicated(keep=False)]
    issues += _issues("contact_id_twice", twice, "visit_id", _first_of(twice, ["visit_id"]))
    known = contacts[(contacts["elder"] >= 0) & (contacts["volunteer"] >= 0)]
    same_day = known[known.duplicated(["elder", "date"], keep=False)]
    issues += _issues("contact_same_day", same_day, "elder_id", _first_of(same_day, ["elder", "date"]))
    timed = known.sort_values(["volunteer", "date", "start", "end", "row"])
    timed = timed.reset_index(drop=True)
    day = timed.groupby(["volunteer", "date"], sort=False).ngroup()
    latest = timed.groupby(day)["end"].cummax()
    last = timed["row"].where(timed["end"] == latest).groupby(day).ffill()  # the row that ends latest so far
    late = (day == day.shift()) & (timed["start"] < latest.shift())
    issues += _issues("contact_overlap", timed[late], "start", last.shift()[late])
    return sorted(issues, key=lambda issue: (issue.file, issue.row or 0, issue.code))


def _first_of(rows: pd.DataFrame, names: list[str]) -> pd.Series:
    """The row of the first with the same values, for each: of the first itself the second's."""
    grouped = rows.groupby(names)["row"]
    first = grouped.transform("min")
    return first.where(first != rows["row"], grouped.transform("max"))


def _issues(code: str, rows: pd.DataFrame, column: str, other: pd.Series | None = None) -> list[Issue]:
    header = next(item for item in FILES["visits"] if item.name == column).header()
    others = [None] * len(rows) if other is None else other.tolist()
    return [
        Issue(code, file, int(row), header, str(value), {} if place is None else {"other": int(place)})
        for file, row, value, place in zip(rows["file"], rows["row"], _shown(rows, column), others, strict=True)
    ]


def _shown(rows: pd.DataFrame, column: str) -> list[str]:
    if column == "date":
        return [f"{day:%Y-%m-%d}" for day in rows[column]]
    if column not in ("start", "end"):
        return [str(value) for value in rows[column]]
    return ["{:02}:{:02}".format(*divmod(int(minutes), 60)) for minutes in rows[column]]


def _indexed(frame: pd.DataFrame, roster: Roster | None) -> pd.DataFrame:
    """The frame with roster indices; optional cells that older files lack are filled."""
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
