"""A month planned anew: what can stay stays, and only those who are named or touched get another month."""

import json

import numpy as np
import pandas as pd
import pytest

from matcher.commands import main
from matcher.matching import plan_from_pairs
from matcher.outputs import tables
from matcher.schedule import Schedule
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.schedule_month import schedule_month
from tests.helpers import people
from tests.helpers.effort import long
from tests.helpers.people import people_of

KEYS = ["elder_id", "volunteer_id", "date", "start", "end", "kind"]
MONTH = ["--month", "2026-12", "--past"]
TUE_AM, WED_AM = 1 << 2, 1 << 4


@pytest.fixture(scope="module")
def rosters(tmp_path_factory):
    place = tmp_path_factory.mktemp("sample") / "city"
    assert main(["sample", "--elders", "70", "--volunteers", "16", "--seed", "5", "--out", str(place)]) == 0
    return place


@pytest.fixture(scope="module")
def month(rosters, tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "out"
    words = [*people_of(rosters), "--previous", str(rosters / "previous.csv"), "--never", str(rosters / "never.csv")]
    assert main(["run", *words, *MONTH, "--out", str(out)]) == 0
    return out


@pytest.fixture
def again(rosters, month, tmp_path):
    """Plans the month anew with some words more; the folder."""

    def run(*words, place=rosters, visits=month / "visits.csv", code=0):
        out = tmp_path / "out"
        files = ["--pairs", str(month / "pairs.csv"), "--visits", str(visits), "--never", str(rosters / "never.csv")]
        assert main(["schedule", *people_of(place), *files, *MONTH, *words, "--force", "--out", str(out)]) == code
        return out

    return run


def read(folder, name):
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


def rows(frame, columns=KEYS):
    return set(frame[columns].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    "words", [[], ["--from", "2026-12-10"], *long(["--from", "2026-12-01"], ["--from", "2026-12-31"])]
)
def test_with_the_same_input_nothing_changes(month, again, words):
    out = again(*words)
    assert (out / "visits.csv").read_bytes() == (month / "visits.csv").read_bytes()
    assert len(read(out, "cancelled")) == 0
    figures = json.loads((out / "summary.json").read_text("utf-8"))["schedule"]
    assert figures["points_gap"] is None
    assert figures["since_earlier_run"] == {
        "unchanged": figures["contacts_planned"],
        "changed": 0,
        "new": 0,
        "cancelled": 0,
    }


def test_the_order_of_rows_makes_no_difference(month, again, tmp_path):
    shuffled = read(month, "visits").sample(frac=1, random_state=1)
    shuffled.to_csv(tmp_path / "visits.csv", index=False)
    out = again("--from", "2026-12-10", visits=tmp_path / "visits.csv")
    assert (out / "visits.csv").read_bytes() == (month / "visits.csv").read_bytes()


def test_a_closed_day_moves_its_own_contacts_and_few_others(month, again):
    out = again("--from", "2026-12-10", "--set", 'schedule.closed_days=["2026-12-16"]')
    was, now = read(month, "visits"), read(out, "visits")
    that_day = was["date"] == "2026-12-16"
    assert that_day.sum() > 0
    assert not (now["date"] == "2026-12-16").any()
    moved = len(rows(was) - rows(now))
    assert that_day.sum() <= moved <= 2 * that_day.sum()
    assert rows(was[was["date"] < "2026-12-14"]) <= rows(now)
    # planned wholly anew, most of the month changes
    wholly = again(
        "--from", "2026-12-10", "--set", 'schedule.closed_days=["2026-12-16"]', "--set", "schedule.keep_planned=false"
    )
    later = read(wholly, "visits")
    assert len(now) == len(later)
    assert moved < len(rows(was) - rows(later))


@pytest.mark.long
def test_somebodys_days_off_touch_only_their_own_month(rosters, month, again, tmp_path):
    was = read(month, "visits")
    busy = was[was["date"] == "2026-12-17"]["volunteer_id"].value_counts().index[0]
    place = tmp_path / "away"
    place.mkdir()
    (place / "elders.csv").write_bytes((rosters / "elders.csv").read_bytes())
    volunteers = read(rosters, "volunteers")
    volunteers.loc[volunteers["id"] == busy, "days_off"] = "2026-12-17"
    volunteers.to_csv(place / "volunteers.csv", index=False)
    now = read(again("--from", "2026-12-10", place=place), "visits")
    theirs = (now["volunteer_id"] == busy) & (now["date"] == "2026-12-17")
    assert not theirs.any()
    assert rows(was[was["volunteer_id"] != busy]) == rows(now[now["volunteer_id"] != busy])


@pytest.mark.long
def test_fewer_contacts_asked_for_are_fewer_planned(month, again):
    words = ["--set", "schedule.contacts_per_week=1", "--set", "new_pair.contacts_per_week=1"]
    was, now = read(month, "visits"), read(again("--from", "2026-12-14", *words), "visits")
    early = was["date"] < "2026-12-14"
    assert rows(was[early]) == rows(now[now["date"] < "2026-12-14"])
    whole = now["date"].between("2026-12-14", "2026-12-20")
    assert now[whole]["elder_id"].value_counts().mode().iloc[0] == 1


class TestSomePeople:
    def test_only_a_volunteers_contacts_from_the_day_on_may_change(self, month, again):
        was = read(month, "visits")
        who = was["volunteer_id"].value_counts().index[0]
        out = again("--from", "2026-12-10", "--volunteer", who, "--set", "worth.habit=0", "--set", "worth.even=20")
        now = read(out, "visits")
        theirs = (was["volunteer_id"] == who) & (was["date"] >= "2026-12-10")
        everything = list(was.columns)
        assert rows(was[~theirs], everything) == rows(
            now[(now["volunteer_id"] != who) | (now["date"] < "2026-12-10")], everything
        )
        assert rows(was) != rows(now)
        moved = now[~now[KEYS].apply(tuple, axis=1).isin(rows(was))]
        carried = moved["visit_id"].isin(was[theirs]["visit_id"])
        assert set(moved[carried]["revision"]) == {"1"}
        assert (~carried).sum() == len(read(out, "cancelled"))  # a call that became a visit is another contact
        assert json.loads((out / "manifest.json").read_text("utf-8"))["options"]["volunteers"] == [who]

    def test_only_an_elders(self, month, again):
        was = read(month, "visits")
        who = was["elder_id"].iloc[40]
        now = read(again("--elder", who, "--set", "worth.habit=0"), "visits")
        shown = [name for name in was.columns if name not in {"order_of_day"}]  # others' place in the day may change
        assert rows(was[was["elder_id"] != who], shown) == rows(now[now["elder_id"] != who], shown)

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["--elder", "nobody"], "no elder has the id nobody"),
            (["--volunteer", "nobody"], "no volunteer has the id nobody"),
        ],
    )
    def test_who_is_unknown_is_told(self, again, capsys, words, told):
        again(*words, code=2)
        assert told in capsys.readouterr().err

    def test_without_visits_nobody_else_could_stand(self, rosters, month, tmp_path, capsys):
        words = [*people_of(rosters), "--pairs", str(month / "pairs.csv"), *MONTH, "--out", str(tmp_path / "out")]
        assert main(["schedule", *words, "--elder", "E000001"]) == 2
        assert "--visits" in capsys.readouterr().err


