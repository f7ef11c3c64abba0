"""The summary of a month, counted again from its files by plain loops."""

import csv
import json
from collections import defaultdict
from datetime import date, timedelta

import pytest

from matcher.commands import main
from matcher.i18n import use_language


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    use_language("en")
    place = tmp_path_factory.mktemp("sample") / "city"
    out = place.parent / "out"
    assert main(["sample", "--elders", "40", "--volunteers", "9", "--seed", "9", "--out", str(place)]) == 0
    words = [
        word for kind in ("elders", "volunteers", "previous") for word in (f"--{kind}", str(place / f"{kind}.csv"))
    ]
    assert main(["run", *words, "--month", "2026-12", "--past", "--out", str(out)]) == 0
    return place, out


def rows(folder, name):
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def figures(made):
    return json.loads((made[1] / "summary.json").read_text("utf-8"))["schedule"]


def test_contacts_visits_and_what_is_missing(made, figures):
    visits, missing = rows(made[1], "visits"), rows(made[1], "unscheduled")
    assert figures["contacts_planned"] == len(visits)
    assert figures["visits"] == sum(row["kind"] == "visit" for row in visits)
    assert figures["calls"] == sum(row["kind"] == "call" for row in visits)
    by_reason = defaultdict(int)
    for row in missing:
        if row["missing"] != "0":  # a visit that is made as a call is not missing
            by_reason[row["reason"].replace(" ", "_")] += int(row["missing"])
    assert figures["missing_by_reason"] == dict(by_reason)
    assert sum(by_reason.values()) > 0


def test_cadence_kept_by_risk(made, figures):
    place, out = made
    risk = {row["id"]: row["risk"] or "unknown" for row in rows(place, "elders")}
    paired = [row["elder_id"] for row in rows(out, "pairs")]
    short = {row["elder_id"] for row in rows(out, "unscheduled")}
    kept, all_ = defaultdict(int), defaultdict(int)
    for elder in paired:
        all_[risk[elder]] += 1
        kept[risk[elder]] += elder not in short
    assert len(all_) > 1
    assert figures["cadence_kept_by_risk"] == {tier: round(kept[tier] / n, 4) for tier, n in sorted(all_.items())}
    assert figures["cadence_kept"] == pytest.approx(sum(kept.values()) / len(paired))
    assert figures["elders_with_full_cadence"] == sum(kept.values())


def test_the_longest_time_without_a_contact(made, figures):
    place, out = made
    met = defaultdict(set)
    for row in rows(out, "visits"):
        met[row["elder_id"]].add(date.fromisoformat(row["date"]))
    there = {row["id"]: (row["joined"], row["left"]) for row in rows(place, "elders")}
    longest = 0
    for pair in rows(out, "pairs"):
        joined, left = there[pair["elder_id"]]
        first = max(date(2026, 12, 1), date.fromisoformat(joined or "2000-01-01"))
        last = min(date(2026, 12, 31), date.fromisoformat(left or "2099-01-01"))
        run, day = 0, first
        while day <= last:
            run = 0 if day in met[pair["elder_id"]] else run + 1
            longest = max(longest, run)
            day += timedelta(days=1)
    assert figures["longest_gap_days"] == longest > 0


def test_loads_and_outings(made, figures):
    load, outings = defaultdict(int), set()
    for row in rows(made[1], "visits"):
        load[row["volunteer_id"]] += 1
        if row["kind"] == "visit":
            outings.add((row["volunteer_id"], row["date"], row["start"] >= "12:00"))
    counts = sorted(load.values())
    middle = (counts[(len(counts) - 1) // 2] + counts[len(counts) // 2]) / 2
    assert figures["contacts_per_volunteer"] == {"min": counts[0], "p50": middle, "max": counts[-1]}
    assert figures["outings"] == len(outings)


def test_first_visits(made, figures):
    along = [row for row in rows(made[1], "visits") if row["companion"]]
    alone = [row["code"] for row in rows(made[1], "issues") if row["code"].startswith("first_visit_")]
    assert figures["first_visits"]["accompanied"] == len(along) > 0
    late = alone.count("first_visit_late")
    assert figures["first_visits"]["late"] == late
    assert sum(figures["first_visits"]["alone"].values()) == len(alone) - late
