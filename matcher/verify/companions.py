"""First visits of new pairs: when they come, and who comes along.

Who comes along is a leader of the volunteer's team or the elder's second volunteer. The hour is theirs as a visit of
their own would be: they are there and free, they can walk to it, and their day holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.settings import Settings
from matcher.verify.people import People
from matcher.verify.plan import key
from matcher.verify.surge import dates_of
from matcher.verify.tables import VISIT, tally
from matcher.verify.violations import EPOCH_ORDINAL, Findings

Check = Callable[[pd.DataFrame, Findings], None]
"""Holds contacts against the rules of days and hours."""


def check_companions(
    contacts: pd.DataFrame,
    pairs: pd.DataFrame,
    roster: Roster,
    settings: Settings,
    check: Check,
    found: Findings,
) -> None:
    """Whoever comes along may, by part in the team, and can, by hours, days and walks.

    ``contacts`` are those of known people; ``pairs`` are the pairs as given, which may name ``backup_volunteer_id``;
    ``check`` holds contacts against the rules that a day of one's own has to keep.
    """
    along = contacts[contacts["companion"] >= 0]
    if not len(along):
        return
    people = roster.volunteers
    leads = (people["role"] == "leader").to_numpy()
    team, area = (people[name].to_numpy(dtype=object) for name in ("team", "subdistrict"))
    who, volunteer = along["companion"].to_numpy(), along["volunteer"].to_numpy()
    same_team = (team[who] != "") & (team[who] == team[volunteer]) & (area[who] == area[volunteer])
    seconds = _second(pairs, roster)
    second = np.array([seconds.get(elder, "") for elder in along["elder"].tolist()], dtype=object)
    fit = (who != volunteer) & ((leads[who] & same_team) | (second == people["id"].to_numpy(dtype=object)[who]))
    theirs = along.assign(volunteer=who)
    days = pd.MultiIndex.from_frame(contacts[["volunteer", "day"]]).isin(theirs.set_index(["volunteer", "day"]).index)
    trial = found.like()
    check(pd.concat([contacts[days], theirs], ignore_index=True), trial)
    # a fault of a day is every companion's of that day; one of a contact only theirs
    at = list(zip(found.volunteer_ids[who], along["day"].map(_date), strict=True))
    elders = found.elder_ids[along["elder"].to_numpy()]
    faulty = {
        (fault.volunteer_id, fault.date, fault.elder_id if fault.rule in _OF_A_CONTACT else "") for fault in trial
    }
    bad = [(*day, "") in faulty or (*day, elder) in faulty for day, elder in zip(at, elders, strict=True)]
    counts = tally(theirs[["volunteer", "day", "row"]], ["volunteer", "day"])
    many = counts[counts["amount"] > settings.new_pair.most_accompanied_per_day]
    often = pd.MultiIndex.from_frame(theirs[["volunteer", "day"]]).isin(many.set_index(["volunteer", "day"]).index)
    found.add("companion", theirs[~fit | np.array(bad) | often][["elder", "volunteer", "day", "row"]])


_OF_A_CONTACT = frozenset({"absent", "availability", "closed_day", "window", "duration"})


def _second(pairs: pd.DataFrame, roster: Roster) -> dict[int, str]:
    if "backup_volunteer_id" not in pairs:
        return {}
    elder = pd.Index(roster.elders["id"]).get_indexer(pd.Index(pairs["elder_id"].astype(str)))
    return dict(zip(elder.tolist(), pairs["backup_volunteer_id"].astype(str).tolist(), strict=True))


def _date(day: float) -> date | None:
    return None if np.isnan(day) else date.fromordinal(int(day) + EPOCH_ORDINAL)


def check_first_visits(
    pairs: pd.DataFrame,
    contacts: pd.DataFrame,
    unscheduled: pd.DataFrame | None,
    earlier: pd.DataFrame | None,
    people: People,
    horizon: Horizon,
    settings: Settings,
    start: date | None,
    asked: np.ndarray,
    found: Findings,
) -> None:
    """A new pair who have not met has a visit in the first days, or it is listed as without a place.

    The first days are the month's, or those from which it was planned anew; the week that holds most of them counts
    whole. Pairs are new that are of this month, where others are older. On days of calls only a call is enough.

    Args:
        pairs: Pairs of known people, with ``since`` (days) where the file says it.
        contacts: Contacts of known people; ``volunteer`` is the pair's, whoever stands in.
        unscheduled: What is listed as without a place.
        earlier: Contacts of the month before.
        people: Both rosters.
        horizon: The dates.
        settings: How many days are the first.
        start: The day from which the month was planned anew.
        asked: Which elders are due any visit, (n elders,).
        found: Takes what is broken.
    """
    if "since" not in pairs or not len(pairs):
        return
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    since = pairs["since"].to_numpy()
    new = since >= first
    if new.all() or not new.any():
        return
    theirs = pairs[new & asked[pairs["elder"].to_numpy()]]
    own = key(theirs["elder"], theirs["volunteer"], people)
    # where only calls are allowed, one is as much of a first visit as can be
    quiet = dates_of(settings.surge.calls_only, horizon)
    visits = contacts[(contacts["kind"] == VISIT) | contacts["day"].isin(quiet)]
    seen = np.zeros(len(theirs), dtype=bool)
    if earlier is not None:
        met = earlier[(earlier["kind"] == VISIT) & (earlier["day"] < first)]
        seen |= np.isin(own, key(met["elder"], met["volunteer"], people))
    for begin in {horizon.start, start or horizon.start}:
        low, high = _first_days(begin, horizon, settings.new_pair.first_visit_days)
        soon = visits[visits["day"].between(low if begin == start else first, high)]
        seen |= np.isin(own, key(soon["elder"], soon["volunteer"], people))
        if unscheduled is not None:
            only_calls = any(low <= day <= high for day in quiet)
            listed = unscheduled[(unscheduled["kind"] == VISIT) | only_calls]
            listed = listed[listed["day"].between(low - 6, high)]
            seen |= np.isin(own, key(listed["elder"], listed["volunteer"], people))
    if start is not None:
        before = visits[visits["day"] < start.toordinal() - EPOCH_ORDINAL]
        seen |= np.isin(own, key(before["elder"], before["volunteer"], people))
    late = theirs[~seen].assign(amount=settings.new_pair.first_visit_days)
    found.add("first_visit", late[["elder", "volunteer", "amount", "row"]])


def _first_days(begin: date, horizon: Horizon, days: int) -> tuple[int, int]:
    """The first and last of the first days, as days since 1970: the week that holds most of them counts whole."""
    low = begin.toordinal() - EPOCH_ORDINAL
    high = low + days - 1
    spans = [(week.start.toordinal() - EPOCH_ORDINAL, week.end.toordinal() - EPOCH_ORDINAL) for week in horizon.weeks()]
    shared = [max(0, min(high, end) - max(low, start) + 1) for start, end in spans]
    return low, max(high, spans[int(np.argmax(shared))][1])
