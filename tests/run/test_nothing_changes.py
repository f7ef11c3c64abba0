"""A month goes on and is planned anew: first visits and visits beside a surge stay, and ``verify`` knows since when."""

from datetime import date, timedelta

import pytest

from tests.helpers.effort import long
from tests.helpers.office import Office, read

KEYS = ["elder_id", "volunteer_id", "date", "start", "kind"]


def as_rows(folder):
    return sorted(read(folder, "visits")[KEYS].itertuples(index=False))


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path, elders=2, volunteers=2, capacity=2)


@pytest.mark.long
def test_a_first_visit_that_became_a_call_stays_one(office):
    office.elders["contacts_per_week"] = "每10天1次"
    month = office.month()
    first = read(month, "visits")["date"].min()
    calls = office.go_on("schedule", month, "--calls-only", f"{first}:2026-12-10")
    assert read(calls, "visits").query("date == @first")["kind"].unique().tolist() == ["call"]
    again = office.go_on("schedule", calls, "--from", first)
    assert as_rows(again) == as_rows(calls)


@pytest.mark.long
def test_calls_in_place_of_visits_count_as_before_where_the_month_is_planned_anew_after_them(office):
    calls = office.go_on("schedule", office.month(), "--calls-only", "2026-12-08:2026-12-13")
    again = office.go_on("schedule", calls, "--from", "2026-12-20")
    assert as_rows(again) == as_rows(calls)
    assert read(again, "unscheduled").to_numpy().tolist() == read(calls, "unscheduled").to_numpy().tolist()


@pytest.mark.long
def test_first_days_begin_when_the_elder_joins_from_whatever_day_the_month_is_planned_anew(office):
    office.change("elders", "E1", joined="2026-12-09", contacts_per_week="每天")
    office.volunteers["availability"] = "周三至周日上午"
    month = office.month()
    assert read(month, "visits").query("elder_id == 'E1' and kind == 'visit'")["date"].min() <= "2026-12-15"
    for day in ("2026-12-03", "2026-12-04", "2026-12-08"):
        assert as_rows(office.go_on("schedule", month, "--from", day)) == as_rows(month), day


def test_who_is_due_once_a_month_is_visited_in_the_week_of_the_first_days_in_which_the_two_can_meet(office):
    office.elders["contacts_per_week"] = "每月1次"
    office.elders["days_off"] = "2026-12-01至2026-12-06"  # more of the first days, and none on which they are at home
    office.volunteers["availability"] = "周一上午"
    out = office.month()
    assert read(out, "visits")["date"].unique().tolist() == ["2026-12-07"]


def test_a_first_visit_counts_in_the_week_in_which_it_is_due_although_the_first_days_are_over(tmp_path):
    office = Office(tmp_path, elders=4, volunteers=1, capacity=4)
    office.elders["visits_per_month"] = "2"
    office.volunteers["availability"] = (
        "周一9:00-10:00; 周三、周五上午"  # on Monday the 7th, the last of the first days, one fits
    )
    visits = read(office.month(), "visits").query("kind == 'visit'")
    assert (visits.groupby("elder_id")["date"].min() > "2026-12-07").any()


@pytest.mark.long
def test_a_month_planned_anew_in_a_heat_wave_loses_no_visit_to_hours_that_are_too_hot(tmp_path):
    office = Office(tmp_path, elders=2, volunteers=1, capacity=2)
    office.elders["contacts_per_week"] = ["每周一次", "每9天1次"]
    office.volunteers["availability"] = "周日下午"
    surge = office.go_on("schedule", office.month(), "--surge", "2026-12-03:2026-12-07")
    again = office.go_on("schedule", surge, "--from", "2026-12-03")
    assert as_rows(again) == as_rows(surge)


def test_a_new_volunteer_comes_the_week_after_where_the_former_one_was_there_this_week(tmp_path):
    office = Office(tmp_path, elders=2, volunteers=2, capacity=1)
    office.elders["contacts_per_week"] = "每周一次"
    office.volunteers["availability"] = ["周一上午", "周三9:00-11:00"]
    month = office.month()
    office.change("volunteers", "V2", capacity="2")
    (elder,) = read(month).query("volunteer_id == 'V1'")["elder_id"]
    out = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-22", "--left")
    own = read(out, "visits")
    own = own[own["elder_id"] == elder]
    assert own[own["date"] >= "2026-12-21"][["volunteer_id", "date"]].to_numpy().tolist() == [
        ["V1", "2026-12-21"],
        ["V2", "2026-12-30"],
    ]


