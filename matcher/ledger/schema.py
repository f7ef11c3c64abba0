"""The tables of a ledger, the version of their form, and how an older form becomes this one.

People, places and dates are numbers: ids stand in ``persons`` alone, so that a person is forgotten in one place. A row
belongs to a batch, what is written at once: a month's run, or its records. Rows are never updated: ``standing`` names
the batches that count, a row a month.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from matcher.errors import UsageError
from matcher.i18n import _

VERSION = 2
"""The form of the tables below; a change of them raises it, and adds a step to ``MIGRATIONS``."""


def _add_sources(connection: sa.Connection) -> None:
    """Let batches say of which file they are; of older ones nobody knows."""
    connection.execute(sa.text("ALTER TABLE batches ADD COLUMN source TEXT"))


MIGRATIONS: Mapping[int, Callable[[sa.Connection], None]] = {1: _add_sources}
"""What makes the tables of each older version those of the next."""

METADATA = sa.MetaData()


def _integer(name: str, *, key: bool = False, empty: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=key, nullable=empty, autoincrement=False)


def _define(name: str, keys: tuple[str, ...], *others: str, empty: tuple[str, ...] = ()) -> sa.Table:
    """Define a table of whole numbers that lies in the order of its key."""
    columns = [_integer(key, key=True) for key in keys] + [_integer(other, empty=other in empty) for other in others]
    return sa.Table(name, METADATA, *columns, sqlite_with_rowid=False)


LEDGER = sa.Table("ledger", METADATA, _integer("version", key=True))
BATCHES = sa.Table(
    "batches",
    METADATA,
    _integer("batch", key=True),
    _integer("month"),
    sa.Column("written_at", sa.Text),
    sa.Column("source", sa.Text),
)
"""``written_at``: when, in UTC; ``source``: the SHA-256 of the file by which it is known again what was written."""
STANDING = _define("standing", ("month",), "run", "records", empty=("run", "records"))
"""The batches that count, a row a month; a month is a number as 202612."""
PERSONS = sa.Table(
    "persons",
    METADATA,
    _integer("person", key=True),
    _integer("part"),
    sa.Column("id", sa.Text),
    sa.UniqueConstraint("part", "id"),
)
"""Ids of people; ``part`` 0: an elder, 1: a volunteer. Who was forgotten has no id. Number 0 is nobody."""
PLACES = sa.Table(
    "places",
    METADATA,
    _integer("place", key=True),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("district", "subdistrict", "committee")),
    sa.UniqueConstraint("district", "subdistrict", "committee"),
)
"""Residents' committees; number 0: not known."""
WORDS = sa.Table("words", METADATA, _integer("word", key=True), sa.Column("text", sa.Text, nullable=False, unique=True))
"""Codes of the column table, and names of teams; number 0: none."""

ELDERS = _define("elders", ("batch", "elder"), "place", "risk")
VOLUNTEERS = _define("volunteers", ("batch", "volunteer"), "team")
PAIRS = _define("pairs", ("batch", "elder"), "volunteer", "status", "since", empty=("since",))
"""Dates are days since 1970-01-01."""
ENDED = _define("ended", ("batch", "elder"), "volunteer", "reason")
"""Last month's pairs that ended: ``changes.csv``."""
UNMATCHED = _define("unmatched", ("batch", "elder"), "reason", "waiting_since", empty=("waiting_since",))
SHORTAGES = _define(
    "shortages", ("batch", "shortage"), "elders", "missing_places", "missing_volunteers", "recruits", empty=("elders",)
)
RECRUITS = _define("recruits", ("batch", "shortage", "place"), "recruits")
"""How many of a shortage's recruits should live where."""
CONTACTS = _define("contacts", ("batch", "elder", "visit"), "volunteer", "day", "kind", "minutes")
"""Contacts planned. ``visit``: see ``numbers.number_visits``; ``day`` of the month; ``kind`` 0: a visit, 1: a call."""
UNSCHEDULED = _define("unscheduled", ("batch", "number"), "elder", "volunteer", "week", "kind", "missing", "reason")
RECORDS = _define(
    *("records", ("batch", "elder", "visit"), "volunteer", "day", "kind", "outcome", "minutes", "maker"),
    empty=("minutes",),
)
"""What happened. ``visit`` is below 0 where nothing was planned; ``maker``: who made the contact, 0 for nobody."""

CONTACT_TALLY = _define(
    *("contact_tally", ("batch", "risk", "kind", "outcome", "place", "volunteer")),
    *("planned", "made", "minutes", "unscheduled"),
)
"""Contacts by the elder's place and risk. ``planned`` ones count with the volunteer they were planned with, under
what became of them; ``made`` ones and their minutes with who made them; ``unscheduled`` ones under their reason. In the
order of this key a month's sums are read in one pass."""
ELDER_TALLY = _define("elder_tally", ("batch", "state", "reason", "risk", "place", "volunteer"), "elders")
"""Elders and pairs: ``tally.STATES``."""

ROWS_OF_RUN = (
    *(ELDERS, VOLUNTEERS, PAIRS, ENDED, UNMATCHED, SHORTAGES, RECRUITS, CONTACTS, UNSCHEDULED),
    *(CONTACT_TALLY, ELDER_TALLY),
)
ROWS_OF_RECORDS = (RECORDS,)


def prepare_tables(connection: sa.Connection) -> None:
    """Make the tables where there are none, and bring older ones to this version.

    Raises:
        UsageError: the database holds something else, or a ledger of a newer version.
    """
    names = set(sa.inspect(connection).get_table_names())
    if "ledger" not in names:
        if names:
            raise UsageError(_("the database given as ledger holds other tables; name a new file or database"))
        METADATA.create_all(connection)
        connection.execute(LEDGER.insert().values(version=VERSION))
        connection.execute(PLACES.insert().values(place=0, district="", subdistrict="", committee=""))
        connection.execute(WORDS.insert().values(word=0, text=""))
        return
    version = connection.execute(sa.select(LEDGER.c.version)).scalar_one()
    if version > VERSION:
        raise UsageError(_("the ledger was written by a newer version of this program; install that"))
    for older in range(version, VERSION):
        MIGRATIONS[older](connection)
    if version < VERSION:
        connection.execute(LEDGER.update().values(version=VERSION))
