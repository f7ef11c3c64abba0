"""What only both rosters together show: one person on both, and elders whose family is among the volunteers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.roster.identity import NationalIds, Texts, joined, place, texts_of
from matcher.roster.numbers import phone_numbers
from matcher.roster.table import Table

_ROOM = re.compile(r"(\d+[A-Za-z]?(?:-\d+)?)(?:室|房|户)?$", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """One roster as its check saw it: text, typed columns and building of all rows, national IDs.

    Gone once both rosters are checked.
    """

    table: Table
    frame: pd.DataFrame
    ids: NationalIds

    def texts(self, name: str) -> Texts:
        """A column without white space."""
        return texts_of(self.frame, name)


def across(elders: People, volunteers: People) -> list[Issue]:
    """People on both rosters, volunteers at an elder's address, volunteers whom an elder names as emergency contact."""
    same = _same_person(elders, volunteers)
    return [*_on_both(elders, volunteers, same), *_family(elders, volunteers, same)]


def _same_person(elders: People, volunteers: People) -> NDArray[np.int64]:
    """For each elder the volunteer of the same national ID; else of the same name and date of birth, or phone."""
    same = _first_match(elders.ids.number, volunteers.ids.number)
    for name in ("birth_date", "phone"):
        found = _same_name_and(name, elders, volunteers)
        same = np.where(same < 0, found, same)
    return same


def _same_name_and(name: str, elders: People, volunteers: People) -> NDArray[np.int64]:
    keys = [joined(people.texts("name"), _comparable(people, name)) for people in (elders, volunteers)]
    return _first_match(*keys)


def _comparable(people: People, name: str) -> Texts:
    """A column so that equal cells mean the same: of phones the first number."""
    if name == "birth_date":
        return people.texts(name)
    return np.array([next(iter(phone_numbers(text)), "") for text in people.frame[name].tolist()], dtype=object)


def _on_both(elders: People, volunteers: People, same: NDArray[np.int64]) -> Iterator[Issue]:
    """Told in both files, so that each committee sees its own row."""
    for i in np.flatnonzero(same >= 0).tolist():
        for (here, at), (there, other) in (
            ((elders, i), (volunteers, same[i])),
            ((volunteers, same[i]), (elders, i)),
        ):
            name = here.frame["name"].iloc[at]
            yield here.table.issue("person_on_both", "name", int(at), name, **place(there.table, int(other)))


def _family(elders: People, volunteers: People, same: NDArray[np.int64]) -> Iterator[Issue]:
    at_home = _first_match(_homes(elders), _homes(volunteers))
    contact = joined(elders.texts("emergency_contact"), _comparable(elders, "emergency_contact_phone"))
    named = _first_match(contact, joined(volunteers.texts("name"), _comparable(volunteers, "phone")))
    for code, column, found in (
        ("family_at_home", "address", at_home),
        ("family_as_contact", "emergency_contact", named),
    ):
        texts = elders.table.texts(column)
        for i in np.flatnonzero((found >= 0) & (found != same)).tolist():
            both = {"elder": elders.frame["id"].iloc[i], "volunteer": volunteers.frame["id"].iloc[found[i]]}
            yield elders.table.issue(code, column, i, texts[i], **both, **place(volunteers.table, found[i]))


def _homes(people: People) -> Texts:
    """Building and room, empty where either is unknown; without the district, which only one roster may name."""
    rooms = [_ROOM.search(text) for text in people.texts("address").tolist()]
    room = np.array([found[1] if found else "" for found in rooms], dtype=object)
    buildings = [key.rpartition("|")[2] for key in people.frame["building"].tolist()]
    return joined(np.array(buildings, dtype=object), room)


def _first_match(keys: Texts, among: Texts) -> NDArray[np.int64]:
    """For each key the first place where it is among others; -1 where it is not, or is empty."""
    first = np.flatnonzero(~pd.Index(among).duplicated())
    found = pd.Index(among[first]).get_indexer(pd.Index(keys))
    return np.where((found >= 0) & (keys != ""), first[found], -1) if len(first) else np.full(len(keys), -1)
