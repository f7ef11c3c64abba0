"""Hostile inputs, real kills, steps cut off and full disks: does every promise hold?

    python -m benchmarks.hostile [inputs|kills|steps|disks [COUNT [FIRST_SEED [SECONDS [FILE]]]]]

``inputs`` tries 10,000 inputs made up at random, as ``tests/hostile`` has them; ``kills`` ends 200 commands by SIGKILL
at a random moment; ``steps`` cuts off every command that writes at each step at which its files take their place;
``disks`` lets each find the disk full at each moment, and a folder in which it may not write. Without a word all four.
Each prints how often what was tried, and all that broke something. Inputs are tried in a process a core, each of which
stays warm; one that dies is told.

With FILE, the counts of ``inputs`` and ``kills`` are added to those that stand there, and the next seed too: after so
many seconds the command stops, and given again it goes on, until COUNT are tried in all. One input alone is
``inputs 1 SEED``.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from pathlib import Path
from random import Random

from tests.hostile.attempts import make_attempt
from tests.hostile.carry_out import carry_out, look_at
from tests.hostile.full_disks import fail_each_call, fill_disk, mount_disk, refuse_on_read_only_disk
from tests.hostile.invariants import INVARIANTS, judge
from tests.hostile.kills import cut_off_apart, cut_off_at_each_step, kill_at
from tests.hostile.ledgers import LEDGER_ACTS, cut_off_ledger
from tests.hostile.read_only import refuse_to_write
from tests.hostile.world import World, make_world
from tests.hostile.writers import APART, IN_DATABASE, WRITERS, give, prepare, spell

_REPLACED = ("out/", "papers/", "ids/", "region/", "ledger.sqlite-")
"""Beginnings of paths whose files may go: others take their place, or they are a database's log."""
SLICE = 20
"""Inputs that a process is given at once."""
EVERY = 10
"""Of so many commands that are killed, one is a process of its own from its start on; of so many steps of one that
always is, it is cut off at one."""
MOST_STEPS_APART = 100
START_S = {False: 8.0, True: 25.0}
"""Seconds after which such a one is killed at the latest; a cluster takes longer."""


@dataclass
class Tally:
    """Counts of what was tried and what came of it, and all that broke something, in words."""

    next: int
    tried: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    def count(self, what: str, kind: str, times: int = 1) -> None:
        """Count one of a kind."""
        self.counts.setdefault(what, Counter())[kind] += times

    def add(self, other: Tally) -> None:
        """Take in what another counted later."""
        self.next, self.tried = other.next, self.tried + other.tried
        self.found += other.found
        for what, counter in other.counts.items():
            for kind, times in counter.items():
                self.count(what, kind, times)


def _read_tally(part: str, first: int, file: str) -> Tally:
    if not file or not Path(file).exists() or part not in (known := json.loads(Path(file).read_text("utf-8"))):
        return Tally(first)
    tally = Tally(**known[part])
    tally.counts = {what: Counter(kinds) for what, kinds in tally.counts.items()}
    return tally


def _keep_tally(part: str, tally: Tally, file: str) -> None:
    if file:
        path = Path(file)
        known = json.loads(path.read_text("utf-8")) if path.exists() else {}
        path.write_text(json.dumps(known | {part: vars(tally)}, ensure_ascii=False, indent=1), "utf-8")


def main(part: str = "", count: str = "", first: str = "1000", seconds: str = "inf", file: str = "") -> None:
    """Try all, or a part, and print the counts."""
    until = time.monotonic() + float(seconds)
    if part in {"", "inputs"}:
        tally = _read_tally("inputs", int(first), file)
        try_inputs(tally, int(count or 10_000), until)
        _keep_tally("inputs", tally, file)
    if part == "inputs":
        return
    with tempfile.TemporaryDirectory() as place, redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        (Path(place) / "world").mkdir()
        world = make_world(Path(place) / "world")
        if part in {"", "kills"}:
            tally = _read_tally("kills", int(first), file)
            kill(world, Path(place), tally, int(count or 200), until)
            _keep_tally("kills", tally, file)
        if part in {"", "steps"}:
            cut_off(world, Path(place), until)
        if part in {"", "disks"}:
            fill_disks(world, Path(place), until)


