"""Names of files and sheets as others made them, in bytes of GBK or with a national ID."""

import errno
import json
import os
from pathlib import Path

import pytest
import xlsxwriter

from matcher.commands import main
from matcher.errors import explain_write_error
from tests.hostile.invariants import read_text
from tests.run.test_privacy_run import national_id

ELDERS = "id,name,lng_wgs84,lat_wgs84,consent\nE1,王秀英,121.45,31.2,是\n"
VOLUNTEERS = "id,name,lng_wgs84,lat_wgs84\nV1,李建国,121.45,31.2\n"
PAIRS = "elder_id,volunteer_id\nE1,V1\n"
ROSTERS = ["--elders", "elders.csv", "--volunteers", "volunteers.csv"]
GBK = os.fsdecode("名册".encode("gbk"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elders.csv").write_text(ELDERS, "utf-8")
    (tmp_path / "volunteers.csv").write_text(VOLUNTEERS, "utf-8")
    return tmp_path


@pytest.fixture
def gbk(here):
    try:
        (here / f"{GBK}.csv").write_text(PAIRS, "utf-8")
    except (OSError, UnicodeError):
        pytest.skip("this system has no such names")
    (here / f"{GBK}.toml").write_text("[keep]\nworth_m = 5\n", "utf-8")
    return here


def test_every_list_may_have_a_name_that_is_no_utf_8(gbk, capsys):
    words = [word for name in ("pins", "previous") for word in (f"--{name}", f"{GBK}.csv")]
    match = ["match", *ROSTERS, *words, "--settings", f"{GBK}.toml", "--month", "2026-12", "--past", "--no-page"]
    assert main([*match, "--out", f"{GBK}.out", "--lang", "en"]) == 0, capsys.readouterr().err
    manifest = json.loads((gbk / f"{GBK}.out" / "manifest.json").read_text("utf-8"))
    assert {manifest["inputs"][name][0]["file"][-4:] for name in ("pins", "previous")} == {".csv"}
    assert "�" in manifest["inputs"]["settings"][0]["file"]


def test_a_programme_tells_of_a_name_that_toml_cannot_hold_before_it_writes(gbk, capsys):
    assert main(["init", "programme", "--name", GBK, "--previous", f"{GBK}.csv", "--lang", "en"]) == 2
    assert "is no UTF-8" in " ".join(capsys.readouterr().err.split())
    assert not (gbk / "programme").exists()
    assert main(["init", "programme", "--name", GBK, "--lang", "en"]) == 0
    assert "�" in (gbk / "programme" / "programme.toml").read_text("utf-8")


def test_a_national_id_in_the_name_of_a_file_or_sheet_is_shown_nowhere(here, capsys):
    person = national_id("1950-01-01", "male", 7)
    sheets = {f"表{person}": ELDERS, f"另{person}": ELDERS.replace("E1", "E2").replace("王秀英", "王芳")}
    with xlsxwriter.Workbook(f"老人{person}.xlsx") as book:
        for name, text in sheets.items():
            sheet = book.add_worksheet(name)
            for i, line in enumerate(text.splitlines()):
                sheet.write_row(i, 0, line.split(","))
    (here / f"p{person}.csv").write_text(f"{PAIRS}E9,V9\n", "utf-8")
    (here / f"s{person}.toml").write_text("[keep]\nworth_m = x\n", "utf-8")
    book = f"老人{person}.xlsx"
    more = ["--volunteers", "volunteers.csv", "--month", "2026-12", "--lang", "en", "--debug"]
    for source in (book, f"{book}#*", f"{book}#表{person}", f"{book}#没有{person}", f"没有{person}.csv"):
        main(["check", "--elders", source, *more, "--pins", f"p{person}.csv", "--out", "checked", "--force"])
    main(["match", "--elders", f"{book}#*", *more, "--past", "--no-page", "--set-aside", "--out", "out"])
    main(["check", "--elders", "elders.csv", *more, "--settings", f"s{person}.toml"])
    main(["check", "--elders", "elders.csv", *more, "--set", f"schedule.holidays_file=h{person}.csv"])
    said = capsys.readouterr()
    files = [path for name in ("out", "checked") for path in here.glob(f"{name}/*.*")]
    written = [read_text(path.name, path.read_bytes()) for path in files]
    assert len(written) > 5
    assert "310" not in person[:3]
    assert person[:3] + "***" in said.out
    for text in (said.out, said.err, *written):
        assert person not in "".join(text.split())


def test_a_disk_that_can_only_be_read_is_called_so():
    assert explain_write_error(OSError(errno.EROFS, "")) == "the disk can only be read"


@pytest.mark.skipif(os.name == "nt", reason="Windows asks for rights to make links")
@pytest.mark.parametrize(
    "words",
    [
        ["report", "--month", "2026-12", "--ledger", "loop", "--out", "out"],
        ["forget", "E1", "--ledger", "loop", "--yes"],
        ["check", "--elders", "loop.csv", "--volunteers", "volunteers.csv"],
        ["check", *ROSTERS, "--out", "loop"],
        ["check", *ROSTERS, "--out", "loop/in/it"],
        ["match", *ROSTERS, "--month", "2026-12", "--past", "--pins", "loop.csv", "--out", "out"],
        ["match", *ROSTERS, "--month", "2026-12", "--past", "--out", "loop", "--force"],
        ["locate", "--roster", "elders.csv", "--kind", "elders", "--out", "loop.csv", "--force"],
        ["init", "loop", "--name", "x"],
    ],
)
def test_a_link_that_leads_to_itself_is_no_fault_of_the_program(here, capsys, words):
    for name in ("loop", "loop.csv"):
        (here / name).symlink_to(name)
    assert main([*words, "--lang", "en"]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "does not answer" not in told
    assert "Traceback" not in told
    assert (here / "loop").is_symlink()


def test_a_file_in_a_folder_that_is_not_ours_is_no_fault_of_the_program(tmp_path, monkeypatch, capsys):
    """Root may open every folder, so the system's answer is made up."""
    closed = tmp_path / "closed" / "elders.csv"
    plain = Path.is_dir

    def ask(path):
        if path == closed:
            raise PermissionError(13, "Permission denied", str(closed))
        return plain(path)

    monkeypatch.setattr(Path, "is_dir", ask)
    assert main(["check", "--lang", "en", "--elders", str(closed), "--volunteers", str(closed)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "is in a folder that is not yours to open" in said
    assert "the program itself failed" not in said
