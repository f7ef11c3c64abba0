import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from matcher import run
from matcher.commands.summary import show_done
from matcher.errors import InputError, UsageError
from matcher.horizon import Horizon
from matcher.sample import make_sample, write_sample
from matcher.settings import Settings
from tests.helpers.effort import long

DECEMBER = Horizon.of_month("2026-12")


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("city")
    write_sample(make_sample(36, 9, 5), place)
    return place


def _inputs(city: Path, **others: Path) -> run.Inputs:
    return run.Inputs(city / "elders.csv", city / "volunteers.csv", **others)


def _pairs(place: Path, name: str, *pairs: tuple[str, str]) -> Path:
    file = place / name
    pd.DataFrame(pairs, columns=["elder_id", "volunteer_id"]).to_csv(file, index=False)
    return file


def _ids(city: Path, kind: str) -> list[str]:
    month, _ = _month(city)
    return getattr(month.roster, kind)["id"].tolist()


def _month(city: Path, **others: Path):
    gathered = run.load_inputs(_inputs(city, **others), Settings(), DECEMBER)
    return gathered.month, gathered.issues


def test_what_is_given_is_named_by_its_part(city):
    inputs = _inputs(city, pins=Path("p.csv"))
    assert list(inputs.given()) == ["elders", "volunteers", "pins"]


def test_every_missing_file_is_told_at_once(tmp_path):
    inputs = run.Inputs(*(tmp_path / name for name in ("e", "v", "previous", "pins", "never")))
    with pytest.raises(InputError) as caught:
        run.load_inputs(inputs, Settings(), DECEMBER)
    assert [issue.file for issue in caught.value.issues] == ["e", "v", "previous", "pins", "never"]
    assert {issue.code for issue in caught.value.issues} == {"file_missing"}
    report = run.check(inputs, Settings())
    assert report.roster is None
    assert report.issues == caught.value.issues


def test_pins_of_missing_people_are_not_told_where_there_is_no_roster(city, tmp_path):
    pins = _pairs(tmp_path, "pins.csv", ("E1", "V1"))
    inputs = run.Inputs(tmp_path / "none.csv", city / "volunteers.csv", pins=pins)
    with pytest.raises(InputError) as caught:
        run.load_inputs(inputs, Settings(), DECEMBER)
    assert [issue.file for issue in caught.value.issues] == ["none.csv"]


def test_pins_that_cannot_stand_are_set_aside_with_their_rows(city, tmp_path):
    elders, volunteers = _ids(city, "elders"), _ids(city, "volunteers")
    settings = Settings.model_validate({"consent": {"required": False}})
    pairs = [(elders[i], volunteers[0]) for i in range(20)]
    pins = _pairs(tmp_path, "pins.csv", *pairs)
    with pytest.raises(InputError) as caught:
        run.load_inputs(_inputs(city, pins=pins), settings, DECEMBER)
    assert "pin_over_capacity" in {issue.code for issue in caught.value.issues}
    gathered = run.load_inputs(_inputs(city, pins=pins), settings, DECEMBER, set_aside=True)
    faulty = {issue.row for issue in gathered.issues if issue.severity == "error"}
    assert faulty
    assert not faulty & set(gathered.month.pins.row.tolist())
    assert len(gathered.month.pins.elder_id) == len(gathered.month.pins) == len(gathered.month.pins.row)


def test_whether_pins_can_stand_is_asked_only_with_dates(city, tmp_path):
    elders, volunteers = _ids(city, "elders"), _ids(city, "volunteers")
    pins = _pairs(tmp_path, "pins.csv", *((elder, volunteers[0]) for elder in elders[:20]))
    codes = {issue.code for issue in run.check(_inputs(city, pins=pins), Settings()).issues}
    assert "pin_over_capacity" not in codes
    codes = {issue.code for issue in run.check(_inputs(city, pins=pins), Settings(), DECEMBER).issues}
    assert "pin_over_capacity" in codes


def test_stages_are_timed_and_told(city, tmp_path):
    begun = []
    stages = run.Stages(begun.append)
    done = run.match(run.RunRequest(_inputs(city), DECEMBER, tmp_path / "out"), stages)
    assert begun == ["read", "match", "write", "verify", "workbook", "page"] == list(stages.seconds)
    assert done.schedule is None
    assert done.folder == tmp_path / "out"


