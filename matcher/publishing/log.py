"""What this process did to the disk so far: what it wrote, and what it mended after others.

A sentence about the disk at the end of a command, good or bad, is told from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class _Log:
    """What stands written, as the user named it, and sentences on what was mended."""

    written: dict[str, None] = field(default_factory=dict)
    mended: list[str] = field(default_factory=list)


_log = _Log()


def begin_log() -> None:
    """Forget what earlier commands of this process did."""
    _log.written.clear()
    _log.mended.clear()


def note_written(shown: str | Path) -> None:
    """Note that a file or folder stands, whole."""
    _log.written[str(shown)] = None


def note_mended(sentence: str) -> None:
    """Note what was mended after a run that was cut off, as a translated sentence."""
    _log.mended.append(sentence)


def list_written() -> list[str]:
    """Return what stands written, in order."""
    return list(_log.written)


def list_mended() -> list[str]:
    """Return the sentences on what was mended."""
    return list(_log.mended)
