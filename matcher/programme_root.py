"""The folder of a programme, found from inside it: apart from ``programme``, as the start of every command asks."""

from __future__ import annotations

from pathlib import Path

FILE = "programme.toml"


def find_root(start: Path | None = None) -> Path | None:
    """Return the nearest folder with a ``programme.toml``, upwards from ``start``; paths stay relative."""
    start = start or Path()
    try:
        steps = len(start.resolve().parents) + 1
        folders = (start.joinpath(*[".."] * step) for step in range(steps))
        return next((folder for folder in folders if (folder / FILE).is_file()), None)
    except OSError:  # the current folder is gone, or not ours to look into
        return None
