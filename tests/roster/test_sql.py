"""Rosters from databases: SQLite, and a real PostgreSQL that is started here."""

import sqlite3
import zipfile
from contextlib import closing
from itertools import count
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from matcher.commands import main
from matcher.errors import InputError
from matcher.roster import Query, load_roster
from matcher.roster import sql as sql_module
from matcher.roster.read import read_table
from matcher.roster.source import name_sources
from matcher.settings import Settings
from matcher.settings.roster import Conventions, LimitsSettings
from tests.helpers.postgresql import start_postgresql

PASSWORD = "s3cr:t/Wört"
ELDERS = pd.DataFrame(
    {
        "编号": ["E1", "E2"],
        "姓名": ["张三", "李四"],
        "lng_wgs84": [121.47, 121.48],
        "lat": [31.23, None],
        "consent": [True, False],
        "出生日期": pd.to_datetime(["1941-05-02", None]),
    }
)
SQL = "select * from elders where \"编号\" like 'E%' and '12:30' <> ' :x'"

MADE = (
    "create sequence counter",
    "create function gone() returns int language plpgsql as $$ begin delete from elders; return 1; end $$",
    "create function gone_quietly() returns int language plpgsql as "
    "$$ begin begin delete from elders; exception when others then null; end; return 1; end $$",
    "create procedure gone_at_once() language plpgsql as $$ begin commit; delete from elders; commit; end $$",
)
"""Things of a database's own that write when they are asked for something."""


@pytest.fixture(scope="module")
def server():
    """The address of a PostgreSQL with a roster of elders."""
    with start_postgresql("pg", PASSWORD) as url:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            ELDERS.to_sql("elders", connection, index=False)
            for sql in MADE:
                connection.exec_driver_sql(sql)
        engine.dispose()
        yield url


@pytest.fixture
def volunteers(tmp_path):
    path = tmp_path / "v.csv"
    path.write_text("编号,姓名,经度(WGS-84),纬度\nV1,王五,121.47,31.23\n", "utf-8")
    return path


def sqlite(tmp_path):
    with closing(sqlite3.connect(tmp_path / "r.db")) as base, base:
        ELDERS.to_sql("elders", base, index=False)
    return f"sqlite:///{tmp_path / 'r.db'}"


def fault(url, sql=SQL):
    with pytest.raises(InputError) as caught:
        read_table(Query(url, sql), "elders")
    (issue,) = caught.value.issues
    for text in (issue.message(), issue.advice(), issue.file, str(caught.value), repr(Query(url, sql))):
        assert PASSWORD not in text
        assert "wrong-pw" not in text
    return issue


def test_a_roster_from_sqlite(tmp_path, volunteers):
    url = sqlite(tmp_path)
    read = read_table(Query(url, SQL), "elders")
    assert read.file == "sqlite:r.db"
    assert read.row.tolist() == [2, 3]
    assert read.frame["lat"].tolist() == ["31.23", ""]
    roster = load_roster(Query(url, SQL), volunteers, Settings())
    assert roster.elders["id"].tolist() == ["E1", "E2"]
    assert roster.elders["consent"].tolist() == ["yes", "no"]
    assert [(issue.code, issue.file, issue.row) for issue in roster.issues] == [
        ("place_half", "sqlite:r.db", 3),
        ("place_unknown_elder", "sqlite:r.db", 3),
    ]


def test_a_roster_from_postgresql(server, volunteers):
    url = server.render_as_string(hide_password=False)
    roster = load_roster(Query(url, SQL), volunteers, Settings())
    assert roster.elders["birth_date"].dropna().tolist() == [pd.Timestamp(1941, 5, 2)]
    assert roster.readings[0].file == f"postgresql://127.0.0.1:{server.port}/postgres"
    again = read_table(Query(url, SQL), "elders").readings[0]
    assert again.sha256 == roster.readings[0].sha256


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg2", "postgresql+pg8000"])
def test_one_driver_whose_queries_are_one_statement_reads_postgresql(server, driver):
    assert len(read_table(Query(server.set(drivername=driver), SQL), "elders").frame) == 2


def test_nothing_is_changed_in_the_database(server):
    url = server.render_as_string(hide_password=False)
    assert fault(url, "delete from elders").code == "query_failed"
    assert len(read_table(Query(url, SQL), "elders").frame) == 2


def test_what_postgresql_refuses(server):
    url = server.render_as_string(hide_password=False)
    wrong = fault(server.set(password="wrong-pw").render_as_string(hide_password=False))
    assert (wrong.code, wrong.row) == ("database_refused", None)
    assert fault(server.set(port=1).render_as_string(hide_password=False)).code == "database_refused"
    assert fault(url, "select * from nowhere").code == "query_failed"
    assert "nowhere" in fault(url, "select * from nowhere").message()


