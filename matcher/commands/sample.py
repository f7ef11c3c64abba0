"""``sample``: made-up, lifelike rosters of any size."""

from __future__ import annotations

from pathlib import Path

from matcher.commands import options
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console, show_busy
from matcher.commands.translated import WholeNumber
from matcher.horizon import Horizon
from matcher.i18n import N_, _
from matcher.outputs.folder import RunFolder
from matcher.sample import make_sample, write_sample

SAMPLE_FILES = frozenset({"elders.csv", "volunteers.csv", "previous.csv", "pins.csv", "never.csv"})


@options.command(
    "sample",
    text=N_(
        "Make up lifelike rosters and last month's pairs: the same bytes for the same seed. Nobody in them exists."
    ),
)
@options.option("--elders", type=WholeNumber(min=1), default=1000, show_default=True, help=N_("how many elders"))
@options.option("--volunteers", type=WholeNumber(min=1), default=200, show_default=True, help=N_("how many volunteers"))
@options.option("--seed", type=WholeNumber(min=0), default=7, show_default=True, help=N_("other seed, other people"))
@options.add_month(default="2026-12")
@options.add_out()
def sample(elders: int, volunteers: int, seed: int, horizon: Horizon, out: Path, force: bool) -> None:
    """Write a sample."""
    with RunFolder(out, force=force, files=SAMPLE_FILES) as folder:
        with show_busy(_("making up people")):
            write_sample(make_sample(elders, volunteers, seed, horizon.start.strftime("%Y-%m")), folder.path)
        folder.publish()
    make_console().print(_("made-up rosters are in {path}").format(path=make_plain(str(out))), soft_wrap=True)
