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

from matcher.errors import explain_write_error
from matcher.i18n import _, join_words
from matcher.lock import Lock
from matcher.publishing.claim import PREFIX, remove
from matcher.publishing.log import note_mended


def mend(folder: Path) -> frozenset[Path]:
    """Mend what processes that have ended left in a folder, and note it.

    What cannot be put into place now, as the disk is full or a file is held open, stays for the next command, and that
    is noted too.

    Returns:
        What is not in its place until then: nothing is to take that.
    """
    groups: dict[str, dict[str, Path]] = defaultdict(dict)
    try:
        for path in folder.glob(f"{PREFIX}*"):
            groups[path.stem][path.suffix] = path
    except OSError:
        return frozenset()
    waiting: set[Path] = set()
    for found in groups.values():
        lock = Lock.take_over(found[".lock"]) if ".lock" in found else None
        if ".lock" in found and lock is None:
            continue  # its process is at work, or another mends it now
        is_done = False
        try:
            is_done = _mend(folder, found)
        except OSError as error:
            waiting.add(_note_waiting(folder, found, error))
        finally:
            if lock:
                (lock.release if is_done else lock.leave)()
    return frozenset(waiting)


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


def _mend(folder: Path, found: dict[str, Path]) -> bool:
    """Bring a replacement that was cut off to its end, and remove what is left of it; return whether nothing is.

    Raises:
        OSError: something can't be put into its place now; nothing is removed.
    """
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
    for name in (".part", ".old"):
        if name in found:
            remove(found[name])
    left = [path.name for path in (part, old) if path and path.exists()]
    if left:  # the journal stays as long: it says what they are
        text = _("what a run that was cut off left in {path} can't be removed now: {names}. Close what holds it open")
        note_mended(text.format(path=folder, names=join_words(left)))
        return False
    if told is None and (part or old):
        note_mended(_("what a run that was cut off had left in {path} is removed").format(path=folder))
    if ".journal" in found:
        remove(found[".journal"])
    return True


def _note_waiting(folder: Path, found: dict[str, Path], error: OSError) -> Path:
    """Note what can't be put into its place now; return what that is, the folder itself where nobody knows."""
    try:
        told = _read_journal(found.get(".journal"))
    except OSError:
        told = None
    path = folder / str(told["target"]) if told else folder
    text = _(
        "a run was cut off while it replaced {path}, and that can't be put in order now: {problem}. Nothing is lost: "
        "it lies in {folder} under hidden names ({names}); mend that, and the next command there puts it in order"
    )
    names = join_words(found[kind].name for kind in (".part", ".old") if kind in found)
    note_mended(text.format(path=path, problem=_(explain_write_error(error)), folder=folder, names=names))
    return path


def _explain_end(*, is_new: bool, is_old: bool) -> str:
    """Return the sentence on what stands after a replacement was cut off."""
    if is_new:
        return _("a run was cut off while it replaced {path}: it stands now as that run wrote it")
    if is_old:
        return _("a run was cut off while it replaced {path}: it stands as it was before")
    return _("a run was cut off while it replaced {path}: it stands whole, as it was before or as that run wrote it")


def _read_journal(path: Path | None) -> dict[str, Any] | None:
    """Return what a journal says; None where there is none, or the process ended before it was whole.

    Raises:
        OSError: nobody can read it now.
    """
    try:
        told = json.loads(path.read_text("utf-8")) if path else None
    except ValueError:
        return None
    return told if isinstance(told, dict) and {"target", "keep", "new"} <= told.keys() else None
