"""First visits of elders who are due less than once a week: early where the two can meet, and never lost for it."""

import json

import pandas as pd
import pytest

from tests.helpers.effort import long
from tests.helpers.office import Office, read


class SeldomOffice(Office):
    """A programme of elders who are due less than once a week, or visited so, whose volunteers are away at first."""

    def __init__(self, place):
        super().__init__(place, elders=4, volunteers=2, capacity=2)
        self.elders["contacts_per_week"] = ["每月1次", "每两周1次", "每四周1次", ""]
        self.elders["visits_per_month"] = ["", "", "", "1"]
        self.volunteers["days_off"] = "2026-12-01至2026-12-08"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    office = SeldomOffice(tmp_path_factory.mktemp("seldom"))
    office.first = office.month()
    return office


def figures(folder):
    return json.loads((folder / "summary.json").read_text("utf-8-sig"))["schedule"]


def visit_days(folder, elder):
    visits = read(folder, "visits")
    return [int(day[-2:]) for day in visits[(visits["elder_id"] == elder) & (visits["kind"] == "visit")]["date"]]


def test_whose_volunteer_is_away_in_the_first_days_is_visited_later(office):
    below = [row for row in figures(office.first)["below_floor"] if row["visits_missing"]]
    assert not below
    for elder in ("E1", "E2", "E3", "E4"):
        assert visit_days(office.first, elder), elder


def test_a_silence_between_what_is_due_is_told_as_such_and_not_as_an_absence(tmp_path):
    office = Office(tmp_path, elders=1, volunteers=1)
    november = office.month("2026-11")
    visits = office.write(read(november, "visits").query("date <= '2026-11-16'"), "november.csv")
    office.change("elders", "E1", contacts_per_week="每三周1次")  # of December that is the week of the 14th
    out = office.month("2026-12", "--previous", november / "pairs.csv", "--previous-visits", visits)
    (below,) = figures(out)["below_floor"]
    assert (below["reason"], below["visits_missing"], below["silent_days"]) == ("seldom_due", 0, 6)


def test_a_surge_counts_a_first_visit_where_it_is(office):
    out = office.go_on("schedule", office.first, "--surge", "2026-12-15:2026-12-16")
    for elder in ("E1", "E2", "E3", "E4"):
        assert visit_days(out, elder) == visit_days(office.first, elder), elder
    missing = read(out, "unscheduled").query("kind == 'visit'")
    assert missing[["elder_id", "week_start"]].equals(
        read(office.first, "unscheduled").query("kind == 'visit'")[["elder_id", "week_start"]]
    )


def test_a_pair_whose_volunteer_joins_later_is_one_from_then_on(tmp_path):
    office = Office(tmp_path, elders=3, volunteers=2)
    office.elders["contacts_per_week"] = ["", "每月1次", "每四周1次"]
    office.volunteers["joined"] = "2026-12-09"
    out = office.month()
    assert set(read(out)["since"]) == {"2026-12-09"}
    assert read(out, "unscheduled").empty
    for elder in ("E1", "E2", "E3"):
        assert min(visit_days(out, elder)) in range(9, 16), elder
    assert office.holds(out)


@pytest.mark.long
def test_a_stand_in_makes_a_first_visit_that_is_not_due_twice(office):
    volunteer = read(office.first).set_index("elder_id")["volunteer_id"]["E1"]
    (day,) = visit_days(office.first, "E1")
    out = office.go_on(
        "substitute", office.first, "--volunteer", volunteer, "--from", f"2026-12-{day:02}", "--to", f"2026-12-{day:02}"
    )
    assert visit_days(out, "E1") == [day]
    assert not len(read(out, "unscheduled").query("elder_id == 'E1'"))


def test_who_can_meet_meets_in_the_first_days(tmp_path):
    office = SeldomOffice(tmp_path)
    office.volunteers["days_off"] = ""
    out = office.month()
    for elder in ("E1", "E2", "E3", "E4"):
        assert visit_days(out, elder)[0] <= 7, elder


@pytest.mark.long
def test_a_surge_after_a_month_planned_anew_counts_a_first_visit_where_it_is(tmp_path):
    """The first days of who have not met are counted from the day on which the month is planned anew."""
    office = SeldomOffice(tmp_path)
    office.volunteers["days_off"] = "2026-12-01至2026-12-19"
    anew = office.go_on("schedule", office.month(), "--from", "2026-12-19")
    out = office.go_on("schedule", anew, "--surge", "2026-12-28:2026-12-29")
    for elder in ("E1", "E2", "E3", "E4"):
        assert visit_days(out, elder) == visit_days(anew, elder), elder


