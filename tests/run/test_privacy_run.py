"""No national ID, telephone number or room of the rosters comes out of any command: no file, screen or log has one."""

import logging
import re

import pandas as pd
import pytest

from matcher.commands import main
from matcher.privacy import hide_private
from tests.helpers.effort import long


def national_id(day, sex, order, area="990105"):
    text = f"{area}{day.replace('-', '')}{order:02}{1 if sex == 'male' else 2}"
    return text + "10X98765432"[sum(int(digit) * (2 ** (17 - i) % 11) for i, digit in enumerate(text)) % 11]


@pytest.fixture(scope="module")
def secrets_of(tmp_path_factory):
    """Rosters with national IDs, rooms of their own and every kind of fault; and what of them must not come out."""
    place = tmp_path_factory.mktemp("people") / "sample"
    words = ["--elders", "36", "--volunteers", "9", "--seed", "5"]
    assert main(["sample", *words, "--out", str(place), "--lang", "en"]) == 0
    secrets = set()
    for kind, first in (("elders", 7000), ("volunteers", 8000)):
        path = place / f"{kind}.csv"
        people = pd.read_csv(path, dtype=str, keep_default_na=False)
        order = range(len(people))
        people["national_id"] = [
            national_id(day, sex, i) for i, day, sex in zip(order, people["birth_date"], people["sex"], strict=True)
        ]
        people["address"] = [
            re.sub(r"\d+室$", f"{first + i}室", text) for i, text in zip(order, people["address"], strict=True)
        ]
        people["registered_address"] = [text.replace("弄", "弄1") for text in people["address"]]
        people["guardian"] = people["national_id"] + " " + people["phone"]
        secrets |= {str(first + i) for i in order} | {*people["national_id"], *people["phone"]}
        if kind == "elders":
            secrets |= set(people["emergency_contact_phone"])
            people.loc[3, "national_id"] = people.loc[4, "national_id"][:-1] + "?"
            people.loc[5, "national_id"] = people.loc[6, "national_id"]  # twice
            people.loc[7, "age"] = people.loc[7, "phone"]  # cells in the wrong column
            people.loc[8, "floor"] = people.loc[8, "address"]
            people.loc[9, "consent"] = people.loc[9, "national_id"]
            people.loc[10, "availability"] = "周一晚上" + people.loc[10, "address"] + people.loc[10, "phone"]
            people.loc[11, "phone"] += "9"
            people.loc[12, "id"] = people.loc[12, "national_id"]
            people.loc[13, "birth_date"] = "1950-01-01"
            people.loc[14, "name"] = people.loc[14, "phone"]
            people.loc[15, "joined"] = people.loc[15, "national_id"]
            people.loc[16, "lng_wgs84"] = people.loc[16, "phone"]
            people = people.fillna("")
        else:
            helper = people.loc[0]
        people.to_csv(path, index=False)
    elders = pd.read_csv(place / "elders.csv", dtype=str, keep_default_na=False)
    elders.loc[20, ["name", "birth_date", "national_id"]] = helper[["name", "birth_date", "national_id"]].tolist()
    elders.loc[21, ["emergency_contact", "emergency_contact_phone"]] = helper[["name", "phone"]].tolist()
    elders.loc[22, "address"] = helper["address"]
    elders.to_csv(place / "elders.csv", index=False)
    secrets.discard("")
    return place, secrets


@pytest.mark.parametrize("lang", ["zh", *long("en")])
def test_nothing_comes_out(secrets_of, tmp_path, lang, capfd, caplog):
    place, secrets = secrets_of
    rosters = [f"--elders={place / 'elders.csv'}", f"--volunteers={place / 'volunteers.csv'}"]
    fixed = [f"--{kind}={place / kind}.csv" for kind in ("previous", "pins", "never")]
    month, aside = "--month=2026-12", "--set-aside"
    out = {name: tmp_path / name for name in ("check", "run", "match", "schedule", "verify", "template", "refused")}
    calls = {
        "check": (2, [*rosters, *fixed, month]),
        "run": (0, [*rosters, *fixed, month, aside]),
        "match": (0, [*rosters, *fixed, month, aside]),
        "schedule": (0, [*rosters, f"--pairs={out['match'] / 'pairs.csv'}", month, aside]),
        "verify": (
            0,
            [
                *rosters,
                f"--pairs={out['schedule'] / 'pairs.csv'}",
                f"--visits={out['schedule'] / 'visits.csv'}",
                month,
                aside,
            ],
        ),
        "template": (0, []),
        "refused": (2, [*rosters, *fixed, month]),
    }
    codes = {}
    with caplog.at_level(logging.DEBUG):
        for name, (_code, words) in calls.items():
            command = "run" if name == "refused" else name
            target = [] if name == "verify" else [f"--out={out[name]}"]
            codes[name] = main([command, *words, *target, f"--lang={lang}", "--debug"])
    said = capfd.readouterr()
    assert codes == {name: code for name, (code, _words) in calls.items()}
    written = {
        str(path.relative_to(tmp_path)): path.read_bytes().decode("utf-8", "replace")
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert len(written) > 20
    told = {**written, "stdout": said.out, "stderr": said.err, "log": caplog.text}
    leaks = {
        (where, secret)
        for where, text in told.items()
        for secret in secrets
        if re.search(rf"(?<!\d){re.escape(secret)}(?!\d)", text)
    }
    assert leaks == set()
    codes_told = {line.split(",")[4] for line in written["check/issues.csv"].splitlines()[1:]}
    assert {"national_id_duplicate", "person_on_both", "family_as_contact", "id_is_national_id"} <= codes_told


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("138 1234 1234", "138****1234"),
        ("找13812341234和021-62345678", "找138****1234和****5678"),
        ("零陵路300弄5号602室", "零陵路300弄5号…"),
        ("零陵路300弄5号 6楼602", "零陵路300弄5号…"),
        ("602室", "…室"),
        ("2026-12-01", "2026-12-01"),
        ("12", "12"),
        ("", ""),
    ],
)
def test_free_text_hides_phones_and_rooms(text, shown):
    assert hide_private(text) == shown


def test_ids_and_numbers_in_headers_and_notes_are_hidden_too(tmp_path, capsys):
    person = national_id("1949-08-18", "male", 7)
    header = f"编号,姓名,经度(WGS-84),纬度(WGS-84),是否同意,{person}"
    rows = f"E1,张三,121.47,31.23,是,x\n合计 {person} 13812345678,,,,,\n"
    (tmp_path / "elders.csv").write_text(f"{header}\n{rows}", "utf-8")
    (tmp_path / "volunteers.csv").write_text("id,name,lng_wgs84,lat_wgs84\nV1,王五,121.47,31.23\n", "utf-8")
    words = [word for kind in ("elders", "volunteers") for word in (f"--{kind}", str(tmp_path / f"{kind}.csv"))]
    assert main(["check", *words, "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr()
    told = shown.out + shown.err + (tmp_path / "out" / "issues.csv").read_text("utf-8-sig")
    assert "row_passed_over" in told
    assert "column_unknown" in told
    assert person not in told
    assert "13812345678" not in told
