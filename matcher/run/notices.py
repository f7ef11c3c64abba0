"""Who is to be told when a volunteer is away or has left, and what."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matcher.i18n import _
from matcher.messages import NOTICES
from matcher.outputs.tables import Names, People
from matcher.privacy import mask_phone
from matcher.run.pipeline import Prepared
from matcher.scheduling.earlier import Before
from matcher.scheduling.schedule_month import Contacts
from matcher.scheduling.stand_ins import Absence

_COLUMNS = ("person_id", "person_name", "part", "phone", "date", "message")


def away_frame(
    prepared: Prepared, contacts: Contacts, before: Before, absence: Absence, people: People, names: Names
) -> pd.DataFrame:
    """A row a person and contact: stand-ins and elders, and elders for whom nobody was found."""
    rows = before.of_horizon(prepared.month.horizon).known()
    dates = rows["date"].between(np.datetime64(absence.first), np.datetime64(absence.last))
    theirs = rows[dates & (rows["volunteer_id"] == absence.volunteer_id)].sort_values(["date", "start"])
    visits = contacts.visits
    days = visits.day.astype("datetime64[D]")
    at = {key: i for i, key in enumerate(zip(visits.elder.tolist(), days.tolist(), strict=True))}
    tell = _Teller(prepared, people, names, absence.volunteer_id)
    for elder, stamp, kind in zip(theirs["elder"], theirs["date"], theirs["kind"], strict=True):
        place = at.get((int(elder), stamp.date()))
        if place is None:
            tell.elder(int(elder), stamp, f"none_{kind}")
            continue
        stand_in = int(visits.volunteer[place])
        start = "{:02}:{:02}".format(*divmod(int(visits.start_min[place]), 60))
        tell.volunteer(stand_in, stamp, f"stand_in_{kind}", elder=tell.elder_name(int(elder)), start=start)
        tell.elder(int(elder), stamp, f"other_{kind}", stand_in=tell.volunteer_name(stand_in), start=start)
    _tell_of_company(tell, rows[dates & (rows["accompanied_by"] == absence.volunteer_id)], contacts)
    return tell.frame()


def _tell_of_company(tell: _Teller, rows: pd.DataFrame, contacts: Contacts) -> None:
    """Whom the absent were to accompany: who comes along instead, or that nobody does."""
    visits, along = contacts.visits, contacts.accompanied_by
    at = {key[:3]: i for i, key in enumerate(visits.labels())}
    for elder, volunteer, stamp in zip(rows["elder"], rows["volunteer"], rows["date"], strict=True):
        place = at.get((int(elder), int(volunteer), stamp.date()))
        if place is None:
            continue  # told of as a contact in other hands
        start = "{:02}:{:02}".format(*divmod(int(visits.start_min[place]), 60))
        words = {"elder": tell.elder_name(int(elder)), "start": start}
        who = -1 if along is None else int(along[place])
        if who < 0:
            tell.volunteer(int(volunteer), stamp, "alone", **words)
            continue
        tell.volunteer(int(volunteer), stamp, "other_company", stand_in=tell.volunteer_name(who), **words)
        tell.volunteer(who, stamp, "company", whom=tell.volunteer_name(int(volunteer)), **words)


def left_frame(prepared: Prepared, before: Before, absence: Absence, people: People, names: Names) -> pd.DataFrame:
    """A row a person: who has another volunteer now, who has another elder, and who has nobody."""
    del before
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
