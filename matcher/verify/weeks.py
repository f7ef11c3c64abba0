"""Weeks of pairs against what they are due: planned or listed as unscheduled, and the longest gap."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.reference import Reference
from matcher.verify.tables import CALL, VISIT
from matcher.verify.violations import Findings


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
    pairs: pd.DataFrame,
    contacts: pd.DataFrame,
    unscheduled: pd.DataFrame | None,
    visits_due: NDArray[np.int64],
    reference: Reference,
    findings: Findings,
) -> int:
    """Check that each pair's due visits and calls of each week are planned or listed as unscheduled.

    A visit more than are due stands for a call. So does one that is listed as missing, where it is a new pair's first
    visit, or where a surge asks for calls in place of visits.

    Args:
        pairs: Pairs of known people.
        contacts: Contacts of known people; ``volunteer`` is the pair's, whoever stands in.
        unscheduled: What is listed as without a place.
        visits_due: Visits due where a surge leaves days for them, (n elders, weeks).
        reference: What is due.
        findings: Takes what is broken.

    Returns:
        How many weeks of pairs were looked at.
    """
    dates, people, due = reference.dates, reference.people, reference.due
    pairs = pairs.drop_duplicates(["elder", "volunteer"])
    elder, volunteer = pairs["elder"].to_numpy(), pairs["volunteer"].to_numpy()
    keys = pd.Index(people.pair_keys(elder, volunteer))
    new = (pairs["since"].to_numpy() if "since" in pairs else np.full(len(pairs), np.nan)) >= dates.first
    new &= not new.all()  # where all are, nobody knows who is
    visits = visits_due[elder]
    as_calls = (due.visits - visits_due)[elder]
    instead = np.zeros((len(pairs), len(dates.week_starts)))
    for kind, what, due_of_kind in (
        (VISIT, "visits", visits),
        (CALL, "calls", due.contacts[elder] - visits),
    ):
        missing = due_of_kind - instead - _sum_by_week(contacts.assign(missing=1.0), kind, keys, reference)
        listed = np.zeros(instead.shape) if unscheduled is None else _sum_by_week(unscheduled, kind, keys, reference)
        pair, week = np.nonzero(missing - listed > 0)
        faults = {
            "elder": elder[pair],
            "volunteer": volunteer[pair],
            "day": dates.week_starts[week],
            "amount": (missing - listed)[pair, week],
        }
        findings.add("cadence", pd.DataFrame(faults), what)
        listed_more = np.maximum(listed - np.maximum(missing, 0.0), 0.0)
        instead = np.maximum(-missing, 0.0) + np.minimum(listed_more, np.where(new[:, None], np.inf, as_calls))
    return instead.size


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
