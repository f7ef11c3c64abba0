"""Pairs of settings other than their defaults: plans that ``verify`` accepts, and no error."""

import pytest

from matcher.settings import Settings
from tests.helpers.effort import long
from tests.helpers.setting_pairs import SECTIONS, SKIPPED, SmallProgramme, list_pairs, list_values


def test_each_setting_of_the_plan_is_tried_with_another_value():
    values = list_values()
    default = Settings().model_dump(mode="json")
    known = {f"{section}.{key}" for section in SECTIONS for key in default[section]} - set(SKIPPED)
    assert set(values) == known


@pytest.mark.parametrize("count", [3, *long(40)])
def test_plans_by_any_two_settings_hold(tmp_path, count):
    """More of them: ``python -m benchmarks.setting_pairs``."""
    programme = SmallProgramme(tmp_path)
    faults = {pair: programme.find_fault(*pair) for pair in list_pairs(count, count)}
    assert not {pair: fault for pair, fault in faults.items() if fault}
