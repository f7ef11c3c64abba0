"""Hold the planner to an exact model of each volunteer's month: every soft rule, in one CP-SAT model.

    python -m benchmarks.schedule [elders] [volunteers] [effort]   # the gap; 2000 300 30 unless told
    python -m benchmarks.schedule 205000 0                           # the time of a city

A city of so many elders is made up by ``matcher.sample`` and matched; of its volunteers so many are drawn. The exact
model knows nothing of the planner's method: a Boolean for each contact that can be, for each gap between two contacts
of an elder, for each half-day of a weekly pattern, and for each set of visits of a half-day with its shortest walk. It
is asked twice: for the most contacts, and then visits, alone, which is always solved to the end; and for the most
points, with so much effort (units of the solver, each about 1.3 s of one processor, the same on any machine). Where
that does not suffice the solver's bound counts, so all volunteers drawn are in the table. The model relaxes one thing,
so that its bounds hold for certain: that every contact lies in its own clock window (half-days have room for all
theirs). Volunteers are solved on as many threads as there are processors.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from itertools import combinations, permutations

import numpy as np
from ortools.sat.python import cp_model

from matcher.horizon import Horizon
from matcher.matching import match
from matcher.month import MonthData
from matcher.roster import make_roster
from matcher.sample import make_sample
from matcher.scheduling import timetabling
from matcher.settings import Settings
from matcher.timetable.problem import UNKNOWN, VISIT

SEED = 7
FIRST = 4096
"""A contact against a visit: more than a month's visits."""
MONTH = Horizon.of_month("2026-12")


