"""The sample: the same bytes for the same seed, fit for the checks, and lifelike."""

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from matcher.columns import ELDERS, VOLUNTEERS
from matcher.errors import UsageError
from matcher.features import Features
from matcher.geo.distance import to_ecef
from matcher.horizon import Horizon
from matcher.i18n import in_language
from matcher.matching import check_pins
from matcher.matching.candidates import find_eligible_people
from matcher.month import MonthData
from matcher.roster import load_roster, make_roster
from matcher.roster.pairs import load_pairs
from matcher.rules import RULES, measure_pairs
from matcher.sample import Sample, make_sample, write_sample
from matcher.sample.city import DISTRICTS, make_city
from matcher.sample.hours import draw_days_off, draw_elder_hours, draw_volunteer_hours
from matcher.sample.make import MOST_PEOPLE, NOT_MADE
from matcher.sample.rng import Rng
from matcher.settings import Settings, load

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
FILES = ("elders", "volunteers", "previous", "pins", "never")
DECEMBER = Horizon.of_month("2026-12")


@pytest.fixture(scope="module")
def town():
    """A sample of several subdistricts of one district."""
    return make_sample(4000, 800, seed=3)


@pytest.fixture(scope="module", params=["en", "zh"])
def written(request, town, tmp_path_factory):
    """The files of ``town`` in a language."""
    out = tmp_path_factory.mktemp(request.param)
    with in_language(request.param):
        write_sample(town, out)
    return out


@pytest.fixture(scope="module")
def roster(written):
    """Return those files as the checks read them."""
    return load_roster(written / "elders.csv", written / "volunteers.csv", Settings())


def share(mask):
    return float(np.mean(np.asarray(mask, dtype=float)))


def place(frame):
    return to_ecef(frame["lat"].to_numpy(), frame["lng"].to_numpy())


def ages(frame):
    return (np.datetime64("2026-12-01") - frame["birth_date"].to_numpy().astype("datetime64[D]")).astype(int) / 365.2425


# the same, every time


@pytest.mark.parametrize(("spoken", "folder"), [("en", ""), ("zh", "zh")])
def test_the_files_of_the_repository_come_out_again(spoken, folder, tmp_path):
    with in_language(spoken):
        write_sample(make_sample(200, 40, seed=7), tmp_path)
    for name in FILES:
        assert (tmp_path / f"{name}.csv").read_bytes() == (SAMPLE_DATA / folder / f"{name}.csv").read_bytes()


def test_the_settings_of_the_repository_are_settings():
    assert load(SAMPLE_DATA / "settings.toml").model_copy(update={"schedule": Settings().schedule}) == Settings()


def test_one_seed_one_sample_whatever_happened_before(tmp_path):
    first = make_sample(500, 100, seed=1)
    np.random.default_rng(0).random()
    again, other = make_sample(500, 100, seed=1), make_sample(500, 100, seed=2)
    for name in FILES:
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))
    assert list(first.elders["name"]) != list(other.elders["name"])


def test_dates_follow_the_month():
    sample = make_sample(500, 100, seed=1, month="2028-03")
    joined = sample.elders["joined"]
    assert joined.max() > pd.Timestamp("2028-02-15")
    assert joined.max() < pd.Timestamp("2028-04-01")
    assert sample.elders["days_off"].str.match(r"^$|2028-0[3-5]").all()


# sizes


