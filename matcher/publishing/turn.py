"""Turns at a folder: nobody replaces what another has just looked at and is about to replace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matcher.lock import Lock
from matcher.publishing.claim import TURN


@contextmanager
def take_turn(folder: Path) -> Iterator[None]:
    """Keep others from replacing what stands in a folder while a block runs, after whoever does so now.

    Raises:
        OSError: nothing can be written there.
    """
    lock = Lock.wait(folder / TURN)
    try:
        yield
    finally:
        lock.release()
