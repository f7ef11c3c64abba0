"""Months in units and in minutes through ``solve_units``, beside CP-SAT over the whole month in the same time.

Cities are made up by ``matcher.sample``, of several makes: how many elders share a volunteer, and how far pairs may be
apart. The peer is one CP-SAT model of all candidates, asked for the count first, then for the metres among plans that
leave out as few. Gaps of metres are against the bound proved here, over the cost; CPU seconds are of this process.

    python -m benchmarks.units                           # 1,000 elders, all makes
    python -m benchmarks.units --elders 5000 --seconds 60 --makes near --units minutes
    python -m benchmarks.units --elders 5000 --seconds 60 --cpu    # CPU seconds of two cores, on a busy machine
"""

import argparse
import time

import numpy as np
from ortools.sat.python import cp_model

from matcher.assignment import AssignmentProblem
from matcher.assignment.generalised import deadline
from matcher.features import Features
from matcher.horizon import Horizon
from matcher.matching.build_problem import NumberedProblem, build_problem
from matcher.matching.candidates import find_candidates, find_eligible_people
from matcher.matching.capacity import CapacityAfterPins
from matcher.matching.precedence import rank_elders
from matcher.matching.units import solve_units
from matcher.month import MonthData
from matcher.roster import make_roster
from matcher.rules import RULES
from matcher.sample import make_sample
from matcher.settings import Settings

MAKES = {"near": (5, 400), "usual": (5, 1000), "short": (7, 1000)}
"""Elders a volunteer, and the most metres between the two."""


class CpuClock:
    """A clock that counts the CPU seconds of this process, shared by two cores."""

    @staticmethod
    def monotonic() -> float:
        """Return the seconds so far."""
        return time.process_time() / 2


def make_city(elders: int, make: str, unit: str, seed: int) -> NumberedProblem:
    """Return the month of a made-up city."""
    share, limit_m = MAKES[make]
    sample = make_sample(elders, elders // share, seed)
    settings = Settings.model_validate({"distance": {"urban_limit_m": limit_m}, "capacity": {"unit": unit}})
    roster = make_roster(sample.elders, sample.volunteers, settings)
    features = Features(MonthData(roster, Horizon.of_month("2026-12"), settings))
    eligible = find_eligible_people(features, RULES)
    capacity = CapacityAfterPins.of(features, eligible[1])
    candidates = find_candidates(features, *eligible, RULES)
    return build_problem(features, candidates, capacity, rank_elders(features, eligible, capacity, RULES))


def ask_cp_sat(problem: AssignmentProblem, seconds: float) -> tuple[int, int]:
    """Return how many CP-SAT leaves out, and the metres of its pairs."""
    model = cp_model.CpModel()
    take = [model.new_bool_var("") for _ in problem.elder]
    of_elder: list[list[int]] = [[] for _ in range(problem.n_elders)]
    of_volunteer: list[list[int]] = [[] for _ in range(problem.n_volunteers)]
    for i, (e, v) in enumerate(zip(problem.elder.tolist(), problem.volunteer.tolist(), strict=True)):
        of_elder[e].append(i)
        of_volunteer[v].append(i)
    for mine in of_elder:
        model.add_at_most_one(take[i] for i in mine)
    use = (np.ones(len(take), dtype=np.int64) if problem.use is None else problem.use).tolist()
    for v, mine in enumerate(of_volunteer):
        units = cp_model.LinearExpr.weighted_sum([take[i] for i in mine], [use[i] for i in mine])
        model.add(units <= int(problem.capacity[v]))
    served, metres = sum(take), cp_model.LinearExpr.weighted_sum(take, problem.cost.tolist())
    for number, goal in enumerate((-served, metres)):
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = seconds / 2
        solver.parameters.num_workers = 2
        model.minimize(goal)
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return problem.n_elders, 0
        taken = [solver.boolean_value(x) for x in take]
        if number == 0:
            model.add(served >= sum(taken))
            for x, is_taken in zip(take, taken, strict=True):
                model.add_hint(x, is_taken)
    return problem.n_elders - sum(taken), int(problem.cost[np.flatnonzero(taken)].sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elders", type=int, default=1000)
    parser.add_argument("--makes", nargs="*", default=list(MAKES))
    parser.add_argument("--units", nargs="*", default=["units", "minutes"])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--cpu", action="store_true", help="count the seconds of solve_units as CPU time of two cores")
    options = parser.parse_args()
    if options.cpu:
        deadline.time = CpuClock  # type: ignore[assignment]
    print("| make | unit | pairs | left out | bound | tiers open | cost m | gap % | wall s | CPU s | CP-SAT | its m |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for make in options.makes:
        for unit in options.units:
            numbered = make_city(options.elders, make, unit, options.seed)
            problem = numbered.problem
            wall, cpu = time.monotonic(), time.process_time()
            found = solve_units(numbered, np.ones(problem.n_elders, dtype=np.int64), options.seconds)
            times = f"{time.monotonic() - wall:.0f} | {time.process_time() - cpu:.0f}"
            goals = {goal.tier: goal for goal in found.search.goals}
            open_ = sum(goal.left_out - goal.bound for tier, goal in goals.items() if tier)
            base = int(numbered.leaving_out_m.sum())
            peer = ("", "")
            if not options.no_peer:
                left_out, metres = ask_cp_sat(problem, options.seconds)
                peer = (str(left_out), f"{metres + base:,}")
            print(
                f"| {make} | {unit} | {len(problem.cost):,} | {goals[0].left_out} | {goals[0].bound} | {open_} "
                f"| {found.certificate.cost:,} | {100 * found.search.gap:.2f} | {times} | {' | '.join(peer)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
