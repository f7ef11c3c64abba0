"""A report as one page of HTML that prints from any browser and loads nothing."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from matcher.i18n import _, language
from matcher.ledger.counts import Period
from matcher.outputs.policy import write_policy
from matcher.outputs.report.charts import CHARTS, draw_chart
from matcher.outputs.report.figures import BREAKDOWNS, FIGURES, SECTIONS
from matcher.outputs.report.report import PERIODS, UNIT_NAMES, Report
from matcher.outputs.report.texts import (
    LEVEL_TITLES,
    NOTE,
    explain_year,
    name_period,
    write_change,
    write_number,
    write_title,
)

MOST_UNITS = 600
"""Units that a page lists; more are in the workbook."""
_UNIT_FIGURES = (
    *("served", "waiting", "volunteers", "recruits", "visits_planned", "visits_done", "visits_missed"),
    *("calls_planned", "calls_done", "calls_missed", "kept", "hours", "pairs_new", "pairs_ended"),
)
"""Figures of a unit that fit on a page's width; all are in the workbook."""
_STYLE = """
:root { font-family: "Noto Sans", "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
body { max-width: 1000px; margin: 1.5rem auto; padding: 0 1rem; color: #222; font-size: 14px; line-height: 1.45; }
h1 { font-size: 1.5rem; margin-bottom: .3rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .5rem; }
p.note { color: #555; margin: .2rem 0; font-size: .9em; }
table { border-collapse: collapse; width: 100%; margin-bottom: .8rem; }
th { white-space: nowrap; } th:first-child { width: 38%; }
table.units th { white-space: normal; } table.units th:first-child { width: auto; }
thead { display: table-header-group; } tr { break-inside: avoid; }
th, td { padding: .22rem .5rem; border-bottom: 1px solid #ddd; text-align: right; vertical-align: top; }
th { background: #ddebf7; border-bottom: 1px solid #7f7f7f; font-weight: 600; }
th:first-child, td:first-child, .left { text-align: left; }
td, th { font-variant-numeric: tabular-nums; }
tr.total td { font-weight: 600; border-bottom: 1px solid #7f7f7f; }
table.units { font-size: .78em; } table.units th, table.units td { padding: .18rem .3rem; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem; }
svg.chart { width: 100%; border: 1px solid #e3e3e3; border-radius: 4px; }
svg text { font-size: 10px; fill: #444; } svg text.title { font-size: 13px; font-weight: 600; text-anchor: middle; }
svg text.month { text-anchor: middle; } svg text.value { text-anchor: end; } svg line.grid { stroke: #e3e3e3; }
dl { display: grid; grid-template-columns: 15rem 1fr; gap: .25rem .8rem; font-size: .88em; }
dt { font-weight: 600; } dd { margin: 0; }
@page { size: A4; margin: 14mm 12mm; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 11px; } h2 { break-after: avoid; }
  svg.chart, dl > * { break-inside: avoid; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""


def write_page(report: Report) -> str:
    """Return the page of a report in the language in use."""
    lang = {"zh": "zh-CN"}.get(language(), language())
    title = escape(write_title(report))
    parts = [
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{write_policy(_STYLE)}">',
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>',
        "<body>",
        f'<h1>{title}</h1><p class="note">{escape(explain_year(report))}</p>',
        f'<p class="note">{escape(_(NOTE))}</p>',
        *_write_overview(report),
        f'<div class="charts">{"".join(draw_chart(chart, report.months) for chart in CHARTS)}</div>',
        *(_write_units(report, period) for period in report.units),
        *_write_reasons(report),
        _write_definitions(),
        "</body></html>\n",
    ]
    return "\n".join(parts)


def _write_overview(report: Report) -> Iterable[str]:
    """Write every figure: the month, the one before, the difference, the year."""
    month, before, year = (name_period(report, period) for period in PERIODS)
    for section, title in SECTIONS.items():
        rows = []
        for figure in (figure for figure in FIGURES if figure.section == section):
            now, past, whole = report.get_total(figure)
            cells = (
                write_number(figure, now),
                write_number(figure, past),
                write_change(figure, now, past),
                write_number(figure, whole, is_mean=figure.is_stock),
            )
            rows.append((_(figure.text), *cells))
        yield _write_table((_(title), month, before, _("change"), year), rows)


def _write_units(report: Report, period: Period) -> str:
    """Write a row a unit, with the figures that a page has room for."""
    table, is_year = report.units[period], period == "year"
    figures = [figure for figure in FIGURES if figure.name in _UNIT_FIGURES]

    def write_cells(values: Iterable[float]) -> list[str]:
        return [
            write_number(figure, value, is_mean=is_year and figure.is_stock)
            for figure, value in zip(figures, values, strict=True)
        ]

    names = [_(UNIT_NAMES[str(name)]) for name in table.index.names]
    total = [_("total"), *[""] * (len(names) - 1)]
    rows = [(*total, *write_cells(report.get_total(figure)[PERIODS.index(period)] for figure in figures))]
    shown = table[[figure.name for figure in figures]].head(MOST_UNITS)
    rows += [
        (*unit, *write_cells(values))
        for unit, values in zip(shown.index.tolist(), shown.to_numpy(float).tolist(), strict=True)
    ]
    heads = (*names, *(_(figure.text) for figure in figures))
    title = f"<h2>{escape(_(LEVEL_TITLES[report.level]))} · {escape(name_period(report, period))}</h2>"
    more = ""
    if len(table) > MOST_UNITS:
        text = _("The first {shown} of {units}; all of them, with every figure, are in the workbook.")
        more = f'<p class="note">{escape(text.format(shown=f"{MOST_UNITS:,}", units=f"{len(table):,}"))}</p>'
    return title + more + _write_table(heads, rows, kind="units", left=len(names), total=True)


def _write_reasons(report: Report) -> Iterable[str]:
    for breakdown in BREAKDOWNS:
        table = report.reasons[breakdown.name]
        heads = (_(breakdown.text), *(name_period(report, period) for period in PERIODS if period in table))
        rows = [
            (label, *(f"{value:,.0f}" if value == round(value) else f"{value:,.1f}" for value in values))
            for label, values in zip(table.index, table.to_numpy(float).tolist(), strict=True)
        ]
        yield _write_table(heads, rows or [(_("none"), *[""] * len(table.columns))])


def _write_definitions() -> str:
    rows = "".join(f"<dt>{escape(_(one.text))}</dt><dd>{escape(_(one.definition))}</dd>" for one in FIGURES)
    return f"<h2>{escape(_('Definitions'))}</h2><dl>{rows}</dl>"


def _write_table(
    heads: Iterable[str], rows: Iterable[Iterable[str]], *, kind: str = "", left: int = 1, total: bool = False
) -> str:
    """Return a table; ``left`` columns hold words, and the first row may be the total."""

    def write_row(tag: str, cells: Iterable[str]) -> str:
        return "".join(
            f"<{tag}{' class=left' if i < left else ''}>{escape(text)}</{tag}>" for i, text in enumerate(cells)
        )

    body = "".join(
        f"<tr{' class=total' if total and i == 0 else ''}>{write_row('td', cells)}</tr>" for i, cells in enumerate(rows)
    )
    attribute = f' class="{kind}"' if kind else ""
    return f"<table{attribute}><thead><tr>{write_row('th', heads)}</tr></thead><tbody>{body}</tbody></table>"
