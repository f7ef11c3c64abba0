"""``locate``: fill in the coordinates that a roster lacks."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pandas as pd
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as Sheet

from matcher.columns import PLACE_QUALITY
from matcher.commands import options
from matcher.commands.homes import (
    fill_coordinates,
    find_declared_datum,
    find_homes,
    read_known,
    read_list,
    spell_queries,
)
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console, show_error, show_issues
from matcher.commands.translated import Number
from matcher.errors import InputError, UsageError
from matcher.geo.geocode import (
    CITIES,
    PROVIDERS,
    Access,
    Answer,
    AskingOutcome,
    Cache,
    City,
    Places,
    Provider,
    ask_all,
    fill,
)
from matcher.i18n import N_, _
from matcher.messages import Issue
from matcher.outputs.localised import write_csv
from matcher.publishing import WholeFile, refuse_file
from matcher.roster.read import read_table

STOPPED = 130
_NOT_NEEDED = frozenset({"ids_missing", "column_missing"})
"""Faults of a roster that do not stand in the way of its places."""
_LOST = frozenset({"cell_struck", "colours_decide", "remark_decides", "rows_hidden", "sheet_not_read"})
"""Issues of a workbook that can no longer be told of the copy."""
_STOPS = {
    "denied": N_("{provider} refuses the key"),
    "quota": N_("the quota of {provider} is used up"),
    "busy": N_("{provider} still answers that requests come too fast"),
    "unreachable": N_("{provider} does not answer, or not as documented"),
}


@options.command(
    "locate",
    text=N_(
        "Fill in the coordinates that a roster lacks: from a list of places of your own (--gazetteer), from "
        "neighbours, or from a provider of maps. A provider is sent addresses of buildings where people live alone, "
        "and nothing else: no name, no room; it is said what goes where, and asked, before anything is sent. Answers "
        "are kept in a cache, so that each building is asked for once."
    ),
)
@options.add_file_option("--roster", N_("roster to fill in"), required=True)
@options.option("--kind", type=click.Choice(["elders", "volunteers"]), required=True, help=N_("whose roster it is"))
@options.option(
    "--provider",
    "provider_name",
    type=click.Choice(["gazetteer", *PROVIDERS]),
    default="gazetteer",
    show_default=True,
    help=N_("source of coordinates; gazetteer works offline"),
)
@options.add_file_option("--gazetteer", N_("list of places: CSV of kind, place, district, lng, lat, datum"))
@options.option(
    "--cache",
    type=click.Path(path_type=Path),
    default=Path("places.sqlite"),
    show_default=True,
    metavar=N_("FILE"),
    help=N_("where a provider's answers are kept"),
)
@options.option("--city", default="上海市", show_default=True, metavar=N_("CITY"), help=N_("the city of all addresses"))
@options.option(
    "--box", metavar=N_("W,S,E,N"), help=N_("the city's box in degrees of WGS-84, for cities that the program lacks")
)
@options.option("--server", default="", metavar=N_("ADDRESS"), help=N_("a server of your own, as https://host"))
@options.add_file_option("--key-file", N_("file that holds the provider's key; else OLD_PARTNERS_<PROVIDER>_KEY does"))
@options.option("--per-second", type=Number(0.01, 100), help=N_("requests a second; else as is usual"))
@options.option("--yes", is_flag=True, help=N_("send without asking"))
@options.option("--out", type=click.Path(path_type=Path), required=True, metavar=N_("FILE"), help=N_("CSV to write"))
@options.add_settings
@options.add_force
def locate(roster: Path, kind: str, out: Path, force: bool, **given: Any) -> int | None:  # noqa: ANN401 - as click gives them
    """Fill in a roster's coordinates."""
    read = [roster, *(given[name] for name in ("settings", "gazetteer", "key_file", "cache") if given[name])]
    refuse_file(out, force=force, inputs=read, endings=(".csv",))
    settings = options.make_settings(given)
    table = read_table(roster, kind, settings.conventions())
    _tell_what_a_copy_loses(table.issues)
    datum = find_declared_datum(table, settings)
    known = read_known(table)
    homes = find_homes(known, datum or "wgs84", given["city"])
    where = _find_city(given["city"], given["box"])
    listed = read_list(given["gazetteer"])
    if given["provider_name"] == "gazetteer":
        places, outcome = fill(homes, {}, listed), None
    else:
        provider = PROVIDERS[given["provider_name"]]
        access = Access(_read_key(provider, given["key_file"]), given["server"])
        spelt = spell_queries(known, homes, where)
        queries = {key: query for key, query in spelt.items() if not listed("building", key)}
        outcome = _ask(provider, access, queries, where, given["cache"], given["per_second"] or 0, given["yes"])
        if outcome is None:
            return STOPPED
        places = fill(homes, _take_usable(queries, outcome, where), listed)
    _write(out, fill_coordinates(table, kind, homes, places, datum))
    _show(places, outcome, where, out)
    if outcome is None and given["gazetteer"] is None and "none" in places.quality:
        text = _("No list of places was given, and no provider: give --gazetteer FILE, or --provider amap with a key")
        make_console().print(text, soft_wrap=True)
    return None


