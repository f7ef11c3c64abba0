import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from xlsxwriter.exceptions import FileCreateError

from matcher.errors import UsageError
from matcher.outputs.folder import RunFolder
from matcher.publishing import begin_log, list_written
from matcher.publishing import folder as folder_module
from matcher.publishing.file import refuse_file
from matcher.publishing.signals import POLITE_STOPS


def _inside(place: Path) -> list[str]:
    return sorted(entry.name for entry in place.iterdir())


def _publish(target: Path, text: str = "1", **options: object) -> None:
    with RunFolder(target, **options) as folder:
        folder.write_text("summary.json", text)
        folder.publish()


def _fail_inside(target: Path, error: BaseException, **options: object) -> None:
    with RunFolder(target, **options) as folder:
        folder.write_text("summary.json", "2")
        raise error


def test_the_folder_appears_only_when_published(tmp_path):
    with RunFolder(tmp_path / "out") as folder:
        folder.write_json("summary.json", {"b": "张", "a": 1})
        assert not (tmp_path / "out").exists()
        folder.publish()
    assert _inside(tmp_path) == ["out"]
    text = (tmp_path / "out" / "summary.json").read_text("utf-8")
    assert json.loads(text) == {"a": 1, "b": "张"}
    assert text.index('"a"') < text.index('"b"')
    assert "张" in text


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_in_the_middle_leaves_nothing(tmp_path, error):
    with pytest.raises(error):
        _fail_inside(tmp_path / "out", error())
    assert _inside(tmp_path) == []


def test_an_existing_run_is_refused_and_untouched(tmp_path):
    _publish(tmp_path / "out")
    with pytest.raises(UsageError, match="--force"):
        RunFolder(tmp_path / "out")
    assert (tmp_path / "out" / "summary.json").read_text() == "1"


def test_force_replaces_the_old_run_and_leaves_no_trace(tmp_path):
    _publish(tmp_path / "out")
    (tmp_path / "out" / "visits.csv").write_text("old")
    _publish(tmp_path / "out", "2", force=True)
    assert _inside(tmp_path) == ["out"]
    assert _inside(tmp_path / "out") == ["summary.json"]
    assert (tmp_path / "out" / "summary.json").read_text() == "2"


def test_a_failed_forced_run_keeps_the_old_one(tmp_path):
    _publish(tmp_path / "out")
    with pytest.raises(ValueError, match="boom"):
        _fail_inside(tmp_path / "out", ValueError("boom"), force=True)
    assert _inside(tmp_path) == ["out"]
    assert (tmp_path / "out" / "summary.json").read_text() == "1"


@pytest.mark.parametrize("error", [OSError(5, "I/O error"), KeyboardInterrupt()])
def test_the_old_run_comes_back_when_the_last_rename_fails(tmp_path, monkeypatch, error):
    _publish(tmp_path / "out")
    rename = Path.rename

    def fails(self, target):
        if self.suffix == ".part":
            raise error
        return rename(self, target)

    monkeypatch.setattr(folder_module, "exchange", lambda *_names: False)
    monkeypatch.setattr(Path, "rename", fails)
    expected = UsageError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        _publish(tmp_path / "out", "2", force=True)
    assert _inside(tmp_path) == ["out"]
    assert (tmp_path / "out" / "summary.json").read_text() == "1"


def test_force_never_removes_what_is_not_a_runs(tmp_path):
    _publish(tmp_path / "out")
    (tmp_path / "out" / "notes of {Ms Li}.docx").write_text("dear")
    with pytest.raises(UsageError, match=r"notes of {Ms Li}\.docx"):
        RunFolder(tmp_path / "out", force=True)
    assert (tmp_path / "out" / "notes of {Ms Li}.docx").read_text() == "dear"


def test_force_never_removes_what_is_being_read(tmp_path):
    _publish(tmp_path / "out")
    (tmp_path / "out" / "pairs.csv").write_text("by hand")
    with pytest.raises(UsageError, match="read now"):
        RunFolder(tmp_path / "out", force=True, inputs=[tmp_path / "out" / "pairs.csv"])


def test_a_folder_that_came_meanwhile_is_not_overwritten(tmp_path):
    with RunFolder(tmp_path / "out") as folder:
        _publish(tmp_path / "out", "first")
        with pytest.raises(UsageError, match="exists"):
            folder.publish()
    assert (tmp_path / "out" / "summary.json").read_text() == "first"
    assert _inside(tmp_path) == ["out"]


