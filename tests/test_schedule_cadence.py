"""What is due in each week, held to fractions."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule_checker import dues, gap

from matcher.horizon import Horizon
from matcher.schedule.cadence import Cadence

MONTHS = st.builds("{}-{:02}".format, st.integers(2024, 2030), st.integers(1, 12)).map(Horizon.of_month)


def cadence(month, contacts, visits, min_gap_days=2):
    return Cadence.of(Horizon.of_month(month), np.array([contacts]), np.array([visits]), min_gap_days)


@settings(deadline=None)
@given(MONTHS, st.integers(0, 7), st.integers(0, 31), st.integers(1, 7))
def test_dues_are_those_of_fractions(horizon, contacts, visits, min_gap_days):
    found = Cadence.of(horizon, np.array([contacts]), np.array([visits]), min_gap_days)
    weekly = list(zip(found.contacts[0].tolist(), found.visits[0].tolist(), strict=True))
    assert weekly == dues(horizon, contacts, visits)
    assert found.gap_days[0] == gap(horizon, contacts, visits, min_gap_days)
    assert found.visits.sum() == (visits if contacts else 0) or visits > horizon.days


def test_partial_weeks_are_due_their_share():
    december = cadence("2026-12", 2, 4)  # weeks of 6, 7, 7, 7 and 4 days
    assert december.contacts.tolist() == [[2, 2, 2, 2, 1]]
    assert december.visits.tolist() == [[1, 1, 1, 0, 1]]


def test_contacts_are_raised_to_the_visits():
    assert cadence("2026-12", 1, 14).contacts.tolist() == [[3, 3, 3, 3, 2]]


def test_no_contacts_a_week_means_none_whatever_the_visits():
    assert not cadence("2026-12", 0, 4).contacts.any()
    assert not cadence("2026-12", 0, 4).visits.any()


def test_the_gap_gives_way_where_contacts_would_not_fit():
    assert [int(cadence("2026-12", n, 0, 3).gap_days[0]) for n in range(8)] == [3, 3, 3, 2, 1, 1, 1, 1]
