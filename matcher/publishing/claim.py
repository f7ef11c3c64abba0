"""Hidden names beside what is to be written, held by a lock while their process lives.

``.old-partners-<8 hex digits>`` and one of these endings: ``.part`` is being built, ``.old`` is on its way out,
``.journal`` says what is being replaced, ``.lock`` is locked while the process lives.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from pathlib import Path

from matcher.lock import Lock

PREFIX = ".old-partners-"
TURN = f"{PREFIX}turn.lock"
"""Name of the file that is locked while one process replaces what stands in a folder."""


class Claim:
    """The hidden names of one thing to be written, and their lock."""

    def __init__(self, folder: Path) -> None:
        """Take hidden names in a folder.

        Raises:
            OSError: nothing can be written there.
        """
        lock = None
        while lock is None:  # a lock that was lost to who removes left-overs is taken anew under another name
            stem = f"{PREFIX}{secrets.token_hex(4)}"
            lock = Lock.take(folder / f"{stem}.lock")
        self._folder, self._stem, self._lock = folder, stem, lock

    @property
    def part(self) -> Path:
        """Return the name of what is being built."""
        return self._folder / f"{self._stem}.part"

    @property
    def old(self) -> Path:
        """Return the name of what was replaced."""
        return self._folder / f"{self._stem}.old"

    @property
    def journal(self) -> Path:
        """Return the name of the file that says what is being replaced."""
        return self._folder / f"{self._stem}.journal"

    def owns(self, path: Path) -> bool:
        """Return whether a path is one of the hidden names, or below one."""
        return any(path.is_relative_to(name) for name in (self.part, self.old, self.journal, self._folder / TURN))

    def write_journal(self, target: Path, keep: Path | None) -> None:
        """Note what is about to be replaced by ``part``, and where it goes; on disk before anything is moved."""
        told = {
            "target": target.name,
            "keep": str(keep) if keep else None,
            "new": self.part.stat().st_ino,
        }
        with self.journal.open("x", encoding="utf-8") as file:
            json.dump(told, file)
            file.flush()
            os.fsync(file.fileno())
        bring_to_disk(self._folder)

    def close(self) -> None:
        """Remove what is left under the hidden names, the lock last."""
        for path in (self.part, self.old, self.journal):
            remove(path)
        self._lock.release()


def remove(path: Path) -> None:
    """Remove a file or a folder with all that it holds, if it is there and the system lets us."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the next command that writes here tries again


def bring_to_disk(path: Path) -> None:
    """Wait until the disk has a file's or a folder's content; Windows can't do that for folders."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