def test_nothing_is_read_when_the_folder_cannot_be(tmp_path):
    missing = run.Inputs(tmp_path / "e.csv", tmp_path / "v.csv")
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError):
        run.match(run.RunRequest(missing, DECEMBER, tmp_path / "out"))


def test_a_plan_that_breaks_a_rule_is_not_written(city, tmp_path, monkeypatch):
    from matcher.outputs import tables

    honest = tables.make_pairs_frame
    monkeypatch.setattr(tables, "make_pairs_frame", lambda *args: honest(*args).assign(distance_m=1.0))
    with pytest.raises(run.BrokenRulesError) as caught:
        run.match(run.RunRequest(_inputs(city), DECEMBER, tmp_path / "out"))
    assert {violation.rule for violation in caught.value.verification.violations} == {"wrong_amount"}
    assert caught.value.exit_code == 4
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_what_lies_beside_is_taken_into_account_unless_given(city, tmp_path):
    done = run.match(run.RunRequest(_inputs(city), DECEMBER, tmp_path / "out"))
    pairs = done.folder / "pairs.csv"
    inputs, files = _inputs(city), run.PlanFiles(pairs)
    checked = run.verify(inputs, Settings(), DECEMBER, files)
    assert checked.beside == (done.folder / "unmatched.csv",)
    assert checked.verification.ok
    checked = run.verify(inputs, Settings(), DECEMBER, replace(files, unmatched=done.folder / "unmatched.csv"))
    assert checked.beside == ()
    assert checked.verification.checked["elders"] == done.month.n_elders


def test_every_file_that_verify_cannot_read_is_told_at_once(city, tmp_path):
    with pytest.raises(InputError) as caught:
        run.verify(_inputs(city), Settings(), DECEMBER, run.PlanFiles(tmp_path / "p.csv", tmp_path / "v.csv"))
    assert [issue.file for issue in caught.value.issues if issue.severity == "error"] == ["p.csv", "v.csv"]


def test_pairs_by_hand_with_unknown_people_are_told_with_their_rows(city, tmp_path):
    pairs = _pairs(tmp_path, "pairs.csv", ("nobody", "noone"))
    with pytest.raises(InputError) as caught:
        run.schedule(run.RunRequest(_inputs(city, pairs=pairs), DECEMBER, tmp_path / "out"))
    errors = [issue for issue in caught.value.issues if issue.severity == "error"]
    assert {issue.code for issue in errors} == {"pair_unknown_elder", "pair_unknown_volunteer"}
    assert {issue.row for issue in errors} == {2}


def test_a_list_that_cannot_be_read_is_not_said_to_be_short(city, tmp_path):
    (tmp_path / "last.csv").write_text("甲,乙\n1,2\n", "utf-8")
    anew = _pairs(tmp_path, "anew.csv", *((f"X{i}", f"Y{i}") for i in range(5)))
    for previous, code in ((tmp_path / "last.csv", "header_missing"), (anew, "previous_ids_unknown")):
        codes = {issue.code for issue in run.check(_inputs(city, previous=previous), Settings()).issues}
        assert code in codes
        assert "previous_names_few" not in codes


def test_faults_of_lists_are_told_with_a_roster_that_cannot_be_read(city, tmp_path):
    pins = _pairs(tmp_path, "pins.csv", ("E1", "V1"), ("E1", "V2"), ("", "V3"))
    (tmp_path / "e.csv").write_text("id,age\nE1,80\n")
    report = run.check(run.Inputs(tmp_path / "e.csv", city / "volunteers.csv", pins=pins), Settings())
    found = {(issue.code, issue.file) for issue in report.issues if issue.severity == "error"}
    assert found >= {("column_missing", "e.csv"), ("pair_elder_twice", "pins.csv"), ("value_missing", "pins.csv")}
    assert [reading.kind for reading in report.readings] == ["elders", "volunteers"]


