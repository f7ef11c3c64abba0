"""Options that commands share, as decorators."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

import click

from matcher.commands.dates import DAY, MONTH, SPAN
from matcher.commands.in_programme import (
    MonthArgument,
    ProgrammeCommand,
    get_programme,
    note_gap,
    plan_replacement,
)
from matcher.commands.screen import make_console
from matcher.commands.translated import Argument, Number, Option, WholeNumber, make_universal_options
from matcher.database import is_database
from matcher.errors import UsageError
from matcher.horizon import Horizon
from matcher.i18n import N_, _
from matcher.roster.query import Query
from matcher.roster.source import Source, parse_source
from matcher.run import Inputs, PageRequest, PeopleIds, RunRequest
from matcher.settings import Settings, load
from matcher.settings.month import is_within
from matcher.settings.roster import FilesSettings

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)


option = partial(click.option, cls=Option)
"""``click.option`` with a help that is translated when shown."""


argument = partial(click.argument, cls=Argument)
"""``click.argument`` with a metavar that is translated when shown."""


def add_file_option(name: str, text: str, *, required: bool = False) -> Callable[[F], F]:
    """Add an option that names a file to read."""
    return option(name, type=FILE, metavar=N_("FILE"), required=required, help=text)


def command(
    name: str, *, text: str, inside: frozenset[str] = frozenset()
) -> Callable[[Callable[..., int | None]], click.Command]:
    """Make a function a command; it returns the exit code, None for 0.

    Args:
        name: What the command is called.
        text: What it does, marked with ``N_``.
        inside: Options that it takes from the programme folder in which it is called, where they are not given.
    """

    def decorate(function: Callable[..., int | None]) -> click.Command:
        made = click.command(name, cls=ProgrammeCommand, help=text)(function)
        made.inside = inside
        made.params += make_universal_options()
        return made

    return decorate


def add_rosters(function: F) -> F:
    """Add ``--elders`` and ``--volunteers``, each with its query."""
    return _add_rosters(function, required=True)


def add_rosters_if_known(function: F) -> F:
    """Add the same, for commands that can do without."""
    return _add_rosters(function, required=False)


def _add_rosters(function: F, *, required: bool) -> F:
    elders = _roster_option(
        "--elders",
        N_(
            "roster of elders: a CSV, Excel or Parquet file, book.xlsx#Sheet (book.xlsx#* for all sheets), a folder "
            "with a file a committee, or a database with --elders-query; may be given several times"
        ),
        required=required,
    )
    text = N_("roster of volunteers; same formats as --elders")
    volunteers = _roster_option("--volunteers", text, required=required)
    return elders(_query_option("elders")(volunteers(_query_option("volunteers")(function))))


def _roster_option(name: str, text: str, *, required: bool) -> Callable[[F], F]:
    return option(name, multiple=True, required=required, metavar=N_("ROSTER"), help=text)


def _query_option(roster: str) -> Callable[[F], F]:
    text = N_("what to ask the database: one SELECT whose columns are named as a roster's headers")
    return option(f"--{roster}-query", metavar="SQL", help=text)


def add_fixed_pairs(function: F) -> F:
    """Add ``--previous``, ``--pins`` and ``--never``."""
    previous = add_file_option("--previous", N_("last month's pairs, worth keeping"))
    pins = add_file_option("--pins", N_("required pairs"))
    never = add_file_option("--never", N_("forbidden pairs"))
    return previous(pins(never(function)))


def add_edits(function: F) -> F:
    """Add ``--edits``."""
    text = N_(
        "a plan.xlsx whose yellow columns people filled in, or a folder of such; may be given several times; edits.csv "
        "answers every edit"
    )
    return option("--edits", type=FILE, multiple=True, metavar=N_("WORKBOOK"), help=text)(function)


def add_settings(function: F) -> F:
    """Add ``--settings`` and ``--set``."""
    file = add_file_option("--settings", N_("settings file; old-partners template writes one"))
    single = option(
        "--set",
        "overrides",
        multiple=True,
        metavar=N_("SECTION.KEY=VALUE"),
        help=N_("one setting, over the file's; may be given several times"),
    )
    encoding = option(
        "--encoding",
        type=click.Choice([name for name in get_args(FilesSettings.model_fields["encoding"].annotation) if name]),
        help=N_("encoding of text files that are not UTF-8, where the program asks for it"),
    )
    return file(single(encoding(function)))


def add_month(
    *,
    required: bool = True,
    default: str | None = None,
    text: str = N_("the month to plan, as 2026-12"),
    as_word: bool = True,
) -> Callable[[F], F]:
    """Add ``--month``, and the month as a word of its own where the command needs one and takes no other words."""
    shown = partial(
        option,
        "--month",
        "horizon",
        type=MONTH,
        metavar=N_("YYYY-MM"),
        help=text,
    )
    if default is None:  # a default of None would count as one, and nothing be missing

        def decorate(function: F) -> F:
            function = shown(required=required)(function)
            return click.argument("month", cls=MonthArgument)(function) if as_word else function

        return decorate
    return shown(default=default, show_default=True)


def add_earlier_visits(function: F) -> F:
    """Add ``--previous-visits``, ``--records`` and ``--visits``: contacts of earlier runs."""
    previous = add_file_option("--previous-visits", N_("last month's visits: days without a contact count on"))
    standing = add_file_option(
        "--visits",
        N_("this month's visits of an earlier run: unchanged ones keep their ids, changed ones go to calendars anew"),
    )
    return previous(add_records(standing(function)))


def add_records(function: F) -> F:
    """Add ``--records``."""
    text = N_("what happened last month, as record wrote it: counts in place of what --previous-visits planned")
    return add_file_option("--records", text)(function)


def add_surge(function: F) -> F:
    """Add ``--surge``, ``--surge-kind``, ``--surge-contacts``, ``--calls-only``: over the section ``surge``."""
    surge = option(
        "--surge",
        type=SPAN,
        metavar=N_("DATE:DATE"),
        help=N_("dates of a heat or cold wave: calls are added, visits keep to the hours allowed; see supplement.csv"),
    )
    contacts = option(
        "--surge-contacts",
        type=WholeNumber(1, 7),
        metavar=N_("N"),
        help=N_("contacts a week on these dates; 7, one a day, unless the settings say otherwise"),
    )
    kind = option(
        "--surge-kind",
        type=click.Choice(["heat", "cold"]),
        help=N_("heat: no visit touches the hot hours; cold: visits lie in the warm hours"),
    )
    calls = option(
        "--calls-only",
        type=SPAN,
        is_flag=False,
        flag_value="all",
        metavar=N_("[DATE:DATE]"),
        help=N_("visits become calls, on these dates or all month; see supplement.csv"),
    )
    return surge(kind(contacts(calls(function))))


def add_calendars(function: F) -> F:
    """Add ``--calendars``."""
    text = N_("write the folder calendars too: an iCalendar file a volunteer, for phones and Outlook")
    return option("--calendars", is_flag=True, help=text)(function)


def add_pages(function: F) -> F:
    """Add ``--no-page``, ``--homes``, ``--public``, ``--geojson``: pages and layers beside the tables."""
    page = option("--no-page", is_flag=True, help=N_("leave out report.html, the page with the map"))
    homes = option(
        "--homes",
        type=click.Choice(["squares", "exact"]),
        default="squares",
        show_default=True,
        help=N_("where the page shows people: in squares that several elders share, or at their homes"),
    )
    public = option(
        "--public",
        is_flag=True,
        help=N_("write public.html too: counts by committee for everybody, none so small that it points at somebody"),
    )
    layers = option("--geojson", is_flag=True, help=N_("write the folder layers too: the page's map for QGIS"))
    return page(homes(public(layers(function))))


def add_handouts(function: F) -> F:
    """Add ``--handouts``: papers with full particulars, in a folder of their own."""
    text = N_(
        "write the hand-outs too, with full particulars, into this folder; without a name into one beside --out. "
        "With --names masked they are masked too"
    )
    return option("--handouts", type=FILE, is_flag=False, flag_value=Path(), metavar=N_("[FOLDER]"), help=text)(
        function
    )


def add_time_limit(function: F) -> F:
    """``--time-limit``: over the setting ``capacity.time_limit_s``."""
    return option(
        "--time-limit",
        type=Number(0),
        metavar=N_("SECONDS"),
        help=N_(
            "with capacity in units or minutes: when to stop and take the best plan so far, with its gap; 0: only when "
            "it is proved; Ctrl-C does the same"
        ),
    )(function)


def add_past(function: F) -> F:
    """Add ``--past``."""
    return option("--past", is_flag=True, help=N_("plan a month although it is over"))(function)


def add_from(function: F) -> F:
    """Add ``--from``."""
    text = N_("plan anew from this day on; what --visits holds before it stands")
    return option("--from", "start", type=DAY, metavar=N_("DATE"), help=text)(function)


def add_only(function: F) -> F:
    """Add ``--elder`` and ``--volunteer``: people whose contacts alone are planned anew."""
    elder = option(
        "--elder",
        "elder_ids",
        multiple=True,
        metavar=N_("ID"),
        help=N_("plan only this elder's contacts anew, all others stand; may be given several times"),
    )
    volunteer = option(
        "--volunteer",
        "volunteer_ids",
        multiple=True,
        metavar=N_("ID"),
        help=N_("plan only the contacts of this volunteer's pairs anew, all others stand"),
    )
    return elder(volunteer(function))


def add_set_aside(function: F) -> F:
    """``--set-aside``."""
    return option("--set-aside", is_flag=True, help=N_("skip rows with errors and continue; they are listed"))(function)


def add_names(function: F) -> F:
    """Add ``--names``."""
    return option(
        "--names",
        type=click.Choice(["masked", "full"]),
        default="masked",
        show_default=True,
        help=N_("names beside the ids: the surname only, or in full"),
    )(function)


def add_out(*, required: bool = True) -> Callable[[F], F]:
    """Add ``--out`` for a folder, and ``--force``."""

    def decorate(function: F) -> F:
        out = option("--out", type=FILE, required=required, metavar=N_("FOLDER"), help=N_("the folder to write"))
        return out(add_force(function))

    return decorate


def add_handed_out(function: F) -> F:
    """Add ``--handed-out``."""
    text = N_("in a programme folder: replace a month's plan although it was handed out; that plan is kept")
    return option("--handed-out", is_flag=True, help=text)(function)


def add_run(function: F) -> F:
    """Add ``--run``: the folder of a run that is there."""
    text = N_("the folder of the run; in a programme folder the month's is found by itself")
    return option("--run", type=FILE, metavar=N_("FOLDER"), help=text)(function)


def add_ledger(function: F) -> F:
    """Add ``--ledger``."""
    text = N_("the ledger of all months: a file, or postgresql+psycopg://user@host/name; inside a programme its own")
    return option("--ledger", metavar=N_("LEDGER"), help=text)(function)


def make_ledger_url(ledger: str) -> str:
    """Return the address of a ledger's database, which is given as a file or an address."""
    return ledger if is_database(ledger) else f"sqlite:///{Path(os.path.realpath(ledger)).as_posix()}"


