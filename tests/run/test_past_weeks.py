"""Weeks that are over when a month is changed: what was due in them is what was due then."""

import json

import pytest

from tests.helpers.effort import long
from tests.helpers.office import Office, read

ROW = ["elder_id", "volunteer_id", "week_start", "kind", "missing", "reason"]
DAY = "2026-12-21"


@pytest.fixture
def office(tmp_path):
    """Of three contacts a week there is time for two with E1 and E2, and for one with the others."""
    office = Office(tmp_path, elders=4, volunteers=2, capacity=4)
    office.elders["contacts_per_week"] = "每周3次"
    office.elders["availability"] = ["周二上午、周四上午"] * 2 + ["周二上午"] * 2
    return office


def missing(folder, query="week_start < @DAY"):
    return sorted(map(tuple, read(folder, "unscheduled").query(query)[ROW].to_numpy()))


def figures(folder):
    return json.loads((folder / "summary.json").read_text("utf-8-sig"))["schedule"]


def flagged(folder):
    return read(folder, "replanned").query("due_then == 'yes'")[["from", "elder_id"]].to_numpy().tolist()


def check_sum(folder):
    due = figures(folder)["contacts_due"]
    assert due == len(read(folder, "visits")) + read(folder, "unscheduled")["missing"].astype(int).sum()


@pytest.mark.parametrize(
    "words",
    [
        ("schedule", "--from", DAY),
        *long(
            ("schedule", "--from", DAY, "--elder", "E1"),
            ("schedule", "--from", DAY, "--elder", "E2"),
            ("schedule", "--surge", f"{DAY}:2026-12-23"),
            ("substitute", "--volunteer", "V1", "--from", DAY, "--to", "2026-12-23"),
        ),
    ],
)
@pytest.mark.parametrize("often", ["每天", *long("每周1次")])
def test_how_often_by_a_roster_of_since_is_not_due_in_weeks_before(office, words, often, capsys):
    month = office.month()
    office.change("elders", "E1", contacts_per_week=often)
    out = office.go_on(words[0], month, *words[1:])
    assert missing(out) == missing(month)
    assert flagged(out) == [[DAY, "E1"]]
    check_sum(out)
    assert office.holds(out), capsys.readouterr().out
    assert "history, told only" in capsys.readouterr().out
    again = office.go_on("schedule", out, "--from", "2026-12-28")
    assert missing(again) == missing(month)
    assert flagged(again) == [["2026-12-28", "E1"]]


def test_nobody_else_is_excused(office, capsys):
    month = office.month()
    office.change("elders", "E1", contacts_per_week="每天")
    out = office.go_on("schedule", month, "--from", DAY)
    rows = read(out, "unscheduled")
    rows[~((rows["elder_id"] == "E2") & (rows["week_start"] == "2026-12-14"))].to_csv(
        out / "unscheduled.csv", index=False
    )
    assert not office.holds(out)
    assert "E2" in capsys.readouterr().out


@pytest.mark.parametrize("way", ["changed", *long("ended", "left")])
def test_what_a_pair_lacked_before_it_ended_stays_missing(office, way, capsys):
    month = office.month()
    pairs = read(month)
    first = pairs["volunteer_id"][0]
    if way == "left":
        out = office.go_on("substitute", month, "--volunteer", first, "--from", DAY, "--left")
    else:
        pairs.loc[0, ["volunteer_id", "volunteer_name"]] = "V2" if first == "V1" else "V1", ""
        pairs = pairs if way == "changed" else pairs.iloc[1:]
        hand = office.write(pairs, "hand.csv")
        out = office.go_on("schedule", month, "--from", DAY, pairs=hand)
    assert missing(month, "elder_id == 'E1' and week_start < @DAY")
    check_sum(out)
    assert office.holds(out), capsys.readouterr().out
    surge = office.go_on("schedule", out, "--surge", "2026-12-29:2026-12-30")
    early = office.go_on("substitute", surge, "--volunteer", "V2", "--from", "2026-12-09", "--to", "2026-12-09")
    for folder in (out, surge, early):
        assert missing(folder, "elder_id == 'E1' and week_start < @DAY") == missing(
            month, "elder_id == 'E1' and week_start < @DAY"
        )
        check_sum(folder)
    assert office.holds(surge), capsys.readouterr().out


