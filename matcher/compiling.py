"""How loops are compiled, and where compiled code is kept: the one place that knows numba's decorators.

The first run on a machine compiles the loops, and everybody waits. So less is compiled: a step has no door to Python,
and a loop with little to do runs as plain Python (``choose_form``). ``compile_ahead.py`` compiles the rest beside other
work.

Steps are not kept by themselves: a loop's compiled code has its steps in it. numba, when two processes keep one
function for different types at once, could give one the other's code; a loop has one set of types, and one process at a
time compiles it: others wait, and load what it kept.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any, cast

import llvmlite.binding
import numba
from platformdirs import user_cache_path

from matcher.lock import hold_in_turn

Function = Callable[..., Any]
_njit: Any = numba.njit  # its stubs lack some of its options
_config: Any = numba.config
# OpenMP's threads, once a parallel loop is done, would wait for the next in a busy circle: a third of its CPU time
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
_HERE = Path(__file__).parent
_PLACE = "NUMBA_CACHE_DIR"
"""The variable that names a folder for compiled code, as everywhere with numba."""
_TEMPORARY: set[Path] = set()
"""Folders that end with this process."""
_COMPILED = "compiled"
"""A file in the folder for compiled code: all loops of a month are there."""


def loop(function: Function) -> Function:
    """Compile what Python calls, when it is first called, and keep it on disk."""
    return _keep(function, nogil=True)


def parallel_loop(function: Function) -> Function:
    """Compile what Python calls, with a ``prange`` in it that runs on all cores. It holds the interpreter's lock."""
    return _keep(function, parallel=True)


def step(function: Function) -> Function:
    """Compile what only loops and other steps call: it has no door to Python, which takes time to compile too."""
    return cast(Function, _njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function))


def choose_form(function: Function, *, is_small: bool) -> Function:
    """Return a loop as compiled, or with ``is_small`` as plain Python: the same answers, sooner than compiling it."""
    return _get_plain(function) if is_small else function


def scalar_step(function: Function) -> Function:
    """Compile a step that makes no array and returns none: it keeps no account of who holds an array.

    numba counts that wherever a part of a named tuple is read, which took a tenth of all that months take. What such a
    step calls is to be one too.
    """
    kept_apart = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(Function, _njit(nogil=True, _nrt=False, **kept_apart)(function))


@cache
def _get_plain(function: Any) -> Any:  # noqa: ANN401 - of numba's own types
    """Return a loop as it is written, with all that it calls as that is written; loops do not call themselves."""
    if not hasattr(function, "py_func"):  # NUMBA_DISABLE_JIT asks for that everywhere
        return function
    written = function.py_func
    names = written.__globals__
    called = {name for name in written.__code__.co_names if hasattr(names.get(name), "py_func")}
    plain = {**names, **{name: _get_plain(names[name]) for name in called}}
    return FunctionType(written.__code__, plain, written.__name__, written.__defaults__, written.__closure__)


def _keep(function: Function, **options: bool) -> Function:
    """Compile a function, kept in ``find_folder()``."""
    before, _config.CACHE_DIR = _config.CACHE_DIR, str(find_folder())
    try:
        kept = _njit(cache=True, **options)(function)
    finally:
        _config.CACHE_DIR = before  # other packages keep theirs where they did
    if hasattr(kept, "compile"):  # NUMBA_DISABLE_JIT leaves the function as it is
        kept.compile = _take_turns(kept.compile, find_folder() / f"{function.__module__}.{function.__name__}.lock")
    return cast(Function, kept)


def _take_turns(compile_types: Function, lock: Path) -> Function:
    """Return how a loop is loaded or compiled for its types, while no other process compiles it."""

    def compile_in_turn(types: Any) -> Any:  # noqa: ANN401 - of numba's own types
        with ExitStack() as stack:
            with suppress(OSError):  # nowhere to lock: the folder has gone
                stack.enter_context(hold_in_turn(lock))
            return compile_types(types)

    return compile_in_turn


@cache
def find_folder() -> Path:
    """Return the folder for compiled code of this program, as it is, on a processor like this.

    It is in NUMBA_CACHE_DIR, else in the user's own folder for such; else in a temporary one that ends with the
    process, where none can be written.
    """
    given, name = os.environ.get(_PLACE), _name_version()
    place = Path(given) if given else user_cache_path("old-partners", appauthor=False)
    if place.is_absolute() or given:  # a user without a home has none
        with suppress(OSError):
            (place / name).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place / name):
                return place / name
    place = Path(tempfile.mkdtemp(prefix="old-partners-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    _TEMPORARY.add(place)
    os.environ[_PLACE] = str(place)  # for processes that this one starts
    (place / name).mkdir()
    return place / name


def _name_version() -> str:
    """Return a name that changes with whatever compiled code depends on."""
    named = hashlib.sha256()
    for part in (sys.version, *map(version, ("old-partners", "numba", "llvmlite", "numpy"))):
        named.update(part.encode())
    named.update(llvmlite.binding.get_host_cpu_name().encode())
    for path in (Path(__file__), *sorted(_HERE.rglob("kernels/*.py")), *sorted(_HERE.glob("timetable/*.py"))):
        named.update(str(path).encode() + path.read_bytes())
    return named.hexdigest()[:16]


def is_kept() -> bool:
    """Return whether what is compiled stays for the next command."""
    return find_folder().parent not in _TEMPORARY


def is_compiled() -> bool:
    """Return whether all loops of a month are compiled, or none is to be."""
    return bool(_config.DISABLE_JIT) or (find_folder() / _COMPILED).exists()


def mark_compiled() -> None:
    """Note that all loops of a month are compiled."""
    (find_folder() / _COMPILED).touch()
