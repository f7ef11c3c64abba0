"""Rosters from databases, in whatever dialect SQLAlchemy has a driver for. Passwords are shown nowhere."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any
from urllib.parse import quote, quote_plus

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from matcher.errors import InputError
from matcher.i18n import N_
from matcher.messages import Issue
from matcher.roster.formats import Row, texts_of_rows
from matcher.roster.query import Query
from matcher.settings.roster import Conventions

_CHUNK_ROWS = 256
_CHUNK_BYTES = 1 << 24
"""Most that is fetched at once, as far as the rows before tell."""
_AGAIN_S = 1.0
_UNNAMED = "database"
_SECRET = re.compile(r"pass|pwd|key|secret|token", re.IGNORECASE)
_MEMORY = {None, "", ":memory:"}
_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
"""What a query may do in SQLite."""
_FUNCTIONS_NOT_CALLED = frozenset({"load_extension", "writefile", "edit", "fts3_tokenizer"})
_STEPS = 10_000
"""Steps of SQLite's machine between two looks at the clock."""


class _TooLargeError(ValueError):
    """Error of an answer with more than memory is meant for: the issue's code, and how much that is."""

    def __init__(self, code: str, most: int) -> None:
        self.code = code
        self.most = most
        super().__init__(code)


def show_address(url: str) -> str:
    """Return a database's address as it may be shown: dialect, server and name, without user, password and options."""
    try:
        made = sa.make_url(url)
    except ArgumentError:
        return _UNNAMED
    if made.get_backend_name() == "sqlite":
        return f"sqlite:{Path(made.database or '').name}"
    server = f"{made.host or ''}" + (f":{made.port}" if made.port else "")
    return f"{made.get_backend_name()}://{server}/{made.database or ''}"


_TOO_LARGE = N_("it returns more than can be held in memory, or a value of more than limits.cell_bytes")
_SAID = tuple(
    (re.compile(pattern, re.IGNORECASE), problem)
    for pattern, problem in (
        (
            r"no such table: (\S+)|relation \"(.+?)\" does not exist|table '(.+?)' doesn't exist",
            N_("it has no such table"),
        ),
        (
            r"no such column: (\S+)|column \"?(.+?)\"? does not exist|unknown column '(.+?)'",
            N_("the table has no such column"),
        ),
        (r"syntax error at or near \"(.+?)\"|near \"(.+?)\"|incomplete input|syntax", N_("it is no correct SQL")),
        (
            r"authentication failed|access denied|no password|role .* does not exist",
            N_("it refuses this user or password"),
        ),
        (
            r"not authorized|prohibited|authorizer|read[- ]?only|attempt to write",
            N_("it would change something, and nothing but reading is carried out"),
        ),
        (r"permission denied|command denied", N_("this user may not read that")),
        (
            r"interrupted|canceling statement|maximum statement execution time",
            N_("it takes too long; files.query_seconds says how long it may"),
        ),
        (r"database \"(.+?)\" does not exist|unknown database '(.+?)'", N_("the server has no such database")),
        (r"too big|out of memory|result set too large", _TOO_LARGE),
        (r"is locked", N_("another program is writing to it")),
        (r"not a database|malformed|unable to open", N_("the file is no database, or is damaged")),
    )
)
"""What SQLite, PostgreSQL and MySQL say of what people get wrong, and how we say it; the first that fits."""


