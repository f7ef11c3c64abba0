"""Old Partners: pair volunteers with elders living alone, prove the plan, and schedule the month.

For notebooks: ``match`` two frames, ``schedule_visits`` of the plan, ``verify_plan``, and look at the ``frames``. For
other problems of the kind: ``AssignmentProblem`` and ``solve``.
"""

from matcher.api import frames, match, schedule_visits, verify_plan
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
    "schedule_visits",
    "solve",
    "verify_plan",
]
