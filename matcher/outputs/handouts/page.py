"""Sheets as one HTML file that prints from any browser: no network, fonts of the system, a page break a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape

from matcher.i18n import language
from matcher.outputs.handouts.rows import LOOKS, Grid, Look, Row, RowKind, Section, Sheet
from matcher.outputs.policy import write_policy

_FONTS = {
    "zh": '"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", SimHei, sans-serif',
    "en": 'Arial, "Helvetica Neue", "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif',
}
_PX_PER_PT = 96 / 72
"""Of an attribute, which the page's policy allows; styles of single tags it does not."""
_STYLE = """
@page { size: A4; margin: 9mm 10mm 9mm }
* { box-sizing: border-box }
body { margin: 0; color: #000; font-family: %s }
.sheet { break-before: page; break-before: recto; width: 190mm; margin: 0 auto }
.sheet:first-child { break-before: auto }
.frame { width: 189mm; border-collapse: collapse }
.frame > thead > tr > td { font-size: 11pt; padding: 0 0 2mm; display: flex; justify-content: space-between }
.frame > tfoot > tr > td { font-size: 11pt; padding: 2mm 0 0; color: #444 }
.frame > tbody > tr > td { padding: 0 }
.rows { width: 189mm; table-layout: fixed; border-collapse: collapse; margin-bottom: -0.2mm }
.rows td { padding: .3mm 1mm; vertical-align: middle; white-space: pre-line; line-height: 1.25 }
.rows td { overflow-wrap: anywhere }
.rows td.head { padding: .3mm .2mm; overflow-wrap: break-word }
.rows tr { break-inside: avoid }
.rows thead tr { break-after: avoid }
.id, .day { white-space: nowrap !important }
.whole { break-inside: avoid }
.new { break-before: page }
@media screen { body { background: #ddd } .sheet { background: #fff; padding: 10mm; margin: 8mm auto; width: 210mm } }
"""


def write_page(title: str, sheets: Sequence[Sheet]) -> bytes:
    """Return the sheets as one HTML file, each beginning on a sheet of paper of its own."""
    lang = "zh-CN" if language() == "zh" else "en"
    looks = "".join(_describe_look(name, look) for name, look in LOOKS.items())
    style = f"{_STYLE % _FONTS[language()]}{looks}"
    pieces = [
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{write_policy(style)}"><title>{escape(title)}</title>',
        '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">',
        f"<style>{style}</style></head><body>\n",
    ]
    for sheet in sheets:
        pieces += _write_sheet(sheet)
    pieces.append("</body></html>\n")
    return "".join(pieces).encode()


def _describe_look(name: str, look: Look) -> str:
    """Return a look as a rule of CSS."""
    told = [f"font-size:{look.size_pt:g}pt", f"text-align:{look.align}"]
    if look.bold:
        told.append("font-weight:bold")
    if look.border:
        told.append("border:.2mm solid #808080")
    if look.fill:
        told.append(f"background:{look.fill};print-color-adjust:exact;-webkit-print-color-adjust:exact")
    if look.colour:
        told.append(f"color:{look.colour}")
    return f".{name}{{{';'.join(told)}}}\n"


def _write_sheet(sheet: Sheet) -> Iterator[str]:
    yield f'<div class="sheet"><table class="frame"><thead><tr><td><span>{escape(sheet.title)}</span></td></tr></thead>'
    if sheet.keep:
        yield f"<tfoot><tr><td>{escape(sheet.keep)}</td></tr></tfoot>"
    yield "<tbody><tr><td>"
    for section in sheet.sections:
        yield from _write_section(section, sheet.grid)
    yield "</td></tr></tbody></table></div>\n"


def _write_section(section: Section, grid: Grid) -> Iterator[str]:
    names = " ".join(("rows", *(["whole"] if section.whole else [])))
    first = next(section.list_rows(), None)
    if section.whole and first is not None and first.new_page:  # heads stay with their rows by themselves
        names += " new"
    yield f'<table class="{names}">{_write_columns(grid)}'
    for tag, rows in (("thead", section.head), ("tbody", section.rows), ("tfoot", section.foot)):
        if rows:
            yield f"<{tag}>"
            for row in rows:
                yield _write_row(row)
            yield f"</{tag}>"
    yield "</table>"


@cache
def _write_columns(grid: Grid) -> str:
    total = sum(grid.widths_mm)
    columns = "".join(f'<col width="{100 * width_mm / total:.2f}%">' for width_mm in grid.widths_mm)
    return f"<colgroup>{columns}</colgroup>"


def _write_row(row: Row) -> str:
    return _make_pattern(row.kind, len(row.kind.cells)) % tuple(escape(str(value)) for value in row.values)


@cache
def _make_pattern(kind: RowKind, _cells: int) -> str:
    height = f' height="{kind.least_pt * _PX_PER_PT:g}"' if kind.least_pt else ""
    pieces = [f'<tr class="{kind.name}"{height}>']
    at = 0
    for cells in kind.cells:
        if cells.first > at:
            pieces.append(f'<td colspan="{cells.first - at}"></td>')
        span = f' colspan="{cells.last - cells.first + 1}"' if cells.last > cells.first else ""
        pieces.append(f'<td class="{cells.look}"{span}>{"" if cells.holds == "blank" else "%s"}</td>')
        at = cells.last + 1
    return "".join((*pieces, "</tr>"))
