"""A report as a workbook: what the month comes to, its units, reasons and months, with charts and definitions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from matcher.i18n import _
from matcher.ledger.counts import Period
from matcher.outputs.report.charts import CHARTS, Chart
from matcher.outputs.report.figures import BREAKDOWNS, FIGURES, SECTIONS, Figure
from matcher.outputs.report.report import PERIODS, UNIT_NAMES, Report
from matcher.outputs.report.texts import LEVEL_TITLES, NOTE, explain_year, name_period, write_title

_A4 = 9
_SHARE, _COUNT, _TENTHS = "0.0%", "#,##0", "#,##0.0"
_CHART_ROWS, _CHART_COLUMNS = 15, 8


class _Book:
    """A workbook with the formats of a report; equal ones are made once."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def look(self, **properties: Any) -> Format:  # noqa: ANN401 - as XlsxWriter has it
        """Return a format."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format({"valign": "vcenter", "font_size": 10, **properties})
        return self._made[key]

    def add_sheet(self, name: str, title: str, note: str = "", *, wide: bool = False) -> Worksheet:
        """Add a sheet to print on A4, with a title and a note below it."""
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        if wide:
            sheet.set_landscape()
        text = _(NOTE).replace("&", "&&")
        sheet.set_footer(f"&L&8{text}&R&8&P / &N")
        sheet.write_string(0, 0, title, self.look(bold=True, font_size=14))
        sheet.write_string(1, 0, note, self.look(font_color="#595959"))
        return sheet

    def head(self, *, right: bool = True) -> Format:
        """Return the look of a head of columns."""
        align = "right" if right else "left"
        return self.look(bold=True, text_wrap=True, align=align, bg_color="#DDEBF7", bottom=1, border_color="#7F7F7F")


def write_workbook(path: Path, report: Report) -> None:
    """Write the workbook of a report in the language in use."""
    with Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as made:
        made.set_properties({"title": write_title(report)})
        book = _Book(made)
        _write_overview(book, report)
        charts = book.add_sheet(_("Charts"), f"{write_title(report)} · {_('Charts')}", wide=True)
        if report.units:
            _write_units(book, report, "month")
            _write_units(book, report, "year")
        _write_reasons(book, report)
        months = _write_months(book, report)
        _add_charts(book, charts, report, months)
        _write_definitions(book)


def _write_overview(book: _Book, report: Report) -> None:
    """Write every figure: the month, the one before, the difference, the year."""
    sheet = book.add_sheet(_("Overview"), write_title(report), explain_year(report))
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 4, 17)
    heads = [name_period(report, period) for period in PERIODS]
    heads.insert(2, _("change"))
    row = 3
    for section, title in SECTIONS.items():
        sheet.write_string(row, 0, _(title), book.head(right=False))
        for at, head in enumerate(heads, start=1):
            sheet.write_string(row, at, head, book.head())
        for figure in (figure for figure in FIGURES if figure.section == section):
            row += 1
            sheet.write_string(row, 0, _(figure.text), book.look())
            values = report.get_total(figure)
            _write_value(book, sheet, (row, 1), figure, values[0])
            _write_value(book, sheet, (row, 2), figure, values[1])
            _write_difference(book, sheet, (row, 3), figure, values[0] - values[1])
            _write_value(book, sheet, (row, 4), figure, values[2], is_year=True)
        row += 2


def _write_value(
    book: _Book,
    sheet: Worksheet,
    place: tuple[int, int],
    figure: Figure,
    value: float,
    *,
    is_year: bool = False,
    is_total: bool = False,
) -> None:
    look = {"bold": True, "bottom": 1} if is_total else {}
    if math.isnan(value):
        sheet.write_string(*place, "–", book.look(align="right", **look))
        return
    sheet.write_number(*place, value, book.look(num_format=_choose_form(figure, is_year=is_year), **look))


def _choose_form(figure: Figure, *, is_year: bool) -> str:
    """Return the format of a figure's numbers."""
    tenths = not figure.is_whole or (is_year and figure.is_stock)
    return _SHARE if figure.is_share else _TENTHS if tenths else _COUNT


def _write_column(
    book: _Book, sheet: Worksheet, place: tuple[int, int], figure: Figure, values: list[float], *, is_year: bool
) -> None:
    """Write a figure's values one below another; formats are looked up once, as a city has some 100,000 values."""
    first, at = place
    form, none = book.look(num_format=_choose_form(figure, is_year=is_year)), book.look(align="right")
    for row, value in enumerate(values, start=first):
        if math.isnan(value):
            sheet.write_string(row, at, "–", none)
        else:
            sheet.write_number(row, at, value, form)


def _write_difference(book: _Book, sheet: Worksheet, place: tuple[int, int], figure: Figure, value: float) -> None:
    """Write a difference with its sign; shares in points of a hundred."""
    if math.isnan(value):
        sheet.write_string(*place, "–", book.look(align="right"))
        return
    if figure.is_share:
        points = _("pts")
        form = f'+0.0" {points}";-0.0" {points}";0.0" {points}"'
        sheet.write_number(*place, 100 * value, book.look(num_format=form))
        return
    form = "+#,##0;-#,##0;0" if figure.is_whole else "+#,##0.0;-#,##0.0;0.0"
    sheet.write_number(*place, value, book.look(num_format=form))


