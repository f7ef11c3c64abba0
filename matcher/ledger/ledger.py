"""A ledger: the months of a programme, written run by run and records by records, and read as counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.i18n import _
from matcher.ledger.numbers import (
    ELDER,
    NO_WORD,
    NOBODY,
    NOWHERE,
    PARTS,
    VOLUNTEER,
    Numbers,
    Register,
    number_days,
    number_days_of_month,
    number_month,
    number_visits,
)
from matcher.ledger.run_files import RunTables, find_source, read_run
from matcher.ledger.schema import (
    BATCHES,
    CONTACTS,
    ELDERS,
    ENDED,
    PAIRS,
    PERSONS,
    PLACES,
    RECORDS,
    RECRUITS,
    ROWS_OF_RECORDS,
    ROWS_OF_RUN,
    SHORTAGES,
    STANDING,
    UNMATCHED,
    UNSCHEDULED,
    VOLUNTEERS,
)
from matcher.ledger.store import Store, insert_rows
from matcher.ledger.tally import rewrite_contact_tally, write_tallies
from matcher.outcomes import IS_CONTACT
from matcher.roster.model import Roster
from matcher.schedule import KINDS

_AREAS = ("district", "subdistrict", "committee")
_TABLES_OF_PEOPLE = ("pairs", "changes", "unmatched", "visits", "unscheduled")
_VOLUNTEERS = ("volunteer_id", "previous_volunteer_id")
_MOST_ASKED = 10_000
"""Numbers in one question: SQLite takes 32,766."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The outcome of ``forget``: how many rows were deleted, and in how many the volunteer is nobody now."""

    deleted: int
    made_nobody: int


class Ledger:
    """All months of a programme.

    As a context manager it lets go of the database at the end::

        with Ledger("sqlite:///ledger.sqlite") as ledger:
            ledger.write_run("2027-01", Path("months/2027-01"), roster)

    Args:
        url: The database; ``sqlite://`` is one in memory.
        create: Make the file where there is none.

    Raises:
        UsageError: it can't be opened.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        self.store = Store(url, create=create)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    def write_run(self, month: str, run_folder: Path, roster: Roster | None = None) -> None:
        """Put a run in the place of the month's run, all of it or nothing.

        Args:
            month: As 2027-01.
            run_folder: The folder that the run wrote.
            roster: Who the people are: from it come places, risk and teams. Of people whom it lacks the ledger keeps
                what it knew last.

        Raises:
            UsageError: the folder holds no run, or the ledger can't be written; it is as it was.
            InputError: the folder's files have faults.
        """
        number = number_month(month)
        source = find_source(run_folder)  # before it is read: it may be replaced
        tables = read_run(run_folder, roster)
        _refuse_other_month(tables.visits, month, run_folder)
        with self.store.write() as connection:
            standing = _find_standing(connection, number)
            batch, register = _begin_batch(connection, number, source), Register(connection)
            people = {name: _number_people(register, getattr(tables, name)) for name in _TABLES_OF_PEOPLE}
            _write_people(connection, batch, register, people, roster, _find_runs_before(connection, number))
            _write_plan(connection, batch, register, tables, people)
            _write_contacts(connection, batch, register, tables, people, number)
            _name_standing(connection, number, batch, standing.records)
            _remove_batch(connection, standing.run, ROWS_OF_RUN)
            write_tallies(connection, batch, standing.records, _first_day(number))

    def write_records(self, month: str, records: pd.DataFrame, source: str | None = None) -> None:
        """Put a month's records in the place of those that the ledger has of it, all of them or nothing.

        Args:
            month: As 2027-01.
            records: The columns of ``columns.FILES["records"]``, typed as ``roster.convert`` does; of two rows about
                one contact the last counts.
            source: The hash of their file, see ``find_source``; None where there is none.

        Raises:
            UsageError: the ledger can't be written; it is as it was.
        """
        number = number_month(month)
        with self.store.write() as connection:
            standing = _find_standing(connection, number)
            batch = _begin_batch(connection, number, source)
            _write_records(connection, batch, Register(connection), records, number)
            _name_standing(connection, number, standing.run, batch)
            _remove_batch(connection, standing.records, ROWS_OF_RECORDS)
            if standing.run is not None:
                rewrite_contact_tally(connection, standing.run, batch)

    def find_source(self, month: str, part: Literal["run", "records"]) -> str | None:
        """Return the hash of what the run or the records of a month were taken from; None where there are none.

        It is empty where nobody noted it.
        """
        counts = (STANDING.c[part] == BATCHES.c.batch) & (STANDING.c.month == number_month(month))
        with self.store.read() as connection:
            found = connection.execute(sa.select(BATCHES.c.source).select_from(STANDING.join(BATCHES, counts))).first()
        return (found.source or "") if found else None

    def find_parts(self, person_id: str) -> tuple[str, ...]:
        """Return as what the ledger knows an id: ``elder``, ``volunteer``, both or neither."""
        with self.store.read() as connection:
            parts = connection.scalars(sa.select(PERSONS.c.part).where(PERSONS.c.id == person_id)).all()
        return tuple(PARTS[part] for part in sorted(parts))

    def forget(self, person_id: str, part: str) -> Forgotten:
        """Delete a person: the id, and an elder's rows; in rows about elders a volunteer becomes nobody.

        Tallies stay: they hold no elder, and of a volunteer a number without an id.

        Raises:
            UsageError: nobody has the id, or the ledger can't be written; it is as it was.
        """
        side = PARTS.index(part)
        with self.store.write() as connection:
            one = (PERSONS.c.id == person_id) & (PERSONS.c.part == side)
            person = connection.scalar(sa.select(PERSONS.c.person).where(one))
            if person is not None:
                done = _forget_elder(connection, person) if side == ELDER else _forget_volunteer(connection, person)
                connection.execute(PERSONS.update().where(one).values(id=None))
        self.store.wipe()  # also where nobody is known: who was cut off before it gives the command again
        if person is None:
            raise UsageError(_("the ledger knows nobody with the id {id}").format(id=person_id))
        return done


def write_run(url: str, month: str, run_folder: Path, roster: Roster | None = None) -> None:
    """Put a run in the place of the month's run in a ledger; see ``Ledger.write_run``."""
    with Ledger(url) as ledger:
        ledger.write_run(month, run_folder, roster)


