"""What a process that was killed left beside its target: found and mended by the next one that writes there.

At whatever moment it ended, the target is the old thing or the new one afterwards, and nothing hidden stays:

======================  =========================================  ==================================
the target              was replaced by                            then
======================  =========================================  ==================================
is the old one          nothing yet                                the part goes
is missing              the first of two renames                   the part, which is whole, becomes it
is the new one          an exchange, or both renames               the old one goes, or where it is kept
======================  =========================================  ==================================

Which one stands is read from the disk: the journal holds the number (inode) of the new one, which renames don't change.
Disks that number anew each time they are plugged in leave that open: then all that may be wanted is kept.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from matcher.i18n import _
from matcher.lock import Lock
from matcher.publishing.claim import PREFIX, remove
from matcher.publishing.log import note_mended


def mend(folder: Path) -> None:
    """Mend what processes that have ended left in a folder, and note it; what cannot be moved now is left."""
    groups: dict[str, dict[str, Path]] = defaultdict(dict)
    try:
        for path in folder.glob(f"{PREFIX}*"):
            groups[path.stem][path.suffix] = path
    except OSError:
        return
    for found in groups.values():
        lock = Lock.take_over(found[".lock"]) if ".lock" in found else None
        if ".lock" in found and lock is None:
            continue  # its process is at work, or another mends it now
        try:
            _mend(folder, found)
        except OSError:
            continue  # not ours to move, or held open: the next one tries again
        finally:
            if lock:
                lock.release()


def mend_missing(words: Iterable[str]) -> None:
    """Mend where words of a command name what is not there: who only reads finds a folder that was being replaced."""
    seen: set[Path] = set()
    for word in words:
        path = Path(word.partition("=")[2] if word.startswith("-") else word)
        try:
            while not path.exists() and path != path.parent:
                path = path.parent
                if path.is_dir() and path not in seen:
                    seen.add(path)
                    mend(path)
        except (OSError, ValueError):
            continue  # no name of a file


def _mend(folder: Path, found: dict[str, Path]) -> None:
    """Bring a replacement that was cut off to its end, and remove what is left of it."""
    part, old = found.get(".part"), found.get(".old")
    told = _read_journal(found.get(".journal"))
    if told is not None:
        target = folder / str(told["target"])
        new_part = part if part and part.stat().st_ino == told["new"] else None
        whole = None if target.exists() else new_part or old or part
        if whole:
            whole.rename(target)
        is_new = target.exists() and target.stat().st_ino == told["new"]
        is_old = not is_new and bool(new_part or (whole and whole == old))
        other = next((path for path in (old, part) if path and path.exists()), None)
        keep = Path(told["keep"]) if told["keep"] else None
        if keep and other and not is_old and not keep.exists():
            other.rename(keep)
        if target.exists():
            note_mended(_explain_end(is_new=is_new, is_old=is_old).format(path=target))
    elif part or old:
        note_mended(_("what a run that was cut off had left in {path} is removed").format(path=folder))
    for name in (".part", ".old", ".journal"):
        if name in found:
            remove(found[name])


def _explain_end(*, is_new: bool, is_old: bool) -> str:
    """Return the sentence on what stands after a replacement was cut off."""
    if is_new:
        return _("a run was cut off while it replaced {path}: it stands now as that run wrote it")
    if is_old:
        return _("a run was cut off while it replaced {path}: it stands as it was before")
    return _("a run was cut off while it replaced {path}: it stands whole, as it was before or as that run wrote it")


def _read_journal(path: Path | None) -> dict[str, Any] | None:
    """Return what a journal says; None where there is none, or the process ended before it was whole."""
    try:
        told = json.loads(path.read_text("utf-8")) if path else None
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and {"target", "keep", "new"} <= told.keys() else None