class Exact:
    """The month of one volunteer: a problem of one."""

    def __init__(self, problem, *, contacts_alone=False):
        self.pairs, self.shared, self.objective = problem.pairs, problem.shared, problem.shared.objective
        self.k, self.days = len(problem.pairs), problem.n_days
        n = int(problem.places[0])
        self.walk = problem.travel_min.reshape(n, n)
        self.limits = problem.shared.limits
        self.length = (self.limits.visit_min, self.limits.call_min)
        self.model, self.points = cp_model.CpModel(), []
        self.x = {}
        for e in range(self.k):
            for d in range(self.days):
                for s in range(self.pairs.windows.shape[2]):
                    opens, closes = self.pairs.windows[e, self.shared.day_type[d], s]
                    for kind in (0, 1):
                        if self.pairs.allowed[e, d, kind] and closes - opens >= self.length[kind]:
                            self.x[e, d, s, kind] = self.model.new_bool_var("")
        for e in range(self.k):
            self._cadence(e)
            self._one_a_day(e)
            if not contacts_alone:
                self._gaps(e)
                self._patterns(e)
        self._days()
        if contacts_alone:
            self.points = [(v, FIRST + (kind == VISIT)) for (*_, kind), v in self.x.items()]
        self.total = cp_model.LinearExpr.weighted_sum([v for v, _ in self.points], [w for _, w in self.points])
        self.model.maximize(self.total)

    def _made(self, **fixed):
        names = ("e", "d", "s", "kind")
        return [v for key, v in self.x.items() if all(fixed.get(n, k) == k for n, k in zip(names, key, strict=True))]

    def _cadence(self, e):
        worth = self.objective
        for w in range(self.pairs.due.shape[1]):
            days = np.flatnonzero(self.shared.week == w).tolist()
            made = [v for d in days for v in self._made(e=e, d=d)]
            visits = [v for d in days for v in self._made(e=e, d=d, kind=VISIT)]
            self.model.add(sum(made) <= int(self.pairs.due[e, w]))
            self.model.add(sum(visits) <= int(self.pairs.visits_due[e, w]))
        for (f, d, _s, kind), v in self.x.items():
            if f == e:
                self.points.append(
                    (
                        v,
                        worth.contact
                        + worth.visit * (kind == VISIT)
                        + worth.daily * bool(self.pairs.daily[e, d, kind]),
                    )
                )

    def _gaps(self, e):
        """A path from before the month, over the contacts, past its end; arcs cost what the gaps do."""
        costs = self.shared.gap_cost[self.pairs.cost_class[e]].tolist()
        most, last = int(self.pairs.max_gap[e]), int(self.pairs.last_contact[e])
        first, end = self.pairs.on_programme[e].tolist()

        def open_end(idle):
            return self.objective.long_gap * max(0, idle - most)

        nodes = [(d, kind) for d in range(self.days) for kind in (0, 1) if self._made(e=e, d=d, kind=kind)]
        into, out = defaultdict(list), defaultdict(list)
        start = []

        def arc(cost):
            v = self.model.new_bool_var("")
            self.points.append((v, -cost))
            return v

        known = last != UNKNOWN
        back = max(last, first - 1) if first else last
        start.append(arc(open_end(end - back) if known else open_end(end - first + 1)))
        for d, kind in nodes:
            v = arc(costs[d - back] if known else open_end(d - first))
            start.append(v)
            into[d, kind].append(v)
            out[d, kind].append(arc(open_end(max(end - d, 0))))
            for d2, kind2 in nodes:
                if d2 > d:
                    v = arc(costs[d2 - d] + (int(self.pairs.repeat_cost[e, kind]) if kind == kind2 else 0))
                    out[d, kind].append(v)
                    into[d2, kind2].append(v)
        self.model.add_exactly_one(start)
        for d, kind in nodes:
            here = sum(self._made(e=e, d=d, kind=kind))
            self.model.add(sum(into[d, kind]) == here)
            self.model.add(sum(out[d, kind]) == here)

    def _one_a_day(self, e):
        for d in range(self.days):
            self.model.add_at_most_one(self._made(e=e, d=d))

    def _patterns(self, e):
        for kind in (0, 1):
            usual = {}
            by_day = defaultdict(list)
            for (f, d, s, k), v in self.x.items():
                if f == e and k == kind:
                    at = 2 * int(self.shared.weekday[d]) + int(self.shared.half[s])
                    usual.setdefault(at, self.model.new_bool_var(""))
                    by_day[d, at].append(v)
            self.model.add(sum(usual.values()) <= int(self.pairs.pattern_size[e, kind]))
            for (_d, at), made in by_day.items():
                kept = self.model.new_bool_var("")
                self.model.add(kept <= sum(made))
                self.model.add_implication(kept, usual[at])
                self.points.append((kept, self.objective.weekly_pattern))

    def _days(self):
        takes = [length + self.limits.pause_min for length in self.length]
        for d in range(self.days):
            today = self._made(d=d)
            if not today:
                continue
            self.model.add(sum(today) <= self.limits.contacts)
            self.model.add(sum(self._made(d=d, kind=VISIT)) <= self.limits.visits)
            minutes = [self.length[kind] * v for (_, day, _, kind), v in self.x.items() if day == d]
            for half in (0, 1):
                slots = np.flatnonzero(self.shared.half == half).tolist()
                here = {key: v for key, v in self.x.items() if key[1] == d and key[2] in slots}
                if not here:
                    continue
                spans = np.array([self.pairs.windows[e, self.shared.day_type[d], s] for e, _, s, _ in here])
                room = int(spans[:, 1].max() - spans[:, 0].min()) + self.limits.pause_min
                visitors = sorted({e for e, _, _, kind in here if kind == VISIT})
                sets = []
                for size in range(1, self.limits.visits + 1):
                    for some in combinations(visitors, size):
                        walk, extra = self._tour(some)
                        if size * takes[0] + extra <= room:
                            v = self.model.new_bool_var("")
                            sets.append((some, v, extra))
                            minutes.append(walk * v)
                            self.points.append((v, -self.objective.walking * walk))
                self.model.add_at_most_one(v for _, v, _ in sets)
                for e in visitors:
                    made = [v for (f, _, _, kind), v in here.items() if f == e and kind == VISIT]
                    self.model.add(sum(v for some, v, _ in sets if e in some) == sum(made))
                used = sum(takes[kind] * v for (_, _, _, kind), v in here.items())
                self.model.add(used + sum(extra * v for _, v, extra in sets if extra) <= room)
            self.model.add(sum(minutes) <= self.limits.minutes)

    def _tour(self, some):
        """Least minutes walked for a set of visits, and least minutes by which walks outlast pauses."""
        walks, extras = [], []
        for order in permutations(some):
            places = [0, *(e + 1 for e in order), 0]
            legs = [int(self.walk[a, b]) for a, b in zip(places, places[1:], strict=False)]
            walks.append(sum(legs))
            extras.append(sum(max(0, leg - self.limits.pause_min) for leg in legs[1:-1]))
        return min(walks), min(extras)

    def hint(self, grid):
        for (e, d, s, kind), v in self.x.items():
            self.model.add_hint(v, bool(grid[e, d] == 2 * s + kind))

    def solve(self, effort):
        """Return if the optimum is proved, the best value found (or None), its bound, and the contacts of the best."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = effort
        solver.parameters.linearization_level = 2
        status = solver.solve(self.model)
        found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        contacts = sum(solver.boolean_value(v) for v in self.x.values()) if found else -1
        bound = solver.best_objective_bound if found else float("inf")
        return status == cp_model.OPTIMAL, solver.objective_value if found else None, bound, contacts


@dataclass(frozen=True)
class Row:
    """One volunteer: the planner's month beside the exact model's."""

    points: int
    best: int
    bound: int
    proved: bool
    contacts: int
    visits: int
    most_contacts: int
    most_visits: int


def compared(problem, solution, v, effort):
    grid = solution.grid[problem.pair_start[v] : problem.pair_start[v + 1]]
    one = problem.select_volunteers(v, v + 1)
    full = Exact(one, contacts_alone=True)
    full.hint(grid)
    sure, most, _, _ = full.solve(1000)
    assert sure, f"volunteer {v}: the most contacts are not proved"
    exact = Exact(one)
    exact.hint(grid)
    proved, best, bound, _ = exact.solve(effort)
    assert best is not None, f"volunteer {v}: nothing found"
    points = int(solution.points[v])
    made, visits = int((grid >= 0).sum()), int(((grid >= 0) & (grid % 2 == VISIT)).sum())
    return Row(points, max(points, round(best)), int(bound + 1e-6), proved, made, visits, *divmod(round(most), FIRST))


def problem_of_city(elders):
    """A city's pairs in December 2026 as the planner sees them, and its plan."""
    sample = make_sample(elders, elders // 5, SEED)
    month = MonthData(make_roster(sample.elders, sample.volunteers, Settings()), MONTH, Settings())
    plan, kept = match(month), {}
    real = timetabling.solve_timetable

    def listen(problem, *args, **more):
        kept["problem"], kept["solution"] = problem, real(problem, *args, **more)
        return kept["solution"]

    timetabling.solve_timetable = listen
    try:
        visits = timetabling.plan_visits(month.roster, plan.elder, plan.volunteer, MONTH, month.settings)
    finally:
        timetabling.solve_timetable = real
    return kept["problem"], kept["solution"], visits


def city(elders):
    """Time a city: the second run, when the loops are compiled."""
    sample = make_sample(elders, elders // 5, SEED)
    month = MonthData(make_roster(sample.elders, sample.volunteers, Settings()), MONTH, Settings())
    plan = match(month)
    few = np.arange(min(50, len(plan.elder)))
    timetabling.plan_visits(month.roster, plan.elder[few], plan.volunteer[few], MONTH, month.settings)
    wall, cpu = time.perf_counter(), time.process_time()
    visits = timetabling.plan_visits(month.roster, plan.elder, plan.volunteer, MONTH, month.settings)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{len(plan.elder):,} pairs: {len(visits):,} contacts of {visits.contacts_due:,} due")
    print(f"{wall:.1f} s wall, {cpu:.1f} s CPU, {peak:.2f} GB peak of the whole process, {visits.unproven} unproven")


def gap(elders, drawn, effort):
    """The table of the gap, of volunteers drawn at random."""
    wall, cpu = time.perf_counter(), time.process_time()
    problem, solution, _ = problem_of_city(elders)
    some = (
        np.random.default_rng(SEED)
        .choice(problem.n_volunteers, min(drawn, problem.n_volunteers), replace=False)
        .tolist()
    )
    rows = []
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for v, row in zip(some, pool.map(lambda v: compared(problem, solution, v, effort), some), strict=True):
            rows.append(row)
            print(len(rows), v, row, file=sys.stderr, flush=True)
    points, best, bound, proved, made, visits, most, most_visits = np.array([astuple(row) for row in rows]).T
    pairs = int(np.diff(problem.pair_start)[some].sum())
    print(f"{len(rows)} volunteers, {pairs} elders; {proved.sum()} optima proved, else the bound counts")
    print(f"points: planner {points.sum():,}, best found {best.sum():,}, bound {bound.sum():,}")
    to_best, to_bound, each = 1 - points.sum() / best.sum(), 1 - points.sum() / bound.sum(), 1 - points / bound
    print(f"gap of the totals: {to_best:.3%} to the best found, {to_bound:.3%} to the bound")
    middle, worst, over = np.median(each), each.max(), (each > 0.01).sum()
    print(f"gap to the bound by volunteer: median {middle:.3%}, most {worst:.3%}; over 1 %: {over}")
    half, tenth, all_ = np.percentile(best - points, [50, 90, 100])
    print(f"points short of the best found by volunteer: median {half:.0f}, p90 {tenth:.0f}, most {all_:.0f}")
    print(f"contacts: planner {made.sum():,}, most {most.sum():,}; volunteers with fewer: {_names(some, made < most)}")
    short = (made == most) & (visits < most_visits)
    print(f"visits: planner {visits.sum():,}, most {most_visits.sum():,}; volunteers with fewer: {_names(some, short)}")
    own = solution.bound[some].sum()
    print(f"the planner's own bound: {own:,}, gap {1 - points.sum() / own:.3%}")
    print(f"{time.perf_counter() - wall:.0f} s wall, {time.process_time() - cpu:.0f} s CPU")


def _names(volunteers, mask):
    return ", ".join(str(v) for v, is_so in zip(volunteers, mask, strict=True) if is_so) or "none"


def main() -> None:
    elders, drawn, effort = (int(a) for a in (sys.argv[1:] + ["2000", "300", "30"][len(sys.argv) - 1 :]))
    if drawn:
        gap(elders, drawn, effort)
    else:
        city(elders)


if __name__ == "__main__":
    main()
