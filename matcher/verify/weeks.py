"""Weeks of pairs against what they are due: planned or listed as unscheduled, and the longest gap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.case import Planning
from matcher.verify.kept_contacts import is_among
from matcher.verify.new_pairs import PairsDue
from matcher.verify.reference import Reference
from matcher.verify.surge import Surge
from matcher.verify.tables import CALL, VISIT, MonthTables
from matcher.verify.violations import Findings, Violation

Counts = NDArray[np.int64]


def measure_longest_gap_days(contacts: pd.DataFrame, pairs: pd.DataFrame, reference: Reference) -> int:
    """Return the most days on end without a contact, of all paired elders while they are on the programme."""
    dates = reference.dates
    inside = contacts[dates.contain(contacts["day"])]
    present = reference.people.elders.on_programme
    elders = np.unique(pairs["elder"].to_numpy())
    elders = elders[present[elders].any(axis=1)]
    day_before = present[elders].argmax(axis=1) - 1
    day_after = present.shape[1] - present[elders][:, ::-1].argmax(axis=1)
    who = np.concatenate([elders, inside["elder"].to_numpy(np.int64), elders])
    day = np.concatenate([day_before, dates.find_index(inside["day"]), day_after])
    order = np.lexsort((day, who))
    same = np.diff(who[order]) == 0
    return max(int(np.diff(day[order])[same].max()) - 1, 0) if same.any() else 0


def check_cadence(
    contacts: pd.DataFrame,
    month: MonthTables,
    visits_due: Counts,
    due: PairsDue,
    surge: Surge,
    reference: Reference,
    findings: Findings,
) -> int:
    """Check that each pair's contacts of each week, made and listed as unscheduled, are those that are due.

    A visit more than are due may have had to stand: it is there for a call. A call may be there for a visit where the
    list says so, or does not tell.

    Args:
        contacts: Contacts of known people; ``volunteer`` is the pair's, whoever stands in.
        month: What is listed as without a place, and contacts that had to stand.
        visits_due: Visits due where a surge leaves days for them, (n pairs, weeks).
        due: What the pairs are due.
        surge: What a surge makes of it.
        reference: The dates, the people.
        findings: Takes what is broken.

    Returns:
        How many weeks of pairs were looked at.
    """
    pairs, unscheduled = due.pairs, month.unscheduled
    keys = pd.Index(reference.people.pair_keys(pairs["elder"], pairs["volunteer"]))

    def count(table: pd.DataFrame | None, kind: int, column: str = "missing") -> NDArray[np.float64]:
        if table is None or column not in table:
            return np.zeros(visits_due.shape)
        return _sum_by_week(table.assign(missing=table[column]), kind, keys, reference)

    made = contacts.assign(missing=1.0)
    visits, calls = count(made, VISIT), count(made, CALL)
    visits_listed, calls_listed = count(unscheduled, VISIT), count(unscheduled, CALL)
    least, most, most_listed = surge.find_contacts_due(due.contacts, due.most_contacts)
    as_calls = count(unscheduled, VISIT, "as_calls")
    if unscheduled is None or "as_calls" not in unscheduled:  # the list does not tell: the visits that are missing
        as_calls = np.minimum(visits_listed, np.maximum(calls - (least - visits_due), 0))
        visits_listed = visits_listed - as_calls
    missing_visits = visits_due - visits - visits_listed - as_calls
    missing_calls = least - visits_due - (calls - as_calls) - np.maximum(visits - visits_due, 0) - calls_listed
    for what, missing in (("visits", missing_visits), ("calls", missing_calls)):
        findings.add("cadence", _list_faults(missing, due, reference), what)
    stands = _stands(contacts, month) | _are_turned(contacts, month, reference)
    standing_visits = count(made[stands], VISIT)
    most = np.maximum(most, standing_visits + count(made[stands], CALL))
    more = visits + calls - most
    findings.add("more_than_due", _list_faults(more, due, reference), "contacts")
    more_visits = visits - np.maximum(visits_due, standing_visits) - np.maximum(more, 0)
    findings.add("more_than_due", _list_faults(more_visits, due, reference), "visits")
    listed = visits_listed + calls_listed - np.maximum(np.maximum(most, most_listed) - visits - calls, 0)
    findings.add("more_than_due", _list_faults(listed, due, reference), "missing")
    return visits_due.size


def choose_due(
    due: PairsDue, contacts: pd.DataFrame, unscheduled: pd.DataFrame | None, reference: Reference
) -> PairsDue:
    """Return what is due to each pair: of the two ways that there may be, the one of which fewer visits are missing."""
    keys = pd.Index(reference.people.pair_keys(due.pairs["elder"], due.pairs["volunteer"]))
    there = _sum_by_week(contacts.assign(missing=1.0), VISIT, keys, reference)
    if unscheduled is not None:
        listed = unscheduled["missing"] + unscheduled.get("as_calls", 0.0)
        there = there + _sum_by_week(unscheduled.assign(missing=listed), VISIT, keys, reference)
    missing, otherwise = (np.abs(visits - there).sum(axis=1) for visits in (due.visits, due.other_visits))
    other = (otherwise < missing)[:, None]
    known = other & (due.most_contacts == due.contacts)
    return replace(
        due,
        visits=np.where(other, due.other_visits, due.visits),
        contacts=np.where(other, due.other_contacts, due.contacts),
        most_contacts=np.where(known, due.other_contacts, due.most_contacts),
    )


def set_due_then_apart(
    violations: tuple[Violation, ...], planning: Planning
) -> tuple[tuple[Violation, ...], tuple[Violation, ...]]:
    """Return the violations, and apart from them what is due now of weeks that are due what was due then.

    So is what is more than due now of elders whom nobody planned anew since.
    """

    def is_due_then(violation: Violation) -> bool:
        is_made = violation.rule == "more_than_due" and violation.what != "missing"
        if is_made and violation.elder_id in planning.more_stand:
            return True
        day, week_start = planning.due_then.get(violation.elder_id), violation.date
        if violation.rule not in ("cadence", "more_than_due") or day is None or week_start is None:
            return False
        return week_start + timedelta(days=6 - week_start.weekday()) < day

    notes = tuple(violation for violation in violations if is_due_then(violation))
    return tuple(violation for violation in violations if not is_due_then(violation)), notes


def _stands(contacts: pd.DataFrame, month: MonthTables) -> pd.Series:
    """Return which contacts had to stand: as they were, in somebody's place, or before the pair was one."""
    kept = np.zeros(len(contacts), dtype=bool) if month.kept is None else is_among(contacts, month.kept)
    return pd.Series(kept, contacts.index) | (contacts["in_place_of"] >= 0) | contacts["history"]


