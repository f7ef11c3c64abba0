"""The stages in order. The only room that knows them all."""

from matcher.run.inputs import Inputs, LoadedInputs, Report, check, load_inputs
from matcher.run.issues import BrokenRulesError
from matcher.run.pipeline import RunRequest, RunResult, match, run, schedule
from matcher.run.prepared import PeopleIds
from matcher.run.record import RecordRequest, RecordResult, record
from matcher.run.stages import Stages
from matcher.run.substitute import substitute
from matcher.run.verify import PlanFiles, VerifiedFiles, verify
from matcher.run.write import PageRequest
from matcher.scheduling.absences import Absence

__all__ = [
    "Absence",
    "BrokenRulesError",
    "Inputs",
    "LoadedInputs",
    "PageRequest",
    "PeopleIds",
    "PlanFiles",
    "RecordRequest",
    "RecordResult",
    "Report",
    "RunRequest",
    "RunResult",
    "Stages",
    "VerifiedFiles",
    "check",
    "load_inputs",
    "match",
    "record",
    "run",
    "schedule",
    "substitute",
    "verify",
]
