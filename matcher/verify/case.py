"""The case: everything that is to be verified, as it was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import PairList, Roster
from matcher.settings import Settings
from matcher.verify.dates import to_day


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """The tables of a plan and its schedule, as written, by kind of file.

    Frames have the columns of ``columns.FILES``: choices as codes, dates as datetime64, times as minutes after
    midnight. They may have ``row``, as Excel counts. Empty cells of optional columns claim nothing.
    """

    pairs: pd.DataFrame
    """``elder_id`` and ``volunteer_id``; optionally distance, building, status, costs, the second volunteer."""
    visits: pd.DataFrame | None = None
    """The contacts. Without them neither contacts nor the cadence are checked."""
    unmatched: pd.DataFrame | None = None
    """Elders without a volunteer. With it every elder of the roster must be accounted for."""
    unscheduled: pd.DataFrame | None = None
    """Contacts without a place. Without it every contact due must be in ``visits``."""
    capacity: pd.DataFrame | None = None
    """Volunteers with their places, loads and what these cost."""
    cancelled: pd.DataFrame | None = None
    """Contacts that fell away: none of them stands, and the calendar files should cancel them."""
    areas: pd.DataFrame | None = None
    """Figures of each residents' committee."""
    shortages: pd.DataFrame | None = None
    """The shortages: elders for whom places run out."""
    shared_homes: pd.DataFrame | None = None
    """Elders whose home has several volunteers."""
    summary: Mapping[str, Any] | None = None
    """The summary of the plan and its contacts, as it stands in its file."""
    absences: pd.DataFrame | None = None
    """Who is away or has left, beside what the rosters say."""


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """What was known before the plan was made. A list that is not known is None, which is not the same as empty."""

    previous: PairList | None = None
    """Last month's pairs. Without them, what keeping is worth, status, tiers and waiting are not checked."""
    pins: PairList | None = None
    """Pairs that must be. Without them, the pairs' status is not checked."""
    never: PairList = field(default_factory=PairList.empty)
    """Pairs that must not be."""
    waited_since: NDArray[np.datetime64] | None = None
    """The month since which each elder has waited by the last run's list, (n_elders,), NaT where it does not say."""
    counted_since: NDArray[np.datetime64] | None = None
    """The month since which that counts by that list, likewise."""
    earlier: pd.DataFrame | None = None
    """Contacts of the month before, as planned: who has met needs no first visit."""
    records: pd.DataFrame | None = None
    """What happened in the month before: counts in place of what was planned; None where nothing tells."""


@dataclass(frozen=True, slots=True, eq=False)
class Planning:
    """How the month was planned: wholly or in part, and what had to be planned."""

    start: date | None = None
    """The day from which the month was planned anew. Without ``kept``, all contacts before it had to stand."""
    kept: pd.DataFrame | None = None
    """Contacts that had to stand, whoever made them. What they break becomes a note, not a violation."""
    first_visits: bool = True
    """Whether new pairs had to be given a visit in the first days."""
    surge_calls: bool = True
    """Whether everybody had to be called on each day of a surge, from ``start`` on."""
    starts: Mapping[str, date] = field(default_factory=dict)
    """The days from which elders of their own were planned anew, by their ids, in place of ``start``."""
    due_then: Mapping[str, date] = field(default_factory=dict)
    """The days, by elders' ids, before which their weeks are due what was due then: what is due now is a note there."""
    more_stand: frozenset[str] = frozenset()
    """Elders, by their ids, not planned anew since the roster asks for less: what is more than due is a note."""

    @property
    def is_anew(self) -> bool:
        """Return whether any of the month was planned anew."""
        return self.start is not None or self.kept is not None or bool(self.starts)

    def find_start_days(self, elder_ids: Iterable[str], first: int) -> NDArray[np.int64]:
        """Return the day from which each elder was planned anew, since 1970; ``first``, the month's, where none was."""
        rest = first if self.start is None else to_day(self.start)
        return np.array([to_day(self.starts[one]) if one in self.starts else rest for one in elder_ids], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class CalendarFolder:
    """A folder of calendar files that should hold the visits."""

    path: Path
    most_files: int | None = None
    """Read so many of the volunteers' files, evenly spread; None: all."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What is to be verified, and all that it is held against."""

    roster: Roster
    horizon: Horizon
    settings: Settings
    tables: Tables
    lists: Lists = field(default_factory=Lists)
    planning: Planning = field(default_factory=Planning)
    calendars: CalendarFolder | None = None
