"""Commands given in processes of their own, in which something goes wrong at a step.

Most go on in a fork of this process, which is warm. Those that begin processes and threads can't: a pool of threads
that an earlier command left here (Dask keeps one) is copied without its threads, and the child waits for it for ever.
They are given as processes from their start on.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import click

from matcher import compiling
from matcher.commands import cli, main
from tests.helpers.cut_off import do_at, end_at
from tests.hostile.world import World
from tests.hostile.writers import APART, give, spell

NOBODY = 65534
MOST_S = 120
_SHOWN = 4000
_ROOT = Path(__file__).parents[2]


def give_in_child(name: str, world: World, act: str = "", step: int = 0, *, lang: str = "en") -> tuple[int, str]:
    """Give a command in a child in which one of ``ACTS`` is done first; return its exit code and all that it said."""
    if name in APART:
        return _give_apart([*spell(name, world, lang), "--lang", lang], act, step)
    # loaded before, as another user has no folder in which loops are kept
    cli.get_command(click.Context(cli), spell(name, world, lang)[0])
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read().decode("utf-8", "replace")
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), " ".join(said.split())
    try:
        signal.alarm(MOST_S)
        ACTS[act](step)
        screen = io.StringIO()
        with redirect_stdout(screen), redirect_stderr(screen):
            code = give(name, world, lang=lang)
        os.write(writing, screen.getvalue()[-_SHOWN:].encode("utf-8", "replace"))
    except BaseException as error:
        os.write(writing, repr(error).encode("utf-8", "replace"))
        os._exit(99)
    os._exit(code)


def _give_apart(words: list[str], act: str, step: int) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tests.hostile.children", act, str(step), *words],
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=MOST_S,
        check=False,
    )
    return done.returncode, " ".join(done.stdout.decode("utf-8", "replace")[-_SHOWN:].split())


def _be_nobody(_step: int) -> None:
    compiling.is_compiled = lambda: True  # a process of its own has a folder of its own for compiled loops
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _fill(step: int) -> None:
    """Let the ``step``-th call that makes a folder or brings a file to disk fail, in this process."""
    count = 0

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                raise OSError(errno.ENOSPC, "No space left on device")
            return function(*args, **options)

        return call

    for owner, method in ((Path, "mkdir"), (os, "fsync")):
        setattr(owner, method, wrap(getattr(owner, method)))


def _stop(number: signal.Signals) -> Callable[[int], None]:
    return lambda step: do_at(step, lambda: signal.raise_signal(number))


ACTS: dict[str, Callable[[int], None]] = {
    "": lambda _step: None,
    "nobody": _be_nobody,
    "full": _fill,
    "end": end_at,
    "interrupt": _stop(signal.SIGINT),
    "terminate": _stop(signal.SIGTERM),
}
"""Acts in a child before the command: it becomes another user; at a step its disk is full, it ends, or is
stopped."""


if __name__ == "__main__":
    ACTS[sys.argv[1]](int(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
