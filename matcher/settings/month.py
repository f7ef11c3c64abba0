"""Settings of what surrounds the month's plan: new pairs, heat and cold waves, calendars."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from matcher.i18n import N_
from matcher.settings.base import PRESS, RESEARCH, RULE, Section, setting
from matcher.settings.schedule import Window

_DAY = r"20\d\d-\d\d-\d\d"


_RUN = rf"{_DAY}(?::{_DAY})?"


def _check_span(text: str) -> str:
    """Check days written ``2026-07-20:2026-07-25`` (one day alone is both), or ``all``, and give them back."""
    for run in text.split(",") if text and text != "all" else ():
        first, last = (date.fromisoformat(day) for day in (run.split(":") * 2)[:2])
        if first > last:
            raise ValueError(text)
    return text


Span = Annotated[
    str,
    BeforeValidator(str),
    Field(pattern=rf"^(?:|all|{_RUN}(?:,{_RUN})*)$", examples=["2026-07-20:2026-07-25", "2026-07-20", "all", ""]),
    AfterValidator(_check_span),
]
"""Dates, the first and the last, with commas between several such; ``all``; or empty: none."""


def is_within(day: date, span: str) -> bool:
    """Return whether a date is one of a ``Span``."""
    if span in ("", "all"):
        return span == "all"
    runs = (run.partition(":") for run in span.split(","))
    return any(date.fromisoformat(first) <= day <= date.fromisoformat(last or first) for first, _, last in runs)


class SurgeSettings(Section):
    """Heat waves, cold waves, epidemics: more contacts, fewer visits."""

    kind: Literal["heat", "cold"] = setting(
        "heat", N_("heat: no visit touches hot_hours; cold: visits are in the warm part of the day, warm_hours")
    )
    days: Span = setting("", N_("dates of a heat or cold wave, as 2026-07-20:2026-07-25; empty: none"))
    contacts_per_week: int = setting(
        7, N_("contacts a week on these dates, at least; 7 is one a day"), unit=N_("contacts"), source=PRESS, ge=1, le=7
    )
    calls_at_any_time: bool = setting(
        True,
        N_(
            "on these dates calls are also made at half-days that are not the two's own; days off, and the rest "
            "between morning and afternoon, count as ever"
        ),
    )
    hot_hours: Window = setting("10:30-16:00", N_("in a heat wave no visit touches these hours on these dates"))
    warm_hours: Window = setting("09:30-16:00", N_("in a cold wave every visit lies in these hours on these dates"))
    calls_only: Span = setting("", N_("dates on which visits become calls, or all; empty: none"), source=PRESS)

    def touches(self, day: date) -> bool:
        """Return whether the surge touches a date; a ``datetime`` counts for its date."""
        day = day.date() if isinstance(day, datetime) else day
        return is_within(day, self.days) or is_within(day, self.calls_only)


class NewPairSettings(Section):
    """Two who do not know each other yet."""

    accompanied: bool = setting(
        True,
        N_("somebody comes along to a new pair's first visit: the elder's second volunteer or the leader of the team"),
        source=RESEARCH,
    )
    most_accompanied_per_day: int = setting(
        2, N_("most first visits that one person comes along to on one day"), unit=N_("visits"), ge=1, le=10
    )
    first_visit_days: int = setting(
        7, N_("a new pair's first visit comes within so many days"), unit=N_("days"), source=RESEARCH, ge=1, le=31
    )
    weeks: int = setting(6, N_("how long a pair is new"), unit=N_("weeks"), source=RESEARCH, ge=0, le=52)
    contacts_per_week: int = setting(
        3, N_("contacts a week of a new pair, at least"), unit=N_("contacts"), source=RESEARCH, ge=0, le=7
    )


class RecordsSettings(Section):
    """Settings of records: how they count, and when they call for somebody."""

    unconfirmed: Literal["done", "missed"] = setting(
        "done",
        N_(
            "how the next month counts a planned contact of which no record says anything: done, as sheets come back "
            "late more often than visits fail, or missed; lists of elders to look after count confirmed ones alone"
        ),
    )
    silent_days: int = setting(
        7,
        N_("an elder is listed after so many days without a confirmed contact"),
        unit=N_("days"),
        source=RULE,
        ge=1,
        le=60,
    )
    misses: int = setting(
        2,
        N_("an elder is to be checked at once after so many misses running, with nobody knowing where the elder is"),
        unit=N_("contacts"),
        ge=1,
        le=10,
    )
    trial_from_weeks: int = setting(
        4, N_("a new pair's trial is talked over after so many weeks"), unit=N_("weeks"), source=RESEARCH, ge=0, le=52
    )
    trial_to_weeks: int = setting(
        6, N_("and at the latest after so many"), unit=N_("weeks"), source=RESEARCH, ge=0, le=52
    )
    review_months: tuple[Annotated[int, Field(ge=1, le=120)], ...] = setting(
        (3, 6, 12), N_("a pair is reviewed after so many months"), unit=N_("months"), source=RESEARCH
    )
    expiry_days: int = setting(
        60,
        N_("courses and checks that expire within so many days are listed"),
        unit=N_("days"),
        ge=0,
        le=366,
    )


class CalendarSettings(Section):
    """What calendar files say of themselves."""

    programme: str = setting(
        "",
        N_(
            "the programme's name or key, which tells its calendars apart from another's; empty: taken from the roster "
            "of elders when the calendars are first written, and from then on from the earlier run"
        ),
    )
    organizer_name: str = setting("", N_("who sends the calendars; empty: Old Partners"))
    organizer_email: str = setting(
        "old-partners@calendar.invalid",
        N_("the sender's address, which calendars must name; the default reaches nobody"),
        pattern=r"^[^@\s:;,<>\"]+@[^@\s:;,<>\"]+$",
        examples=["name@example.org"],
    )


class PageSettings(Section):
    """The report page."""

    square_m: int = setting(
        250,
        N_("side of the squares in which the page shows people instead of at their homes"),
        unit="m",
        ge=50,
        le=10_000,
    )
    least_people: int = setting(
        5,
        N_(
            "so many elders at least live in each square that the page shows, else a larger one is; and stand for each "
            "number of the page for everybody"
        ),
        unit=N_("elders"),
        ge=2,
        le=1000,
    )
