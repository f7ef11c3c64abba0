"""Solve cities of different make, this project beside plain OR-Tools; write the table to docs/cities.md.

    python -m benchmarks.cities [size]

Each make is a function of a size and a seed. A city has a fifth as many volunteers as elders unless it says otherwise,
five places each; several elders share a building, so that their rows of candidates are alike, as in real towns. A pair
costs its straight line in metres; pairs up to ``REACH_M`` are eligible. Elders without any are left out.

By rows is the same city with one row of candidates for all elders who share it (``RowProblem``), as one builds it by
building. Plain is every pair as an arc of one ``SimpleMinCostFlow``, without a proof. Time is that of the answer from
the arrays of all pairs, for this project proof and ties included; memory is the process's peak, and what it had before
the city's arrays are its libraries. Each way runs in a process of its own; this project's loops are compiled before, on
small problems.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from matcher.assignment import AssignmentProblem, RowProblem, solve
from matcher.assignment.certificate import compute_cost
from matcher.assignment.flow import column_generation, transportation
from matcher.assignment.flow.candidate_rows import SharedRows
from matcher.assignment.flow.column_generation import solve_by_columns
from matcher.assignment.flow.min_cost_flow import solve_min_cost_flow

Places = NDArray[np.float64]

NOTES = """
## Where the time goes, and what was tried

Of the dense centre's CPU about half is in the compiled method's stages, a tenth each in finding the largest matching,
in grouping elders and in pricing all candidates, 4 % each in the proof and in ties. OR-Tools' flow over the tight
candidates of exact prices is 1 to 2 %.

Kept, CPU s of the stages at 20,000 elders (dense centre / pairs kept / shortage / high risk limited):

- OpenMP's threads wait asleep, not in a busy circle: 0.68 / 0.80 / 0.68 / - to 0.51 / 0.68 / 0.54 / 0.87.
- A stage with slack ends when few candidates still undercut: to 0.40 / 0.52 / 0.39 / 0.78.
- Bids on a volunteer's places are a heap (a way out has as many places as elders are left out): to
  0.34 / 0.42 / 0.35 / 0.67.
- A stage of one metre's slack in place of one exact to four metres: to 0.32 / 0.46 / 0.23 / -; at 60,000 elders 2.6 to
  1.9 (dense centre), 2.8 to 2.1 (balanced).
- With load costs and a limit side by side a volunteer is two halves, and the dearer places are closed to limited
  elders: 4.6 to 1.4 s in all (20,000, busy machine). Before, the plan without the limit was repaired elder by elder,
  and OR-Tools chose among what was tight then.
- Where the prices found among the nearest candidates are too high for many places, the first stage begins anew with all
  that it has let in: 17.9 to 14.4 s (205,000 elders under the defaults), the others as before.
- The first steps are an eighth of how far a hub's candidates mostly differ, not of how far any costs do, which a few
  pairs worth keeping decide: 34 to 15 s (205,000 elders under the programme's defaults; plain 48 s), 0.74 to 0.57 s
  (pairs kept), 0.94 to 0.84 s (towers), 1.33 to 1.20 s (towns), 0.50 as before (dense centre).
- How far they differ is the median of hubs: a mean follows the few with a way out in their middle half, which lets most
  candidates in. Leaving out may cost unlike within a tier, by waiting, age or risk: that is one level still, where
  before prices rose to what leaving out costs, a step at a time. A programme's defaults: 3.98 to 1.53 to 0.80 s (dense
  centre; plain 2.99), 2.2 to 1.5 s (towns; plain 5.0).
- Reads while units bid end at 50 times the candidates let in, not 300: a war of prices along a road, kept pairs and
  places that just suffice, took 2.1 of 3.1 s; now 1.5 to 2 in all, the others within a tenth.
- A first stage with four times the slack, busy machine: 0.71 to 0.66 (dense centre), 0.95 to 0.66 (pairs kept), 0.56 to
  0.50 (towers), at 60,000 elders 4.6 to 3.6 (dense centre). One more, with 16 times: 3.4 there, but 0.90 (towers).

