"""What happened counts in the next month: the planner's way, the verifier's, and plain loops say the same."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from matcher import run
from matcher.horizon import Horizon
from matcher.outcomes import IS_CONTACT, OUTCOMES
from matcher.outputs.folder import write_file
from matcher.records import read_records
from matcher.records.file import NAMES
from matcher.records.happened import apply_records
from matcher.roster.convert import empty_frame
from matcher.sample import make_sample, write_sample
from matcher.settings import Settings
from matcher.verify.happened import find_made_contacts

NEXT = date(2027, 1, 1)
KEY = ["date", "kind", "elder_id", "volunteer_id"]


def make_visits(chance):
    rows = [
        {"visit_id": f"{day:02}-E{elder}", "date": date(2026, 12, 1) + timedelta(days=day), "elder_id": f"E{elder}"}
        for day in range(0, 40, 3)
        for elder in range(3)
    ]
    frame = pd.DataFrame(rows)
    frame["date"] = pd.to_datetime(frame["date"])
    frame["kind"] = [chance.choice(["visit", "call"]) for _ in rows]
    frame["volunteer_id"] = [chance.choice(["V1", "V2"]) for _ in rows]
    frame = frame.assign(start=540.0, end=570.0, order_of_day=1.0, revision=0.0, row=np.arange(len(rows)), file="v.csv")
    like = empty_frame("visits")
    texts = {name: "" for name in like if like[name].dtype == "str" and name not in frame}
    return frame.assign(**texts)[like.columns.tolist()].astype(like.dtypes.to_dict())


def make_records(chance, visits):
    rows = []
    for visit in visits.to_dict("records"):
        if chance.random() < 0.3 or visit["date"] >= pd.Timestamp(NEXT):
            continue
        outcome = chance.choice([one.code for one in OUTCOMES])
        moved = timedelta(days=chance.choice([0, 0, 1]))
        by = chance.choice(["V3", ""]) if outcome == "swapped" else ""
        rows.append({**{name: visit[name] for name in ("visit_id", "elder_id", "volunteer_id", "kind")}})
        rows[-1] |= {"date": min(visit["date"] + moved, pd.Timestamp(2026, 12, 31)), "outcome": outcome, "by_id": by}
    for day in range(1, 28, 9):
        extra = {"visit_id": "", "elder_id": "E1", "volunteer_id": "V9", "kind": "call", "by_id": ""}
        rows.append(extra | {"date": pd.Timestamp(2026, 12, day), "outcome": chance.choice(["done", "no_answer"])})
    frame = pd.DataFrame(rows).assign(minutes=np.nan, remark="", source="a.csv:2", file="records.csv")
    return frame.assign(row=np.arange(len(rows)))[[*NAMES, "file", "row"]]


def find_plainly(visits, records, unconfirmed):
    """The contacts made, contact by contact."""
    out = []
    by_id = {row["visit_id"]: row for row in records.to_dict("records") if row["visit_id"]}
    for visit in visits.to_dict("records"):
        told = by_id.get(visit["visit_id"])
        if visit["date"] >= pd.Timestamp(NEXT):
            continue
        if told is None:
            out += [visit] if unconfirmed == "done" else []
        elif told["outcome"] in IS_CONTACT:
            out.append(told | {"volunteer_id": told["by_id"] if told["outcome"] == "swapped" else told["volunteer_id"]})
    out += [row for row in records.to_dict("records") if not row["visit_id"] and row["outcome"] in IS_CONTACT]
    return sorted(tuple(str(row[name]) for name in KEY) for row in out)


def keys_of(frame):
    return sorted(tuple(str(row[name]) for name in KEY) for row in frame.to_dict("records"))


@pytest.mark.parametrize("unconfirmed", ["done", "missed"])
def test_planner_and_verifier_count_the_same(unconfirmed):
    chance = random.Random(8)
    for _ in range(12):
        visits = make_visits(chance)
        records = make_records(chance, visits)
        applied = apply_records(visits, records, unconfirmed, NEXT)
        rest = applied["date"] >= pd.Timestamp(NEXT)
        assert keys_of(applied[rest]) == keys_of(visits[visits["date"] >= pd.Timestamp(NEXT)])
        past = visits[visits["date"] < pd.Timestamp(NEXT)]
        expected = find_plainly(visits, records, unconfirmed)
        assert keys_of(applied[~rest]) == expected
        assert keys_of(find_made_contacts(past, records, unconfirmed, NEXT)) == expected
        assert applied.dtypes.equals(visits.dtypes)


def test_nothing_planned_and_nothing_recorded():
    visits, records = make_visits(random.Random(1)), empty_frame("records")
    assert apply_records(visits, records, "done", NEXT) is visits
    assert len(apply_records(visits, records, "missed", date(2027, 2, 1))) == 0
    assert find_made_contacts(visits, None, "done", NEXT) is visits
    assert len(find_made_contacts(None, records, "done", NEXT)) == 0
    assert keys_of(find_made_contacts(visits, records, "done", NEXT)) == keys_of(visits)


@pytest.fixture(scope="module")
def december(tmp_path_factory):
    """A small programme whose December is planned."""
    place = tmp_path_factory.mktemp("records")
    write_sample(make_sample(20, 6, 4), place)
    inputs = run.Inputs(place / "elders.csv", place / "volunteers.csv")
    run.run(run.RunRequest(inputs, Horizon.of_month("2026-12"), place / "2026-12"))
    return place


def test_the_next_month_counts_from_what_happened(december, tmp_path):
    """Two elders were never met: the gap before January is longer, and ``verify`` knows that they have not met."""
    visits = pd.read_csv(december / "2026-12" / "visits.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    missed = visits["elder_id"].unique()[:2].tolist()
    records = visits[["visit_id", "elder_id", "volunteer_id", "kind"]].assign(
        date=pd.to_datetime(visits["date"]),
        outcome=np.where(visits["elder_id"].isin(missed), "no_answer", "done"),
        minutes=np.nan,
        remark="",
        by_id="",
        source="sheet.csv:2",
    )
    write_file(tmp_path / "records.csv", records, "records", private=True)
    assert (tmp_path / "records.csv").stat().st_mode & 0o077 == 0
    assert len(read_records(tmp_path / "records.csv").frame) == len(visits)
    holidays = tmp_path / "holidays.csv"
    holidays.write_text("date,kind\n2027-01-01,holiday\n", "utf-8")
    settings = Settings.model_validate({"schedule": {"holidays_file": str(holidays)}})
    inputs = run.Inputs(
        december / "elders.csv",
        december / "volunteers.csv",
        previous=december / "2026-12" / "pairs.csv",
        previous_visits=december / "2026-12" / "visits.csv",
        records=tmp_path / "records.csv",
    )
    january, out = Horizon.of_month("2027-01"), tmp_path / "2027-01"
    loaded = run.load_inputs(inputs, settings, january)
    elder = pd.Index(loaded.month.roster.elders["id"]).get_indexer(missed)
    assert not np.isnat(loaded.as_planned.find_last_contact(january.start, elder)).any()
    assert np.isnat(loaded.earlier.find_last_contact(january.start, elder)).all()
    run.run(run.RunRequest(inputs, january, out, settings))
    assert "records.csv" in (out / "manifest.json").read_text("utf-8")
    pairs, planned = (
        pd.read_csv(out / name, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        for name in ("pairs.csv", "visits.csv")
    )
    pairs.assign(since="2027-01-01").to_csv(tmp_path / "pairs.csv", index=False)
    early = (planned["kind"] == "visit") & (planned["date"] <= "2027-01-10") & planned["elder_id"].isin(missed)
    planned[~early].to_csv(tmp_path / "late.csv", index=False)
    broken = {}
    for name, given in (("as happened", inputs), ("as planned", replace(inputs, records=None))):
        found = run.verify(given, settings, january, run.PlanFiles(tmp_path / "pairs.csv", tmp_path / "late.csv"))
        rules = [one for one in found.verification.violations if one.rule == "first_visit"]
        broken[name] = {one.elder_id for one in rules}
    assert broken == {"as happened": set(missed), "as planned": set()}


def test_records_that_can_not_be_read_are_told(december, tmp_path):
    bad = tmp_path / "records.csv"
    bad.write_text("visit_id,date,elder_id,volunteer_id,kind,outcome\n,2026-12-01,,V1,visit,what\n", "utf-8")
    inputs = run.Inputs(december / "elders.csv", december / "volunteers.csv", records=bad)
    found = run.check(inputs, Settings(), Horizon.of_month("2027-01"))
    codes = [issue.code for issue in found.issues if issue.file == "records.csv" and issue.severity == "error"]
    assert sorted(codes) == ["value_missing", "value_not_choice"]
    gone = run.check(
        run.Inputs(december / "elders.csv", december / "volunteers.csv", records=tmp_path / "none.csv"), Settings()
    )
    assert "file_missing" in [issue.code for issue in gone.issues]
