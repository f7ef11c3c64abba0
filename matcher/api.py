"""The public way in for notebooks: the stages of a month on pandas frames, no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from matcher import verify as checker
from matcher.analysis.compare import Comparison
from matcher.analysis.compare import compare as compare_plans
from matcher.analysis.compared_plan import ComparedPlan
from matcher.analysis.front import Front, Kind, trace_front
from matcher.analysis.recruit import RecruitPlan, plan_recruits
from matcher.analysis.recruit_places import Places, list_committees, take_places
from matcher.analysis.run_tables import Run, read_run
from matcher.analysis.suggest import MOST, Suggestions, suggest_volunteers
from matcher.analysis.what_if import change_settings
from matcher.analysis.why import (
    WhyLeftOut,
    WhyNotPair,
    WhyPair,
    WhyVolunteer,
    explain_elder,
    explain_pair,
    explain_volunteer,
)
from matcher.columns import column
from matcher.datum import DATUMS
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.matching import check_pins
from matcher.matching import match as match_month
from matcher.matching.explain.shortage import compute_usual_capacity
from matcher.matching.held_plan import HeldPlan, hold_plan
from matcher.messages import Issue
from matcher.month import LastRun, MonthData
from matcher.outputs import left_out, tables
from matcher.outputs.run_frames import make_plan_frames, make_schedule_frames
from matcher.plan import Plan
from matcher.roster import make_roster, read_side
from matcher.roster.make_table import RESERVED
from matcher.roster.model import PairList
from matcher.roster.nearest_spelling import find_person
from matcher.roster.pairs import pairs_from_frame
from matcher.roster.partners import read_partners
from matcher.rules import RULES, Rule
from matcher.schedule import Schedule
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.first_visits.companions import choose_companions
from matcher.scheduling.schedule_month import schedule_month
from matcher.settings import Settings, changed
from matcher.settings.load import list_by_path

Pairs = pd.DataFrame | Sequence[tuple[str, str]]
"""Pairs as a frame with ``elder_id`` and ``volunteer_id``, or as tuples of two ids."""


def read_roster(path: str | Path, kind: Literal["elders", "volunteers"] = "elders") -> pd.DataFrame:
    """Return the people of a roster file, in WGS-84: CSV, Excel or Parquet, in either language, as the commands do.

    Raises:
        InputError: the file or some of its rows are at fault.
        ValueError: ``kind`` is neither ``elders`` nor ``volunteers``.
    """
    if kind not in ("elders", "volunteers"):
        raise ValueError(_("kind is elders or volunteers, not {value!r}").format(value=kind))
    return read_side(Path(path), kind)


def match(
    elders: pd.DataFrame,
    volunteers: pd.DataFrame,
    settings: Settings | Mapping[str, object] | None = None,
    previous: Pairs | None = None,
    *,
    month: str | pd.Period | date,
    unmatched: pd.DataFrame | None = None,
    pins: Pairs | None = None,
    never: Pairs | None = None,
    rules: Sequence[Rule] = RULES,
) -> Plan:
    """Match one month: bonds first, as many elders as possible, then the fewest metres, proved.

    Args:
        elders: A row an elder; columns as in ``docs/columns.md``, in either language, as text or typed.
        volunteers: A row a volunteer.
        settings: The programme's rules in numbers; the defaults where None.
        previous: Last month's pairs, ``elder_id`` and ``volunteer_id``; those that the frames name where None.
        month: The month, ``YYYY-MM``.
        unmatched: Last month's elders without a volunteer, ``elder_id``, ``waiting_since`` and ``counted_since``: who
            has waited longer.
        pins: Pairs that must be.
        never: Pairs that may not be.
        rules: The rules to match by; add one of your own to ``RULES``.

    Raises:
        InputError: the frames or the pins are at fault; ``issues`` says each row and what to do.
        NoPlanError: not one pair is possible; ``frames(error.plan)`` says of each elder why.
        TypeError: an argument is of another kind; the text says what to give.
        ValueError: ``month`` is no month.
    """
    settings = _take_settings(settings)
    horizon = _take_month(month)
    for name, value in (
        ("elders", elders),
        ("volunteers", volunteers),
        ("unmatched", unmatched),
    ):
        if value is not None or name in ("elders", "volunteers"):
            _check_frame(name, value)
    sides = {"elders": elders, "volunteers": volunteers}
    undeclared = [issue for kind, frame in sides.items() for issue in _find_undeclared_datum(kind, frame, settings)]
    elders, volunteers = (_name_datum(kind, frame, settings) for kind, frame in sides.items())
    try:
        roster = make_roster(elders, volunteers, settings, horizon.start)
    except InputError as error:
        raise InputError([*undeclared, *error.issues]) from error
    issues: list[Issue] = [*undeclared, *roster.issues]
    lists: dict[str, PairList] = dict.fromkeys(("previous", "pins", "never"), PairList.empty())
    for kind, pairs in (("previous", previous), ("pins", pins), ("never", never)):
        if pairs is not None:
            lists[kind], found = pairs_from_frame(_take_pairs(kind, pairs), roster, kind)
            issues += found
    if previous is None:
        lists["previous"], found = read_partners(roster)
        issues += found
    last_run = LastRun.of(unmatched, roster)
    described = MonthData(roster, horizon, settings, lists["previous"], lists["pins"], lists["never"], last_run)
    issues += check_pins(described, rules)
    if any(issue.severity == "error" for issue in issues):
        raise InputError(issues)
    # the plan's repr counts the warnings, ``frames`` lists them
    return match_month(replace(described, roster=replace(roster, issues=tuple(issues))), rules)


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
    _check_plan(plan)
    by_path = dict(paths or {}) | list_by_path(settings)
    month, rules = change_settings(plan.month, by_path), plan.rules if rules is None else rules
    issues = check_pins(month, rules)
    if any(issue.severity == "error" for issue in issues):
        raise InputError(issues)
    return match_month(month, rules)


def compare(a: Plan | Run | str | Path, b: Plan | Run | str | Path) -> Comparison:
    """Compare two plans, each in memory, or as a run folder holds it; people are known by their ids.

    Raises:
        InputError: a folder or a file of it can't be read.
    """
    return compare_plans(_take_compared(a), _take_compared(b))


def schedule_visits(plan: Plan) -> Schedule:
    """Return the month's visits and calls of a plan's pairs, as the command ``run`` plans them without earlier runs.

    First visits of new pairs and who comes along to them are among them.
    """
    _check_plan(plan)
    earlier = EarlierContacts.none()
    return choose_companions(schedule_month(plan, earlier), plan, earlier, None)[0]


def hold(plan: Plan) -> HeldPlan:
    """Return a plan held in memory, of which many questions can be asked at once: ``why`` and ``suggest`` take it.

    Raises:
        TypeError: ``plan`` is no plan.
    """
    _check_plan(plan)
    ids = (plan.month.roster.elders["id"].to_numpy(), plan.month.roster.volunteers["id"].to_numpy())
    pairs = PairList(
        plan.elder,
        plan.volunteer,
        tuple(ids[0][plan.elder]),
        tuple(ids[1][plan.volunteer]),
        np.arange(2, 2 + len(plan.elder)),
    )
    return hold_plan(plan.month, pairs, plan.dual_m, plan.rules)


def why(
    plan: Plan | HeldPlan, elder: str | None = None, volunteer: str | None = None
) -> WhyPair | WhyNotPair | WhyLeftOut | WhyVolunteer:
    """Say why an elder has this volunteer, another one or none; of a volunteer alone, whom they have and their worth.

    Args:
        plan: A plan, or one held in memory (``hold``).
        elder: The elder's id or name.
        volunteer: The volunteer's id or name.

    Raises:
        TypeError: ``plan`` is no plan, or neither an elder nor a volunteer is given.
        UsageError: nobody is called so, or several are.
    """
    held = plan if isinstance(plan, HeldPlan) else hold(plan)
    roster = held.month.roster
    e = None if elder is None else find_person(roster, "elders", elder)
    v = None if volunteer is None else find_person(roster, "volunteers", volunteer)
    if e is not None:
        return explain_elder(held, e) if v is None else explain_pair(held, e, v)
    if v is None:
        raise TypeError(_("why needs an elder, a volunteer, or both"))
    return explain_volunteer(held, v)


def suggest(plan: Plan | HeldPlan, elder: str, *, moves: int = 0, count: int = MOST) -> Suggestions:
    """Suggest volunteers for an elder without one, others staying as they are or at most so many moving.

    Args:
        plan: A plan, or one held in memory (``hold``).
        elder: The elder's id or name.
        moves: How many others may move.
        count: How many volunteers to suggest.

    Raises:
        TypeError: ``plan`` is no plan.
        UsageError: nobody is called so, or several are.
        ValueError: the elder has a volunteer; or others are to move, and no path says what that takes.
    """
    held = plan if isinstance(plan, HeldPlan) else hold(plan)
    e = find_person(held.month.roster, "elders", elder)
    if held.given[e] >= 0:
        raise ValueError(_("{elder} has a volunteer already").format(elder=elder))
    return suggest_volunteers(held, e, moves, count)


def front(plan: Plan | HeldPlan, kind: Kind, points: int = 5) -> Front:
    """Say what a limit on the longest walk, on loads or on unequal shares of areas would cost, point by point.

    Args:
        plan: A plan, or one held in memory (``hold``).
        kind: ``longest_walk``, ``loads`` or ``districts``.
        points: How many points beside the plan as it is.

    Raises:
        TypeError: ``plan`` is no plan.
        ValueError: with units, minutes, one volunteer a home or a change budget this is not known.
    """
    return trace_front(plan if isinstance(plan, HeldPlan) else hold(plan), kind, points)


def recruit(
    plan: Plan | HeldPlan, volunteers: int, places: pd.DataFrame | None = None, *, for_all: bool = True
) -> RecruitPlan:
    """Say where the next volunteers should live so that most elders more are served, then at the least cost.

    Args:
        plan: A plan, or one held in memory (``hold``).
        volunteers: How many.
        places: Where they could live, a row a place, columns as of volunteers; the residents' committees where None.
        for_all: Whether to say how many it would take to serve all who can be served.

    Raises:
        InputError: the places are at fault.
        TypeError: ``plan`` is no plan.
    """
    held = plan if isinstance(plan, HeldPlan) else hold(plan)
    capacity = compute_usual_capacity(held.features, held.eligible[1])
    found = _take_places(places, held, capacity) if places is not None else list_committees(held.month.roster, capacity)
    return plan_recruits(held, found, volunteers, for_all=for_all)


def _take_places(places: pd.DataFrame, held: HeldPlan, capacity: int) -> Places:
    """Return places given as a frame."""
    _check_frame("places", places)
    roster = make_roster(held.month.roster.elders, _name_datum("volunteers", places, held.month.settings), Settings())
    if any(issue.severity == "error" and issue.file == "volunteers" for issue in roster.issues):
        raise InputError(list(roster.issues))
    return take_places(roster.volunteers, capacity)


def frames(plan: Plan, schedule: Schedule | None = None, *, names: tables.Names = "masked") -> dict[str, pd.DataFrame]:
    """Return a plan, and its schedule, as frames by the names of the files.

    They are ``pairs``, ``unmatched``, ``shortages``, ``changes``, ``capacity`` and ``issues``, warnings of the rosters
    and lists, with a schedule also ``visits`` and ``unscheduled``; their columns are those of ``docs/columns.md``.
    """
    people = tables.PeopleNames.of(plan.month.roster, names)
    out = make_plan_frames(plan, people, left_out.make_unmatched_frame(plan, people))
    out["shortages"] = left_out.make_shortages_frame(plan, people)
    out["issues"] = tables.make_issues_frame(plan.month.roster.issues)
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
    last_run = month.last_run
    lists = checker.Lists(month.previous, month.pins, month.never, last_run.waited_since, last_run.counted_since)
    return checker.verify(checker.Case(month.roster, month.horizon, month.settings, written, lists))


# arguments


def _check_frame(name: str, value: object) -> None:
    """Raise ``TypeError`` where a value is no frame."""
    if isinstance(value, pd.DataFrame):
        return
    if isinstance(value, str | Path):
        text = _("{name} is a path: give a DataFrame; matcher.read_roster({value!r}) reads one")
        raise TypeError(text.format(name=name, value=str(value)))
    raise TypeError(_("{name} is of type {kind}: give a DataFrame").format(name=name, kind=type(value).__name__))


def _take_compared(value: Plan | Run | str | Path) -> ComparedPlan:
    """Return a plan as comparisons see it."""
    if isinstance(value, str | Path):
        value = read_run(value)
    if isinstance(value, Run):
        return ComparedPlan.of_tables(value.frames, value.summary)
    _check_plan(value)
    return ComparedPlan.of(value)


def _check_plan(value: object) -> None:
    """Raise ``TypeError`` where a value is no plan."""
    if not isinstance(value, Plan):
        text = _("this is of type {kind}: give a plan, as matcher.match returns it")
        raise TypeError(text.format(kind=type(value).__name__))


def _take_pairs(name: str, pairs: object) -> pd.DataFrame:
    """Return pairs as a frame, given as one or as tuples of two ids."""
    if isinstance(pairs, pd.DataFrame):
        return pairs
    listed = pairs if isinstance(pairs, Sequence) and not isinstance(pairs, str) else [()]
    told = [tuple(pair) if isinstance(pair, tuple | list) else () for pair in listed]
    if any(len(pair) != 2 for pair in told):
        text = _("{name} is not understood: give a DataFrame with elder_id and volunteer_id, or a list of such tuples")
        raise TypeError(text.format(name=name))
    return pd.DataFrame(told, columns=["elder_id", "volunteer_id"], dtype=str)


def _take_settings(settings: object) -> Settings:
    """Return settings, also from a dict by section or by path."""
    if settings is None:
        return Settings()
    if isinstance(settings, Settings):
        return settings
    if not isinstance(settings, Mapping):
        text = _("settings are of type {kind}: give matcher.Settings(…) or a dict")
        raise TypeError(text.format(kind=type(settings).__name__))
    return changed(Settings(), list_by_path(settings))


def _take_month(month: object) -> Horizon:
    """Return the dates of a month: ``YYYY-MM``, a monthly period, or a date in it."""
    if isinstance(month, str):
        try:
            return Horizon.of_month(month)
        except ValueError as error:
            raise ValueError(_("month is written as 2026-12, not {value!r}").format(value=month)) from error
    if isinstance(month, pd.Period) and month.freqstr == "M":
        return Horizon.of_month(str(month))
    if isinstance(month, date):
        return Horizon.of_month(f"{month:%Y-%m}")
    text = _("month is of type {kind}: give it as '2026-12', a monthly pd.Period, or a date")
    raise TypeError(text.format(kind=type(month).__name__))


def _find_undeclared_datum(kind: str, frame: pd.DataFrame, settings: Settings) -> list[Issue]:
    """Return the fault of coordinates whose datum nobody declares; a roster's own frames are WGS-84."""
    plain = [name for name in ("lng", "lat") if name in frame]
    if not plain or set(RESERVED) & set(frame.columns) or frame.attrs.get("datum") in DATUMS:
        return []
    if getattr(settings.place, f"{kind}_datum"):
        return []
    headers = ", ".join(column(kind, name).header() for name in ("lng", "lat"))
    params = {"headers": headers, "setting": f"place.{kind}_datum", "datums": ", ".join(DATUMS)}
    return [Issue("datum_undeclared", kind, column=", ".join(plain), params=params)]


def _name_datum(kind: str, frame: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the frame with the datum in the headers of its coordinates."""
    datum = frame.attrs.get("datum") or getattr(settings.place, f"{kind}_datum")
    if not datum or set(RESERVED) & set(frame.columns):
        return frame
    return frame.rename(columns={name: f"{name}_{datum}" for name in ("lng", "lat")})
