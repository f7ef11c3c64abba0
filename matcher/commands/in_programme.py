"""Defaults of commands in a programme folder: inputs, last month's run, and where to write.

An option that is given comes first; outside a programme folder there are no defaults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matcher.commands.dates import DAY, MONTH
from matcher.commands.translated import Command
from matcher.errors import UsageError
from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.programme_root import find_root

if TYPE_CHECKING:
    from matcher.programme import Programme

INPUTS = frozenset(
    {"elders", "elders_query", "volunteers", "volunteers_query", "pins", "never", "settings", "previous"}
)
"""Options that every command takes from the programme which reads rosters."""
PLANNED = INPUTS | {"previous_visits", "records", "pairs", "visits"}
"""Those of commands that read the month's plan too."""
WRITTEN = PLANNED | {"out"}
"""Those of commands that write the month's plan."""
PRINTED = INPUTS | {"run", "out"}
"""Those of ``handouts``."""
RECORDED = INPUTS | {"run", "records", "previous_records"}
"""Those of ``record``."""
_FILES = "sheets"
"""The argument that names files, before which the month may stand."""
_MONTH = "month"
"""The argument that names the month without ``--month``."""
_MID_MONTH = ("start", "elder_ids", "volunteer_ids", "fill", "surge", "calls_only", "volunteer_id")
"""Options by which a plan that stands is changed, not made anew."""

_OF_PLANS = frozenset({"handouts", "record", "schedule", "substitute", "verify"})
"""Commands about a month that is planned."""


