"""A short message for each volunteer, to paste into WeChat or an SMS: ``messages.txt``.

Such channels are read by others and keep what they carry. A message holds surnames and dates, and of elders neither
full name nor address, telephone number or health.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from string import Formatter

import numpy as np

from matcher.horizon import Horizon
from matcher.i18n import N_, _
from matcher.outputs.tables import PeopleNames, write_notice
from matcher.privacy import mask_name
from matcher.programme import Programme
from matcher.roster.model import Roster
from matcher.schedule import CALL, VISIT, Schedule
from matcher.scheduling.notices import Notice, Part

_TITLES = {"male": N_("Mr {surname}"), "female": N_("Ms {surname}")}
_UNKNOWN = N_("{surname}")
_KINDS = {VISIT: N_("visits {days}"), CALL: N_("calls {days}")}


def write_messages(
    programme: Programme,
    horizon: Horizon,
    roster: Roster,
    people: PeopleNames,
    schedule: Schedule,
    notices: Sequence[Notice],
    *,
    since: date,
    everybody: bool,
) -> str:
    """Return a message for each volunteer, under a line that says whose it is; empty where nobody is to be told.

    Args:
        programme: Its name, telephone number and the template.
        horizon: The month.
        roster: The rosters.
        people: Names for the line above each message.
        schedule: The month's contacts.
        notices: What changed.
        since: The first day of which a message tells.
        everybody: Whether all who have contacts get one, not those alone for whom something changed.
    """
    told = defaultdict(list)
    for notice in notices:
        if notice.part == "volunteer":
            told[notice.person].append(notice)
    coming = schedule.select(schedule.day >= np.datetime64(since))
    whom = set(told) | (set(coming.volunteer.tolist()) if everybody else set())
    called = _Names(roster)
    contacts = _list_contacts(coming, called, whom)
    month = _("{year}-{month:02}").format(year=horizon.start.year, month=horizon.start.month)
    name = programme.name or _("the volunteers' programme")
    parts = []
    for who in sorted(whom, key=lambda who: str(people.volunteer_id[who])):
        fields = {
            "volunteer": called.address(who),
            "programme": name,
            "month": month,
            "contacts": "\n".join(contacts.get(who, ())),
            "changes": "\n".join(_write_change(notice, called) for notice in _sort(told.get(who, ()))),
            "telephone": programme.telephone,
        }
        head = f"===== {people.volunteer_id[who]} {people.volunteer_name[who]} ====="
        parts.append(f"{head}\n{fill_template(programme.messages.volunteer, fields)}\n")
    return "\n".join(parts)


def fill_template(template: str, fields: Mapping[str, str]) -> str:
    """Return a template with its fields filled in, without lines all of whose fields are empty."""
    lines = []
    for line in template.strip().splitlines():
        names = [name for _text, name, _form, _conversion in Formatter().parse(line) if name]
        if not names or any(fields[name] for name in names):
            lines.append(line.format(**fields))
    return "\n".join(lines)


class _Names:
    """Names of people where others may read them."""

    def __init__(self, roster: Roster) -> None:
        self._elders = [mask_name(name) for name in roster.elders["name"].tolist()]
        self._elder_ids = roster.elders["id"].tolist()
        self._volunteers = [mask_name(name).removesuffix("*") for name in roster.volunteers["name"].tolist()]
        self._sexes = roster.volunteers["sex"].tolist()

    def address(self, volunteer: int) -> str:
        """Return how a volunteer is addressed: by surname and title."""
        return _(_TITLES.get(self._sexes[volunteer], _UNKNOWN)).format(surname=self._volunteers[volunteer])

    def show_elders(self, elders: Iterable[int]) -> dict[int, str]:
        """Return elders by surname, with the id where two of them have one surname."""
        names = {elder: self._elders[elder] for elder in elders}
        times = list(names.values())
        return {
            elder: f"{name} ({self._elder_ids[elder]})" if times.count(name) > 1 else name
            for elder, name in names.items()
        }

    def show(self, part: Part, person: int) -> str:
        """Return a person in a sentence: elders with their id, as nobody else tells them apart there."""
        return f"{self._elders[person]} ({self._elder_ids[person]})" if part == "elder" else self.address(person)


def _list_contacts(schedule: Schedule, called: _Names, whom: set[int]) -> dict[int, list[str]]:
    """Return a line for each elder of each of these volunteers, with the days."""
    days: dict[int, dict[int, dict[int, list[int]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    mine = schedule.select(np.isin(schedule.volunteer, list(whom)))
    order = np.argsort(mine.day, kind="stable")
    rows = zip(
        mine.volunteer[order].tolist(),
        mine.elder[order].tolist(),
        mine.kind[order].tolist(),
        mine.day[order].astype("datetime64[D]").tolist(),
        strict=True,
    )
    for volunteer, elder, kind, day in rows:
        days[volunteer][elder][kind].append(day.day)
    lines = {}
    for volunteer, elders in days.items():
        names = called.show_elders(elders)
        lines[volunteer] = [
            _("{elder}: {contacts}").format(
                elder=names[elder],
                contacts=_("; ").join(
                    _(_KINDS[kind]).format(days=_(", ").join(map(str, kinds[kind]))) for kind in sorted(kinds)
                ),
            )
            for elder, kinds in elders.items()
        ]
    return lines


def _write_change(notice: Notice, called: _Names) -> str:
    sentence = write_notice(notice, called.show)
    if notice.day is None:
        return sentence
    return _("{month}/{day}: {sentence}").format(month=notice.day.month, day=notice.day.day, sentence=sentence)


def _sort(notices: Iterable[Notice]) -> list[Notice]:
    return sorted(notices, key=lambda one: (one.day or date.min, one.start_min or 0))
