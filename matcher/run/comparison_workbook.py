"""Two runs side by side as a workbook: figures, costs, areas, pairs, people, and what they were made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from xlsxwriter import Workbook

from matcher.analysis.compare import KINDS, Comparison
from matcher.analysis.compared_plan import AREA
from matcher.columns import DIFFERENCES, column
from matcher.i18n import N_, _, join_words
from matcher.outputs.cost_terms import TERMS
from matcher.outputs.folder import write_file
from matcher.outputs.rows_sheet import write_rows
from matcher.publishing import WholeFile
from matcher.run.compare import ComparedRuns, InputDifference

_FIGURES = {
    "served": N_("elders with a volunteer"),
    "unmatched": N_("elders without a volunteer"),
    "missing_places": N_("places missing"),
    "kept": N_("pairs kept"),
    "new": N_("new pairs"),
    "changed": N_("elders with another volunteer than last month"),
    "pinned": N_("pinned pairs"),
    "ended": N_("pairs of last month that ended"),
    "same_building": N_("pairs in one building"),
    "distance_measured": N_("straight lines that are measured"),
    "distance_estimated": N_("straight lines that are estimated"),
    "distance_assumed": N_("straight lines that are assumed"),
    "distance_unknown": N_("straight lines that are not known"),
    "mean_m": N_("mean straight line, m"),
    "longest_m": N_("longest straight line, m"),
    "most_elders": N_("most elders of one volunteer"),
    "volunteers_with_elders": N_("volunteers with elders"),
    "cost_m": N_("cost of the pairs, m"),
    "loads_m": N_("cost of loads, m"),
    "leaving_out_m": N_("cost of those left out, m"),
    "total_m": N_("cost in all, m"),
}
"""Names of figures."""
_BESIDE = {"loads": N_("loads"), "leaving_out": N_("those left out")}
_STEPS = {
    "rosters": N_("rosters"),
    "lists": N_("month and lists"),
    "settings": N_("settings"),
    "by_hand_a": N_("first run: other than matched"),
    "by_hand_b": N_("second run: other than matched"),
}
_KINDS = {
    "kept": N_("kept"),
    "moved": N_("moved"),
    "served": N_("new"),
    "left_out": N_("dropped"),
}
"""Words for each change of an elder's pair."""
_PEOPLE = {"joined": N_("joined"), "left": N_("left"), "changed": N_("changed")}
_SIDES = {"elder": N_("Elders"), "volunteer": N_("Volunteers")}
_PARTS = {
    "month": N_("month"),
    "set_aside": N_("rows at fault left out"),
    "version": N_("version of the program"),
    "elders": N_("roster of elders"),
    "volunteers": N_("roster of volunteers"),
    "previous": N_("last month's pairs"),
    "pins": N_("required pairs"),
    "never": N_("forbidden pairs"),
    "previous_visits": N_("last month's visits"),
    "records": N_("last month's records"),
    "previous_unmatched": N_("last month's list of those without a volunteer"),
    "pairs": N_("pairs that were given"),
    "visits": N_("visits of an earlier run"),
}
_IN_FILE = {
    f"{what}_{which}{unit}": f"{what}_{when}{unit}"
    for what, unit in (("volunteer", ""), ("distance", "_m"), ("cost", "_m"))
    for which, when in (("a", "before"), ("b", "after"))
}
"""Columns of a comparison's elders, and what they are called in files."""


def title_figure(name: str) -> str:
    """Return what a figure is called, in the language in use."""
    if name in _FIGURES:
        return _(_FIGURES[name])
    if name.startswith("unmatched_"):
        reason = column("unmatched", "reason").choice_label(name.removeprefix("unmatched_")).replace("_", " ")
        return _("· without: {reason}").format(reason=reason)
    return _("· {term}, m").format(term=title_term(name.removeprefix("cost_").removesuffix("_m")))


def title_term(name: str) -> str:
    """Return what a term of the costs is called, in the language in use; a rule of one's own by its name."""
    words = TERMS | _BESIDE
    return _(words[name]) if name in words else name


def title_step(parts: tuple[str, ...]) -> str:
    """Return what is put in the place of the first run's at a step, in the language in use."""
    return _(" and ").join(_(_STEPS[part]) for part in parts)


def title_kind(kind: str) -> str:
    """Return what becomes of an elder's pair, in the language in use."""
    return _(_KINDS[kind])


def title_part(one: InputDifference) -> str:
    """Return what a part of the inputs is called, in the language in use; a setting by its path."""
    return one.name if one.kind == "settings" or one.name not in _PARTS else _(_PARTS[one.name])