@pytest.mark.long
def test_another_elders_volunteer_leaves_where_one_who_joined_late_is_due_once_a_month(tmp_path):
    office = Office(tmp_path, elders=3, volunteers=3, capacity=2)
    office.change("elders", "E1", joined="2026-12-09")
    office.elders["contacts_per_week"] = ["每月1次", "", ""]
    month = office.month()
    volunteer = read(month).set_index("elder_id")["volunteer_id"]["E3"]
    out = office.go_on("substitute", month, "--volunteer", volunteer, "--from", "2026-12-21", "--left")
    assert visit_days(out, "E1") == visit_days(month, "E1")
    assert office.holds(out)


@pytest.mark.long
def test_a_first_visit_leaves_a_day_that_is_closed_now(tmp_path):
    office = Office(tmp_path, elders=1, volunteers=1)
    office.volunteers["joined"] = "2026-12-09"
    day = read(office.month(), "visits")["date"].min()
    closed = ["--set", f'schedule.closed_days=["{day}"]']
    out = office.go_on("schedule", office.month(), "--from", day, *closed)
    assert int(day[-2:]) < visit_days(out, "E1")[0] <= int(day[-2:]) + 7
    assert office.holds(out, *closed)


def late_first_visits(folder):
    issues = read(folder, "issues").query("code == 'first_visit_late'")
    return dict(zip(issues["value"], issues["message"], strict=True))


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"days_off": "2026-12-01至2026-12-08"}, "is away on these days"),
        ({"days_off": ""}, None),
        ({"availability": "每周四上午", "days_off": "2026-12-03"}, "no free half-day in common on these days"),
    ],
)
def test_a_first_visit_after_the_first_days_is_told_with_its_reason(tmp_path, cells, why):
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("volunteers", "V1", **cells)
    out = office.month()
    assert (min(visit_days(out, "E1")) > 7) == bool(why)
    told = late_first_visits(out)
    assert list(told) == (["E1"] if why else [])
    assert figures(out)["first_visits"]["late"] == len(told)
    if why:
        assert why in told["E1"]
        assert f"2026-12-{min(visit_days(out, 'E1')):02}" in told["E1"]


def test_days_that_are_over_are_told_as_such_and_who_has_met_is_not_told_of(tmp_path):
    office = Office(tmp_path, elders=2, volunteers=2, capacity=1)
    office.volunteers["days_off"] = ["2026-12-01至2026-12-08", ""]
    month = office.month()
    (elder,) = late_first_visits(month)
    office.volunteers["days_off"] = ""
    again = office.go_on("schedule", month, "--from", "2026-12-08")
    assert list(late_first_visits(again)) == [elder]
    assert "these days are over" in late_first_visits(again)[elder]
    later = office.go_on("schedule", again, "--from", "2026-12-28")
    assert late_first_visits(later) == {}


def test_what_the_setting_says_is_late(tmp_path):
    office = Office(tmp_path, elders=1, volunteers=1)
    office.volunteers["days_off"] = "2026-12-01至2026-12-08"
    assert late_first_visits(office.month("2026-12", "--set", "new_pair.first_visit_days=14")) == {}
    assert list(late_first_visits(office.month("2026-12", "--set", "new_pair.first_visit_days=3"))) == ["E1"]


@pytest.mark.parametrize("elders", [1, *long(3)])
def test_a_wish_for_an_early_first_visit_never_costs_a_floor(tmp_path, elders):
    """Every three weeks: an early first visit in place of the one that is due would leave a silence too long."""
    office = Office(tmp_path, elders=elders, volunteers=1, capacity=3)
    office.change("elders", "E1", contacts_per_week="每三周1次")
    out = office.month()
    assert figures(out)["below_floor"] == []
    assert min(visit_days(out, "E1"), default=0) > 7
    assert "visits are due so seldom" in late_first_visits(out)["E1"]
    assert office.holds(out)
    surge = office.go_on("schedule", out, "--surge", "2026-12-22:2026-12-27")
    assert office.holds(surge)
    assert office.holds(office.go_on("schedule", surge, "--from", "2026-12-28"))


