"""First visits of new pairs: when they come, and who comes along as a companion.

A companion is a leader of the volunteer's team or the elder's second volunteer. The visit has to fit into the
companion's day as a visit of their own would: they are free, they can walk to it, and the day holds it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.messages import VIOLATIONS
from matcher.verify.contacts import check_days
from matcher.verify.dates import MonthDates, to_date
from matcher.verify.new_pairs import PairsDue, could_be_strangers
from matcher.verify.pairs import measure_straight_m
from matcher.verify.people import People
from matcher.verify.reference import Reference
from matcher.verify.tables import VISIT, MonthTables, count_by
from matcher.verify.violations import Findings

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def check_companions(contacts: pd.DataFrame, pairs: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check that whoever comes along, on a visit, may by their part in the team, and can by hours, days and walks.

    Args:
        contacts: Contacts of known people.
        pairs: The pairs as written, which may name ``backup_volunteer_id``.
        reference: Teams and days of the volunteers, and how many visits a day they may come along to.
        findings: Takes what is broken.
    """
    accompanied = contacts[contacts["companion"] >= 0]
    if not len(accompanied):
        return
    companion = accompanied["companion"].to_numpy()
    own = accompanied.assign(volunteer=companion)
    counts = count_by(own[["volunteer", "day", "row"]], ["volunteer", "day"])
    too_many = counts[counts["amount"] > reference.settings.new_pair.most_accompanied_per_day]
    wrong = ~_may_accompany(accompanied, pairs, reference) | _breaks_own_day(own, contacts, reference)
    wrong |= ~reference.people.volunteers.active[companion] | (own["kind"] != VISIT).to_numpy()
    findings.add("companion", own[wrong | _is_on_day_of(own, too_many)])


def _may_accompany(accompanied: pd.DataFrame, pairs: pd.DataFrame, reference: Reference) -> NDArray[np.bool_]:
    """Return which companions are a leader of the volunteer's team or the elder's second volunteer."""
    volunteers = reference.roster.volunteers
    leads = (volunteers["role"] == "leader").to_numpy()
    ids, team, area = (volunteers[name].to_numpy(dtype=object) for name in ("id", "team", "subdistrict"))
    companion, volunteer = accompanied["companion"].to_numpy(), accompanied["volunteer"].to_numpy()
    same_team = (team[companion] != "") & (team[companion] == team[volunteer]) & (area[companion] == area[volunteer])
    second_of = _read_second_volunteers(pairs, reference)
    second = np.array([second_of.get(elder, "") for elder in accompanied["elder"].tolist()], dtype=object)
    return np.asarray((companion != volunteer) & ((leads[companion] & same_team) | (second == ids[companion])), bool)


def _read_second_volunteers(pairs: pd.DataFrame, reference: Reference) -> dict[int, str]:
    """Return, by elder, the id of the second volunteer."""
    if "backup_volunteer_id" not in pairs:
        return {}
    elder = pd.Index(reference.roster.elders["id"]).get_indexer(pd.Index(pairs["elder_id"].astype(str)))
    return dict(zip(elder.tolist(), pairs["backup_volunteer_id"].astype(str).tolist(), strict=True))


def _breaks_own_day(own: pd.DataFrame, contacts: pd.DataFrame, reference: Reference) -> NDArray[np.bool_]:
    """Return which visits break a rule on days where the companion is taken for the volunteer of them.

    A fault of the companion's day counts for all they come along to that day; one of a contact for that one alone.
    """
    trial = Findings.of(reference.people)
    check_days(pd.concat([contacts[_is_on_day_of(contacts, own)], own], ignore_index=True), reference, trial)
    faults = {
        (fault.volunteer_id, fault.date, fault.elder_id if VIOLATIONS[fault.rule].scope == "contact" else "")
        for fault in trial
    }
    people = reference.people
    volunteer_ids, elder_ids = people.volunteers.ids[own["volunteer"]], people.elders.ids[own["elder"]]
    days = zip(volunteer_ids, own["day"].map(to_date), elder_ids, strict=True)
    return np.array([(who, day, "") in faults or (who, day, elder) in faults for who, day, elder in days], dtype=bool)


