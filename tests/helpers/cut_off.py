"""A process that ends at any step of publishing, as if its plug was pulled."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from matcher import lock as lock_module
from matcher.publishing import folder as folder_module

STEPS = (
    (Path, "mkdir"),
    (Path, "rename"),
    (Path, "replace"),
    (Path, "unlink"),
    (Path, "chmod"),
    (os, "fsync"),
    (json, "dump"),
    (shutil, "rmtree"),
    (folder_module, "exchange"),
    (lock_module, "_lock"),
)
"""Calls of the system by publishing; a process may end before and after each."""
CUT = 9
"""Exit code of a process that was cut off."""


def do_at(step: int, act: Callable[[], object]) -> None:
    """Let this process do something before or after a call of publishing, the ``step``-th of all."""
    count = 0

    def counted(function):
        def call(*args, **options):
            nonlocal count
            for is_done in (False, True):
                count += 1
                if count == step:
                    act()
                if not is_done:
                    answer = function(*args, **options)
            return answer

        return call

    for owner, name in STEPS:
        setattr(owner, name, counted(getattr(owner, name)))


def end_at(step: int) -> None:
    """Let this process end at a step as if its plug was pulled."""
    do_at(step, lambda: os._exit(CUT))


def die_at(step: int, act: Callable[[], object]) -> bool:
    """Do something in a process that ends at a step as if its plug was pulled; return whether it came to its end."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        end_at(step)
        act()
    except BaseException:
        os._exit(1)
    os._exit(0)
