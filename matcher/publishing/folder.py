"""A folder that appears whole or not at all, and never by accident in place of another."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from types import TracebackType
from typing import Self

from matcher.errors import UsageError
from matcher.evidence import forget_below
from matcher.i18n import N_, _
from matcher.publishing.building import Building
from matcher.publishing.claim import bring_to_disk
from matcher.publishing.exchange import exchange
from matcher.publishing.guards import holds_input, is_impossible, is_litter, is_mark_of_open
from matcher.publishing.leftovers import mend
from matcher.publishing.log import note_written
from matcher.publishing.signals import put_off_stops
from matcher.publishing.turn import take_turn


class WholeFolder(Building):
    """Builds a folder in a hidden one beside it; ``publish`` puts it into place.

    An old folder is exchanged for the new one in one step where the system can; else it is moved away first, and a
    journal lets the next command end what was cut off. As a context manager it leaves nothing behind unless it was
    published::

        with WholeFolder(Path("out")) as folder:
            (folder.path / "summary.json").write_text("{}")
            folder.publish()

    Args:
        target: The folder to be. Its parent exists; it does not, or is empty, or ``force`` is given.
        force: Replace a folder that holds nothing but ``files``.
        files: What belongs in such a folder: patterns of paths in it, as ``calendars/*.ics``. All else is somebody's
            work, and is never removed.
        inputs: Files that are read: a folder that holds one of them is not replaced.
        keep: Where a folder that is replaced goes; None: it goes for good.
        private: Whether only its owner may read the folder and its files; Windows knows no such permissions.

    Raises:
        UsageError: the target can't be, with what to do instead.
    """

    _FAILURE = N_("{path} can't be written: {problem}; nothing was left there")
    _LOOP = N_("{path} is a link that leads to itself; choose another folder with --out")

    def __init__(
        self,
        target: Path,
        *,
        files: Collection[str],
        force: bool = False,
        inputs: Sequence[Path] = (),
        keep: Path | None = None,
        private: bool = False,
    ) -> None:
        super().__init__(target)
        self._keep = keep
        self._private = private
        self._patterns = [PurePath(pattern).parts for pattern in files]
        self._force = force
        try:
            if mend(self.target.parent) & {self.target, self.target.parent}:
                text = _("{path} can't be written before it is put in order after a run that was cut off")
                raise UsageError(text.format(path=self._shown))
            self._refuse(inputs)
            self._stood = self._list_files()
        except OSError as error:
            raise self._make_failure(error) from error

    @property
    def path(self) -> Path:
        """Return where the folder is being built."""
        return self._claim.part

    def __enter__(self) -> Self:
        self._begin(0o700 if self._private else 0o777)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        cause = self._find_disk_error(error)
        self._end()
        if cause:
            raise self._make_failure(cause) from error

    def publish(self) -> Path:
        """Bring everything to disk and put the folder into place; an old one goes only once the new one stands.

        Raises:
            UsageError: it was changed since this command began, or can't be.
        """
        held = sorted(self.path.iterdir())
        if self._private:
            for entry in self.path.rglob("*"):
                entry.chmod(0o700 if entry.is_dir() else 0o600)
        if any(entry.is_dir() for entry in held) and hasattr(os, "sync"):
            os.sync()  # 41,000 calendars at once: one by one they would take minutes
        for entry in held:
            bring_to_disk(entry)
        bring_to_disk(self.path)
        with take_turn(self.target.parent):
            self._refuse(())  # again: it may have come meanwhile
            if self._list_files() not in ([], self._stood):
                raise UsageError(_(self._MEANWHILE).format(path=self._shown))
            with put_off_stops():
                self._put_into_place()
                note_written(self._shown)
                forget_below(self.target)
                self._end()
        self._confirm()
        return self.target

    def _list_files(self) -> list[tuple[str, int, int]]:
        """Return names, sizes and times of the files that stand in the target, by which a change of them is known."""
        if not self.target.is_dir():
            return []
        found = [
            (path.name, path.stat()) for path in sorted(self.target.iterdir()) if path.is_file() and not is_litter(path)
        ]
        return [(name, status.st_size, status.st_mtime_ns) for name, status in found]

    def _put_into_place(self) -> None:
        """Give the new folder its name; what had it is left under a hidden name, or where it is kept."""
        part, old = self._claim.part, self._claim.old
        if not self.target.exists():
            part.rename(self.target)
            return
        self._claim.write_journal(self.target, self._keep)
        exchanged = exchange(part, self.target)
        try:
            if not exchanged:
                self.target.rename(old)
                part.rename(self.target)
            if self._keep and not self._keep.exists():
                (part if exchanged else old).rename(self._keep)
        except BaseException:
            self._take_back(exchanged)
            raise

    def _take_back(self, exchanged: bool) -> None:
        """Let what had the name have it again."""
        part, old = self._claim.part, self._claim.old
        if exchanged:
            exchange(part, self.target)
        elif old.exists():
            if self.target.exists():
                self.target.rename(part)
            old.rename(self.target)

    def _refuse(self, inputs: Sequence[Path]) -> None:
        """Raise where the target can't be, or is not to be replaced."""
        held = self.target.is_dir() and not all(map(is_litter, self.target.iterdir()))
        foreign = list(self._list_foreign()) if held else []
        problem = self._explain_impossible()
        if held and not problem:
            problem = self._explain_refusal(foreign, inputs)
        if problem:
            named = [path for path in foreign if is_mark_of_open(path.name)] or foreign
            names = ", ".join(map(str, named[:3]))
            raise UsageError(problem.format(path=self._shown, parent=self.target.parent, names=names))

    def _list_foreign(self) -> Iterator[PurePath]:
        """Yield the paths of what does not belong in such a folder, at any depth."""
        for above, folders, names in os.walk(self.target):
            here = PurePath(os.path.relpath(above, self.target))
            for name in sorted(names):
                path = Path(above) / name
                if not is_litter(path) and not (self._belongs(here / name) and self.is_own(path)):
                    yield here / name
            for name in sorted(folders):
                if (Path(above) / name).is_symlink() or not self._may_hold(here / name):
                    yield here / name
                    folders.remove(name)

    def is_own(self, _path: Path) -> bool:
        """Return whether a file that has one of the names was written by this program: to be told by subclasses."""
        return True

    def _belongs(self, path: PurePath) -> bool:
        """Return whether a file's path fits one of the patterns, part by part."""
        return any(_fits(path.parts, pattern) for pattern in self._patterns)

    def _may_hold(self, path: PurePath) -> bool:
        """Return whether a folder's path is the beginning of one of the patterns."""
        n = len(path.parts)
        return any(len(pattern) > n and _fits(path.parts, pattern[:n]) for pattern in self._patterns)

    def _explain_impossible(self) -> str:
        """Return why there can't be such a folder, or empty."""
        if self.target.is_symlink():
            return _(self._LOOP)
        if not self.target.name:
            return _("{path} can't be written to; name a new folder with --out")
        if is_impossible(self.target.name):
            return _("Windows can have no folder of the name {path}; choose another with --out")
        if not self.target.parent.is_dir():
            return _("{path} can't be made: there is no folder {parent}; make it first, or choose another with --out")
        if self.target.exists() and not self.target.is_dir():
            return _("{path} is a file; name a new folder with --out")
        return self._explain_place()

    def _explain_place(self) -> str:
        """Return why what has the name now can't make place, or empty."""
        if self.target.exists() and self.target in (here := Path.cwd().resolve(), *here.parents):
            return _("{path} is the folder that this command is given in, or holds it; name a new folder with --out")
        if os.path.ismount(self.target):
            return _("{path} is a drive or a mounted folder, which can't be replaced; name a folder in it with --out")
        return ""

    def _explain_refusal(self, foreign: Sequence[PurePath], inputs: Sequence[Path]) -> str:
        """Return why what the target holds is not to be replaced, or empty."""
        if not self._force:
            return _("{path} exists already; choose another folder with --out, or replace it with --force")
        if holds_input(self.target, inputs):
            return _("{path} holds files that are read now; choose another folder with --out")
        if any(is_mark_of_open(path.name) for path in foreign):
            return _(
                "{path} holds a file that is open now ({names}): close it and begin again; where nothing is open, "
                "delete {names}"
            )
        if foreign:
            return _("{path} also holds other things ({names}); move them, or choose another folder with --out")
        return ""


def _fits(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))
