"""A disk that is full at any moment: one sentence, exit 2, the old stands and nothing hidden is left."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from tests.hostile.attempts import make_world
from tests.hostile.carry_out import look_at
from tests.hostile.writers import FEW, give, prepare

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="commands go on in children")

ROOMS_KB = (0, 4, 8, 16, 28, 44, 80, 160, 400)
"""Kilobytes that are free when a command begins to write."""
MOST_S = 120


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"))


def _can_mount() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0


@pytest.fixture
def disk(tmp_path):
    """A file system of its own that holds 4 MB, as root can have one."""
    if not _can_mount():
        pytest.skip("only root can have a disk of a size")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(place)], check=False)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def _resize(place: Path, free_kb: int) -> None:
    held = os.statvfs(place)
    used_kb = (held.f_blocks - held.f_bfree) * held.f_frsize // 1024
    subprocess.run(["mount", "-o", f"remount,size={used_kb + free_kb}k", str(place)], check=True)


def _go_on_in_child(name, world, lang, prepare_child) -> tuple[int, str]:
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
        prepare_child()
        screen = io.StringIO()
        with redirect_stdout(screen), redirect_stderr(screen):
            code = give(name, world, lang=lang)
        os.write(writing, screen.getvalue()[-4000:].encode("utf-8", "replace"))
    except BaseException as error:
        os.write(writing, repr(error).encode("utf-8", "replace"))
        os._exit(99)
    os._exit(code)


@pytest.mark.parametrize("name", FEW)
def test_whatever_is_free_the_old_or_the_new_stands(world, disk, monkeypatch, name):
    prepare(world, disk)
    monkeypatch.chdir(disk)
    done = give(name, world, lang="zh")
    before = look_at(disk)
    codes = []
    for free_kb in ROOMS_KB:
        _resize(disk, free_kb)
        code, said = _go_on_in_child(name, world, "en", lambda: None)
        codes.append(code)
        after = look_at(disk)
        assert code in {0, 2}, (free_kb, said)
        assert not [path for path in after if ".old-partners-" in path], (free_kb, said)
        if "the disk is full" not in said:
            break
        assert code == 2
        assert "Traceback" not in said
        if "written whole before that" not in said:
            assert after == before, (free_kb, said)
        _resize(disk, 4000)
    assert codes[-1] == done, said
    assert len(codes) > 1


@pytest.mark.parametrize("name", ["check --out", "check --fix-report", "record"])
def test_each_thing_that_is_asked_of_the_disk_may_fail(world, tmp_path, monkeypatch, name):
    """Where no disk can be had: the n-th call that takes room finds none."""
    prepare(world, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert give(name, world, lang="zh") == 0
    before = look_at(tmp_path)

    def make_full(step):
        count = 0

        def wrap(function):
            def call(*args, **options):
                nonlocal count
                count += 1
                if count == step:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return function(*args, **options)

            return call

        for owner, method in ((Path, "mkdir"), (os, "fsync")):
            setattr(owner, method, wrap(getattr(owner, method)))

    for step in range(1, 40):
        code, said = _go_on_in_child(name, world, "en", lambda step=step: make_full(step))
        after = look_at(tmp_path)
        assert not [path for path in after if ".old-partners-" in path], (step, said)
        if code == 0:
            break
        assert "Traceback" not in said
        assert code == 2, (step, said)
        assert "the disk is full" in said, (step, said)
        if "written whole before that" not in said:
            assert after == before, (step, said)
    assert code == 0
    assert step > 2
