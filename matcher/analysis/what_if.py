"""What if: the same month under other settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from matcher.month import MonthData
from matcher.settings import changed

_READ_BY = frozenset({"columns.aliases", "capacity.default", "place.elders_datum", "place.volunteers_datum"})
"""Paths of settings by which rosters are read: in a month they have done their work."""


def changed_month(month: MonthData, values: Mapping[str, object]) -> MonthData:
    """The month with some settings replaced, by path; everything that follows from them is derived anew.

    Raises:
        InputError: a setting is misspelt or out of range.
        ValueError: a setting that rosters are read by would change, which only reading them again can bring about.
    """
    settings = changed(month.settings, values)
    shaping = [path for path in values if path in _READ_BY]
    if shaping:
        raise ValueError(f"the rosters were read by {', '.join(shaping)}: match the frames again with other settings")
    return replace(month, settings=settings)
