"""Turns at a folder: nobody replaces what another has just looked at and is about to replace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matcher.errors import UsageError
from matcher.i18n import N_, _
from matcher.lock import MOST_PATIENCE_S, PAUSE_S, Lock, read_holder
from matcher.publishing.claim import TURN
from matcher.publishing.log import tell_now
from matcher.publishing.signals import put_off_stops

TOLD_AFTER_S = 5
"""Seconds of waiting after which it is said whom one waits for: a turn takes a moment, a city's ledger 20 s."""
_WAITS = N_("waiting for {holder}, which is writing in {path}")
_GIVES_UP = N_(
    "{path} is not written to: {holder} has not come to an end there. Where it was suspended, let it go on or end it; "
    "then give the command again"
)


@contextmanager
def take_turn(folder: Path) -> Iterator[None]:
    """Keep others from replacing what stands in a folder while a block runs, after whoever does so now.

    Raises:
        OSError: nothing can be written there.
        UsageError: who does so now does not come to an end.
    """
    lock: Lock | None = None
    begun, is_told = time.monotonic(), False
    try:
        while lock is None:
            with put_off_stops():  # else a stop could leave the file there
                lock = Lock.take_if_free(folder / TURN)
            if lock is None:
                waited_s = time.monotonic() - begun
                if waited_s > MOST_PATIENCE_S:
                    raise UsageError(_(_GIVES_UP).format(path=folder, holder=_name_holder(folder)))
                if waited_s > TOLD_AFTER_S and not is_told:
                    tell_now(_(_WAITS).format(path=folder, holder=_name_holder(folder)))
                    is_told = True
                time.sleep(PAUSE_S)
        yield
    finally:
        if lock is not None:
            with put_off_stops():
                lock.release()


def _name_holder(folder: Path) -> str:
    """Return who has the turn, as far as it is known."""
    holder = read_holder(folder / TURN)
    if holder is None:
        return _("another command of this program")
    since = f"{holder.since:%Y-%m-%d %H:%M:%S}"
    if holder.computer:
        text = _("another command of this program (process {process} of the computer {computer}, since {time})")
        return text.format(process=holder.process, computer=holder.computer, time=since)
    text = _("another command of this program (process {process}, since {time})")
    return text.format(process=holder.process, time=since)
