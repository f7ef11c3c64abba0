"""Hostile inputs, real kills, steps cut off and full disks: does every promise hold?

    python -m benchmarks.hostile [inputs|kills|steps|disks [COUNT [FIRST_SEED [SECONDS]]]]

``inputs`` tries 10,000 inputs made up at random, as ``tests/hostile`` has them; ``kills`` ends 200 commands by SIGKILL
at a random moment; ``steps`` cuts off every command that writes at each step at which its files take their place;
``disks`` lets each find the disk full at each moment. Without a word all four. Each prints how often what was tried,
and all that broke something; after so many seconds it stops and names the seed to go on from.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random

from tests.hostile.attempts import World, make_attempt, make_world
from tests.hostile.carry_out import carry_out, look_at
from tests.hostile.full_disks import fail_each_call, fill_disk, mount_disk
from tests.hostile.invariants import INVARIANTS, judge
from tests.hostile.kills import cut_off_at_each_step
from tests.hostile.writers import WRITERS, prepare, spell

LONGEST_S = 8.0
"""Seconds after which a command is killed at the latest."""


def main(part: str = "", count: str = "", first: str = "1000", seconds: str = "inf") -> None:
    """Try all, or a part, and print the counts."""
    until = time.monotonic() + float(seconds)
    with tempfile.TemporaryDirectory() as place, redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        (Path(place) / "world").mkdir()
        world = make_world(Path(place) / "world")
        if part in {"", "inputs"}:
            begin = int(first)
            try_inputs(world, Path(place), range(begin, begin + int(count or 10_000)), until)
        if part in {"", "kills"}:
            kill(world, Path(place), int(count or 200), Random(int(first)), until)
        if part in {"", "steps"}:
            cut_off(world, Path(place), until)
        if part in {"", "disks"}:
            fill_disks(world, Path(place), until)


def _print(text: str) -> None:
    sys.__stdout__.write(f"{text}\n")
    sys.__stdout__.flush()


def try_inputs(world: World, place: Path, seeds: range, until: float) -> None:
    """Carry out and judge attempts."""
    kinds, codes, broken, commands = Counter[str](), Counter[int](), Counter[str](), Counter[str]()
    folder = place / "attempt"
    for seed in seeds:
        if time.monotonic() > until:
            _print(f"stopped before seed {seed}")
            break
        folder.mkdir()
        attempt = make_attempt(seed, world, folder)
        kinds[attempt.kind] += 1
        for outcome in carry_out(attempt, folder):
            commands[outcome.words[0]] += 1
            codes[outcome.code] += 1
            for name, text in judge(outcome):
                broken[name] += 1
                _print(f"{seed} {attempt.kind}: {name}: {text[:300]}")
        shutil.rmtree(folder)
    total = commands.total()
    _print(f"{kinds.total():,} inputs, {total:,} commands; exit codes {dict(sorted(codes.items()))}")
    _print(f"kinds {dict(kinds.most_common())}")
    _print(f"commands {dict(commands.most_common())}")
    for name in INVARIANTS:
        _print(f"{total:>8,} tried  {broken[name]:>5,} broken  {name}")


def kill(world: World, place: Path, times: int, rng: Random, until: float) -> None:
    """End commands by SIGKILL at random moments; whatever is written next must find and leave all whole."""
    ends, faults = Counter[str](), 0
    for number in range(times):
        if time.monotonic() > until:
            break
        folder = place / f"kill{number}"
        folder.mkdir()
        prepare(world, folder)
        name = rng.choice(list(WRITERS))
        _start(name, world, folder, "zh").wait()
        before = look_at(folder)
        running = _start(name, world, folder, "en")
        time.sleep(rng.uniform(1, LONGEST_S))
        running.send_signal(signal.SIGKILL)
        running.wait()
        left = any(path.name.startswith(".old-partners-") for path in folder.rglob("*"))
        ends["ended before" if running.returncode >= 0 else "left something hidden" if left else "left nothing"] += 1
        code = _start(name, world, folder, "en").wait()
        after = look_at(folder)
        hidden = [path for path in after if ".old-partners-" in path]
        gone = [path for path in before if path not in after and path.split("/")[0] not in {"out", "papers", "ids"}]
        if hidden or gone or code not in {0, 2}:
            faults += 1
            _print(f"kill {number}, {name}: exit {code}, hidden {hidden[:3]}, gone {gone[:3]}")
        shutil.rmtree(folder)
    _print(f"{ends.total()} kills: {dict(ends)}; {faults} broke something")


def cut_off(world: World, place: Path, until: float) -> None:
    """Cut off each command that writes at every step, with and without an exchange in one step."""
    for name in WRITERS:
        for exchanges in (True, False):
            if time.monotonic() > until:
                return
            with tempfile.TemporaryDirectory(dir=place) as folder:
                parts = [Path(folder) / part for part in ("place", "aside")]
                for part in parts:
                    part.mkdir()
                told = _try(cut_off_at_each_step, name, world, *parts, exchanges=exchanges)
            _print(f"{told:>20} steps  {name}{'' if exchanges else ', by renames'}")


def fill_disks(world: World, place: Path, until: float) -> None:
    """Let each command that writes find the disk full at each moment."""
    for name in WRITERS:
        if time.monotonic() > until:
            return
        with tempfile.TemporaryDirectory(dir=place) as folder, mount_disk(Path(folder) / "disk") as mounted:
            rooms = _try(fill_disk, name, world, Path(folder) / "disk") if mounted else "no disk"
        with tempfile.TemporaryDirectory(dir=place) as folder:
            calls = _try(fail_each_call, name, world, Path(folder))
        _print(f"{rooms:>20} rooms, {calls:>4} calls  {name}")


def _try(act: Callable[..., int], *args: object, **options: object) -> str:
    """Return how often something was tried, or what broke."""
    try:
        return str(act(*args, **options))
    except (AssertionError, OSError) as error:
        return f"broken: {str(error)[-300:]!r}"


def _start(name: str, world: World, folder: Path, lang: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "matcher", *spell(name, world, lang), "--lang", lang]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(words, cwd=folder, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, **quiet)


if __name__ == "__main__":
    main(*sys.argv[1:])
