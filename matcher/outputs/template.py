"""Empty rosters, pair lists and a commented settings file to start from, all made from the tables."""

from __future__ import annotations

from datetime import date

import pandas as pd

from matcher import settings
from matcher.columns import ELDERS, PAIR_LIST, VOLUNTEERS, Column, Kind, column
from matcher.i18n import N_, _
from matcher.outputs.folder import RunFolder
from matcher.outputs.localised import write_csv

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
}
TEMPLATE_FILES = frozenset({*(f"{name}.csv" for name in _EMPTY), "columns.csv", "settings.toml"})
"""Every file that a template folder holds."""


def write_template(folder: RunFolder) -> None:
    """Write the templates into ``folder``, in the language in use."""
    for name, columns in _EMPTY.items():
        # no column for national IDs: nothing needs them, and what isn't collected can't leak
        headers = [column.header() for column in columns if column.kind != "national_id"]
        write_csv(folder.path / f"{name}.csv", pd.DataFrame(columns=headers))
    write_csv(folder.path / "columns.csv", column_guide())
    folder.write_text("settings.toml", settings_file())


def column_guide() -> pd.DataFrame:
    """What every column of every template means, one row a column, in the language in use."""
    return pd.DataFrame([_described(f"{name}.csv", column) for name, columns in _EMPTY.items() for column in columns])


def settings_file() -> str:
    """Every setting at its default as TOML, with what it means, its unit and where the default comes from."""
    lines = ["# " + _("Settings. Change what you need; what you delete stays as it is here.")]
    section = ""
    for row in settings.table():
        if row.section != section:
            section = row.section
            lines += ["", f"[{section}]"]
        unit = f" [{_(row.unit)}]" if row.unit else ""
        lines += [f"# {_(row.text)}{unit} ({_(row.source)})", f"{row.key} = {_toml(row.default)}"]
    return "\n".join(lines) + "\n"


def _described(file: str, column: Column) -> dict[str, str]:
    others = [header for header in column.headers if header != column.header()]
    return {
        _("file"): file,
        _("column"): column.header(),
        _("needed"): _("yes") if column.required else "",
        _("meaning"): _(column.text),
        _("kind"): _(_KINDS[column.kind]),
        _("choices"): "; ".join(column.choice_label(choice.code) for choice in column.choices),
        _("example"): column.example,
        _("headers that are understood too"): "; ".join(others),
    }


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case dict():
            return "{" + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + "}"
        case tuple():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case int() | float() | date():
            return str(value)
        case _:
            raise TypeError(f"no setting is a {type(value).__name__}")
