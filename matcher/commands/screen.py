"""What a person sees: results on stdout, progress and trouble on stderr; plain text where there is no terminal."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import Any, TypeVar

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.containers import Lines
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from matcher.columns import column
from matcher.commands.plain_text import make_plain
from matcher.compile_ahead import compile_beside
from matcher.compiling import is_kept
from matcher.errors import ScreenError, explain_write_error
from matcher.i18n import N_, _, ngettext
from matcher.messages import Issue
from matcher.outputs.tables import PeopleNames, ViolationLike
from matcher.roster.model import Roster
from matcher.run import Stages

T = TypeVar("T")
MANY = 50
"""Rows shown of each kind of trouble."""
_WIDTH = 80
"""Columns where there is no terminal."""
_NARROW = 14, 18, 22
"""Widest columns of rows, columns and values: what is wrong gets the rest of the screen."""
_ROWS, _VALUES = 6, 12
"""Rows and values listed of each fault."""
LOUD = frozenset(
    {
        "sheet_not_read",
        "previous_many_elders_missing",
        "previous_many_volunteers_missing",
        "previous_ids_unknown",
        "previous_names_few",
    }
)
"""Faults by which many people may be lost: told before all others."""
_LISTED = frozenset(
    {
        "column_unknown",
        "column_unknown_weighty",
        "previous_unknown_elder",
        "previous_unknown_volunteer",
        "acquainted_unknown",
        "pair_set_aside",
        "record_visit_unknown",
    }
)
"""Faults that one line tells of, with all values."""

_STAGES = {
    "read": N_("reading and checking the files"),
    "match": N_("matching"),
    "schedule": N_("planning visits and calls"),
    "write": N_("writing"),
    "verify": N_("verifying what was written"),
    "workbook": N_("writing the workbook"),
    "page": N_("writing the report page"),
}


class _Console(Console):
    """A console that falls silent when whoever reads it has gone, as ``head`` does."""

    def print(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - as Rich has it
        """Print as Rich does.

        Raises:
            ScreenError: the screen, or the file that it goes to, takes no more.
        """
        whole = [_Paragraph(one) if isinstance(one, Prose) else one for one in objects]
        try:
            super().print(*whole, **options)
        except BrokenPipeError:
            self.on_broken_pipe()
        except OSError as error:
            self.on_broken_pipe()
            text = _("what is said here can't be shown: {problem}")
            raise ScreenError(text.format(problem=_(explain_write_error(error)))) from error

    def on_broken_pipe(self) -> None:
        """Send what is still to come nowhere; the exit code stays the command's own."""
        self.quiet = True
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a path
            os.dup2(nowhere.fileno(), self.file.fileno())


def make_console(*, stderr: bool = False) -> Console:
    """Return a console for stdout or stderr that takes text as it is: no markup, no emoji, no guessed colours."""
    made = _Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal:
        made.width = _WIDTH
    return made


class Prose(Text):
    """Text whose lines may end between any two Chinese characters; Rich breaks at white space alone."""

    def wrap(self, _console: Console, width: int, **_options: object) -> Lines:  # type: ignore[override]
        """Return the lines."""
        lines = Lines()
        for line in self.split(allow_blank=True):
            parts = line.divide(list(_find_line_ends(line.plain, width)))
            for part in parts:
                part.rstrip()
            lines.extend(parts)
        return lines


