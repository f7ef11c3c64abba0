"""Settings of the month: how often, when and how long."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from matcher.i18n import N_
from matcher.settings.base import PRESS, Section, setting


def _window(text: str) -> str:
    """Check a window of the day written ``HH:MM-HH:MM`` and give it back."""
    start, _, end = text.partition("-")
    if time.fromisoformat(start) >= time.fromisoformat(end):
        raise ValueError(text)
    return text


Window = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"), AfterValidator(_window)]


class Schedule(Section):
    """How often, when and how long."""

    contacts_per_week: int = setting(
        2, N_("visits and calls to each elder in a full week"), unit=N_("contacts"), source=PRESS, ge=0, le=7
    )
    visits_per_month: int = setting(
        4, N_("of these, visits at home in the month"), unit=N_("visits"), source=PRESS, ge=0, le=31
    )
    min_gap_days: int = setting(
        2,
        N_("least days from one contact with an elder to the next; fewer where more contacts a week are due than fit"),
        unit=N_("days"),
        ge=1,
        le=7,
    )
    max_contacts_per_day: int = setting(
        6, N_("most contacts of a volunteer on one day"), unit=N_("contacts"), ge=1, le=50
    )
    max_visits_per_day: int = setting(3, N_("most visits of a volunteer on one day"), unit=N_("visits"), ge=0, le=20)
    holidays: Literal["skip", "keep"] = setting(
        "skip", N_("statutory holidays: skip (no contacts) or keep (as any other day)")
    )
    weekends: bool = setting(
        True, N_("plan on Saturdays and Sundays; make-up workdays count as the weekday they stand for")
    )
    closed_days: tuple[date, ...] = setting((), N_("further dates without contacts"))
    morning: Window = setting("09:00-11:30", N_("the morning's window"))
    afternoon: Window = setting("14:00-17:00", N_("the afternoon's window"))
    visit_min: int = setting(45, N_("length of a visit"), unit="min", ge=5, le=240)
    call_min: int = setting(15, N_("length of a call"), unit="min", ge=1, le=120)
    between_min: int = setting(
        15,
        N_("from the end of one contact of a volunteer to the start of the next"),
        unit="min",
        ge=0,
        le=120,
    )
