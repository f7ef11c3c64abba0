"""``compare``: two runs side by side, and what each change of what they were made from does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from matcher.analysis.compare import KINDS, Comparison
from matcher.commands import options
from matcher.commands.in_programme import get_programme
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import Prose, make_console, make_table, show_busy
from matcher.errors import UsageError
from matcher.i18n import N_, _
from matcher.publishing import refuse_file
from matcher.run.compare import Attribution, ComparedRuns, InputDifference, compare_runs
from matcher.run.comparison_workbook import (
    count_people,
    order_terms,
    title_figure,
    title_kind,
    title_part,
    title_step,
    title_term,
    write_comparison,
)

_ALWAYS = ("served", "unmatched", "total_m")
_MOST_AREAS, _MOST_INPUTS = 20, 20
_SUFFIXES = (".xlsx", ".csv")
_SHOWN = 40
"""Letters of a setting that are shown."""


@options.command(
    "compare",
    inside=frozenset({"runs"}),
    text=N_(
        "Set two runs side by side: people who joined, left or changed, pairs kept and moved, figures, costs term by "
        "term, areas, and what the runs were made from. With --inputs the plans in between are solved, and what each "
        "change does is told: the rosters, the month and its lists, the settings. In a programme folder a run may be "
        "named by its month."
    ),
)
@options.argument("runs", nargs=2, type=options.FILE, metavar=N_("RUN RUN"))
@options.option(
    "--inputs",
    type=options.FILE,
    multiple=True,
    metavar=N_("FOLDER"),
    help=N_(
        "a folder with the files that the runs were made from, found there by their SHA-256 whatever they are called; "
        "may be given several times"
    ),
)
@options.option(
    "--out",
    type=options.FILE,
    metavar=N_("FILE"),
    help=N_("a workbook (.xlsx) to write all of it to, or a CSV file for the pairs that differ"),
)
@options.add_force
def compare(runs: tuple[Path, Path], inputs: Sequence[Path], out: Path | None, force: bool) -> None:
    """Answer, on the screen and in a file."""
    if out is not None and out.suffix.lower() not in _SUFFIXES:
        raise UsageError(_("{path}: name the file with .xlsx or .csv").format(path=out))
    first, second = (_find_run(run) for run in runs)
    with show_busy(_("comparing")):
        compared = compare_runs(first, second, inputs)
    if out is not None:
        refuse_file(out, force=force, inputs=compared.files)
    for note in compared.notes:
        make_console(stderr=True).print(Prose(make_plain(note)), style="yellow")
    _show(compared)
    if out is not None:
        write_comparison(out, compared)
        make_console().print(_("all of it is in {path}").format(path=make_plain(str(out))), soft_wrap=True)


def _find_run(run: Path) -> Path:
    """Return a run folder, which in a programme folder may be named by its month."""
    programme = get_programme()
    return programme.month_folder(run.name) if programme and not run.exists() and run.name == str(run) else run


def _show(compared: ComparedRuns) -> None:
    """Show all of it."""
    screen, one = make_console(), compared.comparison
    screen.print(Text(_("Made from"), "bold"))
    _show_inputs(compared.inputs)
    screen.print(Text(_("People"), "bold"))
    unsaid = _("not known of all: a table that names them is missing") if one.in_part else _("the same")
    for side, counts in count_people(compared):
        told = [_("{count} {what}").format(count=f"{count:,}", what=what) for what, count in counts.items() if count]
        line = _("{what}: {counts}").format(what=side, counts=_(", ").join(told) or unsaid)
        screen.print(f"  {line}")
    if not one.knows_changed:
        text = _("Who changed is not known: the tables hold ids alone. --inputs with both rosters tells it.")
        screen.print(Prose(text), style="dim")
    screen.print(Text(_("Pairs"), "bold"))
    told = [_("{count} {what}").format(count=f"{one.pairs[kind]:,}", what=title_kind(kind)) for kind in KINDS]
    screen.print(f"  {' · '.join(told)}")
    _show_figures(compared)
    _show_costs(one)
    _show_areas(one)


def _show_inputs(inputs: Sequence[InputDifference]) -> None:
    """Show what the runs were made from that is not the same."""
    screen = make_console()
    if not inputs:
        screen.print("  " + _("the same"))
    for one in inputs[:_MOST_INPUTS]:
        before, after = (_shorten(text) or _("none") for text in (one.a, one.b))
        text = _("{what}: another file, {after}") if before == after else _("{what}: {before} → {after}")
        line = text.format(what=title_part(one), before=before, after=after)
        screen.print(Prose(f"  {make_plain(line)}"))
    if len(inputs) > _MOST_INPUTS:
        more = _("… and {count} more; --out FILE.xlsx holds all").format(count=len(inputs) - _MOST_INPUTS)
        screen.print("  " + more)


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _show_figures(compared: ComparedRuns) -> None:
    """Show the figures that differ, and what each change does to them."""
    found, screen = compared.attribution, make_console()
    steps = found.steps if found else ()
    heads = [_("first run"), _("second run"), _("more or less"), *map(title_step, steps)]
    table = _make_numbers("", *heads)
    terms = compared.comparison.terms
    for name, (before, after, difference) in zip(terms.index, terms.to_numpy().tolist(), strict=True):
        because = _list_steps(found, str(name))
        if str(name).startswith("cost_") and name != "cost_m":  # the next table has them
            continue
        if name in _ALWAYS or (difference and not math.isnan(difference)) or any(because):
            signed = [_write(value, "+,") for value in (difference, *because)]
            table.add_row(title_figure(str(name)), _write(before), _write(after), *signed)
    screen.print(table)
    if found:
        text = _(
            "The columns on the right say what each change does: between the runs one part after another is put in "
            "place, in this order, and each plan in between is solved anew. In another order they may share the "
            "difference otherwise; their sum is the same."
        )
        screen.print(Prose(text), style="dim")
    elif compared.unattributed:
        text = _("What each change does is not known: {why}.").format(why=compared.unattributed)
        screen.print(Prose(make_plain(text)), style="dim")


def _list_steps(found: Attribution | None, name: str) -> list[float]:
    return [] if found is None else found.figures.loc[[name]].to_numpy(float)[0].tolist()


def _show_costs(one: Comparison) -> None:
    """Show how many metres more the second run's plan costs, by term and by what becomes of the pairs."""
    if not len(one.costs):
        return
    table = _make_numbers(_("metres more"), *map(title_kind, KINDS), _("in all"))
    for name, *values in order_terms(one.costs).itertuples():
        table.add_row(title_term(str(name)), *(_write(value, "+,") for value in values))
    table.add_section()
    table.add_row(_("in all"), *(_write(value, "+,") for value in one.costs.sum()))
    screen = make_console()
    screen.print(table)
    screen.print(Prose(_("Each run's costs are by its own settings.")), style="dim")


