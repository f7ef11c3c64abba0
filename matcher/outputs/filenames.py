"""Ids as names of files that every system takes, Windows too, and that stay apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

_UNFIT = re.compile(r'[\x00-\x1f<>:"/\\|?*%]|^[. ]|[. ]$')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_LONGEST = 40


def make_file_names(ids: Sequence[str]) -> dict[str, str]:
    """Return a name without ending for each of ``ids``; most are their own.

    Characters that files can't have become ``%`` and their code; names that would meet on a system that knows no
    capitals, are reserved or too long get a part of the id's hash at their end.
    """
    plain = {text: _UNFIT.sub(lambda found: f"%{ord(found[0]):02X}", text) for text in ids}
    many = Counter(name.casefold() for name in plain.values())
    return {
        text: name
        if many[name.casefold()] == 1 and len(name) <= _LONGEST and name and not _RESERVED.fullmatch(name)
        else f"{name[:_LONGEST]}~{sha256(text.encode()).hexdigest()[:8]}"
        for text, name in plain.items()
    }