def _is_on_day_of(rows: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows are on a volunteer's day that some of the others are on."""
    days = pd.MultiIndex.from_frame(others[["volunteer", "day"]])
    return np.asarray(pd.MultiIndex.from_frame(rows[["volunteer", "day"]]).isin(days), dtype=bool)


def check_first_visits(
    contacts: pd.DataFrame,
    month: MonthTables,
    due: PairsDue,
    reference: Reference,
    findings: Findings,
) -> None:
    """Check that a new pair who have not met have a visit in the first days, or that it is listed as missing.

    The first days begin with the first that can be asked since the pair began, or since the month was planned anew; the
    week that holds most of them counts whole, and so does that in which a visit is due and the two can meet on one of
    them. On days of calls only a call is enough.

    Args:
        contacts: Contacts of known people; ``volunteer`` is the pair's, whoever stands in.
        month: The pairs, with ``since`` where the file says it; what is unscheduled; contacts of the month before;
            since when it was planned anew.
        due: Which pairs are due visits.
        reference: The dates, and how many days are the first.
        findings: Takes what is broken.
    """
    dates, people, settings = reference.dates, reference.people, reference.settings
    unscheduled, earlier = month.unscheduled, month.earlier
    if "since" not in due.pairs or not len(due.pairs):
        return
    since = due.pairs["since"].to_numpy(float)
    asked = could_be_strangers(due.pairs, month, reference) & due.visits.any(axis=1)
    pairs = due.pairs[asked]
    if not len(pairs):
        return
    own = people.pair_keys(pairs["elder"], pairs["volunteer"])
    calls_only = dates.find_span(settings.surge.calls_only)
    own_contacts = contacts[~contacts["history"]]
    visits = own_contacts[(own_contacts["kind"] == VISIT) | own_contacts["day"].isin(calls_only)]
    met = np.zeros(len(pairs), dtype=bool)
    if earlier is not None:
        before = earlier[(earlier["kind"] == VISIT) & (earlier["day"] < dates.first)]
        met |= np.isin(own, people.pair_keys(before["elder"], before["volunteer"]))
    day_numbers = dates.first + np.arange(due.askable.shape[1])
    before = visits[(visits["day"] >= dates.first) & (visits["day"] < month.start[visits["elder"]])]
    met |= np.isin(own, people.pair_keys(before["elder"], before["volunteer"]))
    if unscheduled is not None and "as_calls" in unscheduled:
        # a surge left no hours for a first visit that was to come after the first days
        turned = unscheduled[(unscheduled["kind"] == VISIT) & (unscheduled["as_calls"] > 0)]
        turned = turned[dates.contain(turned["day"])]
        in_surge = dates.find_week(pd.Series(dates.find_span(settings.surge.days), dtype=np.int64))
        turned = turned[np.isin(dates.find_week(turned["day"]), in_surge)]
        met |= np.isin(own, people.pair_keys(turned["elder"], turned["volunteer"]))
    whole, anew = np.full(len(pairs), dates.first), month.start[pairs["elder"]]
    for begin in (whole, anew):
        can = due.askable[asked] & (day_numbers >= np.maximum(since[asked], begin)[:, None])
        met |= ~can.any(axis=1)  # where no day can be asked, no visit is due
        first = dates.first + can.argmax(axis=1)
        days = _find_first_days(first, due.askable[asked], dates, settings.new_pair.first_visit_days)
        last = _find_last_first_day(first, days, dates, settings.new_pair.first_visit_days)
        met |= _have_row(visits, own, np.where(begin == whole, dates.first, first), last, people)
        if unscheduled is not None:
            # a week is listed by any of its dates; it may begin before the first day
            in_visits = unscheduled[unscheduled["kind"] == VISIT]
            met |= _have_row(in_visits, own, first - 6, last, people)
            calls = np.array(calls_only, dtype=np.int64)
            by_calls = (calls >= first[:, None]) & (calls <= last[:, None])
            met |= by_calls.any(axis=1) & _have_row(unscheduled, own, first - 6, last, people)
        if not len(open_ := np.flatnonzero(~met)):
            break
        met[open_] = ~_should_meet(
            pairs.iloc[open_],
            due.usual_visits[asked][open_],
            due.contacts[asked][open_],
            days[open_],
            contacts,
            month.earlier,
            reference,
        )
    late = pairs[~met].assign(amount=settings.new_pair.first_visit_days)
    findings.add("first_visit", late)


def _should_meet(
    pairs: pd.DataFrame,
    usual_visits: Index,
    contacts_due: Index,
    days: Mask,
    contacts: pd.DataFrame,
    earlier: pd.DataFrame | None,
    reference: Reference,
) -> Mask:
    """Return which pairs should have met on ``days``, (n, days): their first ones that can be asked.

    Who is due a visit in the week of these days should meet in that week, or have it listed, unless others made all
    contacts of that week before the pair began. Who is due the next one later should meet in the week that has most of
    these days on which both have time, if the volunteer has nothing else on one of them and the elder would not be
    without a contact for longer; otherwise the later one is the first. Who is due none from that week on need not meet.
    """
    dates, people, surge = reference.dates, reference.people, reference.settings.surge
    elder, volunteer = (pairs[name].to_numpy(np.int64) for name in ("elder", "volunteer"))
    can = days & reference.meetings.find_visit_days(elder, volunteer, measure_straight_m(pairs, people))
    n_weeks, most = len(dates.week_starts), len(dates.week_of_date) + 1
    in_week = (dates.week_of_date[:, None] == np.arange(n_weeks)).astype(np.int64)
    meetable, askable = can.astype(np.int64) @ in_week, days.astype(np.int64) @ in_week
    week = (most * (most * ((usual_visits > 0) & (meetable > 0)) + meetable) + askable).argmax(axis=1)
    row = np.arange(len(pairs))
    due = usual_visits[row, week] > 0
    is_later = ((usual_visits > 0) & (np.arange(n_weeks) > week[:, None])).any(axis=1)
    inside = contacts[dates.contain(contacts["day"])]
    before, made = inside[inside["history"]], np.zeros((len(people.elders.ids), n_weeks), dtype=np.int64)
    np.add.at(made, (before["elder"].to_numpy(np.int64), dates.find_week(before["day"])), 1)
    free = np.ones((len(people.volunteers.ids), days.shape[1]), dtype=bool)
    for name in ("volunteer", "companion"):
        theirs = inside[inside[name] >= 0]
        free[theirs[name], dates.find_index(theirs["day"])] = False
    held = dates.find_span(surge.days) + dates.find_span(surge.calls_only)
    free[:, [day - dates.first for day in held]] = False
    then = can & free[volunteer] & (dates.week_of_date == week[:, None])
    free_then = then.any(axis=1) & is_later
    moves = np.flatnonzero(free_then & ~due & (contacts_due[row, week] == 0))
    free_then[moves] &= ~_are_silent_for_it(elder[moves], then[moves], inside, held, earlier, reference)
    own, visits = people.pair_keys(elder, volunteer), contacts[contacts["kind"] == VISIT]
    starts = np.asarray(dates.week_starts, dtype=np.int64)[week]
    there = _have_row(visits, own, starts, starts + np.asarray(dates.week_days, dtype=np.int64)[week] - 1, people)
    return np.asarray(np.where(due, made[elder, week] < contacts_due[row, week], free_then) & ~there)


def _are_silent_for_it(
    elder: Index,
    days: Mask,
    contacts: pd.DataFrame,
    surge_days: list[int],
    earlier: pd.DataFrame | None,
    reference: Reference,
) -> Mask:
    """Return who would be longer without a contact than they may, and are, were the next visit on any of some days.

    Contacts on days of a surge may have come since, so it is asked with them and without.

    Args:
        elder: The elders, (n,).
        days: The days on which they might be visited in place of the next visit, (n, days).
        contacts: All contacts of the month.
        surge_days: Days of a surge, since 1970.
        earlier: Contacts of the month before.
        reference: The dates, the people.
    """
    dates, costly = reference.dates, np.zeros(len(elder), dtype=bool)
    for row, one in enumerate(elder.tolist()):
        theirs = contacts[contacts["elder"] == one]
        for known in (theirs, theirs[~theirs["day"].isin(surge_days)]):
            there = set(dates.find_index(known["day"]).tolist())
            options = np.flatnonzero(days[row]).tolist()
            later = sorted(dates.find_index(known["day"][known["kind"] == VISIT]).tolist())
            moved = set([day for day in later if day > max(options)][:1])
            least = min(_count_silent_days(one, (there - moved) | {day}, earlier, reference) for day in options)
            costly[row] |= least > _count_silent_days(one, there, earlier, reference)
    return costly


def _count_silent_days(elder: int, days: set[int], earlier: pd.DataFrame | None, reference: Reference) -> int:
    """Count the days beyond the longest that an elder may be without a contact; ``days`` have one, by position."""
    dates, present = reference.dates, np.flatnonzero(reference.people.elders.on_programme[elder])
    if not len(present):
        return 0
    before = int(present[0]) - 1
    if earlier is not None:
        known = earlier["day"][(earlier["elder"] == elder) & (earlier["day"] < dates.first)]
        if len(known):
            last = int(known.max()) - dates.first
            before = max(last, before) if before >= 0 else last
    most = reference.meetings.longest_gap_days[elder]
    ends = [*sorted(days), max(int(present[-1]), *days, -1) + 1]
    return sum(max(end - start - 1 - most, 0) for start, end in zip([before, *ends[:-1]], ends, strict=True))


def _find_first_days(first: Index, askable: Mask, dates: MonthDates, n_days: int) -> Mask:
    """Return the first days of each pair that can be asked, (n, days); ``first`` is its first one since 1970, (n,)."""
    day = dates.first + np.arange(askable.shape[1])
    return np.asarray((day >= first[:, None]) & (day < first[:, None] + n_days) & askable)


def _find_last_first_day(first: Index, days: Mask, dates: MonthDates, n_days: int) -> Index:
    """Return the last first day of each pair, since 1970, (n,); the week that holds most of them counts whole."""
    in_week = dates.week_of_date[:, None] == np.arange(len(dates.week_starts))
    week = (days.astype(np.int64) @ in_week.astype(np.int64)).argmax(axis=1)
    ends = np.asarray(dates.week_starts + dates.week_days - 1, dtype=np.int64)
    return np.asarray(np.maximum(first + n_days - 1, ends[week]), dtype=np.int64)


def _have_row(rows: pd.DataFrame, own: Index, first: Index, last: Index, people: People) -> Mask:
    """Return which pairs, by their keys, have a row from a day to another, both included, (n,)."""
    pair = pd.Index(own).get_indexer(pd.Index(people.pair_keys(rows["elder"], rows["volunteer"])))
    day = rows["day"].to_numpy(np.float64)
    inside = (pair >= 0) & (day >= first[pair]) & (day <= last[pair])
    found = np.zeros(len(own), dtype=bool)
    found[pair[inside]] = True
    return found