@pytest.mark.long
def test_a_tightened_limit_does_not_reach_back(month, again):
    """Days before the re-plan break the new limit: told in issues.csv; those after it keep it."""
    out = again("--from", "2026-12-15", "--set", "schedule.max_visits_per_day=1")
    now = read(out, "visits")
    most = now[now["kind"] == "visit"].groupby(["volunteer_id", "date"]).size().reset_index(name="n")
    assert (most[most["date"] < "2026-12-15"]["n"] > 1).any()
    assert (most[most["date"] >= "2026-12-15"]["n"] == 1).all()
    told = read(out, "issues")
    full = told[(told["code"] == "standing_breaks_rule") & told["value"].str.startswith("V")]
    assert len(full) == (most[most["date"] < "2026-12-15"]["n"] > 1).sum()


def test_first_visits_are_accompanied_and_stay_so(month, again):
    was = read(month, "visits")
    along = was[was["companion"] != ""]
    assert len(along) > 0
    assert (along["date"] <= "2026-12-07").all()
    assert set(along["kind"]) == {"visit"}
    now = read(again("--from", "2026-12-03", "--set", 'schedule.closed_days=["2026-12-16"]'), "visits")
    assert rows(along, ["visit_id", "companion"]) <= rows(now, ["visit_id", "companion"])


