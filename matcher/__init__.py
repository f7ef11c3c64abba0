"""Old Partners: pair volunteers with elders living alone, prove the plan, and schedule the month.

For notebooks: ``match`` two frames, ask ``what_if``, ``why``, ``suggest`` and ``recruit``, see what fairness costs
(``front``), ``compare`` two plans, ``schedule_visits``, ``verify_plan``, and look at the ``frames``; ``read_roster``
and ``read_run`` read files. For other problems of the kind: ``AssignmentProblem`` and ``solve``.

Each is imported when it is first asked for: the command line starts here too, and has to hear Ctrl-C before that.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matcher.analysis.compare import Comparison
    from matcher.analysis.run_tables import Run, read_run
    from matcher.api import (
        compare,
        frames,
        front,
        hold,
        match,
        read_roster,
        recruit,
        schedule_visits,
        suggest,
        verify_plan,
        what_if,
        why,
    )
    from matcher.assignment import AssignmentProblem, Outcome, solve
    from matcher.errors import InputError, NoPlanError
    from matcher.i18n import use_language
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
    "Run",
    "Settings",
    "compare",
    "frames",
    "front",
    "hold",
    "make_sample",
    "match",
    "read_roster",
    "read_run",
    "recruit",
    "schedule_visits",
    "solve",
    "suggest",
    "use_language",
    "verify_plan",
    "what_if",
    "why",
]

_HOMES = {
    "matcher.api": (
        "compare",
        "frames",
        "front",
        "hold",
        "match",
        "read_roster",
        "recruit",
        "schedule_visits",
        "suggest",
        "verify_plan",
        "what_if",
        "why",
    ),
    "matcher.assignment": ("AssignmentProblem", "Outcome", "solve"),
    "matcher.errors": ("InputError", "NoPlanError"),
    "matcher.i18n": ("use_language",),
    "matcher.analysis.compare": ("Comparison",),
    "matcher.analysis.run_tables": ("Run", "read_run"),
    "matcher.plan": ("Plan",),
    "matcher.rules": ("RULES", "Block", "Rule"),
    "matcher.sample": ("make_sample",),
    "matcher.settings": ("Settings",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - of whatever type the name is
    """A public name, imported now."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return what there is, for completion: names not yet asked for too."""
    return sorted({*globals(), *__all__})
