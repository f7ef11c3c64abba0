"""Regions of a large component: volunteers who share elders, so many together that a search of its own ends quickly."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from matcher.assignment.generalised.components import Component
from matcher.assignment.generalised.neighbourhoods import Neighbourhoods, Reals
from matcher.assignment.problem import Index

_SAMPLE, _SAMPLED = 900, 6
"""Volunteers of a sample, and the regions that they are of."""


def split_into_regions(shared: csr_array, most: int, rng: np.random.Generator) -> list[Index]:
    """Return all volunteers in regions of about ``most`` at most, each in order of number.

    A region that is too large is cut in two by how many steps its volunteers are from one of them, at random or as far
    off as can be. So the two touch along one line, and each draw has other lines.

    Args:
        shared: How many elders two volunteers share, (n_volunteers, n_volunteers).
        most: Volunteers of a region at most.
        rng: Of what is drawn.
    """
    regions, open_ = list[Index](), [np.arange(shared.shape[0])]
    while open_:
        members = open_.pop()
        if len(members) <= most:
            regions.append(np.sort(members))
            continue
        ordered = members[_order_by_steps(shared[members][:, members], rng)]
        n_regions = -(-len(members) // most)
        cut = len(members) * (n_regions // 2) // n_regions
        open_ += [ordered[cut:], ordered[:cut]]
    return regions


def draw_sample(component: Component, unit_price: Reals, chosen: Index, seed: int) -> Component:
    """Return some regions of a component as one, with the elders whom the plan ``chosen`` places there.

    Args:
        component: The component.
        unit_price: Prices of units, by which volunteers are neighbours, (n_volunteers,).
        chosen: A plan, candidates of the component.
        seed: Of what is drawn.
    """
    nearby, rng = Neighbourhoods.of(component, unit_price), np.random.default_rng(seed)
    if len(component.capacity) <= _SAMPLE:
        return component
    regions = split_into_regions(nearby.shared, _SAMPLE // _SAMPLED, rng)
    drawn = rng.permutation(len(regions))
    sampled = [np.sort(np.concatenate([regions[i] for i in part])) for part in (drawn[:_SAMPLED], drawn[_SAMPLED:])]
    return nearby.extract_clusters(sampled, chosen)[0][0]


def _order_by_steps(shared: csr_array, rng: np.random.Generator) -> Index:
    """Return a graph's nodes by steps from one of them; nodes out of reach follow, part after part."""
    n = shared.shape[0]
    start = int(rng.integers(n))
    if rng.random() < 0.5:
        start = int(breadth_first_order(shared, start, return_predecessors=False)[-1])
    order, met = list[Index](), np.zeros(n, dtype=bool)
    for node in (start, *range(n)):
        if not met[node]:
            reached = breadth_first_order(shared, node, return_predecessors=False)
            met[reached] = True
            order.append(reached.astype(np.int64))
    return np.concatenate(order)
