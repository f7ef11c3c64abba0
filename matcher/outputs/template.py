"""Empty rosters, pair lists and a commented settings file to start from, all made from the tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from matcher import settings
from matcher.columns import ELDERS, HOLIDAYS, PAIR_LIST, VOLUNTEERS, Column, Kind, column
from matcher.i18n import N_, _, language
from matcher.outputs.folder import RunFolder
from matcher.outputs.source_sheets import AS_TEXT, measure_width

_KINDS: dict[Kind, str] = {
    "id": N_("text"),
    "text": N_("text"),
    "list": N_("several texts, separated by ;"),
    "phone": N_("phone number"),
    "national_id": N_("text"),
    "int": N_("whole number"),
    "number": N_("number"),
    "date": N_("date, as 2026-12-01"),
    "datetime_min": N_("time, as 09:30"),
    "dates": N_("dates, as 2026-12-24; 2026-12-28~2026-12-31"),
    "bool": N_("yes or no"),
    "choice": N_("one of the choices"),
    "availability": N_("weekdays with half-days or clock times, as 周一上午; 周三 14:00-16:00 or Mon am; Wed 2pm-4pm"),
    "frequency": N_("times a week, or how often, as 每两周一次 or every 10 days"),
}

_EMPTY: dict[str, tuple[Column, ...]] = {
    "elders": ELDERS,
    "volunteers": VOLUNTEERS,
    "previous": (*PAIR_LIST[:4], column("pairs", "since")),
    "pins": PAIR_LIST,
    "never": PAIR_LIST,
    "holidays": HOLIDAYS,
}
_NAMES = {
    "elders": ("elders", "老人名册"),
    "volunteers": ("volunteers", "志愿者名册"),
    "previous": ("previous", "上月结对"),
    "pins": ("pins", "指定结对"),
    "never": ("never", "不宜结对"),
    "holidays": ("holidays", "节假日与调休"),
}
"""Names of the workbooks without their ending, English and Chinese."""
_EXAMPLES: dict[str, str] = {
    "name": N_("Zhang San (example)"),
    "address": N_("Lane 1, Example Road, No. 2, Room 301"),
    "committee": N_("Example Committee"),
    "subdistrict": N_("Example Subdistrict"),
    "phone": "13800000000",
    "floor": "3",
    "consent": "yes",
    "lift": "no",
    "sex": "female",
    "living": "alone",
    "risk": "medium",
    "capacity": "5",
    "elder_id": "LR00001",
    "elder_name": N_("Zhang San (example)"),
    "volunteer_id": "ZY00001",
    "volunteer_name": N_("Li Si (example)"),
    "since": "2026-11-01",
    "for": "2026-10-07",
}
"""What the row below the header shows: it is an example, and never read as a person."""
_ROWS = 5000
"""So many rows below the header have drop-downs."""
_WIDTHS = 12, 30
_COLOURS = {"needed": "#F8B4AE", "asked": "#FFE699", "free": "#DDEBF7"}
_ASKED = frozenset(
    {"consent", "address", "committee", "phone", "availability", "birth_date", "risk", "capacity", "since", "for"}
)
"""Columns that a result gains most from, beside those that must be filled in."""
SETTINGS_FILE = "settings.toml"


def list_template_files() -> frozenset[str]:
    """Return every file that a template folder holds, in either language."""
    return frozenset({SETTINGS_FILE, *(f"{name}.xlsx" for names in _NAMES.values() for name in names)})


def name_template(kind: str) -> str:
    """Return the name of a kind's workbook in the language in use, without its ending."""
    return _NAMES[kind][language() == "zh"]


def write_template(folder: RunFolder) -> None:
    """Write the templates into ``folder``, in the language in use."""
    for kind, columns in _EMPTY.items():
        # no column for national IDs: nothing needs them, and what isn't collected can't leak
        own = [column for column in columns if column.kind != "national_id"]
        _write_workbook(folder.path / f"{name_template(kind)}.xlsx", name_template(kind), own)
    folder.write_text(SETTINGS_FILE, settings_file())


