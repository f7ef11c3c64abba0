"""Every output of every command is searched for what people planted in the rosters, in all its spellings."""

import logging
import os
import re
import sqlite3
import stat
import sys
import unicodedata
import zipfile
from contextlib import closing
from datetime import date

import pandas as pd
import pytest

from matcher.columns import ELDERS, VOLUNTEERS
from matcher.commands import main, options
from matcher.particulars import PARTICULARS, find_level
from tests.helpers.pages import read_page_text
from tests.run.test_privacy_run import national_id

ROSTERS = ("elders", "volunteers")
PLANTED = {"elders": 9, "volunteers": 3}
_BEGINNINGS = {"lng", "lat"}
"""Columns of whose values the first digits tell enough."""


def test_every_column_has_one_level():
    named = [name for one in PARTICULARS for name in one.columns]
    assert len(named) == len(set(named))
    assert set(named) == {column.name for column in (*ELDERS, *VOLUNTEERS)}


def _spell_to_the_metre(degrees):
    """Return coordinates cut and rounded to five decimals."""
    return [*degrees.str.extract(r"(\d+\.\d{5})")[0], *(f"{float(text):.5f}" for text in degrees)]


def _plant(kind, people):
    """Give everybody particulars that nobody else has; return secrets by column."""
    first = {"elders": 7000, "volunteers": 8000}[kind]
    numbers = range(first, first + len(people))
    born, sexes = people["birth_date"], people["sex"]
    people["national_id"] = [national_id(*one, n % 97) for n, *one in zip(numbers, born, sexes, strict=True)]
    people["phone"] = [f"1391{n}{n % 1000:03}" for n in numbers]
    people["address"] = [re.sub(r"\d+室$", f"{n}室", text) for n, text in zip(numbers, people["address"], strict=True)]
    people["name"] = [f"{text[0]}鹈鹕{chr(0x9000 + n)}" for n, text in zip(numbers, people["name"], strict=True)]
    people["registered_address"] = [f"零陵路{n}弄" for n in numbers]
    people["unknown"] = [f"私{n}密" for n in numbers]
    people["team"] = [f"队 {lng},{lat}" for lng, lat in zip(people["lng_wgs84"], people["lat_wgs84"], strict=True)]
    secrets = {
        "national_id": people["national_id"],
        "phone": people["phone"],
        "address": [f"{n}室" for n in numbers],
        "name": people["name"],
        "registered_address": people["registered_address"],
        "birth_date": born,
        "lng": _spell_to_the_metre(people["lng_wgs84"]),
        "lat": _spell_to_the_metre(people["lat_wgs84"]),
        "unknown": people["unknown"],
    }
    if kind == "elders":
        people["emergency_contact"] = [f"鹣鹭{chr(0x8000 + n)}" for n in numbers]
        people["emergency_contact_phone"] = [f"1381{n}{n % 1000:03}" for n in numbers]
        secrets["emergency_contact"] = people["emergency_contact"]
        secrets["emergency_contact_phone"] = people["emergency_contact_phone"]
    return {name: {str(value) for value in values if str(value)} for name, values in secrets.items()}


@pytest.fixture(scope="module")
def secrets_and_place(tmp_path_factory):
    place = tmp_path_factory.mktemp("people")
    words = ["--elders", str(PLANTED["elders"]), "--volunteers", str(PLANTED["volunteers"]), "--month", "2027-01"]
    assert main(["sample", *words, "--seed", "5", "--out", str(place / "made"), "--lang", "en"]) == 0
    secrets = {}
    for kind in ROSTERS:
        path = place / f"{kind}.csv"
        people = pd.read_csv(place / "made" / f"{kind}.csv", dtype=str, keep_default_na=False)
        for name, values in _plant(kind, people).items():
            secrets.setdefault(name, set()).update(values)
        people.to_csv(path, index=False)
    return place, secrets


