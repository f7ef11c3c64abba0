"""A month's report as a value: figures of the month, of the one before and of the year, in all and by unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from matcher.errors import UsageError
from matcher.i18n import N_, _
from matcher.ledger import Ledger
from matcher.ledger.counts import Counts, Level, Period, find_month_before, list_months, read_counts, read_hours
from matcher.ledger.numbers import number_month
from matcher.outputs.report.figures import (
    BREAKDOWNS,
    MINUTES_AN_HOUR,
    Breakdown,
    Figure,
    compute_breakdown,
    compute_figures,
)

PERIODS: tuple[Period, ...] = ("month", "previous", "year")
UNIT_NAMES: Mapping[str, str] = {
    "district": N_("district"),
    "subdistrict": N_("subdistrict"),
    "committee": N_("committee"),
    "team": N_("team"),
    "volunteer": N_("volunteer"),
}
_UNKNOWN: Mapping[str, str] = {
    "district": N_("(not given)"),
    "subdistrict": N_("(not given)"),
    "committee": N_("(not given)"),
    "team": N_("(no team)"),
    "volunteer": N_("(nobody named)"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The contents of a report; figures are columns by their names of ``figures.FIGURES``."""

    month: str
    title: str
    """The programme's name; may be empty."""
    level: Level
    total: pd.DataFrame
    """A row a period: ``month``, ``previous``, ``year``; NaN where the ledger has no run of it."""
    months: pd.DataFrame
    """A row a month of the year, as 2026-12."""
    units: Mapping[Period, pd.DataFrame]
    """The month's and the year's figures, a row a unit; empty where the report is not by unit."""
    reasons: Mapping[str, pd.DataFrame]
    """A table for each of ``figures.BREAKDOWNS``: a row a reason, most frequent first, a column a period."""
    hours: pd.DataFrame
    """The columns of ``columns.HOURS``."""

    def get_total(self, figure: Figure) -> tuple[float, ...]:
        """Return a figure in all: the month's, the month's before, the year's."""
        return tuple(self.total[figure.name].to_numpy(float).tolist())


def make_report(ledger: Ledger, month: str, level: Level, title: str = "") -> Report:
    """Return the report of a month.

    Raises:
        UsageError: the ledger has no run of the month, or can't be read.
    """
    known = list_months(ledger)
    if number_month(month) not in known:
        text = _(
            "the ledger has no run of {month}; it has {months}. old-partners record {month} enters a planned month"
        )
        told = _(", ").join(_show_month(one) for one in known) or _("none")
        raise UsageError(text.format(month=month, months=told))
    whole = _read_whole(ledger, month)
    present = [period for period in PERIODS if whole[period].months]
    total = pd.concat([compute_figures(whole[period], period) for period in present], ignore_index=True)
    by_month = compute_figures(whole["year"], "month", ["month"])
    units: dict[Period, pd.DataFrame] = {}
    if level != "all":
        for period in ("month", "year"):
            counts = read_counts(ledger, month, level, period)
            units[period] = _name_units(compute_figures(counts, period))
    return Report(
        month,
        title,
        level,
        total.set_axis(pd.Index(present)).reindex(list(PERIODS)),
        by_month.set_axis([_show_month(int(one)) for one in by_month.index]),
        units,
        {each.name: _make_reasons(each, {period: whole[period] for period in present}) for each in BREAKDOWNS},
        make_hours(ledger, month),
    )


def _read_whole(ledger: Ledger, month: str) -> dict[Period, Counts]:
    """Return the counts of all units together in each period; the year's, month by month, are read once for all."""
    number = number_month(month)
    before = find_month_before(number)
    year = read_counts(ledger, month, "all", "year", by_month=True)
    in_year = before // 100 == number // 100
    previous = year.select_month(before) if in_year else read_counts(ledger, month, "all", "previous")
    return {"month": year.select_month(number), "previous": previous, "year": year}


def make_hours(ledger: Ledger, month: str) -> pd.DataFrame:
    """Return what each volunteer made in a month, for stipends and time banks.

    Raises:
        UsageError: the ledger has no run of the month, or can't be read.
    """
    rows = read_hours(ledger, month)
    keys = ["volunteer_id", "team"]
    made = rows.pivot_table(index=keys, columns="kind", values="made", aggfunc="sum", fill_value=0)
    made = made.reindex(columns=["visit", "call"], fill_value=0)
    minutes = rows.groupby(keys)["minutes"].sum()
    frame = pd.DataFrame({"visits": made["visit"], "calls": made["call"], "minutes": minutes}).reset_index()
    return frame.assign(hours=frame["minutes"] / MINUTES_AN_HOUR)


def _show_month(number: int) -> str:
    return f"{number // 100}-{number % 100:02}"


def _name_units(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose units are named in the language in use; those that nobody named come last."""
    names = table.index.to_frame(index=False)
    order = (names == "").any(axis=1).to_numpy().argsort(kind="stable")
    shown = names.apply(lambda column: column.replace("", _(_UNKNOWN[str(column.name)])))
    return table.set_axis(pd.MultiIndex.from_frame(shown)).iloc[order]


def _make_reasons(breakdown: Breakdown, counts: Mapping[Period, object]) -> pd.DataFrame:
    """Return how many there are of each reason in each period, the year's most frequent first."""
    columns = {period: compute_breakdown(breakdown, counts[period], period) for period in counts}  # type: ignore[arg-type]
    frame = pd.DataFrame(columns).fillna(0)
    frame = frame.assign(code=frame.index).sort_values(["year", "code"], ascending=[False, True])
    return frame.set_axis([breakdown.label(str(code)) for code in frame["code"]]).drop(columns="code")
