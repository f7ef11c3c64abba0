"""Candidates are the same whether each pair is measured or a grid finds the near ones."""

import numpy as np
import pytest

from matcher.features import Features
from matcher.horizon import Horizon
from matcher.matching import candidates
from matcher.month import MonthData
from matcher.roster import make_roster
from matcher.sample import make_sample
from matcher.settings import Settings


@pytest.mark.parametrize(("limit_m", "rural_limit_m"), [(300, 300), (1000, 1000), (300, 1500), (100, 20_000)])
def test_a_grid_finds_the_pairs_that_measuring_each_finds(limit_m, rural_limit_m, monkeypatch):
    sample = make_sample(60, 12, seed=3)
    limits = {"urban_limit_m": limit_m, "rural_limit_m": rural_limit_m}
    settings = Settings.model_validate({"distance": limits})
    elders = sample.elders.assign(area=["urban", "rural"] * (len(sample.elders) // 2))
    roster = make_roster(elders, sample.volunteers, settings)
    features = Features(MonthData(roster, Horizon.of_month("2026-12"), settings))
    eligible = candidates.find_eligible_people(features)
    measured = candidates.find_candidates(features, *eligible)
    monkeypatch.setattr(candidates, "_FEW", 0)
    monkeypatch.setattr(candidates, "_BLOCK", 50)
    by_grid = candidates.find_candidates(features, *eligible)
    assert len(measured)
    for name in ("elder", "volunteer", "cost_m"):
        np.testing.assert_array_equal(getattr(measured, name), getattr(by_grid, name))
