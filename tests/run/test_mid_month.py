"""The course of a month: pairs changed by hand, absences told, elders who die, move away or join, pairs that pause."""

import random

import pandas as pd
import pytest

from tests.helpers.effort import long
from tests.helpers.office import Office, read

PAIR = ["elder_id", "volunteer_id"]
KEYS = ["elder_id", "volunteer_id", "date", "start", "kind", "in_place_of"]


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def give(office, folder, elder, volunteer):
    pairs = read(folder)
    pairs.loc[pairs["elder_id"] == elder, "volunteer_id"] = volunteer
    return office.write(pairs, "hand.csv")


@pytest.mark.parametrize("words", [[], *long(["--elder", "E2"], ["--elder", "E1"])])
def test_a_pair_changed_by_hand_changes_the_contacts_from_that_day_on(office, words):
    month = office.month()
    assert read(month).set_index("elder_id").loc["E1", "volunteer_id"] == "V1"
    out = office.go_on("schedule", month, "--from", "2026-12-15", *words, pairs=give(office, month, "E1", "V3"))
    visits = read(out, "visits")
    theirs = visits[visits["elder_id"] == "E1"]
    assert set(theirs.loc[theirs["date"] < "2026-12-15", "volunteer_id"]) == {"V1"}
    assert set(theirs.loc[theirs["date"] >= "2026-12-15", "volunteer_id"]) == {"V3"}
    assert set(visits["in_place_of"]) == {""}
    pair = read(out).set_index("elder_id").loc["E1"]
    assert (pair["status"], pair["since"]) == ("changed", "2026-12-15")
    before, after = (frame[frame["elder_id"] != "E1"][KEYS] for frame in (read(month, "visits"), visits))
    assert set(before.itertuples(index=False)) == set(after.itertuples(index=False))
    assert office.holds(out)
    later = office.go_on("schedule", out, "--from", "2026-12-20")
    assert set(read(later, "visits")[KEYS].itertuples(index=False)) == set(visits[KEYS].itertuples(index=False))


@pytest.mark.long
def test_a_pair_changed_by_hand_counts_in_a_surge_and_when_somebody_is_away(office):
    month = office.month()
    hand = give(office, month, "E1", "V3")
    surge = read(office.go_on("schedule", month, "--surge", "2026-12-14:2026-12-16", pairs=hand), "visits")
    away = ["--volunteer", "V2", "--from", "2026-12-14", "--to", "2026-12-18"]
    stood_in = read(office.go_on("substitute", month, *away, pairs=hand), "visits")
    for visits in (surge, stood_in):
        theirs = visits[(visits["elder_id"] == "E1") & (visits["date"] >= "2026-12-14")]
        assert len(theirs) > 0
        assert "V1" not in set(theirs["volunteer_id"])


def test_a_surge_asks_a_pair_for_its_own_days_beside_what_another_made(office):
    month = office.month()
    changed = office.go_on("schedule", month, "--from", "2026-12-08", pairs=give(office, month, "E1", "V3"))
    out = office.go_on("schedule", changed, "--surge", "2026-12-07:2026-12-10")
    days = read(out, "visits").query("elder_id == 'E1' and '2026-12-07' <= date <= '2026-12-10'")
    assert days["volunteer_id"].tolist() == ["V1", "V3", "V3", "V3"]


@pytest.mark.long
def test_a_pair_that_was_another_for_a_while_begins_again(office):
    """V1 has been the elder's own volunteer, then V3, in whose place V1 stands in; then V1 is it again."""
    month = office.month()
    one = office.go_on("schedule", month, "--from", "2026-12-08", pairs=give(office, month, "E1", "V3"))
    two = office.go_on("substitute", one, "--volunteer", "V3", "--from", "2026-12-14", "--to", "2026-12-16")
    three = office.go_on("schedule", two, "--from", "2026-12-21", pairs=give(office, two, "E1", "V1"))
    visits = read(three, "visits").query("elder_id == 'E1'")
    assert set(visits.loc[visits["date"] >= "2026-12-21", "volunteer_id"]) == {"V1"}
    assert read(three).set_index("elder_id").loc["E1", "since"] == "2026-12-21"
    assert office.holds(three)


def test_who_leaves_in_the_midst_of_a_surge_leaves_what_was_made_in_it(office):
    month = office.month()
    surge = office.go_on("schedule", month, "--surge", "2026-12-09:2026-12-12")
    left = office.go_on("substitute", surge, "--volunteer", "V1", "--from", "2026-12-10", "--left")
    assert office.holds(left)
    assert office.holds(office.go_on("schedule", left, "--from", "2026-12-11"))


