"""Contacts that somebody else than the elder's own volunteer makes: a stand-in, or whoever agreed on them before."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.messages import VIOLATIONS
from matcher.verify.dates import to_day
from matcher.verify.people import People
from matcher.verify.reference import Reference
from matcher.verify.tables import find_known
from matcher.verify.violations import Findings, Violation

_IDENTITY = ["elder", "volunteer", "day", "start", "kind"]
"""Columns in which two rows of the same contact agree."""


def check_kept_contacts(contacts: pd.DataFrame, kept: pd.DataFrame | None, findings: Findings) -> None:
    """Check that everything that had to stand is there."""
    if kept is not None:
        missing = find_known(kept[~is_among(kept, contacts)])
        findings.add("kept_missing", missing[["elder", "volunteer", "day"]])


def find_allowed_contacts(
    pairs: pd.DataFrame,
    contacts: pd.DataFrame,
    kept: pd.DataFrame | None,
    start: NDArray[np.int64],
    people: People,
) -> NDArray[np.bool_]:
    """Return which contacts are made by somebody who may, (n contacts,).

    That is the pair's volunteer, who stands in for them, whoever it was before the pair was one, or who agreed on the
    contact if it had to stand. Of an elder without a pair they are those before ``start``, the day of each elder of the
    roster from which they were planned anew: the pair has ended.
    """
    own = people.pair_keys(pairs["elder"], pairs["volunteer"])
    allowed = np.isin(people.pair_keys(contacts["elder"], contacts["volunteer"]), own)
    claim = np.isin(people.pair_keys(contacts["elder"], contacts["in_place_of"]), own)
    allowed |= claim & (contacts["in_place_of"] >= 0).to_numpy()
    allowed |= contacts["history"].to_numpy()
    elder = contacts["elder"].to_numpy()
    allowed |= (elder >= 0) & ~np.isin(elder, pairs["elder"]) & (contacts["day"].to_numpy() < start[elder])
    if kept is not None:
        allowed |= is_among(contacts, kept)
    return np.asarray(allowed)


def set_history_apart(
    violations: tuple[Violation, ...], contacts: pd.DataFrame, kept: pd.DataFrame | None, people: People
) -> tuple[tuple[Violation, ...], tuple[Violation, ...]]:
    """Return the violations, and apart from them the notes: what contacts break that had to stand.

    A new limit does not reach back. A rule on a volunteer's day becomes a note only where all of that day had to
    stand; any other one where all of the elder's contacts of that day had to.
    """
    if kept is None or not len(kept) or not violations:
        return violations, ()
    all_kept = _find_kept_days(contacts, is_among(contacts, kept), people)

    def is_history(violation: Violation) -> bool:
        kind = VIOLATIONS[violation.rule]
        if not kind.noted_if_kept or violation.date is None:
            return False
        of_a_volunteer = kind.scope in ("volunteer_day", "cell")
        who = ("volunteer", violation.volunteer_id) if of_a_volunteer else ("elder", violation.elder_id)
        return all_kept.get((*who, to_day(violation.date)), False)

    notes = tuple(violation for violation in violations if is_history(violation))
    return tuple(violation for violation in violations if not is_history(violation)), notes


def _find_kept_days(
    contacts: pd.DataFrame, kept: NDArray[np.bool_], people: People
) -> dict[tuple[str, str, int], bool]:
    """Return, by side, id and day, whether all the contacts of a person's day had to stand; companions' too."""
    elders, volunteers = people.elders.ids, people.volunteers.ids
    all_kept: dict[tuple[str, str, int], bool] = {}
    for elder, volunteer, companion, day, is_kept in zip(
        *(contacts[name].tolist() for name in ("elder", "volunteer", "companion", "day")), kept, strict=True
    ):
        if math.isnan(day):
            continue
        sides = (("elder", elder, elders), ("volunteer", volunteer, volunteers), ("volunteer", companion, volunteers))
        for side, index, ids in sides:
            if index >= 0:
                which = (side, str(ids[index]), int(day))
                all_kept[which] = all_kept.get(which, True) and bool(is_kept)
    return all_kept


def find_history(pairs: pd.DataFrame, contacts: pd.DataFrame, reference: Reference) -> NDArray[np.bool_]:
    """Return which contacts are history: made in this month before the day from which the elder's pair is one.

    Contacts of the pair's own volunteer are history only where somebody else made one before that day, too: the two
    were a pair, were none, and are one again. So are those of elders who have no pair any more, up to the day on which
    one of the two left in this month.
    """
    people, first = reference.people, reference.dates.first
    n = len(people.elders.ids)
    begins = np.full(n, -np.inf)
    begins[pairs["elder"]] = 0.0
    own = np.full(n, -1, dtype=np.int64)
    own[pairs["elder"]] = pairs["volunteer"]
    if "since" in pairs:
        begins[pairs["elder"]] = pairs["since"].fillna(0.0)
    elder, volunteer, day = (contacts[name].to_numpy() for name in ("elder", "volunteer", "day"))
    known = (elder >= 0) & (volunteer >= 0)
    left = np.minimum(people.elders.last_day[elder], people.volunteers.last_day[volunteer])
    ended = ~np.isfinite(begins[elder]) & (day <= left) & (left < first + reference.dates.horizon.days)
    before = known & (day >= first) & (day < begins[elder])
    had_another = np.zeros(n, dtype=bool)
    had_another[elder[before & (volunteer != own[elder])]] = True
    return np.asarray((before & had_another[elder]) | (known & (day >= first) & ended))


def assign_to_pairs(contacts: pd.DataFrame, pairs: pd.DataFrame, people: People) -> pd.DataFrame:
    """Return contacts as if the pair's own volunteer made each.

    For the elder a stand-in's counts the same, and so does what another volunteer made before the pair was one.
    """
    own = contacts["in_place_of"]
    volunteer = contacts["volunteer"].where(own < 0, own)
    of_pair = np.full(len(people.elders.ids), -1, dtype=np.int64)
    of_pair[pairs["elder"]] = pairs["volunteer"]
    now = pd.Series(of_pair[contacts["elder"].to_numpy()], index=contacts.index)
    return contacts.assign(volunteer=volunteer.where(~contacts["history"] | (now < 0), now))


def is_among(rows: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows are the same contacts as some of the others."""
    return np.asarray(pd.MultiIndex.from_frame(rows[_IDENTITY]).isin(pd.MultiIndex.from_frame(others[_IDENTITY])))
