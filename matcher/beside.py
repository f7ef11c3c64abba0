"""Work beside other work: threads that are left alone when the command is stopped."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

_LISTEN_S = 0.2
"""Seconds of waiting after which it is looked whether the command is to stop."""
_Outcome = TypeVar("_Outcome")


def begin(work: Callable[[], _Outcome]) -> Callable[[], _Outcome]:
    """Begin some work in a thread; return the function that waits for it, and gives its outcome or raises its error.

    Threads that are daemons are left alone when the command is stopped: one may wait for a pipe that nobody fills.
    """
    future: Future[_Outcome] = Future()

    def keep() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    def get() -> _Outcome:
        # a stop that comes just before Python waits does not end the waiting: so it waits a little at a time
        while wait([future], timeout=_LISTEN_S).not_done:
            pass
        return future.result()

    Thread(target=keep, daemon=True).start()
    return get