@pytest.mark.long
def test_verify_knows_from_which_day_the_month_was_planned_anew(office, capsys):
    month = office.month()
    assert not (month / "replanned.csv").exists()
    day = read(month, "visits")["date"].min()
    closed = ["--set", f'schedule.closed_days=["{day}"]']
    anew = office.go_on("schedule", month, "--from", "2026-12-10", *closed)
    assert read(anew, "replanned").to_numpy().tolist() == [["2026-12-10", "", "no", "no"]]
    assert office.holds(anew, *closed), capsys.readouterr().out
    volunteer = read(anew)["volunteer_id"][0]
    away = office.go_on(
        "substitute", anew, "--volunteer", volunteer, "--from", "2026-12-20", "--to", "2026-12-22", *closed
    )
    assert office.holds(away, *closed), capsys.readouterr().out
    only = office.go_on("schedule", away, "--from", "2026-12-07", "--elder", "E1", *closed)
    assert read(only, "replanned").to_numpy().tolist() == [
        ["2026-12-10", "", "no", "no"],
        ["2026-12-07", "E1", "no", "no"],
    ]
    (anew / "replanned.csv").unlink()
    assert not office.holds(anew, *closed)


@pytest.mark.long
def test_what_is_missing_before_a_first_visit_is_of_one_kind_on_every_command(tmp_path):
    """Mondays alone have time for a visit: it comes on the 7th, and the week before is due calls in its place."""
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("elders", "E1", availability="周一上午、周三9:00-9:20")
    month = office.month()
    first = read(month, "visits").query("kind == 'visit'")["date"].min()
    missing = read(month, "unscheduled")[["week_start", "kind", "missing", "as_calls"]]
    assert first == "2026-12-07"
    assert missing.query("week_start == '2026-12-01'")["kind"].tolist() == ["call"]
    for day in ("2026-12-05", "2026-12-07"):
        again = office.go_on("schedule", month, "--from", day)
        assert read(again, "unscheduled")[missing.columns].equals(missing), day
        assert office.holds(again)


@pytest.mark.parametrize("only", [[], *long(["--elder", "E1"])])
def test_what_is_missing_is_of_the_same_kind_from_whatever_day_the_month_is_planned_anew(tmp_path, only):
    """The volunteer is away until the 16th: the first visit comes after the first days, and none of it is new."""
    office = Office(tmp_path, elders=2, volunteers=2, capacity=1)
    office.change("elders", "E1", availability="周一上午、周三9:00-9:20")
    office.volunteers["days_off"] = "2026-12-01至2026-12-16"
    month = office.month()
    kinds = ["elder_id", "week_start", "kind", "missing", "as_calls"]
    missing = read(month, "unscheduled")[kinds].to_numpy().tolist()
    assert ["E1", "2026-12-14", "visit", "1", "0"] in missing
    anew = office.go_on("schedule", month, "--from", "2026-12-17", *only)
    (volunteer,) = read(anew).query("elder_id == 'E1'")["volunteer_id"]
    covered = office.go_on("substitute", anew, "--volunteer", volunteer, "--from", "2026-12-24")  # nothing is then
    another = office.go_on("schedule", anew, "--from", "2026-12-25", "--elder", "E2")
    for folder in (anew, covered, another):
        assert read(folder, "unscheduled")[kinds].to_numpy().tolist() == missing
    surge = office.go_on("schedule", anew, "--surge", "2026-12-28:2026-12-31")
    before = [row for row in missing if row[1] < "2026-12-28"]
    assert [row for row in read(surge, "unscheduled")[kinds].to_numpy().tolist() if row[1] < "2026-12-28"] == before


