"""Finding the header among a file's first rows, and telling which column each of its cells names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from matcher.columns import Column
from matcher.datum import strip_datum
from matcher.messages import Issue
from matcher.roster.formats import Row, spelt
from matcher.roster.table import columns_of

HEADER_WITHIN = 20
"""The header is looked for in so many rows."""

Aliases = tuple[tuple[str, str], ...]
"""Headers of the user's own, each with the name or header of the column it stands for."""
Known = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Header:
    """A header: its cells, how many rows stand before it, how many it takes (two where cells are merged)."""

    cells: tuple[str, ...]
    above: int
    rows: int
    matches: int


@lru_cache(maxsize=64)
def known_headers(kind: str, aliases: Aliases = ()) -> Known:
    """A kind's columns by every header, as ``plain`` writes them; the user's own go before the table's."""
    columns = {plain(header): column for column in columns_of(kind) for header in column.headers}
    own = {plain(header): columns[plain(name)] for header, name in aliases if plain(name) in columns}
    return {**columns, **own}


@lru_cache(maxsize=1 << 15)  # the same rows are looked at once a separator, and once more together with the next
def plain(header: str) -> str:
    """A header without what people vary: width, case, spaces, underscores, a star or colon; and without a datum."""
    return strip_datum(re.sub(r"[\s_*:]", "", unicodedata.normalize("NFKC", header).casefold()))


def find_header(rows: Sequence[Row], known: Known) -> Header:
    """The row that names the most columns, the first of equals; two rows where they name more together.

    Two rows are one header where cells are merged across them: what the lower row leaves empty stands in the upper.
    """
    texts = [[spelt(cell) for cell in row] for row in rows[:HEADER_WITHIN]]
    best = Header((), 0, 1, 0)
    for i, row in enumerate(texts):
        if (matches := _matches(row, known)) > best.matches:
            best = Header(tuple(row), i, 1, matches)
    for i, (upper, lower) in enumerate(zip(texts, texts[1:], strict=False)):
        both = _merged(upper, lower)
        if (matches := _matches(both, known)) > best.matches:
            best = Header(tuple(both), i, 2, matches)
    return best


def _matches(row: Sequence[str], known: Known) -> int:
    return len({known[plain(cell)].name for cell in row if plain(cell) in known})


def _merged(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    upper = [*upper, *[""] * (len(lower) - len(upper))]
    lower = [*lower, *[""] * (len(upper) - len(lower))]
    return [low if low.strip() else high for high, low in zip(upper, lower, strict=True)]


def free_name(title: str, index: int, taken: set[str]) -> str:
    """A name for an unknown column: its title, with the column's letter where that is empty or taken."""
    if title and title not in taken:
        return title
    letter = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letter = chr(ord("A") + rest) + letter
    return f"{title} ({letter})" if title else letter


def missing_columns(kind: str, headers: Mapping[str, str], file: str) -> list[Issue]:
    """An issue for each column that must be there and is not."""
    return [
        Issue("column_missing", file, column=column.header(), params={"headers": ", ".join(column.headers)})
        for column in columns_of(kind)
        if column.required and column.name not in headers
    ]


def doubled_columns(kind: str, twice: Mapping[str, Sequence[str]], file: str) -> list[Issue]:
    """An issue for each column that several headers name."""
    return [
        Issue("column_twice", file, column=column.header(), params={"headers": ", ".join(twice[column.name])})
        for column in columns_of(kind)
        if column.name in twice
    ]
