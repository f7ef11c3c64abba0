"""The page of a region: its figures, and the way to each city's own page. It loads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

import pandas as pd

from matcher.columns import column
from matcher.i18n import _, language
from matcher.region.rollup import RegionResult, make_region_frame

_SHOWN = (
    *("city", "outcome", "elders", "matched", "waiting", "from_outside", "volunteers", "places"),
    *("contacts_planned", "contacts_missing", "proved"),
)
_STYLE = """
:root { font-family: "Noto Sans", "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
body { max-width: 1100px; margin: 1.5rem auto; padding: 0 1rem; color: #222; font-size: 14px; line-height: 1.45; }
h1 { font-size: 1.5rem; margin-bottom: .3rem; } p { margin: .4rem 0; } .note { color: #555; font-size: .9em; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid #ddd; text-align: right; vertical-align: top; }
th { background: #ddebf7; border-bottom: 1px solid #7f7f7f; font-weight: 600; }
th:first-child, td:first-child, td.left { text-align: left; } td, th { font-variant-numeric: tabular-nums; }
tr.failed td { background: #fdecea; }
"""


def write_index_page(region: RegionResult, summary: Mapping[str, Any], pages: Mapping[str, str]) -> str:
    """Return the page in the language in use; ``pages`` are the addresses of the cities' own."""
    title = _("{region}, {month}: all cities").format(region=region.name or _("Region"), month=region.month)
    frame = make_region_frame(region, "cities")
    frame["waiting"] = frame["taking_part"] - frame["matched"]
    rows = "".join(_write_row(row, pages) for row in frame.to_dict("records"))
    headers = "".join(f"<th>{escape(column(_find_kind(name), name).heading())}</th>" for name in _SHOWN)
    lang = {"zh": "zh-CN"}.get(language(), language())
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"<p>{escape(write_total(summary))}</p><p>{escape(write_proof(summary))}</p>"
        f"<table><thead><tr>{headers}</tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    )


def write_total(summary: Mapping[str, Any]) -> str:
    """Return what the region comes to, in a sentence."""
    text = _(
        "{done} of {listed} cities have a plan: {matched} of {taking_part} elders who take part have a volunteer, of "
        "{volunteers} volunteers."
    )
    return text.format(
        done=len(summary["cities"]["with_plan"]),
        listed=summary["cities"]["listed"],
        matched=f"{summary['elders']['matched']:,}",
        taking_part=f"{summary['elders']['taking_part']:,}",
        volunteers=f"{summary['volunteers']['taking_part']:,}",
    )


def write_proof(summary: Mapping[str, Any]) -> str:
    """Return what is proved of the region, in a sentence."""
    proof = summary["proof"]
    if proof["covers"] == "all_pairs_of_all_cities" and proof["optimal"]:
        text = _("Proved: no plan over all {pairs} eligible pairs of all cities is better, across borders too.")
    elif proof["covers"] == "pairs_within_cities" and proof["optimal"]:
        text = _("Proved: no plan in which each city keeps to itself is better, over all {pairs} eligible pairs.")
    else:
        text = _("Not proved for the whole region: region.json says what is missing.")
    return text.format(pairs=f"{proof['eligible_pairs']:,}")


def _write_row(row: Mapping[Any, Any], pages: Mapping[str, str]) -> str:
    name = str(row["city"])
    shown = escape(name)
    if name in pages:
        shown = f'<a href="{escape(quote(pages[name]))}">{shown}</a>'
    if row["outcome"] == "failed":
        reason = escape(str(row["reason"]))
        label = escape(column("cities", "outcome").choice_label("failed"))
        cell = f'<td class="left" colspan="{len(_SHOWN) - 1}">{label}: {reason}</td>'
        return f'<tr class="failed"><td>{shown}</td>{cell}</tr>'
    cells = "".join(f"<td>{escape(_format(key, row[key]))}</td>" for key in _SHOWN[1:])
    return f"<tr><td>{shown}</td>{cells}</tr>"


def _format(name: str, value: Any) -> str:  # noqa: ANN401 - a cell of any kind
    if name == "outcome":
        return column("cities", name).choice_label(str(value))
    if name == "proved":
        return column("cities", name).choice_label("yes" if value else "no")
    return "" if pd.isna(value) else f"{int(value):,}"


def _find_kind(name: str) -> str:
    return "districts" if name == "waiting" else "cities"
