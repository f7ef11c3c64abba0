"""Answers of providers in one SQLite file, so that no building is asked for twice, even after a cut."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from datetime import date
from math import isnan, nan
from pathlib import Path
from types import TracebackType
from typing import Self

from matcher.errors import UsageError, explain_write_error
from matcher.geo.geocode.answers import Answer, Quality
from matcher.i18n import _

_VERSION = 1
_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    source TEXT NOT NULL,   -- provider and server
    query TEXT NOT NULL,    -- city and building, as sent
    quality TEXT NOT NULL,
    lng REAL,               -- WGS-84; NULL where the provider found nothing
    lat REAL,
    level TEXT NOT NULL,
    city TEXT NOT NULL,
    asked TEXT NOT NULL,    -- date
    PRIMARY KEY (source, query)
) WITHOUT ROWID
"""


class Cache:
    """The cache file; it holds addresses of buildings, so only its owner may read it (mode 0600).

    A context manager. Every answer is kept as soon as it is there.

    Raises:
        UsageError: the file is no such cache, or can't be opened.
    """

    def __init__(self, path: Path) -> None:
        try:
            # SQLite gives its side files the mode of the file itself
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
        except OSError as error:
            text = _("the cache {path} can't be opened: {problem}")
            raise UsageError(text.format(path=path, problem=_(explain_write_error(error)))) from error
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise UsageError(_("{path} is not a cache of places; give another file").format(path=path)) from error

    def _prepare(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if version != _VERSION and (version or tables):
            raise sqlite3.DatabaseError
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(_TABLE)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def known(self, source: str, queries: Iterable[str]) -> dict[str, Answer]:
        """Return the answers that ``source`` has given to these queries already."""
        wanted = set(queries)
        rows = self._db.execute("SELECT query, quality, lng, lat, level, city FROM answers WHERE source = ?", (source,))
        return {query: _answer(*values) for query, *values in rows if query in wanted}

    def keep(self, source: str, query: str, answer: Answer) -> None:
        """Keep an answer, in place of an older one."""
        place = (None, None) if isnan(answer.lng) else (answer.lng, answer.lat)
        row = (source, query, answer.quality, *place, answer.level, answer.city, date.today().isoformat())
        self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def _answer(quality: Quality, lng: float | None, lat: float | None, level: str, city: str) -> Answer:
    return Answer(quality, nan if lng is None else lng, nan if lat is None else lat, level, city)
