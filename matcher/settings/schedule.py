"""Settings of the month: how often, when and how long."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from matcher.frequency import per_week
from matcher.i18n import N_
from matcher.settings.base import PRESS, RESEARCH, RULE, Section, setting


def _check_window(text: str) -> str:
    """Check a window of the day written ``HH:MM-HH:MM`` and give it back."""
    start, _, end = text.partition("-")
    if time.fromisoformat(start) >= time.fromisoformat(end):
        raise ValueError(text)
    return text


def _read_frequency(value: Any) -> Any:
    """Return times a week; words as "every 10 days" are read."""
    return per_week(value) if isinstance(value, str) else value


Window = Annotated[
    str,
    Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$", examples=["09:00-11:30"]),
    AfterValidator(_check_window),
]
Frequency = Annotated[
    float, BeforeValidator(_read_frequency), Field(ge=0, le=7, examples=["every 10 days", "每两周一次"])
]
"""Times a week, as a number or in words."""
Risk = Literal["low", "medium", "high"]
Gap = Annotated[int, Field(ge=1, le=62)]


class ScheduleSettings(Section):
    """How often, when and how long."""

    contacts_per_week: Frequency = setting(
        2.0,
        N_('visits and calls to each elder in a full week; or in words, as "every 10 days"'),
        unit=N_("contacts"),
        source=PRESS,
    )
    contacts_per_week_by_risk: dict[Risk, Frequency] = setting(
        {}, N_("the same for elders of a risk tier: low, medium or high"), unit=N_("contacts")
    )
    visits_per_week: Frequency = setting(
        1.0,
        N_('of these, visits at home; or in words, as "every second week"'),
        unit=N_("visits"),
        source=PRESS,
    )
    visits_per_week_by_risk: dict[Risk, Frequency] = setting(
        {}, N_("the same for elders of a risk tier"), unit=N_("visits")
    )
    min_visits_per_month: int = setting(
        1,
        N_("fewest visits in a month to whoever is due contacts, whatever the roster or another setting asks"),
        unit=N_("visits"),
        source=RULE,
        ge=0,
        le=31,
    )
    min_visits_per_week_by_risk: dict[Risk, Frequency] = setting(
        {"high": 1.0}, N_("fewest visits a week to elders of a risk tier"), unit=N_("visits"), source=RULE
    )
    max_gap_days: Gap = setting(
        4, N_("most days on end without a contact; rarer contacts have their own interval"), unit=N_("days")
    )
    max_gap_days_by_risk: dict[Risk, Gap] = setting({}, N_("the same for elders of a risk tier"), unit=N_("days"))
    min_gap_days: int = setting(
        2,
        N_("days from one contact to the next that are not to be undercut without need"),
        unit=N_("days"),
        ge=1,
        le=7,
    )
    max_contacts_per_day: int = setting(
        6, N_("most contacts of a volunteer on one day"), unit=N_("contacts"), ge=1, le=50
    )
    max_visits_per_day: int = setting(3, N_("most visits of a volunteer on one day"), unit=N_("visits"), ge=0, le=20)
    max_minutes_per_day: int = setting(
        240,
        N_("most minutes of a volunteer on one day: contacts, and the walks to them, between them and home"),
        unit="min",
        ge=1,
        le=1440,
    )
    walking_m_per_s: float = setting(0.8, N_("how fast volunteers walk"), unit="m/s", source=RESEARCH, ge=0.1, le=3.0)
    holidays: Literal["skip", "keep", "add"] = setting(
        "skip",
        N_(
            "statutory holidays: skip (no contacts), keep (as any other day) or add (as any other day, and a contact "
            "more on the first day of the break)"
        ),
    )
    holidays_file: str = setting(
        "",
        N_(
            "a file of dates that outranks the calendar (CSV or workbook; a template is written): date, kind (holiday, "
            "workday) and, for a make-up workday, for, the day off that it pays for"
        ),
    )
    weekends: bool = setting(
        True, N_("plan on Saturdays and Sundays; make-up workdays count as the weekday they stand for")
    )
    keep_planned: bool = setting(
        True,
        N_("contacts of this month's earlier run stay as they are where no rule is against it; false plans all anew"),
    )
    closed_days: tuple[date, ...] = setting((), N_("further dates without contacts"))
    due_when_closed: bool = setting(
        False,
        N_(
            "closed days count towards what is due; false asks no more of a week than it has open days, and who is due "
            "less than once a week gets it beside the closed days"
        ),
    )
    morning: Window = setting("09:00-11:30", N_("the morning's window"))
    afternoon: Window = setting("14:00-17:00", N_("the afternoon's window; elders rest between the two"))
    visit_min: int = setting(45, N_("length of a visit"), unit="min", ge=5, le=240)
    call_min: int = setting(15, N_("length of a call"), unit="min", ge=1, le=120)
    between_min: int = setting(
        15,
        N_("least time from the end of one contact of a volunteer to the start of the next; longer walks take longer"),
        unit="min",
        ge=0,
        le=120,
    )


class WorthSettings(Section):
    """What a good month is worth, in points, beside its contacts (1,000 each) and visits (300 more each)."""

    habit: int = setting(
        30, N_("a contact on the elder's usual weekday and half-day for its kind"), unit=N_("points"), ge=0, le=100
    )
    even: int = setting(
        3, N_("cost of days beside an even spacing of contacts, squared"), unit=N_("points/day²"), ge=0, le=20
    )
    close: int = setting(
        50, N_("cost of each day by which min_gap_days is undercut"), unit=N_("points/day"), ge=0, le=100
    )
    long_gap: int = setting(
        100, N_("cost of each day without a contact beyond max_gap_days"), unit=N_("points/day"), ge=0, le=200
    )
    alternate: int = setting(
        10, N_("cost of the same kind twice running, where the other is due as often"), unit=N_("points"), ge=0, le=100
    )
    walking: int = setting(1, N_("cost of a minute of walking"), unit=N_("points/min"), ge=0, le=10)
