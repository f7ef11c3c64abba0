"""Tallies: a month's contacts and elders, counted in the database from its rows, in the transaction that writes them.

Reports read tallies alone: twelve months of a city have 43 million rows, and 3 million counts.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import sqlalchemy as sa

from matcher.ledger.numbers import NO_WORD, NOBODY, NOWHERE, Register
from matcher.ledger.schema import (
    CONTACT_TALLY,
    CONTACTS,
    ELDER_TALLY,
    ELDERS,
    ENDED,
    PAIRS,
    RECORDS,
    UNMATCHED,
    UNSCHEDULED,
)
from matcher.outcomes import IS_CONTACT

UNREPORTED = "unreported"
"""The outcome of a planned contact of which there is no record."""
STATES = ("new", "going_on", "paused", "waiting", "taking_no_part", "ended")
"""What the tally counts elders as: in a pair that began this month, in an older one, in one that pauses; without a
volunteer, waiting or taking no part; and, beside one of these, in last month's pair that ended."""
_NO_END = ("paused", "own_volunteer_back")
"""Reasons of changes after which the two are a pair still, or the one who stood in goes."""


def write_tallies(connection: sa.Connection, run: int, records: int | None, first_day: int) -> None:
    """Count a run's rows, with a month's records.

    Args:
        connection: In a transaction.
        run: The run's batch.
        records: The records' batch; None: there are none.
        first_day: The first day of the month.
    """
    codes = _number_codes(connection)
    _tally_elders(connection, run, codes, first_day)
    _tally_contacts(connection, run, records, codes)


def rewrite_contact_tally(connection: sa.Connection, run: int, records: int) -> None:
    """Count a run's contacts anew, with other records of its month."""
    connection.execute(CONTACT_TALLY.delete().where(CONTACT_TALLY.c.batch == run))
    _tally_contacts(connection, run, records, _number_codes(connection))


def _number_codes(connection: sa.Connection) -> dict[str, int]:
    """Return the numbers of the codes that tallies ask for."""
    words = ("", UNREPORTED, *STATES, *_NO_END, *sorted(IS_CONTACT))
    return dict(zip(words, Register(connection).number_words(pd.Series(words)).tolist(), strict=True))


def _tally_contacts(connection: sa.Connection, run: int, records: int | None, word: dict[str, int]) -> None:
    """Count contacts by the elder's place and risk, the volunteer, kind and outcome."""
    of_month = -1 if records is None else records
    elder, contact, record, missing = ELDERS.c, CONTACTS.c, RECORDS.c, UNSCHEDULED.c
    none: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer)
    one = sa.func.count()
    outcome = sa.func.coalesce(record.outcome, word[UNREPORTED])
    planned = sa.select(
        *(elder.place, contact.volunteer, elder.risk, contact.kind, outcome.label("outcome")),
        *(one.label("planned"), none.label("made"), none.label("minutes"), none.label("unscheduled")),
    ).select_from(
        CONTACTS.join(ELDERS, (elder.batch == run) & (elder.elder == contact.elder)).outerjoin(
            RECORDS,
            (record.batch == of_month) & (record.elder == contact.elder) & (record.visit == contact.visit),
        )
    )
    planned = planned.where(contact.batch == run).group_by(
        elder.place, contact.volunteer, elder.risk, contact.kind, outcome
    )
    place, risk = sa.func.coalesce(elder.place, NOWHERE), sa.func.coalesce(elder.risk, NO_WORD)
    minutes = sa.func.sum(sa.func.coalesce(record.minutes, contact.minutes, 0))
    made = sa.select(place, record.maker, risk, record.kind, record.outcome, none, one, minutes, none).select_from(
        RECORDS.outerjoin(ELDERS, (elder.batch == run) & (elder.elder == record.elder)).outerjoin(
            CONTACTS, (contact.batch == run) & (contact.elder == record.elder) & (contact.visit == record.visit)
        )
    )
    made = made.where(record.batch == of_month, record.outcome.in_([word[code] for code in sorted(IS_CONTACT)]))
    made = made.group_by(place, record.maker, risk, record.kind, record.outcome)
    without = (
        sa.select(
            *(elder.place, missing.volunteer, elder.risk, missing.kind, missing.reason),
            *(none, none, none, sa.func.sum(missing.missing)),
        )
        .select_from(UNSCHEDULED.join(ELDERS, (elder.batch == run) & (elder.elder == missing.elder)))
        .where(missing.batch == run, missing.missing > 0)
        .group_by(elder.place, missing.volunteer, elder.risk, missing.kind, missing.reason)
    )
    each = sa.union_all(planned, made, without).subquery()
    keys = [each.c[name] for name in ("risk", "kind", "outcome", "place", "volunteer")]
    counts = [sa.func.sum(each.c[name]) for name in ("planned", "made", "minutes", "unscheduled")]
    _fill(connection, CONTACT_TALLY, run, keys, counts)


def _tally_elders(connection: sa.Connection, run: int, word: dict[str, int], first_day: int) -> None:
    """Count elders by place, volunteer, state, its reason and risk."""
    elder, pair, left_out, ended = ELDERS.c, PAIRS.c, UNMATCHED.c, ENDED.c
    state = sa.case(
        (pair.status == word["paused"], word["paused"]),
        (pair.since >= first_day, word["new"]),
        else_=word["going_on"],
    )
    paired = sa.select(elder.place, pair.volunteer, state.label("state"), sa.literal_column("0").label("reason"))
    paired = paired.add_columns(elder.risk).select_from(
        PAIRS.join(ELDERS, (elder.batch == run) & (elder.elder == pair.elder))
    )
    waits = sa.case((left_out.waiting_since.is_not(None), word["waiting"]), else_=word["taking_no_part"])
    alone = sa.select(elder.place, sa.literal_column(str(NOBODY)), waits, left_out.reason, elder.risk).select_from(
        UNMATCHED.join(ELDERS, (elder.batch == run) & (elder.elder == left_out.elder))
    )
    pauses = sa.exists().where(pair.batch == run, pair.elder == left_out.elder, pair.status == word["paused"])
    alone = alone.where(left_out.waiting_since.is_not(None) | ~pauses)  # whose pair pauses counts as that
    over = sa.select(
        elder.place, ended.volunteer, sa.literal_column(str(word["ended"])), ended.reason, elder.risk
    ).select_from(ENDED.join(ELDERS, (elder.batch == run) & (elder.elder == ended.elder)))
    over = over.where(ended.reason.not_in([word[code] for code in _NO_END]))
    each = sa.union_all(
        paired.where(pair.batch == run), alone.where(left_out.batch == run), over.where(ended.batch == run)
    ).subquery()
    keys = [each.c[name] for name in ("state", "reason", "risk", "place", "volunteer")]
    _fill(connection, ELDER_TALLY, run, keys, [sa.func.count()])


def _fill(
    connection: sa.Connection,
    table: sa.Table,
    run: int,
    keys: Sequence[sa.ColumnElement[int]],
    counts: Sequence[sa.ColumnElement[int]],
) -> None:
    """Write counts by keys, in the order of the table's key."""
    batch = sa.literal_column(str(run), sa.Integer)
    rows = sa.select(batch, *keys, *counts).group_by(*keys).order_by(*keys)
    connection.execute(table.insert().from_select([column.name for column in table.columns], rows))
