"""What is due in each week, held to fractions; and how often, in words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.demand.cadence import Cadence
from matcher.frequency import in_days, per_week
from matcher.horizon import Horizon
from matcher.settings import Settings
from matcher.verify.cadence import compute_due
from tests.helpers.people import roster
from tests.helpers.schedule_checker import dues

MONTHS = st.builds("{}-{:02}".format, st.integers(2024, 2030), st.integers(1, 12)).map(Horizon.of_month)
OFTEN = st.none() | st.sampled_from([0.0, 0.5, 0.7, 1.0, 1.5, 2.0, 7 / 3, 3.0, 7.0, 7 / 30])
ELDER = st.fixed_dictionaries(
    {
        "contacts_per_week": OFTEN,
        "visits_per_week": OFTEN,
        "visits_per_month": st.none() | st.integers(0, 31).map(float),
        "risk": st.sampled_from(["", "low", "medium", "high"]),
    }
)
KEEP = {"holidays": "keep"}


def cadence(month, elder, **schedule):
    people = roster([elder], [{}])
    return Cadence.compute(people.elders, np.array([0]), Horizon.of_month(month), Settings(schedule=schedule).schedule)


@settings(deadline=None)
@given(MONTHS, st.lists(ELDER, min_size=1, max_size=4), st.integers(0, 3))
def test_dues_are_those_of_fractions_and_the_verifiers(horizon, elders, floor):
    people = roster(elders, [{}])
    asked = Settings.model_validate({"schedule": {"min_visits_per_month": floor, **KEEP}}).schedule
    found = Cadence.compute(people.elders, np.arange(len(elders)), horizon, asked)
    again = compute_due(people.elders, horizon, asked)
    for e in range(len(elders)):
        weekly = list(zip(found.contacts[e].tolist(), found.visits[e].tolist(), strict=True))
        assert weekly == dues(people.elders.loc[e], horizon, asked)
    assert np.array_equal(found.contacts, again.contacts)
    assert np.array_equal(found.visits, again.visits)


def test_a_week_cut_by_the_months_edge_is_due_its_whole_in_two_parts():
    for contacts in (1.0, 2.0, 3.0, 5.0):
        elder = {"contacts_per_week": contacts}
        before, after = cadence("2026-12", elder, **KEEP), cadence("2027-01", elder, **KEEP)
        assert before.contacts[0, -1] + after.contacts[0, 0] == contacts


@pytest.mark.parametrize(("rate", "days"), [(0.5, 14), (0.7, 10), (7 / 30, 30)])
def test_intervals_go_on_across_months(rate, days):
    elder = {"contacts_per_week": rate, "visits_per_week": 0.0}
    asked = {"min_visits_per_month": 0, "min_visits_per_week_by_risk": {}, **KEEP}
    months = [f"2026-{number:02}" for number in range(1, 13)]
    assert abs(sum(cadence(month, elder, **asked).contacts.sum() for month in months) - 365 / days) < 1


def test_partial_weeks_are_due_their_share():
    december = cadence("2026-12", {})  # weeks of 6, 7, 7, 7 and 4 days
    assert december.contacts.tolist() == [[2, 2, 2, 2, 1]]
    assert december.visits.tolist() == [[1, 1, 1, 1, 1]]
    assert cadence("2026-12", {"visits_per_month": 4.0}).visits.tolist() == [[1, 1, 1, 1, 0]]


def test_contacts_are_raised_to_the_visits():
    elder = {"contacts_per_week": 1.0, "visits_per_month": 14.0}
    assert cadence("2026-12", elder).contacts.tolist() == [[3, 3, 3, 3, 2]]


def test_no_contacts_a_week_means_none_whatever_the_visits():
    none = cadence("2026-12", {"contacts_per_week": 0.0, "visits_per_month": 4.0, "risk": "high"})
    assert not none.contacts.any()
    assert not none.visits.any()


def test_spacing_follows_the_interval():
    rare = cadence("2026-12", {"contacts_per_week": 0.7, "visits_per_week": 0.0}, min_visits_per_month=0)
    assert (rare.interval_days[0].round(6), rare.max_gap_days[0], rare.min_gap_days[0]) == (10, 10, 2)
    often = cadence("2026-12", {"contacts_per_week": 7.0})
    assert (often.interval_days[0], often.max_gap_days[0], often.min_gap_days[0]) == (1, 4, 1)


@pytest.mark.parametrize(
    ("text", "times", "days"),
    [
        ("2", 2, 7),
        ("每两周一次", 1, 14),
        ("隔周一次", 1, 14),
        ("every 10 days", 1, 10),
        ("每10天一次", 1, 10),
        ("every second week", 1, 14),
        ("Every other day", 1, 2),
        ("隔天一次", 1, 2),
        ("twice a week", 2, 7),
        ("每周２次", 2, 7),
        ("once every two weeks", 1, 14),
        ("monthly", 1, 30),
        ("每月两次", 1, 15),
        ("每天", 1, 1),
    ],
)
def test_how_often_in_words(text, times, days):
    assert in_days(per_week(text)) == (times, days)


@pytest.mark.parametrize(
    "text",
    ["", "often", "8", "周", "每", "every 2", "9 a week", "every 500 days", "两天两周", "周三", "每周二", "每周2"],
)
def test_what_is_no_frequency(text):
    with pytest.raises(ValueError, match="^" + text.lower() + "$"):
        per_week(text)
