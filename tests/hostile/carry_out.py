"""A command carried out in this process, and all that there was to see of it: screen, disk, time and memory."""

from __future__ import annotations

import io
import os
import stat
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from matcher.commands import main
from matcher.i18n import use_language

if sys.platform != "win32":
    import resource


@dataclass(frozen=True, slots=True)
class Entry:
    """Entry of the disk: rights, content of a file, aim of a link; a folder has neither."""

    mode: int
    content: bytes | None = None
    aim: str = ""


Disk = Mapping[str, Entry]
"""All that is in a folder, by its path in there."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Commands that are given in a folder, one after another, and what is known of what they read.

    Attributes:
        kind: What is hostile about it.
        commands: The words of each.
        rows: Rows below the header of each roster, by the name of its file, where its maker can count them.
        people: For each roster that a month is made of, the rows of people as Excel counts them.
        secrets: What may be in no output, by the strictest outputs that may hold it: ``nowhere``, ``copies``,
            ``papers``, ``full_names``.
        inputs: Names of files that no command may change.
    """

    kind: str
    commands: Sequence[Sequence[str]]
    rows: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    secrets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    inputs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a command."""

    attempt: Attempt
    place: str
    words: Sequence[str]
    code: int
    screen: bytes
    trouble: bytes
    before: Disk
    after: Disk
    cpu_s: float
    memory_bytes: int

    @property
    def said(self) -> str:
        """Return all that was shown, as one line."""
        return " ".join((self.screen + b"\n" + self.trouble).decode("utf-8", "replace").split())

    @property
    def changed(self) -> dict[str, Entry]:
        """Return what is new or other than before."""
        return {name: entry for name, entry in self.after.items() if self.before.get(name) != entry}


def look_at(folder: Path) -> dict[str, Entry]:
    """Return all that is in a folder."""
    found: dict[str, Entry] = {}
    for above, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(above) / name
            shown = os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace")
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                found[shown] = Entry(0, aim=str(path.readlink()))
            elif stat.S_ISREG(mode):
                found[shown] = Entry(stat.S_IMODE(mode), path.read_bytes())
            else:
                found[shown] = Entry(stat.S_IMODE(mode))
    return found


def carry_out(attempt: Attempt, folder: Path) -> Iterator[Outcome]:
    """Give the commands of an attempt, and yield what came of each."""
    before = look_at(folder)
    for words in attempt.commands:
        started, memory = _used_s(), _most_memory()
        with _standing_in(folder), _captured() as (screen, trouble):
            try:
                code = main([*words, "--lang", "en"])
            except SystemExit as error:
                code = error.code if isinstance(error.code, int) else 1
            except BaseException as error:
                trouble.write(f"Traceback: {error!r}".encode("utf-8", "backslashreplace"))
                code = 1
        use_language("en")
        after = look_at(folder)
        yield Outcome(
            attempt=attempt,
            place=str(folder),
            words=words,
            code=code,
            screen=screen.getvalue(),
            trouble=trouble.getvalue(),
            before=before,
            after=after,
            cpu_s=_used_s() - started,
            memory_bytes=_most_memory() - memory,
        )
        before = after


@contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    here = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


@contextmanager
def _captured() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Catch what is shown, as bytes in UTF-8."""
    streams = io.BytesIO(), io.BytesIO()
    wrapped = [io.TextIOWrapper(stream, "utf-8", write_through=True) for stream in streams]
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = wrapped
    try:
        yield streams
    finally:
        sys.stdout, sys.stderr = before
        for one in wrapped:
            one.flush()
            one.detach()


def _used_s() -> float:
    """Return the processor's seconds of this process; Linux counts the ended ones of its children too."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def _most_memory() -> int:
    """Return the most memory that this process has held so far."""
    if sys.platform == "win32":
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
