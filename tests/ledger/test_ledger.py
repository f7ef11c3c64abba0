import errno
import os
import signal
import sqlite3
import stat
import threading
import time
from collections import Counter
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from matcher.errors import InputError, UsageError
from matcher.ledger import Ledger, ledger, schema, store, write_records, write_run
from matcher.ledger.numbers import number_visits
from matcher.ledger.run_files import read_records, read_run
from matcher.outcomes import IS_CONTACT
from matcher.publishing import begin_log, list_written
from tests.helpers.ledgers import make_month, make_people


@pytest.fixture(scope="module")
def months():
    """Two months of forty elders and eight volunteers."""
    rng = np.random.default_rng(3)
    people = make_people(rng, 40, 8)
    return [make_month(rng, people, month) for month in ("2026-11", "2026-12")]


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


def fill(url, place, *months):
    for month in months:
        write_run(url, month.month, month.write(place), month.roster)
        write_records(url, month.month, month.records)


def ask(url, sql):
    """Ask the file directly, past our own code."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as base:
        rows = base.execute(sql).fetchall()
    base.close()
    return rows


def dump(url):
    """Every row of every table but the time of writing."""
    tables = [name for (name,) in ask(url, "select name from sqlite_master where type = 'table'") if name != "batches"]
    return {name: sorted(ask(url, f"select * from {name}"), key=repr) for name in tables}


def count_contacts(month):
    """The tally of contacts, counted row by row from the run's tables and the records."""
    risk = dict(zip(month.roster.elders["id"], month.roster.elders["risk"], strict=True))
    area = {row["id"]: (row["district"], row["committee"]) for row in month.roster.elders.to_dict("records")}
    records = {row["visit_id"]: row for row in month.records.to_dict("records") if row["visit_id"]}
    planned = {row["visit_id"]: row for row in month.tables["visits"].to_dict("records")}
    tally = Counter()
    for row in planned.values():
        outcome = records[row["visit_id"]]["outcome"] if row["visit_id"] in records else "unreported"
        key = (*area[row["elder_id"]], row["volunteer_id"], risk[row["elder_id"]], row["kind"], outcome)
        tally[*key, "planned"] += 1
    for row in month.records.to_dict("records"):
        if row["outcome"] in IS_CONTACT:
            maker = row["by_id"] or ("" if row["outcome"] == "swapped" else row["volunteer_id"])
            key = (*area[row["elder_id"]], maker, risk[row["elder_id"]], row["kind"], row["outcome"])
            known = {"visit": 45, "call": 15}[row["kind"]] if row["visit_id"] else 0
            tally[*key, "made"] += 1
            tally[*key, "minutes"] += known if np.isnan(row["minutes"]) else int(row["minutes"])
    for row in month.tables["unscheduled"].to_dict("records"):
        key = (*area[row["elder_id"]], row["volunteer_id"], risk[row["elder_id"]], row["kind"], row["reason"])
        tally[*key, "unscheduled"] += row["missing"]
    return +tally


def read_contacts(connection, month):
    """The tally of contacts as the ledger has it, in words."""
    sql = """select place.district, place.committee, coalesce(person.id, ''), risk.text,
                    case kind when 0 then 'visit' else 'call' end, outcome.text, planned, made, minutes, unscheduled
             from contact_tally tally join standing on standing.run = tally.batch
             join places place on place.place = tally.place
             join words risk on risk.word = tally.risk join words outcome on outcome.word = tally.outcome
             left join persons person on person.person = tally.volunteer where standing.month = :month"""
    found = Counter()
    for *key, planned, made, minutes, unscheduled in connection.execute(
        sa.text(sql), {"month": int(month.replace("-", ""))}
    ):
        counts = {"planned": planned, "made": made, "minutes": minutes, "unscheduled": unscheduled}
        found.update({(*key, name): count for name, count in counts.items()})
    return +found


def test_the_tally_counts_what_the_rows_say(months, tmp_path, url):
    fill(url, tmp_path, *months)
    with Ledger(url) as one, one.store.read() as connection:
        for month in months:
            assert read_contacts(connection, month.month) == count_contacts(month)


