"""The database behind a ledger: opening it, one writer at a time, rows through the driver, errors in our words."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from matcher.errors import UsageError, explain_write_error
from matcher.i18n import N_, _
from matcher.ledger.schema import STANDING, prepare_tables
from matcher.publishing import note_written
from matcher.publishing.signals import put_off_stops
from matcher.roster.sql import explain_refusal, show_address

WAIT_S = 60
"""How long a writer waits for another."""
PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON", "cache_size = -65536")
"""What every connection to SQLite asks for: deleted bytes are zeros, 64 MB of cache."""
_CHUNK = 100_000
"""Rows handed to the driver at once."""
_MEMORY = {None, "", ":memory:"}
_FULL = ("disk is full", "No space left")
_OF_THE_PLACE = ("readonly", "unable to open", "disk I/O")
"""Words of SQLite where it can't make its log beside the ledger, among other things."""
_NOT_WRITTEN = N_("the ledger {ledger} can't be written: {problem}. It is as it was")
_NOT_WIPED = N_(
    "the person is deleted from the ledger {ledger}, but its files may still hold the id: {problem}. Mend that, and "
    "give the command again"
)


class Store:
    """The database of a ledger.

    Args:
        url: ``sqlite:///path``, ``sqlite://`` for one in memory, or ``postgresql+psycopg://user@host/name``.
        create: Make the file where there is none.

    Raises:
        UsageError: it can't be opened, with what to do.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        self.shown = show_address(url)
        self._file: Path | None = None
        with self._explain():
            made = _parse_address(url)
            self.is_sqlite = made.get_backend_name() == "sqlite"
            self._is_in_memory = self.is_sqlite and made.database in _MEMORY
            if self.is_sqlite and not self._is_in_memory:
                self._file = Path(str(made.database))
            if self._file and not create and not self._file.exists():
                text = _(
                    "there is no ledger {path} yet: old-partners run writes one, old-partners record enters months gone"
                )
                raise UsageError(text.format(path=self._file))
            pool = sa.StaticPool if self._is_in_memory else sa.NullPool
            self._engine = sa.create_engine(url, poolclass=pool, hide_parameters=True)
            if self.is_sqlite:
                sa.event.listen(self._engine, "connect", _set_up_sqlite)
                sa.event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql(self._begin))
        self._begin = "BEGIN"

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one state of the ledger."""
        with self._explain(), self._connect() as connection:
            prepare_tables(connection)
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction of which all is kept or nothing; other writers wait.

        Raises:
            UsageError: another writes for too long, the disk is full, or the database does not answer; the ledger is
                as it was.
        """
        self._begin = "BEGIN IMMEDIATE"
        try:
            with self._explain(_(_NOT_WRITTEN)), self._connect() as connection:
                if not self.is_sqlite:
                    connection.exec_driver_sql(f"SET lock_timeout = {int(WAIT_S * 1000)}")
                prepare_tables(connection)
                if not self.is_sqlite:
                    connection.exec_driver_sql(f"LOCK TABLE {STANDING.name} IN EXCLUSIVE MODE")
                yield connection
                with put_off_stops():  # so that what is said of the ledger after a stop is true
                    connection.commit()
                    if not self._is_in_memory:
                        note_written(self._file or self.shown)
        finally:
            self._begin = "BEGIN"

    def wipe(self) -> None:
        """Take what was deleted out of the database's own files: SQLite's log, PostgreSQL's table of ids."""
        with self._explain(_(_NOT_WIPED)), self._engine.connect() as connection:
            raw = connection.execution_options(isolation_level="AUTOCOMMIT")
            if not self.is_sqlite:
                raw.exec_driver_sql("VACUUM FULL persons")
                return
            busy = raw.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        if busy:
            text = _("another program reads {ledger}: close it and forget the person again, so that the log is emptied")
            raise UsageError(text.format(ledger=self.shown))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction."""
        if self._file:
            _create_private(self._file)
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _explain(self, sentence: str = "") -> Iterator[None]:
        """Say what goes wrong in one sentence of ours, without address, password or statement."""
        try:
            yield
        except ModuleNotFoundError as error:
            problem = _("the driver {driver} is not installed").format(driver=error.name)
        except DBAPIError as error:
            problem = _(_explain_place(self._file, str(error.orig)) or _explain_database(str(error.orig)))
        except OSError as error:
            problem = _(explain_write_error(error))
        else:
            return
        text = sentence or _("the ledger {ledger} can't be read: {problem}")
        # from None, so that no traceback leads back to the address
        raise UsageError(text.format(ledger=self.shown, problem=problem)) from None


def insert_rows(connection: sa.Connection, table: sa.Table, columns: dict[str, Any]) -> None:
    """Write rows through the driver: COPY for PostgreSQL, else ``executemany``.

    Args:
        connection: In a transaction.
        table: Where to.
        columns: Arrays of one length, or single values, by column; NaN is no value.
    """
    n = max((len(values) for values in columns.values() if not np.isscalar(values)), default=0)
    names = ", ".join(columns)
    for start in range(0, n, _CHUNK):
        rows = min(_CHUNK, n - start)
        cells = [_cut(values, start, rows) for values in columns.values()]
        if connection.dialect.name == "postgresql":
            _copy(connection, f"COPY {table.name} ({names}) FROM STDIN (FORMAT csv)", cells)
            continue
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own tables
        connection.exec_driver_sql(sql, list(zip(*cells, strict=True)))


def _cut(values: Any, start: int, rows: int) -> list[Any]:  # noqa: ANN401 - an array, a list or a single value
    """Return some rows of a column: whole numbers or texts, None where NaN."""
    if np.isscalar(values):
        return [values] * rows
    part = values[start : start + rows]
    if isinstance(part, list):
        return part
    if part.dtype.kind != "f":
        return list(part.tolist())
    return [None if number != number else int(number) for number in part.tolist()]  # noqa: PLR0124 - NaN


def _copy(connection: sa.Connection, statement: str, columns: list[list[Any]]) -> None:
    """Hand rows to PostgreSQL's COPY; the driver is psycopg."""
    sink = pa.BufferOutputStream()
    table = pa.table([pa.array(column) for column in columns], names=[str(i) for i in range(len(columns))])
    pcsv.write_csv(table, sink, pcsv.WriteOptions(include_header=False))
    with connection.connection.cursor().copy(statement) as copy:
        copy.write(sink.getvalue().to_pybytes())


