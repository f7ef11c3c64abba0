"""``recruit``: where the next volunteers should live so that most elders more are served; or whom to train."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.analysis.courses import TooLargeError, plan_courses
from matcher.analysis.recruit import Basis, RecruitPlan, plan_recruits
from matcher.analysis.recruit_places import Places, list_buildings, list_committees, take_places
from matcher.columns import RECRUITS
from matcher.commands import options
from matcher.commands.held_run import load_run
from matcher.commands.in_programme import INPUTS
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import Prose, make_console, make_table, show_busy, show_issues
from matcher.commands.translated import WholeNumber
from matcher.errors import UsageError
from matcher.horizon import Horizon
from matcher.i18n import N_, _, ngettext
from matcher.matching.explain.shortage import compute_usual_capacity
from matcher.matching.held_plan import HeldPlan
from matcher.outputs.folder import write_file
from matcher.outputs.recruit_workbook import write_recruits
from matcher.outputs.tables import Names, PeopleNames
from matcher.publishing import refuse_file
from matcher.roster import read_places
from matcher.roster.model import Roster
from matcher.run.inputs import stop_at

_MOST = 5_000
_COURSES = {"dementia": N_("dementia care"), "high_risk": N_("care for elders of high risk")}
"""Courses by their codes; others are languages."""
_FEW = 12
"""Places that are told, and elders out of reach."""
_TABLE = ".csv", ".xlsx"
_WHY: dict[Basis, str] = {
    "units": N_("volunteers take units or minutes, not elders"),
    "homes": N_("a home has one volunteer"),
    "budget": N_("only so many pairs may change"),
    "changes": N_("only so many pairs may change for one elder more"),
}
"""Why nothing is proved."""


@options.command(
    "recruit",
    inside=INPUTS | {"run"},
    text=N_(
        "Say where the next volunteers should live so that most elders more are served, and then at the least cost: in "
        "which residents' committees, or which places of a list. Each figure is that of the best plan with these "
        "recruits; beside it stands what no choice of so many could exceed. With --course: which volunteers to train."
    ),
)
@options.add_month(required=False, text=N_("in a programme folder: the month; else the latest that has a plan"))
@options.option(
    "--recruits",
    type=WholeNumber(1, _MOST),
    default=20,
    show_default=True,
    help=N_("how many volunteers are to be found, or trained"),
)
@options.add_file_option("--candidates", N_("a list of places where they could live, as a roster of volunteers"))
@options.option("--buildings", is_flag=True, help=N_("name buildings in the best committees, not committees"))
@options.option(
    "--course",
    metavar=N_("WORD"),
    help=N_("say whom to train instead: dementia, high_risk, or a language that is to be learnt"),
)
@options.add_run
@options.add_rosters
@options.add_fixed_pairs
@options.add_names
@options.option("--out", type=options.FILE, metavar=N_("FILE"), help=N_("a CSV file or workbook to write the curve to"))
@options.add_force
def recruit(
    horizon: Horizon | None,
    recruits: int,
    candidates: Path | None,
    buildings: bool,
    course: str | None,
    run: Path | None,
    names: Names,
    out: Path | None,
    force: bool,
    **given: object,
) -> None:
    """Answer, on the screen and in a file."""
    if out is not None and out.suffix.lower() not in _TABLE:
        raise UsageError(_("{path}: name it with .csv or .xlsx").format(path=out))
    if candidates is not None and buildings:
        raise UsageError(_("--candidates names the places: no --buildings beside it"))
    if course is not None and (candidates is not None or buildings or out is not None):
        raise UsageError(_("--course asks whom to train: no --candidates, --buildings or --out beside it"))
    held = load_run(horizon, run, given)
    if course is not None:
        _refuse_unknown(course, held.plan.month.roster)
    if out is not None:
        refuse_file(out, force=force, inputs=[*held.files, *([candidates] if candidates else [])])
    screen = make_console()
    if course is not None:
        for line in _tell_courses(held.plan, course, recruits, PeopleNames.of(held.plan.month.roster, names)):
            screen.print(Prose(make_plain(line)))
        return
    places = _find_places(held.plan, candidates)
    with show_busy(_("trying {count} places").format(count=len(places))):
        found = plan_recruits(held.plan, places, recruits)
        if buildings and found.steps:
            chosen = np.unique([step.place for step in found.steps]).astype(np.int64)
            capacity = compute_usual_capacity(held.plan.features, held.plan.eligible[1])
            houses = list_buildings(held.plan.month.roster, places, chosen, capacity)
            if len(houses):
                found = plan_recruits(held.plan, houses, recruits)
    _show(found, held.plan)
    if out is not None:
        frame = pd.DataFrame(found.list_rows(), columns=[one.name for one in RECRUITS])
        if out.suffix.lower() == ".csv":
            write_file(out, frame, "recruits")
        else:
            ids = held.plan.month.roster.elders["id"].to_numpy()[found.out_of_reach]
            write_recruits(out, frame, list(_tell(found, held.plan)), ids.tolist())
        screen.print(_("all of it is in {path}").format(path=make_plain(str(out))), soft_wrap=True)


def _find_places(plan: HeldPlan, candidates: Path | None) -> Places:
    """Return where recruits could live: the places of a file, else the committees.

    Raises:
        InputError: the file is at fault.
        UsageError: no place has coordinates.
    """
    capacity = compute_usual_capacity(plan.features, plan.eligible[1])
    if candidates is None:
        places = list_committees(plan.month.roster, capacity)
    else:
        frame, issues = read_places(candidates, plan.month.roster.elders, plan.month.settings)
        stop_at(issues, set_aside=False)
        show_issues([issue for issue in issues if issue.severity == "error"], stderr=True)
        places = take_places(frame, capacity)
        _tell_unplaced(frame)
    if not len(places):
        raise UsageError(_("no place is known to have coordinates: old-partners locate fills them in"))
    return places


def _tell_unplaced(frame: pd.DataFrame) -> None:
    """Say which places are left out, as nothing says where they are."""
    nowhere = frame[frame[["lng", "lat"]].isna().any(axis=1)]
    if len(nowhere):
        named = nowhere["name"].where(nowhere["name"] != "", nowhere["id"]).tolist()
        text = _("where these places are is not known, they are left out: {names}")
        names = _(", ").join(named[:_FEW]) + " …" * (len(named) > _FEW)
        make_console(stderr=True).print(Prose(make_plain(text.format(names=names))), style="yellow")


def _show(found: RecruitPlan, plan: HeldPlan) -> None:
    """Show what to do, and the curve."""
    screen = make_console()
    for line in _tell(found, plan):
        screen.print(Prose(make_plain(line)))
    if not found.steps:
        return
    shown = [column for column in RECRUITS if column.name != "bound" or found.steps[-1].bound is not None]
    table = make_table(*(column.heading() for column in shown))
    for column, one in zip(table.columns, shown, strict=True):
        column.justify = "left" if one.kind == "text" else "right"
    rows = list(found.list_rows())
    every = max(1, -(-len(rows) // 25))
    for row in [row for i, row in enumerate(rows, start=1) if i % every == 0 or i in (1, len(rows))]:
        told = dict(zip((one.name for one in RECRUITS), row, strict=True))
        cells = [told[column.name] for column in shown]
        table.add_row(*(f"{c:,}" if isinstance(c, int) else "" if c is None else make_plain(str(c)) for c in cells))
    for column, one in zip(table.columns, shown, strict=True):
        if one.kind != "text":  # titles may wrap, numbers may not
            column.min_width = max(len(str(cell)) for cell in column.cells)
    screen.print(table)


def _tell(found: RecruitPlan, plan: HeldPlan) -> Iterator[str]:
    """Yield the sentences for a coordinator."""
    text = _("As it is, {served} elders have a volunteer, and {left_out} who take part have none.")
    yield text.format(served=found.served, left_out=found.left_out)
    counted = found.count_recruits()
    for place, recruits, more in counted[:_FEW]:
        text = (
            _("Recruit {recruits} at {place}: {more} more elders")
            if more
            else _("Recruit {recruits} at {place}: nobody more, but the pairs cost less")
        )
        yield "  " + text.format(recruits=recruits, place=found.places.names[place], more=more)
    if len(counted) > _FEW:
        yield "  " + _("… and {count} more places; --out writes all").format(count=len(counted) - _FEW)
    if not found.steps:
        yield _("No recruit at any of these places would serve anybody more, or make the pairs cost less.")
    else:
        yield from _tell_proof(found)
    yield from _tell_all(found)
    if len(found.out_of_reach):
        ids = plan.month.roster.elders["id"].to_numpy()[found.out_of_reach].tolist()
        named = ", ".join(map(str, ids[:_FEW])) + (" …" if len(ids) > _FEW else "")
        text = _("No recruit at any of these places could visit {count} of those left out: {ids}")
        yield text.format(count=len(ids), ids=named)


def _tell_proof(found: RecruitPlan) -> Iterator[str]:
    """Yield what is known of the last step."""
    last, asked = found.steps[-1], len(found.steps)
    total = _("Recruits in all: {count}. Elders more: {more}. All pairs then cost {cost:,} m; as it is {before:,} m.")
    yield total.format(count=asked, more=last.served_more, cost=last.cost_m, before=found.start.cost_m)
    if found.unproved and not found.is_most:
        text = _("Unproved: {why}. Recruits take elders who have nobody; all other pairs stay as they are.")
        yield text.format(why=_(_WHY[found.unproved]))
        if last.bound is not None:
            text = _("No choice of so many recruits at these places serves more than {bound}, whoever else moves.")
            yield text.format(bound=last.bound)
    elif found.is_most:
        yield _("Proved: no other choice of so many recruits at these places serves more. Its metres are not proved.")
    else:
        text = _(
            "Proved: no choice of so many recruits at these places serves more than {bound}. Metres are not proved."
        )
        yield text.format(bound=last.bound)


def _tell_all(found: RecruitPlan) -> Iterator[str]:
    """Yield how many recruits serve all."""
    if found.for_all is None:
        return
    least, most = found.for_all
    if most:
        text = ngettext(
            "To serve all who can be served at these places it takes {most} recruit.",
            "To serve all who can be served at these places it takes {most} recruits.",
            most,
        )
        if least < most:
            text = _("To serve all who can be served at these places it takes {least} to {most} recruits.")
        yield text.format(least=least, most=most)
    if found.beyond:
        yield _("{count} of those left out cannot be helped by any number of recruits there.").format(
            count=found.beyond
        )


def _refuse_unknown(course: str, roster: Roster) -> None:
    """Raise ``UsageError`` where a course is none of those known, nor a language that stands on the rosters."""
    columns = (roster.elders["languages"], roster.elders["wanted_languages"], roster.volunteers["languages"])
    known = [*_COURSES, *sorted({word for column in columns for words in column for word in words})]
    if course in known:
        return
    near = difflib.get_close_matches(course, known, 3, 0.6) or known
    text = _("there is no course and no language {value}; do you mean {near}?")
    raise UsageError(text.format(value=course, near=_(", ").join(near)))


def _tell_courses(plan: HeldPlan, course: str, most: int, people: PeopleNames) -> Iterator[str]:
    """Yield whom to train.

    Raises:
        UsageError: the month is too large, or places do not count alike.
    """
    try:
        with show_busy(_("choosing whom to train")):
            found = plan_courses(plan, course, most)
    except TooLargeError as error:
        raise UsageError(_("too many pairs for this question: ask it of one district, or fewer committees")) from error
    except ValueError as error:
        raise UsageError(_("with units, minutes, one volunteer a home or a change budget this is not known")) from error
    name = _(_COURSES[course]) if course in _COURSES else course
    if not len(found.volunteers):
        yield _("Training volunteers in {course} would serve nobody more.").format(course=name)
        return
    text = _("Train {count} in {course}, and {more} elders more can be served:")
    yield text.format(count=len(found.volunteers), course=name, more=found.served_more)
    for v in found.volunteers.tolist():
        yield f"  {people.volunteer_id[v]} {people.volunteer_name[v]}"
    if found.is_most:
        yield _("Proved: no other choice of so many volunteers serves more.")
    else:
        yield _("No choice of so many volunteers serves more than {bound}; time ran out before it was known.").format(
            bound=found.bound
        )
