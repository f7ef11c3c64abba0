"""``old-partners …``, and ``python -m matcher …``, which is the same."""

import atexit
import gc
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import NoReturn

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
    from matcher.commands import STOPPED  # noqa: PLC0415 - what takes so long
    from matcher.commands import main as run  # noqa: PLC0415 - as above

    if listens:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    code = run()
    if code == STOPPED and threading.active_count() > 1:
        _end_now(code)
    return code


def _end_now(code: int) -> NoReturn:
    """End the process, and let no thread that was left alone see Python end: inside a library that is a crash."""
    atexit._run_exitfuncs()  # there is no public one, and processes beside this one end by it
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
