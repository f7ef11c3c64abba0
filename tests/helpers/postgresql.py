"""A real PostgreSQL, started for tests."""

import os
import shutil
import socket
import subprocess
import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa


def _find_programs() -> Path | None:
    """The folder of PostgreSQL's programs; from Debian's package, installed if need be and possible."""
    for attempt in range(2):
        if found := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
            return found[-1].parent
        if attempt or not shutil.which("apt-get") or os.geteuid():
            return None
        subprocess.run(["apt-get", "install", "-y", "-qq", "postgresql"], capture_output=True, check=False)
    return None


@contextmanager
def start_postgresql(name: str, password: str):
    """Yield the address of an empty database of a server that runs meanwhile; skip where there can be none."""
    programs = _find_programs()
    if programs is None:
        warnings.warn("no PostgreSQL here and none can be installed: its tests are skipped", stacklevel=1)
        pytest.skip("no PostgreSQL here and none can be installed")
    place = Path("/tmp") / f"old-partners-{name}-{os.getpid()}"
    place.mkdir()
    as_other = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    if as_other:
        shutil.chown(place, "nobody")
    (place / "password").write_text(password, "utf-8")
    base = ["-D", str(place / "data")]

    def run(program, *words):
        words = [*as_other, str(programs / program), *base, *words]
        subprocess.run(words, check=True, cwd=place, stdout=subprocess.DEVNULL, timeout=120)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run("initdb", "-U", "keeper", "-A", "scram-sha-256", "--pwfile", str(place / "password"), "-E", "UTF8")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={place} -c fsync=off"
    run("pg_ctl", "-w", "-l", str(place / "log"), "-o", options, "start")
    try:
        yield sa.URL.create("postgresql+psycopg", "keeper", password, "127.0.0.1", port, "postgres")
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(place)
