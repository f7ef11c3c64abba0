"""Elders without a volunteer in the course of a month: they wait as long as they do, and are of the tiers of now."""

import pytest

from tests.helpers.effort import long
from tests.helpers.office import Office, read

WAITING = ["tier", "waiting_since", "counted_since"]


def list_waiting(folder):
    return {row[0]: row[1:] for row in read(folder, "unmatched")[["elder_id", *WAITING]].itertuples(index=False)}


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path, elders=6, volunteers=2, capacity=2)


def plan_two_months(office):
    """The folders of two months, in which two of six elders wait."""
    before = office.month("2026-10")
    return before, office.month("2026-12", "--previous", before / "pairs.csv")


def test_who_waits_goes_on_waiting_where_places_are_filled(office):
    _before, month = plan_two_months(office)
    waiting = read(month, "unmatched")
    assert waiting["waiting_since"].unique().tolist() == ["2026-10-01"]
    filled = office.go_on("schedule", month, "--from", "2026-12-10", "--fill")
    assert read(filled, "unmatched")["waiting_since"].tolist() == ["2026-10-01", "2026-10-01"]
    assert read(filled, "unmatched")["counted_since"].tolist() == ["2026-10-01", "2026-10-01"]


@pytest.mark.long
def test_places_are_filled_by_whom_the_month_before_left_waiting(office):
    _before, month = plan_two_months(office)
    office.elders.loc[6] = office.elders.loc[0]
    office.change("elders", "E1", joined="")
    office.elders.loc[6, ["id", "name", "joined", "address"]] = ["E7", "甲7", "2026-12-08", "徐汇区天钥桥路2号102室"]
    office.elders.loc[6, "lng_wgs84"] = office.volunteers.loc[1, "lng_wgs84"]  # nearest of all
    office.change("volunteers", "V2", capacity="3")
    filled = office.go_on("schedule", month, "--from", "2026-12-10", "--fill")
    assert "E7" in set(read(filled, "unmatched")["elder_id"])


@pytest.mark.parametrize("is_told", [True, *long(False)])
def test_whose_volunteer_left_counts_as_having_waited_longer(office, is_told):
    before, month = plan_two_months(office)
    told = ["--previous", before / "pairs.csv"] if is_told else []
    out = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-10", "--left", *told)
    waiting = list_waiting(out)
    lost = read(month).query("volunteer_id == 'V1'")["elder_id"]
    assert {waiting[elder][1:] for elder in lost} == {("2026-12-01", "2026-06-01")}
    assert {tier for tier, *_ in waiting.values()} == ({"2"} if is_told else {"1"})  # alike, so of one tier
    again = office.go_on("schedule", out, "--from", "2026-12-14", "--fill", *told)
    assert list_waiting(again) == waiting


@pytest.mark.long
def test_so_does_who_had_the_volunteer_in_this_month_alone(office, capsys):
    office.change("elders", "E6", status="暂停")
    office.volunteers["capacity"] = "3"
    before = office.month("2026-11")
    office.change("elders", "E6", status="")
    told = ["--previous", before / "pairs.csv"]
    month = office.month("2026-12", *told)
    (volunteer,) = read(month).query("elder_id == 'E6' and status == 'new'")["volunteer_id"]
    out = office.go_on("substitute", month, "--volunteer", volunteer, "--from", "2026-12-10", "--left", *told)
    assert list_waiting(out)["E6"][2] == "2026-06-01"
    assert office.holds(out, *map(str, told)), capsys.readouterr().out


def test_tiers_are_those_of_now_where_nobody_has_a_pair_that_goes_on(office, capsys):
    office.elders["risk"] = ["high", "low", "high", "low", "low", "low"]
    before, month = plan_two_months(office)
    told = ["--previous", before / "pairs.csv"]
    assert {tier for tier, *_ in list_waiting(month).values()} == {"3"}  # tiers 1 and 2 have their volunteers
    out = month
    for volunteer, day in (("V1", "10"), ("V2", "14")):
        out = office.go_on("substitute", out, "--volunteer", volunteer, "--from", f"2026-12-{day}", "--left", *told)
        assert office.holds(out, *map(str, told)), capsys.readouterr().out
    risk = office.elders.set_index("id")["risk"]
    assert {elder: tier for elder, (tier, *_) in list_waiting(out).items()} == {
        elder: "1" if risk[elder] == "high" else "2" for elder in risk.index
    }


