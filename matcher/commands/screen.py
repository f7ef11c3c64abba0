"""What a person sees: results on stdout, progress and trouble on stderr; plain text where there is no terminal."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from matcher.columns import column
from matcher.compile_ahead import compile_beside
from matcher.i18n import N_, _, ngettext
from matcher.messages import Issue
from matcher.outputs.tables import People, Violation
from matcher.roster.model import Roster
from matcher.run import Stages

T = TypeVar("T")
MANY = 50
"""Rows shown of each kind of trouble."""
_WIDTH = 80

_STAGES = {
    "read": N_("reading and checking the files"),
    "match": N_("matching"),
    "schedule": N_("planning visits and calls"),
    "write": N_("writing"),
    "verify": N_("verifying what was written"),
}


class _Console(Console):
    """A console that falls silent when whoever reads it has gone, as ``head`` does."""

    def on_broken_pipe(self) -> None:
        """Send what is still to come nowhere; the exit code stays the command's own."""
        self.quiet = True
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a path
            os.dup2(nowhere.fileno(), self.file.fileno())


def console(*, stderr: bool = False) -> Console:
    """A console for stdout or stderr that takes text as it is: no markup, no emoji, no guessed colours."""
    made = _Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal or made.width > 100:
        made.width = _WIDTH if not made.is_terminal else 100
    return made


class _Times(ProgressColumn):
    """How long a stage has taken, and, where its steps are counted, how long it may still take."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """Both, as minutes and seconds."""
        shown = _clock(task.elapsed or 0)
        if task.total and task.time_remaining is not None:
            shown += " · " + _("about {time} left").format(time=_clock(task.time_remaining))
        return Text(shown, "progress.elapsed")


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@contextmanager
def watching(before: Mapping[str, Callable[[], None]] | None = None) -> Iterator[Stages]:
    """Stages whose progress is shown on stderr where that is a terminal; ``before`` has what to do before some."""
    shown = console(stderr=True)
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        _Times(),
        console=shown,
        transient=True,
        disable=not shown.is_terminal,
    )
    with progress:
        task = progress.add_task("", total=None)

        def begin(stage: str) -> None:
            progress.reset(task, total=None, description=_(_STAGES[stage]))
            if before and stage in before:
                before[stage]()

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield Stages(begin, advance if shown.is_terminal else None)


@contextmanager
def watching_first_run() -> Iterator[Stages]:
    """Stages as ``watching`` has them; before visits are planned for the first time, what that needs is compiled."""

    def tell() -> None:
        text = _("first run on this computer: preparing the program; this takes 10 to 20 seconds, once")
        console(stderr=True).print(text)

    with compile_beside(tell) as wait, watching({"schedule": wait}) as stages:
        yield stages


@contextmanager
def busy(text: str) -> Iterator[None]:
    """Show that something of one stage is going on."""
    shown = console(stderr=True)
    if not shown.is_terminal:
        yield
        return
    with shown.status(Text(text)):
        yield


def show_error(text: str) -> None:
    """Say what went wrong, on stderr."""
    console(stderr=True).print(Text.assemble((_("Error: "), "bold red"), plain(text)))


def show_issues(issues: Sequence[Issue], *, stderr: bool = False, many: int = MANY) -> None:
    """The issues as a table, errors first, at most ``many`` of each code; advice once for rows that share it."""
    if not issues:
        return
    ordered = sorted(issues, key=lambda issue: (issue.severity != "error", issue.file, issue.code, issue.row or 0))
    shown, left = _at_most(ordered, many, lambda issue: issue.code)
    advice = [issue.advice() for issue in shown]
    table = table_of(_("File"), _("Row"), _("Column"), _("Value"), _("What is wrong → what to do"))
    for issue, what_to_do, following in zip(shown, advice, [*advice[1:], None], strict=True):
        style = "red" if issue.severity == "error" else "yellow"
        message = Text(plain(issue.message()), style)
        table.add_row(
            plain(issue.file),
            "" if issue.row is None else str(issue.row),
            plain(issue.column),
            plain(issue.value),
            message if what_to_do == following else message.append(f"\n→ {plain(what_to_do)}", "default"),
        )
    out = console(stderr=stderr)
    out.print(table)
    for code, count in left.items():
        out.print(_("… and {count} more of the kind {kind}").format(count=f"{count:,}", kind=code), style="dim")
    out.print(issue_count(issues))


def issue_count(issues: Iterable[Issue]) -> str:
    """How many errors and warnings there are, in words."""
    count = Counter(issue.severity for issue in issues)
    errors = ngettext("{count} error", "{count} errors", count["error"]).format(count=f"{count['error']:,}")
    warnings = ngettext("{count} warning", "{count} warnings", count["warning"]).format(count=f"{count['warning']:,}")
    return _("{errors}, {warnings}").format(errors=errors, warnings=warnings)


def show_violations(violations: Sequence[Violation], roster: Roster, *, stderr: bool = False) -> None:
    """Broken rules as a table, with the people by id and masked name, at most ``MANY`` of each rule."""
    people = People.of(roster)
    shown, left = _at_most(violations, MANY, lambda violation: violation.rule)
    elders = dict(zip(people.elder_id, people.elder_name, strict=True))
    volunteers = dict(zip(people.volunteer_id, people.volunteer_name, strict=True))
    table = table_of(_("Rule"), _("Elder"), _("Volunteer"), _("Date"), _("What is broken"))
    for row in shown:
        table.add_row(
            row.rule,
            plain(f"{row.elder_id} {elders.get(row.elder_id, '')}".strip()),
            plain(f"{row.volunteer_id} {volunteers.get(row.volunteer_id, '')}".strip()),
            "" if row.date is None else row.date.isoformat(),
            plain(row.message()),
        )
    out = console(stderr=stderr)
    out.print(table)
    for rule, count in left.items():
        out.print(_("… and {count} more of the kind {kind}").format(count=f"{count:,}", kind=rule), style="dim")


def reason_label(kind: str, code: str) -> str:
    """A reason's short name in the language in use: a code is English enough once its underscores are gone."""
    return column(kind, "reason").choice_label(code).replace("_", " ")


def plain(text: str) -> str:
    """Text without control characters: what a file holds must not steer the terminal."""
    return "".join(character if character.isprintable() else "·" for character in text)


def table_of(*headers: str) -> Table:
    """A table whose columns have these headers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _at_most(items: Sequence[T], many: int, key: Callable[[T], Hashable]) -> tuple[list[T], dict[Hashable, int]]:
    """The first ``many`` of each kind, and how many of each kind are left."""
    seen: Counter[Hashable] = Counter()
    shown = []
    for item in items:
        seen[key(item)] += 1
        if seen[key(item)] <= many:
            shown.append(item)
    return shown, {kind: count - many for kind, count in seen.items() if count > many}