@pytest.mark.long
def test_who_is_early_without_a_floor_missed_for_it_has_to_be(tmp_path, capsys):
    """The same elder where ten days more of silence are allowed: verify asks for the early visit then."""
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("elders", "E1", contacts_per_week="每三周1次")
    longer = ["--set", "schedule.max_gap_days=31"]
    late, early = office.month(), office.month("2026-12", *longer)
    assert min(visit_days(early, "E1")) <= 7 < min(visit_days(late, "E1"))
    capsys.readouterr()
    assert not office.holds(late, *longer)
    assert "first visit" in capsys.readouterr().out


def test_visits_that_come_with_a_first_visit_in_a_later_week_are_planned_with_it(tmp_path):
    """Of two whom one volunteer can visit on one day of the first week, one has the first visit in the second."""
    office = Office(tmp_path, elders=2, volunteers=1)
    office.elders["joined"], office.elders["days_off"] = "2026-12-10", ["", "2026-12-15"]
    office.change("volunteers", "V1", days_off="2026-12-11", availability="周二上午、周四上午、周五上午")
    office.change("volunteers", "V1", role="组长", team="一组")
    out = office.month("2026-12", "--set", "schedule.max_visits_per_day=1")
    (late,) = {"E1", "E2"} - set(read(out, "visits").query("date == '2026-12-10' and kind == 'visit'")["elder_id"])
    assert [day for day in visit_days(out, late) if day <= 20] == [15, 18]  # that of the week before came with it
    assert figures(out)["visits_missing"] == figures(out)["visits_made_as_calls"] == 0


def test_another_of_the_first_days_will_do_where_the_one_with_a_companion_is_too_early(tmp_path, capsys):
    """The elder would be silent too long after the first day on which all three are free, and not after the last."""
    office = Office(tmp_path, elders=1, volunteers=2, capacity=1)
    office.volunteers["role"], office.volunteers["team"] = ["", "组长"], "一组"
    office.volunteers["joined"], office.volunteers["availability"] = "2026-10-09", ["周一至周五下午", ""]
    office.elders["contacts_per_week"], office.elders["visits_per_month"] = "每四周1次", "2"
    hand = office.write(pd.DataFrame({"elder_id": ["E1"], "volunteer_id": ["V1"]}), "hand.csv")
    out = office.do("schedule", "--month", "2026-10", "--pairs", hand)
    visits = read(out, "visits")
    assert visits[["date", "companion"]].to_numpy().tolist() == [["2026-10-15", "V2"]]
    capsys.readouterr()


def test_a_first_visit_after_the_first_days_is_on_no_day_of_calls_only(tmp_path, capsys):
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("elders", "E1", joined="2026-12-16", availability="周末", contacts_per_week="每月1次")
    calls = ["--calls-only", "2026-12-19:2026-12-23", "--set", "new_pair.first_visit_days=3"]
    out = office.month("2026-12", *calls, "--set", "new_pair.accompanied=false")
    assert read(out, "visits")[["date", "kind"]].to_numpy().tolist() == [["2026-12-26", "visit"]]


@pytest.mark.long
def test_days_of_calls_only_come_where_no_pair_is_left(tmp_path, capsys):
    office = Office(tmp_path, elders=1, volunteers=1)
    month = office.month()
    left = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-10", "--left")
    out = office.go_on("schedule", left, "--from", "2026-12-12", "--calls-only", "2026-12-07:2026-12-16")
    assert office.holds(out, "--calls-only", "2026-12-07:2026-12-16"), capsys.readouterr().out


def test_who_is_due_nothing_any_more_has_no_first_visit(tmp_path):
    """The visit of the last ten days was the former volunteer's, and the next one is due in January."""
    office = Office(tmp_path, elders=1, volunteers=2)
    office.change("elders", "E1", contacts_per_week="每10天1次", availability="周一至周五下午")
    month = office.month()
    assert max(read(month, "visits")["date"]) == "2026-12-25"
    (volunteer,) = read(month)["volunteer_id"]
    out = office.go_on("substitute", month, "--volunteer", volunteer, "--left", "--from", "2026-12-26")
    assert len(read(out, "visits")) == 3
    assert read(out, "unscheduled").empty
    assert office.holds(out)