def test_a_stand_in_who_falls_ill_is_replaced_by_a_third(office):
    month = office.month()
    one = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-07", "--to", "2026-12-20")
    was = read(one, "visits")
    ill = was[(was["in_place_of"] == "V1") & was["date"].between("2026-12-14", "2026-12-16")]
    second = ill["volunteer_id"].iloc[0]
    two = office.go_on("substitute", one, "--volunteer", second, "--from", "2026-12-14", "--to", "2026-12-16")
    now = read(two, "visits")
    days = now[now["date"].between("2026-12-14", "2026-12-16")]
    assert not set(days["volunteer_id"]) & {"V1", second}
    assert set(days.loc[days["elder_id"] == "E1", "in_place_of"]) <= {"V1"}
    told = read(two, "absences")
    assert set(zip(told["person_id"], told["from"], told["to"], strict=True)) == {
        ("V1", "2026-12-07", "2026-12-20"),
        (second, "2026-12-14", "2026-12-16"),
    }
    surge = office.go_on("schedule", two, "--surge", "2026-12-14:2026-12-18")
    days = read(surge, "visits").query("'2026-12-14' <= date <= '2026-12-18'")
    assert "V1" not in set(days["volunteer_id"])
    assert len(read(surge, "absences")) == 2


def test_a_stand_in_who_leaves_is_replaced_by_a_third_and_nothing_else_moves(office):
    away = office.go_on("substitute", office.month(), "--volunteer", "V1", "--from", "2026-12-07", "--to", "2026-12-20")
    left = office.go_on("substitute", away, "--volunteer", "V2", "--left", "--from", "2026-12-14")
    was, now = (read(one, "visits").query("elder_id == 'E1'") for one in (away, left))
    assert sorted(was["date"]) == sorted(now["date"])
    handed = now[now["in_place_of"] != ""]
    assert set(handed.loc[handed["date"] < "2026-12-14", "volunteer_id"]) == {"V2"}
    assert set(handed.loc[handed["date"] >= "2026-12-14", "volunteer_id"]) == {"V3"}
    assert read(left, "unscheduled").query("elder_id == 'E1'").empty
    assert office.holds(left)


def give_places_far_away(office):
    """V2 is near and told away from the 10th on; V3 lives far off, and is there."""
    office.change("volunteers", "V3", lng_wgs84=121.444)
    month = office.month()
    assert read(month).set_index("elder_id")["volunteer_id"].to_dict() == {"E1": "V1", "E2": "V2"}
    return office.go_on("substitute", month, "--volunteer", "V2", "--from", "2026-12-10", "--to", "2026-12-24")


def test_who_leaves_is_followed_by_somebody_who_is_there(tmp_path):
    office = Office(tmp_path, elders=2)
    away = give_places_far_away(office)
    out = office.go_on("substitute", away, "--volunteer", "V1", "--left", "--from", "2026-12-08")
    assert read(out).set_index("elder_id").loc["E1", "volunteer_id"] == "V3"
    assert not len(read(out, "unscheduled"))
    assert office.holds(out)
    # over again on the day on which somebody leaves, an absence keeps nobody from a pair
    late = office.go_on("substitute", away, "--volunteer", "V1", "--left", "--from", "2026-12-25")
    assert read(late).set_index("elder_id").loc["E1", "volunteer_id"] == "V2"


@pytest.mark.long
def test_a_place_is_filled_by_somebody_who_is_there(tmp_path):
    office = Office(tmp_path, elders=2)
    away = give_places_far_away(office)
    joins = office.elders.iloc[[0]].assign(id="E9", name="甲9", joined="2026-12-09")
    office.elders = pd.concat([office.elders, joins], ignore_index=True)
    office.change("volunteers", "V1", capacity="1")
    out = office.go_on("schedule", away, "--from", "2026-12-09", "--fill")
    assert read(out).set_index("elder_id").loc["E9", "volunteer_id"] == "V3"


def test_days_off_of_the_roster_stay_so_where_an_absence_goes_beyond_them(office):
    office.change("elders", "E1", contacts_per_week="每10天1次", availability="周一、周三上午")
    office.volunteers["days_off"] = "2026-12-07至2026-12-12"
    away = office.go_on("substitute", office.month(), "--volunteer", "V1", "--from", "2026-12-09", "--to", "2026-12-14")
    assert office.holds(away)


def test_verify_knows_the_absences_by_the_file(office):
    month = office.month()
    out = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-07", "--to", "2026-12-20")
    assert office.holds(out)
    visits = read(out, "visits")
    mine = visits["in_place_of"] == "V1"
    back = visits[~mine | (visits["date"] > "2026-12-10")].copy()
    was = read(month, "visits")
    wrong = was[(was["volunteer_id"] == "V1") & was["date"].between("2026-12-07", "2026-12-10")]
    pd.concat([back, wrong]).to_csv(out / "visits.csv", index=False)
    (out / "cancelled.csv").unlink()  # which tells that they fall away
    assert not office.holds(out)
    (out / "absences.csv").unlink()
    assert office.holds(out)


