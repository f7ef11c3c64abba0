"""Every figure of a report: what it is called, what it counts and how, in one table.

Workbook, page and docs/reports.md follow it. A figure sums a column of the ledger's counts (``ledger.counts``) over the
rows that ``where`` names; a share divides that by the same sum over the rows that ``out_of`` names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd

from matcher.columns import column
from matcher.i18n import N_, language
from matcher.ledger.counts import Counts, Period
from matcher.ledger.tally import UNREPORTED
from matcher.outcomes import BY_CODE, IS_CONTACT, OUTCOMES

Table = Literal["contacts", "elders", "volunteers", "recruits"]
Section = Literal["elders", "contacts", "risk", "pairs"]
Where = Mapping[str, frozenset[str]]
SECTIONS: Mapping[Section, str] = {
    "elders": N_("Elders and volunteers"),
    "contacts": N_("Visits and calls"),
    "risk": N_("By risk"),
    "pairs": N_("Pairs"),
}
MINUTES_AN_HOUR = 60


def _where(**words: str | frozenset[str]) -> Where:
    return {name: frozenset({one}) if isinstance(one, str) else one for name, one in words.items()}


_DONE = IS_CONTACT
_MISSED = frozenset(outcome.code for outcome in OUTCOMES) - IS_CONTACT
_REPORTED = _DONE | _MISSED
_SERVED = _where(state=frozenset({"new", "going_on"}))


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: Its name in code.
        text: What it is called, marked with ``N_``.
        definition: What it counts and what not, in a sentence, marked with ``N_``.
        section: Where it stands.
        table: Which counts it is made from.
        column: What is summed of them.
        where: Over which rows: what each of some columns holds.
        out_of: Of a share: over which rows the whole is summed.
        is_stock: Whether it is a number at a time, as people are: a year shows the mean of its months, not their sum.
        divided_by: By what the sum is divided: minutes of an hour.
    """

    name: str
    text: str
    definition: str
    section: Section
    table: Table
    column: str
    where: Where = field(default_factory=dict)
    out_of: Where | None = None
    is_stock: bool = False
    divided_by: int = 1

    @property
    def is_share(self) -> bool:
        """Return whether it is a share, from 0 to 1."""
        return self.out_of is not None

    @property
    def is_whole(self) -> bool:
        """Return whether it is a whole number in a month."""
        return not self.is_share and self.divided_by == 1


def _make_served(risk: str, text: str, definition: str) -> Figure:
    where = {**_SERVED, "risk": frozenset({"" if risk == "unknown" else risk})}
    return Figure(f"served_{risk}", text, definition, "risk", "elders", "elders", where, is_stock=True)


def _make_kept(risk: str, text: str) -> Figure:
    of_risk = _where(risk="" if risk == "unknown" else risk)
    definition = N_(
        "contacts done, of the contacts planned for elders of this risk; those without a record count as not done"
    )
    done = {**of_risk, "outcome": _DONE}
    return Figure(f"kept_{risk}", text, definition, "risk", "contacts", "planned", done, of_risk)


def _make_contacts(kind: str, planned: str, done: str, missed: str, unreported: str, unscheduled: str) -> list[Figure]:
    """Return the figures of one kind of contact: planned = done + missed + without a record."""
    rows: tuple[tuple[str, str, str, str, Where], ...] = (
        ("planned", planned, N_("contacts of the kind in the month's plan, as it stands last"), "planned", {}),
        (
            "done",
            done,
            N_("those planned whose record says that they were made, by the elder's own volunteer or another"),
            "planned",
            {"outcome": _DONE},
        ),
        (
            "missed",
            missed,
            N_("those planned whose record says that they were not made; the reasons stand apart"),
            "planned",
            {"outcome": _MISSED},
        ),
        (
            "unreported",
            unreported,
            N_("those planned of which no record has come in; planned = done + missed + without a record"),
            "planned",
            {"outcome": frozenset({UNREPORTED})},
        ),
        (
            "unscheduled",
            unscheduled,
            N_("contacts due by the elders' cadence for which the plan had no day; not among those planned"),
            "unscheduled",
            {},
        ),
    )
    return [
        Figure(f"{kind}s_{name}", text, definition, "contacts", "contacts", summed, {**_where(kind=kind), **where})
        for name, text, definition, summed, where in rows
    ]


