"""Rules about two people: which pairs may be, and what each costs."""

from __future__ import annotations

import numpy as np

from matcher.i18n import N_
from matcher.month import Month
from matcher.rules.base import Block, Cost, Mask, Rule


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

    def bars_pairs(self, month: Month, block: Block) -> Mask:
        """Walks over the limit."""
        far = block.straight_m * month.settings.distance.detour_factor > month.walk_limit_m[block.elder]
        if month.settings.keep.beyond_limit:
            far &= month.previous_volunteer[block.elder] != block.volunteer
        return np.asarray(far)


class Never(Rule):
    """Two people whom the coordinator keeps apart are never a pair."""

    name = "never"
    sentence = N_("the two are not on the list of never-pairs")

    def bars_pairs(self, month: Month, block: Block) -> Mask | None:
        """Pairs on the list."""
        if not len(month.never):
            return None
        listed = np.zeros(month.n_elders, dtype=bool)
        listed[month.never.elder] = True
        barred = listed[block.elder]
        width = month.n_volunteers
        keys = month.never.elder * width + month.never.volunteer
        barred[barred] = np.isin(block.elder[barred] * width + block.volunteer[barred], keys)
        return barred


class Walking(Rule):
    """Every pair costs the metres of its walk."""

    name = "walking"
    sentence = N_("the walk, in metres")
    reads = ("distance.detour_factor",)

    def cost_m(self, month: Month, block: Block) -> Cost:
        """Straight line times the detour factor, to the metre; 0 where it is not known."""
        walk_m = np.nan_to_num(block.straight_m * month.settings.distance.detour_factor)
        return np.rint(walk_m).astype(np.int64)


class Keep(Rule):
    """A pair of last month is worth keeping: the same face is what elders value."""

    name = "keep"
    sentence = N_("keeping a pair of last month is worth some walking")
    reads = ("keep.worth_m",)

    def cost_m(self, month: Month, block: Block) -> Cost:
        """Minus the worth for last month's pairs, 0 for others."""
        kept = month.previous_volunteer[block.elder] == block.volunteer
        return np.where(kept, -month.settings.keep.worth_m, 0).astype(np.int64)