def test_who_has_left_changes_no_other_pair_and_keeps_what_they_made(office, capsys):
    month = office.month()
    out = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-14", "--left")
    was, now = read(month).set_index("elder_id"), read(out).set_index("elder_id")
    stays = was["volunteer_id"] != "V1"
    same = ["volunteer_id", "status", "since"]
    assert (was.loc[stays, same] == now.loc[stays, same]).all(axis=None)
    assert set(now.loc[~stays, "since"]) == {"2026-12-14"}
    visits = read(out, "visits")
    assert set(visits.loc[visits["volunteer_id"] == "V1", "in_place_of"]) == {""}
    assert not ((visits["volunteer_id"] == "V1") & (visits["date"] >= "2026-12-14")).any()
    assert "left_not_on_roster" in set(read(out, "issues")["code"])
    assert "2026-12-13" in read(out, "issues").set_index("code").loc["left_not_on_roster", "advice"]
    assert office.holds(out)
    # a second who leaves, then the next month, in which neither has anybody
    second = now["volunteer_id"].iloc[0]
    again = office.go_on("substitute", out, "--volunteer", second, "--from", "2026-12-21", "--left")
    assert not set(read(again)["volunteer_id"]) & {"V1", second}
    assert office.holds(again)
    january = office.do("match", "--month", "2027-01", "--previous", again / "pairs.csv")
    assert not set(read(january)["volunteer_id"]) & {"V1", second}


@pytest.mark.long
def test_a_stand_in_stands_in_for_no_pair_that_is_over(office):
    month = office.month()
    away = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-07", "--to", "2026-12-20")
    left = office.go_on("substitute", away, "--volunteer", "V1", "--from", "2026-12-14", "--left")
    visits = read(left, "visits")
    assert set(visits.loc[visits["date"] >= "2026-12-14", "in_place_of"]) == {""}
    assert "V1" in set(visits.loc[visits["date"] < "2026-12-14", "in_place_of"])


@pytest.mark.parametrize("status", ["去世", *long("搬走")])
def test_an_elder_who_dies_or_moves_away_has_no_contact_from_that_day_on(office, status):
    month = office.month()
    office.change("elders", "E1", status=status, left="2026-12-14")
    out = office.go_on("schedule", month, "--from", "2026-12-15")
    was, now = read(month, "visits"), read(out, "visits")
    assert now.loc[now["elder_id"] == "E1", "date"].max() < "2026-12-15"
    others = (was[was["elder_id"] != "E1"], now[now["elder_id"] != "E1"])
    assert others[0][KEYS].to_numpy().tolist() == others[1][KEYS].to_numpy().tolist()
    assert office.holds(out)
    office.change("elders", "E1", left="")
    without = office.go_on("schedule", month, "--from", "2026-12-15")
    assert read(without, "unmatched").set_index("elder_id").loc["E1", "reason"] == "absent"
    assert "pair_elder_absent" in set(read(without, "issues")["code"])
    assert read(without, "visits").query("elder_id == 'E1'")["date"].max() < "2026-12-15"


def test_an_elder_who_dies_before_the_two_had_time_to_meet_stops_nobodys_month(office):
    office.change("elders", "E1", availability="周末")
    month = office.month()
    office.change("elders", "E1", status="left", left="2026-12-04")
    out = office.go_on("schedule", month, "--from", "2026-12-04")
    assert "E1" not in set(read(out)["elder_id"]) | set(read(out, "visits")["elder_id"])
    assert read(out, "unmatched")[["elder_id", "reason"]].to_numpy().tolist() == [["E1", "absent"]]
    assert set(read(out, "issues")["code"]) == {"pair_elder_absent"}
    assert office.holds(out)


def test_an_elder_who_dies_has_no_contact_left_of_the_pair_before_the_last_one(office):
    month = office.month()
    left = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-26", "--left")
    office.change("elders", "E1", left="2026-12-07")
    out = office.go_on("schedule", left, "--from", "2026-12-08")
    assert read(out, "visits").query("elder_id == 'E1'")["date"].max() < "2026-12-08"


def test_what_who_left_made_for_whom_nobody_takes_over_stays(tmp_path):
    office = Office(tmp_path, elders=2, volunteers=2, capacity=1)
    month = office.month()
    left = office.go_on("substitute", month, "--volunteer", "V2", "--left", "--from", "2026-12-15")
    assert list(read(left)["elder_id"]) == ["E1"]
    again = office.go_on("schedule", left)
    assert len(read(left, "visits").query("elder_id == 'E2'"))
    assert read(again, "visits")[KEYS].to_numpy().tolist() == read(left, "visits")[KEYS].to_numpy().tolist()


