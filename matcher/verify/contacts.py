"""Checks of the contacts: the day, the time, and how they lie beside each other."""

from __future__ import annotations

from datetime import time

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.settings import ScheduleSettings, Settings
from matcher.settings.month import Surge
from matcher.verify.calendar import Calendar
from matcher.verify.people import People
from matcher.verify.plan import key
from matcher.verify.surge import dates_of
from matcher.verify.tables import CALL, NO_KIND, VISIT, of_known, tally
from matcher.verify.violations import EPOCH_ORDINAL, Findings
from matcher.verify.walks import check_walks


def check_contacts(
    contacts: pd.DataFrame,
    pairs: pd.DataFrame,
    people: People,
    horizon: Horizon,
    settings: Settings,
    found: Findings,
) -> None:
    """All hard rules on contacts but the cadence.

    A contact with an unknown person counts only for visit ids and for the order of the known volunteer's day; one
    outside the month only for those, its length and its time of day.
    """
    _check_visit_ids(contacts, found)
    _check_order(contacts[contacts["volunteer"] >= 0], found)
    known = of_known(contacts)
    found.add("wrong_amount", _who(known).assign(amount=1)[known["kind"] == NO_KIND], "kind")
    paired = np.isin(key(known["elder"], known["volunteer"], people), key(pairs["elder"], pairs["volunteer"], people))
    found.add("visit_without_pair", _who(known)[~paired])
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    inside = known["day"].between(first, first + horizon.days - 1)
    found.add("outside_month", _who(known)[~inside])
    _check_same_day(known[inside], found)
    check_days(known, people, horizon, settings, found)


def check_days(contacts: pd.DataFrame, people: People, horizon: Horizon, settings: Settings, found: Findings) -> None:
    """What each volunteer's days hold: hours, presence, limits, pauses and walks; of contacts of known people."""
    schedule = settings.schedule
    _check_times(contacts, schedule, found)
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    inside = contacts["day"].between(first, first + horizon.days - 1)
    within = contacts[inside].assign(date_index=(contacts["day"][inside] - first).astype(np.int64))
    anybody = _at_any_time(within, settings.surge, horizon)
    _check_days(within, people, Calendar.of(horizon, schedule), schedule, anybody, found)
    _check_load(within, schedule, found)
    _check_overlap(within, schedule.between_min, found)
    check_walks(within, people, settings, found)


def _who(contacts: pd.DataFrame) -> pd.DataFrame:
    return contacts[["elder", "volunteer", "day", "row"]]


def _windows_min(schedule: ScheduleSettings) -> list[tuple[int, int]]:
    """Start and end of the morning and of the afternoon, minutes after midnight."""
    windows = []
    for window in (schedule.morning, schedule.afternoon):
        start, end = (time.fromisoformat(part) for part in window.split("-"))
        windows.append((start.hour * 60 + start.minute, end.hour * 60 + end.minute))
    return windows


def _in_halves(contacts: pd.DataFrame, schedule: ScheduleSettings) -> list[NDArray[np.bool_]]:
    """For each half-day, which contacts lie wholly inside its window."""
    start, end = contacts["start"].to_numpy(), contacts["end"].to_numpy()
    return [(opens <= start) & (start <= end) & (end <= closes) for opens, closes in _windows_min(schedule)]


def _check_visit_ids(contacts: pd.DataFrame, found: Findings) -> None:
    table = contacts[["elder", "row"]].assign(code=pd.factorize(contacts["visit_id"])[0])
    times = tally(table, ["code"])
    again = times[times["amount"] > 1]
    found.add("visit_twice", again[again["elder"] >= 0])
    found.add("visit_twice", again[again["elder"] < 0].drop(columns="elder"))


def _check_order(contacts: pd.DataFrame, found: Findings) -> None:
    """``order_of_day`` counts a volunteer's contacts of a day by their start; equal starts in either order."""
    dated = contacts[contacts["day"].notna()]
    dated = dated.sort_values(["volunteer", "day", "start", "order_of_day", "elder"], ignore_index=True)
    place = dated.groupby(["volunteer", "day"]).cumcount() + 1
    off = (dated["order_of_day"] - place).abs()
    wrong = (off > 0) & (dated["elder"] >= 0)
    found.add("wrong_amount", _who(dated).assign(amount=off)[wrong], "order_of_day")


