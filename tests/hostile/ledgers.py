"""A ledger whose writer ends at any statement, as if its plug was pulled: the old or the new stands, and no trace."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from pathlib import Path

import sqlalchemy as sa

from matcher.commands import STOPPED, main
from matcher.ledger import write_records, write_run
from matcher.ledger.run_files import read_records
from tests.helpers.cut_off import CUT
from tests.hostile.carry_out import Entry, look_at
from tests.hostile.world import MONTH, World
from tests.hostile.writers import LEDGER, give, prepare

LEDGER_ACTS = ("forget", "run", "record")
MOST_STEPS = 2000
_URL = f"sqlite:///{LEDGER}"
_EVENTS = ("begin", "commit", "rollback", "before_cursor_execute", "after_cursor_execute")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:+]+")


def dump(path: Path) -> str:
    """Return all that a ledger holds, read from a copy with its log, but for the times of writing."""
    with tempfile.TemporaryDirectory() as folder:
        for one in path.parent.glob(f"{path.name}*"):
            shutil.copy(one, folder)
        with closing(sqlite3.connect(Path(folder) / path.name)) as base:
            assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return _TIME.sub("", "\n".join(base.iterdump()))


def look_at_state(folder: Path) -> dict[str, Entry]:
    """Return all that is in a folder, of a ledger what it holds instead of its bytes."""
    found = look_at(folder)
    for name in [name for name in found if name.endswith(".sqlite")]:
        log, _index = (found.pop(f"{name}{end}", None) for end in ("-wal", "-shm"))
        assert not (log and log.content), "a log is left"
        found[name] = Entry(found[name].mode, dump(folder / name).encode())
    return found


def holds(folder: Path, person: str) -> list[str]:
    """Return which files of a ledger hold an id, however they are packed."""
    return [path.name for path in folder.glob(f"{LEDGER}*") if person.encode() in path.read_bytes()]


def _forget(person: str) -> int:
    return main(["forget", person, "--ledger", LEDGER, "--yes", "--lang", "en"])


def cut_off_ledger(name: str, world: World, place: Path) -> int:
    """Write to a ledger with an end at each statement; return how many there are.

    Args:
        name: One of ``LEDGER_ACTS``.
        world: What is written.
        place: An empty folder to stand in.
    """
    prepare(world, place)
    person = world.rosters["elders"][1][0]
    acts: dict[str, Callable[[], object]] = {
        "forget": lambda: _forget(person),
        "run": lambda: write_run(_URL, MONTH, Path("plan")),
        "record": lambda: write_records(_URL, MONTH, read_records(Path("records/2027-01.csv"), None)),
    }
    with chdir(place):
        if name == "record":
            assert give("record", world, lang="en") == 0
        assert holds(place, person)
        old = dump(Path(LEDGER))
        kept = Path(LEDGER).read_bytes()
        acts[name]()
        new = dump(Path(LEDGER))
        assert new != old
        stood = set()
        for step in range(1, MOST_STEPS):
            for path in place.glob(f"{LEDGER}*"):
                path.unlink()
            Path(LEDGER).write_bytes(kept)
            ended = _end_at(step, acts[name])
            stands = dump(Path(LEDGER))
            assert stands in {old, new}, step
            stood.add(stands)
            if name == "forget":
                assert _forget(person) in {0, 2}
                assert not holds(place, person), step
                assert dump(Path(LEDGER)) == new
            if ended:
                assert stood == {old, new}
                return step - 1
    raise AssertionError(f"{name} never ends")


def stop_forgetting(world: World, place: Path, number: signal.Signals) -> int:
    """Forget a person with a polite stop at each statement; return how many there are."""
    prepare(world, place)
    person = world.rosters["elders"][1][0]
    with chdir(place):
        old, kept = dump(Path(LEDGER)), Path(LEDGER).read_bytes()
        for step in range(1, MOST_STEPS):
            for path in place.glob(f"{LEDGER}*"):
                path.unlink()
            Path(LEDGER).write_bytes(kept)
            child = os.fork()
            if not child:
                _do_at(step, lambda: signal.raise_signal(number))
                with Path("said.txt").open("w") as said, redirect_stdout(said), redirect_stderr(said):
                    code = _forget(person)
                os._exit(code)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            told, stands = Path("said.txt").read_text("utf-8"), dump(Path(LEDGER))
            names_it = LEDGER in told.replace("\n", "")  # a long path is broken between lines
            assert code in {0, STOPPED}, (step, told)
            assert (stands == old) == ("nothing was written" in told), (step, told)
            assert (stands != old) == (names_it or code == 0), (step, told)
            if code == 0:
                return step - 1
    raise AssertionError("forgetting never ends")


def _end_at(step: int, act: Callable[[], object]) -> bool:
    """Do something in a child that ends at a statement; return whether it came to its end."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        _do_at(step, lambda: os._exit(CUT))
        act()
    except BaseException:
        os._exit(1)
    os._exit(0)


def _do_at(step: int, act: Callable[[], object]) -> None:
    """Let this process do something at a statement to a database, the ``step``-th of all."""
    count = 0

    def tick(*_args: object) -> None:
        nonlocal count
        count += 1
        if count == step:
            act()

    for event in _EVENTS:
        sa.event.listen(sa.Engine, event, tick)
    sa.event.listen(sa.Pool, "close", tick)
