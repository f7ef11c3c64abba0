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

from collections.abc import Sequence

import numpy as np
from numba import get_num_threads

from matcher.assignment.flow.min_cost_flow import solve_min_cost_flow
from matcher.assignment.generalised.components import NOBODY, find_usable, split_components
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.fine_certificate import certify_finely
from matcher.assignment.generalised.rounds import run_searches
from matcher.assignment.generalised.search import Search
from matcher.assignment.hall import find_hall_sets
from matcher.assignment.problem import AssignmentProblem, HallSet, Index, Outcome, Status


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
        run_searches(searches, deadline, workers or get_num_threads())
    except KeyboardInterrupt:
        for search in searches:
            search.ensure_begun()
    return _make_outcome(problem, searches)


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
    certificate = certify_finely(problem, chosen, prices)
    bound = max(bound, certificate.bound)
    status: Status = "optimal" if bound == certificate.cost else "feasible"
    return Outcome(status, chosen, certificate.cost, bound, whole_prices, certificate)


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
