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