@pytest.fixture(scope="module")
def outputs(secrets_and_place):
    """What every command of two months wrote and said, by what it is: plan, papers, copy, ledger, screen."""
    place, _secrets = secrets_and_place
    rosters = [f"--{kind}={place / kind}.csv" for kind in ROSTERS]
    root = place / "programme"
    with pytest.MonkeyPatch.context() as here, (place / "screen.txt").open("w", encoding="utf-8") as screen:
        here.setattr(sys, "stdout", screen)
        here.setattr(sys, "stderr", screen)
        here.setattr(options, "get_today", lambda: date(2027, 1, 31))
        log = logging.StreamHandler(screen)
        log.setLevel(logging.DEBUG)
        here.setattr(logging.root, "handlers", [log])
        here.setattr(logging.root, "level", logging.DEBUG)
        for words in (
            ["check", *rosters, "--out", str(place / "checked"), "--fix-report", str(place / "fix.xlsx")],
            ["locate", "--roster", str(place / "elders.csv"), "--kind", "elders", "--out", str(place / "located.csv")],
            ["init", str(root), "--name", "仙霞", "--lang", "en", *rosters],
        ):
            assert main(words) == 0, words
        cities = "".join(f'{kind} = "{kind}.csv"\n' for kind in ROSTERS)
        (place / "cities.toml").write_text(f'name = "Delta"\n[[city]]\nname = "One"\n{cities}', "utf-8")
        region = [
            "many",
            str(place / "cities.toml"),
            "--month",
            "2027-01",
            "--jobs",
            "1",
            "--out",
            str(place / "region"),
        ]
        assert main([*region, "--calendars", "--public", "--geojson", "--debug"]) == 0
        here.chdir(root)
        for words in (
            ["run", "2027-01", "--calendars", "--public", "--geojson"],
            ["why", "--elder", "E00001"],
            ["what-if", "--set", "distance.urban_limit_m=900", "--out", str(root / "scenarios.xlsx")],
            ["recruit", "--recruits", "2", "--buildings", "--out", str(root / "recruit.xlsx")],
            ["handouts", "2027-01"],
        ):
            assert main(words) == 0, words
        for words in (
            ["record", str(_fill_in(root)), "--month", "2027-01"],
            ["report", "2027-01"],
            ["status"],
            ["verify", "2027-01"],
            ["substitute", "--volunteer", "V00001", "--from", "2027-01-20"],
        ):
            assert main(words) == 0, words
        joins = pd.read_csv(place / "elders.csv", dtype=str).head(1)
        joins.assign(id="E000099", national_id="").to_csv(root / "rosters" / "joins.csv", index=False)
        for words, code in (
            (["suggest", "--new-elders", "rosters/joins.csv", "--moves", "1"], 0),
            (["compare", "months/2027-01", "months/2027-01", "--out", str(root / "differ.xlsx")], 0),
            (["what-if", "--front", "longest_walk"], 0),
            (["run", "2027-01", "--set", "distance.urban_limit_m=x", "--debug"], 2),
            (["why", "--elder", "E00009x", "--debug"], 2),
            (["forget", "E000001", "--yes"], 0),
        ):
            assert main(words) == code, words
    return place, root


def _fill_in(root):
    """Write a sheet of what happened, with a number of somebody and the place of a home in remarks; return where."""
    visits = pd.read_csv(root / "months" / "2027-01" / "visits.csv", dtype=str, encoding="utf-8-sig")
    sheet = visits[["visit_id", "elder_id"]].head(6).assign(done="✓", minutes="60", remark="家属13912345678")
    home = pd.read_csv(root.parent / "elders.csv", dtype=str).iloc[0]
    sheet.loc[1:, "remark"] = f"在{home['lng_wgs84']}，{home['lat_wgs84']}"
    sheet.columns = ["编号", "老人", "完成", "分钟", "备注"]
    sheet.to_csv(root / "sheet.csv", index=False)
    return root / "sheet.csv"


def _read(path):
    """Return the texts of a file, whatever it is packed in."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    if path.name in {"report.html", "public.html"}:
        return read_page_text(path)
    if path.suffix == ".sqlite":
        with closing(sqlite3.connect(path)) as base:
            return "\n".join(base.iterdump())
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n ", "")


def _spell(text):
    """Return a text in plain characters, and without what people put between the parts of a number or a name."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return plain, plain.translate(str.maketrans("", "", " -·•()[]'"))


def _classify(path, place, root):
    """Return the strictest level whose values a file may hold."""
    if path.name in {"fix.xlsx", "located.csv"}:
        return "copies"
    return "papers" if path.is_relative_to(root / "handouts") else "full_names"


ALLOWED = {
    "copies": {"copies", "exact_homes", "papers", "full_names"},
    "papers": {"papers", "full_names"},
    "full_names": set(),
}


def test_nothing_stands_where_it_does_not_belong(outputs, secrets_and_place):
    place, root = outputs
    _place, secrets = secrets_and_place
    ours = [path for path in place.rglob("*") if path.is_file() and not path.is_relative_to(place / "made")]
    ours = [path for path in ours if path not in {place / f"{kind}.csv" for kind in ROSTERS}]
    ours = [path for path in ours if not path.is_relative_to(root / "rosters") and path != root / "sheet.csv"]
    assert len(ours) > 30
    assert {"2027-01.csv", "report.html", "absences.csv", "region.json"} <= {path.name for path in ours}
    found, seen = set(), set()
    for path in ours:
        texts, allowed = _spell(_read(path)), ALLOWED[_classify(path, place, root)]
        for column, values in secrets.items():
            level = find_level(column)
            end = "" if column in _BEGINNINGS else r"(?!\d)"
            for value in values:
                if not any(re.search(rf"(?<![\d.]){re.escape(value)}{end}", one) for one in texts):
                    continue
                seen.add((_classify(path, place, root), column))
                if level not in allowed or (column == "national_id" and path.name == "located.csv"):
                    found.add((str(path.relative_to(place)), column, value))
    assert found == set()
    # the search can find: papers hold what they must, copies too
    assert {("papers", name) for name in ("phone", "address", "name", "emergency_contact")} <= seen
    assert {("copies", name) for name in ("national_id", "birth_date", "unknown")} <= seen


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such rights")
def test_files_with_particulars_are_their_owners_alone(outputs):
    place, root = outputs
    private = [place / "fix.xlsx", place / "located.csv", root / "ledger.sqlite", *(root / "handouts").rglob("*")]
    private += [path for path in (root / "records").rglob("*") if path.is_file()]
    assert len(private) > 8
    assert {path.name: oct(path.stat().st_mode) for path in private if stat.S_IMODE(path.stat().st_mode) & 0o077} == {}
