"""Fit of the two of a pair, and what it costs: every such rule written again, as loops over the pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.roster.model import Roster
from matcher.settings import Settings
from matcher.settings.matching import Mode
from matcher.verify.cells import Cells
from matcher.verify.homes import HomeClaims
from matcher.verify.words import Vocabulary, committee, district, is_served, plain, share_number, town

Amounts = NDArray[np.float64]
Test = Callable[[int, int], float]
"""Test of an elder and a volunteer: by how much they are against a rule; 0 where they are not."""
T = TypeVar("T")
_LEVELS = ("district", "subdistrict", "committee")


def is_high_risk(risk: str, self_care: str) -> bool:
    """Return whether an elder is of high risk, or cannot look after themselves."""
    return risk == "high" or self_care == "unable"


class Fit:
    """Cells of the rosters that rules compare, and the test of each rule."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self._settings = settings
        self._elders, self._volunteers = Cells(roster.elders), Cells(roster.volunteers)
        self._areas = [_read_areas(side) for side in (self._elders, self._volunteers)]
        self._compounds = [
            [(*within, plain(name)) for (*within, _committee), name in zip(areas, side["compound"], strict=True)]
            for areas, side in zip(self._areas, (self._elders, self._volunteers), strict=True)
        ]
        self.homes = HomeClaims(roster)
        self._vocabulary = Vocabulary(settings.words.same, settings.needs.answered_by)
        self.served_elsewhere = np.array([is_served(text) for text in self._elders["served_elsewhere"]], dtype=bool)

    def measure_against(self, pairs: pd.DataFrame, mode: Mode) -> dict[str, tuple[Amounts, int]]:
        """Return, by rule of a mode, by how much each pair is against it, and what 1 of that costs if it is soft.

        ``pairs`` has roster indices ``elder`` and ``volunteer``, and ``straight_m``.
        """
        asked = self._settings
        family, language, training, stairs = asked.family, asked.language, asked.training, asked.stairs
        rules: dict[str, tuple[Mode, Callable[[], Test | None], int]] = {
            "boundary": (asked.boundary.mode, self._test_boundary, asked.boundary.penalty_m),
            "family": (family.mode, self._test_family, family.penalty_m),
            "wanted_language": (language.wanted, self._test_wanted_language, language.penalty_m),
            "common_language": (language.common, self._test_common_language, language.penalty_m),
            "dementia_training": (training.dementia, self._test_dementia, training.penalty_m),
            "high_risk_training": (training.high_risk, self._test_high_risk, training.penalty_m),
            "stairs": (stairs.mode, lambda: self._count_floors_over, stairs.penalty_m),
        }
        found = {name: (_test_each(pairs, test()), price) for name, (own, test, price) in rules.items() if own == mode}
        if asked.distance.own_limit == mode:
            walk_m = pairs["straight_m"].to_numpy() * asked.distance.detour_factor
            limit_m = np.array([math.inf if math.isnan(m) else m for m in self._volunteers["max_walk_m"]], dtype=float)
            found["own_limit"] = np.nan_to_num(np.maximum(walk_m - limit_m[pairs["volunteer"]], 0.0)), 1
        return found

    def compare_sex(self, pairs: pd.DataFrame) -> tuple[Amounts, Amounts]:
        """Return which pairs are not as the elder asks (1), and which not as the elder would only like (1)."""
        sexes, wanted = self._volunteers["sex"], self._elders["wanted_sex"]
        asked = _test_each(pairs, lambda e, v: wanted[e] in ("female", "male") and wanted[e] != sexes[v])
        liked = _test_each(pairs, lambda e, v: wanted[e].endswith("_preferred") and not _is_liked(wanted[e], sexes[v]))
        return asked, liked

    def compute_worths(self, pairs: pd.DataFrame) -> dict[str, Amounts]:
        """Return, by rule, what each pair costs in metres by rules that it cannot be against.

        What is worth having costs less than 0.
        """
        asked, elders, volunteers = self._settings, self._elders, self._volunteers
        same, words = asked.same, self._vocabulary.names

        likes = [_read_once(words, side["interests"]) for side in (elders, volunteers)]
        needs, skills = _read_once(words, elders["needs"]), _read_once(words, volunteers["skills"])
        answered = self._vocabulary.answered
        climbs = asked.stairs.climb_m if asked.stairs.mode != "off" else 0
        tests: dict[str, tuple[int, Test]] = {
            "same_compound": (-same.compound_m, _test_same_place(self._compounds)),
            "same_committee": (-same.committee_m, _test_same_place(self._areas)),
            "acquainted": (-asked.acquainted.worth_m, self._are_acquainted),
            "interests": (-asked.interests.worth_m, lambda e, v: len(likes[0][e] & likes[1][v])),
            "needs": (-asked.needs.worth_m, lambda e, v: answered(needs[e], skills[v])),
            "stairs": (climbs, self._count_floors_climbed),
        }
        most = {"interests": asked.interests.most, "needs": asked.needs.most}
        homes = {"same_building": ("building", -same.building_m), "same_lane": ("lane", -same.lane_m)}
        found = {
            name: metres * (self.homes.find_one(key, pairs).astype(float) if metres else np.zeros(len(pairs)))
            for name, (key, metres) in homes.items()
        }
        return found | {
            name: metres * np.minimum(_test_each(pairs, test if metres else None), most.get(name, math.inf))
            for name, (metres, test) in tests.items()
        }

    def _test_boundary(self) -> Test | None:
        level = self._settings.boundary.level
        if level == "none":
            return None
        theirs, own = self._areas
        levels = _LEVELS.index(level) + 1

        def are_across(e: int, v: int) -> float:
            names = zip(theirs[e][:levels], own[v][:levels], strict=True)
            return any(a and b and a != b for a, b in names)

        return are_across

    def _test_family(self) -> Test:
        elders, volunteers = self._elders, self._volunteers
        theirs, own = elders["emergency_contact_phone"], volunteers["phone"]
        asked = self._settings.family.contact

        def are_kin(e: int, v: int) -> float:
            if self.homes.are_one_household(e, v):
                return True
            if not asked or not share_number(theirs[e], own[v]):
                return False
            name = plain(volunteers["name"][v])
            return name != "" and name in plain(elders["emergency_contact"][e])

        return are_kin

    def _test_wanted_language(self) -> Test:
        wanted, spoken = self._read_languages("wanted_languages")
        return lambda e, v: bool(wanted[e]) and wanted[e].isdisjoint(spoken[v])

    def _test_common_language(self) -> Test:
        here, there = self._read_languages("languages")
        return lambda e, v: bool(here[e] and there[v]) and here[e].isdisjoint(there[v])

    def _read_languages(self, of_elders: str) -> tuple[list[frozenset[str]], list[frozenset[str]]]:
        names = self._vocabulary.names
        return _read_once(names, self._elders[of_elders]), _read_once(names, self._volunteers["languages"])

    def _test_dementia(self) -> Test | None:
        signs = self._settings.training.dementia_words
        ill = _read_once(lambda cell: _mention(cell, signs), self._elders["health"])
        return self._test_training(ill, self._settings.training.dementia_courses)

    def _test_high_risk(self) -> Test | None:
        elders = zip(self._elders["risk"], self._elders["self_care"], strict=True)
        frail = [is_high_risk(risk, care) for risk, care in elders]
        return self._test_training(frail, self._settings.training.high_risk_courses)

    def _test_training(self, concerned: list[bool], courses: Iterable[str]) -> Test | None:
        done = self._volunteers["training"]
        if not any(done):
            return None
        trained = _read_once(lambda cell: _mention(cell, courses), done)
        return lambda e, v: concerned[e] and not trained[v]

    def _count_floors_over(self, e: int, v: int) -> float:
        most = self._volunteers["max_floor"][v]
        return 0 if math.isnan(most) else max(0, self._read_floor(e) - most - self._settings.stairs.spare_floors)

    def _count_floors_climbed(self, e: int, v: int) -> float:
        return 0 if math.isnan(self._volunteers["max_floor"][v]) else max(0, self._read_floor(e) - 1)

    def _read_floor(self, e: int) -> float:
        floor = self._elders["floor"][e]
        return 0 if self._elders["lift"][e] != "no" or math.isnan(floor) else floor

    def _are_acquainted(self, e: int, v: int) -> float:
        elders, volunteers = self._elders, self._volunteers
        return volunteers["id"][v] in elders["acquainted"][e] or elders["id"][e] in volunteers["acquainted"][v]


