"""When a search has to stop."""

from __future__ import annotations

import threading
import time


class Deadline:
    """A time at which to stop, or a word to stop before it."""

    def __init__(self, limit_s: float | None) -> None:
        self._end = None if limit_s is None else time.monotonic() + limit_s
        self.stopped = threading.Event()

    @property
    def left_s(self) -> float | None:
        """Return the seconds left; None: no limit."""
        return None if self._end is None else self._end - time.monotonic()

    @property
    def over(self) -> bool:
        """Return whether to stop."""
        return self.stopped.is_set() or (self._end is not None and time.monotonic() >= self._end)
