"""What each pair is due: its elder's cadence, and what is due to a new pair beside it.

A pair is new from the day on which it began. It is due more contacts in its first weeks, where the elder's own row does
not say how often; and one visit in its first days. Weeks before that visit are due calls in place of visits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.cadence import Due, MeetDays, compute_due
from matcher.verify.reference import Reference
from matcher.verify.tables import CALL, VISIT, MonthTables

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PairsDue:
    """What n pairs are due, a row each."""

    pairs: pd.DataFrame
    """``elder`` and ``volunteer``, each pair once."""
    contacts: Counts
    """Contacts due in each week, (n, weeks)."""
    most_contacts: Counts
    """The same where it is not known since when a pair is: those of a new one, (n, weeks)."""
    visits: Counts
    """Visits due in each week, (n, weeks)."""
    other_visits: Counts
    """The same if the first visit was due from the month's first day on, though the month was planned anew since."""
    other_contacts: Counts
    """Contacts due in each week if it was, (n, weeks)."""
    usual_visits: Counts
    """Visits due in each week, first visits apart, (n, weeks)."""
    askable: Mask
    """Days that can be asked, (n, days)."""


def compute_pairs_due(
    contacts: pd.DataFrame, month: MonthTables, *, first_visits: bool, reference: Reference
) -> PairsDue:
    """Return what pairs are due in a month.

    Args:
        contacts: Contacts of known people; ``volunteer`` is the pair's, whoever stands in.
        month: The pairs, with ``since`` where the file says it; contacts of the month before; since when it was
            planned anew.
        first_visits: Whether new pairs had to be given a visit in the first days.
        reference: The people, the dates, the settings.
    """
    pairs = month.pairs.drop_duplicates(["elder", "volunteer"]).reset_index(drop=True)
    dates, settings = reference.dates, reference.settings
    since = pairs["since"].to_numpy(float) if "since" in pairs else np.full(len(pairs), np.nan)
    new = since >= dates.first
    begin = np.where(new, since - dates.first, 0.0).astype(np.int64)
    of_elder = np.zeros(len(reference.people.elders.ids), dtype=np.int64)
    elder = pairs["elder"].to_numpy(np.int64)
    of_elder[elder] = begin
    askable = reference.people.elders.on_programme[elder] & (np.arange(dates.horizon.days) >= begin[:, None])
    if not settings.schedule.due_when_closed:
        askable &= ~reference.calendar.closed
    usual, visits = _compute_usual(pairs, of_elder, askable, contacts, month, reference)
    raised = _raise(usual, elder, since, askable, reference)
    if not first_visits:
        return PairsDue(pairs, usual, raised, visits, visits, usual, visits, askable)
    never_met = could_be_strangers(pairs, month, reference) & ~_have_met(pairs, month.earlier, reference)
    options = []
    anew = month.start[elder] - dates.first
    for since_when in (anew, np.zeros_like(anew)):
        one = _FirstVisits(pairs, contacts, never_met, begin, askable, reference)
        options.append(one.place(raised.copy(), visits.copy(), since_when))
    (made, first), (other_made, other) = options
    unknown = np.isnan(since)[:, None]
    most = np.where(unknown, _raise(usual, elder, np.full(len(pairs), float(dates.first)), askable, reference), made)
    return PairsDue(pairs, made, most, first, other, other_made, visits, askable)


