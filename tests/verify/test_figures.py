"""Figures that stand beside a plan, of areas, shortages and in the summary: those that are false are found."""

import json
from pathlib import Path

import pandas as pd
import pytest

from matcher.horizon import Horizon
from matcher.i18n import in_language
from matcher.run.inputs import Inputs
from matcher.run.verify import PlanFiles, verify
from matcher.settings import Settings
from matcher.verify import Violation
from tests.helpers.effort import long
from tests.helpers.office import Office, read
from tests.helpers.verify_month import Cases, Month, found_after

CASES = Cases()
fault = CASES.fault


def off(what, amount):
    return Violation("wrong_figure", what=what, amount=amount)


def list_areas(m):
    """Of three districts; volunteers have five places each."""
    m.people.elders["district"] = ["一区", "一区", "二区", "二区"]
    m.people.volunteers["district"] = ["一区", "二区", "三区"]
    figures = {
        "district": ["一区", "二区", "三区"],
        "elders": [2, 2, 0],
        "taking_part": [2, 2, 0],
        "matched": [2, 1, 0],
        "waiting": [0, 1, 0],
        "volunteers": [1, 1, 1],
        "places": [5, 5, 5],
        "places_free": [3, 4, 5],
        "recruits": [0, 1, 0],
        "recruits_serve": [0, 1, 0],
    }
    m.areas = pd.DataFrame(figures)


def list_shortage(m):
    m.shortages = pd.DataFrame(
        {
            "shortage_id": ["S1"],
            "elders": [2.0],
            "places": [1.0],
            "missing_places": [1.0],
            "missing_volunteers": [1.0],
            "recruits": [1.0],
            "usual_capacity": [5.0],
            "unmatched": ["E003"],
        }
    )


def summarise(m):
    elders = {"on_roster": 4, "taking_part": 4, "matched": 3, "unmatched": 1}
    m.summary = {
        "elders": {**elders, "unmatched_by_reason": {"no_volunteer_in_reach": 1}},
        "volunteers": {"on_roster": 3, "taking_part": 3, "places": 15, "used": 3},
        "pairs": {"new": 3, "kept": 0, "same_building": 1, "paused": 0},
        "cost": {"pairs_m": int(m.pairs["cost_m"].sum()), "keep_m": 0, "same_building_m": -100, "needs_m": 0},
    }


def list_nothing_missing(m):
    columns = ("elder_id", "volunteer_id", "kind", "missing", "as_calls", "reason")
    m.unscheduled = pd.DataFrame({name: [] for name in columns}).assign(
        week_start=pd.Series([], dtype="datetime64[ns]")
    )
    counts = {"contacts_due": 27, "contacts_planned": 27, "visits": 15, "calls": 12, "visits_missing": 0}
    m.summary = {"schedule": {**counts, "elders_with_full_cadence": 3}}


@fault()
def true_figures(m):
    list_areas(m)
    list_shortage(m)
    m.unmatched["shortage_id"] = "S1"
    summarise(m)
    contacts = Month()
    list_nothing_missing(contacts)
    m.unscheduled, m.summary["schedule"] = contacts.unscheduled, contacts.summary["schedule"]


@fault(off("areas.csv, 二区: matched", 1))
def matched_in_an_area(m):
    list_areas(m)
    m.areas.loc[1, "matched"] = 2


@fault(off("areas.csv, 三区: places", 5), off("areas.csv, 三区: places_free", 5), off("areas.csv, 三区: volunteers", 1))
def an_area_left_out(m):
    list_areas(m)
    m.areas = m.areas.iloc[:2]


@fault(off("areas.csv: recruits", 2))
def recruits_of_no_shortage(m):
    list_areas(m)
    list_shortage(m)
    m.unmatched["shortage_id"] = "S1"
    m.areas.loc[0, "recruits"] = 2


@fault(off("shortages.csv, S1: missing_places", 1), off("shortages.csv, S1: unmatched", 1))
def places_missing(m):
    list_shortage(m)
    m.unmatched["shortage_id"] = "S1"
    m.shortages["missing_places"] = 2.0


