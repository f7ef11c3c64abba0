"""Settings of what surrounds the month's plan: new pairs, heat and cold waves, calendars."""

from __future__ import annotations

from matcher.i18n import N_
from matcher.settings.base import PRESS, RESEARCH, Section, setting
from matcher.settings.schedule import Window


class Surge(Section):
    """Heat waves, cold waves, epidemics: more contacts, fewer visits."""

    contacts_per_week: int = setting(
        7, N_("contacts a week while a surge lasts, at least"), unit=N_("contacts"), source=PRESS, ge=1, le=7
    )
    hot_hours: Window = setting("10:30-16:00", N_("no visit touches these hours while a surge lasts"))


class NewPair(Section):
    """Two who do not know each other yet."""

    accompanied: bool = setting(
        True,
        N_("somebody comes along to a new pair's first visit: the elder's second volunteer or the team's leader"),
        source=RESEARCH,
    )
    first_visit_days: int = setting(
        7, N_("a new pair's first visit comes within so many days"), unit=N_("days"), source=RESEARCH, ge=1, le=31
    )
    weeks: int = setting(6, N_("how long a pair is new"), unit=N_("weeks"), source=RESEARCH, ge=0, le=52)
    contacts_per_week: int = setting(
        3, N_("contacts a week of a new pair, at least"), unit=N_("contacts"), source=RESEARCH, ge=0, le=7
    )


class Calendar(Section):
    """What calendar files say of themselves."""

    organizer_name: str = setting("", N_("who sends the calendars; empty: Old Partners"))
    organizer_email: str = setting(
        "old-partners@calendar.invalid",
        N_("the sender's address, which calendars must name; the default reaches nobody"),
        pattern=r"^[^@\s:;,<>\"]+@[^@\s:;,<>\"]+$",
    )
