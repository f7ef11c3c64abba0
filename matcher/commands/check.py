"""``check``: every fault of every input, on the screen and in issues.csv."""

from __future__ import annotations

from pathlib import Path

from matcher import run as stages_in_order
from matcher.commands import options
from matcher.commands.readings import show_readings
from matcher.commands.screen import busy, console, plain, show_issues
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.i18n import N_, _
from matcher.outputs.folder import RunFolder
from matcher.outputs.tables import issues_frame


@options.command(
    "check",
    short=N_("list every fault of the inputs"),
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
def check(horizon: Horizon | None, out: Path | None, force: bool, **given: object) -> int:
    """Check inputs."""
    inputs = options.inputs_from(given)
    settings = options.settings_from(given)
    with busy(_("reading and checking the files")):
        report = stages_in_order.check(inputs, settings, horizon)
    roster, issues = report.roster, report.issues
    show_readings(report.readings)
    if out is not None:
        with RunFolder(out, force=force, files={"issues.csv"}, inputs=inputs.paths()) as folder:
            folder.write_csv("issues", issues_frame(issues))
            folder.publish()
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
    return InputError.exit_code if any(issue.severity == "error" for issue in issues) else 0