def test_an_elder_who_joins_is_given_a_place_and_nobody_else_changes(office):
    everybody = office.elders
    office.elders = everybody[everybody["id"] != "E3"]
    month = office.month()
    office.elders = everybody
    office.change("elders", "E3", joined="2026-12-16")
    out = office.go_on("schedule", month, "--from", "2026-12-16", "--fill")
    pairs = read(out).set_index("elder_id")
    assert (pairs.loc["E3", "status"], pairs.loc["E3", "since"]) == ("new", "2026-12-16")
    same = ["volunteer_id", "status", "since"]
    assert (pairs.loc[["E1", "E2"], same] == read(month).set_index("elder_id")[same]).all(axis=None)
    visits = read(out, "visits")
    assert visits.loc[visits["elder_id"] == "E3", "date"].min() >= "2026-12-16"
    was = read(month, "visits")
    assert set(was[KEYS].itertuples(index=False)) <= set(visits[KEYS].itertuples(index=False))
    without = office.go_on("schedule", month, "--from", "2026-12-16")
    assert read(without, "unmatched")[["elder_id", "reason"]].to_numpy().tolist() == [["E3", "by_hand"]]


@pytest.mark.long
def test_whoever_is_in_no_pair_is_listed_wherever_the_file_lies(office, capsys):
    month = office.do("match", "--month", "2026-12")
    pairs = read(month)
    (office.place / "desk").mkdir()
    pairs[pairs["elder_id"] != "E1"].to_csv(office.place / "desk" / "deleted.csv", index=False)
    pairs.assign(volunteer_id=pairs["volunteer_id"].where(pairs["elder_id"] != "E1", ""), volunteer_name="").to_csv(
        month / "emptied.csv", index=False
    )
    # the masked name that the program wrote may be left beside the emptied id
    masked = pairs.assign(volunteer_id=pairs["volunteer_id"].where(pairs["elder_id"] != "E1", ""))
    assert masked.loc[masked["elder_id"] == "E1", "volunteer_name"].item().endswith("*")
    masked.to_csv(month / "masked.csv", index=False)
    for path in (office.place / "desk" / "deleted.csv", month / "emptied.csv", month / "masked.csv"):
        out = office.do("schedule", "--month", "2026-12", "--pairs", path)
        assert read(out, "unmatched")[["elder_id", "reason"]].to_numpy().tolist() == [["E1", "by_hand"]]
        issues = read(out, "issues").set_index("code")
        assert issues.loc["left_out_by_hand", "value"] == "E1"
        assert issues.loc["left_out_by_hand", "severity"] == "warning"


@pytest.mark.long
def test_a_list_of_this_month_as_last_months_changes_no_date_and_no_status(office):
    month = office.do("match", "--month", "2026-12")
    again = office.do("match", "--month", "2026-12", "--previous", month / "pairs.csv")
    names = [*PAIR, "status", "since"]
    assert read(again)[names].to_numpy().tolist() == read(month)[names].to_numpy().tolist()


def start_pairs(office, **since):
    return office.write(
        pd.DataFrame([(e, f"V{e[1:]}", day) for e, day in since.items()], columns=[*PAIR, "since"]), "p.csv"
    )


@pytest.mark.parametrize("side", ["elders", "volunteers"])
@pytest.mark.parametrize("how", ["days_off", *long("status")])
def test_a_pair_pauses_while_one_is_away_and_goes_on_after(office, side, how):
    who = {"elders": "E1", "volunteers": "V1"}[side]
    october = start_pairs(office, E1="2025-01-09", E2="2025-01-01", E3="2025-01-01")
    off = {"status": {"status": "paused"}, "days_off": {"days_off": "2026-11-01~2026-11-30"}}[how]
    office.change(side, who, **off)
    november = office.do("match", "--month", "2026-11", "--previous", october)
    pairs = read(november)
    assert pairs.query("status == 'paused'")[[*PAIR, "since", "paused_since"]].to_numpy().tolist() == [
        ["E1", "V1", "2025-01-09", "2026-11-01"]
    ]
    lent = pairs.query("elder_id == 'E1' and status != 'paused'")
    assert len(lent) == (side == "volunteers")
    changes = read(november, "changes")
    assert changes[["elder_id", "previous_volunteer_id", "reason"]].to_numpy().tolist() == [["E1", "V1", "paused"]]
    office.change(side, who, status="", days_off="")
    december = office.month("2026-12", "--previous", november / "pairs.csv")
    pair = read(december).set_index("elder_id").loc["E1"]
    assert (pair["volunteer_id"], pair["status"], pair["since"]) == ("V1", "kept", "2025-01-09")
    assert float(pair["keep_cost_m"]) < -1600
    told = read(december, "changes")[["elder_id", "previous_volunteer_id", "reason"]].to_numpy().tolist()
    assert told == [["E1", volunteer, "own_volunteer_back"] for volunteer in lent["volunteer_id"]]


