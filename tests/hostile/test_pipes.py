"""Inputs that are pipes and links: a pipe tells its content once, a command may read it twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from matcher.commands import main
from matcher.roster.workbook import read_sheets

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")

ELDERS = "姓名,居委会,地址,是否同意\n张三,一村,零陵路1号,是\n李四,一村,零陵路3号,也许\n"
VOLUNTEERS = "编号,姓名,居委会,地址\nV1,王五,一村,零陵路5号\n"


def fill(pipe, text):
    """Tell whoever reads a pipe first a text, and whoever reads it again nothing."""
    pipe.write_text(text, "utf-8")
    while True:
        pipe.write_text("", "utf-8")


@pytest.fixture
def pipes(tmp_path, monkeypatch):
    """Two rosters as pipes, each of which is filled once."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("e.csv", ELDERS), ("v.csv", VOLUNTEERS)):
        os.mkfifo(name)
        Thread(target=fill, args=(tmp_path / name, text), daemon=True).start()
    return ["--elders", "e.csv", "--volunteers", "v.csv", "--lang", "en"]


def read_texts(path):
    return [
        text
        for sheet in read_sheets(path.read_bytes(), path.name)
        for cells in sheet.columns
        for text in cells.to_pylist()
    ]


def test_copies_with_ids_hold_whom_a_pipe_told(pipes, capsys):
    main(["check", *pipes, "--write-ids", "copies"])
    assert "have got an id" in capsys.readouterr().out
    assert {"张三", "李四"} <= set(read_texts(Path("copies/e.xlsx")))


def test_the_fix_report_holds_whom_a_pipe_told(pipes):
    assert main(["check", *pipes, "--fix-report", "fix.xlsx"]) == 2
    assert {"李四", "也许"} <= set(read_texts(Path("fix.xlsx")))


def _open_once_read(pipe):
    """Open a pipe for writing as soon as somebody reads it, and say nothing; a machine may be busy."""
    for _ in range(6000):
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.01)
    raise AssertionError("nobody reads the pipe")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_pipe_that_nobody_fills_can_be_stopped(tmp_path, stop):
    os.mkfifo(tmp_path / "e.csv")
    (tmp_path / "v.csv").write_text(VOLUNTEERS, "utf-8")
    words = [sys.executable, "-m", "matcher", "check", "--elders", "e.csv", "--volunteers", "v.csv", "--lang", "en"]
    where = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(Path.cwd())}}
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, **where) as process:
        try:
            filling = _open_once_read(tmp_path / "e.csv")
            process.send_signal(stop)
            _out, said = process.communicate(timeout=60)
        finally:
            process.kill()
            os.close(filling)
    assert "stopped; nothing was written" in said
    assert process.returncode == 130


def test_a_link_that_leads_to_itself_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("e.csv").symlink_to("e.csv")
    Path("v.csv").write_text(VOLUNTEERS, "utf-8")
    assert main(["check", "--elders", "e.csv", "--volunteers", "v.csv", "--lang", "en"]) == 2
    assert "a link that leads back to itself" in " ".join(capsys.readouterr().out.split())


def test_nothing_is_written_into_a_pipe(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("out.csv")
    Path("e.csv").write_text(f"编号,{ELDERS.splitlines()[0]}\nE1,张三,一村,零陵路1号,是\n", "utf-8")
    words = ["locate", "--roster", "e.csv", "--kind", "elders", "--out", "out.csv", "--lang", "en"]
    for more in ([], ["--force"]):
        assert main([*words, *more]) == 2
        said = capsys.readouterr().err
        assert "is a pipe or a device" in said
        assert "--force" not in said
