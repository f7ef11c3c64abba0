"""Calendars of two programmes whose people have the same ids: no contact of the one is one of the other."""

import icalendar
import pandas as pd
import pytest

from matcher.commands import main

HEADS = ("id,name,address,lng_wgs84,lat_wgs84,consent", "id,name,address,lng_wgs84,lat_wgs84,capacity")
MONTH = ["--month", "2026-12", "--past", "--calendars", "--lang", "en"]


def write_rosters(folder, street, *more):
    folder.mkdir()
    elders = [HEADS[0], f"E1,王秀英,{street}1号101室,121.44,31.19,yes", *more]
    volunteers = [
        HEADS[1],
        f"V1,张建国,{street}2号101室,121.4401,31.1901,2",
        f"V2,赵六,{street}3号1室,121.4401,31.19,2",
    ]
    (folder / "e.csv").write_text("\n".join(elders), "utf-8")
    (folder / "v.csv").write_text("\n".join(volunteers), "utf-8")
    return ["--elders", str(folder / "e.csv"), "--volunteers", str(folder / "v.csv")]


def read_uids(out):
    return {
        str(event["uid"])
        for file in out.rglob("*.ics")
        for event in icalendar.Calendar.from_ical(file.read_bytes()).events
    }


@pytest.fixture
def first(tmp_path):
    rosters = write_rosters(tmp_path / "one", "梅园路")
    assert main(["run", *rosters, *MONTH, "--out", str(tmp_path / "a")]) == 0
    return rosters, tmp_path / "a"


@pytest.mark.long
def test_no_uid_is_another_programmes(first, tmp_path):
    other = write_rosters(tmp_path / "two", "桂园路")
    assert main(["run", *other, *MONTH, "--out", str(tmp_path / "b")]) == 0
    assert len(read_uids(first[1])) == len(read_uids(tmp_path / "b")) > 8
    assert not read_uids(first[1]) & read_uids(tmp_path / "b")
    named = [*MONTH, "--set", "calendar.programme=桂园", "--out"]
    assert main(["run", *other, *named, str(tmp_path / "c")]) == 0
    assert not read_uids(tmp_path / "c") & read_uids(tmp_path / "b")


def test_uids_stay_on_every_command_and_when_somebody_joins(first, tmp_path):
    rosters, out = first
    (tmp_path / "one" / "e.csv").write_text(
        (tmp_path / "one" / "e.csv").read_text("utf-8") + "\nE2,李桂兰,梅园路5号101室,121.44,31.19,yes", "utf-8"
    )
    standing = ["--visits", str(out / "visits.csv")]
    assert (
        main(["run", *rosters, *MONTH, *standing, "--previous", str(out / "pairs.csv"), "--out", str(tmp_path / "b")])
        == 0
    )
    assert read_uids(out) < read_uids(tmp_path / "b")
    plan = ["--pairs", str(tmp_path / "b" / "pairs.csv"), "--visits", str(tmp_path / "b" / "visits.csv")]
    who = pd.read_csv(tmp_path / "b" / "pairs.csv", dtype=str, encoding="utf-8-sig")["volunteer_id"][0]
    away = ["--volunteer", who, "--from", "2026-12-07", "--to", "2026-12-11", "--out", str(tmp_path / "c")]
    assert main(["substitute", *rosters, "--calendars", *plan, *away]) == 0
    keys = {
        pd.read_csv(tmp_path / name / "visits.csv", dtype=str, encoding="utf-8-sig")["programme"][0] for name in "abc"
    }
    assert len(keys) == 1
