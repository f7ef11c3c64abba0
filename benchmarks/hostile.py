"""Hostile inputs and real kills: does every promise hold?

    python -m benchmarks.hostile [INPUTS [KILLS [FIRST_SEED]]]

Tries 10,000 inputs made up at random, as ``tests/hostile`` has them, and ends 200 commands by SIGKILL at a random
moment; prints how often each invariant was tried, and all that broke one.
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
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random

from tests.hostile.attempts import World, make_attempt, make_world
from tests.hostile.carry_out import carry_out, look_at
from tests.hostile.invariants import INVARIANTS, judge
from tests.hostile.writers import WRITERS, prepare, spell

LONGEST_S = 8.0
"""Seconds after which a command is killed at the latest."""


def main(inputs: int = 10_000, kills: int = 200, first: int = 1000) -> None:
    """Try all, and print the counts."""
    with tempfile.TemporaryDirectory() as place, redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        (Path(place) / "world").mkdir()
        world = make_world(Path(place) / "world")
        try_inputs(world, Path(place), range(first, first + inputs))
        kill(world, Path(place), kills, Random(first))


def _print(text: str) -> None:
    sys.__stdout__.write(f"{text}\n")
    sys.__stdout__.flush()


def try_inputs(world: World, place: Path, seeds: range) -> None:
    """Carry out and judge attempts."""
    kinds, codes, broken, commands = Counter[str](), Counter[int](), Counter[str](), 0
    folder = place / "attempt"
    for seed in seeds:
        folder.mkdir()
        attempt = make_attempt(seed, world, folder)
        kinds[attempt.kind] += 1
        for outcome in carry_out(attempt, folder):
            commands += 1
            codes[outcome.code] += 1
            for name, text in judge(outcome):
                broken[name] += 1
                _print(f"{seed} {attempt.kind}: {name}: {text[:300]}")
        shutil.rmtree(folder)
    _print(f"{len(seeds):,} inputs, {commands:,} commands; exit codes {dict(sorted(codes.items()))}")
    _print(f"kinds {dict(kinds.most_common())}")
    for name in INVARIANTS:
        _print(f"{commands:>8,} tried  {broken[name]:>5,} broken  {name}")


def kill(world: World, place: Path, times: int, rng: Random) -> None:
    """End commands by SIGKILL at random moments; whatever is written next must find and leave all whole."""
    ends, faults = Counter[str](), 0
    for number in range(times):
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
    _print(f"{times} kills: {dict(ends)}; {faults} broke something")


def _start(name: str, world: World, folder: Path, lang: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "matcher", *spell(name, world, lang), "--lang", lang]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(words, cwd=folder, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, **quiet)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
