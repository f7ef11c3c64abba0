"""Surges of heat, cold or an epidemic: a contact a day, no visits in hot hours, calls in place of visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.dates import MonthDates
from matcher.verify.half_days import read_window_min
from matcher.verify.kept_contacts import is_among
from matcher.verify.new_pairs import PairsDue
from matcher.verify.reference import Reference
from matcher.verify.tables import CALL, VISIT, MonthTables
from matcher.verify.violations import Findings


@dataclass(frozen=True, slots=True, eq=False)
class Surge:
    """What a surge makes of the contacts that n pairs are due."""

    days: NDArray[np.int64]
    """The surge's days that can be asked of each pair in each week, from the day that counts, (n, weeks)."""
    days_over: NDArray[np.int64]
    """Those before that day, (n, weeks)."""
    made_on_days_over: NDArray[np.float64]
    """Contacts of each pair on them, (n, weeks)."""
    length: NDArray[np.int64]
    """The days that can be asked of each pair in each week, (n, weeks)."""
    beside: NDArray[np.float64]
    """Contacts of each pair on the week's other days, (n, weeks)."""
    standing_beside: NDArray[np.float64]
    """Those of them that had to stand, (n, weeks)."""
    contacts_per_week: int
    must: bool
    """Whether everybody had to be given them."""

    @classmethod
    def of(
        cls,
        contacts: pd.DataFrame,
        month: MonthTables,
        due: PairsDue,
        must: bool,
        reference: Reference,
    ) -> Surge:
        """Return what a surge makes of what pairs are due, from the day on from which each was planned anew.

        Args:
            contacts: Contacts of known people; ``volunteer`` is the pair's, whoever stands in.
            month: Contacts that had to stand, and since when each elder was planned anew.
            due: What the pairs are due without it.
            must: Whether everybody had to be given what it asks for.
            reference: The dates and the settings.
        """
        dates, surge = reference.dates, reference.settings.surge
        lasting = np.zeros(dates.horizon.days, dtype=bool)
        lasting[[day - dates.first for day in dates.find_span(surge.days)]] = True
        day, kept = dates.first + np.arange(dates.horizon.days), month.kept
        over = lasting & (day < month.start[:, None])  # of each elder
        in_week = (dates.week_of_date[:, None] == np.arange(len(dates.week_starts))).astype(np.int64)
        asked = np.logical_and(due.askable, due.contacts.any(axis=1, keepdims=True))
        pair_of = np.full(len(reference.people.elders.ids), -1)
        pair_of[due.pairs["elder"]] = np.arange(len(due.pairs))
        inside = contacts[dates.contain(contacts["day"])]
        history = inside["history"].to_numpy(bool)  # on the surge's days, too: these are not asked of the pair
        on_days_over = inside[over[inside["elder"], dates.find_index(inside["day"])] & ~history]
        beside = ~lasting[dates.find_index(inside["day"])] | history
        inside, history = inside[beside], history[beside]

        def count(rows: pd.DataFrame) -> NDArray[np.float64]:
            """Count contacts by pair and week."""
            total = np.zeros(due.contacts.shape)
            pair = pair_of[rows["elder"]]
            np.add.at(total, (pair[pair >= 0], dates.find_week(rows["day"])[pair >= 0]), 1.0)
            return total

        stands = history if kept is None else history | is_among(inside, kept)
        over = over[due.pairs["elder"]]
        masks = (np.logical_and(asked, lasting & ~over), np.logical_and(asked, over), due.askable)
        days, days_over, length = (mask.astype(np.int64) @ in_week for mask in masks)
        standing, per_week = count(inside[stands]), surge.contacts_per_week
        return cls(days, days_over, count(on_days_over), length, count(inside), standing, per_week, must)

    def find_contacts_due(
        self, usual: NDArray[np.int64], most_usual: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the fewest and the most contacts due in each week, and the most with missing ones, (n, weeks) each.

        What was made on days of the surge that are over is no reason to drop what was agreed on other days. What was
        not made on them may be listed as missing.
        """
        least = self._share(usual, self.days)
        # a contact a day is looked at day by day: see ``_check_daily``
        least = least if self.must and self.contacts_per_week < 7 else usual.astype(float)
        if self.contacts_per_week < 7:
            most = self._share(most_usual, self.days + self.days_over)
            return least, most, most
        # on the week's other days no more than is due without the surge, or had to stand
        beside = np.maximum(np.minimum(self.beside, np.maximum(most_usual, 0)), self.standing_beside)
        with_over = (self.made_on_days_over, np.maximum(self.days_over, self.made_on_days_over))
        made, listed = (
            np.where(self.days + self.days_over > 0, np.maximum(most_usual, beside + self.days + over), most_usual)
            for over in with_over
        )
        return least, made.astype(float), listed.astype(float)

    def _share(self, usual: NDArray[np.int64], days: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what is due, under a contact a day, where so much is usual and so many days are of the surge."""
        length = np.maximum(self.length, 1)
        share = usual * (length - days) / length + self.contacts_per_week * days / 7
        raised = np.maximum(usual, np.minimum(np.floor(share + 0.5), self.length))
        return np.where(days > 0, raised, usual).astype(float)


def check_surge(
    contacts: pd.DataFrame, month: MonthTables, due: PairsDue, reference: Reference, findings: Findings, *, must: bool
) -> None:
    """Check what a surge asks for: no visits in hot hours or on days of calls only, and a contact a day.

    Args:
        contacts: Contacts of known people; ``volunteer`` is the pair's, whoever stands in.
        month: What is listed as unscheduled; contacts that had to stand as they were; since when it was planned
            anew.
        due: What the pairs are due, and when they can be asked.
        reference: The dates of the surge, its contacts and its hot hours; closed days.
        findings: Takes what is broken.
        must: Whether everybody had to be called on each of its days.
    """
    surge, dates = reference.settings.surge, reference.dates
    surge_days = dates.find_span(surge.days)
    new = contacts if month.kept is None else contacts[~is_among(contacts, month.kept)]
    visits = new[new["kind"] == VISIT]
    findings.add("visit_in_calls_only", visits[visits["day"].isin(dates.find_span(surge.calls_only))])
    on_days = visits[visits["day"].isin(surge_days) & ~visits["history"]]
    if surge.kind == "heat":
        begins, ends = read_window_min(surge.hot_hours)
        findings.add("hot_hours", on_days[(on_days["start"] < ends) & (on_days["end"] > begins)])
    else:
        opens, closes = read_window_min(surge.warm_hours)
        findings.add("cold_hours", on_days[(on_days["start"] < opens) | (on_days["end"] > closes)])
    if must and surge.contacts_per_week == 7 and surge_days:
        _check_daily(contacts, due, month, surge_days, reference, findings)


def count_calls_as_visits(
    contacts: pd.DataFrame, unscheduled: pd.DataFrame | None, visits_due: NDArray[np.int64], reference: Reference
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the contacts and what is listed as missing, where calls may stand for visits.

    Calls on days of calls only count as visits, up to those that their elder's week is due and lacks. Then calls count
    that are listed as missing in such a week.

    Args:
        contacts: Contacts of known people.
        unscheduled: What is listed as missing.
        visits_due: Visits due, (n elders, weeks), no more than visits are allowed.
        reference: The days of calls only.
    """
    dates = reference.dates
    calls_only = dates.find_span(reference.settings.surge.calls_only)
    if not calls_only:
        return contacts, unscheduled
    short = visits_due - _sum_visits(contacts.assign(missing=1), visits_due.shape, dates)
    if unscheduled is not None:
        short = short - _sum_visits(_count_listed(unscheduled), visits_due.shape, dates)
    contacts = _turn_into_visits(contacts, contacts["day"].isin(calls_only), short, dates)
    if unscheduled is None:
        return contacts, None
    short = visits_due - _sum_visits(contacts.assign(missing=1), visits_due.shape, dates)
    short = short - _sum_visits(_count_listed(unscheduled), visits_due.shape, dates)
    one_each = unscheduled.loc[unscheduled.index.repeat(unscheduled["missing"].astype(int))].assign(missing=1.0)
    if "as_calls" in unscheduled:
        replaced = unscheduled[unscheduled["as_calls"] > 0].assign(missing=0.0)
        one_each = pd.concat([one_each.assign(as_calls=0.0), replaced])
    one_each = one_each.reset_index(drop=True)
    inside = dates.contain(one_each["day"])
    may_turn = inside.copy()
    may_turn[inside] = np.isin(dates.find_week(one_each["day"][inside]), dates.find_week(pd.Series(calls_only)))
    return contacts, _turn_into_visits(one_each, may_turn, short, dates)


def _count_listed(unscheduled: pd.DataFrame) -> pd.DataFrame:
    """Return the list, with visits that were made as calls counted among the missing ones."""
    if "as_calls" not in unscheduled:
        return unscheduled
    return unscheduled.assign(missing=unscheduled["missing"] + unscheduled["as_calls"])


def limit_visits(
    visits_due: NDArray[np.int64], contacts: pd.DataFrame, due: PairsDue, reference: Reference
) -> NDArray[np.int64]:
    """Return the visits due, (n pairs, weeks), no more than a week has days on which visits are allowed.

    Visits that stand on days of calls only are due beside them.
    """
    dates = reference.dates
    calls_only = dates.find_span(reference.settings.surge.calls_only)
    if not calls_only:
        return visits_due
    allowed: NDArray[np.bool_] = due.askable & ~np.isin(dates.first + np.arange(dates.horizon.days), calls_only)
    in_week = (dates.week_of_date[:, None] == np.arange(len(dates.week_starts))).astype(np.int64)
    stand = contacts[contacts["day"].isin(calls_only)].assign(missing=1)
    shape = (len(reference.people.elders.ids), len(dates.week_starts))
    of_elder = _sum_visits(stand, shape, dates)
    return np.asarray(np.minimum(visits_due, allowed.astype(np.int64) @ in_week + of_elder[due.pairs["elder"]]))


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
    due: PairsDue,
    month: MonthTables,
    days: list[int],
    reference: Reference,
    findings: Findings,
) -> None:
    """Check that each pair's elder has a contact on each of the days, or as many are listed as missing in that week.

    Days before an elder was planned anew are over.
    """
    dates, n_elders, unscheduled = reference.dates, len(reference.people.elders.ids), month.unscheduled
    has_contact = np.zeros((n_elders, dates.horizon.days), dtype=bool)
    inside = contacts[dates.contain(contacts["day"])]
    has_contact[inside["elder"], dates.find_index(inside["day"])] = True
    which = np.flatnonzero(due.contacts.any(axis=1))
    pairs = due.pairs.iloc[which]
    elder = pairs["elder"].to_numpy()
    surge_days = np.array(days, dtype=np.int64) - dates.first
    absent = ~has_contact[elder][:, surge_days] & due.askable[which][:, surge_days]
    absent &= np.array(days, dtype=np.int64) >= month.start[elder][:, None]
    missing = np.zeros((len(pairs), len(dates.week_starts)), dtype=np.int64)
    for column, day in enumerate(surge_days.tolist()):
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
