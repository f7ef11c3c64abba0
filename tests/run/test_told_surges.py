"""Surges told in the course of a month: every later command knows them, and whoever is away is stood in for."""

import pandas as pd
import pytest

from tests.helpers.effort import long
from tests.helpers.office import Office, read

SURGE = "2026-12-14:2026-12-18"
KEYS = ["elder_id", "volunteer_id", "date", "start", "kind", "in_place_of"]


def as_rows(folder):
    return set(read(folder, "visits")[KEYS].itertuples(index=False))


def on_days(folder, span):
    visits = read(folder, "visits")
    return visits[visits["date"].between(*span.split(":"))]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def month(office):
    return office.month()


@pytest.fixture(scope="module")
def surge(office, month):
    return office.go_on("schedule", month, "--surge", SURGE, "--surge-kind", "cold")


def test_a_surge_stands_in_a_file_that_verify_reads(office, month, surge):
    told = read(surge, "surges")
    assert told.to_numpy().tolist() == [["cold", "2026-12-14", "2026-12-18", "7"]]
    assert len(on_days(surge, SURGE)) == 15
    assert office.holds(surge)
    assert not (month / "surges.csv").exists()


@pytest.mark.parametrize("words", [["--from", "2026-12-10"], *long(["--from", "2026-12-16"], [])])
def test_planned_anew_by_who_says_nothing_of_the_surge_nothing_changes(office, surge, words):
    out = office.go_on("schedule", surge, *words)
    assert as_rows(out) == as_rows(surge)
    assert read(out, "unscheduled").to_numpy().tolist() == read(surge, "unscheduled").to_numpy().tolist()
    assert read(out, "surges").to_numpy().tolist() == read(surge, "surges").to_numpy().tolist()


def test_a_call_that_stands_for_a_first_visit_counts_for_who_plans_anew(tmp_path):
    office = Office(tmp_path, elders=1, volunteers=1)
    office.elders["joined"] = "2026-12-09"
    out = office.month()
    assert read(out, "visits")["date"][0] == "2026-12-09"
    for words in (["--calls-only", "2026-12-08:2026-12-10"], ["--from", "2026-12-11"]):
        out = office.go_on("schedule", out, *words)
    assert read(out, "visits")["kind"][0] == "call"
    assert office.holds(out)


@pytest.mark.long
def test_who_was_called_for_the_first_visit_is_no_stranger_to_who_plans_anew_later(tmp_path):
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("volunteers", "V1", joined="2026-12-09", availability="周一至周五下午")
    calls = office.go_on("schedule", office.month(), "--calls-only", "2026-12-06:2026-12-11")
    assert read(calls, "visits")[["date", "kind"]].to_numpy().tolist()[0] == ["2026-12-09", "call"]
    out = office.go_on("schedule", calls, "--from", "2026-12-13")
    assert as_rows(out) == as_rows(calls)
    assert office.holds(out)


def test_a_call_that_a_surge_adds_is_no_first_visit_beside_the_one_that_is_due(tmp_path):
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("elders", "E1", joined="2026-12-09", contacts_per_week="每10天1次")
    month = office.month()
    out = office.go_on("schedule", month, "--calls-only", "2026-12-08:2026-12-10")
    out = office.go_on("schedule", out, "--surge", "2026-12-09:2026-12-13")
    assert on_days(out, "2026-12-09:2026-12-13")["kind"].tolist() == ["call"] * 5
    assert set(read(month, "visits")["date"]) <= set(read(out, "visits")["date"])
    assert office.holds(out)


@pytest.mark.parametrize(
    "command",
    [
        ("schedule", "--elder", "E2", "--from", "2026-12-17"),
        *long(("substitute", "--volunteer", "V2", "--left", "--from", "2026-12-17")),
    ],
)
def test_what_a_surge_lacks_of_others_stays_listed_whoever_is_planned_anew(tmp_path, command):
    office = Office(tmp_path, elders=2, volunteers=2, capacity=1)
    office.change("elders", "E1", days_off="2026-12-15至2026-12-16")
    surge = office.go_on("schedule", office.month(), "--surge", SURGE)
    out = office.go_on(command[0], surge, *command[1:])
    was, now = (read(one, "unscheduled").query("elder_id == 'E1'") for one in (surge, out))
    assert was["missing"].tolist() == ["2"]
    assert now.to_numpy().tolist() == was.to_numpy().tolist()
    assert office.holds(out)


