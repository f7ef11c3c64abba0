"""Who is to be told when a volunteer is away or has left, and what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from matcher.i18n import _
from matcher.messages import NOTICES
from matcher.outputs.tables import Names, People
from matcher.privacy import mask_phone
from matcher.run.pipeline import Prepared
from matcher.schedule import KINDS, Schedule
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.stand_ins import Absence

_COLUMNS = ("person_id", "person_name", "part", "phone", "date", "message")


def away_frame(
    prepared: Prepared, schedule: Schedule, earlier: EarlierContacts, absence: Absence, people: People, names: Names
) -> pd.DataFrame:
    """A row a person and contact: stand-ins and elders, and elders for whom nobody was found."""
    was = earlier.in_horizon(prepared.month.horizon).known().schedule
    was = was.select((was.day >= np.datetime64(absence.first)) & (was.day <= np.datetime64(absence.last)))
    days = schedule.day.astype("datetime64[D]").tolist()
    at = {key: i for i, key in enumerate(zip(schedule.elder.tolist(), days, strict=True))}
    tell = _Teller(prepared, people, names, absence.volunteer_id)
    absent = people.volunteer_id.tolist().index(absence.volunteer_id)
    for elder, day, kind in _each(was.select(was.volunteer == absent), "elder", "day", "kind"):
        place, what, when = at.get((elder, day)), KINDS[kind], pd.Timestamp(day)
        if place is None:
            tell.elder(elder, when, f"none_{what}")
            continue
        stand_in = int(schedule.volunteer[place])
        start = _clock(schedule, place)
        tell.volunteer(stand_in, when, f"stand_in_{what}", elder=tell.elder_name(elder), start=start)
        tell.elder(elder, when, f"other_{what}", stand_in=tell.volunteer_name(stand_in), start=start)
    for elder, volunteer, day in _each(was.select(was.companion == absent), "elder", "volunteer", "day"):
        place = at.get((elder, day))
        if place is None or schedule.volunteer[place] != volunteer:
            continue  # told of as a contact in other hands
        when, words = pd.Timestamp(day), {"elder": tell.elder_name(elder), "start": _clock(schedule, place)}
        who = int(schedule.companion[place])
        if who < 0:
            tell.volunteer(volunteer, when, "alone", **words)
            continue
        tell.volunteer(volunteer, when, "other_company", stand_in=tell.volunteer_name(who), **words)
        tell.volunteer(who, when, "company", whom=tell.volunteer_name(volunteer), **words)
    return tell.frame()


def _each(schedule: Schedule, *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield some columns of each contact, in order of day and start."""
    ordered = schedule.select(np.lexsort((schedule.start_min, schedule.day)))
    return zip(*(getattr(ordered, name).tolist() for name in names), strict=True)


def _clock(schedule: Schedule, place: int) -> str:
    """Return when a contact begins, HH:MM."""
    return "{:02}:{:02}".format(*divmod(int(schedule.start_min[place]), 60))


def left_frame(prepared: Prepared, absence: Absence, people: People, names: Names) -> pd.DataFrame:
    """A row a person: who has another volunteer now, who has another elder, and who has nobody."""
    plan = prepared.plan
    tell = _Teller(prepared, people, names, absence.volunteer_id)
    none, day = pd.NaT, absence.first.isoformat()
    for change in plan.changes:
        if change.previous_volunteer_id != absence.volunteer_id:
            continue
        if change.volunteer < 0:
            tell.elder(change.elder, none, "no_volunteer")
            continue
        tell.volunteer(change.volunteer, none, "new_elder", elder=tell.elder_name(change.elder), day=day)
        tell.elder(change.elder, none, "new_volunteer", stand_in=tell.volunteer_name(change.volunteer), day=day)
    return tell.frame()


class _Teller:
    """Collects what people are to be told."""

    def __init__(self, prepared: Prepared, people: People, names: Names, absent_id: str) -> None:
        self._people = people
        self._phones = {
            part: frame["phone"].to_numpy(dtype=object)
            if names == "full"
            else frame["phone"].map(mask_phone).to_numpy()
            for part, frame in (
                ("elder", prepared.month.roster.elders),
                ("volunteer", prepared.month.roster.volunteers),
            )
        }
        known = people.volunteer_names(pd.Series([absent_id], dtype=str)).iloc[0]
        self._absent = f"{known} ({absent_id})"
        self._rows: list[tuple[object, ...]] = []

    def elder_name(self, elder: int) -> str:
        """Name and id."""
        return f"{self._people.elder_name[elder]} ({self._people.elder_id[elder]})"

    def volunteer_name(self, volunteer: int) -> str:
        """Name and id."""
        return f"{self._people.volunteer_name[volunteer]} ({self._people.volunteer_id[volunteer]})"

    def elder(self, elder: int, when: object, what: str, **words: str) -> None:
        """Something to tell an elder."""
        self._add("elder", self._people.elder_id[elder], self._people.elder_name[elder], elder, when, what, words)

    def volunteer(self, volunteer: int, when: object, what: str, **words: str) -> None:
        """Something to tell a volunteer."""
        ids, names = self._people.volunteer_id, self._people.volunteer_name
        self._add("volunteer", ids[volunteer], names[volunteer], volunteer, when, what, words)

    def frame(self) -> pd.DataFrame:
        """All of it, volunteers first, by person and date."""
        frame = pd.DataFrame(self._rows, columns=[*_COLUMNS, "start"])
        frame["date"] = pd.to_datetime(frame["date"])
        by = ["part", "person_id", "date", "start"]
        frame = frame.sort_values(by, ascending=[False, True, True, True], kind="stable", ignore_index=True)
        return frame[list(_COLUMNS)]

    def _add(
        self, part: str, person_id: str, name: str, index: int, when: object, what: str, words: dict[str, str]
    ) -> None:
        message = _(NOTICES[what]).format(volunteer=self._absent, **words)
        self._rows.append((person_id, name, part, self._phones[part][index], when, message, words.get("start", "")))
