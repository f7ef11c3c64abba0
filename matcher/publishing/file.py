"""A file that appears whole or not at all, and never in place of one that is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from matcher.errors import UsageError, explain_write_error
from matcher.evidence import forget_below, has_changed
from matcher.i18n import _, join_words
from matcher.publishing.building import Building
from matcher.publishing.claim import bring_to_disk
from matcher.publishing.guards import is_impossible, is_input, is_of_run
from matcher.publishing.leftovers import mend
from matcher.publishing.log import note_written
from matcher.publishing.signals import put_off_stops
from matcher.publishing.turn import take_turn


class WholeFile(Building):
    """Builds a file in a hidden folder beside it, for its owner's eyes alone; ``publish`` puts it into place.

    As a context manager it leaves nothing behind unless it was published::

        with WholeFile(Path("pairs.csv")) as file:
            file.path.write_text("…")
            file.publish()

    Whatever a library raises while the disk is full is told as that: some have errors of their own for it, and fail
    again while they clean up.

    Args:
        target: The file to be; where it is a link, the file that it leads to.
        private: Whether only its owner may read it; Windows knows no such permissions.

    Raises:
        UsageError: it can't be written; what stood there stands.
    """

    def __init__(self, target: Path, *, private: bool = False) -> None:
        super().__init__(target)
        self._private = private

    @property
    def folder(self) -> Path:
        """Return the hidden folder, where temporary files of a library may pass through."""
        return self._claim.part

    @property
    def path(self) -> Path:
        """Return where the file is being built."""
        return self.folder / self.target.name

    def __enter__(self) -> Self:
        mend(self.target.parent)
        self._begin(0o700)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        cause = self._find_disk_error(error)
        self._end()
        if cause:
            raise self._make_failure(cause) from error

    def publish(self) -> None:
        """Bring the file to disk and give it its name, in place of what had it.

        Raises:
            UsageError: it was changed since this command read it.
        """
        self.path.chmod(self._choose_rights())
        bring_to_disk(self.path)
        with take_turn(self.target.parent), put_off_stops():
            if has_changed(self.target):
                raise UsageError(_(self._MEANWHILE).format(path=self._shown))
            self.path.replace(self.target)
            note_written(self._shown)
            forget_below(self.target)
            self._end()
        self._confirm()

    def _choose_rights(self) -> int:
        """Return who may read it: its owner; else whoever may read the file that it replaces, or new files."""
        if self._private:
            return 0o600
        return self.target.stat().st_mode & 0o777 if self.target.exists() else 0o666 & ~_read_umask()


def refuse_file(
    path: Path, *, force: bool, inputs: Sequence[Path] = (), endings: Sequence[str] = (".csv", ".xlsx")
) -> None:
    """Raise where a file is not to be written, before anything is read.

    Args:
        path: The file to be.
        force: Whether a file that stands may be replaced.
        inputs: Files that are read, and never replaced, by whatever name.
        endings: What its name may end in: a ledger, or a programme's own file, ends in none of these.

    Raises:
        UsageError: it is an input, or part of a run; or it exists and ``force`` is not given, or is no file.
    """
    if is_input(path, inputs):
        raise UsageError(_("{path} is read now; choose another name").format(path=path))
    if is_impossible(path.name):
        raise UsageError(_("Windows can have no file of the name {path}; choose another").format(path=path))
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except OSError as error:  # a name too long
        raise UsageError(
            _("{path} can't be written: {problem}").format(path=path, problem=_(explain_write_error(error)))
        ) from error
    if is_folder:
        raise UsageError(_("{path} is a folder; choose another name").format(path=path))
    if path.exists() and not is_file:
        raise UsageError(_("{path} is a pipe or a device; choose another name").format(path=path))
    if any(Path(name).suffix.lower() not in endings for name in (path, os.path.realpath(path))):
        raise UsageError(_("{path}: let the name end in {endings}").format(path=path, endings=join_words(endings)))
    if is_of_run(path):
        raise UsageError(_("{path} is part of the run in its folder; choose another name").format(path=path))
    if os.path.lexists(path) and not force:
        raise UsageError(_("{path} exists already; choose another name, or replace it with --force").format(path=path))


def _read_umask() -> int:
    """Return the rights that new files lack; the system tells them only to who sets them."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
