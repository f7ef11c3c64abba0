"""What rules compare of people, as small whole numbers and bit masks: each is computed once, on first use.

A feature is ``None`` where the rosters say nothing: a rule that needs it then has nothing to say. Arrays are over the
elders (``e``) or the volunteers (``v``) of a roster, or one over each, a ``BySide``.
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
    encode_words,
    holds_any,
    number_names,
    plain,
)
from matcher.features.households import find_homes, find_named_ids, find_phone_numbers, join_equal_texts
from matcher.features.priority import is_high_risk
from matcher.roster.address import strip_committee, strip_town
from matcher.roster.cells import arrow, each, series
from matcher.roster.model import Roster
from matcher.settings import Settings
from matcher.settings.words import ANSWERS, Spelling, collect_nothing_words, unify_words

NO_LIMIT = np.iinfo(np.int16).max
_DISTRICT_EDGES = re.compile(r"^(?:中国)?(?:上海市)?|(?:新区|区)$")
_recent: list[PeopleFeatures] = []
"""The features computed last: trying other settings on one roster computes them once."""


class PeopleFeatures:
    """The features of a roster's people, under settings that say which words mean the same."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self._roster = roster
        self._settings = settings

    def belong_to(self, roster: Roster, settings: Settings) -> bool:
        """Return whether they are that roster's, under those settings."""
        return self._roster is roster and self._settings == settings

    @cached_property
    def areas(self) -> tuple[BySide | None, BySide | None, BySide | None]:
        """Return numbers of district, subdistrict and committee by name, -1 unknown; None where one side knows none.

        Equal numbers are equal names. Two areas of one name may lie in different wider areas.
        """
        return (
            number_names(self._districts),
            number_names(self._towns),
            number_names(self._committees),
        )

    @cached_property
    def committee(self) -> BySide | None:
        """Return numbers of the residents' committees, -1 unknown; equal where all three names are."""
        return number_names(self._districts, self._towns, self._committees)

    @cached_property
    def compound(self) -> BySide | None:
        """Return numbers of the compounds, -1 unknown: one of its name, subdistrict and district."""
        return number_names(self._districts, self._towns, self._spell_column("compound"))

    @cached_property
    def building(self) -> BySide | None:
        """Return numbers of the buildings, -1 unknown."""
        return number_names(self._spell_column("building"))

    @cached_property
    def lane(self) -> BySide | None:
        """Return numbers of the lanes, -1 unknown."""
        return number_names(self._spell_column("lane"))

    @cached_property
    def sex(self) -> BySide | None:
        """Return the sex that each elder asks for or prefers, 0 for none, and each volunteer's: 1 female, 2 male.

        0 is also an unknown sex, which is not the one asked for; None where no elder has such a wish.
        """
        wanted = self._roster.elders["wanted_sex"].str.removesuffix("_preferred")
        both = BySide(_encode_sexes(wanted), _encode_sexes(self._roster.volunteers["sex"]))
        return both if both.e.any() else None

    @cached_property
    def sex_is_required(self) -> Mask:
        """Return which elders ask for it rather than prefer it."""
        return np.asarray(self._roster.elders["wanted_sex"].isin(["female", "male"]), dtype=bool)

    @cached_property
    def languages(self) -> tuple[BySide, ...]:
        """Return bits of the languages that each speaks, as many masks as are needed; empty where one side names none.

        Two share a bit where they share a language, or where nobody knows what one of them speaks.
        """
        return self._encode_words("languages", "languages", ELDER_ANY | VOLUNTEER_ANY)

    @cached_property
    def wanted_languages(self) -> tuple[BySide, ...]:
        """Return bits of the languages that elders ask for and volunteers speak; who asks for none shares one.

        What a volunteer speaks of whom nobody knows it is not what an elder asks for.
        """
        return self._encode_words("wanted_languages", "languages", ELDER_ANY)

    @cached_property
    def interests(self) -> tuple[BySide, ...]:
        """Return bits of each one's interests."""
        return self._encode_words("interests", "interests")

    @cached_property
    def _unify_word(self) -> Spelling:
        """Return the function that gives one word for all that mean the same."""
        return unify_words(self._settings.words.same)

    @cached_property
    def needs(self) -> tuple[BySide, ...]:
        """Return bits of each elder's needs, and of those that each volunteer's skills answer."""
        one = self._unify_word
        answers: dict[str, set[str]] = {}
        for need, skills in chain(ANSWERS.items(), self._settings.needs.answered_by.items()):
            for skill in (need, *skills):
                answers.setdefault(one(skill), set()).add(one(need))

        def answer(skills: Sequence[str]) -> Iterable[str]:
            names = [one(skill) for skill in skills]
            return chain(names, *(answers.get(name, ()) for name in names))

        return encode_words(
            self._roster.elders["needs"],
            lambda needs: map(one, needs),
            self._roster.volunteers["skills"],
            answer,
        )

    @cached_property
    def floors(self) -> BySide | None:
        """Return the floor of each elder's home without a lift, else 0; the highest that each volunteer can climb to.

        ``NO_LIMIT`` where a volunteer does not say.
        """
        elders = self._roster.elders
        floor = elders["floor"].fillna(0.0).to_numpy().astype(np.int16)
        most = self._roster.volunteers["max_floor"].fillna(float(NO_LIMIT)).to_numpy().astype(np.int16)
        stairs = np.where((elders["lift"] == "no").to_numpy(), np.maximum(floor, 0), 0).astype(np.int16)
        return BySide(stairs, most) if (stairs > 1).any() and (most < NO_LIMIT).any() else None

    @cached_property
    def own_limit_m(self) -> NDArray[np.float64] | None:
        """Return the longest walk that each volunteer is ready for, infinite where the roster does not say."""
        limit = self._roster.volunteers["max_walk_m"].fillna(np.inf).to_numpy(np.float64)
        return limit if np.isfinite(limit).any() else None

    @cached_property
    def dementia(self) -> BySide | None:
        """Return which elders have dementia, and which volunteers have done a course in its care."""
        training = self._settings.training
        ill = holds_any(self._roster.elders["health"], training.dementia_words)
        return _join_if_known(ill, self._find_trained(training.dementia_courses))

    @cached_property
    def high_risk(self) -> BySide | None:
        """Return which elders are of high risk or cannot look after themselves, and which volunteers learnt for it."""
        return _join_if_known(
            is_high_risk(self._roster.elders), self._find_trained(self._settings.training.high_risk_courses)
        )

    @cached_property
    def served_elsewhere(self) -> Mask | None:
        """Return elders whom another programme visits already."""
        words = self._settings.words
        nothing = collect_nothing_words(words.nothing, words.anything)
        listed = self._roster.elders["served_elsewhere"]
        mask = np.asarray(listed.map({text: not nothing.answers_no(text) for text in listed.unique()}), dtype=bool)
        return mask if mask.any() else None

    @cached_property
    def household(self) -> PairKeys | None:
        """Return pairs of one address, rooms included."""
        elders, volunteers = self._roster.elders, self._roster.volunteers
        elder, volunteer = join_equal_texts(find_homes(elders, volunteers), find_homes(volunteers, elders))
        return PairKeys.of(elder, volunteer, len(elders), len(volunteers))

    @cached_property
    def emergency_contacts(self) -> PairKeys | None:
        """Return pairs of an elder and the emergency contact: the phone is the volunteer's, the name is in the cell."""
        elders, volunteers = self._roster.elders, self._roster.volunteers
        elder, volunteer = join_equal_texts(
            find_phone_numbers(elders["emergency_contact_phone"]), find_phone_numbers(volunteers["phone"])
        )
        names = volunteers["name"].map(plain).to_numpy(object)[volunteer]
        cells = elders["emergency_contact"].to_numpy(object)[elder]
        is_named = np.array([name != "" and name in plain(cell) for name, cell in zip(names, cells, strict=True)], bool)
        return PairKeys.of(elder[is_named], volunteer[is_named], len(elders), len(volunteers))

    @cached_property
    def acquainted(self) -> PairKeys | None:
        """Return pairs of whom one names the other; ids that are on no roster are nobody's."""
        elders, volunteers = self._roster.elders, self._roster.volunteers
        of_elder, to_volunteer = find_named_ids(elders["acquainted"], volunteers["id"])
        of_volunteer, to_elder = find_named_ids(volunteers["acquainted"], elders["id"])
        elder, volunteer = np.concatenate([of_elder, to_elder]), np.concatenate([to_volunteer, of_volunteer])
        return PairKeys.of(elder, volunteer, len(elders), len(volunteers))

    def _spell_column(self, name: str, spell: Callable[[str], str] | None = None) -> tuple[pd.Series, pd.Series]:
        """Return a column of both sides, spelt alike."""
        columns = [frame[name] for frame in (self._roster.elders, self._roster.volunteers)]
        elders, volunteers = (series(each(arrow(column), spell or plain)) for column in columns)
        return elders, volunteers

    @cached_property
    def _districts(self) -> tuple[pd.Series, pd.Series]:
        return self._spell_column("district", lambda name: _DISTRICT_EDGES.sub("", plain(name)))

    @cached_property
    def _towns(self) -> tuple[pd.Series, pd.Series]:
        return self._spell_column("subdistrict", lambda name: plain(strip_town(name)))

    @cached_property
    def _committees(self) -> tuple[pd.Series, pd.Series]:
        return self._spell_column("committee", lambda name: plain(strip_committee(name)))

    def _encode_words(self, of_elders: str, of_volunteers: str, empty: int = 0) -> tuple[BySide, ...]:
        def spell(cell: Sequence[str]) -> Iterable[str]:
            return map(self._unify_word, cell)

        return encode_words(self._roster.elders[of_elders], spell, self._roster.volunteers[of_volunteers], spell, empty)

    def _find_trained(self, parts: Sequence[str]) -> Mask | None:
        """Return who has done a course of one of the names; None where the roster names no course at all."""
        cells = self._roster.volunteers["training"]
        return holds_any(cells, parts) if any(cells) else None


def compute_people_features(roster: Roster, settings: Settings) -> PeopleFeatures:
    """Return the features of a roster under these settings; those asked for last are not computed again."""
    if not (_recent and _recent[0].belong_to(roster, settings)):
        _recent[:] = [PeopleFeatures(roster, settings)]
    return _recent[0]


def _encode_sexes(column: pd.Series) -> NDArray[np.int8]:
    return column.map({"female": 1, "male": 2}).fillna(0).to_numpy().astype(np.int8)


def _join_if_known(elders: Mask, volunteers: Mask | None) -> BySide | None:
    return None if volunteers is None or not elders.any() else BySide(elders, volunteers)
