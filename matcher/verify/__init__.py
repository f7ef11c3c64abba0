"""The independent checker: every rule anew from the rosters, for any plan and schedule, made by whatever hand.

It shares no code with the rooms that make plans and schedules; an import contract holds that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import PairList, Roster
from matcher.settings import Settings
from matcher.verify.amounts import check_amounts
from matcher.verify.backups import check_backups
from matcher.verify.cadence import check_cadence, due, longest_gap_days
from matcher.verify.calendars import check_calendars
from matcher.verify.companions import check_companions, check_first_visits
from matcher.verify.contacts import check_contacts, check_days
from matcher.verify.loads import check_budget, check_capacity, check_room
from matcher.verify.people import People
from matcher.verify.plan import Fixed, check_accounts, check_pairs, check_pins
from matcher.verify.standing import allowed_pairs, check_standing, of_the_pair, settled
from matcher.verify.surge import calls_for_visits, check_surge, visits_allowed
from matcher.verify.tables import (
    backups_table,
    capacity_table,
    contacts_table,
    of_known,
    pairs_table,
    unmatched_table,
    unscheduled_table,
)
from matcher.verify.tiers import check_tiers
from matcher.verify.violations import EPOCH_ORDINAL, Findings, Verification, Violation

__all__ = ["Verification", "Violation", "verify"]

_NO_PAIRS = PairList.empty()


def verify(
    roster: Roster,
    horizon: Horizon,
    settings: Settings,
    pairs: pd.DataFrame,
    visits: pd.DataFrame | None = None,
    *,
    unmatched: pd.DataFrame | None = None,
    unscheduled: pd.DataFrame | None = None,
    capacity: pd.DataFrame | None = None,
    previous: PairList | None = None,
    pins: PairList | None = None,
    never: PairList = _NO_PAIRS,
    kept: pd.DataFrame | None = None,
    waited_since: NDArray[np.datetime64] | None = None,
    start: date | None = None,
    earlier: pd.DataFrame | None = None,
    calendars: Path | None = None,
    cancelled: pd.DataFrame | None = None,
    most_calendars: int | None = None,
    first_visits: bool = True,
    surging: bool = True,
) -> Verification:
    """Check pairs, and visits if given, against every rule. Whatever the frames hold, nothing raises.

    Frames have the columns of ``columns.FILES`` (choices as codes, dates datetime64, times as minutes after
    midnight) and may have ``row``, as Excel counts. Rows with people of no roster are told once an id and left out
    of further checks. Empty cells of optional columns claim nothing.

    Args:
        roster: Both rosters.
        horizon: The dates that were planned.
        settings: The settings that were planned with.
        pairs: ``elder_id`` and ``volunteer_id``; optionally distance, building, status and costs.
        visits: The contacts. Without them neither contacts nor the cadence are checked.
        unmatched: Elders listed without a volunteer. With it every elder of the roster must be accounted for.
        unscheduled: Contacts listed without a place. Without it every contact due must be in ``visits``.
        capacity: Volunteers listed with their places, loads and what these cost.
        previous: Last month's pairs. Without them, what keeping is worth, status and waiting are not checked.
        pins: Pairs that must be. Without them, the pairs' status is not checked.
        never: Pairs that must not be.
        kept: Contacts that had to stand, whoever made them; what they break is told in ``Verification.notes``.
        waited_since: The month since which each elder has waited by the last run's list, (n_elders,), NaT if not on it.
        start: The day from which the month was planned anew. Without ``kept``, all contacts before it had to stand.
        earlier: Contacts of the month before: who has met needs no first visit.
        calendars: A folder of calendar files that should hold the visits.
        cancelled: Contacts that fell away: the folder should cancel them.
        most_calendars: Read only so many of these files; None: all.
        first_visits: Whether new pairs had to be given a visit in the first days.
        surging: Whether everybody had to be called on each day of a surge, from ``start`` on.
    """
    people = People.of(roster, horizon, settings)
    found = Findings(people.elders.ids.to_numpy(object), people.volunteers.ids.to_numpy(object))
    checked = {"pairs": len(pairs)}

    known_pairs = pairs_table(pairs, people, found)
    fixed = Fixed.of(previous, pins, never, people, horizon)
    judged = check_pairs(known_pairs, people, settings, fixed, found)
    taken = check_room(judged, people, roster, horizon, settings, found)
    check_amounts(judged, people, settings, fixed, horizon, found)
    if pins is not None:
        check_pins(pins, known_pairs, people, found)
        checked["pins"] = len(pins)
    check_backups(backups_table(pairs, people, found), people, settings, fixed, found)
    if previous is not None and pins is not None:
        check_budget(known_pairs, people, settings, fixed, found)
    if capacity is not None:
        check_capacity(capacity_table(capacity, people, found), known_pairs, taken, people, settings, fixed, found)
        checked["volunteers"] = len(capacity)
    if unmatched is not None:
        left_out = unmatched_table(unmatched, people, found)
        check_accounts(known_pairs, left_out, people, found)
        if previous is not None:
            check_tiers(left_out, roster, horizon, settings, previous, waited_since, found)
        checked["elders"] = len(people.elders.ids)
    violations: tuple[Violation, ...] | None = None
    notes: tuple[Violation, ...] = ()
    if visits is not None:
        expected = due(roster.elders, horizon, settings.schedule)
        contacts = contacts_table(visits, people, found)
        stood = None if kept is None else contacts_table(kept, people, found)
        if start is not None and stood is None:
            stood = contacts[contacts["day"] < start.toordinal() - EPOCH_ORDINAL]

        def own_day(rows: pd.DataFrame, trial: Findings) -> None:
            check_days(rows, people, horizon, settings, trial)

        check_companions(of_known(contacts), pairs, roster, settings, own_day, found)
        check_standing(contacts, stood, fixed.never, people, found)
        allowed = allowed_pairs(known_pairs, contacts, stood, people)
        check_contacts(contacts, allowed, people, horizon, settings, found)
        gaps = None if unscheduled is None else unscheduled_table(unscheduled, people, found)
        checked["contacts"] = len(visits)
        for_elders = of_the_pair(of_known(contacts))
        check_surge(
            for_elders,
            known_pairs,
            gaps,
            people,
            horizon,
            settings,
            stood,
            (start or horizon.start) if surging else date.max,
            expected.asked,
            found,
        )
        checked["longest_gap_days"] = longest_gap_days(of_known(contacts), known_pairs, people, horizon)
        allowing = replace(expected, visits=visits_allowed(expected.visits, horizon, settings.surge))
        for_elders, gaps = calls_for_visits(for_elders, gaps, allowing.visits, horizon, settings.surge)
        checked["weeks"] = check_cadence(
            known_pairs, for_elders, gaps, people, horizon, allowing, expected.visits - allowing.visits, found
        )
        check_first_visits(
            known_pairs if first_visits else known_pairs.iloc[:0],
            for_elders,
            gaps,
            None if earlier is None else of_known(contacts_table(earlier, people, found.like())),
            people,
            horizon,
            settings,
            start,
            expected.asked_visits,
            found,
        )
        if calendars is not None:
            checked["events"] = check_calendars(calendars, visits, cancelled, found, most_calendars)
        violations, notes = settled(found.in_order(), contacts, stood, people)
    return Verification(found.in_order() if violations is None else violations, checked, notes)
