"""Points that several addresses share: no measurements of any of them.

Geocoders answer with the middle of a city, a town or a compound where they do not find an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.roster.address import read_homes
from matcher.roster.cells import Mask, arrow, is_empty, series, without_spaces
from matcher.roster.coordinates import spell_place
from matcher.roster.cross_checks import RosterSide

_FEWEST_ADDRESSES = 4
"""Two addresses may be one corner house, three a group of houses that were measured from one door."""
_PLACE = ["lng", "lat"]


def refuse_shared_points(rosters: Sequence[RosterSide]) -> tuple[list[RosterSide], list[Issue]]:
    """Return the rosters without coordinates that several addresses share, and a warning for each of their rows.

    Where all of these addresses are of one lane or compound, the point stays, as that of the lane or compound.
    """
    names = [*_PLACE, "address", "compound"]
    everyone = pd.concat([people.frame[names] for people in rosters], ignore_index=True)
    addresses, wider = _classify_points(everyone)
    distrusted: list[RosterSide] = []
    issues: list[Issue] = []
    first = 0
    for people in rosters:
        rows = slice(first, first + len(people.frame))
        distrusted.append(_refuse_points(people, addresses[rows], wider[rows]))
        issues += _tell_shared(people, addresses[rows], wider[rows])
        first += len(people.frame)
    return distrusted, issues


def _classify_points(everyone: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return how many addresses share each row's point, 0 where few do, and what all of them lie in.

    That is ``lane``, ``compound`` or, where they have neither in common, empty.
    """
    addresses, wider = np.zeros(len(everyone), dtype=np.int64), np.full(len(everyone), "", dtype=object)
    point = everyone.groupby(_PLACE).ngroup().fillna(-1).to_numpy(np.int64)  # NaN is no group
    often = np.bincount(point[point >= 0]) >= _FEWEST_ADDRESSES
    rows = np.flatnonzero(np.isin(point, np.flatnonzero(often)))
    if not len(rows):
        return addresses, wider
    homes = read_homes(everyone.iloc[rows])
    address = without_spaces(arrow(everyone["address"].iloc[rows]))
    address = pc.if_else(pa.array(is_empty(homes.building)), address, homes.building)
    told = pd.DataFrame(
        {
            "point": point[rows],
            "address": series(address),
            "lane": series(homes.lane),
            "compound": everyone["compound"].to_numpy()[rows],
        }
    )
    by_point = told[told["address"] != ""].groupby("point")
    count = by_point["address"].nunique()
    count = count[count >= _FEWEST_ADDRESSES]
    at = np.flatnonzero(np.isin(point, count.index))
    addresses[at] = count[point[at]].to_numpy()
    for name in ("compound", "lane"):
        least, most = by_point[name].min(), by_point[name].max()
        one = (least == most) & (least != "")
        wider[at] = np.where(one[point[at]].to_numpy(), name, wider[at])
    return addresses, wider


def _refuse_points(people: RosterSide, addresses: NDArray[np.int64], wider: NDArray[np.object_]) -> RosterSide:
    """Take away coordinates of nothing in particular, and say of the others what they are of."""
    frame = people.frame
    nowhere, coarse = _split(addresses, wider)
    if not (nowhere | coarse).any():
        return people
    quality = np.where(coarse & frame["place_quality"].isin(["", "point", "building"]), wider, frame["place_quality"])
    points = {name: frame[name].mask(nowhere) for name in _PLACE}
    return replace(people, frame=frame.assign(**points, place_quality=pd.Series(quality, dtype=str)))


def _split(addresses: NDArray[np.int64], wider: NDArray[np.object_]) -> tuple[Mask, Mask]:
    """Return which rows have a point of nothing in particular, and which that of a lane or compound."""
    shared, known = addresses > 0, wider != ""
    return shared & ~known, shared & known


def _tell_shared(people: RosterSide, addresses: NDArray[np.int64], wider: NDArray[np.object_]) -> Iterator[Issue]:
    table = people.table
    nowhere, _coarse = _split(addresses, wider)
    for i in np.flatnonzero(nowhere).tolist():
        yield table.issue("place_shared", "lng", i, spell_place(table, i), addresses=int(addresses[i]))