@pytest.mark.long
def test_a_reason_that_tells_of_tiers_numbered_otherwise_tells_of_them_no_more(tmp_path):
    office = Office(tmp_path, elders=4, volunteers=3, capacity=1)
    office.elders["risk"] = ["low", "high", "low", "low"]
    before = office.month("2026-11", "--set", "capacity.most_high_risk=1")
    told = ["--previous", before / "pairs.csv"]
    (gone,) = set(office.elders["id"]) - set(read(before)["elder_id"])
    month = office.month("2026-12", *told)
    listed = read(month, "unmatched").set_index("elder_id")
    listed.loc[gone, ["reason", "detail", "tier", "outranked_tier"]] = ["outranked", "of tier 9", "9", "8"]
    listed.to_csv(month / "unmatched.csv")
    out = office.go_on("schedule", month, "--from", "2026-12-10", *told)
    row = read(out, "unmatched").set_index("elder_id").loc[gone]
    assert (row["reason"], row["tier"], row["outranked_tier"]) == ("outranked", "3", "")
    assert row["detail"] == "places run out, and elders who come first hold all that this one could have"


@pytest.mark.long
def test_two_who_are_a_pair_again_after_a_while_without_are_one_since_then(office):
    office.volunteers["capacity"] = "3"
    before = office.month("2026-11")
    told = ["--previous", before / "pairs.csv"]
    month = office.month("2026-12", *told)
    pairs = read(month)
    pairs[pairs["volunteer_id"] != "V1"].to_csv(month / "hand.csv", index=False)
    without = office.go_on("schedule", month, "--from", "2026-12-10", *told, pairs=month / "hand.csv")
    filled = office.go_on("schedule", without, "--from", "2026-12-16", "--fill", *told)
    again = read(filled).query("since == '2026-12-16'")
    assert len(again)
    assert set(again["elder_id"]) & set(pairs.query("volunteer_id == 'V1'")["elder_id"])
    later = office.go_on("schedule", filled, "--from", "2026-12-20", *told)
    assert read(later)["since"].tolist() == read(filled)["since"].tolist()
    assert read(later, "unscheduled").to_numpy().tolist() == read(filled, "unscheduled").to_numpy().tolist()


def test_tiers_are_the_same_to_all_where_high_risk_comes_first_after_months_and_nobody_waits_so_long(tmp_path):
    office = Office(tmp_path, elders=4, volunteers=3, capacity=1)
    office.elders["risk"] = ["medium", "low", "low", "low"]
    after = ["--set", "priority.high_risk_after_months=3"]
    before = office.month("2026-11", *after)
    month = office.month("2026-12", "--previous", before / "pairs.csv", *after)
    assert [tier for tier, *_ in list_waiting(month).values()] == ["2"]


def test_shortages_are_numbered_in_each_folder_alone(office, capsys):
    _before, month = plan_two_months(office)
    (short,) = read(month, "shortages")["unmatched"]
    out = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-10", "--left")
    left_out = read(out, "unmatched").set_index("elder_id")
    assert set(read(out, "shortages")["shortage_id"]) == set(left_out["shortage_id"]) - {""}  # S1, of others
    earlier = left_out.loc[short.split("; ")]
    assert set(earlier["shortage_id"]) == {""}
    assert not earlier["detail"].str.contains("S1").any()
    assert office.holds(out), capsys.readouterr().out
    left_out.assign(shortage_id="S1").to_csv(out / "unmatched.csv", encoding="utf-8-sig")
    assert not office.holds(out)
    assert "shortage_id" in capsys.readouterr().out


def test_who_lives_nearest_is_told_as_it_is_by_now(office, capsys):
    _before, month = plan_two_months(office)
    office.change("volunteers", "V2", status="退出", left="2026-12-09")
    out = office.go_on("schedule", month, "--from", "2026-12-10")
    was, now = (read(folder, "unmatched").set_index("elder_id")["nearest_volunteer_m"] for folder in (month, out))
    assert (
        now[was.index].astype(float) > was.astype(float)
    ).all()  # V2 lived nearer to both whom the shortage left out
    assert office.holds(out), capsys.readouterr().out
