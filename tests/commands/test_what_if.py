"""The command what-if: scenarios beside the month as it is, held to matching by hand; faults told all at once."""

import math

import pandas as pd
import pytest
from openpyxl import load_workbook

import matcher
from matcher.commands import main

FILE = """
[[scenario]]
name = "near alone"
set = {{ "distance.urban_limit_m" = 400, keep.worth_m = 0 }}
[[scenario]]
name = "two gone"
without_volunteers = ["{volunteer}", "V000003"]
without_elders = "{elder}"
[[scenario]]
name = "one more"
more_volunteers = "more.csv"
[[scenario]]
name = "two each"
set.capacity.default = 2
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with rosters, a run in which places run out, and a file of scenarios."""
    place = tmp_path_factory.mktemp("place") / "sample"
    assert main(["sample", "--elders", "40", "--volunteers", "5", "--seed", "5", "--out", str(place)]) == 0
    volunteers = pd.read_csv(place / "volunteers.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    volunteers["capacity"] = ["", *volunteers["capacity"].tolist()[1:]]
    volunteers.to_csv(place / "volunteers.csv", index=False)
    more = volunteers.tail(1).assign(id="V900001", name="王新", phone="", national_id="")
    more.to_csv(place / "more.csv", index=False)
    assert main(["match", *people(place), "--month", "2026-12", "--out", str(place / "run")]) == 0
    pair = pd.read_csv(place / "run/pairs.csv", dtype=str, encoding="utf-8-sig").iloc[0]
    text = FILE.format(volunteer=pair["volunteer_id"], elder=pair["elder_id"])
    (place / "scenarios.toml").write_text(text, encoding="utf-8")
    return place


def people(place):
    return ["--elders", str(place / "elders.csv"), "--volunteers", str(place / "volunteers.csv")]


def ask(place, *words):
    return main(["what-if", "--run", str(place / "run"), *people(place), *words])


def read_figures(path):
    rows = [row for row in load_workbook(path)["Figures"].iter_rows(min_row=3, values_only=True) if row[0] or row[1]]
    head = rows[0]
    at = {name: i for i, name in enumerate(head) if name and name != "more or less"}
    return {name: {row[0]: row[i] for row in rows[1:]} for name, i in at.items()}


@pytest.mark.long
def test_scenarios_are_what_matching_by_hand_says(place, tmp_path, capsys):
    out = tmp_path / "scenarios.xlsx"
    assert ask(place, "--scenarios", str(place / "scenarios.toml"), "--no-contacts", "--out", str(out)) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("as it is", "near alone", "two gone", "one more", "two each"))
    told = read_figures(out)
    elders, volunteers = (matcher.read_roster(place / f"{side}.csv", side) for side in ("elders", "volunteers"))
    pair = pd.read_csv(place / "run/pairs.csv", dtype=str, encoding="utf-8-sig").iloc[0]
    gone = volunteers["id"].isin([pair["volunteer_id"], "V000003"])
    more = pd.concat([volunteers, matcher.read_roster(place / "more.csv", "volunteers")], ignore_index=True)
    near = {"distance": {"urban_limit_m": 400}, "keep": {"worth_m": 0}}
    by_hand = {
        "as it is": (elders, volunteers, {}),
        "near alone": (elders, volunteers, near),
        "two gone": (elders[elders["id"] != pair["elder_id"]], volunteers[~gone], {}),
        "one more": (elders, more, {}),
    }
    for name, (some_elders, some_volunteers, settings) in by_hand.items():
        plan = matcher.match(some_elders, some_volunteers, settings, month="2026-12")
        assert told[name]["elders with a volunteer"] == len(plan.elder), name
        assert told[name]["cost of the pairs, m"] == plan.cost_m.sum(), name
        assert told[name]["proved"] == "yes"
    served = {name: column["elders with a volunteer"] for name, column in told.items() if name != "what it counts"}
    assert served["one more"] > served["as it is"] > served["two gone"]
    assert served["two each"] < served["as it is"]  # the rosters were read again
    assert told["as it is"]["visits planned"] is None
    chart = load_workbook(out)["Figures"]._charts[0]
    assert len(chart.series) == len(by_hand) + 1  # the scenarios and the month as it is, each a point
    moved = list(load_workbook(out)["Elders"].values)[1:]
    assert any(row[0] == "two gone" and row[2] == pair["volunteer_id"] for row in moved)


def test_the_pins_of_who_leaves_go_too(place, tmp_path, capsys):
    """Two pins; the volunteer of one leaves, the elder of the other too."""
    pairs = pd.read_csv(place / "run/pairs.csv", dtype=str, encoding="utf-8-sig")
    rows = pairs.drop_duplicates("volunteer_id").iloc[:2]
    pins, run, scenarios = (tmp_path / name for name in ("pins.csv", "run", "scenarios.toml"))
    rows[["elder_id", "volunteer_id"]].to_csv(pins, index=False)
    gone = f'without_volunteers = "{rows["volunteer_id"].iloc[0]}"\nwithout_elders = "{rows["elder_id"].iloc[1]}"'
    scenarios.write_text(f'[[scenario]]\nname = "both gone"\n{gone}', encoding="utf-8")
    lists = [*people(place), "--pins", str(pins)]
    assert main(["match", *lists, "--month", "2026-12", "--out", str(run)]) == 0
    words = ["--scenarios", str(scenarios), "--no-contacts"]
    assert main(["what-if", "--run", str(run), *lists, *words]) == 0
    assert "both gone" in capsys.readouterr().out