@pytest.mark.long
def test_an_elders_own_volunteer_comes_before_whoever_stood_in_and_paused_in_turn(office):
    """V1 is away, then also who stood in: once V1 is back nobody else is, and the pair of the stand-in is over."""
    files = start_pairs(office, E1="2025-01-01")
    office.change("volunteers", "V1", status="paused")
    september = office.do("match", "--month", "2026-09", "--previous", files)
    second = read(september).query("elder_id == 'E1' and status != 'paused'")["volunteer_id"].item()
    office.change("volunteers", second, status="paused")
    october = office.do("match", "--month", "2026-10", "--previous", september / "pairs.csv")
    assert set(read(october).query("status == 'paused'")["volunteer_id"]) == {"V1", second}
    for back, also in (("V1", ""), (second, ""), ("V1", second)):
        for who in ("V1", second):
            office.change("volunteers", who, status="" if who in (back, also) else "paused")
        out = office.do("match", "--month", "2026-11", "--previous", october / "pairs.csv")
        pairs = read(out).query("elder_id == 'E1'").set_index("status")["volunteer_id"].to_dict()
        assert pairs == ({"kept": "V1"} if back == "V1" else {"kept": second, "paused": "V1"})
        assert set(read(out, "changes")["reason"]) == {"own_volunteer_back"}


def test_all_pairs_pause_where_every_volunteer_is_away(office):
    october = start_pairs(office, E1="2025-01-01", E2="2025-01-01")
    for volunteer in office.volunteers["id"]:
        office.change("volunteers", volunteer, days_off="2026-11-01~2026-11-30")
    november = office.do("run", "--month", "2026-11", "--previous", october, code=3)
    assert read(november)[["elder_id", "status"]].to_numpy().tolist() == [["E1", "paused"], ["E2", "paused"]]


def test_no_pair_pauses_with_a_volunteer_who_leaves(office):
    october = start_pairs(office, E1="2025-01-01", E2="2025-01-01")
    office.change("elders", "E1", status="paused")
    office.change("volunteers", "V1", left="2026-11-13")
    november = office.month("2026-11", "--previous", october)
    assert "paused" not in set(read(november)["status"])


@pytest.mark.long
def test_a_pair_that_pauses_too_long_has_ended(office):
    files = start_pairs(office, E1="2025-01-01", E2="2025-01-01")
    office.change("elders", "E1", status="paused")
    for month in ("2026-09", "2026-10"):
        files = office.do("match", "--month", month, "--previous", files, "--set", "keep.paused_months=2") / "pairs.csv"
        assert (read(files.parent)["status"] == "paused").sum() == 1
    ended = office.do("match", "--month", "2026-11", "--previous", files, "--set", "keep.paused_months=2")
    assert "paused" not in set(read(ended)["status"])
    assert read(ended, "changes")[["elder_id", "reason"]].to_numpy().tolist() == [["E1", "paused_too_long"]]


def test_who_comes_back_comes_before_whom_the_place_was_lent(tmp_path):
    office = Office(tmp_path, elders=2, volunteers=1, capacity=1)
    office.change("elders", "E1", status="paused")
    november = office.do("match", "--month", "2026-11", "--previous", start_pairs(office, E1="2026-10-01"))
    assert read(november).query("status == 'new'")[PAIR].to_numpy().tolist() == [["E2", "V1"]]
    # high risk and nearer: the place is lent all the same
    office.elders["risk"] = ["low", "high"]
    office.change("elders", "E1", status="")
    december = office.do("match", "--month", "2026-12", "--previous", november / "pairs.csv")
    assert read(december)[[*PAIR, "status", "since"]].to_numpy().tolist() == [["E1", "V1", "kept", "2026-10-01"]]
    assert read(december, "changes")[["elder_id", "reason"]].to_numpy().tolist() == [["E2", "lent_place"]]