def _tell_what_a_copy_loses(issues: Sequence[Issue]) -> None:
    """Show what stands beside the cells and no CSV holds: colours, notes, rows that are hidden.

    Raises:
        InputError: by lines or headings it is open whether somebody belongs to the roster, or a cell can't be read.
    """
    errors = [issue for issue in issues if issue.severity == "error" and issue.code not in _NOT_NEEDED]
    if errors:
        raise InputError(errors)
    show_issues([issue for issue in issues if issue.code in _LOST])


def _find_city(name: str, box: str | None) -> City:
    if box:
        try:
            west, south, east, north = (float(edge) for edge in box.split(","))
        except ValueError as error:
            raise UsageError(_("--box takes four numbers, as in 120.85,30.66,122.25,31.88")) from error
        return City(name, west, south, east, north)
    if name not in CITIES:
        known = ", ".join(CITIES)
        raise UsageError(
            _("the box of {city} is not known; give it with --box (known: {known})").format(city=name, known=known)
        )
    return CITIES[name]


def _read_key(provider: Provider, key_file: Path | None) -> str:
    """Return the provider's key; from a file or the environment, never from the command line, which others can see."""
    if key_file is None:
        return os.environ.get(provider.variable, "").strip()
    try:
        return key_file.read_text("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(_("the key file {path} can't be read").format(path=key_file)) from error


def _ask(
    provider: Provider,
    access: Access,
    queries: Mapping[str, str],
    city: City,
    cache_path: Path,
    per_second: float,
    yes: bool,
) -> AskingOutcome | None:
    """Say what is sent to whom, ask for leave, and send it; None where Ctrl-C ended it.

    Raises:
        UsageError: the provider refused, or its quota is used up; the cache has what was answered.
    """
    source = provider.source(access)
    with Cache(cache_path) as cache:
        new = len(set(queries.values()) - set(cache.known(source, queries.values())))
        if new:
            _ask_leave(provider, access, sorted(queries.values()), new, yes)
        try:
            with _show_bar() as progress:
                outcome = ask_all(
                    queries.values(), provider, access, city, cache, per_second=per_second, progress=progress
                )
        except KeyboardInterrupt:
            text = _("stopped; the answers so far are kept in {cache}, and the same command goes on from there")
            show_error(text.format(cache=cache_path))
            return None
    if outcome.stopped:
        why = _(_STOPS[outcome.stopped]).format(provider=provider.name)
        text = _("{why}; {left} buildings are left. The answers so far are kept in {cache}; run the same command again")
        left = len(set(queries.values())) - len(outcome.answers)
        raise UsageError(text.format(why=why, left=f"{left:,}", cache=cache_path))
    return outcome


def _ask_leave(provider: Provider, access: Access, queries: Sequence[str], new: int, yes: bool) -> None:
    shown = make_console(stderr=True)
    text = _("{count} addresses of buildings, without names and rooms, go to {owner} ({server}), for example:")
    server = access.domain() or provider.server
    shown.print(text.format(count=f"{new:,}", owner=_(provider.owner), server=make_plain(server)), soft_wrap=True)
    for query in queries[:3]:
        shown.print(f"  {make_plain(query)}", soft_wrap=True)
    if not yes:
        click.confirm(_("Send them?"), abort=True, err=True)


@contextmanager
def _show_bar() -> Iterator[Callable[[int, int], None]]:
    shown = make_console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as progress:
        task = progress.add_task(_("buildings"), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _take_usable(queries: Mapping[str, str], outcome: AskingOutcome, city: City) -> dict[str, Answer]:
    """Return the answers by building, without those that are too coarse or elsewhere."""
    answers = {key: outcome.answers[query] for key, query in queries.items() if query in outcome.answers}
    return {key: answer for key, answer in answers.items() if answer.verdict(city) == "found"}


def _write(path: Path, frame: pd.DataFrame) -> None:
    """Write the copy, which holds rooms and telephone numbers: only its owner may read it."""
    with WholeFile(path, private=True) as file:
        write_csv(file.path, frame)
        file.publish()


def _show(places: Places, outcome: AskingOutcome | None, city: City, out: Path) -> None:
    """Say how many places are how good, and what the provider's answers came to."""
    shown = make_console()
    counts: Counter[str] = Counter(places.quality)
    sheet = Sheet.grid(padding=(0, 2))
    for choice in PLACE_QUALITY.choices:
        sheet.add_row(PLACE_QUALITY.choice_label(choice.code), f"{counts[choice.code]:,}")
    shown.print(sheet)
    if outcome is not None:
        verdicts = Counter(answer.verdict(city) for answer in outcome.answers.values())
        text = _(
            "{asked} buildings asked for, {cached} known from the cache: {found} found, {not_found} not found, "
            "{imprecise} too coarse, {wrong_city} outside {city}, {failed} without an answer"
        )
        numbers = {name: verdicts[name] for name in ("found", "not_found", "imprecise", "wrong_city")}
        numbers |= {"asked": outcome.asked, "cached": outcome.from_cache, "failed": len(outcome.failed)}
        shown.print(text.format(city=city.name, **numbers))
    shown.print(_("written: {path}").format(path=make_plain(str(out))), soft_wrap=True)
