"""Find where the next volunteers of a city should live: seconds of processor, step by step.

Run as ``python -m benchmarks.recruit [ELDERS] [VOLUNTEERS] [RECRUITS]``. The city is made up, with too few volunteers.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

import matcher
from matcher.analysis.recruit import Case, plan_recruits
from matcher.analysis.recruit_places import list_committees
from matcher.assignment.recruit_bounds import find_parts
from matcher.assignment.recruits import Recruiting, recruit_greedily

ELDERS, VOLUNTEERS, RECRUITS = 20_000, 3_600, 500
_POINTS = (1, 10, 20, 50, 100, 200, 300, 400, 500)
_PLACES = 5


@contextmanager
def time_step(name: str) -> Iterator[None]:
    """Print what a step takes, as it ends."""
    began, cpu = time.perf_counter(), time.process_time()
    yield
    print(f"{name}: {time.process_time() - cpu:.1f} CPU s, {time.perf_counter() - began:.1f} s", flush=True)


def main(elders: int = ELDERS, volunteers: int = VOLUNTEERS, recruits: int = RECRUITS) -> None:
    """Print each step's time, the curve, and how many recruits serve all."""
    sample = matcher.make_sample(elders, volunteers, seed=1)
    small = matcher.make_sample(60, 6, seed=5)
    matcher.recruit(matcher.match(small.elders, small.volunteers, month="2026-12"), 1)  # loads what it needs
    with time_step("match"):
        plan = matcher.match(sample.elders, sample.volunteers, previous=sample.previous, month="2026-12")
    with time_step("hold"):
        held = matcher.hold(plan)
    places = list_committees(plan.month.roster, _PLACES)
    print(f"{elders:,} elders, {volunteers:,} volunteers, {len(plan.elder):,} pairs, {len(places):,} committees")
    with time_step("whom a recruit at each could serve"):
        case = Case.of(held, places)
    problem, chosen = case.price(recruits)
    with time_step("held for recruits"):
        recruiting = Recruiting.of(problem, chosen, case.sites, recruits)
    with time_step(f"greedily {recruits} recruits"):
        for commit, _gains in recruit_greedily(recruiting, recruits):
            if len(recruiting.taken) in _POINTS:
                print(f"  {len(recruiting.taken)}: {commit.gain}", flush=True)
    with time_step("bounds over shortage parts"):
        parts = find_parts(problem, chosen, case.sites)
        bounds = parts.bound_served(recruits)
    print(f"  {len(parts.gain):,} parts, {parts.most:,} elders to gain; {int(bounds[-1]):,} by {recruits} at most")
    with time_step("recruit, all of it"):
        told = plan_recruits(held, places, recruits)
    for number in _POINTS:
        if number <= len(told.steps):
            step = told.steps[number - 1]
            print(f"  {number}: {step.served_more:,} of at most {step.bound:,}, mean {step.mean_m:,.0f} m")
    print(f"  all: {told.for_all}; beyond any recruit {told.beyond}; out of reach {np.size(told.out_of_reach)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
