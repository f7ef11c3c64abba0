"""What was read: the hash of each input's bytes, taken from the very bytes that were used.

A month takes minutes. A file in a synchronised folder may change or go meanwhile, and a pipe can't be read twice: a
manifest that read its inputs again would be evidence of something else.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from time import monotonic

_MOST_BYTES = 1 << 31
"""Most that is read of one input: a table of 900,000 people has some 100 MB."""
_PIECE = 1 << 24
_PATIENCE_S = 10
"""Seconds within which the other end of a pipe must be opened."""
_GLANCE_S = 0.2
_gathered: dict[Path, str] | None = None
_piped: dict[Path, bytes] = {}
"""Content of pipes that the command read: they tell it once."""


class ChangedMeanwhileError(OSError):
    """Error of a file that was read twice and was another the second time."""


class DeviceError(OSError):
    """Error of a path that names a device, as /dev/zero, and no file."""


class TooLargeError(OSError):
    """Error of a file or pipe with more in it than any table of people has."""


class SilentPipeError(OSError):
    """Error of a pipe into which nobody writes: whoever read it would wait without end."""


def _find_place(path: Path) -> Path:
    """Return where a path leads; one that leads to itself stays as it is (``resolve`` raises or not, by version)."""
    return Path(os.path.realpath(path))


@contextmanager
def gather_evidence() -> Iterator[None]:
    """Keep the hash of every file that ``read_input`` reads in the block."""
    global _gathered  # noqa: PLW0603 - one command a process
    before, _gathered = _gathered, {}
    try:
        yield
    finally:
        _gathered = before
        _piped.clear()


def read_input(path: Path) -> bytes:
    """Return the content of an input, and keep its hash where evidence is gathered; of a pipe its content too.

    Raises:
        ChangedMeanwhileError: it is another than when it was read before.
        DeviceError: it is a device, which may never end.
        TooLargeError: it holds more than ``_MOST_BYTES``.
        SilentPipeError: it is a pipe, and nobody writes into it.
        OSError: it can't be read.
    """
    if path.is_char_device() or path.is_block_device():
        raise DeviceError(str(path))
    is_pipe = path.is_fifo()
    if is_pipe and (known := _piped.get(_find_place(path))) is not None:
        return known
    content = _read_pipe(path) if is_pipe else _read_file(path)
    if _gathered is not None:
        where = _find_place(path)
        if is_pipe:
            _piped[where] = content
        found = hashlib.sha256(content).hexdigest()
        if _gathered.setdefault(where, found) != found:
            raise ChangedMeanwhileError(str(path))
    return content


def _read_pipe(path: Path) -> bytes:
    """Return all that comes through a pipe; opening one in the usual way waits for a writer without end."""
    if sys.platform == "win32":  # which has no such pipes
        return _read_file(path)
    else:  # noqa: RET505 - mypy looks at no branch of another system
        import select  # noqa: PLC0415 - rarely needed

        with FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK)) as pipe:
            first, until = b"", monotonic() + _PATIENCE_S
            while first == b"" and not select.select([pipe], [], [], _GLANCE_S)[0]:
                first = pipe.read(_PIECE)  # None: somebody has opened it, and is not ready yet
                if first == b"" and monotonic() > until:
                    raise SilentPipeError(str(path))
            os.set_blocking(pipe.fileno(), True)
            return (first or b"") + _take_all(pipe)


def _read_file(path: Path) -> bytes:
    """Return a file's content; one that is too large is not begun."""
    if path.stat().st_size > _MOST_BYTES:
        raise TooLargeError(str(path))
    with path.open("rb", buffering=0) as file:
        return _take_all(file)


def _take_all(file: FileIO) -> bytes:
    """Return what a file holds from here on; more than is ever read is not waited for."""
    pieces, size = [], 0
    while piece := file.read(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > _MOST_BYTES:
            raise TooLargeError(str(file.name))
    return b"".join(pieces)


def note_missing(path: Path) -> None:
    """Keep that there is no such input, where evidence is gathered."""
    if _gathered is not None:
        _gathered.setdefault(_find_place(path), "")


def has_changed(path: Path) -> bool:
    """Return whether a file that was read, or found missing, is another now; one that went is nobody's work."""
    known = _gathered.get(_find_place(path)) if _gathered is not None else None
    return known is not None and path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != known


def forget_below(path: Path) -> None:
    """Forget what was read at a path or below: it was written anew, and reads otherwise from now on."""
    if _gathered is not None:
        for known in [one for one in _gathered if one.is_relative_to(path)]:
            del _gathered[known]


def find_hash(path: Path) -> str:
    """Return the SHA-256 of an input as it was read; of one that was not read through here, as it is now.

    Raises:
        OSError: it was not read, and can't be.
    """
    if _gathered is not None and (known := _gathered.get(_find_place(path))):
        return known
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
