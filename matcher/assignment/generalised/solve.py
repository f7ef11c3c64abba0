"""Problems where a pair takes more or fewer units of the volunteer's capacity: generalised assignment.

Each connected component is solved by itself. From below comes the Lagrangian bound: elders get prices, and each
volunteer takes what elders serve a knapsack best at these (Fisher 1981; ``lagrangian.py``). From above comes a local
search whose step searches a few volunteers and all their elders to the end, under that same bound
(``kernels/local_search.py``). What the gap between the two rules out is dropped, and CP-SAT and HiGHS search the
rest, to prove the plan or to better it.

The work comes in rounds whose pieces share nothing until all are done, and are measured in steps, not seconds: the
answer depends on problem and seed, not on the number of workers, as long as no time limit cuts it short. Among plans
that cost the same the search's first stays; with another seed it may be another one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TypeVar

import numpy as np

from matcher.assignment.certificate import certify
from matcher.assignment.flow.min_cost_flow import solve_min_cost_flow
from matcher.assignment.generalised.components import NOBODY, find_usable, split_components
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.lagrangian import Reals
from matcher.assignment.generalised.lp_relaxation import solve_lp_relaxation
from matcher.assignment.generalised.search import Search
from matcher.assignment.hall import find_hall_sets
from matcher.assignment.problem import AssignmentProblem, Certificate, HallSet, Index, Outcome, Status

Result = TypeVar("Result")
_LARGEST = 2**57
_FINEST = 2**10
"""The certificate takes prices of units in components of a metre as small as 1 / this, where costs allow."""


def solve_generalised(
    problem: AssignmentProblem, *, time_limit_s: float | None = None, seed: int = 0, workers: int | None = None
) -> Outcome:
    """Return the cheapest assignment; arguments as of ``solve``.

    ``optimal`` where ``cost`` meets ``bound``, which a complete search may have proved; ``certificate`` holds the bound
    of the linear relaxation beside it, which is lower, computed apart from the solver. After Ctrl-C or the time limit
    the best plan so far is returned, as ``feasible``, or as ``unknown`` where it leaves out somebody who must be
    served. ``infeasible`` comes with a Hall set where counting proves it; where only a complete search did, without.
    """
    deadline = Deadline(time_limit_s)
    hall = _find_shortage(problem) if problem.unmatched_cost is None else None
    if hall is not None:
        return Outcome("infeasible", np.full(problem.n_elders, NOBODY, dtype=np.int64), hall=hall)
    searches = [Search(component, seed, deadline) for component in split_components(problem)]
    try:
        _run(searches, deadline, workers or os.cpu_count() or 1)
    except KeyboardInterrupt:
        for search in searches:
            search.ensure_begun()
    return _make_outcome(problem, searches)


def _run(searches: Sequence[Search], deadline: Deadline, workers: int) -> None:
    """Run rounds until every component is done or time is up; an interrupt ends what is under way and is raised."""
    pool = ThreadPoolExecutor(workers)
    try:
        _run_together(pool, [search.begin for search in searches])
        while (open_ := [search for search in searches if not search.is_done]) and not deadline.over:
            _run_together(pool, [search.raise_bound for search in open_])
            results = _run_together(pool, [piece for search in open_ for piece in search.list_work()])
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


def _run_together(pool: ThreadPoolExecutor, pieces: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run pieces of work side by side and return their results."""
    futures = [pool.submit(piece) for piece in pieces]
    while wait(futures, timeout=0.5).not_done:
        pass  # a wait without end does not hear Ctrl-C on Windows
    return [future.result() for future in futures]


def _make_outcome(problem: AssignmentProblem, searches: Sequence[Search]) -> Outcome:
    """Return the outcome that the searches come to."""
    chosen = np.full(problem.n_elders, NOBODY, dtype=np.int64)
    if any(search.lower is None for search in searches):
        return Outcome("infeasible", chosen)
    prices = np.zeros(problem.n_volunteers)
    bound = 0
    for search in searches:
        search.fill_up()
        component = search.component
        served = search.chosen >= 0
        chosen[component.elders[served]] = component.candidates[search.chosen[served]]
        prices[component.volunteers] = search.unit_price / component.unit
        bound += search.lower or 0
    whole_prices = np.rint(prices).astype(np.int64)
    if problem.unmatched_cost is None:
        if (chosen == NOBODY).any():
            return Outcome("unknown", chosen, bound=bound, prices=whole_prices)
    else:
        elsewhere = np.ones(problem.n_elders, dtype=bool)
        for search in searches:
            elsewhere[search.component.elders] = False
        bound += int(problem.unmatched_cost[elsewhere].sum())
    certificate = _certify(problem, chosen, prices)
    bound = max(bound, certificate.bound)
    status: Status = "optimal" if bound == certificate.cost else "feasible"
    return Outcome(status, chosen, certificate.cost, bound, whole_prices, certificate)


