"""Counts from the tallies: of a month, the month before and the year, for each unit of a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import pandas as pd
import sqlalchemy as sa

from matcher.errors import UsageError
from matcher.i18n import _
from matcher.ledger.ledger import Ledger
from matcher.ledger.numbers import number_month
from matcher.ledger.schema import (
    CONTACT_TALLY,
    ELDER_TALLY,
    PERSONS,
    PLACES,
    RECRUITS,
    STANDING,
    VOLUNTEERS,
    WORDS,
)
from matcher.schedule import KINDS

Level = Literal["all", "district", "subdistrict", "committee", "team", "volunteer"]
LEVELS: tuple[Level, ...] = get_args(Level)
Period = Literal["month", "previous", "year"]
_PLACE_LEVELS = ("district", "subdistrict", "committee")
_IN_A_PAIR = ("new", "going_on")

Where = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts of some months, in words; a row a unit, a month where asked for, and whatever tells counts apart.

    Every frame has the columns of ``unit``; all but ``recruits`` those that their name says.
    """

    unit: tuple[str, ...]
    """Names of the columns that name a unit: those of its level and of the levels above."""
    months: tuple[int, ...]
    """The months counted, as 202612."""
    contacts: pd.DataFrame
    """kind, outcome, risk; planned, made, minutes, unscheduled."""
    elders: pd.DataFrame
    """state, reason, risk; elders."""
    volunteers: pd.DataFrame
    """volunteers."""
    recruits: pd.DataFrame
    """recruits."""

    def select_month(self, month: int) -> Counts:
        """Return the counts of one month; these are by month."""
        frames = (self.contacts, self.elders, self.volunteers, self.recruits)
        own = (frame[frame["month"] == month].drop(columns="month") for frame in frames)
        return Counts(self.unit, tuple(one for one in self.months if one == month), *own)


@dataclass(frozen=True, slots=True)
class _Level:
    """A query for a level: the columns of its units, and what has to be joined to a tally for them."""

    columns: tuple[sa.Label[str], ...]
    place: bool = False
    volunteer: bool = False


def list_months(ledger: Ledger) -> list[int]:
    """Return the months of which the ledger has a run."""
    with ledger.store.read() as connection:
        months = sa.select(STANDING.c.month).where(STANDING.c.run.is_not(None)).order_by(STANDING.c.month)
        return list(connection.scalars(months))


def find_month_before(month: int) -> int:
    """Return the month before: 202612 before 202701."""
    return month - 1 if month % 100 > 1 else month - 100 + 11


