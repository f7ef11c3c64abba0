"""Why each elder without a volunteer has none: one proven reason and its evidence."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import HallSet
from matcher.candidates import in_reach, known_m, nearest
from matcher.geo.distance import geodesic_m
from matcher.month import Month
from matcher.plan import Unmatched

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def why_unmatched(
    month: Month,
    elders: Index,
    takes_part: tuple[Mask, Mask],
    barred_by: NDArray[np.str_],
    shortages: Iterable[HallSet],
) -> tuple[Unmatched, ...]:
    """A reason for each of ``elders``, roster indices in ascending order.

    ``takes_part`` are the masks of elders and volunteers whom no rule bars; ``barred_by`` the reason of each elder
    whom one bars; ``shortages`` the Hall sets, in roster indices.
    """
    volunteers = np.flatnonzero(takes_part[1])
    metres = _nearest_m(month, elders, volunteers)
    reach = in_reach(month, elders, volunteers)
    shortage_of = {int(elder): hall for hall in shortages for elder in hall.elders}
    out = []
    for elder, nearest_m, near in zip(elders.tolist(), metres.tolist(), reach.tolist(), strict=True):
        if not takes_part[0][elder]:
            reason, evidence = str(barred_by[elder]), {}
        elif elder in shortage_of:
            reason, evidence = "shortage", _shortage(shortage_of[elder])
        elif near:
            reason, evidence = "ruled_out", {"in_reach": near}
        elif not len(volunteers):
            reason, evidence = "no_volunteer", {}
        elif np.isnan(nearest_m):
            reason, evidence = "no_place", {}
        else:
            walk_m = round(nearest_m * month.settings.distance.detour_factor)
            reason = "no_volunteer_in_reach"
            evidence = {"limit_m": round(month.walk_limit_m[elder]), "nearest_m": walk_m}
        out.append(Unmatched(elder, reason, evidence, nearest_m))
    return tuple(out)


def _shortage(hall: HallSet) -> dict[str, int]:
    return {
        "elders": len(hall.elders),
        "volunteers": len(hall.volunteers),
        "places": hall.places,
        "missing": hall.missing,
    }


def _nearest_m(month: Month, elders: Index, volunteers: Index) -> NDArray[np.float64]:
    """Straight line from each of ``elders`` to the nearest of ``volunteers``, geopy's; NaN where none is known."""
    metres = np.full(len(elders), np.nan)
    mapped, volunteers = month.elder_mapped[elders], volunteers[month.volunteer_mapped[volunteers]]
    if mapped.any() and len(volunteers):
        metres[mapped] = pair_m(month, elders[mapped], nearest(month, elders[mapped], volunteers))
    return metres


def pair_m(month: Month, elders: Index, volunteers: Index) -> NDArray[np.float64]:
    """Straight line between each elder and the volunteer of the same entry, roster indices.

    geopy's geodesic; without coordinates what counts by the name that they share, NaN where they share none.
    """
    home, other = (
        frame[["lat", "lng"]].to_numpy(np.float64) for frame in (month.roster.elders, month.roster.volunteers)
    )
    ends = np.hstack([home[elders], other[volunteers]])
    mapped = np.isfinite(ends).all(axis=1)
    metres = np.full(len(ends), np.nan)
    metres[mapped] = geodesic_m(*ends[mapped].T)
    return known_m(month, elders, volunteers, metres)
