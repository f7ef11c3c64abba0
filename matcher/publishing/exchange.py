"""Two names on one disk swapped in a single step, where the system can: at no moment is either missing."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

_FROM_HERE = -100
"""``AT_FDCWD`` of Linux."""
_EXCHANGE = 2
"""``RENAME_EXCHANGE`` of Linux, see renameat2(2); ``RENAME_SWAP`` of macOS, see renamex_np(2)."""
_CANNOT = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})
"""What systems and disks say that know no exchange; where it is something else, the two renames will say so."""


def exchange(one: Path, other: Path) -> bool:
    """Swap what two names on one disk stand for; return False, with nothing done, where that can't be.

    Raises:
        OSError: one of them is not there, or not ours to move.
    """
    if os.name == "nt":
        return False
    names = os.fsencode(one), os.fsencode(other)
    library = ctypes.CDLL(None, use_errno=True)
    if swap := getattr(library, "renameat2", None):
        answer = swap(_FROM_HERE, names[0], _FROM_HERE, names[1], _EXCHANGE)
    elif swap := getattr(library, "renamex_np", None):
        answer = swap(*names, _EXCHANGE)
    else:
        return False
    if answer == 0:
        return True
    error = ctypes.get_errno()
    if error in _CANNOT:
        return False
    raise OSError(error, os.strerror(error), str(other))
