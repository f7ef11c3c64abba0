"""``template``: empty rosters and a commented settings file."""

from __future__ import annotations

from pathlib import Path

from matcher.commands import options
from matcher.commands.screen import console, plain
from matcher.i18n import N_, _
from matcher.outputs.folder import RunFolder
from matcher.outputs.template import TEMPLATE_FILES, write_template


@options.command(
    "template",
    text=N_(
        "Write empty rosters and pair lists with their headers, a list that explains every column, and a settings file "
        "with every setting explained."
    ),
)
@options.out_options()
def template(out: Path, force: bool) -> None:
    """Write templates."""
    with RunFolder(out, force=force, files=TEMPLATE_FILES) as folder:
        write_template(folder)
        folder.publish()
    shown = console()
    shown.print(_("templates are in {path}").format(path=plain(str(out))), soft_wrap=True)
    shown.print(_("fill in elders.csv and volunteers.csv (columns.csv explains them), then run old-partners check"))