def test_a_month_follows_from_the_last_ones_folder(city, tmp_path, capsys):
    """Pairs, who has waited and prices are read from there; the second month is verified with backups and a budget."""
    asked = Settings.model_validate(
        {
            "capacity": {"fair_m": 20, "minimum": 2, "most_high_risk": 3},
            "keep": {"budget": "10%", "worth_m": 0, "month_worth_m": 0},
            "backup": {"planned": True},
        }
    )
    first = run.match(run.RunRequest(_inputs(city), DECEMBER, tmp_path / "first", asked))
    assert "previous" not in first.summary
    later = _inputs(city, previous=tmp_path / "first" / "pairs.csv")
    second = run.match(run.RunRequest(later, Horizon.of_month("2027-01"), tmp_path / "second", asked))
    inputs = json.loads((tmp_path / "second" / "manifest.json").read_text("utf-8"))["inputs"]
    assert {"previous", "previous_unmatched"} <= inputs.keys()
    assert "previous_capacity" not in inputs
    budget = second.summary["pairs"]["change_budget"]
    assert budget["broken"] <= budget["unavoidable"] + budget["allowed"]
    show_done(second, "")
    assert f"{budget['unavoidable']} had to be" in " ".join(capsys.readouterr().out.split())
    assert second.summary["proof"]["optimal"] is True
    assert second.summary["backups"]["planned"] + second.summary["backups"]["missing"] == len(second.plan.elder)
    waited = pd.read_csv(tmp_path / "second" / "unmatched.csv", dtype=str)["waiting_since"].dropna()
    assert set(waited) <= {"2026-12-01", "2027-01-01"}
    by_hand = run.schedule(
        run.RunRequest(_inputs(city, pairs=tmp_path / "second" / "pairs.csv"), DECEMBER, tmp_path / "third", asked)
    )
    assert by_hand.plan.backups.volunteer.tolist() == second.plan.backups.volunteer.tolist()


@pytest.mark.parametrize("told", ["since", *long("结对始于", "months", "nothing")])
def test_how_long_pairs_have_lasted_is_carried_from_month_to_month(city, tmp_path, told):
    previous = pd.read_csv(city / "previous.csv", dtype=str)
    since = pd.to_datetime(previous["since"])
    months = (2026 - since.dt.year) * 12 + 12 - since.dt.month
    lasted = {"since": previous["since"].str[:7], "结对始于": previous["since"], "months": months.astype(str)}
    columns = previous[["elder_id", "volunteer_id"]]
    columns.assign(**{told: lasted[told]} if told in lasted else {}).to_csv(tmp_path / "previous.csv", index=False)
    expected = dict(zip(map(tuple, columns.to_numpy()), since, strict=True))

    given = tmp_path / "previous.csv"
    for i, horizon in enumerate((DECEMBER, Horizon.of_month("2027-01"))):
        done = run.match(run.RunRequest(_inputs(city, previous=given), horizon, tmp_path / f"{i}"))
        given = tmp_path / f"{i}" / "pairs.csv"
        pairs = pd.read_csv(given)
        kept = pairs[pairs["status"] == "kept"]
        assert len(kept) > 12
        for row in pairs.itertuples():
            began = expected.get((row.elder_id, row.volunteer_id), pd.Timestamp(horizon.start))
            if told == "nothing" and row.status == "kept":
                began = pd.Timestamp(2026, 11, 1) if i == 0 or began < pd.Timestamp(2026, 12, 1) else began
            assert pd.Timestamp(row.since) == began
            together = (horizon.start.year - began.year) * 12 + horizon.start.month - began.month
            worth = 1600 + 20 * (min(together, 24) - 1) if row.status == "kept" else 0
            assert row.keep_cost_m == -worth
        expected = {(row.elder_id, row.volunteer_id): pd.Timestamp(row.since) for row in pairs.itertuples()}
        assert done.plan.certificate.optimal
    by_hand = run.Inputs(city / "elders.csv", city / "volunteers.csv", pairs=given)
    # the holidays of 2027 are not known yet
    kept_on = Settings.model_validate({"schedule": {"holidays": "keep"}})
    again = run.schedule(run.RunRequest(by_hand, Horizon.of_month("2027-01"), tmp_path / "again", kept_on))
    assert again.plan.since.astype(str).tolist() == pairs["since"].str[:7].tolist()
