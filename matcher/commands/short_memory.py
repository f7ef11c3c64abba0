"""Refusal of a process that may take less memory than the libraries need only to be loaded."""

from __future__ import annotations

import sys

from matcher.errors import UsageError
from matcher.i18n import _

LEAST_MB = 3072
"""Addresses that a month of a small programme takes on two cores: with 2,200 MB its threads don't start."""


class ShortMemoryError(UsageError):
    """Error of a limit on addresses that is too low for anything to be loaded."""


def refuse_short_memory() -> None:
    """Raise where a limit on addresses (``ulimit -v``) would end the process without a word, or let it never end.

    Raises:
        ShortMemoryError: the limit is too low.
    """
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not on Windows

        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        if most != resource.RLIM_INFINITY and most < LEAST_MB << 20:
            text = _(
                "this process may take {most} MB of addresses (ulimit -v), and the libraries need {least} MB: raise "
                "the limit and give the command again; nothing was written"
            )
            raise ShortMemoryError(text.format(most=f"{most >> 20:,}", least=f"{LEAST_MB:,}"))