Dropped: who bids last is served first (0.38 for 0.42, 0.41 for 0.39); a first stage of finer steps for kept pairs
(0.58 for 0.40) or of rougher ones (0.42 for 0.36); stages further apart (no gain); prices and pairs of the month before
(1.2 to 1.4 of solving anew), also from one price of kept pairs to the next (0.70 for 0.60 s). At 205,000 elders under
the defaults, for places that must be filled at prices found among too few candidates: one search for all of them (46
for 17 s), an auction from their side (did not end), slack for places too (17 for 17 s), leaving them to the last stage
(26 for 17 s). Short lists of each hub's cheapest candidates while units bid: 23 for 16 s.

Memory, dense centre: of the process's peak 203 MB are libraries with their compiled loops (144 MB for plain). By rows
236 MB, 33 MB of them the city's: 0.48 of plain's 490 MB, and 0.09 without libraries. Elders of a building share a row,
so that 3.1 million pairs are 1.3 million candidates (11 MB for 36 MB of arrays). From arrays 262 MB.

Growth, before elders shared rows and the first stage had more slack: the dense centre of 205,000 elders and 33.2
million pairs took 21.5 s of CPU (load 7) and 799 MB, that of 60,000 and 9.8 million pairs 2.9 s and 380 MB. From 20,000
to 205,000 elders the pairs grow 11 times and the time 38 times.

