"""Contacts that somebody else than the elder's own volunteer makes: in their place, or before they were a pair."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.people import People
from matcher.verify.plan import key
from matcher.verify.violations import Findings

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


def of_the_pair(contacts: pd.DataFrame) -> pd.DataFrame:
    """Contacts as if each were made by the volunteer in whose place it is: for the elder it counts the same."""
    own = contacts["in_place_of"]
    return contacts.assign(volunteer=contacts["volunteer"].where(own < 0, own))


def among(rows: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows are the same contacts as some of the others."""
    return np.asarray(pd.MultiIndex.from_frame(rows[_SAME]).isin(pd.MultiIndex.from_frame(others[_SAME])))
