"""The run that a question is about: named, or the month's in the programme folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from matcher.commands import options
from matcher.commands.in_programme import get_programme, write_month
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import Prose, make_console, show_busy, show_issues
from matcher.errors import UsageError
from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.messages import Issue
from matcher.run import Inputs
from matcher.run.held import HeldRun, OpenedRun, hold_run, open_run


def find_run(horizon: Horizon | None, run: Path | None, given: Mapping[str, Any]) -> tuple[Path, Inputs]:
    """Return the folder of the run that is asked about, and what it was made from.

    In a programme folder it is the month's, else that of the latest month that has a plan.

    Raises:
        UsageError: no run is named, or the programme has none.
    """
    inputs = options.make_inputs({**given, "settings": None})
    programme = get_programme()
    if run is None and programme is not None:
        months = programme.list_months()
        month = write_month(horizon) if horizon else months[-1] if months else ""
        if month not in months:
            text = _("{month} has no plan yet: old-partners run {month} makes it")
            raise UsageError(text.format(month=month or _("this programme")))
        run, last = programme.month_folder(month), programme.find_last_month(month)
        if last:
            inputs = replace(inputs, previous=programme.month_folder(last) / "pairs.csv")
    if run is None:
        raise UsageError(_("say with --run which run folder the question is about"))
    return run, inputs


def load_run(
    horizon: Horizon | None,
    run: Path | None,
    given: Mapping[str, Any],
    new_elders: Path | None = None,
    *,
    keeps_pairs: bool = False,
) -> HeldRun:
    """Return the run in memory, and show what is to be said before any answer.

    ``new_elders`` is a roster of elders who have joined since; ``keeps_pairs`` says that the answer keeps to the pairs
    as they stand, also where they are not the best ones.

    Raises:
        UsageError: no run is named, or the programme has none.
        InputError: a file can't be read, or rows of it are at fault.
    """
    folder, inputs = find_run(horizon, run, given)
    with show_busy(_("reading the plan and the rosters")):
        held = hold_run(folder, inputs, new_elders)
    notes = list(held.notes)
    if not held.plan.is_best:
        text = _(
            "the pairs in the folder are not the best plan for these rosters, as after a change by hand: prices are "
            "those against the best plan"
        )
        if keeps_pairs:
            text = _(
                "the pairs in the folder are not the best plan for these rosters, as after a change by hand: they "
                "stand as they are"
            )
        notes.append(text)
    _show(held.issues, notes)
    return held


def load_month(horizon: Horizon | None, run: Path | None, given: Mapping[str, Any]) -> OpenedRun:
    """Return the run's month without its plan, and show what is to be said before any answer.

    Raises:
        UsageError: no run is named, or the programme has none.
        InputError: a file can't be read, or rows of it are at fault.
    """
    folder, inputs = find_run(horizon, run, given)
    with show_busy(_("reading the rosters")):
        opened = open_run(folder, inputs)
    _show(opened.issues, opened.write_notes())
    return opened


def _show(issues: Sequence[Issue], notes: Sequence[str]) -> None:
    """Show what is at fault, and what is to be said."""
    show_issues([issue for issue in issues if issue.severity == "error"], stderr=True)
    for note in notes:
        make_console(stderr=True).print(Prose(make_plain(note)), style="yellow")