def test_one_setting_with_its_month(place, capsys):
    assert ask(place, "--set", "distance.urban_limit_m=300", "--lang", "zh") == 0
    shown = capsys.readouterr().out
    assert "现状" in shown
    assert "计划上门" in shown
    assert ask(place, "--set", "distance.urban_limit_m=1") == 0  # nobody can be matched: no plan is an answer too
    assert "elders left out" in capsys.readouterr().out


def test_figures_that_are_not_known_are_empty():
    from matcher.run.scenario_workbook import format_difference, format_figure

    assert (format_figure(math.nan), format_figure(1234.4)) == ("", "1,234")
    assert (format_difference(math.nan, 1), format_difference(3, 3), format_difference(1, 3)) == ("", "", " (-2)")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file holds no scenario"),
        ("scenario = 3", "the file holds no scenario"),
        ("[[scenario]]\nset = 3", "the scenario has no name"),
        ('[[scenario]]\nname = "a"\nset = 3', "set can't be 3"),
        ('[[scenario]]\nname = "a"\n[[scenario]]\nname = "a"', "two scenarios are called a"),
        ('[[scenario]]\nname = "a"\nwithout_volunteer = "3"', "did you mean without_volunteers?"),
        ('[[scenario]]\nname = "a"\nzzz = "3"', "no place for zzz"),
        ('more = 1\n[[scenario]]\nname = "a"', "no place for more"),
        ('[[scenario]]\nname = "a"\nset = { keep.worht_m = 3 }', "keep.worth_m"),
        ('[[scenario]]\nname = "a"\nset = { keep.worth_m = -3 }', "whole number from 0"),
        ('[[scenario]]\nname = "a"\nwithout_elders = "E999"', "no elder is called E999"),
        ('[[scenario]]\nname = "a"\nmore_elders = "not-there.csv"', "there is no such file"),
        ("[[scenario]]\nname = a", "line is not understood"),
    ],
)
def test_faults_are_told_with_what_to_do(place, tmp_path, capsys, text, told):
    path = tmp_path / "scenarios.toml"
    path.write_text(text, encoding="utf-8")
    assert ask(place, "--scenarios", str(path)) == 2
    shown = capsys.readouterr()
    assert told in " ".join((shown.out + shown.err).split())


def test_faults_of_all_scenarios_at_once(place, tmp_path, capsys):
    path = tmp_path / "scenarios.toml"
    path.write_text('[[scenario]]\nname = "甲"\nset.keep.a = 1\n[[scenario]]\nname = "乙"\nset.keep.b = 1', "utf-8")
    assert ask(place, "--scenarios", str(path)) == 2
    shown = "".join(capsys.readouterr())
    assert "甲" in shown
    assert "乙" in shown


def test_nothing_asked_no_workbook_and_no_input_is_written_over(place, capsys):
    assert ask(place) == 2
    assert ask(place, "--set", "keep.worth_m=0", "--out", str(place / "figures.csv")) == 2
    assert "name it with .xlsx" in capsys.readouterr().err
    assert ask(place, "--set", "keep.worth_m") == 2
    before = (place / "elders.csv").read_bytes()
    link = place / "link.xlsx"
    link.symlink_to(place / "elders.csv")
    assert ask(place, "--set", "keep.worth_m=0", "--out", str(link), "--force") == 2
    assert (place / "elders.csv").read_bytes() == before


def test_a_front_says_that_pins_stand(place, tmp_path, capsys):
    assert ask(place, "--front", "longest_walk") == 0
    assert "Pinned" not in capsys.readouterr().out
    pair = pd.read_csv(place / "run/pairs.csv", dtype=str, encoding="utf-8-sig")[["elder_id", "volunteer_id"]]
    pair.tail(1).to_csv(tmp_path / "pins.csv", index=False)
    pins = ["--pins", str(tmp_path / "pins.csv")]
    run = ["--run", str(tmp_path / "run")]
    assert main(["match", *people(place), *pins, "--month", "2026-12", "--no-page", "--out", run[1]]) == 0
    assert main(["what-if", *run, *people(place), *pins, "--front", "longest_walk"]) == 0
    assert "Pinned pairs stand whatever the limit." in capsys.readouterr().out


def test_front_is_told_point_by_point(place, tmp_path, capsys):
    assert ask(place, "--front", "loads", "--out", str(tmp_path / "front.xlsx")) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "elders of any volunteer at most" in shown
    assert "as it is" in shown
    sheet = load_workbook(tmp_path / "front.xlsx").active
    assert [sheet.cell(1, 1).value, sheet.cell(2, 1).value] == ["elders of any volunteer at most", "as it is"]
    assert sheet.cell(3, 1).value == sheet.cell(3, 7).value > 0
    assert len(sheet._charts) == 1
    assert ask(place, "--front", "loads", "--set", "keep.worth_m=0") == 2
    assert "a question of its own" in " ".join(capsys.readouterr().err.split())