def test_elders_are_tallied_by_their_state(months, tmp_path, url):
    fill(url, tmp_path, *months)
    month = months[1]
    pairs, left_out = month.tables["pairs"], month.tables["unmatched"]
    paused = pairs["status"] == "paused"
    new = ~paused & (pairs["since"] == "2026-12-01")
    states = Counter(new=int(new.sum()), paused=int(paused.sum()), going_on=int((~new & ~paused).sum()))
    states["waiting"] = int((left_out["waiting_since"] != "").sum())
    pauses = left_out["elder_id"].isin(pairs.loc[paused, "elder_id"])
    assert pauses.any()
    states["taking_no_part"] = int(((left_out["waiting_since"] == "") & ~pauses).sum())
    states["ended"] = int((month.tables["changes"]["reason"] != "paused").sum())
    sql = """select text, sum(elders) from elder_tally join words on word = state join standing on run = batch
             where month = 202612 group by text"""
    assert +Counter(dict(ask(url, sql))) == +states


def test_who_left_keeps_the_place_that_the_ledger_knew(months, tmp_path, url):
    fill(url, tmp_path, months[0])
    person = months[1].roster.elders["id"][0]
    people = months[1].roster
    smaller = type(people)(people.elders.iloc[1:], people.volunteers)
    write_run(url, "2026-12", months[1].write(tmp_path), smaller)
    sql = (
        "select month, place, risk from elders join persons on person = elder join standing on run = batch where id = "
    )
    first, second = sorted(ask(url, f"{sql}'{person}'"))
    assert first[1:] == second[1:]
    assert first[1] > 0
    assert ask(url, "select place from elders join persons on person = elder where id = 'E-gone'") == [(0,), (0,)]


def test_recruits_stand_where_they_should_live(months, tmp_path, url):
    fill(url, tmp_path, months[0])
    sql = "select subdistrict, committee, recruits from recruits join places using (place) order by recruits, committee"
    assert ask(url, sql) == [("", "", 2), ("东街道", "一居", 2)]


def test_a_run_replaces_the_months_run_and_records_stay(months, tmp_path, url):
    fill(url, tmp_path, *months)
    before = dump(url)
    fill(url, tmp_path, months[1], months[1])
    after = dump(url)
    assert [len(rows) for rows in after.values()] == [len(rows) for rows in before.values()]
    assert len(ask(url, "select * from batches")) == 4
    assert ask(url, "select count(distinct batch) from contacts") == [(2,)]
    with Ledger(url) as one, one.store.read() as connection:
        assert read_contacts(connection, "2026-12") == count_contacts(months[1])
    write_run(url, "2026-12", months[1].write(tmp_path), months[1].roster)
    with Ledger(url) as one, one.store.read() as connection:
        assert read_contacts(connection, "2026-12") == count_contacts(months[1])


def test_records_may_come_before_a_run(months, tmp_path, url):
    write_records(url, "2026-12", months[1].records)
    write_run(url, "2026-12", months[1].write(tmp_path), months[1].roster)
    with Ledger(url) as one, one.store.read() as connection:
        assert read_contacts(connection, "2026-12") == count_contacts(months[1])


def test_no_name_no_telephone_and_no_remark_is_in_the_file(months, tmp_path, url):
    fill(url, tmp_path, *months)
    content = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.sqlite*"))
    for text in ("张三", "13812345678", "s.xlsx", "某0"):
        assert text.encode() not in content
    assert b"E000" in content


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_only_the_owner_may_read_it(months, tmp_path, url):
    with Ledger(url) as one, one.store.read():
        made = list(tmp_path.glob("ledger.sqlite*"))
        assert len(made) > 1
        assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of itself")
def test_a_writer_that_is_killed_leaves_the_ledger_as_it_was(months, tmp_path, url, monkeypatch):
    fill(url, tmp_path, months[0])
    before, folder = dump(url), months[0].write(tmp_path)

    def die(*_arguments):
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        monkeypatch.setattr(ledger, "write_tallies", die)
        try:
            write_run(url, "2026-11", folder, months[0].roster)
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert dump(url) == before
    fill(url, tmp_path, months[1])


def test_a_full_disk_leaves_the_ledger_as_it_was(months, tmp_path, url, monkeypatch):
    fill(url, tmp_path, months[0])
    before, (pages,) = dump(url), ask(url, "pragma page_count")[0]
    monkeypatch.setattr(store, "PRAGMAS", (*store.PRAGMAS, f"max_page_count = {pages}"))
    records = pd.concat([months[0].records] * 5, ignore_index=True)
    records["elder_id"] = [f"{'x' * 50}{number}" for number in range(len(records))]
    with pytest.raises(UsageError, match="the disk is full") as caught:
        write_records(url, "2026-12", records)
    assert caught.value.__suppress_context__
    assert dump(url) == before