def read_counts(ledger: Ledger, month: str, level: Level, period: Period, *, by_month: bool = False) -> Counts:
    """Return the counts of a period for each unit of a level.

    Args:
        ledger: Where they stand.
        month: As 2026-12.
        level: Whose counts; ``all`` is one unit.
        period: The month, the month before, or the year's months up to the month.
        by_month: Count each month by itself: a column ``month`` more.

    Raises:
        UsageError: the ledger can't be read.
    """
    number = number_month(month)
    before = find_month_before(number)
    first, last = {"month": (number, number), "previous": (before, before), "year": (number // 100 * 100 + 1, number)}[
        period
    ]
    within = STANDING.c.month.between(first, last) & STANDING.c.run.is_not(None)
    with ledger.store.read() as connection:
        months = tuple(connection.scalars(sa.select(STANDING.c.month).where(within).order_by(STANDING.c.month)))
        asked = _describe_level(level)
        more = (STANDING.c.month,) if by_month else ()
        unit = tuple(column.name for column in asked.columns)
        return Counts(
            unit,
            months,
            _read_contacts(connection, asked, within, more),
            _read_elders(connection, asked, within, more),
            _read_volunteers(connection, asked, within, more),
            _read_recruits(connection, asked, within, more),
        )


def read_hours(ledger: Ledger, month: str) -> pd.DataFrame:
    """Return what each volunteer made in a month: ``volunteer_id``, ``team``, ``kind``, ``made``, ``minutes``.

    What nobody is named for stands under an empty id.

    Raises:
        UsageError: the ledger has no run of the month.
    """
    number = number_month(month)
    if number not in list_months(ledger):
        raise UsageError(_("the ledger has no run of {month}").format(month=month))
    tally, team = CONTACT_TALLY, WORDS.alias("team_word")
    person, name = sa.func.coalesce(PERSONS.c.id, ""), sa.func.coalesce(team.c.text, "")
    rows = (
        sa.select(person.label("volunteer_id"), name.label("team"), tally.c.kind)
        .add_columns(sa.func.sum(tally.c.made).label("made"), sa.func.sum(tally.c.minutes).label("minutes"))
        .select_from(
            STANDING.join(tally, tally.c.batch == STANDING.c.run)
            .outerjoin(PERSONS, PERSONS.c.person == tally.c.volunteer)
            .outerjoin(VOLUNTEERS, _is_volunteer(tally))
            .outerjoin(team, team.c.word == VOLUNTEERS.c.team)
        )
        .where(STANDING.c.month == number, tally.c.made > 0)
        .group_by(person, name, tally.c.kind)
        .order_by(person, name, tally.c.kind)
    )
    with ledger.store.read() as connection:
        frame = _make_frame(connection, rows)
    return frame.assign(kind=[KINDS[kind] for kind in frame["kind"]])


def _describe_level(level: Level) -> _Level:
    """Return what a level's units are."""
    if level in _PLACE_LEVELS:
        names = _PLACE_LEVELS[: _PLACE_LEVELS.index(level) + 1]
        return _Level(tuple(sa.func.coalesce(PLACES.c[name], "").label(name) for name in names), place=True)
    if level == "team":
        return _Level((sa.func.coalesce(_TEAM.c.text, "").label("team"),), volunteer=True)
    if level == "volunteer":
        person = sa.func.coalesce(PERSONS.c.id, "").label("volunteer")
        return _Level((sa.func.coalesce(_TEAM.c.text, "").label("team"), person), volunteer=True)
    return _Level(())


_TEAM = WORDS.alias("team_word")


def _is_volunteer(tally: sa.FromClause) -> Where:
    return (VOLUNTEERS.c.batch == tally.c.batch) & (VOLUNTEERS.c.volunteer == tally.c.volunteer)


def _join(rows: sa.FromClause, level: _Level) -> sa.FromClause:
    """Return counts of the runs that stand, with what names a level's units."""
    joined: sa.FromClause = STANDING.join(rows, rows.c.batch == STANDING.c.run) if "batch" in rows.c else rows
    if level.place:
        joined = joined.join(PLACES, PLACES.c.place == rows.c.place)
    if level.volunteer:
        joined = (
            joined.outerjoin(PERSONS, PERSONS.c.person == rows.c.volunteer)
            .outerjoin(VOLUNTEERS, _is_volunteer(rows))
            .outerjoin(_TEAM, _TEAM.c.word == VOLUNTEERS.c.team)
        )
    return joined


def _read_contacts(connection: sa.Connection, level: _Level, within: Where, more: Sequence[Any]) -> pd.DataFrame:
    counts = ("planned", "made", "minutes", "unscheduled")
    frame = _count(connection, CONTACT_TALLY, level, within, more, ("kind", "outcome", "risk"), counts)
    return _spell(connection, frame, ("outcome", "risk")).assign(kind=[KINDS[kind] for kind in frame["kind"]])


def _read_elders(connection: sa.Connection, level: _Level, within: Where, more: Sequence[Any]) -> pd.DataFrame:
    frame = _count(connection, ELDER_TALLY, level, within, more, ("state", "reason", "risk"), ("elders",))
    return _spell(connection, frame, ("state", "reason", "risk"))


def _read_volunteers(connection: sa.Connection, level: _Level, within: Where, more: Sequence[Any]) -> pd.DataFrame:
    """Count each month's volunteers with an elder, once in a unit."""
    tally = ELDER_TALLY.c
    in_a_pair = tally.state.in_(sa.select(WORDS.c.word).where(WORDS.c.text.in_(_IN_A_PAIR)))
    pairs = (
        sa.select(tally.batch, tally.place, tally.volunteer).where(_is_of(ELDER_TALLY, within), in_a_pair).distinct()
    )
    if level.place:  # a unit is numbered by its first place: numbers are told apart faster than names
        first = sa.func.min(PLACES.c.place).over(partition_by=level.columns)
        units, own = sa.select(PLACES.c.place, first.label("unit")).subquery(), pairs.subquery()
        joined = own.join(units, units.c.place == own.c.place)
        pairs = sa.select(own.c.batch, units.c.unit.label("place"), own.c.volunteer).select_from(joined).distinct()
    else:
        pairs = sa.select(tally.batch, tally.volunteer).where(_is_of(ELDER_TALLY, within), in_a_pair).distinct()
    keys: list[Any] = [*level.columns, *more]
    rows = sa.select(*keys, sa.func.count().label("volunteers")).select_from(_join(pairs.subquery(), level))
    rows = rows.group_by(*keys).order_by(*keys) if keys else rows
    return _make_frame(connection, rows)


def _read_recruits(connection: sa.Connection, level: _Level, within: Where, more: Sequence[Any]) -> pd.DataFrame:
    """Count recruits where they should live; no team and no volunteer has any."""
    columns: tuple[Any, ...] = level.columns
    if level.volunteer:
        columns = tuple(sa.literal("").label(column.name) for column in columns)
    rows: sa.FromClause = STANDING.join(RECRUITS, RECRUITS.c.batch == STANDING.c.run)
    if level.place:
        rows = rows.join(PLACES, PLACES.c.place == RECRUITS.c.place)
    total = sa.func.sum(RECRUITS.c.recruits).label("recruits")
    keys = [*more] if level.volunteer else [*columns, *more]
    asked = sa.select(*columns, *more, total).select_from(rows).where(within)
    frame = _make_frame(connection, asked.group_by(*keys).order_by(*keys) if keys else asked)
    return frame[frame["recruits"].notna()].astype({"recruits": "int64"})


def _is_of(tally: sa.Table, within: Where) -> Where:
    """Return whether rows are of a run that stands."""
    return tally.c.batch.in_(sa.select(STANDING.c.run).where(within))


def _count(
    connection: sa.Connection,
    tally: sa.Table,
    level: _Level,
    within: Where,
    more: Sequence[Any],
    keys: Sequence[str],
    counts: Sequence[str],
) -> pd.DataFrame:
    """Sum a tally's counts by a level's units and by keys.

    Rows are summed by their numbers first, and what is left of them by names: to sort by names takes far longer. Of
    volunteers little would be summed up, and their teams are those of the run.
    """
    rows: sa.FromClause = tally
    if not level.volunteer:
        numbers = [
            tally.c[name] for name in (*(("batch",) if more else ()), *(("place",) if level.place else ()), *keys)
        ]
        sums = [sa.func.sum(tally.c[name]).label(name) for name in counts]
        rows = sa.select(*numbers, *sums).where(_is_of(tally, within)).group_by(*numbers).subquery()
    named: list[Any] = [*level.columns, *more, *(rows.c[name] for name in keys)]
    asked = sa.select(*named, *(sa.func.sum(rows.c[name]).label(name) for name in counts))
    asked = asked.select_from(_join(rows, level)).group_by(*named).order_by(*named)
    return _make_frame(connection, asked.where(within) if "batch" in rows.c else asked)


def _make_frame(connection: sa.Connection, rows: sa.Select[Any]) -> pd.DataFrame:
    result = connection.execute(rows)
    names = list(result.keys())
    # of SQLAlchemy's own rows pandas asks one by one whether they are named tuples, which takes longer than the query
    frame = pd.DataFrame([tuple(row) for row in result.all()], columns=names)
    counts = [name for name in frame if name in _COUNTS]
    return frame.astype(dict.fromkeys(counts, "int64"))


_COUNTS = frozenset({"planned", "made", "minutes", "unscheduled", "elders", "volunteers"})


def _spell(connection: sa.Connection, frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return a frame with words for their numbers."""
    words = dict(map(tuple, connection.execute(sa.select(WORDS.c.word, WORDS.c.text))))
    return frame.assign(**{name: frame[name].map(words).astype(str) for name in names})