def write_records(url: str, month: str, records: pd.DataFrame) -> None:
    """Put a month's records in the place of those that a ledger has; see ``Ledger.write_records``."""
    with Ledger(url) as ledger:
        ledger.write_records(month, records)


@dataclass(frozen=True, slots=True)
class _Standing:
    """The batches of a month that count; None where there is none."""

    run: int | None
    records: int | None


def _refuse_other_month(visits: pd.DataFrame, month: str, folder: Path) -> None:
    """Raise ``UsageError`` where a run's contacts are of another month."""
    other = visits.loc[visits["date"].dt.strftime("%Y-%m") != month, "date"]
    if len(other):
        text = _("{path} holds contacts of {other}, and no run of {month}")
        raise UsageError(text.format(path=folder, other=f"{other.iloc[0]:%Y-%m}", month=month))


def _first_day(month: int) -> int:
    return int(np.datetime64(f"{month // 100}-{month % 100:02}-01").astype(np.int64))


def _find_standing(connection: sa.Connection, month: int) -> _Standing:
    found = connection.execute(sa.select(STANDING.c.run, STANDING.c.records).where(STANDING.c.month == month)).first()
    return _Standing(*found) if found else _Standing(None, None)


def _find_runs_before(connection: sa.Connection, month: int) -> list[int]:
    """Return the run that stands for the month until now, and the last one before, as far as there are any."""
    runs = sa.select(STANDING.c.run).where(STANDING.c.month <= month, STANDING.c.run.is_not(None))
    return list(connection.scalars(runs.order_by(STANDING.c.month.desc()).limit(2)))


def _begin_batch(connection: sa.Connection, month: int, source: str | None) -> int:
    batch = (connection.scalar(sa.select(sa.func.max(BATCHES.c.batch))) or 0) + 1
    when = datetime.now(UTC).isoformat(timespec="seconds")
    connection.execute(BATCHES.insert().values(batch=batch, month=month, written_at=when, source=source))
    return batch


def _name_standing(connection: sa.Connection, month: int, run: int | None, records: int | None) -> None:
    """Say which batches of a month count."""
    connection.execute(STANDING.delete().where(STANDING.c.month == month))
    connection.execute(STANDING.insert().values(month=month, run=run, records=records))


def _remove_batch(connection: sa.Connection, batch: int | None, tables: Sequence[sa.Table]) -> None:
    if batch is None:
        return
    for table in (*tables, BATCHES):
        connection.execute(table.delete().where(table.c.batch == batch))


