"""``report``: the figures of a month, in all and by unit, as a workbook, a page and hours for stipends."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from matcher.commands import options
from matcher.commands.bookkeeping import catch_up_plan, catch_up_records
from matcher.commands.in_programme import INPUTS, add_month, get_programme, make_parent
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console, show_busy, show_next
from matcher.errors import UsageError
from matcher.horizon import Horizon
from matcher.i18n import N_, _
from matcher.ledger import Ledger
from matcher.ledger.counts import LEVELS, Level
from matcher.ledger.run_files import read_records
from matcher.outputs.report.figures import BY_NAME
from matcher.outputs.report.report import Report, make_report
from matcher.outputs.report.texts import write_number, write_title
from matcher.outputs.report.write import write_report
from matcher.roster import load_roster
from matcher.roster.model import Roster

_SHOWN = ("served", "waiting", "visits_planned", "visits_done", "calls_planned", "calls_done", "reported", "kept")


@options.command(
    "report",
    inside=INPUTS | {"ledger"},
    text=N_(
        "Write a month's figures for the office: elders served and waiting, visits and calls planned, done and missed "
        "with reasons, hours, pairs, volunteers to recruit; beside the month before and the year, with what each "
        "figure counts. From the ledger of all months, or from one run's folder with --run."
    ),
)
@options.add_month(text=N_("the month to report, as 2026-12"))
@options.option(
    "--by",
    "level",
    type=click.Choice(LEVELS),
    default="committee",
    show_default=True,
    help=N_("whose figures stand beside those of all; places are the elders', teams the volunteers'"),
)
@options.add_ledger
@options.add_file_option("--run", N_("instead of a ledger: the folder of the month's run"))
@options.add_file_option("--records", N_("with --run: the month's records, as old-partners record writes them"))
@options.add_rosters_if_known
@options.add_settings
@options.option("--title", metavar=N_("TEXT"), help=N_("the programme's name, for the heads"))
@options.option(
    "--out", type=options.FILE, metavar=N_("FOLDER"), help=N_("new folder to write; a programme has its own")
)
@options.add_force
def report(
    horizon: Horizon,
    level: Level,
    ledger: str | None,
    run: Path | None,
    records: Path | None,
    title: str | None,
    out: Path | None,
    force: bool,
    **given: object,
) -> None:
    """Write a report."""
    month, programme = f"{horizon.start:%Y-%m}", get_programme()
    out = out or (programme.reports_folder(month) if programme else None)
    if out is None:
        raise UsageError(_("say with --out which folder to write"))
    make_parent(out)
    if records and not run:
        raise UsageError(_("--records goes with --run; a ledger holds the records of its months"))
    if not run and not ledger:
        raise UsageError(_("say with --ledger where the months are, or with --run which folder to report"))
    with show_busy(_("counting")), _open(month, ledger or "", run, records, given) as months:
        made = make_report(months, month, level, title or (programme.name if programme else ""))
        folder = write_report(out, made, force=force)
    _show(made, folder)
    if programme is not None and not programme.month_folder(add_month(month)).exists():
        show_next(f"old-partners run {add_month(month)}")


def _open(month: str, ledger: str, run: Path | None, records: Path | None, given: dict[str, object]) -> Ledger:
    """Return the ledger, or one in memory that holds a single run."""
    if run is None:
        return _open_ledger(month, options.make_ledger_url(ledger), given)
    roster = _read_roster(month, given)
    made = Ledger("sqlite://")
    made.write_run(month, run, roster)
    if records:
        made.write_records(month, read_records(records, roster))
    return made


def _open_ledger(month: str, url: str, given: dict[str, object]) -> Ledger:
    """Return a ledger; a programme's own holds the month's plan and records as they stand."""
    months, programme = Ledger(url, create=False), get_programme()
    if programme is not None and url == programme.ledger_url:
        catch_up_plan(months, programme, month, lambda: _read_roster(month, given))
        catch_up_records(months, programme, month)
    return months


def _read_roster(month: str, given: dict[str, object]) -> Roster | None:
    """Return the roster where both sides are given: places, risk and teams come from it."""
    inputs = options.make_inputs({**given, "settings": None})
    if not inputs.elders and not inputs.volunteers:
        return None
    if not inputs.elders or not inputs.volunteers:
        raise UsageError(_("give both --elders and --volunteers, or neither: without them no place is known"))
    settings = options.make_settings(given)
    return load_roster(inputs.elders, inputs.volunteers, settings, Horizon.of_month(month).start)


def _show(report: Report, folder: Path) -> None:
    """Say what the month comes to in a few figures, and where the files are."""
    out = make_console()
    out.print(Text(write_title(report), "bold"))
    for name in _SHOWN:
        figure = BY_NAME[name]
        out.print(Text(f"  {_(figure.text)}: {write_number(figure, report.get_total(figure)[0])}"))
    text = _("report.xlsx, report.html and hours.csv are in {path}")
    out.print(text.format(path=make_plain(str(folder))), soft_wrap=True)
