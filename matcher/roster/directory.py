"""Finding people of a roster by what lists and commands call them: an id, an id spelt otherwise, a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.i18n import _, join_words
from matcher.privacy import hide_phones, mask_name

_BETWEEN = re.compile(r"[\s_-]")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)", re.ASCII)
_END = "\0"
_VARIED = re.compile(r"[\s·•.]")


@dataclass(frozen=True)
class Directory:
    """The ids and names of one side of a roster, and the ids of those who are set aside."""

    ids: Sequence[str]
    names: Sequence[str]
    set_aside: Set[str] = frozenset()

    @cached_property
    def index(self) -> dict[str, int]:
        """Return the place of each id."""
        return {text: i for i, text in enumerate(self.ids)}

    @cached_property
    def _by_spelling(self) -> dict[str, list[str]]:
        """Return ids by what is left of them where people type them or Excel takes them for numbers."""
        found: dict[str, list[str]] = {}
        for text, bare in _change_all((*self.ids, *self.set_aside), _simplify_id):
            found.setdefault(bare, []).append(text)
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for text, (_own, name) in zip(self.ids, _change_all(self.names, simplify_name), strict=True):
            found.setdefault(name, []).append(text)
        found.pop("", None)
        return found

    @cached_property
    def _masked(self) -> list[str]:
        masked = {name: mask_name(name) for name in set(self.names)}
        return [masked[name] for name in self.names]

    @cached_property
    def _arrays(self) -> tuple[pa.Array, pa.Array, pa.Array]:
        """Return ids, names and masked names."""
        ids, names, masked = (pa.array(texts, pa.string()) for texts in (self.ids, self.names, self._masked))
        return ids, names, masked

    def find_places(self, ids: pa.Array) -> NDArray[np.int64]:
        """Return the place of each of some ids, -1 where it is nobody's, (n,)."""
        return np.asarray(pc.fill_null(pc.index_in(ids, value_set=self._arrays[0]), -1), dtype=np.int64)

    def find_plain(self, ids: pa.Array, names: pa.Array) -> NDArray[np.bool_]:
        """Return which rows of two columns of texts need no second look: an id, and nobody else's name beside it."""
        own, *known = self._arrays
        place = pc.index_in(ids, value_set=own)
        agrees = pc.equal(names, "")
        for spelt in known:
            agrees = pc.or_(agrees, pc.equal(names, spelt.take(place)))
        return np.asarray(pc.fill_null(pc.and_(agrees, pc.is_valid(place)), False))

    def knows(self, text: str) -> bool:
        """Return whether an id is somebody's, set aside or not."""
        return text in self.index or text in self.set_aside

    def restore_id(self, text: str) -> str:
        """Return the one id that a text spells otherwise; empty where it spells none, or several.

        Excel took the zeros in front of a number, somebody wrote small letters for capitals, a space or a hyphen.
        """
        found = self._by_spelling.get(_simplify_id(text), ())
        return found[0] if len(found) == 1 else ""

    def find_by_name(self, name: str) -> list[str]:
        """Return the ids of all who bear a name."""
        return self._by_name.get(simplify_name(name), [])

    def agrees(self, text: str, name: str) -> bool:
        """Return whether a name, masked or not, can be that of an id."""
        if text not in self.index:
            return True
        place = self.index[text]
        own, masked = self.names[place], self._masked[place]
        return name in (own, masked) or simplify_name(name) in {simplify_name(own), simplify_name(masked)}

    def is_anybodys(self, name: str) -> bool:
        """Return whether a name, masked or not, is that of anybody."""
        return bool(self.find_by_name(name)) or name.strip() in self._masked

    def find(self, text: str, unknown: str) -> int:
        """Return the place of who is meant by an id or a name.

        Args:
            text: The id or name.
            unknown: What to say where it is nobody's.

        Raises:
            UsageError: nobody is meant, or several.
        """
        text = text.strip()
        if text in self.index:
            return self.index[text]
        if restored := self.restore_id(text):
            text = restored
        elif same := self.find_by_name(text):
            if len(same) > 1:
                told = _("several people are called {name}: {ids}; give the id")
                raise UsageError(told.format(name=text, ids=join_words(same)))
            text = same[0]
        if text in self.index:
            return self.index[text]
        if text in self.set_aside:
            raise UsageError(_("the roster's row of {value} is at fault and set aside; correct it").format(value=text))
        raise UsageError(unknown.format(value=hide_phones(text)))


def _change_all(texts: Sequence[str], change: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Return texts with what a function makes of each: of all in one, for it looks at no sign beyond the zero byte."""
    whole = change(_END.join(texts)).split(_END)
    return zip(texts, whole if len(whole) == len(texts) else map(change, texts), strict=True)


def simplify_name(name: str) -> str:
    """Return a name without the spaces and dots that people vary."""
    return _VARIED.sub("", name).casefold()


def _simplify_id(text: str) -> str:
    """Return an id in usual width and small letters, without spaces, hyphens and zeros before numbers."""
    return _ZEROS.sub("", _BETWEEN.sub("", unicodedata.normalize("NFKC", text).casefold()))
