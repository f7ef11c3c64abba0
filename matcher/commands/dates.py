"""Dates and months on the command line, as people and Excel write them."""

from __future__ import annotations

import re
from datetime import date, datetime

import click

from matcher.horizon import Horizon
from matcher.i18n import _

_MONTH_AS_WRITTEN = re.compile(r"^\s*(\d{4})\s*[-/.年]?\s*(\d{1,2})(?:月|[-/.月]\d{1,2}日?)?\s*$")
"""2026-12, 2026/12, 2026.12, 202612, 2026年12月, and dates of the month, as Excel shows it."""
_DATE_AS_WRITTEN = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CLOSE_DATE = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)")
_TO = re.compile(r"\s*(?:~|～|至|到|—+|：)\s*")


def write_dates_plainly(text: str) -> str:
    """Return a text with dates as Excel and people write them, 2026/12/7 or 2026年12月7日, as 2026-12-07."""
    plain = _CLOSE_DATE.sub(r"\1-\2-\3", text.strip())
    return _DATE_AS_WRITTEN.sub(lambda found: f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}", plain)


class _Span(click.ParamType[str]):
    """Dates from one to another, ``DATE:DATE``."""

    name = "dates"

    def convert(self, value: object, _param: click.Parameter | None, _ctx: click.Context | None) -> str:
        """Return both dates as the settings write them."""
        return _TO.sub(":", write_dates_plainly(str(value)))


class _Month(click.ParamType[Horizon]):
    """A month, written ``YYYY-MM``."""

    name = "month"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Horizon:
        """Return the horizon of the month."""
        if isinstance(value, Horizon):
            return value
        try:
            return Horizon.of_month(_MONTH_AS_WRITTEN.sub(lambda found: f"{found[1]}-{int(found[2]):02}", str(value)))
        except ValueError:
            self.fail(_("{value} is not a month; write it as 2026-12").format(value=value), param, ctx)


class _Day(click.ParamType[date]):
    """A date, written ``YYYY-MM-DD``."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the date."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(write_dates_plainly(str(value)), "%Y-%m-%d").date()
        except ValueError:
            self.fail(_("{value} is not a date; write it as 2026-12-10").format(value=value), param, ctx)


DAY, MONTH, SPAN = _Day(), _Month(), _Span()
