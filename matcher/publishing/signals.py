"""Signals put off while the disk changes, so that what is said of it afterwards is true."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

POLITE_STOPS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""A polite kill, and the terminal's end as its window is closed; Windows knows no such signal."""
_STOPS = (signal.SIGINT, *POLITE_STOPS)


@contextmanager
def put_off_stops() -> Iterator[None]:
    """Let Ctrl-C and polite kills come after the block instead of in its middle."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals go to the main thread alone
        return
    came: list[int] = []
    before = {stop: signal.getsignal(stop) for stop in _STOPS}
    listening = {stop: handler for stop, handler in before.items() if handler not in (None, signal.SIG_IGN)}
    for stop in listening:
        signal.signal(stop, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for stop, handler in listening.items():
            signal.signal(stop, handler)
    for number in came[:1]:
        signal.raise_signal(number)
