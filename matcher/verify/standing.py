"""Contacts that somebody else than the elder's own volunteer makes: in their place, or before they were a pair."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.people import People
from matcher.verify.plan import key
from matcher.verify.violations import EPOCH_ORDINAL, Findings, Violation

_SAME = ["elder", "volunteer", "day", "start", "kind"]


def check_standing(
    contacts: pd.DataFrame, kept: pd.DataFrame | None, never: NDArray[np.int64], people: People, found: Findings
) -> None:
    """Everything that had to stand is there, and no stand-in is one of a never-pair with the elder.

    ``contacts`` and ``kept`` are tables of contacts; ``never`` are keys of pairs.
    """
    stand_in = contacts[(contacts["in_place_of"] >= 0) & (contacts["elder"] >= 0) & (contacts["volunteer"] >= 0)]
    barred = np.isin(key(stand_in["elder"], stand_in["volunteer"], people), never)
    found.add("never", stand_in[barred][["elder", "volunteer", "day", "row"]])
    if kept is not None:
        missing = kept[(kept["elder"] >= 0) & (kept["volunteer"] >= 0) & ~among(kept, contacts)]
        found.add("kept_missing", missing[["elder", "volunteer", "day"]])


def allowed_pairs(
    pairs: pd.DataFrame, contacts: pd.DataFrame, kept: pd.DataFrame | None, people: People
) -> pd.DataFrame:
    """The pairs, and whoever else may make contacts: stand-ins for a pair's volunteer, and who made what is kept."""
    own = key(pairs["elder"], pairs["volunteer"], people)
    claims = contacts[(contacts["in_place_of"] >= 0) & (contacts["elder"] >= 0)]
    true = np.isin(key(claims["elder"], claims["in_place_of"], people), own)
    more = [pairs[["elder", "volunteer"]], claims.loc[true, ["elder", "volunteer"]]]
    if kept is not None:
        more.append(contacts.loc[among(contacts, kept), ["elder", "volunteer"]])
    together = pd.concat(more, ignore_index=True)
    return together[(together["elder"] >= 0) & (together["volunteer"] >= 0)]


_OF_A_DAY = frozenset({"day_full", "overlap", "walk_time", "wrong_amount"})
"""Rules on all contacts of a volunteer's day."""
_OF_A_CONTACT = frozenset(
    {"absent", "availability", "window", "closed_day", "duration", "never", "companion", "visit_without_pair"}
)


def settled(
    violations: tuple[Violation, ...], contacts: pd.DataFrame, kept: pd.DataFrame | None, people: People
) -> tuple[tuple[Violation, ...], tuple[Violation, ...]]:
    """What is broken, and apart from it what contacts break that had to stand: a new limit does not reach back.

    A rule on a contact is told of those that stand; one on a day only where everything of the volunteer's (of the
    elder's, for two contacts on one day) stands that day.
    """
    if kept is None or not len(kept) or not violations:
        return violations, ()
    stood = among(contacts, kept)
    elders, volunteers = people.elders.ids, people.volunteers.ids
    days: dict[tuple[str, str, float], bool] = {}
    for elder, volunteer, along, day, stands in zip(
        *(contacts[name].tolist() for name in ("elder", "volunteer", "companion", "day")), stood, strict=True
    ):
        for part, place, ids in (("elder", elder, elders), ("day", volunteer, volunteers), ("day", along, volunteers)):
            if place >= 0:
                key_ = (part, str(ids[place]), day)
                days[key_] = days.get(key_, True) and bool(stands)

    def is_history(one: Violation) -> bool:
        day = float("nan") if one.date is None else float(one.date.toordinal() - EPOCH_ORDINAL)
        if one.rule in _OF_A_DAY:
            return days.get(("day", one.volunteer_id, day), False)
        return one.rule in {*_OF_A_CONTACT, "same_day"} and days.get(("elder", one.elder_id, day), False)

    notes = tuple(one for one in violations if is_history(one))
    return tuple(one for one in violations if not is_history(one)), notes


def of_the_pair(contacts: pd.DataFrame) -> pd.DataFrame:
    """Contacts as if each were made by the volunteer in whose place it is: for the elder it counts the same."""
    own = contacts["in_place_of"]
    return contacts.assign(volunteer=contacts["volunteer"].where(own < 0, own))


def among(rows: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows are the same contacts as some of the others."""
    return np.asarray(pd.MultiIndex.from_frame(rows[_SAME]).isin(pd.MultiIndex.from_frame(others[_SAME])))
