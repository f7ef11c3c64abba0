"""People as hand-outs tell of them, in full or masked: names, homes, telephones, whom to call, cautions.

National IDs are in no roster column; where one stands in a free text it is hidden here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from math import isnan
from typing import Any

import pandas as pd

from matcher.horizon import Horizon
from matcher.i18n import N_, _, join_words, language
from matcher.outputs.handouts.rows import show_day
from matcher.outputs.tables import Names
from matcher.privacy import hide_national_ids, hide_private, mask_name
from matcher.roster.address import building
from matcher.roster.availability import render
from matcher.roster.model import ANY_TIME

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
"""What no sheet can hold, line ends among them: one cell's text is one line."""
_SELF_CARE = {"partly": N_("needs some care"), "unable": N_("cannot care for themselves")}
_HIGHEST_WITHOUT_STAIRS = 1
_ELDER_COLUMNS = (
    *("id", "name", "address", "phone", "floor", "lift", "emergency_contact", "emergency_contact_relation"),
    *("emergency_contact_phone", "risk", "self_care", "health", "languages", "availability", "clock", "days_off"),
    *("subdistrict", "committee"),
)


class People:
    """Both rosters as hand-outs show them, by roster index."""

    def __init__(self, elders: pd.DataFrame, volunteers: pd.DataFrame, horizon: Horizon, names: Names) -> None:
        self._full = names == "full"
        self._horizon = horizon
        self._elders: dict[str, list[Any]] = {name: elders[name].tolist() for name in _ELDER_COLUMNS}
        self._volunteers: dict[str, list[Any]] = {
            name: volunteers[name].tolist() for name in ("id", "name", "phone", "role", "days_off")
        }

    @property
    def elder_ids(self) -> Sequence[str]:
        """Return the elders' ids."""
        return self._elders["id"]

    @property
    def volunteer_ids(self) -> Sequence[str]:
        """Return the volunteers' ids."""
        return self._volunteers["id"]

    def name_elder(self, elder: int) -> str:
        """Return an elder's name."""
        return self._name(self._elders["name"][elder])

    def name_volunteer(self, volunteer: int) -> str:
        """Return a volunteer's name."""
        return self._name(self._volunteers["name"][volunteer])

    def is_leader(self, volunteer: int) -> bool:
        """Return whether a volunteer leads a team."""
        return bool(self._volunteers["role"][volunteer] == "leader")

    def get_elder_phone(self, elder: int) -> str:
        """Return an elder's telephone number; empty where masked."""
        return self._phone(self._elders["phone"][elder])

    def get_volunteer_phone(self, volunteer: int) -> str:
        """Return a volunteer's telephone number; empty where masked."""
        return self._phone(self._volunteers["phone"][volunteer])

    def get_door(self, elder: int) -> str:
        """Return where to ring: the address, to which the floor belongs; masked, the building."""
        address = clean(self._elders["address"][elder])
        if not self._full:
            return hide_private(building(address))
        floor, lift = self._elders["floor"][elder], self._elders["lift"][elder]
        told = [] if isnan(floor) else [_("floor {floor}").format(floor=int(floor))]
        if lift == "yes":  # that there is none is told among the cautions
            told.append(_("lift"))
        return _list([text for text in (address, *told) if text])

    def get_emergency_contact(self, elder: int) -> str:
        """Return whom to call in an emergency, with relation and telephone; empty where masked or nobody is told."""
        if not self._full:
            return ""
        row = {name: clean(self._elders[f"emergency_contact{name}"][elder]) for name in ("", "_relation", "_phone")}
        relation = f"({row['_relation']})" if row["_relation"] else ""
        if language() == "zh":
            relation = relation.replace("(", "（").replace(")", "）")
        return " ".join(filter(None, (row[""] + relation, row["_phone"])))

    def list_missing(self, elder: int) -> list[str]:
        """Return which particulars the roster lacks of an elder, in words."""
        words = {"address": _("address"), "phone": _("telephone"), "emergency_contact_phone": _("emergency contact")}
        return [word for name, word in words.items() if not self._elders[name][elder].strip()]

    def get_cautions(self, elder: int) -> str:
        """Return what to mind with an elder: risk, self-care, health, language, stairs, hours."""
        row = {name: self._elders[name][elder] for name in _ELDER_COLUMNS}
        told = [_("high risk")] if row["risk"] == "high" else []
        if care := _SELF_CARE.get(row["self_care"]):
            told.append(_(care))
        hide = self._hide()
        told += [hide(text) for text in row["health"]]
        if row["languages"]:
            told.append(_("speaks {languages}").format(languages=_list([hide(text) for text in row["languages"]])))
        if row["lift"] == "no" and row["floor"] > _HIGHEST_WITHOUT_STAIRS:
            told.append(_("no lift"))
        if row["availability"] != ANY_TIME or row["clock"]:
            told.append(_("at home: {hours}").format(hours=render(int(row["availability"]), row["clock"])))
        if away := self._list_days_off(row["days_off"]):
            told.append(_("not on {days}").format(days=away))
        return _SEPARATOR[language()].join(told)

    def get_absence(self, volunteer: int) -> str:
        """Return the days of the month on which a volunteer is away; empty for none."""
        away = self._list_days_off(self._volunteers["days_off"][volunteer])
        return _("not on {days}").format(days=away) if away else ""

    def name_area(self, elder: int) -> str:
        """Return where an elder lives, as far as a list may tell: the residents' committee."""
        return clean(self._elders["committee"][elder]) or clean(self._elders["subdistrict"][elder])

    def hide(self, text: str) -> str:
        """Return a sentence without what no hand-out of its kind shows."""
        return self._hide()(text)

    def _hide(self) -> Callable[[str], str]:
        return clean if self._full else lambda text: hide_private(clean(text))

    def _name(self, name: str) -> str:
        name = clean(name)
        return name if self._full else mask_name(name)

    def _phone(self, phone: str) -> str:
        return clean(phone) if self._full else ""

    def _list_days_off(self, days: Sequence[date]) -> str:
        """Return the days that lie in the month, those in a row as one."""
        inside = sorted({day for day in days if self._horizon.start <= day <= self._horizon.end})
        runs: list[tuple[date, date]] = []
        for day in inside:
            if runs and (day - runs[-1][1]).days == 1:
                runs[-1] = runs[-1][0], day
            else:
                runs.append((day, day))
        shown = [
            show_day(first, weekday=False) + ("" if first == last else f"–{show_day(last, weekday=False)}")
            for first, last in runs
        ]
        return _list(shown)


_SEPARATOR = {"zh": "；", "en": "; "}


def _list(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    return join_words(words)


def clean(text: str) -> str:
    """Return a roster's text as one line that any sheet can hold, without national IDs."""
    return hide_national_ids(_UNFIT.sub(" ", text).strip())
