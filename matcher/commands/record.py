"""``record``: what happened, from the sheets that come back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table
from rich.text import Text

from matcher import run as stages_in_order
from matcher.commands import options
from matcher.commands.bookkeeping import keep_records
from matcher.commands.dates import DAY
from matcher.commands.in_programme import RECORDED, get_programme
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console, show_busy, show_issues
from matcher.errors import InputError, SheetError, UsageError
from matcher.horizon import Horizon
from matcher.i18n import N_, _, ngettext
from matcher.outcomes import OUTCOMES
from matcher.records.list_files import LIST_FILES
from matcher.roster.source import Source, is_read_in_folders, parse_source
from matcher.run import RecordRequest, RecordResult

_FEW = 5
"""People named on the screen of each list."""
_NAMED = ("check_now", "not_reported")


@options.command(
    "record",
    inside=RECORDED,
    text=N_(
        "Read the sheets that volunteers filled in, or any list of what happened, and merge them with the month's "
        "records: whole or not at all. The same sheet twice changes nothing; what contradicts is asked. Lists beside "
        "the records say whom to check at once, who has not reported, what the rosters may have to say. Without files, "
        "write the lists anew."
    ),
)
@options.argument("sheets", nargs=-1, metavar=N_("[FILE]..."))
@options.add_month(text=N_("the month that the records are of, as 2026-12"), as_word=False)
@options.add_file_option("--run", N_("the run folder of the month, with its visits and pairs"), required=True)
@options.add_rosters
@options.add_file_option(
    "--records", N_("the CSV file of the month's records, made or added to; its lists lie beside it"), required=True
)
@options.option(
    "--previous-records",
    multiple=True,
    type=options.FILE,
    metavar=N_("FILE"),
    help=N_("records of an earlier month, for who was last met when; may be given several times"),
)
@options.option("--replace", is_flag=True, help=N_("where a sheet contradicts the records so far, the sheet counts"))
@options.option("--as-of", "today", type=DAY, metavar=N_("DATE"), help=N_("the day that the lists are of; else today"))
@options.add_settings
@options.add_set_aside
@options.add_names
def record(
    sheets: Sequence[str],
    horizon: Horizon,
    run: Path,
    records: Path,
    previous_records: tuple[Path, ...],
    replace: bool,
    today: date | None,
    **given: Any,  # noqa: ANN401 - options that other commands have too
) -> None:
    """Read sheets and write records."""
    inputs, settings = options.make_inputs(given), options.make_settings(given)
    request = RecordRequest(
        tuple(source for text in sheets for source in _find_sheets(text)),
        inputs.elders,
        inputs.volunteers,
        run,
        records,
        horizon,
        today or options.get_today(),
        previous_records,
        settings,
        given["names"],
        given["set_aside"],
        replace,
    )
    with show_busy(_("reading the sheets")):
        try:
            done = stages_in_order.record(request)
        except InputError as error:
            raise SheetError(error.issues) from error
    _show(done, request)
    keep_records(done, horizon)


def _find_sheets(text: str) -> list[Source]:
    """Return the files that a word names: a file, all of a folder and the folders in it, or a pattern.

    Shells of Windows leave a pattern such as ``sheets/*.xlsx`` to the program.
    """
    path = Path(text)
    if path.is_dir():
        return [one for one in sorted(path.rglob("*")) if is_read_in_folders(one)] or [path]
    if set(path.name) & set("*?") and not path.exists():
        found: list[Source] = [one for one in sorted(path.parent.glob(path.name)) if is_read_in_folders(one)]
        if not found:
            raise UsageError(_("no file fits {pattern}; check the path").format(pattern=text))
        return found
    return [parse_source(text)]


def _show(done: RecordResult, request: RecordRequest) -> None:
    """Show what came in, what happened, whom to look after, and what to do next."""
    show_issues(done.issues)
    out = make_console()
    out.print(Text(_("Records · {month}").format(month=f"{request.horizon.start:%Y-%m}"), "bold"))
    sheet = Table.grid(padding=(0, 2))
    sheet.add_column(style="bold cyan", no_wrap=True)
    sheet.add_column(overflow="fold")
    for title, lines in (
        (_("Came in"), _write_accounts(done)),
        (_("Reported"), _write_reported(done)),
        (_("What happened"), _write_outcomes(done)),
        *((_(one.title), _write_list(one.kind, done)) for one in LIST_FILES if one.kind in done.lists),
    ):
        if lines:
            sheet.add_row(title, Text("\n").join(lines))
    out.print(sheet)
    for path in (done.records, done.folder):
        out.print(Text.assemble((_("Files") + "  ", "bold cyan"), make_plain(str(path))), soft_wrap=True)
    out.print(Text.assemble((_("Next") + "  ", "bold cyan"), _say_next(done, request)))


def _write_accounts(done: RecordResult) -> list[Text]:
    """Return what became of the rows of all files, and of each that has a fault."""
    if not done.accounts:
        return []
    text = _(
        "{files} files, {rows} rows: {records} records ({new} new, {changed} changed, {known} known already), {blank} "
        "not filled in, {faults} at fault, {notes} no contacts"
    )
    totals = {
        name: f"{sum(getattr(one, name) for one in done.accounts):,}"
        for name in ("rows", "records", "blank", "faults", "notes")
    }
    counts = {name: f"{getattr(done.merged, name):,}" for name in ("new", "changed", "known")}
    lines = [Text(text.format(files=len(done.accounts), **totals, **counts))]
    wrong = [one for one in done.accounts if one.faults]
    for one in wrong[:_FEW]:
        line = _("{file}: {faults} of {rows} rows are at fault and left out")
        lines.append(Text(line.format(file=make_plain(one.file), faults=one.faults, rows=one.rows), "red"))
    if len(wrong) > _FEW:
        lines.append(Text(_("… and {count} more files").format(count=len(wrong) - _FEW), "red"))
    return lines


def _write_reported(done: RecordResult) -> list[Text]:
    """Return of how many volunteers and contacts there are records, up to the day."""
    contacts = done.situation.contacts
    start = pd.Timestamp(done.situation.planned.horizon.start)
    due = contacts[contacts["planned"] & (contacts["date"] >= start)]
    told = due[due["outcome"] != ""]
    text = _("up to {day}: {reported} of {planned} planned contacts, from {volunteers} of {all_volunteers} volunteers")
    return [
        Text(
            text.format(
                day=done.situation.planned.last_day.isoformat(),
                reported=f"{len(told):,}",
                planned=f"{len(due):,}",
                volunteers=f"{told['volunteer_id'].nunique():,}",
                all_volunteers=f"{due['volunteer_id'].nunique():,}",
            )
        )
    ]


def _write_outcomes(done: RecordResult) -> list[Text]:
    """Return how often each outcome is on record."""
    counts = done.merged.records["outcome"].value_counts()
    told = [f"{one.sign} {one.name()} {counts[one.code]:,}" for one in OUTCOMES if one.code in counts]
    lines = [Text(" · ".join(told))] if told else []
    if extra := int((done.merged.records["visit_id"] == "").sum()):
        text = ngettext("{count} of them was not planned", "{count} of them were not planned", extra)
        lines.append(Text(text.format(count=f"{extra:,}"), "dim"))
    return lines


def _write_list(kind: str, done: RecordResult) -> list[Text]:
    """Return how many are on a list, and the first of those that can't wait."""
    rows = done.lists[kind]
    if not len(rows):
        return []
    style = "bold red" if kind == "check_now" else "yellow"
    lines = [Text(f"{len(rows):,} → {kind}.csv", style)]
    if kind in _NAMED:
        side = "elder" if kind == "check_now" else "volunteer"
        for row in rows.head(_FEW).to_dict("records"):
            who = f"{row[f'{side}_id']} {row[f'{side}_name']}"
            lines.append(Text(make_plain(f"{who}: {row['why']}")))
        if len(rows) > _FEW:
            lines.append(Text("…"))
    return lines


def _say_next(done: RecordResult, request: RecordRequest) -> str:
    """Return what to do next, with the command to type where a programme's folder knows it."""
    programme, month = get_programme(), f"{request.horizon.start:%Y-%m}"
    following = str(np.datetime64(month) + np.timedelta64(1, "M"))
    if len(done.lists["not_reported"]):
        text = _("ask the volunteers in not_reported.csv for their sheets, and give these to {command}")
        plan = text.format(command=f"old-partners record {month} …" if programme else "old-partners record")
    elif programme is None:
        text = _("plan {month} with --previous, --previous-visits and --records {path}")
        plan = text.format(month=following, path=request.records)
    else:
        text = _("for the office: {report}; next month: {run}")
        plan = text.format(report=f"old-partners report {month}", run=f"old-partners run {following}")
    first = []
    if len(done.lists["check_now"]):
        first.append(_("see to the elders in check_now.csv today"))
    if len(done.lists["roster_changes"]):
        first.append(_("look through roster_changes.csv, and correct the rosters where it is right"))
    return _("; ").join([*first, plan])
