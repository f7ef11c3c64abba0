"""``verify``: hold any pairs file and any visits file against the rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from matcher import run as stages_in_order
from matcher.commands import options
from matcher.commands.dates import DAY
from matcher.commands.in_programme import PLANNED
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console, show_busy, show_issues, show_violations
from matcher.commands.summary import describe_checked
from matcher.errors import UsageError, VerificationError
from matcher.horizon import Horizon
from matcher.i18n import N_, _, ngettext
from matcher.outputs.folder import write_file
from matcher.outputs.tables import Names, PeopleNames, make_violations_frame
from matcher.publishing import refuse_file
from matcher.run import PlanFiles, VerifiedFiles


@options.command(
    "verify",
    inside=PLANNED,
    text=N_(
        "Check a pairs file, and a visits file if given, however made, against the rosters and all rules, and list "
        "what is broken, with the people and by how much. Exit code 4 if anything is."
    ),
)
@options.add_rosters
@options.add_file_option("--pairs", N_("the pairs to verify"), required=True)
@options.add_file_option("--visits", N_("the visits and calls to verify"))
@options.add_file_option("--unmatched", N_("elders without a volunteer; else unmatched.csv beside the pairs"))
@options.add_file_option("--unscheduled", N_("contacts without a place; else unscheduled.csv beside the visits"))
@options.add_fixed_pairs
@options.add_settings
@options.add_file_option("--calendars", N_("a folder of calendar files to hold against the visits, all of them"))
@options.add_month()
@options.add_file_option("--previous-visits", N_("last month's visits: who has met already needs no first visit"))
@options.add_records
@options.option(
    "--from",
    "start",
    type=DAY,
    metavar=N_("DATE"),
    help=N_("the day from which the month was planned anew; what is broken before it is told, not held against it"),
)
@options.add_surge
@options.add_set_aside
@options.add_names
@options.option("--out", type=options.FILE, metavar=N_("FILE"), help=N_("a CSV file to write the broken rules to"))
@options.add_force
def verify(
    horizon: Horizon,
    start: date | None,
    calendars: Path | None,
    out: Path | None,
    force: bool,
    names: Names,
    set_aside: bool,
    **given: object,
) -> int:
    """Verify files, and return the exit code."""
    files, inputs = _take_files(given), options.make_inputs(given)
    if out is not None:
        read = [*inputs.paths(), *files.paths(), *([calendars] if calendars else [])]
        refuse_file(out, force=force, inputs=read, endings=(".csv",))
    if calendars is not None and not calendars.is_dir():
        raise UsageError(_("{path} is no folder").format(path=calendars))
    with show_busy(_("verifying")):
        checked = stages_in_order.verify(
            inputs,
            options.make_settings(given),
            horizon,
            files,
            start=start,
            calendars=calendars,
            set_aside=set_aside,
        )
    violations = checked.verification.violations
    if out is not None:
        frame = make_violations_frame(violations, PeopleNames.of(checked.roster, names))
        write_file(out, frame, "violations")
    _show(checked)
    if out is not None:
        make_console().print(_("all of it is in {path}").format(path=make_plain(str(out))), soft_wrap=True)
    return VerificationError.exit_code if violations else 0


def _take_files(given: dict[str, Any]) -> PlanFiles:
    """Return the files to verify, and take them from a command's options: what is left is read as inputs."""
    return PlanFiles(**{kind: given.pop(kind, None) for kind in ("pairs", "visits", "unmatched", "unscheduled")})


def _show(checked: VerifiedFiles) -> None:
    """Show what was looked at and what is broken."""
    show_issues(checked.issues)
    out = make_console()
    for path in checked.beside:
        out.print(_("{path} lies beside and counts too").format(path=make_plain(str(path))), soft_wrap=True)
    looked_at = describe_checked(checked.verification.checked)
    if notes := checked.verification.notes:
        show_violations(notes, checked.roster)
        text = ngettext(
            "{count} rule is broken by contacts that stood already: history, told only",
            "{count} rules are broken by contacts that stood already: history, told only",
            len(notes),
        )
        out.print(text.format(count=f"{len(notes):,}"), style="yellow")
    violations = checked.verification.violations
    if not violations:
        out.print(_("every rule holds: {checked}").format(checked=looked_at), style="green")
        return
    show_violations(violations, checked.roster)
    text = ngettext("{count} rule broken in {checked}", "{count} rules broken in {checked}", len(violations))
    out.print(text.format(count=f"{len(violations):,}", checked=looked_at), style="red")
