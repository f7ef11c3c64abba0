"""Generalised assignment instances of the literature's types A to E through ``solve``: cost, bound, gap, status, time.

The published files are not part of this repository; these are drawn by the same rules (Chu and Beasley 1997, Yagiura et
al. 2006) with fixed seeds, so the gap is against the bound proved here, not a best known cost.

    python -m benchmarks.generalised                       # all types and sizes, 60 s each
    python -m benchmarks.generalised --types DE --sizes 20x200 --seconds 30
"""

import argparse
import time

import numpy as np

from matcher.assignment import AssignmentProblem, solve

SIZES = ("5x100", "10x100", "20x100", "5x200", "10x200", "20x200")


def instance(kind: str, agents: int, jobs: int, seed: int = 1) -> AssignmentProblem:
    """Make a problem of the type: every agent (volunteer) may do every job (elder), and all jobs are to be done."""
    rng = np.random.default_rng([ord(kind), agents, jobs, seed])
    shape = agents, jobs
    if kind in "ABC":
        use, cost = rng.integers(5, 26, shape), rng.integers(10, 51, shape)
    elif kind == "D":
        use = rng.integers(1, 101, shape)
        cost = 111 - use + rng.integers(-10, 11, shape)
    else:
        use = np.maximum((1 - 10 * np.log(1 - rng.random(shape))).astype(int), 1)
        cost = (1000 / use - 10 * rng.random(shape)).astype(int)
    if kind in "AB":
        nearest = cost.argmin(axis=0)
        most = np.bincount(nearest, weights=use[nearest, np.arange(jobs)], minlength=agents).max()
        capacity = np.full(agents, int((0.6 * jobs / agents * 15 + 0.4 * most) * (0.7 if kind == "B" else 1)))
    else:
        capacity = (0.8 * use.sum(axis=1) / agents).astype(int)
    elder, volunteer = np.divmod(np.arange(agents * jobs), agents)
    return AssignmentProblem(elder, volunteer, cost.T.ravel(), capacity, use=use.T.ravel())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--types", default="ABCDE")
    parser.add_argument("--sizes", nargs="*", default=SIZES)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    solve(instance("C", 3, 12), time_limit_s=5)  # compiles
    print("| type | agents x jobs | cost | bound | gap % | status | wall s | CPU s |")
    print("| --- | --- | ---: | ---: | ---: | --- | ---: | ---: |")
    for kind in options.types:
        for size in options.sizes:
            problem = instance(kind, *map(int, size.split("x")), options.seed)
            wall, cpu = time.monotonic(), time.process_time()
            outcome = solve(problem, time_limit_s=options.seconds)
            gap = "" if outcome.cost is None else f"{100 * (outcome.cost - outcome.bound) / outcome.bound:.3f}"
            times = f"{time.monotonic() - wall:.1f} | {time.process_time() - cpu:.1f}"
            print(
                f"| {kind} | {size} | {outcome.cost} | {outcome.bound} | {gap} | {outcome.status} | {times} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
