"""``old-partners …``, and ``python -m matcher …``, which is the same."""

import gc
import os
import signal
import sys

from matcher.cores import hold_to_quota

_COLLECTION = 100_000, 20, 100
"""New objects from which memory is searched for rings of objects, and how much rarer the old ones are: a month makes
millions of objects and few rings, and searching at Python's own pace takes a tenth of its time."""


def main() -> int:
    """Run the command line and return its exit code.

    The program takes a second or more to load. Ctrl-C ends it meanwhile as it ends any other, without a traceback:
    there is nothing to clean up yet.
    """
    gc.set_threshold(*_COLLECTION)
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listens:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    hold_to_quota(os.environ)
    from matcher.commands import main as run  # noqa: PLC0415 - what takes so long

    if listens:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return run()


if __name__ == "__main__":
    sys.exit(main())
