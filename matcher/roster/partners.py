"""Last month's pairs as the rosters themselves name them, where no file of them is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.i18n import join_words
from matcher.messages import Issue
from matcher.privacy import hide_private, mask_name
from matcher.roster.directory import Directory
from matcher.roster.model import PairList, Roster

Index = NDArray[np.int64]


class _Partner(NamedTuple):
    """One cell's word for a partner, and where it stands."""

    side: str
    person: int
    """Row of the frame of ``side``."""
    text: str


_COLUMN = {"elders": "volunteer", "volunteers": "elders"}
_OTHER = {"elders": "volunteers", "volunteers": "elders"}


def read_partners(roster: Roster) -> tuple[PairList, list[Issue]]:
    """Return the pairs that the columns ``volunteer`` and ``elders`` of the rosters name, and what is to be told.

    Who is named by an id, an id without its zeros or a name that only one person bears is found. An elder whom several
    volunteers are named for keeps the one of the elder's own row, else the first.
    """
    issues: list[Issue] = []
    found: dict[int, list[tuple[int, _Partner]]] = {}
    directories = {side: roster.directory(other) for side, other in _OTHER.items()}
    for partner in _list_partners(roster):
        other = _find(roster, directories[partner.side], partner, issues)
        if other < 0:
            continue
        elder, volunteer = (partner.person, other) if partner.side == "elders" else (other, partner.person)
        found.setdefault(elder, []).append((volunteer, partner))
    elders, volunteers = [], []
    for elder, named in sorted(found.items()):
        volunteer, _first = named[0]
        if len({one for one, _partner in named}) > 1:
            ids = [roster.volunteers["id"].iloc[one] for one in dict.fromkeys(one for one, _partner in named)]
            told = {"ids": join_words(ids), "kept": ids[0]}
            where = next(partner for one, partner in named if one != volunteer)
            issues.append(_tell(roster, "partner_twice", where, roster.elders["id"].iloc[elder], **told))
        elders.append(elder)
        volunteers.append(volunteer)
    if elders:
        issues.append(Issue("partners_listed", roster.elders["file"].iloc[elders[0]], params={"count": len(elders)}))
    return _make_list(roster, np.array(elders, dtype=np.int64), np.array(volunteers, dtype=np.int64)), issues


def _list_partners(roster: Roster) -> Iterator[_Partner]:
    """Yield every partner that a row names, those of the elders' rows first."""
    for side, column in _COLUMN.items():
        for person, cell in enumerate(getattr(roster, side)[column].tolist()):
            for text in (cell,) if isinstance(cell, str) else cell:
                if text:
                    yield _Partner(side, person, text)


def _find(roster: Roster, directory: Directory, partner: _Partner, issues: list[Issue]) -> int:
    """Return the row of who is meant on the other roster, -1 for nobody, which is told."""
    text = partner.text
    named = [text] if directory.knows(text) else [directory.restore_id(text)]
    if not named[0]:
        named = directory.find_by_name(text)
    if len(named) == 1 and named[0] in directory.index:
        return directory.index[named[0]]
    if len(named) > 1:
        issues.append(_tell(roster, "partner_ambiguous", partner, _mask(text), ids=join_words(named)))
    elif not (named and named[0] in directory.set_aside):
        issues.append(_tell(roster, "partner_unknown", partner, _mask(text)))
    return -1


def _mask(text: str) -> str:
    """Return an id as it is, a name with its surname only."""
    return hide_private(text) if any(character.isdecimal() for character in text) else mask_name(text)


def _tell(roster: Roster, code: str, partner: _Partner, value: str, **params: object) -> Issue:
    frame: pd.DataFrame = getattr(roster, partner.side)
    file, row = frame["file"].iloc[partner.person], int(frame["row"].iloc[partner.person])
    headers = {reading.file: reading.headers for reading in roster.readings if reading.kind == partner.side}
    column = _COLUMN[partner.side]
    return Issue(code, file, row, headers.get(file, {}).get(column, column), value, params)


def _make_list(roster: Roster, elder: Index, volunteer: Index) -> PairList:
    elders = roster.elders[["file", "row", "id", "paired_since"]].iloc[elder]
    volunteers = roster.volunteers[["id"]].iloc[volunteer]
    file = str(elders["file"].iloc[0]) if len(elders) else ""
    since = elders["paired_since"].to_numpy("datetime64[M]")
    ids = tuple(elders["id"].tolist()), tuple(volunteers["id"].tolist())
    return PairList(elder, volunteer, *ids, elders["row"].to_numpy(np.int64), file, since=since)
