"""Assignment: the pure optimisation problem, its solver and the proof of its answer."""

from matcher.assignment.certificate import certify
from matcher.assignment.hall import find_hall_sets
from matcher.assignment.problem import AssignmentProblem, Certificate, HallSet, Outcome
from matcher.assignment.row_changes import NoPlanLeftError
from matcher.assignment.row_problem import RowProblem
from matcher.assignment.solve import solve
from matcher.assignment.solved import Solved

__all__ = [
    "AssignmentProblem",
    "Certificate",
    "HallSet",
    "NoPlanLeftError",
    "Outcome",
    "RowProblem",
    "Solved",
    "certify",
    "find_hall_sets",
    "solve",
]
