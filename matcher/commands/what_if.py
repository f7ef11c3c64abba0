"""``what-if``: the month under other settings, or with people added or gone, beside the month as it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.text import Text

from matcher.analysis.front import FIGURES as FRONT_FIGURES
from matcher.analysis.front import KINDS, Kind, UnpricedError, trace_front
from matcher.analysis.scenarios import FIGURES, Outcome
from matcher.columns import column as find_column
from matcher.commands import options
from matcher.commands.held_run import load_month, load_run
from matcher.commands.in_programme import INPUTS
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import Prose, make_console, make_table, show_busy
from matcher.errors import UsageError
from matcher.horizon import Horizon
from matcher.i18n import N_, _
from matcher.publishing import refuse_file
from matcher.run.scenario_workbook import format_difference, format_figure, write_front, write_scenarios
from matcher.run.scenarios import Scenario, read_scenarios, solve_scenarios
from matcher.settings.load import read_overrides

_ABREAST = 3
"""Scenarios beside the base in one table on the screen."""
_SUFFIX = ".xlsx"


@options.command(
    "what-if",
    inside=INPUTS | {"run"},
    text=N_(
        "Match a run's month again under other settings (--set), or as a file of scenarios says (--scenarios): other "
        "settings, people gone, people added. Each plan is proved; its figures and those of its month stand beside the "
        "month as it is. The run stays as it is."
    ),
)
@options.add_month(required=False, text=N_("in a programme folder: the month; else the latest that has a plan"))
@options.option(
    "--set",
    "overrides",
    multiple=True,
    metavar=N_("SECTION.KEY=VALUE"),
    help=N_("a setting of the scenario; several are one scenario"),
)
@options.add_file_option("--scenarios", N_("a TOML file of scenarios; docs/ask.md shows one"))
@options.option(
    "--front",
    type=click.Choice(list(KINDS)),
    help=N_("say instead what the longest walk, even loads or equal shares of areas would cost, point by point"),
)
@options.option("--no-contacts", is_flag=True, help=N_("match only, and plan no month"))
@options.add_run
@options.add_rosters
@options.add_fixed_pairs
@options.option("--out", type=options.FILE, metavar=N_("FILE"), help=N_("a workbook (.xlsx) to write the figures to"))
@options.add_force
def what_if(
    horizon: Horizon | None,
    overrides: Sequence[str],
    scenarios: Path | None,
    front: Kind | None,
    no_contacts: bool,
    run: Path | None,
    out: Path | None,
    force: bool,
    **given: object,
) -> None:
    """Answer, on the screen and in a workbook."""
    if front is not None and (overrides or scenarios is not None):
        raise UsageError(_("--front is a question of its own: no --set or --scenarios beside it"))
    if front is None and not overrides and scenarios is None:
        raise UsageError(_("say with --set which setting is to be another, or with --scenarios which file says so"))
    if out is not None and out.suffix.lower() != _SUFFIX:
        raise UsageError(_("{path}: the figures are written as a workbook; name it with .xlsx").format(path=out))
    if front is not None:
        _show_front(horizon, run, given, front, out, force=force)
        return
    asked = list(read_scenarios(scenarios)) if scenarios else []
    if overrides:
        values = read_overrides(overrides)
        name = ", ".join(f"{path}={value}" for path, value in values.items())
        asked.insert(0, Scenario.model_construct(name=name, set=values))
    opened = load_month(horizon, run, given)
    if out is not None:
        more = [path for one in asked for path in (one.more_elders, one.more_volunteers) if path]
        refuse_file(out, force=force, inputs=[*opened.files, *more, *([scenarios] if scenarios else [])])
    outcomes: list[Outcome] = []
    base, *others = _("as it is"), *(one.name for one in asked)
    with show_busy(_("matching {count} times").format(count=1 + len(others))):
        outcomes += solve_scenarios(opened, asked, base, with_contacts=not no_contacts)
    _show(outcomes, with_contacts=not no_contacts)
    if out is not None:
        write_scenarios(out, outcomes, opened.month.horizon.start)
        _tell_written(out)


def _show_front(
    horizon: Horizon | None, run: Path | None, given: Mapping[str, object], kind: Kind, out: Path | None, *, force: bool
) -> None:
    """Show what a limit costs, and write it where that is asked for.

    Raises:
        UsageError: the month's plans are no flow, nobody can be paired, or ``out`` can't be written.
    """
    loaded = load_run(horizon, run, given)
    held = loaded.plan
    if out is not None:
        refuse_file(out, force=force, inputs=loaded.files)
    try:
        with show_busy(_("solving the month under tighter and tighter limits")):
            found = trace_front(held, kind)
    except UnpricedError as error:
        raise UsageError(_("with units, minutes, one volunteer a home or a change budget this is not known")) from error
    screen = make_console()
    title = _(KINDS[kind])
    if found.level:
        title = _("{name} ({id})").format(name=title, id=find_column("elders", found.level).header())
    screen.print(Prose(title))
    points = found.list_rows()
    table = make_table("", *(point[0] for point in points))
    for one in table.columns[1:]:
        one.justify, one.no_wrap = "right", True
    for number, (_name, title) in enumerate(FRONT_FIGURES[1:], start=1):
        table.add_row(_(title), *(point[number] for point in points))
    screen.print(table)
    text = _(
        "Every point serves as many elders as can be served; the last is the tightest limit under which that is so. "
        "Proved: no plan within the limit is better by any goal."
    )
    screen.print(Prose(text), style="dim")
    if (held.features.pinned_volunteer >= 0).any():
        screen.print(Prose(_("Pinned pairs stand whatever the limit.")), style="dim")
    if out is not None:
        write_front(out, found, held.month.horizon.start)
        _tell_written(out)


def _tell_written(out: Path) -> None:
    """Say where the workbook is."""
    make_console().print(_("all of it is in {path}").format(path=make_plain(str(out))), soft_wrap=True)


def _show(outcomes: Sequence[Outcome], *, with_contacts: bool) -> None:
    """Show the figures, a few scenarios beside the base at a time."""
    screen = make_console()
    base, others = outcomes[0], outcomes[1:]
    for first in range(0, len(others), _ABREAST):
        abreast = others[first : first + _ABREAST]
        table = make_table("", make_plain(base.name), *(make_plain(one.name) for one in abreast))
        for column in table.columns[1:]:
            column.justify = "right"
        here = [one.compute() for one in (base, *abreast)]
        for figure in FIGURES:
            values = [row[figure.name] for row in here]
            if not any(value and not math.isnan(value) for value in values):  # not planned, or nobody
                continue
            cells = [Text(format_figure(value)) for value in values]
            for cell, value in zip(cells[1:], values[1:], strict=True):
                cell.append(format_difference(value, values[0]), "dim")
            table.add_row(_(figure.title), *cells)
        proofs = [_("yes") if one.is_proved else _("no") for one in (base, *abreast)]
        table.add_row(_("proved"), *proofs)
        screen.print(table)
    text = _(
        "Each plan is the best for the rosters as they are now, by the settings of its column. In brackets: more or "
        "less than as it is."
    )
    if with_contacts:
        text = _(
            "Each plan is the best for the rosters as they are now, by the settings of its column; contacts are "
            "those of a month planned afresh. In brackets: more or less than as it is."
        )
    screen.print(Prose(text), style="dim")
