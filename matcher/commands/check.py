"""``check``: every fault of every input, on the screen and in issues.csv."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from matcher import run as stages_in_order
from matcher.commands import options
from matcher.commands.in_programme import INPUTS
from matcher.commands.plain_text import make_plain
from matcher.commands.readings import show_accounts, show_readings
from matcher.commands.screen import Prose, make_console, show_busy, show_issues
from matcher.errors import InputError
from matcher.features.codes import holds_any
from matcher.horizon import Horizon
from matcher.i18n import N_, _, ngettext
from matcher.messages import Issue
from matcher.outputs.fix_report import refuse_report, write_fix_report
from matcher.outputs.folder import RunFolder
from matcher.outputs.roster_copies import ids_missing, name_copies, write_copies
from matcher.outputs.tables import make_issues_frame
from matcher.roster.model import Roster
from matcher.roster.read import Standing, read_as_they_stand
from matcher.roster.source import name_sources_together
from matcher.roster.table import RowAccount
from matcher.run import Inputs
from matcher.settings import Settings
from matcher.settings.write import write_aliases

_PEOPLE = ("elders", "volunteers")


@options.command(
    "check",
    inside=INPUTS,
    text=N_(
        "Read the rosters and pair lists and list every fault, with its row as Excel shows it and what to do. "
        "Exit code 2 if there are errors; warnings alone are fine."
    ),
)
@options.add_rosters
@options.add_fixed_pairs
@options.add_settings
@options.add_month(required=False)
@options.add_out(required=False)
@options.option(
    "--fix-report",
    type=options.FILE,
    metavar=N_("FILE"),
    help=N_("a workbook (.xlsx) to send back: all rows as they are, cells at fault coloured, with a note in each"),
)
@options.option(
    "--write-aliases",
    "aliases_file",
    type=options.FILE,
    metavar=N_("FILE"),
    help=N_("note in this settings file which known header each unknown one near to it stands for; asks for each"),
)
@options.option(
    "--write-ids",
    "ids_folder",
    type=options.FILE,
    metavar=N_("FOLDER"),
    help=N_("write copies of the rosters in which everybody without an id has one, to be used from now on"),
)
def check(
    horizon: Horizon | None,
    out: Path | None,
    force: bool,
    fix_report: Path | None,
    aliases_file: Path | None,
    ids_folder: Path | None,
    **given: object,
) -> int:
    """Check inputs."""
    inputs = options.make_inputs(given)
    if fix_report is not None:
        refuse_report(fix_report, force=force, inputs=inputs.paths())
    settings = options.make_settings(given)
    with show_busy(_("reading and checking the files")):
        report = stages_in_order.check(inputs, settings, horizon)
    roster, issues = report.roster, report.issues
    show_readings(report.readings)
    if out is not None:
        with RunFolder(out, force=force, files={"issues.csv"}, inputs=inputs.paths()) as folder:
            folder.write_csv("issues", make_issues_frame(issues))
            folder.publish()
    if fix_report is not None:
        with show_busy(_("writing")):
            write_fix_report(fix_report, list(_read_again(inputs, settings)), issues)
    show_issues(issues)
    shown = make_console()
    if not issues:
        shown.print(_("no fault found"), style="green")
    show_accounts(
        roster.accounts if roster else [RowAccount.of(one, one.rows) for one in report.readings], usable=bool(roster)
    )
    if roster:
        _show_dementia(roster, settings)
    if inputs.pins and horizon is None:
        shown.print(_("give --month too to check whether the pins can stand"))
    if aliases_file is not None:
        _note_aliases(aliases_file, issues)
    if ids_folder is not None:
        _give_ids(ids_folder, inputs, settings, force=force)
    if out is not None:
        shown.print(_("all of it is in {path}").format(path=make_plain(str(out / "issues.csv"))), soft_wrap=True)
    if fix_report is not None:
        shown.print(
            _("the rows with their faults marked are in {path}").format(path=make_plain(str(fix_report))),
            soft_wrap=True,
        )
        text = _("It holds names, phone numbers and national IDs as the files do: send it only to whom they came from.")
        shown.print(text, style="yellow")
    return InputError.exit_code if any(issue.severity == "error" for issue in issues) else 0


def _show_dementia(roster: Roster, settings: Settings) -> None:
    """Print how many elders count as having dementia, on whom a hard rule depends; nothing where nobody tells."""
    health = roster.elders["health"]
    if not any(health):
        return
    count = int(holds_any(health, settings.training.dementia_words).sum())
    text = ngettext(
        "{count} elder counts as having dementia; is that right?",
        "{count} elders count as having dementia; is that right?",
        count,
    )
    make_console().print(Prose(f"    {text.format(count=f'{count:,}')}"))


def _note_aliases(path: Path, issues: Sequence[Issue]) -> None:
    """Write which known header each unknown one stands for; where a person sits at the terminal, ask for each."""
    near = {issue.column: str(issue.params["near"]) for issue in issues if issue.code == "column_unknown_near"}
    if sys.stdin.isatty() and sys.stdout.isatty():
        question = _("Is “{column}” the same as “{near}”?")
        near = {
            column: known
            for column, known in near.items()
            if click.confirm(question.format(column=make_plain(column), near=known), default=True)
        }
    shown = make_console()
    if not near:
        shown.print(
            _("no unknown header is near to a known one; {path} is as it was").format(path=make_plain(str(path)))
        )
        return
    write_aliases(path, near)
    for column, known in near.items():
        shown.print(f"    {make_plain(column)} → {known}")
    text = _("noted in {path}; look it through, then give --settings {path} with every command")
    shown.print(text.format(path=make_plain(str(path))), soft_wrap=True)


def _give_ids(path: Path, inputs: Inputs, settings: Settings, *, force: bool) -> None:
    """Write copies of the rosters in which everybody has an id."""
    rosters = {kind: list(_read_rosters(inputs, settings, kind)) for kind in _PEOPLE}
    missing = sum(ids_missing(standing) for standings in rosters.values() for standing in standings)
    shown = make_console()
    if not missing:
        shown.print(_("everybody has an id; no copy is needed"))
        return
    names = name_copies([one.file for standings in rosters.values() for one in standings if ids_missing(one)])
    patterns = set(map(glob.escape, names.values()))
    with RunFolder(path, force=force, files=patterns, inputs=inputs.paths(), private=True) as folder:
        write_copies(folder.path, rosters, names)
        folder.publish()
    text = ngettext(
        "{count} person has got an id; use the copies in {path} from now on, so that ids stay the same",
        "{count} people have got an id; use the copies in {path} from now on, so that ids stay the same",
        missing,
    )
    shown.print(text.format(count=f"{missing:,}", path=make_plain(str(path))), soft_wrap=True)
    text = _("They hold names, phone numbers and national IDs as the files do: keep them as you keep the rosters.")
    shown.print(text, style="yellow")


def _read_again(inputs: Inputs, settings: Settings) -> Iterator[Standing]:
    """Yield the inputs as they stand; what can't be read has no rows to send back."""
    for kind, sources in inputs.given().items():
        if kind in _PEOPLE:
            yield from _read_rosters(inputs, settings, kind)
        elif kind != "settings":
            yield from read_as_they_stand(sources, kind, settings.conventions())


def _read_rosters(inputs: Inputs, settings: Settings, kind: str) -> Iterator[Standing]:
    names = name_sources_together(inputs.elders, inputs.volunteers)
    return read_as_they_stand(getattr(inputs, kind), kind, settings.conventions(), names)
