"""Absences told in the course of a month: who is away or has left, as days off and leaving dates of the roster.

A run folder keeps them in absences.csv, so that every later command of the month knows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from matcher.demand.time_windows import get_told_days_off
from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.month import MonthData
from matcher.roster.model import TOLD_DAYS_OFF, Roster
from matcher.schedule import Mask, Schedule


@dataclass(frozen=True, slots=True)
class Absence:
    """Who is away, and from when to when, both included; ``left``: for good."""

    volunteer_id: str
    first: date
    last: date
    left: bool = False

    def find_volunteer(self, roster: Roster) -> int:
        """Return the roster index of who is away, by the id or by a name that is one volunteer's alone.

        Raises:
            UsageError: the roster has no such volunteer.
        """
        return roster.directory("volunteers").find(self.volunteer_id, _("no volunteer has the id {value}"))

    def includes(self, schedule: Schedule) -> Mask:
        """Return which contacts lie in its days."""
        day = schedule.day.astype("datetime64[D]")
        return np.asarray((day >= np.datetime64(self.first)) & (day <= np.datetime64(self.last)))

    def make_row(self) -> dict[str, Any]:
        """Return it as a row of absences.csv."""
        return {
            "part": "volunteer",
            "person_id": self.volunteer_id,
            "from": pd.Timestamp(self.first),
            "to": pd.NaT if self.left else pd.Timestamp(self.last),
            "kind": "left" if self.left else "away",
        }


def add_absence(rows: pd.DataFrame, absence: Absence) -> pd.DataFrame:
    """Return the rows of absences.csv with one more, each once."""
    return add_rows(rows, [absence.make_row()])


def add_rows(rows: pd.DataFrame, new: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the rows of absences.csv with more of them, each once."""
    more = pd.DataFrame(new)
    both = pd.concat([rows, more], ignore_index=True) if len(rows) else more
    both["from"], both["to"] = pd.to_datetime(both["from"]), pd.to_datetime(both["to"])
    told = ["part", "person_id", "from", "to", "kind"]
    return both.drop_duplicates(told, ignore_index=True).sort_values(told[:4], ignore_index=True)


def apply_absences(month: MonthData, rows: pd.DataFrame) -> MonthData:
    """Return the month in which people have their absences as days off, and those who left a leaving date.

    A leaving date of the roster that is earlier counts; so does joining again later than the absence says.
    """
    roster = month.roster
    if not len(rows):
        return month
    elders, volunteers = (
        _apply(people, rows[rows["part"] == part], month.horizon)
        for part, people in (("elder", roster.elders), ("volunteer", roster.volunteers))
    )
    return replace(month, roster=replace(roster, elders=elders, volunteers=volunteers))


def _apply(people: pd.DataFrame, rows: pd.DataFrame, horizon: Horizon) -> pd.DataFrame:
    """Return one side of a roster with its absences."""
    index = {text: i for i, text in enumerate(people["id"].tolist())}
    people = people.copy()
    off, told, left = people["days_off"].tolist(), get_told_days_off(people), people["left"].tolist()
    joined = people["joined"].tolist()
    for row in rows.to_dict("records"):
        if row["person_id"] not in index:
            continue
        who, first = index[row["person_id"]], row["from"].date()
        if row["kind"] == "left":
            day_before = pd.Timestamp(first - timedelta(days=1))
            again = not pd.isna(joined[who]) and joined[who] > day_before
            if not again and (pd.isna(left[who]) or left[who] > day_before):
                left[who] = day_before
            continue
        last = horizon.end if pd.isna(row["to"]) else row["to"].date()
        days = Horizon(max(first, horizon.start), min(last, horizon.end))
        told[who] = tuple(sorted({*told[who], *(set(days.dates()) - set(off[who]))}))
        off[who] = tuple(sorted({*off[who], *days.dates()}))
    people["days_off"] = pd.Series(off, index=people.index, dtype=object)
    people[TOLD_DAYS_OFF] = pd.Series(told, index=people.index, dtype=object)
    people["left"] = pd.Series(pd.to_datetime(pd.Series(left)).to_numpy(), index=people.index)
    return people


def find_left_unlisted(roster: Roster, rows: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the rows of those who have left of whom the roster does not say so."""
    listed: set[tuple[str, str]] = set()
    for part, frame in (("elder", roster.elders), ("volunteer", roster.volunteers)):
        listed |= {(part, text) for text in frame["id"][frame["left"].isna()]}
    left = rows[rows["kind"] == "left"].to_dict("records")
    return [row for row in left if (row["part"], row["person_id"]) in listed]