@pytest.mark.long
def test_a_second_surge_leaves_the_first_as_it_is(office, surge):
    out = office.go_on("schedule", surge, "--surge", "2026-12-22", "--surge-kind", "cold")
    assert set(on_days(surge, SURGE)[KEYS].itertuples(index=False)) <= as_rows(out)
    assert len(on_days(out, "2026-12-22:2026-12-22")) == 3
    assert list(read(out, "surges")["from"]) == ["2026-12-14", "2026-12-22"]
    assert "standing_breaks_rule" not in set(read(out, "issues")["code"])
    assert office.holds(out)


@pytest.mark.parametrize("words", [[], ["--surge-kind", "cold", "--surge-contacts", "3"]])
def test_a_second_surge_of_another_kind_is_refused(office, surge, capsys, words):
    assert not office.go_on("schedule", surge, "--surge", "2026-12-22", *words, code=2).exists()
    assert "surges.csv" in capsys.readouterr().err


def test_a_call_of_the_surge_goes_to_a_stand_in_or_is_told_as_missing(office, surge):
    out = office.go_on("substitute", surge, "--volunteer", "V1", "--from", "2026-12-15", "--to", "2026-12-16")
    days = on_days(out, "2026-12-15:2026-12-16")
    missing = read(out, "unscheduled")["missing"].astype(int).sum()
    assert "V1" not in set(days["volunteer_id"])
    assert len(days) + missing == 6
    assert office.holds(out)


def test_whoever_is_away_in_a_surge_is_stood_in_for_on_each_day(office, month):
    away = office.go_on("substitute", month, "--volunteer", "V1", "--from", "2026-12-07", "--to", "2026-12-20")
    out = office.go_on("schedule", away, "--surge", SURGE)
    days = on_days(out, SURGE)
    assert len(days) == 15
    theirs = days[days["elder_id"].isin(read(out).query("volunteer_id == 'V1'")["elder_id"])]
    assert set(theirs["in_place_of"]) == {"V1"}
    assert not len(read(out, "unscheduled"))
    told = read(out, "notices")
    assert {"2026-12-14", "2026-12-16"} <= set(told.loc[told["person_id"].isin(theirs["volunteer_id"]), "date"])
    assert office.holds(out)


def test_a_surge_taken_out_of_the_file_is_over(office, surge):
    (surge / "surges.csv").rename(surge / "kept.csv")
    try:
        out = office.go_on("schedule", surge, "--from", "2026-12-14")
    finally:
        (surge / "kept.csv").rename(surge / "surges.csv")
    assert len(on_days(out, SURGE)) < 15
    assert not (out / "surges.csv").exists()


@pytest.mark.long
def test_days_of_calls_only_hold_for_whoever_stands_in(office, month):
    calls = office.go_on("schedule", month, "--calls-only", "2026-12-07:2026-12-20")
    out = office.go_on("substitute", calls, "--volunteer", "V1", "--from", "2026-12-07", "--to", "2026-12-20")
    assert set(on_days(out, "2026-12-07:2026-12-20")["kind"]) == {"call"}
    assert read(out, "surges")["kind"].tolist() == ["calls_only"]
    assert read(out, "unscheduled").to_numpy().tolist() == read(calls, "unscheduled").to_numpy().tolist()
    left = office.go_on("substitute", out, "--volunteer", "V1", "--from", "2026-12-14", "--left")
    assert set(on_days(left, "2026-12-14:2026-12-20")["kind"]) == {"call"}


