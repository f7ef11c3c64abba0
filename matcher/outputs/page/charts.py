"""The charts of a page as SVG: loads, distances, cadence by risk, reasons; they load nothing and print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from matcher.columns import column
from matcher.i18n import N_, _
from matcher.outputs.page.contents import PageContents

_WIDTH, _HEIGHT = 460, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 12, 12, 48, 40
_MOST_BARS = 8
"""Bars between which the longest numbers, of seven signs, leave a blank."""
RISK_NAMES = {
    "high": N_("high risk"),
    "medium": N_("medium risk"),
    "low": N_("low risk"),
    "unknown": N_("risk not given"),
}
_LINE = 24
_LABEL = 190


def draw_charts(contents: PageContents) -> Iterator[str]:
    """Yield each chart as an SVG element, in the language in use."""
    loads = [(number, int(count)) for number, count in contents.figures["volunteers"]["loads"].items()]
    yield _draw_columns(_("Volunteers by how many elders they have"), _join_last(loads))
    apart = [(f"{100 * (i + 1):,}", int(count)) for i, count in enumerate(contents.distance_counts)]
    yield _draw_columns(_("Pairs by metres apart, in a straight line: up to so many"), _join_last(apart))
    if kept := contents.figures.get("schedule", {}).get("cadence_kept_by_risk"):
        shares = [(_(RISK_NAMES[risk]), share) for risk, share in kept.items() if risk in RISK_NAMES]
        order = [_(name) for name in RISK_NAMES.values()]
        shares.sort(key=lambda item: order.index(item[0]))
        yield _draw_rows(_("Elders whose month holds every visit and call that is due"), shares, is_share=True)
    if left := contents.figures["elders"]["unmatched_by_reason"]:
        counts = [(name_reason(code), count) for code, count in sorted(left.items(), key=lambda item: -item[1])]
        yield _draw_rows(_("Elders without a volunteer, by reason"), counts)


def name_reason(code: str) -> str:
    """Return what a reason is called in the language in use."""
    return column("unmatched", "reason").choice_label(code).replace("_", " ")


def _join_last(bars: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return no more bars than have room: the last stands for all that follow."""
    if len(bars) <= _MOST_BARS:
        return list(bars)
    rest = bars[_MOST_BARS - 1 :]
    return [*bars[: _MOST_BARS - 1], (f"{rest[0][0]}+", sum(count for _label, count in rest))]


def _draw_columns(title: str, bars: Sequence[tuple[str, int]]) -> str:
    """Return upright bars with a number on each."""
    most = max((count for _label, count in bars), default=0) or 1
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    wide = min(0.74 * step, 70)
    parts = [_open(title, bars, _HEIGHT)]
    for i, (label, count) in enumerate(bars):
        middle = _LEFT + (i + 0.5) * step
        high = count / most * (_HEIGHT - _TOP - _BOTTOM)
        y = _HEIGHT - _BOTTOM - high
        parts.append(
            f'<rect class="bar" x="{middle - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"/>'
        )
        parts.append(f'<text class="mid" x="{middle:.1f}" y="{y - 4:.1f}">{_shorten(count)}</text>')
        parts.append(f'<text class="mid" x="{middle:.1f}" y="{_HEIGHT - _BOTTOM + 14}">{escape(label)}</text>')
    line = _HEIGHT - _BOTTOM
    parts.append(f'<line class="axis" x1="{_LEFT}" y1="{line}" x2="{_WIDTH - _RIGHT}" y2="{line}"/></svg>')
    return "".join(parts)


def _draw_rows(title: str, bars: Sequence[tuple[str, float]], *, is_share: bool = False) -> str:
    """Return lying bars, for labels that are long."""
    most = 1.0 if is_share else max((value for _label, value in bars), default=0) or 1
    told = [(label, f"{value:.1%}" if is_share else f"{value:,}") for label, value in bars]
    high = max(_TOP + _LINE * len(bars) + 6, 110)
    parts = [_open(title, told, high)]
    for i, ((label, value), (_label, text)) in enumerate(zip(bars, told, strict=True)):
        y, wide = _TOP + i * _LINE, value / most * (_WIDTH - _LABEL - 76)
        parts.append(f'<text class="end" x="{_LABEL - 6}" y="{y + 13}">{escape(label)}</text>')
        parts.append(f'<rect class="bar" x="{_LABEL}" y="{y}" width="{wide:.1f}" height="17"/>')
        parts.append(f'<text x="{_LABEL + wide + 5:.1f}" y="{y + 13}">{text}</text>')
    return "".join((*parts, "</svg>"))


def _open(title: str, bars: Sequence[tuple[str, object]], high: int) -> str:
    """Return the beginning of a chart, which says all its numbers to who cannot see it."""
    told = "; ".join(f"{label}: {value}" for label, value in bars)
    words = escape(f"{title}. {told}", quote=True)
    head = f'<svg class="chart" viewBox="0 0 {_WIDTH} {high}" role="img" aria-label="{words}">'
    return f'{head}<text class="title" x="{_LEFT}" y="20">{escape(title)}</text>'


def _shorten(count: int) -> str:
    return f"{count:,}" if count < 1_000_000 else f"{count / 1000:,.0f} k"