Not good: where all pairs of a city cost the same and places just suffice, choosing the first of the plans takes most of
the time (12,000 elders: 11 of 12 s, plain 2.7 s). Below half a million candidates the flow over all is asked, as
compiling takes longer.
"""

DOCS = Path(__file__).parent.parent / "docs"
SIZE, SEED = 60_000, 0
REACH_M = 1000
PLACES = 5
UNMATCHED_COST = 100_000
"""What leaving somebody out costs: far more than any pair, less than a long chain of displacements could."""


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """All eligible pairs of a city, an elder's cheapest first.

    Attributes:
        elder: Of each pair, in order, int32 (n,).
        volunteer: Of each pair, int32 (n,).
        cost: Of each pair, metres, int32 (n,).
        capacity: Places of each volunteer, int64 (n_volunteers,).
        unmatched_cost: Of each elder, int64 (n_elders,).
        load_cost: Of a volunteer's first, second, … elder, int64 (n_volunteers, places); None: nothing.
        limited: Mask of the elders of whom each volunteer may have only ``limit``; None: nobody.
        limit: int64 (n_volunteers,).
    """

    elder: NDArray[np.int32]
    volunteer: NDArray[np.int32]
    cost: NDArray[np.int32]
    capacity: NDArray[np.int64]
    unmatched_cost: NDArray[np.int64]
    load_cost: NDArray[np.int64] | None = None
    limited: NDArray[np.bool_] | None = None
    limit: NDArray[np.int64] | None = None

    def save(self, path: Path) -> None:
        """Write the arrays to an ``.npz`` file."""
        parts = {name: getattr(self, name) for name in self.__slots__}
        np.savez(path, **{name: part for name, part in parts.items() if part is not None})


def make_dense_centre(size: int, seed: int) -> City:
    """Return a city whose density falls from its middle, volunteers a little further out than elders."""
    rng = np.random.default_rng(seed)
    radius = 16_000 * np.sqrt(size / 205_000)

    def draw(n: int, spread: float) -> Places:
        far, angle = rng.gamma(2.0, spread * radius / 3, n), rng.uniform(0, 2 * np.pi, n)
        return np.column_stack((far * np.cos(angle), far * np.sin(angle)))

    return _make_pairs(_house(rng, draw(size // 2, 1.0), size), draw(size // 5, 1.1))


def make_towns(size: int, seed: int) -> City:
    """Return towns and villages in the country, each with more or fewer volunteers than it needs."""
    rng = np.random.default_rng(seed)
    n_towns = max(size // 1_000, 3)
    people = rng.pareto(1.2, n_towns) + 0.2
    middle = rng.uniform(0, 3_000 * np.sqrt(n_towns), (n_towns, 2))
    share = people / people.sum()

    def draw(n: int, weight: NDArray[np.float64]) -> Places:
        town = rng.choice(n_towns, n, p=weight / weight.sum())
        wide = 250 * np.sqrt(share[town] * n_towns + 1)
        return np.asarray(middle[town] + rng.normal(0, 1, (n, 2)) * wide[:, None])

    return _make_pairs(
        _house(rng, draw(size // 2, share), size), draw(size // 5, share * rng.uniform(0.7, 1.3, n_towns))
    )


def make_balanced(size: int, seed: int) -> City:
    """Return an even city with just as many places as elders: no slack anywhere."""
    rng = np.random.default_rng(seed)
    side = 25_000 * np.sqrt(size / 205_000)
    return _make_pairs(_house(rng, rng.uniform(0, side, (size // 2, 2)), size), rng.uniform(0, side, (size // 5, 2)))


def make_surplus(size: int, seed: int) -> City:
    """Return a city with a quarter more places than elders, everywhere."""
    rng = np.random.default_rng(seed)
    side = 25_000 * np.sqrt(size / 205_000)
    return _make_pairs(_house(rng, rng.uniform(0, side, (size // 2, 2)), size), rng.uniform(0, side, (size // 4, 2)))


def make_shortage(size: int, seed: int) -> City:
    """Return a city of many quarters with places for 95 of 100 elders."""
    rng = np.random.default_rng(seed)
    middle = rng.uniform(0, 25_000 * np.sqrt(size / 205_000), (max(size // 2_000, 4), 2))

    def draw(n: int) -> Places:
        return np.asarray(middle[rng.integers(0, len(middle), n)] + rng.normal(0, 900, (n, 2)))

    return _make_pairs(_house(rng, draw(size // 2), size), draw(size * 19 // 100))


def make_towers(size: int, seed: int) -> City:
    """Return a city where all live in few towers: hundreds of elders with the same candidates, many equal costs."""
    rng = np.random.default_rng(seed)
    side = 25_000 * np.sqrt(size / 205_000)
    towers = rng.uniform(0, side, (max(size // 100, 10), 2))
    return _make_pairs(
        towers[np.sort(rng.integers(0, len(towers), size))], towers[rng.integers(0, len(towers), size // 5)]
    )


def make_river(size: int, seed: int) -> City:
    """Return a city cut by a river with few bridges: nobody walks across elsewhere; one bank lacks volunteers."""
    rng = np.random.default_rng(seed)
    side = 25_000 * np.sqrt(size / 205_000)
    elders = _house(rng, rng.uniform(0, side, (size // 2, 2)), size)
    volunteers = rng.uniform(0, side, (size // 5, 2))
    volunteers[: size // 200, 1] = rng.uniform(side / 2, side, size // 200)
    bridges = np.linspace(0, side, 8)[1:-1]

    def may_cross(elder: Places, volunteer: Places) -> NDArray[np.bool_]:
        other_bank = (elder[:, 1] < side / 2) != (volunteer[:, 1] < side / 2)
        near = np.abs(elder[:, :1] - bridges).min(axis=1) < 300
        return ~other_bank | near

    return _make_pairs(elders, volunteers, may_cross)


MAKES: dict[str, Callable[[int, int], City]] = {
    "dense centre": make_dense_centre,
    "towns": make_towns,
    "balanced": make_balanced,
    "surplus": make_surplus,
    "shortage": make_shortage,
    "towers": make_towers,
    "river": make_river,
}


def with_tiers(city: City, seed: int) -> City:
    """Return the city with elders in six tiers, each far dearer to leave out than the one after it."""
    tier = np.random.default_rng(seed).integers(1, 7, len(city.unmatched_cost))
    return replace(city, unmatched_cost=city.unmatched_cost * 1_000 * tier)


def with_kept_pairs(city: City, seed: int, worth_m: int = 1_500) -> City:
    """Return the city where most elders have a volunteer of last month near by, worth keeping."""
    rng = np.random.default_rng(seed)
    first = np.searchsorted(city.elder, np.arange(len(city.unmatched_cost) + 1))
    partner = _match_greedily(city, first, rng)
    cost = city.cost.copy()
    kept = (partner[city.elder] == city.volunteer) & (rng.random(len(first) - 1) < 0.94)[city.elder]
    cost[kept] -= worth_m
    return _sort(replace(city, cost=cost))


def with_fair_loads(city: City) -> City:
    """Return the city where each further elder of one volunteer costs 60 m more than the one before."""
    return replace(city, load_cost=np.tile(60 * np.arange(PLACES, dtype=np.int64), (len(city.capacity), 1)))


def with_limit(city: City, seed: int) -> City:
    """Return the city where a fifth of the elders are of high risk and each volunteer may have two of them."""
    limited = np.random.default_rng(seed).random(len(city.unmatched_cost)) < 0.2
    return replace(city, limited=limited, limit=np.full(len(city.capacity), 2, dtype=np.int64))


def with_defaults(city: City, seed: int) -> City:
    """Return the city with all that a programme's defaults ask for: what is kept, unequal worths, loads, missed hours.

    Keeping a pair is worth 1,600 m and 20 a month; leaving somebody out costs more the longer the wait and the higher
    the risk, and current elders and those of high risk come before all others; a third of the volunteers have few free
    hours, so that each further elder of theirs costs more, and some pairs cannot hold all their contacts.
    """
    rng = np.random.default_rng(seed)
    n, m = len(city.unmatched_cost), len(city.capacity)
    partner = _match_greedily(city, np.searchsorted(city.elder, np.arange(n + 1)), rng)
    stands = (partner[city.elder] == city.volunteer) & (rng.random(n) < 0.94)[city.elder]
    age = rng.integers(0, 30, n)
    cost = city.cost - np.where(stands, 1_600 + 20 * age[city.elder], 0).astype(np.int32)
    cost += (200 * (rng.random(len(cost)) < 0.2) * rng.integers(1, 5, len(cost))).astype(np.int32)
    current = np.zeros(n, dtype=bool)
    current[city.elder[stands]] = True
    high = rng.random(n) < 0.2
    goals = np.where(current, 4, np.where(high, 1, 0)) * UNMATCHED_COST
    worth = 2 * UNMATCHED_COST + goals + 200 * rng.integers(0, 13, n) + 1_000 * (rng.random(n) < 0.3)
    busy = rng.random(m) < 1 / 3
    load_cost = np.where(busy[:, None], 260 * np.maximum(np.arange(PLACES) - 1, 0), 60 * np.arange(PLACES))
    return _sort(replace(city, cost=cost, unmatched_cost=worth, load_cost=load_cost.astype(np.int64)))


CASES: dict[str, Callable[[City], City]] = {
    "six tiers": lambda city: with_tiers(city, SEED),
    "pairs kept": lambda city: with_kept_pairs(city, SEED),
    "fair loads": with_fair_loads,
    "high risk limited": lambda city: with_limit(city, SEED),
    "limited, fair loads": lambda city: with_fair_loads(with_limit(city, SEED)),
    "a programme's defaults": lambda city: with_defaults(city, SEED),
}
"""What else may be asked of a city; each is measured on the first make."""


def _house(rng: np.random.Generator, buildings: Places, n: int) -> Places:
    """Return where n elders live: each in one of the buildings, most buildings with one to four."""
    return np.asarray(buildings[np.sort(rng.integers(0, len(buildings), n))])


def _make_pairs(
    elders: Places,
    volunteers: Places,
    may_be: Callable[[Places, Places], NDArray[np.bool_]] | None = None,
) -> City:
    """Return all pairs within reach, elders without any left out."""
    homes, home_of = np.unique(elders, axis=0, return_inverse=True)
    counts = np.bincount(home_of, minlength=len(homes))
    tree = KDTree(volunteers)
    rows: list[tuple[NDArray[np.int32], NDArray[np.int32]]] = []
    for begin in range(0, len(homes), 20_000):
        block = homes[begin : begin + 20_000]
        near = tree.query_ball_point(block, REACH_M, return_sorted=True)
        for home, found in zip(block, near, strict=True):
            who = np.asarray(found, dtype=np.int32)
            if may_be is not None and len(who):
                who = who[may_be(np.broadcast_to(home, (len(who), 2)), volunteers[who])]
            metres = np.rint(np.hypot(*(volunteers[who] - home).T)).astype(np.int32)
            by_cost = np.lexsort((who, metres))
            rows.append((who[by_cost], metres[by_cost]))
    kept = [i for i in np.repeat(np.arange(len(homes)), counts) if len(rows[i][0])]
    size = np.array([len(rows[i][0]) for i in kept])
    return City(
        np.repeat(np.arange(len(kept), dtype=np.int32), size),
        np.concatenate([rows[i][0] for i in kept]),
        np.concatenate([rows[i][1] for i in kept]),
        np.full(len(volunteers), PLACES, dtype=np.int64),
        np.full(len(kept), UNMATCHED_COST, dtype=np.int64),
    )


def _match_greedily(city: City, first: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a volunteer for each elder in a random order: the nearest who is free, -1 for none."""
    left, partner = city.capacity.copy(), np.full(len(first) - 1, -1, dtype=np.int64)
    for e in rng.permutation(len(partner)):
        row = city.volunteer[first[e] : first[e + 1]]
        free = np.flatnonzero(left[row] > 0)
        if len(free):
            partner[e] = row[free[0]]
            left[row[free[0]]] -= 1
    return partner


