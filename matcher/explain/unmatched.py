"""Why each elder without a volunteer has none: one proven reason and its evidence."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import HallSet
from matcher.candidates import in_reach, nearest
from matcher.geo.distance import geodesic_m
from matcher.month import Month
from matcher.plan import Unmatched

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def why_unmatched(
    month: Month,
    elders: Index,
    takes_part: tuple[Mask, Mask],
    no_consent: Mask,
    shortages: Iterable[HallSet],
) -> tuple[Unmatched, ...]:
    """A reason for each of ``elders``, roster indices in ascending order.

    ``takes_part`` are the masks of elders and volunteers whom no rule bars; ``no_consent`` the mask of elders whom
    the consent rule bars; ``shortages`` the Hall sets, in roster indices.
    """
    volunteers = np.flatnonzero(takes_part[1])
    metres = _nearest_m(month, elders, volunteers)
    reach = in_reach(month, elders, volunteers)
    shortage_of = {int(elder): hall for hall in shortages for elder in hall.elders}
    out = []
    for elder, nearest_m, near in zip(elders.tolist(), metres.tolist(), reach.tolist(), strict=True):
        if not takes_part[0][elder]:
            reason, evidence = ("no_consent" if no_consent[elder] else "absent"), {}
        elif elder in shortage_of:
            reason, evidence = "shortage", _shortage(shortage_of[elder])
        elif near:
            reason, evidence = "ruled_out", {"in_reach": near}
        elif not len(volunteers):
            reason, evidence = "no_volunteer", {}
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
    """Straight line from each of ``elders`` to the nearest of ``volunteers``, geopy's; NaN where there is none."""
    if not len(elders) or not len(volunteers):
        return np.full(len(elders), np.nan)
    return pair_m(month, elders, nearest(month, elders, volunteers))


def pair_m(month: Month, elders: Index, volunteers: Index) -> NDArray[np.float64]:
    """geopy's geodesic between each elder and the volunteer of the same entry, roster indices."""
    home, other = month.roster.elders, month.roster.volunteers
    return geodesic_m(
        home["lat"].to_numpy()[elders],
        home["lng"].to_numpy()[elders],
        other["lat"].to_numpy()[volunteers],
        other["lng"].to_numpy()[volunteers],
    )
