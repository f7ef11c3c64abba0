"""Show what ``check`` says of rosters that are each ugly in a way of their own: ``python -m tools.ugly [NAME …]``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from matcher.commands import main as old_partners
from tests.helpers.ugly import UGLY, words_of


def main(names: list[str]) -> None:
    """Make each file and check it."""
    for name in names or UGLY:
        print(f"\n===== {name.replace('_', ' ')}", flush=True)
        with tempfile.TemporaryDirectory() as place:
            old_partners(words_of(name, Path(place)))


if __name__ == "__main__":
    main(sys.argv[1:])