def _compute_usual(
    pairs: pd.DataFrame,
    begin: Counts,
    askable: Mask,
    contacts: pd.DataFrame,
    month: MonthTables,
    reference: Reference,
) -> tuple[Counts, Counts]:
    """Return the contacts and visits due to pairs by cadence, (n, weeks) each.

    What is due less than once a week is due where the two can meet; or, where that is nearer to what is made and
    listed, also in weeks in which somebody makes a contact by now. Weeks that were over when the elder was planned anew
    then hold what is made and listed in them, and what is listed later is due where it is.
    """
    elders, dates = reference.roster.elders, reference.dates
    elder, volunteers = pairs["elder"].to_numpy(np.int64), pairs["volunteer"].tolist()
    row_of = {who: row for row, who in enumerate(elder.tolist())}
    made, visited = (
        _count_by_week(contacts[contacts["kind"].isin(kinds)], elder, reference) for kinds in ((VISIT, CALL), (VISIT,))
    )

    is_over = np.append(dates.week_starts[1:], dates.first + dates.horizon.days) <= month.start[elder][:, None]

    def compute(who: Counts, held: tuple[Counts, Counts] | None) -> Due:
        """Return what some elders are due, where their pairs meet or ``held`` says that there is a contact."""

        def meet(place: int) -> MeetDays | None:
            """Return the days on which an elder meets the pair's volunteer; None without a pair."""
            one = int(who[place])
            if one not in row_of:
                return None
            row = row_of[one]
            days = reference.meetings.count_meet_days(one, volunteers[row], askable[row])
            if held is None:
                return days
            both = zip(days, held, strict=True)
            return MeetDays(
                *(tuple(np.where(is_over[row], more[row], np.maximum(some, more[row])).tolist()) for some, more in both)
            )

        return compute_due(elders.iloc[who], dates.horizon, reference.settings.schedule, begin[who], meet)

    alone = compute(elder, None)
    contacts_due, visits_due = alone.contacts, alone.visits
    seldom = np.flatnonzero([any(one) for one in alone.seldom])
    if len(seldom):  # of the others both readings are one
        there, visits_there = made, visited
        if month.unscheduled is not None:
            there = made + _count_by_week(month.unscheduled, elder, reference)
            of_visits = month.unscheduled[month.unscheduled["kind"] == VISIT]
            if "as_calls" in of_visits:
                of_visits = of_visits.assign(missing=of_visits["missing"] + of_visits["as_calls"])
            visits_there = visited + _count_by_week(of_visits, elder, reference)
        anew = is_over.any(axis=1)[:, None]
        calls_only = dates.find_span(reference.settings.surge.calls_only)
        by_calls = is_over & np.isin(np.arange(made.shape[1]), dates.find_week(pd.Series(calls_only, dtype=np.int64)))
        visits_there = np.where(by_calls, there, visits_there)  # any contact may stand for a visit
        covered = compute(elder[seldom], (np.where(anew, visits_there, visited), np.where(anew, there, made)))
        off, otherwise = (np.abs(due - there[seldom]).sum(axis=1) for due in (contacts_due[seldom], covered.contacts))
        visits_off, visits_otherwise = (
            np.abs(due - visits_there[seldom]).sum(axis=1) for due in (visits_due[seldom], covered.visits)
        )
        nearer = (otherwise < off) | ((otherwise == off) & (visits_otherwise < visits_off))
        contacts_due[seldom[nearer]] = covered.contacts[nearer]
        visits_due[seldom[nearer]] = covered.visits[nearer]
    return contacts_due, visits_due


def _count_by_week(table: pd.DataFrame, elder: Counts, reference: Reference) -> Counts:
    """Return how many contacts, or missing ones, a table has of each elder and week, (n, weeks)."""
    dates = reference.dates
    inside = table[dates.contain(table["day"])]
    counts = np.zeros((len(reference.people.elders.ids), len(dates.week_starts)))
    amount = inside["missing"].to_numpy(float) if "missing" in inside else np.ones(len(inside))
    known = inside["elder"].to_numpy(np.int64) >= 0
    who, week = inside["elder"].to_numpy(np.int64)[known], dates.find_week(inside["day"])[known]
    np.add.at(counts, (who, week), np.nan_to_num(amount)[known])
    return np.asarray(counts[elder], dtype=np.int64)


def could_be_strangers(pairs: pd.DataFrame, month: MonthTables, reference: Reference) -> Mask:
    """Return which pairs began in this month, or in the month before where its contacts are known, or never met since.

    An elder who has waited since the pair began, or longer, never met the volunteer.
    """
    none = pd.Series(np.nan, pairs.index)
    since, waiting = (pairs.get(name, none).to_numpy(float) for name in ("since", "waiting_since"))
    return np.asarray((since >= np.fmin(reference.dates.first, month.known_from)) | (waiting <= since))


def _raise(usual: Counts, elder: Counts, since: NDArray[np.float64], askable: Mask, reference: Reference) -> Counts:
    """Return the contacts due with those of a pair's first weeks; who is due none is due none."""
    rules, dates = reference.settings.new_pair, reference.dates
    age = dates.first + np.arange(dates.horizon.days) - np.where(np.isnan(since), -np.inf, since)[:, None]
    young = (age >= 0) & (age < 7 * rules.weeks) & askable
    own = reference.roster.elders["contacts_per_week"].notna().to_numpy()[elder]
    out = usual.copy()
    for week in range(usual.shape[1]):
        days = young[:, dates.week_of_date == week].sum(axis=1)
        more = np.floor(rules.contacts_per_week * days / 7 + 0.5).astype(np.int64)
        out[:, week] = np.where(own | ~usual.any(axis=1), usual[:, week], np.maximum(usual[:, week], more))
    return out