@pytest.mark.long
def test_a_surge_before_an_elders_own_day_leaves_that_day(tmp_path, capsys):
    """The contacts of E1 were planned from that day on, and the surge came without planning E1 anew."""
    office = Office(tmp_path, elders=2, volunteers=1, capacity=2)
    office.elders["contacts_per_week"], office.elders["visits_per_month"] = ["每周3次", "每天"], ["4", ""]
    office.elders["days_off"] = ["2026-07-19至2026-07-20", "2026-07-15至2026-07-21"]
    office.change("volunteers", "V1", availability="周三9:00-11:00", role="组长", team="一组")
    month = office.month("2026-07")
    stand = [*("--month", "2026-07"), *("--pairs", month / "pairs.csv")]
    own = office.do("schedule", *stand, "--visits", month / "visits.csv", "--from", "2026-07-17", "--elder", "E1")
    surge = office.do("schedule", *stand, "--visits", own / "visits.csv", "--surge", "2026-07-05:2026-07-09")
    assert read(surge, "replanned")[["from", "elder_id"]].to_numpy().tolist() == [["2026-07-17", "E1"]]
    assert office.holds(surge, "--month", "2026-07"), capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("schedule", "--surge", "2026-12-03:2026-12-04"),
        *long(("substitute", "--volunteer", "V1", "--from", "2026-12-03", "--to", "2026-12-04")),
    ],
)
def test_who_asks_for_less_keeps_what_stands_until_planned_anew(office, words, capsys):
    """A surge, or a stand-in for somebody else, plans nobody anew: what was due when E1 was planned stands."""
    month = office.month()
    office.change("elders", "E1", contacts_per_week="每两周1次")
    assert not office.holds(month)
    out = office.go_on(words[0], month, *words[1:])
    assert read(out, "replanned").query("more_stand == 'yes'")["elder_id"].tolist() == ["E1"]
    check_sum(out)
    assert office.holds(out), capsys.readouterr().out
    office.change("elders", "E2", contacts_per_week="每两周1次")
    assert not office.holds(out)  # E2 asks for less since, and no command knew of it
    office.change("elders", "E2", contacts_per_week="每周3次")
    anew = office.go_on("schedule", out, "--from", "2026-12-07", "--elder", "E1")
    assert not len(read(anew, "replanned").query("more_stand == 'yes'"))
    assert len(read(anew, "visits").query("elder_id == 'E1'")) < len(read(out, "visits").query("elder_id == 'E1'"))
    assert office.holds(anew), capsys.readouterr().out


@pytest.mark.long
def test_who_leaves_early_in_a_week_has_no_contact_in_it_for_a_first_visit_that_was_late(tmp_path, capsys):
    """The elder is there on one day of the first week, a Sunday; somebody comes along on the Monday after."""
    office = Office(tmp_path, elders=1, volunteers=2, capacity=1)
    office.volunteers["role"], office.volunteers["team"] = ["", "组长"], "一组"
    office.volunteers.loc[1, "availability"] = "周一至周五"
    office.elders["contacts_per_week"], office.elders["risk"] = "每四周1次", "high"
    office.change("elders", "E1", joined="2026-12-09", days_off="2026-12-07至2026-12-12")
    month = office.month()
    assert read(month, "visits")["kind"].tolist()[:2] == ["call", "visit"]
    office.change("elders", "E1", left=DAY)
    out = office.go_on("schedule", month, "--from", DAY)
    assert read(out, "visits")["date"].tolist() == ["2026-12-13", "2026-12-14"]
    check_sum(out)
    assert office.holds(out), capsys.readouterr().out


def test_a_day_that_closes_in_a_later_week_moves_no_visit_into_weeks_that_are_over(tmp_path, capsys):
    """The month's second visit of two, which fewer open days would have had in the week before."""
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("elders", "E1", availability="周一9:00-9:50", contacts_per_week="每天", visits_per_month="2")
    month, closed = office.month("2026-11"), ["--set", 'schedule.closed_days=["2026-11-25"]']
    given = ["--pairs", month / "pairs.csv", "--visits", month / "visits.csv"]
    out = office.do("schedule", "--month", "2026-11", *given, "--from", "2026-11-25", *closed)
    assert read(out, "visits").query("kind == 'visit'")["date"].tolist() == ["2026-11-02", "2026-11-23"]
