"""Rules about two people as a pair: whom a coordinator keeps apart, how far they walk, what they have been."""

from __future__ import annotations

import numpy as np

from matcher.demand.lent_places import get_lent_places
from matcher.features import Features
from matcher.i18n import N_
from matcher.rules.base import Block, Cost, Index, Mask, Rule
from matcher.rules.near import compute_walk_m


class Never(Rule):
    """The rule that two people whom the coordinator keeps apart are never a pair."""

    name = "never"
    sentence = N_("the two are not on the list of never-pairs")
    pin_issue = "pin_never"
    change_reason = "never_pair"

    def bar_pairs(self, features: Features, block: Block) -> Mask | None:
        """Return pairs on the list."""
        return None if features.never_pairs is None else features.never_pairs.contain(block.elder, block.volunteer)


class Walking(Rule):
    """The rule that every pair costs the metres of its walk."""

    name = "walking"
    sentence = N_("the walk, in metres")
    reads = ("distance.detour_factor",)

    def compute_cost_m(self, features: Features, block: Block) -> Cost:
        """Return the straight line times the detour factor, to the metre; 0 where it is not known."""
        return np.rint(np.nan_to_num(compute_walk_m(features, block))).astype(np.int64)


class Keep(Rule):
    """The rule that a pair of last month is worth keeping: elders value a face the more the longer they know it."""

    name = "keep"
    sentence = N_("keeping a pair of last month is worth some walking, more the longer it has lasted")
    reads = ("keep.worth_m", "keep.month_worth_m", "keep.most_months")

    def compute_cost_m(self, features: Features, block: Block) -> Cost | None:
        """Return minus the worth for last month's pairs, 0 for others."""
        if not len(features.previous):
            return None
        kept = np.flatnonzero(features.previous_volunteer[block.elder] == block.volunteer)
        kept = kept[~get_lent_places(features)[block.elder[kept]]]
        cost = np.zeros(len(block.elder), dtype=np.int64)
        cost[kept] = -self.compute_worth_m(features, block.elder[kept])
        return cost

    def compute_worth_m(self, features: Features, elder: Index) -> Cost:
        """Return what keeping the pairs of some elders is worth, (n,)."""
        keep = features.settings.keep
        further = np.clip(features.months_together[elder], 1, keep.most_months) - 1
        return np.asarray(keep.worth_m + keep.month_worth_m * further)
