"""``check``: every fault of every input, on the screen and in issues.csv."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from matcher import run as stages_in_order
from matcher.commands import options
from matcher.commands.readings import show_readings
from matcher.commands.screen import busy, console, plain, show_issues
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.i18n import N_, _
from matcher.outputs.fix_report import RawSheet, refuse_report, write_fix_report
from matcher.outputs.folder import RunFolder
from matcher.outputs.tables import issues_frame
from matcher.roster.read import as_they_stand
from matcher.roster.source import named_together
from matcher.run import Inputs
from matcher.settings import Settings


@options.command(
    "check",
    text=N_(
        "Read the rosters and pair lists and list every fault, with its row as Excel shows it and what to do. "
        "Exit code 2 if there are errors; warnings alone are fine."
    ),
)
@options.rosters
@options.fixed_pairs
@options.settings_options
@options.month_option(required=False)
@options.out_options(required=False)
@options.option(
    "--fix-report",
    type=options.FILE,
    metavar=N_("FILE"),
    help=N_("a workbook (.xlsx) to send back: all rows as they are, cells at fault coloured, with a note in each"),
)
def check(horizon: Horizon | None, out: Path | None, force: bool, fix_report: Path | None, **given: object) -> int:
    """Check inputs."""
    inputs = options.inputs_from(given)
    if fix_report is not None:
        refuse_report(fix_report, force=force, inputs=inputs.paths())
    settings = options.settings_from(given)
    with busy(_("reading and checking the files")):
        report = stages_in_order.check(inputs, settings, horizon)
    roster, issues = report.roster, report.issues
    show_readings(report.readings)
    if out is not None:
        with RunFolder(out, force=force, files={"issues.csv"}, inputs=inputs.paths()) as folder:
            folder.write_csv("issues", issues_frame(issues))
            folder.publish()
    if fix_report is not None:
        with busy(_("writing")):
            write_fix_report(fix_report, list(_sheets(inputs, settings)), issues)
    show_issues(issues)
    shown = console()
    if not issues:
        shown.print(_("no fault found"), style="green")
    if roster is not None:
        shown.print(
            _("{elders} elders and {volunteers} volunteers can be used").format(
                elders=f"{len(roster.elders):,}", volunteers=f"{len(roster.volunteers):,}"
            )
        )
    if inputs.pins and horizon is None:
        shown.print(_("give --month too to check whether the pins can stand"))
    if out is not None:
        shown.print(_("all of it is in {path}").format(path=plain(str(out / "issues.csv"))), soft_wrap=True)
    if fix_report is not None:
        shown.print(
            _("the rows with their faults marked are in {path}").format(path=plain(str(fix_report))), soft_wrap=True
        )
        text = _("It holds names, phone numbers and national IDs as the files do: send it only to whom they came from.")
        shown.print(text, style="yellow")
    return InputError.exit_code if any(issue.severity == "error" for issue in issues) else 0


def _sheets(inputs: Inputs, settings: Settings) -> Iterator[RawSheet]:
    """The inputs as they stand; what can't be read has no rows to send back."""
    names = named_together(inputs.elders, inputs.volunteers)
    for kind, sources in inputs.given().items():
        if kind in {"elders", "volunteers"}:
            own = as_they_stand(sources, kind, settings.columns.own(), names)
        elif kind != "settings":
            own = as_they_stand(sources, kind, settings.columns.own())
        else:
            continue
        for name, rows, header in own:
            yield RawSheet(name, rows, header.above + header.rows - 1, header.cells)
