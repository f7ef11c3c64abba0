"""Heat waves, cold waves and epidemics: a contact a day, no visits in hot hours, calls in place of visits."""

from __future__ import annotations

from datetime import date, time

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.settings import Settings
from matcher.settings.month import Surge
from matcher.verify.calendar import Calendar
from matcher.verify.people import People
from matcher.verify.standing import among
from matcher.verify.tables import CALL, VISIT
from matcher.verify.violations import EPOCH_ORDINAL, Findings


def check_surge(
    contacts: pd.DataFrame,
    pairs: pd.DataFrame,
    unscheduled: pd.DataFrame | None,
    people: People,
    horizon: Horizon,
    settings: Settings,
    kept: pd.DataFrame | None,
    found: Findings,
) -> None:
    """What a surge asks for.

    Args:
        contacts: All contacts of known people; ``volunteer`` is the pair's, whoever stands in.
        pairs: Pairs of known people.
        unscheduled: What is listed as without a place.
        people: Both rosters.
        horizon: The dates.
        settings: The dates of the surge, its contacts and its hot hours; closed days.
        kept: Contacts that had to stand as they were.
        found: Takes what is broken.
    """
    surge = settings.surge
    lasting = _dates(surge.days, horizon)
    quiet = _dates(surge.calls_only, horizon)
    new = contacts if kept is None else contacts[~among(contacts, kept)]
    visits = new[new["kind"] == VISIT]
    found.add("visit_in_calls_only", _who(visits[visits["day"].isin(quiet)]))
    opens, closes = (time.fromisoformat(clock) for clock in surge.hot_hours.split("-"))
    first, last = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
    touching = visits["day"].isin(lasting) & (visits["start"] < last) & (visits["end"] > first)
    found.add("hot_hours", _who(visits[touching]))
    if surge.contacts_per_week == 7 and len(lasting):
        calendar = Calendar.of(horizon, settings.schedule)
        days = [day for day in lasting if kept is None or not len(kept) or day > kept["day"].max()]
        _check_daily(contacts, pairs, unscheduled, people, horizon, days, calendar, found)


def calls_for_visits(
    contacts: pd.DataFrame, due_visits: NDArray[np.int64], horizon: Horizon, surge: Surge
) -> pd.DataFrame:
    """Contacts, calls on days of calls only counted as visits up to the visits that their elder's week is due.

    ``due_visits`` are each elder's in each week, (n elders, weeks).
    """
    quiet = _dates(surge.calls_only, horizon)
    if not quiet:
        return contacts
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    inside = contacts["day"].between(first, first + horizon.days - 1).to_numpy()
    week_of_date = np.repeat(np.arange(due_visits.shape[1]), [week.days for week in horizon.weeks()])
    week = np.full(len(contacts), -1)
    week[inside] = week_of_date[(contacts["day"].to_numpy()[inside] - first).astype(np.int64)]
    made = np.zeros(due_visits.shape, dtype=np.int64)
    visit = inside & (contacts["kind"] == VISIT).to_numpy()
    np.add.at(made, (contacts["elder"].to_numpy()[visit], week[visit]), 1)
    may = inside & (contacts["kind"] == CALL).to_numpy() & contacts["day"].isin(quiet).to_numpy()
    calls = pd.DataFrame({"elder": contacts["elder"].to_numpy()[may], "week": week[may]})
    nth = calls.groupby(["elder", "week"]).cumcount().to_numpy()
    short = (due_visits - made)[calls["elder"], calls["week"]]
    kind = contacts["kind"].to_numpy().copy()
    kind[np.flatnonzero(may)[nth < short]] = VISIT
    return contacts.assign(kind=kind)


def _check_daily(
    contacts: pd.DataFrame,
    pairs: pd.DataFrame,
    unscheduled: pd.DataFrame | None,
    people: People,
    horizon: Horizon,
    lasting: list[int],
    calendar: Calendar,
    found: Findings,
) -> None:
    """Each pair's elder has a contact on every date of the surge, or as many are listed as missing in that week."""
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    week_of_date = np.repeat(np.arange(len(horizon.weeks())), [week.days for week in horizon.weeks()])
    there = np.zeros((len(people.elders.ids), horizon.days), dtype=bool)
    inside = contacts[contacts["day"].between(first, first + horizon.days - 1)]
    there[inside["elder"], (inside["day"] - first).astype(np.int64)] = True
    elder = pairs["elder"].to_numpy()
    days = np.array([day - first for day in lasting])
    days = days[~calendar.closed[days]]
    asked = people.contacts_per_week[elder] > 0
    absent = ~there[elder][:, days] & asked[:, None]
    missing = np.zeros((len(pairs), len(horizon.weeks())), dtype=np.int64)
    for place, day in enumerate(days.tolist()):
        missing[:, week_of_date[day]] += absent[:, place]
    if unscheduled is not None:
        pair_of = np.full(len(people.elders.ids), -1)
        pair_of[elder] = np.arange(len(pairs))
        rows = unscheduled[unscheduled["day"].between(first, first + horizon.days - 1)]
        pair = pair_of[rows["elder"]]
        week = week_of_date[(rows["day"] - first).to_numpy(np.int64)]
        np.subtract.at(missing, (pair[pair >= 0], week[pair >= 0]), rows["missing"].to_numpy(np.int64)[pair >= 0])
    row, week = np.nonzero(missing > 0)
    starts = np.array([item.start.toordinal() - EPOCH_ORDINAL for item in horizon.weeks()])
    faults = {"elder": elder[row], "volunteer": pairs["volunteer"].to_numpy()[row], "day": starts[week]}
    found.add("surge", pd.DataFrame({**faults, "amount": missing[row, week]}))


def _who(contacts: pd.DataFrame) -> pd.DataFrame:
    return contacts[["elder", "volunteer", "day", "row"]]


def _dates(span: str, horizon: Horizon) -> list[int]:
    """The dates of the horizon that a span names, as days since 1970."""
    ends = (date.min, date.max) if span == "all" else tuple(date.fromisoformat(end) for end in span.split(":") if end)
    inside = [day for day in horizon.dates() if ends and ends[0] <= day <= ends[-1]]
    return [day.toordinal() - EPOCH_ORDINAL for day in inside]
