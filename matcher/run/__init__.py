"""The stages in order. The only room that knows them all."""

from matcher.run.absent import Absence, substitute
from matcher.run.inputs import Gathered, Inputs, Report, check, gather
from matcher.run.planned import BrokenRulesError, Done, Job, PeopleIds, match, run, schedule
from matcher.run.stages import Stages
from matcher.run.verified import Checked, verify

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
