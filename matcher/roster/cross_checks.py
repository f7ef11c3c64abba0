"""What only both rosters together show: one person on both, and elders whose family is among the volunteers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.datum import Datum
from matcher.messages import Issue
from matcher.privacy import mask_name
from matcher.roster.address import name_buildings
from matcher.roster.cells import arrow, each, matching, without_spaces
from matcher.roster.header import known_headers, simplify
from matcher.roster.identity import NationalIds, make_day_keys, make_name_keys, place
from matcher.roster.keys import Keys, combine_keys, find_first_match, make_keys
from matcher.roster.numbers import phone_numbers
from matcher.roster.table import Table

_ROOM = r"(?P<room>[0-9]+[A-Za-z]?(?:-[0-9]+)?)(?:室|房|户)?$"


@dataclass(frozen=True, slots=True, eq=False)
class RosterSide:
    """One roster as its check saw it: text, typed columns and keys of homes of all rows, national IDs.

    ``faulty`` are rows with an error; ``datums`` are what its sources declare, a place a reading. Gone once both
    rosters are checked.
    """

    table: Table
    frame: pd.DataFrame
    ids: NationalIds
    faulty: NDArray[np.bool_]
    datums: tuple[Datum | None, ...]


def check_across(elders: RosterSide, volunteers: RosterSide) -> list[Issue]:
    """Find people on both rosters, and volunteers who live with an elder or are an elder's emergency contact."""
    same = _find_same_person(elders, volunteers)
    named = [
        *_find_strangers(elders, volunteers),
        *_find_strangers(volunteers, elders),
        *_find_swapped(elders, volunteers),
    ]
    return [*_tell_on_both(elders, volunteers, same), *_find_family(elders, volunteers, same), *named]


def _find_swapped(elders: RosterSide, volunteers: RosterSide) -> Iterator[Issue]:
    """Find rosters given the one for the other: the consent stands in that of the volunteers, their places do not."""
    known = {kind: known_headers(kind) for kind in ("elders", "volunteers")}
    theirs = {column.name for column in known["elders"].values()}
    unused = {known["volunteers"].get(simplify(title)) for title in elders.table.unknown}
    has_consent = any(
        (column := known["elders"].get(simplify(title))) and column.name == "consent"
        for title in volunteers.table.unknown
    )
    if "consent" not in elders.table.headers and has_consent and any(one and one.name not in theirs for one in unused):
        yield Issue(
            "rosters_swapped", elders.table.readings[0].file, params={"other": volunteers.table.readings[0].file}
        )


def _find_same_person(elders: RosterSide, volunteers: RosterSide) -> NDArray[np.int64]:
    """Return for each elder the volunteer of the same national ID, else of one name and date of birth, or phone."""
    columns = {name: (elders.frame[name], volunteers.frame[name]) for name in ("name", "birth_date", "phone")}
    name = make_name_keys(*columns["name"])
    same = find_first_match(elders.ids.key, volunteers.ids.key)
    for key in (make_day_keys(*columns["birth_date"]), _make_phone_keys(*columns["phone"])):
        found = _match_first(combine_keys(name, key), len(same))
        same = np.where(same < 0, found, same)
    return same


def _tell_on_both(elders: RosterSide, volunteers: RosterSide, same: NDArray[np.int64]) -> Iterator[Issue]:
    """Tell of them in both files, so that each committee sees its own row."""
    for i in np.flatnonzero(same >= 0).tolist():
        for (here, at), (there, other) in (
            ((elders, i), (volunteers, same[i])),
            ((volunteers, same[i]), (elders, i)),
        ):
            name = here.frame["name"].iloc[at]
            yield here.table.issue("person_on_both", "name", int(at), name, **place(there.table, int(other)))


def _find_strangers(people: RosterSide, others: RosterSide) -> Iterator[Issue]:
    """Find acquaintances who are not on the other roster."""
    known = set(others.frame["id"].tolist())
    for i, cell in enumerate(people.frame["acquainted"].tolist()):
        for person in cell:
            if person not in known:
                yield people.table.issue("acquainted_unknown", "acquainted", i, person)


def _find_family(elders: RosterSide, volunteers: RosterSide, same: NDArray[np.int64]) -> Iterator[Issue]:
    homes = make_keys(pa.concat_arrays([_join_homes(people.frame) for people in (elders, volunteers)]))
    contact = combine_keys(
        make_name_keys(elders.frame["emergency_contact"], volunteers.frame["name"]),
        _make_phone_keys(elders.frame["emergency_contact_phone"], volunteers.frame["phone"]),
    )
    for code, column, key in (
        ("family_at_home", "address", homes),
        ("family_as_contact", "emergency_contact", contact),
    ):
        found = _match_first(key, len(same))
        for i in np.flatnonzero((found >= 0) & (found != same)).tolist():
            both = {"elder": _name(elders, i), "volunteer": _name(volunteers, int(found[i]))}
            value = elders.table.text(column, i)
            yield elders.table.issue(code, column, i, value, **both, **place(volunteers.table, found[i]))


def _name(side: RosterSide, i: int) -> str:
    """Return the id of somebody; the name masked where nobody has an id yet."""
    return str(side.frame["id"].iloc[i]) or mask_name(str(side.frame["name"].iloc[i]))


def _join_homes(frame: pd.DataFrame) -> pa.Array:
    """Return building and room, empty where either is unknown; without the area, which only one roster may name."""
    rooms = pc.struct_field(pc.extract_regex(without_spaces(arrow(frame["address"])), _ROOM), "room")
    building = name_buildings(frame)
    known = pc.and_(pc.is_valid(rooms), pc.not_equal(building, ""))
    return pc.if_else(known, pc.binary_join_element_wise(building, pc.fill_null(rooms, ""), "|"), "")


def _make_phone_keys(*columns: pd.Series) -> Keys:
    """Return keys of the first number of each cell."""
    cells = pa.concat_arrays([arrow(column) for column in columns])
    first = each(cells, lambda text: next(iter(phone_numbers(text)), ""), ~matching(cells, "^(?:1[3-9][0-9]{9})?$"))
    return make_keys(first)


def _match_first(keys: Keys, cut: int) -> NDArray[np.int64]:
    """Return for each of the first ``cut`` keys, the elders', the first of the volunteers' that is the same."""
    return find_first_match(keys[:cut], keys[cut:])
