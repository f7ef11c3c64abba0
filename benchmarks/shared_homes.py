"""One volunteer a home at city size: seconds, gap and split homes; and what listing such homes costs.

``.venv/bin/python -m benchmarks.shared_homes 5000 20000`` makes towns of so many elders, 3 % of them couples. An
elder has some forty volunteers within 800 m; there are 3 % more and 3 % fewer places than elders.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from scipy.spatial import cKDTree

from matcher.assignment.groups.joining import price_joinings
from matcher.assignment.groups.problem import GroupedProblem
from matcher.assignment.groups.solve import solve_grouped
from matcher.assignment.problem import AssignmentProblem
from matcher.assignment.solve import solve

_SHARE = 0.03
_REACH_M = 800.0


def make_town(elders: int, places: float, seed: int = 1) -> tuple[AssignmentProblem, np.ndarray]:
    """Return the problem of a town and the group of each elder; leaving anybody out costs more than all walks."""
    rng = np.random.default_rng(seed)
    volunteers = elders // 5
    side = _REACH_M * np.sqrt(np.pi * volunteers / 40)
    home = rng.random((elders, 2)) * side
    couples = int(elders * _SHARE / 2)
    home[couples : 2 * couples] = home[:couples]
    group = np.full(elders, -1)
    group[:couples] = group[couples : 2 * couples] = np.arange(couples)
    where = rng.random((volunteers, 2)) * side
    near = cKDTree(home).sparse_distance_matrix(cKDTree(where), _REACH_M, output_type="ndarray")
    order = np.lexsort((near["j"], near["i"]))
    cost = np.rint(near["v"][order] * 1.3).astype(np.int64)
    cost = cost - np.where(rng.random(len(cost)) < 1 / 40, 1600, 0)
    capacity = rng.multinomial(int(elders * places), np.full(volunteers, 1 / volunteers))
    step = 1 << (elders * 3000).bit_length()
    tier = rng.integers(0, 2, elders)
    unmatched = (elders + 1 + tier) * step
    problem = AssignmentProblem(near["i"][order], near["j"][order], cost, capacity, unmatched_cost=unmatched)
    return problem, group.astype(np.int64)


def measure(elders: int, places: float) -> None:
    """Print a line a mode."""
    problem, group = make_town(elders, places)
    begun = time.perf_counter()
    outcome = solve(problem)
    alone_s = time.perf_counter() - begun
    assert outcome.prices is not None
    begun = time.perf_counter()
    joining = price_joinings(problem, outcome.chosen, outcome.prices, group)
    listed_s = time.perf_counter() - begun
    metres = [found.cost for found in joining.values() if found.cost >= 0]
    exact = sum(found.cost == found.least for found in joining.values())
    print(
        f"{elders} elders, {len(problem.elder)} pairs, places {places:.0%}: network {alone_s:.1f} s; {len(joining)} of "
        f"{group.max() + 1} homes split, listed in {listed_s:.1f} s, median {np.median(metres):.0f} m, {exact} exact",
        flush=True,
    )
    for mode, split_cost in (("soft", 500), ("hard", None)):
        grouped = GroupedProblem(problem, group, split_cost)
        begun = time.perf_counter()
        found = solve_grouped(grouped, time_limit_s=60.0)
        seconds = time.perf_counter() - begun - alone_s
        served = found.chosen >= 0
        pairs_cost = int(problem.cost[found.chosen[served]].sum())
        left = int((~served).sum()) - int((outcome.chosen < 0).sum())
        print(
            f"  {mode}: {seconds:.1f} s more, gap {found.cost - found.bound} m of {abs(pairs_cost)}, "
            f"{int(grouped.count_further_volunteers(found.chosen).sum())} split, {left} more left out",
            flush=True,
        )


if __name__ == "__main__":
    for argument in sys.argv[1:] or ["2000"]:
        for share in (1.03, 0.97):
            measure(int(argument), share)
