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
    since: date,
    asked: NDArray[np.bool_],
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
        since: The day from which everybody had to be called.
        asked: Which elders are due any contact at all, (n elders,).
        found: Takes what is broken.
    """
    surge = settings.surge
    lasting = dates_of(surge.days, horizon)
    quiet = dates_of(surge.calls_only, horizon)
    new = contacts if kept is None else contacts[~among(contacts, kept)]
    visits = new[new["kind"] == VISIT]
    found.add("visit_in_calls_only", _who(visits[visits["day"].isin(quiet)]))
    opens, closes = (time.fromisoformat(clock) for clock in surge.hot_hours.split("-"))
    first, last = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
    touching = visits["day"].isin(lasting) & (visits["start"] < last) & (visits["end"] > first)
    found.add("hot_hours", _who(visits[touching]))
    if surge.contacts_per_week == 7 and len(lasting):
        calendar = Calendar.of(horizon, settings.schedule)
        days = [day for day in lasting if day >= since.toordinal() - EPOCH_ORDINAL]
        asked_pairs = pairs[asked[pairs["elder"]]]
        _check_daily(contacts, asked_pairs, unscheduled, people, horizon, days, calendar, found)


def calls_for_visits(
    contacts: pd.DataFrame,
    unscheduled: pd.DataFrame | None,
    due_visits: NDArray[np.int64],
    horizon: Horizon,
    surge: Surge,
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Contacts and what is listed as missing, where calls may stand for visits.

    Calls on days of calls only count as visits up to those that their elder's week is due and lacks; then calls that
    are listed as missing in such a week. ``due_visits`` are each elder's in each week, (n elders, weeks): no more than
    the week has days on which visits are allowed (``visits_allowed``).
    """
    quiet = dates_of(surge.calls_only, horizon)
    if not quiet:
        return contacts, unscheduled
    shape = due_visits.shape
    short = due_visits - _weekly(contacts.assign(missing=1), VISIT, shape, horizon)
    if unscheduled is not None:
        short = short - _weekly(unscheduled, VISIT, shape, horizon)
    contacts = _as_visits(contacts, contacts["day"].isin(quiet), short, horizon)
    if unscheduled is None:
        return contacts, None
    short = due_visits - _weekly(contacts.assign(missing=1), VISIT, shape, horizon)
    short = short - _weekly(unscheduled, VISIT, shape, horizon)
    one_each = unscheduled.loc[unscheduled.index.repeat(unscheduled["missing"].astype(int))].assign(missing=1.0)
    one_each = one_each.reset_index(drop=True)
    quiet_weeks = set(_week(pd.Series(quiet), horizon).tolist())
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    inside = one_each["day"].between(first, first + horizon.days - 1)
    may = inside.copy()
    may[inside] = np.isin(_week(one_each["day"][inside], horizon), list(quiet_weeks))
    return contacts, _as_visits(one_each, may, short, horizon)


def visits_allowed(due_visits: NDArray[np.int64], horizon: Horizon, surge: Surge) -> NDArray[np.int64]:
    """What is due in visits, (n elders, weeks), where days of calls only leave no more days than so many."""
    others = np.array([week.days for week in horizon.weeks()], dtype=np.int64)
    np.subtract.at(others, _week(pd.Series(dates_of(surge.calls_only, horizon), dtype=np.int64), horizon), 1)
    return np.minimum(due_visits, others)


def _as_visits(rows: pd.DataFrame, may: pd.Series, short: NDArray[np.int64], horizon: Horizon) -> pd.DataFrame:
    """The rows, calls that ``may`` count as visits doing so until nothing of their elder's week is ``short``."""
    which = np.flatnonzero((may & (rows["kind"] == CALL)).to_numpy(dtype=bool))
    calls = pd.DataFrame({"elder": rows["elder"].to_numpy()[which], "week": _week(rows["day"].iloc[which], horizon)})
    nth = calls.groupby(["elder", "week"]).cumcount().to_numpy()
    kind = rows["kind"].to_numpy().copy()
    kind[which[nth < short[calls["elder"], calls["week"]]]] = VISIT
    return rows.assign(kind=kind)


def _weekly(rows: pd.DataFrame, kind: int, shape: tuple[int, ...], horizon: Horizon) -> NDArray[np.int64]:
    """The column ``missing`` of one kind, summed by elder and week."""
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    rows = rows[(rows["kind"] == kind) & rows["day"].between(first, first + horizon.days - 1)]
    total = np.zeros(shape, dtype=np.int64)
    np.add.at(total, (rows["elder"].to_numpy(), _week(rows["day"], horizon)), rows["missing"].to_numpy(np.int64))
    return total


def _week(days: pd.Series, horizon: Horizon) -> NDArray[np.int64]:
    """The place of each date's week."""
    week_of_date = np.repeat(np.arange(len(horizon.weeks())), [week.days for week in horizon.weeks()])
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    return np.asarray(week_of_date[(days.to_numpy() - first).astype(np.int64)], dtype=np.int64)


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
    days = np.array([day - first for day in lasting], dtype=np.int64)
    days = days[~calendar.closed[days]]
    absent = ~there[elder][:, days]
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


def dates_of(span: str, horizon: Horizon) -> list[int]:
    """The dates of the horizon that a span names, as days since 1970."""
    ends = (date.min, date.max) if span == "all" else tuple(date.fromisoformat(end) for end in span.split(":") if end)
    inside = [day for day in horizon.dates() if ends and ends[0] <= day <= ends[-1]]
    return [day.toordinal() - EPOCH_ORDINAL for day in inside]
