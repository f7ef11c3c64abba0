"""How each roster was read, on the screen: what was taken for what, so that nothing is guessed silently."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from matcher.columns import column
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console
from matcher.i18n import N_, _, join_words, language
from matcher.roster.table import Reading, RowAccount

_KINDS = {"elders": N_("roster of elders"), "volunteers": N_("roster of volunteers")}
_SEPARATORS = {",": N_("commas"), ";": N_("semicolons"), "\t": N_("tabs")}
_ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "utf-16": "UTF-16", "gb18030": "GB18030"}
_PASSED_OVER = {
    "total": N_("totals and notes"),
    "example": N_("examples"),
    "header": N_("headers once more"),
}
_MOST_COLUMNS = 60
"""Headers that are shown of each source."""


def show_readings(readings: Sequence[Reading]) -> None:
    """Print how each source was read, and below those that have the same columns, what each column was read as."""
    out = make_console()
    for i, reading in enumerate(readings):
        out.print(Text(describe_reading(reading)), soft_wrap=True)
        following = readings[i + 1] if i + 1 < len(readings) else None
        if following is None or (following.kind, following.columns) != (reading.kind, reading.columns):
            out.print(_list_columns(reading))


def describe_reading(reading: Reading) -> str:
    """Return one line about a source: kind, name, form, header, rows."""
    parts = [_describe_form(reading)]
    if reading.header_row:
        rows = f"{reading.header_row}–{reading.header_row + 1}" if reading.header_rows > 1 else str(reading.header_row)
        parts.append(_("header in row {rows}").format(rows=rows))
    parts.append(_("{count} people").format(count=f"{reading.rows:,}"))
    if reading.passed_over:
        count = sum(number for _what, number in reading.passed_over)
        parts.append(_("{count} other rows passed over").format(count=f"{count:,}"))
    if reading.filled_down:
        columns = join_words(f"{make_plain(reading.headers.get(name, name))} {n:,}" for name, n in reading.filled_down)
        parts.append(_("merged cells filled down ({columns})").format(columns=columns))
    if reading.hidden_rows:
        parts.append(_("{count} people in hidden rows read too").format(count=f"{reading.hidden_rows:,}"))
    if reading.joined:
        columns = "; ".join(" + ".join(map(make_plain, headers)) for _name, headers in reading.joined)
        parts.append(_("columns read as one ({columns})").format(columns=columns))
    kind = _(_KINDS.get(reading.kind, reading.kind))
    return f"{kind}  {make_plain(reading.file)}: " + " · ".join(parts)


def _describe_form(reading: Reading) -> str:
    form = reading.form
    match form.format:
        case "csv":
            bare = form.encoding.removesuffix("-le").removesuffix("-be")
            encoding = _ENCODINGS.get(bare, bare)
            return _("CSV, {encoding}, {separator}").format(encoding=encoding, separator=_(_SEPARATORS[form.separator]))
        case "workbook":
            text = _("workbook, sheet {sheet}").format(sheet=make_plain(form.sheet))
            if others := [make_plain(name) for name in form.sheets if name != form.sheet]:
                text += _(" (not read: {others})").format(others=join_words(others))
            return text
        case "parquet":
            return "Parquet"
        case _:
            return _("database")


def _name_bare(kind: str, name: str) -> str:
    """Return a column's name without what its header says besides, as the datum of coordinates."""
    return column(kind, name).zh.partition("(")[0] if language() == "zh" else name


def _list_columns(reading: Reading) -> Table:
    """Return every header of a source and the column it was read as."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for header, name in reading.columns[:_MOST_COLUMNS]:
        known = Text(_name_bare(reading.kind, name)) if name else Text(_("kept, not used"), "dim")
        grid.add_row(f"    {make_plain(header)}", Text("→ ").append(known))
    if len(reading.columns) > _MOST_COLUMNS:
        more = _("… and {count} more columns").format(count=f"{len(reading.columns) - _MOST_COLUMNS:,}")
        grid.add_row(f"    {more}", "")
    return grid


def show_accounts(accounts: Sequence[RowAccount], *, usable: bool) -> None:
    """Print what became of the rows of each file, so that nobody is lost without a word.

    Args:
        accounts: An account a file.
        usable: Whether there are two rosters to be used at all.
    """
    out = make_console()
    count = {
        f"{kind}{ending}": f"{sum(getattr(account, what) for account in accounts if account.kind == kind):,}"
        for kind in ("elders", "volunteers")
        for what, ending in (("people", ""), ("set_aside", "_at_fault"))
    }
    text = _("{elders} elders and {volunteers} volunteers can be used")
    if aside := any(account.set_aside for account in accounts):
        text = _(
            "{elders} elders and {volunteers} volunteers can be used; rows of {elders_at_fault} elders and "
            "{volunteers_at_fault} volunteers are at fault"
        )
    if usable:
        out.print(Text(text.format(**count), "red" if aside else ""), soft_wrap=True)
    for account in accounts:
        out.print(Text(f"    {describe_account(account)}", "" if account.set_aside else "dim"), soft_wrap=True)


def describe_account(account: RowAccount) -> str:
    """Return one line about the rows of a source: how many there are, and what became of them."""
    parts = [_("{count} people read").format(count=f"{account.people:,}")]
    parts.append(_("{count} at fault").format(count=f"{account.set_aside:,}"))
    parts.append(_("{count} blank").format(count=f"{account.blank:,}"))
    parts += [f"{_(_PASSED_OVER[what])} {count:,}" for what, count in account.passed_over]
    rows = _("{count} rows below the header").format(count=f"{account.rows:,}")
    return f"{make_plain(account.file)}: {rows} = {' + '.join(parts)}"
