"""What this process did to the disk so far: what it wrote, and what it mended after others.

A sentence about the disk at the end of a command, good or bad, is told from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class _Log:
    """Log of files written, as the user named them, and of what was mended, with a way to tell of that at once."""

    written: dict[str, None] = field(default_factory=dict)
    mended: dict[str, None] = field(default_factory=dict)
    tell: Callable[[str], None] | None = None


_log = _Log()


def begin_log(tell: Callable[[str], None] | None = None) -> None:
    """Forget what earlier commands of this process did.

    Args:
        tell: Shows a sentence that can't wait for the end of the command; None: nobody listens.
    """
    _log.written.clear()
    _log.mended.clear()
    _log.tell = tell


def note_written(shown: str | Path) -> None:
    """Note that a file or folder stands, whole."""
    _log.written[str(shown)] = None


def note_mended(sentence: str) -> None:
    """Note what was mended after a run that was cut off, or could not be, as a translated sentence."""
    _log.mended[sentence] = None


def tell_now(sentence: str) -> None:
    """Show a translated sentence at once, where somebody listens."""
    if _log.tell is not None:
        _log.tell(sentence)


def list_written() -> list[str]:
    """Return what stands written, in order."""
    return list(_log.written)


def list_mended() -> list[str]:
    """Return the sentences on what was mended."""
    return list(_log.mended)
