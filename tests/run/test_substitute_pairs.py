"""A volunteer is away or has left in a month with pins, last month's pairs and second volunteers."""

import pandas as pd
import pytest

from matcher.commands import main
from tests.helpers import people

SETTINGS = ["--set", "backup.planned=true", "--set", "distance.urban_limit_m=250"]
PAIR = ["elder_id", "volunteer_id"]
SECOND = "backup_volunteer_id"


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A month with a pin, and pairs that stand beyond the limit by last month's list; its folder and its files."""
    place = tmp_path_factory.mktemp("sample") / "city"
    assert main(["sample", "--elders", "60", "--volunteers", "16", "--seed", "3", "--out", str(place)]) == 0
    files = people.people_of(place) + SETTINGS
    assert main(["match", *files, "--month", "2026-12", "--out", str(place / "without")]) == 0
    pins = read(place / "without" / "pairs.csv").query("volunteer_id > 'V000002'").head(1)
    pins.assign(volunteer_id="V000001")[PAIR].to_csv(place / "one.csv", index=False)
    lists = ["--previous", str(place / "previous.csv"), "--pins", str(place / "one.csv")]
    assert main(["run", *files, *lists, "--month", "2026-12", "--out", str(place / "month")]) == 0
    return place, files, lists


@pytest.fixture
def substitute(city, tmp_path):
    """Hands over, holds the outcome against all rules by itself, and gives back the pairs before and after."""
    place, files, lists = city

    def done(*words):
        out, month = tmp_path / "out", place / "month"
        stand = ["--pairs", str(month / "pairs.csv"), "--visits", str(month / "visits.csv")]
        assert main(["substitute", *files, *lists, *stand, *words, "--out", str(out)]) == 0
        return read(month / "pairs.csv"), read(out / "pairs.csv")

    return done


@pytest.mark.long
def test_pairs_beyond_the_limit_stand_by_the_lists_by_which_they_were_made(city, substitute, tmp_path):
    _place, files, lists = city
    before, after = substitute("--volunteer", "V000002", "--from", "2026-12-07", "--to", "2026-12-11")
    assert {"pinned", "kept"} <= set(before["status"])
    assert (before["distance_m"].astype(float) * 1.3 > 250).sum() > 1
    pd.testing.assert_frame_equal(after, before)
    made = ["--pairs", str(tmp_path / "out" / "pairs.csv"), "--visits", str(tmp_path / "out" / "visits.csv")]
    assert main(["verify", *files, *lists, *made, "--month", "2026-12"]) == 0


@pytest.mark.long
def test_what_is_told_of_the_pairs_of_others_stays_when_somebody_leaves(city, substitute):
    before, after = substitute("--volunteer", "V000002", "--from", "2026-12-07", "--left")
    others = before[before["volunteer_id"] != "V000002"]
    told = [*PAIR, "status", "since", "cost_m"]
    assert set(others["since"]) > {"2026-12-01"}
    assert set(others[told].itertuples(index=False)) <= set(after[told].itertuples(index=False))
    assert (others[SECOND] == "V000002").any()
    second = dict(zip(after["elder_id"], after[SECOND], strict=True))
    kept = others[others[SECOND] != "V000002"]
    assert dict(zip(kept["elder_id"], kept[SECOND], strict=True)).items() <= second.items()
    assert "V000002" not in second.values()


def test_a_pin_to_who_has_left_is_given_up(city, tmp_path):
    place, files, lists = city
    month = place / "month"
    stand = ["--pairs", str(month / "pairs.csv"), "--visits", str(month / "visits.csv"), "--out", str(tmp_path / "out")]
    words = ["--volunteer", "V000001", "--from", "2026-12-07", "--left"]
    assert main(["substitute", *files, *lists, *stand, *words]) == 0
    assert "V000001" not in set(read(tmp_path / "out" / "pairs.csv")["volunteer_id"])


def test_that_somebody_leaves_counts_against_no_change_budget(city, substitute):
    before, after = substitute("--volunteer", "V000001", "--from", "2026-12-07", "--left", "--set", "keep.budget=0")
    assert (before["volunteer_id"] == "V000001").any()
    assert not (after["volunteer_id"] == "V000001").any()


def test_without_those_lists_it_is_told_which_to_give(city, tmp_path, capsys):
    place, files, _lists = city
    stand = ["--pairs", str(place / "month" / "pairs.csv"), "--month", "2026-12", "--out", str(tmp_path / "out")]
    assert main(["schedule", *files, *stand]) == 4
    assert "give --previous --pins as when" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


@pytest.mark.long
def test_who_is_nobodys_second_volunteer_now_does_not_come_along(city, tmp_path):
    place, files, lists = city
    month, leaders = place / "month", read(place / "volunteers.csv").query("role == 'leader'")["id"]
    agreed = set(read(month / "visits.csv")["companion"]) - {""}
    assert agreed - set(leaders)
    visits = ["--visits", str(month / "visits.csv")]
    none = ["--set", "backup.planned=false", "--month", "2026-12", "--out", str(tmp_path / "anew")]
    assert main(["run", *files, *lists, *visits, *none]) == 0
    assert set(read(tmp_path / "anew" / "visits.csv")["companion"]) <= {"", *leaders}
    pairs = read(month / "pairs.csv")
    pairs.drop(columns=[name for name in pairs if name.startswith("backup")]).to_csv(tmp_path / "p.csv", index=False)
    words = ["--volunteer", "V000002", "--from", "2026-12-07", "--to", "2026-12-11", "--out", str(tmp_path / "away")]
    assert main(["substitute", *files, *lists, "--pairs", str(tmp_path / "p.csv"), *visits, *words]) == 0