class _Paragraph:
    """Prose that Rich prints as it is: a plain ``Text`` is joined with its neighbours, and its own lines are lost."""

    def __init__(self, prose: Prose) -> None:
        self.prose = prose

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines."""
        yield from self.prose.__rich_console__(console, options)


_UNIT = re.compile(
    r"[“‘（【《「(\[]*(?:[^\s\u2e80-\u9fff\uff00-\uffef]+?(?=[“‘（【《「(\[]|[\s\u2e80-\u9fff\uff00-\uffef]|$)|\S)[，。；：！？、）】》」”’…,.;:!?)\]%]*|\s+"
)
"""A word or a Chinese character, with the marks that stay with it; or white space."""


def _find_line_ends(text: str, width: int) -> Iterator[int]:
    """Yield where lines of a text end: before the first unit that has no room, within one that is wider than a line."""
    used = 0
    for found in _UNIT.finditer(text):
        size = cell_len(found[0])
        if used + size > width and used and not found[0].isspace():
            yield found.start()
            used = 0
        if size <= width:
            used += size
            continue
        for at, sign in enumerate(found[0], found.start()):
            if used + cell_len(sign) > width:
                yield at
                used = 0
            used += cell_len(sign)


class _Times(ProgressColumn):
    """How long a stage has taken, and, where its steps are counted, how long it may still take."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """Return both, as minutes and seconds."""
        shown = _format_clock(task.elapsed or 0)
        if task.total and task.time_remaining is not None:
            shown += " · " + _("about {time} left").format(time=_format_clock(task.time_remaining))
        return Text(shown, "progress.elapsed")


def _format_clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def make_progress(*first: ProgressColumn) -> Progress:
    """Return a bar on stderr, with ``first`` before its text; it is not shown where stderr is no terminal."""
    shown = make_console(stderr=True)
    return Progress(
        *first,
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        _Times(),
        console=shown,
        transient=True,
        disable=not shown.is_terminal,
    )


@contextmanager
def watch_stages(before: Mapping[str, Callable[[], None]] | None = None) -> Iterator[Stages]:
    """Yield stages whose progress is shown on stderr where that is a terminal; ``before`` is done before some."""
    progress = make_progress(SpinnerColumn())
    with progress:
        task = progress.add_task("", total=None)

        def begin(stage: str) -> None:
            progress.reset(task, total=None, description=_(_STAGES[stage]))
            if before and stage in before:
                before[stage]()

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield Stages(begin, None if progress.disable else advance)


@contextmanager
def watch_first_run() -> Iterator[Stages]:
    """Yield stages as ``watch_stages`` does; before the first plan of visits, what it needs is compiled."""

    def tell() -> None:
        text = _("first run on this computer: preparing the program; this takes 10 to 20 seconds, once")
        if not is_kept():
            text = _(
                "preparing the program takes 10 to 20 seconds here each time: it can keep nothing in the cache folder; "
                "name one that it may write to with NUMBA_CACHE_DIR"
            )
        make_console(stderr=True).print(text)

    with compile_beside(tell) as wait, watch_stages({"schedule": wait}) as stages:
        yield stages


@contextmanager
def show_busy(text: str) -> Iterator[None]:
    """Show that something of one stage is going on."""
    shown = make_console(stderr=True)
    if not shown.is_terminal:
        yield
        return
    with shown.status(Text(text)):
        yield


def show_error(text: str) -> None:
    """Say what went wrong, on stderr."""
    make_console(stderr=True).print(Prose.assemble((_("Error: "), "bold red"), make_plain(text)))


def show_note(text: str) -> None:
    """Say on stderr what a person should know and need do nothing about."""
    make_console(stderr=True).print(Prose(make_plain(text), "yellow"))


def show_issues(issues: Sequence[Issue], *, stderr: bool = False, many: int = MANY) -> None:
    """Print the issues, a table a file: errors first, one line for each fault, with all rows that have it.

    At most ``many`` lines of each kind of fault are shown.
    """
    if not issues:
        return
    groups = _group_issues(issues)
    shown, left = _take_most(groups, many, lambda group: group[0].code)
    out = make_console(stderr=stderr)
    for file, own in groupby(shown, lambda group: group[0].file):
        out.print(_make_issue_table(file, list(own)))
    for code, count in left.items():
        like = next(group[0] for group in groups if group[0].code == code)
        text = _("… and {count} more like: {message}").format(count=f"{count:,}", message=make_plain(like.message()))
        out.print(Text(text, "dim"))
    out.print(count_issues(issues))


def _group_issues(issues: Sequence[Issue]) -> list[list[Issue]]:
    """Return the issues that say the same of several rows together: by file, errors first, what is loud before all."""
    groups: dict[object, list[Issue]] = {}
    for issue in issues:
        named = () if issue.code in _LISTED else (issue.column, issue.value, issue.message())
        groups.setdefault((issue.file, issue.code, *named), []).append(issue)
    files = {file: at for at, file in enumerate(dict.fromkeys(issue.file for issue in issues))}
    rank = {"error": 1, "warning": 2}
    return sorted(
        groups.values(),
        key=lambda group: (
            files[group[0].file],
            0 if group[0].code in LOUD else rank[group[0].severity],
            group[0].code,
            group[0].row or 0,
        ),
    )


def _make_issue_table(file: str, groups: Sequence[Sequence[Issue]]) -> Table:
    """Return the issues of a file as a table; advice that lines share stands under the last of them."""
    table = make_table(_("Row"), _("Column"), _("Value"), _("What is wrong → what to do"))
    for place, width in zip(table.columns, _NARROW, strict=False):
        place.max_width = width
    if file:
        table.title, table.title_justify, table.title_style = Text(make_plain(file), "bold"), "left", ""
    merged = [_merge(group) for group in groups]
    advice = [issue.advice() for issue in merged]
    for group, issue, what_to_do, following in zip(groups, merged, advice, [*advice[1:], None], strict=True):
        style = "bold red" if issue.code in LOUD else "red" if issue.severity == "error" else "yellow"
        message = Prose(make_plain(issue.message()), style)
        table.add_row(
            _list_rows([one.row for one in group if one.row is not None]),
            make_plain(issue.column),
            make_plain(issue.value),
            message if what_to_do == following else message.append(f"\n→ {make_plain(what_to_do)}", "default"),
        )
    return table


def _merge(group: Sequence[Issue]) -> Issue:
    """Return one issue for several: of kinds whose values are listed, with all values or columns."""
    if group[0].code not in _LISTED or len(group) == 1:
        return group[0]
    columns = list(dict.fromkeys(issue.column for issue in group))
    values = list(dict.fromkeys(issue.value for issue in group))
    return replace(group[0], column=_shorten(columns), value=_shorten(values))


def _list_rows(rows: Sequence[int]) -> str:
    """Return rows as text: the first few, and how many there are of many."""
    if len(rows) <= _ROWS:
        return ", ".join(map(str, rows))
    return _("{rows} … ({count} rows)").format(rows=", ".join(map(str, rows[:_ROWS])), count=f"{len(rows):,}")


def _shorten(texts: Sequence[str]) -> str:
    shown = ", ".join(filter(None, texts[:_VALUES]))
    return shown if len(texts) <= _VALUES else _("{texts} … ({count})").format(texts=shown, count=f"{len(texts):,}")


def count_issues(issues: Iterable[Issue]) -> str:
    """Return how many errors and warnings there are, in words."""
    count = Counter(issue.severity for issue in issues)
    errors = ngettext("{count} error", "{count} errors", count["error"]).format(count=f"{count['error']:,}")
    warnings = ngettext("{count} warning", "{count} warnings", count["warning"]).format(count=f"{count['warning']:,}")
    return _("{errors}, {warnings}").format(errors=errors, warnings=warnings)


def show_violations(violations: Sequence[ViolationLike], roster: Roster, *, stderr: bool = False) -> None:
    """Print broken rules as a table, with the people by id and masked name, at most ``MANY`` of each rule."""
    people = PeopleNames.of(roster)
    shown, left = _take_most(violations, MANY, lambda violation: violation.rule)
    label = column("violations", "rule").choice_label
    elders = dict(zip(people.elder_id, people.elder_name, strict=True))
    volunteers = dict(zip(people.volunteer_id, people.volunteer_name, strict=True))
    table = make_table(_("Rule"), _("Elder"), _("Volunteer"), _("Date"), _("What is broken"))
    for row in shown:
        table.add_row(
            label(row.rule),
            make_plain(f"{row.elder_id} {elders.get(row.elder_id, '')}".strip()),
            make_plain(f"{row.volunteer_id} {volunteers.get(row.volunteer_id, '')}".strip()),
            "" if row.date is None else row.date.isoformat(),
            make_plain(row.message()),
        )
    out = make_console(stderr=stderr)
    out.print(table)
    for rule, count in left.items():
        out.print(
            _("… and {count} more of the kind {kind}").format(count=f"{count:,}", kind=label(str(rule))), style="dim"
        )


def label_reason(kind: str, code: str) -> str:
    """Return a reason's short name in the language in use: a code is English enough once its underscores are gone."""
    return column(kind, "reason").choice_label(code).replace("_", " ")


def show_next(step: str) -> None:
    """Show what to do next."""
    make_console().print(Text.assemble((_("Next") + "  ", "bold cyan"), step), soft_wrap=True)


def make_table(*headers: str) -> Table:
    """Return a table whose columns have these headers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _take_most(items: Sequence[T], many: int, key: Callable[[T], Hashable]) -> tuple[list[T], dict[Hashable, int]]:
    """Return the first ``many`` of each kind, and how many of each kind are left."""
    seen: Counter[Hashable] = Counter()
    shown = []
    for item in items:
        seen[key(item)] += 1
        if seen[key(item)] <= many:
            shown.append(item)
    return shown, {kind: count - many for kind, count in seen.items() if count > many}
