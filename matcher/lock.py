"""A file that is locked as long as the process lives: by it others know whether a left-over's maker is still at work.

The lock is the system's own (``flock``, on Windows ``locking``): it goes with the process, however that ends.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PAUSE_S = 0.05
"""Seconds between two looks at a lock that another holds."""
MOST_PATIENCE_S = 300
"""Seconds after which who holds a lock is taken for suspended: nobody is waited for longer."""
_TOLD_FROM = 1
"""Byte of a lock file from which it says who holds it: Windows lets nobody read the first, which is locked."""
_MOST_TOLD = 300


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a lock: its number, its computer where that is another one, and since when."""

    process: int
    computer: str
    since: datetime


class Lock:
    """A lock file that is held; ``release`` removes it."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """Make a lock file and hold it; None where somebody removed it meanwhile, or holds it.

        Raises:
            FileExistsError: there is such a file.
            OSError: it can't be made.
        """
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        held = cls(path, handle)
        if _lock(handle) is not False and _is_same(path, handle):
            return held
        os.close(handle)
        return None

    @classmethod
    def take_over(cls, path: Path) -> Self | None:
        """Hold the lock file of a process that has ended; None where it lives, or nobody can know."""
        try:
            handle = os.open(path, os.O_RDWR)
        except OSError:
            return None
        if _lock(handle) and _is_same(path, handle):
            return cls(path, handle)
        os.close(handle)
        return None

    @classmethod
    def take_if_free(cls, path: Path) -> Self | None:
        """Hold a lock file; None where another holds it now; where the disk knows no locks it is always free.

        Raises:
            OSError: it can't be made.
        """
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if _lock(handle) is not False and _is_same(path, handle):
            _write_holder(handle)
            return cls(path, handle)
        os.close(handle)
        return None

    def leave(self) -> None:
        """Let go of the file and leave it there, for who comes next."""
        os.close(self._handle)

    def release(self) -> None:
        """Remove the file and let go of it."""
        if sys.platform == "win32":  # no file goes there while it is open
            os.close(self._handle)
            with suppress(PermissionError):  # who waits for it has it open already, and removes it
                self._path.unlink(missing_ok=True)
        else:
            self._path.unlink(missing_ok=True)
            os.close(self._handle)


@contextmanager
def hold_in_turn(path: Path) -> Iterator[None]:
    """Hold a lock file while a block runs, after whoever holds it now; where the disk knows no locks nobody waits.

    The file stays: all who come must find the same one. Who holds it for too long is no longer waited for.

    Raises:
        OSError: it can't be made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + MOST_PATIENCE_S
        while _lock(handle) is False and time.monotonic() < until:
            time.sleep(PAUSE_S)
        yield
    finally:
        os.close(handle)


def read_holder(path: Path) -> Holder | None:
    """Return who holds a lock that ``take_if_free`` took; None where nobody holds it, or it does not say."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        os.lseek(handle, _TOLD_FROM, os.SEEK_SET)
        process, since, computer = os.read(handle, _MOST_TOLD).decode("utf-8").rstrip().split(" ", 2)
        when = datetime.fromisoformat(since).astimezone()
        return Holder(int(process), "" if computer == platform.node() else computer, when)
    except (OSError, ValueError):
        return None
    finally:
        os.close(handle)


def _write_holder(handle: int) -> None:
    """Write into a lock file that is held who holds it; on a full disk it does not say."""
    told = f"{os.getpid()} {datetime.now().astimezone().isoformat(timespec='seconds')} {platform.node()}"
    with suppress(OSError):
        os.lseek(handle, _TOLD_FROM, os.SEEK_SET)
        os.write(handle, told.encode("utf-8", "replace").ljust(_MOST_TOLD))


def _lock(handle: int) -> bool | None:
    """Lock an open file; return False where another holds it, None where the disk knows no locks."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True


def _is_same(path: Path, handle: int) -> bool:
    """Return whether the name still stands for the open file: who removes left-overs may have been quicker."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except OSError:
        return False