def test_a_wish_for_an_early_first_visit_takes_nothing_from_a_week_whose_contacts_stay(tmp_path):
    """An elder of every ten days has the call beside the surge: taken to the first days, the week had one too many."""
    office = Office(tmp_path, elders=3, volunteers=1, capacity=3)
    office.elders["availability"] = office.volunteers["availability"] = "周日下午"
    office.elders["visits_per_month"] = ["", "2", ""]
    office.elders["joined"] = ["", "2026-12-09", "2026-12-09"]
    month = office.month()
    office.change("elders", "E2", contacts_per_week="每10天1次")
    surge = office.go_on("schedule", month, "--surge", "2026-12-11:2026-12-15")
    again = office.go_on("schedule", surge, "--from", "2026-12-11")
    assert as_rows(again) == as_rows(surge)


def test_a_pair_whose_due_weeks_were_full_is_due_no_first_visit_after_them(tmp_path):
    """Four are due a visit in the weeks of the 7th and the 21st, three have it: the fourth is due none at the end."""
    rare = ["--set", "schedule.visits_per_week=every second week", "--set", "schedule.max_visits_per_day=1"]
    office = Office(tmp_path, elders=4, volunteers=1, capacity=4)
    office.elders["id"] = ["E1", "E2", "E3", "E8"]  # visits of them all are due in the same weeks
    office.change("volunteers", "V1", joined="2026-12-09", availability="周二上午、周四上午")
    month = office.month("2026-12", *rare)
    missing = read(month, "unscheduled").query("elder_id == 'E8' and kind == 'visit'")
    assert missing["week_start"].tolist() == ["2026-12-07", "2026-12-21"]
    again = office.go_on("schedule", month, "--from", "2026-12-28", *rare)
    assert as_rows(again) == as_rows(month)


def test_a_month_after_days_of_calls_only_is_planned_anew_as_it_is(tmp_path):
    """They took a visit and moved none; planned anew as if all were new, five other contacts would be other ones."""
    office = Office(tmp_path, elders=1, volunteers=1)
    office.elders["contacts_per_week"] = "每天"
    office.volunteers["availability"] = "周一、周三、周五上午"
    calls = office.go_on("schedule", office.month(), "--calls-only", "2026-12-16:2026-12-17")
    again = office.go_on("schedule", calls, "--from", "2026-12-13")
    assert as_rows(again) == as_rows(calls)
    assert office.holds(again)


def test_what_is_missing_in_the_week_in_which_a_pair_began_stays_of_its_kind(tmp_path):
    """The first visit came after that week, so that it was due calls; later commands listed one of them as a visit."""
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("elders", "E1", contacts_per_week="每周3次")
    office.change("volunteers", "V1", joined="2026-12-08", days_off="2026-12-06至2026-12-11")
    month = office.month()
    office.change("elders", "E1", days_off="2026-12-12至2026-12-16")
    anew = office.go_on("schedule", month, "--from", "2026-12-12")
    again = office.go_on("schedule", anew, "--from", "2026-12-26")
    missing = [read(folder, "unscheduled")[["week_start", "kind", "missing"]] for folder in (anew, again)]
    assert missing[0].to_numpy().tolist() == [["2026-12-07", "call", "3"]]
    assert missing[0].equals(missing[1])


@pytest.fixture
def short(tmp_path):
    """A month of two volunteers who have time for everything from the 21st on, and lacked it before.

    Whoever of them is planned anew from an earlier day holds more contacts.
    """
    office = Office(tmp_path, elders=4, volunteers=2, capacity=2)
    office.volunteers["availability"] = "周三9:00-10:00"  # too short for two visits and two calls
    month = office.month()
    office.volunteers["availability"] = ""
    return office, office.go_on("schedule", month, "--from", "2026-12-21")


def list_made_by(folder, volunteer):
    return [row for row in as_rows(folder) if row[1] == volunteer]


def test_only_who_is_planned_by_something_else_now_is_planned_anew(short):
    office, month = short
    before = read(month, "planned_by")
    assert before["volunteer_id"].tolist() == ["V1", "V2"]
    office.change("volunteers", "V1", availability="周一至周五", phone="13800000009")
    office.change("volunteers", "V2", phone="13800000008")
    anew = office.go_on("schedule", month, "--from", "2026-12-02")
    assert list_made_by(anew, "V2") == list_made_by(month, "V2")
    assert len(list_made_by(anew, "V1")) > len(list_made_by(month, "V1"))
    after = read(anew, "planned_by")
    assert (before["inputs"] == after["inputs"]).tolist() == [False, True]
    assert office.holds(anew)


