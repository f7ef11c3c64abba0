"""Compiled loops over the candidates of hubs, elders who are alike: rows in order of cost, by volunteer, and masks."""

from __future__ import annotations

import numpy as np
from numba import prange

from matcher.compiling import loop, parallel_loop


@loop
def build_hub_rows(first_of, last_of, volunteer, cost, level, volunteer_level, out, out_cost):
    """Return rows of hubs: candidates of their own level, and the way out where there is one.

    Costs count from the row's dearest candidate. The way out of hub h is ``out[h]``, -1 for none.
    """
    n_hubs = len(first_of)
    first = np.zeros(n_hubs + 1, np.int64)
    for h in range(n_hubs):
        count = np.int64(out[h] >= 0)
        for k in range(first_of[h], last_of[h]):
            count += volunteer_level[volunteer[k]] == level[h]
        first[h + 1] = first[h] + count
    to, by = np.empty(first[-1], np.int32), np.empty(first[-1], np.int32)
    for h in range(n_hubs):
        at = first[h]
        base = np.int64(cost[last_of[h] - 1]) if last_of[h] > first_of[h] else np.int64(0)
        for k in range(first_of[h], last_of[h]):
            if volunteer_level[volunteer[k]] == level[h]:
                to[at], by[at] = volunteer[k], cost[k] - base
                at += 1
        if out[h] >= 0:
            to[at], by[at] = out[h], out_cost[h]
            # in order of cost, as the others are
            while at > first[h] and by[at - 1] > by[at]:
                to[at - 1], to[at] = to[at], to[at - 1]
                by[at - 1], by[at] = by[at], by[at - 1]
                at -= 1
    return first, to, by


@loop
def split_by_limit(first_of, last_of, volunteer, cost, limited):
    """Return rows where volunteer v is two: 2 v has the places that limited elders may not take, 2 v + 1 the others."""
    first = np.zeros(len(first_of) + 1, np.int64)
    for r in range(len(first_of)):
        first[r + 1] = first[r] + (last_of[r] - first_of[r]) * (1 if limited[r] else 2)
    to, by = np.empty(first[-1], np.int32), np.empty(first[-1], np.int32)
    at = 0
    for r in range(len(first_of)):
        for k in range(first_of[r], last_of[r]):
            for half in range(1 if limited[r] else 0, 2):
                to[at], by[at] = 2 * volunteer[k] + half, cost[k]
                at += 1
    return first, to, by


@loop
def transpose(start, volunteer, cost, n_volunteers):
    """Return the same candidates by volunteer, hubs in order."""
    first = np.zeros(n_volunteers + 1, np.int64)
    for k in range(len(volunteer)):
        first[volunteer[k] + 1] += 1
    first = np.cumsum(first)
    at = first[:-1].copy()
    hub, by = np.empty(len(volunteer), np.int32), np.empty(len(volunteer), np.int32)
    for h in range(len(start) - 1):
        for k in range(start[h], start[h + 1]):
            v = volunteer[k]
            hub[at[v]], by[at[v]] = h, cost[k]
            at[v] += 1
    return first, hub, by


@loop
def mark_first(start, mask, most):
    """Mark the first ``most`` candidates of each row, in place."""
    for h in range(len(start) - 1):
        for k in range(start[h], min(start[h] + most, start[h + 1])):
            mask[k] = True


@loop
def mark_given(start, volunteer, hub, given, mask):
    """Mark each hub's candidates ``given``, in place: pairs of ``hub`` and ``given``."""
    for i in range(len(hub)):
        for k in range(start[hub[i]], start[hub[i] + 1]):
            if volunteer[k] == given[i]:
                mask[k] = True


@parallel_loop
def find_cheaper(start, volunteer, cost, price, least_price, pays, shift, mask):
    """Mark candidates that cost a hub no more than what it pays; return how many cost less.

    No price is below ``least_price``, so that a row is read as far as that alone does not rule it out.
    """
    count = 0
    for h in prange(len(start) - 1):
        for k in range(start[h], start[h + 1]):
            step_cost = cost[k] >> shift
            if step_cost + least_price > pays[h]:
                break
            total = step_cost + price[volunteer[k]]
            if total <= pays[h]:
                mask[k] = True
                count += total < pays[h]
    return count


@loop
def list_tight(start, volunteer, cost, mask, price, pays):
    """Return where candidates of a mask stand that cost a hub just what it pays."""
    at = np.empty(mask.sum(), np.int64)
    count = 0
    for h in range(len(start) - 1):
        for k in range(start[h], start[h + 1]):
            if mask[k] and cost[k] + price[volunteer[k]] == pays[h]:
                at[count] = k
                count += 1
    return at[:count]
