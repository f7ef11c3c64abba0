"""Fingerprint of all that a city is planned from, as one hash: equal hashes, equal folders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from matcher.evidence import find_hash
from matcher.outputs.summary import PACKAGES
from matcher.roster.query import Query
from matcher.roster.read import read_table
from matcher.roster.source import Sheet, Sources, expand_sources
from matcher.run import RunRequest


def take_fingerprint(request: RunRequest, lang: str) -> str:
    """Return a hash of all that a month's folder follows from: inputs, dates, settings, options, versions.

    Raises:
        InputError: a roster can't be read.
        OSError: a file can't be read.
    """
    told = {
        "rosters": {side: list(_hash_sources(getattr(request.inputs, side), side, request)) for side in _ROSTERS},
        "files": {part: find_hash(path) for part, path in _list_files(request).items()},
        "month": request.horizon.start.isoformat(),
        "settings": request.settings.model_dump(mode="json"),
        "options": [lang, request.names, request.set_aside, request.calendars, repr(request.page)],
        "versions": {name: version(name) for name in ("old-partners", *PACKAGES)},
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def combine_hashes(hashes: Iterable[str]) -> str:
    """Return one hash of several, in their order."""
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


_ROSTERS = ("elders", "volunteers")


def _list_files(request: RunRequest) -> dict[str, Path]:
    """Return the files beside the rosters, by their part: lists, what lies beside them, the user's own holidays."""
    files = request.inputs.files() | request.inputs.beside()
    holidays = request.settings.schedule.holidays_file
    return files | ({"holidays": Path(holidays)} if holidays else {})


def _hash_sources(sources: Sources, side: str, request: RunRequest) -> Iterator[Any]:
    """Yield what each source of a roster is called and holds; of a database, its answer."""
    for source in expand_sources(sources):
        match source:
            case Query():
                table = read_table((source,), side, request.settings.conventions())
                yield [reading.sha256 for reading in table.readings]
            case Sheet():
                yield [source.path.name, source.name, find_hash(source.path)]
            case _:
                yield [source.name, find_hash(source)]
