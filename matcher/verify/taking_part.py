"""People who take part: elders who may be matched, volunteers who may have elders; and why an elder does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.pairs import WALK_TOLERANCE_M
from matcher.verify.reference import Reference
from matcher.verify.straight_lines import measure_nearest_lines_m
from matcher.verify.tables import read_numbers, read_texts
from matcher.verify.violations import Findings

Mask = NDArray[np.bool_]

_YIELD_TO_PINS = frozenset({"absent", "served_elsewhere", "no_place"})
"""Reasons that keep no pinned elder from being matched, but that they are not on the programme."""
_OF_PLACES = ("shortage", "outranked", "no_room", "no_room_unproven", "change_budget")
"""Reasons of elders whom somebody may serve who has no place left."""
_TOLERANCE_M = 0.1
_ROUND_EARTH = 0.01
"""Nearest on a sphere may be so much further than the nearest on the ellipsoid."""


@dataclass(frozen=True, slots=True, eq=False)
class TakingPart:
    """The people who take part in a month.

    Where it is not known who was pinned, those of the pairs may have been, and take part for it.
    """

    elders: Mask
    """Elders who do in any case, (n elders,)."""
    possible_elders: Mask
    """People who may, likewise."""
    volunteers: Mask
    """Volunteers who do in any case, (n volunteers,)."""
    possible_volunteers: Mask
    """People who may, likewise."""

    @classmethod
    def find(cls, pairs: pd.DataFrame, reference: Reference, *, pins_known: bool) -> Self:
        """Return who takes part, of the roster and the pairs of known people."""
        pins, n = reference.pairs.pins, reference.people.n_volunteers
        sides = [(pins // n, pins % n)]
        if not pins_known:
            paired = pairs["elder"].to_numpy(np.int64), pairs["volunteer"].to_numpy(np.int64)
            sides.append((np.append(pins // n, paired[0]), np.append(pins % n, paired[1])))
        elders = [_find_elders(who, reference) for who, _others in sides]
        volunteers = [_find_volunteers(who, reference) for _others, who in sides]
        return cls(elders[0], elders[-1], volunteers[0], volunteers[-1])


def _find_elders(pinned: NDArray[np.int64], reference: Reference) -> Mask:
    """Return the elders whom nothing keeps from being matched; a pin lets some be all the same."""
    barred = np.zeros(len(reference.people.elders.ids), dtype=bool)
    for why, mask in _find_barred(reference).items():
        of_them = mask.copy()
        of_them[pinned] &= why not in _YIELD_TO_PINS
        barred |= of_them
    if len(pinned):
        barred[pinned] |= ~reference.people.elder_present[pinned]
    return ~barred


def _find_barred(reference: Reference) -> dict[str, Mask]:
    """Return the elders whom each reason keeps from being matched, pins apart, (n elders,) each."""
    people, settings = reference.people, reference.settings
    nobody = np.zeros(len(people.elders.ids), dtype=bool)
    return {
        "no_consent": ~people.consenting if settings.consent.required else nobody,
        "absent": ~people.elder_present | reference.meetings.find_away(people.elders),
        "served_elsewhere": nobody if settings.consent.served_elsewhere else people.fit.served_elsewhere,
        "high_risk_closed": nobody if settings.capacity.most_high_risk else people.high_risk,
        "no_place": np.asarray(people.elders.place_quality == "none", dtype=bool),
    }


def check_reasons(unmatched: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check the reasons of elders who are left out because of themselves: each holds, and who is barred has one.

    Which volunteers the others might have is not asked, nor what a row without a reason claims.
    """
    barred = _find_barred(reference)
    anyhow = np.any(list(barred.values()), axis=0)
    # where places are known by words alone, those of all volunteers may be other words
    people = reference.people
    has_point = bool((people.volunteers.place_quality == "point").any())
    measured = np.asarray(people.elders.place_quality == "point", dtype=bool) & has_point
    holds = {**barred, "no_place": ~measured}
    reasons, elders = read_texts(unmatched, "reason"), read_texts(unmatched, "elder_id").tolist()
    place = reference.people.elders.find(elders)
    off = [
        elder >= 0 and reason not in ("", "not_eligible") and not holds.get(reason, ~anyhow)[elder]
        for elder, reason in zip(place.tolist(), reasons.tolist(), strict=True)
    ]
    rows = pd.DataFrame({"elder": place, "row": read_numbers(unmatched, "row")})
    findings.add("wrong_reason", rows[np.array(off, dtype=bool)])


def check_nearest(
    unmatched: pd.DataFrame,
    taking_part: TakingPart,
    reference: Reference,
    findings: Findings,
    *,
    asks_reasons: bool,
) -> None:
    """Check the straight line to the nearest volunteer who takes part, of elders with coordinates.

    ``asks_reasons``: so are reasons that hang on it: nobody in reach, or places of somebody in reach that run out.
    """
    people = reference.people
    names = ("nearest_volunteer_m", "row")
    rows = pd.DataFrame({name: read_numbers(unmatched, name) for name in names})
    rows = rows.assign(
        elder=people.elders.find(read_texts(unmatched, "elder_id")), reason=read_texts(unmatched, "reason")
    )
    rows = rows[rows["elder"] >= 0]
    elder, told = rows["elder"].to_numpy(), rows["nearest_volunteer_m"].to_numpy()
    own = people.elders.place_deg[elder]
    most, least = (
        measure_nearest_lines_m(own, people.volunteers.place_deg[serves])
        for serves in (taking_part.volunteers, taking_part.possible_volunteers)
    )
    off = np.fmax(np.fmax(least - told, told - most * (1 + _ROUND_EARTH)), 0.0)
    off = np.where(np.isnan(least), told, off)
    findings.add("wrong_amount", rows.assign(amount=off)[off > _TOLERANCE_M], "nearest_volunteer_m")
    if not asks_reasons:
        return
    factor, limit_m = reference.settings.distance.detour_factor, people.walk_limit_m[elder]
    is_near = (most * factor <= limit_m - WALK_TOLERANCE_M) & (rows["reason"] == "no_volunteer_in_reach")
    is_far = (least * factor > limit_m + WALK_TOLERANCE_M) & rows["reason"].isin(_OF_PLACES)
    if reference.settings.keep.beyond_limit:
        is_far &= ~np.isin(elder, reference.pairs.paired_before)
    findings.add("wrong_reason", rows[(is_near | is_far) & taking_part.elders[elder]])


def _find_volunteers(pinned: NDArray[np.int64], reference: Reference) -> Mask:
    """Return the volunteers who may have elders."""
    away = reference.meetings.find_away(reference.people.volunteers)
    away[pinned] = False
    return np.asarray(reference.people.find_serving(pinned) & ~away, dtype=bool)
