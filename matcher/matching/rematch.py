"""A match of only those elders whose volunteer has left, around everybody else's pairs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.meetings import Meetings, Shortfall
from matcher.features import Features
from matcher.horizon import Horizon
from matcher.matching.backups import update_backups
from matcher.matching.match import match_as_far_as_possible, plan_from_pairs
from matcher.matching.precedence import count_as_lost
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.roster.model import TOLD_DAYS_OFF, PairList
from matcher.rules import RULES, Block, MissedContacts, Rule
from matcher.settings import changed

Mask = NDArray[np.bool_]


class _OnlyThese(Rule):
    """The rule that only the elders concerned get another volunteer."""

    name = "only_these"
    sentence = ""

    def __init__(self, elders: Mask) -> None:
        self.elders = elders

    def bar_elders(self, features: Features) -> Mask:
        """Return everybody else whose pair is not pinned."""
        return ~self.elders & (features.pinned_volunteer < 0)


class _MissedSince(MissedContacts):
    """The rule on missed contacts, of the rest of the month alone, in which absences told count as days off.

    A pair that stands goes on through such days; a new one is rather made with somebody who is there.
    """

    def __init__(self, month: MonthData, start: date) -> None:
        rest = Horizon(max(start, month.horizon.start), month.horizon.end)
        elders, volunteers = (
            people.drop(columns=TOLD_DAYS_OFF, errors="ignore")
            for people in (month.roster.elders, month.roster.volunteers)
        )
        roster = replace(month.roster, elders=elders, volunteers=volunteers)
        self._meetings = Meetings(Features(replace(month, horizon=rest, roster=roster)))

    def find_shortfall(self, features: Features, block: Block) -> Shortfall | None:  # noqa: ARG002 - of the rest alone
        """Return what each pair cannot hold of what is due in the rest of the month."""
        return self._meetings.find_shortfall(block.elder, block.volunteer, block.straight_m)


def _get_rules_since(month: MonthData, start: date, elders: Mask) -> tuple[Rule, ...]:
    """Return the rules of a match of these elders alone, from a day of the month on."""
    rules = tuple(_MissedSince(month, start) if isinstance(rule, MissedContacts) else rule for rule in RULES)
    return (*rules, _OnlyThese(elders))


def rematch_elders_of(month: MonthData, pairs: PairList, volunteer: int, left_on: date) -> Plan:
    """Return the pairs, with others for the elders of a volunteer who has left; those of everybody else as they stand.

    Args:
        month: The month as it was, pins and never-pairs included.
        pairs: The pairs as they stand.
        volunteer: Who has left, a roster index.
        left_on: The first day without them.
    """
    volunteers = month.roster.volunteers.copy()
    # who had left before has not come back
    left = np.fmin(volunteers["left"].iloc[volunteer].to_datetime64(), np.datetime64(left_on - timedelta(days=1)))
    volunteers.loc[volunteers.index[volunteer], "left"] = pd.Timestamp(left)
    concerned = np.zeros(month.n_elders, dtype=bool)
    concerned[pairs.elder[pairs.volunteer == volunteer]] = True
    now = replace(
        month,
        settings=changed(month.settings, {"keep.budget": ""}),  # that somebody leaves is nobody's choice
        roster=replace(month.roster, volunteers=volunteers),
        pins=month.pins.where(month.pins.volunteer != volunteer),
    )
    others = pairs.where(~concerned[pairs.elder])
    made = match_as_far_as_possible(
        replace(now, previous=pairs, pins=others), _get_rules_since(now, left_on, concerned)
    )
    plan = plan_from_pairs(now, _list_pairs(made, others))
    # also of two who were a pair before this month, and are one again
    begin = np.where(concerned[plan.elder], np.datetime64(left_on), plan.first_day)
    seconds = plan_from_pairs(month, pairs).second_of
    return replace(
        plan,
        began=begin,
        precedence=count_as_lost(month, plan.precedence, concerned & (plan.volunteer_of < 0)),
        backups=update_backups(plan, np.where(seconds == volunteer, -1, seconds), RULES),
        changes=tuple(row for row in made.changes if row.elder >= 0 and concerned[row.elder]),
        unmatched=tuple(row for row in made.unmatched if concerned[row.elder]),
        shortages=made.shortages,
    )


def fill_places(month: MonthData, pairs: PairList, start: date, elders: Mask | None = None) -> Plan:
    """Return the pairs as they stand, and others for elders without one, as far as there are places.

    Args:
        month: The month, pins and never-pairs included.
        pairs: The pairs as they stand.
        start: The day from which new pairs are one.
        elders: Who may be given a volunteer, (n_elders,); None: all who have none.
    """
    without = np.ones(month.n_elders, dtype=bool) if elders is None else elders.copy()
    without[pairs.elder] = False
    now = replace(month, settings=changed(month.settings, {"keep.budget": ""}))
    made = match_as_far_as_possible(replace(now, previous=pairs, pins=pairs), _get_rules_since(now, start, without))
    plan = plan_from_pairs(now, _list_pairs(made, pairs))
    return replace(
        plan,
        began=np.where(without[plan.elder], np.datetime64(start), plan.first_day),
        backups=update_backups(plan, plan_from_pairs(month, pairs).second_of, RULES),
        unmatched=tuple(row for row in made.unmatched if without[row.elder]),
        shortages=made.shortages,
    )


def _list_pairs(plan: Plan, others: PairList) -> PairList:
    """Return a plan's pairs as a list: ``others`` since when they are, those matched anew since this month."""
    roster, this = plan.month.roster, np.datetime64(plan.month.horizon.start, "M")
    first = np.full(len(others), np.datetime64("NaT", "D")) if others.since is None else others.since
    told = np.where(np.isnat(first), others.told_since(this).astype("datetime64[D]"), first)
    since = np.full(plan.month.n_elders, np.datetime64(plan.month.horizon.start))
    since[others.elder] = np.where(np.isnat(told), since[0], told)
    waiting = np.full(plan.month.n_elders, np.datetime64("NaT", "M"))
    if plan.waiting_since is not None:
        waiting[plan.elder] = plan.waiting_since
    waiting[others.elder] = np.datetime64("NaT", "M") if others.waiting_since is None else others.waiting_since
    listed = dict(zip(others.elder.tolist(), others.status or ("",) * len(others), strict=True))
    return PairList(
        plan.elder,
        plan.volunteer,
        tuple(roster.elders["id"].to_numpy(dtype=object)[plan.elder]),
        tuple(roster.volunteers["id"].to_numpy(dtype=object)[plan.volunteer]),
        np.arange(2, 2 + len(plan.elder)),
        since=since[plan.elder],
        status=tuple(listed.get(elder, one) for elder, one in zip(plan.elder.tolist(), plan.status, strict=True)),
        waiting_since=waiting[plan.elder],
    )
