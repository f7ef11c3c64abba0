"""The independent checker: every rule anew from the rosters, for any plan and schedule, made by whatever hand.

It shares no code with the rooms that make plans and schedules; an import contract holds that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from matcher.verify.amounts import check_amounts
from matcher.verify.backups import check_backups
from matcher.verify.cancelled import check_cancelled
from matcher.verify.capacity import check_budget, check_capacity, check_room, find_lent
from matcher.verify.case import CalendarFolder, Case, Lists, Planning, Tables
from matcher.verify.companions import check_companions, check_first_visits
from matcher.verify.contacts import check_contacts
from matcher.verify.dates import to_day
from matcher.verify.figures import check_areas, check_shortage_ids, check_shortages
from matcher.verify.happened import find_made_contacts
from matcher.verify.kept_contacts import (
    assign_to_pairs,
    check_kept_contacts,
    find_allowed_contacts,
    find_history,
    set_history_apart,
)
from matcher.verify.new_pairs import compute_pairs_due
from matcher.verify.pairs import check_accounts, check_pairs, check_pins
from matcher.verify.paused import check_paused, settle_paused, split_paused
from matcher.verify.people import People
from matcher.verify.reference import Reference
from matcher.verify.shared_homes import check_shared_homes, check_split_homes
from matcher.verify.stand_ins import check_stand_ins
from matcher.verify.summary import check_counts, check_month, check_single_tiers, check_summary
from matcher.verify.surge import Surge, check_surge, count_calls_as_visits, limit_visits
from matcher.verify.tables import (
    MonthTables,
    find_known,
    read_backups,
    read_capacity,
    read_contacts,
    read_pairs,
    read_unmatched,
    read_unscheduled,
)
from matcher.verify.taking_part import TakingPart, check_nearest, check_reasons
from matcher.verify.tiers import Waiting, check_tiers, check_unmet
from matcher.verify.unmet import find_unmet
from matcher.verify.unscheduled import check_unscheduled
from matcher.verify.violations import Findings, Verification, Violation
from matcher.verify.weeks import check_cadence, choose_due, measure_longest_gap_days, set_due_then_apart

__all__ = [
    "CalendarFolder",
    "Case",
    "Lists",
    "Planning",
    "Tables",
    "Verification",
    "Violation",
    "verify",
]


def verify(case: Case) -> Verification:
    """Check pairs, and visits if given, against every rule. Whatever the tables hold, nothing raises.

    Each id of no roster is one violation; rows with such ids are left out of further checks.
    """
    people = People.of(case.roster, case.horizon, case.settings, case.tables.absences)
    findings = Findings.of(people)
    unmet = find_unmet(case)
    active, paused = split_paused(case.tables.pairs)
    case, due = settle_paused(case, active, people)
    case = replace(case, tables=replace(case.tables, pairs=active))
    if due is not None and not case.planning.is_anew:
        check_paused(paused, due, findings)
    reference = Reference.of(case, people)
    if due is not None and due.borrowed:
        reference = reference.with_lent(find_lent(due.borrowed, reference))
    pairs = read_pairs(active, reference.people, findings)
    checked = _check_plan(pairs, case, len(paused), unmet, reference, findings)
    if case.tables.visits is None:
        return Verification(findings.sort(), checked, warnings=reference.calendar.warnings)
    month = _read_month(pairs, case.tables.visits, case, reference, findings)
    checked |= _check_month(month, case, reference, findings)
    if case.tables.summary is not None:
        check_month(case.tables.summary, case.tables, month.contacts, reference, findings)
    if case.tables.cancelled is not None:
        check_cancelled(case.tables.cancelled, case.tables.visits, findings)
    if case.calendars is not None:
        from matcher.verify.calendar_files import check_calendars  # noqa: PLC0415 - icalendar takes long to load

        checked["events"] = check_calendars(case.calendars, case.tables.visits, case.tables.cancelled, findings)
    over = _find_contacts_over(month, case.planning)
    violations, due_then = set_due_then_apart(findings.sort(), case.planning)
    violations, notes = set_history_apart(violations, month.contacts, over, reference.people)
    return Verification(violations, checked, (*notes, *due_then), reference.calendar.warnings)


def _check_plan(
    pairs: pd.DataFrame,
    case: Case,
    n_paused: int,
    unmet: Mapping[str, int],
    reference: Reference,
    findings: Findings,
) -> dict[str, int]:
    """Check the pairs and the tables beside them; return how many things were looked at.

    ``n_paused`` pairs pause; ``unmet`` has since when elders of last month's pairs wait whom nobody met.
    """
    tables, lists, people = case.tables, case.lists, reference.people
    checked = {"pairs": len(tables.pairs)}
    measured = check_pairs(pairs, reference, findings)
    check_shared_homes(measured, reference, findings)
    taken = check_room(measured, reference, findings)
    taking_part = TakingPart.find(pairs, reference, pins_known=lists.pins is not None)
    check_amounts(measured, reference, findings)
    if lists.pins is not None:
        check_pins(lists.pins, pairs, people, findings)
        checked["pins"] = len(lists.pins)
    if lists.previous is not None:
        waiting = Waiting.of(lists, unmet, reference)
        check_unmet(pairs, lists, unmet, waiting, reference, findings)
    check_backups(read_backups(tables.pairs, people, findings), reference, findings)
    if lists.previous is not None and lists.pins is not None:
        check_budget(pairs, reference, findings)
    if tables.capacity is not None:
        capacity = read_capacity(tables.capacity, people, findings)
        check_capacity(capacity, pairs, taken, taking_part, reference, findings)
        checked["volunteers"] = len(tables.capacity)
    if tables.areas is not None:
        checked["areas"] = check_areas(tables.areas, pairs, taken, taking_part, reference, findings)
    _check_lists_beside(tables, reference, findings)
    if tables.summary is not None:
        check_summary(tables.summary, tables, taken, taking_part, reference, n_paused, findings)
        check_counts(tables.summary, tables, findings)
        if lists.previous is not None:
            check_single_tiers(tables.summary, pairs, waiting, taking_part, reference, findings)
    if tables.unmatched is not None:
        unmatched = read_unmatched(tables.unmatched, people, findings)
        check_accounts(pairs, unmatched, people, findings)
        # who has gone since a month was planned anew, and was told so, was there at first
        asks_reasons = not case.planning.is_anew
        check_nearest(tables.unmatched, taking_part, reference, findings, asks_reasons=asks_reasons)
        if asks_reasons:
            check_reasons(tables.unmatched, reference, findings)
        if lists.previous is not None:
            check_tiers(unmatched, waiting, reference, findings)
        checked["elders"] = len(people.elders.ids)
    return checked


def _check_lists_beside(tables: Tables, reference: Reference, findings: Findings) -> None:
    """Check the lists of shortages, and of homes with several volunteers."""
    if tables.shortages is not None:
        check_shortages(tables.shortages, tables, tables.pairs, findings)
        if tables.unmatched is not None:
            check_shortage_ids(tables.shortages, tables.unmatched, reference, findings)
    if tables.shared_homes is not None:
        check_split_homes(tables.shared_homes, tables.pairs, reference, findings)


def _read_month(
    pairs: pd.DataFrame, visits: pd.DataFrame, case: Case, reference: Reference, findings: Findings
) -> MonthTables:
    """Read the tables of a month's contacts."""
    people, planning, tables = reference.people, case.planning, case.tables
    contacts = read_contacts(visits, people, findings)
    contacts["history"] = find_history(pairs, contacts, reference)
    kept = None
    start = planning.find_start_days(people.elders.ids.tolist(), reference.dates.first)
    if planning.kept is not None:
        kept = read_contacts(planning.kept, people, findings)
    elif planning.is_anew:
        kept = contacts[(contacts["elder"] >= 0) & (contacts["day"] < start[contacts["elder"]])]
    unscheduled = None if tables.unscheduled is None else read_unscheduled(tables.unscheduled, people, findings)
    lists, unconfirmed = case.lists, case.settings.records.unconfirmed
    made = find_made_contacts(lists.earlier, lists.records, unconfirmed, case.horizon.start)
    earlier = None
    if made is not None:  # people of last month may be on no roster any more: that is no violation
        earlier = find_known(read_contacts(made, people, Findings.of(people)))
    first = pd.NaT if lists.earlier is None else lists.earlier["date"].min()
    known_from = float("nan") if pd.isna(first) else float(to_day(first.date().replace(day=1)))
    return MonthTables(pairs, contacts, unscheduled, kept, earlier, start, known_from)