def _test_each(pairs: pd.DataFrame, test: Test | None) -> Amounts:
    """Return what a test says of each pair; without a test, 0."""
    two = zip(pairs["elder"].tolist(), pairs["volunteer"].tolist(), strict=True)
    return np.zeros(len(pairs)) if test is None else np.array([test(e, v) for e, v in two], dtype=float)


def _read_once(read: Callable[[Any], T], cells: Sequence[Any]) -> list[T]:
    """Return what is read of each cell; equal cells are read once."""
    known = {cell: read(cell) for cell in set(cells)}
    return [known[cell] for cell in cells]


def _read_areas(side: dict[str, list[Any]]) -> list[tuple[str, ...]]:
    """Return district, subdistrict and committee of each person, by their bare names."""
    spellings: tuple[Callable[[str], str], ...] = (district, town, committee)
    columns = [_read_once(spell, side[name]) for name, spell in zip(_LEVELS, spellings, strict=True)]
    return list(zip(*columns, strict=True))


def _test_same_place(sides: Sequence[Sequence[tuple[str, ...]]]) -> Test:
    """Return the test of whether two live in one place whose last name is known."""
    theirs, own = sides
    return lambda e, v: theirs[e][-1] != "" and theirs[e] == own[v]


def _is_liked(wish: str, sex: str) -> bool:
    return wish == f"{sex}_preferred"


def _mention(words: Iterable[str], parts: Iterable[str]) -> bool:
    return any(plain(part) in plain(word) for word in words for part in parts)