def test_an_empty_folder_may_become_the_run(tmp_path):
    (tmp_path / "out").mkdir()
    _publish(tmp_path / "out")
    assert _inside(tmp_path / "out") == ["summary.json"]


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        ("file", "is a file"),
        ("missing/out", "make it first"),
        ("file/out", "there is no folder"),
        ("/", "name a new folder"),
        ("x" * 300, "can't be written"),
    ],
)
def test_a_target_that_cannot_be_is_told_with_advice(tmp_path, target, advice):
    (tmp_path / "file").write_text("1")
    with pytest.raises(UsageError, match=advice), RunFolder(tmp_path / target):
        pass
    assert _inside(tmp_path) == ["file"]


def test_a_place_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    def denied(self, *_args, **_options):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", denied)
    with pytest.raises(UsageError, match="open in another program"), RunFolder(tmp_path / "out"):
        pass


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    with pytest.raises(UsageError, match="the disk is full"):
        _fail_inside(tmp_path / "out", OSError(28, "No space left on device"))
    assert _inside(tmp_path) == []


def test_what_a_library_makes_of_a_full_disk_is_told_as_that(tmp_path):
    """XlsxWriter has an error of its own for it; a copy with ids and a plan's workbook stand in folders."""
    with pytest.raises(UsageError, match="the disk is full"):
        _fail_inside(tmp_path / "out", FileCreateError(OSError(28, "No space left on device")))
    assert _inside(tmp_path) == []


def test_an_error_of_reading_elsewhere_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError), RunFolder(tmp_path / "out"):
        (tmp_path / "roster.csv").read_text()


def test_everything_is_brought_to_disk_before_the_rename(tmp_path, monkeypatch):
    synced, rename, sync = [], Path.rename, os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append("sync"), sync(handle)))
    monkeypatch.setattr(Path, "rename", lambda self, to: (synced.append("rename"), rename(self, to))[1])
    _publish(tmp_path / "out")
    assert synced == ["sync", "sync", "rename", "sync"]


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    _publish(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert _inside(tmp_path / "real") == ["summary.json"]


def test_the_folder_has_usual_rights(tmp_path):
    (tmp_path / "usual").mkdir()
    _publish(tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("place", ["calendars/notes.txt", "calendars/own/a.ics", "pairs.csv/a", "plans/a.docx"])
def test_force_never_removes_at_any_depth_what_is_not_a_runs(tmp_path, place):
    _publish(tmp_path / "out")
    path = tmp_path / "out" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("precious")
    with pytest.raises(UsageError, match="also holds other things"):
        RunFolder(tmp_path / "out", force=True)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini", "._pairs.csv", "calendars/.DS_Store"])
def test_what_systems_put_into_folders_is_nobodys(tmp_path, name):
    _publish(tmp_path / "out")
    path = tmp_path / "out" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("view")
    with RunFolder(tmp_path / "out", force=True) as folder:
        (folder.path / "pairs.csv").write_text("new")
        path.write_text("another view")
        folder.publish()
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["pairs.csv"]
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / ".DS_Store").touch()
    _publish(tmp_path / "new")


@pytest.mark.parametrize("name", ["~$plan.xlsx", ".~lock.plan.xlsx#"])
def test_a_folder_of_which_a_file_is_open_stays(tmp_path, name):
    _publish(tmp_path / "out")
    (tmp_path / "out" / name).touch()
    with pytest.raises(UsageError, match=r"is open now \(.*plan.xlsx.*\): close it"):
        RunFolder(tmp_path / "out", force=True)


@pytest.mark.parametrize("name", ["pairs (Anna's conflicted copy 2027-01-05).csv", "pairs-DESKTOP-1.csv"])
def test_a_copy_that_a_shared_folder_made_of_a_conflict_stays(tmp_path, name):
    _publish(tmp_path / "out")
    (tmp_path / "out" / name).touch()
    with pytest.raises(UsageError, match="also holds other things"):
        RunFolder(tmp_path / "out", force=True)


def test_a_calendar_of_another_program_is_not_ours(tmp_path):
    _publish(tmp_path / "out")
    (tmp_path / "out" / "calendars").mkdir()
    (tmp_path / "out" / "calendars" / "birthdays.ics").write_text("BEGIN:VCALENDAR\r\nPRODID:-//Other//EN\r\n")
    with pytest.raises(UsageError, match=r"birthdays\.ics"):
        RunFolder(tmp_path / "out", force=True)


def test_a_folder_that_is_a_link_inside_a_run_is_not_ours(tmp_path):
    _publish(tmp_path / "out")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "calendars").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="calendars"):
        RunFolder(tmp_path / "out", force=True)