def _have_met(pairs: pd.DataFrame, earlier: pd.DataFrame | None, reference: Reference) -> Mask:
    """Return which pairs had a visit before the month."""
    if earlier is None:
        return np.zeros(len(pairs), dtype=bool)
    visits = earlier[(earlier["kind"] == VISIT) & (earlier["day"] < reference.dates.first)]
    keys = reference.people.pair_keys
    return np.isin(keys(pairs["elder"], pairs["volunteer"]), keys(visits["elder"], visits["volunteer"]))


class _FirstVisits:
    """Where the first visits of new pairs are due.

    Args:
        pairs: The pairs.
        contacts: Contacts of known people.
        new: Pairs who had not met before the month, (n,).
        begin: The position in the horizon from which each pair is one, (n,).
        askable: Days that can be asked, (n, days).
        reference: The dates, and how many days are the first.
    """

    def __init__(
        self, pairs: pd.DataFrame, contacts: pd.DataFrame, new: Mask, begin: Counts, askable: Mask, reference: Reference
    ) -> None:
        dates = reference.dates
        self._new, self._begin, self._askable, self._dates = new, begin, askable, dates
        self._n_days = reference.settings.new_pair.first_visit_days
        keys = pd.Index(reference.people.pair_keys(pairs["elder"], pairs["volunteer"]))

        def mark(which: pd.Series) -> Mask:
            """Return the days on which pairs have such contacts, (n, days)."""
            rows, days = contacts[which & dates.contain(contacts["day"])], np.zeros(askable.shape, dtype=bool)
            pair = keys.get_indexer(pd.Index(reference.people.pair_keys(rows["elder"], rows["volunteer"])))
            days[pair[pair >= 0], dates.find_index(rows["day"])[pair >= 0]] = True
            return days

        visits, own = contacts["kind"] == VISIT, (contacts["in_place_of"] < 0) & ~contacts["history"]
        calls_only = contacts["day"].isin(dates.find_span(reference.settings.surge.calls_only))
        self._visited, self._visited_by_anybody = mark(visits & own), mark(visits)
        self._visited_or_called = mark((visits | calls_only) & own)

    def place(self, contacts: Counts, visits: Counts, start: Counts) -> tuple[Counts, Counts]:
        """Return contacts and visits due, both changed, where the first visit of each new pair is one of them.

        It is due in the week in which it is; where there is none, nothing changes. On a day of calls only a call is
        one, unless the weeks hold more visits than are due with it than without. ``start`` is the position in the
        horizon from which each pair was planned anew, (n,).
        """
        for pair in np.flatnonzero(self._new & visits.any(axis=1)).tolist():
            begin, anew = max(int(self._begin[pair]), 0), int(start[pair])
            if anew > begin and not self._visited_or_called[pair, :anew].any():
                begin = anew
            can = np.flatnonzero(self._askable[pair, begin:]) + begin
            if not len(can):
                continue
            options = [
                self._place_one(pair, int(can[0]), contacts[pair].copy(), visits[pair].copy(), visited[pair])
                for visited in (self._visited_or_called, self._visited)
            ]
            weeks = self._dates.week_of_date[self._visited_by_anybody[pair]]
            made = np.bincount(weeks, minlength=visits.shape[1])
            beyond = [int(np.maximum(made - placed, 0).sum()) for _contacts, placed in options]
            contacts[pair], visits[pair] = options[int(beyond[1] < beyond[0])]
        return contacts, visits

    def _place_one(
        self, pair: int, begin: int, contacts: Counts, visits: Counts, visited: Mask
    ) -> tuple[Counts, Counts]:
        """Return contacts and visits due to one pair, (weeks,), both changed; ``visited`` on some days, (days,)."""
        first = np.arange(begin, min(begin + self._n_days, self._askable.shape[1]))
        there, moved = first[visited[first]], 0
        later = np.flatnonzero(self._visited_by_anybody[pair, begin:]) + begin
        if not len(there) and not len(later):
            return contacts, visits
        week = int(self._dates.week_of_date[there[0] if len(there) else later[0]])
        begins = int(self._dates.week_of_date[begin])
        this_week = self._dates.week_of_date[:begin] == begins
        gone = int(self._visited_by_anybody[pair, :begin][this_week].sum())
        if len(there) and begins < week:
            made = min(int(visits[begins]), gone)
            moved = int(visits[begins:week].sum()) - made
            visits[begins:week] = 0
            visits[begins] = made
        gone = gone if week == begins else 0
        if visits[week] > gone and moved:
            visits[week] = min(visits[week] + moved, contacts[week])
        if visits[week] <= gone:
            visits[week] = gone + 1
            after = [number for number in range(week + 1, len(visits)) if visits[number]]
            if after:
                visits[after[0]] -= 1
            if contacts[week] < visits[week]:
                contacts[week] = visits[week]
                if after:
                    contacts[after[0]] -= 1
        return contacts, visits
