"""Who is meant by an id, an id without its zeros or a name; the nearest spellings where nobody is."""

from __future__ import annotations

import difflib
from typing import Literal

from matcher.errors import UsageError
from matcher.i18n import _
from matcher.privacy import hide_phones, mask_name
from matcher.roster.model import Roster

_NEAR = 3
"""Spellings proposed for one that nobody has."""


def find_person(roster: Roster, side: Literal["elders", "volunteers"], text: str) -> int:
    """Return the roster index of who is meant.

    Raises:
        UsageError: nobody is meant, with the nearest spellings; or several people are.
    """
    directory = roster.directory(side)
    text = text.strip()
    unknown = {"elders": _("no elder is called {value}"), "volunteers": _("no volunteer is called {value}")}[side]
    if not (directory.knows(text) or directory.restore_id(text) or directory.find_by_name(text)):
        near = _list_near(list(directory.ids), list(directory.names), text)
        problem = unknown.format(value=hide_phones(text))
        if not near:
            raise UsageError(problem)
        raise UsageError(_("{problem}; do you mean {near}?").format(problem=problem, near=_(", ").join(near)))
    return directory.find(text, unknown)


def _compare(text: str, other: str) -> float:
    """Return how alike two spellings are."""
    return difflib.SequenceMatcher(None, text, other).ratio()


def _list_near(ids: list[str], names: list[str], text: str) -> list[str]:
    """Return ids, with masked names, of those whose id or name is spelt most nearly so."""
    place = {one: i for i, one in enumerate(ids)}
    near = difflib.get_close_matches(text, ids, 10 * _NEAR, 0.7)
    found = [place[one] for one in sorted(near, key=lambda one: (-_compare(text, one), one))[:_NEAR]]
    by_name: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        by_name.setdefault(name, []).append(i)
    for name in difflib.get_close_matches(text, [name for name in by_name if name], _NEAR, 0.6):
        found += by_name[name]
    return [_("{name} ({id})").format(name=mask_name(names[i]), id=ids[i]) for i in dict.fromkeys(found)][:_NEAR]
