"""Solve cities in several ways, each in a process of its own; write the table and the plot to docs/.

    python -m benchmarks.matching [size …]

Cities are made up by ``matcher.sample``: a fifth as many volunteers as elders; pairs up to 1,000 m of straight line, no
boundary, at the cost of the metres. Time is that of the answer from the arrays of all pairs, proof included where there
is one; memory is the process's peak, those arrays included. The first run of this project's compiled loops on a machine
compiles them, which is done before, on a small problem.

The month after: 2 % of the elders and 1 % of the volunteers have gone, as many have come, and last month's pairs are
worth 800 m, as they were last month. It is solved anew, and from last month's plan and prices.

After a correction: ten elders are struck off, and the city is solved from the plan and prices before that.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from scipy.sparse import coo_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from matcher.assignment import AssignmentProblem, solve
from matcher.assignment.flow.column_generation import solve_by_columns
from matcher.assignment.flow.min_cost_flow import bound_displacement, bound_exchange, solve_min_cost_flow
from matcher.assignment.kernels import row_scans
from matcher.assignment.problem import count_occurrences
from matcher.features import Features
from matcher.horizon import Horizon
from matcher.matching.candidates import find_candidates, find_eligible_people
from matcher.month import MonthData
from matcher.roster import make_roster
from matcher.rules import Capacity, Consent, Dates, Distance, KnownLocation, Walking
from matcher.sample import make_sample
from matcher.settings import Settings

DOCS = Path(__file__).parent.parent / "docs"
SIZES = (2_000, 6_000, 20_000, 60_000, 205_000)
SEED = 7
SCIPY_UP_TO = 6_000
WAYS = {
    "this": "this project, proved over all pairs",
    "following": "this, the month after, where pairs are worth keeping",
    "tiers": "this, elders in 27 tiers",
    "plain": "every pair an arc of one SimpleMinCostFlow, no proof",
    "nearest": "the same, 16 nearest only: another problem",
    "scipy": "SciPy's sparse matching, a column a place and one for each elder left out",
}


MEASURES = {
    "seconds": "time [s]",
    "megabytes": "peak memory [MB]",
    "unmatched": "elders unmatched",
    "metres": "metres in all",
}
RULES = (Consent(), Dates(), KnownLocation(), Capacity(), Distance(), Walking())


def make_city(size: int, path: Path) -> None:
    """All pairs of a sample city as the solver's arrays, an elder's cheapest first; elders without any are left out."""
    sample = make_sample(size, size // 5, SEED)
    settings = Settings.model_validate({"distance": {"urban_limit_m": 1000, "detour_factor": 1.0}})
    roster = make_roster(sample.elders, sample.volunteers, settings)
    features = Features(MonthData(roster, Horizon.of_month("2026-12"), settings))
    found = find_candidates(features, *find_eligible_people(features, RULES), RULES)
    elder = np.cumsum(np.diff(found.elder, prepend=-1) > 0, dtype=np.int32) - np.int32(1)
    start = np.searchsorted(elder, np.arange(elder[-1] + 2, dtype=np.int32)).astype(np.int64)
    volunteer, cost = found.volunteer.copy(), found.cost_m.astype(np.int32)
    row_scans.sort_rows(start, volunteer, cost)
    np.savez(path, elder=elder, volunteer=volunteer, cost=cost, capacity=features.max_elders)


def make_next(path: Path, following: Path) -> None:
    """The third month as arrays; pairs are worth keeping from month to month."""
    arrays = np.load(path)
    elder, volunteer, cost, capacity = (arrays[name] for name in ("elder", "volunteer", "cost", "capacity"))
    n_elders, n = int(elder[-1]) + 1, len(capacity)
    rng = np.random.default_rng(SEED)
    elder_away, volunteer_away = rng.integers(0, 50, n_elders), rng.integers(0, 100, n)
    partner = np.full(n_elders, -1)
    for month in range(3):
        there = (elder_away[elder] != month) & (volunteer_away[volunteer] != month)
        worth = np.where(partner[elder[there]] == volunteer[there], 800, 0)
        made = elder[there], volunteer[there], (cost[there] - worth).astype(np.int32)
        row_scans.sort_rows(
            np.searchsorted(made[0], np.arange(n_elders + 1, dtype=np.int32)).astype(np.int64), *made[1:]
        )
        if month < 2:
            problem = AssignmentProblem(*made, capacity)
            outcome = solve(problem.with_unmatched_cost(bound_displacement(problem)))
            partner = np.where(outcome.chosen >= 0, problem.volunteer[outcome.chosen], -1)
    np.savez(following, **dict(zip(("elder", "volunteer", "cost", "capacity"), (*made, capacity), strict=True)))


def scipy_matching(problem: AssignmentProblem) -> np.ndarray:
    """The candidate of each elder. A place is a column, and every elder has one more: dear, to be left out."""
    seat = np.concatenate(([0], np.cumsum(problem.capacity)))
    count = problem.capacity[problem.volunteer]
    arc = np.repeat(np.arange(len(problem.elder)), count)
    column = (
        np.repeat(seat[problem.volunteer], count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    )
    n = problem.n_elders
    # a weight of 0 would be no entry at all
    weight = np.concatenate((problem.cost[arc] + 1, np.full(n, bound_displacement(problem) + 1)))
    rows, columns = (
        np.concatenate((problem.elder[arc], np.arange(n))),
        np.concatenate((column, seat[-1] + np.arange(n))),
    )
    row, taken = min_weight_full_bipartite_matching(coo_array((weight.astype(float), (rows, columns))).tocsr())
    volunteer = np.searchsorted(seat, taken, side="right") - 1
    partner = np.where(taken < seat[-1], volunteer, -1)[np.argsort(row)]
    index = np.flatnonzero(problem.volunteer == partner[problem.elder])
    chosen = np.full(n, -1)
    chosen[problem.elder[index]] = index
    return chosen


def measure(way: str, path: Path) -> dict[str, float]:
    """Seconds, peak megabytes, unmatched and metres of one way, in this process."""
    arrays = np.load(path)
    elder, volunteer, cost, capacity = (arrays[name] for name in ("elder", "volunteer", "cost", "capacity"))
    ours = way not in ("plain", "nearest", "scipy")
    if ours:
        nine = np.arange(9, dtype=np.int32)
        small = AssignmentProblem(nine, nine, nine, np.ones(9, int)).with_unmatched_cost(100)
        solve_by_columns(small)
        solve(AssignmentProblem([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1]))
    if way == "nearest":
        rank = np.arange(len(elder)) - np.searchsorted(elder, elder)
        elder, volunteer, cost = (x[rank < 16] for x in (elder, volunteer, cost))
    for array in (elder, volunteer, cost):
        array.setflags(write=False)
    wall, cpu = time.perf_counter(), time.process_time()
    problem = AssignmentProblem(elder, volunteer, cost, capacity)
    del elder, volunteer, cost
    proof = {}
    if ours:
        unmatched_cost = np.full(problem.n_elders, bound_displacement(problem))
        if way == "tiers":
            tier = np.random.default_rng(SEED).integers(0, 27, problem.n_elders)
            unmatched_cost += tier * bound_exchange(problem)
        outcome = solve(problem.replace(unmatched_cost=unmatched_cost))
        assert outcome.status == "optimal"
        chosen = outcome.chosen
        proof = {name: getattr(outcome.certificate, name) for name in ("cost", "bound", "eligible_pairs")}
    elif way == "scipy":
        chosen = scipy_matching(problem)
    else:
        chosen = solve_min_cost_flow(problem, np.full(problem.n_elders, bound_displacement(problem)))
    return {
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "pairs": len(problem.elder),
        "unmatched": int(((chosen < 0) & (count_occurrences(problem.elder, problem.n_elders) > 0)).sum()),
        "metres": int(problem.cost[chosen[chosen >= 0]].sum()),
        **proof,
    }


def in_own_process(*arguments: object) -> str:
    """Return what this module prints when called so."""
    command = [sys.executable, "-m", "benchmarks.matching", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def table(results: list[dict]) -> str:
    """The results in Markdown."""
    lines = [
        "| elders | pairs | way | s | CPU s | MB | unmatched | metres |",
        "| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {r['size']:,} | {r['pairs']:,} | {WAYS[r['way']]} | {r['seconds']:.1f} | {r['cpu_seconds']:.1f} "
        f"| {r['megabytes']:,.0f} | {r['unmatched']:,} | {r['metres']:,} |"
        for r in results
    ]
    return "\n".join(lines)


def plot(results: list[dict], path: Path) -> None:
    """Time, memory, unmatched and metres over the number of elders, both axes logarithmic."""
    mpl.rcParams["svg.hashsalt"] = "matching"
    figure = Figure(figsize=(16, 4))
    axes = figure.subplots(1, 4)
    for axis, key, label in zip(axes, MEASURES, MEASURES.values(), strict=True):
        for way, name in WAYS.items():
            points = [(r["size"], r[key]) for r in results if r["way"] == way]
            if points:
                axis.loglog(*zip(*points, strict=True), marker="o", label=name.split(",")[0].split(":")[0])
        axis.set(xlabel="elders", ylabel=label)
        axis.grid(visible=True, which="both", alpha=0.3)
    axes[0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def ratios(results: list[dict]) -> str:
    """Return what was promised, as ratios of one run."""
    by = {(r["size"], r["way"]): r for r in results}
    lines = []
    for size in sorted({r["size"] for r in results}):
        this, plain = by[size, "this"], by[size, "plain"]
        lines.append(
            f"| {size:,} | {this['seconds'] / plain['seconds']:.2f} | {this['megabytes'] / plain['megabytes']:.2f} "
            f"| {'yes' if (this['unmatched'], this['metres']) == (plain['unmatched'], plain['metres']) else 'NO'} |"
        )
    head = "| elders | time of plain | memory of plain | same optimum |\n| ---: | ---: | ---: | :---: |\n"
    return head + "\n".join(lines)


def main(sizes: tuple[int, ...]) -> None:
    """Measure every way on every size, print and write."""
    results: list[dict] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path, following = Path(folder) / f"{size}.npz", Path(folder) / f"{size}-next.npz"
            in_own_process("city", size, path)
            in_own_process("next", path, following)
            for way in WAYS:
                if way != "scipy" or size <= SCIPY_UP_TO:
                    city = following if way == "following" else path
                    results.append({"size": size, "way": way, **json.loads(in_own_process("way", way, city))})
                    print(results[-1], os.getloadavg(), flush=True)
            path.unlink()
            following.unlink()
    results.sort(key=lambda r: r["size"])
    largest = next(r for r in results if (r["size"], r["way"]) == (max(sizes), "this"))
    text = (
        "# Matching, measured\n\n`python -m benchmarks.matching` wrote this page and the plot: single runs, all of one "
        f"evening. {os.cpu_count()} cores; load at the end {os.getloadavg()[1]:.1f}. Same cities, same arrays for all "
        f"ways.\n\n{table(results)}\n\n## Ratios\n\n{ratios(results)}\n\n"
        f"The proof of the largest: cost {largest['cost']:,} = bound {largest['bound']:,} over all "
        f"{largest['eligible_pairs']:,} eligible pairs.\n\n"
        "SciPy's matching has no capacities: its graph holds every pair once a place, so it is left out above "
        f"{SCIPY_UP_TO:,} elders.\n\n![Time and memory](matching.svg)\n"
    )
    (DOCS / "matching.md").write_text(text, "utf-8")
    plot(results, DOCS / "matching.svg")
    print(text)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["city", size, path]:
            make_city(int(size), Path(path))
        case ["next", path, following]:
            make_next(Path(path), Path(following))
        case ["way", way, path]:
            print(json.dumps(measure(way, Path(path))))
        case sizes:
            main(tuple(map(int, sizes)) or SIZES)
