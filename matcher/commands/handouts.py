"""``handouts``: papers for volunteers, team leaders, elders and the coordinator, of a month that is planned."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from matcher.commands import options
from matcher.commands.in_programme import PRINTED, get_programme, make_parent
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console, show_next, watch_stages
from matcher.errors import UsageError
from matcher.i18n import N_, _
from matcher.outputs.handouts.month import By
from matcher.outputs.handouts.write import Written
from matcher.outputs.tables import Names
from matcher.programme import Programme, find_programme
from matcher.run import RunResult, Stages
from matcher.run.handouts import HandoutRequest, make_handouts, make_handouts_of_run


@options.command(
    "handouts",
    inside=PRINTED,
    text=N_(
        "Write what is printed and handed out of a planned month: a sheet a volunteer to work from and to fill in, a "
        "page a team leader, a card an elder, a page for the coordinator. A workbook and an HTML file a team. They "
        "hold full particulars: only their owner can open the folder."
    ),
)
@options.add_month(required=False, text=N_("in a programme folder: the month to hand out, as 2026-12"))
@options.add_file_option("--run", N_("the run folder, as old-partners run or schedule wrote it"), required=True)
@options.add_rosters
@options.add_settings
@options.option(
    "--by",
    type=click.Choice(["team", "committee"]),
    default="team",
    show_default=True,
    help=N_("a file a team, or a residents' committee; volunteers without a team are with their committee"),
)
@options.option(
    "--names",
    type=click.Choice(["full", "masked"]),
    default="full",
    show_default=True,
    help=N_("names, telephones and doors in full; or surnames only, without telephones and doors"),
)
@options.add_set_aside
@options.add_out()
def handouts(run: Path, out: Path, by: By, names: Names, force: bool, set_aside: bool, **given: object) -> None:
    """Write hand-outs."""
    make_parent(out)
    inputs, settings = options.make_inputs(given), options.make_settings(given)
    request = HandoutRequest(run, out, find_programme() or Programme(), names, by, force)
    with watch_stages() as stages:
        done = make_handouts(request, inputs.elders, inputs.volunteers, settings, stages, set_aside=set_aside)
    show_written(done, names)
    if get_programme() is not None:
        text = _("hand them out; at the month's end: {command}")
        command = f"old-partners record {done.month} {make_plain(str(out))}"
        show_next(text.format(command=command))


def find_request(given: Mapping[str, Any]) -> HandoutRequest | None:
    """Return what ``--handouts`` asks for beside a month that is to be planned; None where it is not given.

    The option itself asks for full particulars; only ``--names masked``, said in words, masks these papers too.

    Raises:
        UsageError: they can't be written, said before the month is planned.
    """
    asked: Path | None = given["handouts"]
    if asked is None:
        return None
    run, programme = Path(given["out"]), find_programme()
    if asked == Path():
        month = f"{given['horizon'].start:%Y-%m}"
        asked = programme.handouts_folder(month) if programme else run.with_name(f"{run.name}-handouts")
    real = Path(os.path.realpath(asked))
    if Path(os.path.realpath(run)) in (real, *real.parents):
        raise UsageError(_("one folder holds the plan, another the hand-outs: name another with --handouts"))
    source = click.get_current_context().get_parameter_source("names")
    masked = given["names"] == "masked" and source is click.core.ParameterSource.COMMANDLINE
    request = HandoutRequest(
        run, asked, programme or Programme(), "masked" if masked else "full", force=bool(given["force"])
    )
    request.check(planned=False)
    return request


def write_beside(request: HandoutRequest | None, done: RunResult, stages: Stages) -> Written | None:
    """Write the hand-outs of a month that was planned just now, if they were asked for and there is a plan."""
    if request is None or not done.plan.is_possible:
        return None
    return make_handouts_of_run(request, done.month.roster, done.month.horizon, stages)


def show_written(done: Written, names: Names) -> None:
    """Say what was written, and how to treat it."""
    out = make_console()
    text = _("{volunteers} sheets for volunteers, {cards} cards for elders, in files by team ({groups} teams), are in")
    counted = text.format(volunteers=f"{done.volunteers:,}", cards=f"{done.cards:,}", groups=f"{done.groups:,}")
    out.print(Text(f"{counted} {make_plain(str(done.folder))}"), soft_wrap=True)
    if names == "full":
        out.print(
            _(
                "they hold full particulars of people who live alone: print them, hand each person their own pages "
                "only, send no file by chat or mail, and delete the folder at the month's end"
            )
        )
        if os.name == "nt":
            out.print(
                _("Windows keeps no permissions of its own for this folder: put it where only you can read"),
                style="yellow",
            )
