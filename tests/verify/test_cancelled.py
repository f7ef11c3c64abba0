"""Contacts that fell away, beside those that stand: an entry too many is found, and none that is true."""

import pandas as pd
import pytest

from matcher.verify import Violation
from tests.helpers.office import Office, read
from tests.helpers.verify_month import Cases, contact, dec, found_after

CASES = Cases()
fault = CASES.fault


def cancel(m, *rows):
    m.cancelled = pd.DataFrame([contact(*row) for row in rows]).assign(row=range(2, 2 + len(rows)))


@fault()
def contact_that_fell_away(m):
    cancel(m, (0, 0, 14, "visit"), (1, 0, 14, "visit"))


@fault()
def contact_that_somebody_else_makes_now(m):
    cancel(m, (0, 1, 1, "visit"), (0, 2, 1, "visit"))


@fault()
def contacts_without_an_id(m):
    cancel(m, (0, 0, 1, "visit"), (0, 0, 1, "visit"))
    m.cancelled["visit_id"] = ""


@fault(Violation("cancelled", "E000", "V000", dec(1), row=2))
def contact_that_stands(m):
    cancel(m, (0, 0, 1, "visit"), (0, 0, 14, "visit"))


@fault(Violation("cancelled", "E000", "V000", dec(14), row=3))
def contact_listed_twice(m):
    cancel(m, (0, 0, 14, "visit"), (0, 0, 14, "visit"))


@fault(Violation("cancelled", "E000", "V001", dec(1), row=2))
def visit_to_which_somebody_comes_along(m):
    m.set(new_pair={"accompanied": False})
    m.visits["companion"] = ""
    m.visit(0, 1, companion="V001")
    cancel(m, (0, 1, 1, "visit"))


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=CASES.names())
def test_planted_fault_is_found(plant, expected):
    assert [one for one in found_after(plant) if one.rule == "cancelled"] == expected


def test_verify_reads_the_file_of_a_run_folder_alone(tmp_path, capsys):
    office = Office(tmp_path)
    folder = office.month()
    visits = read(folder, "visits")
    visits.head(1).to_csv(folder / "cancelled.csv", index=False, encoding="utf-8-sig")
    assert not office.holds(folder)
    assert "the contact is listed as cancelled and also planned" in " ".join(capsys.readouterr().out.split())
    visits.to_csv(folder / "by_hand.csv", index=False, encoding="utf-8-sig")
    assert office.holds(folder, "--visits", folder / "by_hand.csv")
