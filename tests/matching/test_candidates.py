"""Candidates are the same whether each pair is measured or a tree finds the near ones."""

import numpy as np
import pytest

from matcher.features import Features
from matcher.horizon import Horizon
from matcher.matching import candidates
from matcher.month import MonthData
from matcher.roster import make_roster
from matcher.sample import make_sample
from matcher.settings import Settings


@pytest.mark.parametrize("limit_m", [300, 1000])
def test_a_tree_finds_the_pairs_that_measuring_each_finds(limit_m, monkeypatch):
    sample = make_sample(60, 12, seed=3)
    settings = Settings.model_validate({"distance": {"urban_limit_m": limit_m}})
    roster = make_roster(sample.elders, sample.volunteers, settings)
    features = Features(MonthData(roster, Horizon.of_month("2026-12"), settings))
    eligible = candidates.find_eligible_people(features)
    measured = candidates.find_candidates(features, *eligible)
    monkeypatch.setattr(candidates, "_FEW", 0)
    by_tree = candidates.find_candidates(features, *eligible)
    assert len(measured)
    for name in ("elder", "volunteer", "cost_m"):
        np.testing.assert_array_equal(getattr(measured, name), getattr(by_tree, name))
