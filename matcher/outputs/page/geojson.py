"""The layers of the page's map as GeoJSON (RFC 7946, WGS-84), for QGIS: as coarse as the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from matcher.outputs.page.contents import RISKS, STATUSES, PageContents, People
from matcher.outputs.page.html import CONTROL
from matcher.outputs.page.outlines import Outlines

LAYERS = ("elders", "volunteers", "pairs", "committees", "subdistricts", "shortages", "worth", "reach")
_DECIMALS = 5
_CORNERS = 32
"""Of a circle."""
Feature = dict[str, Any]


def write_geojson(folder: Path, contents: PageContents) -> None:
    """Write a file a layer into a folder that is there."""
    for layer in LAYERS:
        lines = ",\n".join(
            CONTROL.sub(_escape, json.dumps(feature, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
            for feature in _LISTS[layer](contents)
        )
        text = f'{{"type":"FeatureCollection","name":"{layer}","features":[\n{lines}\n]}}\n'
        (folder / f"{layer}.geojson").write_text(text, "utf-8", newline="")


def _escape(control: re.Match[str]) -> str:
    """Return a control character as JSON writes it: a terminal that shows the file must not obey it."""
    return f"\\u{ord(control[0]):04x}"


def _make(kind: str, coordinates: object, **properties: object) -> Feature:
    return {
        "type": "Feature",
        "geometry": None if coordinates is None else {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def _locate(people: People) -> list[list[float] | None]:
    """Return where each person is shown; None for nowhere."""
    places = np.round(np.column_stack([people.lng, people.lat]), _DECIMALS)
    known = np.isfinite(places[:, 0])
    return [place if is_known else None for place, is_known in zip(places.tolist(), known.tolist(), strict=True)]


def _name(contents: PageContents, committee: int) -> dict[str, str]:
    areas = contents.areas
    return {
        "subdistrict": areas.subdistricts[int(areas.subdistrict_of[committee])],
        "committee": areas.committees[committee],
    }


def _list_elders(contents: PageContents) -> Iterator[Feature]:
    reasons = (*contents.reasons, "")
    for i, place in enumerate(_locate(contents.elders)):
        v, status = int(contents.volunteer_of[i]), int(contents.status[i])
        yield _make(
            "Point",
            place,
            id=contents.elders.id[i],
            **_name(contents, int(contents.elders.committee[i])),
            risk=RISKS[int(contents.risk[i])],
            reason=reasons[int(contents.reason[i])],
            volunteer_id=contents.volunteers.id[v] if v >= 0 else "",
            status=STATUSES[status] if status >= 0 else "",
        )


def _list_volunteers(contents: PageContents) -> Iterator[Feature]:
    for i, place in enumerate(_locate(contents.volunteers)):
        yield _make(
            "Point",
            place,
            id=contents.volunteers.id[i],
            **_name(contents, int(contents.volunteers.committee[i])),
            load=int(contents.load[i]),
            places=int(contents.places[i]),
            place_serves_one_more=bool(contents.is_short[i]),
        )


def _list_pairs(contents: PageContents) -> Iterator[Feature]:
    theirs = _locate(contents.volunteers)
    for i, place in enumerate(_locate(contents.elders)):
        v = int(contents.volunteer_of[i])
        if v < 0:
            continue
        metres = int(contents.distance_m[i])
        yield _make(
            "LineString",
            None if place is None or theirs[v] is None else [place, theirs[v]],
            elder_id=contents.elders.id[i],
            volunteer_id=contents.volunteers.id[v],
            distance_m=metres if metres >= 0 else None,
            status=STATUSES[int(contents.status[i])],
        )


def _list_rings(outlines: Outlines) -> list[list[list[list[float]]] | None]:
    """Return each ring closed, as a polygon has it; None where there is none."""
    rings = [np.round(ring, _DECIMALS).tolist() for ring in outlines.list_rings()]
    return [[[*ring, ring[0]]] if ring else None for ring in rings]


def _list_committees(contents: PageContents) -> Iterator[Feature]:
    for i, ring in enumerate(_list_rings(contents.areas.committee_outlines)):
        yield _make("Polygon", ring, **_name(contents, i))


def _list_subdistricts(contents: PageContents) -> Iterator[Feature]:
    rings = _list_rings(contents.areas.subdistrict_outlines)
    for name, ring in zip(contents.areas.subdistricts, rings, strict=True):
        yield _make("Polygon", ring, subdistrict=name)


def _list_shortages(contents: PageContents) -> Iterator[Feature]:
    for row, ring in zip(contents.shortages, _list_rings(contents.shortage_outlines), strict=True):
        yield _make(
            "Polygon",
            ring,
            id=row.id,
            elders=row.elders,
            volunteers=row.volunteers,
            places=row.places,
            missing_places=row.missing,
            recruits=row.recruits,
        )


def _list_worth(contents: PageContents) -> Iterator[Feature]:
    worth, squares = contents.worth, contents.squares
    for x, y, elders in zip(worth.x.tolist(), worth.y.tolist(), worth.elders.tolist(), strict=True):
        corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)]
        ring = [[round(a * squares.size_lng, _DECIMALS), round(b * squares.size_lat, _DECIMALS)] for a, b in corners]
        yield _make("Polygon", [ring], elders_more=elders)


def _list_reach(contents: PageContents) -> Iterator[Feature]:
    angle = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    metres_lng = contents.squares.size_lng / contents.square_m
    metres_lat = contents.squares.size_lat / contents.square_m
    for i, place in enumerate(_locate(contents.volunteers)):
        if place is None:
            continue
        reach = int(contents.reach_m[i])
        ring = np.round(np.array(place) + circle * (reach * metres_lng, reach * metres_lat), _DECIMALS).tolist()
        yield _make("Polygon", [[*ring, ring[0]]], volunteer_id=contents.volunteers.id[i], reach_m=reach)


_LISTS = {
    "elders": _list_elders,
    "volunteers": _list_volunteers,
    "pairs": _list_pairs,
    "committees": _list_committees,
    "subdistricts": _list_subdistricts,
    "shortages": _list_shortages,
    "worth": _list_worth,
    "reach": _list_reach,
}
