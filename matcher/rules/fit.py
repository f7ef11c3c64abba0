"""Rules about what the two are like: whether each other's wishes, languages, hours, stairs and learning fit."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from matcher.features import NO_LIMIT, BySide
from matcher.i18n import N_
from matcher.month import MonthData
from matcher.rules.base import Block, Cost, Loosened, Mask, Rule
from matcher.rules.moded import ModedRule

MOST_FLOORS = 120
"""The most floors that a setting may ask for."""


class Sex(ModedRule):
    """The volunteer is of the sex that the elder asks for, or would like. A sex that is not known is not it."""

    name = "sex"
    sentence = N_("the volunteer is of the sex that the elder asks for")
    reads = ("sex.mode", "sex.penalty_m")
    mode_path = "sex.mode"
    penalty_path = "sex.penalty_m"

    def bars_pairs(self, month: MonthData, block: Block) -> Mask | None:
        """Another sex than an elder asks for, where that is hard."""
        if self.mode(month) != "hard" or (other := self.against(month, block)) is None:
            return None
        return np.asarray(other & month.features.sex_is_required[block.elder])

    def cost_m(self, month: MonthData, block: Block) -> Cost | None:
        """The price of another sex than an elder would like, and of one than an elder asks for where that is soft."""
        mode, penalty_m = self.mode(month), month.settings.sex.penalty_m
        if mode == "off" or not penalty_m or (other := self.against(month, block)) is None:
            return None
        if mode == "hard":
            other &= ~month.features.sex_is_required[block.elder]
        return other * np.int64(penalty_m)

    def against(self, month: MonthData, block: Block) -> Mask | None:
        """Another sex than an elder asks for or would like."""
        sex = month.features.sex
        if sex is None:
            return None
        wanted = sex.e[block.elder]
        return np.asarray((wanted > 0) & (wanted != sex.v[block.volunteer]))


class WantedLanguage(ModedRule):
    """The volunteer speaks a language that the elder asks for."""

    name = "wanted_language"
    sentence = N_("the volunteer speaks a language that the elder asks for")
    reads = ("language.wanted", "language.penalty_m", "words.same")
    mode_path = "language.wanted"
    penalty_path = "language.penalty_m"

    def against(self, month: MonthData, block: Block) -> Mask | None:
        """Volunteers who speak none of them."""
        return _nothing_shared(month.features.wanted_languages, block)


class CommonLanguage(ModedRule):
    """The two share a language, as far as it is known what they speak."""

    name = "common_language"
    sentence = N_("the two have a language in common")
    reads = ("language.common", "language.penalty_m", "words.same")
    mode_path = "language.common"
    penalty_path = "language.penalty_m"

    def against(self, month: MonthData, block: Block) -> Mask | None:
        """Two who share none."""
        return _nothing_shared(month.features.languages, block)


def _nothing_shared(masks: tuple[BySide, ...], block: Block) -> Mask | None:
    """Pairs without a bit in common."""
    nothing: Mask | None = None
    for bits in masks:
        none = (bits.e[block.elder] & bits.v[block.volunteer]) == 0
        nothing = none if nothing is None else nothing & none
    return nothing


class DementiaTraining(ModedRule):
    """Who visits an elder with dementia has learnt how."""

    name = "dementia_training"
    sentence = N_("an elder with dementia has a volunteer with a course in dementia care")
    reads = ("training.dementia", "training.penalty_m", "training.dementia_words", "training.dementia_courses")
    mode_path = "training.dementia"
    penalty_path = "training.penalty_m"

    def against(self, month: MonthData, block: Block) -> Mask | None:
        """Such elders and volunteers without one."""
        return _untrained(month.features.dementia, block)


class HighRiskTraining(ModedRule):
    """Who visits an elder of high risk has learnt how."""

    name = "high_risk_training"
    sentence = N_("an elder of high risk has a volunteer with a course in care for them")
    reads = ("training.high_risk", "training.penalty_m", "training.high_risk_courses")
    mode_path = "training.high_risk"
    penalty_path = "training.penalty_m"

    def against(self, month: MonthData, block: Block) -> Mask | None:
        """Such elders and volunteers without one."""
        return _untrained(month.features.high_risk, block)


def _untrained(who: BySide | None, block: Block) -> Mask | None:
    return None if who is None else np.asarray(who.e[block.elder] & ~who.v[block.volunteer])


class Stairs(ModedRule):
    """Nobody is asked to climb higher than they can."""

    name = "stairs"
    sentence = N_("the volunteer can climb to the elder's floor, or there is a lift")
    reads = ("stairs.mode", "stairs.spare_floors", "stairs.penalty_m", "stairs.climb_m")
    mode_path = "stairs.mode"
    penalty_path = "stairs.penalty_m"

    def against(self, month: MonthData, block: Block) -> Mask | None:
        """Homes higher up than the volunteer can climb."""
        floors = month.features.floors
        return None if floors is None else np.asarray(self._over(month, floors, block) > 0)

    def cost_m(self, month: MonthData, block: Block) -> Cost | None:
        """The price of each floor too many where that is soft; each floor to climb, for those who say what they can."""
        stairs, floors = month.settings.stairs, month.features.floors
        if floors is None or stairs.mode == "off" or not (stairs.climb_m or stairs.mode == "soft"):
            return None
        climbing = np.where(floors.v < NO_LIMIT, stairs.climb_m, 0).astype(np.int64)
        cost = np.maximum(floors.e - 1, 0)[block.elder] * climbing[block.volunteer]
        if stairs.mode == "soft":
            cost += np.maximum(self._over(month, floors, block), 0) * np.int64(stairs.penalty_m)
        return np.asarray(cost)

    def loosened(self, month: MonthData, block: Block) -> Loosened | None:
        """The floors more that may be asked of volunteers."""
        floors, barred = month.features.floors, self.bars_pairs(month, block)
        if floors is None or barred is None:
            return None
        more = floors.e[block.elder].astype(np.float64) - floors.v[block.volunteer]
        return Loosened.to_least("stairs.spare_floors", more, MOST_FLOORS, barred)

    def _over(self, month: MonthData, floors: BySide, block: Block) -> NDArray[np.int32]:
        most = np.minimum(floors.v.astype(np.int32) + month.settings.stairs.spare_floors, NO_LIMIT)
        return np.asarray(floors.e[block.elder] - most[block.volunteer])


class CommonTime(ModedRule):
    """There is a half-day of the week on which both can."""

    name = "common_time"
    sentence = N_("there is a half-day of the week on which both can")
    reads = ("availability.mode", "availability.penalty_m", "schedule.weekends")
    mode_path = "availability.mode"
    penalty_path = "availability.penalty_m"

    def against(self, month: MonthData, block: Block) -> Mask | None:
        """Two who never can on the same half-day."""
        free = month.features.free
        return None if free is None else _nothing_shared((free,), block)


class Acquainted(Rule):
    """Two who know each other already."""

    name = "acquainted"
    sentence = N_("knowing each other already is worth some walking")
    reads = ("acquainted.worth_m",)

    def cost_m(self, month: MonthData, block: Block) -> Cost | None:
        """Minus the worth where one names the other, or was last month's second volunteer of theirs."""
        worth_m = month.settings.acquainted.worth_m
        pairs = [known for known in (month.features.acquainted, month.stood_in) if known is not None]
        if not worth_m or not pairs:
            return None
        known = [some.among(block.elder, block.volunteer) for some in pairs]
        return np.where(np.logical_or.reduce(known), np.int64(-worth_m), 0)


