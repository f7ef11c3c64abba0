"""Surges told in the course of a month: heat, cold and days of calls only, as settings of every later command.

A run folder keeps them in surges.csv. So a command that knows nothing of a heat wave leaves its calls alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from matcher.columns import column
from matcher.horizon import Horizon
from matcher.messages import Issue
from matcher.settings import Settings, changed
from matcher.settings.month import SurgeSettings, is_within

CALLS_ONLY = "calls_only"
_OPTIONS = {"kind": "--surge-kind", "contacts_per_week": "--surge-contacts"}
"""What holds for all surges of a month, and the option that says it."""


def list_surges(surge: SurgeSettings, horizon: Horizon) -> list[dict[str, Any]]:
    """Return the surges of a month as rows of surges.csv."""
    spans = ((surge.kind, surge.days, surge.contacts_per_week), (CALLS_ONLY, surge.calls_only, None))
    return [
        {"kind": kind, "from": pd.Timestamp(first), "to": pd.Timestamp(last), "contacts_per_week": contacts}
        for kind, span, contacts in spans
        for first, last in _find_runs([day for day in horizon.dates() if is_within(day, span)])
    ]


def merge_surges(settings: Settings, told: pd.DataFrame | None, horizon: Horizon) -> tuple[Settings, list[Issue]]:
    """Return the settings with the surges told before, and the rows that contradict them.

    A month has one kind of surge and one number of contacts a week: days are hot or cold, and what is due in a week of
    two surges is one number.

    Args:
        settings: What this command is given.
        told: Rows of surges.csv, with ``file`` and ``row``; None: there is no such file.
        horizon: The dates planned; other dates of the rows count for nothing.
    """
    if told is None:
        return settings, []
    dates = horizon.dates()
    spans = {"days": settings.surge.days, CALLS_ONLY: settings.surge.calls_only}
    own = any(is_within(day, spans["days"]) for day in dates)
    holds = {name: getattr(settings.surge, name) for name in _OPTIONS} if own else {}
    issues = []
    for row in told.to_dict("records"):
        span = f"{row['from']:%Y-%m-%d}:{row['to']:%Y-%m-%d}"
        if row["from"] > row["to"]:
            params = {"first": f"{row['from']:%Y-%m-%d}"}
            issues.append(Issue("surge_reversed", row["file"], int(row["row"]), _header("to"), span[11:], params))
            continue
        if not any(is_within(day, span) for day in dates):
            continue
        if row["kind"] == CALLS_ONLY:
            spans[CALLS_ONLY] = _join(spans[CALLS_ONLY], span, dates)
            continue
        spans["days"] = _join(spans["days"], span, dates)
        says = {"kind": row["kind"]}
        if not pd.isna(row["contacts_per_week"]):
            says["contacts_per_week"] = int(row["contacts_per_week"])
        for name, value in says.items():
            if holds.setdefault(name, value) != value:
                params = {"other": holds[name], "option": _OPTIONS[name]}
                issues.append(
                    Issue("surges_contradict", row["file"], int(row["row"]), _header(name), str(value), params)
                )
    values = {f"surge.{name}": value for name, value in (spans | holds).items()}
    return changed(settings, values), issues


def _header(name: str) -> str:
    return column("surges", name).header()


def _join(one: str, other: str, dates: Sequence[date]) -> str:
    """Return the dates of two spans as one."""
    if "all" in (one, other):
        return "all"
    days = [day for day in dates if is_within(day, one) or is_within(day, other)]
    return ",".join(f"{first}:{last}" for first, last in _find_runs(days))


def _find_runs(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Yield the first and last day of each run of days, which are in order."""
    for _first, run in itertools.groupby(enumerate(days), lambda one: one[1] - timedelta(days=one[0])):
        found = [day for _place, day in run]
        yield found[0], found[-1]
