"""Recruits: each gain against solving anew, the greedy plan and its bounds against an integer program."""

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from matcher.assignment import AssignmentProblem, solve
from matcher.assignment import recruits as of_recruits
from matcher.assignment.recruit_bounds import find_parts, serve_all
from matcher.assignment.recruits import Recruiting, Sites, bound_greedily, bound_with_recruits, recruit_greedily

KINDS = [
    {"loads": loads, "limited": limited, "tiers": tiers}
    for loads in (False, True)
    for limited in (False, True)
    for tiers in (False, True)
]


def make_problem(rng, n_elders, n, n_sites, most, *, loads=False, limited=False, tiers=False, share=0.3):
    """Return a random problem in which places run out, priced so that the count comes first, and sites."""
    pairs = np.argwhere(rng.random((n_elders, n)) < share)
    near = np.argwhere(rng.random((n_sites, n_elders)) < share)
    capacity = rng.integers(1, 4, n_sites)
    sites = Sites(
        near[:, 0],
        near[:, 1],
        rng.integers(0, 30, len(near)),
        capacity,
        rng.integers(0, 3, n_sites) if limited else None,
        np.sort(rng.integers(0, 9, (n_sites, 3)), axis=1) if loads else None,
    )
    problem = AssignmentProblem(
        pairs[:, 0],
        pairs[:, 1],
        rng.integers(0, 30, len(pairs)),
        rng.integers(0, 3, n),
        unmatched_cost=np.zeros(n_elders, dtype=np.int64),
        load_cost=np.sort(rng.integers(0, 9, (n, 3)), axis=1) if loads else None,
        limited=rng.random(n_elders) < 0.5 if limited else None,
        limit=rng.integers(0, 3, n) if limited else None,
    )
    rank = rng.integers(1, 4, n_elders) if tiers else np.ones(n_elders, dtype=np.int64)
    return problem.replace(unmatched_cost=bound_with_recruits(problem, sites, most) * rank), sites


def join(problem, sites, taken):
    """Return the problem with recruits at the sites taken."""
    first = sites.first
    parts = [np.arange(first[site], first[site + 1]) for site in taken]
    mine = np.concatenate([np.empty(0, dtype=np.int64), *parts])
    who = np.repeat(problem.n_volunteers + np.arange(len(taken)), [len(part) for part in parts])
    taken = np.array(taken, dtype=np.int64)
    load_cost, limit = problem.load_cost, problem.limit
    return problem.replace(
        elder=np.concatenate((problem.elder, sites.elder[mine])),
        volunteer=np.concatenate((problem.volunteer, who)),
        cost=np.concatenate((problem.cost, sites.cost[mine])),
        capacity=np.concatenate((problem.capacity, sites.capacity[taken])),
        load_cost=None if load_cost is None else np.concatenate((load_cost, sites.load_cost[taken])),
        limit=None if limit is None else np.concatenate((limit, sites.limit[taken])),
    )


def solve_anew(problem, sites, taken):
    """Return how many are served with recruits at the sites taken, and what all costs."""
    outcome = solve(join(problem, sites, taken))
    return int((outcome.chosen >= 0).sum()), outcome.cost


def find_most(problem, sites, recruits):
    """Return how many so many recruits can serve at most, by an integer program."""
    n, m, k = problem.n_elders, len(problem.elder), len(sites.elder)
    n_columns = m + k + len(sites)
    columns = np.arange(n_columns)
    rows = [
        (np.concatenate((problem.elder, sites.elder)), columns[: m + k], np.ones(m + k)),
        (n + problem.volunteer, columns[:m], np.ones(m)),
        (n + problem.n_volunteers + sites.site, columns[m : m + k], np.ones(k)),
        (n + problem.n_volunteers + np.arange(len(sites)), columns[m + k :], -sites.capacity),
    ]
    above = [np.ones(n), problem.capacity, np.zeros(len(sites)), [recruits]]
    total = n + problem.n_volunteers + len(sites)
    rows.append((np.full(len(sites), total), columns[m + k :], np.ones(len(sites))))
    if problem.limited is not None:
        at = problem.limited[problem.elder]
        rows.append((total + 1 + problem.volunteer[at], columns[:m][at], np.ones(at.sum())))
        total += problem.n_volunteers
        at = problem.limited[sites.elder]
        rows.append((total + 1 + sites.site[at], columns[m : m + k][at], np.ones(at.sum())))
        rows.append((total + 1 + np.arange(len(sites)), columns[m + k :], -sites.limit))
        total += len(sites)
        above += [problem.limit, np.zeros(len(sites))]
    matrix = coo_array(
        (np.concatenate([r[2] for r in rows]), tuple(np.concatenate([r[i] for r in rows]) for i in (0, 1))),
        shape=(total + 1, n_columns),
    ).tocsr()
    found = milp(
        np.concatenate((-np.ones(m + k), np.zeros(len(sites)))),
        constraints=LinearConstraint(matrix, -np.inf, np.concatenate(above)),
        bounds=Bounds(0, np.concatenate((np.ones(m + k), np.full(len(sites), recruits)))),
        integrality=np.concatenate((np.zeros(m + k), np.ones(len(sites)))),
    )
    assert found.success
    return round(-found.fun)


