"""Checksums of what each volunteer's month was planned by: where nothing of it has changed, nothing is planned anew.

A month that is planned anew could nearly always be planned otherwise, and now and then better: a surge, or a stand-in,
moves nothing to make room, and days that are over tie what comes after them. But people have told each other when they
will meet. So a volunteer's month is taken up again only where what it was planned by is other than it was: hours and
days off of the volunteer and of the elders, how often these are due contacts, who they are, settings, dates, and the
contacts themselves. A run folder keeps the checksums in planned_by.csv.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar, mark_days
from matcher.demand.time_windows import find_present
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import KINDS, Schedule

Codes = NDArray[np.uint64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_HOURS = ["id", "availability", "clock"]
_OFTEN = ["contacts_per_week", "visits_per_week", "visits_per_month", "risk"]
"""Columns of elders alone. Homes are not among them: a walk that is longer now breaks a rule by itself, or none."""
_SECTIONS = {"schedule", "worth", "surge", "new_pair", "household"}
_BY_DATE = {"schedule": {"holidays_file", "keep_planned"}, "surge": {"kind", "days", "contacts_per_week", "calls_only"}}
"""Settings that count for what they make of the month's dates."""


@dataclass(frozen=True, slots=True)
class PlannedBy:
    """Checksums by volunteer's id: of what the month was planned by, and of its contacts; empty where nobody knows."""

    inputs: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, rows: pd.DataFrame | None) -> Self:
        """Return what the rows of planned_by.csv tell."""
        if rows is None:
            return cls()
        inputs, contacts = (dict(zip(rows["volunteer_id"], rows[name], strict=True)) for name in ("inputs", "contacts"))
        return cls(inputs, contacts)

    def find_same(self, inputs: dict[str, str], contacts: dict[str, str] | None = None) -> set[str]:
        """Return the ids of the volunteers whose checksums are these; without ``contacts``, those of the inputs."""
        same = {who for who, code in self.inputs.items() if code and inputs.get(who) == code}
        return same if contacts is None else {who for who in same if contacts.get(who) == self.contacts.get(who)}

    def make_frame(self) -> pd.DataFrame:
        """Return the rows of planned_by.csv."""
        ids = sorted(self.contacts)
        rows = {"inputs": [self.inputs.get(who, "") for who in ids], "contacts": [self.contacts[who] for who in ids]}
        return pd.DataFrame({"volunteer_id": ids, **rows})


def sum_inputs(month: MonthData, elder: Index, volunteer: Index) -> dict[str, str]:
    """Return a checksum of what the month of each volunteer with a pair is planned by, by their ids.

    ``elder`` and ``volunteer`` are the pairs, (pairs,) roster indices.
    """
    calendar = Calendar.build(month.horizon, month.settings.schedule)
    elders = _hash_people(month.roster.elders, [*_HOURS, *_OFTEN], elder, calendar)
    total = np.zeros(month.n_volunteers, dtype=np.uint64)
    np.add.at(total, volunteer, elders)
    who = np.unique(volunteer)
    own = _hash_people(month.roster.volunteers, _HOURS, who, calendar)
    codes = pd.util.hash_array(total[who] + own + np.uint64(_sum_settings(month, calendar)))
    return _spell(month.roster.volunteers, who, codes)


def _hash_people(people: pd.DataFrame, columns: list[str], who: Index, calendar: Calendar) -> Codes:
    """Return a number of these columns, and of the days on which each of ``who`` is there, (n,)."""
    there = [find_present(people, who, calendar, as_agreed=agreed) & calendar.is_open for agreed in (False, True)]
    bits = np.packbits(np.column_stack(there), axis=1)
    days = {f"days {i}": bits[:, i] for i in range(bits.shape[1])}
    table = people[columns].iloc[who].reset_index(drop=True).assign(**days)
    return np.asarray(pd.util.hash_pandas_object(table, index=False), dtype=np.uint64)


def _sum_settings(month: MonthData, calendar: Calendar) -> int:
    """Return a checksum of the settings and of the month's dates."""
    surge, horizon = month.settings.surge, month.horizon
    lasting, calls_only = (mark_days(span, horizon) for span in (surge.days, surge.calls_only))
    settings = month.settings.model_dump(mode="json", include=_SECTIONS, exclude=_BY_DATE)
    told = [settings, month.settings.distance.detour_factor, str(horizon.start), str(horizon.end)]
    told += [column.tolist() for column in (calendar.stands_for, calendar.is_added, lasting, calls_only)]
    if lasting.any():
        told += [surge.kind, surge.contacts_per_week]
    return crc32(repr(told).encode())


def sum_contacts(plan: Plan, schedule: Schedule, missing: pd.DataFrame) -> dict[str, str]:
    """Return a checksum of the contacts that each volunteer makes, and of those made and missing of their pairs.

    Args:
        plan: The pairs.
        schedule: The month's contacts, of people on the roster.
        missing: What is missing, as unscheduled.csv has it.
    """
    month = plan.month
    ids = [month.roster.elders["id"].to_numpy(dtype=object), month.roster.volunteers["id"].to_numpy(dtype=object)]
    hashes = [pd.util.hash_array(one) for one in ids]
    nobody = np.arange(1, 3, dtype=np.uint64)
    names = np.concatenate([hashes[1], nobody])  # NOBODY and UNKNOWN, below 0, are the last two
    table = pd.DataFrame(
        {
            "elder": hashes[0][schedule.elder],
            "volunteer": hashes[1][schedule.volunteer],
            "companion": names[schedule.companion],
            "stands_in_for": names[schedule.stands_in_for],
            "day": schedule.day.astype("datetime64[D]").astype(np.int64),
            "start": schedule.start_min,
            "end": schedule.end_min,
            "kind": schedule.kind,
        }
    )
    codes = pd.util.hash_pandas_object(table, index=False).to_numpy()
    total = np.zeros(month.n_volunteers, dtype=np.uint64)
    own = plan.volunteer_of[schedule.elder]
    np.add.at(total, schedule.volunteer, codes)
    np.add.at(total, own[own >= 0], codes[own >= 0])
    elder, volunteer = (
        pd.Index(side).get_indexer(pd.Index(missing[name], dtype=object))
        for side, name in zip(ids, ("elder_id", "volunteer_id"), strict=True)
    )
    theirs = (elder >= 0) & (volunteer >= 0) & (plan.volunteer_of[elder] == volunteer)
    rows = missing[theirs]
    table = pd.DataFrame(
        {
            "elder": hashes[0][elder[theirs]],
            "week": rows["week_start"].to_numpy().astype("datetime64[D]").astype(np.int64),
            "visit": (rows["kind"] == KINDS[0]).to_numpy(),
            "missing": rows["missing"].to_numpy(dtype=np.int64),
            "as_calls": rows["as_calls"].fillna(0).to_numpy(dtype=np.int64),
        }
    )
    np.add.at(total, volunteer[theirs], pd.util.hash_pandas_object(table, index=False).to_numpy())
    who = np.unique(plan.volunteer)
    return _spell(month.roster.volunteers, who, pd.util.hash_array(total[who]))


def _spell(volunteers: pd.DataFrame, who: Index, codes: Codes) -> dict[str, str]:
    """Return the last eight hexadecimal digits of each number, by volunteer's id."""
    ids = volunteers["id"].to_numpy(dtype=object)[who].tolist()
    return {name: f"{code & 0xFFFFFFFF:08x}" for name, code in zip(ids, codes.tolist(), strict=True)}