def _print(text: str) -> None:
    sys.__stdout__.write(f"{text}\n")
    sys.__stdout__.flush()


def try_inputs(tally: Tally, count: int, until: float) -> None:
    """Carry out and judge attempts, until so many are tried."""
    waiting: list[tuple[range, Future[Tally]]] = []
    many = min(os.cpu_count() or 1, -(-count // SLICE))
    begin = tally.next
    end = begin + count - tally.tried
    pool = _open_pool(many)
    while begin < end or waiting:
        while begin < end and len(waiting) <= many and time.monotonic() < until:
            seeds = range(begin, min(begin + SLICE, end))
            waiting.append((seeds, pool.submit(_try_slice, seeds)))
            begin = seeds.stop
        if not waiting:
            break
        seeds, future = waiting.pop(0)
        try:
            done = future.result()
        except BrokenProcessPool:
            pool.shutdown(wait=False)
            done = Tally(seeds.stop, len(seeds))
            done.count("broken", "process died")
            done.found.append(f"{seeds}: a process died")  # of these or of those that follow, which are tried again
            pool = _open_pool(many)
            waiting = [(later, pool.submit(_try_slice, later)) for later, _lost in waiting]
        for line in done.found:
            _print(line)
        tally.add(done)
    pool.shutdown()
    _show_inputs(tally)


def _open_pool(many: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(many, mp_context=multiprocessing.get_context("spawn"))


@cache
def _own_world() -> World:
    """Return this process's world, made once."""
    place = Path(tempfile.mkdtemp())
    multiprocessing.util.Finalize(None, shutil.rmtree, (place,), exitpriority=1)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return make_world(place)


def _try_slice(seeds: range) -> Tally:
    tally, world = Tally(seeds.stop, len(seeds)), _own_world()
    for seed in seeds:
        with tempfile.TemporaryDirectory() as place:
            _try_input(seed, world, Path(place), tally)
    return tally


def _try_input(seed: int, world: World, folder: Path, tally: Tally) -> None:
    attempt = make_attempt(seed, world, folder)
    tally.count("kinds", attempt.kind)
    for outcome in carry_out(attempt, folder):
        tally.count("commands", outcome.words[0])
        tally.count("codes", str(outcome.code))
        for name, text in judge(outcome):
            tally.count("broken", name)
            tally.found.append(f"{seed} {attempt.kind}: {name}: {text[:300]}")


def _show_inputs(tally: Tally) -> None:
    commands = tally.counts.get("commands", Counter()).total()
    broken = tally.counts.get("broken", Counter())
    _print(f"{tally.tried:,} inputs, {commands:,} commands; the next seed is {tally.next}")
    for what in ("kinds", "commands", "codes"):
        _print(f"{what} {dict(tally.counts.get(what, Counter()).most_common())}")
    for name in (*INVARIANTS, "process died"):
        _print(f"{commands:>8,} tried  {broken[name]:>5,} broken  {name}")


def kill(world: World, place: Path, tally: Tally, times: int, until: float) -> None:
    """End commands by SIGKILL at random moments; whatever is written next must find and leave all whole."""
    while tally.tried < times and time.monotonic() < until:
        seed, folder = tally.next, place / "killed"
        tally.next, tally.tried = seed + 1, tally.tried + 1
        rng = Random(seed)
        name = rng.choice(list(WRITERS))
        tally.count("commands", name)
        folder.mkdir()
        prepare(world, folder)
        for line in _kill_one(name, world, folder, rng, tally):
            tally.found.append(f"kill {seed}, {name}: {line}")
            _print(tally.found[-1])
        shutil.rmtree(folder)
    _print(f"{tally.tried} kills, the next is {tally.next}: {dict(tally.counts.get('ends', {}))}")
    _print(f"{dict(tally.counts.get('commands', {}))}")
    _print(f"{len(tally.found)} broke something")


def _kill_one(name: str, world: World, folder: Path, rng: Random, tally: Tally) -> Iterator[str]:
    """Give a command that is killed, then once more; yield what is not as it must be."""
    apart = name in APART
    if rng.randrange(EVERY) and not apart:
        left = kill_at(name, world, folder, rng.random())
    else:
        _start(name, world, folder, "zh").wait()
        running = _start(name, world, folder, "en")
        time.sleep(rng.uniform(1, START_S[apart]))
        running.send_signal(signal.SIGKILL)
        left = running.wait() < 0
    hidden = [path.name for path in folder.rglob(".old-partners-*")]
    tally.count("ends", "ended before" if not left else "left something hidden" if hidden else "left nothing")
    before = look_at(folder)
    anew = apart or not rng.randrange(EVERY)
    code = _start(name, world, folder, "en").wait() if anew else _give_here(name, world, folder)
    after = look_at(folder)
    if code not in {0, 2}:
        yield f"exit {code} the next time"
    yield from (f"still hidden: {path}" for path in after if ".old-partners-" in path)
    for path in before:
        if path not in after and ".old-partners-" not in path and not path.startswith(_REPLACED):
            yield f"gone: {path}"


def _give_here(name: str, world: World, folder: Path) -> int:
    here = Path.cwd()
    os.chdir(folder)
    try:
        return give(name, world, lang="en")
    finally:
        os.chdir(here)


def cut_off(world: World, place: Path, until: float) -> None:
    """Cut off each command that writes at every step, with and without an exchange in one step; ledgers too."""
    for name in WRITERS:
        for exchanges in (True, False):
            if time.monotonic() > until:
                return
            if name in APART.keys() | IN_DATABASE:
                continue
            told = _try_in(place, ("place", "aside"), cut_off_at_each_step, name, world, exchanges=exchanges)
            _print(f"{told:>20} steps  {name}{'' if exchanges else ', by renames'}")
    for name in APART:
        told = _try_in(place, ("place",), cut_off_apart, name, world, steps=range(3, MOST_STEPS_APART, EVERY))
        _print(f"{told:>20} steps  {name}, one of {EVERY}")
    for name in LEDGER_ACTS:
        told = _try_in(place, ("place",), cut_off_ledger, name, world)
        _print(f"{told:>20} statements  {name}, in the ledger")


def fill_disks(world: World, place: Path, until: float) -> None:
    """Let each command that writes find the disk full at each moment, and one that takes nothing."""
    for name in WRITERS:
        if time.monotonic() > until:
            return
        counts = {
            "rooms": _try_on_disk(place, fill_disk, name, world),
            "calls": _try_in(place, ("place",), fail_each_call, name, world),
            "as another user": "-" if name in APART else _try_in(place, ("place",), refuse_to_write, name, world),
            "on a disk that can only be read": _try_on_disk(place, refuse_on_read_only_disk, name, world),
        }
        _print(f"{name:>20}: {', '.join(f'{count} {what}' for what, count in counts.items())}")


def _try_on_disk(place: Path, act: Callable[..., int], name: str, world: World) -> str:
    with tempfile.TemporaryDirectory(dir=place) as folder, mount_disk(Path(folder) / "disk") as mounted:
        return _try(act, name, world, Path(folder) / "disk") if mounted else "no disk"


def _try_in(
    place: Path, folders: Sequence[str], act: Callable[..., int], name: str, world: World, **options: object
) -> str:
    """Return how often something was tried in new folders, or what broke."""
    with tempfile.TemporaryDirectory(dir=place) as above:
        made = [Path(above) / folder for folder in folders]
        for folder in made:
            folder.mkdir()
        return _try(act, name, world, *made, **options)


def _try(act: Callable[..., int], *args: object, **options: object) -> str:
    """Return how often something was tried, or what broke."""
    try:
        return str(act(*args, **options))
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        return f"broken: {str(error)[-300:]!r}"


def _start(name: str, world: World, folder: Path, lang: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "matcher", *spell(name, world, lang), "--lang", lang]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(words, cwd=folder, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, **quiet)


if __name__ == "__main__":
    main(*sys.argv[1:])