def add_force(function: F) -> F:
    """Add ``--force``."""
    return option("--force", is_flag=True, help=N_("replace what is there"))(function)


_SURGE = {"surge": "days", "surge_kind": "kind", "surge_contacts": "contacts_per_week", "calls_only": "calls_only"}


def make_settings(given: Mapping[str, Any]) -> Settings:
    """Return the settings that ``--settings``, ``--set`` and options of their own ask for."""
    own = [f"surge.{key}={given[name]}" for name, key in _SURGE.items() if given.get(name)]
    if given.get("encoding"):
        own.append(f'files.encoding="{given["encoding"]}"')
    if given.get("time_limit") is not None:
        own.append(f"capacity.time_limit_s={given['time_limit']}")
    return load(given["settings"], [*_list_programme_settings(), *given["overrides"], *own])


def _list_programme_settings() -> list[str]:
    """Return the settings that the programme's own file holds."""
    programme = get_programme()
    holidays = programme.find_file("holidays") if programme else None
    return [f"schedule.holidays_file='{holidays}'"] if holidays else []


def make_inputs(given: Mapping[str, Any]) -> Inputs:
    """Return what is to be read, among a command's options.

    Raises:
        UsageError: a database without a query, or a query without a database.
    """
    parts = {part.name: given[part.name] for part in fields(Inputs) if part.name in given}
    for roster in ("elders", "volunteers"):
        parts[roster] = _make_sources(roster, given[roster], given[f"{roster}_query"])
    if "edits" in parts:
        parts["edits"] = tuple(parts["edits"]) or None
    return Inputs(**parts)


