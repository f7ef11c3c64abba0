"""Exceptions for all that can go wrong; the command layer turns each into its exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matcher.messages import Issue


class OldPartnersError(Exception):
    """Base of every error that the user sees without a traceback; carries its exit code."""

    exit_code = 2


class InputError(OldPartnersError):
    """Error of inputs: the issues say where it is and what to do."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("; ".join(f"{issue.code} {issue.file} {issue.row}" for issue in self.issues[:5]))


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
