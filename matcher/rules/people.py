"""Rules about one person: who takes part at all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matcher.demand.meetings import get_meetings
from matcher.features import Features
from matcher.i18n import N_
from matcher.rules.base import Block, Mask, Rule


class Consent(Rule):
    """The rule that elders take part only with consent (PIPL: health and whereabouts are sensitive)."""

    name = "consent"
    sentence = N_("the elder's consent is recorded as yes")
    reads = ("consent.required",)
    unmatched_reason = "no_consent"
    change_reason = "elder_not_eligible"

    def bar_elders(self, features: Features) -> Mask | None:
        """Return elders without a yes, when consent is required."""
        if not features.settings.consent.required:
            return None
        return np.asarray(features.roster.elders["consent"].to_numpy() != "yes")


class ServedElsewhere(Rule):
    """The rule that elders whom another programme visits leave their place to others, unless they are pinned."""

    name = "served_elsewhere"
    sentence = N_("no other programme visits the elder already")
    reads = ("consent.served_elsewhere",)
    yields_to_pins = True
    unmatched_reason = "served_elsewhere"
    change_reason = "served_elsewhere"

    def bar_elders(self, features: Features) -> Mask | None:
        """Return elders whom another programme visits, when those are not to be matched too."""
        served = None if features.settings.consent.served_elsewhere else features.people.served_elsewhere
        return None if served is None else np.asarray(served & (features.pinned_volunteer < 0))


class Dates(Rule):
    """The rule that both are active: the elder on some day of the month, the volunteer up to the last.

    Neither is away on every day on which contacts are planned, unless a pin says that the pair stands all the same.
    """

    name = "dates"
    sentence = N_(
        "the elder is on the programme in these dates, the volunteer until their end; neither is away all the time"
    )
    unmatched_reason = "absent"
    change_reason = "elder_not_eligible"
    volunteer_change_reason = "volunteer_absent"

    def bar_elders(self, features: Features) -> Mask:
        """Return elders not active, joining later, gone before the first day, or away all the time."""
        away = get_meetings(features).elders_away & (features.pinned_volunteer < 0)
        return away | self._find_outside(features.roster.elders, features, np.datetime64(features.horizon.start))

    def bar_volunteers(self, features: Features) -> Mask:
        """Return volunteers not active, joining later, or leaving before the last day: a pair must be able to last.

        So are those who are away all the time.
        """
        away = get_meetings(features).volunteers_away.copy()
        away[features.pinned_volunteer[features.pinned_volunteer >= 0]] = False
        return away | self._find_outside(features.roster.volunteers, features, np.datetime64(features.horizon.end))

    def _find_outside(self, people: pd.DataFrame, features: Features, until: np.datetime64) -> Mask:
        joined = people["joined"].to_numpy().astype("datetime64[D]")
        left = people["left"].to_numpy().astype("datetime64[D]")
        status = people["status"].to_numpy().astype(str)
        # who has left was there up to the leaving date, where one is given
        active = np.isin(status, ["", "active"]) | ((status == "left") & ~np.isnat(left))
        # comparisons with NaT (an empty date) are False, so empty bars nobody
        return np.asarray(~active | (joined > np.datetime64(features.horizon.end)) | (left < until))


class KnownLocation(Rule):
    """The rule that it is known how far the two live apart; who is pinned can find the way."""

    name = "no_place"
    sentence = N_("it is known where the two live, or that they share a building, lane or committee")
    reads = ("place.same_lane_m", "place.same_committee_m")
    concerns = "location"
    yields_to_pins = True
    pin_issue = "pin_place_unknown"
    unmatched_reason = "no_place"
    change_reason = "no_place"

    def bar_elders(self, features: Features) -> Mask:
        """Return elders of whom neither coordinates nor names of places are known."""
        unknown = features.roster.elders["place_quality"].to_numpy() == "none"
        return np.asarray(unknown & (features.pinned_volunteer < 0))

    def bar_volunteers(self, features: Features) -> Mask:
        """Return such volunteers."""
        unknown = features.roster.volunteers["place_quality"].to_numpy() == "none"
        unknown[features.pinned_volunteer[features.pinned_volunteer >= 0]] = False
        return np.asarray(unknown)

    def bar_pairs(self, features: Features, block: Block) -> Mask:  # noqa: ARG002 - as all rules
        """Return pairs whose distance is not known, last month's too."""
        return np.asarray(np.isnan(block.straight_m))


class Capacity(Rule):
    """The rule that a volunteer's elders fit into the capacity; who has none, or may take none, has no part."""

    name = "capacity"
    sentence = N_("the volunteer has no more elders than places, or than units or minutes hold")
    reads = (
        "capacity.unit",
        "capacity.default",
        "capacity.units_by_risk",
        "capacity.default_minutes",
        "capacity.most_high_risk",
    )
    concerns = "capacity"
    unmatched_reason = "high_risk_closed"
    change_reason = "high_risk_limit"
    volunteer_change_reason = "capacity"

    def bar_elders(self, features: Features) -> Mask | None:
        """Return elders of high risk, where no volunteer may have any: a shortage of places it is not."""
        return None if features.settings.capacity.most_high_risk else features.high_risk

    def bar_volunteers(self, features: Features) -> Mask:
        """Return volunteers without a place, or without minutes."""
        return np.asarray((features.max_elders <= 0) | (features.capacity <= 0))
