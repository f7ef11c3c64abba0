"""Texts that workbook and page of a report share: titles, heads of columns, numbers, notes."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matcher.i18n import N_, _
from matcher.ledger.counts import Period, find_month_before
from matcher.ledger.numbers import number_month
from matcher.outputs.report.figures import Figure
from matcher.outputs.report.report import Report

LEVEL_TITLES: Mapping[str, str] = {
    "district": N_("By district"),
    "subdistrict": N_("By subdistrict"),
    "committee": N_("By committee"),
    "team": N_("By team"),
    "volunteer": N_("By volunteer"),
}
NOTE = N_(
    "For the programme's own use: small numbers may point at a person. It holds no name, telephone number or national "
    "ID."
)


def write_title(report: Report) -> str:
    """Return the report's title."""
    text = _("{programme}: report of {month}") if report.title else _("Report of {month}")
    return text.format(programme=report.title, month=report.month)


def name_period(report: Report, period: Period) -> str:
    """Return what a period is called, with its months."""
    if period == "month":
        return report.month
    if period == "previous":
        before = find_month_before(number_month(report.month))
        return f"{before // 100}-{before % 100:02}"
    return _("year to {month}").format(month=report.month)


def explain_year(report: Report) -> str:
    """Return how a year's figures are made."""
    months = report.months.index
    text = _(
        "The year: sums of its months that the ledger has, {count} from {first} to {last}; of people, means of these "
        "months."
    )
    return text.format(count=len(months), first=months[0], last=months[-1])


def write_number(figure: Figure, value: float, *, is_mean: bool = False) -> str:
    """Return a figure as people read it; empty where there is none."""
    if math.isnan(value):
        return "–"
    if figure.is_share:
        return f"{value:.1%}"
    return f"{value:,.0f}" if figure.is_whole and not is_mean else f"{value:,.1f}"


def write_change(figure: Figure, now: float, before: float) -> str:
    """Return the difference to the month before: of shares in points of a hundred."""
    if math.isnan(now) or math.isnan(before):
        return "–"
    difference = now - before
    if figure.is_share:
        return _("{points} pts").format(points=_sign(100 * difference, 1))
    return _sign(difference, 0 if figure.is_whole else 1)


def _sign(number: float, decimals: int) -> str:
    """Return a number with its sign; zero has none."""
    return f"{number:+,.{decimals}f}" if round(number, decimals) else f"{0:.{decimals}f}"