def _write_people(
    connection: sa.Connection,
    batch: int,
    register: Register,
    people: Mapping[str, dict[str, Numbers]],
    roster: Roster | None,
    earlier: Sequence[int],
) -> None:
    """Write place and risk of every elder whom roster or run name, and the team of every volunteer."""
    known = np.empty(0, dtype=np.int64)
    if roster is not None:
        elders, volunteers = roster.elders, roster.volunteers
        known = register.number_persons(ELDER, elders["id"])
        columns = {
            "elder": known,
            "place": register.number_places(elders[list(_AREAS)]),
            "risk": register.number_words(elders["risk"]),
        }
        insert_rows(connection, ELDERS, {"batch": batch, **columns})
        teams = {
            "volunteer": register.number_persons(VOLUNTEER, volunteers["id"]),
            "team": register.number_words(volunteers["team"]),
        }
        insert_rows(connection, VOLUNTEERS, {"batch": batch, **teams})
    named = np.concatenate([one["elder"] for one in people.values()])
    is_unlisted = np.zeros(max(named.max(initial=0), known.max(initial=0)) + 1, dtype=bool)
    is_unlisted[named] = True
    is_unlisted[known] = False
    _write_unlisted(connection, batch, np.flatnonzero(is_unlisted), earlier)


def _write_unlisted(connection: sa.Connection, batch: int, elder: NDArray[np.int64], runs: Sequence[int]) -> None:
    """Write elders whom the roster lacks, as they have left, with what the first of some earlier runs knew of them."""
    found: dict[int, tuple[int, int]] = {}
    for run in runs:
        for start in range(0, len(elder), _MOST_ASKED):
            some = elder[start : start + _MOST_ASKED].tolist()
            rows = sa.select(ELDERS.c.elder, ELDERS.c.place, ELDERS.c.risk)
            rows = rows.where(ELDERS.c.batch == run, ELDERS.c.elder.in_(some))
            found = {one: (place, risk) for one, place, risk in connection.execute(rows)} | found
    told = np.array([found.get(one, (NOWHERE, NO_WORD)) for one in elder.tolist()], dtype=np.int64).reshape(-1, 2)
    insert_rows(connection, ELDERS, {"batch": batch, "elder": elder, "place": told[:, 0], "risk": told[:, 1]})


def _write_plan(
    connection: sa.Connection,
    batch: int,
    register: Register,
    tables: RunTables,
    people: Mapping[str, dict[str, Numbers]],
) -> None:
    """Write pairs, those that ended, elders without a volunteer, and shortages with where to recruit."""
    pairs, changes, unmatched = tables.pairs, tables.changes, tables.unmatched
    columns: dict[str, Any] = {
        **people["pairs"],
        "status": register.number_words(pairs["status"]),
        "since": number_days(pairs["since"]),
    }
    _insert_once_an_elder(connection, PAIRS, batch, columns)
    columns = {**people["changes"], "reason": register.number_words(changes["reason"])}
    _insert_once_an_elder(connection, ENDED, batch, columns)
    columns = {
        **people["unmatched"],
        "reason": register.number_words(unmatched["reason"]),
        "waiting_since": number_days(unmatched["waiting_since"]),
    }
    _insert_once_an_elder(connection, UNMATCHED, batch, columns)
    _write_shortages(connection, batch, tables.shortages)


def _insert_once_an_elder(connection: sa.Connection, table: sa.Table, batch: int, columns: dict[str, Any]) -> None:
    """Write the first row of each elder."""
    _elders, first = np.unique(columns["elder"], return_index=True)
    insert_rows(connection, table, {"batch": batch, **{name: one[first] for name, one in columns.items()}})


def _write_shortages(connection: sa.Connection, batch: int, shortages: pd.DataFrame) -> None:
    """Write shortages, and where their recruits should live; number 0 is nowhere we know."""
    counts = {
        name: shortages[name].fillna(0).to_numpy()
        for name in ("elders", "missing_places", "missing_volunteers", "recruits")
    }
    insert_rows(connection, SHORTAGES, {"batch": batch, "shortage": np.arange(len(shortages)), **counts})
    places = connection.execute(sa.select(PLACES.c.subdistrict, PLACES.c.committee, PLACES.c.place))
    of = {" ".join(filter(None, (subdistrict, committee))): place for subdistrict, committee, place in places}
    rows: list[tuple[int, int, int]] = []
    for i, (where, recruits) in enumerate(zip(shortages["recruit_where"], counts["recruits"].tolist(), strict=True)):
        told = [part.rsplit(" ", 1) for part in where.split("; ") if part != "…" and " " in part]
        count: Counter[int] = Counter()
        for name, many in told:
            count[of.get(name, NOWHERE)] += int(many)
        count[NOWHERE] += int(recruits) - count.total()
        rows += [(i, place, many) for place, many in count.items() if many]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    columns = dict(zip(("shortage", "place", "recruits"), table.T, strict=True))
    insert_rows(connection, RECRUITS, {"batch": batch, **columns})


