"""Elders whom by the records nobody met: since when they wait, and the first visits that they are due again."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from matcher import run
from matcher.columns import column
from matcher.horizon import Horizon
from matcher.outcomes import OUTCOMES
from matcher.outputs.folder import write_file
from matcher.records.happened import apply_records
from matcher.records.unmet import find_unmet_since
from matcher.roster.convert import empty_frame
from matcher.roster.model import PairList, Roster
from matcher.sample import make_sample, write_sample
from matcher.settings import Settings
from matcher.verify.case import Case, Lists, Tables
from matcher.verify.unmet import find_unmet

MONTHS = ("2026-12", "2027-01", "2027-02")


def make_list(chance):
    """Six pairs that began in October to December, some of whom had not met by the list, one of which may pause."""
    n, months = 6, np.array(["2026-10", "2026-11", "2026-12", "NaT"], "datetime64[M]")
    since = np.array([chance.choice(months) for _ in range(n)])
    waiting = np.array([chance.choice(np.array(["2026-06", "2026-11", "NaT"], "datetime64[M]")) for _ in range(n)])
    return PairList(
        np.arange(n),
        np.arange(n) % 2,
        tuple(f"E{i}" for i in range(n)),
        tuple(f"V{i % 2}" for i in range(n)),
        np.arange(2, 2 + n),
        since=since.astype("datetime64[D]"),
        status=tuple(chance.choice(["kept", "kept", "paused"]) for _ in range(n)),
        waiting_since=waiting,
    )


def make_contacts(chance):
    """Contacts of December for most elders, and records that say what became of some."""
    rows = [
        {"visit_id": f"{day}-E{i}", "date": pd.Timestamp(2026, 12, day), "elder_id": f"E{i}"}
        for day in (3, 20)
        for i in range(5)
    ]
    visits = pd.DataFrame(rows).assign(start=540.0, end=570.0, order_of_day=1.0, revision=0.0, row=2, file="v.csv")
    visits["kind"] = [chance.choice(["visit", "call"]) for _ in rows]
    visits["volunteer_id"] = [f"V{chance.choice([int(row['elder_id'][1:]) % 2, 9])}" for row in rows]
    like = empty_frame("visits")
    texts = {name: "" for name in like if like[name].dtype == "str" and name not in visits}
    visits = visits.assign(**texts)[like.columns.tolist()].astype(like.dtypes.to_dict())
    told = visits[[chance.random() < 0.7 for _ in rows]]
    records = told[["visit_id", "date", "elder_id", "volunteer_id", "kind"]].assign(
        outcome=[chance.choice([one.code for one in OUTCOMES]) for _ in range(len(told))], by_id="", row=2, file="r.csv"
    )
    return visits, records


@pytest.mark.long
@pytest.mark.parametrize("unconfirmed", ["done", "missed"])
def test_planner_and_verifier_find_the_same(unconfirmed):
    chance, found = random.Random(5), set()
    settings = Settings.model_validate({"records": {"unconfirmed": unconfirmed}})
    january = Horizon.of_month("2027-01")
    for _ in range(25):
        previous, (visits, records) = make_list(chance), make_contacts(chance)
        made = apply_records(visits, records, unconfirmed, january.start)
        ours = find_unmet_since(previous, made, (np.datetime64("2026-12"), january.start), 6)
        lists = Lists(previous, earlier=visits, records=records)
        case = Case(Roster.__new__(Roster), january, settings, Tables(pd.DataFrame()), lists)
        months = {who: f"{(n - 1) // 12}-{(n - 1) % 12 + 1:02}" for who, n in find_unmet(case).items()}
        assert months == {f"E{i}": str(one) for i, one in enumerate(ours) if not np.isnat(one)}
        found |= set(months.values())
    assert found == {"2026-06", "2026-11", "2026-12"}


def test_of_a_pair_that_never_met_a_visit_counts_and_of_others_any_contact():
    day = np.array(["2026-11-01", "2026-11-01", "2026-12-01"], "datetime64[D]")
    waiting = np.array(["2026-06", "NaT", "NaT"], "datetime64[M]")
    who, ids = np.arange(3), ("E0", "E1", "E2")
    previous = PairList(who, who * 0, ids, ("V0",) * 3, who + 2, since=day, waiting_since=waiting)
    calls = pd.DataFrame({"date": pd.Timestamp(2026, 12, 5), "kind": "call", "elder_id": ids, "volunteer_id": "V0"})
    span = (np.datetime64("2026-12"), date(2027, 1, 1))
    assert find_unmet_since(previous, calls, span, 3).astype(str).tolist() == ["2026-06", "NaT", "2026-12"]
    assert np.isnat(find_unmet_since(previous, calls.assign(kind="visit"), span, 3)).all()
    assert find_unmet_since(previous, calls[:0], span, 3).astype(str).tolist() == ["2026-06", "2026-12", "2026-12"]


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """Three months of a small programme in which by the records two elders are never at home."""
    place = tmp_path_factory.mktemp("unmet")
    write_sample(make_sample(8, 4, 4), place)
    inputs, missed = run.Inputs(place / "elders.csv", place / "volunteers.csv"), []
    for month in MONTHS:
        run.run(run.RunRequest(inputs, Horizon.of_month(month), place / month))
        visits = read(place / month / "visits.csv")
        missed = missed or sorted(visits["elder_id"].unique())[:2]
        records = visits[["visit_id", "elder_id", "volunteer_id", "kind"]].assign(
            date=pd.to_datetime(visits["date"]),
            outcome=np.where(visits["elder_id"].isin(missed), "no_answer", "done"),
            minutes=np.nan,
            remark="",
            by_id="",
            source="sheet.csv:2",
        )
        write_file(place / f"{month}.csv", records, "records", private=True)
        inputs = replace(
            inputs,
            previous=place / month / "pairs.csv",
            previous_visits=place / month / "visits.csv",
            records=place / f"{month}.csv",
        )
    return place, inputs, missed


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def test_who_was_never_met_waits_on_and_is_due_a_first_visit_each_month(lived):
    place, _inputs, missed = lived
    first, *later = [read(place / month / "pairs.csv").set_index("elder_id") for month in MONTHS]
    for pairs in later:
        waits = pairs.loc[pairs["waiting_since"] != "", "waiting_since"]
        assert waits.to_dict() == first.loc[missed, "waiting_since"].to_dict()
    for month in MONTHS[1:]:
        visits = read(place / month / "visits.csv")
        early = visits[(visits["kind"] == "visit") & (visits["date"] <= f"{month}-10")]
        told = read(place / month / "unscheduled.csv")
        assert set(missed) <= {*early["elder_id"], *told.loc[told["kind"] == "visit", "elder_id"]}
        assert set(early.loc[early["companion"] != "", "elder_id"]) <= set(missed)  # others have met


def test_verify_asks_for_the_first_visit_of_a_second_month_and_holds_who_waits(lived, tmp_path):
    place, _inputs, missed = lived
    inputs = run.Inputs(
        place / "elders.csv",
        place / "volunteers.csv",
        previous=place / "2027-01" / "pairs.csv",
        previous_visits=place / "2027-01" / "visits.csv",
        records=place / "2027-01.csv",
    )
    february, files = Horizon.of_month("2027-02"), place / "2027-02"
    visits, pairs = read(files / "visits.csv"), read(files / "pairs.csv")
    late = visits[~((visits["kind"] == "visit") & (visits["date"] <= "2027-02-10"))]
    late.to_csv(tmp_path / "visits.csv", index=False)
    pairs.loc[pairs["elder_id"] == missed[1], "waiting_since"] = "2020-01-01"
    pairs.to_csv(tmp_path / "pairs.csv", index=False)
    found = run.verify(
        inputs, Settings(), february, run.PlanFiles(tmp_path / "pairs.csv", tmp_path / "visits.csv")
    ).verification.violations
    assert {one.elder_id for one in found if one.rule == "first_visit"} == set(missed)
    assert {one.elder_id for one in found if one.what == "waiting_since"} == {missed[1]}


@pytest.mark.long
def test_who_was_never_met_and_loses_the_volunteer_has_waited_all_along(lived, tmp_path):
    """Nobody has places any more: those who were never met wait on, all others since this month."""
    place, inputs, missed = lived
    pairs = read(place / "2027-02" / "pairs.csv").set_index("elder_id")
    volunteers = pd.read_csv(place / "volunteers.csv", dtype=str, keep_default_na=False)
    volunteers[column("volunteers", "capacity").header()] = "0"
    volunteers.to_csv(tmp_path / "volunteers.csv", index=False)
    given, out = replace(inputs, volunteers=tmp_path / "volunteers.csv"), tmp_path / "2027-03"
    run.run(run.RunRequest(given, Horizon.of_month("2027-03"), out))  # which verifies what it has written
    left = read(out / "unmatched.csv").set_index("elder_id").loc[pairs.index, "waiting_since"]
    assert left[missed].to_dict() == pairs.loc[missed, "waiting_since"].to_dict()
    assert set(left.drop(missed)) == {"2027-03-01"}
