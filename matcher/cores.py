"""Cores that this process may use, those of its container at most, and how libraries are told how many threads to use.

A container's share of time shows in no list of cores: a library sees all 64 of the machine and starts 64 threads, which
then wait for each other.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path

_GROUPS, _MOUNT = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "ARROW_IO_THREADS",
)
"""Variables by which libraries are told how many threads to use; pyarrow's and HiGHS's compute threads follow OMP's."""


def count_cores() -> int:
    """Return the cores that this process may use: those of the machine, of its affinity, of its container's quota."""
    quota = min(_read_quotas(_GROUPS, _MOUNT), default=math.inf)
    own = _count_own()
    return own if quota >= own else max(1, math.ceil(quota))


def spell_threads(threads: int) -> dict[str, str]:
    """Return the variables that hold every library to so many threads."""
    return dict.fromkeys(_THREADS, str(threads))


def hold_to_quota(variables: MutableMapping[str, str]) -> None:
    """Hold libraries to the container's quota where it is below the cores they see; what is set already stays.

    They read the variables when they are loaded: call this before.
    """
    cores = count_cores()
    if cores < _count_own():
        for name, value in spell_threads(cores).items():
            variables.setdefault(name, value)


def _count_own() -> int:
    """Return the cores of the machine that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # only some systems have it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _read_quotas(groups: Path, mount: Path) -> Iterator[float]:
    """Yield how many cores' time the process's control groups may use, and each group that they lie in.

    As the kernel documents it: ``cpu.max`` of version 2, quota and period in one line; two files of version 1. Within a
    container the path may be the host's and lead nowhere: then the root of what is mounted is the container's.
    """
    for line in _read(groups).splitlines():
        _number, controllers, path = line.split(":", 2)
        if not controllers:
            root = mount
        elif "cpu" in controllers.split(","):
            root = mount / "cpu"
        else:
            continue
        group = root / path.lstrip("/")
        for folder in (group, *group.parents):
            quota, _, period = _read(folder / "cpu.max").strip().partition(" ")
            if controllers:
                quota, period = (_read(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
            if quota.isdecimal() and period.isdecimal() and int(period):
                yield int(quota) / int(period)
            if folder == root:
                break


def _read(path: Path) -> str:
    """Return the text of a file of the kernel; empty where there is none."""
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
