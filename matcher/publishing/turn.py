"""Turns at a folder: nobody replaces what another has just looked at and is about to replace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matcher.lock import PAUSE_S, Lock
from matcher.publishing.claim import TURN
from matcher.publishing.signals import put_off_stops


@contextmanager
def take_turn(folder: Path) -> Iterator[None]:
    """Keep others from replacing what stands in a folder while a block runs, after whoever does so now.

    Raises:
        OSError: nothing can be written there.
    """
    lock: Lock | None = None
    try:
        while lock is None:
            with put_off_stops():  # else a stop could leave the file there
                lock = Lock.take_if_free(folder / TURN)
            if lock is None:
                time.sleep(PAUSE_S)
        yield
    finally:
        if lock is not None:
            with put_off_stops():
                lock.release()
