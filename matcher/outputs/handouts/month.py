"""A month as hand-outs need it: whose elders are whose, and each one's contacts, in the order of the papers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from matcher.horizon import Horizon
from matcher.outputs.handouts.people import People, clean
from matcher.outputs.tables import Names
from matcher.roster.model import Roster

By = Literal["team", "committee"]
_AREA = ("district", "subdistrict")
_PAUSED = "paused"
_NOBODY = -1
_Value = TypeVar("_Value")


class Contact(NamedTuple):
    """A visit or a call. People are roster indices, -1 for nobody."""

    visit_id: str
    day: date
    start_min: int
    end_min: int
    kind: str
    elder: int
    volunteer: int
    in_place_of: int
    companion: int


class Pair(NamedTuple):
    """A pair that is served in the month."""

    elder: int
    volunteer: int
    since: date | None
    is_new: bool
    """Whether the two are a pair since this month."""
    backup: int


@dataclass(frozen=True, slots=True)
class Group:
    """A team, or the volunteers of a residents' committee who are in none."""

    area: tuple[str, str]
    """District and subdistrict."""
    name: str
    """Empty where the roster names neither team nor committee."""
    volunteers: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class HandoutMonth:
    """A month as its hand-outs tell it.

    Attributes:
        roster: Both rosters.
        horizon: The month.
        frames: The tables of the run folder, by kind, with the columns of ``columns.FILES``.
        names: Whether people are shown in full.
        by: How volunteers are put together.
    """

    roster: Roster
    horizon: Horizon
    frames: Mapping[str, pd.DataFrame]
    names: Names = "full"
    by: By = "team"
    people: People = field(init=False)

    def __post_init__(self) -> None:
        people = People(self.roster.elders, self.roster.volunteers, self.horizon, self.names)
        object.__setattr__(self, "people", people)

    @cached_property
    def contacts(self) -> Sequence[Contact]:
        """Return all contacts, by volunteer, date and time."""
        frame = self.frames["visits"]
        columns = [
            frame["visit_id"].tolist(),
            _share([day.date() for day in frame["date"].drop_duplicates()], frame["date"]),
            *(_share(frame[name].drop_duplicates().astype(int).tolist(), frame[name]) for name in ("start", "end")),
            _share(frame["kind"].drop_duplicates().tolist(), frame["kind"]),
            self.index(frame["elder_id"], "elders"),
            self.index(frame["volunteer_id"], "volunteers"),
            self.index(frame["in_place_of"], "volunteers"),
            self.index(frame["companion"], "volunteers"),
        ]
        found = [Contact(*row) for row in zip(*columns, strict=True)]
        found.sort(key=lambda one: (one.volunteer, one.day, one.start_min, one.visit_id))
        return found

    @cached_property
    def pairs(self) -> Sequence[Pair]:
        """Return the pairs that are served, by volunteer and elder."""
        frame = self.frames["pairs"]
        served = frame[(frame["status"] != _PAUSED) & (frame["volunteer_id"] != "")]
        since = [None if day is pd.NaT else day.date() for day in served["since"]]
        columns = zip(
            self.index(served["elder_id"], "elders"),
            self.index(served["volunteer_id"], "volunteers"),
            since,
            [day is not None and day >= self.horizon.start for day in since],
            self.index(served["backup_volunteer_id"], "volunteers"),
            strict=True,
        )
        return sorted((Pair(*row) for row in columns), key=lambda pair: (pair.volunteer, pair.elder))

    @cached_property
    def contacts_of(self) -> Mapping[int, Sequence[Contact]]:
        """Return each volunteer's own contacts."""
        return _group(self.contacts, "volunteer")

    @cached_property
    def pairs_of(self) -> Mapping[int, Sequence[Pair]]:
        """Return each volunteer's pairs."""
        return _group(self.pairs, "volunteer")

    @cached_property
    def companions_of(self) -> Mapping[int, Sequence[Contact]]:
        """Return the first visits of others to which each volunteer comes along."""
        along = [contact for contact in self.contacts if contact.companion != _NOBODY]
        along.sort(key=lambda one: (one.companion, one.day, one.start_min))
        return _group(along, "companion")

    @cached_property
    def contacts_with(self) -> Mapping[int, Sequence[Contact]]:
        """Return each elder's contacts, whoever makes them."""
        return _group(sorted(self.contacts, key=lambda one: (one.elder, one.day, one.start_min)), "elder")

    @cached_property
    def first_visits(self) -> Mapping[int, Contact]:
        """Return the first visit of each new pair, by elder; of older pairs the one to which somebody comes along."""
        found: dict[int, Contact] = {}
        new = {(pair.elder, pair.volunteer) for pair in self.pairs if pair.is_new}
        for contact in self.contacts:
            is_first = (contact.elder, contact.volunteer) in new or contact.companion != _NOBODY
            if contact.kind == "visit" and is_first:
                found.setdefault(contact.elder, contact)
        return found

    @cached_property
    def groups(self) -> Sequence[Group]:
        """Return the volunteers who have anything to do in the month, by area, team or committee, and id."""
        active = sorted({*self.pairs_of, *self.contacts_of, *self.companions_of} - {_NOBODY})
        frame = self.roster.volunteers
        areas = list(zip(*(map(clean, frame[name]) for name in _AREA), strict=True))
        team, committee = ([clean(text) for text in frame[name]] for name in ("team", "committee"))
        kept: dict[tuple[tuple[str, str], str], list[int]] = {}
        for volunteer in active:
            name = (team[volunteer] if self.by == "team" else "") or committee[volunteer]
            kept.setdefault((areas[volunteer], name), []).append(volunteer)
        return [Group(area, name, tuple(who)) for (area, name), who in sorted(kept.items())]

    @cached_property
    def areas(self) -> Sequence[tuple[str, str]]:
        """Return the subdistricts with volunteers who have anything to do, or with elders."""
        elders = zip(*(map(clean, self.roster.elders[name]) for name in _AREA), strict=True)
        return sorted({group.area for group in self.groups} | set(elders)) or [("", "")]

    @cached_property
    def area_of_elder(self) -> Sequence[tuple[str, str]]:
        """Return each elder's district and subdistrict."""
        return list(zip(*(map(clean, self.roster.elders[name]) for name in _AREA), strict=True))

    @cached_property
    def changes(self) -> Sequence[tuple[int, str, int, int, str]]:
        """Return the pairs that ended: elder and their id, volunteer until now and from now on, -1 for none; why."""
        frame = self.frames.get("changes")
        if frame is None:
            return ()
        columns = (
            self.index(frame["elder_id"], "elders"),
            frame["elder_id"].tolist(),
            self.index(frame["previous_volunteer_id"], "volunteers"),
            self.index(frame["volunteer_id"], "volunteers"),
            frame["reason"].tolist(),
        )
        return list(zip(*columns, strict=True))

    @cached_property
    def _elder_of_id(self) -> Mapping[str, int]:
        return {name: at for at, name in enumerate(self.people.elder_ids)}

    @cached_property
    def _area_of_volunteer_id(self) -> Mapping[str, tuple[str, str]]:
        areas = zip(*(map(clean, self.roster.volunteers[name]) for name in _AREA), strict=True)
        return dict(zip(self.people.volunteer_ids, areas, strict=True))

    def find_elder(self, elder_id: str) -> int:
        """Return an elder's roster index, -1 where no roster has the id."""
        return self._elder_of_id.get(elder_id, _NOBODY)

    def is_of_area(self, person_id: str, area: tuple[str, str]) -> bool:
        """Return whether an elder or a volunteer is of a subdistrict."""
        elder = self.find_elder(person_id)
        return (self.area_of_elder[elder] if elder >= 0 else self._area_of_volunteer_id.get(person_id)) == area

    def index(self, ids: pd.Series, side: Literal["elders", "volunteers"]) -> list[int]:
        """Return the roster indices of ids, -1 for those that are on no roster."""
        known = pd.Index(getattr(self.roster, side)["id"])
        places = known.get_indexer(pd.Index(ids))
        numbers = np.array([*range(len(known)), _NOBODY], dtype=object)  # the last is the one at -1
        found: list[int] = numbers[places].tolist()
        return found

    def list_rows(self, kind: str) -> Iterator[dict[str, object]]:
        """Yield the rows of a table of the run folder; none where it has no such table."""
        frame = self.frames.get(kind)
        if frame is not None:
            yield from ({str(name): value for name, value in row.items()} for row in frame.to_dict("records"))


def _share(distinct: Sequence[_Value], column: pd.Series) -> list[_Value]:
    """Return the value of each row, as one object for all rows that are alike: a city has 1.8 million.

    Args:
        distinct: The column's distinct values as they are to be, in the order in which they first come.
        column: The rows.
    """
    values = np.empty(len(distinct), dtype=object)
    values[:] = distinct
    found: list[_Value] = values[pd.factorize(column)[0]].tolist()
    return found


def _group(rows: Sequence, by: str) -> Mapping[int, Sequence]:  # type: ignore[type-arg]
    """Return rows by a person, those that lie together as they are."""
    if not rows:
        return {}
    who = np.fromiter((getattr(row, by) for row in rows), dtype=np.int64, count=len(rows))
    bounds = [0, *(np.flatnonzero(np.diff(who)) + 1).tolist(), len(rows)]
    return {int(who[first]): rows[first:last] for first, last in zip(bounds, bounds[1:], strict=False)}