@fault(off("shortages.csv, S1: missing_volunteers", 2))
def volunteers_missing(m):
    list_shortage(m)
    m.unmatched["shortage_id"] = "S1"
    m.shortages["missing_volunteers"] = 3.0


@fault(off("shortages.csv, S1: unmatched", 1))
def left_out_though_paired(m):
    list_shortage(m)
    m.unmatched["shortage_id"] = "S1"
    m.shortages["unmatched"] = "E001; E003"


@fault(Violation("wrong_amount", "E003", what="shortage_id", amount=1))
def another_shortage(m):
    list_shortage(m)
    m.unmatched["shortage_id"] = "S2"


@fault(Violation("wrong_reason", "E003"))
def a_reason_that_is_not_so(m):
    m.unmatched["reason"] = "no_consent"


@fault(Violation("wrong_reason", "E003"))
def a_reason_of_places_for_who_takes_no_part(m):
    m.elder(3, "status", "left")
    m.unmatched["reason"] = "shortage"


@fault()
def the_reason_of_who_takes_no_part(m):
    m.elder(3, "consent", "no")
    m.unmatched["reason"] = "no_consent"


def share_home(m):
    """E000 and E002 live in one room, and have V000 and V001."""
    for elder in (0, 2):
        m.elder(elder, "building", "b")
        m.elder(elder, "address", "零陵路1号101室")
    rows = {"home": [1.0, 1.0], "elder_id": ["E000", "E002"], "volunteer_id": ["V000", "V001"]}
    m.shared_homes = pd.DataFrame(rows | {"join_volunteer_id": "V001", "join_m": [100.0, 100.0]})
    m.summary = {"shared_homes": {"homes": 1, "split": 1}}


@fault()
def a_home_with_two_volunteers_as_listed(m):
    share_home(m)


@fault(Violation("shared_home_list", "E002"))
def another_volunteer_of_a_home(m):
    share_home(m)
    m.shared_homes["volunteer_id"] = ["V000", "V002"]


@fault(Violation("shared_home_list", "E000"), Violation("shared_home_list", "E002"))
def one_who_has_no_part_in_the_home_takes_all(m):
    share_home(m)
    m.shared_homes["join_volunteer_id"] = "V002"


@fault(*(Violation("shared_home_list", f"E00{elder}") for elder in range(3)))
def a_third_in_a_home(m):
    share_home(m)
    m.shared_homes = pd.concat([m.shared_homes, m.shared_homes.iloc[:1].assign(elder_id="E001")], ignore_index=True)


@fault(Violation("shared_home_list", "E000"), Violation("shared_home_list", "E002"))
def a_home_left_out(m):
    share_home(m)
    m.shared_homes = m.shared_homes.iloc[:0]


@fault(off("summary.json: shared_homes.homes", 1), off("summary.json: shared_homes.split", 2))
def homes_in_all(m):
    share_home(m)
    m.summary = {"shared_homes": {"homes": 2, "split": 3}}


def number_tiers(m):
    """E002 is of high risk, and nobody has a pair of last month."""
    m.elder(2, "risk", "high")
    rows = [(1, 1, 1), (2, 3, 2)]
    tiers = [dict(zip(("tier", "taking_part", "matched"), row, strict=True)) for row in rows]
    m.summary = {"elders": {"by_tier": tiers}}


@fault()
def tiers_as_they_are(m):
    number_tiers(m)


@fault(*(off(f"summary.json: elders.by_tier, {tier}: taking_part", 1) for tier in (1, 2)))
def an_elder_in_another_tier_though_the_sums_are_right(m):
    number_tiers(m)
    m.elder(2, "risk", "low")
    m.elder(1, "risk", "high")
    m.elder(3, "risk", "high")


