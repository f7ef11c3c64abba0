"""The roster and the pair lists: checked inputs as values."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.roster.directory import Directory
from matcher.roster.table import Reading, RowAccount

HALF_DAYS = ("am", "pm")
ANY_TIME = (1 << 14) - 1
"""Availability is a 14-bit mask: bit ``2 * weekday + half``, Monday 0, morning 0, afternoon 1."""
TOLD_DAYS_OFF = "told_days_off"
"""Column of the days among ``days_off`` that no roster has, but that were told in the course of the month.

They end no pair and change no pair's cost: the pairs were made before. Frames need not have it.
"""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Roster:
    """Both rosters, checked and typed, in order of id: row ``i`` is elder (volunteer) ``i`` everywhere else.

    Every column of ``columns.ELDERS`` (``VOLUNTEERS``) is there but ``national_id``, empty where the file had none:

    - id, text, phone: str, empty ``""``; list: tuple of str
    - choice and bool: the choice's code (``yes`` and ``no`` for bool), empty ``""``
    - int and number: float64, empty NaN; date: datetime64, empty NaT; dates: tuple of ``datetime.date``
    - availability: int64 mask as ``ANY_TIME``, which also stands for empty
    - frequency: float64 times a week, empty NaN

    and six more: ``clock`` (str: the hours where availability gives clock times, as ``availability.clock`` writes them;
    such a half-day's bit is set too), ``row`` (int64, as Excel counts), ``file`` (str), and three keys (str, ``""``
    where unknown), equal for people of one ``building`` (the address cut after the house number), one ``lane`` (after
    the lane's) and one ``neighbourhood`` (residents' committee). Columns that the table does not know follow as text.

    ``lng`` and ``lat`` are WGS-84, whatever datum the file had. Where the file had none they are those of what
    ``place_quality`` names, and NaN where that is ``unmapped`` (only the keys say who lives near) or ``none``.

    Rows at fault are not in the frames; ``issues`` names them and ``set_aside`` holds their ids.
    """

    elders: pd.DataFrame
    volunteers: pd.DataFrame
    issues: tuple[Issue, ...] = ()
    set_aside_elders: frozenset[str] = frozenset()
    set_aside_volunteers: frozenset[str] = frozenset()
    readings: tuple[Reading, ...] = ()
    """How each source was read, in the order of the sources, elders first."""
    accounts: tuple[RowAccount, ...] = ()
    """What became of the rows of each source."""
    people_set_aside: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Whose rows are at fault and set aside: ``kind``, ``file``, ``row``, ``id``, ``name``."""
    _directories: dict[str, Directory] = field(default_factory=dict, init=False)

    def __repr__(self) -> str:
        """Return how many people there are; no names."""
        return f"<Roster: {len(self.elders)} elders, {len(self.volunteers)} volunteers>"

    def directory(self, side: str) -> Directory:
        """Return who is on one side, ``elders`` or ``volunteers``, by id and by name."""
        if side not in self._directories:
            frame: pd.DataFrame = getattr(self, side)
            aside = getattr(self, f"set_aside_{side}")
            self._directories[side] = Directory(frame["id"].tolist(), frame["name"].tolist(), aside)
        return self._directories[side]


@dataclass(frozen=True, slots=True, eq=False)
class PairList:
    """Pairs that a file names (last month's, pins, never-pairs, hand-made ones), in the file's order.

    ``elder`` and ``volunteer`` are int64 indices into the roster, -1 where the roster has no such id (only last
    month's pairs may hold those); ``elder_id`` and ``volunteer_id`` are the ids as text; ``row`` as Excel counts.
    ``since`` and ``months`` are told by lists of pairs that stood before.
    """

    elder: NDArray[np.int64]
    volunteer: NDArray[np.int64]
    elder_id: tuple[str, ...]
    volunteer_id: tuple[str, ...]
    row: NDArray[np.int64]
    file: str = ""
    since: NDArray[np.datetime64] | None = None
    """The day since which each pair stands, datetime64[D], NaT where it is not told; None where no list tells."""
    months: NDArray[np.float64] | None = None
    """How many months each pair has lasted, NaN where it is not told; None where no list tells."""

    backup: NDArray[np.int64] | None = None
    """Who stands in for each pair's volunteer, int64 indices, -1 for nobody; None where no list tells."""
    status: tuple[str, ...] | None = None
    """What each pair is called, codes of ``columns.PAIR_STATUS``, empty where unknown; None where no list tells."""
    paused_since: NDArray[np.datetime64] | None = None
    """The month since which each paused pair has paused, datetime64[M], else NaT; None where no list tells."""
    waiting_since: NDArray[np.datetime64] | None = None
    """The month since which each elder waits who was not met, datetime64[M], else NaT; None where no list tells."""

    @property
    def is_paused(self) -> NDArray[np.bool_]:
        """Return which pairs pause, by their status."""
        return np.array([status == "paused" for status in self.status or ("",) * len(self)], dtype=bool)

    def with_dates(self, since: NDArray[np.datetime64], paused_since: NDArray[np.datetime64] | None = None) -> PairList:
        """Return the pairs with other dates; as paused ones where those since when they pause are given."""
        status = self.status if paused_since is None else ("paused",) * len(self)
        return replace(self, since=since.astype("datetime64[D]"), paused_since=paused_since, status=status)

    def told_since(self, month: np.datetime64) -> NDArray[np.datetime64]:
        """Return the month since which each pair stands, as a list of the month before ``month`` tells, else NaT."""
        since = (
            np.full(len(self), np.datetime64("NaT", "M")) if self.since is None else self.since.astype("datetime64[M]")
        )
        if self.months is not None:
            counted = np.isnat(since) & ~np.isnan(self.months)
            since[counted] = month - self.months[counted].astype("timedelta64[M]")
        return since

    @classmethod
    def empty(cls) -> PairList:
        """Return no pairs."""
        none = np.empty(0, dtype=np.int64)
        return cls(none, none, (), (), none)

    def where(self, mask: NDArray[np.bool_]) -> PairList:
        """Return the pairs of the mask, (n,)."""
        if mask.all():
            return self
        kept: dict[str, Any] = {}
        for name in (column.name for column in fields(self) if column.name != "file"):
            value = getattr(self, name)
            if value is not None:
                kept[name] = tuple(compress(value, mask.tolist())) if isinstance(value, tuple) else value[mask]
        return replace(self, **kept)

    def __len__(self) -> int:
        return len(self.elder)
