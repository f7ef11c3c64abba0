"""The command line: one file a command; errors become exit codes here and nowhere else."""

from __future__ import annotations

import gc
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from io import StringIO, TextIOWrapper
from itertools import pairwise
from pathlib import Path

import click

from matcher.commands.in_programme import find_language, propose_month
from matcher.commands.say import say
from matcher.commands.short_memory import ShortMemoryError, refuse_short_memory
from matcher.commands.translated import Group, Option, make_universal_options
from matcher.errors import InputError, OldPartnersError, ScreenError, UsageError
from matcher.evidence import gather_evidence
from matcher.horizon import Horizon
from matcher.i18n import LANGUAGES, N_, _, join_words, locale_language, use_language
from matcher.programme_root import find_root
from matcher.publishing.leftovers import mend, mend_missing
from matcher.publishing.log import begin_log, list_mended, list_written
from matcher.publishing.signals import POLITE_STOPS

__all__ = ["cli", "main"]

INTERNAL, STOPPED = 1, 130
_FEW = 3
"""Names of files shown."""

COMMANDS = {
    "init": N_("make a folder for a programme, in which a month is one word"),
    "status": N_("say where the months stand, and the next command to type"),
    "run": N_("check, match, schedule, verify and write a month"),
    "many": N_("plan the month of many cities, here or on a cluster"),
    "check": N_("list every fault of the inputs"),
    "match": N_("match elders with volunteers"),
    "schedule": N_("plan visits and calls for given pairs"),
    "handouts": N_("write the month's papers for volunteers, leaders, elders and the coordinator"),
    "substitute": N_("hand over the contacts of a volunteer who is away or has left"),
    "record": N_("read what happened from the sheets that come back"),
    "why": N_("say why an elder has this volunteer, another or none, and what else it would take"),
    "suggest": N_("name volunteers for an elder who joins while the month runs"),
    "what-if": N_("match the month under other settings, or with people added or gone, side by side"),
    "compare": N_("set two runs side by side: people, pairs, costs, and what each change of the inputs does"),
    "recruit": N_("say where the next volunteers should live, or whom to train"),
    "verify": N_("list every rule that pairs and visits break"),
    "report": N_("write a month's figures, from the ledger of all months"),
    "forget": N_("delete a person from the ledger"),
    "locate": N_("fill in the coordinates that a roster lacks"),
    "sample": N_("make up rosters to try things with"),
    "template": N_("write empty rosters and a settings file"),
}
"""Names of the commands, in the order in which a month uses them, and what each does in a line.

A command is the function of that name in the file of that name, with ``_`` for ``-``. It is imported when it is asked
for: the help needs none of what a month needs.
"""


def _show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        say(f"old-partners {version('old-partners')}")
        ctx.exit()