@pytest.mark.parametrize(
    ("url", "sql", "code"),
    [
        ("nonsense://u:wrong-pw@h/d", SQL, "database_unknown"),
        ("://wrong-pw", SQL, "database_unknown"),
        ("mysql+pymysql://u:wrong-pw@h/d", SQL, "database_driver_missing"),
        ("sqlite:///gone.db?password=wrong-pw", SQL, "file_missing"),
        ("sqlite://", "selec wrong", "query_failed"),
        ("sqlite://", "select 1 as a", "column_missing"),
        ("sqlite://", "create table t (a)", "query_failed"),
    ],
)
def test_what_can_be_wrong_anywhere(url, sql, code):
    with pytest.raises(InputError) as caught:
        load_roster(Query(url, sql), Path("gone.csv"), Settings())
    assert code in {issue.code for issue in caught.value.issues}
    assert "wrong-pw" not in " ".join(issue.message() + issue.file for issue in caught.value.issues)


def test_rows_without_end_end_in_time(server, monkeypatch):
    """A server's own limit is on each part that is fetched."""
    monkeypatch.setattr(sql_module, "monotonic", count(step=1).__next__)
    with pytest.raises(InputError) as caught:
        read_table(
            Query(server.render_as_string(hide_password=False), "select generate_series(1, 1000000000) as id"),
            "elders",
            Conventions(query_seconds=9),
        )
    (issue,) = caught.value.issues
    assert (issue.code, "it takes too long" in issue.message()) == ("query_failed", True)


def test_national_ids_are_not_hashed():
    def digest(number, name="张三"):
        sql = f"select 'E1' as id, '{name}' as name, 1 as lng_wgs84, 2 as lat, '{number}' as 身份证号"
        return read_table(Query("sqlite://", sql), "elders").readings[0].sha256

    assert digest("310105194105021234") == digest("310105194105021235")
    assert digest("", "李四") != digest("")


def test_two_queries_have_two_names():
    names = name_sources([Query("sqlite://", "select 1"), Query("sqlite://", "select 2"), Path("a.csv")])
    assert sorted(names.values()) == ["a.csv", "sqlite:", "sqlite: (2)"]


def read_all(path):
    """A file's text, of a workbook that of its parts."""
    if not zipfile.is_zipfile(path):
        return path.read_text("utf-8-sig")
    with zipfile.ZipFile(path) as book:
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())


def test_no_password_on_screen_in_files_or_under_debug(server, volunteers, tmp_path, capfd):
    url = server.render_as_string(hide_password=False)
    words = ["--elders", url, "--elders-query", SQL, "--volunteers", str(volunteers)]
    out = tmp_path / "out"
    assert main(["run", *words, "--month", "2026-12", "--out", str(out), "--set-aside"]) == 0
    manifest = (out / "manifest.json").read_text("utf-8")
    assert "postgresql://127.0.0.1" in manifest
    broken = ["--elders", url.replace("@", "wrong@"), *words[2:]]
    assert main(["check", *broken, "--debug"]) == 2
    assert main(["run", *broken, "--month", "2026-12", "--out", str(tmp_path / "no"), "--debug"]) == 2
    shown = "".join(capfd.readouterr()) + "".join(read_all(path) for path in out.iterdir())
    for secret in (PASSWORD, sa.engine.url.make_url(url).render_as_string(hide_password=False), "s3cr"):
        assert secret not in shown


def test_a_database_needs_a_query_and_a_query_a_database(tmp_path, volunteers, capsys):
    for words in (["--elders", "sqlite://"], ["--elders", str(volunteers), "--elders-query", "select 1"]):
        assert main(["check", *words, "--volunteers", str(volunteers)]) == 2
        assert "--elders-query" in capsys.readouterr().err


