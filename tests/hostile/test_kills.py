"""Every command that writes is cut off at every step at which its files take their place; the next one mends.

The command runs in this process up to the door. There a child of it goes on and dies, step after step; what it left
is mended and judged, the disk put back as it was, and the next child dies a step later.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from matcher.publishing import WholeFile, WholeFolder, begin_log, list_mended, mend
from matcher.publishing import folder as folder_module
from matcher.publishing.lock import Lock
from tests.helpers.cut_off import die_at
from tests.hostile.attempts import make_world
from tests.hostile.carry_out import look_at
from tests.hostile.writers import FEW, give, prepare

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is cut off by forking one")

MOST_STEPS = 400


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def place(world, tmp_path, monkeypatch):
    prepare(world, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _contents(path: Path):
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

    def wrap(self, publish):
        def rehearsed(door, *args):
            self._rehearse(door, publish, args)
            return publish(door, *args)

        return rehearsed

    def _rehearse(self, door, publish, args) -> None:
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


@pytest.mark.parametrize("exchanges", [True, False])
@pytest.mark.parametrize("name", FEW)
def test_a_command_that_is_cut_off_leaves_the_old_or_the_new(
    world, place, monkeypatch, tmp_path_factory, name, exchanges
):
    if not exchanges:
        if name not in {"match", "check --write-ids"}:
            pytest.skip("files are exchanged in one step everywhere")
        monkeypatch.setattr(folder_module, "exchange", lambda *_names: False)
    done = give(name, world, lang="zh")
    assert done in {0, 2}  # a copy with ids is written of rosters that can't be used without
    rehearsal = _Rehearsal(tmp_path_factory.mktemp("aside"))
    with monkeypatch.context() as patched:
        for door in (WholeFile, WholeFolder):
            patched.setattr(door, "publish", rehearsal.wrap(door.publish))
        assert give(name, world, lang="en") == done
    assert rehearsal.seen
    assert all("new" in seen for seen in rehearsal.seen.values())
    assert any("old" in seen for seen in rehearsal.seen.values())
    assert rehearsal.steps > 10


def test_the_next_command_mends_and_tells(world, place, monkeypatch, capsys):
    """Killed between two renames, the folder is missing; whatever is written beside it next brings it back."""
    monkeypatch.setattr(folder_module, "exchange", lambda *_names: False)
    assert give("check --out", world, lang="zh") == 0
    child = os.fork()
    if not child:
        rename = Path.rename

        def dies(self, target):
            if self.suffix == ".part":
                os._exit(9)
            return rename(self, target)

        Path.rename = dies
        give("check --out", world, lang="en")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert not (place / "out").exists()
    capsys.readouterr()
    assert give("locate", world, lang="en") == 0
    assert "cut off while it replaced" in " ".join(capsys.readouterr().err.split())
    assert (place / "out" / "issues.csv").is_file()
    assert list_mended()
