"""Marks of all calendar files: their time zone, and the product by which files of this program are known."""

from __future__ import annotations

from pathlib import Path

ZONE = "Asia/Shanghai"
PRODUCT = "-//Old Partners"
_HEAD = 512
"""Bytes in which the head of a calendar file names the product."""


def is_own_calendar(path: Path) -> bool:
    """Return whether a calendar file is of this program: its head names the product."""
    try:
        with path.open("rb") as file:
            return f"\r\nPRODID:{PRODUCT}".encode() in file.read(_HEAD)
    except OSError:
        return False