def _sort(city: City) -> City:
    """Return the same pairs, an elder's cheapest first."""
    order = np.lexsort((city.volunteer, city.cost, city.elder))
    return replace(city, elder=city.elder[order], volunteer=city.volunteer[order], cost=city.cost[order])


def warm_up() -> None:
    """Compile what is measured, on small problems."""
    nine = np.arange(9, dtype=np.int32)
    small = AssignmentProblem(nine, nine, nine, np.ones(9, int)).with_unmatched_cost(100)
    solve_by_columns(small)
    solve_by_columns(small.replace(load_cost=np.zeros((9, 1), int)))
    solve(AssignmentProblem([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1]))


def save_rows(path: Path, by_rows: Path) -> None:
    """Write a city's arrays as rows that elders share."""
    with np.load(path) as file:
        problem = AssignmentProblem(**file)
    shared = SharedRows.of(problem)
    size = shared.last - shared.first
    start = np.concatenate(([0], np.cumsum(size)))
    at = np.arange(start[-1]) + np.repeat(shared.first - start[:-1], size)
    parts = {name: getattr(problem, name) for name in ("capacity", "unmatched_cost", "load_cost", "limited", "limit")}
    np.savez(
        by_rows,
        start=start,
        volunteer=shared.volunteer[at],
        cost=shared.cost[at],
        row=shared.row.astype(np.int32),
        surcharge=shared.surcharge.astype(np.int32),
        **{name: part for name, part in parts.items() if part is not None},
    )


