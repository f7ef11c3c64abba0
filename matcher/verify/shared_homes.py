"""Homes that elders share, read anew from their rows, and the check that such a home has one volunteer."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import pandas as pd

from matcher.roster.model import Roster
from matcher.verify.reference import Reference
from matcher.verify.tables import read_numbers, read_texts
from matcher.verify.violations import Findings, Violation
from matcher.verify.words import phones, room

_MOST = 4
"""More at one address are no household."""


def find_shared_homes(roster: Roster) -> list[list[int]]:
    """Return the elders of each home that two to four of them share, roster indices."""
    rows = roster.elders[["building", "address", "phone", "living", "sex"]].to_dict("records")
    by_building = defaultdict(list)
    for elder, row in enumerate(rows):
        if row["building"]:
            by_building[row["building"]].append(elder)
    homes = []
    for mine in by_building.values():
        if len(mine) < 2:
            continue
        rooms = {elder: room(str(rows[elder]["address"])) for elder in mine}
        numbers = {elder: phones(rows[elder]["phone"]) for elder in mine}
        couples = [elder for elder in mine if not rooms[elder] and rows[elder]["living"] == "couple"]
        wed = len(couples) == 2 and sorted(rows[elder]["sex"] for elder in couples) == ["female", "male"]
        group = {elder: {elder} for elder in mine}
        for one, other in combinations(mine, 2):
            is_one_room = rooms[one] == rooms[other] != ""
            is_one_phone = not (rooms[one] and rooms[other]) and bool(numbers[one] & numbers[other])
            if is_one_room or is_one_phone or (wed and one in couples and other in couples):
                joined = group[one] | group[other]
                group |= dict.fromkeys(joined, joined)
        distinct = {min(members): members for members in group.values()}
        homes += [sorted(members) for members in distinct.values() if 1 < len(members) <= _MOST]
    return homes


def check_shared_homes(pairs: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check, where settings say so, that no home has two volunteers; those whom pins alone give it are left aside."""
    if reference.settings.household.mode != "hard":
        return
    keys = dict(zip(pairs["key"].tolist(), pairs.index.tolist(), strict=True))
    n = reference.people.n_volunteers
    of_elder = defaultdict(list)
    for key in keys:
        of_elder[key // n].append(key)
    pins = set(reference.pairs.pins.tolist())
    faults = []
    for members in find_shared_homes(reference.roster):
        mine = [key for elder in members for key in of_elder[elder]]
        first = next((key % n for key in mine if key in pins), mine[0] % n if mine else -1)
        pinned = {key % n for key in mine if key in pins}
        faults += [key for key in mine if key not in pins and key % n != first and key % n not in pinned]
    findings.add("shared_home", pairs.loc[[keys[key] for key in faults], ["elder", "volunteer", "row"]])


def check_split_homes(table: pd.DataFrame, pairs: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check the list of homes with several volunteers: who lives there, whose each is, and who could have all of them.

    What joining a home would cost is not asked.
    """
    ids = reference.people.elders.ids.tolist()
    told, homes = read_texts(table, "elder_id").tolist(), read_numbers(table, "home").tolist()
    volunteer_of = dict(zip(read_texts(pairs, "elder_id"), read_texts(pairs, "volunteer_id"), strict=True))
    of_home: dict[float, set[str]] = defaultdict(set)
    for elder, home in zip(told, homes, strict=True):
        of_home[home].add(elder)
    expected: dict[str, set[str]] = {}
    for members in find_shared_homes(reference.roster):
        paired = {ids[elder] for elder in members if ids[elder] in volunteer_of}
        if len({volunteer_of[elder] for elder in paired}) > 1:
            expected |= dict.fromkeys(paired, paired)
    columns = (read_texts(table, name).tolist() for name in ("volunteer_id", "join_volunteer_id"))
    for elder, home, volunteer, join in zip(told, homes, *columns, strict=True):
        listed = of_home[home]
        theirs = {volunteer_of.get(other) for other in listed}
        is_so = volunteer == volunteer_of.get(elder) and (not join or join in theirs)
        if not is_so or listed != expected.get(elder):
            findings.add_one(Violation("shared_home_list", elder))
    for elder in sorted(expected.keys() - set(told)):
        findings.add_one(Violation("shared_home_list", elder))
