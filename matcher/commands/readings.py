"""How each roster was read, on the screen: what was taken for what, so that nothing is guessed silently."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from matcher.columns import column
from matcher.commands.screen import console, plain
from matcher.i18n import N_, _, language
from matcher.roster.table import Reading

_KINDS = {"elders": N_("roster of elders"), "volunteers": N_("roster of volunteers")}
_SEPARATORS = {",": N_("commas"), ";": N_("semicolons"), "\t": N_("tabs")}
_ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "utf-16": "UTF-16", "gb18030": "GB18030"}


def show_readings(readings: Sequence[Reading]) -> None:
    """Print how each source was read, and below those that have the same columns, what each column was read as."""
    out = console()
    for i, reading in enumerate(readings):
        out.print(Text(described(reading)), soft_wrap=True)
        following = readings[i + 1] if i + 1 < len(readings) else None
        if following is None or (following.kind, following.columns) != (reading.kind, reading.columns):
            out.print(_columns(reading))


def described(reading: Reading) -> str:
    """One line about a source: kind, name, form, header, rows."""
    parts = [_form(reading)]
    if reading.header_row:
        rows = f"{reading.header_row}–{reading.header_row + 1}" if reading.header_rows > 1 else str(reading.header_row)
        parts.append(_("header in row {rows}").format(rows=rows))
    parts.append(_("{count} people").format(count=f"{reading.rows:,}"))
    if reading.passed_over:
        parts.append(_("{count} other rows passed over").format(count=f"{reading.passed_over:,}"))
    if reading.filled_down:
        columns = ", ".join(f"{plain(reading.headers.get(name, name))} {n:,}" for name, n in reading.filled_down)
        parts.append(_("merged cells filled down ({columns})").format(columns=columns))
    kind = _(_KINDS.get(reading.kind, reading.kind))
    return f"{kind}  {plain(reading.file)}: " + " · ".join(parts)


def _form(reading: Reading) -> str:
    form = reading.form
    match form.format:
        case "csv":
            encoding = _ENCODINGS[form.encoding.removesuffix("-le").removesuffix("-be")]
            return f"CSV, {encoding}, {_(_SEPARATORS[form.separator])}"
        case "workbook":
            text = _("workbook, sheet {sheet}").format(sheet=plain(form.sheet))
            if others := [plain(name) for name in form.sheets if name != form.sheet]:
                text += _(" (not read: {others})").format(others=", ".join(others))
            return text
        case "parquet":
            return "Parquet"
        case _:
            return _("database")


def _bare(kind: str, name: str) -> str:
    """A column's name without what its header says besides, as the datum of coordinates: that the file must declare."""
    return column(kind, name).zh.partition("(")[0] if language() == "zh" else name


def _columns(reading: Reading) -> Table:
    """Every header of a source and the column it was read as."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for header, name in reading.columns:
        known = Text(_bare(reading.kind, name)) if name else Text(_("kept, not used"), "dim")
        grid.add_row(f"    {plain(header)}", Text("→ ").append(known))
    return grid
