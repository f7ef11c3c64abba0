"""The public way in: a month on frames, in memory."""

import pandas as pd
import pytest

import matcher


@pytest.fixture(scope="module")
def sample():
    return matcher.make_sample(60, 12, 3)


def test_a_month_on_frames(sample):
    plan = matcher.match(
        sample.elders,
        sample.volunteers,
        previous=sample.previous,
        pins=sample.pins,
        never=sample.never,
        month="2026-12",
    )
    visits = matcher.schedule_visits(plan)
    made = matcher.frames(plan, visits)
    assert plan.certificate.optimal
    assert len(made["pairs"]) + len(made["unmatched"]) == 60
    assert len(made["visits"]) == len(visits) > 0
    assert set(made["visits"]["elder_id"]) <= set(made["pairs"]["elder_id"])
    assert matcher.verify_plan(plan, visits).ok
    assert matcher.verify_plan(plan).ok
    assert made["pairs"]["elder_name"].str.endswith("*").all()
    assert not matcher.frames(plan, names="full")["pairs"]["elder_name"].str.endswith("*").any()


def test_the_same_whatever_the_order_of_rows(sample):
    def pairs(elders, volunteers):
        return matcher.frames(matcher.match(elders, volunteers, month="2026-12"))["pairs"]

    straight = pairs(sample.elders, sample.volunteers)
    shuffled = pairs(sample.elders.sample(frac=1, random_state=1), sample.volunteers.iloc[::-1])
    pd.testing.assert_frame_equal(straight, shuffled)


def test_a_roster_of_no_kind_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not 'pairs'"):
        matcher.read_roster(tmp_path / "pairs.csv", "pairs")


def test_warnings_are_told_by_the_plan_and_its_frames(sample):
    plan = matcher.match(sample.elders.assign(floor="abc"), sample.volunteers, month="2026-12")
    issues = matcher.frames(plan)["issues"]
    assert "floor" in set(issues["column"])
    assert repr(plan).endswith(f", issues: {len(issues)}>")


def test_faults_are_gathered_and_named(sample):
    unknown = pd.DataFrame({"elder_id": ["nobody"], "volunteer_id": [sample.volunteers["id"][0]]})
    faulty = sample.elders.copy()
    faulty.loc[3, "lng"] = 500.0
    with pytest.raises(matcher.InputError) as caught:
        matcher.match(faulty, sample.volunteers, pins=unknown, month="2026-12")
    assert {(issue.code, issue.row) for issue in caught.value.issues} >= {
        ("value_out_of_range", 5),
        ("pair_unknown_elder", 2),
    }
    with pytest.raises(ValueError, match="2026-13"):
        matcher.match(sample.elders, sample.volunteers, month="2026-13")
    far = sample.volunteers.assign(lng=130.0)
    with pytest.raises(matcher.NoPlanError):
        matcher.match(sample.elders, far, month="2026-12")


def test_the_month_is_that_of_the_command(sample, tmp_path):
    from matcher.commands import main

    out = tmp_path / "city"
    words = ["--elders", "60", "--volunteers", "12", "--seed", "3"]
    assert main(["sample", *words, "--out", str(out), "--lang", "en"]) == 0
    files = {kind: out / f"{kind}.csv" for kind in ("elders", "volunteers", "previous")}
    rosters = [word for kind, path in files.items() for word in (f"--{kind}", str(path))]
    assert main(["run", *rosters, "--month", "2026-12", "--past", "--out", str(out / "run"), "--lang", "en"]) == 0
    run = matcher.read_run(out / "run")
    assert repr(run).startswith("<Run of run: pairs ")
    elders, volunteers = (matcher.read_roster(files[kind], kind) for kind in ("elders", "volunteers"))
    plan = matcher.match(elders, volunteers, previous=pd.read_csv(files["previous"]), month="2026-12")
    visits = matcher.schedule_visits(plan)
    assert len(visits) == run.summary["schedule"]["contacts_planned"] == len(run.frames["visits"])
    made = matcher.frames(plan, visits)["visits"]
    written = run.frames["visits"]
    for name in ("elder_id", "volunteer_id", "kind", "companion"):
        assert made[name].tolist() == written[name].tolist()
    assert (made["date"].to_numpy() == written["date"].to_numpy()).all()
    assert (made["start"].to_numpy() == written["start"].to_numpy()).all()
    assert (made["companion"] != "").any()
    assert matcher.verify_plan(plan, visits).ok