@pytest.mark.parametrize(
    ("unit", "tiers", "minutes"), [("units", "{high=1,medium=2,low=2}", ""), ("minutes", "{}", "900")]
)
def test_who_comes_back_needs_as_much_as_before_in_units_and_minutes_too(tmp_path, unit, tiers, minutes):
    """E1 takes what E2 and E3, who are of high risk, take together: both were lent it, and both give it back."""
    office = Office(tmp_path, elders=3, volunteers=1, capacity=2)
    words = ["--set", f"capacity.unit={unit}", "--set", f"capacity.units_by_risk={tiers}"]
    office.elders["risk"] = ["medium", "high", "high"]
    office.elders["contacts_per_week"] = ["每天", "", ""]
    office.volunteers["minutes_per_month"] = minutes
    office.change("elders", "E1", status="paused")
    previous = start_pairs(office, E1="2026-10-01")
    november = office.do("match", "--month", "2026-11", "--previous", previous, *words)
    assert read(november).query("status == 'new'")["elder_id"].tolist() == ["E2", "E3"]
    office.change("elders", "E1", status="")
    december = office.do("match", "--month", "2026-12", "--previous", november / "pairs.csv", *words)
    assert read(december)[[*PAIR, "status", "since"]].to_numpy().tolist() == [["E1", "V1", "kept", "2026-10-01"]]
    lent = [["E2", "lent_place"], ["E3", "lent_place"]]
    assert read(december, "changes")[["elder_id", "reason"]].to_numpy().tolist() == lent


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("schedule", ["--from", "2026-12-15"]),
        ("substitute", ["--volunteer", "V2", "--from", "2026-12-15", "--to", "2026-12-18"]),
    ],
)
def test_a_pair_ends_where_the_elder_withdraws_consent(office, capsys, command, words):
    """Contacts made before that day stand, nobody else is moved, and the elder is listed with the reason."""
    month = office.month()
    was = read(month, "visits").query("elder_id == 'E1'")
    office.change("elders", "E1", consent="no")
    after = office.go_on(command, month, *words)
    assert "the pair ends" in " ".join(capsys.readouterr().out.split())
    assert "E1" not in set(read(after)["elder_id"])
    assert read(after, "unmatched").query("elder_id == 'E1'")["reason"].tolist() == ["no_consent"]
    made = read(after, "visits").query("elder_id == 'E1'")
    assert made["visit_id"].tolist() == was.query("date < '2026-12-15'")["visit_id"].tolist()
    assert office.holds(after)


@pytest.mark.parametrize("way", ["left", "by hand", "consent"])
def test_whose_contacts_followed_those_that_fall_is_not_moved(tmp_path, way):
    """E1 comes first on each of the volunteer's days; the days and hours of E2 stay when E1's pair ends."""
    office = Office(tmp_path, elders=2, volunteers=1, capacity=2)
    month, pairs = office.month(), None
    if way == "by hand":
        pairs = month / "hand.csv"
        read(month).query("elder_id != 'E1'").to_csv(pairs, index=False)
    office.change("elders", "E1", **{"left": {"left": "2026-12-13"}, "consent": {"consent": "no"}}.get(way, {}))
    after = office.go_on("schedule", month, "--from", "2026-12-14", pairs=pairs)
    when = ["visit_id", "date", "start", "end", "kind", "revision"]
    was, now = (read(folder, "visits").query("elder_id == 'E2'") for folder in (month, after))
    assert now[when].to_numpy().tolist() == was[when].to_numpy().tolist()
    assert set(was["order_of_day"]) == {"2"}
    assert set(now.query("date >= '2026-12-14'")["order_of_day"]) == {"1"}
    assert "E2" not in set(read(after, "notices")["person_id"])
    assert office.holds(after)


def test_a_month_refused_for_a_pair_that_is_barred_by_now_says_how_to_end_it(office, capsys):
    month = office.month()
    office.change("elders", "E1", lng_wgs84=121.46)
    office.go_on("schedule", month, "--from", "2026-12-15", code=4)
    assert "take its row out of a copy of the pairs" in " ".join(capsys.readouterr().err.split())


@pytest.mark.long
def test_paused_pairs_go_through_the_month_without_places_or_contacts(office):
    office.change("elders", "E1", status="paused")
    month = office.month("2026-12", "--previous", start_pairs(office, E1="2025-01-01", E2="2025-01-01"))
    out = office.go_on("schedule", month, "--from", "2026-12-10", "--surge", "2026-12-14:2026-12-15")
    left = office.go_on("substitute", out, "--volunteer", "V2", "--from", "2026-12-21", "--left")
    for folder in (month, out, left):
        assert read(folder).query("status == 'paused'")[PAIR].to_numpy().tolist() == [["E1", "V1"]]
        assert "E1" not in set(read(folder, "visits")["elder_id"])
        assert read(folder, "unmatched").query("elder_id == 'E1'")["reason"].tolist() == ["absent"]
    assert office.holds(out, "--from", "2026-12-10", "--surge", "2026-12-14:2026-12-15")
    gone = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-21", "--left", code=2)
    assert not gone.exists()


