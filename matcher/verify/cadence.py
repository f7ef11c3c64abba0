"""How many contacts are due, and whether each is planned or owned up to."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.settings import ScheduleSettings
from matcher.verify.calendar import Calendar
from matcher.verify.people import People
from matcher.verify.plan import key
from matcher.verify.tables import CALL, VISIT
from matcher.verify.violations import EPOCH_ORDINAL, Findings

Counts = NDArray[np.int64]
_MONDAY = date(2001, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """What each elder is due in each week, (n elders, weeks), int64."""

    visits: Counts
    contacts: Counts

    @property
    def asked(self) -> NDArray[np.bool_]:
        """Which elders are due any contact at all, (n elders,)."""
        return np.asarray(self.contacts.any(axis=1))

    @property
    def asked_visits(self) -> NDArray[np.bool_]:
        """Which elders are due any visit, (n elders,)."""
        return np.asarray(self.visits.any(axis=1))


def due(elders: pd.DataFrame, horizon: Horizon, schedule: ScheduleSettings) -> Due:
    """Contacts due in each week of the horizon, elder by elder; like rows are reckoned once.

    Where statutory holidays are to ``add``, the week of a break's first day is due a contact more.
    """
    days = [week.days for week in horizon.weeks()]
    added = np.add.reduceat(Calendar.of(horizon, schedule).first_of_break.astype(np.int64), np.cumsum([0, *days[:-1]]))
    columns = ["contacts_per_week", "visits_per_week", "visits_per_month", "risk", "id"]
    known: dict[tuple[object, ...], tuple[list[int], list[int]]] = {}
    visits, contacts = [], []
    for week_rate, visit_rate, monthly, risk, name in zip(
        *(elders[column].tolist() for column in columns), strict=True
    ):
        rates = _rates(week_rate, visit_rate, monthly, risk, schedule)
        spans = {rate.denominator for rate in rates if isinstance(rate, Fraction) and rate.denominator != 7}
        phase = zlib.crc32(name.encode()) if spans - {1} else 0
        at = (*rates, phase)
        if at not in known:
            known[at] = _of_one(*rates, phase, horizon, schedule.min_visits_per_month)
        one, other = known[at]
        contacts.append(one)
        visits.append(other)
    shape = (len(elders), len(days))
    made = np.array(contacts, dtype=np.int64).reshape(shape)
    raised = np.minimum(made + added, np.array(days)) if len(made) else made
    return Due(np.array(visits, dtype=np.int64).reshape(shape), np.where(made.any(axis=1, keepdims=True), raised, 0))


Rates = tuple[Fraction, Fraction, int | None, Fraction]


def _rates(contacts: float, visits: float, monthly: float, risk: str, schedule: ScheduleSettings) -> Rates:
    """Contacts and visits a day, visits a month where the row says so, and visits a day at least."""

    def a_day(own: float, by_risk: dict[str, float], everybody: float) -> Fraction:
        rate = by_risk.get(risk, everybody) if np.isnan(own) else own
        return Fraction(rate / 7).limit_denominator(366)

    own_month = int(monthly) if np.isnan(visits) and not np.isnan(monthly) else None
    return (
        a_day(
            contacts,
            {str(tier): rate for tier, rate in schedule.contacts_per_week_by_risk.items()},
            schedule.contacts_per_week,
        ),
        a_day(
            visits,
            {str(tier): rate for tier, rate in schedule.visits_per_week_by_risk.items()},
            schedule.visits_per_week,
        ),
        own_month,
        a_day(np.nan, {str(tier): rate for tier, rate in schedule.min_visits_per_week_by_risk.items()}, 0.0),
    )


def _of_one(
    contacts: Fraction,
    visits: Fraction,
    monthly: int | None,
    at_least: Fraction,
    phase: int,
    horizon: Horizon,
    floor: int,
) -> tuple[list[int], list[int]]:
    """Contacts and visits due in each week."""
    days = [week.days for week in horizon.weeks()]
    if not contacts:
        return [0] * len(days), [0] * len(days)
    if monthly is None:
        asked = _by_week(max(visits, at_least), phase, horizon)
        if sum(asked) < floor:
            asked = _over_month(floor, horizon)
    else:
        number = max(monthly, floor)
        often_enough = Fraction(number, horizon.days) >= at_least
        asked = _over_month(number, horizon) if often_enough else _by_week(at_least, phase, horizon)
    made = [min(one, most) for one, most in zip(asked, days, strict=True)]
    wanted = _by_week(contacts, phase, horizon)
    return [min(max(one, visit), most) for one, visit, most in zip(wanted, made, days, strict=True)], made


def _by_week(rate: Fraction, phase: int, horizon: Horizon) -> list[int]:
    """So many times in so many days, counted from a Monday; what is due up to a day is rounded half up."""
    if not rate:
        return [0] * len(horizon.weeks())
    span = rate.denominator
    # whole weeks: the part of a cut week with four days or more has it
    offset = phase % span if span % 7 else 7 * (phase % (span // 7)) + (-(-span // 2) - 4) % 7

    def up_to(ordinal: int) -> int:
        return (rate * (ordinal - _MONDAY + offset) + Fraction(1, 2)).__floor__()

    return [up_to(week.end.toordinal() + 1) - up_to(week.start.toordinal()) for week in horizon.weeks()]


def _over_month(number: int, horizon: Horizon) -> list[int]:
    gone, made, out = 0, 0, []
    for week in horizon.weeks():
        gone += week.days
        so_far = (Fraction(number * gone, horizon.days) + Fraction(1, 2)).__floor__()
        out.append(so_far - made)
        made = so_far
    return out


def longest_gap_days(contacts: pd.DataFrame, pairs: pd.DataFrame, people: People, horizon: Horizon) -> int:
    """Most days on end within the horizon without a contact, of all paired elders while they are on the programme."""
    longest = 0
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    inside = contacts[contacts["day"].between(first, first + horizon.days - 1)]
    there = people.elders.on_programme
    elders = np.unique(pairs["elder"].to_numpy())
    elders = elders[there[elders].any(axis=1)]
    begin = there[elders].argmax(axis=1) - 1
    end = there.shape[1] - there[elders][:, ::-1].argmax(axis=1)
    who = np.concatenate([elders, inside["elder"].to_numpy(np.int64), elders])
    day = np.concatenate([begin, (inside["day"] - first).to_numpy(np.int64), end])
    order = np.lexsort((day, who))
    same = np.diff(who[order]) == 0
    if same.any():
        longest = int(np.diff(day[order])[same].max()) - 1
    return max(longest, 0)


def check_cadence(
    pairs: pd.DataFrame,
    contacts: pd.DataFrame,
    unscheduled: pd.DataFrame | None,
    people: People,
    horizon: Horizon,
    expected: Due,
    as_calls: Counts,
    found: Findings,
) -> int:
    """Each pair's due visits and calls of each week are planned or listed as unscheduled.

    A visit more than are due stands for a call; so does one listed as missing, where it is a new pair's first that is
    asked for, or one of so many that are due ``as_calls``, (n elders, weeks). Returns how many pair-weeks were looked
    at.
    """
    weeks = horizon.weeks()
    pairs = pairs.drop_duplicates(["elder", "volunteer"])
    elder, volunteer = pairs["elder"].to_numpy(), pairs["volunteer"].to_numpy()
    shape = (len(pairs), len(weeks))
    keys = pd.Index(key(elder, volunteer, people))
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    new = (pairs["since"].to_numpy() if "since" in pairs else np.full(len(pairs), np.nan)) >= first
    new &= not new.all()  # where all are, nobody knows who is
    visits_due = expected.visits[elder]
    starts = np.array([item.start.toordinal() - EPOCH_ORDINAL for item in weeks])
    instead = np.zeros(shape)
    for kind, what, due_of_kind in (
        (VISIT, "visits", visits_due),
        (CALL, "calls", expected.contacts[elder] - visits_due),
    ):
        missing = due_of_kind - instead - _sums(contacts.assign(missing=1.0), kind, keys, people, horizon, shape)
        listed = np.zeros(shape) if unscheduled is None else _sums(unscheduled, kind, keys, people, horizon, shape)
        pair, week = np.nonzero(missing - listed > 0)
        faults = {
            "elder": elder[pair],
            "volunteer": volunteer[pair],
            "day": starts[week],
            "amount": (missing - listed)[pair, week],
        }
        found.add("cadence", pd.DataFrame(faults), what)
        listed_more = np.maximum(listed - np.maximum(missing, 0.0), 0.0)
        instead = np.maximum(-missing, 0.0) + np.minimum(listed_more, np.where(new[:, None], np.inf, as_calls[elder]))
    return len(pairs) * len(weeks)


def _sums(
    table: pd.DataFrame, kind: int, keys: pd.Index, people: People, horizon: Horizon, shape: tuple[int, int]
) -> NDArray[np.float64]:
    """The column ``missing`` of one kind, summed by pair and week; rows of no pair or week are left out."""
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    week_of_date = np.repeat(np.arange(shape[1]), [week.days for week in horizon.weeks()])
    rows = table[(table["kind"] == kind) & table["day"].between(first, first + horizon.days - 1)]
    pair = keys.get_indexer(pd.Index(key(rows["elder"], rows["volunteer"], people)))
    week = week_of_date[(rows["day"] - first).to_numpy(np.int64)]
    known = pair >= 0
    cell = pair[known] * shape[1] + week[known]
    weights = rows["missing"].to_numpy()[known]
    return np.bincount(cell, weights, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
