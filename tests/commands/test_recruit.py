"""The command recruit, on a run folder: sentences, curve, places of a file, courses; what does not fit is told."""

import re

import pandas as pd
import pytest
from openpyxl import load_workbook

import matcher
from matcher.commands import main
from matcher.roster import load_roster, read_places
from matcher.settings import Settings


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with rosters and a plan in which places run out."""
    place = tmp_path_factory.mktemp("place") / "sample"
    assert main(["sample", "--elders", "40", "--volunteers", "5", "--seed", "5", "--out", str(place)]) == 0
    assert main(["match", *people(place), "--month", "2026-12", "--out", str(place / "run")]) == 0
    return place


def people(place):
    return ["--elders", str(place / "elders.csv"), "--volunteers", str(place / "volunteers.csv")]


def held_elders(place):
    return load_roster(place / "elders.csv", place / "volunteers.csv", Settings()).elders


def ask(place, *words):
    return main(["recruit", "--run", str(place / "run"), *people(place), *words])


def test_curve_is_told_and_written(place, tmp_path, capsys):
    assert ask(place, "--recruits", "2", "--out", str(tmp_path / "recruit.csv")) == 0
    shown = capsys.readouterr().out
    assert "Recruit" in shown
    assert "Proved: no" in shown
    curve = pd.read_csv(tmp_path / "recruit.csv", encoding="utf-8-sig")
    assert curve["recruits"].tolist() == [1, 2]
    assert curve["served_more"].tolist() == curve["more"].cumsum().tolist()
    assert (curve["served_more"] <= curve["bound"]).all()
    assert ask(place, "--recruits", "2", "--lang", "zh", "--out", str(tmp_path / "招募.xlsx"), "--buildings") == 0
    assert "多服务" in capsys.readouterr().out
    book = load_workbook(tmp_path / "招募.xlsx")
    assert book.worksheets[1].max_row == 3


def test_places_of_a_file_are_read_as_a_roster(place, tmp_path, capsys):
    elders = matcher.read_roster(place / "elders.csv")
    places = pd.DataFrame(
        {
            "编号": ["P1", "P2"],
            "姓名": ["活动中心", "远处"],
            "经度_WGS84": [elders["lng"].median(), 121.9],
            "纬度_WGS84": [elders["lat"].median(), 30.9],
            "可服务人数": ["3", ""],
        }
    )
    places.to_csv(tmp_path / "places.csv", index=False, encoding="utf-8-sig")
    assert ask(place, "--recruits", "2", "--candidates", str(tmp_path / "places.csv")) == 0
    shown = capsys.readouterr().out
    assert "Recruit 2 at 活动中心: 6 more elders" in shown
    assert "远处" not in shown
    places["经度_WGS84"] = ["east", "121.9"]
    places.to_csv(tmp_path / "places.csv", index=False, encoding="utf-8-sig")
    assert ask(place, "--candidates", str(tmp_path / "places.csv")) == 2
    assert "east" in capsys.readouterr().err


def test_whom_to_train(place, capsys):
    assert ask(place, "--recruits", "2", "--course", "dementia") == 0
    shown = capsys.readouterr().out
    assert "would serve nobody more" in shown or "Proved" in shown


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--out", "curve.txt"], ".csv or .xlsx"),
        (["--candidates", "x.csv", "--buildings"], "--candidates names the places"),
        (["--course", "dementia", "--buildings"], "--course asks whom to train"),
        (["--course", "dementa"], "there is no course and no language dementa; do you mean dementia?"),
    ],
)
def test_what_does_not_go_together_is_told(place, words, text, capsys):
    assert ask(place, *words) == 2
    assert text in " ".join(capsys.readouterr().err.split())


def test_units_are_said_to_be_unproved(place, capsys):
    plan = matcher.match(
        matcher.read_roster(place / "elders.csv"),
        matcher.read_roster(place / "volunteers.csv", "volunteers"),
        {"capacity": {"unit": "units", "time_limit_s": 1}},
        month="2026-12",
    )
    told = matcher.recruit(plan, 2)
    assert told.unproved == "units"
    assert told.steps[-1].served_more <= told.steps[-1].bound
    assert told.steps[-1].served_more == sum(step.more for step in told.steps) > 0
    assert "<table>" in told._repr_html_()


def test_places_known_by_their_committee_or_compound_alone(place, tmp_path, capsys):
    """They are where homes of the same name are; one of a name that nobody has is told and left out."""
    elders = pd.read_csv(place / "elders.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    names = ["district", "subdistrict", "committee", "compound"]
    home = elders.loc[elders["compound"] != "", names].iloc[0].to_dict()
    rows = [
        {"id": "P1", "name": "活动室", **home, "compound": ""},
        {"id": "P2", "name": "小区中心", **home},
        {"id": "P3", "name": "别处", "committee": "没有居委会"},
    ]
    pd.DataFrame(rows).fillna("").to_csv(tmp_path / "places.csv", index=False, encoding="utf-8-sig")
    assert ask(place, "--recruits", "3", "--candidates", str(tmp_path / "places.csv")) == 0
    told = capsys.readouterr()
    assert "they are left out: 别处" in " ".join(told.err.split())
    assert "活动室" in told.out or "小区中心" in told.out
    read, _issues = read_places(tmp_path / "places.csv", held_elders(place), Settings())
    assert read["place_quality"].tolist() == ["committee", "compound", "unmapped"]


def test_numbers_of_the_curve_stay_whole(place, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert ask(place, "--recruits", "2", "--lang", "zh") == 0
    shown = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "200")
    assert ask(place, "--recruits", "2", "--lang", "zh") == 0
    wide = capsys.readouterr().out
    numbers = [word for line in wide.splitlines() for word in line.split() if re.fullmatch(r"-?[\d,]{4,}", word)]
    assert numbers
    assert all(number in shown for number in numbers)