def _are_turned(contacts: pd.DataFrame, month: MonthTables, reference: Reference) -> pd.Series:
    """Return which contacts may be visits of a month planned before, turned into calls since: those on such days."""
    days = reference.dates.find_span(reference.settings.surge.calls_only) if month.kept is not None else []
    return contacts["day"].isin(days)  # also calls that count as visits here


def _list_faults(amount: NDArray[np.float64], due: PairsDue, reference: Reference) -> pd.DataFrame:
    """Return a row for each week of a pair of which the amount is above 0."""
    pair, week = np.nonzero(amount > 0)
    return pd.DataFrame(
        {
            "elder": due.pairs["elder"].to_numpy()[pair],
            "volunteer": due.pairs["volunteer"].to_numpy()[pair],
            "day": reference.dates.week_starts[week],
            "amount": amount[pair, week],
        }
    )


def _sum_by_week(table: pd.DataFrame, kind: int, keys: pd.Index, reference: Reference) -> NDArray[np.float64]:
    """Return the column ``missing`` of one kind, summed by pair and week; rows of no pair or week are left out."""
    dates, shape = reference.dates, (len(keys), len(reference.dates.week_starts))
    rows = table[(table["kind"] == kind) & dates.contain(table["day"])]
    pair = keys.get_indexer(pd.Index(reference.people.pair_keys(rows["elder"], rows["volunteer"])))
    week = dates.find_week(rows["day"])
    known = pair >= 0
    cell = pair[known] * shape[1] + week[known]
    weights = rows["missing"].to_numpy()[known]
    return np.bincount(cell, weights, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
