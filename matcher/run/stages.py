"""The stages of a run: which begins, how far it is, how long each took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stages:
    """Says which stage begins, and keeps how long each took."""

    begin: Callable[[str], None] = lambda _stage: None
    progress: Callable[[int, int], None] | None = None
    """Called with how much of the stage is done, and of how much."""
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Run a ``with`` block as a stage."""
        self.begin(stage)
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - start, 3)
