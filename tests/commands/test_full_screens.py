"""Screens that take no more, and folders that are there no more: the exit code says what is left to be said."""

import os
import sys
from pathlib import Path

import pytest

from matcher.commands import main
from matcher.errors import explain_write_error

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")


@pytest.fixture
def fill(monkeypatch):
    """A function that lets screens be full."""

    made = []

    def fill_screens(*names):
        for name in names:
            made.append(open("/dev/full", "w", encoding="utf-8"))  # noqa: SIM115, PTH123
            monkeypatch.setattr(sys, name, made[-1])

    yield fill_screens
    for stream in made:
        stream.close()  # what is left in it goes nowhere by now, without an error


WORDS = [["--help"], ["check", "--help"], ["--version"]]


@pytest.mark.parametrize("words", WORDS)
def test_a_help_that_can_not_be_shown(fill, capsys, words):
    fill("stdout")
    assert main([*words, "--lang", "en"]) == 5
    assert "can't be shown: the disk is full" in capsys.readouterr().err


@pytest.mark.parametrize("words", WORDS)
def test_where_neither_screen_takes_more(fill, words):
    fill("stdout", "stderr")
    assert main([*words, "--lang", "en"]) == 5


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["check", "--elders", "none.csv", "--volunteers", "none.csv"], 2),
        (["match", "--out", "x"], 5),
        (["check", "--no-such-option"], 5),
        (["compare", "none", "none"], 2),
        (["compare", "none", "none", "--debug"], 2),
    ],
)
def test_trouble_that_can_not_be_shown(fill, tmp_path, monkeypatch, words, code):
    monkeypatch.chdir(tmp_path)
    fill("stderr")
    assert main([*words, "--lang", "en"]) == code
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no folder that a process stands in")
def test_a_folder_that_is_there_no_more(tmp_path, monkeypatch, capsys):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert main(["check", "--elders", "../e.csv", "--volunteers", "../v.csv", "--lang", "en"]) == 2
    assert "is there no more" in " ".join(capsys.readouterr().err.split())


def test_a_file_that_may_not_grow_so_large():
    assert explain_write_error(OSError(27, "File too large")) == "a file is to be larger than one may be here"
