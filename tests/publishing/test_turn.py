"""Turns at a folder: who has it is named to those who wait, and is not waited for without end."""

import os
import platform
import re
import signal
import time
from contextlib import contextmanager

import pytest

from matcher import lock as lock_module
from matcher.errors import UsageError
from matcher.lock import Lock, hold_in_turn, read_holder
from matcher.publishing import WholeFile, begin_log, take_turn, turn
from matcher.publishing.claim import TURN

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="two processes at once are made by forking one")


@contextmanager
def _suspend_in_turn(folder):
    """Let another process take the turn at a folder and be suspended; yield its number."""
    child = os.fork()
    if not child:
        with take_turn(folder):
            (folder / "taken").touch()
            time.sleep(60)
        os._exit(0)
    while not (folder / "taken").exists():
        time.sleep(0.01)
    os.kill(child, signal.SIGSTOP)
    try:
        yield child
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _write(path):
    with WholeFile(path) as file:
        file.path.write_text("new")
        file.publish()


def test_a_suspended_process_is_named_and_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(turn, "TOLD_AFTER_S", 0)
    monkeypatch.setattr(turn, "MOST_PATIENCE_S", 0.3)
    told = []
    begin_log(told.append)
    with _suspend_in_turn(tmp_path) as child:
        named = rf"process {child}, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d"
        with pytest.raises(UsageError, match=named):
            _write(tmp_path / "a")
        assert len(told) == 1
        assert re.search(named, told[0])
        assert sorted(path.name for path in tmp_path.iterdir()) == [TURN, "taken"]
    _write(tmp_path / "a")  # it has ended: nothing to wait for
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "taken"]


def test_who_compiles_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(lock_module, "MOST_PATIENCE_S", 0.1)
    with hold_in_turn(tmp_path / "loop.lock"), hold_in_turn(tmp_path / "loop.lock"):
        pass


def test_a_holder_of_another_computer_is_named_so(tmp_path, monkeypatch):
    lock = Lock.take_if_free(tmp_path / TURN)
    here = read_holder(tmp_path / TURN)
    assert (here.process, here.computer) == (os.getpid(), "")
    monkeypatch.setattr(platform, "node", lambda: "elsewhere")
    assert "of the computer" in turn._name_holder(tmp_path)
    lock.release()
    assert read_holder(tmp_path / TURN) is None


@pytest.mark.parametrize("content", [b"", b"x", b" 12 x y", b" 12", b"\xff\xfe" * 9])
def test_a_lock_that_does_not_say_who_holds_it(tmp_path, content):
    (tmp_path / TURN).write_bytes(content)
    assert read_holder(tmp_path / TURN) is None
    assert turn._name_holder(tmp_path) == "another command of this program"