@fault(
    off("summary.json: elders.by_tier, 3: matched", 1),
    off("summary.json: elders.by_tier, elders.matched", 1),
)
def a_tier_that_nobody_is_of(m):
    number_tiers(m)
    m.summary["elders"]["by_tier"].append({"tier": 3, "matched": 1})


@fault()
def points_below_their_bound(m):
    m.summary = {"schedule": {"points": 990, "points_bound": 1000, "points_gap": 0.01}}


@fault(off("summary.json: schedule.points", 5))
def points_above_what_a_month_can_be_worth(m):
    m.summary = {"schedule": {"points": 1005, "points_bound": 1000, "points_gap": -0.005}}


@fault(off("summary.json: schedule.points_gap", 1))
def a_gap_that_is_none(m):
    m.summary = {"schedule": {"points": 990, "points_bound": 1000, "points_gap": 1.01}}


@fault(off("summary.json: elders.matched", 1))
def matched_in_all(m):
    summarise(m)
    m.summary["elders"]["matched"] = 4


@fault(off("summary.json: cost.same_building_m", 100), off("summary.json: pairs.new", 1))
def sums_of_the_pairs(m):
    summarise(m)
    m.summary["cost"]["same_building_m"] = 0
    m.summary["pairs"]["new"] = 2


@fault(
    off("summary.json: elders.unmatched_by_reason.absent", 1),
    off("summary.json: elders.unmatched_by_reason.no_volunteer_in_reach", 1),
)
def counts_by_reason(m):
    summarise(m)
    m.summary["elders"]["unmatched_by_reason"] = {"absent": 1}


@fault(off("summary.json: schedule.calls", 2), off("summary.json: schedule.contacts_due", 1))
def contacts_in_all(m):
    list_nothing_missing(m)
    m.summary["schedule"]["contacts_due"] = 28
    m.summary["schedule"]["calls"] = 10


@fault(Violation("wrong_amount", "E003", what="nearest_volunteer_m", amount=pytest.approx(3000, abs=1)))
def a_volunteer_who_lives_nearer(m):
    """The nearest lives at 500 m, the elder at 9,000."""
    m.unmatched["nearest_volunteer_m"] = 5500.0


@fault(Violation("wrong_reason", "E003"))
def places_of_nobody_in_reach(m):
    m.unmatched["reason"] = "no_room"


@fault(Violation("wrong_reason", "E003"))
def somebody_in_reach_after_all(m):
    m.settings = Settings(distance={"urban_limit_m": 20_000})


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=CASES.names())
def test_one_fault_is_found(plant, expected):
    assert found_after(plant) == expected


def test_the_figure_is_named_with_its_place():
    with in_language("zh"):
        assert "areas.csv, 二区: 已结对" in off("areas.csv, 二区: matched", 1.0).message()
    with in_language("en"):
        assert off("summary.json: elders.matched", 1.0).message() == "summary.json: elders.matched is off by 1"


@pytest.mark.parametrize(
    "words", [{}, {"elders": 3}, {"elders": {"matched": "three", "shortages": None}}, {"cost": []}]
)
def test_a_summary_that_says_something_else_claims_nothing(words):
    month = Month()
    month.summary = words
    assert not month.violations()


def test_who_may_have_been_pinned_may_take_part():
    """Another programme visits the elder, and a pin lets the pair stand all the same: the pins are not given."""
    month = Month()
    list_areas(month)
    month.elder(0, "served_elsewhere", "yes")
    found = month.violations()
    assert [one.rule for one in found] == ["served_elsewhere", "wrong_figure"]
    month.lists = {}
    assert [one.rule for one in month.violations()] == ["served_elsewhere"]


@pytest.fixture
def office(tmp_path):
    """A shortage of two places."""
    office = Office(tmp_path, elders=6, volunteers=2, capacity=2)
    office.folder = office.month()
    return office


def add_one(table, name):
    return table.assign(**{name: [str(int(number) + 1) for number in table[name]]})


