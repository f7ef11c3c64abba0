"""The charts of a report, in one table, and how a page draws them: bars and lines as SVG, with nothing to load."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from matcher.i18n import N_, _
from matcher.outputs.report.figures import BY_NAME, Figure

_GREEN, _RED, _GREY, _BLUE, _ORANGE = "#2E8B57", "#C0504D", "#A6A6A6", "#3A6EA5", "#E08E0B"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of some figures over the year's months."""

    text: str
    names: tuple[str, ...]
    colours: tuple[str, ...]
    stacked: bool = False
    """Stacked columns; else lines."""
    is_share: bool = False

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Return the figures that it shows."""
        return tuple(BY_NAME[name] for name in self.names)


CHARTS: tuple[Chart, ...] = (
    Chart(N_("Elders"), ("served", "waiting"), (_GREEN, _ORANGE), stacked=True),
    Chart(N_("Visits"), ("visits_done", "visits_missed", "visits_unreported"), (_GREEN, _RED, _GREY), stacked=True),
    Chart(N_("Calls"), ("calls_done", "calls_missed", "calls_unreported"), (_GREEN, _RED, _GREY), stacked=True),
    Chart(
        N_("Contacts kept, by risk"),
        ("kept_high", "kept_medium", "kept_low", "kept_unknown"),
        (_RED, _ORANGE, _BLUE, _GREY),
        is_share=True,
    ),
)
_WIDTH, _HEIGHT = 460, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 30, 56
_STEPS = 4


def draw_chart(chart: Chart, months: pd.DataFrame) -> str:
    """Return a chart as an SVG element in the language in use.

    Args:
        chart: Which.
        months: A row a month, a column a figure.
    """
    rows = months[list(chart.names)].to_numpy(float).tolist()
    top = 1.0 if chart.is_share else _round_up(max((sum(_known(row)) for row in rows), default=0))
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(rows), 1)
    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(_(chart.text))}">',
        f'<text x="{_WIDTH / 2}" y="17" class="title">{escape(_(chart.text))}</text>',
        *_draw_axis(top, is_share=chart.is_share),
    ]
    for i, month in enumerate(months.index):
        middle = _LEFT + (i + 0.5) * step
        # the report's head names the year
        parts.append(f'<text x="{middle:.1f}" y="{_HEIGHT - _BOTTOM + 15}" class="month">{escape(month[-2:])}</text>')
    draw = _draw_columns if chart.stacked else _draw_lines
    return "".join((*parts, *draw(chart, rows, top, step), *_draw_legend(chart), "</svg>"))


def _known(values: Sequence[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]


def _round_up(number: float) -> float:
    """Return the next number that four even steps lead to."""
    if number <= _STEPS:
        return _STEPS
    power: float = 10.0 ** math.floor(math.log10(number / _STEPS))
    return next(_STEPS * power * nice for nice in (1, 2, 2.5, 5, 10) if _STEPS * power * nice >= number)


def _find_y(value: float, top: float) -> float:
    return _TOP + (1 - value / top) * (_HEIGHT - _TOP - _BOTTOM)


def _draw_axis(top: float, *, is_share: bool) -> list[str]:
    parts = []
    for i in range(_STEPS + 1):
        value = top * i / _STEPS
        y, text = _find_y(value, top), f"{value:.0%}" if is_share else f"{value:,.0f}"
        parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" class="grid"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 3:.1f}" class="value">{text}</text>')
    return parts


def _draw_columns(chart: Chart, rows: Sequence[Sequence[float]], top: float, step: float) -> list[str]:
    parts = []
    width = min(0.62 * step, 60)
    for i, row in enumerate(rows):
        low = 0.0
        for value, colour in zip(row, chart.colours, strict=True):
            y, base = _find_y(low + value, top), _find_y(low, top)
            x = _LEFT + (i + 0.5) * step - width / 2
            parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{base - y:.1f}" fill="{colour}"/>')
            low += value
    return parts


def _draw_lines(chart: Chart, rows: Sequence[Sequence[float]], top: float, step: float) -> list[str]:
    parts = []
    for nth, colour in enumerate(chart.colours):
        points = [
            (_LEFT + (i + 0.5) * step, _find_y(row[nth], top)) for i, row in enumerate(rows) if not math.isnan(row[nth])
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    return parts


def _draw_legend(chart: Chart) -> list[str]:
    """Draw what each colour stands for, two in a line."""
    parts = []
    for i, (figure, colour) in enumerate(zip(chart.figures, chart.colours, strict=True)):
        x, y = _LEFT + (i % 2) * 200, _HEIGHT - 24 + (i // 2) * 14
        parts.append(f'<rect x="{x}" y="{y - 8}" width="9" height="9" fill="{colour}"/>')
        parts.append(f'<text x="{x + 14}" y="{y}" class="legend">{escape(_(figure.text))}</text>')
    return parts
