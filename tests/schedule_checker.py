"""The schedule's rules in plain Python, written from their description and sharing no code with the planner."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor

import pandas as pd

from matcher.horizon import Horizon

# From the State Council's notice for 2026: a break counts its weekend days too.
HOLIDAYS = {date(2026, 10, day) for day in range(1, 8)} | {date(2026, 2, day) for day in range(15, 24)}
MAKE_UP = {date(2026, 10, 10): 2, date(2026, 2, 14): 4, date(2026, 2, 28): 0}
"""Make-up workdays and the weekday of the day off that each pays for."""
HALF = Fraction(1, 2)
LATE = 24 * 60


def dues(horizon: Horizon, per_week: int, per_month: int) -> list[tuple[int, int]]:
    """Contacts and visits due in each week."""
    gone, out = 0, []
    for week in horizon.weeks():
        before, gone = gone, gone + week.days
        share = [floor(Fraction(per_month * days, horizon.days) + HALF) for days in (before, gone)]
        visits = min(share[1] - share[0], week.days) if per_week else 0
        out.append((min(max(floor(Fraction(per_week * week.days, 7) + HALF), visits), week.days), visits))
    return out


def gap(horizon: Horizon, per_week: int, per_month: int, min_gap_days: int) -> int:
    busiest = max(1, *(contacts for contacts, _ in dues(horizon, per_week, per_month)))
    return max(1, min(min_gap_days, floor(Fraction(7, busiest))))


def wants(elder: pd.Series, schedule) -> tuple[int, int]:
    """Contacts a week and visits a month."""
    week, month = elder["contacts_per_week"], elder["visits_per_month"]
    return (
        schedule.contacts_per_week if pd.isna(week) else int(week),
        schedule.visits_per_month if pd.isna(month) else int(month),
    )


def is_open(day: date, schedule) -> bool:
    if day in schedule.closed_days or (schedule.holidays == "skip" and day in HOLIDAYS):
        return False
    return schedule.weekends or day.weekday() < 5 or day in MAKE_UP


def is_there(person: pd.Series, day: date) -> bool:
    joined, left = person["joined"], person["left"]
    here = (pd.isna(joined) or joined.date() <= day) and (pd.isna(left) or day <= left.date())
    return here and day not in person["days_off"]


def is_free(person: pd.Series, day: date, half: int) -> bool:
    weekdays = {day.weekday(), MAKE_UP.get(day, day.weekday())}
    return any(person["availability"] >> (2 * weekday + half) & 1 for weekday in weekdays)


def windows(schedule) -> list[tuple[int, int]]:
    def minutes(clock: str) -> int:
        hours, rest = clock.split(":")
        return int(hours) * 60 + int(rest)

    return [tuple(minutes(part) for part in text.split("-")) for text in (schedule.morning, schedule.afternoon)]


def faults(roster, pairs, horizon: Horizon, settings, visits) -> list[str]:
    """Every broken rule of a schedule of ``pairs`` (elder: volunteer)."""
    schedule, found = settings.schedule, []
    of_elder, of_day = {}, {}
    for i in range(len(visits)):
        contact = tuple(int(array[i]) for array in (visits.start_min, visits.end_min, visits.kind))
        elder, volunteer = int(visits.elder[i]), int(visits.volunteer[i])
        day = visits.day[i].item()
        if pairs.get(elder) != volunteer:
            found.append("no pair")
        of_elder.setdefault(elder, []).append((day, contact))
        of_day.setdefault((volunteer, day), []).append((int(visits.order_of_day[i]), contact))
        found += _of_one(roster.elders.loc[elder], roster.volunteers.loc[volunteer], day, contact, horizon, schedule)
    for contacts in of_day.values():
        found += _of_day(contacts, schedule)
    for elder, volunteer in pairs.items():
        mine = sorted(of_elder.get(elder, []))
        short = [u for u in visits.unscheduled if u.elder == elder]
        if any(u.volunteer != volunteer for u in short):
            found.append("unscheduled with another")
        found += _of_elder(roster.elders.loc[elder], mine, short, horizon, schedule)
    due = sum(c for e in pairs for c, _ in dues(horizon, *wants(roster.elders.loc[e], schedule)))
    return found + ["contacts_due"] * (due != visits.contacts_due)


def _of_one(elder, volunteer, day, contact, horizon, schedule) -> list[str]:
    start, end, kind = contact
    found = []
    if not horizon.start <= day <= horizon.end:
        found.append("outside")
    if not is_open(day, schedule):
        found.append("closed")
    if not (is_there(elder, day) and is_there(volunteer, day)):
        found.append("absent")
    inside = [half for half, (a, b) in enumerate(windows(schedule)) if a <= start and end <= b]
    if not any(is_free(elder, day, half) and is_free(volunteer, day, half) for half in inside):
        found.append("window")
    if end - start != (schedule.visit_min, schedule.call_min)[kind]:
        found.append("length")
    return found


def _of_day(contacts, schedule) -> list[str]:
    contacts.sort(key=lambda item: item[1])
    found = ["order"] * ([order for order, _ in contacts] != list(range(1, len(contacts) + 1)))
    found += ["pause" for (_, a), (_, b) in pairwise(contacts) if b[0] - a[1] < schedule.between_min]
    found += ["contacts a day"] * (len(contacts) > schedule.max_contacts_per_day)
    visits = sum(kind == 0 for _, (_, _, kind) in contacts)
    return found + ["visits a day"] * (visits > schedule.max_visits_per_day)


def _of_elder(elder, mine, short, horizon, schedule) -> list[str]:
    found = []
    least = gap(horizon, *wants(elder, schedule), schedule.min_gap_days)
    found += ["gap" for (a, _), (b, _) in pairwise(mine) if b - a < timedelta(days=least)]
    for week, (contacts_due, visits_due) in zip(horizon.weeks(), dues(horizon, *wants(elder, schedule)), strict=True):
        kinds = [kind for day, (_, _, kind) in mine if week.start <= day <= week.end]
        visits, calls = kinds.count(0), kinds.count(1)
        if visits > visits_due or visits + calls > contacts_due:
            found.append("more than due")
        for kind, missing in ((0, visits_due - visits), (1, max(0, contacts_due - visits_due - calls))):
            rows = [u for u in short if u.week_start == week.start and u.kind == kind]
            if sum(u.missing for u in rows) != missing or len(rows) != (missing > 0):
                found.append("unscheduled")
            found += ["reason" for u in rows if not u.reason]
    return found
