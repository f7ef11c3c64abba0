"""The workbooks of a large run: written by a process of their own, or here, they are the same."""

import io
import os
import pickle
import threading

import pytest

from matcher.horizon import Horizon
from matcher.run import BrokenRulesError as Broken
from matcher.run import Inputs, RunRequest, match, workbooks
from matcher.run.pipeline import Pipeline
from matcher.sample import make_sample, write_sample
from matcher.verify import Verification, Violation


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A planned month, its request, and its workbook as written here."""
    place = tmp_path_factory.mktemp("town")
    write_sample(make_sample(36, 9, 5), place)
    inputs = Inputs(place / "elders.csv", place / "volunteers.csv")
    request = RunRequest(inputs, Horizon.of_month("2026-12"), place / "plan", force=True)
    return request, (match(request).folder / "plan.xlsx").read_bytes()


def test_a_process_writes_the_same(planned, monkeypatch):
    request, here = planned
    monkeypatch.setattr(workbooks, "_MANY_ROWS", 1)
    monkeypatch.setattr(workbooks, "write_plan_workbooks", None)  # of this process: it is not asked
    assert (match(request).folder / "plan.xlsx").read_bytes() == here


def test_what_a_process_fails_to_do_is_done_here(planned, monkeypatch):
    request, here = planned
    monkeypatch.setattr(workbooks, "_MANY_ROWS", 1)
    monkeypatch.setattr(workbooks, "__name__", "no_such_module")
    folder = match(request).folder
    assert (folder / "plan.xlsx").read_bytes() == here
    assert not list(folder.glob("plan*.part"))


def test_no_process_outlives_a_plan_that_breaks_rules(planned, monkeypatch):
    request, _here = planned
    started = []
    start = workbooks._start_writing
    monkeypatch.setattr(workbooks, "_start_writing", lambda *told: started.append(start(*told)) or started[-1])
    monkeypatch.setattr(workbooks, "_MANY_ROWS", 1)
    broken = Verification((Violation("unaccounted"),), {})
    monkeypatch.setattr(Pipeline, "_verify", lambda *_: broken)
    with pytest.raises(Broken):
        match(request)
    assert started[0].returncode is not None


def test_a_process_writes_what_its_stream_tells(tmp_path, monkeypatch):
    written, ended = [], threading.Event()
    monkeypatch.setattr(workbooks, "write_plan_workbooks", lambda *told: written.append(told))
    monkeypatch.setattr(workbooks, "use_language", lambda _: None)
    monkeypatch.setattr(workbooks.gc, "freeze", lambda: None)
    monkeypatch.setattr(os, "_exit", lambda _: ended.set())
    workbooks.write_as_told(tmp_path, "en", io.BytesIO(pickle.dumps("contents")))
    assert ended.wait(60)  # the stream ended: so would the process
    assert written == [(tmp_path, "contents")]
