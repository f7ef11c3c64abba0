"""Text made harmless for a terminal."""

from __future__ import annotations

import unicodedata

from matcher.privacy import hide_national_ids


def make_plain(text: str) -> str:
    """Return text without national IDs, and without control characters, which must not steer the terminal.

    Spaces of every kind are spaces.
    """
    return "".join(
        character if character.isprintable() else " " if unicodedata.category(character) == "Zs" else "·"
        for character in hide_national_ids(text)
    )
