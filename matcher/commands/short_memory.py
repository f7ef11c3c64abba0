"""Refusal of a process that may take less memory than a command needs for a small programme."""

from __future__ import annotations

import sys

from matcher.cores import count_cores
from matcher.errors import UsageError
from matcher.i18n import _

_READS_MB, _PLANS_MB = (750, 75), (1300, 100)
"""Addresses that a command takes which reads and writes, and one that plans; and what each core adds, whose threads
have memory of their own. Measured with 60 elders: 584 to 752 and 1,217 with one thread, 668 to 950 and 1,418 with two,
1,217 and 1,850 with eight. With less, libraries fail at any point, or wait for memory without end."""
_PLAN = frozenset({"run", "many", "match", "schedule", "substitute", "what-if", "recruit"})
"""Commands that load solvers."""


class ShortMemoryError(UsageError):
    """Error of a limit on addresses that is too low for a command."""


def find_least_mb(command: str) -> int:
    """Return the addresses that a command needs; more people need more, which is told where it ends."""
    least, each = _PLANS_MB if command in _PLAN else _READS_MB
    return least + each * count_cores()


def refuse_short_memory(command: str) -> None:
    """Raise where a limit on addresses (``ulimit -v``) would end a command without a word, or let it never end.

    Raises:
        ShortMemoryError: the limit is too low.
    """
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not on Windows

        most, least = resource.getrlimit(resource.RLIMIT_AS)[0], find_least_mb(command)
        if most != resource.RLIM_INFINITY and most < least << 20:
            text = _(
                "this process may take {most} MB of addresses (ulimit -v), and the libraries need {least} MB: raise "
                "the limit and give the command again; nothing was written"
            )
            raise ShortMemoryError(text.format(most=f"{most >> 20:,}", least=f"{least:,}"))
