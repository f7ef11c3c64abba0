"""A month as one word: a programme folder from init to the second month, as a coordinator types it."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from matcher.commands import main, options
from matcher.outputs.programme_folder import make_programme_file
from matcher.programme import list_fields, read_programme
from matcher.programme_root import FILE
from tests.helpers.effort import long

PAIR = ["elder_id", "volunteer_id"]


def read(folder, name):
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


@pytest.fixture(scope="module")
def rosters(tmp_path_factory):
    made = tmp_path_factory.mktemp("made") / "rosters"
    assert main(["sample", "--elders", "12", "--volunteers", "5", "--month", "2027-01", "--out", str(made)]) == 0
    last = read(made, "previous")
    last = last[~last["elder_id"].isin(["E000004", "E000005"])]  # new with a volunteer who leads no team
    last.to_csv(made / "previous.csv", index=False, encoding="utf-8-sig")
    return made


@pytest.fixture(scope="module")
def planned(rosters, tmp_path_factory):
    """A programme in English with January planned as a draft."""
    root = tmp_path_factory.mktemp("programme") / "xianxia"
    words = [f"--{name}={rosters / name}.csv" for name in ("elders", "volunteers", "previous")]
    assert main(["init", str(root), "--name", "仙霞", "--lang", "en", *words]) == 0
    with pytest.MonkeyPatch.context() as here:
        here.chdir(root)
        here.setattr(options, "get_today", lambda: date(2026, 12, 28))
        assert main(["run", "2027-01"]) == 0
    return root


@pytest.fixture
def here(planned, tmp_path, monkeypatch):
    """A copy of it to stand in."""
    root = tmp_path / "xianxia"
    shutil.copytree(planned, root)
    monkeypatch.chdir(root)
    monkeypatch.setattr(options, "get_today", lambda: date(2026, 12, 28))
    return root


def hand_out(root):
    assert main(["handouts", "2027-01"]) == 0
    manifest = json.loads((root / "handouts" / "2027-01" / "manifest.json").read_text("utf-8"))
    return str(manifest["written_at"])[:10]


def test_a_month_from_the_draft_to_the_next_one(here, capsys):
    january = here / "months" / "2027-01"
    assert main(["status"]) == 0
    assert "draft" in capsys.readouterr().out
    assert main(["run", "2027-01"]) == 2  # a draft is replaced with --force alone
    assert "--force" in capsys.readouterr().err
    day = hand_out(here)
    assert main(["status"]) == 0
    assert f"handed out on {day}" in capsys.readouterr().out
    before = {path.name: path.read_bytes() for path in january.iterdir()}
    assert main(["run", "2027-01", "--force"]) == 2
    assert "--handed-out" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in january.iterdir()} == before
    visits = read(january, "visits")
    who = visits["volunteer_id"].value_counts().index[0]
    theirs = visits[visits["volunteer_id"] == who]["date"]
    away = theirs[theirs > "2027-01-10"].iloc[0]
    assert main(["substitute", "--volunteer", who, "--from", away]) == 0
    shown = capsys.readouterr()
    kept = here / "months" / f"2027-01-handed-out-{day}"
    assert kept.name in shown.err.replace("\n", "")
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    notices = read(january, "notices")
    assert set(notices["change_number"]) == {"1", "2"}
    told = ["person_id", "message"]
    first = notices[notices["change_number"] == "1"]
    assert first[told].to_numpy().tolist() == read(kept, "notices")[told].to_numpy().tolist()
    assert not (read(january, "visits")[["volunteer_id", "date"]].to_numpy() == [who, away]).all(axis=1).any()
    later = theirs[theirs > away].iloc[0]
    assert main(["substitute", "--volunteer", who, "--from", later]) == 0  # the absence of before stands
    assert set(read(january, "notices")["change_number"]) == {"1", "2", "3"}
    assert len(read(january, "absences")) == 2
    assert [path.name for path in sorted((here / "months").iterdir())] == ["2027-01", kept.name]
    capsys.readouterr()
    assert main(["status"]) == 0
    assert "changed since" in capsys.readouterr().out
    assert main(["verify", "2027-01"]) == 0
    assert main(["run", "2027-02"]) == 0
    first, second = read(january, "pairs"), read(here / "months" / "2027-02", "pairs")
    assert set(second["status"]) <= {"kept", "new", "changed", "pinned", "paused"}
    assert len(second.merge(first, on=PAIR)) > len(second) / 2
    manifest = json.loads((here / "months" / "2027-02" / "manifest.json").read_text("utf-8"))
    assert {"previous", "previous_visits", "previous_unmatched"} <= set(json.dumps(manifest).replace('"', " ").split())


@pytest.mark.long
def test_a_whole_month_that_was_handed_out_is_planned_anew_where_that_is_meant(here, capsys):
    day = hand_out(here)
    assert main(["run", "2027-01", "--handed-out"]) == 0
    assert (here / "months" / f"2027-01-handed-out-{day}" / "visits.csv").is_file()
    assert list(read(here / "months" / "2027-01", "notices")["change_number"].unique()) == ["1"]
    assert "is kept in" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.long
def test_a_gap_between_months_is_said(here, capsys):
    assert main(["run", "2027-03"]) == 0
    assert "2027-02" in capsys.readouterr().err
    assert len(read(here / "months" / "2027-03", "pairs").merge(read(here / "months" / "2027-01", "pairs"), on=PAIR))


def test_the_month_is_asked_for_and_proposed(here, capsys):
    assert main(["run"]) == 2
    assert "old-partners run 2027-01" in capsys.readouterr().err.replace("\n", " ")
    assert main(["run", "2027-01", "--month", "2027-02"]) == 2
    assert "2027-01 or 2027-02" in capsys.readouterr().err.replace("\n", " ")
    assert main(["run", "sometime"]) == 2
    assert main(["handouts"]) == 2
    assert "old-partners handouts 2027-01" in capsys.readouterr().err.replace("\n", " ")


def test_the_folder_decides_the_language_and_faults_of_its_file_are_told(here, capsys):
    text = (here / FILE).read_text("utf-8").replace('language = "en"', 'language = "zh"')
    (here / FILE).write_text(text, "utf-8")
    assert main(["status"]) == 0
    assert "草案" in capsys.readouterr().out
    assert main(["status", "--lang", "en"]) == 0
    assert "draft" in capsys.readouterr().out
    (here / FILE).write_text(text + '\n[files2]\nx = "y"\n', "utf-8")
    assert main(["check", "--lang", "en"]) == 2
    assert "files2" in capsys.readouterr().err
    assert main(["run", "--help"]) == 0


def test_status_says_what_is_missing(here, capsys):
    text = (here / FILE).read_text("utf-8")
    (here / FILE).write_text(text.replace('# pins = "…"', 'pins = "lists/pins.csv"'), "utf-8")
    (here / "months" / "2027-01" / "visits.csv").write_bytes(b"\x00")
    assert main(["status"]) == 2
    shown = capsys.readouterr().out
    assert "files.pins" in shown
    assert "visits.csv can't be read" in shown
    assert "old-partners status" in shown


def test_outside_a_programme_nothing_is_taken(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["status", "--lang", "en"]) == 2
    assert "old-partners init" in capsys.readouterr().err
    assert main(["run", "2027-01", "--lang", "en"]) == 2
    assert "--elders is missing" in capsys.readouterr().err


class TestInit:
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_it_writes_templates_and_a_file_that_can_be_read(self, tmp_path, lang):
        root = tmp_path / "p"
        assert main(["init", str(root), "--lang", lang]) == 0
        programme = read_programme(root)
        assert programme.language == lang
        assert len(list((root / "rosters").glob("*.xlsx"))) == 6
        assert all((root / source).is_file() for source in programme.find_sources("elders"))
        assert programme.find_file("settings") == root / "settings.toml"
        text = (root / FILE).read_text("utf-8")
        assert all(f"{path.rpartition('.')[2]} = " in text for path, _field in list_fields())

    def test_it_never_writes_over_anything(self, tmp_path, capsys):
        root = tmp_path / "p"
        (root / "rosters").mkdir(parents=True)
        mine = root / "rosters" / "elders.xlsx"
        mine.write_bytes(b"mine")
        assert main(["init", str(root), "--lang", "en"]) == 0
        assert mine.read_bytes() == b"mine"
        (root / FILE).write_text('name = "mine"\n', "utf-8")
        assert main(["init", str(root), "--lang", "en"]) == 2
        assert "stays as it is" in capsys.readouterr().err
        assert (root / FILE).read_text("utf-8") == 'name = "mine"\n'

    def test_rosters_that_are_there_are_named_from_the_folder(self, rosters, tmp_path):
        root = tmp_path / "p"
        root.mkdir()
        shutil.copy(rosters / "elders.csv", root)
        words = [f"--elders={root / 'elders.csv'}", f"--volunteers={rosters / 'volunteers.csv'}"]
        assert main(["init", str(root), *words, "--volunteers=sqlite:///people.db"]) == 0
        files = read_programme(root).files
        assert files.elders == ("elders.csv",)
        here = Path.cwd().as_posix()
        assert files.volunteers == ((rosters / "volunteers.csv").as_posix(), f"sqlite:///{here}/people.db")
        assert not list((root / "rosters").iterdir())

    def test_a_roster_that_is_not_there_is_told(self, tmp_path, capsys):
        assert main(["init", str(tmp_path / "p"), "--elders", "nowhere.csv", "--lang", "en"]) == 2
        assert "nowhere.csv" in capsys.readouterr().err
        assert not (tmp_path / "p").exists()

    def test_a_file_in_the_way_is_told(self, tmp_path, capsys):
        (tmp_path / "p").write_text("x")
        assert main(["init", str(tmp_path / "p"), "--lang", "en"]) == 2
        assert "name a new folder" in capsys.readouterr().err
        assert main(["init", str(tmp_path / "p" / "q"), "--lang", "en"]) == 2
        assert capsys.readouterr().err

    def test_texts_are_written_so_that_they_come_back(self, tmp_path):
        values = {
            "name": 'a "b" \\ c\x7f\x9b',
            "letterhead": ("x", "y"),
            "messages.volunteer": 'l1 \\\n"""l2"""\n{volunteer}\x7f',
        }
        (tmp_path / FILE).write_text(make_programme_file(values, templates=False), "utf-8")
        assert not set("\x7f\x9b") & set((tmp_path / FILE).read_text("utf-8"))
        programme = read_programme(tmp_path)
        assert (programme.name, programme.letterhead) == (values["name"], values["letterhead"])
        assert programme.messages.volunteer == values["messages.volunteer"]


@pytest.mark.long
def test_marks_in_the_notices_stay(here):
    hand_out(here)
    path = here / "months" / "2027-01" / "notices.csv"
    notices = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    notices["told"] = [f"12-2{i % 10}" for i in range(len(notices))]
    notices.to_csv(path, index=False, encoding="utf-8-sig")
    who = read(here / "months" / "2027-01", "visits")["volunteer_id"].iloc[0]
    assert main(["substitute", "--volunteer", who, "--from", "2027-01-11", "--to", "2027-01-20"]) == 0
    now = read(here / "months" / "2027-01", "notices")
    assert now["told"].tolist()[: len(notices)] == notices["told"].tolist()
    assert set(now["told"][len(notices) :]) == {""}


@pytest.mark.long
def test_a_pair_that_never_met_has_a_first_visit_next_month(here, capsys):
    """Its first visits of January failed: February begins with another one, and verify asks for it."""
    hand_out(here)
    visits = read(here / "months" / "2027-01", "visits")
    pairs = read(here / "months" / "2027-01", "pairs")
    never = pairs[pairs["since"] == "2027-01-01"].iloc[0]
    missed = visits["elder_id"] == never["elder_id"]
    sheet = visits[["visit_id"]].assign(outcome=["no_answer" if one else "done" for one in missed])
    sheet.to_csv(here / "back.csv", index=False)
    assert main(["record", "2027-01", "back.csv", "--as-of", "2027-01-31"]) == 0
    capsys.readouterr()
    assert main(["run", "2027-02"]) == 0
    capsys.readouterr()
    february = here / "months" / "2027-02"
    after = read(february, "pairs").set_index("elder_id").loc[never["elder_id"]]
    assert after[["volunteer_id", "since"]].tolist() == [never["volunteer_id"], "2027-01-01"]
    theirs = read(february, "visits")
    theirs = theirs[(theirs["elder_id"] == never["elder_id"]) & (theirs["kind"] == "visit")]
    alone = read(february, "issues")
    alone = alone[alone["code"].str.startswith("first_visit_")].drop_duplicates("value")["value"].tolist()
    assert theirs["date"].iloc[0] <= "2027-02-10"
    assert theirs["companion"].iloc[0] or never["elder_id"] in alone
    assert alone in ([], [never["elder_id"]])  # all others have met
    late = theirs["date"] > "2027-02-15"
    all_visits = read(february, "visits")
    wrong = all_visits[~all_visits["visit_id"].isin(theirs.loc[~late, "visit_id"])]
    wrong.to_csv(february / "visits.csv", index=False, encoding="utf-8-sig")
    assert main(["verify", "2027-02"]) == 4
    assert "first visit does not come" in " ".join(capsys.readouterr().out.split())


def test_a_plan_whose_folder_is_no_month_is_told(here, capsys):
    (here / "months" / "2027-01").rename(here / "months" / "2027-1")
    assert main(["status"]) == 0
    assert "2027-1 holds a plan but is not named as a month" in " ".join(capsys.readouterr().out.split())
    for words in (["record", "2027-01", "x.csv"], ["verify", "2027-01"], ["handouts", "2027-01"]):
        assert main(words) == 2
        assert "months holds no plan of 2027-01" in " ".join(capsys.readouterr().err.split())


def test_a_lost_ledger_is_entered_anew_by_record(here, capsys):
    (here / "ledger.sqlite").unlink()
    assert main(["report", "2027-01"]) == 2
    assert "old-partners record enters months gone" in " ".join(capsys.readouterr().err.split())
    assert main(["record", "2027-01", "--as-of", "2027-01-31"]) == 0
    assert main(["report", "2027-01"]) == 0


@pytest.mark.parametrize("words", [["report", "2027-01"], *long(["record", "2027-01", "--as-of", "2027-01-31"])])
def test_a_plan_that_a_cut_off_run_kept_from_the_ledger_is_entered_by_the_next_command(
    here, capsys, monkeypatch, words
):
    monkeypatch.setattr("matcher.commands.run.keep_run", lambda _done: None)
    assert main(["run", "2027-01", "--force", "--set", "capacity.default=1"]) == 0
    capsys.readouterr()
    pairs = len(read(here / "months" / "2027-01", "pairs"))
    for told in (True, False):
        assert main(words) == 0
        assert ("the ledger lacked the plan of 2027-01" in " ".join(capsys.readouterr().err.split())) == told
        words = [*words, *(["--force"] if words[0] == "report" else [])]
    with closing(sqlite3.connect(here / "ledger.sqlite")) as base:
        assert base.execute("SELECT count(*) FROM pairs").fetchone() == (pairs,)


def _report(capsys):
    """Report January, and return the visits and calls that the ledger knows made, and whether a catch-up was told."""
    capsys.readouterr()
    assert main(["report", "2027-01", "--force"]) == 0
    with closing(sqlite3.connect("ledger.sqlite")) as base:
        made = base.execute("SELECT count(*) FROM records").fetchone()[0]
    return made, "the ledger lacked records of 2027-01" in " ".join(capsys.readouterr().err.split())


def _record_without_ledger(here, monkeypatch, nth):
    """Record a contact in a command that ends between file and ledger."""
    sheet = here / f"{nth}.csv"
    visit = read(here / "months" / "2027-01", "visits")["visit_id"].iloc[nth]
    sheet.write_text(f"visit_id,done\n{visit},✓\n", "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr("matcher.commands.record.keep_records", lambda *_args: None)
        assert main(["record", "2027-01", str(sheet), "--as-of", "2027-01-31"]) == 0


def test_records_that_a_cut_off_command_kept_from_the_ledger_are_entered_by_report(here, capsys, monkeypatch):
    _record_without_ledger(here, monkeypatch, 0)
    assert _report(capsys) == (1, True)
    assert _report(capsys) == (1, False)
    _record_without_ledger(here, monkeypatch, 1)
    assert _report(capsys) == (2, True)
    assert _report(capsys) == (2, False)


@pytest.mark.parametrize("when", [1e9, *long(4e9)])
def test_whatever_the_clock_says_what_the_ledger_lacks_is_entered_once(here, capsys, monkeypatch, when):
    """A clock that was set back and has passed again, or another computer's, tells nothing of what was entered."""
    _record_without_ledger(here, monkeypatch, 0)
    _report(capsys)
    _record_without_ledger(here, monkeypatch, 1)
    manifest = here / "months" / "2027-01" / "manifest.json"
    told = json.loads(manifest.read_text("utf-8"))
    told["times"]["started_at"] = datetime.fromtimestamp(when, UTC).isoformat()
    manifest.write_text(json.dumps(told), "utf-8")
    os.utime(here / "records" / "2027-01.csv", (when, when))
    capsys.readouterr()
    for is_told in (True, False):
        assert main(["report", "2027-01", "--force"]) == 0
        said = " ".join(capsys.readouterr().err.split())
        assert ("the ledger lacked the plan of 2027-01" in said) == is_told
        assert ("the ledger lacked records of 2027-01" in said) == is_told
    assert _report(capsys) == (2, False)


def test_a_ledger_of_an_older_program_is_entered_without_a_word(here, capsys):
    with closing(sqlite3.connect(here / "ledger.sqlite")) as base:
        base.executescript("alter table batches drop column source; update ledger set version = 1")
    for _ in range(2):
        assert main(["report", "2027-01", "--force"]) == 0
        assert "lacked" not in capsys.readouterr().err
    with closing(sqlite3.connect(here / "ledger.sqlite")) as base:
        assert base.execute("SELECT count(*) FROM batches WHERE source IS NOT NULL").fetchone() == (1,)


def test_a_command_that_only_reads_removes_what_a_dead_run_left(tmp_path, monkeypatch, capsys):
    (tmp_path / "programme.toml").write_text("", "utf-8")
    left = tmp_path / "months" / ".old-partners-0123abcd.part"
    left.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    main(["status", "--lang", "en"])
    assert not left.exists()
    assert "had left in" in capsys.readouterr().err
