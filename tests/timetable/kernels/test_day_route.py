"""The order of a day against every order there is."""

import random
from itertools import permutations

import numpy as np
import pytest

from matcher.timetable.problem import CALL, NONE, VISIT, Fixed, Planned
from matcher.timetable.solve import list_contacts
from tests.helpers.timetables import LIMITS, problem

LENGTH = (LIMITS.visit_min, LIMITS.call_min)


def follow(order, travel):
    """Minutes walked in this order, each contact as early as can be; None where a window is missed."""
    clock, at, at_half, free, walked = None, None, None, 0, 0
    for opens, closes, kind, place, half in order:
        start = opens if clock is None else max(opens, clock + LIMITS.pause_min)
        if kind == VISIT:
            if at is None:
                walked += travel[0][place]
            elif half == at_half:
                start = max(start, clock + travel[at][place])
                walked += travel[at][place]
            else:
                start = max(start, free + travel[at][place])
                walked += travel[at][0] + travel[0][place]
        clock = start + LENGTH[kind]
        if clock > closes:
            return None
        if kind == VISIT:
            at, at_half, free = place, half, clock
        else:
            free += LENGTH[kind]
    return walked + (travel[at][0] if at is not None else 0)


@pytest.mark.parametrize("seed", range(60))
def test_the_order_walks_least_of_all_orders_that_fit(seed):
    rng = random.Random(seed)
    n = rng.randint(1, 5)
    points = [rng.randint(0, 40) for _ in range(n + 1)]
    travel = [[abs(a - b) for b in points] for a in points]
    morning = [rng.choice([480, 540, 600]) for _ in range(n)]
    windows = [[(opens, opens + rng.choice([60, 150])), (840, rng.choice([900, 1020]))] for opens in morning]
    codes = [2 * rng.randint(0, 1) + rng.choice([VISIT, CALL]) for _ in range(n)]
    contacts = [
        (*windows[e][codes[e] // 2], codes[e] % 2, e + 1 if codes[e] % 2 == VISIT else NONE, codes[e] // 2)
        for e in range(n)
    ]
    walks = [walked for order in permutations(contacts) if (walked := follow(order, travel)) is not None]
    rows = list_contacts(problem(windows, travel), np.array([[code] for code in codes], dtype=np.int8))
    assert sorted(rows[:, Planned.PAIR].tolist()) == list(range(n))
    if walks:
        assert rows[0, Planned.WALK_MIN] == min(walks)
        found = [contacts[pair] for pair in rows[:, Planned.PAIR].tolist()]
        assert follow(found, travel) == min(walks)
        assert (np.diff(rows[:, Planned.START]) >= 0).all()


def test_fixed_contacts_that_overlap_are_listed_as_they_are():
    rows = [(0, 540, 600, CALL, NONE, 0), (0, 570, 615, VISIT, 1, 0)]
    one = problem([[(540, 690), (840, 1020)]], [[0, 5], [5, 0]], fixed=rows)
    listed = list_contacts(one, np.array([[NONE]], dtype=np.int8))
    assert listed[:, [Planned.PAIR, Planned.START, Planned.END, Planned.KIND]].tolist() == [
        [-1, 540, 600, CALL],
        [-2, 570, 615, VISIT],
    ]
    assert [row[Fixed.KIND] for row in rows] == listed[:, Planned.KIND].tolist()