@pytest.mark.parametrize(
    ("elders", "volunteers"), [(0, 0), (1, 0), (0, 1), (1, 1), (5, 1), (19, 21), (34, 7), (0, 50), (40, 200), (333, 3)]
)
def test_any_number_of_people(elders, volunteers, tmp_path):
    sample = make_sample(elders, volunteers, seed=5)
    assert (len(sample.elders), len(sample.volunteers)) == (elders, volunteers)
    write_sample(sample, tmp_path)
    for name in ("elders", "volunteers"):
        with (tmp_path / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            assert len(list(csv.reader(file))) == 1 + len(getattr(sample, name))


@pytest.mark.parametrize(("elders", "volunteers"), [(-1, 5), (5, -1), (MOST_PEOPLE + 1, 5)])
def test_numbers_of_people_out_of_range(elders, volunteers):
    with pytest.raises(UsageError, match=str(MOST_PEOPLE)):
        make_sample(elders, volunteers, seed=1)


def test_no_seed_and_no_month():
    with pytest.raises(ValueError, match="expected"):
        make_sample(5, 1, seed=-1)
    with pytest.raises(ValueError, match="2026-13"):
        make_sample(5, 1, seed=1, month="2026-13")


# what the checks say


def test_the_rosters_pass_the_checks(roster, town):
    assert roster.issues == ()
    assert list(roster.elders["id"]) == list(town.elders["id"])
    for made, read in ((town.elders, roster.elders), (town.volunteers, roster.volunteers)):
        for name in ("name", "address", "sex", "status", "lng", "lat", "availability"):
            assert made[name].tolist() == read[name].tolist()
        for name in ("joined", "left", "birth_date"):
            np.testing.assert_array_equal(made[name].to_numpy(), read[name].to_numpy())
    for name in ("area", "lift", "living", "self_care", "risk", "consent", "floor", "contacts_per_week"):
        pd.testing.assert_series_equal(town.elders[name], roster.elders[name], check_dtype=False)
    keys = pd.concat([roster.elders, roster.volunteers])[["building", "lng", "lat"]].drop_duplicates()
    assert "" not in set(keys["building"])
    assert keys["building"].is_unique
    assert not keys.duplicated(["lng", "lat"]).any()


def test_the_frames_pass_the_checks_as_they_are(town):
    assert make_roster(town.elders, town.volunteers, Settings()).issues == ()


def test_the_pair_lists_pass_the_checks(written, roster):
    lists = {kind: load_pairs(written / f"{kind}.csv", roster, kind) for kind in ("previous", "pins", "never")}
    assert {issue.code for issue in lists["previous"][1]} == {"previous_unknown_elder", "previous_unknown_volunteer"}
    assert lists["pins"][1] == lists["never"][1] == []
    month = MonthData(roster, DECEMBER, Settings(), *(lists[kind][0] for kind in ("previous", "pins", "never")))
    assert check_pins(month) == []
    assert len(month.pins) == len(month.never) == 12


def test_no_hard_rule_bars_last_months_pairs_but_where_somebody_takes_no_part_any_more(written, roster):
    previous = load_pairs(written / "previous.csv", roster, "previous")[0]
    known = (previous.elder >= 0) & (previous.volunteer >= 0)
    elder, volunteer = previous.elder[known], previous.volunteer[known]
    features = Features(MonthData(roster, DECEMBER, Settings()))
    block = measure_pairs(features, elder, volunteer)
    barred = {rule.name for rule in RULES if (mask := rule.bar_pairs(features, block)) is not None and mask.any()}
    assert barred == set()
    elders, volunteers = find_eligible_people(features)
    assert 0.95 < share(elders[elder] & volunteers[volunteer]) < 0.99


def test_files_are_written_in_the_language_in_use(tmp_path):
    sample = make_sample(60, 12, seed=4)
    with in_language("zh"):
        write_sample(sample, tmp_path)
    texts = {name: (tmp_path / f"{name}.csv").read_bytes().decode("utf-8") for name in FILES}
    for name, text in texts.items():
        assert text.startswith("\ufeff")
        assert text.count("\n") == text.count("\r\n") == len(getattr(sample, name)) + 1
        assert not re.search(r"[a-zA-Z]", re.sub(r"\b[EV]\d{6}\b|WGS-84", "", text)), name


# nobody is real


def test_nobody_has_a_national_id(written, town):
    assert "national_id" not in {*town.elders.columns, *town.volunteers.columns}
    made = {"elders": ELDERS, "volunteers": VOLUNTEERS}
    for name, columns in made.items():
        assert [c.name for c in columns if c.name not in NOT_MADE] == list(getattr(town, name).columns)
    for name in FILES:
        assert not re.search(r"\d{15}", (written / f"{name}.csv").read_text("utf-8-sig"))


def test_telephone_numbers_are_nobodys_and_all_different(town):
    phones = pd.concat([town.elders["phone"], town.elders["emergency_contact_phone"], town.volunteers["phone"]])
    assert share(town.elders["phone"] == "") < 0.06
    phones = phones[phones != ""]
    assert phones.str.fullmatch(r"154\d{8}").all()
    assert phones.is_unique


# last month's pairs, pins, never-pairs


def test_last_months_pairs_are_such_as_a_hand_makes(town):
    previous = town.previous
    assert previous["elder_id"].is_unique
    on_roster = previous["volunteer_id"].isin(town.volunteers["id"])
    capacity = town.volunteers.set_index("id")["capacity"]
    load_of = previous[on_roster].groupby("volunteer_id").size()
    assert (load_of <= capacity[load_of.index]).all()
    assert previous[~on_roster].groupby("volunteer_id").size().max() <= 6
    assert 0.9 < share(town.elders["id"].isin(previous["elder_id"])) < 0.98
    withdrawn = previous.loc[~on_roster, "volunteer_id"].nunique()
    assert 0.01 < withdrawn / previous["volunteer_id"].nunique() < 0.02
    assert 0.005 < share(~previous["elder_id"].isin(town.elders["id"])) < 0.02
    known = previous.merge(town.elders, left_on="elder_id", right_on="id")
    known = known.merge(town.volunteers, left_on="volunteer_id", right_on="id", suffixes=("", "_v"))
    away_m = np.linalg.norm(place(known) - to_ecef(known["lat_v"].to_numpy(), known["lng_v"].to_numpy()), axis=1)
    assert np.median(away_m) < 150
    assert share(away_m < 400) > 0.9
    assert share(away_m == 0) > 0.15
    assert away_m.max() <= 750


def test_newcomers_have_no_pair(town):
    for people, key in ((town.elders, "elder_id"), (town.volunteers, "volunteer_id")):
        new = people["joined"] > pd.Timestamp("2026-11-01")
        assert 0.005 < share(new) < 0.03
        assert not people.loc[new, "id"].isin(town.previous[key]).any()


@pytest.mark.parametrize("seed", [3, *range(20, 32)])
def test_pins_and_never_pairs_are_neighbours_who_take_part(seed, town):
    sample = town if seed == 3 else make_sample(150, 5, seed)  # so few volunteers that they are asked for twice
    listed = pd.concat([sample.pins, sample.never])
    assert listed["elder_id"].is_unique
    assert sample.pins["volunteer_id"].is_unique
    assert sample.pins["elder_id"].is_monotonic_increasing
    elders = sample.elders.set_index("id").loc[listed["elder_id"]]
    volunteers = sample.volunteers.set_index("id").loc[listed["volunteer_id"]]
    assert np.linalg.norm(place(elders) - place(volunteers), axis=1).max() <= 300
    assert set(elders["consent"]) == {"yes"}
    for people in (elders, volunteers):
        assert set(people["status"]) == {"active"}
        assert people["left"].isna().all()
    assert (volunteers["capacity"] > 0).all()
    assert (listed["note"] != "").all()


# people


def test_people_are_as_in_the_programme(town):
    elders, volunteers = town.elders, town.volunteers
    assert ages(elders).min() >= 70
    assert ages(elders).max() <= 100.01
    assert share((ages(elders) >= 75) & (ages(elders) < 90)) > 0.8
    assert ages(volunteers).min() >= 50
    assert ages(volunteers).max() <= 75.01
    assert share((ages(volunteers) >= 60) & (ages(volunteers) < 70)) > 0.7
    assert abs(share(elders["consent"] == "yes") - 0.98) < 0.01
    assert set(elders["consent"]) == {"yes", "no", ""}
    assert share(elders["living"] == "alone") > 0.88
    assert 0.1 < share(elders["risk"] == "high") < 0.3
    high = elders[elders["risk"] == "high"]
    assert ages(high).min() >= 80
    assert set(high["living"]) == {"alone"}
    assert share(elders["contacts_per_week"].isna()) > 0.9
    assert elders.loc[elders["contacts_per_week"] == 3, "risk"].eq("high").all()
    assert share(elders["visits_per_month"].isna()) > 0.95
    for people in (elders, volunteers):
        assert 0.005 < share(people["status"] != "active") < 0.03
        assert not (people["left"] < people["joined"]).any()
        assert people["name"].str.fullmatch("[\u4e00-\u9fff]{2,4}").all()
        assert people["name"].nunique() > 0.5 * len(people)
        assert (people["languages"] != "").all()
    assert share(volunteers["capacity"] == 5) > 0.75
    assert set(volunteers["capacity"]) == {3, 4, 5, 6}
    assert abs(volunteers["capacity"].sum() / len(elders) - 0.98) < 0.02
    leaders = volunteers[volunteers["role"] == "leader"].groupby(["subdistrict", "committee"]).size()
    assert (leaders == 1).all()
    assert len(leaders) == volunteers.groupby(["subdistrict", "committee"]).ngroups


def test_what_people_like_ask_for_and_can_do(town):
    elders, volunteers = town.elders, town.volunteers
    asked = elders["wanted_sex"]
    assert 0.01 < share(asked.isin(["female", "male"])) < 0.04
    assert 0.02 < share(asked.str.endswith("_preferred")) < 0.08
    assert 0.02 < share(elders["wanted_languages"] != "") < 0.08
    local = elders[elders["wanted_languages"] != ""]
    assert not local["languages"].str.contains("Mandarin").any()
    assert (local["languages"] == local["wanted_languages"]).all()
    assert 0.005 < share(~elders["served_elsewhere"].isin(["", "none"])) < 0.02
    assert share(volunteers["training"].str.contains("dementia")) > 0.25
    assert 0.1 < share(volunteers["max_walk_m"].notna()) < 0.4
    assert 0.2 < share(volunteers["max_floor"].notna()) < 0.6
    limited = volunteers["max_floor"].notna().to_numpy()
    assert ages(volunteers)[limited].mean() > ages(volunteers)[~limited].mean() + 1
    for people, others in ((elders, volunteers), (volunteers, elders)):
        assert share(people["interests"] != "") > 0.6
        known = people.loc[people["acquainted"] != "", "acquainted"].str.split(";").explode()
        assert 0.02 < len(known) / len(elders) < 0.08
        assert known.isin(others["id"]).all()


def test_last_months_pairs_have_lasted_for_some_time(town):
    months = (pd.Timestamp(2026, 12, 1) - town.previous["since"]).dt.days / 30.44
    assert months.min() > 0.9
    assert months.max() < 61
    assert 6 < months.median() < 20
    two = town.previous.merge(town.elders, left_on="elder_id", right_on="id")
    assert (two["since"] + pd.offsets.MonthEnd() >= two["joined"]).all()
    assert two["since"].dt.day.eq(1).all()


def test_hours_of_elders_are_wide_and_of_volunteers_narrower():
    rng = Rng(8)
    elders = np.array([mask.bit_count() for mask in draw_elder_hours(rng, 5000).tolist()])
    volunteers = np.array([mask.bit_count() for mask in draw_volunteer_hours(rng, 5000).tolist()])
    assert elders.min() >= 11
    assert volunteers.min() == 3
    assert volunteers.max() == 14
    assert share((volunteers >= 3) & (volunteers <= 7)) > 0.6


def test_days_off_are_a_day_or_a_few_in_a_row():
    texts = draw_days_off(Rng(1), 4000, 0.5, DECEMBER)
    assert abs(share(texts != "") - 0.5) < 0.03
    one, several = r"20\d\d-\d\d-\d\d", r"(20\d\d-\d\d-\d\d)~(20\d\d-\d\d-\d\d)"
    for text in texts[texts != ""]:
        assert re.fullmatch(one, text) or re.fullmatch(several, text)[1] < re.fullmatch(several, text)[2]
    assert min(texts[texts != ""]) == "2026-12-01"


# places


def test_homes_are_consistent(town):
    everybody = pd.concat([town.elders, town.volunteers])
    house = everybody["address"].str.extract(r"^(.*弄\d+号)(\d+)室$")
    assert house.notna().all(axis=None)
    assert not everybody.assign(house=house[0])[["house", "lng", "lat"]].drop_duplicates().duplicated("house").any()
    assert everybody["address"].is_unique
    floor = town.elders["address"].str.extract(r"(\d+)\d\d室$")[0].astype(int)
    assert (floor == town.elders["floor"]).all()
    assert (town.elders.loc[town.elders["floor"] > 6, "lift"] == "yes").all()
    occupants = town.elders.groupby(["lng", "lat"]).size()
    assert 1.5 < len(town.elders) / len(occupants) < 2.3
    distance_to_volunteer, _ = cKDTree(place(town.volunteers)).query(place(town.elders))
    assert share(distance_to_volunteer < 1) > 0.25  # a volunteer in the same building


def test_compounds_are_80_to_250_m_across():
    buildings = make_city(Rng(2), 100).buildings
    frame = pd.DataFrame({"lane": pd.Series(buildings.address).str.extract("(.*弄)")[0]})
    at = to_ecef(buildings.lat, buildings.lng)
    across = [np.linalg.norm(at[i][:, None] - at[i][None], axis=2).max() for i in frame.groupby("lane").groups.values()]
    assert min(across) > 50
    assert max(across) < 270
    assert 80 < np.mean(across) < 250


def test_a_small_sample_is_a_few_committees_and_a_large_one_as_dense():
    small, large = make_sample(200, 40, seed=9), make_sample(1000, 200, seed=9)
    assert len(set(small.elders["subdistrict"])) == 1
    assert small.elders["committee"].nunique() == 6
    assert large.elders["committee"].nunique() == 30
    for sample in (small, large):
        at = place(sample.elders)
        middle = np.linalg.norm(at - np.median(at, axis=0), axis=1)
        per_km2 = share(middle < 250) * len(at) / (np.pi * 0.25**2)
        assert 150 < per_km2 < 700


def test_the_city_is_shanghais():
    city = make_city(Rng(1), 6083)
    committees = city.committees
    assert sum(d.streets + d.towns for d in DISTRICTS) == 215
    assert len(np.unique(committees.district)) == 16
    assert len(np.unique(committees.subdistrict)) == 215
    assert len(committees.name) == 6083
    assert 0.08 < share(committees.rural) < 0.2
    for inside, limits in ((committees.lng, (120.85, 121.98)), (committees.lat, (30.69, 31.88))):
        assert limits[0] < inside.min() < inside.max() < limits[1]
    frame = pd.DataFrame({"subdistrict": committees.subdistrict, "name": committees.name})
    assert not frame.duplicated().any()
    assert not pd.Series(city.buildings.address).duplicated().any()
    centre = np.isin(committees.district, ["黄浦区", "静安区", "虹口区"])
    at = to_ecef(committees.lat, committees.lng)
    near = cKDTree(at).query_ball_point(at, 1000, return_length=True)
    assert near[centre].mean() > 2 * near[~centre].mean()
    assert not committees.rural[centre].any()
    assert committees.rural[committees.district == "崇明区"].mean() > 0.5


def test_above_city_size_there_are_more_committees_a_subdistrict():
    city = make_city(Rng(1), 8000)
    assert len(city.committees.name) == 8000
    assert len(np.unique(city.committees.subdistrict)) == 215


# chance


@settings(deadline=None)
@given(st.integers(0, 300), st.lists(st.floats(0.1, 9), min_size=1, max_size=20), st.integers(0, 99))
def test_split_gives_each_group_its_due_within_one(total, weights, seed):
    due = np.array(weights) / sum(weights) * total
    counts = Rng(seed).split(total, np.array(weights))
    assert counts.sum() == total
    assert np.all(np.abs(counts - due) < 1 + 1e-6)


@settings(deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.integers(0, 99))
def test_index_within_stays_in_its_group(sizes, seed):
    edges = np.concatenate(([0], np.cumsum(sizes)))
    group = np.repeat(np.arange(len(sizes)), 5)
    found = Rng(seed).draw_indices_within(np.ones(edges[-1]), group, edges)
    assert np.all((edges[group] <= found) & (found < edges[group + 1]))


def test_draws_keep_their_shares():
    rng = Rng(6)
    assert np.allclose(np.bincount(rng.draw_indices(40_000, [1, 2, 5])) / 40_000, [0.125, 0.25, 0.625], atol=0.01)
    words = pd.Series(rng.draw_lists(40_000, {"a": 0.2, "b": 0.9}))
    assert set(words) == {"", "a", "b", "a;b"}
    assert abs(share(words.str.contains("a")) - 0.2) < 0.01
    assert sorted(rng.permute(50).tolist()) == list(range(50))
    assert set(rng.draw_integers(500, 3, 5).tolist()) == {3, 4, 5}


def test_a_sample_is_a_value():
    assert isinstance(make_sample(0, 0, seed=0), Sample)
    with pytest.raises(AttributeError):
        make_sample(0, 0, seed=0).pins = pd.DataFrame()
