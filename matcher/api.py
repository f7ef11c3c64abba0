"""The public way in for notebooks: the stages of a month on pandas frames, no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from matcher import verify as checker
from matcher.analysis.what_if import change_settings
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.matching import check_pins
from matcher.matching import match as match_month
from matcher.messages import Issue
from matcher.month import LastRun, MonthData
from matcher.outputs import left_out, tables
from matcher.outputs.run_frames import make_plan_frames, make_schedule_frames
from matcher.plan import Plan
from matcher.roster import make_roster
from matcher.roster.model import PairList
from matcher.roster.pairs import pairs_from_frame
from matcher.roster.partners import read_partners
from matcher.rules import RULES, Rule
from matcher.schedule import Schedule
from matcher.scheduling.timetabling import plan_visits
from matcher.settings import Settings


def match(
    elders: pd.DataFrame,
    volunteers: pd.DataFrame,
    settings: Settings | None = None,
    previous: pd.DataFrame | None = None,
    *,
    month: str,
    unmatched: pd.DataFrame | None = None,
    capacity: pd.DataFrame | None = None,
    pins: pd.DataFrame | None = None,
    never: pd.DataFrame | None = None,
    rules: Sequence[Rule] = RULES,
) -> Plan:
    """Match one month: as many elders as possible, then the fewest metres, proved.

    Args:
        elders: A row an elder; columns as in ``docs/columns.md``, in either language, as text or typed.
        volunteers: A row a volunteer.
        settings: The programme's rules in numbers; the defaults where None.
        previous: Last month's pairs, ``elder_id`` and ``volunteer_id``; those that the frames name where None.
        month: The month, ``YYYY-MM``.
        unmatched: Last month's elders without a volunteer, ``elder_id`` and ``waiting_since``: who has waited longer.
        capacity: What places were worth last month, ``volunteer_id`` and ``place_price_m``: the same plan, only sooner.
        pins: Pairs that must be.
        never: Pairs that may not be.
        rules: The rules to match by; add one of your own to ``RULES``.

    Raises:
        InputError: the frames or the pins are at fault; ``issues`` says each row and what to do.
        NoPlanError: not one pair is possible; ``frames(error.plan)`` says of each elder why.
        ValueError: ``month`` is not ``YYYY-MM``.
    """
    settings = settings or Settings()
    horizon = Horizon.of_month(month)
    roster = make_roster(elders, volunteers, settings, horizon.start)
    issues: list[Issue] = list(roster.issues)
    lists: dict[str, PairList] = dict.fromkeys(("previous", "pins", "never"), PairList.empty())
    for kind, frame in (("previous", previous), ("pins", pins), ("never", never)):
        if frame is not None:
            lists[kind], found = pairs_from_frame(frame, roster, kind)
            issues += found
    if previous is None:
        lists["previous"], found = read_partners(roster)
        issues += found
    last_run = LastRun.of(unmatched, capacity, roster, horizon)
    described = MonthData(roster, horizon, settings, lists["previous"], lists["pins"], lists["never"], last_run)
    issues += check_pins(described, rules)
    if any(issue.severity == "error" for issue in issues):
        raise InputError(issues)
    return match_month(described, rules)


def what_if(
    plan: Plan,
    paths: Mapping[str, object] | None = None,
    *,
    rules: Sequence[Rule] | None = None,
    **settings: Mapping[str, object],
) -> Plan:
    """Return the plan that the same month would have under other settings or rules; the given one stays as it is.

    Settings come a section each (``what_if(plan, distance={"urban_limit_m": 1200})``) or by their paths, as the column
    ``loosen_setting`` of the unmatched names them (``what_if(plan, {"distance.urban_limit_m": 1200})``).

    Args:
        plan: A plan made by ``match`` or ``what_if``.
        paths: Settings by path; what is not named stays.
        rules: The rules to match by; those of the plan where None.
        settings: Settings by section; what is not named stays.

    Raises:
        InputError: a setting is misspelt or out of range, or a pin can't stand under the new ones.
        NoPlanError: not one pair is possible; ``frames(error.plan)`` says of each elder why.
        ValueError: a setting shaped the rosters when they were read; ``match`` the frames again with it.
    """
    by_path = dict(paths or {})
    by_path |= {f"{section}.{key}": value for section, keys in settings.items() for key, value in keys.items()}
    month, rules = change_settings(plan.month, by_path), plan.rules if rules is None else rules
    issues = check_pins(month, rules)
    if any(issue.severity == "error" for issue in issues):
        raise InputError(issues)
    return match_month(month, rules)


def schedule_visits(plan: Plan) -> Schedule:
    """Return the month's visits and calls of a plan's pairs; only the commands arrange first visits of new pairs."""
    month = plan.month
    return plan_visits(month.roster, plan.elder, plan.volunteer, month.horizon, month.settings)


def frames(plan: Plan, schedule: Schedule | None = None, *, names: tables.Names = "masked") -> dict[str, pd.DataFrame]:
    """Return a plan, and its schedule, as frames by the names of the files.

    They are ``pairs``, ``unmatched``, ``shortages``, ``changes`` and ``capacity``, with a schedule also ``visits`` and
    ``unscheduled``; their columns are those of ``docs/columns.md``.
    """
    people = tables.PeopleNames.of(plan.month.roster, names)
    out = make_plan_frames(plan, people, left_out.make_unmatched_frame(plan, people))
    out["shortages"] = left_out.make_shortages_frame(plan, people)
    if schedule is not None:
        out |= make_schedule_frames(schedule, people)
    return out


def verify_plan(plan: Plan, schedule: Schedule | None = None) -> checker.Verification:
    """Check a plan, and its schedule, anew from the rosters, by code that shares nothing with what made them."""
    month, made = plan.month, frames(plan, schedule)
    made["pairs"]["same_building"] = made["pairs"]["same_building"].map({True: "yes", False: "no"})
    written = checker.Tables(
        made["pairs"],
        made.get("visits"),
        unmatched=made["unmatched"] if plan.certificate else None,
        unscheduled=made.get("unscheduled"),
        capacity=made["capacity"],
    )
    lists = checker.Lists(month.previous, month.pins, month.never, month.last_run.waited_since)
    planning = checker.Planning(first_visits=False)
    return checker.verify(checker.Case(month.roster, month.horizon, month.settings, written, lists, planning))
