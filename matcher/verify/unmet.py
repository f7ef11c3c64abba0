"""Elders of last month's pairs whom nobody met, by their plans and records: since when they wait."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from matcher.verify.case import Case
from matcher.verify.dates import count_months
from matcher.verify.happened import find_made_contacts
from matcher.verify.paused import PAUSED


def find_unmet(case: Case) -> dict[str, int]:
    """Return the month, counted from the year 0, since which each elder waits whose pair of last month did not meet.

    Nobody does where no records tell.
    """
    lists, previous = case.lists, case.lists.previous
    if previous is None or lists.records is None or lists.earlier is None or not len(lists.earlier):
        return {}
    recorded = count_months(lists.earlier["date"].min().date())
    made = find_made_contacts(lists.earlier, lists.records, case.settings.records.unconfirmed, case.horizon.start)
    assert made is not None
    visits = made[made["kind"] == "visit"]
    met = set(zip(visits["elder_id"], visits["volunteer_id"], strict=True))
    reached = set(made["elder_id"])
    n = len(previous)
    waits, since = (_read_months(values, n) for values in (previous.waiting_since, previous.since))
    lasted = [math.nan] * n if previous.months is None else previous.months.tolist()
    pauses = [status == PAUSED for status in previous.status or ("",) * n]
    unmet: dict[str, int | None] = {}
    # who stands in for a paused pair is the elder's volunteer now: its row comes last
    for row in sorted(range(n), key=lambda row: not pauses[row]):
        elder, volunteer = previous.elder_id[row], previous.volunteer_id[row]
        waited, begun = waits[row], since[row]
        if pauses[row]:
            unmet[elder] = waited
            continue
        if begun is None and not math.isnan(lasted[row]):
            begun = count_months(case.horizon.start) - int(lasted[row])
        strangers = begun is not None and (begun >= recorded or (waited is not None and waited <= begun))
        were_met = (elder, volunteer) in met if strangers else elder in reached
        unmet[elder] = None if were_met else recorded if waited is None else waited
    return {elder: begun for elder, begun in unmet.items() if begun is not None}


def _read_months(dates: NDArray[np.datetime64] | None, n: int) -> list[int | None]:
    """Return the months of dates, counted from the year 0, None where there is no date."""
    if dates is None:
        return [None] * n
    return [None if day is None else count_months(day) for day in dates.astype("datetime64[D]").tolist()]