def _write_workbook(path: Path, title: str, columns: Sequence[Column]) -> None:
    """Write a workbook to fill in: a sheet with headers, formats, drop-downs and an example, and one that explains."""
    with Workbook(path, {"strings_to_formulas": False}) as book:
        worksheet = book.add_worksheet(title)
        worksheet.freeze_panes(1, 2)
        worksheet.ignore_errors({"number_stored_as_text": f"A1:XFD{_ROWS}"})
        text = {"num_format": AS_TEXT}
        day = {"num_format": "yyyy-mm-dd"}
        for at, one in enumerate(columns):
            look = day if one.kind == "date" else {} if one.kind in {"int", "number"} else text
            header = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": _COLOURS[_weigh(one)]}
            low, high = _WIDTHS
            width = min(high, max(low, measure_width(one.header()) + 2, measure_width(_show_example(one)) + 2))
            worksheet.set_column(at, at, width, book.add_format(look))
            worksheet.write_string(0, at, one.header(), book.add_format(header))
            worksheet.write_comment(0, at, _describe(one), {"x_scale": 2, "y_scale": 1.6})
            example = book.add_format({**look, "italic": True, "font_color": "#808080"})
            _write_example(worksheet, at, one, example)
            if one.choices:
                labels = [one.choice_label(choice.code) for choice in one.choices]
                # a value of another kind is asked about, not refused: people paste what they have
                worksheet.data_validation(
                    1, at, _ROWS, at, {"validate": "list", "source": labels, "error_type": "warning"}
                )
        _write_guide(book, columns)


def _write_example(worksheet: Worksheet, at: int, column: Column, look: Format) -> None:
    shown = _show_example(column)
    if not shown:
        worksheet.write_blank(1, at, None, look)
    elif column.kind in {"int", "number"}:
        worksheet.write_number(1, at, float(shown), look)
    elif column.kind == "date":
        worksheet.write_datetime(1, at, datetime.fromisoformat(shown), look)
    else:
        worksheet.write_string(1, at, shown, look)


def _write_guide(book: Workbook, columns: Sequence[Column]) -> None:
    """Write what every column means, a row a column."""
    worksheet = book.add_worksheet(_("How to fill in"))
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": AS_TEXT})
    bold = book.add_format({"bold": True, "bottom": 1})
    worksheet.write_string(
        0, 0, _("The grey row is an example and is not read. Ids and telephone numbers are text here.")
    )
    for at, colour in enumerate(_COLOURS):
        label = {"needed": _("must be filled in"), "asked": _("fill in if you can"), "free": _("as you like")}[colour]
        worksheet.write_string(1, at, label, book.add_format({"bg_color": _COLOURS[colour]}))
    rows = [_describe_row(one) for one in columns]
    for at, (title, width) in enumerate(zip(rows[0], (20, 12, 60, 30, 40, 24, 50), strict=True)):
        worksheet.set_column(at, at, width)
        worksheet.write_string(3, at, title, bold)
        for row, told in enumerate(rows, start=4):
            worksheet.write_string(row, at, told[title], wrapped)
    worksheet.freeze_panes(4, 1)


def _weigh(column: Column) -> str:
    return "needed" if column.required else "asked" if column.name in _ASKED else "free"


def _describe(column: Column) -> str:
    """Return what a column means, what it may hold, and an example."""
    parts = [_(column.text), _(_KINDS[column.kind])]
    if column.choices:
        parts.append("; ".join(column.choice_label(choice.code) for choice in column.choices))
    return "\n".join(parts)


def _show_example(column: Column) -> str:
    """Return a column's example in the language in use."""
    text = _EXAMPLES.get(column.name, column.example if column.required or column.name in _ASKED else "")
    return column.choice_label(text) if column.choices else _(text) if text else ""


def settings_file() -> str:
    """Return every setting at its default as TOML, with what it means, its unit and where the default comes from."""
    lines = ["# " + _("Settings. Change what you need; what you delete stays as it is here.")]
    section = ""
    for row in settings.table():
        if row.section != section:
            section = row.section
            lines += ["", f"[{section}]"]
        unit = f" [{_(row.unit)}]" if row.unit else ""
        lines += [f"# {_(row.text)}{unit} ({_(row.source)})", f"{row.key} = {_write_toml(row.default)}"]
    return "\n".join(lines) + "\n"


def _describe_row(column: Column) -> dict[str, str]:
    others = [header for header in column.headers if header != column.header()]
    return {
        _("column"): column.header(),
        _("needed"): _("yes") if column.required else "",
        _("meaning"): _(column.text),
        _("kind"): _(_KINDS[column.kind]),
        _("choices"): "; ".join(column.choice_label(choice.code) for choice in column.choices),
        _("example"): column.example,
        _("headers that are understood too"): "; ".join(others),
    }


def _write_toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case dict():
            return "{" + ", ".join(f"{_write_toml(key)} = {_write_toml(item)}" for key, item in value.items()) + "}"
        case tuple():
            return "[" + ", ".join(_write_toml(item) for item in value) + "]"
        case int() | float() | date():
            return str(value)
        case _:
            raise TypeError(f"no setting is a {type(value).__name__}")
