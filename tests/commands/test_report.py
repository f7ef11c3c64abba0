"""The commands report and forget."""

import numpy as np
import pandas as pd
import pytest

from matcher.commands import main
from matcher.ledger import Ledger
from tests.helpers.ledgers import AREAS, make_month, make_people


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    rng = np.random.default_rng(9)
    return make_month(rng, make_people(rng, 20, 5), "2026-12")


@pytest.fixture(scope="module")
def place(month, tmp_path_factory):
    """A folder with a ledger, the run's folder, its records and the rosters."""
    place = tmp_path_factory.mktemp("place")
    month.write(place)
    month.records.to_csv(place / "records.csv", index=False)
    for name in ("elders", "volunteers"):
        people = getattr(month.roster, name)
        columns = ["id", "name", "district", "subdistrict", "committee", "risk", "team", "consent"]
        people[[column for column in columns if column in people]].to_csv(place / f"{name}.csv", index=False)
    with Ledger(f"sqlite:///{place / 'ledger.sqlite'}") as ledger:
        ledger.write_run("2026-12", place / "2026-12", month.roster)
        ledger.write_records("2026-12", month.records)
    return place


def test_a_report_from_the_ledger_and_from_a_run_are_the_same(place, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(place)
    assert main(["report", "2026-12", "--ledger", "ledger.sqlite", "--out", str(tmp_path / "one")]) == 0
    assert "report.xlsx, report.html and hours.csv are in" in " ".join(capsys.readouterr().out.split())
    words = ["--run", "2026-12", "--records", "records.csv", "--elders", "elders.csv", "--volunteers", "volunteers.csv"]
    assert main(["report", "--month", "2026-12", *words, "--out", str(tmp_path / "two")]) == 0
    one, two = ((tmp_path / name / "report.html").read_text("utf-8") for name in ("one", "two"))
    assert one == two
    assert AREAS[0][0] in one
    assert (tmp_path / "one/hours.csv").read_bytes() == (tmp_path / "two/hours.csv").read_bytes()


def test_a_run_alone_knows_no_places(place, tmp_path, capsys):
    words = ["--run", str(place / "2026-12"), "--by", "district", "--out", str(tmp_path / "out")]
    assert main(["report", "2026-12", *words]) == 0
    shown = (tmp_path / "out/report.html").read_text("utf-8")
    assert "(not given)" in shown
    assert AREAS[0][0] not in shown
    assert main(["report", "2026-12", *words]) == 2
    assert "--force" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--ledger", "l"], "say with --out"),
        (["--out", "o"], "say with --ledger"),
        (["--out", "o", "--ledger", "l", "--records", "r"], "--records goes with --run"),
        (["--out", "o", "--ledger", "l"], "there is no ledger"),
        (["--out", "o", "--run", "."], "no folder of a run"),
        (["--out", "o", "--run", ".", "--elders", "e.csv"], "give both"),
    ],
)
def test_what_a_report_asks_for(words, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["report", "2026-12", *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


def test_inside_a_programme_a_month_is_enough(place, month, tmp_path, capsys, monkeypatch):
    (tmp_path / "programme.toml").write_text('name = "浦江"\nlanguage = "en"\n', "utf-8")
    (tmp_path / "reports").mkdir()
    with Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}") as ledger:
        ledger.write_run("2026-12", place / "2026-12", month.roster)
    monkeypatch.chdir(tmp_path)
    assert main(["report", "2026-12"]) == 0
    assert "浦江: report of 2026-12" in (tmp_path / "reports/2026-12/report.html").read_text("utf-8")
    elder = month.tables["pairs"]["elder_id"][0]
    assert main(["forget", elder, "--yes"]) == 0
    assert "is deleted from the ledger" in capsys.readouterr().out
    assert elder.encode() not in (tmp_path / "ledger.sqlite").read_bytes()


def test_forget_asks_first(place, month, tmp_path, capsys, monkeypatch):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    both = pd.DataFrame({"visit_id": "", "date": pd.Timestamp(2026, 12, 1), "elder_id": ["P1"], "volunteer_id": ["P1"]})
    both = both.assign(kind="call", outcome="done", minutes=5.0, by_id="")
    with Ledger(url) as ledger:
        ledger.write_run("2026-12", place / "2026-12", month.roster)
        ledger.write_records("2026-12", both)
    volunteer = month.tables["pairs"]["volunteer_id"][0]
    answers = iter(["n", "y", "y"])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _text: next(answers))
    words = ["--ledger", str(tmp_path / "ledger.sqlite")]
    assert main(["forget", volunteer, *words]) == 130
    assert main(["forget", volunteer, *words]) == 0
    assert "copies and backups" in " ".join(capsys.readouterr().out.split())
    assert main(["forget", volunteer, *words]) == 2
    assert "knows nobody" in capsys.readouterr().err
    assert main(["forget", "P1", *words]) == 2
    assert "say with --part" in " ".join(capsys.readouterr().err.split())
    assert main(["forget", "P1", "--part", "elder", *words]) == 0
    assert main(["forget", "P1"]) == 2
    assert "say with --ledger" in capsys.readouterr().err
    with Ledger(url) as ledger:
        assert ledger.find_parts("P1") == ("volunteer",)


def test_whom_nobody_knows_is_wiped_once_and_not_asked_about(place, month, tmp_path, capsys, monkeypatch):
    """After a stop between deleting and wiping the command is given again."""
    with Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}") as ledger:
        ledger.write_run("2026-12", place / "2026-12", month.roster)
    wiped = []
    monkeypatch.setattr("matcher.ledger.store.Store.wipe", lambda _store: wiped.append(1))
    for part in ([], ["--part", "volunteer"]):
        assert main(["forget", "nobody", *part, "--ledger", str(tmp_path / "ledger.sqlite")]) == 2
    assert len(wiped) == 2
    assert "knows nobody" in capsys.readouterr().err