def ask_database(query: Query, name: str, conventions: Conventions) -> tuple[tuple[str, ...], list[pa.Array]]:
    """Return the headers and columns, as text, that a query returns. Nothing can be changed by it.

    SQLite opens the file for reading and carries out nothing but reading; a server gets a transaction that reads only.

    Args:
        query: The database and what to ask it.
        name: What issues call it.
        conventions: How long it may take, and how much it may answer.

    Raises:
        InputError: there is no driver, the database refuses, or the query is wrong; none of it tells a password.
    """
    try:
        return _ask(query, name, conventions)
    except ModuleNotFoundError as error:
        issue = Issue("database_driver_missing", name, params={"driver": error.name or str(error)})
    except (NoSuchModuleError, ArgumentError):
        issue = Issue("database_unknown", name)
    except DBAPIError as error:
        code = "database_refused" if error.statement is None else "query_failed"
        problem, what = explain_refusal(str(error.orig), code)
        about = f" ({_hide_secrets(what, query.url)})" if what else ""
        issue = Issue(code, name, params={"problem": problem, "about": about})
    except (TimeoutError, OverflowError) as error:
        problem, _what = explain_refusal(str(error), "query_failed")
        issue = Issue("query_failed", name, params={"problem": problem, "about": ""})
    except _TooLargeError as error:
        issue = Issue(error.code, name, params={"most": error.most})
    except (SQLAlchemyError, OSError, ValueError, TypeError) as error:
        problem, _what = explain_refusal(str(error), "database_refused")
        issue = Issue("database_refused", name, params={"problem": problem, "about": ""})
    # raised here, so that no traceback leads back to the address
    raise InputError([issue])


def _ask(query: Query, name: str, conventions: Conventions) -> tuple[tuple[str, ...], list[pa.Array]]:
    url = sa.make_url(query.url)
    if url.get_backend_name() == "sqlite" and url.database not in _MEMORY and not Path(str(url.database)).exists():
        raise InputError([Issue("file_missing", name)])  # SQLite would make one
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")  # of one statement; others let COMMIT come before another
    engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
    until = monotonic() + conventions.query_seconds
    sa.event.listen(engine, "connect", partial(_LIMITS.get(url.get_backend_name(), _limit_none), conventions))
    with engine.connect() as connection, _ended_in_time(connection, conventions.query_seconds), ExitStack() as at_end:
        # as it stands: no colon or percent sign of it is a parameter
        result = connection.execution_options(no_parameters=True, stream_results=True).exec_driver_sql(query.sql)
        at_end.push(partial(_end_query, connection, result, query.sql))
        if not result.returns_rows:
            raise InputError([Issue("query_failed", name, params={"problem": N_("it returns no rows"), "about": ""})])
        titles = tuple(map(str, result.keys()))
        columns = texts_of_rows(_take_rows(result, conventions, until))
        return titles, columns or [pa.array([], pa.string()) for _title in titles]


@contextmanager
def _ended_in_time(connection: sa.Connection, seconds: float) -> Iterator[None]:
    """Cancel what a server still does after so many seconds: a query can lift the limit that the server keeps."""
    cancel = getattr(connection.connection.driver_connection, "cancel", None)
    if cancel is None:  # SQLite looks at the clock itself; MySQL's queries can't lift its limit
        yield
        return
    ended = Event()

    def wait() -> None:
        pause_s = seconds
        while not ended.wait(pause_s):
            cancel()
            pause_s = _AGAIN_S

    watch = Thread(target=wait, daemon=True)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join()


def _end_query(
    connection: sa.Connection,
    result: sa.CursorResult[tuple[object, ...]],
    sql: str,
    _kind: type[BaseException] | None,
    error: BaseException | None,
    _trace: object,
) -> None:
    """Close a result; after an error its connection at once: nothing more is asked of a server that may not answer."""
    if isinstance(error, DBAPIError):
        error.statement = sql  # what fails as rows are fetched names none, as what fails before any query does
    if error is None:
        result.close()
    else:
        connection.invalidate()  # the result goes with it: to close that now would write to the log that it cannot


