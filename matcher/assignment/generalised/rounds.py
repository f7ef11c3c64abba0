"""Rounds of work on several components at once: pieces share nothing until all are done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.regional_search import RegionalSearch
from matcher.assignment.generalised.search import Search

Result = TypeVar("Result")


def run_searches(searches: Sequence[Search | RegionalSearch], deadline: Deadline, workers: int) -> None:
    """Run rounds until every component is done or time is up; an interrupt ends what is under way and is raised."""
    pool = ThreadPoolExecutor(workers)
    try:
        run_together(pool, [search.begin for search in searches])
        while (open_ := [search for search in searches if not search.has_ended]) and not deadline.over:
            run_together(pool, [search.raise_bound for search in open_])
            results = run_together(pool, [piece for search in open_ for piece in search.list_work()])
            for take_in in results:
                take_in()
            if any(search.lower is None for search in searches):
                return  # one component without a plan, and there is none
    except KeyboardInterrupt:
        deadline.stopped.set()
        for search in searches:
            search.stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def run_together(pool: ThreadPoolExecutor, pieces: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run pieces of work side by side and return their results."""
    futures = [pool.submit(piece) for piece in pieces]
    while wait(futures, timeout=0.5).not_done:
        pass  # a wait without end does not hear Ctrl-C on Windows
    return [future.result() for future in futures]
