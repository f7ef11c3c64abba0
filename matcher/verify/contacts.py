"""Checks of the contacts: the day, the time, and how they lie beside each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.settings import ScheduleSettings
from matcher.verify.half_days import HalfDays
from matcher.verify.reference import Reference
from matcher.verify.tables import CALL, NO_KIND, VISIT, count_by, find_known
from matcher.verify.travel_times import check_travel_times, sort_timed
from matcher.verify.violations import Findings


def check_contacts(
    contacts: pd.DataFrame, allowed: NDArray[np.bool_], reference: Reference, findings: Findings
) -> None:
    """Check all hard rules on contacts but the cadence.

    A contact with an unknown person counts only for visit ids and for the order of the known volunteer's day. One
    outside the month counts only for those, its length and its time of day.

    Args:
        contacts: All contacts.
        allowed: Which contacts are made by somebody who may, (n contacts,).
        reference: What contacts are held against.
        findings: Takes what is broken.
    """
    dates = reference.dates
    _check_visit_ids(contacts, findings)
    _check_order(contacts[contacts["volunteer"] >= 0], findings)
    known = find_known(contacts)
    findings.add("wrong_amount", known.assign(amount=1)[known["kind"] == NO_KIND], "kind")
    findings.add("visit_without_pair", find_known(contacts[~allowed]))
    inside = dates.contain(known["day"])
    findings.add("outside_month", known[~inside])
    _check_same_day(known[inside], findings)
    check_days(known, reference, findings)


def check_days(contacts: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check what volunteers' days hold: hours, presence, limits, pauses and walks; of contacts of known people."""
    schedule = reference.settings.schedule
    _check_times(contacts, schedule, findings)
    within = contacts[reference.dates.contain(contacts["day"])]
    _check_presence(within, reference, findings)
    _check_hours(within, reference, findings)
    _check_load(within, schedule, findings)
    timed = sort_timed(within)
    _check_overlap(timed, schedule.between_min, findings)
    check_travel_times(timed, reference, findings)


def _check_visit_ids(contacts: pd.DataFrame, findings: Findings) -> None:
    """Check that no two contacts have the same id."""
    table = contacts[["elder", "row"]].assign(code=pd.factorize(contacts["visit_id"])[0])
    times = count_by(table, ["code"])
    again = times[times["amount"] > 1]
    findings.add("visit_twice", again[again["elder"] >= 0])
    findings.add("visit_twice", again[again["elder"] < 0].drop(columns="elder"))


def _check_order(contacts: pd.DataFrame, findings: Findings) -> None:
    """Check that ``order_of_day`` counts a volunteer's contacts of a day by their start.

    Contacts that start at once may have either order.
    """
    keys = ["volunteer", "day", "start", "order_of_day", "elder"]
    dated = contacts.loc[contacts["day"].notna(), [*keys, "row"]].sort_values(keys, ignore_index=True)
    expected = dated.groupby(["volunteer", "day"]).cumcount() + 1
    off = (dated["order_of_day"] - expected).abs()
    wrong = (off > 0) & (dated["elder"] >= 0)
    findings.add("wrong_amount", dated.assign(amount=off)[wrong], "order_of_day")


def _check_times(contacts: pd.DataFrame, schedule: ScheduleSettings, findings: Findings) -> None:
    """Check that contacts are as long as set, and inside the windows."""
    length = contacts["end"] - contacts["start"]
    expected = contacts["kind"].map({VISIT: schedule.visit_min, CALL: schedule.call_min}).astype(float)
    off = (length - expected).abs()
    findings.add("duration", contacts.assign(amount=off)[off > 0])
    morning, afternoon = HalfDays.of(schedule).contain(contacts)
    findings.add("window", contacts[~(morning | afternoon)])


def _check_presence(contacts: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check that both are there on the day, and that the day is open."""
    elder, volunteer = contacts["elder"].to_numpy(), contacts["volunteer"].to_numpy()
    day = reference.dates.find_index(contacts["day"])
    elders, volunteers = reference.people.elders, reference.people.volunteers
    present = elders.on_programme[elder, day] & volunteers.on_programme[volunteer, day]
    off = elders.off[elder, day] | volunteers.off[volunteer, day]
    findings.add("absent", contacts[~present | off])
    findings.add("closed_day", contacts[reference.calendar.closed[day]])


def _check_hours(contacts: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check that both are free at the time, by their half-days and by their clock times."""
    elders, volunteers, calendar = reference.people.elders, reference.people.volunteers, reference.calendar
    elder, volunteer = contacts["elder"].to_numpy(), contacts["volunteer"].to_numpy()
    day = reference.dates.find_index(contacts["day"])
    at_any_time = _may_be_at_any_time(contacts, reference)
    half_days = HalfDays.of(reference.settings.schedule).contain(contacts)
    free = np.zeros(len(contacts), dtype=bool)
    for half, inside in enumerate(half_days):
        both = calendar.is_free(elders.free[elder], day, half) & calendar.is_free(volunteers.free[volunteer], day, half)
        free |= inside & (both | at_any_time)
    timed = np.flatnonzero(free & ~at_any_time & ((elders.clock[elder] != "") | (volunteers.clock[volunteer] != "")))
    for i in timed.tolist():
        span = (float(contacts["start"].iloc[i]), float(contacts["end"].iloc[i]))
        halves = [half for half, inside in enumerate(half_days) if inside[i]]
        free[i] = all(
            calendar.is_free_at(int(side.free[who]), str(side.clock[who]), int(day[i]), span, halves)
            for side, who in ((elders, elder[i]), (volunteers, volunteer[i]))
        )
    # outside the windows there is no half-day to be free in: that is a violation of its own
    morning, afternoon = half_days
    findings.add("availability", contacts[(morning | afternoon) & ~free])


def _may_be_at_any_time(contacts: pd.DataFrame, reference: Reference) -> NDArray[np.bool_]:
    """Return which contacts are calls on days of a surge whose half-days need not be those of the two."""
    surge = reference.settings.surge
    calls = (contacts["kind"] == CALL) & contacts["day"].isin(reference.dates.find_span(surge.days))
    return calls.to_numpy() & surge.calls_at_any_time


def _check_same_day(contacts: pd.DataFrame, findings: Findings) -> None:
    """Check that an elder has one contact a day, by whomever."""
    days = count_by(contacts[["elder", "day", "row"]], ["elder", "day"])
    findings.add("same_day", days[days["amount"] > 1])


def _check_load(contacts: pd.DataFrame, schedule: ScheduleSettings, findings: Findings) -> None:
    """Check that no volunteer's day has too many contacts or visits."""
    for what, counted, limit in (
        ("contacts", contacts, schedule.max_contacts_per_day),
        ("visits", contacts[contacts["kind"] == VISIT], schedule.max_visits_per_day),
    ):
        load = count_by(counted[["volunteer", "day", "row"]], ["volunteer", "day"])
        findings.add("day_full", load[load["amount"] > limit], what)


def _check_overlap(timed: pd.DataFrame, between_min: int, findings: Findings) -> None:
    """Check the pause from the latest end so far of a volunteer's day to the next start, of ``sort_timed`` contacts.

    Where it is too short, the later contact is at fault.
    """
    day = timed.groupby(["volunteer", "day"]).ngroup()
    latest_end = timed.groupby(day)["end"].cummax().groupby(day).shift()
    short = between_min - (timed["start"] - latest_end)
    findings.add("overlap", timed.assign(amount=short)[short > 0])
