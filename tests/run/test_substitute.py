"""A volunteer is away or has left: who stands in, who is told. Months planned anew, and surges."""

import json
import re

import icalendar
import pandas as pd
import pytest

from matcher.commands import main
from tests.helpers import people
from tests.helpers.effort import long

KEYS = ["elder_id", "volunteer_id", "date", "start", "end", "kind"]


@pytest.fixture(scope="module")
def rosters(tmp_path_factory):
    place = tmp_path_factory.mktemp("sample") / "city"
    assert main(["sample", "--elders", "60", "--volunteers", "16", "--seed", "3", "--out", str(place)]) == 0
    return people.people_of(place)


@pytest.fixture(scope="module")
def month(rosters, tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "out"
    assert main(["run", *rosters, "--month", "2026-12", "--past", "--out", str(out), "--calendars"]) == 0
    return out


@pytest.fixture
def files(rosters, month):
    return [*rosters, "--pairs", str(month / "pairs.csv"), "--visits", str(month / "visits.csv")]


def read(folder, name):
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


def busiest(month):
    visits = read(month, "visits")
    return visits[visits["date"].between("2026-12-07", "2026-12-11")]["volunteer_id"].value_counts().index[0]


def as_rows(frame):
    return set(frame[KEYS].itertuples(index=False, name=None))


def test_contacts_of_the_days_go_to_others_and_nothing_else_moves(files, month, tmp_path, capsys):
    who = busiest(month)
    words = ["--volunteer", who, "--from", "2026-12-07", "--to", "2026-12-11", "--calendars"]
    assert main(["substitute", *words, *files, "--out", str(tmp_path / "out")]) == 0
    before, after = read(month, "visits"), read(tmp_path / "out", "visits")
    theirs = (before["volunteer_id"] == who) & before["date"].between("2026-12-07", "2026-12-11")
    assert as_rows(before[~theirs]) <= as_rows(after)
    new = after[~after[KEYS].apply(tuple, axis=1).isin(as_rows(before))]
    assert len(new) > 0
    assert (new["in_place_of"] == who).all()
    assert not (new["volunteer_id"] == who).any()
    dated = ["elder_id", "date", "kind"]
    assert set(new[dated].itertuples(index=False)) <= set(before.loc[theirs, dated].itertuples(index=False))
    assert set(new["visit_id"]) <= set(before.loc[theirs, "visit_id"])
    assert set(new["revision"]) == {"1"}
    gone = read(tmp_path / "out", "cancelled")
    assert set(gone["visit_id"]) == set(before.loc[theirs, "visit_id"])
    along = set(before.loc[theirs, "companion"].dropna())  # who was to come along is told too
    assert {who} <= set(gone["volunteer_id"]) <= {who} | along
    cancelled = tmp_path / "out" / "calendars" / "cancelled" / f"{who}.ics"
    assert len(icalendar.Calendar.from_ical(cancelled.read_bytes()).walk("VEVENT")) == theirs.sum()
    told = read(tmp_path / "out", "notices")
    assert set(told["person_id"]) >= set(new["volunteer_id"]) | set(before.loc[theirs, "elder_id"])
    assert all("*" in phone for phone in told["phone"] if phone)
    assert who in capsys.readouterr().out


def test_who_has_left_gives_the_elders_to_others_and_all_other_pairs_stand(files, month, tmp_path):
    who = busiest(month)
    words = ["--volunteer", who, "--from", "2026-12-10", "--left"]
    assert main(["substitute", *words, *files, "--out", str(tmp_path / "out")]) == 0
    before, after = read(month, "pairs"), read(tmp_path / "out", "pairs")
    mine = set(before.loc[before["volunteer_id"] == who, "elder_id"])
    others = before[~before["elder_id"].isin(mine)]
    pair = ["elder_id", "volunteer_id"]
    assert set(others[pair].itertuples(index=False)) == {
        row for row in after[pair].itertuples(index=False) if row.elder_id not in mine
    }
    assert not (after["volunteer_id"] == who).any()
    was, now = read(month, "visits"), read(tmp_path / "out", "visits")
    stands = (was["date"] < "2026-12-10") | ~was["elder_id"].isin(mine)
    assert as_rows(was[stands]) <= as_rows(now)
    assert not ((now["volunteer_id"] == who) & (now["date"] >= "2026-12-10")).any()
    assert set(read(tmp_path / "out", "notices").query("part == 'elder'")["person_id"]) == mine


@pytest.mark.long
def test_seconds_go_on_standing_in_when_a_volunteer_has_left(files, rosters, tmp_path):
    planned = [*rosters, "--month", "2026-12", "--past", "--set", "backup.planned=true"]
    assert main(["run", *planned, "--out", str(tmp_path / "run")]) == 0
    before = read(tmp_path / "run", "pairs").set_index("elder_id")
    who = before["backup_volunteer_id"].value_counts().index[0]
    given = [*rosters, "--pairs", str(tmp_path / "run" / "pairs.csv"), "--visits", str(tmp_path / "run" / "visits.csv")]
    words = ["--volunteer", who, "--from", "2026-12-10", "--left", "--set", "backup.planned=true"]
    assert main(["substitute", *words, *given, "--out", str(tmp_path / "out")]) == 0
    after = read(tmp_path / "out", "pairs").set_index("elder_id")
    was, now = (pairs["backup_volunteer_id"].reindex(after.index) for pairs in (before, after))
    stays = (was != who) & (was != "") & (was != after["volunteer_id"])
    assert (now[stays] == was[stays]).all()
    assert not (now == who).any()
    assert (now[~stays] != "").any()


def test_a_month_planned_anew_keeps_what_was_before(files, month, tmp_path):
    words = ["--month", "2026-12", "--from", "2026-12-10", "--set", 'schedule.closed_days=["2026-12-22"]']
    assert main(["schedule", *files, *words, "--out", str(tmp_path / "out")]) == 0
    was, now = read(month, "visits"), read(tmp_path / "out", "visits")
    early = was["date"] < "2026-12-10"
    columns = ["visit_id", *KEYS, "revision"]
    assert set(was.loc[early, columns].itertuples(index=False)) == set(
        now.loc[now["date"] < "2026-12-10", columns].itertuples(index=False)
    )
    assert (was["date"] == "2026-12-22").any()
    assert not (now["date"] == "2026-12-22").any()


def test_a_surge_adds_calls_and_moves_nothing_else(files, month, tmp_path):
    words = ["--month", "2026-12", "--surge", "2026-12-14:2026-12-18"]
    assert main(["schedule", *files, *words, "--out", str(tmp_path / "out")]) == 0
    was, now, more = read(month, "visits"), read(tmp_path / "out", "visits"), read(tmp_path / "out", "supplement")
    days = was["date"].between("2026-12-14", "2026-12-18")
    assert as_rows(was[~days]) <= as_rows(now)
    assert set(more["change"]) <= {"added", "moved", "call_for_visit"}
    assert (more["change"] == "added").sum() > 0
    # beside calls, at most a visit that was missing and now finds room
    assert (more.loc[more["change"] == "added", "kind"] == "call").mean() > 0.9
    changed = now[~now[KEYS].apply(tuple, axis=1).isin(as_rows(was))]
    assert set(changed["visit_id"]) == set(more["visit_id"])
    hot = now[now["date"].between("2026-12-14", "2026-12-18") & (now["kind"] == "visit")]
    assert not ((hot["start"] < "16:00") & (hot["end"] > "10:30")).any()


@pytest.mark.parametrize("span", ["2026-12-14:2026-12-18", *long(None)])
def test_calls_take_the_place_of_visits(files, month, tmp_path, span):
    words = ["--month", "2026-12", "--calls-only", *([span] if span else [])]
    assert main(["schedule", *files, *words, "--out", str(tmp_path / "out")]) == 0
    now, more = read(tmp_path / "out", "visits"), read(tmp_path / "out", "supplement")
    first, last = span.split(":") if span else ("2026-12-01", "2026-12-31")
    assert set(now.loc[now["date"].between(first, last), "kind"]) == {"call"}
    assert (more["change"] == "call_for_visit").sum() > 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--volunteer", "nobody", "--from", "2026-12-07"], "no volunteer has the id nobody"),
        (["--volunteer", "V000001", "--from", "2026-12-07", "--to", "2026-12-06"], "before"),
        (["--volunteer", "V000001", "--from", "2026-12-30", "--to", "2027-01-02"], "two months"),
    ],
)
def test_what_cannot_be_is_told(files, tmp_path, capsys, words, told):
    assert main(["substitute", *words, *files, "--out", str(tmp_path / "out")]) == 2
    assert told in re.sub(r"\s+", " ", capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


def test_visits_made_by_hand_that_overlap_are_named_row_by_row(files, month, rosters, tmp_path, capsys):
    visits = read(month, "visits")
    day = visits[visits.duplicated(["volunteer_id", "date"], keep=False)].iloc[:2]
    visits.loc[day.index[1], ["start", "end"]] = visits.loc[day.index[0], ["start", "end"]].tolist()
    visits.to_csv(tmp_path / "visits.csv", index=False)
    words = [*rosters, "--pairs", str(month / "pairs.csv"), "--visits", str(tmp_path / "visits.csv")]
    late = ["--month", "2026-12", "--from", "2026-12-31", "--out", str(tmp_path / "out")]
    assert main(["schedule", *words, *late]) == 2
    err = capsys.readouterr().err
    assert "visits.csv" in err
    assert re.search(rf"\b({day.index[0] + 2}|{day.index[1] + 2})\b", err)
    assert not (tmp_path / "out").exists()


def test_the_summary_tells_of_the_days_planned(month):
    figures = json.loads((month / "summary.json").read_text("utf-8"))["schedule"]
    assert figures["contacts_planned"] == len(read(month, "visits"))


def test_in_a_surge_everybody_is_called_every_day_whatever_the_volunteers_weekdays(files, month, rosters, tmp_path):
    words = ["--month", "2026-12", "--surge", "2026-12-14:2026-12-18"]
    assert main(["schedule", *files, *words, "--out", str(tmp_path / "any")]) == 0
    keep = ["--set", "surge.calls_at_any_time=false"]
    assert main(["schedule", *files, *words, *keep, "--out", str(tmp_path / "own")]) == 0
    was, anyhow, own = read(month, "visits"), read(tmp_path / "any", "visits"), read(tmp_path / "own", "visits")
    days = [f"2026-12-{day}" for day in range(14, 19)]
    assert len(anyhow) > len(own) > len(was)
    # the more are calls on these days; all else is as without them
    more = as_rows(anyhow) - as_rows(own)
    assert as_rows(own) <= as_rows(anyhow)
    assert {row[5] for row in more} == {"call"}
    assert {row[2] for row in more} <= set(days)
    # whoever is not called on one of the days is listed, with the reason
    told = read(tmp_path / "any", "unscheduled")
    told = told[(told["week_start"] == "2026-12-14") & (told["kind"] == "call")]
    met = anyhow[anyhow["date"].isin(days)].groupby("elder_id")["date"].nunique()
    assert set(met[met < 5].index) <= set(told["elder_id"])
    assert len(met[met == 5]) > 0.5 * len(met)


def test_calls_longer_than_visits_are_made_at_hours_that_hold_them(files, month, tmp_path):
    words = ["--month", "2026-12", "--calls-only", "--set", "schedule.call_min=90"]
    visits = read(month, "visits").query("kind == 'visit'")  # the month's calls are of another length
    visits.to_csv(tmp_path / "visits.csv", index=False)
    stand = [*files[:-1], str(tmp_path / "visits.csv")]
    assert main(["schedule", *stand, *words, "--out", str(tmp_path / "out")]) == 0
    assert set(read(tmp_path / "out", "visits")["kind"]) == {"call"}


@pytest.mark.parametrize("words", [[], *long(["--surge", "2026-12-14:2026-12-18"])])
def test_an_earlier_run_without_a_contact_is_one(files, month, tmp_path, words):
    for name in ("visits", "cancelled"):
        read(month, "visits").head(0).to_csv(tmp_path / f"{name}.csv", index=False)
    stand = [*files[:-1], str(tmp_path / "visits.csv"), "--month", "2026-12", *words]
    assert main(["schedule", *stand, "--out", str(tmp_path / "out")]) == 0
    assert set(read(tmp_path / "out", "visits")["revision"]) == {"0"}


@pytest.mark.long
def test_a_surge_before_the_last_contact_that_stands_asks_for_nothing_more(files, month, tmp_path):
    words = ["--month", "2026-12", "--from", "2026-12-21", "--surge", "2026-12-02:2026-12-04"]
    assert main(["schedule", *files, *words, "--out", str(tmp_path / "out")]) == 0
    assert as_rows(read(tmp_path / "out", "visits")) == as_rows(read(month, "visits"))


@pytest.mark.long
def test_a_second_surge_comes_into_a_month_that_has_one(files, month, tmp_path):
    stand, first = files, "2026-12-07:2026-12-11"
    for name, days in (("one", first), ("two", "2026-12-14:2026-12-18")):
        words = ["--month", "2026-12", "--surge", days, "--out", str(tmp_path / name)]
        assert main(["schedule", *stand, *words]) == 0
        stand = [*files[:-1], str(tmp_path / name / "visits.csv")]
    one, two = read(tmp_path / "one", "visits"), read(tmp_path / "two", "visits")
    days = one["date"].between(*first.split(":"))
    assert days.sum() > read(month, "visits")["date"].between(*first.split(":")).sum()
    assert as_rows(one[days]) <= as_rows(two)
    told = read(tmp_path / "two", "issues")
    assert "standing_breaks_rule" not in set(told["code"])  # the first surge is known by its file


@pytest.mark.long
def test_calls_only_after_a_surge_leave_the_surges_calls_alone(files, month, tmp_path):
    days = "2026-12-14:2026-12-18"
    for stand, words, name in (
        (files, ["--surge", days], "surge"),
        ([*files[:-1], str(tmp_path / "surge" / "visits.csv")], ["--calls-only"], "calls"),
    ):
        assert main(["schedule", *stand, "--month", "2026-12", *words, "--out", str(tmp_path / name)]) == 0
    was, now = read(tmp_path / "surge", "visits"), read(tmp_path / "calls", "visits")
    assert as_rows(was[was["kind"] == "call"]) <= as_rows(now)
    assert set(now["kind"]) == {"call"}


@pytest.mark.long
def test_a_surge_of_another_month_in_the_settings_changes_nothing(files, month, tmp_path):
    visits = read(month, "visits")
    visits.loc[:1, ["date", "elder_id"]] = visits.loc[[0, 0], ["date", "elder_id"]].to_numpy()
    visits.to_csv(tmp_path / "visits.csv", index=False)
    stand = [*files[:-1], str(tmp_path / "visits.csv"), "--month", "2026-12", "--set", "surge.days=2026-08-01"]
    assert main(["schedule", *stand, "--out", str(tmp_path / "out")]) == 0


@pytest.mark.long
def test_the_companions_hour_of_a_visit_that_a_surge_moves_is_free(rosters, files, tmp_path):
    """Their own first visits are accompanied at 14:00, in the heat of the day: the visits are missing, and told."""
    previous = rosters[1].replace("elders.csv", "previous.csv")
    out = ["--out", str(tmp_path / "month")]
    afternoons = ["--set", "schedule.morning=09:00-09:05", "--set", "schedule.call_min=5"]
    # few contacts, so that company costs nobody one
    few = ["--set", "schedule.contacts_per_week=1", "--set", "new_pair.contacts_per_week=1"]
    lists = ["--month", "2026-12", "--previous", previous, *afternoons, *few]
    assert main(["run", *rosters, *lists, *out]) == 0
    month = tmp_path / "month"
    assert (read(month, "visits")["companion"] != "").any()
    stand = ["--pairs", str(month / "pairs.csv"), "--visits", str(month / "visits.csv")]
    words = ["--surge", "2026-12-01:2026-12-07", "--surge-contacts", "6", "--set", "surge.hot_hours=09:30-17:00"]
    assert main(["schedule", *rosters, *lists, *stand, *words, "--out", str(tmp_path / "out")]) == 0
    missing = read(tmp_path / "out", "unscheduled").query("kind == 'visit' and week_start == '2026-12-01'")
    assert set(missing["elder_id"]) >= set(read(month, "visits").query("companion != ''")["elder_id"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--surge", "2026-11-20:2026-11-25"], "--surge 2026-11-20:2026-11-25: none of these dates is in 2026-12"),
        (["--calls-only", "2027-01-01"], "--calls-only 2027-01-01: none of these dates is in 2026-12"),
        (["--surge-contacts", "5"], "say with --surge on which dates"),
        (["--surge", "2026-12-14", "--elder", "E000001"], "a surge is for everybody"),
        (["--calls-only", "2026-12-14", "--volunteer", "V000001"], "a surge is for everybody"),
    ],
)
def test_a_surge_on_none_of_the_months_dates_or_for_some_people_only_is_refused(files, tmp_path, capsys, words, told):
    assert main(["schedule", *files, "--month", "2026-12", *words, "--out", str(tmp_path / "out")]) == 2
    assert told in re.sub(r"\s+", " ", capsys.readouterr().err)


def test_visits_of_another_month_are_refused(files, month, tmp_path, capsys):
    visits = read(month, "visits")
    visits.assign(date=visits["date"].str.replace("2026-12", "2026-11").str.replace("-31", "-30")).to_csv(
        tmp_path / "november.csv", index=False
    )
    stand = [*files[:-1], str(tmp_path / "november.csv"), "--month", "2026-12", "--from", "2026-12-10"]
    assert main(["schedule", *stand, "--out", str(tmp_path / "out")]) == 2
    assert "holds no contact of 2026-12" in re.sub(r"\s+", " ", capsys.readouterr().err)


@pytest.mark.long
def test_a_surge_is_verified_by_its_file_or_by_the_option_that_planned_it(files, rosters, month, tmp_path):
    words = ["--month", "2026-12", "--surge", "2026-12-14:2026-12-18"]
    assert main(["schedule", *files, *words, "--out", str(tmp_path / "out")]) == 0
    made = [*rosters, "--pairs", str(month / "pairs.csv"), "--visits", str(tmp_path / "out" / "visits.csv")]
    assert main(["verify", *made, "--month", "2026-12"]) == 0
    (tmp_path / "out" / "surges.csv").unlink()
    assert main(["verify", *made, *words]) == 0
    assert main(["verify", *made, "--month", "2026-12"]) == 4


@pytest.mark.long
def test_a_month_of_calls_only_in_the_settings_is_handed_over_and_planned_anew(tmp_path):
    """Weeks before the day are due what they were: nothing of them changes, in what is missing neither."""
    assert main(["sample", "--elders", "16", "--volunteers", "4", "--seed", "3", "--out", str(tmp_path / "city")]) == 0
    rosters, out = people.people_of(tmp_path / "city"), tmp_path / "month"
    words = ["--set", "surge.calls_only=all", "--set", "schedule.max_contacts_per_day=2"]
    assert main(["run", *rosters, *words, "--month", "2026-12", "--out", str(out)]) == 0
    assert len(read(out, "unscheduled"))
    stand = [*rosters, *words, "--pairs", str(out / "pairs.csv"), "--visits", str(out / "visits.csv")]
    anew = ["--month", "2026-12", "--from", "2026-12-21", "--out", str(tmp_path / "anew")]
    assert main(["schedule", *stand, *anew]) == 0
    was, now = (
        read(folder, "unscheduled").query("week_start < '2026-12-21'").drop(columns="reason")
        for folder in (out, tmp_path / "anew")
    )
    assert now.to_numpy().tolist() == was.to_numpy().tolist()
    away = ["--volunteer", busiest(out), "--from", "2026-12-07", "--to", "2026-12-11", "--out", str(tmp_path / "away")]
    assert main(["substitute", *stand, *away]) == 0


@pytest.mark.long
def test_days_of_calls_only_that_are_over_leave_what_is_due_as_it_was(files, month, tmp_path):
    """Visits that stand on such days are due all the same; a week is due calls in place of those that it lacks."""
    words = ["--set", "surge.calls_only=2026-12-01:2026-12-13", "--from", "2026-12-21", "--month", "2026-12"]
    assert main(["schedule", *files, *words, "--out", str(tmp_path / "out")]) == 0
    assert as_rows(read(month, "visits")) == as_rows(read(tmp_path / "out", "visits"))
