"""Guards of what is never written over: inputs, and what is not ours; names that no file can have."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from matcher.run_folder import RUN_FILES

_OF_RUN = frozenset(file.name for file in RUN_FILES)
_ON_WINDOWS = sys.platform == "win32"
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.IGNORECASE)

_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_OPEN = ("~$", ".~lock.")
"""Beginnings of names that Excel and LibreOffice give to files beside one that is open."""


def is_litter(path: Path) -> bool:
    """Return whether a file is one that systems put into folders which are looked at, and nobody's work."""
    return (path.name.lower() in _LITTER or path.name.startswith("._")) and path.is_file()


def is_mark_of_open(name: str) -> bool:
    """Return whether a file is the mark of another beside it that is open now."""
    return name.startswith(_OPEN)


def is_reserved(name: str) -> bool:
    """Return whether Windows keeps a name for a device, with any ending."""
    return bool(_RESERVED.match(name))


def is_impossible(name: str) -> bool:
    """Return whether this system can have no file of a name: Windows keeps some, and drops dots and spaces at ends."""
    return _ON_WINDOWS and (is_reserved(name) or name != name.rstrip(". "))


def is_input(path: Path, inputs: Iterable[Path]) -> bool:
    """Return whether a file is read now, by whatever name: a link, another spelling, a second name of it."""
    return any(_is_same(path, given) for given in inputs)


def holds_input(folder: Path, inputs: Iterable[Path]) -> bool:
    """Return whether a folder, at any depth, holds something that is read now, or is that itself."""
    if not folder.exists():
        return False
    for given in inputs:
        real = Path(os.path.realpath(given))
        if any(_is_same(folder, above) for above in (given, real, *real.parents)):
            return True
    return False


def is_of_run(path: Path) -> bool:
    """Return whether a file stands and is one of those of a run, by whatever link: alone it is never replaced."""
    real = Path(os.path.realpath(path))
    manifest = real.with_name("manifest.json")
    return real.name in _OF_RUN and real.is_file() and manifest.is_file()


def _is_same(one: Path, other: Path) -> bool:
    """Return whether two names stand for the same file or folder."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one of them is not there yet
        return os.path.realpath(one) == os.path.realpath(other)
