"""Checks of the list of contacts without a place, beside that they are those that lack: whose each is."""

from __future__ import annotations

import numpy as np

from matcher.verify.reference import Reference
from matcher.verify.tables import CALL, MonthTables
from matcher.verify.violations import Findings


def check_unscheduled(month: MonthTables, reference: Reference, findings: Findings) -> None:
    """Check that what is listed is of the elder's own volunteer, and that nothing stands for a call.

    Who was the elder's volunteer before is named in weeks that were over when the pair began, or had ended, and once in
    each. A pair that does not say since when it is one claims nothing.
    """
    listed = month.unscheduled
    if listed is None or not len(listed):
        return
    if "as_calls" in listed:
        calls = listed[(listed["kind"] == CALL) & (listed["as_calls"] > 0)]
        findings.add("wrong_amount", calls.assign(amount=calls["as_calls"])[["elder", "amount", "row"]], "as_calls")
    people, dates, pairs = reference.people, reference.dates, month.pairs
    inside = listed[dates.contain(listed["day"])]
    own = np.isin(
        people.pair_keys(inside["elder"], inside["volunteer"]), people.pair_keys(pairs["elder"], pairs["volunteer"])
    )
    others = inside[~own]
    until = month.start.astype(np.float64)
    until[pairs["elder"]] = pairs["since"].fillna(np.inf) if "since" in pairs else np.inf
    week = dates.find_week(others["day"])
    last = np.asarray(dates.week_starts, dtype=np.int64)[week] + np.asarray(dates.week_days, dtype=np.int64)[week] - 1
    strangers = others[last >= until[others["elder"].to_numpy()]]
    findings.add("wrong_amount", strangers.assign(amount=1)[["elder", "amount", "row"]], "volunteer_id")
    again = others[others.assign(week=week).duplicated(["elder", "volunteer", "week", "kind"])]
    findings.add("wrong_amount", again.assign(amount=again["missing"])[["elder", "amount", "row"]], "missing")