@pytest.mark.parametrize(
    "figure",
    [
        *(("areas", name) for name in ("elders", "waiting", "recruits_serve")),
        *long(*(("areas", name) for name in ("matched", "places_free", "recruits"))),
        *(("shortages", name) for name in ("elders", "missing_places")),
        *long(*(("shortages", name) for name in ("places", "missing_volunteers", "recruits"))),
    ],
    ids="-".join,
)
def test_verify_reads_the_files_beside_the_pairs(office, capsys, figure):
    file, name = figure
    assert office.holds(office.folder)
    changed = add_one(read(office.folder, file), name)
    changed.to_csv(office.folder / f"{file}.csv", index=False, encoding="utf-8-sig")
    assert not office.holds(office.folder)
    assert f"{file}.csv" in capsys.readouterr().out


def list_figures(words, path=()):
    """Return the paths of all numbers in a summary."""
    if isinstance(words, dict):
        return [found for key, value in words.items() for found in list_figures(value, (*path, key))]
    return [path] if isinstance(words, int | float) and not isinstance(words, bool) else []


RECKONED = {
    "distance_m": {"mean", "p50", "p90", "max"},
    "distance_basis": {"measured", "estimated", "assumed", "unknown"},
    "volunteers": {"loads.0", "loads.1", "loads.2", "high_risk.0"},
    "backups": {"planned", "missing", "volunteers", "most_of_one", "distance_m.p90", "distance_basis.measured"},
    "schedule": {"cadence_kept", "cadence_kept_by_risk.unknown", "first_visits.accompanied"},
}


def test_verify_reckons_spreads_and_distances_of_the_summary(office):
    words = ["--set", "backup.planned=true"]
    folder = office.month("2026-12", *words)
    path = folder / "summary.json"
    figures = json.loads(path.read_text("utf-8-sig"))
    for where in list_figures(figures):
        part = figures
        for key in where[:-1]:
            part = part[key]
        part[where[-1]] += 1
    figures["elders"]["by_tier"][0]["matched"] += 1
    path.write_text(json.dumps(figures), "utf-8")
    elders, volunteers = map(Path, office.rosters[1::2])
    files, horizon = PlanFiles(folder / "pairs.csv", folder / "visits.csv"), Horizon.of_month("2026-12")
    found = verify(Inputs(elders, volunteers), Settings(backup={"planned": True}), horizon, files).verification
    expected = {f"{part}.{name}" for part, names in RECKONED.items() for name in names}
    told = {each.what.removeprefix("summary.json: ") for each in found.violations if abs(each.amount - 1) < 0.2}
    assert expected - told == set()
    assert "elders.by_tier, elders.matched" in told


@pytest.mark.parametrize("unit", ["units", "minutes"])
def test_an_honest_summary_is_silent_in_units_and_minutes_and_where_places_are_words(office, unit, capsys):
    office.elders.loc[:2, ["lng_wgs84", "lat_wgs84"]] = None
    office.elders["committee"] = office.volunteers["committee"] = "零陵居委"
    words = ["--set", f"capacity.unit={unit}"]
    out = office.month("2026-12", *words)
    basis = json.loads((out / "summary.json").read_text("utf-8-sig"))["distance_basis"]
    assert basis["measured"] < sum(basis.values())
    assert office.holds(out, *words), capsys.readouterr().out


def test_verify_reads_the_summary_of_a_run_folder_alone(office, capsys):
    path = office.folder / "summary.json"
    figures = json.loads(path.read_text("utf-8-sig"))
    figures["schedule"]["contacts_planned"] += 1
    path.write_text(json.dumps(figures), "utf-8")
    assert not office.holds(office.folder)
    assert "schedule.contacts_planned is off by 1" in " ".join(capsys.readouterr().out.split())
    elsewhere = office.write(read(office.folder, "visits"), "elsewhere.csv")
    office.write(read(office.folder, "unscheduled"), "unscheduled.csv")
    assert office.holds(office.folder, "--visits", elsewhere)
    path.write_text("{", "utf-8")
    assert office.holds(office.folder)