def test_new_hours_are_used_although_another_command_came_between(short):
    office, month = short
    office.change("volunteers", "V1", availability="周一至周五")
    away = office.go_on("substitute", month, "--volunteer", "V2", "--from", "2026-12-31")
    anew = office.go_on("schedule", away, "--from", "2026-12-02")
    assert len(list_made_by(anew, "V1")) > len(list_made_by(away, "V1"))
    assert list_made_by(anew, "V2") == list_made_by(away, "V2")


def test_contacts_changed_by_hand_are_planned_for(office):
    month = office.month()
    visits = read(month, "visits")
    visits.iloc[:-1].to_csv(month / "visits.csv", index=False, encoding="utf-8-sig")
    assert as_rows(office.go_on("schedule", month, "--from", "2026-12-10")) != sorted(
        visits.iloc[:-1][KEYS].itertuples(index=False)
    )


def test_a_visit_that_a_surge_moves_goes_to_no_day_before_it(tmp_path):
    """The week of the 14th has a free day before the cold comes on the 15th: it may be over."""
    office = Office(tmp_path, elders=1, volunteers=1)
    office.elders["availability"] = "周一9:00-11:00、周二9:00-10:00"
    office.elders["contacts_per_week"] = "每周一次"
    month = office.month()
    visits = read(month, "visits")
    visits.loc[visits["date"] == "2026-12-14", "date"] = "2026-12-15"
    visits.to_csv(month / "visits.csv", index=False, encoding="utf-8-sig")
    cold = office.go_on("schedule", month, "--surge", "2026-12-15:2026-12-16", "--surge-kind", "cold")
    assert "2026-12-14" not in set(read(cold, "visits")["date"])


@pytest.mark.long
def test_what_was_missing_of_a_pair_that_has_ended_stays_listed(tmp_path):
    office = Office(tmp_path, elders=2, volunteers=1, capacity=2)
    office.volunteers["availability"] = "周三9:00-10:00"
    left = office.go_on("substitute", office.month(), "--volunteer", "V1", "--from", "2026-12-24", "--left")
    again = office.go_on("schedule", left, "--from", "2026-12-15")
    assert len(read(left, "unscheduled"))
    assert as_rows(again) == as_rows(left)
    assert read(again, "unscheduled").to_numpy().tolist() == read(left, "unscheduled").to_numpy().tolist()
    assert set(read(again, "replanned")["from"]) == {"2026-12-24"}


@pytest.mark.long
def test_calls_of_a_surge_on_days_of_calls_only_stand_for_a_visit_at_once(tmp_path):
    """The week's visit has no day; its account was another one where the month was planned anew after the calls."""
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("elders", "E1", availability="周一上午", contacts_per_week="每周1次")
    office.change("volunteers", "V1", days_off="2026-12-14")
    calls = office.go_on("schedule", office.month(), "--calls-only", "2026-12-18:2026-12-20")
    cold = office.go_on("schedule", calls, "--surge", "2026-12-19:2026-12-20", "--surge-kind", "cold")
    assert len(read(cold, "visits").query("kind == 'call'")) == 2
    again = office.go_on("schedule", cold, "--from", "2026-12-12")
    assert as_rows(again) == as_rows(cold)
    assert read(again, "unscheduled").equals(read(cold, "unscheduled"))
    assert office.holds(cold)


def test_nobody_comes_along_to_a_first_visit_that_is_over(tmp_path):
    office = Office(tmp_path, elders=1, volunteers=2, capacity=1)
    office.volunteers["team"] = "一组"
    office.change("volunteers", "V2", role="组长", capacity="0", days_off="2026-12-01至2026-12-31")
    month = office.month()
    first = read(month, "visits").query("kind == 'visit'")["date"].min()
    office.change("volunteers", "V2", days_off="")
    day = str(date.fromisoformat(first) + timedelta(days=1))
    again = office.go_on("schedule", month, "--from", day)
    away = office.go_on("substitute", month, "--volunteer", "V1", "--from", day, "--to", day)
    assert {who for folder in (month, again, away) for who in read(folder, "visits")["companion"]} == {""}
    asked = office.go_on("schedule", month, "--from", first)
    assert read(asked, "visits").query("date == @first")["companion"].tolist() == ["V2"]
