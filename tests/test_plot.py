"""Plots: their tables are the plan's own figures, and every one can be drawn; skipped where matplotlib is absent."""

import sys

import numpy as np
import pytest

import matcher
from matcher.i18n import in_language

pytest.importorskip("matplotlib", reason="matplotlib is not installed: no plot is tested")

from matcher import plot


@pytest.fixture(scope="module")
def plan():
    sample = matcher.make_sample(30, 5, 5)
    return matcher.match(sample.elders, sample.volunteers, previous=sample.previous, month="2026-12")


def test_a_pair_s_waterfall_ends_at_its_cost(plan):
    ids = plan.month.roster.elders["id"].to_numpy()
    drawn = plot.draw_pair(plan, ids[plan.elder[0]])
    assert drawn.table["end"].iloc[-1] == plan.cost_m[0] == drawn.table["metres"].sum()
    assert (drawn.table["end"] - drawn.table["start"]).tolist() == drawn.table["metres"].tolist()
    assert (drawn.table["metres"].to_numpy() != 0)[1:].all()
    left_out = ids[np.setdiff1d(np.arange(len(ids)), plan.elder)[0]]
    with pytest.raises(ValueError, match="has no volunteer"):
        plot.draw_pair(plan, left_out)


def test_a_map_shows_every_pair_in_metres(plan):
    drawn = plot.draw_map(plan)
    assert drawn.table["elder_id"].tolist() == plan.month.roster.elders["id"].to_numpy()[plan.elder].tolist()
    lines = drawn.figure.axes[0].collections[0].get_segments()
    metres = [float(np.linalg.norm(line[0] - line[1])) for line in lines]
    assert metres == pytest.approx(plan.distance_m.tolist(), rel=0.01, abs=1)
    waiting = matcher.frames(plan)["unmatched"]["tier"].notna().sum()
    assert len(drawn.figure.axes[0].collections[2].get_offsets()) == waiting


def test_a_front_is_made_of_figures(plan):
    plans = {str(limit): matcher.what_if(plan, {"distance.urban_limit_m": limit}) for limit in (200, 1000)}
    drawn = plot.draw_front(plans, "mean_m", "served")
    assert drawn.table["served"].tolist() == [len(each.elder) for each in plans.values()]
    with pytest.raises(ValueError, match="no figure is called metres"):
        plot.draw_front(plans, "metres")


def test_loads_count_each_volunteer_once(plan):
    table = plot.draw_loads(plan).table
    assert (table["volunteers"] * table.index).sum() == len(plan.elder)
    assert table["volunteers"].sum() == table["with_places"].sum()
    minutes = matcher.what_if(plan, capacity={"unit": "minutes", "time_limit_s": 1})
    assert list(plot.draw_loads(minutes).table) == ["volunteers"]


def test_a_notebook_shows_svg_the_same_each_time_and_in_both_languages(plan, tmp_path):
    drawn = plot.draw_loads(plan)
    assert drawn._repr_html_().startswith("<svg")
    assert drawn._repr_html_() == plot.draw_loads(plan)._repr_html_()
    with in_language("zh"):
        assert plot.draw_loads(plan).figure.axes[0].get_xlabel() == "每名志愿者的老人数"
    drawn.save(tmp_path / "loads.png")
    assert (tmp_path / "loads.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_it_is_said_what_to_install(plan, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"old-partners\[plot\]"):
        plot.draw_loads(plan)
