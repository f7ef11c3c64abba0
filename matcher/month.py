"""The inputs of one month as one value: rosters, dates, settings, and the pairs that people gave."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import PairList, Roster
from matcher.roster.pairs import read_waiting
from matcher.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class LastRun:
    """What is known of the last run beside its pairs; None where nothing is."""

    waited_since: NDArray[np.datetime64] | None = None
    """Since which month each elder has waited by its list, datetime64[M] (n_elders,), NaT where it does not say."""
    counted_since: NDArray[np.datetime64] | None = None
    """Since which month that waiting counts, likewise: earlier for who lost a volunteer."""
    unmet_since: NDArray[np.datetime64] | None = None
    """Since which month elders of its pairs wait whom nobody met, datetime64[M] (n_elders,), NaT for all others."""

    @classmethod
    def of(cls, unmatched: pd.DataFrame | None, roster: Roster) -> LastRun:
        """Return what the last run's list of unmatched elders tells."""
        return cls(
            None if unmatched is None else read_waiting(unmatched, roster, "waiting_since"),
            None if unmatched is None else read_waiting(unmatched, roster, "counted_since"),
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MonthData:
    """The inputs of one month.

    Elders and volunteers are indices into ``roster``. What follows from the inputs, as arrays over people, is in
    ``features.Features``.
    """

    roster: Roster
    horizon: Horizon
    settings: Settings = field(default_factory=Settings)
    previous: PairList = field(default_factory=PairList.empty)
    """Last month's pairs."""
    pins: PairList = field(default_factory=PairList.empty)
    """Pairs that must be."""
    never: PairList = field(default_factory=PairList.empty)
    """Pairs that must not be."""
    last_run: LastRun = field(default_factory=LastRun)
    agreed: PairList = field(default_factory=PairList.empty)
    """Pairs that stand for this month already: none of them pauses."""

    def __repr__(self) -> str:
        """Return the month and how many people there are; no names."""
        people = f"{self.n_elders} elders, {self.n_volunteers} volunteers"
        return f"<MonthData of {self.horizon.start:%Y-%m}: {people}>"

    @property
    def n_elders(self) -> int:
        """Return how many elders are on the roster."""
        return len(self.roster.elders)

    @property
    def n_volunteers(self) -> int:
        """Return how many volunteers are on the roster."""
        return len(self.roster.volunteers)