@pytest.mark.long
def test_months_of_random_absences_hold_by_the_independent_checker(tmp_path):
    """Each month is verified as it is written: which pairs pause is read there by other code."""
    draw = random.Random(5)
    office = Office(tmp_path, elders=8, volunteers=5, capacity=2)
    previous = []
    for month in range(1, 10):
        for side in ("elders", "volunteers"):
            frame = getattr(office, side)
            frame["status"] = [draw.choice(["", "", "", "paused"]) for _ in frame["id"]]
        folder = office.do("match", "--month", f"2026-{month:02}", *previous)
        pairs = read(folder)
        active = pairs[pairs["status"] != "paused"]
        assert not active["elder_id"].duplicated().any()
        assert active["volunteer_id"].value_counts().max() <= 2
        paused = pairs[pairs["status"] == "paused"]
        away = {i for side in (office.elders, office.volunteers) for i in side.loc[side["status"] == "paused", "id"]}
        assert all({e, v} & away for e, v in paused[PAIR].itertuples(index=False))
        previous = ["--previous", folder / "pairs.csv"]


@pytest.mark.parametrize("seed", [0, *long(1, 2)])
def test_planned_anew_from_any_day_with_nothing_changed_nothing_changes(tmp_path, seed):
    draw = random.Random(seed)
    office = Office(tmp_path, elders=draw.randint(3, 9), volunteers=draw.randint(2, 5), capacity=3)
    office.volunteers["availability"] = [
        draw.choice(["", "周一至周五", "周二周四上午", "周末"]) for _ in office.volunteers["id"]
    ]
    month = f"2026-{draw.randint(1, 12):02}"
    folder = office.month(month)
    for day in (1, draw.randint(2, 27)):
        words = ["--pairs", folder / "pairs.csv", "--visits", folder / "visits.csv", "--month", month]
        out = office.do("schedule", *words, "--from", f"{month}-{day:02}")
        assert read(out, "visits").to_numpy().tolist() == read(folder, "visits").to_numpy().tolist()
        assert read(out, "unscheduled").to_numpy().tolist() == read(folder, "unscheduled").to_numpy().tolist()
        names = [*PAIR, "status", "since"]
        assert read(out)[names].to_numpy().tolist() == read(folder)[names].to_numpy().tolist()


def test_a_month_without_any_pair_is_written_all_the_same(office, capsys):
    month = office.month()
    pairs = read(month).assign(volunteer_id="")
    capsys.readouterr()
    out = office.go_on("schedule", month, "--from", "2026-12-15", pairs=office.write(pairs, "hand.csv"))
    assert set(read(out, "visits")["date"]) == {day for day in read(month, "visits")["date"] if day < "2026-12-15"}
    assert set(read(out, "unmatched")["elder_id"]) == {"E1", "E2", "E3"}
    told = capsys.readouterr().out
    assert "hand out" not in told
    assert "proved" not in told.replace("not proved", "")


@pytest.mark.long
def test_calls_only_are_counted_once_where_one_elder_is_planned_anew(office):
    month = office.month()
    turned = office.go_on("schedule", month, "--calls-only", "2026-12-07:2026-12-13")
    out = office.go_on("schedule", turned, "--from", "2026-12-02", "--elder", "E1")
    kept = [frame[frame["elder_id"] != "E1"][KEYS] for frame in (read(turned, "visits"), read(out, "visits"))]
    assert set(kept[0].itertuples(index=False)) == set(kept[1].itertuples(index=False))


@pytest.mark.long
def test_the_only_volunteer_who_leaves_leaves_the_elders_listed(tmp_path):
    office = Office(tmp_path, elders=2, volunteers=1)
    month = office.month()
    out = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-14", "--left")
    assert not len(read(out))
    assert set(read(out, "unmatched")["elder_id"]) == {"E1", "E2"}
    made = {day for day in read(month, "visits")["date"] if day < "2026-12-14"}
    assert set(read(out, "visits")["date"]) == made


@pytest.mark.parametrize("words", [("--elder", "E1"), *long(())])
def test_who_was_away_before_the_pair_ended_is_stood_in_for_until_then(office, words, capsys):
    month = office.month()
    pairs = read(month)
    volunteer = pairs["volunteer_id"][0]
    hand = office.write(pairs[pairs["elder_id"] != "E1"], "hand.csv")
    ended = office.go_on("schedule", month, "--from", "2026-12-14", *words, pairs=hand)
    day = read(ended, "visits").query("elder_id == 'E1'")["date"].min()
    out = office.go_on("substitute", ended, "--volunteer", volunteer, "--from", day, "--to", day)
    (row,) = read(out, "visits").query("elder_id == 'E1' and date == @day").to_dict("records")
    assert row["volunteer_id"] != row["in_place_of"] == volunteer
    assert office.holds(out), capsys.readouterr().out


