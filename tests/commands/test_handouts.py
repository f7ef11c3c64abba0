"""``handouts`` and ``--handouts``: from rosters and a run folder to papers, and what is said where that can't be."""

import json
import re
import shutil
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pandas as pd
import pytest

from matcher.commands import main
from matcher.horizon import Horizon
from matcher.outputs.handouts.write import read_manifest
from matcher.records import PlannedMonth
from matcher.records.read import read_sheets
from matcher.roster.directory import Directory
from matcher.roster.pairs import load_file
from matcher.settings import Settings


@pytest.fixture(autouse=True)
def outside_a_programme(monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Rosters of a few people, their month, and the hand-outs written beside it."""
    place = tmp_path_factory.mktemp("handouts")
    words = ["sample", "--elders", "18", "--volunteers", "4", "--seed", "5", "--out", str(place / "city")]
    assert main([*words, "--lang", "zh"]) == 0
    words = ["run", *rosters(place), "--month", "2026-12", "--past", "--out", str(place / "plan"), "--lang", "zh"]
    assert main([*words, "--handouts"]) == 0
    return place


def rosters(place):
    return [word for kind in ("elders", "volunteers") for word in (f"--{kind}", str(place / "city" / f"{kind}.csv"))]


def ask(place, *words, run="plan"):
    return main(["handouts", "--run", str(place / run), *rosters(place), *words, "--lang", "zh"])


def test_a_run_writes_them_beside_its_folder(place):
    manifest = read_manifest(place / "plan-handouts")
    assert manifest["names"] == "full"
    assert manifest["month"] == "2026-12"


def test_the_command_writes_the_same(place, tmp_path, capsys):
    assert ask(place, "--out", "papers") == 0
    assert "papers" in capsys.readouterr().out
    for path in (place / "plan-handouts").iterdir():
        if path.name != "manifest.json":
            assert (tmp_path / "papers" / path.name).read_bytes() == path.read_bytes()


def test_masked_ones_by_committee(place, tmp_path, capsys):
    assert ask(place, "--out", "papers", "--names", "masked", "--by", "committee") == 0
    assert "微信" not in capsys.readouterr().out
    manifest = read_manifest(tmp_path / "papers")
    assert (manifest["names"], manifest["by"]) == ("masked", "committee")
    phones = pd.read_csv(place / "city" / "elders.csv", dtype=str)["联系电话"].dropna()
    pages = "".join(path.read_text("utf-8") for path in (tmp_path / "papers").glob("*.html"))
    assert not any(phone in pages for phone in phones)


def test_schedule_writes_them_where_it_is_told_and_masked_where_names_are(place, tmp_path):
    words = ["schedule", *rosters(place), "--pairs", str(place / "plan" / "pairs.csv"), "--month", "2026-12", "--past"]
    assert main([*words, "--out", "again", "--handouts", "papers", "--names", "masked"]) == 0
    assert read_manifest(tmp_path / "papers")["names"] == "masked"


def test_the_plan_and_the_papers_have_folders_of_their_own(place, capsys):
    words = ["run", *rosters(place), "--month", "2026-12", "--past", "--out", "plan", "--lang", "en"]
    assert main([*words, "--handouts", "plan/papers"]) == 2
    assert "name another with --handouts" in " ".join(capsys.readouterr().err.split())


def test_windows_is_told_that_it_keeps_no_permissions(place, monkeypatch, capsys):
    monkeypatch.setattr("matcher.commands.handouts.os", type("os", (), {"name": "nt"}))
    assert ask(place, "--out", "papers") == 0
    assert "Windows" in capsys.readouterr().out


def fail(place, capsys, *words, run="plan"):
    assert ask(place, "--out", "papers", *words, run=run) == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert "Traceback" not in shown
    return shown.replace(" ", "")


def test_a_folder_that_holds_no_plan(place, capsys):
    assert "visits.csv,pairs.csv" in fail(place, capsys, run="city")


def test_a_plan_of_other_people(place, tmp_path, capsys):
    plan = tmp_path / "plan"
    shutil.copytree(place / "plan", plan)
    visits = (plan / "visits.csv").read_text("utf-8-sig")
    elder = re.search(r"E\d{6}", visits)[0]
    (plan / "visits.csv").write_text(visits.replace(elder, "E999991"), "utf-8-sig")
    assert "E999991)" in fail(place, capsys, run=plan).replace("（", "(").replace("）", ")")


def test_a_plan_with_faults(place, tmp_path, capsys):
    plan = tmp_path / "plan"
    shutil.copytree(place / "plan", plan)
    visits = (plan / "visits.csv").read_text("utf-8-sig").replace("2026-12-01", "soon")
    (plan / "visits.csv").write_text(visits, "utf-8-sig")
    (plan / "pairs.csv").write_bytes(b"")
    fail(place, capsys, run=plan)
    assert not (tmp_path / "papers").exists()


def test_the_month_is_that_of_the_contacts_where_no_manifest_says(place, tmp_path, capsys):
    plan = tmp_path / "plan"
    shutil.copytree(place / "plan", plan)
    (plan / "manifest.json").unlink()
    assert ask(place, "--out", "papers", run=plan) == 0
    assert read_manifest(tmp_path / "papers")["month"] == "2026-12"
    header = (plan / "visits.csv").read_text("utf-8-sig").split("\n")[0]
    (plan / "visits.csv").write_text(f"{header}\n", "utf-8-sig")
    capsys.readouterr()
    assert "manifest.json" in fail(place, capsys, "--force", run=plan)


def test_rosters_that_cannot_be_read(place, capsys):
    words = ["handouts", "--run", str(place / "plan"), "--elders", "none.csv", "--volunteers", "none.csv"]
    assert main([*words, "--out", "papers"]) == 2
    assert "none.csv" in capsys.readouterr().err


@pytest.fixture
def planned(place):
    visits, pairs = (load_file(place / "plan" / f"{kind}.csv", kind)[0] for kind in ("visits", "pairs"))
    people = (pd.read_csv(place / "city" / f"{kind}.csv", dtype=str) for kind in ("elders", "volunteers"))
    directories = (Directory(frame["编号"].tolist(), frame["姓名"].tolist()) for frame in people)
    return PlannedMonth(visits, pairs, *directories, Horizon.of_month("2026-12"), date(2026, 12, 31))


def test_the_sheets_come_back_as_records(place, planned, tmp_path):
    """Empty sheets report nothing and ask nothing; ticked ones report each contact once."""
    books = sorted((place / "plan-handouts").glob("*.xlsx"))
    read = read_sheets(books[1:], planned, Settings())
    assert not read.issues
    assert len(read.records) == 0
    assert sum(account.blank for account in read.accounts) >= len(planned.visits)
    for book in books[1:]:
        with ZipFile(book) as file:
            parts = {name: file.read(name) for name in file.namelist()}
        with ZipFile(tmp_path / book.name, "w") as file:
            for name, content in parts.items():
                file.writestr(name, _tick(content.decode()) if "worksheets" in name else content)
    ticked = read_sheets(sorted(tmp_path.glob("*.xlsx")), planned, Settings())
    assert not ticked.issues
    assert sorted(ticked.records["visit_id"]) == sorted(planned.visits["visit_id"])
    assert set(ticked.records["outcome"]) == {"done"}
    assert set(ticked.records["minutes"]) == {40.0}


def _tick(xml):
    """Return a sheet's file with a tick and 40 minutes in each row that has a visit id."""
    rows = re.split(r"(?=<row )", xml)
    for i, row in enumerate(rows):
        if re.search(r"<t[^>]*>\d{8}-E\d+", row):
            ticked = re.sub(r'<c (r="F\d+" s="\d+")/>', r'<c \1 t="inlineStr"><is><t>√</t></is></c>', row)
            rows[i] = re.sub(r'<c (r="G\d+" s="\d+")/>', r"<c \1><v>40</v></c>", ticked)
    return "".join(rows)


def test_nobody_elses_programme_may_look_into_the_manifest(place):
    """No name and no number stands in it."""
    text = json.dumps(json.loads((place / "plan-handouts" / "manifest.json").read_text("utf-8")), ensure_ascii=False)
    names = pd.read_csv(place / "city" / "elders.csv", dtype=str)["姓名"]
    assert not any(name in text for name in names)
    with ZipFile(BytesIO(next((place / "plan-handouts").glob("*.xlsx")).read_bytes())) as file:
        assert not any("docProps" in name for name in file.namelist())
