"""A disk that is full at any moment: one sentence, exit 2, the old stands and nothing hidden is left."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from tests.hostile.attempts import World
from tests.hostile.carry_out import look_at
from tests.hostile.writers import give, prepare

ROOMS_KB = (0, 4, 8, 16, 28, 44, 80, 160, 400)
"""Kilobytes that are free when a command begins to write."""
MOST_STEPS = 60
MOST_S = 120


@contextmanager
def mount_disk(place: Path) -> Iterator[bool]:
    """Mount a file system of its own that holds 4 MB; yield False where this user, or this system, can't."""
    can = sys.platform == "linux" and os.geteuid() == 0
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(place)]
    if not can or subprocess.run(mount, check=False).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _resize(place: Path, free_kb: int) -> None:
    held = os.statvfs(place)
    used_kb = (held.f_blocks - held.f_bfree) * held.f_frsize // 1024
    subprocess.run(["mount", "-o", f"remount,size={used_kb + free_kb}k", str(place)], check=True)


def give_in_child(name: str, world: World, begin: Callable[[], None]) -> tuple[int, str]:
    """Give a command in a child; return its exit code and all that it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read().decode("utf-8", "replace")
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), " ".join(said.split())
    try:
        signal.alarm(MOST_S)
        begin()
        screen = io.StringIO()
        with redirect_stdout(screen), redirect_stderr(screen):
            code = give(name, world, lang="en")
        os.write(writing, screen.getvalue()[-4000:].encode("utf-8", "replace"))
    except BaseException as error:
        os.write(writing, repr(error).encode("utf-8", "replace"))
        os._exit(99)
    os._exit(code)


def fill_disk(name: str, world: World, disk: Path) -> int:
    """Give a command on a disk with more and more room, until it is enough; return how often it was given."""
    prepare(world, disk)
    with chdir(disk):
        done = give(name, world, lang="zh")
        before = look_at(disk)
        for tried, free_kb in enumerate(ROOMS_KB, 1):
            _resize(disk, free_kb)
            code, said = give_in_child(name, world, lambda: None)
            if not _judge(code, said, before, look_at(disk), done):
                return tried
            _resize(disk, 4000)
    raise AssertionError(f"{name} finds no room: {said}")


def fail_each_call(name: str, world: World, place: Path) -> int:
    """Give a command whose n-th call that takes room finds none, for each n; return how many there are."""
    prepare(world, place)
    with chdir(place):
        done = give(name, world, lang="zh")
        before = look_at(place)
        for step in range(1, MOST_STEPS):
            code, said = give_in_child(name, world, lambda step=step: _make_full(step))
            if not _judge(code, said, before, look_at(place), done):
                return step - 1
    raise AssertionError(f"{name} never ends: {said}")


def _judge(code: int, said: str, before: Any, after: Any, done: int) -> bool:
    """Return whether the disk was full; what must not be after that is asserted."""
    assert not [path for path in after if ".old-partners-" in path], said
    assert "Traceback" not in said
    if "the disk is full" not in said:
        assert code == done, said
        return False
    assert code == 2, said
    if "written whole before that" not in said:
        assert after == before, said
    return True


def _make_full(step: int) -> None:
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
