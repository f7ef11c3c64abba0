"""Where inputs that were put together from files of people come from, for who knows those files alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from matcher.messages import Issue
from matcher.roster.table import Reading

Place = tuple[str, int | None]
"""A file, as issues name it, and a row."""


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins of files that were put together.

    Attributes:
        places: Where each row, and each file as a whole, stands in what people know.
        readings: The files of people of which one was made, as they were read.
    """

    places: dict[Place, Place] = field(default_factory=dict)
    readings: dict[Path, tuple[Reading, ...]] = field(default_factory=dict)

    def trace_issues(self, issues: Iterable[Issue]) -> tuple[Issue, ...]:
        """Return issues with the places that people know."""
        traced = []
        for issue in issues:
            file, row = self.places.get((issue.file, issue.row), (issue.file, issue.row))
            traced.append(replace(issue, file=file, row=row))
        return tuple(traced)