def _write_units(book: _Book, report: Report, period: Period) -> None:
    """Write a row a unit, a column a figure, and the total above them."""
    table, title = report.units[period], _(LEVEL_TITLES[report.level])
    head = name_period(report, period)
    note = explain_year(report) if period == "year" else ""
    name = title if period == "month" else _("{level}, year").format(level=title)
    sheet = book.add_sheet(name, f"{write_title(report)} · {title} · {head}", note, wide=True)
    units = [str(one) for one in table.index.names]
    for at, unit in enumerate(units):
        sheet.write_string(3, at, _(UNIT_NAMES[unit]), book.head(right=False))
        sheet.set_column(at, at, 14)
    first = len(units)
    sheet.set_column(first, first + len(FIGURES) - 1, 9.5)
    sheet.set_row(3, 62)
    total = book.look(bold=True, bottom=1)
    sheet.write_string(4, 0, _("total"), total)
    for at in range(1, first):
        sheet.write_string(4, at, "", total)
    for at, figure in enumerate(FIGURES, start=first):
        sheet.write_string(3, at, _(figure.text), book.head())
        whole = report.get_total(figure)[PERIODS.index(period)]
        _write_value(book, sheet, (4, at), figure, whole, is_year=period == "year", is_total=True)
        _write_column(book, sheet, (5, at), figure, table[figure.name].tolist(), is_year=period == "year")
    look = book.look()
    for row, names in enumerate(table.index.tolist(), start=5):
        for at, text in enumerate(names):
            sheet.write_string(row, at, text, look)
    sheet.freeze_panes(5, first)
    sheet.repeat_rows(3)
    sheet.repeat_columns(0, first - 1)
    sheet.fit_to_pages(2, 0)
    sheet.autofilter(3, 0, 4 + len(table), first + len(FIGURES) - 1)


def _write_reasons(book: _Book, report: Report) -> None:
    sheet = book.add_sheet(_("Reasons"), f"{write_title(report)} · {_('Reasons')}", explain_year(report))
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 3, 19)
    row = 3
    for breakdown in BREAKDOWNS:
        table = report.reasons[breakdown.name]
        periods = [period for period in PERIODS if period in table]
        sheet.write_string(row, 0, _(breakdown.text), book.head(right=False))
        for at, period in enumerate(periods, start=1):
            sheet.write_string(row, at, name_period(report, period), book.head())
        for label, values in zip(table.index, table[periods].to_numpy(float).tolist(), strict=True):
            row += 1
            sheet.write_string(row, 0, label, book.look())
            for at, value in enumerate(values, start=1):
                form = _COUNT if value == round(value) else _TENTHS
                sheet.write_number(row, at, value, book.look(num_format=form))
        if table.empty:
            row += 1
            sheet.write_string(row, 0, _("none"), book.look(font_color="#595959"))
        row += 2


def _write_months(book: _Book, report: Report) -> Worksheet:
    """Write the year's months, a column each: the charts stand on them."""
    name = _("Months")
    sheet = book.add_sheet(name, f"{write_title(report)} · {name}", wide=True)
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 12, 9.5)
    sheet.write_string(3, 0, _("figure"), book.head(right=False))
    for at, month in enumerate(report.months.index, start=1):
        sheet.write_string(3, at, month, book.head())
    for row, figure in enumerate(FIGURES, start=4):
        sheet.write_string(row, 0, _(figure.text), book.look())
        for at, value in enumerate(report.months[figure.name].tolist(), start=1):
            _write_value(book, sheet, (row, at), figure, value)
    sheet.freeze_panes(4, 1)
    return sheet


def _add_charts(book: _Book, sheet: Worksheet, report: Report, months: Worksheet) -> None:
    """Put the charts on their sheet, two in a row; they are drawn from the sheet of months."""
    last = len(report.months)
    for nth, chart in enumerate(CHARTS):
        made = book.book.add_chart({"type": "column", "subtype": "stacked"} if chart.stacked else {"type": "line"})
        for figure, colour in _list_series(chart):
            row = 4 + FIGURES.index(figure)
            line = {"fill": {"color": colour}} if chart.stacked else {"line": {"color": colour, "width": 2.25}}
            marker = {} if chart.stacked else {"marker": {"type": "circle", "size": 5, "fill": {"color": colour}}}
            made.add_series(
                {
                    "name": [months.name, row, 0],
                    "categories": [months.name, 3, 1, 3, last],
                    "values": [months.name, row, 1, row, last],
                    "gap": 60,
                    **line,
                    **marker,
                }
            )
        made.set_title({"name": _(chart.text), "name_font": {"size": 11}, "overlay": False})
        made.set_legend({"position": "bottom", "font": {"size": 8}})
        form = "0%" if chart.is_share else "#,##0"
        axis = {"num_format": form, "num_font": {"size": 8}, "major_gridlines": {"visible": True, "line": _GREY}}
        made.set_y_axis(axis | ({"min": 0, "max": 1} if chart.is_share else {"min": 0}))
        made.set_x_axis({"num_font": {"size": 8}})
        made.set_size({"width": 490, "height": 290})
        sheet.insert_chart(2 + nth // 2 * _CHART_ROWS, nth % 2 * _CHART_COLUMNS, made)


_GREY = {"color": "#D9D9D9", "width": 0.5}


def _list_series(chart: Chart) -> Iterator[tuple[Figure, str]]:
    yield from zip(chart.figures, chart.colours, strict=True)


def _write_definitions(book: _Book) -> None:
    """Write what each figure counts."""
    name = _("Definitions")
    sheet = book.add_sheet(name, name)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 82)
    for at, text in enumerate((_("figure"), _("what it counts"))):
        sheet.write_string(3, at, text, book.head(right=False))
    wrapped = book.look(text_wrap=True, valign="top")
    for row, figure in enumerate(FIGURES, start=4):
        sheet.write_string(row, 0, _(figure.text), wrapped)
        sheet.write_string(row, 1, _(figure.definition), wrapped)
    sheet.repeat_rows(3)
