"""Demand in the weeks of a surge: contacts on its days, and those that the week's other days hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import index_days, mark_days
from matcher.demand.demand import Demand
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import VISIT, Schedule

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def find_overfull_weeks(plan: Plan, schedule: Schedule, usual: Demand) -> Mask:
    """Return the weeks that hold more contacts, or more visits, than are due in the surge, (pairs, weeks).

    Args:
        plan: The pairs.
        schedule: The contacts.
        usual: What the pairs are due without the surge, a row a pair.
    """
    horizon = plan.month.horizon
    pair = pd.Index(plan.elder).get_indexer(pd.Index(schedule.elder))
    week, paired = usual.week[index_days(schedule.day, horizon)], pair >= 0
    made = np.zeros((*usual.contacts.shape, 2), dtype=np.int64)
    np.add.at(made, (pair[paired], week[paired], schedule.kind[paired]), 1)
    is_beside = find_beside(schedule, mark_days(plan.month.settings.surge.days, horizon), plan, usual)
    beside = np.zeros(usual.contacts.shape, dtype=np.int64)
    np.add.at(beside, (pair[is_beside], week[is_beside]), 1)
    most = _limit_contacts(usual, beside, plan.month)
    return np.asarray((made.sum(axis=2) > most) | (made[..., VISIT] > usual.visits))


def find_beside(schedule: Schedule, lasting: Mask, plan: Plan, usual: Demand) -> Mask:
    """Return which contacts of the plan's elders lie on none of the ``lasting`` days, (days,), that are asked of them.

    On such a day lies also what somebody else made before the pair was one: the surge asks it of the pair's own days.
    """
    pair = pd.Index(plan.elder).get_indexer(pd.Index(schedule.elder))
    day = index_days(schedule.day, plan.month.horizon)
    beside = pair >= 0
    beside[beside] = ~(lasting[day[beside]] & usual.askable[pair[beside], day[beside]])
    return np.asarray(beside)


def _limit_contacts(usual: Demand, beside: Index, month: MonthData) -> Index:
    """Return the most contacts that each week may hold in the surge, (pairs, weeks).

    Args:
        usual: What is due without it.
        beside: Contacts on the week's other days, (pairs, weeks).
        month: The month, with its surge.
    """
    surge = month.settings.surge
    lasting = mark_days(surge.days, month.horizon)
    if surge.contacts_per_week < 7:
        days = np.broadcast_to(lasting, usual.daily.shape)
        return raise_demand_by_week(usual, days, surge.contacts_per_week, (0, 0)).contacts
    asked = lasting & usual.askable & usual.contacts.any(axis=1, keepdims=True)
    daily = np.asarray(asked.astype(np.int64) @ usual.mark_weeks())
    return np.where(daily > 0, np.maximum(usual.contacts, np.minimum(beside, usual.contacts) + daily), usual.contacts)


def raise_demand_by_week(usual: Demand, days: Mask, contacts_per_week: int, no_visit_min: tuple[int, int]) -> Demand:
    """Return the demand with so many contacts a week on ``days``, (pairs, days); seven are one each day."""
    if contacts_per_week >= 7:
        return usual.with_daily(days, no_visit_min)
    days = days & usual.askable
    length, many = np.maximum(usual.count_askable(), 1), days.astype(np.int64) @ usual.mark_weeks()
    share = usual.contacts * (length - many) / length + contacts_per_week * many / 7
    contacts = np.where(usual.contacts.any(axis=1, keepdims=True), np.floor(share + 0.5).astype(np.int64), 0)
    hot = np.where(np.asarray(days.any(axis=0))[:, None], np.array(no_visit_min, dtype=np.int64), usual.no_visit_min)
    return replace(
        usual, contacts=np.minimum(np.maximum(contacts, usual.contacts), usual.count_askable()), no_visit_min=hot
    )
