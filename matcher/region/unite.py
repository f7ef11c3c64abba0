"""Cities as one: their inputs put together, and who of the whole belongs to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.i18n import join_words
from matcher.outputs.localised import write_csv
from matcher.region.task import CityOrder
from matcher.roster.model import Roster
from matcher.roster.read import read_table
from matcher.roster.source import Sheet, expand_sources, list_sources, name_sources_together
from matcher.run import Inputs
from matcher.run.origins import Origins
from matcher.run_folder import find_read_beside

Mask = NDArray[np.bool_]
_LISTS = {
    "previous": "pairs",
    "pins": "pins",
    "never": "never",
    "previous_visits": "visits",
    "records": "records",
}
"""Files that are given beside rosters, by their part, and the kind of file that each is."""
_ALL = "*"
_FIRST_ROW = 2
"""Number of the first row below a header."""


def unite_inputs(orders: Sequence[CityOrder], scratch: str | Path) -> tuple[Inputs, Origins]:
    """Return the inputs of several cities as one's, and where its lists come from.

    Rosters are one beside the other, lists one below the other.

    Lists of several cities are written anew into ``scratch``, with what lies beside them.

    Raises:
        InputError: a list can't be read.
    """
    given = [order.request.inputs for order in orders]
    origins = Origins()

    def unite(part: str) -> Path | None:
        return _unite_files(part, [one for one in given if getattr(one, part)], Path(scratch), origins)

    inputs = Inputs(
        elders=tuple(source for one in given for source in list_sources(one.elders)),
        volunteers=tuple(source for one in given for source in list_sources(one.volunteers)),
        settings=given[0].settings,
        previous=unite("previous"),
        pins=unite("pins"),
        never=unite("never"),
        previous_visits=unite("previous_visits"),
        records=unite("records"),
    )
    return inputs, origins


def find_people(order: CityOrder, orders: Sequence[CityOrder], roster: Roster) -> tuple[Mask, Mask]:
    """Return which elders and which volunteers of a roster of several cities are one city's."""
    given = [one.request.inputs for one in orders]
    names = name_sources_together(
        *(tuple(source for one in given for source in list_sources(getattr(one, side))) for side in _SIDES)
    )
    found = []
    for side in _SIDES:
        file = getattr(roster, side)["file"]
        mine = np.zeros(len(file), dtype=bool)
        for source in expand_sources(getattr(order.request.inputs, side)):
            name = names[source]
            if isinstance(source, Sheet) and source.name == _ALL:
                mine |= file.str.startswith(name.removesuffix(_ALL)).to_numpy(dtype=bool)
            else:
                mine |= (file == name).to_numpy(dtype=bool)
        found.append(mine)
    return found[0], found[1]


_SIDES = ("elders", "volunteers")


def join_requests(orders: Sequence[CityOrder], scratch: str | Path, out: Path) -> CityOrder:
    """Return the order of several cities as one, whose folder is ``out``."""
    first = orders[0]
    inputs, origins = unite_inputs(orders, scratch)
    return replace(first, request=replace(first.request, inputs=inputs, origins=origins, out=out))


def _unite_files(part: str, given: Sequence[Inputs], scratch: Path, origins: Origins) -> Path | None:
    """Return a list of several cities as one file; the file itself where one city alone has it."""
    paths = [getattr(one, part) for one in given]
    if len(paths) < 2:
        return paths[0] if paths else None
    folder = scratch / part
    folder.mkdir()
    kind = _LISTS[part]
    beside: dict[str, list[Path]] = {}
    for path in paths:
        for name, found in find_read_beside(path, part).items():
            beside.setdefault(name, []).append(found)
    for name, files in beside.items():
        _write_together(folder, name, files, origins)
    return _write_together(folder, kind, paths, origins)


def _write_together(folder: Path, kind: str, paths: Sequence[Path], origins: Origins) -> Path:
    """Write files of a kind one below the other, cells as they stand; note where they come from."""
    table = read_table(tuple(paths), kind)
    target = folder / f"{kind}.csv"
    rows = zip(table.files().to_pylist(), table.row.tolist(), strict=True)
    origins.readings[target] = table.readings
    origins.places.update({(target.name, number): place for number, place in enumerate(rows, start=_FIRST_ROW)})
    origins.places[target.name, None] = (join_words(reading.file for reading in table.readings), None)
    frame = table.frame.rename(columns={name: column(kind, name).header() for name in table.headers})
    write_csv(target, pd.DataFrame(frame, dtype=str))
    return target
