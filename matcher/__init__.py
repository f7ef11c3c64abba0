"""Old Partners: pair volunteers with elders living alone, prove the plan, and schedule the month.

For notebooks: ``match`` two frames, ask ``what_if``, ``compare`` two plans, ``schedule_visits``, ``verify_plan``, and
look at the ``frames``. For other problems of the kind: ``AssignmentProblem`` and ``solve``.
"""

from matcher.api import frames, match, schedule_visits, verify_plan, what_if
from matcher.assignment import AssignmentProblem, Outcome, solve
from matcher.errors import InputError, NoPlanError
from matcher.explain.compare import Comparison, compare
from matcher.plan import Plan
from matcher.rules import RULES, Block, Rule
from matcher.sample import make_sample
from matcher.settings import Settings

__all__ = [
    "RULES",
    "AssignmentProblem",
    "Block",
    "Comparison",
    "InputError",
    "NoPlanError",
    "Outcome",
    "Plan",
    "Rule",
    "Settings",
    "compare",
    "frames",
    "make_sample",
    "match",
    "schedule_visits",
    "solve",
    "verify_plan",
    "what_if",
]
