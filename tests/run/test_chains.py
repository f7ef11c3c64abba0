"""Random programmes and chains of commands; what they hold is in ``tests/helpers/chain_invariants.py``."""

import pytest

from tests.helpers import chain_invariants as invariants
from tests.helpers.chains import run_chain
from tests.helpers.effort import long
from tests.helpers.office import Office, read


@pytest.mark.parametrize("seed", [113, *long(103, 116, 120, 123, 207, 318, 535, 1097, 2088)])
def test_a_month_holds_after_whatever_happens_in_it(tmp_path, seed):
    """More of them: ``python -m benchmarks.chains 200``."""
    assert not run_chain(tmp_path, seed, 4).faults


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path, elders=2, volunteers=1, capacity=2)


def spoil(folder, name, change):
    """Write a table of a folder anew after a change by hand."""
    table = read(folder, name)
    change(table).to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("visits", lambda visits: visits.iloc[1:], ["contacts planned", "contacts due"]),
        ("visits", lambda visits: visits.assign(visit_id=visits["visit_id"].iloc[0]), ["one id"]),
    ],
)
def test_sums_that_disagree_are_found(office, name, change, told):
    month = office.month()
    assert invariants.check_sums(month) == []
    spoil(month, name, change)
    faults = invariants.check_sums(month)
    assert len(faults) == len(told)
    assert all(words in fault for words, fault in zip(told, faults, strict=True))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("visits", lambda visits: visits.assign(start="10:05")),
        ("visits", lambda visits: visits.assign(visit_id=visits["visit_id"] + "x")),
        ("pairs", lambda pairs: pairs.assign(since="2026-11-01")),
        ("pairs", lambda pairs: pairs.iloc[1:]),
    ],
)
def test_a_month_that_has_changed_is_found(office, name, change):
    month, same = office.month(), office.month()
    assert invariants.check_nothing_changed(month, same) == []
    spoil(same, name, change)
    assert invariants.check_nothing_changed(month, same)


def test_a_pair_that_is_one_since_another_day_is_found(office):
    month, same = office.month(), office.month()
    assert invariants.check_since_stays(month, same) == []
    spoil(same, "pairs", lambda pairs: pairs.assign(since="2026-11-01"))
    assert invariants.check_since_stays(month, same)


def test_contacts_of_days_that_are_over_are_held(office):
    month, same = office.month(), office.month()
    assert invariants.check_stands(month, same, "2026-12-20") == []
    spoil(same, "visits", lambda visits: visits.assign(volunteer_id="V9"))
    assert invariants.check_stands(month, same, "2026-12-20")
