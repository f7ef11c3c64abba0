"""``template``: empty rosters and a commented settings file."""

from __future__ import annotations

from pathlib import Path

from matcher.commands import options
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console
from matcher.i18n import N_, _
from matcher.outputs.folder import RunFolder
from matcher.outputs.template import list_template_files, name_template, write_template


@options.command(
    "template",
    text=N_(
        "Write workbooks for rosters and pair lists to fill in, with drop-downs, an example and a sheet that explains "
        "every column; and a settings file with every setting explained."
    ),
)
@options.add_out()
def template(out: Path, force: bool) -> None:
    """Write templates."""
    with RunFolder(out, force=force, files=list_template_files()) as folder:
        write_template(folder)
        folder.publish()
    shown = make_console()
    shown.print(_("templates are in {path}").format(path=make_plain(str(out))), soft_wrap=True)
    names = {f"{kind}_file": f"{name_template(kind)}.xlsx" for kind in ("elders", "volunteers")}
    text = _("fill in {elders_file} and {volunteers_file}, then run old-partners check")
    shown.print(text.format(**names))