class TestNothingIsChanged:
    """A query reads, whatever it says."""

    SQLITE = (
        "drop table elders",
        "delete from elders returning *",
        "create table other as select * from elders",
        "create temp table other as select 1",
        "vacuum into 'copy.db'",
        "attach 'other.db' as other",
        "pragma user_version = 7",
        "pragma query_only = off",
        "alter table elders rename to others",
        "reindex",
        "select load_extension('x')",
        "explain select 1; drop table elders",
    )
    POSTGRESQL = (
        "drop table elders",
        "delete from elders returning *",
        "select * into other from elders",
        "select 1; drop table elders",
        "commit; drop table elders",
        "with gone as (delete from elders returning *) select * from gone",
        "copy elders to '/tmp/never.csv'",
        "copy (select 1) to program 'touch /tmp/never.csv'",
        "commit; set session characteristics as transaction read write; drop table elders",
        "select 1; set transaction read write; delete from elders",
        "set transaction read write",
        "select set_config('transaction_read_only', 'off', false) as id, gone() as name",
        "select set_config('default_transaction_read_only', 'off', false) as id, gone() as name",
        "select nextval('counter') as id, 1 as name",
        "select setval('counter', 99) as id, 1 as name",
        "select gone() as id, 1 as name",
        "call gone_at_once()",
        "do $$ begin delete from elders; end $$",
        "explain analyze delete from elders",
        "create temp table other as select 1",
        "select * from elders for update",
        "truncate elders",
        "insert into elders select * from elders returning *",
        "alter system set work_mem = '5MB'",
        "select pg_terminate_backend(pg_backend_pid()) as id, 1 as name",
    )
    TAKEN_BACK = (
        "select lo_create(4711) as 编号, 1 as 姓名",
        "select gone_quietly() as 编号, 1 as 姓名",
        "select pg_notify('a', 'b') as 编号, 1 as 姓名",
    )
    """Queries that a transaction that only reads lets pass; its end takes it back, or nothing was done."""

    @pytest.mark.parametrize("sql", SQLITE)
    def test_sqlite(self, tmp_path, monkeypatch, sql):
        monkeypatch.chdir(tmp_path)
        url = sqlite(tmp_path)
        before = (tmp_path / "r.db").read_bytes()
        assert fault(url, sql).code in {"query_failed", "database_refused"}
        assert (tmp_path / "r.db").read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["r.db"]

    @pytest.mark.parametrize("sql", [*POSTGRESQL, *TAKEN_BACK])
    def test_postgresql(self, server, sql):
        if sql in self.TAKEN_BACK:
            read_table(Query(server, sql), "elders")
        else:
            assert fault(server, sql).code in {"query_failed", "database_refused"}
        engine = sa.create_engine(server)
        with engine.connect() as connection:
            tables = connection.exec_driver_sql("select tablename from pg_tables where schemaname = 'public'").scalars()
            assert tables.all() == ["elders"]
            assert connection.exec_driver_sql("select count(*) from elders").scalar() == len(ELDERS)
            assert not connection.exec_driver_sql("select is_called from counter").scalar()
            assert connection.exec_driver_sql("select count(*) from pg_largeobject_metadata").scalar() == 0
        engine.dispose()

    def test_the_file_of_a_database_is_an_input(self, tmp_path, volunteers, capsys):
        url = sqlite(tmp_path)
        words = ["check", "--elders", url, "--elders-query", SQL, "--volunteers", str(volunteers)]
        (tmp_path / "link.xlsx").symlink_to("r.db")
        assert main([*words, "--fix-report", str(tmp_path / "link.xlsx"), "--force"]) == 2
        assert "is read now" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_query_that_takes_too_long_ends(tmp_path, request, kind):
    url = sqlite(tmp_path) if kind == "sqlite" else request.getfixturevalue("server")
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) as 编号, 1 as 姓名 from n"
    with pytest.raises(InputError) as caught:
        read_table(Query(url, endless), "elders", Conventions(query_seconds=1))
    (issue,) = caught.value.issues
    assert issue.code == "query_failed"
    assert "takes too long" in issue.message()


@pytest.mark.parametrize(
    "sql",
    [
        "select set_config('statement_timeout', '0', false) as id from generate_series(1, 300)"
        " union all (select pg_sleep(20)::text) union all select (1 / length(pg_sleep(0)::text))::text",
        "select repeat('x', 1000000) as id, i as name from generate_series(1, 1000000) i",
        "select array_agg(i) as id, 1 as name from generate_series(1, 1000000000) i",
    ],
)
def test_no_answer_of_a_server_takes_longer_than_it_may(server, sql, caplog):
    with pytest.raises(InputError) as caught:
        read_table(Query(server, sql), "elders", Conventions(query_seconds=1))
    assert caught.value.issues[0].code == "query_failed"
    assert "takes too long" in caught.value.issues[0].message()
    assert not caplog.records


def test_a_value_of_a_server_longer_than_a_cell_is_told(server):
    issue = fault(server, "select repeat('x', 2000000) as id, i as name from generate_series(1, 300) i")
    assert (issue.code, "more than can be held" in issue.message()) == ("query_failed", True)


def test_an_answer_that_memory_is_not_meant_for_ends(tmp_path):
    query = Query(sqlite(tmp_path), SQL)
    with pytest.raises(InputError) as caught:
        read_table(query, "elders", Conventions(limits=LimitsSettings(cells=1)))
    assert caught.value.issues[0].code == "cells_endless"
    assert "limits.cells" in caught.value.issues[0].advice()


@pytest.mark.parametrize("value", ["zeroblob(1000000000)", "randomblob(1000000000)"])
def test_a_value_without_end_is_told_and_takes_no_memory(tmp_path, value):
    with pytest.raises(InputError) as caught:
        read_table(Query(sqlite(tmp_path), f"SELECT {value} AS id"), "elders")
    assert "more than can be held" in caught.value.issues[0].message()


def test_a_query_whose_time_is_up_between_rows_ends_without_a_word_to_the_log(tmp_path, caplog):
    """A row that alone takes all the time: the clock is looked at once it is there."""
    with closing(sqlite3.connect(tmp_path / "r.db")) as database:
        database.execute("CREATE TABLE t (id TEXT)")
    slow = Query(f"sqlite:///{tmp_path / 'r.db'}", "SELECT printf('%.*c', 9000000, 'x') AS id")
    with pytest.raises(InputError) as caught:
        read_table(slow, "elders", Conventions(query_seconds=0))
    assert [issue.code for issue in caught.value.issues] == ["query_failed"]
    assert not caplog.records
