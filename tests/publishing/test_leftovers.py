"""A process is killed at each step of publishing; whoever comes next finds the old or the new one, and nothing else."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from matcher import lock as lock_module
from matcher.errors import UsageError
from matcher.publishing import WholeFile, WholeFolder, begin_log, leftovers, list_mended, mend
from matcher.publishing import claim as claim_module
from matcher.publishing import folder as folder_module
from tests.helpers.cut_off import CUT, die_at
from tests.helpers.effort import long

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is cut off by forking one")


def _publish(target: Path, text: str, keep: Path | None = None) -> None:
    with WholeFolder(target, files={"a", "b/c"}, force=True, keep=keep) as folder:
        (folder.path / "a").write_text(text)
        (folder.path / "b").mkdir()
        (folder.path / "b" / "c").write_text(text)
        folder.publish()


def _read(folder: Path) -> str:
    texts = {(folder / name).read_text() for name in ("a", "b/c")}
    assert len(texts) == 1
    return texts.pop()


@pytest.mark.parametrize("kept", [False, *long(True)])
@pytest.mark.parametrize("exchanges", [True, False])
def test_a_folder_is_the_old_or_the_new_one(tmp_path, monkeypatch, exchanges, kept):
    if not exchanges:
        monkeypatch.setattr(folder_module, "exchange", lambda *_names: False)
    seen = set()
    for step in range(1, 200):
        place = tmp_path / str(step)
        place.mkdir()
        keep = place / "kept" if kept else None
        _publish(place / "out", "old")
        ended = die_at(step, lambda place=place, keep=keep: _publish(place / "out", "new", keep))
        begin_log()
        had_journal = any(map(leftovers._read_journal, place.glob("*.journal")))
        mend(place)
        stands = _read(place / "out")
        seen.add(stands)
        if had_journal:
            word = {"old": "as it was before", "new": "as that run wrote it"}[stands]
            assert any(word in sentence for sentence in list_mended()), step
        expected = {"out"} | ({"kept"} if kept and stands == "new" else set())
        assert {entry.name for entry in place.iterdir()} == expected, step
        if "kept" in expected:
            assert _read(place / "kept") == "old"
        if ended:
            break
    assert ended
    assert step > 30
    assert seen == {"old", "new"}


def test_a_new_folder_is_there_or_not(tmp_path):
    for step in range(1, 200):
        place = tmp_path / str(step)
        place.mkdir()
        ended = die_at(step, lambda place=place: _publish(place / "out", "new"))
        mend(place)
        assert [entry.name for entry in place.iterdir()] in ([], ["out"])
        if ended:
            break
    assert _read(place / "out") == "new"


def test_a_file_is_the_old_or_the_new_one(tmp_path):
    def write(path):
        with WholeFile(path, private=True) as file:
            file.path.write_text("new")
            file.publish()

    seen = set()
    for step in range(1, 200):
        place = tmp_path / str(step)
        place.mkdir()
        (place / "a").write_text("old")
        ended = die_at(step, lambda place=place: write(place / "a"))
        mend(place)
        assert [entry.name for entry in place.iterdir()] == ["a"]
        seen.add((place / "a").read_text())
        if ended:
            break
    assert ended
    assert seen == {"old", "new"}


def test_what_was_mended_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "exchange", lambda *_names: False)
    _publish(tmp_path / "out", "old")
    rename = Path.rename

    def fails(self, target):
        if target.name == "out":
            os._exit(9)
        return rename(self, target)

    child = os.fork()
    if not child:
        Path.rename = fails
        _publish(tmp_path / "out", "new")
    os.waitpid(child, 0)
    assert not (tmp_path / "out").exists()
    begin_log()
    mend(tmp_path)
    assert _read(tmp_path / "out") == "new"
    (sentence,) = list_mended()
    assert f"cut off while it replaced {tmp_path / 'out'}" in sentence


def test_what_a_living_process_builds_is_left_alone(tmp_path):
    code = (
        "import sys; from pathlib import Path; from matcher.publishing import WholeFolder\n"
        "with WholeFolder(Path(sys.argv[1]), files={'a'}) as folder:\n"
        "    print(folder.path, flush=True); sys.stdin.read(); (folder.path / 'a').touch(); folder.publish()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "out")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    part = Path(other.stdout.readline().strip())
    mend(tmp_path)
    assert part.is_dir()
    other.communicate()
    assert other.returncode == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_where_the_disk_knows_no_locks_nothing_of_others_is_removed(tmp_path, monkeypatch):
    def unknown(*_args):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(lock_module.fcntl, "flock", unknown)
    with WholeFolder(tmp_path / "out", files={"a"}) as folder:
        mend(tmp_path)
        (folder.path / "a").touch()
        folder.publish()
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_what_has_no_lock_is_nobodys(tmp_path):
    (tmp_path / f"{claim_module.PREFIX}0123abcd.part").mkdir()
    begin_log()
    mend(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert len(list_mended()) == 1


def test_a_journal_that_was_cut_off_says_nothing(tmp_path):
    _publish(tmp_path / "out", "old")
    (tmp_path / f"{claim_module.PREFIX}0123abcd.journal").write_text('{"target": "o')
    (tmp_path / f"{claim_module.PREFIX}0123abcd.part").mkdir()
    mend(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    assert _read(tmp_path / "out") == "old"


@pytest.mark.parametrize("names", [("out", ".part"), ("out", ".old"), (".old", ".part")])
def test_where_a_disk_has_new_numbers_what_was_to_be_kept_is_kept(tmp_path, names):
    stem = f"{claim_module.PREFIX}0123abcd"
    for name in names:
        folder = tmp_path / name.replace(".", f"{stem}.")
        (folder / "b").mkdir(parents=True)
        for path in ("a", "b/c"):
            (folder / path).write_text(name)
    told = {"target": "out", "keep": str(tmp_path / "kept"), "new": 1}
    (tmp_path / f"{stem}.journal").write_text(json.dumps(told))
    begin_log()
    mend(tmp_path)
    if "out" in names:
        assert (_read(tmp_path / "out"), _read(tmp_path / "kept")) == names
        assert "stands whole" in list_mended()[0]
    else:
        assert _read(tmp_path / "out") == ".old"
        assert not (tmp_path / "kept").exists()
        assert "as it was before" in list_mended()[0]
    assert not list(tmp_path.glob(f"{claim_module.PREFIX}*"))


def _cut_off_between_renames(place: Path, keep: Path | None) -> None:
    """Leave a folder that was moved away by a process that ended before the new one took its name."""
    _publish(place / "out", "old")
    child = os.fork()
    if not child:
        folder_module.exchange = lambda *_names: False
        rename = Path.rename
        Path.rename = lambda self, aim: os._exit(CUT) if self.suffix == ".part" else rename(self, aim)
        _publish(place / "out", "new", keep)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == CUT
    assert not (place / "out").exists()


@pytest.mark.parametrize("failing", [1, 2])
def test_what_can_not_be_mended_now_is_told_and_waits(tmp_path, monkeypatch, failing):
    """A full disk takes neither the new name, nor that of what is kept: nothing is lost, and later all is mended."""
    place = tmp_path / "place"
    place.mkdir()
    _cut_off_between_renames(place, place / "kept")
    rename, count = Path.rename, 0

    def rename_if_room(self, target):
        nonlocal count
        count += 1
        if count >= failing:
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return rename(self, target)

    begin_log()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename_if_room)
        with pytest.raises(UsageError, match="before it is put in order"):
            WholeFolder(place / "out", files={"a", "b/c"})
    (sentence,) = list_mended()
    assert "can't be put in order now: the disk is full" in sentence
    (hidden,) = place.glob("*.old")
    assert hidden.name in sentence
    assert _read(hidden) == "old"
    begin_log()
    mend(place)
    assert (_read(place / "out"), _read(place / "kept")) == ("new", "old")
    assert {path.name for path in place.iterdir()} == {"out", "kept"}
    assert "as that run wrote it" in list_mended()[0]


def test_a_journal_that_can_not_be_read_now_keeps_all(tmp_path, monkeypatch):
    _cut_off_between_renames(tmp_path, None)
    read_text = Path.read_text

    def read_if_able(self, *args):
        if self.suffix == ".journal":
            raise OSError(errno.EIO, "Input/output error")
        return read_text(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", read_if_able)
        with pytest.raises(UsageError, match="before it is put in order"):
            WholeFolder(tmp_path / "out", files={"a"})
    assert mend(tmp_path) == set()
    assert _read(tmp_path / "out") == "new"


def test_what_can_not_be_removed_is_not_told_to_be(tmp_path, monkeypatch):
    part = tmp_path / f"{claim_module.PREFIX}0123abcd.part"
    part.mkdir()
    begin_log()
    with monkeypatch.context() as patch:
        patch.setattr(leftovers, "remove", lambda _path: None)
        assert mend(tmp_path) == set()
    assert f"can't be removed now: {part.name}" in list_mended()[0]
    begin_log()
    mend(tmp_path)
    assert "is removed" in list_mended()[0]
