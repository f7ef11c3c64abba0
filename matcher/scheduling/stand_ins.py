"""Absences of volunteers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Absence:
    """Who is away, and from when to when, both included; ``left``: for good."""

    volunteer_id: str
    first: date
    last: date
    left: bool = False