def time_flow() -> list[float]:
    """Let OR-Tools' flow be timed from now on, CPU s; return the list of these times, which grows."""
    times: list[float] = []

    def timed(solve_flow: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: object) -> Any:
            begin = time.process_time()
            answer = solve_flow(*arguments)
            times.append(time.process_time() - begin)
            return answer

        return run

    for module, name in ((transportation, "solve_on_reduced_costs"), (column_generation, "solve_min_cost_flow")):
        vars(module)[name] = timed(vars(module)[name])
    return times


def measure(way: str, path: Path) -> dict[str, float]:
    """Return seconds, peak megabytes and the cost of one way, in this process; ``libraries`` is what it began with."""
    if way != "plain":
        warm_up()
    flow_times, libraries = time_flow(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    for array in arrays.values():
        array.setflags(write=False)
    wall, cpu = time.perf_counter(), time.process_time()
    problem = (RowProblem if way == "rows" else AssignmentProblem)(**arrays)
    del arrays
    if way != "plain":
        outcome = solve(problem)
        assert outcome.status == "optimal"
        assert outcome.cost == outcome.bound
        chosen = outcome.chosen
    else:
        assert isinstance(problem, AssignmentProblem)
        assert problem.unmatched_cost is not None
        chosen = solve_min_cost_flow(problem, problem.unmatched_cost)
    flow_seconds = sum(flow_times)
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "libraries": libraries,
        "flow_seconds": flow_seconds,
        "pairs": problem.n_pairs if isinstance(problem, RowProblem) else len(problem.elder),
        "unmatched": int((chosen < 0).sum()),
        "cost": compute_cost(problem, chosen),
    }


