"""The ledger's part in commands: a programme's ledger takes in each plan and each record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from matcher.commands.in_programme import get_programme, write_month
from matcher.commands.screen import make_console
from matcher.errors import OldPartnersError, explain_write_error
from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.programme import Programme
from matcher.publishing import note_mended, take_turn
from matcher.roster.model import Roster
from matcher.run import RecordResult, RunResult

if TYPE_CHECKING:
    from matcher.ledger import Ledger


def keep_run(done: RunResult) -> None:
    """Put a plan into the ledger of the programme whose month it is."""
    from matcher.ledger import write_run  # noqa: PLC0415 - SQLAlchemy is loaded only inside a programme

    def write(programme: Programme, month: str) -> None:
        if done.schedule is not None and done.folder.samefile(programme.month_folder(month)):
            with take_turn(done.folder.parent):
                write_run(programme.ledger_url, month, done.folder, done.month.roster)

    _keep(done.month.horizon, write)


def keep_records(done: RecordResult, horizon: Horizon) -> None:
    """Put a month's records into the ledger of the programme, and its plan where the ledger lacks it."""
    from matcher.ledger import Ledger  # noqa: PLC0415 - SQLAlchemy is loaded only inside a programme
    from matcher.ledger.run_files import find_source, read_records  # noqa: PLC0415

    def write(programme: Programme, month: str) -> None:
        path = programme.records_file(month)
        if done.records.is_file() and path.is_file() and done.records.samefile(path):
            with Ledger(programme.ledger_url) as ledger:
                catch_up_plan(ledger, programme, month, lambda: done.situation.roster)
                with take_turn(path.parent):
                    source = find_source(path)
                    ledger.write_records(month, read_records(path, None), source)

    _keep(horizon, write)


def catch_up_plan(ledger: Ledger, programme: Programme, month: str, read_roster: Callable[[], Roster | None]) -> None:
    """Put a month's plan into a ledger that lacks it, or holds one that was replaced by a command that was cut off.

    Raises:
        InputError: the plan's files or the rosters have faults.
        UsageError: the ledger can't be written.
    """
    from matcher.ledger.run_files import find_source  # noqa: PLC0415 - SQLAlchemy is loaded only inside a programme

    folder = programme.month_folder(month)
    if (folder / "visits.csv").is_file() and (known := ledger.find_source(month, "run")) != find_source(folder):
        ledger.write_run(month, folder, read_roster())
        if known != "":
            text = _("the ledger lacked the plan of {month} that stands in {path}: it holds it now")
            note_mended(text.format(month=month, path=folder))


def catch_up_records(ledger: Ledger, programme: Programme, month: str) -> None:
    """Put a month's records into a ledger that lacks them, or holds those before a ``record`` that was cut off.

    Raises:
        InputError: the file of records has faults.
        UsageError: the ledger can't be written.
    """
    from matcher.ledger.run_files import find_source, read_records  # noqa: PLC0415 - SQLAlchemy is loaded only inside a programme

    path = programme.records_file(month)
    if path.is_file() and (known := ledger.find_source(month, "records")) != (source := find_source(path)):
        ledger.write_records(month, read_records(path, None), source)
        if known != "":
            text = _("the ledger lacked records of {month} that stand in {path}: it holds them now")
            note_mended(text.format(month=month, path=path))


def _keep(horizon: Horizon, write: Callable[[Programme, str], None]) -> None:
    """Write to the ledger, and say so where that fails: the files are written all the same."""
    programme, month = get_programme(), write_month(horizon)
    if programme is None:
        return
    try:
        if programme.month_folder(month).is_dir():
            write(programme, month)
    except (OldPartnersError, OSError) as error:
        problem = _(explain_write_error(error)) if isinstance(error, OSError) else str(error)
        text = _("the files are written, the ledger is not: {problem}. The next command of the month writes it")
        make_console(stderr=True).print(text.format(problem=problem), style="yellow", soft_wrap=True)