@pytest.mark.long
def test_who_waits_for_a_companion_that_is_away_is_told(rosters, month, tmp_path):
    was = read(month, "visits")
    along = was[was["companion"] != ""].iloc[0]
    who, day = along["companion"], along["date"]
    files = ["--pairs", str(month / "pairs.csv"), "--visits", str(month / "visits.csv"), "--past"]
    absent = ["--volunteer", who, "--from", day, "--to", "2026-12-11"]
    assert main(["substitute", *absent, *people_of(rosters), *files, "--out", str(tmp_path / "out")]) == 0
    now, told = read(tmp_path / "out", "visits"), read(tmp_path / "out", "notices")
    visit = now[now["visit_id"] == along["visit_id"]].iloc[0]
    assert (visit["date"], visit["start"], visit["volunteer_id"]) == (day, along["start"], along["volunteer_id"])
    assert visit["companion"] != who
    assert visit["revision"] == "1"
    message = told[(told["person_id"] == along["volunteer_id"]) & (told["date"] == day)]["message"].str.cat(sep="; ")
    assert along["elder_id"] in message
    assert ("comes along" if visit["companion"] else "can't come along") in message
    figures = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["schedule"]
    assert (
        figures["contacts_due"] == json.loads((month / "summary.json").read_text("utf-8"))["schedule"]["contacts_due"]
    )


def test_the_summary_counts_what_became_of_the_earlier_run(month, again):
    out = again("--from", "2026-12-10", "--set", 'schedule.closed_days=["2026-12-16"]')
    was, now, gone = (read(place, name) for place, name in ((month, "visits"), (out, "visits"), (out, "cancelled")))
    figures = json.loads((out / "summary.json").read_text("utf-8"))["schedule"]["since_earlier_run"]
    shown = [name for name in was.columns if name not in {"order_of_day", "revision"}]
    assert figures["unchanged"] == len(rows(was, shown) & rows(now, shown))
    assert figures["new"] == len(set(now["visit_id"]) - set(was["visit_id"]))
    assert figures["unchanged"] + figures["changed"] + figures["new"] == len(now)
    assert figures["cancelled"] == len(set(gone["visit_id"]) - set(now["visit_id"]))


@pytest.mark.long
def test_pairs_that_are_older_are_kept_ones_without_last_months_list(month, again):
    was, now = (pairs[pairs["status"] != "paused"] for pairs in (read(month, "pairs"), read(again(), "pairs")))
    older = was.set_index("elder_id")["since"] < "2026-12"
    status = now.set_index("elder_id")["status"]
    assert (status[older[older].index] == "kept").all()
    assert status[older[~older].index].isin(["new", "changed"]).all()


def test_a_volunteer_who_would_miss_a_contact_is_planned_wholly_anew():
    """E000 was planned on the only day on which E001 can be met: both have a place where E000 moves."""
    month = people.month(
        [{"availability": TUE_AM | WED_AM}, {"availability": TUE_AM}],
        [{}],
        schedule={"contacts_per_week": 1, "max_contacts_per_day": 1, "min_visits_per_month": 0},
    )
    plan = plan_from_pairs(month, people.pairs((0, 0), (1, 0)))
    one = np.zeros(1, dtype=np.int64)
    early = Schedule(one, one, np.array(["2026-12-08"], "datetime64[D]"), one + 540, one + 585, one, one + 1)
    frame = tables.make_visits_frame(early, tables.PeopleNames.of(month.roster)).assign(row=2, file="visits.csv")
    made = schedule_month(plan, EarlierContacts.of(frame, frame.iloc[:0], month.roster))
    second_week = made.select((made.day > np.datetime64("2026-12-06")) & (made.day < np.datetime64("2026-12-14")))
    met = dict(zip(second_week.elder.tolist(), second_week.day.astype(str).tolist(), strict=True))
    assert met == {0: "2026-12-09", 1: "2026-12-08"}