def _check_times(contacts: pd.DataFrame, schedule: ScheduleSettings, found: Findings) -> None:
    lasts = contacts["end"] - contacts["start"]
    should = contacts["kind"].map({VISIT: schedule.visit_min, CALL: schedule.call_min}).astype(float)
    off = (lasts - should).abs()
    found.add("duration", _who(contacts).assign(amount=off)[off > 0])
    morning, afternoon = _in_halves(contacts, schedule)
    found.add("window", _who(contacts)[~(morning | afternoon)])


def _at_any_time(contacts: pd.DataFrame, surge: Surge, horizon: Horizon) -> NDArray[np.bool_]:
    """Which contacts are calls on days of a surge, made at half-days that need not be the two's."""
    calls = (contacts["kind"] == CALL) & contacts["day"].isin(dates_of(surge.days, horizon))
    return calls.to_numpy() & surge.calls_at_any_time


def _check_days(
    contacts: pd.DataFrame,
    people: People,
    calendar: Calendar,
    schedule: ScheduleSettings,
    at_any_time: NDArray[np.bool_],
    found: Findings,
) -> None:
    elder, volunteer = contacts["elder"].to_numpy(), contacts["volunteer"].to_numpy()
    day = contacts["date_index"].to_numpy()
    elders, volunteers = people.elders, people.volunteers
    there = elders.on_programme[elder, day] & volunteers.on_programme[volunteer, day]
    off = elders.off[elder, day] | volunteers.off[volunteer, day]
    found.add("absent", _who(contacts)[~there | off])
    found.add("closed_day", _who(contacts)[calendar.closed[day]])
    halves = _in_halves(contacts, schedule)
    free = np.zeros(len(contacts), dtype=bool)
    for half, inside in enumerate(halves):
        both = calendar.free(elders.free[elder], day, half) & calendar.free(volunteers.free[volunteer], day, half)
        free |= inside & (both | at_any_time)
    timed = np.flatnonzero(free & ~at_any_time & ((elders.clock[elder] != "") | (volunteers.clock[volunteer] != "")))
    for i in timed.tolist():
        span = (float(contacts["start"].iloc[i]), float(contacts["end"].iloc[i]))
        here = [half for half, inside in enumerate(halves) if inside[i]]
        free[i] = all(
            calendar.holds(int(side.free[who]), str(side.clock[who]), int(day[i]), span, here)
            for side, who in ((elders, elder[i]), (volunteers, volunteer[i]))
        )
    # outside every window there is no half-day to be free in; that is told as such
    found.add("availability", _who(contacts)[(halves[0] | halves[1]) & ~free])


def _check_same_day(contacts: pd.DataFrame, found: Findings) -> None:
    """One contact a day with an elder, by whomever."""
    days = tally(contacts[["elder", "volunteer", "day", "row"]], ["elder", "day"])
    found.add("same_day", days.drop(columns="volunteer")[days["amount"] > 1])


def _check_load(contacts: pd.DataFrame, schedule: ScheduleSettings, found: Findings) -> None:
    for what, counted, limit in (
        ("contacts", contacts, schedule.max_contacts_per_day),
        ("visits", contacts[contacts["kind"] == VISIT], schedule.max_visits_per_day),
    ):
        load = tally(counted[["volunteer", "day", "row"]], ["volunteer", "day"])
        found.add("day_full", load[load["amount"] > limit], what)


def _check_overlap(contacts: pd.DataFrame, between_min: int, found: Findings) -> None:
    """From the latest end so far of a volunteer's day to the next start; told of the later contact."""
    timed = contacts[np.isfinite(contacts["start"]) & np.isfinite(contacts["end"])]
    timed = timed.sort_values(["volunteer", "day", "start", "end", "elder"], ignore_index=True)
    day = timed.groupby(["volunteer", "day"]).ngroup()
    latest_end = timed.groupby(day)["end"].cummax().groupby(day).shift()
    short = between_min - (timed["start"] - latest_end)
    found.add("overlap", _who(timed).assign(amount=short)[short > 0])
