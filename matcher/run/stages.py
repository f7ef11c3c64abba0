"""The stages of a run: which begins, how far it is, how long each took; what one leaves in memory is given back."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pyarrow as pa


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
        return_free_memory()
        self.seconds[stage] = round(time.perf_counter() - start, 3)


def return_free_memory() -> None:
    """Give memory that is free back to the system, as far as it takes it.

    The C library and Arrow keep what arrays have freed for later ones. Once a stage has ended these are others, of
    other sizes, and in a city a process beside this one needs the memory.
    """
    pa.default_memory_pool().release_unused()
    if os.name == "posix":
        with suppress(AttributeError):  # glibc alone has it
            ctypes.CDLL(None).malloc_trim(0)