@pytest.mark.parametrize("kind", KINDS)
def test_gains_are_those_of_solving_anew(kind):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        problem, sites = make_problem(rng, int(rng.integers(4, 25)), int(rng.integers(1, 6)), 5, 4, **kind)
        start = solve(problem)
        recruiting = Recruiting.of(problem, start.chosen, sites, 4)
        bound = recruiting.bound_savings()
        taken, before = [], solve_anew(problem, sites, [])
        for _ in range(4):
            gains = [recruiting.evaluate(site) for site in range(len(sites))]
            for site, gain in enumerate(gains):
                served, cost = solve_anew(problem, sites, [*taken, site])
                assert (gain.served, gain.saved) == (served - before[0], before[1] - cost)
                assert gain.served * recruiting.worth + gain.saved <= bound[site]
            site = int(rng.integers(len(sites)))
            assert recruiting.take(site).gain == gains[site]
            taken.append(site)
            before = solve_anew(problem, sites, taken)
            assert recruiting.served == before[0]


AREAS = [(kind, (60, 8, 12, 6, 0.06)) for kind in KINDS] + [(KINDS[-1], (200, 60, 40, 3, 0.03))]


@pytest.mark.parametrize(("kind", "area"), AREAS)
def test_greedy_takes_the_best_and_keeps_its_bounds(kind, area, monkeypatch):
    """Whether prices are renewed after every recruit, or never."""
    n_elders, n_volunteers, n_sites, most, share = area
    for seed in range(2):
        monkeypatch.setattr(of_recruits, "_SCANS", 10**6 * seed)
        rng = np.random.default_rng(100 + seed)
        problem, sites = make_problem(rng, n_elders, n_volunteers, n_sites, most, **kind, share=share)
        start = solve(problem)
        recruiting = Recruiting.of(problem, start.chosen, sites, most)
        lone = Recruiting.of(problem, start.chosen, sites, most)
        in_reach = np.bincount(sites.site, minlength=len(sites))
        served = [recruiting.served]
        bounds = np.full(most + 1, problem.n_elders)
        for commit, gains in recruit_greedily(recruiting, most):
            every = [lone.evaluate(site) for site in range(len(sites))]
            assert commit.gain == max(every, key=lambda gain: (gain.served, gain.saved))
            lone.take(commit.site)
            served.append(served[-1] + commit.gain.served)
            at = len(recruiting.taken)
            bounds[at:] = np.minimum(bounds[at:], served[-1] + bound_greedily(gains, in_reach, most - at))
            assert solve_anew(problem, sites, [one.site for one in recruiting.taken])[0] == served[-1]
        for recruits in range(1, len(served)):
            best = find_most(problem, sites, recruits)
            assert served[recruits] <= best <= bounds[recruits]


@pytest.mark.parametrize("kind", KINDS[::2])
def test_bounds_over_parts_hold_and_all_are_served(kind):
    for seed in range(3):
        rng = np.random.default_rng(200 + seed)
        problem, sites = make_problem(rng, 60, 8, 12, 60, **kind, share=0.05)
        start = solve(problem)
        parts = find_parts(problem, start.chosen, sites)
        served = int((start.chosen >= 0).sum())
        bounds = parts.bound_served(8)
        for recruits in (1, 2, 4, 8):
            assert find_most(problem, sites, recruits) - served <= bounds[recruits]
        lower, taken = serve_all(problem, start.chosen, sites, parts, 5)
        most = find_most(problem, sites, 1000)
        assert parts.most == most - served
        assert solve_anew(problem, sites, taken.tolist())[0] == most
        assert lower <= len(taken)
        if lower:
            assert find_most(problem, sites, lower - 1) < most