FIGURES: tuple[Figure, ...] = (
    Figure(
        "served",
        N_("elders with a volunteer"),
        N_("elders who have a volunteer in the month's plan; whose pair pauses is not counted here"),
        *("elders", "elders", "elders", _SERVED),
        is_stock=True,
    ),
    Figure(
        "paused",
        N_("elders whose pair pauses"),
        N_("elders whose pair goes on after the month, as one of the two is away for all of it"),
        *("elders", "elders", "elders", _where(state="paused")),
        is_stock=True,
    ),
    Figure(
        "waiting",
        N_("elders waiting"),
        N_("elders who take part and have no volunteer, for want of places, of volunteers near enough or of a fit"),
        *("elders", "elders", "elders", _where(state="waiting")),
        is_stock=True,
    ),
    Figure(
        "taking_no_part",
        N_("elders taking no part"),
        N_("elders on the roster who are not to be paired: no consent, not active, served by another programme …"),
        *("elders", "elders", "elders", _where(state="taking_no_part")),
        is_stock=True,
    ),
    Figure(
        "volunteers",
        N_("volunteers with elders"),
        N_(
            "volunteers who have an elder whose pair does not pause; one with elders in two units counts in both, and "
            "once in the total"
        ),
        *("elders", "volunteers", "volunteers"),
        is_stock=True,
    ),
    Figure(
        "recruits",
        N_("volunteers to recruit"),
        N_(
            "so many more, living where they are counted, would serve all who are left out for want of places; by team "
            "and volunteer they stand under none"
        ),
        *("elders", "recruits", "recruits"),
        is_stock=True,
    ),
    *_make_contacts(
        "visit",
        N_("visits planned"),
        N_("visits done"),
        N_("visits missed"),
        N_("visits without a record"),
        N_("visits without a day"),
    ),
    *_make_contacts(
        "call",
        N_("calls planned"),
        N_("calls done"),
        N_("calls missed"),
        N_("calls without a record"),
        N_("calls without a day"),
    ),
    Figure(
        "kept",
        N_("contacts kept"),
        N_("visits and calls done, of those planned; those without a record count as not done"),
        *("contacts", "contacts", "planned", _where(outcome=_DONE)),
        out_of={},
    ),
    Figure(
        "reported",
        N_("contacts with a record"),
        N_("visits and calls of which a record has come in, of those planned"),
        *("contacts", "contacts", "planned", _where(outcome=_REPORTED)),
        out_of={},
    ),
    Figure(
        "made",
        N_("contacts made, planned or not"),
        N_(
            "all visits and calls that records say were made, those that nobody planned too; by volunteer and by team "
            "they stand with who made them, be it for another"
        ),
        *("contacts", "contacts", "made"),
    ),
    Figure(
        "hours",
        N_("hours"),
        N_(
            "hours of the contacts made, without the way: minutes as recorded; where the record has none, as planned; "
            "where nothing was planned either, none"
        ),
        *("contacts", "contacts", "minutes"),
        divided_by=MINUTES_AN_HOUR,
    ),
    _make_served(
        "high", N_("elders with a volunteer: high risk"), N_("those with a volunteer whose risk on the roster is high")
    ),
    _make_served(
        "medium",
        N_("elders with a volunteer: medium risk"),
        N_("those with a volunteer whose risk on the roster is medium"),
    ),
    _make_served(
        "low", N_("elders with a volunteer: low risk"), N_("those with a volunteer whose risk on the roster is low")
    ),
    _make_served(
        "unknown",
        N_("elders with a volunteer: risk not given"),
        N_("those with a volunteer whose risk the roster does not say"),
    ),
    _make_kept("high", N_("contacts kept: high risk")),
    _make_kept("medium", N_("contacts kept: medium risk")),
    _make_kept("low", N_("contacts kept: low risk")),
    _make_kept("unknown", N_("contacts kept: risk not given")),
    Figure(
        "pairs_new",
        N_("new pairs"),
        N_(
            "pairs that began in the month, of elders who had another volunteer before too; they are among those served"
        ),
        *("pairs", "elders", "elders", _where(state="new")),
    ),
    Figure(
        "pairs_ended",
        N_("ended pairs"),
        N_("last month's pairs that are none this month; a pair that pauses has not ended. The reasons stand apart"),
        *("pairs", "elders", "elders", _where(state="ended")),
    ),
)
BY_NAME = {figure.name: figure for figure in FIGURES}


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A figure by reason: the sum of a column over some rows, for each word of ``key``."""

    name: str
    text: str
    table: Table
    column: str
    where: Where
    key: str
    kind: str
    """The file, a key of ``columns.FILES``, whose column has the words; empty: outcomes."""

    def label(self, code: str) -> str:
        """Return a reason in the language in use."""
        if not self.kind:
            return BY_CODE[code].name()
        label = column(self.kind, "reason").choice_label(code)
        return label if language() == "zh" else label.replace("_", " ")


BREAKDOWNS: tuple[Breakdown, ...] = (
    Breakdown(
        "visits_missed",
        N_("Visits missed, by reason"),
        *("contacts", "planned", {**_where(kind="visit"), "outcome": _MISSED}, "outcome", ""),
    ),
    Breakdown(
        "calls_missed",
        N_("Calls missed, by reason"),
        *("contacts", "planned", {**_where(kind="call"), "outcome": _MISSED}, "outcome", ""),
    ),
    Breakdown(
        "unscheduled",
        N_("Contacts without a day, by reason"),
        *("contacts", "unscheduled", {}, "outcome", "unscheduled"),
    ),
    Breakdown(
        "ended",
        N_("Ended pairs, by reason"),
        *("elders", "elders", _where(state="ended"), "reason", "changes"),
    ),
    Breakdown(
        "without",
        N_("Elders without a volunteer, by reason"),
        *("elders", "elders", _where(state=frozenset({"waiting", "taking_no_part"})), "reason", "unmatched"),
    ),
)
_STOCKS = frozenset({"without"})


def compute_figures(counts: Counts, period: Period, by: Sequence[str] | None = None) -> pd.DataFrame:
    """Return every figure as a column, a row a unit; NaN for a share of nothing.

    Args:
        counts: What the ledger counted.
        period: The period they are of; a year's stocks are means of its months.
        by: Columns that name a row; else those of the unit. None at all: one row.
    """
    keys = list(counts.unit if by is None else by)
    sums = [_sum_figures(name, getattr(counts, name), keys) for name in get_args(Table)]
    table = pd.concat(sums, axis=1).fillna(0).sort_index()
    if not len(table):  # nothing was counted, and the one row of all says so
        table = table.reindex([0], fill_value=0)
    months = len(counts.months) if period == "year" else 1
    figures = {}
    for figure in FIGURES:
        total = table[figure.name]
        if figure.is_share:
            whole = table[_WHOLE + figure.name]
            figures[figure.name] = total / whole.where(whole > 0)
        else:
            figures[figure.name] = total / (figure.divided_by * (months if figure.is_stock else 1))
    return pd.DataFrame(figures) if keys else pd.DataFrame(figures).reset_index(drop=True)


def compute_breakdown(breakdown: Breakdown, counts: Counts, period: Period) -> pd.Series:
    """Return how many there are of each reason, by its code, over all units."""
    frame = getattr(counts, breakdown.table)
    rows = frame[_find_rows(frame, breakdown.where)]
    total = rows.groupby(breakdown.key)[breakdown.column].sum()
    is_mean = period == "year" and breakdown.name in _STOCKS
    counted: pd.Series = total / max(len(counts.months), 1) if is_mean else total
    return counted[counted > 0]


_WHOLE = "whole of "


def _sum_figures(table: Table, counts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the sums of the figures that a table has, and the wholes of their shares, a row a unit."""
    sums: dict[str, np.ndarray] = {}
    for figure in (figure for figure in FIGURES if figure.table == table):
        values = counts[figure.column].to_numpy(np.int64)
        sums[figure.name] = np.where(_find_rows(counts, figure.where), values, 0)
        if figure.out_of is not None:
            sums[_WHOLE + figure.name] = np.where(_find_rows(counts, figure.out_of), values, 0)
    frame = pd.DataFrame(sums, index=counts.index)
    if not keys:
        return frame.groupby(np.zeros(len(frame), dtype=np.int64)).sum()
    return frame.groupby([counts[key] for key in keys]).sum()


def _find_rows(frame: pd.DataFrame, where: Where) -> np.ndarray:
    which = np.ones(len(frame), dtype=bool)
    for name, words in where.items():
        which &= frame[name].isin(words).to_numpy(dtype=bool)
    return which
