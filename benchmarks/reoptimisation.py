"""Change single rows of a solved city, and hold random changes to solving anew; write docs/reoptimisation.md.

    python -m benchmarks.reoptimisation [size [problems]]

The city is ``benchmarks.cities``' towns, elders in six tiers as a month has them. Each kind of change is made
``TIMES`` times, for people chosen at random, each from the solved city; its time is that of the new optimum and its
proof over all pairs. Chains of ten changes of small problems, in thousands, with and without load costs, limits and
tiers, are held to solving anew.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.cities import make_towns, warm_up
from matcher.assignment import AssignmentProblem, solve
from matcher.assignment.flow.min_cost_flow import bound_displacement, bound_exchange
from matcher.assignment.row_changes import (
    AddElder,
    AddVolunteer,
    Bar,
    Change,
    LeaveOut,
    Pin,
    RemoveElder,
    RemoveVolunteer,
    SetCapacity,
)
from matcher.assignment.solved import Solved
from tests.assignment.test_solved import follow

DOCS = Path(__file__).parent.parent / "docs"
SIZE, PROBLEMS, TIMES, SEED = 205_000, 250, 20, 0
KINDS = {
    "add_elder": "an elder more",
    "remove_elder": "an elder gone",
    "add_volunteer": "a volunteer more",
    "remove_volunteer": "a volunteer gone",
    "pin": "a pin",
    "bar": "a pair that may not be",
    "leave_out": "an elder left out",
    "set_capacity": "two places fewer",
}


def make_change(kind: str, now: Solved, rng: np.random.Generator) -> Change:
    """Return a change of one kind, about somebody with a pair or somebody like them."""
    elder = int(rng.choice(np.flatnonzero(now.volunteer_of >= 0)))
    volunteer = int(now.volunteer_of[elder])
    mine, costs = now.get_candidates(elder)
    near = np.flatnonzero((now.plan.volunteer >= 0) & np.isin(now.plan.volunteer, mine[:50]))
    changes: dict[str, Change] = {
        "add_elder": AddElder(mine, costs, int(now.sides.unmatched_cost[elder])),
        "remove_elder": RemoveElder(elder),
        "add_volunteer": AddVolunteer(near, now.plan.cost[near], 5),
        "remove_volunteer": RemoveVolunteer(volunteer),
        "pin": Pin(elder, int(rng.choice(mine))),
        "bar": Bar(elder, volunteer),
        "leave_out": LeaveOut(elder),
        "set_capacity": SetCapacity(volunteer, max(int(now.sides.capacity[volunteer]) - 2, 0)),
    }
    return changes[kind]


def time_changes(size: int) -> str:
    """Return the table of a city's changes."""
    city = make_towns(size, SEED)
    warm_up()
    problem = AssignmentProblem(city.elder, city.volunteer, city.cost, city.capacity)
    tier = np.random.default_rng(SEED).integers(1, 7, problem.n_elders)
    problem = problem.replace(unmatched_cost=bound_displacement(problem) + tier * bound_exchange(problem))
    wall = time.process_time()
    outcome = solve(problem)
    solving = time.process_time() - wall
    wall = time.process_time()
    now = Solved.of(problem, outcome.chosen, outcome.prices, outcome.limited_prices)
    assert now.certify().optimal
    taking = time.process_time() - wall
    assert now.cost == outcome.cost
    rng = np.random.default_rng(SEED)
    make_change("add_elder", now, rng)
    now.change(make_change("remove_volunteer", now, rng)).certify()  # compiles
    lines = [
        f"A city of {size:,} elders, {problem.n_volunteers:,} volunteers, {len(problem.elder):,} pairs, in tiers: "
        f"solved in {solving:.1f} s, held in memory in {taking:.1f} s.\n",
        "| change | median s | longest s | of it proof, median s | longest path |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for kind, name in KINDS.items():
        seconds, proofs, longest = [], [], 0
        for _ in range(TIMES):
            change = make_change(kind, now, rng)
            begin = time.process_time()
            after = now.change(change)
            middle = time.process_time()
            assert after.certify().optimal
            proofs.append(time.process_time() - middle)
            seconds.append(time.process_time() - begin)
            longest = max([longest, *map(len, after.paths)])
        lines.append(
            f"| {name} | {np.median(seconds):.2f} | {max(seconds):.2f} | {np.median(proofs):.2f} | {longest} |"
        )
        print(lines[-1], flush=True)
    return "\n".join(lines)


def hold_random(problems: int) -> int:
    """Hold chains of changes of random problems to solving anew; return how many changes were tried."""
    for seed in range(problems):
        for loads, limited, tiers in itertools.product((False, True), repeat=3):
            rng = np.random.default_rng(1000 + seed)
            follow(rng, 10, most_elders=25, loads=loads, limited=limited, tiers=tiers)
    return problems * 8 * 10


def main(size: int = SIZE, problems: int = PROBLEMS) -> None:
    """Measure and write."""
    held = hold_random(problems)
    print(held, flush=True)
    table = time_changes(size)
    text = (
        "# Changes of one row, measured\n\n`python -m benchmarks.reoptimisation` wrote this page. "
        f"{os.cpu_count()} cores; load at the end {os.getloadavg()[1]:.1f}; CPU seconds, proof over all pairs "
        f"included, and each is proved; {TIMES} of each kind.\n\n{table}\n\n{held:,} random changes of small problems "
        "were tried, with and without load costs, limits on elders of high risk and tiers: each that leaves a plan "
        "gave what solving anew gave.\n"
    )
    (DOCS / "reoptimisation.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