def _parse_address(url: str) -> sa.URL:
    """Return a database's address in its parts."""
    try:
        made = sa.make_url(url)
        made.get_dialect()
    except (ArgumentError, NoSuchModuleError):
        made = None
    if made is None:
        raise UsageError(_("the ledger's address is no address of a database; write it as sqlite:///ledger.sqlite"))
    return made


def _create_private(path: Path) -> None:
    """Make the file, where there is none, readable by its owner alone; SQLite gives its log the same rights."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
    connection.isolation_level = None  # transactions begin where we say
    connection.execute(f"PRAGMA busy_timeout = {int(WAIT_S * 1000)}")
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _explain_place(path: Path | None, text: str) -> str:
    """Return why SQLite can't write where its file lies, in untranslated words of our own; empty where it can."""
    if path is None or not any(word in text for word in _OF_THE_PLACE):
        return ""
    if sys.platform != "win32" and path.parent.is_dir() and os.statvfs(path.parent).f_flag & os.ST_RDONLY:
        return explain_write_error(OSError(errno.EROFS, ""))
    if not all(os.access(one, os.W_OK) for one in (path, path.parent) if one.exists()):
        return explain_write_error(PermissionError())
    return N_("the disk is full or failing") if "disk I/O" in text else ""


def _explain_database(text: str) -> str:
    """Return what a database says, in untranslated words of our own."""
    if any(word in text for word in _FULL):
        return N_("the disk is full")
    if "lock timeout" in text:
        return N_("another program is writing to it")
    return explain_refusal(text, "database_refused")[0]