def _show_areas(one: Comparison) -> None:
    """Show the areas in which something differs, those first in which most does."""
    if one.areas is None:
        return
    areas, screen = one.areas, make_console()
    more = {name: areas[f"{name}_b"] - areas[f"{name}_a"] for name in ("elders", "matched", "waiting", "places")}
    moved = sum((areas[name] for name in ("moved", "served", "left_out") if name in areas), more["matched"] * 0)
    weight = sum((part.abs() for part in more.values()), moved)
    shown = weight[weight > 0].sort_values(ascending=False, kind="stable").index
    if not len(shown):
        return
    heads = [_("Elders"), _("with a volunteer"), _("without"), _("places")]
    known = "cost_m" in areas
    table = _make_numbers(_("area"), *heads, *([_("pairs changed"), _("pairs cost more, m")] if known else []))
    varies = [areas.index.get_level_values(level).nunique() > 1 for level in range(areas.index.nlevels)]
    varies[-1] = True
    for area in shown[:_MOST_AREAS]:
        cells = [_write(float(part[area]), "+,") for part in more.values()]
        if known:
            cells += [_write(float(moved[area])), _write(float(areas["cost_m"][area]), "+,")]
        table.add_row(
            make_plain(" ".join(name for name, varied in zip(area, varies, strict=True) if varied and name)), *cells
        )
    screen.print(table)
    if len(shown) > _MOST_AREAS:
        text = _("… and {count} more; --out FILE.xlsx holds all").format(count=len(shown) - _MOST_AREAS)
        screen.print(text, style="dim")


def _make_numbers(first: str, *heads: str) -> Table:
    """Return a table whose columns but the first hold numbers."""
    table = make_table(first, *heads)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _write(value: float, form: str = ",") -> str:
    """Return a number as people write it, empty where it is not known; of a difference none for nothing."""
    if math.isnan(value):
        return ""
    return "·" if "+" in form and not round(value) else f"{round(value):{form}}"
