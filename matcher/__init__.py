"""Old Partners: pair volunteers with elders living alone, prove the plan, and schedule the month.

For notebooks: ``match`` two frames, ``schedule`` the plan, ``verify`` both, and look at ``frames`` of them. For other
problems of the kind: ``AssignmentProblem`` and ``solve``.
"""

from matcher.api import frames, match, schedule, verify
from matcher.assignment import AssignmentProblem, Outcome, solve
from matcher.errors import InputError, NoPlanError
from matcher.plan import Plan
from matcher.rules import RULES, Block, Rule
from matcher.sample import make_sample
from matcher.settings import Settings

__all__ = [
    "RULES",
    "AssignmentProblem",
    "Block",
    "InputError",
    "NoPlanError",
    "Outcome",
    "Plan",
    "Rule",
    "Settings",
    "frames",
    "make_sample",
    "match",
    "schedule",
    "solve",
    "verify",
]
