import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import click
import pandas as pd
import pytest

from matcher import commands
from matcher.commands import COMMANDS, _stop_when_asked, cli, main
from matcher.commands.screen import show_issues, show_violations
from matcher.commands.summary import draw_bar
from matcher.messages import Issue
from matcher.publishing.signals import POLITE_STOPS
from matcher.verify import Violation
from tests.helpers.effort import long
from tests.helpers.pages import read_page_text

TIMES = "times"
ALL = {name: cli.get_command(click.Context(cli), name) for name in COMMANDS}


@pytest.fixture(autouse=True)
def terminal(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture(scope="session")
def rosters(tmp_path_factory):
    place = tmp_path_factory.mktemp("sample") / "city"
    assert (
        main(["sample", "--elders", "40", "--volunteers", "10", "--seed", "3", "--out", str(place), "--lang", "en"])
        == 0
    )
    return place


def _people(place: Path) -> list[str]:
    return ["--elders", str(place / "elders.csv"), "--volunteers", str(place / "volunteers.csv")]


def _fixed(place: Path) -> list[str]:
    return [word for kind in ("previous", "pins", "never") for word in (f"--{kind}", str(place / f"{kind}.csv"))]


def _month(place: Path) -> list[str]:
    return [*_people(place), *_fixed(place), "--month", "2026-12"]


@pytest.fixture(scope="session")
def few(tmp_path_factory):
    """Few people: enough where files are not even read, or all of them."""
    place = tmp_path_factory.mktemp("few") / "city"
    assert main(["sample", "--elders", "8", "--volunteers", "3", "--out", str(place), "--lang", "en"]) == 0
    return place


@pytest.fixture(scope="session")
def ran(rosters, tmp_path_factory):
    out = tmp_path_factory.mktemp("ran") / "out"
    assert main(["run", *_month(rosters), "--out", str(out), "--lang", "en"]) == 0
    return out


def _read(folder: Path, name: str) -> pd.DataFrame:
    """A written table as text."""
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _contents(folder: Path) -> dict[str, bytes]:
    """Every file's bytes, the manifest's without its times."""
    contents = {file.name: file.read_bytes() for file in folder.iterdir()}
    manifest = json.loads(contents["manifest.json"])
    assert set(manifest.pop(TIMES)) == {"seconds", "started_at"}
    contents["manifest.json"] = json.dumps(manifest).encode()
    return contents


class TestExitCodes:
    def test_0_and_every_file_of_a_run(self, ran):
        assert sorted(_contents(ran)) == [
            "areas.csv",
            "capacity.csv",
            "changes.csv",
            "issues.csv",
            "manifest.json",
            "messages.txt",
            "notices.csv",
            "pairs.csv",
            "plan.xlsx",
            "planned_by.csv",
            "report.html",
            "shortages.csv",
            "summary.json",
            "unmatched.csv",
            "unscheduled.csv",
            "visits.csv",
        ]

    def test_1_for_a_fault_of_the_program_without_a_traceback(self, monkeypatch, capsys, rosters, tmp_path):
        def broken(*_args, **_options):
            raise RuntimeError("a secret inside\x9b31m")

        monkeypatch.setattr("matcher.run.pipeline.match_month", broken)
        words = ["match", *_month(rosters), "--out", str(tmp_path / "out")]
        assert main(words) == 1
        err = capsys.readouterr().err
        assert "--debug" in err
        assert "Traceback" not in err
        assert "secret" not in err
        assert main([*words, "--debug"]) == 1
        assert "RuntimeError: a secret inside·31m\n" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "words",
        [
            ["no-such-command"],
            ["run"],
            ["run", "--elders"],
            ["run", "--elders", "a", "--volunteers", "b", "--month", "2026-13", "--out", "x"],
            ["run", "--elders", "a", "--volunteers", "b", "--month", "next", "--out", "x"],
            ["run", "--nonsense"],
            ["--lang", "fr", "run"],
            ["sample", "--elders", "0", "--out", "x"],
            ["sample", "--elders", "many", "--out", "x"],
            ["check", "--elders", "a", "--volunteers", "b", "--set", "keep.worth=5"],
            ["check", "--elders", "a", "--volunteers", "b", "--settings", "none.toml"],
        ],
    )
    def test_2_for_usage(self, words, capsys, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert main(words) == 2
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err + shown.out
        assert shown.err.strip()
        assert list(tmp_path.iterdir()) == []

    def test_2_for_a_folder_that_is_there_and_stays_untouched(self, rosters, ran, capsys):
        before = {file: file.stat().st_mtime_ns for file in ran.iterdir()}
        assert main(["run", *_month(rosters), "--out", str(ran)]) == 2
        assert "--force" in capsys.readouterr().err
        assert {file: file.stat().st_mtime_ns for file in ran.iterdir()} == before

    def test_3_when_nobody_can_be_matched(self, rosters, capsys, tmp_path):
        words = ["run", *_people(rosters), "--month", "2026-12", "--out", str(tmp_path / "out")]
        nobody = ["--set", "distance.urban_limit_m=1", "--set", "distance.rural_limit_m=1"]
        volunteers = pd.read_csv(rosters / "volunteers.csv", dtype=str, encoding="utf-8-sig")
        volunteers["lat_wgs84"] = "31.9"
        volunteers.to_csv(tmp_path / "far.csv", index=False)
        words[words.index("--volunteers") + 1] = str(tmp_path / "far.csv")
        assert main([*words, *nobody]) == 3
        assert "NO PLAN IS POSSIBLE" in capsys.readouterr().out
        assert "no volunteer in reach" in (tmp_path / "out" / "unmatched.csv").read_text("utf-8-sig").replace("_", " ")

    def test_4_when_what_was_written_breaks_a_rule(self, rosters, capsys, tmp_path, monkeypatch):
        def one_too_many(*_args, **_options):
            from matcher.verify import Verification

            return Verification((Violation("capacity", "", "V000001", None, 1.0),), {"pairs": 1})

        monkeypatch.setattr(import_module("matcher.run.verify"), "verify_case", one_too_many)
        assert main(["match", *_month(rosters), "--out", str(tmp_path / "out")]) == 4
        assert "capacity" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("stop", [KeyboardInterrupt, click.Abort])
    def test_130_when_stopped_and_nothing_is_left(self, rosters, capsys, tmp_path, monkeypatch, stop):
        def stopped(*_args, **_options):
            raise stop

        monkeypatch.setattr("matcher.run.pipeline.match_month", stopped)
        assert main(["match", *_month(rosters), "--out", str(tmp_path / "out")]) == 130
        assert "nothing was written" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("stop", POLITE_STOPS)
    def test_130_for_a_polite_kill_and_a_closed_window_too(self, rosters, tmp_path, monkeypatch, stop):
        def killed(*_args, **_options):
            os.kill(os.getpid(), stop)

        before = signal.getsignal(stop)
        monkeypatch.setattr("matcher.run.pipeline.match_month", killed)
        assert main(["match", *_month(rosters), "--out", str(tmp_path / "out")]) == 130
        assert list(tmp_path.iterdir()) == []
        assert signal.getsignal(stop) == before

    @pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal here")
    def test_what_nohup_ignores_stops_nothing(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with _stop_when_asked():
                os.kill(os.getpid(), signal.SIGHUP)
        finally:
            signal.signal(signal.SIGHUP, before)


TABLES = ["--elders", "--volunteers", "--previous", "--pins", "--never", "--settings"]
GARBAGE = [
    b"",
    b"\xff\xfe\x00",
    b"\x00" * 99,
    b"PK\x03\x04nonsense",
    b'"',
    b"a,b\n1,2\n",
    "编号\n".encode(),
    bytes(range(256)) * 2,
]


class TestBadInput:
    def _spoil(self, rosters, place, **cells):
        for kind in ("elders", "volunteers", "previous", "pins", "never"):
            (place / f"{kind}.csv").write_bytes((rosters / f"{kind}.csv").read_bytes())
        for cell, value in cells.items():
            kind, column, row = cell.split("__")
            frame = pd.read_csv(place / f"{kind}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
            frame.loc[int(row) - 2, column] = value
            frame.to_csv(place / f"{kind}.csv", index=False)
        return place

    def test_every_fault_of_every_file_comes_in_one_report(self, rosters, tmp_path, capsys):
        place = self._spoil(
            rosters,
            tmp_path,
            elders__birth_date__5="yesterday",
            volunteers__lng_wgs84__4="way out",
            pins__elder_id__2="nobody",
            never__volunteer_id__2="noone",
        )
        assert main(["run", *_month(place), "--out", str(tmp_path / "out")]) == 2
        err = capsys.readouterr().err
        for name in ("elders.csv", "volunteers.csv", "pins.csv", "never.csv"):
            assert name in err
        assert "check --out" in re.sub(r"\s+", " ", err)
        assert not (tmp_path / "out").exists()

    def test_check_writes_the_report_and_says_2(self, rosters, tmp_path, capsys):
        place = self._spoil(rosters, tmp_path, elders__left__5="yesterday")
        assert main(["check", *_month(place), "--out", str(tmp_path / "out")]) == 2
        issues = pd.read_csv(tmp_path / "out" / "issues.csv", encoding="utf-8-sig")
        row = issues[issues["severity"] == "error"].iloc[0]
        assert (row["file"], row["row"], row["column"], row["value"]) == ("elders.csv", 5, "left", "yesterday")
        assert [file.name for file in (tmp_path / "out").iterdir()] == ["issues.csv"]
        assert "1 error" in capsys.readouterr().out

    def test_set_aside_goes_on_without_the_rows_and_lists_them(self, rosters, tmp_path):
        place = self._spoil(rosters, tmp_path, elders__left__5="yesterday", pins__elder_id__2="nobody")
        words = ["match", *_month(place), "--out", str(tmp_path / "out")]
        assert main(words) == 2
        assert main([*words, "--set-aside"]) == 0
        issues = pd.read_csv(tmp_path / "out" / "issues.csv", encoding="utf-8-sig")
        assert {"elders.csv", "pins.csv"} <= set(issues.loc[issues["severity"] == "error", "file"])
        summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
        assert summary["elders"]["on_roster"] == 39

    def test_a_missing_file_cannot_be_set_aside(self, rosters, tmp_path, capsys):
        words = ["match", *_people(rosters), "--pins", "none.csv", "--month", "2026-12", "--out", str(tmp_path / "out")]
        assert main([*words, "--set-aside"]) == 2
        assert "none.csv" in capsys.readouterr().err

    @pytest.mark.parametrize("garbage", GARBAGE)
    @pytest.mark.parametrize("option", TABLES)
    def test_garbage_is_told_without_a_traceback(self, few, tmp_path, capsys, garbage, option):
        self._give("check", few, tmp_path, capsys, garbage, option)

    @pytest.mark.parametrize("option", TABLES)
    def test_garbage_is_told_by_a_command_that_plans_too(self, few, tmp_path, capsys, option):
        self._give("match", few, tmp_path, capsys, GARBAGE[1], option, "--out", str(tmp_path / "out"))

    def _give(self, command, few, tmp_path, capsys, garbage, option, *words):
        (tmp_path / "garbage.csv").write_bytes(garbage)
        assert main([command, *_month(few), option, str(tmp_path / "garbage.csv"), *words]) in (0, 2)
        shown = capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err

    def test_a_folder_in_place_of_a_file_is_told(self, rosters, tmp_path):
        assert main(["check", *_people(rosters), "--pins", str(tmp_path)]) == 2


def test_the_same_input_gives_the_same_bytes(rosters, ran, tmp_path):
    shuffled = tmp_path / "elders.csv"
    frame = pd.read_csv(rosters / "elders.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    frame.sample(frac=1, random_state=1).to_csv(shuffled, index=False)
    assert main(["run", *_month(rosters), "--out", str(tmp_path / "again")]) == 0
    assert _contents(tmp_path / "again") == _contents(ran)
    words = [str(shuffled) if word == str(rosters / "elders.csv") else word for word in _month(rosters)]
    assert main(["run", *words, "--out", str(tmp_path / "shuffled")]) == 0
    other = _contents(tmp_path / "shuffled")
    for name in ("pairs.csv", "unmatched.csv", "changes.csv", "visits.csv", "unscheduled.csv", "summary.json"):
        assert other[name] == _contents(ran)[name], name


@pytest.mark.long
def test_every_command_plans_next_year_by_the_law_and_warns_with_the_days_in_doubt(few, tmp_path, capsys):
    words = [*_people(few), "--month", "2031-10"]
    out = tmp_path / "out"

    def tell(*command):
        assert main([*command]) == 0
        shown = capsys.readouterr()
        text = re.sub(r"\s+", "", shown.out + shown.err)
        assert "make-upworkdaysof2031arenotannouncedyet" in text, command
        assert "2031-10-09" in text  # a Thursday beside the break
        assert "2031-10-12" in text  # a Sunday

    tell("run", *words, "--out", str(out))
    assert "calendar_unannounced" in (out / "issues.csv").read_text("utf-8-sig")
    assert not json.loads((out / "summary.json").read_text("utf-8"))["schedule"]["calendar_announced"]
    planned = pd.read_csv(out / "visits.csv", dtype=str, encoding="utf-8-sig")["date"]
    assert planned.min() > "2031-10-03"
    files = ["--pairs", str(out / "pairs.csv")]
    tell("check", *words)
    tell("match", *words, "--out", str(tmp_path / "matched"))
    tell("schedule", *words, *files, "--out", str(tmp_path / "scheduled"))
    tell("verify", *words, *files, "--visits", str(out / "visits.csv"))
    tell("verify", *words, *files)


def test_the_own_file_of_holidays_ends_the_doubt(few, tmp_path, capsys):
    words = [*_people(few), "--month", "2031-10", "--out", str(tmp_path / "out")]
    file = tmp_path / "节假日.csv"
    file.write_text("日期,类型,补哪天\n2031/10/6,节假日,\n2031/10/11,上班,2031/10/6\n2031/13/1,放假,\n", "gb18030")
    told = ["--set", f"schedule.holidays_file={file}"]
    assert main(["run", *words, *told]) == 2
    assert "2031/13/1" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    file.write_text(file.read_text("gb18030").replace("2031/13/1,放假,\n", ""), "gb18030")
    assert main(["run", *words, *told]) == 0
    assert "announced" not in capsys.readouterr().out
    planned = pd.read_csv(tmp_path / "out" / "visits.csv", dtype=str, encoding="utf-8-sig")["date"]
    assert "2031-10-06" not in set(planned)


class TestByHand:
    def test_corrected_pairs_are_scheduled_and_verified(self, rosters, ran, tmp_path, capsys):
        pairs = pd.read_csv(ran / "pairs.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        (tmp_path / "hand").mkdir()
        pairs[["elder_id", "volunteer_id"]].to_csv(tmp_path / "hand" / "pairs.csv", index=False)
        words = [*_month(rosters), "--pairs", str(tmp_path / "hand" / "pairs.csv")]
        assert main(["schedule", *words, "--out", str(tmp_path / "out")]) == 0
        made, first = _contents(tmp_path / "out"), _contents(ran)
        left_out = _read(tmp_path / "out", "unmatched")
        assert set(left_out["elder_id"]) == set(_read(ran, "unmatched")["elder_id"])
        for name in ("pairs.csv", "visits.csv", "unscheduled.csv"):
            assert made[name] == first[name], name
        screen = re.sub(r"\s+", " ", capsys.readouterr().out)
        assert "taken from a file" in screen
        figures = json.loads(made["summary.json"])["schedule"]
        assert figures["points_gap"] == round(1 - figures["points"] / figures["points_bound"], 5)
        assert 0 <= figures["points_gap"] < 0.03
        assert f"within {figures['points_gap']:.2%} of the best possible" in screen

    @pytest.mark.long
    def test_the_list_of_unmatched_is_carried_over(self, rosters, ran, tmp_path):
        words = [*_month(rosters), "--pairs", str(ran / "pairs.csv")]
        assert main(["schedule", *words, "--out", str(tmp_path / "out")]) == 0
        assert _contents(tmp_path / "out")["unmatched.csv"] == _contents(ran)["unmatched.csv"]

    def test_an_elder_dropped_by_hand_is_missed(self, rosters, ran, tmp_path, capsys):
        for file in ("pairs.csv", "unmatched.csv"):
            (tmp_path / file).write_bytes((ran / file).read_bytes())
        lines = (tmp_path / "pairs.csv").read_bytes().split(b"\r\n")
        pinned = next(i for i, line in enumerate(lines) if b",kept," in line)
        (tmp_path / "pairs.csv").write_bytes(b"\r\n".join(lines[:pinned] + lines[pinned + 1 :]))
        words = [*_month(rosters), "--pairs", str(tmp_path / "pairs.csv")]
        assert main(["schedule", *words, "--out", str(tmp_path / "out")]) == 0
        shown = capsys.readouterr()
        assert "in none of the pairs" in re.sub(r"\s+", " ", shown.err + shown.out)
        left_out = _read(tmp_path / "out", "unmatched").set_index("elder_id")["reason"]
        assert left_out[lines[pinned].split(b",")[0].decode()] == "by_hand"

    def test_verify_finds_nothing_in_what_was_written(self, rosters, ran, capsys):
        files = ["--pairs", str(ran / "pairs.csv"), "--visits", str(ran / "visits.csv")]
        assert main(["verify", *_month(rosters), *files]) == 0
        out = re.sub(r"\s+", " ", capsys.readouterr().out)
        assert "every rule holds" in out
        assert "unmatched.csv lies beside" in out
        assert "unscheduled.csv lies beside" in out

    def test_verify_lists_what_is_broken_with_people_and_amounts(self, rosters, ran, tmp_path, capsys):
        pairs = pd.read_csv(ran / "pairs.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        everybody = pairs["volunteer_id"].iloc[0]
        pairs["volunteer_id"] = everybody
        pairs.to_csv(tmp_path / "pairs.csv", index=False)
        words = ["verify", *_month(rosters), "--pairs", str(tmp_path / "pairs.csv")]
        assert main([*words, "--out", str(tmp_path / "broken.csv")]) == 4
        out = capsys.readouterr().out
        assert "capacity" in out
        assert everybody in out
        broken = pd.read_csv(tmp_path / "broken.csv", encoding="utf-8-sig")
        over = broken[broken["rule"] == "capacity"].iloc[0]
        assert over["volunteer_id"] == everybody
        assert over["amount"] > 20
        assert over["volunteer_name"].endswith("*")
        assert main([*words, "--out", str(tmp_path / "broken.csv")]) == 2
        assert main([*words, "--out", str(tmp_path / "broken.csv"), "--force"]) == 4


def _read_all_text(file):
    """Return what a file says; of a workbook, of every part in it; of a page, what is packed in it too."""
    if file.suffix == ".html":
        return read_page_text(file)
    if file.suffix != ".xlsx":
        return file.read_text("utf-8-sig")
    with zipfile.ZipFile(file) as book:
        return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())


class TestPrivacy:
    def _secrets(self, rosters):
        frames = [
            pd.read_csv(rosters / f"{kind}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
            for kind in ("elders", "volunteers")
        ]
        names = {name for frame in frames for name in frame["name"]}
        private = {
            value
            for frame in frames
            for column in ("phone", "address", "emergency_contact", "emergency_contact_phone")
            if column in frame
            for value in frame[column]
            if value
        }
        return names, private

    @pytest.mark.parametrize("names", ["masked", *long("full")])
    def test_nothing_private_is_written_or_shown(self, rosters, tmp_path, capsys, names):
        full_names, private = self._secrets(rosters)
        assert main(["run", *_month(rosters), "--out", str(tmp_path / "out"), "--names", names]) == 0
        shown = capsys.readouterr()
        text = shown.out + shown.err + "".join(map(_read_all_text, (tmp_path / "out").iterdir()))
        assert not [secret for secret in private - full_names if secret in text]
        assert not re.search(r"\d+室", text)
        assert not re.search(r"\d{17}[\dX]", re.sub(r'"sha256": "\w+"', "", text))
        seen = [name for name in full_names if name in text]
        assert (len(seen) > 25) if names == "full" else not seen

    def test_national_ids_and_phones_at_fault_are_masked(self, rosters, tmp_path, capsys):
        frame = pd.read_csv(rosters / "elders.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        frame["national_id"] = ""
        frame.loc[0, "national_id"] = "310105194105021234"
        frame.loc[1, "phone"] = "1381234567890"
        frame.to_csv(tmp_path / "elders.csv", index=False)
        words = ["--elders", str(tmp_path / "elders.csv"), *_people(rosters)[2:]]
        assert main(["check", *words, "--out", str(tmp_path / "out")]) == 0
        shown = capsys.readouterr()
        text = shown.out + shown.err + (tmp_path / "out" / "issues.csv").read_text("utf-8-sig")
        assert "national_id_invalid" in text
        assert "phone_invalid" in text
        assert "310105194105021234" not in text
        assert "1381234567890" not in text


class TestLanguages:
    def test_lang_stands_before_or_after_the_command(self, tmp_path, capsys):
        for i, words in enumerate((["--lang", "zh", "template"], ["template", "--lang=zh"])):
            assert main([*words, "--out", str(tmp_path / str(i))]) == 0
            assert (tmp_path / str(i) / "老人名册.xlsx").is_file()

    def test_the_locale_decides_where_nothing_is_said(self, tmp_path, monkeypatch):
        monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
        assert main(["template", "--out", str(tmp_path / "a")]) == 0
        assert (tmp_path / "a" / "老人名册.xlsx").is_file()
        assert main(["template", "--out", str(tmp_path / "b"), "--lang", "en"]) == 0
        assert (tmp_path / "b" / "elders.xlsx").is_file()

    def test_a_chinese_run_is_read_back_and_verified(self, rosters, tmp_path, capsys):
        out = tmp_path / "out"
        assert main(["--lang", "zh", "run", *_month(rosters), "--out", str(out)]) == 0
        assert (out / "pairs.csv").read_text("utf-8-sig").startswith("老人编号,老人姓名,志愿者编号,")
        files = ["--pairs", str(out / "pairs.csv"), "--visits", str(out / "visits.csv")]
        assert main(["verify", "--lang", "en", *_month(rosters), *files]) == 0

    def test_help_follows_the_language(self, capsys):
        from matcher.i18n import _, in_language

        for words in (["run", "--help", "--lang", "zh"], ["--lang", "zh", "run", "-h"]):
            assert main(words) == 0
            with in_language("zh"):
                expected = _("the month to plan, as 2026-12")
            assert expected in capsys.readouterr().out

    def test_an_unknown_language_is_told(self, capsys):
        assert main(["template", "--lang", "fr", "--out", "x"]) == 2
        assert "fr" in capsys.readouterr().err


class TestHelp:
    def test_every_option_of_every_command_is_explained(self):
        for command in ALL.values():
            assert command.help
            for parameter in command.params:
                if not isinstance(parameter, click.Argument):  # which the command's own text explains
                    assert isinstance(parameter, click.Option)
                    assert parameter.help, (command.name, parameter.name)

    @pytest.mark.parametrize("name", [None, *ALL])
    def test_help_fits_the_screen_and_names_every_option(self, name, capsys):
        command = ALL[name] if name else cli
        assert main(["-h"] if name is None else [name, "-h"]) == 0
        out = capsys.readouterr().out
        assert all(len(line) <= 80 for line in out.splitlines())
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or parameter.opts[0] in out

    @pytest.mark.parametrize("words", [["--version"], ["--help"], ["--lang", "zh"], ["no-such-command"]])
    def test_help_loads_nothing_that_a_month_needs(self, words):
        script = f"""
import sys
from matcher.commands import main
main({words})
sys.exit(len({{"pandas", "numba", "scipy", "ortools", "pydantic"}} & sys.modules.keys()))
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def test_an_unknown_command_is_told(self, capsys):
        assert main(["mach"]) == 2
        assert "mach" in capsys.readouterr().err

    def test_the_version_is_shown(self, capsys):
        assert main(["--version"]) == 0
        assert re.fullmatch(r"old-partners \d+\.\d+\.\d+\n", capsys.readouterr().out)

    def test_no_command_shows_the_help(self, capsys):
        assert main([]) == 2
        assert "template" in capsys.readouterr().err


class TestScreen:
    def test_a_run_fits_80_columns_without_escape_codes(self, rosters, tmp_path, capsys):
        from rich.cells import cell_len

        for lang in ("en", "zh"):
            assert main(["run", *_month(rosters), "--out", str(tmp_path / lang), "--lang", lang]) == 0
            out = capsys.readouterr().out
            assert "\x1b" not in out
            assert not re.search(r"\d…|…\d", out)  # nothing is cut off
            lines = [line for line in out.splitlines() if str(tmp_path) not in line]
            assert max(map(cell_len, lines)) <= 80
        assert str(tmp_path / "zh") in out

    @pytest.mark.parametrize(("share", "filled"), [(0, 0), (0.001, 1), (0.5, 12), (0.999, 23), (1, 24)])
    def test_a_bar_is_full_only_for_all_and_empty_only_for_none(self, share, filled):
        assert draw_bar(share).plain == "█" * filled + "░" * (24 - filled)

    def test_a_terminal_gets_colours_and_progress(self, rosters, tmp_path, capsys, monkeypatch):
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm-256color")
        assert main(["run", *_month(rosters), "--out", str(tmp_path / "out")]) == 0
        shown = capsys.readouterr()
        assert "\x1b[" in shown.out
        assert "matching" in shown.err
        assert main(["check", *_people(rosters)]) == 0
        assert "reading and checking" in capsys.readouterr().err

    def test_many_issues_of_a_kind_are_counted(self, capsys):
        show_issues([Issue("value_missing", "e.csv", row, f"column {row}") for row in range(2, 102)])
        out = capsys.readouterr().out
        assert out.count("is empty") == 51
        assert out.count("fill in the cell") == 1
        assert "… and 50 more like: column 2 is empty" in out
        assert "100 errors, 0 warnings" in out

    def test_rows_of_one_fault_share_a_line(self, capsys):
        values = ["2F"] * 9 + ["底下"] * 2
        show_issues(
            [Issue("value_not_number", "e.csv", 4 * i, "楼层", v, {"example": 3}) for i, v in enumerate(values)]
        )
        out = " ".join(capsys.readouterr().out.split())
        assert "0, 4, 8, 12, … 楼层 2F" in out.replace("16, 20 … (9 rows)", "…") or "(9 rows)" in out
        assert out.count("is not a number") == 2
        assert out.count("write a number") == 1

    def test_no_issues_show_nothing(self, capsys):
        show_issues([])
        assert capsys.readouterr().out == ""

    def test_what_a_file_holds_neither_steers_the_terminal_nor_is_markup(self, capsys):
        show_issues([Issue("value_not_date", "e.csv", 2, "birth_date", "\x1b[2J[red]:boom:")])
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert "[red]:boom:" in "".join(out.split())

    def test_violations_show_masked_names(self, capsys):
        from tests.helpers import people

        roster = people.roster([{"name": "欧阳建国"}], [{"name": "王五"}])
        show_violations([Violation("distance", "E000", "V000", None, 20.0)] * 60, roster)
        out = capsys.readouterr().out
        assert "欧阳*" in out
        assert "欧阳建国" not in out
        assert "20 m" in out
        assert "10 more of the kind distance" in out


def test_a_reader_that_leaves_is_no_error(rosters):
    root = Path(commands.__file__).parents[2]
    line = f'"{sys.executable}" -m matcher check {" ".join(_people(rosters))} | true; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", line], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


class TestChinese:
    """A Chinese session has no English words of click's."""

    def test_helps(self, capsys):
        for command in ("", *COMMANDS):
            assert main(["--lang", "zh", *([command] if command else []), "--help"]) == 0
            shown = capsys.readouterr().out
            for word in ("OPTIONS", "COMMAND", "ARGS", "RANGE", "INTEGER", "FLOAT", "TEXT", "Usage", "default", "x>="):
                assert word not in shown.replace("OLD_PARTNERS", ""), (command, word)
            assert "选项：" in shown

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["sample", "--elders", "-3", "--out", "x"], "-3 超出范围（不小于 1）"),
            (["sample", "--elders", "many", "--out", "x"], "'many' 不是整数"),
            (["run", "--time-limit", "soon"], "'soon' 不是数字"),
            (["run", "--surge-contacts", "99"], "99 超出范围（1 至 7）"),
        ],
    )
    def test_numbers(self, words, told, capsys):
        assert main(["--lang", "zh", *words]) == 2
        shown = capsys.readouterr().err
        assert told in shown
        assert "range" not in shown