def test_a_second_writer_waits(months, tmp_path, url):
    fill(url, tmp_path, months[0])
    folder = months[1].write(tmp_path)
    with Ledger(url) as one, one.store.write():
        second = threading.Thread(target=write_run, args=(url, "2026-12", folder, months[1].roster))
        second.start()
        time.sleep(0.1)
        assert second.is_alive()
    second.join()
    assert ask(url, "select month from standing order by month") == [(202611,), (202612,)]


def test_who_waits_too_long_is_told(months, tmp_path, url, monkeypatch):
    monkeypatch.setattr(store, "WAIT_S", 0)
    with (
        Ledger(url) as one,
        one.store.write(),
        pytest.raises(UsageError, match=r"ledger\.sqlite can't be written: another program is writing to it"),
    ):
        write_records(url, "2026-12", months[0].records)


def test_a_forgotten_person_is_nowhere_in_the_files(tmp_path, url):
    """Many ids, written in several goes: pages of the table and of its index split, move and empty."""
    rng = np.random.default_rng(5)
    numbers = rng.permutation(900)
    with Ledger(url) as one:
        for part in range(3):
            ids = [f"QX{number:05}Z" for number in numbers[part * 300 : part * 300 + 300]]
            frame = pd.DataFrame({"elder_id": ids, "volunteer_id": [f"W{text}" for text in ids], "outcome": "swapped"})
            frame = frame.assign(visit_id="", date=pd.Timestamp(2026, 12, 1), kind="call", minutes=5.0, remark="")
            one.write_records("2026-12", frame.assign(by_id=[f"B{text}" for text in ids]))
            gone = [f"QX{number:05}Z" for number in numbers[part * 300 : part * 300 + 7]]
            for text in gone:
                assert one.forget(f"W{text}", "volunteer").made_nobody == 1
                assert one.forget(f"B{text}", "volunteer").made_nobody == 1
                assert one.forget(text, "elder").deleted == 1
            content = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.sqlite*"))
            assert not [text for text in gone if text.encode() in content]
    assert ask(url, "select count(*) from records") == [(293,)]


def test_forgetting_leaves_the_tallies(months, tmp_path, url):
    fill(url, tmp_path, *months)
    planned = ask(url, "select sum(planned), sum(made), sum(minutes) from contact_tally")
    elder, volunteer = months[1].tables["visits"].iloc[0][["elder_id", "volunteer_id"]]
    with Ledger(url) as one:
        assert one.find_parts(elder) == ("elder",)
        assert one.forget(elder, "elder").deleted > 5
        assert one.forget(volunteer, "volunteer").made_nobody > 5
        assert one.find_parts(elder) == ()
        with pytest.raises(UsageError, match="nobody with the id"):
            one.forget(elder, "elder")
    assert ask(url, "select sum(planned), sum(made), sum(minutes) from contact_tally") == planned
    assert ask(url, "select count(*) from contacts where volunteer = 0") > [(0,)]
    fill(url, tmp_path, *months)  # the roster has them still: they come back under other numbers
    with Ledger(url) as one:
        assert one.find_parts(elder) == ("elder",)


def test_a_reader_keeps_the_log_and_is_named(months, tmp_path, url, monkeypatch):
    fill(url, tmp_path, months[0])
    monkeypatch.setattr(store, "WAIT_S", 0)
    person = months[0].tables["visits"]["elder_id"][0]
    with Ledger(url) as reader, reader.store.read() as connection:
        connection.execute(sa.select(schema.PERSONS)).all()
        for _again in range(2):
            with Ledger(url) as one, pytest.raises(UsageError, match="another program reads"):
                one.forget(person, "elder")


def test_where_the_log_can_not_be_emptied_the_person_is_gone_all_the_same_and_it_is_said(months, tmp_path, url):
    def fail(_connection, _cursor, statement, *_given):
        if "checkpoint" in statement:
            raise OSError(errno.ENOSPC, "No space left on device")

    fill(url, tmp_path, months[0])
    person = months[0].tables["visits"]["elder_id"][0]
    with Ledger(url) as one:
        sa.event.listen(one.store._engine, "before_cursor_execute", fail)
        with pytest.raises(UsageError, match=r"is deleted .* may still hold the id: the disk is full") as told:
            one.forget(person, "elder")
        assert "as it was" not in str(told.value)
        assert one.find_parts(person) == ()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense://u:wrong-pw@h/d", "no address of a database"),
        ("mysql+pymysql://u:wrong-pw@h/d", "the driver pymysql is not installed"),
        ("sqlite:////no/such/folder/l.sqlite", "there is no such folder"),
    ],
)
def test_a_ledger_that_cannot_be_opened(address, said):
    with pytest.raises(UsageError, match=said) as caught, Ledger(address) as one, one.store.read():
        pass
    assert "wrong-pw" not in str(caught.value)


