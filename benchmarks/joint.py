"""Hold the match to the joint problem: match and hours at once, as one integer program.

    python -m benchmarks.joint [seconds] [volunteers ...]   # 120; 12 24 40 unless told

Programmes are made up: so many volunteers with 2 to 16 free hours a week and five places, four and a half elders a
volunteer, over a square in which everybody has about ten candidates. Each is matched in three ways: blind to hours
(``match.missed_*`` 0, rules on hours but one off), by what pairs and loads cannot hold, and jointly with a month by
HiGHS. In the table: contacts missing, elders without any visit, and metres above the joint bound, elders left out
aside; how long the joint problem took, and its own gap.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from matcher.analysis.joint_bound import measure_joint_gap
from matcher.matching import match, plan_from_pairs
from matcher.roster.model import ANY_TIME, PairList
from matcher.schedule import VISIT
from matcher.scheduling.timetabling import plan_visits
from matcher.settings import changed
from tests.helpers.people import month

BLIND = {"match.missed_contact_m": 0, "match.missed_visit_m": 0, "availability.least_visits": "off"}
ELDERS_A_VOLUNTEER, CANDIDATES = 4.5, 10


def make_month(volunteers: int, seed: int):
    """Return a programme of volunteers with few hours."""
    rng = np.random.default_rng(seed)
    elders = round(ELDERS_A_VOLUNTEER * volunteers)
    # volunteers within 1,000 m on foot: a disc of that many candidates
    side_m = np.sqrt(volunteers / CANDIDATES * np.pi) * 1000 / 1.3

    def draw_home():
        x, y = rng.uniform(0, side_m, 2)
        return {"lat": 31.23 + y / 110_866, "lng": 121.47 + x / 95_200}

    return month(
        [draw_home() | _draw_elder_hours(rng) for _ in range(elders)],
        [draw_home() | _draw_hours(rng, int(rng.integers(1, 8))) for _ in range(volunteers)],
    )


def _draw_hours(rng, hours):
    """Return so many pieces of two hours in half-days of the week."""
    pieces = []
    for half_day in sorted(rng.choice(14, hours, replace=False).tolist()):
        start = 540 if half_day % 2 == 0 else 840
        pieces.append((half_day, f"{half_day // 2}:{start}-{start + 120}"))
    return {"availability": sum(1 << half for half, _ in pieces), "clock": ",".join(text for _, text in pieces)}


def _draw_elder_hours(rng):
    """Return half-days: one in two elders is free at any time, others have three to seven."""
    if rng.random() < 0.5:
        return {}
    free = rng.choice(14, int(rng.integers(3, 8)), replace=False)
    return {"availability": int(sum(1 << int(half) for half in free)) & ANY_TIME}


def measure(plan, seconds):
    """Return contacts missing, elders without a visit, the gap, seconds, and the joint problem's own gap."""
    month_of = plan.month
    schedule = plan_visits(month_of.roster, plan.elder, plan.volunteer, month_of.horizon, month_of.settings)
    begun = time.perf_counter()
    gap = measure_joint_gap(plan, schedule, time_limit_s=seconds)
    took = time.perf_counter() - begun
    visited = np.bincount(schedule.elder[schedule.kind == VISIT], minlength=month_of.n_elders)
    return len(schedule.elder), int((visited[plan.elder] == 0).sum()), gap, took


def main():
    """Print the table."""
    seconds, *sizes = [int(word) for word in sys.argv[1:]] or [120]
    print("volunteers  elders  way      served  contacts  unvisited  above the bound  joint's gap  joint, s")
    for size in sizes or (12, 24, 40):
        m = make_month(size, size)
        seeing = match(m)
        _, _, joint, took = measure(seeing, seconds)
        blind = match(type(m)(m.roster, m.horizon, changed(m.settings, BLIND)))
        ways = {"blind": _as_pairs(m, blind.volunteer_of), "hours": seeing}
        if joint.best.chosen is not None:
            ways["joint"] = _as_pairs(m, joint.volunteer_of)
        for name, plan in ways.items():
            contacts, unvisited, gap, _ = measure(plan, 1)
            above = gap.cost_m - joint.bound_m
            own = 0 if joint.best.cost is None else joint.best.cost - joint.bound_m
            print(
                f"{size:10}  {m.n_elders:6}  {name:7}  {len(plan.elder):6}  {contacts:8}  {unvisited:9}  {above:15}  "
                f"{own:11}  {took:8.1f}",
                flush=True,
            )


def _as_pairs(m, volunteer_of):
    """Return pairs as a plan under the usual settings."""
    elder = np.flatnonzero(volunteer_of >= 0)
    ids = (
        m.roster.elders["id"].to_numpy(object)[elder],
        m.roster.volunteers["id"].to_numpy(object)[volunteer_of[elder]],
    )
    return plan_from_pairs(
        m, PairList(elder, volunteer_of[elder], tuple(ids[0]), tuple(ids[1]), np.arange(2, 2 + len(elder)))
    )


if __name__ == "__main__":
    main()
