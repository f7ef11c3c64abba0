"""Rules about two people as a pair: what a coordinator fixed, what it walks, what it has been."""

from __future__ import annotations

import numpy as np

from matcher.i18n import N_
from matcher.month import MonthData
from matcher.rules.base import Block, Cost, Mask, Rule
from matcher.rules.near import walk_m


class Never(Rule):
    """Two people whom the coordinator keeps apart are never a pair."""

    name = "never"
    sentence = N_("the two are not on the list of never-pairs")

    def bars_pairs(self, month: MonthData, block: Block) -> Mask | None:
        """Pairs on the list."""
        return None if month.never_pairs is None else month.never_pairs.among(block.elder, block.volunteer)


class Walking(Rule):
    """Every pair costs the metres of its walk."""

    name = "walking"
    sentence = N_("the walk, in metres")
    reads = ("distance.detour_factor",)

    def cost_m(self, month: MonthData, block: Block) -> Cost:
        """Straight line times the detour factor, to the metre; 0 where it is not known."""
        return np.rint(np.nan_to_num(walk_m(month, block))).astype(np.int64)


class Keep(Rule):
    """A pair of last month is worth keeping: the same face is what elders value, and more the longer they know it."""

    name = "keep"
    sentence = N_("keeping a pair of last month is worth some walking, more the longer it has lasted")
    reads = ("keep.worth_m", "keep.month_worth_m", "keep.most_months")

    def cost_m(self, month: MonthData, block: Block) -> Cost | None:
        """Minus the worth for last month's pairs, 0 for others."""
        if not len(month.previous):
            return None
        kept = month.previous_volunteer[block.elder] == block.volunteer
        return np.where(kept, -self.worth_m(month)[block.elder], 0)

    def worth_m(self, month: MonthData) -> Cost:
        """What keeping each elder's pair is worth, (n_elders,)."""
        keep = month.settings.keep
        further = np.clip(month.months_together, 1, keep.most_months) - 1
        return np.asarray(keep.worth_m + keep.month_worth_m * further)