def _make_sources(roster: str, texts: Sequence[str], sql: str | None) -> tuple[Source, ...]:
    databases = [text for text in texts if is_database(text)]
    if databases and not sql:
        raise UsageError(_("say with --{roster}-query what to ask the database").format(roster=roster))
    if sql and not databases:
        text = _("--{roster}-query needs a database: --{roster} postgresql+psycopg://user@host/name")
        raise UsageError(text.format(roster=roster))
    return tuple(Query(text, sql or "") if is_database(text) else parse_source(text) for text in texts)


def make_request(given: Mapping[str, Any]) -> RunRequest:
    """Return all that ``run``, ``match`` and ``schedule`` are asked for.

    Raises:
        UsageError: the month is over, or planned anew from a day outside it or without the visits before it; or a surge
            comes on none of its dates, or for some people only.
    """
    horizon, start = given["horizon"], given.get("start")
    refuse_past(given)
    if start is not None:
        if not horizon.start <= start <= horizon.end:
            raise UsageError(_("{day} is not in {month:%Y-%m}").format(day=start, month=horizon.start))
        if not given.get("visits"):
            raise UsageError(
                _("--from needs --visits: this month's schedule, which stands before {day}").format(day=start)
            )
    only = PeopleIds(tuple(given.get("elder_ids") or ()), tuple(given.get("volunteer_ids") or ()))
    if only and not given.get("visits"):
        raise UsageError(_("--elder and --volunteer need --visits: this month's schedule, of which all else stands"))
    if only and (given.get("surge") or given.get("calls_only")):
        # surges.csv, by which later commands and verify go, tells of days and of nobody's name
        text = _(
            "a surge is for everybody: leave out --elder and --volunteer; for one elder alone, enter in the roster how"
            " often, and plan anew with --from and --elder"
        )
        raise UsageError(text)
    settings = make_settings(given)
    _refuse_other_months(given, settings, horizon)
    replacement = plan_replacement(given, horizon)
    for note in filter(None, (note_gap(given, horizon), replacement.note)):
        make_console(stderr=True).print(note, soft_wrap=True)
    return RunRequest(
        inputs=make_inputs(given),
        horizon=horizon,
        out=given["out"],
        settings=settings,
        names=given["names"],
        set_aside=given["set_aside"],
        force=replacement.force,
        in_place=replacement.in_place,
        is_draft=replacement.is_draft,
        programme=get_programme(),
        keep=replacement.keep,
        start=start,
        only=only,
        fill=given.get("fill", False),
        calendars=given.get("calendars", False),
        page=PageRequest(
            not given.get("no_page"),
            given.get("public", False),
            given.get("geojson", False),
            given.get("homes", "squares"),
        ),
    )


def refuse_past(given: Mapping[str, Any]) -> None:
    """Raise ``UsageError`` where the month is over, and nobody says that it is meant all the same."""
    horizon = given["horizon"]
    if horizon.end < get_today() and not given.get("past"):
        raise UsageError(_("{month:%Y-%m} is over; name a month to come, or give --past").format(month=horizon.start))


def _refuse_other_months(given: Mapping[str, Any], settings: Settings, horizon: Horizon) -> None:
    """Raise ``UsageError`` where a surge is asked for that would come on none of the month's dates."""
    spans = {"surge": settings.surge.days, "calls_only": settings.surge.calls_only}
    for name, span in spans.items():
        if given.get(name) and not any(is_within(day, span) for day in horizon.dates()):
            text = _("{option} {days}: none of these dates is in {month:%Y-%m}")
            option_name = f"--{name.replace('_', '-')}"
            raise UsageError(text.format(option=option_name, days=span, month=horizon.start))
    for name in ("surge_contacts", "surge_kind"):
        if given.get(name) and not settings.surge.days:
            option_name = f"--{name.replace('_', '-')}"
            raise UsageError(_("say with --surge on which dates {option} counts").format(option=option_name))


def get_today() -> date:
    """Return the date in China."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()
