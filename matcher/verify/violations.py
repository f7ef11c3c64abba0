"""Violations, and the collector that every check adds to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import CAPACITY, PAIRS, UNMATCHED, VISITS
from matcher.i18n import N_, _
from matcher.messages import VIOLATIONS

COUNTED = {"visits": N_("visits"), "calls": N_("calls"), "contacts": N_("contacts"), "minutes": N_("minutes")}
"""What ``Violation.what`` may count; otherwise it names a column."""

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_ORDER = {rule: place for place, rule in enumerate(VIOLATIONS)}


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule: which, whose, when, by how much.

    ``rule`` is a key of ``messages.VIOLATIONS``; ids that play no part are empty. ``amount`` has the unit that the
    rule's sentence says. ``what`` is a code of ``COUNTED`` or a column's name. ``row`` is the first row at fault, as
    Excel counts, where the checked table knows it.
    """

    rule: str
    elder_id: str = ""
    volunteer_id: str = ""
    date: date | None = None
    amount: float | None = None
    what: str = ""
    row: int | None = None

    def message(self) -> str:
        """What is broken, in the language in use."""
        return _(VIOLATIONS[self.rule]).format(amount=_shown(self.amount), what=_named(self.what))


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome: every violation, in order of rule, ids and date, and how many things were looked at."""

    violations: tuple[Violation, ...]
    checked: Mapping[str, int]
    notes: tuple[Violation, ...] = ()
    """What contacts break that stood already when the month was planned anew: history, told and not held against it."""

    @property
    def ok(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations


def _shown(amount: float | None) -> str:
    if amount is None:
        return "?"
    rounded = round(amount, 1)
    return f"{rounded:.0f}" if rounded.is_integer() else f"{rounded:.1f}"


def _named(what: str) -> str:
    if what in COUNTED:
        return _(COUNTED[what])
    return next((column.header() for column in (*PAIRS, *UNMATCHED, *CAPACITY, *VISITS) if column.name == what), what)


@dataclass(slots=True)
class Findings:
    """Collects violations from frames that hold one fault a row."""

    elder_ids: NDArray[np.object_]
    volunteer_ids: NDArray[np.object_]
    _violations: list[Violation] = field(default_factory=list)
    _unknown: set[tuple[str, str]] = field(default_factory=set)

    def add(self, rule: str, faults: pd.DataFrame, what: str = "") -> None:
        """Add a violation for each row of ``faults``.

        Of its columns those count that say something: ``elder`` and ``volunteer`` (roster indices), ``day`` (days
        since 1970; negative infinity is none), ``amount``, ``row`` (NaN is none).
        """
        n = len(faults)
        if not n:
            return
        empty = [""] * n
        elders = self.elder_ids[faults["elder"]].tolist() if "elder" in faults else empty
        volunteers = self.volunteer_ids[faults["volunteer"]].tolist() if "volunteer" in faults else empty
        days, amounts, rows = (
            faults[name].to_numpy(float).tolist() if name in faults else [math.nan] * n
            for name in ("day", "amount", "row")
        )
        self._violations += [
            Violation(
                rule,
                elder,
                volunteer,
                date.fromordinal(EPOCH_ORDINAL + int(day)) if math.isfinite(day) else None,
                amount if math.isfinite(amount) else None,
                what,
                int(row) if math.isfinite(row) else None,
            )
            for elder, volunteer, day, amount, row in zip(elders, volunteers, days, amounts, rows, strict=True)
        ]

    def add_unknown(self, side: str, ids: pd.Series, rows: pd.Series) -> None:
        """Add ``unknown_person`` for each id of a ``side`` (``elder`` or ``volunteer``) not told before."""
        for text, row in zip(ids.tolist(), rows.tolist(), strict=True):
            if (side, text) not in self._unknown:
                self._unknown.add((side, text))
                excel_row = int(row) if math.isfinite(row) else None
                self._violations.append(Violation("unknown_person", **{f"{side}_id": text}, row=excel_row))

    def add_one(self, violation: Violation) -> None:
        """Add a violation that is no row of a frame."""
        self._violations.append(violation)

    def add_pair_missing(self, elder_id: str, volunteer_id: str) -> None:
        """Add ``pins`` for a pinned pair that is not there; the roster need not know its ids."""
        self._violations.append(Violation("pins", elder_id, volunteer_id))

    def like(self) -> Findings:
        """Another, empty, of the same people."""
        return Findings(self.elder_ids, self.volunteer_ids)

    def __iter__(self) -> Iterator[Violation]:
        """Everything found so far."""
        return iter(self._violations)

    def in_order(self) -> tuple[Violation, ...]:
        """All of them by rule, ids and date, whatever order they were found in."""
        return tuple(sorted(self._violations, key=_sort_key))


def _sort_key(item: Violation) -> tuple[object, ...]:
    amount = -1.0 if item.amount is None else item.amount
    row = -1 if item.row is None else item.row
    day = item.date or date.min
    return (_ORDER[item.rule], item.elder_id, item.volunteer_id, day, item.what, amount, row)
