"""Columns of a page packed small: numbers as zigzag deltas in byte planes, texts as shapes with numbers; deflated.

Two neighbours differ little, so differences are small; zigzag makes them small without a sign; of four bytes the upper
ones are then mostly 0, and together, plane by plane, they deflate to next to nothing. ``unpack.js`` reads it back.
"""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]

_NUMBER = re.compile(r"[0-9]{1,9}")
_CONTROL = re.compile(r"[\x00-\x1f]")
_SLOT = "\x01"
"""Stands in a shape for a number; the character after it says to how many digits it is filled up with zeros."""
_NO_ZEROS = 64
_SLOT_OF = re.compile(r"\x01(.)", re.DOTALL)
_LEVEL = 6


class Packer:
    """Takes columns and gives one deflated block and its table of contents."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._at = 0
        self._columns: dict[str, dict[str, Any]] = {}

    def add_integers(self, name: str, values: Iterable[int] | Index) -> None:
        """Add a column of whole numbers of 32 bits with sign."""
        self._columns[name] = {"kind": "integers", **self._store(values)}

    def add_texts(self, name: str, texts: Iterable[str]) -> None:
        """Add a column of texts; control characters become blanks."""
        split = [_split(text) for text in texts]
        number_of: dict[str, int] = {}
        shape = [number_of.setdefault(form, len(number_of)) for form, _numbers in split]
        numbers = [number for _form, mine in split for number in mine]
        told = json.dumps(list(number_of), ensure_ascii=False, separators=(",", ":")).encode()
        self._columns[name] = {
            "kind": "texts",
            "at": self._put(told),
            "bytes": len(told),
            "shape": self._store(shape),
            "numbers": self._store(numbers),
        }

    def _store(self, values: Iterable[int] | Index) -> dict[str, int]:
        """Store whole numbers; return where they are."""
        array = np.fromiter(values, dtype=np.int64) if not isinstance(values, np.ndarray) else values.astype(np.int64)
        assert not len(array) or (array.min() >= -(2**31) and array.max() < 2**31), "more than 32 bits"
        step = np.diff(array, prepend=0).astype(np.int32)  # wraps round: sums do so too
        zigzag = ((step << 1) ^ (step >> 31)).view(np.uint32)
        planes = 0 if not len(zigzag) else max(1, (int(zigzag.max()).bit_length() + 7) // 8)
        at = self._at
        for plane in range(planes):
            self._put(((zigzag >> np.uint32(8 * plane)) & np.uint32(0xFF)).astype(np.uint8).tobytes())
        return {"at": at, "length": len(array), "planes": planes}

    def _put(self, block: bytes) -> int:
        """Store bytes; return where they begin."""
        at = self._at
        self._blocks.append(block)
        self._at += len(block)
        return at

    def close(self) -> tuple[dict[str, dict[str, Any]], str]:
        """Return the table of contents and the block, deflated and as base64."""
        return self._columns, b64encode(zlib.compress(b"".join(self._blocks), _LEVEL)).decode()


def unpack(columns: dict[str, dict[str, Any]], block: str) -> dict[str, Index | list[str]]:
    """Return the columns that a ``Packer`` took."""
    stored = zlib.decompress(b64decode(block))
    out: dict[str, Index | list[str]] = {}
    for name, column in columns.items():
        if column["kind"] == "integers":
            out[name] = _load(stored, column)
            continue
        forms = json.loads(stored[column["at"] : column["at"] + column["bytes"]])
        numbers = iter(_load(stored, column["numbers"]).tolist())
        out[name] = [_fill(forms[shape], numbers) for shape in _load(stored, column["shape"]).tolist()]
    return out


def _load(stored: bytes, column: dict[str, Any]) -> Index:
    """Return whole numbers from where they are stored."""
    n, zigzag = column["length"], np.zeros(column["length"], dtype=np.uint32)
    for plane in range(column["planes"]):
        at = column["at"] + plane * n
        zigzag |= np.frombuffer(stored, np.uint8, n, at).astype(np.uint32) << np.uint32(8 * plane)
    step = (zigzag >> np.uint32(1)).astype(np.int32) ^ -(zigzag & np.uint32(1)).astype(np.int32)
    return np.cumsum(step, dtype=np.int32).astype(np.int64)


def _split(text: str) -> tuple[str, Sequence[int]]:
    """Return a text's shape and the numbers in it."""
    numbers: list[int] = []

    def take(found: re.Match[str]) -> str:
        digits = found[0]
        numbers.append(int(digits))
        zeros = len(digits) if digits[0] == "0" and len(digits) > 1 else 0
        return f"{_SLOT}{chr(_NO_ZEROS + zeros)}"

    return _NUMBER.sub(take, _CONTROL.sub(" ", text)), numbers


def _fill(shape: str, numbers: Iterable[int]) -> str:
    """Return the text of a shape; the numbers are taken off the front."""
    taken = iter(numbers)
    return _SLOT_OF.sub(lambda slot: str(next(taken)).zfill(ord(slot[1]) - _NO_ZEROS), shape)
