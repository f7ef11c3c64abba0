"""What rules compare of people, as small whole numbers and bit masks: each is made once, on first use.

``None`` where the rosters say nothing: a rule that needs it then has nothing to say. Arrays are over the elders (``e``)
or the volunteers (``v``) of a roster, or one over each, a ``BySide``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.features.codes import (
    ELDER_ANY,
    VOLUNTEER_ANY,
    BySide,
    Mask,
    PairKeys,
    Spelling,
    canonical,
    masks,
    numbered,
    plain,
    told,
)
from matcher.features.households import homes, joined, named, numbers
from matcher.features.priority import is_high_risk
from matcher.roster.model import ANY_TIME, Roster
from matcher.settings import Settings
from matcher.settings.words import ANSWERS

WORKDAYS = (1 << 10) - 1
"""The half-days of Monday to Friday, as ``ANY_TIME``."""
NO_LIMIT = np.iinfo(np.int16).max
_DISTRICT_EDGES = re.compile(r"^(?:中国)?(?:上海市)?|(?:新区|区)$")
_COMMITTEE_END = re.compile(r"(?<=.)(?:居民委员会|居民区|居委会|居委|村民委员会|村委会|村委)$")
_recent: list[Features] = []


class Features:
    """The features of a roster's people, under settings that say which words mean the same."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self._roster = roster
        self._settings = settings

    def are_of(self, roster: Roster, settings: Settings) -> bool:
        """Whether they are that roster's, under those settings."""
        return self._roster is roster and self._settings == settings

    @cached_property
    def areas(self) -> tuple[BySide | None, BySide | None, BySide | None]:
        """Numbers of district, subdistrict and committee by their names, -1 unknown; None where one side knows none.

        Equal numbers are equal names, which two areas may share whose wider areas differ.
        """
        return numbered(self._districts), numbered(self._texts("subdistrict")), numbered(self._committees)

    @cached_property
    def committee(self) -> BySide | None:
        """Numbers of the residents' committees, -1 unknown: one where all three names are."""
        return numbered(self._districts, self._texts("subdistrict"), self._committees)

    @cached_property
    def compound(self) -> BySide | None:
        """Numbers of the compounds, -1 unknown: one where its name, the subdistrict's and the district's are."""
        return numbered(self._districts, self._texts("subdistrict"), self._texts("compound"))

    @cached_property
    def building(self) -> BySide | None:
        """Numbers of the buildings, -1 unknown."""
        return numbered(self._texts("building"))

    @cached_property
    def lane(self) -> BySide | None:
        """Numbers of the lanes, -1 unknown."""
        return numbered(self._texts("lane"))

    @cached_property
    def sex(self) -> BySide | None:
        """The sex that each elder asks for or would like, and each volunteer's: 1 female, 2 male, 0 any or unknown."""
        wanted = self._roster.elders["wanted_sex"].str.removesuffix("_preferred")
        both = BySide(_sexes(wanted), _sexes(self._roster.volunteers["sex"]))
        return both if both.e.any() and both.v.any() else None

    @cached_property
    def sex_is_required(self) -> Mask:
        """Which elders ask for it, rather than would like it."""
        return np.asarray(self._roster.elders["wanted_sex"].isin(["female", "male"]), dtype=bool)

    @cached_property
    def languages(self) -> tuple[BySide, ...]:
        """Bits of the languages that each speaks, as many masks as are needed; empty where one side tells none.

        Two share a bit where they share a language, or where nobody knows what one of them speaks.
        """
        return self._masks("languages", "languages", ELDER_ANY | VOLUNTEER_ANY)

    @cached_property
    def wanted_languages(self) -> tuple[BySide, ...]:
        """Bits of the languages that each elder asks for and each volunteer speaks; who asks for none shares one."""
        return self._masks("wanted_languages", "languages", ELDER_ANY)

    @cached_property
    def interests(self) -> tuple[BySide, ...]:
        """Bits of each one's interests."""
        return self._masks("interests", "interests")

    @cached_property
    def _canonical(self) -> Spelling:
        return canonical(self._settings.words.same)

    @cached_property
    def needs(self) -> tuple[BySide, ...]:
        """Bits of each elder's needs, and of those that each volunteer's skills answer."""
        one = self._canonical
        answers: dict[str, set[str]] = {}
        for need, skills in chain(ANSWERS.items(), self._settings.needs.answered_by.items()):
            for skill in (need, *skills):
                answers.setdefault(one(skill), set()).add(one(need))

        def answered(skills: Sequence[str]) -> Iterable[str]:
            names = [one(skill) for skill in skills]
            return chain(names, *(answers.get(name, ()) for name in names))

        return masks(
            self._roster.elders["needs"],
            lambda needs: map(one, needs),
            self._roster.volunteers["skills"],
            answered,
        )

    @cached_property
    def free(self) -> BySide | None:
        """The half-days of the week on which each can and contacts are planned, bits as ``ANY_TIME``."""
        planned = ANY_TIME if self._settings.schedule.weekends else WORKDAYS
        sides = [
            frame["availability"].to_numpy().astype(np.int64) & planned
            for frame in (self._roster.elders, self._roster.volunteers)
        ]
        if all((side == planned).all() for side in sides):
            return None
        return BySide(sides[0].astype(np.int16), sides[1].astype(np.int16))

    @cached_property
    def floors(self) -> BySide | None:
        """The floor of each elder's home without a lift, else 0; the highest that each volunteer can climb to.

        ``NO_LIMIT`` where a volunteer does not say.
        """
        elders = self._roster.elders
        floor = elders["floor"].fillna(0.0).to_numpy().astype(np.int16)
        most = self._roster.volunteers["max_floor"].fillna(float(NO_LIMIT)).to_numpy().astype(np.int16)
        stairs = np.where((elders["lift"] == "no").to_numpy(), np.maximum(floor, 0), 0).astype(np.int16)
        return BySide(stairs, most) if (stairs > 1).any() and (most < NO_LIMIT).any() else None

    @cached_property
    def own_limit_m(self) -> NDArray[np.float64] | None:
        """The longest walk that each volunteer is ready for, infinite where it is not said."""
        limit = self._roster.volunteers["max_walk_m"].fillna(np.inf).to_numpy(np.float64)
        return limit if np.isfinite(limit).any() else None

    @cached_property
    def dementia(self) -> BySide | None:
        """Which elders have dementia, which volunteers have done a course in its care."""
        training = self._settings.training
        ill = told(self._roster.elders["health"], training.dementia_words)
        return _where_told(ill, self._trained(training.dementia_courses))

    @cached_property
    def high_risk(self) -> BySide | None:
        """Which elders are of high risk or cannot look after themselves, which volunteers have done a course for it."""
        return _where_told(is_high_risk(self._roster.elders), self._trained(self._settings.training.high_risk_courses))

    @cached_property
    def served_elsewhere(self) -> Mask | None:
        """Elders whom another programme visits already."""
        told = self._roster.elders["served_elsewhere"]
        mask = np.asarray(told != "", dtype=bool)
        return mask if mask.any() else None

    @cached_property
    def household(self) -> PairKeys | None:
        """Pairs of one address, rooms included."""
        elders, volunteers = self._roster.elders, self._roster.volunteers
        elder, volunteer = joined(homes(elders, volunteers), homes(volunteers, elders))
        return PairKeys.of(elder, volunteer, len(elders), len(volunteers))

    @cached_property
    def contacts(self) -> PairKeys | None:
        """Pairs of an elder and the emergency contact: the phone is the volunteer's and the name is in the cell."""
        elders, volunteers = self._roster.elders, self._roster.volunteers
        elder, volunteer = joined(numbers(elders["emergency_contact_phone"]), numbers(volunteers["phone"]))
        names = volunteers["name"].map(plain).to_numpy(object)[volunteer]
        cells = elders["emergency_contact"].to_numpy(object)[elder]
        told_of = np.array([name != "" and name in plain(cell) for name, cell in zip(names, cells, strict=True)], bool)
        return PairKeys.of(elder[told_of], volunteer[told_of], len(elders), len(volunteers))

    @cached_property
    def acquainted(self) -> PairKeys | None:
        """Pairs of whom one names the other; ids that are on no roster are nobody's."""
        elders, volunteers = self._roster.elders, self._roster.volunteers
        of_elder, to_volunteer = named(elders["acquainted"], volunteers["id"])
        of_volunteer, to_elder = named(volunteers["acquainted"], elders["id"])
        elder, volunteer = np.concatenate([of_elder, to_elder]), np.concatenate([to_volunteer, of_volunteer])
        return PairKeys.of(elder, volunteer, len(elders), len(volunteers))

    def _texts(self, name: str, spell: Callable[[str], str] | None = None) -> tuple[pd.Series, pd.Series]:
        """A column of both, spelt alike."""
        spell = spell or plain
        columns = [frame[name] for frame in (self._roster.elders, self._roster.volunteers)]
        elders, volunteers = (column.map({text: spell(text) for text in column.unique()}) for column in columns)
        return elders, volunteers

    @cached_property
    def _districts(self) -> tuple[pd.Series, pd.Series]:
        return self._texts("district", lambda name: _DISTRICT_EDGES.sub("", plain(name)))

    @cached_property
    def _committees(self) -> tuple[pd.Series, pd.Series]:
        return self._texts("committee", lambda name: _COMMITTEE_END.sub("", plain(name)))

    def _masks(self, of_elders: str, of_volunteers: str, empty: int = 0) -> tuple[BySide, ...]:
        def spelt(cell: Sequence[str]) -> Iterable[str]:
            return map(self._canonical, cell)

        return masks(self._roster.elders[of_elders], spelt, self._roster.volunteers[of_volunteers], spelt, empty)

    def _trained(self, parts: Sequence[str]) -> Mask | None:
        """Who has done a course of one of the names; None where nobody tells of any course at all."""
        cells = self._roster.volunteers["training"]
        return told(cells, parts) if any(cells) else None


def compute_features(roster: Roster, settings: Settings) -> Features:
    """The features of a roster under these settings; those asked for last are not made again."""
    if not (_recent and _recent[0].are_of(roster, settings)):
        _recent[:] = [Features(roster, settings)]
    return _recent[0]


def _sexes(column: pd.Series) -> NDArray[np.int8]:
    return column.map({"female": 1, "male": 2}).fillna(0).to_numpy().astype(np.int8)


def _where_told(elders: Mask, volunteers: Mask | None) -> BySide | None:
    return None if volunteers is None or not elders.any() else BySide(elders, volunteers)
