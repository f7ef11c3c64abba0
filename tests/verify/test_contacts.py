"""Each rule on contacts by itself: one planted fault is found with its amount, and nothing else."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from matcher.verify import Violation
from tests.helpers.people import ANY_TIME, METRE_LAT
from tests.helpers.verify_month import Cases, contact, dec, found_after

CASES = Cases()
fault = CASES.fault


@fault(Violation("visit_without_pair", "E000", "V001", dec(6), row=99))
def contact_of_no_pair(m):
    m.add_visit(0, 1, 6, "call")


@fault(Violation("outside_month", "E000", "V000", date(2026, 11, 29), row=99))
def contact_in_november(m):
    m.add_visit(0, 0, 6, "call", date=pd.Timestamp(2026, 11, 29))


@fault(Violation("outside_month", "E000", "V000", row=99))
def contact_without_a_date(m):
    m.add_visit(0, 0, 6, "call", date=pd.NaT)


@fault(Violation("absent", "E002", "V001", dec(2), row=20))
def elder_away(m):
    m.elder(2, "days_off", (dec(1), dec(2), date(2027, 1, 1)))


@fault(Violation("absent", "E002", "V001", dec(5), row=21))
def volunteer_away(m):
    m.volunteer(1, "days_off", (dec(5),))
    m.miss(200)


@fault(Violation("absent", "E002", "V001", dec(2), row=20))
def volunteer_not_yet_there(m):
    m.volunteer(1, "joined", pd.Timestamp(2026, 12, 3))
    m.miss(200)


@fault(
    Violation("absent", "E002", "V001", dec(30), row=28),
    Violation("more_than_due", "E002", "V001", dec(28), 1, "visits"),
)
def elder_gone(m):
    m.elder(2, "left", pd.Timestamp(2026, 12, 29))


@fault(Violation("availability", "E002", "V001", dec(2), row=20))
def elder_not_free_in_the_morning(m):
    m.visit(2, 2, start=540.0, end=585.0)


@fault(Violation("availability", "E000", "V000", dec(6), row=99))
def volunteer_not_free_on_sunday(m):
    m.volunteer(0, "availability", (1 << 12) - 1 | 1 << 13)
    m.drop_visit(0, 4)
    m.add_visit(0, 0, 6, "call")


@fault(Violation("closed_day", "E000", "V000", dec(15), row=6))
def on_a_closed_day(m):
    m.set(schedule={"closed_days": [dec(15), dec(13)]})


@fault(Violation("closed_day", "E000", "V000", dec(6), row=99))
def on_a_sunday(m):
    m.visits = m.visits[m.visits["elder_id"] == "E000"]  # the others have contacts on Saturdays
    m.rewrite_pairs((0, 0))
    m.unmatched = pd.DataFrame({"elder_id": ["E001", "E002", "E003"]})
    m.set(schedule={"weekends": False})
    m.drop_visit(0, 4)
    m.add_visit(0, 0, 6, "call")


@fault(Violation("same_day", "E002", date=dec(2), amount=2, row=20))
def twice_a_day(m):
    m.drop_visit(2, 5)
    m.add_visit(2, 1, 2, "call", 960, 2)


@fault()
def on_the_next_day(m):
    m.visit(0, 4, date=pd.Timestamp(2026, 12, 2), start=900.0, end=915.0, order_of_day=2.0)


@fault()
def a_contact_on_each_day(m):
    m.set(schedule={"visits_per_week": 0, "min_visits_per_month": 0, "contacts_per_week": 7})
    for elder, often in enumerate((7.0, 0.0, 0.0)):
        m.elder(elder, "contacts_per_week", often)
    m.visits = pd.DataFrame([contact(0, 0, day, "call") for day in range(1, 32)])


@fault(
    *(
        Violation("availability", "E002", "V001", dec(day), row=row)
        for day, row in zip(range(2, 31, 7), range(20, 29, 2), strict=True)
    )
)
def volunteer_gives_other_clock_times(m):
    m.volunteer(1, "clock", "2:840-880")  # a Wednesday's visit from 14:00 takes 45 minutes
    m.miss(60)


@fault()
def inside_clock_times(m):
    m.volunteer(1, "clock", "2:840-885")
    m.elder(2, "clock", "2:830-860,2:860-900")


def together_on_tuesday(m, start=600, order=2):
    m.visit(1, 2, date=pd.Timestamp(2026, 12, 1), start=float(start), end=float(start + 45), order_of_day=order)
    m.visit(0, 1, start=540.0, end=585.0)


@fault()
def together(m):
    together_on_tuesday(m)


@fault(Violation("day_full", volunteer_id="V000", date=dec(1), amount=2, what="contacts", row=2))
def too_many_contacts(m):
    together_on_tuesday(m)
    m.set(schedule={"max_contacts_per_day": 1})


@fault(Violation("day_full", volunteer_id="V000", date=dec(1), amount=2, what="visits", row=2))
def too_many_visits(m):
    together_on_tuesday(m)
    m.set(schedule={"max_visits_per_day": 1})


@fault(Violation("day_full", volunteer_id="V000", date=dec(1), amount=95, what="minutes", row=2))
def too_long_a_day(m):
    together_on_tuesday(m)  # 100 m there and on, 2.7 minutes each; E001 lives in V000's building
    m.set(schedule={"max_minutes_per_day": 92})


@fault(Violation("walk_time", "E001", "V000", dec(1), 7, row=11))
def too_far_to_walk(m):
    together_on_tuesday(m)
    m.set(distance={"urban_limit_m": 5000})
    m.elder(0, "lat", m.people.elders["lat"][0] + 900 * METRE_LAT)  # 800 m to E001: 22 minutes
    m.rewrite_pairs()


@fault(Violation("overlap", "E001", "V000", dec(1), 10, row=11))
def too_short_between(m):
    together_on_tuesday(m, 590)


@fault(Violation("overlap", "E001", "V000", dec(1), 45, row=11))
def overlapping(m):
    together_on_tuesday(m, 555)


@fault(Violation("wrong_amount", "E001", "V000", dec(1), 3, "order_of_day", row=11))
def wrong_order(m):
    together_on_tuesday(m, order=5)


@fault(
    Violation("wrong_amount", "E000", "V000", dec(1), 1, "kind", row=2),
    Violation("cadence", "E000", "V000", dec(1), 1, "visits"),
)
def unknown_kind(m):
    m.visit(0, 1, kind="letter")


@fault(Violation("duration", "E000", "V000", dec(1), 5, row=2))
def too_long(m):
    m.visit(0, 1, end=650.0)


@fault(Violation("duration", "E000", "V000", dec(4), 10, row=3))
def too_short(m):
    m.visit(0, 4, end=605.0)


@fault(Violation("window", "E000", "V000", dec(1), row=2))
def at_noon(m):
    m.visit(0, 1, start=660.0, end=705.0)


@fault(Violation("window", "E000", "V000", dec(1), row=2))
def past_the_end_of_the_morning(m):
    m.visit(0, 1, start=646.0, end=691.0)


@fault(Violation("window", "E000", "V000", dec(1), row=2))
def without_a_time(m):
    m.visit(0, 1, start=np.nan, end=np.nan)


@fault(Violation("cadence", "E002", "V001", dec(1), 1, "visits"))
def visit_missing(m):
    m.drop_visit(2, 2)


@fault(Violation("cadence", "E002", "V001", dec(21), 1, "calls"))
def call_listed_of_another_kind(m):
    m.drop_visit(2, 26)
    m.list_unscheduled(21, "visit", 1.0)


@fault(Violation("cadence", "E002", "V001", dec(21), 1, "calls"))
def fewer_listed_than_missing(m):
    m.drop_visit(2, 23)
    m.drop_visit(2, 26)
    m.list_unscheduled(21, "visit", 1.0)


@fault()
def visit_missing_and_listed(m):
    m.drop_visit(2, 2)
    m.list_unscheduled(1, "visit", 1.0)


@fault()
def visit_replaced_by_a_call(m):
    m.visit(2, 2, kind="call", end=855.0)
    m.list_unscheduled(1, "visit", 1.0)


@fault(Violation("more_than_due", "E000", "V000", dec(1), 1, "visits"))
def call_replaced_by_a_visit(m):
    m.visit(0, 4, kind="visit", end=645.0)


@fault(Violation("cadence", "E002", "V001", dec(1), 1, "calls"))
def visit_listed_in_place_of_a_call(m):
    m.drop_visit(2, 5)
    m.list_unscheduled(1, "visit", 1.0)


@fault(Violation("more_than_due", "E002", "V001", dec(1), 1, "contacts"))
def contact_more_than_due(m):
    m.add_visit(2, 1, 3, "call", 840)
    m.elder(2, "availability", ANY_TIME)


@fault(Violation("more_than_due", "E000", "V000", dec(1), 1, "contacts"))
def visit_beside_all_that_is_due(m):
    m.add_visit(0, 0, 6, "visit")


@fault(Violation("more_than_due", "E002", "V001", dec(1), 1, "missing"))
def listed_though_nothing_is_missing(m):
    m.list_unscheduled(1, "call", 1.0)


@fault()
def visit_replaced_by_a_call_that_the_list_tells(m):
    m.visit(2, 2, kind="call", end=855.0)
    m.list_unscheduled(1, "visit", 0.0)
    m.unscheduled["as_calls"] = 1.0


@fault()
def new_pair_is_due_three_a_week_where_no_row_says_otherwise(m):
    m.pair(0, "since", pd.Timestamp(2026, 12, 14))
    m.elder(0, "contacts_per_week", np.nan)
    m.visits = m.visits[(m.visits["elder_id"] != "E000") | (m.visits["date"] >= "2026-12-14")]
    for at, day in enumerate((16, 23, 30)):
        m.add_visit(0, 0, day, "call", 540, row=100 + at, visit_id=f"202612{day}-E000")
        m.visit(1, day, order_of_day=2.0)


@fault(Violation("more_than_due", "E000", "V000", dec(7), 1, "contacts"))
def contact_before_the_pair_was_one(m):
    m.pair(0, "since", pd.Timestamp(2026, 12, 14))
    m.visits = m.visits[(m.visits["elder_id"] != "E000") | (m.visits["date"] >= "2026-12-11")]


@fault(Violation("cadence", "E002", "V001", dec(1), 1, "visits"))
def visit_replaced_without_a_word(m):
    m.visit(2, 2, kind="call", end=855.0)


@fault(Violation("cadence", "E002", "V001", dec(1), 1, "visits"))
def listed_without_a_count(m):
    m.drop_visit(2, 2)
    m.list_unscheduled(1, "visit", np.inf)


@fault(
    Violation("unknown_person", volunteer_id="V999", row=99), Violation("cadence", "E000", "V002", dec(1), 1, "visits")
)
def strangers_contact_is_nobody_elses(m):
    m.rewrite_pairs((0, 2), (1, 0), (2, 1))
    m.visits.loc[m.visits["elder_id"] == "E000", "volunteer_id"] = "V002"
    m.drop_visit(0, 1)
    m.add_visit(1, 0, 4, "visit", volunteer_id="V999")


@fault(Violation("cadence", "E002", "V001", dec(28), 3, "visits"))
def elders_own_cadence(m):
    m.elder(2, "visits_per_month", 31.0)
    m.visits = m.visits[m.visits["elder_id"] != "E002"]
    more = [contact(2, 1, day, "visit", 840) for day in range(1, 29)]
    m.visits = pd.concat([m.visits, pd.DataFrame(more)], ignore_index=True)
    m.elder(2, "availability", (1 << 14) - 1)


@fault(Violation("visit_twice", "E002", amount=2, row=20))
def visit_id_twice(m):
    m.visit(2, 5, visit_id="20261202-E002")


def miss_a_visit_of_the_first_week(m, volunteer):
    """V001 has E002 since 7 December; somebody is listed with a contact of 1 December that was not made."""
    m.drop_visit(2, 2)
    m.drop_visit(2, 5)
    m.pair(2, "since", pd.Timestamp(2026, 12, 7))
    m.list_unscheduled(1, "visit", 1.0)
    m.unscheduled = m.unscheduled.assign(volunteer_id=volunteer, row=3)


@fault(Violation("wrong_amount", "E001", what="volunteer_id", amount=1, row=3))
def listed_of_who_is_not_the_volunteer(m):
    m.list_unscheduled(1, "visit", 1.0, elder=1)
    m.unscheduled = m.unscheduled.assign(row=3)


@fault()
def listed_of_the_volunteer_before_in_a_week_that_was_over(m):
    miss_a_visit_of_the_first_week(m, "V000")


@fault(Violation("wrong_amount", "E002", what="volunteer_id", amount=1, row=3))
def listed_of_the_volunteer_before_in_a_week_that_was_not_over(m):
    miss_a_visit_of_the_first_week(m, "V000")
    m.unscheduled["week_start"] = pd.Timestamp(2026, 12, 7)


@fault(Violation("wrong_amount", "E002", what="missing", amount=1, row=4))
def listed_twice_of_the_volunteer_before(m):
    miss_a_visit_of_the_first_week(m, "V000")
    m.unscheduled = pd.concat([m.unscheduled, m.unscheduled.assign(row=4)], ignore_index=True)


@fault(Violation("wrong_amount", "E002", what="as_calls", amount=2, row=2))
def calls_that_stand_for_calls(m):
    m.drop_visit(2, 5)
    m.list_unscheduled(1, "call", 1.0)
    m.unscheduled = m.unscheduled.assign(as_calls=2.0, row=2)


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=CASES.names())
def test_one_fault_is_found_and_nothing_else(plant, expected):
    assert found_after(plant) == expected