class ProgrammeCommand(Command):
    """A command that takes options from the programme folder that it is called in.

    Attributes:
        inside: The names of these options.
    """

    inside: frozenset[str] = frozenset()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words, with the programme's files as defaults."""
        if not (ctx.resilient_parsing or set(ctx.help_option_names) & set(args)):
            args = self._take_month_before_files(ctx, args)
            words = self.make_parser(ctx).parse_args(args=list(args))[0]
            month = _find_month(ctx, words)
            ctx.default_map = {"horizon": month} if month and _MONTH in words else {}
            ctx.obj = _find_programme() if self.inside else None
            if ctx.obj is not None:
                given = {name for name in words if words[name]}
                if month is not None and self.name in _OF_PLANS and not given & {"run", "pairs"}:
                    _ask_for_plan(ctx.obj, write_month(month))
                defaults = find_defaults(ctx.obj, month, given) | self._find_own_defaults(ctx.obj, month)
                ctx.default_map |= {name: value for name, value in defaults.items() if name in self.inside}
        return super().parse_args(ctx, args)

    def _take_month_before_files(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Return the words with a month that stands before files as an option: ``record 2027-01 sheet.xlsx``."""
        words = self.make_parser(ctx).parse_args(args=list(args))[0]
        files = words.get(_FILES)
        if not isinstance(files, (tuple, list)) or not files or _is_word(words, "horizon") or Path(files[0]).exists():
            return args
        try:
            MONTH.convert(files[0], None, ctx)
        except click.BadParameter:
            return args
        at = args.index(files[0])
        return [*args[:at], f"--month={files[0]}", *args[at + 1 :]]

    def _find_own_defaults(self, programme: Programme, month: Horizon | None) -> dict[str, Any]:
        """Return defaults of options that mean something else in this command than in those that plan."""
        if month is None:
            return {}
        name = write_month(month)
        here, records = programme.month_folder(name), programme.records_file(name)
        earlier = tuple(
            path for last in programme.list_months() if last < name and (path := _find_records(programme, last))
        )
        own: dict[str, dict[str, Any]] = {
            "handouts": {"run": here, "out": programme.handouts_folder(name)},
            "record": {"run": here, "records": records, "previous_records": earlier},
        }
        return own.get(self.name or "", {})


class MonthArgument(click.Argument):
    """The month as a word of its own: ``old-partners run 2027-01``."""

    def __init__(self, declarations: Sequence[str], **attributes: Any) -> None:  # noqa: ANN401 - as click has it
        super().__init__(declarations, type=MONTH, required=False, expose_value=False, **attributes)

    def make_metavar(self, _ctx: click.Context) -> str:
        """Return how the usage shows it, in the language in use."""
        return f"[{_('YYYY-MM')}]"


def get_programme() -> Programme | None:
    """Return the programme in whose folder the command was called; None outside one."""
    ctx = click.get_current_context(silent=True)
    programme: Programme | None = ctx.obj if ctx else None
    return programme


def name_handouts_command(horizon: Horizon) -> str:
    """Return the command that writes the papers of a programme's month; empty outside a programme."""
    programme, month = get_programme(), write_month(horizon)
    if programme is None:
        return ""
    return f"old-partners handouts {month}{' --force' if programme.read_handed_out(month) else ''}"


def find_language() -> str:
    """Return the language of the programme in whose folder the program was called; empty outside one."""
    if find_root() is None:
        return ""
    from matcher.errors import InputError  # noqa: PLC0415 - loaded only inside a programme
    from matcher.programme import find_programme  # noqa: PLC0415

    try:
        programme = find_programme()
    except InputError:  # the command says what is wrong with it
        return ""
    return programme.language if programme else ""


def find_defaults(programme: Programme, month: Horizon | None, given: set[str]) -> dict[str, Any]:
    """Return the options that a programme gives to a command about a month, by their names.

    Args:
        programme: The programme.
        month: The month, None where the command is about none.
        given: Options that are given: a query belongs to its own roster.
    """
    found: dict[str, Any] = {"ledger": programme.ledger_url}
    for roster in ("elders", "volunteers"):
        if roster not in given:
            found[roster] = programme.find_sources(roster)
            found[f"{roster}_query"] = getattr(programme.files, f"{roster}_query")
    for part in ("pins", "never", "settings", "previous"):
        found[part] = programme.find_file(part)
    if month is not None:
        name = write_month(month)
        here, last = programme.month_folder(name), programme.find_last_month(name)
        found |= {"pairs": _find(here / "pairs.csv"), "visits": _find(here / "visits.csv"), "out": here}
        if last:
            folder = programme.month_folder(last)
            found |= {"previous": folder / "pairs.csv", "previous_visits": _find(folder / "visits.csv")}
            found["records"] = _find_records(programme, last) if found["previous_visits"] else None
    return {name: value for name, value in found.items() if value}


def make_parent(path: Path) -> None:
    """Make the folder above one of a programme: ``months``, ``handouts``, ``records``; others have to be there."""
    programme = get_programme()
    if programme is not None and path.parent.parent == programme.root:
        with suppress(OSError):  # whoever writes there says why it can't be
            path.parent.mkdir(mode=0o700, exist_ok=True)


def write_month(horizon: Horizon) -> str:
    """Return a month as folders are called: ``2027-01``."""
    return f"{horizon.start:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Replacement:
    """The way in which a month's plan is written over the one that stands.

    Attributes:
        force: Whether it may be replaced.
        in_place: Whether the one that stands is read for the new one.
        is_draft: Whether nobody was told of the one that stands.
        keep: Where the one that stands goes, as it was handed out; None: it goes for good.
        note: What to say of it; empty where there is nothing.
    """

    force: bool
    in_place: bool = False
    is_draft: bool = False
    keep: Path | None = None
    note: str = ""


def plan_replacement(given: Mapping[str, Any], horizon: Horizon) -> Replacement:
    """Return how a command writes over the month that stands.

    A plan that is changed in the course of its month is replaced without a word. One that is made anew needs
    ``--force``, and ``--handed-out`` once it was handed out.

    Raises:
        UsageError: the month was handed out, and is not to be replaced.
    """
    programme, force = get_programme(), bool(given["force"])
    if programme is None:
        return Replacement(force)
    month = write_month(horizon)
    folder, handed_out = programme.month_folder(month), programme.read_handed_out(month)
    if given["out"] != folder:
        return Replacement(force)
    if not (folder / "pairs.csv").is_file():
        make_parent(folder)
        return Replacement(force)
    changes = any(given.get(name) for name in _MID_MONTH)
    grows = "pairs" in given and not (folder / "visits.csv").is_file()  # the match's pairs get their contacts
    if handed_out is None:
        return Replacement(force or changes or grows, in_place=True, is_draft=not changes)
    if not changes and not given.get("handed_out"):
        text = _(
            "{month} was handed out on {day}: people go by it. To change it from a day on, use old-partners schedule "
            "{month} --from DATE or old-partners substitute. To plan it anew all the same, add --handed-out: the plan "
            "that was handed out is kept, and notices.csv says who is to be told"
        )
        raise UsageError(text.format(month=month, day=handed_out.day))
    if not handed_out.stands:
        return Replacement(force=True, in_place=True)
    keep = _name_kept(folder, handed_out.day)
    text = _("{month} was handed out on {day}; the plan that was handed out is kept in {path}")
    return Replacement(
        force=True, in_place=True, keep=keep, note=text.format(month=month, day=handed_out.day, path=keep)
    )


def note_gap(given: Mapping[str, Any], horizon: Horizon) -> str:
    """Return what to say where the month before has no plan and an earlier one is taken for it; empty else."""
    programme = get_programme()
    if programme is None:
        return ""
    month = write_month(horizon)
    last = programme.find_last_month(month)
    before = f"{(horizon.start.replace(day=1) - horizon.start.resolution):%Y-%m}"
    if last in {None, before} or given.get("previous") != programme.month_folder(str(last)) / "pairs.csv":
        return ""
    return _("months holds no plan of {before}: the pairs of {last} are taken for it").format(before=before, last=last)


def propose_month(programme: Programme, today: str) -> str:
    """Return the month that a command is most likely to be about.

    The month after the latest that was handed out, else the latest that has a plan, else the month to come.

    Args:
        programme: The programme.
        today: The month in which we are.
    """
    months = programme.list_months()
    if not months:
        return add_month(today)
    last = months[-1]
    return add_month(last) if programme.read_handed_out(last) else last


def add_month(month: str) -> str:
    """Return the month after one."""
    end = Horizon.of_month(month).end
    return f"{end + end.resolution:%Y-%m}"


def _find_programme() -> Programme | None:
    """Return the programme here; raise ``InputError`` for what is wrong with its file."""
    if find_root() is None:
        return None
    from matcher.programme import find_programme  # noqa: PLC0415 - loaded only inside a programme

    return find_programme()


def _find_month(ctx: click.Context, words: Mapping[str, Any]) -> Horizon | None:
    """Return the month that the words name, by itself, with ``--month``, or by the day of ``--from``.

    Raises:
        UsageError: two months are named.
    """
    options = {param.name: param for param in ctx.command.params}
    found = [
        MONTH.convert(words[name], options.get(name), ctx) for name in (_MONTH, "horizon") if _is_word(words, name)
    ]
    if len(set(found)) > 1:
        one, other = (write_month(horizon) for horizon in found)
        raise UsageError(_("which month is meant, {one} or {other}? Name one").format(one=one, other=other))
    if not found and _is_word(words, "first"):
        day = DAY.convert(words["first"], options["first"], ctx)
        return Horizon.of_month(f"{day:%Y-%m}")
    return found[0] if found else None


def _is_word(words: Mapping[str, Any], name: str) -> bool:
    return isinstance(words.get(name), str)


def _ask_for_plan(programme: Programme, month: str) -> None:
    """Raise ``UsageError`` where a programme has no plan of a month."""
    if not (programme.month_folder(month) / "pairs.csv").is_file():
        text = _("months holds no plan of {month}: old-partners run {month} makes one")
        raise UsageError(text.format(month=month))


def _find_records(programme: Programme, month: str) -> Path | None:
    return _find(programme.records_file(month))


def _find(path: Path) -> Path | None:
    return path if path.is_file() else None


def _name_kept(folder: Path, day: str) -> Path:
    """Return a name that is free for the plan that was handed out."""
    from matcher.programme import KEPT  # noqa: PLC0415 - loaded only inside a programme

    name = f"{folder.name}{KEPT}{day}"
    path, nth = folder.with_name(name), 2
    while path.exists():
        path, nth = folder.with_name(f"{name}-{nth}"), nth + 1
    return path