def _take_rows(result: sa.CursorResult[tuple[object, ...]], conventions: Conventions, until: float) -> Iterator[Row]:
    """Yield the rows of an answer.

    Raises:
        TimeoutError: they come for too long: a server limits the time of each part that is fetched, not of all.
        OverflowError: a value is longer than a cell may be.
        _TooLargeError: it is more than memory is meant for.
    """
    cells, size, limits, many = 0, 0, conventions.limits, 1
    while rows := result.fetchmany(many):
        if monotonic() > until:
            raise TimeoutError("interrupted")
        cells += sum(map(len, rows))
        sizes = [sum(len(value) for value in row if isinstance(value, str | bytes)) for row in rows]
        size += sum(sizes)
        many = max(1, min(_CHUNK_ROWS, 4 * many, _CHUNK_BYTES // max(1, *sizes)))
        if any(len(value) > limits.cell_bytes for row in rows for value in row if isinstance(value, str | bytes)):
            raise OverflowError("too big")
        if cells > limits.cells:
            raise _TooLargeError("cells_endless", limits.cells)
        if size > limits.unpacked_mb << 20:
            raise _TooLargeError("unpacks_endless", limits.unpacked_mb)
        yield from map(tuple, rows)


def _limit_sqlite(conventions: Conventions, connection: sqlite3.Connection, _record: object) -> None:
    """Let a connection to SQLite read and do nothing else, for a time, and hold no value without end."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, conventions.limits.cell_bytes)
    until = monotonic() + conventions.query_seconds
    connection.execute("PRAGMA query_only = ON")
    connection.set_authorizer(_allow_reading)
    connection.set_progress_handler(lambda: int(monotonic() > until), _STEPS)


def _allow_reading(action: int, _one: str | None, name: str | None, _base: str | None, _trigger: str | None) -> int:
    """Answer SQLite's question whether a statement may do something; ATTACH, VACUUM, DDL and writing may not be."""
    harmless = action in _READING and not (action == sqlite3.SQLITE_FUNCTION and name in _FUNCTIONS_NOT_CALLED)
    return sqlite3.SQLITE_OK if harmless else sqlite3.SQLITE_DENY


def _limit_postgresql(conventions: Conventions, connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's own
    """Let every transaction of a connection to PostgreSQL read only, and end what takes too long."""
    _say(connection, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    _say(connection, f"SET statement_timeout = {conventions.query_seconds * 1000}")


def _limit_mysql(conventions: Conventions, connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's own
    """Do the same for MySQL and its kin."""
    _say(connection, "SET SESSION TRANSACTION READ ONLY")
    seconds = conventions.query_seconds
    for limit in (f"MAX_EXECUTION_TIME = {seconds * 1000}", f"max_statement_time = {seconds}"):
        with suppress(connection.Error):  # MySQL knows the first, MariaDB the second
            _say(connection, f"SET SESSION {limit}")


def _limit_none(_conventions: Conventions, _connection: object, _record: object) -> None:
    """Trust the rights of the user: of other databases we know no way that all of their drivers have."""


def _say(connection: Any, sql: str) -> None:  # noqa: ANN401 - a driver's own
    cursor = connection.cursor()
    cursor.execute(sql)
    cursor.close()
    connection.commit()


_LIMITS: dict[str, Callable[[Conventions, Any, object], None]] = {
    "sqlite": _limit_sqlite,
    "postgresql": _limit_postgresql,
    "mysql": _limit_mysql,
    "mariadb": _limit_mysql,
}
"""How a connection is held to reading, by the kind of database."""


def explain_refusal(text: str, code: str) -> tuple[str, str]:
    """Return what a database says in words of our own, untranslated, and the name that it is about, if it tells one."""
    for pattern, problem in _SAID:
        if found := pattern.search(text):
            return problem, next(filter(None, found.groups()), "")
    return (N_("the database can't carry it out") if code == "query_failed" else N_("it can't be reached")), ""


def _hide_secrets(text: str, url: str) -> str:
    """Return the first line of an error, without password and secret options, however addresses spell them."""
    text = text.strip().split("\n", maxsplit=1)[0]
    made = sa.make_url(url)
    secrets = [made.password or ""]
    for key, values in made.query.items():
        if _SECRET.search(key):
            secrets += [values] if isinstance(values, str) else list(values)
    spellings = {way(secret) for secret in map(str, secrets) if secret for way in (str, quote, quote_plus)}
    for secret in sorted(spellings, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