class Shared(Rule):
    """What is worth something for each of some words that two have in common. Subclasses say which words."""

    section: ClassVar[str]
    """The section of the settings with ``worth_m`` and ``most``."""

    def masks(self, month: MonthData) -> tuple[BySide, ...]:
        """Bits of each one's words."""
        raise NotImplementedError

    def cost_m(self, month: MonthData, block: Block) -> Cost | None:
        """Minus the worth of each word that both have, of a few at most."""
        section = getattr(month.settings, self.section)
        masks = self.masks(month) if section.worth_m else ()
        if not masks:
            return None
        shared = [np.bitwise_count(bits.e[block.elder] & bits.v[block.volunteer]) for bits in masks]
        count = shared[0] if len(shared) == 1 else np.sum(shared, axis=0)
        return np.asarray(np.minimum(count, section.most) * np.int64(-section.worth_m))


class Interests(Shared):
    """Interests in common."""

    name = "interests"
    sentence = N_("each interest in common is worth some walking")
    reads = ("interests.worth_m", "interests.most", "words.same")
    section = "interests"

    def masks(self, month: MonthData) -> tuple[BySide, ...]:
        """Interests."""
        return month.features.interests


class Needs(Shared):
    """Needs that the volunteer's skills answer."""

    name = "needs"
    sentence = N_("each of the elder's needs that the volunteer's skills answer is worth some walking")
    reads = ("needs.worth_m", "needs.most", "needs.answered_by", "words.same")
    section = "needs"

    def masks(self, month: MonthData) -> tuple[BySide, ...]:
        """Needs, and those answered."""
        return month.features.needs