def _find_contacts_over(month: MonthTables, planning: Planning) -> pd.DataFrame | None:
    """Return the contacts that the last to plan anew could change no more: those before the latest day, of anybody."""
    if planning.kept is not None or month.kept is None:
        return month.kept
    over: pd.DataFrame = month.contacts[month.contacts["day"] < month.start.max(initial=0)]
    return over


def _check_month(month: MonthTables, case: Case, reference: Reference, findings: Findings) -> dict[str, int]:
    """Check a month's contacts, and whether all that is due is there; return how many things were looked at."""
    planning, people = case.planning, reference.people
    known = find_known(month.contacts)
    check_companions(known, case.tables.pairs, reference, findings)
    check_stand_ins(month.contacts, month.pairs, reference, findings)
    check_kept_contacts(month.contacts, month.kept, findings)
    check_unscheduled(month, reference, findings)
    allowed = find_allowed_contacts(month.pairs, month.contacts, month.kept, month.start, people)
    check_contacts(month.contacts, allowed, reference, findings)
    of_pairs = assign_to_pairs(known, month.pairs, people)
    due = compute_pairs_due(of_pairs, month, first_visits=planning.first_visits, reference=reference)
    check_surge(of_pairs, month, due, reference, findings, must=planning.surge_calls)
    due = choose_due(due, of_pairs, month.unscheduled, reference)
    visits_due = limit_visits(due.visits, of_pairs, due, reference)
    visits_of_elder = np.zeros((len(people.elders.ids), visits_due.shape[1]), dtype=np.int64)
    visits_of_elder[due.pairs["elder"]] = visits_due
    contacts, unscheduled = count_calls_as_visits(of_pairs, month.unscheduled, visits_of_elder, reference)
    counted = replace(month, unscheduled=unscheduled)
    surge = Surge.of(of_pairs, month, due, planning.surge_calls, reference)
    n_weeks = check_cadence(contacts, counted, visits_due, due, surge, reference, findings)
    if planning.first_visits:
        check_first_visits(contacts, counted, due, reference, findings)
    return {
        "contacts": len(month.contacts),
        "longest_gap_days": measure_longest_gap_days(known, month.pairs, reference),
        "weeks": n_weeks,
    }
