"""Scenarios of a run: its month under other settings, or with people added or gone, each matched anew."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from matcher.analysis.scenarios import Outcome
from matcher.analysis.what_if import READ_BY
from matcher.errors import InputError, NoPlanError, OldPartnersError
from matcher.matching import check_pins
from matcher.matching import match as match_month
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.programme import Texts
from matcher.roster.nearest_spelling import find_person
from matcher.roster.source import list_sources
from matcher.run.held import OpenedRun
from matcher.run.inputs import stop_at
from matcher.schedule import Schedule
from matcher.scheduling.absences import apply_absences
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.first_visits.companions import choose_companions
from matcher.scheduling.schedule_month import schedule_month
from matcher.settings import changed
from matcher.settings.load import describe_type, list_by_path, read_toml, shorten


def _name_settings(value: object) -> object:
    """Return settings by their paths; what is no table stays, to be refused."""
    return list_by_path(value) if isinstance(value, Mapping) else value


class Scenario(BaseModel):
    """A table ``[[scenario]]`` of a scenarios file: what is other than in the run that it is compared with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=60)
    set: Annotated[dict[str, Any], BeforeValidator(_name_settings)] = Field(default_factory=dict)
    without_elders: Texts = ()
    without_volunteers: Texts = ()
    more_elders: Path | None = None
    more_volunteers: Path | None = None


def read_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of a TOML file; files that it names lie beside it.

    Raises:
        InputError: it can't be read; with one issue for each fault.
    """
    file = str(path)
    tree = read_toml(path, file, "scenarios")
    listed = tree.pop("scenario", [])
    issues = [Issue("scenarios_unknown", file, column=str(name)) for name in tree]
    if not isinstance(listed, list) or not listed:
        raise InputError([*issues, Issue("scenarios_none", file)])
    found: list[Scenario] = []
    for number, table in enumerate(listed, start=1):
        try:
            scenario = Scenario.model_validate(table)
        except ValidationError as error:
            name = table.get("name") if isinstance(table, Mapping) else None
            place = f"{file} · {name if isinstance(name, str) and name else number}"
            issues += [_make_issue(place, fault) for fault in error.errors()]
            continue
        if scenario.name in {one.name for one in found}:
            issues.append(Issue("scenarios_same_name", file, value=shorten(scenario.name)))
        beside = {
            side: path.parent / told for side in ("more_elders", "more_volunteers") if (told := getattr(scenario, side))
        }
        found.append(scenario.model_copy(update=beside))
    if issues:
        raise InputError(issues)
    return tuple(found)


def _make_issue(place: str, fault: ErrorDetails) -> Issue:
    path = ".".join(str(part) for part in fault["loc"] if isinstance(part, str))
    if fault["type"] == "extra_forbidden":
        if near := difflib.get_close_matches(path, Scenario.model_fields, 1, 0.6):
            return Issue("scenarios_unknown_near", place, column=path, params={"near": near[0]})
        return Issue("scenarios_unknown", place, column=path)
    if fault["type"] == "missing":
        return Issue("scenarios_no_name", place)
    known = Scenario.model_fields.get(path)
    allowed = describe_type(known.annotation) if known and path not in ("set", "name") else f"{path} = …"
    return Issue("scenarios_invalid", place, column=path, value=shorten(fault["input"]), params={"allowed": allowed})


def solve_scenarios(
    run: OpenedRun,
    scenarios: Sequence[Scenario],
    base_name: str,
    *,
    with_contacts: bool = True,
    tell: Callable[[str], None] = lambda _name: None,
) -> Iterator[Outcome]:
    """Yield the base and each scenario, matched anew and, ``with_contacts``, with a month planned afresh.

    All months are made before the first is solved, so that every fault of every scenario is told at once. ``tell``
    hears the name of each before it is solved.

    Raises:
        InputError: rows or settings of scenarios are at fault.
        UsageError: somebody is unknown.
    """
    months = _make_months(run, scenarios)
    base: Plan | None = None
    for scenario, month in [(Scenario(name=base_name), run.month), *zip(scenarios, months, strict=True)]:
        tell(scenario.name)
        try:
            plan = match_month(month)
        except NoPlanError as error:
            plan = error.plan
        base = base or plan
        schedule = _plan_contacts(plan) if with_contacts else None
        yield Outcome(scenario.name, plan, schedule, base, scenario.set)


def _plan_contacts(plan: Plan) -> Schedule:
    """Return a month of a plan's pairs, without contacts of earlier runs."""
    earlier = EarlierContacts.none()
    return choose_companions(schedule_month(plan, earlier), plan, earlier, None)[0]


def _make_months(run: OpenedRun, scenarios: Sequence[Scenario]) -> list[MonthData]:
    """Return each scenario's month.

    Raises:
        InputError: with the faults of all of them.
    """
    months, issues = [], []
    for scenario in scenarios:
        try:
            months.append(_make_month(run, scenario))
        except InputError as error:
            issues += [replace(issue, file=issue.file or scenario.name) for issue in error.issues]
        except OldPartnersError as error:
            raise type(error)(f"{scenario.name}: {error}") from error
    if issues:
        raise InputError(issues)
    return months


def _make_month(run: OpenedRun, scenario: Scenario) -> MonthData:
    """Return a scenario's month; the rosters are read again only where it changes how, or adds a file."""
    settings = changed(run.month.settings, scenario.set)
    month = replace(run.month, settings=settings)
    inputs = run.inputs
    if scenario.more_elders:
        inputs = replace(inputs, elders=(*list_sources(inputs.elders), scenario.more_elders))
    if scenario.more_volunteers:
        inputs = replace(inputs, volunteers=(*list_sources(inputs.volunteers), scenario.more_volunteers))
    if inputs is not run.inputs or not READ_BY.isdisjoint(scenario.set):
        month, issues = run.read(inputs, settings)
        stop_at(issues, set_aside=run.set_aside)
    roster = month.roster
    gone = [("elder", roster.elders, find_person(roster, "elders", text)) for text in scenario.without_elders]
    gone += [
        ("volunteer", roster.volunteers, find_person(roster, "volunteers", text))
        for text in scenario.without_volunteers
    ]
    if gone:
        first = pd.Timestamp(month.horizon.start)
        told = [(part, people["id"].iloc[person], "left", first, pd.NaT) for part, people, person in gone]
        month = apply_absences(month, pd.DataFrame(told, columns=["part", "person_id", "kind", "from", "to"]))
        # who has left has no pin: else nobody with one could be asked about
        left = {part: [person for side, _people, person in gone if side == part] for part in ("elder", "volunteer")}
        stands = ~np.isin(month.pins.elder, left["elder"]) & ~np.isin(month.pins.volunteer, left["volunteer"])
        month = replace(month, pins=month.pins.where(stands))
    faults = check_pins(month)
    stop_at(faults, set_aside=False)
    return month
