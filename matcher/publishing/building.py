"""What files and folders that are being built have in common: hidden names beside the target, and their end."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from traceback import walk_tb
from zipfile import ZipFile

from matcher.errors import OldPartnersError, UsageError, explain_write_error
from matcher.i18n import N_, _
from matcher.publishing.claim import Claim, bring_to_disk
from matcher.publishing.signals import put_off_stops


def _abandon_archives(error: BaseException | None) -> None:
    """Close zip files that an error left open: they would try to write once more as they go, and fail on the screen."""
    while error is not None:
        for frame, _line in walk_tb(error.__traceback__):
            for archive in frame.f_locals.values():
                if isinstance(archive, ZipFile) and archive.fp is not None:
                    with suppress(OSError, ValueError):
                        archive.fp.close()
                    archive.fp = None
        error = error.__cause__ or error.__context__


class Building:
    """Something that is built under hidden names beside its target, and leaves none of them behind."""

    _FAILURE = N_("{path} can't be written: {problem}")
    _LOOP = N_("{path} is a link that leads to itself; choose another name")
    _MEANWHILE = N_("{path} was changed meanwhile, by another command or by hand, and stays as it is; begin again")

    def __init__(self, target: Path) -> None:
        """Find where the target really is.

        Raises:
            UsageError: it is a link that leads to itself, or its place can't be looked at.
        """
        self._shown = str(target)
        self._held: Claim | None = None
        try:
            self.target = Path(os.path.realpath(target))
            # what is real has no link in it; ``resolve`` raises or not, by version
            is_loop = any(path.is_symlink() for path in (self.target, *self.target.parents))
        except OSError as error:
            raise self._make_failure(error) from error
        if is_loop:
            raise UsageError(_(self._LOOP).format(path=target))

    @property
    def _claim(self) -> Claim:
        """Return the hidden names while it is being built."""
        if self._held is None:
            raise ValueError("nothing is being built")
        return self._held

    def _begin(self, mode: int) -> None:
        """Take hidden names, and make a folder to build in.

        Raises:
            UsageError: nothing can be written there.
        """
        try:
            with put_off_stops():  # else nobody knows of a lock file that was just made
                self._held = Claim(self.target.parent)
                self._held.part.mkdir(mode=mode)
        except BaseException as error:
            self._end()
            if isinstance(error, OSError):
                raise self._make_failure(error) from error
            raise

    def _end(self) -> None:
        """Remove what is left under hidden names."""
        with put_off_stops():
            if self._held:
                self._held.close()
                self._held = None

    def _confirm(self) -> None:
        """Wait until the disk has the new name: what goes wrong now is told, and what was written stands.

        Raises:
            UsageError: the disk does not say that it has it.
        """
        try:
            bring_to_disk(self.target.parent)
        except OSError as error:
            text = _("{path} is written, but the disk may not keep it: {problem}; check the disk and begin again")
            raise UsageError(text.format(path=self._shown, problem=_(explain_write_error(error)))) from error

    def _is_ours(self, error: OSError) -> bool:
        """Return whether an error came from writing here, not from reading elsewhere; a full disk names no file.

        What goes wrong after the end is not of the target: it stands.
        """
        if self._held is None or isinstance(error, BrokenPipeError):
            return False
        if error.filename is None:
            return True
        path = Path(os.fsdecode(error.filename))
        return path == self.target or self._held.owns(path)

    def _find_disk_error(self, error: BaseException | None) -> OSError | None:
        """Return what the disk said at the root of an error of writing; None where the error is another.

        XlsxWriter turns it into a FileCreateError; a zip file that could not be written fails again as it is closed.
        """
        seen: BaseException | None = error
        while seen is not None and not isinstance(seen, KeyboardInterrupt | OldPartnersError):
            for inner in (seen, *seen.args):
                if isinstance(inner, OSError) and self._is_ours(inner):
                    _abandon_archives(error)
                    return inner
            seen = seen.__cause__ or seen.__context__
        return None

    def _make_failure(self, error: OSError) -> UsageError:
        """Return the error to raise where it can't be written."""
        return UsageError(_(self._FAILURE).format(path=self._shown, problem=_(explain_write_error(error))))
