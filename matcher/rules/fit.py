"""Rules about what the two are like: whether wishes, languages, stairs, training and interests fit."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from matcher.features import NO_LIMIT, BySide, Features
from matcher.i18n import N_
from matcher.rules.base import Block, Cost, Loosened, Mask, Rule
from matcher.rules.moded import ModedRule

MOST_FLOORS = 120
"""The most floors that a setting may ask for."""


class Sex(ModedRule):
    """The rule that the volunteer is of the sex that the elder asks for or prefers. An unknown sex is not it."""

    name = "sex"
    sentence = N_("the volunteer is known to be of the sex that the elder asks for")
    reads = ("sex.mode", "sex.penalty_m")
    change_reason = "sex"
    mode_path = "sex.mode"
    penalty_path = "sex.penalty_m"

    def bar_pairs(self, features: Features, block: Block) -> Mask | None:
        """Return pairs of another sex than the elder asks for, where that is hard."""
        if self.get_mode(features) != "hard" or (other := self.find_breaches(features, block)) is None:
            return None
        return np.asarray(other & features.people.sex_is_required[block.elder])

    def compute_cost_m(self, features: Features, block: Block) -> Cost | None:
        """Return the penalty of another sex than the elder prefers, or asks for where that is soft."""
        mode, penalty_m = self.get_mode(features), features.settings.sex.penalty_m
        if mode == "off" or not penalty_m or (other := self.find_breaches(features, block)) is None:
            return None
        if mode == "hard":
            other &= ~features.people.sex_is_required[block.elder]
        return other * np.int64(penalty_m)

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs of another sex than the elder asks for or prefers."""
        sex = features.people.sex
        if sex is None:
            return None
        wanted = sex.e[block.elder]
        return np.asarray((wanted > 0) & (wanted != sex.v[block.volunteer]))


class WantedLanguage(ModedRule):
    """The rule that the volunteer speaks a language that the elder asks for. An unknown language is not one."""

    name = "wanted_language"
    sentence = N_("the volunteer is known to speak a language that the elder asks for")
    reads = ("language.wanted", "language.penalty_m", "words.same")
    change_reason = "wanted_language"
    mode_path = "language.wanted"
    penalty_path = "language.penalty_m"

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs whose volunteer speaks none of them."""
        return _share_nothing(features.people.wanted_languages, block)


class CommonLanguage(ModedRule):
    """The rule that the two share a language, as far as it is known what they speak."""

    name = "common_language"
    sentence = N_("the two have a language in common")
    reads = ("language.common", "language.penalty_m", "words.same")
    change_reason = "common_language"
    mode_path = "language.common"
    penalty_path = "language.penalty_m"

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs who share none."""
        return _share_nothing(features.people.languages, block)


def _share_nothing(masks: tuple[BySide, ...], block: Block) -> Mask | None:
    """Return pairs without a bit in common."""
    nothing: Mask | None = None
    for bits in masks:
        none = (bits.e[block.elder] & bits.v[block.volunteer]) == 0
        nothing = none if nothing is None else nothing & none
    return nothing


class DementiaTraining(ModedRule):
    """The rule that who visits an elder with dementia is trained in its care."""

    name = "dementia_training"
    sentence = N_("an elder with dementia has a volunteer with a course in dementia care")
    reads = ("training.dementia", "training.penalty_m", "training.dementia_words", "training.dementia_courses")
    change_reason = "dementia_training"
    mode_path = "training.dementia"
    penalty_path = "training.penalty_m"

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs of such an elder and a volunteer without a course."""
        return _find_untrained(features.people.dementia, block)


class HighRiskTraining(ModedRule):
    """The rule that who visits an elder of high risk is trained for it."""

    name = "high_risk_training"
    sentence = N_("an elder of high risk has a volunteer with a course in care for them")
    reads = ("training.high_risk", "training.penalty_m", "training.high_risk_courses")
    change_reason = "high_risk_training"
    mode_path = "training.high_risk"
    penalty_path = "training.penalty_m"

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs of such an elder and a volunteer without a course."""
        return _find_untrained(features.people.high_risk, block)


def _find_untrained(who: BySide | None, block: Block) -> Mask | None:
    """Return pairs of an elder who needs a trained volunteer and a volunteer who is not."""
    return None if who is None else np.asarray(who.e[block.elder] & ~who.v[block.volunteer])


