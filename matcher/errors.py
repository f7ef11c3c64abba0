"""Exceptions for all that can go wrong; the command layer turns each into its exit code."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matcher.i18n import N_, _

if TYPE_CHECKING:
    from matcher.messages import Issue


_MOST_LINES = 20
"""Faults that an error's text tells."""


class OldPartnersError(Exception):
    """Base of every error that the user sees without a traceback; carries its exit code."""

    exit_code = 2


class InputError(OldPartnersError):
    """Error of inputs: the issues say where it is and what to do.

    Attributes:
        closing: What is said after the issues on a screen, marked with ``N_``.
    """

    closing = N_("the input files have errors; nothing was written. old-partners check --out FOLDER lists them all")

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__(issues)

    def __str__(self) -> str:
        """Return what is wrong and what to do, a line a fault, errors first, in the language in use."""
        ordered = sorted(self.issues, key=lambda issue: issue.severity != "error")
        lines = [f"{issue.locate()}{issue.message()} → {issue.advice()}" for issue in ordered[:_MOST_LINES]]
        if more := len(ordered) - len(lines):
            lines.append(_("… and {count} more").format(count=more))
        return "\n".join(lines)


class CitiesError(InputError):
    """Error of the file that lists a region's cities, or of tables that are split into cities."""

    closing = N_("nothing was written. Correct what lists the cities, and give the command again")


class SheetError(InputError):
    """Error of sheets that came back, or of what they are read beside."""

    closing = N_(
        "nothing was written. Correct these rows and read the files again; or leave out rows at fault with --set-aside"
    )


class UsageError(OldPartnersError):
    """Error of a command or call that cannot do what it is asked; the (translated) text says what to do instead."""


class NoPlanError(OldPartnersError):
    """Error where nobody can be matched. ``plan`` is the ``Plan`` without a pair: it says of each elder why."""

    exit_code = 3

    def __init__(self, text: str, plan: Any) -> None:  # noqa: ANN401 - errors know no plans
        self.plan = plan
        super().__init__(text)


class VerificationError(OldPartnersError):
    """Error of a plan or schedule that breaks a rule."""

    exit_code = 4


class ScreenError(OldPartnersError):
    """Error where what a command says can't be shown: its files are as they should be."""

    exit_code = 5


_UNREAD = {
    "ChangedMeanwhileError": N_("it changed while it was read; wait until it is saved, then give the command again"),
    "FileNotFoundError": N_("it is not there any more"),
    "PermissionError": N_("it is open in another program, as Excel, or not yours to read"),
    "IsADirectoryError": N_("it is a folder"),
    "DeviceError": N_("it is a device, not a file"),
    "SilentPipeError": N_("it is a pipe, and nobody writes into it"),
    "TooLargeError": N_("it has more than 2 GB, and no table of people is so large"),
}
_UNWRITTEN = {
    "FileNotFoundError": N_("there is no such folder"),
    "NotADirectoryError": N_("there is no such folder"),
    "PermissionError": N_("it is open in another program, as Excel, or the folder is not yours to write to"),
    "IsADirectoryError": N_("it is a folder"),
    "FileExistsError": N_("something else has that name"),
}
_NO_ANSWER = N_("the disk or the network does not answer")
_LOOP = N_("it is a link that leads back to itself")


def explain_system_error(error: Exception) -> str:
    """Return what the system says of a file, in untranslated words of our own."""
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return _LOOP
    return _UNREAD.get(type(error).__name__, _NO_ANSWER)


def explain_write_error(error: OSError) -> str:
    """Return what the system says where a file can't be written, in untranslated words of our own."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return N_("the disk is full")
    if error.errno == errno.ENAMETOOLONG:
        return N_("the name is too long")
    if error.errno == errno.ELOOP:
        return _LOOP
    if error.errno == errno.EFBIG:
        return N_("a file is to be larger than one may be here")
    if error.errno == errno.EROFS:
        return N_("the disk can only be read")
    return _UNWRITTEN.get(type(error).__name__, _NO_ANSWER)