def test_what_is_no_ledger_is_left_alone(tmp_path, url, months):
    with sqlite3.connect(tmp_path / "ledger.sqlite") as base:
        base.execute("create table mine (a)")
    base.close()
    with pytest.raises(UsageError, match="holds other tables"):
        write_records(url, "2026-12", months[0].records)
    (tmp_path / "ledger.sqlite").write_text("no database at all, but long enough to look like one " * 20)
    with pytest.raises(UsageError, match="is no database, or is damaged"):
        write_records(url, "2026-12", months[0].records)


def test_an_older_form_is_brought_up_and_a_newer_one_refused(months, tmp_path, url, monkeypatch):
    fill(url, tmp_path, months[0])
    newer = schema.VERSION + 1
    monkeypatch.setattr(schema, "VERSION", newer)
    step = sa.text("create table more (a integer)")
    monkeypatch.setattr(schema, "MIGRATIONS", {newer - 1: lambda connection: connection.execute(step)})
    fill(url, tmp_path, months[1])
    assert ask(url, "select version from ledger") == [(newer,)]
    assert ask(url, "select count(*) from more") == [(0,)]
    monkeypatch.setattr(schema, "VERSION", newer - 1)
    with pytest.raises(UsageError, match="newer version"):
        write_records(url, "2026-12", months[0].records)


def test_a_ledger_of_the_first_form_is_read_and_written(months, tmp_path, url):
    """The first form did not say of which file a batch is."""
    fill(url, tmp_path, months[0])
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as base:
        base.executescript("alter table batches drop column source; update ledger set version = 1")
    with Ledger(url) as one:
        assert one.find_source(months[0].month, "run") == ""
    fill(url, tmp_path, months[1])
    assert ask(url, "select version from ledger") == [(2,)]
    with Ledger(url) as one:
        assert len(one.find_source(months[1].month, "run")) == 64
        assert one.find_source("2020-01", "run") is None


def test_no_ledger_yet(tmp_path):
    with pytest.raises(UsageError, match="there is no ledger"):
        Ledger(f"sqlite:///{tmp_path / 'none.sqlite'}", create=False)
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_run_and_files_with_faults(months, tmp_path, url):
    with pytest.raises(UsageError, match=r"no pairs\.csv"):
        read_run(tmp_path)
    folder = months[0].write(tmp_path)
    months[0].tables["visits"].assign(date="tomorrow").to_csv(folder / "visits.csv", index=False)
    (folder / "changes.csv").write_text("nothing\n1\n", "utf-8")
    with pytest.raises(InputError) as caught:
        write_run(url, "2026-11", folder, months[0].roster)
    assert {issue.file for issue in caught.value.issues} == {"visits.csv", "changes.csv"}
    assert not (tmp_path / "ledger.sqlite").exists()


def test_a_run_of_another_month_is_refused(months, tmp_path, url):
    with pytest.raises(UsageError, match="holds contacts of 2026-11, and no run of 2026-12"):
        write_run(url, "2026-12", months[0].write(tmp_path), months[0].roster)


def test_records_are_read_from_their_file(months, tmp_path):
    path = tmp_path / "records.csv"
    months[0].records.to_csv(path, index=False)
    read = read_records(path)
    assert read["outcome"].tolist() == months[0].records["outcome"].tolist()
    months[0].records.assign(outcome="hm").to_csv(path, index=False)
    with pytest.raises(InputError):
        read_records(path)


def test_numbers_of_contacts():
    ids = ["20261203-E1", "20261203-E1-2", "20261203-E2", "by hand", "", "", "20261104-E1", "20261203-E1-02"]
    elders = ["E1", "E1", "E1", "E1", "E1", "E1", "E1", "E1"]
    numbers = number_visits(pd.Series(ids, dtype=str), pd.Series(elders, dtype=str), 202612).tolist()
    assert numbers[:2] == [3, 35]
    assert numbers[4:6] == [-1, -2]
    assert min(numbers[2], numbers[3], *numbers[6:]) >= 1 << 20
    assert len(set(numbers)) == len(ids)


def test_what_is_written_is_said_of_files_alone(tmp_path):
    for url, written in (("sqlite://", []), (f"sqlite:///{tmp_path / 'l.sqlite'}", [str(tmp_path / "l.sqlite")])):
        begin_log()
        database = store.Store(url)
        with database.write():
            pass
        database.close()
        assert list_written() == written