class Stairs(ModedRule):
    """The rule that nobody is asked to climb higher than they can."""

    name = "stairs"
    sentence = N_("the volunteer can climb to the elder's floor, or there is a lift")
    reads = ("stairs.mode", "stairs.spare_floors", "stairs.penalty_m", "stairs.climb_m")
    change_reason = "stairs"
    mode_path = "stairs.mode"
    penalty_path = "stairs.penalty_m"

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs whose home is higher up than the volunteer can climb."""
        floors = features.people.floors
        return None if floors is None else np.asarray(self._count_floors_over(features, floors, block) > 0)

    def compute_cost_m(self, features: Features, block: Block) -> Cost | None:
        """Return the cost of floors to climb for those who name a limit; more for floors over it where that is soft."""
        stairs, floors = features.settings.stairs, features.people.floors
        if floors is None or stairs.mode == "off" or not (stairs.climb_m or stairs.mode == "soft"):
            return None
        climbing = np.where(floors.v < NO_LIMIT, stairs.climb_m, 0).astype(np.int64)
        cost = np.maximum(floors.e - 1, 0)[block.elder] * climbing[block.volunteer]
        if stairs.mode == "soft":
            cost += np.maximum(self._count_floors_over(features, floors, block), 0) * np.int64(stairs.penalty_m)
        return np.asarray(cost)

    def loosen(self, features: Features, block: Block) -> Loosened | None:
        """Return how many floors more must be asked of volunteers."""
        floors, barred = features.people.floors, self.bar_pairs(features, block)
        if floors is None or barred is None:
            return None
        more = floors.e[block.elder].astype(np.float64) - floors.v[block.volunteer]
        return Loosened.to_least("stairs.spare_floors", more, MOST_FLOORS, barred)

    def _count_floors_over(self, features: Features, floors: BySide, block: Block) -> NDArray[np.int32]:
        most = np.minimum(floors.v.astype(np.int32) + features.settings.stairs.spare_floors, NO_LIMIT)
        return np.asarray(floors.e[block.elder] - most[block.volunteer])


class Acquainted(Rule):
    """The rule that knowing each other already is worth something."""

    name = "acquainted"
    sentence = N_("knowing each other already is worth some walking")
    reads = ("acquainted.worth_m",)

    def compute_cost_m(self, features: Features, block: Block) -> Cost | None:
        """Return minus the worth where one names the other, or was the other's second volunteer last month."""
        worth_m = features.settings.acquainted.worth_m
        pairs = [known for known in (features.people.acquainted, features.previous_backups) if known is not None]
        if not worth_m or not pairs:
            return None
        known = [some.contain(block.elder, block.volunteer) for some in pairs]
        return np.where(np.logical_or.reduce(known), np.int64(-worth_m), 0)


class SharedWords(Rule):
    """A rule that each word in common is worth something. Subclasses say which words."""

    section: ClassVar[str]
    """The section of the settings with ``worth_m`` and ``most``."""

    def get_words(self, features: Features) -> tuple[BySide, ...]:
        """Return bits of each one's words."""
        raise NotImplementedError

    def compute_cost_m(self, features: Features, block: Block) -> Cost | None:
        """Return minus the worth of each word that both have, of a few at most."""
        section = getattr(features.settings, self.section)
        masks = self.get_words(features) if section.worth_m else ()
        if not masks:
            return None
        shared = [np.bitwise_count(bits.e[block.elder] & bits.v[block.volunteer]) for bits in masks]
        count = shared[0] if len(shared) == 1 else np.sum(shared, axis=0)
        return np.asarray(np.minimum(count, section.most) * np.int64(-section.worth_m))


class Interests(SharedWords):
    """The rule that interests in common are worth something."""

    name = "interests"
    sentence = N_("each interest in common is worth some walking")
    reads = ("interests.worth_m", "interests.most", "words.same")
    section = "interests"

    def get_words(self, features: Features) -> tuple[BySide, ...]:
        """Return interests."""
        return features.people.interests


class Needs(SharedWords):
    """The rule that skills which answer the elder's needs are worth something."""

    name = "needs"
    sentence = N_("each of the elder's needs that the volunteer's skills answer is worth some walking")
    reads = ("needs.worth_m", "needs.most", "needs.answered_by", "words.same")
    section = "needs"

    def get_words(self, features: Features) -> tuple[BySide, ...]:
        """Return needs, and those that skills answer."""
        return features.people.needs
