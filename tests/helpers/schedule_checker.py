"""The schedule's rules in plain Python, written from their description and sharing no code with the planner."""

import zlib
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

import pandas as pd
from geopy.distance import geodesic

from matcher.horizon import Horizon

# From the State Council's notice for 2026: a break counts its weekend days too.
HOLIDAYS = {date(2026, 10, day) for day in range(1, 8)} | {date(2026, 2, day) for day in range(15, 24)}
FIRST_OF_BREAK = {date(2026, 10, 1), date(2026, 2, 15)}
MAKE_UP = {date(2026, 10, 10): 2, date(2026, 2, 14): 4, date(2026, 2, 28): 0}
"""Make-up workdays and the weekday of the day off that each pays for."""
HALF = Fraction(1, 2)


def rate(cell, tier, by_risk, everybody):
    """Times a day."""
    a_week = by_risk.get(tier, everybody) if pd.isna(cell) else cell
    return Fraction(a_week / 7).limit_denominator(366)


def weekly(times_a_day, name, weeks, room):
    """Due in each week: steps of so many times a day, on a grid that begins on a Monday; each week has its days."""
    span, phase = times_a_day.denominator, zlib.crc32(name.encode())
    if span % 7:
        shift = phase % span
    else:
        shift = next(s for s in range(7) if (ceil(Fraction(span, 2)) - s) % 7 == 4) + 7 * (phase % (span // 7))
    day_0 = date(2001, 1, 1)

    def until(day):
        return floor(times_a_day * ((day - day_0).days + shift) + HALF)

    due = [until(days[-1] + timedelta(days=1)) - until(days[0]) if days else 0 for days in weeks]
    if times_a_day >= Fraction(1, 7):
        return [min(number, most) for number, most in zip(due, room, strict=True)]
    out, late = [0] * len(due), 0
    for week, number in enumerate(
        due
    ):  # once at most a week: what is too much waits for the next, at the end goes back
        late += number
        out[week] = min(late, room[week], 1)
        late -= out[week]
    for week in reversed(range(len(due))):
        if late and not out[week] and room[week]:
            out[week], late = 1, late - 1
    return out


def spread(number, weights):
    total, done, out = sum(weights), 0, []
    for weight in weights:
        done += weight
        out.append(floor(Fraction(number * done, total or 1) + HALF))
    return [b - a for a, b in pairwise([0, *out])]


def dues(elder, horizon: Horizon, schedule) -> list[tuple[int, int]]:
    """Contacts and visits due in each week."""
    tier, name = elder["risk"], elder["id"]
    contacts = rate(elder["contacts_per_week"], tier, schedule.contacts_per_week_by_risk, schedule.contacts_per_week)
    if not contacts:
        return [(0, 0)] * len(horizon.weeks())
    there = [[day for day in week.dates() if on_programme(elder, day)] for week in horizon.weeks()]
    asked = [[day for day in days if schedule.due_when_closed or is_open(day, schedule)] for days in there]
    room = [len(days) for days in asked]
    share = Fraction(sum(map(len, there)), horizon.days)
    made = weekly(contacts, name, there, room)
    least = rate(float("nan"), tier, schedule.min_visits_per_week_by_risk, 0.0)
    number, own = floor(schedule.min_visits_per_month * share + HALF), Fraction(0)
    if pd.isna(elder["visits_per_week"]) and not pd.isna(elder["visits_per_month"]):
        number = max(number, floor(int(elder["visits_per_month"]) * share + HALF))
    else:
        own = rate(elder["visits_per_week"], tier, schedule.visits_per_week_by_risk, schedule.visits_per_week)
        if pd.isna(elder["visits_per_week"]) and not pd.isna(elder["contacts_per_week"]):
            own = min(own, contacts)
    visits = weekly(max(own, least), name, there, room)
    if sum(visits) < number:
        visits = spread(number, made if number <= sum(made) else room)
    out = []
    for days, many, contact, visit in zip(asked, room, made, visits, strict=True):
        visits_due = min(visit, many)
        added = sum(schedule.holidays == "add" and day in FIRST_OF_BREAK for day in days)
        out.append((min(contact, many), visits_due, added, many))
    if not any(contact or visit for contact, visit, _, _ in out):
        return [(0, 0)] * len(out)
    return [(min(max(contact, visit) + added, many), visit) for contact, visit, added, many in out]


def on_programme(person: pd.Series, day: date) -> bool:
    joined, left = person["joined"], person["left"]
    return (pd.isna(joined) or joined.date() <= day) and (pd.isna(left) or day <= left.date())


def is_open(day: date, schedule) -> bool:
    if day in schedule.closed_days or (schedule.holidays == "skip" and day in HOLIDAYS):
        return False
    return schedule.weekends or day.weekday() < 5 or day in MAKE_UP


def is_there(person: pd.Series, day: date) -> bool:
    return on_programme(person, day) and day not in person["days_off"]


def windows(schedule) -> list[tuple[int, int]]:
    def minutes(clock: str) -> int:
        hours, rest = clock.split(":")
        return int(hours) * 60 + int(rest)

    return [tuple(minutes(part) for part in text.split("-")) for text in (schedule.morning, schedule.afternoon)]


def free_minutes(person: pd.Series, day: date, half: int, schedule) -> set[int]:
    """Minutes of a half-day's window in which a person is free, each the minute that it begins."""
    opens, closes = windows(schedule)[half]
    found = set()
    for weekday in {day.weekday(), MAKE_UP.get(day, day.weekday())}:
        spans = [item.split(":") for item in person["clock"].split(",") if item]
        mine = [tuple(int(x) for x in span.split("-")) for number, span in spans if int(number) == weekday]
        if person["availability"] >> (2 * weekday + half) & 1 and not any((a >= 720) == bool(half) for a, _ in mine):
            found |= set(range(opens, closes))
        for a, b in mine:
            found |= set(range(max(a, opens), min(b, closes)))
    return found


def walk(one: pd.Series, other: pd.Series, settings) -> float:
    """Minutes on foot between two who have coordinates."""
    if one["building"] == other["building"] != "":
        return 0.0
    metres = geodesic((one["lat"], one["lng"]), (other["lat"], other["lng"])).m
    return metres * settings.distance.detour_factor / settings.schedule.walking_m_per_s / 60


def faults(roster, pairs, horizon: Horizon, settings, visits) -> list[str]:
    """Every broken hard rule of a schedule of ``pairs`` (elder: volunteer)."""
    schedule, found = settings.schedule, []
    of_elder, of_day = {}, {}
    for i in range(len(visits)):
        contact = tuple(int(array[i]) for array in (visits.start_min, visits.end_min, visits.kind))
        elder, volunteer = int(visits.elder[i]), int(visits.volunteer[i])
        day = visits.day[i].item()
        if pairs.get(elder) != volunteer:
            found.append("no pair")
        of_elder.setdefault(elder, []).append((day, contact))
        of_day.setdefault((volunteer, day), []).append((int(visits.order_of_day[i]), contact, elder))
        found += _of_one(roster.elders.loc[elder], roster.volunteers.loc[volunteer], day, contact, horizon, schedule)
    for (volunteer, _), contacts in of_day.items():
        found += _of_day(contacts, volunteer, roster, settings)
    for elder, volunteer in pairs.items():
        mine = sorted(of_elder.get(elder, []))
        short = [u for u in visits.unscheduled if u.elder == elder]
        if any(u.volunteer != volunteer for u in short):
            found.append("unscheduled with another")
        found += _of_elder(roster.elders.loc[elder], mine, short, horizon, schedule)
    due = sum(c for e in pairs for c, _ in dues(roster.elders.loc[e], horizon, schedule))
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
    minutes = set(range(start, end))
    free = (free_minutes(elder, day, h, schedule) & free_minutes(volunteer, day, h, schedule) for h in (0, 1))
    if not any(minutes <= span for span in free):
        found.append("window")
    if end - start != (schedule.visit_min, schedule.call_min)[kind]:
        found.append("length")
    return found


def _of_day(contacts, volunteer, roster, settings) -> list[str]:
    schedule = settings.schedule
    contacts.sort(key=lambda item: item[1])
    found = ["order"] * ([order for order, *_ in contacts] != list(range(1, len(contacts) + 1)))
    found += ["pause" for (_, a, _), (_, b, _) in pairwise(contacts) if b[0] - a[1] < schedule.between_min]
    found += ["contacts a day"] * (len(contacts) > schedule.max_contacts_per_day)
    visits = [(contact, elder) for _, contact, elder in contacts if contact[2] == 0]
    found += ["visits a day"] * (len(visits) > schedule.max_visits_per_day)
    for (a, one), (b, other) in pairwise(visits):
        between = sum(c[1] - c[0] for _, c, _ in contacts if c[2] == 1 and a[1] <= c[0] < b[0])
        way = walk(roster.elders.loc[one], roster.elders.loc[other], settings)
        found += ["walk"] * (b[0] - a[1] - between < way - 0.01)
    minutes = sum(b - a for _, (a, b, _), _ in contacts) + walked(visits, volunteer, roster, settings)
    return found + ["minutes a day"] * (minutes > schedule.max_minutes_per_day + 0.01)


def walked(visits, volunteer, roster, settings) -> float:
    """Minutes on foot of a day's visits in order, home before and after each half-day's."""
    total, home = 0.0, roster.volunteers.loc[volunteer]
    morning = windows(settings.schedule)[0]
    outings = {}
    for (start, end, _), elder in visits:
        outings.setdefault(morning[0] <= start and end <= morning[1], []).append(roster.elders.loc[elder])
    for outing in outings.values():
        total += sum(walk(a, b, settings) for a, b in pairwise([home, *outing, home]))
    return total


def _of_elder(elder, mine, short, horizon, schedule) -> list[str]:
    found = []
    found += ["twice a day" for (a, _), (b, _) in pairwise(mine) if b == a]
    for week, (contacts_due, visits_due) in zip(horizon.weeks(), dues(elder, horizon, schedule), strict=True):
        kinds = [kind for day, (_, _, kind) in mine if week.start <= day <= week.end]
        visits, calls = kinds.count(0), kinds.count(1)
        if visits > visits_due or visits + calls > contacts_due:
            found.append("more than due")
        instead = min(visits_due - visits, max(0, calls - (contacts_due - visits_due)))
        if visits + calls + sum(u.missing for u in short if u.week_start == week.start) != contacts_due:
            found.append("made and missing are not due")
        for kind, missing, as_calls in (
            (0, visits_due - visits - instead, instead),
            (1, max(0, contacts_due - visits_due - calls), 0),
        ):
            rows = [u for u in short if u.week_start == week.start and u.kind == kind]
            if sum(u.missing for u in rows) != missing or len(rows) != (missing + as_calls > 0):
                found.append("unscheduled")
            found += ["as calls"] * (sum(u.as_calls for u in rows) != as_calls)
            found += ["reason" for u in rows if not u.reason]
    return found