def order_terms(costs: pd.DataFrame) -> pd.DataFrame:
    """Return the terms of the costs in the order in which people are told of them; rules of one's own come last."""
    order = [*TERMS, *_BESIDE]
    last = len(order)
    return costs.reindex(sorted(costs.index, key=lambda name: order.index(name) if name in order else last))


def list_people(compared: ComparedRuns) -> Iterator[tuple[str, str, str, str]]:
    """Yield side, id, what happened and what is other of each person who joined, left or changed, in words."""
    people = compared.comparison.people
    listed = (people[name].tolist() for name in ("part", "person_id", "change", "columns"))
    for part, person, change, columns in zip(*listed, strict=True):
        headers = [column(f"{part}s", name).header() for name in columns.split(", ") if name]
        yield _(_SIDES[part]), person, _(_PEOPLE[change]), join_words(headers)


def count_people(compared: ComparedRuns) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield each side in words, with how many joined, left and changed, in words."""
    people = compared.comparison.people
    for part, word in _SIDES.items():
        mine = people.loc[people["part"] == part, "change"]
        yield _(word), {_(_PEOPLE[change]): int((mine == change).sum()) for change in _PEOPLE}


def write_comparison(path: Path, compared: ComparedRuns) -> None:
    """Write a workbook, or, where the file is called so, the pairs that differ as CSV; people by their ids alone.

    Raises:
        UsageError: it can't be written.
    """
    pairs = compared.comparison.elders.rename(columns=_IN_FILE)[[item.name for item in DIFFERENCES]]
    if path.suffix.lower() == ".csv":
        write_file(path, pairs, "differences", private=True)
        return
    with WholeFile(path, private=True) as file:
        with Workbook(file.path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            book.set_properties({"title": _("Two runs side by side")})
            _write_figures(book, compared)
            _write_costs(book, compared.comparison)
            _write_areas(book, compared.comparison)
            heads = [item.header() for item in DIFFERENCES]
            rows = pairs.assign(change=pairs["change"].map(title_kind)).to_numpy(object).tolist()
            write_rows(book, _("Pairs"), heads, rows, (14, 24, *[22] * 6))
            heads = [_("side"), _("id"), _("what happened"), _("columns that are other")]
            write_rows(book, _("People"), heads, list_people(compared), (14, 16, 16, 60))
            heads = [_("made from"), _("first run"), _("second run")]
            made_from = ((title_part(one), one.a, one.b) for one in compared.inputs)
            write_rows(book, _("Inputs"), heads, made_from, (44, 40, 40))
        file.publish()


def _write_figures(book: Workbook, compared: ComparedRuns) -> None:
    """Write the figures of both, and what each change does to them."""
    table, found = compared.comparison.terms, compared.attribution
    heads = [_("figure"), _("first run"), _("second run"), _("more or less")]
    if found is not None:
        heads += [_("because of: {what}").format(what=title_step(step)) for step in found.steps]
        table = table.reindex(found.figures.index).join(found.figures)
    rows = ((title_figure(str(name)), *values) for name, *values in table.itertuples())
    write_rows(book, _("Figures"), heads, rows, (44, *[16] * 3, *[24] * (len(heads) - 4)))


def _write_costs(book: Workbook, compared: Comparison) -> None:
    """Write metres more by term and by what becomes of the pairs, and their sums."""
    table = order_terms(compared.costs)
    heads = [_("metres more"), *map(title_kind, KINDS), _("in all")]
    rows = [(title_term(str(name)), *values) for name, *values in table.itertuples()]
    rows.append((_("in all"), *table.sum()))
    write_rows(book, _("Costs"), heads, rows, (50, *[24] * (len(heads) - 1)))


def _write_areas(book: Workbook, compared: Comparison) -> None:
    """Write each area's counts in both runs, and what becomes of the pairs of its elders."""
    if compared.areas is None:
        return
    heads = [column("areas", name).header() for name in AREA]
    for name in compared.areas:
        kind, _mark, which = str(name).rpartition("_")
        if name in KINDS:
            heads.append(title_kind(str(name)))
        elif which in "ab":
            run = _("first run") if which == "a" else _("second run")
            heads.append(_("{what}, {run}").format(what=column("areas", kind).header(), run=run))
        else:
            heads.append(_("pairs cost more, m"))
    rows = ((*area, *values) for area, *values in compared.areas.itertuples())
    write_rows(book, _("Areas"), heads, rows, (12, 18, 18, *[20] * (len(heads) - 3)))
