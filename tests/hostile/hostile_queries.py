"""Queries that do more than read, or read without end, and addresses of databases that hold a password."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from random import Random

from tests.hostile.carry_out import Attempt
from tests.hostile.spoilt_rosters import spoil
from tests.hostile.world import World, copy_rosters

QUERIES = (
    "SELECT * FROM elders",
    "DROP TABLE elders",
    "DELETE FROM elders RETURNING *",
    "UPDATE elders SET name = 'x' RETURNING *",
    "INSERT INTO elders SELECT * FROM elders RETURNING id",
    "VACUUM INTO 'copy.db'",
    "ATTACH 'other.db' AS other",
    "PRAGMA journal_mode = WAL",
    "PRAGMA user_version = 7",
    "CREATE TABLE x AS SELECT 1",
    "SELECT load_extension('x.so')",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS id FROM n",
    "SELECT zeroblob(1000000000) AS id",
    "SELECT randomblob(2000000000) AS id",
    "SELECT printf('%.*c', 1000000000, 'x') AS id",
    "SELECT x'ff00' AS id, x'fffe' AS name FROM elders",
    "SELECT 1; DROP TABLE elders",
    "SELECT *, * FROM elders",
    "",
    ";",
    "SELECT",
    "SELECT * FROM nothing",
    "SELECT :x, ?, %s FROM elders",
    "EXPLAIN SELECT * FROM elders",
    "BEGIN; DELETE FROM elders; COMMIT",
    "SELECT writefile('x', 'y')",
    "SELECT id AS [=1+1], name AS [<script>hostile()</script>] FROM elders",
)


def make_query(rng: Random, world: World, folder: Path) -> Attempt:
    """A database is asked what it should not be; its address holds a password."""
    with sqlite3.connect(folder / "r.db") as base:
        header, *rows = spoil(rng, world.rosters["elders"], 3)
        names = ", ".join(f'"{name}"' for name in header)
        base.execute(f"CREATE TABLE elders ({names})")
        clean = [[cell.encode("utf-8", "replace").decode() for cell in row] for row in rows]
        base.executemany(f"INSERT INTO elders VALUES ({', '.join('?' * len(header))})", clean)
    base.close()
    copy_rosters(world, folder)
    secret = "鹦Hunter2%40鹉"
    address = rng.choice(
        [
            *["sqlite:///r.db"] * 5,
            f"sqlite:///r.db?password={secret}",
            f"postgresql+psycopg://me:{secret}@127.0.0.1:1/x?sslpassword={secret}",
            f"mysql+pymysql://me:{secret}@127.0.0.1:1/x",
            f"nosuch://me:{secret}@127.0.0.1/x",
            f"postgresql://me:{secret}@[/x",
            f"sqlite://{secret}",
        ]
    )
    words = ["--elders", address, "--elders-query", rng.choice(QUERIES), "--volunteers", "volunteers.csv"]
    words += ["--set", "files.query_seconds=1", *rng.choice([[], ["--debug"]])]
    return Attempt("", [["check", *words]], secrets={"nowhere": frozenset({secret.upper(), "HUNTER2"})})