def test_a_repr_is_short_and_names_nobody(sample):
    plan = matcher.match(sample.elders, sample.volunteers, month="2026-12")
    of = int((sample.elders["consent"] == "yes").sum())
    assert len(plan.elder) <= of
    assert repr(plan).startswith(f"<Plan of 2026-12: {len(plan.elder)} of ")
    assert " elders matched, proved optimal" in repr(plan)
    schedule = matcher.schedule_visits(plan)
    for value in (plan, plan.month, plan.month.roster, schedule):
        assert len(repr(value)) < 100
        assert not any(name in repr(value) for name in sample.elders["name"])
    assert f"<td>{len(plan.elder)}</td>" in plan._repr_html_()
    assert f"<td>{int((schedule.kind == 0).sum())}</td>" in schedule._repr_html_()
    for name in sample.elders["name"]:
        assert name not in plan._repr_html_() + schedule._repr_html_()


def test_months_settings_and_pairs_as_people_give_them(sample):
    def pairs_of(**given):
        plan = matcher.match(sample.elders, sample.volunteers, **{"month": "2026-12", **given})
        return plan.elder.tolist(), plan.volunteer.tolist()

    usual = pairs_of()
    assert pairs_of(month=pd.Period("2026-12", "M")) == usual
    assert pairs_of(month=pd.Timestamp("2026-12-01")) == usual
    near = matcher.Settings(distance={"urban_limit_m": 700})
    assert pairs_of(settings={"distance": {"urban_limit_m": 700}}) == pairs_of(settings=near)
    assert pairs_of(settings={"distance.urban_limit_m": 700}) == pairs_of(settings=near)
    elder, volunteer = (int(side[0]) for side in usual)
    never = [(sample.elders["id"][elder], sample.volunteers["id"][volunteer])]
    assert (elder, volunteer) not in zip(*pairs_of(never=never), strict=True)


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"month": "2026-13"}, ValueError, "2026-12, not '2026-13'"),
        ({"month": 202612}, TypeError, "month is of type int"),
        ({"month": pd.Period("2026Q4", "Q")}, TypeError, "month is of type Period"),
        ({"elders": "elders.csv"}, TypeError, r"read_roster\('elders.csv'\)"),
        ({"volunteers": None}, TypeError, "volunteers is of type NoneType"),
        ({"settings": "s.toml"}, TypeError, "settings are of type str"),
        ({"never": ["E1"]}, TypeError, "never is not understood"),
        ({"pins": "pins.csv"}, TypeError, "pins is not understood"),
    ],
)
def test_arguments_of_another_kind_are_named(sample, given, error, told):
    usual = {"elders": sample.elders, "volunteers": sample.volunteers, "month": "2026-12"}
    with pytest.raises(error, match=told):
        matcher.match(**{**usual, **given})


def test_coordinates_say_their_datum(sample):
    plain = [pd.DataFrame(frame.to_dict("list")) for frame in (sample.elders, sample.volunteers)]
    with pytest.raises(matcher.InputError, match="the datum of the coordinates is not declared"):
        matcher.match(*plain, month="2026-12")
    told = {"place": {"elders_datum": "wgs84", "volunteers_datum": "wgs84"}}
    by_setting = matcher.match(*plain, told, month="2026-12")
    by_header = matcher.match(
        *(frame.rename(columns={"lng": "lng_wgs84", "lat": "lat_wgs84"}) for frame in plain), month="2026-12"
    )
    usual = matcher.match(sample.elders, sample.volunteers, month="2026-12")
    assert usual.volunteer.tolist() == by_setting.volunteer.tolist() == by_header.volunteer.tolist()


def test_an_error_says_what_the_command_says_errors_first(sample):
    with pytest.raises(matcher.InputError) as caught:
        matcher.match(sample.volunteers, sample.elders, month="2026-12")
    first, *_rest = str(caught.value).splitlines()
    assert "no column says who consented" in first
    plan = matcher.match(sample.elders, sample.volunteers, month="2026-12")
    with pytest.raises(matcher.InputError, match=r"did you mean distance\.urban_limit_m"):
        matcher.what_if(plan, {"distance.urban_limt_m": 800})
    with pytest.raises(TypeError, match="give a plan"):
        matcher.schedule_visits(sample.elders)


def test_no_plan_carries_its_reasons(sample):
    far = sample.volunteers.assign(lng=130.0)
    with pytest.raises(matcher.NoPlanError) as caught:
        matcher.match(sample.elders, far, month="2026-12")
    reasons = matcher.frames(caught.value.plan)["unmatched"]["reason"]
    assert len(reasons) == 60
    assert "no_volunteer_in_reach" in set(reasons)
