"""Whether the two of a pair fit each other, and what that costs: every such rule anew, as loops over the pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.roster.model import Roster
from matcher.settings import Settings
from matcher.verify.words import Vocabulary, committee, district, is_served, phones, plain, room

Amounts = NDArray[np.float64]
Test = Callable[[int, int], float]
"""Of an elder and a volunteer, by how much they are against a rule; 0 where they are not."""
_WEEKENDS = 0b1111 << 10
_LEVELS = ("district", "subdistrict", "committee")


class Fit:
    """What rosters say of each one, and the tests of each rule."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self._settings = settings
        self._elders = {str(name): column.tolist() for name, column in roster.elders.items()}
        self._volunteers = {str(name): column.tolist() for name, column in roster.volunteers.items()}
        self._vocabulary = Vocabulary(settings.words.same, settings.needs.answered_by)
        self.served_elsewhere = np.array([is_served(text) for text in self._elders["served_elsewhere"]], dtype=bool)

    def against(self, pairs: pd.DataFrame) -> dict[str, tuple[str, Amounts, int]]:
        """By rule: its mode, by how much each pair is against it (0: not at all), and what 1 of that costs if soft.

        ``pairs`` has roster indices ``elder`` and ``volunteer``, and ``straight_m``.
        """
        asked = self._settings
        family, language, training, stairs = asked.family, asked.language, asked.training, asked.stairs
        walk_m = pairs["straight_m"].to_numpy() * asked.distance.detour_factor
        limit_m = np.array([math.inf if math.isnan(m) else m for m in self._volunteers["max_walk_m"]], dtype=float)
        over_m = np.nan_to_num(np.maximum(walk_m - limit_m[pairs["volunteer"]], 0.0))
        rules: dict[str, tuple[str, Test | None, int]] = {
            "boundary": (asked.boundary.mode, self._across, asked.boundary.price_m),
            "family": (family.mode, self._kin(), family.price_m),
            "wanted_language": (language.wanted, self._wanted_language(), language.price_m),
            "common_language": (language.common, self._common_language(), language.price_m),
            "dementia_training": (training.dementia, self._dementia(), training.price_m),
            "high_risk_training": (training.high_risk, self._high_risk(), training.price_m),
            "stairs": (stairs.mode, self._floors_over, stairs.price_m),
            "common_time": (asked.availability.mode, self._no_common_time, asked.availability.price_m),
        }
        found = {name: (mode, _each(pairs, test), price) for name, (mode, test, price) in rules.items()}
        return found | {"own_limit": (asked.distance.own_limit, over_m, 1)}

    def gender(self, pairs: pd.DataFrame) -> tuple[Amounts, Amounts]:
        """Which pairs are not as the elder asks, and which not as the elder would only like (1; 0: they are)."""
        sexes, wanted = self._volunteers["sex"], self._elders["wanted_sex"]
        if not any(sexes):
            return np.zeros(len(pairs)), np.zeros(len(pairs))
        asked = _each(pairs, lambda e, v: wanted[e] in ("female", "male") and wanted[e] != sexes[v])
        liked = _each(pairs, lambda e, v: wanted[e].endswith("_preferred") and not _is(wanted[e], sexes[v]))
        return asked, liked

    def worths(self, pairs: pd.DataFrame) -> dict[str, Amounts]:
        """By rule, what each pair costs that is not against anything: below 0 for what is worth having, metres."""
        asked, elders, volunteers = self._settings, self._elders, self._volunteers
        same, words = asked.same, self._vocabulary.names

        def equal(name: str) -> Test:
            return lambda e, v: elders[name][e] == volunteers[name][v] != ""

        likes = [[words(cell) for cell in side["interests"]] for side in (elders, volunteers)]
        needs, skills = [words(cell) for cell in elders["needs"]], [words(cell) for cell in volunteers["skills"]]
        answered = self._vocabulary.answered
        climbs = asked.stairs.climb_m if asked.stairs.mode != "off" else 0
        return {
            "same_building": -same.building_m * _each(pairs, equal("building")),
            "same_lane": -same.lane_m * _each(pairs, equal("lane")),
            "same_compound": -same.compound_m * _each(pairs, self._one_compound),
            "same_committee": -same.committee_m * _each(pairs, self._one_committee),
            "acquainted": -asked.acquainted.worth_m * _each(pairs, self._know),
            "interests": -asked.interests.worth_m
            * np.minimum(_each(pairs, lambda e, v: len(likes[0][e] & likes[1][v])), asked.interests.most),
            "needs": -asked.needs.worth_m
            * np.minimum(_each(pairs, lambda e, v: answered(needs[e], skills[v])), asked.needs.most),
            "stairs": climbs * _each(pairs, self._floors_climbed),
        }

    def _areas(self, side: dict[str, list[Any]], who: int) -> tuple[str, str, str]:
        return district(side["district"][who]), plain(side["subdistrict"][who]), committee(side["committee"][who])

    def _across(self, e: int, v: int) -> float:
        level = self._settings.boundary.level
        if level == "none":
            return 0
        here, there = self._areas(self._elders, e), self._areas(self._volunteers, v)
        names = list(zip(here, there, strict=True))[: _LEVELS.index(level) + 1]
        return any(a and b and a != b for a, b in names)

    def _one_committee(self, e: int, v: int) -> float:
        here = self._areas(self._elders, e)
        return here[2] != "" and here == self._areas(self._volunteers, v)

    def _one_compound(self, e: int, v: int) -> float:
        here, there = (
            (district(side["district"][who]), plain(side["compound"][who]))
            for side, who in ((self._elders, e), (self._volunteers, v))
        )
        return here[1] != "" and here == there

    def _kin(self) -> Test:
        elders, volunteers = self._elders, self._volunteers
        contacts = self._settings.family.contact

        def kin(e: int, v: int) -> float:
            if elders["building"][e] == volunteers["building"][v] != "":
                home = room(elders["address"][e])
                if home and home == room(volunteers["address"][v]):
                    return True
            name = plain(volunteers["name"][v])
            named = contacts and name != "" and name in plain(elders["emergency_contact"][e])
            return named and bool(phones(elders["emergency_contact_phone"][e]) & phones(volunteers["phone"][v]))

        return kin

    def _wanted_language(self) -> Test | None:
        wanted, spoken = self._languages("wanted_languages")
        if not any(spoken):
            return None
        return lambda e, v: bool(wanted[e]) and wanted[e].isdisjoint(spoken[v])

    def _common_language(self) -> Test:
        here, there = self._languages("languages")
        return lambda e, v: bool(here[e] and there[v]) and here[e].isdisjoint(there[v])

    def _languages(self, of_elders: str) -> tuple[list[frozenset[str]], list[frozenset[str]]]:
        names = self._vocabulary.names
        return [names(cell) for cell in self._elders[of_elders]], [
            names(cell) for cell in self._volunteers["languages"]
        ]

    def _dementia(self) -> Test | None:
        signs = self._settings.training.dementia_words
        ill = [_speaks_of(cell, signs) for cell in self._elders["health"]]
        return self._untrained(ill, self._settings.training.dementia_courses)

    def _high_risk(self) -> Test | None:
        elders = zip(self._elders["risk"], self._elders["self_care"], strict=True)
        frail = [risk == "high" or care == "unable" for risk, care in elders]
        return self._untrained(frail, self._settings.training.high_risk_courses)

    def _untrained(self, concerned: list[bool], courses: Iterable[str]) -> Test | None:
        done = self._volunteers["training"]
        if not any(done):
            return None
        trained = [_speaks_of(cell, courses) for cell in done]
        return lambda e, v: concerned[e] and not trained[v]

    def _floors_over(self, e: int, v: int) -> float:
        most = self._volunteers["max_floor"][v]
        return 0 if math.isnan(most) else max(0, self._floor(e) - most - self._settings.stairs.spare_floors)

    def _floors_climbed(self, e: int, v: int) -> float:
        return 0 if math.isnan(self._volunteers["max_floor"][v]) else max(0, self._floor(e) - 1)

    def _floor(self, e: int) -> float:
        floor = self._elders["floor"][e]
        return 0 if self._elders["lift"][e] != "no" or math.isnan(floor) else floor

    def _no_common_time(self, e: int, v: int) -> float:
        both = self._elders["availability"][e] & self._volunteers["availability"][v]
        return not (both if self._settings.schedule.weekends else both & ~_WEEKENDS)

    def _know(self, e: int, v: int) -> float:
        elders, volunteers = self._elders, self._volunteers
        return volunteers["id"][v] in elders["acquainted"][e] or elders["id"][e] in volunteers["acquainted"][v]


def _each(pairs: pd.DataFrame, test: Test | None) -> Amounts:
    two = zip(pairs["elder"].tolist(), pairs["volunteer"].tolist(), strict=True)
    return np.zeros(len(pairs)) if test is None else np.array([test(e, v) for e, v in two], dtype=float)


def _is(wish: str, sex: str) -> bool:
    return wish == f"{sex}_preferred"


def _speaks_of(words: Iterable[str], parts: Iterable[str]) -> bool:
    return any(plain(part) in plain(word) for word in words for part in parts)
