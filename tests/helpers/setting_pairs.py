"""Pairs of settings other than their defaults: a small programme is planned with both, and ``verify`` looks at it."""

import itertools
import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from random import Random
from typing import Literal, get_args, get_origin

from matcher.commands import main
from matcher.settings import Settings
from tests.helpers.office import Office

MONTH = "2026-12"
SECTIONS = (
    *("distance", "capacity", "priority", "consent", "boundary", "family", "household", "sex", "language", "training"),
    *("stairs", "availability", "match", "same", "keep", "backup", "acquainted", "interests", "needs", "schedule"),
    *("worth", "surge", "new_pair"),
)
"""Sections of what plans pairs and months; the others say how files are read and shown."""
VALUES = {
    "boundary.level": "committee",
    "capacity.default": 1,
    "capacity.fair_m": 300,
    "capacity.minimum": 2,
    "capacity.most_high_risk": 1,
    "capacity.units_by_risk": {"high": 3, "medium": 2},
    "distance.detour_factor": 1.5,
    "distance.urban_limit_m": 150,
    "keep.budget": "1",
    "keep.most_changes": "2",
    "needs.answered_by": {"买菜": ["采购"]},
    "priority.age_bands": [70],
    "priority.high_risk_after_months": 1,
    "priority.order": ["risk", "waiting", "age"],
    "priority.waiting_bands": [2],
    "schedule.afternoon": "15:00-16:00",
    "schedule.call_min": 20,
    "schedule.closed_days": ["2026-12-07", "2026-12-16"],
    "schedule.contacts_per_week": 3,
    "schedule.contacts_per_week_by_risk": {"high": 7, "low": "every 10 days"},
    "schedule.max_contacts_per_day": 2,
    "schedule.max_gap_days_by_risk": {"high": 2},
    "schedule.max_minutes_per_day": 90,
    "schedule.max_visits_per_day": 1,
    "schedule.min_visits_per_month": 6,
    "schedule.min_visits_per_week_by_risk": {"medium": 2},
    "schedule.morning": "09:00-10:00",
    "schedule.visit_min": 60,
    "schedule.visits_per_week": "every second week",
    "schedule.visits_per_week_by_risk": {"high": 3},
    "schedule.walking_m_per_s": 0.2,
    "surge.calls_only": "2026-12-12:2026-12-15",
    "surge.contacts_per_week": 4,
    "surge.days": "2026-12-08:2026-12-13",
    "surge.hot_hours": "09:30-17:00",
    "surge.warm_hours": "10:00-11:00",
    "training.dementia_courses": ["护理"],
    "training.dementia_words": ["高血压"],
    "training.high_risk_courses": ["认知"],
}
"""Values that bind in the small programme, where another than half of the default, or the other choice, is wanted."""
SKIPPED = ("schedule.holidays_file",)
"""Settings that name a file."""
REFUSED = "contradicts"
"""The word of a refusal of two settings that can't be had together."""


def list_values():
    """Return each setting of the sections with one value other than its default, as ``--set`` takes it."""
    found = {}
    for section in SECTIONS:
        for key, field in type(Settings.model_fields[section].default).model_fields.items():
            path = f"{section}.{key}"
            if path not in SKIPPED:
                value = VALUES[path] if path in VALUES else _find_other(field)
                found[path] = _write_value(value)
    return found


def _write_value(value):
    """Return a value as ``--set`` takes it: TOML, and text as it is."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {json.dumps(one, ensure_ascii=False)}" for key, one in value.items()) + "}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _find_other(field):
    """Return another value of a switch, a choice or a number."""
    default = field.default
    if get_origin(field.annotation) is Literal:
        return next(choice for choice in get_args(field.annotation) if choice != default)
    if isinstance(default, bool):
        return not default
    if isinstance(default, (int, float)):
        least = next((bound.ge for bound in field.metadata if hasattr(bound, "ge")), 0)
        half = type(default)(default / 2)
        return half if half != default and half >= least else default + 1
    raise TypeError(field)


def list_pairs(seed=None, count=None):
    """Return all pairs of settings, or so many of them drawn by a seed."""
    every = list(itertools.combinations(list_values(), 2))
    return every if seed is None else Random(seed).sample(every, count)


class SmallProgramme(Office):
    """Twelve elders and four volunteers with a bit of everything, and the month before as it was planned."""

    def __init__(self, place):
        super().__init__(place, elders=12, volunteers=4, capacity=3)
        elders, volunteers = self.elders, self.volunteers
        elders["risk"] = ["high", "high", "medium", "low", "", ""] * 2
        elders["availability"] = (["", "周二上午、周四上午", "周一至周五下午"] * 4)[:12]
        elders["contacts_per_week"] = ["", "", "", "每两周1次", "", "每周3次"] * 2
        elders["wanted_sex"] = ["", "female", *[""] * 10]
        elders["conditions"] = ["认知障碍", "", "高血压", *[""] * 9]
        elders["committee"] = [f"零陵居委{i % 2}" for i in range(12)]
        elders["waiting_since"] = ["2026-07-01", "", "2026-10-01", *[""] * 9]
        elders.loc[[4, 5], "address"] = elders["address"].iloc[4]
        elders["interests"], elders["needs"] = "下棋", "买菜"
        volunteers["committee"] = [f"零陵居委{i % 2}" for i in range(4)]
        volunteers["sex"] = ["female", "male", "female", "female"]
        volunteers["role"], volunteers["team"] = ["组长", "", "", ""], "一组"
        volunteers["availability"] = ["", "周二上午、周四上午", "周一、周三、周五上午", "周末"]
        volunteers["capacity"] = ["3", "", "2", "4"]
        volunteers["interests"], volunteers["skills"], volunteers["training"] = "下棋", "采购", ["认知", "护理", "", ""]
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            before = self.do("run", "--month", "2026-11", "--no-page")
        self.previous = ["--previous", before / "pairs.csv", "--previous-visits", before / "visits.csv"]

    def find_fault(self, *paths):
        """Return what goes wrong where the month is planned with these settings; empty: nothing does."""
        values = list_values()
        words = [word for path in paths for word in ("--set", f"{path}={values[path]}")]
        words += [*self.previous, "--month", MONTH, *self.rosters, "--lang", "en"]
        out = self.place / f"{next(self.count)}"
        code, told = self._call("run", *words, "--past", "--no-page", "--out", out)
        if code == 3 or (code == 2 and REFUSED in told):  # no plan is possible, or the two are refused
            return ""
        if code:
            return f"exit {code}: {told[-900:]}"
        made = ["--pairs", out / "pairs.csv", "--visits", out / "visits.csv"]
        code, told = self._call("verify", *words, *made)
        return f"verify says {code}: {told[-900:]}" if code else ""

    def _call(self, *words):
        screen = StringIO()
        with redirect_stdout(screen), redirect_stderr(screen):
            code = main([str(word) for word in words])
        return code, screen.getvalue()