def _write_contacts(
    connection: sa.Connection,
    batch: int,
    register: Register,
    tables: RunTables,
    people: Mapping[str, dict[str, Numbers]],
    month: int,
) -> None:
    """Write contacts planned, in the order of elder and contact, and those that have no place."""
    visits = tables.visits
    columns = {
        **people["visits"],
        "visit": number_visits(visits["visit_id"], visits["elder_id"], month),
        "day": number_days_of_month(visits["date"], month),
        "kind": _number_kinds(visits["kind"]),
        "minutes": (visits["end"] - visits["start"]).to_numpy(np.int64),
    }
    _insert_in_order(connection, CONTACTS, batch, columns)
    missing = tables.unscheduled
    columns = {
        **people["unscheduled"],
        "number": np.arange(len(missing)),
        "week": number_days(missing["week_start"]).astype(np.int64),
        "kind": _number_kinds(missing["kind"]),
        "missing": missing["missing"].to_numpy(np.int64),
        "reason": register.number_words(missing["reason"]),
    }
    insert_rows(connection, UNSCHEDULED, {"batch": batch, **columns})


def _write_records(
    connection: sa.Connection, batch: int, register: Register, records: pd.DataFrame, month: int
) -> None:
    """Write what happened: no remark, and nobody as maker of what was not made."""
    made = records["outcome"].isin(IS_CONTACT).to_numpy()
    people = _number_people(register, records)
    other = register.number_persons(VOLUNTEER, records["by_id"])
    swapped = (records["outcome"] == "swapped").to_numpy()
    own = np.where(swapped, NOBODY, people["volunteer"])
    columns = {
        **people,
        "visit": number_visits(records["visit_id"], records["elder_id"], month),
        "day": number_days_of_month(records["date"], month),
        "kind": _number_kinds(records["kind"]),
        "outcome": register.number_words(records["outcome"]),
        "minutes": records["minutes"].to_numpy(float),
        "maker": np.where(made, np.where(other == NOBODY, own, other), NOBODY),
    }
    _insert_in_order(connection, RECORDS, batch, columns)


def _insert_in_order(connection: sa.Connection, table: sa.Table, batch: int, columns: dict[str, Any]) -> None:
    """Write contacts in the order of their key, of two with one key the last."""
    key = columns["elder"] << 32 | columns["visit"] + (1 << 31)
    order = np.argsort(key, kind="stable")
    last = np.append(np.diff(key[order]) != 0, True)[: len(order)]
    insert_rows(connection, table, {"batch": batch, **{name: one[order[last]] for name, one in columns.items()}})


def _number_people(register: Register, frame: pd.DataFrame) -> dict[str, Numbers]:
    """Return the numbers of the people of each row, as far as a table names both sides or elders alone.

    A city's ids are read many times slower than their numbers: each column is numbered once.
    """
    people = {"elder": register.number_persons(ELDER, frame["elder_id"])}
    for name in _VOLUNTEERS:
        if name in frame:
            people["volunteer"] = register.number_persons(VOLUNTEER, frame[name])
    return people


def _number_kinds(kinds: pd.Series) -> NDArray[np.int64]:
    """Return 0 for a visit, 1 for a call."""
    return np.asarray(kinds == KINDS[1]).astype(np.int64)


def _forget_elder(connection: sa.Connection, elder: int) -> Forgotten:
    """Delete every row about an elder."""
    deleted = 0
    tables = (ELDERS, PAIRS, ENDED, UNMATCHED, CONTACTS, RECORDS)
    batches = connection.scalars(sa.select(BATCHES.c.batch)).all()
    for batch in batches:  # by the key's first column: the whole table need not be read
        for table in tables:
            gone = connection.execute(table.delete().where(table.c.batch == batch, table.c.elder == elder))
            deleted += gone.rowcount
    gone = connection.execute(UNSCHEDULED.delete().where(UNSCHEDULED.c.elder == elder))
    return Forgotten(deleted + gone.rowcount, 0)


def _forget_volunteer(connection: sa.Connection, volunteer: int) -> Forgotten:
    """Delete a volunteer's own rows, and put nobody into rows about elders."""
    gone = connection.execute(VOLUNTEERS.delete().where(VOLUNTEERS.c.volunteer == volunteer))
    nobody = 0
    columns = [table.c.volunteer for table in (PAIRS, ENDED, CONTACTS, UNSCHEDULED, RECORDS)]
    for column in (*columns, RECORDS.c.maker):
        table = column.table
        assert isinstance(table, sa.Table)
        done = connection.execute(table.update().where(column == volunteer).values({column.name: NOBODY}))
        nobody += done.rowcount
    return Forgotten(gone.rowcount, nobody)
