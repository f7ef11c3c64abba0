"""Commands that are cut off at every step at which their files take their place; the next one mends.

The command runs in this process up to the door. There a child of it goes on and dies, step after step; what it left
is mended and judged, the disk put back as it was, and the next child dies a step later.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, chdir
from pathlib import Path
from typing import Any
from unittest.mock import patch

from matcher.commands import STOPPED
from matcher.lock import Lock
from matcher.publishing import WholeFile, WholeFolder, begin_log, mend
from matcher.publishing import folder as folder_module
from tests.helpers.cut_off import CUT, die_at
from tests.hostile.carry_out import look_at
from tests.hostile.children import give_in_child
from tests.hostile.world import World
from tests.hostile.writers import give, prepare

MOST_STEPS = 400


def _contents(path: Path) -> Any:
    """Return what is at a path, but for rights: they are judged elsewhere."""
    if not path.exists():
        return None
    if path.is_file():
        return path.read_bytes()
    return {name: entry.content for name, entry in look_at(path).items()}


def _put_back(kept: Path, path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if kept.is_dir():
        shutil.copytree(kept, path)
    elif kept.exists():
        shutil.copy2(kept, path)


class _Rehearsal:
    """Publishing as it is, done first by children that die at each of its steps."""

    def __init__(self, aside: Path) -> None:
        self.aside = aside
        self.seen: dict[str, set[str]] = {}
        self.steps = 0

    def wrap(self, publish: Callable[..., Any]) -> Callable[..., Any]:
        """Return publishing with a rehearsal before it."""

        def rehearsed(door: Any, *args: Any) -> Any:
            self._rehearse(door, publish, args)
            return publish(door, *args)

        return rehearsed

    def _rehearse(self, door: Any, publish: Callable[..., Any], args: Any) -> None:
        part, target = door._claim.part, door.target
        new = _contents(door.path)
        old = _contents(target)
        for kept, path in ((self.aside / "part", part), (self.aside / "target", target)):
            _put_back(path, kept)
        seen = self.seen.setdefault(target.name, set())
        for step in range(1, MOST_STEPS):
            ended = die_at(step, lambda: publish(door, *args))
            self.steps += 1
            os.close(door._claim._lock._handle)  # ours would keep the dead child's locked
            begin_log()
            mend(target.parent)
            stands = _contents(target)
            assert stands in (old, new), (target, step)
            seen.add("new" if stands == new else "old")
            stem = part.name.removesuffix(".part")  # other doors may be open beside this one
            assert not list(target.parent.glob(f"{stem}*")), (target, step)
            if not ended and stands is None:
                assert old is None
            _put_back(self.aside / "target", target)
            _put_back(self.aside / "part", part)
            door._claim._lock = Lock.take(part.with_suffix(".lock"))
            if ended:
                break
        assert ended


def kill_at(name: str, world: World, place: Path, share: float) -> bool:
    """Give a command twice and kill the second, after a share of the time of the first; return whether it came so far.

    Args:
        name: One of ``WRITERS``.
        world: What it reads.
        place: Where it stands.
        share: From 0 to 1; the second is waited for a little longer than the first took.
    """
    with chdir(place):
        begun = time.monotonic()
        give(name, world, lang="zh")
        wait_s = (time.monotonic() - begun) * 1.3 * share
        child = os.fork()
        if not child:
            give(name, world, lang="en")
            os._exit(0)
        time.sleep(wait_s)
        os.kill(child, signal.SIGKILL)
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def cut_off_at_each_step(name: str, world: World, place: Path, aside: Path, *, exchanges: bool = True) -> int:
    """Give a command that is cut off at every step; return how many there are.

    Args:
        name: One of ``WRITERS``.
        world: What it reads.
        place: An empty folder to stand in.
        aside: An empty folder for what stood.
        exchanges: Whether the system can exchange two names in one step.
    """
    prepare(world, place)
    rehearsal = _Rehearsal(aside)
    with chdir(place), ExitStack() as patched:
        if not exchanges:
            patched.enter_context(patch.object(folder_module, "exchange", lambda *_names: False))
        done = give(name, world, lang="zh")
        for door in (WholeFile, WholeFolder):
            patched.enter_context(patch.object(door, "publish", rehearsal.wrap(door.publish)))
        assert give(name, world, lang="en") == done
    assert done in {0, 2}  # a copy with ids is written of rosters that can't be used without
    assert rehearsal.seen
    assert all("new" in seen for seen in rehearsal.seen.values())
    assert any("old" in seen for seen in rehearsal.seen.values())
    return rehearsal.steps


def cut_off_apart(name: str, world: World, place: Path, steps: Sequence[int]) -> int:
    """Give a command that is a process of its own and ends at some steps; return how often it did.

    The command after it goes on, and what stands then is what stands where nothing ends.
    """
    prepare(world, place)
    region = place / "region"
    with chdir(place):
        done, said = give_in_child(name, world)
        assert done == 0, said
        whole = _contents(region)
        count = 0
        for step in steps:
            shutil.rmtree(region)
            code, _said = give_in_child(name, world, "end", step)
            count += code == CUT
            done, said = give_in_child(name, world)
            assert done == 0, (step, said)
            stands = _contents(region)
            assert stands.keys() == whole.keys(), step
            other = {path for path in whole if stands[path] != whole[path] and path.endswith((".csv", ".ics"))}
            assert other <= {"cities.csv"}, (step, other)
    return count


def stop_at_each_step(name: str, world: World, place: Path, act: str, every: int = 1) -> int:
    """Give a command that is stopped politely at each step; return how often.

    Args:
        name: One of ``WRITERS``.
        world: What it reads.
        place: An empty folder to stand in.
        act: ``interrupt`` or ``terminate``.
        every: Of so many steps one is tried.
    """
    prepare(world, place)
    with chdir(place):
        done = give(name, world, lang="zh")  # here, so that no child loads the command: that phase has no handler
        old = look_at(place)
        for step in range(1, MOST_STEPS, every):
            code, said = give_in_child(name, world, act, step)
            new = look_at(place)
            assert not [path for path in new if ".old-partners-" in path], (step, code, said, list(new))
            assert code in {done, STOPPED}, (step, code, said)
            assert "Traceback" not in said, (step, said)
            if code == done:
                return step - 1
            wrote = "written whole before that" in said
            assert wrote != ("nothing was written" in said), (step, said)
            assert wrote or new == old, (step, said, [path for path in new if new[path] != old.get(path)])
            old = new
    raise AssertionError(f"{name} never ends")
