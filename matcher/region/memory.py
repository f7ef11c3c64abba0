"""Memory: that of a machine, and that which planning a city takes."""

from __future__ import annotations

from pathlib import Path

from matcher.errors import InputError
from matcher.roster.source import Sheet, Sources, expand_sources

BASE_BYTES = 500_000_000
BYTES_A_PERSON = 44_000
"""Memory of a city's process before its first person, and for each: a line that no run is above of. Measured of runs
with 610, 2,440, 6,100 and 12,200 people: 440, 570, 670 and 1,030 MB."""
_SHARE = 0.9
"""Share of the memory that cities may take: the scheduler and the system need some too."""
_BYTES_A_ROW = {".parquet": 60}
"""Bytes of a roster file for each person, by its ending, at the least; workbooks are packed."""
_PACKED = 50
_TEXTS, _LOOKED_AT = {".csv", ".tsv", ".txt"}, 1 << 16
"""Endings of files with a line a person, and how much of one is looked at for how long lines are."""
_UNKNOWN_PEOPLE = 50_000
"""People that a database is taken to hold: nobody knows before it is asked."""


def measure_memory() -> int:
    """Return the bytes that cities may take: of the machine's memory, or its container's."""
    from distributed.system import MEMORY_LIMIT  # noqa: PLC0415 - Dask is there only where the extra is installed

    return int(MEMORY_LIMIT * _SHARE)


def estimate_need(elders: Sources, volunteers: Sources) -> int:
    """Return the bytes of memory that planning a city is likely to take, by the size of its rosters.

    It is a declaration, not a limit: a task is begun only where so much is free.
    """
    return BASE_BYTES + BYTES_A_PERSON * (_estimate_people(elders) + _estimate_people(volunteers))


def _estimate_people(sources: Sources) -> int:
    """Return about how many people some sources hold, rather more than fewer."""
    people = 0
    try:
        each = expand_sources(sources)
    except (OSError, InputError):
        return 0
    for source in each:
        path = source.path if isinstance(source, Sheet) else source
        if not isinstance(path, Path):
            people += _UNKNOWN_PEOPLE
        elif path.is_file():
            people += _count_rows(path)
    return people


def _count_rows(path: Path) -> int:
    """Return about how many rows a file has."""
    size, kind = path.stat().st_size, path.suffix.lower()
    if kind not in _TEXTS:
        return size // _BYTES_A_ROW.get(kind, _PACKED)
    with path.open("rb") as file:
        begin = file.read(_LOOKED_AT)
    return size * max(1, begin.count(b"\n")) // max(1, len(begin))
