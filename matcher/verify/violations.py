"""Violations, and the collection of findings that every check adds to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import AREAS, CAPACITY, PAIRS, SHORTAGES, UNMATCHED, VISITS
from matcher.i18n import N_, _
from matcher.messages import VIOLATIONS, Issue
from matcher.verify.dates import to_date
from matcher.verify.people import People

COUNTED = {"visits": N_("visits"), "calls": N_("calls"), "contacts": N_("contacts"), "minutes": N_("minutes")}
"""Figures that ``Violation.what`` may count; otherwise it names a column, behind file and place where these count."""

_ORDER = {rule: place for place, rule in enumerate(VIOLATIONS)}


@dataclass(frozen=True, slots=True)
class Violation:
    """Violation of a rule: which, whose, when, by how much.

    ``rule`` is a key of ``messages.VIOLATIONS``, which says what a violation of that kind is about. Ids that play no
    part are empty. ``what`` is a code of ``COUNTED`` or a column's name. ``row`` is the first row at fault, as Excel
    counts, where the checked table knows it.
    """

    rule: str
    elder_id: str = ""
    volunteer_id: str = ""
    date: date | None = None
    amount: float | None = None
    what: str = ""
    row: int | None = None

    def message(self) -> str:
        """Return what is broken, in the language in use."""
        return _(VIOLATIONS[self.rule].message).format(amount=_format_amount(self.amount), what=_name(self.what))


@dataclass(frozen=True, slots=True)
class Verification:
    """Outcome: every violation, in order of rule, ids and date, and how many things were looked at."""

    violations: tuple[Violation, ...]
    checked: Mapping[str, int]
    notes: tuple[Violation, ...] = ()
    """What contacts break that stood already when the month was planned anew: history, and no fault of the plan."""
    warnings: tuple[Issue, ...] = ()
    """What the calendar does not know yet."""

    @property
    def ok(self) -> bool:
        """Return whether no rule is broken."""
        return not self.violations


def _format_amount(amount: float | None) -> str:
    """Return an amount with one decimal where it needs one."""
    if amount is None:
        return "?"
    rounded = round(amount, 1)
    return f"{rounded:.0f}" if rounded.is_integer() else f"{rounded:.1f}"


def _name(what: str) -> str:
    """Return the word for what is counted, or the header of a column behind its file and place."""
    if what in COUNTED:
        return _(COUNTED[what])
    place, joint, name = what.rpartition(": ")
    columns = (*PAIRS, *UNMATCHED, *CAPACITY, *VISITS, *AREAS, *SHORTAGES)
    return place + joint + next((column.header() for column in columns if column.name == name), name)


@dataclass(slots=True)
class Findings:
    """Collection of violations, from frames that hold one fault a row."""

    elder_ids: NDArray[np.object_]
    volunteer_ids: NDArray[np.object_]
    _violations: list[Violation] = field(default_factory=list)
    _unknown: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, people: People) -> Findings:
        """Return an empty collection of violations about people."""
        return cls(people.elders.ids.to_numpy(object), people.volunteers.ids.to_numpy(object))

    def add(self, rule: str, faults: pd.DataFrame, what: str = "") -> None:
        """Add a violation for each row of ``faults``.

        These columns count where they are there: ``elder`` and ``volunteer`` (roster indices), ``day`` (days since
        1970), ``amount``, ``row``; NaN is none. Others are not looked at.
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
                to_date(day),
                amount if math.isfinite(amount) else None,
                what,
                int(row) if math.isfinite(row) else None,
            )
            for elder, volunteer, day, amount, row in zip(elders, volunteers, days, amounts, rows, strict=True)
        ]

    def add_excess(self, rule: str, excess: NDArray[np.int64]) -> None:
        """Add a violation for each volunteer of whom something exceeds a limit, (n volunteers,)."""
        over = np.flatnonzero(excess > 0)
        self.add(rule, pd.DataFrame({"volunteer": over, "amount": excess[over]}))

    def add_unknown(self, side: str, ids: pd.Series, rows: pd.Series) -> None:
        """Add ``unknown_person`` for each id of a ``side`` (``elder`` or ``volunteer``), once an id."""
        for text, row in zip(ids.tolist(), rows.tolist(), strict=True):
            if (side, text) not in self._unknown:
                self._unknown.add((side, text))
                excel_row = int(row) if math.isfinite(row) else None
                self._violations.append(Violation("unknown_person", **{f"{side}_id": text}, row=excel_row))

    def add_one(self, violation: Violation) -> None:
        """Add a violation that is no row of a frame."""
        self._violations.append(violation)

    def add_missing_pin(self, elder_id: str, volunteer_id: str) -> None:
        """Add ``pins`` for a pinned pair that is not there; the roster need not know its ids."""
        self._violations.append(Violation("pins", elder_id, volunteer_id))

    def __iter__(self) -> Iterator[Violation]:
        """Iterate over everything found so far."""
        return iter(self._violations)

    def sort(self) -> tuple[Violation, ...]:
        """Return all of them by rule, ids and date, whatever order they were found in."""
        return tuple(sorted(self._violations, key=_sort_key))


def _sort_key(item: Violation) -> tuple[object, ...]:
    """Return what violations are sorted by."""
    amount = -1.0 if item.amount is None else item.amount
    row = -1 if item.row is None else item.row
    day = item.date or date.min
    return (_ORDER[item.rule], item.elder_id, item.volunteer_id, day, item.what, amount, row)
