"""One file, written whole or not at all."""

import errno
import gc
import io
import os
import sys
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from matcher.errors import UsageError
from matcher.evidence import gather_evidence, read_input
from matcher.outputs.folder import write_file
from matcher.publishing import WholeFile, begin_log, list_written, refuse_file
from matcher.publishing import file as file_module

FRAME = pd.DataFrame({name: [] for name in ("file", "row", "column", "value", "code", "message", "advice", "severity")})


def _inside(place: Path) -> list[str]:
    return sorted(entry.name for entry in place.iterdir())


def _write(path: Path, text: str = "new", **options: object) -> None:
    with WholeFile(path, **options) as file:
        file.path.write_text(text)
        file.publish()


def _fail(path: Path, error: BaseException) -> None:
    with WholeFile(path) as file:
        file.path.write_text("half")
        raise error


def test_a_table_is_written_whole(tmp_path):
    begin_log()
    write_file(tmp_path / "a.csv", FRAME, "issues")
    assert _inside(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbffile,")
    assert list_written() == [str(tmp_path / "a.csv")]


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), FileCreateError(OSError(28, "No space left on device"))],
)
def test_a_full_disk_is_told_in_our_words_and_the_old_file_stands(tmp_path, error):
    (tmp_path / "a").write_text("old")
    with pytest.raises(UsageError, match="the disk is full"):
        _fail(tmp_path / "a", error)
    assert _inside(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_what_fails_while_a_library_cleans_up_is_told_as_its_cause(tmp_path):
    error = ValueError("seek of closed file")  # as zipfile does
    error.__context__ = OSError(28, "No space left on device")
    with pytest.raises(UsageError, match="the disk is full"):
        _fail(tmp_path / "a", error)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_workbook_on_a_full_disk(tmp_path):
    """A device that is always full stands for the disk."""

    def write():
        with WholeFile(tmp_path / "a.xlsx") as file:
            file.path.symlink_to("/dev/full")
            book = xlsxwriter.Workbook(file.path)
            book.add_worksheet()
            book.close()

    with pytest.raises(UsageError, match="the disk is full"):
        write()


@pytest.mark.parametrize("error", [ValueError("other"), KeyboardInterrupt()])
def test_other_errors_stay_what_they_are(tmp_path, error):
    with pytest.raises(type(error)):
        _fail(tmp_path / "a", error)
    assert _inside(tmp_path) == []


def test_rights_are_its_owners_or_those_of_the_file_that_stood(tmp_path):
    _write(tmp_path / "private", private=True)
    (tmp_path / "usual").write_text("1")
    _write(tmp_path / "new")
    (tmp_path / "own").touch(0o640)
    (tmp_path / "own").chmod(0o640)
    _write(tmp_path / "own")
    rights = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert rights == {"private": 0o600, "usual": rights["new"], "new": rights["usual"], "own": 0o640}


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    _write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_place_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="can't be written"):
        _write(tmp_path / "no" / "a.csv")


def test_a_link_that_leads_to_itself_is_told(tmp_path):
    (tmp_path / "a").symlink_to("a")
    with pytest.raises(UsageError, match="leads to itself"):
        _write(tmp_path / "a")


class TestRefusing:
    def test_it_is_not_overwritten_without_force(self, tmp_path):
        (tmp_path / "a.csv").write_text("1")
        with pytest.raises(UsageError, match="--force"):
            refuse_file(tmp_path / "a.csv", force=False)
        refuse_file(tmp_path / "a.csv", force=True)

    def test_a_folder_is_never_replaced(self, tmp_path):
        with pytest.raises(UsageError, match="is a folder"):
            refuse_file(tmp_path, force=True)

    @pytest.mark.parametrize("make", ["symlink_to", "hardlink_to"])
    def test_an_input_is_known_by_any_name(self, tmp_path, monkeypatch, make):
        (tmp_path / "in.csv").write_text("1")
        getattr(tmp_path / "other.csv", make)(tmp_path / "in.csv")
        monkeypatch.chdir(tmp_path)
        for name in ("in.csv", "./in.csv", "other.csv", f"../{tmp_path.name}/in.csv"):
            with pytest.raises(UsageError, match="read now"):
                refuse_file(Path(name), force=True, inputs=[tmp_path / "in.csv"])


def test_what_is_no_table_is_never_replaced(tmp_path):
    """Where a name is a slip of the hand, it may be that of the ledger, or lead to it."""
    for name in ("ledger.sqlite", "programme.toml", "notes"):
        (tmp_path / name).write_text("all months")
        (tmp_path / "link.csv").unlink(missing_ok=True)
        (tmp_path / "link.csv").symlink_to(name)
        for path in (tmp_path / name, tmp_path / "link.csv"):
            with pytest.raises(UsageError, match=r"let the name end in \.csv, \.xlsx"):
                refuse_file(path, force=True)
    refuse_file(tmp_path / "new.CSV", force=False)
    with pytest.raises(UsageError, match=r"let the name end in \.csv"):
        refuse_file(tmp_path / "new.xlsx", force=False, endings=(".csv",))


def test_a_part_of_a_run_is_never_replaced_alone(tmp_path):
    for name in ("manifest.json", "shortages.csv", "mine.csv"):
        (tmp_path / name).write_text("")
    (tmp_path / "link.csv").symlink_to("shortages.csv")
    for name in ("shortages.csv", "link.csv"):
        with pytest.raises(UsageError, match="part of the run"):
            refuse_file(tmp_path / name, force=True)
    refuse_file(tmp_path / "mine.csv", force=True)
    refuse_file(tmp_path / "areas.csv", force=True)


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the name is too long"):
        refuse_file(tmp_path / ("a" * 300), force=True)
    with pytest.raises(UsageError, match="the name is too long"):
        _write(tmp_path / ("a" * 300))
    assert _inside(tmp_path) == []


def test_a_zip_file_that_finds_no_room_fails_once(tmp_path, monkeypatch):
    """Python closes it once more as it goes, and would show a traceback."""
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)

    class Full(io.FileIO):
        def write(self, _content):
            raise OSError(errno.ENOSPC, "No space left on device")

    def build():
        with WholeFile(tmp_path / "a.xlsx") as file:
            zipfile.ZipFile(Full(file.path, "w"), "w").writestr("a", "b")

    with pytest.raises(UsageError, match=r"disk is full"):
        build()
    gc.collect()
    assert told == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="two processes at once are made by forking one")
def test_of_two_that_read_a_file_and_write_it_at_once_one_is_refused(tmp_path, monkeypatch):
    """A process looks whether the file was changed, and is slow to replace it: another waits, and looks after it."""
    path, looked = tmp_path / "records.csv", tmp_path / "looked"
    path.write_text("old")
    with gather_evidence():
        read_input(path)
        child = os.fork()
        if not child:
            with monkeypatch.context() as patch:
                patch.setattr(file_module, "has_changed", lambda _path: looked.touch() or time.sleep(0.5))
                _write(path, "first")
            os._exit(0)
        while not looked.exists():
            time.sleep(0.01)
        with pytest.raises(UsageError, match="was changed meanwhile"):
            _write(path, "second")
    assert os.waitpid(child, 0)[1] == 0
    assert path.read_text() == "first"
    assert _inside(tmp_path) == ["looked", "records.csv"]
