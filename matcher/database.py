"""Addresses of databases, as people write them where a file may stand too."""

from __future__ import annotations

from pathlib import Path


def is_database(text: str) -> bool:
    """Return whether a text is the address of a database and no path."""
    return "://" in text


def locate(text: str, folder: Path) -> str:
    """Return a path, or the path of an SQLite file in an address, from a folder; other addresses as they are."""
    if not is_database(text):
        return str(folder / text)
    head, mark, path = text.partition(":///")
    if not head.startswith("sqlite") or not path or path.startswith((":memory:", "file:")):
        return text
    return f"{head}{mark}{(folder / path).as_posix()}"