def test_an_input_is_known_by_a_link_to_it(tmp_path):
    _publish(tmp_path / "out")
    (tmp_path / "out" / "pairs.csv").write_text("by hand")
    (tmp_path / "link").symlink_to(tmp_path / "out" / "pairs.csv")
    with pytest.raises(UsageError, match="read now"):
        RunFolder(tmp_path / "out", force=True, inputs=[tmp_path / "link"])


def test_a_link_that_leads_to_itself_is_told(tmp_path):
    (tmp_path / "out").symlink_to("out")
    with pytest.raises(UsageError, match="leads to itself"):
        RunFolder(tmp_path / "out", force=True)


@pytest.mark.parametrize("below", ["", "deeper"])
def test_the_folder_of_the_command_itself_is_refused(tmp_path, monkeypatch, below):
    (tmp_path / "here" / below).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / below)
    with pytest.raises(UsageError, match="that this command is given in"):
        RunFolder(tmp_path / "here", force=True, files={"deeper/a"})


def test_a_mounted_folder_is_refused():
    with pytest.raises(UsageError, match="mounted"):
        RunFolder(Path("/proc"), force=True)


@pytest.mark.parametrize("stop", [signal.SIGINT, *POLITE_STOPS])
def test_a_stop_while_the_folder_takes_its_place_comes_afterwards(tmp_path, monkeypatch, stop):
    """What is said afterwards is true: the new run stands, and nothing hidden is left."""
    _publish(tmp_path / "out")
    begin_log()
    rmtree = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", lambda *a, **k: (signal.raise_signal(stop), rmtree(*a, **k))[1])
    before = signal.signal(stop, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            _publish(tmp_path / "out", "2", force=True)
    finally:
        signal.signal(stop, before)
    assert (tmp_path / "out" / "summary.json").read_text() == "2"
    assert _inside(tmp_path) == ["out"]
    assert list_written() == [str(tmp_path / "out")]


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_plan_that_can_not_be_kept_stands(tmp_path, monkeypatch, exchanges):
    """Where the old one can't go to where it is kept, nothing is replaced."""
    _publish(tmp_path / "out")
    if not exchanges:
        monkeypatch.setattr(folder_module, "exchange", lambda *_names: False)
    with pytest.raises(UsageError):
        _publish(tmp_path / "out", "2", force=True, keep=tmp_path / "no such folder" / "kept")
    assert (tmp_path / "out" / "summary.json").read_text() == "1"
    assert _inside(tmp_path) == ["out"]


def test_what_goes_wrong_after_the_end_does_not_say_that_nothing_was_written(tmp_path, monkeypatch):
    sync = os.fsync
    count = []

    def fails(handle):
        count.append(handle)
        if len(count) == 3:  # the folder around it, once it has its name
            raise OSError(5, "Input/output error")
        sync(handle)

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(UsageError, match=r"is written, but .* may not keep it: the disk or the network"):
        _publish(tmp_path / "out")
    assert _inside(tmp_path) == ["out"]


@pytest.mark.parametrize("name", ["CON", "nul.d", "aux.csv", "com1", "december.", "december "])
def test_a_name_that_windows_cannot_have_is_told_there(tmp_path, monkeypatch, name):
    monkeypatch.setattr("matcher.publishing.guards._ON_WINDOWS", True)
    with pytest.raises(UsageError, match="Windows can have no folder of the name"):
        RunFolder(tmp_path / name).__enter__()
    with pytest.raises(UsageError, match="Windows can have no file of the name"):
        refuse_file(tmp_path / name, force=False)
    monkeypatch.setattr("matcher.publishing.guards._ON_WINDOWS", False)
    refuse_file(tmp_path / name, force=False, endings=[Path(name).suffix])


def test_a_long_name_is_as_long_as_the_system_allows(tmp_path):
    longest = 255 // len("长".encode())
    with RunFolder(tmp_path / ("长" * longest)) as folder:
        folder.write_text("messages.txt", "x")
        folder.publish()
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(UsageError), RunFolder(tmp_path / ("长" * 200)) as folder:
        folder.publish()
    assert len(list(tmp_path.iterdir())) == 1
