"""When a search has to stop."""

from __future__ import annotations

import threading
import time


class Deadline:
    """A time at which to stop, or a word to stop before it."""

    def __init__(self, limit_s: float | None) -> None:
        self._end = None if limit_s is None else time.monotonic() + limit_s
        self.stopped = threading.Event()

    def take_share(self, share: float) -> Deadline:
        """Return a deadline after this share of the time left, stopped by the same word."""
        left_s = self.left_s
        part = Deadline(None if left_s is None else left_s * share)
        part.stopped = self.stopped
        return part

    @property
    def left_s(self) -> float | None:
        """Return the seconds left; None: no limit."""
        return None if self._end is None else self._end - time.monotonic()

    @property
    def over(self) -> bool:
        """Return whether to stop."""
        return self.stopped.is_set() or (self._end is not None and time.monotonic() >= self._end)
