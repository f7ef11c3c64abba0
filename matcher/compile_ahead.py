"""Compiling ahead: the first month on a machine has its loops compiled by other processes, beside reading and matching.

Each process makes up a problem of nobody, calls some of the loops with it, and so keeps their compiled code, which this
one loads when it comes to them. What another fails to do is compiled here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import numpy as np

from matcher import compiling
from matcher.lock import Lock
from matcher.own_process import start_process
from matcher.scheduling.first_visits.kernels import appointments, day_plans
from matcher.timetable.kernels import arrays, coordinate_descent, silence, week_search, weekly_patterns, whole_months
from matcher.timetable.objective import Objective
from matcher.timetable.problem import Limits, PairData, SharedArrays, TimetableProblem

_SHARES = (
    ("fill_weeks", "list_day_patterns", "schedule_in_turn"),
    (
        "improve_by_coordinate_descent",
        "evaluate_months",
        "list_contacts",
        "choose_companions",
        "bound_silence",
        "search_months",
    ),
)
"""The loops of a month, by process: who share steps are together, and each share took some 16 s on a busy machine."""
_PAUSE_S = 0.2
"""Seconds between two looks at what another process compiles."""


@contextmanager
def compile_beside(tell: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Compile the loops of a month beside a ``with`` block; give a function that waits until they are.

    ``tell`` is called first where there is something to compile. What is under way when the block ends is stopped.
    """
    if compiling.is_compiled():
        yield lambda: None
        return
    tell()
    children = [start_compiling(share) for share in _SHARES]

    def wait() -> None:
        """Wait for all processes, and note it where they did all."""
        codes = [child.wait() for child in children]
        if not any(codes):
            compiling.mark_compiled()

    try:
        yield wait
    finally:
        for child in children:
            child.kill()
            child.communicate()


def compile_once() -> None:
    """Compile the loops of a month now, unless they are; where several processes come to it at once, one does."""
    while not compiling.is_compiled():
        path = compiling.find_folder() / "compiling.lock"
        with suppress(FileExistsError):
            lock = Lock.take(path)
            if lock:
                try:
                    with compile_beside(lambda: None) as wait:
                        wait()
                finally:
                    lock.release()
                return
        if lock := Lock.take_over(path):  # its process has ended
            lock.release()
        time.sleep(_PAUSE_S)


def start_compiling(names: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a process that compiles some loops."""
    return start_process(__name__, names)


def compile_loops(names: Sequence[str]) -> None:
    """Call some of the loops with a problem of nobody, in the order in which a month does."""
    problem = arrays.make_arrays(_make_problem())
    nobody = np.zeros(0, dtype=np.int64)
    grid, least = np.zeros((0, 7), dtype=np.int8), np.zeros((0, 1), dtype=np.int64)
    choices, plans = _make_choices(), _make_day_plans()
    mask, no_rows = np.zeros(0, dtype=np.bool_), np.zeros((0, appointments.N_APPOINTMENT), dtype=np.int64)
    most = weekly_patterns.MAX_PATTERNS
    no_days = np.zeros((0, 0), dtype=np.bool_)
    calls: dict[str, Callable[[], object]] = {
        "schedule_in_turn": lambda: appointments.schedule_in_turn(nobody, no_rows, mask, choices, plans),
        "improve_by_coordinate_descent": lambda: coordinate_descent.improve_by_coordinate_descent(
            grid, nobody, most, *problem
        ),
        "fill_weeks": lambda: week_search.fill_weeks(grid, least, nobody, nobody, nobody, *problem),
        "list_day_patterns": lambda: week_search.list_day_patterns(
            np.zeros((0, 1, 0), dtype=np.int8), nobody, _add_volunteer(problem[0]), problem[1]
        ),
        "bound_silence": lambda: silence.bound_silence(
            silence.Silences(no_days, no_days, nobody, least, nobody, nobody, nobody), nobody
        ),
        "search_months": lambda: whole_months.search_months(
            grid, nobody, nobody, whole_months.Floors(nobody, nobody, nobody, nobody), nobody, *problem
        ),
        "evaluate_months": lambda: coordinate_descent.evaluate_months(grid, nobody, nobody, nobody, *problem),
        "list_contacts": lambda: coordinate_descent.list_contacts(grid, *problem),
        "choose_companions": lambda: day_plans.choose_companions(
            no_rows, np.zeros(1, dtype=np.int64), nobody, nobody, plans, nobody
        ),
    }
    for name in names:
        calls[name]()


def _make_problem() -> TimetableProblem:
    """Return a week of nobody."""
    none, rows, two = np.zeros(0, dtype=np.int64), np.zeros((0, 1), dtype=np.int64), np.zeros((0, 2), dtype=np.int64)
    first, week = np.zeros(1, dtype=np.int64), np.zeros(7, dtype=np.int64)
    pairs = PairData(
        allowed=np.zeros((0, 7, 2), dtype=np.bool_),
        windows=np.zeros((0, 1, 1, 2), dtype=np.int32),
        fixed_kind=np.zeros((0, 7), dtype=np.int8),
        least_visits=none,
        rank=none,
        daily=np.zeros((0, 7, 2), dtype=np.bool_),
        due=rows,
        visits_due=rows,
        keeps_weekdays=np.zeros((0, 2), dtype=np.bool_),
        cost_class=none,
        repeat_cost=two,
        max_gap=none,
        last_contact=none,
        on_programme=two,
    )
    two_a_day = np.zeros((7, 2), dtype=np.int64)
    shared = SharedArrays(week, week, week, first, two_a_day, rows, rows, two, first, _make_limits(), _make_objective())
    return TimetableProblem(pairs, first, np.zeros((0, 6), dtype=np.int64), first, none, first, none, shared)


def _add_volunteer(nobody: arrays.ProblemArrays) -> arrays.ProblemArrays:
    """Return a problem of nobody with one volunteer, who has no elders: for a loop that asks for one."""
    one, two = np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64)
    return nobody._replace(pair_start=two, fixed_start=two, travel_start=one, places=one)


def _make_limits() -> Limits:
    """Return limits that nothing has to keep."""
    return Limits(contacts=1, visits=1, minutes=1, pause_min=1, visit_min=1, call_min=1)


def _make_objective() -> Objective:
    """Return an objective for nobody."""
    return Objective(weekly_pattern=1, uneven=1, close=1, long_gap=1, repeat=1, walking=1)


def _make_choices() -> appointments.Choices:
    """Return choices for no first visit."""
    own = np.zeros((0, len(appointments.Party) - 1), dtype=np.int64)
    spans = np.zeros((0, len(appointments.Span)), dtype=np.int64)
    companions = np.zeros((0, len(appointments.Party)), dtype=np.int64)
    return appointments.Choices(np.zeros(1, dtype=np.int64), spans, own, companions)


def _make_day_plans() -> day_plans.DayPlans:
    """Return day plans of nobody."""
    none, rows = np.zeros(0, dtype=np.int64), np.zeros((0, day_plans.N_ENTRY), dtype=np.int64)
    first, matrices = np.zeros(1, dtype=np.int64), np.zeros((0, len(day_plans.Matrix)), dtype=np.int64)
    return day_plans.DayPlans(first, none, rows, matrices, none, none, none, 7, 1, _make_limits())


def _end_with_parent() -> None:
    """End this process when whoever started it is gone: then nobody holds the other end of its input."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    compile_loops(sys.argv[1:])
