"""What can go wrong, as exceptions; the command layer turns each into its exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.messages import Issue


class OldPartnersError(Exception):
    """Base of every error that is told to the user without a traceback; carries its exit code."""

    exit_code = 2


class InputError(OldPartnersError):
    """Inputs are at fault: the issues say where and what to do."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("; ".join(f"{issue.code} {issue.file} {issue.row}" for issue in self.issues[:5]))


class UsageError(OldPartnersError):
    """A command or call was asked for something it cannot do; the (translated) text says what to do instead."""


class NoPlanError(OldPartnersError):
    """No plan is possible: nobody can be matched, or what people fixed contradicts itself."""

    exit_code = 3


class VerificationError(OldPartnersError):
    """The plan or its schedule breaks a rule."""

    exit_code = 4
