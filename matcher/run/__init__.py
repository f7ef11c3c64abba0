"""The stages in order. The only room that knows them all."""

from matcher.run.inputs import Gathered, Inputs, Report, check, gather
from matcher.run.pipeline import BrokenRulesError, Done, Job, PeopleIds, match, run, schedule
from matcher.run.stages import Stages
from matcher.run.substitute import substitute
from matcher.run.verify import Checked, verify
from matcher.scheduling.stand_ins import Absence

__all__ = [
    "Absence",
    "BrokenRulesError",
    "Checked",
    "Done",
    "Gathered",
    "Inputs",
    "Job",
    "PeopleIds",
    "Report",
    "Stages",
    "check",
    "gather",
    "match",
    "run",
    "schedule",
    "substitute",
    "verify",
]