class _LazyGroup(Group):
    """The group of all commands, each imported when it is asked for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Return a command, imported now; None where there is none of that name."""
        if name not in COMMANDS:
            return None
        module = name.replace("-", "_")
        with _end_at_interrupt(), _load_without_collecting(f"{__name__}.{module}"):
            command: click.Command = getattr(import_module(f"{__name__}.{module}"), module)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the words name, where there is memory for it; its help needs no solver."""
        refuse_short_memory("" if {*ctx.help_option_names} & {*args} else args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their lines, in the language in use."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(text)) for name, text in COMMANDS.items()])


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=N_(
        "Pairs volunteers with elders living alone, proves the plan optimal, plans the month's visits and calls, and "
        "verifies what it wrote."
    ),
)
@click.option(
    "--version",
    cls=Option,
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help=N_("show the version and stop"),
)
def cli() -> None:
    """Give the commands one name."""


cli.params += make_universal_options()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    0: done. 1: a fault of the program. 2: usage or input. 3: no plan possible. 4: a rule is broken. 5: the screen
    takes no more. 130: stopped.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    begin_log(_show_now)
    use_language(_find_asked_language(words) or find_language() or locale_language())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows ? for it
    try:
        with _stop_when_asked(), gather_evidence():
            return _invoke(words)
    except Exception as error:
        try:
            if "--debug" in words:
                _show_traceback(error)
            _tell(error)
        except ScreenError:
            pass  # nobody can be told: the exit code says it
        if isinstance(error, MemoryError | PermissionError):
            return 2  # as another limit of the computer: no fault of ours
        return error.exit_code if isinstance(error, OldPartnersError) else INTERNAL


def _invoke(words: list[str]) -> int:
    """Let click read the words and call the command."""
    _refuse_lost_folder()
    mend_missing(words)
    for folder in root.glob("*/") if (root := find_root()) else ():
        mend(folder)  # who only reads a month's files names no path
    try:
        return cli.main(words, prog_name="old-partners", standalone_mode=False) or 0
    except click.MissingParameter as error:
        _ask_for(error)
        return 2
    except click.ClickException as error:
        _show_misuse(error)
        return 2
    except (click.Abort, KeyboardInterrupt):
        from matcher.commands.screen import show_error  # noqa: PLC0415 - only trouble needs it

        written = list_written()
        text = _("stopped; written whole before that: {files}") if written else _("stopped; nothing was written")
        show_error(text.format(files=_name_few(written)))
        return STOPPED
    finally:
        _show_mended()


def _refuse_lost_folder() -> None:
    """Raise where the folder in which the command is given was deleted: what it loads looks for it."""
    try:
        Path.cwd()
    except FileNotFoundError as error:
        text = _("the folder in which this command is given is there no more: go to another, and give it again")
        raise UsageError(text) from error


def _show_misuse(error: click.ClickException) -> None:
    """Show what click says of words that it does not understand, without numbers of people among them."""
    from matcher.commands.plain_text import make_plain  # noqa: PLC0415 - only trouble needs it

    said = StringIO()
    error.show(said)
    say("\n".join(map(make_plain, said.getvalue().splitlines())), stderr=True)


def _show_traceback(error: Exception) -> None:
    """Show where the program failed; its words may be of a file, and must not steer the terminal."""
    from matcher.commands.plain_text import make_plain  # noqa: PLC0415 - only trouble needs it

    lines = "".join(traceback.format_exception(error)).split("\n")
    say("\n".join(map(make_plain, lines)), stderr=True)


def _ask_for(error: click.MissingParameter) -> None:
    """Say which option is missing and what it is for, with an example."""
    option, month = error.param, _propose_month()
    if month and error.ctx and not _is_month_named(error.ctx):  # the month is what all else is found by
        option = next((one for one in error.ctx.command.params if "--month" in one.opts), option)
    if not isinstance(option, Option):
        error.show()
        return
    from matcher.commands.screen import show_error  # noqa: PLC0415 - only trouble needs it

    name = max(option.opts, key=len)
    metavar = option.metavar
    sample = _EXAMPLES.get(name, _(metavar) if metavar else "…")
    meaning = option.help or name
    example = f"{name} {sample}"
    if name == "--month" and month and error.ctx:
        example = f"{error.ctx.command_path} {month}"
    text = _("{option} is missing: {meaning}. Add it, as in: {example}")
    show_error(text.format(option=name, meaning=_(meaning), example=example))


def _is_month_named(ctx: click.Context) -> bool:
    """Return whether a command's words name a month."""
    return any(isinstance(found.get("horizon"), Horizon) for found in (ctx.params, ctx.default_map or {}))


def _propose_month() -> str:
    """Return the month that a command is most likely to be about, in a programme folder; empty outside one."""
    from matcher.commands.options import get_today  # noqa: PLC0415 - only trouble needs it
    from matcher.programme import find_programme  # noqa: PLC0415

    programme = find_programme()
    return propose_month(programme, f"{get_today():%Y-%m}") if programme else ""


