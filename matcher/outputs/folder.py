"""A folder that appears whole or not at all, and never by accident in place of another."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd

from matcher.errors import UsageError, explain_write_error
from matcher.i18n import _
from matcher.outputs.localised import localise, write_csv
from matcher.run_folder import NAMES


class RunFolder:
    """Builds a folder in a hidden one beside it; ``publish`` renames it into place.

    As a context manager it leaves nothing behind unless it was published::

        with RunFolder(Path("out")) as folder:
            folder.write_csv("pairs", frame)
            folder.publish()

    Args:
        target: The folder to be. Its parent exists; it does not, or is empty, or ``force`` is given.
        force: Replace a folder that holds nothing but ``files``.
        files: Names that belong to such a folder: others are somebody's work, and are never removed.
        inputs: Files that are read: a folder that holds one of them is not replaced.
        keep: Where a folder that is replaced goes; None: it goes for good.
        private: Whether only its owner may read the folder and its files; Windows knows no such permissions.

    Raises:
        UsageError: the target can't be, with what to do instead.
    """

    def __init__(
        self,
        target: Path,
        *,
        force: bool = False,
        files: Collection[str] = NAMES,
        inputs: Sequence[Path] = (),
        keep: Path | None = None,
        private: bool = False,
    ) -> None:
        self._keep = keep
        self._private = private
        self._shown = str(target)
        self._files = files
        self._force = force
        self._published = False
        try:
            self.target = target.resolve()
            self._refuse(inputs)
        except OSError as error:
            raise self._make_failure(error) from error
        self.path = self._name_beside("part")

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(mode=0o700 if self._private else 0o777)
        except OSError as error:
            raise self._make_failure(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._published:
            shutil.rmtree(self.path, ignore_errors=True)
        if isinstance(error, OSError) and self._is_ours(error):
            raise self._make_failure(error) from error

    def write_csv(self, kind: str, frame: pd.DataFrame, tell: Callable[[int], None] | None = None) -> Path:
        """Write a frame in code names as ``<kind>.csv`` in the language in use; ``tell`` hears of rows written."""
        path = self.path / f"{kind}.csv"
        write_csv(path, localise(frame, kind), tell)
        return path

    def write_json(self, name: str, value: object) -> None:
        """Write a value as JSON: keys sorted, no NaN, UTF-8."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True)
        self.write_text(name, text + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Write a text file in UTF-8, line ends as they are."""
        (self.path / name).write_text(text, encoding="utf-8", newline="")

    def publish(self) -> Path:
        """Bring everything to disk and rename the folder into place; an old one goes only once the new one stands."""
        held = sorted(self.path.iterdir())
        if self._private:
            for entry in self.path.rglob("*"):
                entry.chmod(0o700 if entry.is_dir() else 0o600)
        if any(entry.is_dir() for entry in held) and hasattr(os, "sync"):
            os.sync()  # 41,000 calendars at once: one by one they would take minutes
        for entry in held:
            _to_disk(entry)
        _to_disk(self.path)
        self._refuse(())  # again: it may have come meanwhile
        aside = self._name_beside("old") if self.target.exists() else None
        try:
            if aside:
                self.target.rename(aside)
            self.path.rename(self.target)
            self._published = True
        finally:
            if aside and not self.target.exists():
                aside.rename(self.target)
            elif aside and self._keep and not self._keep.exists():
                aside.rename(self._keep)
            elif aside:
                shutil.rmtree(aside, ignore_errors=True)
        _to_disk(self.target.parent)
        return self.target

    def _refuse(self, inputs: Sequence[Path]) -> None:
        """Raise where the target can't be, or is not to be replaced."""
        held = sorted(entry.name for entry in self.target.iterdir()) if self.target.is_dir() else []
        foreign = [name for name in held if name not in self._files]
        problem = self._explain_impossible()
        if held and not problem:
            problem = self._explain_refusal(foreign, inputs)
        if problem:
            raise UsageError(problem.format(path=self._shown, parent=self.target.parent, names=", ".join(foreign[:3])))

    def _explain_impossible(self) -> str:
        """Return why there can't be such a folder, or empty."""
        if not self.target.name:
            return _("{path} can't be written to; name a new folder with --out")
        if not self.target.parent.is_dir():
            return _("{path} can't be made: there is no folder {parent}; make it first, or choose another with --out")
        if self.target.exists() and not self.target.is_dir():
            return _("{path} is a file; name a new folder with --out")
        return ""

    def _explain_refusal(self, foreign: Sequence[str], inputs: Sequence[Path]) -> str:
        """Return why what the target holds is not to be replaced, or empty."""
        if not self._force:
            return _("{path} exists already; choose another folder with --out, or replace it with --force")
        if any(self.target in path.resolve().parents for path in inputs):
            return _("{path} holds files that are read now; choose another folder with --out")
        if foreign:
            return _("{path} also holds other things ({names}); move them, or choose another folder with --out")
        return ""

    def _is_ours(self, error: OSError) -> bool:
        """Return whether an error came from writing here, not from reading elsewhere; a full disk names no file."""
        if isinstance(error, BrokenPipeError):
            return False
        if error.filename is None:
            return True
        path = Path(error.filename)
        return path == self.target or path.is_relative_to(self.path)

    def _make_failure(self, error: OSError) -> UsageError:
        """Return the error to raise where the folder can't be written."""
        return UsageError(
            _("{path} can't be written: {problem}; nothing was left there").format(
                path=self._shown, problem=_(explain_write_error(error))
            )
        )

    def _name_beside(self, ending: str) -> Path:
        """Return a hidden name beside the target."""
        return self.target.parent / f".old-partners-{secrets.token_hex(4)}.{ending}"


def refuse_file(path: Path, *, force: bool) -> None:
    """Raise where a file exists that is not to be replaced.

    Raises:
        UsageError: it exists and ``force`` is not given, or it is no file.
    """
    if path.exists() and not (force and path.is_file()):
        raise UsageError(
            _("{path} exists already; choose another name with --out, or replace it with --force").format(path=path)
        )


def write_file(path: Path, frame: pd.DataFrame, kind: str, *, force: bool = False, private: bool = False) -> None:
    """Write one CSV file, whole or not at all; with ``private``, for its owner's eyes alone.

    Raises:
        UsageError: it exists and ``force`` is not given, or it can't be written.
    """
    refuse_file(path, force=force)
    part = path.with_name(f".old-partners-{secrets.token_hex(4)}.part")
    try:
        part.touch(0o600 if private else 0o666)  # before anything stands in it
        write_csv(part, localise(frame, kind))
        _to_disk(part)
        part.replace(path)
    except OSError as error:
        raise UsageError(
            _("{path} can't be written: {problem}").format(path=path, problem=_(explain_write_error(error)))
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """Wait until the disk has a file's or a folder's content; Windows can't do that for folders."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
