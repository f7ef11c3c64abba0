"""Notices: who is to be told what, where a plan differs from what people know.

People know last month's pairs, or this month's plan where it was given out. Both sides of each pair and contact that
changed are told, and companions. Who is told of a pair is not told of each of its contacts too. Who has left, or is
away as they said, knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.plan import Plan
from matcher.roster.model import PairList
from matcher.schedule import KINDS, NOBODY, VISIT, Schedule

Part = Literal["elder", "volunteer"]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell a person; people are roster indices.

    ``code`` is one of ``messages.NOTICES``; the further fields fill its sentence.
    """

    part: Part
    person: int
    code: str
    absent: int = NOBODY
    """The volunteer who is away, has left, or looked after the elder before; or, to an elder, who comes."""
    day: date | None = None
    """The date of the contact; None: it is about the pair."""
    start_min: int | None = None
    elder: int = NOBODY
    stand_in: int = NOBODY
    """Who makes the contact, comes along, or has the elder now."""
    whom: int = NOBODY
    """Whom to go along with."""
    since: date | None = None
    """The first day of a pair, or the first without it."""
    old_day: date | None = None
    old_start_min: int | None = None
    """When the contact was to be."""
    absent_id: str = ""
    elder_id: str = ""
    """The id of one who is on no roster now."""


@dataclass(frozen=True, slots=True, eq=False)
class KnownPlan:
    """The plan as people know it: pairs, paused ones among them, and contacts where the month was given out before."""

    pairs: PairList
    contacts: Schedule | None = None
    """With ids; people may be ``UNKNOWN``."""


class _Contact(NamedTuple):
    """A contact as its people know it."""

    elder: int
    volunteer: int
    day: date
    start_min: int
    kind: int
    companion: int
    stands_in_for: int