def bound_unmatched(problem: AssignmentProblem, counts: Index, time_s: float) -> int:
    """Return how much of ``counts`` (n_elders,) any plan leaves out at least: by the relaxation, in whole numbers.

    Leaving out costs so much there that pairs' costs, which keep the relaxation easy, hardly matter. Parts for which
    the time is too short count 0.
    """
    deadline = Deadline(time_s)
    elsewhere = np.ones(problem.n_elders, dtype=bool)
    least = 0
    for component in split_components(problem):
        elsewhere[component.elders] = False
        highest = np.maximum(np.maximum.reduceat(component.cost, component.start[:-1]), 0)
        base = 64 * (
            int(highest.sum()) - int(np.minimum(np.minimum.reduceat(component.cost, component.start[:-1]), 0).sum()) + 1
        )
        unmatched_cost = base * counts[component.elders]
        if int(unmatched_cost.sum()) * 4 >= _LARGEST:
            continue
        relaxed = solve_lp_relaxation(replace(component, unmatched_cost=unmatched_cost), deadline.left_s)
        if relaxed is not None:
            alone = AssignmentProblem(
                component.elder, component.volunteer, component.cost, component.capacity, component.use, unmatched_cost
            )
            bound = _certify(alone, np.full(component.n_elders, NOBODY), relaxed.unit_price).bound
            least += max(0, -(-(bound - int(highest.sum())) // base))
    return least + int(counts[elsewhere].sum())


def _certify(problem: AssignmentProblem, chosen: Index, prices: Reals) -> Certificate:
    """Certify in components of a metre; where everyone must be served, leaving out costs more than any candidate."""
    use = np.ones(len(problem.cost), dtype=np.int64) if problem.use is None else problem.use
    dearest = problem.cost + np.ceil(use * prices[problem.volunteer]).astype(np.int64) + 1
    unmatched = problem.unmatched_cost
    if unmatched is None:
        unmatched = np.zeros(problem.n_elders, dtype=np.int64)
        np.maximum.at(unmatched, problem.elder, dearest)
    largest = max(int(np.abs(x).max(initial=1)) for x in (problem.cost, unmatched, dearest))
    scale = _FINEST
    while scale > 1 and largest * scale * (problem.n_elders + problem.n_volunteers + 2) >= 2**61:
        scale //= 2
    fine = problem.replace(cost=problem.cost * scale, unmatched_cost=unmatched * scale)
    proof = certify(fine, chosen, np.rint(prices * scale).astype(np.int64))
    return Certificate(
        proof.cost // scale, -(-proof.bound // scale), proof.eligible_pairs, proof.unmatched_cost // scale
    )


def _find_shortage(problem: AssignmentProblem) -> HallSet | None:
    """Return elders who can't all be served, by counting; None: counting does not tell.

    A volunteer serves at most as many as the smallest uses allow; all volunteers of a component together serve at
    most as many elders as their least uses, smallest first, fit the component's units.
    """
    assert problem.use is not None
    fits = np.flatnonzero(find_usable(problem))
    has_candidate = np.zeros(problem.n_elders, dtype=bool)
    has_candidate[problem.elder[fits]] = True
    if not has_candidate.all():
        return HallSet(np.flatnonzero(~has_candidate)[:1], np.empty(0, dtype=np.int64), 0)
    places = _count_most_elders(problem.volunteer[fits], problem.use[fits], problem.capacity)
    counted = AssignmentProblem(problem.elder[fits], problem.volunteer[fits], np.zeros(len(fits), np.int64), places)
    chosen = solve_min_cost_flow(counted, np.ones(problem.n_elders, dtype=np.int64))
    if (chosen < 0).any():
        return max(find_hall_sets(counted, chosen), key=lambda hall: hall.missing)
    for component in split_components(problem):
        least = np.full(component.n_elders, np.iinfo(np.int64).max)
        np.minimum.at(least, component.elder, component.use * component.unit[component.volunteer])
        # may be less than the sum of two huge capacities
        units = sum(problem.capacity[component.volunteers].tolist())
        served = int((np.cumsum(np.sort(least).astype(object)) <= units).sum())
        if served < component.n_elders:
            return HallSet(component.elders, component.volunteers, served)
    return None


def _count_most_elders(volunteer: Index, use: Index, capacity: Index) -> Index:
    """Return how many of the smallest uses fit each volunteer's capacity, (n_volunteers,)."""
    order = np.lexsort((use, volunteer))
    volunteer, use = volunteer[order], use[order]
    first = np.searchsorted(volunteer, np.arange(len(capacity) + 1))
    most = np.zeros(len(capacity), dtype=np.int64)
    for v in np.flatnonzero(np.diff(first)):
        mine = np.minimum(use[first[v] : first[v + 1]], 2**40)
        most[v] = np.searchsorted(np.cumsum(mine), min(int(capacity[v]), 2**60), side="right")
    return most
