"""Rules about where the two live: how far apart, in whose area, under one roof."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from matcher.features import BySide
from matcher.i18n import N_
from matcher.month import MonthData
from matcher.rules.base import Block, Cost, Loosened, Mask, Metres, Rule
from matcher.rules.moded import ModedRule

MOST_LIMIT_M = 50_000
"""The most that a limit may be set to."""
_LEVELS = ("district", "subdistrict", "committee")


def walk_m(month: MonthData, block: Block) -> Metres:
    """The walk of each pair: straight line times the detour factor; NaN where it is not known."""
    return block.straight_m * month.settings.distance.detour_factor


class Distance(Rule):
    """The walk to the elder is within the limit of town or country; last month's pairs may be exempt."""

    name = "distance"
    sentence = N_("the walk is within the limit of town or country")
    reads = (
        "distance.urban_limit_m",
        "distance.rural_limit_m",
        "distance.detour_factor",
        "keep.beyond_limit",
    )
    yields_to_pins = True

    def bars_pairs(self, month: MonthData, block: Block) -> Mask:
        """Walks over the limit."""
        far = walk_m(month, block) > month.walk_limit_m[block.elder]
        if month.settings.keep.beyond_limit:
            far &= month.previous_volunteer[block.elder] != block.volunteer
        return np.asarray(far)

    def loosened(self, month: MonthData, block: Block) -> Loosened:
        """The limit of the elder's area, up to the walk in whole metres."""
        rural = (month.roster.elders["area"].to_numpy() == "rural")[block.elder]
        path = np.where(rural, "distance.rural_limit_m", "distance.urban_limit_m")
        return Loosened.to_least(path, np.ceil(walk_m(month, block)), MOST_LIMIT_M, self.bars_pairs(month, block))


class OwnLimit(ModedRule):
    """The walk is no longer than the volunteer is ready for, last month's pairs included."""

    name = "own_limit"
    sentence = N_("the walk is no longer than the volunteer is ready for")
    reads = ("distance.own_limit", "distance.detour_factor")
    mode_path = "distance.own_limit"

    def against(self, month: MonthData, block: Block) -> Mask | None:
        """Walks over the volunteer's own limit."""
        limit_m = month.features.own_limit_m
        return None if limit_m is None else np.asarray(walk_m(month, block) > limit_m[block.volunteer])

    def cost_m(self, month: MonthData, block: Block) -> Cost | None:
        """Metres beyond the limit, where it is soft: there each metre counts twice."""
        limit_m = month.features.own_limit_m
        if limit_m is None or self.mode(month) != "soft":
            return None
        over_m = np.nan_to_num(walk_m(month, block) - limit_m[block.volunteer], neginf=0.0)
        return np.rint(np.maximum(over_m, 0.0)).astype(np.int64)

    def loosened(self, month: MonthData, block: Block) -> Loosened | None:
        """The volunteer's own limit, up to the walk in whole metres."""
        barred = self.bars_pairs(month, block)
        if barred is None:
            return None
        return Loosened.to_least("volunteers.max_walk_m", np.ceil(walk_m(month, block)), MOST_LIMIT_M, barred)


class Boundary(ModedRule):
    """Both live in one district, subdistrict or committee. Who is not known to live elsewhere is not across."""

    name = "boundary"
    sentence = N_("the two live in one district, subdistrict or residents' committee, as set")
    reads = ("boundary.level", "boundary.mode", "boundary.penalty_m")
    mode_path = "boundary.mode"
    penalty_path = "boundary.penalty_m"

    def against(self, month: MonthData, block: Block) -> Mask | None:
        """Pairs across the boundary."""
        level = month.settings.boundary.level
        return None if level == "none" else _across(month, block, _LEVELS.index(level) + 1)

    def loosened(self, month: MonthData, block: Block) -> Loosened | None:
        """No boundary."""
        barred = self.bars_pairs(month, block)
        return None if barred is None else Loosened.to_word("boundary.level", "none", barred)


def _across(month: MonthData, block: Block, levels: int) -> Mask | None:
    """Pairs that are known to live in different areas of the first ``levels``, the widest first."""
    across: Mask | None = None
    for names in month.features.areas[:levels]:
        if names is not None:
            here, there = names.e[block.elder], names.v[block.volunteer]
            differ = here != there
            if names.unknown:
                differ &= (here >= 0) & (there >= 0)
            across = differ if across is None else across | differ
    return across


class Family(ModedRule):
    """Nobody is sent home to their own household, nor an elder's emergency contact to the elder."""

    name = "family"
    sentence = N_("the two are not of one household, nor the volunteer the elder's emergency contact")
    reads = ("family.mode", "family.contact", "family.penalty_m")
    mode_path = "family.mode"
    penalty_path = "family.penalty_m"

    def against(self, month: MonthData, block: Block) -> Mask | None:
        """Pairs of one home, or of elder and contact."""
        kinds = [month.features.household, month.features.contacts if month.settings.family.contact else None]
        masks = [kind.among(block.elder, block.volunteer) for kind in kinds if kind is not None]
        return np.logical_or.reduce(masks) if masks else None


class SamePlace(Rule):
    """Two who live in one place, by its name, are worth something. Subclasses say in which."""

    worth: ClassVar[str]
    """The key of its worth in the section ``same``."""

    def place(self, month: MonthData) -> BySide | None:
        """Numbers of the places, -1 unknown."""
        raise NotImplementedError

    def cost_m(self, month: MonthData, block: Block) -> Cost | None:
        """Minus the worth where the place is known and one."""
        worth_m = getattr(month.settings.same, self.worth)
        place = self.place(month) if worth_m else None
        if place is None:
            return None
        here = place.e[block.elder]
        same = here == place.v[block.volunteer]
        if place.unknown:
            same &= here >= 0
        return np.asarray(same * np.int64(-worth_m))


class SameBuilding(SamePlace):
    """Two of one building: no street to cross, and often a staircase shared."""

    name = "same_building"
    sentence = N_("living in one building is worth some walking")
    reads = ("same.building_m",)
    worth = "building_m"

    def place(self, month: MonthData) -> BySide | None:
        """Buildings."""
        return month.features.building


class SameLane(SamePlace):
    """Two of one lane."""

    name = "same_lane"
    sentence = N_("living in one lane is worth some walking")
    reads = ("same.lane_m",)
    worth = "lane_m"

    def place(self, month: MonthData) -> BySide | None:
        """Lanes."""
        return month.features.lane


class SameCompound(SamePlace):
    """Two of one housing compound."""

    name = "same_compound"
    sentence = N_("living in one compound is worth some walking")
    reads = ("same.compound_m",)
    worth = "compound_m"

    def place(self, month: MonthData) -> BySide | None:
        """Compounds."""
        return month.features.compound


class SameCommittee(SamePlace):
    """Two of one residents' committee, which knows both."""

    name = "same_committee"
    sentence = N_("living in one residents' committee is worth some walking")
    reads = ("same.committee_m",)
    worth = "committee_m"

    def place(self, month: MonthData) -> BySide | None:
        """Committees."""
        return month.features.committee
