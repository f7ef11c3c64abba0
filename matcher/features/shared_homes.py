"""Homes that several elders share: behind one door, one volunteer should ring."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.roster.address import parse
from matcher.roster.numbers import phone_numbers

Index = NDArray[np.int64]
ALONE = -1
MOST = 4
"""More elders at one address are a care home, or an address that leaves the room out."""


def number_shared_homes(elders: pd.DataFrame) -> Index:
    """Return the number of the home that each elder shares with others on the roster, ALONE for the rest, (n,).

    Homes are numbered in order of their first elder. Two of one building, by its key, share a home where

    - their addresses name one room; or, where one of the two names none,
    - they have a telephone number in common, or
    - they are the only two there without a room who live as a couple, one a woman and one a man.

    Two different rooms are two homes, whatever else they have in common.
    """
    building = elders["building"].to_numpy(dtype=object)
    where = pd.Series(building)
    near = np.flatnonzero(((where != "") & where.duplicated(keep=False)).to_numpy())
    room = {i: parse(text).room for i, text in zip(near.tolist(), elders["address"].iloc[near], strict=True)}
    told = [elders[name].tolist() for name in ("phone", "living", "sex")]
    at: dict[object, list[int]] = {}
    for i, key in zip(near.tolist(), building[near].tolist(), strict=True):
        at.setdefault(key, []).append(i)
    links = [link for mine in at.values() for link in _link_elders(mine, room, *told)]
    found = np.full(len(elders), ALONE, dtype=np.int64)
    if not links:
        return found
    from scipy.sparse import coo_array  # noqa: PLC0415 - loading takes longer than most questions about a plan
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    one, other = np.array(links, dtype=np.int64).T
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(elders),) * 2)
    _count, label = connected_components(graph, directed=False)
    size = np.bincount(label)[label]
    shares = (size > 1) & (size <= MOST)
    found[shares] = pd.factorize(label[shares])[0]
    return found


def _link_elders(
    mine: list[int], room: dict[int, str], phone: list[str], living: list[str], sex: list[str]
) -> list[tuple[int, int]]:
    """Return pairs of elders of one building who share a home; those of a room as a chain."""
    links = []
    first: dict[str, int] = {}
    for who in mine:
        if room[who]:
            links += [(first[room[who]], who)] if room[who] in first else []
            first.setdefault(room[who], who)
    unknown = [who for who in mine if not room[who]]
    for who in unknown:
        numbers = set(phone_numbers(phone[who]))
        links += [(other, who) for other in mine if other != who and numbers & set(phone_numbers(phone[other]))]
    couples = [who for who in unknown if living[who] == "couple"]
    if len(couples) == 2 and {sex[who] for who in couples} == {"female", "male"}:
        links.append((couples[0], couples[1]))
    return links
