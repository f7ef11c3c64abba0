"""Take the README's pictures in both languages: the real command's screen as SVG, hand-outs and report page as PNG.

Run as ``make pictures``. Rich's own SVG export squeezes Chinese characters, which are two cells wide, into one. Pages
are printed by Chromium and turned into pictures by Poppler (``pdftoppm``).
"""

from __future__ import annotations

import io
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

from matcher.i18n import LANGUAGES

ROOT = Path(__file__).parent.parent
COLUMNS = 100
CELL, LINE, MARGIN = 9.6, 22.0, 18.0
FONTS = '"DejaVu Sans Mono", Menlo, Consolas, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", monospace'


def screen(language: str, folder: Path) -> str:
    """Return what a terminal shows of the main job, colours included."""
    sample = ROOT / "sample_data"
    inputs = {name: f"{name}.csv" for name in ("elders", "volunteers", "previous", "pins", "never")}
    options = [word for name, file in inputs.items() for word in (f"--{name}", str(sample / file))]
    options += [
        "--settings",
        str(sample / "settings.toml"),
        "--month",
        "2026-12",
        "--past",
        "--out",
        "demo",
        "--lang",
        language,
    ]
    command = [sys.executable, "-m", "matcher", "run", *options]
    terminal = {"TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "0", "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    done = subprocess.run(  # noqa: S603 - our own command
        command,
        cwd=folder,
        env=_make_environment() | terminal,
        check=True,
        stdout=subprocess.PIPE,
    )
    return done.stdout.decode().replace(f"{folder.resolve()}{os.sep}", "")


def _make_environment() -> dict[str, str]:
    """Return the environment that this project's commands run in."""
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def draw(text: Text) -> str:
    """Return a terminal's window with ``text`` in it, as SVG."""
    console = Console(width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    lines = console.render_lines(text, pad=False)
    width, height = COLUMNS * CELL + 2 * MARGIN, (len(lines) + 2.2) * LINE
    marks = [_line(line, (row + 2.5) * LINE) for row, line in enumerate(lines)]
    buttons = "".join(
        f'<circle cx="{MARGIN + 4 + 18 * i}" cy="{LINE}" r="6" fill="{colour}"/>'
        for i, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}">',
            f"<style>text {{ font-family: {FONTS}; font-size: 16px; white-space: pre; }}</style>",
            f'<rect width="{width:g}" height="{height:g}" rx="8" fill="{MONOKAI.background_color.hex}"/>',
            buttons,
            *filter(None, marks),
            "</svg>\n",
        )
    )


def _line(segments: list[Segment], y: float) -> str:
    """Draw one line of the screen; a run of characters of one width is stretched to the cells that it takes."""
    marks, column = [], 0
    for text, style, _control in segments:
        for _cells, run in itertools.groupby(text, cell_len):
            part = "".join(run)
            if part.strip():
                length = cell_len(part) * CELL
                marks.append(
                    f'<text x="{MARGIN + column * CELL:g}" y="{y:g}" textLength="{length:g}"'
                    f' lengthAdjust="spacingAndGlyphs"{_look(style)}>{escape(part)}</text>'
                )
            column += cell_len(part)
    return "".join(marks)


def _look(style: Style | None) -> str:
    """Return colour and weight as SVG attributes."""
    style = style or Style.null()
    colour = style.color.get_truecolor(MONOKAI) if style.color else MONOKAI.foreground_color
    weight = ' font-weight="bold"' if style.bold else ""
    return f' fill="{colour.hex}"' + weight + (' opacity="0.6"' if style.dim else "")


PAGES = (3, 4, -2)
"""Pages of the hand-outs of a team that are shown, from 1 or from the end: both of a volunteer's sheet, and cards."""
PAGE_DPI = 75
_HEADLESS = ("--headless", "--no-sandbox", "--disable-gpu")


def print_pages(language: str, folder: Path) -> Path:
    """Return a picture of some pages of the first team's hand-outs, as Chromium prints them."""
    sample = ROOT / "sample_data" / ("zh" if language == "zh" else "")
    rosters = [word for name in ("elders", "volunteers") for word in (f"--{name}", str(sample / f"{name}.csv"))]
    words = ["handouts", "--run", "demo", *rosters, "--out", "papers", "--lang", language]
    subprocess.run([sys.executable, "-m", "matcher", *words], cwd=folder, env=_make_environment(), check=True)  # noqa: S603
    page = next(path for path in sorted((folder / "papers").glob("*.html")) if not path.name.startswith("0 "))
    pdf, picture = folder / "papers.pdf", folder / "pages.png"
    _run("chromium", *_HEADLESS, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri())
    _run("pdftoppm", "-r", str(PAGE_DPI), "-png", str(pdf), str(folder / "page"))
    taken = sorted(folder.glob("page-*.png"))
    shown = [taken[number - 1 if number > 0 else number] for number in PAGES]
    images = "".join(f'<img src="{path.as_uri()}" style="margin:6px;border:1px solid #999">' for path in shown)
    (folder / "pages.html").write_text(f'<body style="margin:6px;background:#eee;white-space:nowrap">{images}', "utf-8")
    size = f"--window-size={len(PAGES) * (PAGE_DPI * 210 * 10 // 254 + 20) + 20},{PAGE_DPI * 297 * 10 // 254 + 40}"
    _run("chromium", *_HEADLESS, "--hide-scrollbars", size, f"--screenshot={picture}", (folder / "pages.html").as_uri())
    return picture


_PAGE_SIZE = "1240,1120"
"""Of the picture of the report page: down to below the map."""


def photograph_page(language: str, folder: Path) -> Path:
    """Return a picture of the report page of the sample's plan, as Chromium shows it."""
    sample = ROOT / "sample_data" / ("zh" if language == "zh" else "")
    words = [
        word for name in ("elders", "volunteers", "previous") for word in (f"--{name}", str(sample / f"{name}.csv"))
    ]
    words = ["match", *words, "--month", "2026-12", "--past", "--out", "plan", "--lang", language]
    subprocess.run([sys.executable, "-m", "matcher", *words], cwd=folder, env=_make_environment(), check=True)  # noqa: S603
    picture = folder / "report-page.png"
    size = f"--window-size={_PAGE_SIZE}"
    page = (folder / "plan" / "report.html").as_uri()
    patience = "--virtual-time-budget=4000"
    _run("chromium", *_HEADLESS, "--hide-scrollbars", patience, size, f"--screenshot={picture}", page)
    return picture


def _run(name: str, *words: str) -> None:
    """Run a program of this computer, and be silent about what it says."""
    path = shutil.which(name)
    if path is None:
        raise SystemExit(f"{name} is not installed")
    subprocess.run([path, *words], check=True, capture_output=True)  # noqa: S603 - our own words


def main() -> None:
    """Write docs/run.<language>.svg, docs/handouts.<language>.png and docs/report-page.<language>.png."""
    for language in LANGUAGES:
        with tempfile.TemporaryDirectory() as folder:
            shown = screen(language, Path(folder))
            shutil.copyfile(print_pages(language, Path(folder)), ROOT / "docs" / f"handouts.{language}.png")
            shutil.copyfile(photograph_page(language, Path(folder)), ROOT / "docs" / f"report-page.{language}.png")
        text = Text.assemble(("$ make demo\n", "bold"), Text.from_ansi(shown.rstrip()))
        (ROOT / "docs" / f"run.{language}.svg").write_text(draw(text), "utf-8")


if __name__ == "__main__":
    main()