_EXAMPLES = {
    "--month": "2026-12",
    "--from": "2026-12-07",
    "--elders": "elders.xlsx",
    "--volunteers": "volunteers.xlsx",
    "--run": "plan",
    "--pairs": "pairs.csv",
    "--visits": "visits.csv",
    "--roster": "elders.xlsx",
    "--kind": "elders",
    "--out": "plan",
    "--volunteer": "ZY00001",
    "--records": "records/2026-12.csv",
}


def _tell(error: Exception) -> None:
    """Say what went wrong without a traceback."""
    if isinstance(error, ShortMemoryError):  # the screen needs libraries for which memory is too short
        say(str(error), stderr=True)
        return
    from matcher.commands.screen import (  # noqa: PLC0415 - only trouble needs it
        show_error,
        show_issues,
        show_note,
        show_violations,
    )
    from matcher.run import BrokenRulesError  # noqa: PLC0415

    written = list_written()
    match error:
        case InputError():
            show_issues(error.issues, stderr=True)
            show_error(_(error.closing))
        case BrokenRulesError():
            show_violations(error.verification.violations, error.roster, stderr=True)
            show_error(str(error))
        case OldPartnersError():
            show_error(str(error))
        case MemoryError():
            text = _("the computer has no more memory for this, or this process may take no more. Nothing was written")
            if written:
                text = _("the computer has no more memory for this, or this process may take no more")
            show_error(text)
        case PermissionError(filename=str(path)):
            text = _("{path} is in a folder that is not yours to open: ask its owner. Nothing was written")
            if written:
                text = _("{path} is in a folder that is not yours to open: ask its owner")
            show_error(text.format(path=_name_few([path])))
        case _:
            text = _("the program itself failed ({kind}), sorry. Nothing was written; --debug shows where it failed")
            if written:
                text = _("the program itself failed ({kind}), sorry; --debug shows where it failed")
            show_error(text.format(kind=type(error).__name__))
    if written:
        show_note(_("written whole before that: {files}").format(files=_name_few(written)))


def _name_few(paths: Sequence[str]) -> str:
    """Return names as they may be shown: the first few of many."""
    from matcher.commands.plain_text import make_plain  # noqa: PLC0415 - only trouble needs it

    shown = join_words(map(make_plain, paths[:_FEW]))
    return shown if len(paths) <= _FEW else f"{shown} …"


def _show_now(sentence: str) -> None:
    """Say what can't wait for the end of the command."""
    from matcher.commands.screen import show_note  # noqa: PLC0415 - rarely needed

    show_note(sentence)


def _show_mended() -> None:
    """Say what was put in order after runs that were cut off."""
    if mended := list_mended():
        from matcher.commands.screen import show_note  # noqa: PLC0415 - rarely needed

        for sentence in mended:
            show_note(sentence)


def _find_asked_language(words: Sequence[str]) -> str:
    """Return the language that ``--lang`` names, or empty; read before click, whose first words may be its help."""
    asked = [after for word, after in pairwise(words) if word == "--lang"]
    asked += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    return asked[-1] if asked and asked[-1] in LANGUAGES else ""


@contextmanager
def _end_at_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the program without a traceback while it loads, a second or more: there is nothing to clean up."""
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not listens or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def _load_without_collecting(module: str) -> Iterator[None]:
    """Load without the collector of garbage: what is loaded stays, and looking it through took an eighth of that."""
    if module in sys.modules:
        yield
        return
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


@contextmanager
def _stop_when_asked() -> Iterator[None]:
    """Let a polite kill, or the end of the terminal, end the program as Ctrl-C does: nothing half-made stays behind.

    What whoever started it ignores stays ignored, as under ``nohup``.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {stop: signal.getsignal(stop) for stop in POLITE_STOPS}
    heard = {stop: handler for stop, handler in before.items() if handler not in (None, signal.SIG_IGN)}
    for stop in heard:
        signal.signal(stop, signal.default_int_handler)
    try:
        yield
    finally:
        for stop, handler in heard.items():
            signal.signal(stop, handler)
