"""Rules about where the two live: how far apart, in which area, under one roof."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from matcher.features import BySide, Features
from matcher.i18n import N_
from matcher.rules.base import Block, Cost, Loosened, Mask, Metres, Rule
from matcher.rules.moded import ModedRule

MOST_LIMIT_M = 50_000
"""The most that a limit may be set to."""
_LEVELS = ("district", "subdistrict", "committee")


def compute_walk_m(features: Features, block: Block) -> Metres:
    """Return the walk of each pair: straight line times the detour factor; NaN where it is not known."""
    return block.straight_m * features.settings.distance.detour_factor


class Distance(Rule):
    """The rule that the walk is within the limit of town or country; last month's pairs may be exempt."""

    name = "distance"
    sentence = N_("the walk is within the limit of town or country")
    reads = (
        "distance.urban_limit_m",
        "distance.rural_limit_m",
        "distance.detour_factor",
        "keep.beyond_limit",
    )
    concerns = "location"
    yields_to_pins = True
    pin_issue = "pin_beyond_limit"
    change_reason = "beyond_limit"

    def bar_pairs(self, features: Features, block: Block) -> Mask:
        """Return pairs whose walk is over the limit."""
        far = compute_walk_m(features, block) > features.walk_limit_m[block.elder]
        if features.settings.keep.beyond_limit:
            far &= features.previous_volunteer[block.elder] != block.volunteer
        return np.asarray(far)

    def loosen(self, features: Features, block: Block) -> Loosened:
        """Return the limit of the elder's area as it must be: the walk in whole metres."""
        rural = (features.roster.elders["area"].to_numpy() == "rural")[block.elder]
        path = np.where(rural, "distance.rural_limit_m", "distance.urban_limit_m")
        return Loosened.to_least(
            path, np.ceil(compute_walk_m(features, block)), MOST_LIMIT_M, self.bar_pairs(features, block)
        )


class OwnLimit(ModedRule):
    """The rule that the walk is no longer than the volunteer is ready for, last month's pairs included."""

    name = "own_limit"
    sentence = N_("the walk is no longer than the volunteer is ready for")
    reads = ("distance.own_limit", "distance.detour_factor")
    change_reason = "own_limit"
    mode_path = "distance.own_limit"

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs whose walk is over the volunteer's own limit."""
        limit_m = features.people.own_limit_m
        return None if limit_m is None else np.asarray(compute_walk_m(features, block) > limit_m[block.volunteer])

    def compute_cost_m(self, features: Features, block: Block) -> Cost | None:
        """Return metres beyond the limit, where it is soft: there each metre counts twice."""
        limit_m = features.people.own_limit_m
        if limit_m is None or self.get_mode(features) != "soft":
            return None
        over_m = np.nan_to_num(compute_walk_m(features, block) - limit_m[block.volunteer], neginf=0.0)
        return np.rint(np.maximum(over_m, 0.0)).astype(np.int64)

    def loosen(self, features: Features, block: Block) -> Loosened | None:
        """Return the volunteer's own limit as it must be: the walk in whole metres."""
        barred = self.bar_pairs(features, block)
        if barred is None:
            return None
        return Loosened.to_least(
            "volunteers.max_walk_m", np.ceil(compute_walk_m(features, block)), MOST_LIMIT_M, barred
        )


