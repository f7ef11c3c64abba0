"""Scenarios as a workbook: a figure a row, a scenario a column; what each sets, whom it moves. Fronts as another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from matcher.analysis.compare import compare
from matcher.analysis.front import FIGURES as FRONT_FIGURES
from matcher.analysis.front import KINDS as FRONT_KINDS
from matcher.analysis.front import Front
from matcher.analysis.scenarios import FIGURES, Outcome
from matcher.i18n import N_, _
from matcher.outputs.rows_sheet import write_rows
from matcher.publishing import WholeFile

_A4 = 9
_MOVED = {
    "served": N_("has a volunteer only here"),
    "left_out": N_("has none here"),
    "moved": N_("has another volunteer"),
}
"""What becomes of an elder, by codes of ``compare``."""


def format_figure(value: float) -> str:
    """Return a figure as people write it; empty where it is not known."""
    return "" if math.isnan(value) else f"{value:,.0f}"


def format_difference(value: float, base: float) -> str:
    """Return how much more or less a figure is than the base's, in brackets; empty where it is as much."""
    difference = round(value) - round(base) if not (math.isnan(value) or math.isnan(base)) else 0
    return f" ({difference:+,})" if difference else ""


def write_scenarios(path: Path, outcomes: Sequence[Outcome], month: date) -> None:
    """Write the workbook in the language in use; people stand in it by their ids alone.

    Raises:
        UsageError: it can't be written.
    """
    with WholeFile(path, private=True) as file:
        with Workbook(file.path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            title = _("Scenarios for {month}").format(month=f"{month:%Y-%m}")
            book.set_properties({"title": title})
            _write_figures(book, outcomes, title)
            _write_settings(book, outcomes)
            _write_elders(book, outcomes)
        file.publish()


def write_front(path: Path, front: Front, month: date) -> None:
    """Write a front as a workbook: a row a point, and a chart of what each costs.

    Raises:
        UsageError: it can't be written.
    """
    with WholeFile(path, private=True) as file:
        with Workbook(file.path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            book.set_properties({"title": f"{_(FRONT_KINDS[front.kind])}, {month:%Y-%m}"})
            name, heads = _("Front"), [_(title) for _name, title in FRONT_FIGURES]
            heads[0] = _(FRONT_KINDS[front.kind])
            write_rows(book, name, heads, _list_points(front), (44, *[22] * (len(heads) - 1)))
            _add_curve(book, book.get_worksheet_by_name(name), heads, len(front.points))
        file.publish()


def _list_points(front: Front) -> Iterator[list[str | float]]:
    """Yield a row a point: numbers, and words where a figure is none."""
    for point, texts in zip(front.points, front.list_rows(), strict=True):
        row: list[str | float] = list(texts)
        for at, (name, _title) in enumerate(FRONT_FIGURES):
            value = getattr(point, name)
            if name != "is_proved" and not math.isnan(value):
                row[at] = value
        yield row


def _add_curve(book: Workbook, sheet: Worksheet, heads: Sequence[str], points: int) -> None:
    """Add a chart of the pairs' cost against the limit; it reads the table's cells."""
    y = [name for name, _title in FRONT_FIGURES].index("cost_m")
    chart = book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    cells = {part: [sheet.get_name(), 2, at, points, at] for part, at in (("categories", 0), ("values", y))}
    chart.add_series({**cells, "name": heads[y]})
    chart.set_x_axis({"name": heads[0], "num_format": "#,##0"})
    chart.set_y_axis({"name": heads[y], "num_format": "#,##0"})
    chart.set_legend({"none": True})
    sheet.insert_chart(points + 2, 0, chart, {"description": f"{heads[y]} / {heads[0]}"})


def _write_figures(book: Workbook, outcomes: Sequence[Outcome], title: str) -> None:
    """Write the figures, each scenario with its difference from the base beside it."""
    sheet = book.add_worksheet(_("Figures"))
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    look = {"bold": True, "text_wrap": True, "bg_color": "#DDEBF7", "bottom": 1, "valign": "vcenter"}
    left, right = book.add_format(look), book.add_format({**look, "align": "right"})
    number, signed = book.add_format({"num_format": "#,##0"}), book.add_format({"num_format": "+#,##0;-#,##0;0"})
    apart = book.add_format({"indent": 1})
    columns = [outcomes[0].name]
    for one in outcomes[1:]:
        columns += [one.name, _("more or less")]
    head = 2
    sheet.write_string(head, 0, "", left)
    for at, name in enumerate(columns, start=1):
        sheet.write_string(head, at, name, right)
    sheet.write_string(head, len(columns) + 1, _("what it counts"), book.add_format({**look, "indent": 1}))
    values = [one.compute() for one in outcomes]
    for row, figure in enumerate(FIGURES, start=head + 1):
        sheet.write_string(row, 0, _(figure.title))
        base = values[0][figure.name]
        for i, told in enumerate(values):
            value = told[figure.name]
            if math.isnan(value):
                continue
            sheet.write_number(row, 1 if not i else 2 * i, value, number)
            if i and not math.isnan(base):
                sheet.write_number(row, 2 * i + 1, round(value) - round(base), signed)
        sheet.write_string(row, len(columns) + 1, _(figure.text), apart)
    last = head + 1 + len(FIGURES)
    sheet.write_string(last, 0, _("proved"))
    for i, one in enumerate(outcomes):
        sheet.write_string(last, 1 if not i else 2 * i, _("yes") if one.is_proved else _("no"), right)
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, len(columns), 16)
    sheet.set_column(len(columns) + 1, len(columns) + 1, 70)
    sheet.freeze_panes(head + 1, 1)
    if len(outcomes) > 1:
        _add_front(book, sheet, [1, *range(2, 2 * len(outcomes), 2)], head, last + 2)


def _add_front(book: Workbook, sheet: Worksheet, columns: Sequence[int], head: int, below: int) -> None:
    """Add a chart of the scenarios: who is served against metres, a point a scenario; it reads the table's cells."""
    names = [figure.name for figure in FIGURES]
    x, y = (head + 1 + names.index(name) for name in ("mean_m", "served"))
    chart = book.add_chart({"type": "scatter"})
    for column in columns:
        cells = {"categories": x, "values": y}
        chart.add_series(
            {
                "name": [sheet.get_name(), head, column],
                **{part: [sheet.get_name(), row, column, row, column] for part, row in cells.items()},
                "marker": {"type": "circle", "size": 9},
            }
        )
    chart.set_x_axis({"name": _(FIGURES[names.index("mean_m")].title), "num_format": "#,##0"})
    chart.set_y_axis({"name": _(FIGURES[names.index("served")].title), "num_format": "#,##0"})
    chart.set_size({"width": 760, "height": 400})
    sheet.insert_chart(below, 0, chart, {"description": _("Elders with a volunteer against metres, by scenario")})


def _write_settings(book: Workbook, outcomes: Sequence[Outcome]) -> None:
    """Write what each scenario sets, beside what it is otherwise."""
    rows = [
        (one.name, path, str(getattr(getattr(outcomes[0].plan.month.settings, section), key, "")), str(value))
        for one in outcomes[1:]
        for path, value in one.settings.items()
        for section, _dot, key in [path.partition(".")]
    ]
    heads = (_("scenario"), _("setting"), _("as it is"), _("in the scenario"))
    write_rows(book, _("Settings"), heads, iter(rows), (30, 34, 24, 24))


def _write_elders(book: Workbook, outcomes: Sequence[Outcome]) -> None:
    """Write every elder to whom something else happens in a scenario."""
    heads = (_("scenario"), _("elder"), _("volunteer as it is"), _("volunteer in the scenario"), _("what changes"))
    write_rows(book, _("Elders"), heads, _list_moved(outcomes), (30, 16, 22, 26, 30))


def _list_moved(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, ...]]:
    """Yield a row an elder whose volunteer differs from the base's."""
    for one in outcomes[1:]:
        moved = compare(one.base, one.plan).elders
        columns = (moved[name].tolist() for name in ("elder_id", "volunteer_a", "volunteer_b", "change"))
        for elder, before, after, change in zip(*columns, strict=True):
            yield one.name, elder, before, after, _(_MOVED[change])
