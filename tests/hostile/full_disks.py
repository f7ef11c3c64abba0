"""A disk that is full at any moment: one sentence, exit 2, the old stands and nothing hidden is left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from tests.hostile.carry_out import Entry
from tests.hostile.children import give_in_child
from tests.hostile.ledgers import look_at_state
from tests.hostile.world import World
from tests.hostile.writers import APART, prepare

ROOMS_KB = (0, 4, 8, 16, 28, 44, 80, 160, 400)
"""Kilobytes that are free when a command begins to write."""
MOST_STEPS = 60
EVERY = 7
"""Of the calls of a command that takes long to start one of so many fails."""


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


def fill_disk(name: str, world: World, disk: Path) -> int:
    """Give a command on a disk with more and more room, until it is enough; return how often it was given."""
    prepare(world, disk)
    with chdir(disk):
        done, _said = give_in_child(name, world, lang="zh")
        before = _look_at(name, disk)
        for tried, free_kb in enumerate(ROOMS_KB, 1):
            _resize(disk, free_kb)
            code, said = give_in_child(name, world)
            if not _judge(code, said, before, _look_at(name, disk), done):
                return tried
            _resize(disk, 4000)
    raise AssertionError(f"{name} finds no room: {said}")


def fail_each_call(name: str, world: World, place: Path) -> int:
    """Give a command whose n-th call that takes room finds none, for each n; return how many there are."""
    prepare(world, place)
    with chdir(place):
        done, _said = give_in_child(name, world, lang="zh")
        before = _look_at(name, place)
        steps = range(1, MOST_STEPS, EVERY if name in APART else 1)
        for step in steps:
            code, said = give_in_child(name, world, "full", step)
            if not _judge(code, said, before, _look_at(name, place), done):
                return step - 1
    raise AssertionError(f"{name} never ends: {said}")


def refuse_on_read_only_disk(name: str, world: World, disk: Path) -> int:
    """Give a command on a disk that can only be read; return how often."""
    prepare(world, disk)
    before = look_at_state(disk)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        with chdir(disk):
            code, said = give_in_child(name, world)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert code == 2, (code, said)
    assert "the disk can only be read" in said, said
    assert look_at_state(disk) == before
    return 1


def _look_at(name: str, place: Path) -> dict[str, Entry]:
    """Return all that a command must leave whole."""
    kept = APART.get(name, "")
    return {path: entry for path, entry in look_at_state(place).items() if path.startswith(kept)}


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
