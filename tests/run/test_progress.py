"""What is shown while a month is made, and what is left when it is stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from matcher import run as stages_in_order
from matcher.commands import main, screen
from matcher.horizon import Horizon
from matcher.i18n import use_language
from matcher.run import Inputs, RunRequest, Stages
from tests.helpers.effort import long

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    place = tmp_path_factory.mktemp("sample") / "city"
    assert main(["sample", "--elders", "30", "--volunteers", "8", "--seed", "3", "--out", str(place)]) == 0
    return place


@pytest.mark.parametrize(
    ("total", "left", "lang", "told"),
    [
        (None, None, "en", "1:15"),
        (100, None, "en", "1:15"),
        (100, 3725, "en", "1:15 · about 1:02:05 left"),
        (100, 9.6, "zh", "1:15 · 约剩 0:10"),
    ],
)
def test_the_time_left_is_told_where_steps_are_counted(total, left, lang, told):
    use_language(lang)
    task = SimpleNamespace(elapsed=75.2, total=total, time_remaining=left)
    assert screen._Times().render(task).plain == told


def test_every_stage_that_takes_long_counts_its_steps(city, tmp_path):
    steps: dict[str, list[tuple[int, int]]] = {}
    stage = []
    stages = Stages(stage.append, lambda done, total: steps.setdefault(stage[-1], []).append((done, total)))
    inputs = Inputs((city / "elders.csv",), (city / "volunteers.csv",), city / "previous.csv")
    stages_in_order.run(RunRequest(inputs, Horizon.of_month("2026-12"), tmp_path / "out", calendars=True), stages)
    assert set(steps) == {"match", "schedule", "write"}
    for counted in steps.values():
        done, totals = zip(*counted, strict=True)
        assert list(done) == sorted(done)
        assert len(set(totals)) == 1
        assert done[-1] == totals[-1]


SLOWLY = """
import sys, time
from importlib import import_module
from matcher.commands import main
writing = import_module("matcher.run.write")
write = writing.write_calendars

def slowly(folder, entries, horizon, settings, tell):
    def wait(files):
        time.sleep(0.2)
        if tell:
            tell(files)
    return write(folder, entries, horizon, settings, wait)

writing.write_calendars = slowly
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("stop", [signal.SIGINT, *long(signal.SIGTERM)])
def test_stopped_while_calendars_are_written_nothing_is_left(city, tmp_path, stop):
    words = ["run", "--elders", str(city / "elders.csv"), "--volunteers", str(city / "volunteers.csv")]
    words += ["--month", "2026-12", "--past", "--calendars", "--out", str(tmp_path / "out")]
    program = subprocess.Popen(
        [sys.executable, "-c", SLOWLY, *words], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        for _ in range(6000):  # a loaded machine takes its time
            if list(tmp_path.glob(".old-partners-*/calendars/*.ics")) or program.poll() is not None:
                break
            time.sleep(0.05)
        assert list(tmp_path.glob(".old-partners-*/calendars/*.ics")), program.stderr.read()
        program.send_signal(stop)
        _, told = program.communicate(timeout=60)
    finally:
        program.kill()
    assert program.returncode == 130
    assert "stopped; nothing was written" in told
    assert list(tmp_path.iterdir()) == []
