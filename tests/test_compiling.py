"""Where compiled code is kept, loops as plain Python, and compiling ahead: by processes that are killed, or twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from matcher import compile_ahead, compiling
from matcher.assignment.flow.kernels.tie_breaking import find_first_flow
from matcher.commands import screen
from matcher.compile_ahead import compile_beside, start_compiling
from matcher.i18n import use_language
from matcher.lock import hold_in_turn

COUNTED = """
import sys
from numba.core import event
from matcher.compile_ahead import compile_loops
from matcher.commands import main
with event.install_recorder("numba:compile") as seen:
    {what}
sys.exit(min(len(seen.buffer), 100))
"""


def find_folder():
    """The folder, looked for anew."""
    return compiling.find_folder.__wrapped__()


def count_compiled(what):
    """Functions compiled, at most 100, by some Python in a new process."""
    code = COUNTED.format(what=what)
    return subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode


@pytest.fixture(autouse=True)
def _not_the_first_run():
    """Here it may be."""


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty folder for compiled code, for this process and those that it starts."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    compiling.find_folder.cache_clear()
    yield tmp_path
    compiling.find_folder.cache_clear()


def test_compiled_code_is_kept_where_numba_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "new"))
    assert find_folder().parent == tmp_path / "new"
    assert find_folder().is_dir()


def test_else_it_is_kept_in_the_users_own_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(compiling, "user_cache_path", lambda *_args, **_given: tmp_path)
    assert find_folder().parent == tmp_path


@pytest.mark.parametrize("place", ["file/in-a-file", "~/no/home"])
def test_else_in_a_temporary_one_that_children_use_too(place, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    users = Path(place) if place.startswith("~") else tmp_path / place
    monkeypatch.setattr(compiling, "user_cache_path", lambda *_args, **_given: users)
    folder = find_folder()
    assert folder.is_dir()
    assert tmp_path not in folder.parents
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder.parent)
    assert find_folder() == folder
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    monkeypatch.setattr(compiling, "find_folder", lambda: folder)
    assert not compiling.is_kept()


@pytest.mark.parametrize(("kept", "told"), [(True, "first run on this computer"), (False, "each time")])
def test_once_is_said_only_where_it_is_kept(monkeypatch, capsys, kept, told):
    @contextmanager
    def compile_something(tell):
        tell()
        yield lambda: None

    monkeypatch.setattr(screen, "compile_beside", compile_something)
    monkeypatch.setattr(screen, "is_kept", lambda: kept)
    use_language("en")
    with screen.watch_first_run():
        pass
    said = " ".join(capsys.readouterr().err.split())
    assert told in said
    assert said.endswith("once") == kept


def test_another_program_or_processor_has_a_folder_of_its_own(monkeypatch):
    name = compiling._name_version()
    assert name == compiling._name_version()
    monkeypatch.setattr("llvmlite.binding.get_host_cpu_name", lambda: "another")
    assert name != compiling._name_version()


def double(number):
    """Return twice a number: something to compile."""
    return 2 * number


@pytest.mark.skipif(bool(compiling._config.DISABLE_JIT), reason="nothing is compiled")
def test_who_comes_while_another_compiles_a_loop_waits(empty):
    loop = compiling.loop(double)
    path = compiling.find_folder() / f"{__name__}.double.lock"
    other = threading.Thread(target=loop, args=(3,))
    with hold_in_turn(path):
        other.start()
        other.join(1)
        assert not loop.signatures
    other.join()
    assert loop.signatures


def test_a_loop_as_plain_python_calls_plain_python(monkeypatch):
    plain = compiling.choose_form(find_first_flow, is_small=True)
    assert not hasattr(plain, "py_func")
    assert not hasattr(plain.__globals__["_send"].__globals__["_swap"], "py_func")
    assert hasattr(find_first_flow.py_func.__globals__["_send"], "py_func")
    assert compiling.choose_form(find_first_flow, is_small=False) is find_first_flow
    assert compiling.choose_form(np.sum, is_small=True) is np.sum


def test_a_month_compiles_nothing_after_compiling_ahead(tmp_path):
    """Neither a month of the sample, with first visits, nor one that is planned around visits that stand."""
    with compile_beside(lambda: None) as wait:
        wait()
    assert compiling.is_compiled()
    rosters = f'"--elders", "{tmp_path}/in/elders.csv", "--volunteers", "{tmp_path}/in/volunteers.csv"'
    month = f'{rosters}, "--month", "2026-12", "--past"'
    what = f"""
    assert not main(["sample", "--elders", "60", "--volunteers", "12", "--out", "{tmp_path}/in"])
    assert not main(["run", {month}, "--out", "{tmp_path}/out"])
    assert not main(["schedule", {month}, "--pairs", "{tmp_path}/out/pairs.csv", "--visits",
                     "{tmp_path}/out/visits.csv", "--from", "2026-12-10", "--out", "{tmp_path}/anew"])
    """
    assert count_compiled(what.strip()) == 0


def test_two_may_compile_the_same_at_once(empty):
    with start_compiling(["choose_companions"]) as one, start_compiling(["choose_companions"]) as other:
        assert [one.wait(), other.wait()] == [0, 0]
    assert count_compiled("compile_loops(['choose_companions'])") == 0


def test_nothing_is_started_where_all_is_compiled(empty, monkeypatch):
    monkeypatch.setattr(compile_ahead, "start_compiling", lambda _names: pytest.fail("started"))
    compiling.mark_compiled()
    with compile_beside(lambda: pytest.fail("told")) as wait:
        wait()


def test_nothing_is_started_where_loops_run_as_plain_python(empty, monkeypatch):
    monkeypatch.setattr(compile_ahead, "start_compiling", lambda _names: pytest.fail("started"))
    monkeypatch.setattr("numba.config.DISABLE_JIT", 1)
    with compile_beside(lambda: pytest.fail("told")):
        pass
    assert not list(empty.rglob("*"))


def start_asleep(_names, seconds=600):
    return subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({seconds})"], stdin=subprocess.PIPE)


def test_what_is_compiled_is_told_waited_for_and_noted(empty, monkeypatch):
    monkeypatch.setattr(compile_ahead, "start_compiling", lambda names: start_asleep(names, 0))
    told = []
    with compile_beside(lambda: told.append(1)) as wait:
        assert not compiling.is_compiled()
        wait()
    assert told == [1]
    assert compiling.is_compiled()


def test_a_killed_process_leaves_the_rest_to_this_one(empty, monkeypatch):
    children = []

    def start(names):
        children.append(start_asleep(names))
        return children[-1]

    monkeypatch.setattr(compile_ahead, "start_compiling", start)
    with compile_beside(lambda: None) as wait:
        for child in children:
            child.kill()
        wait()
        assert not compiling.is_compiled()


def test_a_month_that_fails_leaves_no_process_behind(empty, monkeypatch):
    children = []

    def start(names):
        children.append(start_asleep(names))
        return children[-1]

    monkeypatch.setattr(compile_ahead, "start_compiling", start)

    with pytest.raises(KeyboardInterrupt), compile_beside(lambda: None):
        raise KeyboardInterrupt
    assert children
    assert all(child.poll() is not None for child in children)


@pytest.mark.skipif(sys.platform == "win32", reason="asks for a process by its number as POSIX does")
def test_who_is_killed_takes_those_that_compile_along(empty):
    text = """
from time import sleep
from matcher.compile_ahead import start_compiling
print(start_compiling(["fill_weeks"]).pid, flush=True)
sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.send_signal(signal.SIGKILL)
    for _ in range(1200):
        if not _is_alive(child):
            break
        time.sleep(0.1)
    assert not _is_alive(child)
    assert not list(empty.rglob("*.nbi"))


def _is_alive(process):
    """Whether a process runs; one that has ended may wait for somebody to ask how."""
    asked = ["ps", "-o", "stat=", "-p", str(process)]
    state = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")