def make(name: str, case: str, size: int, path: Path, by_rows: Path) -> None:
    """Make up a city and write its arrays, and its rows."""
    city = MAKES[name](size, SEED)
    (CASES[case](city) if case else city).save(path)
    save_rows(path, by_rows)


def run_alone(*words: object) -> str:
    """Return what this module prints, called with these words in a process of its own; this one stays small."""
    command = [sys.executable, "-m", "benchmarks.cities", *map(str, words)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main(size: int) -> None:
    """Measure both ways on every make and case, print and write."""
    first = next(iter(MAKES))
    lines = [
        "| city | pairs | unmatched | this, CPU s | plain, CPU s | ratio | by rows, CPU s | ratio | of it flow | MB "
        "| memory | by rows, MB | memory | without libraries | same optimum |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | :---: |",
    ]
    with tempfile.TemporaryDirectory() as folder:
        path, by_rows = Path(folder) / "city.npz", Path(folder) / "rows.npz"
        for case in ("", *CASES):
            run_alone("make", first, case, 10_000, path, by_rows)
            for way, arrays in (("this", path), ("rows", by_rows)):
                run_alone("way", way, arrays)  # what is compiled for cities alone
        for name, case in [*((name, "") for name in MAKES), *((first, case) for case in CASES)]:
            run_alone("make", name, case, size, path, by_rows)
            this, rows, plain = (
                json.loads(run_alone("way", way, arrays))
                for way, arrays in (("this", path), ("rows", by_rows), ("plain", path))
            )
            same = "yes" if this["cost"] == plain["cost"] == rows["cost"] else "NO"
            own, others = (each["megabytes"] - each["libraries"] for each in (rows, plain))
            lines.append(
                f"| {name}{', ' + case if case else ''} | {this['pairs']:,} | {this['unmatched']:,} "
                f"| {this['cpu_seconds']:.1f} | {plain['cpu_seconds']:.1f} "
                f"| {this['cpu_seconds'] / plain['cpu_seconds']:.2f} | {rows['cpu_seconds']:.1f} "
                f"| {rows['cpu_seconds'] / plain['cpu_seconds']:.2f} "
                f"| {rows['flow_seconds'] / rows['cpu_seconds']:.0%} "
                f"| {this['megabytes']:,.0f} | {this['megabytes'] / plain['megabytes']:.2f} "
                f"| {rows['megabytes']:,.0f} | {rows['megabytes'] / plain['megabytes']:.2f} | {own / others:.2f} "
                f"| {same} |"
            )
            print(lines[-1], os.getloadavg(), flush=True)
    text = (
        f"# Cities of different make, measured\n\n`python -m benchmarks.cities {size}` wrote this page: single runs, "
        f"one after another, on a machine at work. {size:,} elders a city; {os.cpu_count()} cores; "
        f"load at the end {os.getloadavg()[1]:.1f}. "
        "Leaving somebody out costs 100,000. Plain is every pair as an arc of one SimpleMinCostFlow, without a proof; "
        "this is the answer with its proof over all pairs, the first of those that cost the same.\n\n"
        + "\n".join(lines)
        + "\n"
        + NOTES
    )
    (DOCS / "cities.md").write_text(text, "utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", name, case, size, path, by_rows]:
            make(name, case, int(size), Path(path), Path(by_rows))
        case ["way", way, path]:
            print(json.dumps(measure(way, Path(path))))
        case sizes:
            main(int(sizes[0]) if sizes else SIZE)
