"""Surges of heat, cold or an epidemic: a contact a day, no visits in hot hours, calls in place of visits."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.dates import MonthDates, to_day
from matcher.verify.half_days import read_window_min
from matcher.verify.kept_contacts import is_among
from matcher.verify.reference import Reference
from matcher.verify.tables import CALL, VISIT, MonthTables
from matcher.verify.violations import Findings


def check_surge(
    contacts: pd.DataFrame, month: MonthTables, start: date, reference: Reference, findings: Findings
) -> None:
    """Check what a surge asks for: no visits in hot hours or on days of calls only, and a contact a day.

    Args:
        contacts: Contacts of known people; ``volunteer`` is the pair's, whoever stands in.
        month: The pairs, what is listed as unscheduled, and contacts that had to stand as they were.
        start: The day from which everybody had to be called.
        reference: The dates of the surge, its contacts and its hot hours; closed days.
        findings: Takes what is broken.
    """
    surge, dates = reference.settings.surge, reference.dates
    surge_days = dates.find_span(surge.days)
    new = contacts if month.kept is None else contacts[~is_among(contacts, month.kept)]
    visits = new[new["kind"] == VISIT]
    findings.add("visit_in_calls_only", visits[visits["day"].isin(dates.find_span(surge.calls_only))])
    begins, ends = read_window_min(surge.hot_hours)
    in_hot_hours = visits["day"].isin(surge_days) & (visits["start"] < ends) & (visits["end"] > begins)
    findings.add("hot_hours", visits[in_hot_hours])
    if surge.contacts_per_week == 7 and surge_days:
        days = [day for day in surge_days if day >= to_day(start)]
        pairs = month.pairs[reference.due.is_contacted[month.pairs["elder"]]]
        _check_daily(contacts, pairs, month.unscheduled, days, reference, findings)


def count_calls_as_visits(
    contacts: pd.DataFrame, unscheduled: pd.DataFrame | None, visits_due: NDArray[np.int64], reference: Reference
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the contacts and what is listed as missing, where calls may stand for visits.

    Calls on days of calls only count as visits, up to those that their elder's week is due and lacks. Then calls count
    that are listed as missing in such a week.

    Args:
        contacts: Contacts of known people.
        unscheduled: What is listed as missing.
        visits_due: Visits due, (n elders, weeks), as ``limit_visits`` returns them.
        reference: The days of calls only.
    """
    dates = reference.dates
    calls_only = dates.find_span(reference.settings.surge.calls_only)
    if not calls_only:
        return contacts, unscheduled
    short = visits_due - _sum_visits(contacts.assign(missing=1), visits_due.shape, dates)
    if unscheduled is not None:
        short = short - _sum_visits(unscheduled, visits_due.shape, dates)
    contacts = _turn_into_visits(contacts, contacts["day"].isin(calls_only), short, dates)
    if unscheduled is None:
        return contacts, None
    short = visits_due - _sum_visits(contacts.assign(missing=1), visits_due.shape, dates)
    short = short - _sum_visits(unscheduled, visits_due.shape, dates)
    one_each = unscheduled.loc[unscheduled.index.repeat(unscheduled["missing"].astype(int))].assign(missing=1.0)
    one_each = one_each.reset_index(drop=True)
    inside = dates.contain(one_each["day"])
    may_turn = inside.copy()
    may_turn[inside] = np.isin(dates.find_week(one_each["day"][inside]), dates.find_week(pd.Series(calls_only)))
    return contacts, _turn_into_visits(one_each, may_turn, short, dates)


def limit_visits(visits_due: NDArray[np.int64], reference: Reference) -> NDArray[np.int64]:
    """Return the visits due, (n elders, weeks), no more than a week has days on which visits are allowed."""
    dates = reference.dates
    allowed = dates.week_days.copy()
    calls_only = pd.Series(dates.find_span(reference.settings.surge.calls_only), dtype=np.int64)
    np.subtract.at(allowed, dates.find_week(calls_only), 1)
    return np.minimum(visits_due, allowed)


def _turn_into_visits(
    rows: pd.DataFrame, may_turn: pd.Series, short: NDArray[np.int64], dates: MonthDates
) -> pd.DataFrame:
    """Return the rows; calls that ``may_turn`` become visits until no visit of their elder's week is ``short``."""
    which = np.flatnonzero((may_turn & (rows["kind"] == CALL)).to_numpy(dtype=bool))
    week = dates.find_week(rows["day"].iloc[which])
    calls = pd.DataFrame({"elder": rows["elder"].to_numpy()[which], "week": week})
    nth = calls.groupby(["elder", "week"]).cumcount().to_numpy()
    kind = rows["kind"].to_numpy().copy()
    kind[which[nth < short[calls["elder"], calls["week"]]]] = VISIT
    return rows.assign(kind=kind)


def _sum_visits(rows: pd.DataFrame, shape: tuple[int, ...], dates: MonthDates) -> NDArray[np.int64]:
    """Return the column ``missing`` of visits, summed by elder and week."""
    rows = rows[(rows["kind"] == VISIT) & dates.contain(rows["day"])]
    total = np.zeros(shape, dtype=np.int64)
    np.add.at(total, (rows["elder"].to_numpy(), dates.find_week(rows["day"])), rows["missing"].to_numpy(np.int64))
    return total


def _check_daily(
    contacts: pd.DataFrame,
    pairs: pd.DataFrame,
    unscheduled: pd.DataFrame | None,
    days: list[int],
    reference: Reference,
    findings: Findings,
) -> None:
    """Check that each pair's elder has a contact on each of the days, or as many are listed as missing in that week."""
    dates, n_elders = reference.dates, len(reference.people.elders.ids)
    has_contact = np.zeros((n_elders, dates.horizon.days), dtype=bool)
    inside = contacts[dates.contain(contacts["day"])]
    has_contact[inside["elder"], dates.find_index(inside["day"])] = True
    elder = pairs["elder"].to_numpy()
    open_days = np.array(days, dtype=np.int64) - dates.first
    open_days = open_days[~reference.calendar.closed[open_days]]
    absent = ~has_contact[elder][:, open_days]
    missing = np.zeros((len(pairs), len(dates.week_starts)), dtype=np.int64)
    for column, day in enumerate(open_days.tolist()):
        missing[:, dates.week_of_date[day]] += absent[:, column]
    if unscheduled is not None:
        pair_of = np.full(n_elders, -1)
        pair_of[elder] = np.arange(len(pairs))
        rows = unscheduled[dates.contain(unscheduled["day"])]
        pair, week = pair_of[rows["elder"]], dates.find_week(rows["day"])
        np.subtract.at(missing, (pair[pair >= 0], week[pair >= 0]), rows["missing"].to_numpy(np.int64)[pair >= 0])
    row, week = np.nonzero(missing > 0)
    volunteer = pairs["volunteer"].to_numpy()
    faults = {"elder": elder[row], "volunteer": volunteer[row], "day": dates.week_starts[week]}
    findings.add("surge", pd.DataFrame({**faults, "amount": missing[row, week]}))