class Boundary(ModedRule):
    """The rule that both live in one district, subdistrict or committee, as far as it is known where they live."""

    name = "boundary"
    sentence = N_("the two live in one district, subdistrict or residents' committee, as set")
    reads = ("boundary.level", "boundary.mode", "boundary.penalty_m")
    concerns = "location"
    change_reason = "boundary"
    mode_path = "boundary.mode"
    penalty_path = "boundary.penalty_m"

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs across the boundary."""
        level = features.settings.boundary.level
        return None if level == "none" else _find_across(features, block, _LEVELS.index(level) + 1)

    def loosen(self, features: Features, block: Block) -> Loosened | None:
        """Return the narrowest level whose areas are the same, as far as is known; else none, no boundary."""
        barred = self.bar_pairs(features, block)
        if barred is None:
            return None
        now = _LEVELS.index(features.settings.boundary.level)
        wider = (*reversed(_LEVELS[:now]), "none")
        step = np.zeros(len(barred), dtype=np.int64)
        for level in range(1, now + 1):  # each level whose areas differ rules out itself and the narrower ones
            across = _find_across(features, block, level)
            if across is not None:
                step[across] = np.maximum(step[across], now + 1 - level)
        return Loosened.to_words("boundary.level", wider, step, barred)


def _find_across(features: Features, block: Block, levels: int) -> Mask | None:
    """Return pairs that are known to live in different areas of the first ``levels``, the widest first."""
    across: Mask | None = None
    for names in features.people.areas[:levels]:
        if names is not None:
            here, there = names.e[block.elder], names.v[block.volunteer]
            differ = here != there
            if names.unknown:
                differ &= (here >= 0) & (there >= 0)
            across = differ if across is None else across | differ
    return across


class Family(ModedRule):
    """The rule that nobody visits their own household, nor an emergency contact the elder."""

    name = "family"
    sentence = N_("the two are not of one household, nor the volunteer the elder's emergency contact")
    reads = ("family.mode", "family.contact", "family.penalty_m")
    change_reason = "family"
    mode_path = "family.mode"
    penalty_path = "family.penalty_m"

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs of one home, or of elder and emergency contact."""
        kinds = [
            features.people.household,
            features.people.emergency_contacts if features.settings.family.contact else None,
        ]
        masks = [kind.contain(block.elder, block.volunteer) for kind in kinds if kind is not None]
        return np.logical_or.reduce(masks) if masks else None


class SamePlace(Rule):
    """A rule that living in one place, by its name, is worth something. Subclasses say in which."""

    worth: ClassVar[str]
    """The key of its worth in the section ``same``."""

    def get_place(self, features: Features) -> BySide | None:
        """Return numbers of the places, -1 unknown."""
        raise NotImplementedError

    def compute_cost_m(self, features: Features, block: Block) -> Cost | None:
        """Return minus the worth where the place is known and the same."""
        worth_m = getattr(features.settings.same, self.worth)
        place = self.get_place(features) if worth_m else None
        if place is None:
            return None
        here = place.e[block.elder]
        same = here == place.v[block.volunteer]
        if place.unknown:
            same &= here >= 0
        return np.asarray(same * np.int64(-worth_m))


class SameBuilding(SamePlace):
    """The rule for two of one building: no street to cross, and often a staircase shared."""

    name = "same_building"
    sentence = N_("living in one building is worth some walking")
    reads = ("same.building_m",)
    worth = "building_m"

    def get_place(self, features: Features) -> BySide | None:
        """Return buildings."""
        return features.people.building


class SameLane(SamePlace):
    """The rule for two of one lane."""

    name = "same_lane"
    sentence = N_("living in one lane is worth some walking")
    reads = ("same.lane_m",)
    worth = "lane_m"

    def get_place(self, features: Features) -> BySide | None:
        """Return lanes."""
        return features.people.lane


class SameCompound(SamePlace):
    """The rule for two of one housing compound."""

    name = "same_compound"
    sentence = N_("living in one compound is worth some walking")
    reads = ("same.compound_m",)
    worth = "compound_m"

    def get_place(self, features: Features) -> BySide | None:
        """Return compounds."""
        return features.people.compound


class SameCommittee(SamePlace):
    """The rule for two of one residents' committee, which knows both."""

    name = "same_committee"
    sentence = N_("living in one residents' committee is worth some walking")
    reads = ("same.committee_m",)
    worth = "committee_m"

    def get_place(self, features: Features) -> BySide | None:
        """Return committees."""
        return features.people.committee
