"""Quiet while HiGHS works: some of its builds write lines meant for its developers to standard output, whatever is set.

Only the C library's standard output is turned away, which Python shares where it writes to a terminal or a file; so
nothing is to be printed meanwhile.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_within: list[int] = []
"""How many are within, and the file that standard output led to: ``[count, descriptor]``; empty while nobody is."""
_STDOUT = 1


@contextlib.contextmanager
def mute_stdout() -> Iterator[None]:
    """Mute standard output until the last of those within has left, in whatever thread."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    """Count one more within, and lead standard output nowhere for the first."""
    with _lock:
        if _within:
            _within[0] += 1
            return
        try:
            _flush()
            kept = os.dup(_STDOUT)
        except (OSError, ValueError):
            _within[:] = [1, -1]  # there is no standard output
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDOUT)
        os.close(nowhere)
        _within[:] = [1, kept]


def _leave() -> None:
    """Count one less within, and restore standard output after the last."""
    with _lock:
        _within[0] -= 1
        if _within[0]:
            return
        kept = _within[1]
        _within.clear()
        if kept >= 0:
            _flush()
            os.dup2(kept, _STDOUT)
            os.close(kept)


def _flush() -> None:
    """Write what waits in Python's buffer and in the C library's to where it was meant to go."""
    if sys.stdout is not None:
        sys.stdout.flush()
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).fflush(None)
