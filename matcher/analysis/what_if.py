"""What if: the same month under other settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from matcher.month import MonthData
from matcher.settings import changed

READ_BY = frozenset({"columns.aliases", "capacity.default", "place.elders_datum", "place.volunteers_datum"})
"""Paths of settings by which rosters are read: in a month they can no longer change anything."""


def change_settings(month: MonthData, values: Mapping[str, object]) -> MonthData:
    """Return the month with some settings replaced, by path.

    Raises:
        InputError: a setting is misspelt or out of range.
        ValueError: a setting would change by which the rosters were read: only reading them again does that.
    """
    settings = changed(month.settings, values)
    shaping = [path for path in values if path in READ_BY]
    if shaping:
        raise ValueError(f"the rosters were read by {', '.join(shaping)}: match the frames again with other settings")
    return replace(month, settings=settings)
