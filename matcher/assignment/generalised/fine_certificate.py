"""The certificate of a generalised assignment: prices of units count in fractions of a metre, where costs allow."""

from __future__ import annotations

import numpy as np

from matcher.assignment.certificate import certify
from matcher.assignment.generalised.lagrangian import Reals
from matcher.assignment.problem import AssignmentProblem, Certificate, Index

_FINEST = 2**10
"""Prices are whole multiples of 1 / this of a metre, unless costs are huge."""


def certify_finely(problem: AssignmentProblem, chosen: Index, prices: Reals) -> Certificate:
    """Certify in components of a metre; where everyone must be served, leaving out costs more than any candidate."""
    use = np.ones(len(problem.cost), dtype=np.int64) if problem.use is None else problem.use
    dearest = problem.cost + np.ceil(use * prices[problem.volunteer]).astype(np.int64) + 1
    unmatched = problem.unmatched_cost
    if unmatched is None:
        unmatched = np.zeros(problem.n_elders, dtype=np.int64)
        np.maximum.at(unmatched, problem.elder, dearest)
    largest = max(int(np.abs(x).max(initial=1)) for x in (problem.cost, unmatched, dearest))
    scale = _FINEST
    while scale > 1 and largest * scale * (problem.n_elders + problem.n_volunteers + 2) >= 2**61:
        scale //= 2
    fine = problem.replace(cost=problem.cost * scale, unmatched_cost=unmatched * scale)
    proof = certify(fine, chosen, np.rint(prices * scale).astype(np.int64))
    return Certificate(
        proof.cost // scale, -(-proof.bound // scale), proof.eligible_pairs, proof.unmatched_cost // scale
    )
