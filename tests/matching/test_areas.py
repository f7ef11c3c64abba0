"""Areas: every elder and volunteer is counted once, where they live; recruits serve everybody left out for want."""

import pandas as pd
import pytest

import matcher
from matcher.commands import main


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("place") / "sample"
    assert main(["sample", "--elders", "60", "--volunteers", "8", "--seed", "11", "--out", str(place)]) == 0
    return place


def test_the_rows_add_up_to_the_plan(place):
    elders, volunteers = (matcher.read_roster(place / f"{side}.csv", side) for side in ("elders", "volunteers"))
    plan = matcher.match(elders, volunteers, month="2026-12")
    frames = matcher.frames(plan)
    areas, unmatched = frames["areas"], frames["unmatched"]
    assert not areas[["district", "subdistrict", "committee"]].duplicated().any()
    assert areas["elders"].sum() == len(elders)
    assert areas["matched"].sum() == len(frames["pairs"])
    assert (areas["taking_part"] - areas["matched"]).tolist() == areas["waiting"].tolist()
    assert areas["waiting"].sum() == unmatched["tier"].notna().sum()
    capacity = frames["capacity"]
    assert areas["places"].sum() - areas["places_free"].sum() == capacity["load"].sum()
    assert areas["recruits"].sum() == frames["shortages"]["recruits"].sum() > 0
    assert areas["recruits_serve"].sum() == unmatched["reason"].isin(["shortage", "outranked"]).sum()
    assert (areas.loc[areas["recruits"] > 0, "waiting"] > 0).all()
    home = elders.set_index("id")["committee"]
    waiting = home[unmatched.loc[unmatched["tier"].notna(), "elder_id"].tolist()].value_counts()
    found = areas[areas["waiting"] > 0].groupby("committee")["waiting"].sum()
    assert found.to_dict() == waiting.to_dict()


def test_people_without_an_area_are_a_row_of_their_own(place):
    elders, volunteers = (matcher.read_roster(place / f"{side}.csv", side) for side in ("elders", "volunteers"))
    elders.loc[0, ["district", "subdistrict", "committee"]] = ""
    elders.loc[0, "address"] = ""
    areas = matcher.frames(matcher.match(elders, volunteers, month="2026-12"))["areas"]
    nowhere = areas[(areas[["district", "subdistrict", "committee"]] == "").all(axis=1)]
    assert nowhere["elders"].tolist() == [1]
    assert areas["elders"].sum() == len(elders)


def test_it_is_a_table_of_the_run_folder(place, tmp_path):
    rosters = ["--elders", str(place / "elders.csv"), "--volunteers", str(place / "volunteers.csv")]
    assert main(["match", *rosters, "--month", "2026-12", "--out", str(tmp_path / "run"), "--lang", "zh"]) == 0
    areas = pd.read_csv(tmp_path / "run/areas.csv", encoding="utf-8-sig")
    assert areas.columns[:4].tolist() == ["区", "街道", "居委会", "老人数"]
