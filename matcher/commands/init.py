"""``init``: a new programme folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from matcher.commands import options
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console
from matcher.database import is_database, locate
from matcher.errors import UsageError
from matcher.i18n import N_, _, language
from matcher.outputs.programme_folder import name_template_file, write_programme
from matcher.outputs.template import SETTINGS_FILE
from matcher.privacy import show_name
from matcher.roster.source import find_paths, parse_source


@options.command(
    "init",
    text=N_(
        "Make a folder for a programme: programme.toml says where its rosters are and what its papers say, and each "
        "month lies in months. Inside it old-partners run 2027-01 needs no other word. What is there already stays."
    ),
)
@click.argument("folder", type=options.FILE)
@options.option("--name", metavar=N_("NAME"), help=N_("the programme's name, as papers and messages show it"))
@options.option(
    "--elders",
    multiple=True,
    metavar=N_("ROSTER"),
    help=N_("roster of elders that is there already; without it a template is written"),
)
@options.option("--volunteers", multiple=True, metavar=N_("ROSTER"), help=N_("roster of volunteers, likewise"))
@options.add_file_option("--previous", N_("for the first month: the pairs as they stand"))
@options.option("--templates", is_flag=True, help=N_("write templates although rosters are named"))
def init(
    folder: Path,
    name: str | None,
    elders: Sequence[str],
    volunteers: Sequence[str],
    previous: Path | None,
    templates: bool,
) -> None:
    """Make a programme folder."""
    for text in (*elders, *volunteers, *([str(previous)] if previous else [])):
        for path in () if is_database(text) else find_paths(parse_source(text)):
            if not path.exists():
                raise UsageError(_("there is no {path}; check the path and the name of the file").format(path=path))
    templates = templates or not (elders and volunteers)
    values: dict[str, object] = {"language": "zh" if language() == "zh" else "en", "name": name and show_name(name)}
    for roster, given in (("elders", elders), ("volunteers", volunteers)):
        values[f"files.{roster}"] = (
            [_write_from(folder, text) for text in given] if given else [name_template_file(roster)]
        )
    values["files.previous"] = _write_from(folder, str(previous)) if previous else None
    values["files.settings"] = SETTINGS_FILE if templates else None
    written = write_programme(folder, values, templates=templates)
    shown = make_console()
    shown.print(_("the programme's folder is {path}").format(path=make_plain(str(folder))), soft_wrap=True)
    for path in written:
        shown.print(f"    {make_plain(str(path))}", soft_wrap=True)
    text = (
        _("fill in the rosters, look through programme.toml; then: cd {path} and old-partners check")
        if templates
        else _("look through programme.toml; then: cd {path} and old-partners check")
    )
    shown.print(text.format(path=make_plain(str(folder))), soft_wrap=True)


def _write_from(folder: Path, text: str) -> str:
    """Return a path of here as one from the folder where it lies inside it, else from the root.

    Raises:
        UsageError: it is no UTF-8, so that no line of a TOML file can hold it.
    """
    if is_database(text):
        return locate(text, Path.cwd())
    path, inside = Path(os.path.abspath(text)), Path(os.path.abspath(folder))  # noqa: PTH100 - links stay as they are
    found = (path.relative_to(inside) if path.is_relative_to(inside) else path).as_posix()
    try:
        found.encode()
    except UnicodeEncodeError as error:
        told = _("programme.toml can't hold the name {path}, which is no UTF-8; give the file another name")
        raise UsageError(told.format(path=show_name(text))) from error
    return found
