"""Parts that are the same in all calendar files, as the library icalendar writes it: head, time zone, organizer."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version

import icalendar

from matcher.i18n import _, language
from matcher.outputs.calendar_marks import PRODUCT, ZONE
from matcher.settings.month import CalendarSettings


def write_organizer(settings: CalendarSettings) -> str:
    """Return the line of who the contacts are from."""
    organizer = icalendar.vCalAddress(f"mailto:{settings.organizer_email}")
    organizer.params["CN"] = _spell_line(settings.organizer_name) or _("Old Partners")
    return _write_line(organizer, "ORGANIZER")


def write_head(method: str, owner_name: str) -> bytes:
    """Return the beginning of a calendar, to its first event."""
    before, after = _write_frame(method, language())
    return (
        before
        + _write_line(icalendar.vText(_spell_line(f"{_('Old Partners')} {owner_name}")), "X-WR-CALNAME").encode()
        + after
    )


def _spell_line(text: str) -> str:
    """Return a text as one line without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


@cache
def _write_frame(method: str, lang: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the name in the head."""
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", f"{PRODUCT}//old-partners {version('old-partners')}//{lang.upper()}")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    head = calendar.to_ical().removesuffix(b"END:VCALENDAR\r\n")
    return head, make_time_zone().to_ical()


def make_time_zone() -> icalendar.Timezone:
    """Return China's time since the last change of its clocks, in 1991."""
    standard = icalendar.TimezoneStandard()
    standard.add("dtstart", datetime(1991, 9, 15, 2))
    standard.add("tzname", "CST")
    standard.add("tzoffsetfrom", timedelta(hours=9))
    standard.add("tzoffsetto", timedelta(hours=8))
    zone = icalendar.Timezone()
    zone.add("tzid", ZONE)
    zone.add_component(standard)
    return zone


def _write_line(value: icalendar.vText | icalendar.vCalAddress, name: str) -> str:
    """Return a property as the library writes it."""
    line = icalendar.parser.Contentline.from_parts(name, icalendar.parser.Parameters(value.params), value)
    text: bytes = line.to_ical()
    return text.decode() + "\r\n"