@pytest.mark.long
def test_days_of_calls_only_come_after_a_surge(office):
    # the surge's call on Sunday stands beside the visit of that week, which becomes a call
    office.elders["contacts_per_week"] = "每周一次"
    office.elders["availability"] = "周二上午"
    month = office.month()
    surge = office.go_on("schedule", month, "--surge", "2026-12-20:2026-12-22")
    out = office.go_on("schedule", surge, "--calls-only", "2026-12-14:2026-12-16")
    week = read(out, "visits").query("elder_id == 'E1' and '2026-12-14' <= date <= '2026-12-20'")
    assert list(zip(week["date"], week["kind"], strict=True)) == [("2026-12-15", "call"), ("2026-12-20", "call")]


@pytest.mark.parametrize("days", [("2026-12-05", "2026-12-21"), *long(("2026-12-21", "2026-12-05"))])
def test_each_elder_has_the_day_from_which_they_were_planned_anew(office, days, capsys):
    """E2 asks for less after E1 was planned anew: what E2 had until then stands, whatever E1's day is."""
    office.elders["contacts_per_week"] = "每周3次"
    one = office.go_on("schedule", office.month(), "--from", days[0], "--elder", "E1")
    office.change("elders", "E2", contacts_per_week="每周1次")
    two = office.go_on("schedule", one, "--from", days[1], "--elder", "E2")
    told = dict(read(two, "replanned")[["elder_id", "from"]].itertuples(index=False))
    assert told == {"E1": days[0], "E2": days[1]}
    assert office.holds(two), capsys.readouterr().out
    surge = office.go_on("schedule", two, "--surge", "2026-12-12:2026-12-14")
    told = dict(read(surge, "replanned")[["elder_id", "from"]].itertuples(index=False))
    assert told == {"E1": days[0], "E2": days[1]}  # a surge plans nobody anew
    assert office.holds(surge), capsys.readouterr().out
    everybody = office.go_on("schedule", two, "--from", "2026-12-28")
    assert read(everybody, "replanned")[["from", "elder_id", "due_then"]].to_numpy().tolist() == [
        ["2026-12-28", "", "no"],
        ["2026-12-28", "E2", "yes"],
    ]
    assert office.holds(everybody)


def test_what_is_more_than_due_is_none_of_those_who_were_not_planned_anew(office):
    """E1 asks for less too, but nobody planned E1 anew since: that E2 was is no excuse for E1's month."""
    office.elders["contacts_per_week"] = "每周3次"
    month = office.month()
    office.change("elders", "E2", contacts_per_week="每周1次")
    out = office.go_on("schedule", month, "--from", "2026-12-21", "--elder", "E2")
    assert office.holds(out)
    office.change("elders", "E1", contacts_per_week="每周1次")
    assert not office.holds(out)


def test_who_is_left_out_is_listed_with_street_and_committee(office):
    """Also who comes from a list of before that has no such columns."""
    office.elders["subdistrict"], office.elders["committee"] = "长桥街道", ["一居", "二居", "三居"]
    office.volunteers["subdistrict"] = "长桥街道"
    office.change("elders", "E2", consent="no")
    month = office.month()
    where = ["elder_id", "subdistrict", "committee"]
    assert read(month, "unmatched")[where].to_numpy().tolist() == [["E2", "长桥街道", "二居"]]
    path = month / "unmatched.csv"
    read(month, "unmatched").drop(columns=where[1:]).to_csv(path, index=False, encoding="utf-8-sig")
    after = office.go_on("schedule", month, "--from", "2026-12-15")
    assert read(after, "unmatched")[where].to_numpy().tolist() == [["E2", "长桥街道", "二居"]]


def test_a_pair_of_a_later_day_has_no_contact_before_it(tmp_path, capsys):
    """The first plan of a pairs file written by hand; the two can meet on Mondays, and are a pair since a Thursday."""
    office = Office(tmp_path, elders=1, volunteers=1)
    office.volunteers["availability"] = "周一9:00-9:50"
    office.elders["risk"] = "high"
    office.write(pd.DataFrame({"elder_id": ["E1"], "volunteer_id": ["V1"], "since": ["2026-12-24"]}), "hand.csv")
    alone = ("availability.mode=off", "availability.least_visits=off", "availability.silence=off")
    words = [word for text in alone for word in ("--set", text)]
    out = office.do("schedule", "--month", "2026-12", "--pairs", tmp_path / "hand.csv", *words)
    assert read(out, "visits")["date"].tolist() == ["2026-12-28"]
    assert office.holds(out, *words), capsys.readouterr().out
