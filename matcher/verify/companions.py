"""First visits of new pairs: when they come, and who comes along as a companion.

A companion is a leader of the volunteer's team or the elder's second volunteer. The visit has to fit into the
companion's day as a visit of their own would: they are free, they can walk to it, and the day holds it.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.messages import VIOLATIONS
from matcher.verify.contacts import check_days
from matcher.verify.dates import MonthDates, to_date, to_day
from matcher.verify.new_pairs import PairsDue
from matcher.verify.reference import Reference
from matcher.verify.tables import VISIT, MonthTables, count_by
from matcher.verify.violations import Findings


def check_companions(contacts: pd.DataFrame, pairs: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check that whoever comes along may, by their part in the team, and can, by hours, days and walks.

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
    wrong |= ~reference.people.volunteers.active[companion]
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
    start: date | None,
    reference: Reference,
    findings: Findings,
) -> None:
    """Check that a new pair who have not met have a visit in the first days, or that it is listed as missing.

    The first days are those from the day on which the pair began, or from which the month was planned anew; the week
    that holds most of them counts whole. On days of calls only a call is enough.

    Args:
        contacts: Contacts of known people; ``volunteer`` is the pair's, whoever stands in.
        month: The pairs, with ``since`` where the file says it; what is unscheduled; contacts of the month before.
        due: Which pairs are due visits.
        start: The day from which the month was planned anew.
        reference: The dates, and how many days are the first.
        findings: Takes what is broken.
    """
    dates, people, settings = reference.dates, reference.people, reference.settings
    unscheduled, earlier = month.unscheduled, month.earlier
    if "since" not in due.pairs or not len(due.pairs):
        return
    since = due.pairs["since"].to_numpy(float)
    asked = (since >= dates.first) & due.visits.any(axis=1)
    pairs = due.pairs[asked]
    own = people.pair_keys(pairs["elder"], pairs["volunteer"])
    calls_only = dates.find_span(settings.surge.calls_only)
    visits = contacts[(contacts["kind"] == VISIT) | contacts["day"].isin(calls_only)]
    met = np.zeros(len(pairs), dtype=bool)
    if earlier is not None:
        before = earlier[(earlier["kind"] == VISIT) & (earlier["day"] < dates.first)]
        met |= np.isin(own, people.pair_keys(before["elder"], before["volunteer"]))
    if start is not None:
        before = visits[visits["day"] < to_day(start)]
        met |= np.isin(own, people.pair_keys(before["elder"], before["volunteer"]))
    for begin in {dates.horizon.start, start or dates.horizon.start}:
        for first in set(np.maximum(since[asked], to_day(begin)).astype(int).tolist()):
            theirs = np.maximum(since[asked], to_day(begin)) == first
            last = _find_last_first_day(first, dates, settings.new_pair.first_visit_days)
            begins = first if begin == start else dates.first
            # where no day of the first ones can be asked, no visit is due on them
            at = first - dates.first
            met |= theirs & ~due.askable[asked, at : at + settings.new_pair.first_visit_days].any(axis=1)
            there = [visits[visits["day"].between(begins, last)]]
            if unscheduled is not None:
                call_is_enough = any(first <= day <= last for day in calls_only)
                listed = unscheduled[(unscheduled["kind"] == VISIT) | call_is_enough]
                # a week is listed by any of its dates; it may begin before the first day
                there.append(listed[listed["day"].between(first - 6, last)])
            for rows in there:
                met |= theirs & np.isin(own, people.pair_keys(rows["elder"], rows["volunteer"]))
    late = pairs[~met].assign(amount=settings.new_pair.first_visit_days)
    findings.add("first_visit", late)


def _find_last_first_day(first: int, dates: MonthDates, n_days: int) -> int:
    """Return the last of the first days, in days since 1970; the week that holds most of them counts whole."""
    last = first + n_days - 1
    starts = dates.week_starts.tolist()
    ends = (dates.week_starts + dates.week_days - 1).tolist()
    shared = [max(0, min(last, end) - max(first, start) + 1) for start, end in zip(starts, ends, strict=True)]
    return int(max(last, ends[int(np.argmax(shared))]))
