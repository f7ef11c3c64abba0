"""Ids as names of files that every system takes, Windows too, and that stay apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from unicodedata import normalize

from matcher.publishing.guards import is_reserved

_UNFIT = re.compile(r'[\x00-\x1f<>:"/\\|?*%]|^[. ]|[. ]$')
_LONGEST = 40


def make_file_names(ids: Sequence[str]) -> dict[str, str]:
    """Return a name without ending for each of ``ids``; most are their own.

    Characters that files can't have become ``%`` and their code; names that would meet on a system that knows no
    capitals, or one way alone to write an accent, are reserved or too long get a part of the id's hash at their end.
    """
    plain = {text: _UNFIT.sub(_write_code, text) for text in ids}
    many = Counter(map(_fold, plain.values()))
    return {
        text: name
        if many[_fold(name)] == 1 and len(name) <= _LONGEST and name and not is_reserved(name)
        else f"{_avoid_devices(name)[:_LONGEST]}~{sha256(text.encode()).hexdigest()[:8]}"
        for text, name in plain.items()
    }


def _write_code(found: re.Match[str]) -> str:
    """Return a character as ``%`` and its code."""
    return f"%{ord(found[0]):02X}"


def _fold(name: str) -> str:
    """Return a name as systems compare them that keep no capitals apart, nor ways to write an accent."""
    return normalize("NFC", normalize("NFC", name).casefold())


def _avoid_devices(name: str) -> str:
    """Return a name with the codes of its dots where it would be that of a device, up to the first dot."""
    return name.replace(".", "%2E") if is_reserved(name) else name
