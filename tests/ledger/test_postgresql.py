"""The same ledger in a real PostgreSQL."""

import threading

import numpy as np
import pytest
import sqlalchemy as sa

from matcher.errors import UsageError
from matcher.ledger import Ledger, schema, store, write_records, write_run
from tests.helpers.ledgers import make_month, make_people
from tests.helpers.postgresql import start_postgresql

PASSWORD = "s3cr:t/Wört"


@pytest.fixture(scope="module")
def server():
    with start_postgresql("ledger", PASSWORD) as url:
        yield url


@pytest.fixture(scope="module")
def months():
    rng = np.random.default_rng(4)
    people = make_people(rng, 30, 6)
    return [make_month(rng, people, month) for month in ("2026-12", "2027-01")]


def dump(ledger):
    """Every row of every table but the time of writing."""
    with ledger.store.read() as connection:
        tables = [table for table in schema.METADATA.sorted_tables if table is not schema.BATCHES]
        return {table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr) for table in tables}


def test_it_holds_the_same_rows_as_sqlite(server, months, tmp_path):
    month = months[0]
    url, folder = server.render_as_string(hide_password=False), month.write(tmp_path)
    with Ledger(url) as one, Ledger("sqlite://") as other:
        for ledger in (one, other):
            ledger.write_run("2026-12", folder, month.roster)
            ledger.write_records("2026-12", month.records)
            ledger.write_run("2026-12", folder, month.roster)
        assert dump(one) == dump(other)
        before = dump(one)
        with pytest.raises(ZeroDivisionError), one.store.write() as connection:
            connection.execute(schema.PAIRS.delete().where(schema.PAIRS.c.batch > 1 // 0))
        assert dump(one) == before
        elder, volunteer = month.tables["visits"].iloc[0][["elder_id", "volunteer_id"]]
        for person, part in ((elder, "elder"), (volunteer, "volunteer")):
            assert one.forget(person, part) == other.forget(person, part)
            assert one.find_parts(person) == ()
        assert dump(one) == dump(other)


def test_a_second_writer_waits_or_says_so(server, months, tmp_path, monkeypatch):
    month = months[1]
    url, folder = server.render_as_string(hide_password=False), month.write(tmp_path)
    with Ledger(url) as one, one.store.write():
        monkeypatch.setattr(store, "WAIT_S", 0.01)
        with pytest.raises(UsageError, match="another program is writing to it"):
            write_records(url, "2026-12", month.records)
        monkeypatch.undo()
        second = threading.Thread(target=write_run, args=(url, "2027-01", folder, month.roster))
        second.start()
        second.join(0.2)
        assert second.is_alive()
    second.join()
    with Ledger(url) as one, one.store.read() as connection:
        assert 202701 in connection.scalars(sa.select(schema.STANDING.c.month)).all()


def test_what_the_server_refuses_tells_no_password(server):
    wrong = server.set(password="wrong-pw").render_as_string(hide_password=False)
    with pytest.raises(UsageError, match="refuses this user or password") as caught, Ledger(wrong) as one:
        one.find_parts("E1")
    assert "wrong-pw" not in f"{caught.value}{caught.value.__context__!r}"