@dataclass(slots=True)
class _Finder:
    """Collects notices: pairs first, then contacts of which these do not tell already."""

    plan: Plan
    schedule: Schedule
    since: date
    notices: list[Notice] = field(default_factory=list)
    elders: set[int] = field(default_factory=set)
    """Elders who are told of their pair."""
    pairs: set[tuple[int, int]] = field(default_factory=set)
    """Pairs (elder, volunteer) of which the volunteer is told."""
    new: set[tuple[int, int]] = field(default_factory=set)
    """Pairs that begin."""
    elder_gone: NDArray[np.bool_] = field(init=False)
    volunteer_gone: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        roster = self.plan.month.roster
        self.elder_gone, self.volunteer_gone = (
            _find_gone(people, self.since) for people in (roster.elders, roster.volunteers)
        )

    def compare_pairs(self, known: PairList) -> None:
        """Tell both sides of pairs that began, ended, pause or go on."""
        plan, paused = self.plan, known.is_paused
        before = _pair_up(known.where(~paused))
        rested = _pair_up(known.where(paused))
        volunteer_of = plan.volunteer_of
        now = {int(elder): int(volunteer_of[elder]) for elder in plan.elder}
        rests = _pair_up(plan.paused)
        first = dict(zip(plan.elder.tolist(), plan.first_day.astype("datetime64[D]").tolist(), strict=True))
        changed = {e for e in {*before, *now} if (before[e].volunteer if e in before else None) != now.get(e)}
        for elder in sorted(changed | {e for e in {*rested, *rests} if rested.get(e) != rests.get(e)}):
            since = max(self.since, first.get(elder, self.since))
            was, volunteer, rest = before.get(elder), now.get(elder), rests.get(elder)
            had_rest = rested.get(elder)
            if rest is not None and had_rest is None:
                self._pause(elder, rest.volunteer, volunteer)
            goes_on = had_rest is not None and rest is None and volunteer == had_rest.volunteer
            if had_rest is not None and rest is None:
                if goes_on:
                    self._resume(elder, had_rest.volunteer, since)
                else:
                    was = was or had_rest
            if was is not None and was.volunteer != volunteer and (rest is None or rest.volunteer != was.volunteer):
                self._end(elder, was, volunteer, since)
            if volunteer is not None and not goes_on and (not was or was.volunteer != volunteer):
                self._begin(elder, volunteer, was, since)
        for row in np.flatnonzero((known.elder < 0) & (known.volunteer >= 0)).tolist():
            self._tell_volunteer(int(known.volunteer[row]), "ended", since=self.since, elder_id=known.elder_id[row])

    def tell_first_visits(self, *, also_kept: bool) -> None:
        """Tell of the first visit of each pair that is new; of kept pairs' visits with a companion, where asked."""
        schedule = self.schedule
        which = np.flatnonzero((schedule.kind == VISIT) & (schedule.day >= np.datetime64(self.since)))
        which = which[np.lexsort((schedule.start_min[which], schedule.day[which]))]
        first: set[tuple[int, int]] = set()
        wanted = np.isin(schedule.elder[which], [elder for elder, _volunteer in self.new])
        if also_kept:
            wanted |= schedule.companion[which] >= 0
        for contact in _iterate(schedule.select(which[wanted])):
            pair = (contact.elder, contact.volunteer)
            own = pair in self.new and (pair not in first or contact.companion >= 0)
            first.add(pair)
            if own or (also_kept and contact.companion >= 0):
                self._tell_first_visit(contact)

    def compare_contacts(self, known: Schedule) -> None:
        """Tell the people of each contact that moved, changed hands, is new or fell away."""
        schedule = self.schedule
        assert schedule.visit_id is not None
        assert known.visit_id is not None
        found = pd.Index(known.visit_id).get_indexer(pd.Index(schedule.visit_id))
        both = np.flatnonzero(found >= 0)
        changed = np.zeros(len(both), dtype=bool)
        for name in _Contact._fields[1:]:
            changed |= getattr(schedule, name)[both] != getattr(known, name)[found[both]]
        both = both[changed]
        for one, other in zip(_iterate(known.select(found[both])), _iterate(schedule.select(both)), strict=True):
            self._change(one, other)
        for contact in _iterate(known.select(np.flatnonzero(~np.isin(np.arange(len(known)), found)))):
            self._cancel(contact)
        for contact in _iterate(schedule.select(np.flatnonzero(found < 0))):
            self._add(contact)

    def _begin(self, elder: int, volunteer: int, was: _Known | None, since: date) -> None:
        self.new.add((elder, volunteer))
        before: dict[str, Any] = {"absent": was.volunteer, "absent_id": was.volunteer_id} if was else {}
        self._tell_volunteer(volunteer, "new_elder" if was else "first_elder", elder=elder, since=since, **before)
        self._tell_elder(
            elder, "new_volunteer" if was else "first_volunteer", stand_in=volunteer, since=since, **before
        )

    def _end(self, elder: int, was: _Known, volunteer: int | None, since: date) -> None:
        code, now = ("ended", NOBODY) if volunteer is None else ("handed_on", volunteer)
        if was.volunteer >= 0:
            self._tell_volunteer(was.volunteer, code, elder=elder, since=since, stand_in=now)
        if volunteer is None:
            self._tell_elder(elder, "no_volunteer", absent=was.volunteer, absent_id=was.volunteer_id, since=since)

    def _pause(self, elder: int, volunteer: int, meanwhile: int | None) -> None:
        if volunteer >= 0:
            self._tell_volunteer(volunteer, "pauses", elder=elder, since=self.since)
        if meanwhile is None:
            self._tell_elder(elder, "pauses_elder", absent=volunteer, since=self.since)

    def _resume(self, elder: int, volunteer: int, since: date) -> None:
        self._tell_volunteer(volunteer, "resumes", elder=elder, since=since)
        self._tell_elder(elder, "resumes_elder", absent=volunteer, since=since)

    def _tell_first_visit(self, contact: _Contact) -> None:
        ending = "" if contact.companion >= 0 else "_alone"
        about: dict[str, Any] = {"day": contact.day, "start_min": contact.start_min, "stand_in": contact.companion}
        volunteer = contact.volunteer
        self.notices.append(Notice("volunteer", volunteer, f"first_visit{ending}", elder=contact.elder, **about))
        self.notices.append(Notice("elder", contact.elder, f"first_visit_elder{ending}", absent=volunteer, **about))
        if contact.companion >= 0:
            self._tell_companion(contact)

    def _tell_companion(self, contact: _Contact, replaced: int = NOBODY) -> None:
        code = "accompany" if replaced >= 0 else "accompany_first"
        about: dict[str, Any] = {"start_min": contact.start_min, "elder": contact.elder, "whom": contact.volunteer}
        self.notices.append(Notice("volunteer", contact.companion, code, replaced, contact.day, **about))

    def _change(self, old: _Contact, new: _Contact) -> None:
        if old.volunteer == new.volunteer:
            self._move(old, new)
        elif new.stands_in_for >= 0:
            self._stand_in(old, new)
        elif old.stands_in_for == new.volunteer:
            self._give_back(old, new)
        else:  # the pair is another
            self._cancel(old._replace(companion=NOBODY), elder_too=False)
            self._add(new._replace(companion=NOBODY))
        self._change_companion(old, new)

    def _move(self, old: _Contact, new: _Contact) -> None:
        moved = (old.day, old.start_min, old.kind) != (new.day, new.start_min, new.kind)
        if not moved:
            return
        kind = KINDS[new.kind]
        about = {"old_day": old.day, "old_start_min": old.start_min}
        self._tell_of_contact(new, f"moved_{kind}", f"moves_{kind}", about)
        if old.companion == new.companion >= 0:
            self.notices.append(
                Notice(
                    "volunteer",
                    new.companion,
                    "along_moved",
                    day=new.day,
                    start_min=new.start_min,
                    elder=new.elder,
                    whom=new.volunteer,
                    old_day=old.day,
                    old_start_min=old.start_min,
                )
            )

    def _stand_in(self, old: _Contact, new: _Contact) -> None:
        kind, owner = KINDS[new.kind], new.stands_in_for
        about: dict[str, Any] = {"absent": owner, "day": new.day, "start_min": new.start_min}
        self.notices.append(Notice("volunteer", new.volunteer, f"stand_in_{kind}", elder=new.elder, **about))
        self.notices.append(Notice("elder", new.elder, f"other_{kind}", stand_in=new.volunteer, **about))
        if old.volunteer == owner:
            about |= {"day": old.day, "start_min": old.start_min, "stand_in": new.volunteer}
            if not self._is_away(owner, old.day):
                self.notices.append(Notice("volunteer", owner, f"instead_{kind}", elder=new.elder, **about))
        else:
            self._release(old)

    def _give_back(self, old: _Contact, new: _Contact) -> None:
        kind = KINDS[new.kind]
        self._release(old)
        self._tell_of_contact(new, f"again_{kind}", f"again_elder_{kind}", {})

    def _release(self, old: _Contact) -> None:
        """Tell somebody that a contact is not theirs any more."""
        if old.volunteer >= 0 and not self._is_away(old.volunteer, old.day):
            about: dict[str, Any] = {"day": old.day, "start_min": old.start_min, "elder": old.elder}
            self._tell_volunteer(old.volunteer, f"not_needed_{KINDS[old.kind]}", of_pair=False, **about)

    def _cancel(self, old: _Contact, *, elder_too: bool = True) -> None:
        kind = KINDS[old.kind]
        away = old.volunteer < 0 or self._is_away(old.volunteer, old.day)
        if not away and (old.elder, old.volunteer) not in self.pairs:
            about: dict[str, Any] = {"day": old.day, "start_min": old.start_min, "elder": old.elder}
            self._tell_volunteer(old.volunteer, f"cancelled_{kind}", of_pair=False, **about)
        if elder_too and old.elder >= 0 and old.elder not in self.elders:
            about = {"day": old.day, "start_min": old.start_min, "absent": old.volunteer}
            self._tell_elder(old.elder, f"none_{kind}" if away else f"dropped_{kind}", of_pair=False, **about)
        if old.companion >= 0:
            self._release_companion(old)

    def _add(self, new: _Contact) -> None:
        kind = KINDS[new.kind]
        if new.stands_in_for >= 0:
            about: dict[str, Any] = {"absent": new.stands_in_for, "day": new.day, "start_min": new.start_min}
            self.notices.append(Notice("volunteer", new.volunteer, f"stand_in_{kind}", elder=new.elder, **about))
            self.notices.append(Notice("elder", new.elder, f"other_{kind}", stand_in=new.volunteer, **about))
        else:
            self._tell_of_contact(new, f"added_{kind}", f"extra_{kind}", {})
        if new.companion >= 0 and (new.elder, new.volunteer) not in self.new:
            self._tell_companion(new)

    def _change_companion(self, old: _Contact, new: _Contact) -> None:
        told = (new.elder, new.volunteer) in self.new
        if old.companion == new.companion:
            if new.companion >= 0 and old.volunteer != new.volunteer and not told:
                self._tell_companion(new)
            return
        about: dict[str, Any] = {"day": new.day, "start_min": new.start_min, "elder": new.elder}
        if old.companion >= 0:
            self._release_companion(old)
        if new.companion >= 0 and not told:
            self._tell_companion(new, old.companion)
        if told or old.volunteer != new.volunteer:
            return
        who = {"absent": old.companion, "stand_in": new.companion}
        code = "alone" if new.companion < 0 else "other_companion" if old.companion >= 0 else "with_companion"
        if old.companion >= 0 or new.companion >= 0:
            self._tell_volunteer(new.volunteer, code, of_pair=False, **who, **about)

    def _release_companion(self, old: _Contact) -> None:
        if not self._is_away(old.companion, old.day):
            about: dict[str, Any] = {"day": old.day, "start_min": old.start_min, "elder": old.elder}
            self._tell_volunteer(old.companion, "not_along", of_pair=False, **about)

    def _tell_of_contact(self, new: _Contact, to_volunteer: str, to_elder: str, about: dict[str, Any]) -> None:
        """Tell both of a contact, but for who is told of their pair."""
        both = {"day": new.day, "start_min": new.start_min, **about}
        if (new.elder, new.volunteer) not in self.pairs:
            self._tell_volunteer(new.volunteer, to_volunteer, of_pair=False, elder=new.elder, **both)
        if new.elder not in self.elders:
            self._tell_elder(new.elder, to_elder, of_pair=False, absent=new.volunteer, **both)

    def _tell_volunteer(self, volunteer: int, code: str, *, of_pair: bool = True, **about: Any) -> None:  # noqa: ANN401
        if of_pair:
            self.pairs.add((about.get("elder", NOBODY), volunteer))
        if not self.volunteer_gone[volunteer]:
            self.notices.append(Notice("volunteer", volunteer, code, **about))

    def _tell_elder(self, elder: int, code: str, *, of_pair: bool = True, **about: Any) -> None:  # noqa: ANN401
        if of_pair:
            self.elders.add(elder)
        if not self.elder_gone[elder]:
            self.notices.append(Notice("elder", elder, code, **about))

    def _is_away(self, volunteer: int, day: date) -> bool:
        """Return whether a volunteer has the day off, or has left: they said so themselves."""
        off = self.plan.month.roster.volunteers["days_off"].iloc[volunteer]
        return bool(self.volunteer_gone[volunteer]) or day in off


