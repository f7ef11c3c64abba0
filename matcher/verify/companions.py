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
    contacts: pd.DataFrame, month: MonthTables, start: date | None, reference: Reference, findings: Findings
) -> None:
    """Check that a new pair who have not met have a visit in the first days, or that it is listed as missing.

    The first days are the month's, or those from which it was planned anew; the week that holds most of them counts
    whole. Pairs are new that are of this month, where others are older. On days of calls only a call is enough.

    Args:
        contacts: Contacts of known people; ``volunteer`` is the pair's, whoever stands in.
        month: The pairs, with ``since`` where the file says it; what is unscheduled; contacts of the month before.
        start: The day from which the month was planned anew.
        reference: The dates, which elders are due visits, and how many days are the first.
        findings: Takes what is broken.
    """
    dates, people, settings = reference.dates, reference.people, reference.settings
    pairs, unscheduled, earlier = month.pairs, month.unscheduled, month.earlier
    if "since" not in pairs or not len(pairs):
        return
    new = pairs["since"].to_numpy() >= dates.first
    if new.all() or not new.any():
        return
    new_pairs = pairs[new & reference.due.is_visited[pairs["elder"].to_numpy()]]
    own = people.pair_keys(new_pairs["elder"], new_pairs["volunteer"])

    def are_among(rows: pd.DataFrame) -> NDArray[np.bool_]:
        return np.isin(own, people.pair_keys(rows["elder"], rows["volunteer"]))

    calls_only = dates.find_span(settings.surge.calls_only)
    visits = contacts[(contacts["kind"] == VISIT) | contacts["day"].isin(calls_only)]
    met = np.zeros(len(new_pairs), dtype=bool)
    if earlier is not None:
        met |= are_among(earlier[(earlier["kind"] == VISIT) & (earlier["day"] < dates.first)])
    for begin in {dates.horizon.start, start or dates.horizon.start}:
        first, last = _find_first_days(begin, dates, settings.new_pair.first_visit_days)
        since = first if begin == start else dates.first
        met |= are_among(visits[visits["day"].between(since, last)])
        if unscheduled is not None:
            call_is_enough = any(first <= day <= last for day in calls_only)
            listed = unscheduled[(unscheduled["kind"] == VISIT) | call_is_enough]
            # a week is listed by any of its dates; it may begin before the first day
            met |= are_among(listed[listed["day"].between(first - 6, last)])
    if start is not None:
        met |= are_among(visits[visits["day"] < to_day(start)])
    late = new_pairs[~met].assign(amount=settings.new_pair.first_visit_days)
    findings.add("first_visit", late)


def _find_first_days(begin: date, dates: MonthDates, n_days: int) -> tuple[int, int]:
    """Return the first and last of the first days, in days since 1970.

    The week that holds most of them counts whole.
    """
    first = to_day(begin)
    last = first + n_days - 1
    starts = dates.week_starts.tolist()
    ends = (dates.week_starts + dates.week_days - 1).tolist()
    shared = [max(0, min(last, end) - max(first, start) + 1) for start, end in zip(starts, ends, strict=True)]
    return first, max(last, ends[int(np.argmax(shared))])