def test_calls_only_hold_for_whose_volunteer_leaves_and_nobody_takes_over(tmp_path):
    office = Office(tmp_path, elders=1, volunteers=2, capacity=1)
    office.change("volunteers", "V2", joined="2027-01-01")
    month = office.month()
    visits = read(month, "visits").query("kind == 'visit' and date < '2026-12-20'")["date"].tolist()
    left = office.go_on("substitute", month, "--volunteer", "V1", "--left", "--from", "2026-12-20")
    calls = office.go_on("schedule", left, "--calls-only", f"{visits[-1]}:2026-12-21")
    assert on_days(calls, f"{visits[-1]}:2026-12-31")["kind"].unique().tolist() == ["call"]
    again = office.go_on("schedule", calls, "--from", "2026-12-02")
    assert as_rows(again) == as_rows(calls)
    assert office.holds(again)


def test_faults_of_the_file_are_told_by_row(office, surge, month, capsys):
    rows = pd.DataFrame(
        [("heat", "2026-12-05", "2026-12-02", "7"), ("cold", "2026-12-05", "2026-12-06", "9")],
        columns=["kind", "from", "to", "contacts_per_week"],
    )
    rows.to_csv(month / "surges.csv", index=False)
    try:
        assert not office.go_on("schedule", month, code=2).exists()
    finally:
        (month / "surges.csv").unlink()
    told = capsys.readouterr().err
    assert "2026-12-02 is before 2026-12-05" in " ".join(told.split())
    assert "is not between 1 and 7" in " ".join(told.split())


@pytest.mark.long
def test_a_surge_beside_days_of_calls_only_adds_calls_on_its_own_days_alone(tmp_path):
    """The call in place of the week's visit is what is due beside the surge: there is another day for one more."""
    office = Office(tmp_path, elders=2, volunteers=1)
    office.elders["contacts_per_week"], office.elders["availability"] = "每周1次", "周一下午、周二下午"
    calls = office.go_on("schedule", office.month(), "--calls-only", "2026-12-19:2026-12-24")
    out = office.go_on("schedule", calls, "--surge", "2026-12-23:2026-12-27")
    week = read(out, "visits").query("'2026-12-21' <= date <= '2026-12-27'")
    assert week.groupby("elder_id")["date"].count().tolist() == [6, 6]
    assert office.holds(out)


@pytest.mark.long
def test_a_first_visit_of_days_that_began_anew_stands_in_a_surge(tmp_path):
    """Planned anew from the 10th, a new pair has first days from then on; the surge was refused for it."""
    office = Office(tmp_path, elders=1, volunteers=2)
    office.change("elders", "E1", contacts_per_week="每月1次")
    out = office.go_on("schedule", office.month(), "--from", "2026-12-10")
    read(out, "visits").assign(date="2026-12-14").to_csv(out / "visits.csv", index=False)
    assert office.holds(out)
    surge = "--surge", "2026-12-28:2026-12-29"
    other = next(iter({"V1", "V2"} - set(read(out)["volunteer_id"])))
    away = "--volunteer", other, "--from", "2026-12-28", "--to", "2026-12-29"
    for command, words in (("schedule", surge), ("substitute", away)):
        after = office.go_on(command, out, *words)
        assert "2026-12-14" in read(after, "visits")["date"].tolist()
        assert office.holds(after)


def test_nobody_comes_along_to_a_first_visit_that_lies_before_the_surge(tmp_path):
    """V3 leads the team since then; what is over is so, and nobody is told to go along to it."""
    office = Office(tmp_path, elders=1)
    office.volunteers["team"], office.volunteers["role"] = "一组", ""
    month = office.month()
    office.change("volunteers", "V3", role="组长")
    out = office.go_on("schedule", month, "--surge", SURGE)
    assert set(read(out, "visits")["companion"]) == {""}
    assert set(read(out, "notices")["date"]) <= {f"2026-12-{day}" for day in range(14, 19)}
    assert not len(read(out, "issues"))


def test_a_surge_in_a_month_that_nobody_was_told_of_is_told_with_what_comes_before_it(tmp_path):
    office = Office(tmp_path, elders=1)
    office.volunteers["team"], office.volunteers["role"] = "一组", ["", "", "组长"]
    pairs = office.month() / "pairs.csv"
    out = office.do("schedule", "--month", "2026-12", "--pairs", pairs, "--surge", SURGE)
    visits = read(out, "visits")
    assert visits["date"][visits["companion"] != ""].tolist() == ["2026-12-01"]
    assert set(read(out, "notices")["date"]) == {"2026-12-01", ""}