class _Known(NamedTuple):
    """The volunteer of a pair that people know: roster index, -1 for who is on no roster now, and id."""

    volunteer: int
    volunteer_id: str


def find_notices(known: KnownPlan, plan: Plan, schedule: Schedule, since: date) -> list[Notice]:
    """Return who is to be told what: pairs, first visits, contacts, each once and both sides.

    Args:
        known: What people know.
        plan: The pairs now.
        schedule: The contacts now; with ids where people know contacts.
        since: The first day that may be another.
    """
    finder = _Finder(plan, schedule, since)
    finder.compare_pairs(known.pairs)
    finder.tell_first_visits(also_kept=known.contacts is None)
    if known.contacts is not None:
        finder.compare_contacts(known.contacts)
    return finder.notices


def take_pairs_of_contacts(pairs: PairList, contacts: Schedule, since: date) -> PairList:
    """Return the pairs as contacts from a day on show them: people go by these; else as they are listed.

    A list that a hand has edited says what is to be, not what people know.
    """
    own = np.where(contacts.stands_in_for >= 0, contacts.stands_in_for, contacts.volunteer)
    which = np.flatnonzero((contacts.elder >= 0) & (own >= 0) & (contacts.day >= np.datetime64(since)))
    which = which[np.lexsort((contacts.start_min[which], contacts.day[which]))]
    shown = dict(zip(contacts.elder[which].tolist(), own[which].tolist(), strict=True))
    volunteer = pairs.volunteer.copy()
    active = ~pairs.is_paused
    for row in np.flatnonzero(active & np.isin(pairs.elder, list(shown))).tolist():
        volunteer[row] = shown.pop(int(pairs.elder[row]), volunteer[row])
    more = sorted(set(shown) - set(pairs.elder[active].tolist()))
    n = len(more)
    return PairList(
        np.append(pairs.elder, np.array(more, dtype=np.int64)),
        np.append(volunteer, np.array([shown[elder] for elder in more], dtype=np.int64)),
        (*pairs.elder_id, *[""] * n),
        (*pairs.volunteer_id, *[""] * n),
        np.append(pairs.row, np.zeros(n, dtype=np.int64)),
        status=tuple("paused" if paused else "" for paused in pairs.is_paused) + ("",) * n,
    )


def _pair_up(pairs: PairList) -> dict[int, _Known]:
    """Return the volunteer of each elder on the roster."""
    rows = zip(pairs.elder.tolist(), pairs.volunteer.tolist(), pairs.volunteer_id, strict=True)
    return {elder: _Known(volunteer, name if volunteer < 0 else "") for elder, volunteer, name in rows if elder >= 0}


def _find_gone(people: pd.DataFrame, since: date) -> NDArray[np.bool_]:
    """Return who has left by a day: there is nobody to tell."""
    left = people["left"].to_numpy().astype("datetime64[D]")
    status = people["status"].to_numpy().astype(str)
    return np.asarray(((status == "left") & np.isnat(left)) | (left < np.datetime64(since)))


def _iterate(schedule: Schedule) -> Iterator[_Contact]:
    """Yield contacts, in their order."""
    columns = [
        (getattr(schedule, name).astype("datetime64[D]") if name == "day" else getattr(schedule, name)).tolist()
        for name in _Contact._fields
    ]
    for row in zip(*columns, strict=True):
        yield _Contact(*row)
