"""Take the README's pictures: run the real command on sample_data/ and draw its screen as SVG, in both languages.

Run as ``make pictures``.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from matcher.i18n import LANGUAGES

ROOT = Path(__file__).parent.parent
COLUMNS = 92
# The rich template without its web fonts: a picture must not load anything, and has to know Chinese fonts.
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: "DejaVu Sans Mono", Menlo, Consolas, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", monospace;
  font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial, sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">
{matrix}
</g></g></svg>
"""


def screen(language: str, folder: Path) -> str:
    """What a terminal shows of the main job, colours included."""
    sample = ROOT / "sample_data"
    command = [sys.executable, "-m", "matcher", "run", "--lang", language, "--month", "2026-12", "--out", "demo"]
    for option in ("elders", "volunteers", "previous"):
        command += [f"--{option}", str(sample / f"{option}.csv")]
    terminal = {"TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "0", "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | terminal
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=folder, env=environment | {"PYTHONPATH": str(ROOT)}, check=True, stdout=subprocess.PIPE
    )
    return done.stdout.decode().replace(f"{folder.resolve()}{os.sep}", "")


def picture(language: str) -> str:
    """The screen of the main job as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        shown = screen(language, Path(folder))
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text("$ make demo", style="bold"))
    console.print(Text.from_ansi(shown.rstrip()))
    return console.export_svg(title="old-partners run", code_format=SVG, unique_id=f"run-{language}")


def main() -> None:
    """Write docs/run.<language>.svg for every language."""
    for language in LANGUAGES:
        (ROOT / "docs" / f"run.{language}.svg").write_text(picture(language), "utf-8")


if __name__ == "__main__":
    main()
