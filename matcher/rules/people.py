"""Rules about one person: who takes part at all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matcher.i18n import N_
from matcher.month import MonthData
from matcher.rules.base import Block, Mask, Rule


class Consent(Rule):
    """Elders take part only with their consent (PIPL: health and whereabouts are sensitive)."""

    name = "consent"
    sentence = N_("the elder's consent is recorded as yes")
    reads = ("consent.required",)

    def bars_elders(self, month: MonthData) -> Mask | None:
        """Without a yes, when consent is required."""
        if not month.settings.consent.required:
            return None
        return np.asarray(month.roster.elders["consent"].to_numpy() != "yes")


class ServedElsewhere(Rule):
    """Elders whom another programme visits already leave their place to others, unless they are pinned."""

    name = "served_elsewhere"
    sentence = N_("no other programme visits the elder already")
    reads = ("consent.served_elsewhere",)
    yields_to_pins = True

    def bars_elders(self, month: MonthData) -> Mask | None:
        """Visited by another, when those are not to be matched too."""
        served = None if month.settings.consent.served_elsewhere else month.features.served_elsewhere
        return None if served is None else np.asarray(served & (month.pinned_volunteer < 0))


class Dates(Rule):
    """Both are active and on the programme: the elder on some day, the volunteer up to the last day."""

    name = "dates"
    sentence = N_("the elder is on the programme in these dates, the volunteer until their end")

    def bars_elders(self, month: MonthData) -> Mask:
        """Not active, joining later, or gone before the first day."""
        return self._outside(month.roster.elders, month, np.datetime64(month.horizon.start))

    def bars_volunteers(self, month: MonthData) -> Mask:
        """Not active, joining later, or leaving before the last day: a pair must be able to last."""
        return self._outside(month.roster.volunteers, month, np.datetime64(month.horizon.end))

    def _outside(self, people: pd.DataFrame, month: MonthData, until: np.datetime64) -> Mask:
        joined = people["joined"].to_numpy().astype("datetime64[D]")
        left = people["left"].to_numpy().astype("datetime64[D]")
        active = np.isin(people["status"].to_numpy().astype(str), ["", "active"])
        # comparisons with NaT (an empty date) are False, so empty bars nobody
        return np.asarray(~active | (joined > np.datetime64(month.horizon.end)) | (left < until))


class Place(Rule):
    """Nobody is sent to a place that is not known, and no distance is guessed; who is pinned can find the way."""

    name = "no_place"
    sentence = N_("it is known where the two live, or that they share a building, lane or committee")
    reads = ("place.same_lane_m", "place.same_committee_m")
    yields_to_pins = True

    def bars_elders(self, month: MonthData) -> Mask:
        """Elders of whom neither coordinates nor names are known."""
        unknown = month.roster.elders["place_quality"].to_numpy() == "none"
        return np.asarray(unknown & (month.pinned_volunteer < 0))

    def bars_volunteers(self, month: MonthData) -> Mask:
        """Such volunteers."""
        unknown = month.roster.volunteers["place_quality"].to_numpy() == "none"
        unknown[month.pinned_volunteer[month.pinned_volunteer >= 0]] = False
        return np.asarray(unknown)

    def bars_pairs(self, month: MonthData, block: Block) -> Mask:  # noqa: ARG002 - as all rules
        """Pairs whose distance is not known, last month's too."""
        return np.asarray(np.isnan(block.straight_m))


class Capacity(Rule):
    """A volunteer has at most as many elders, units or minutes of them as places; who has none takes no part."""

    name = "capacity"
    sentence = N_("the volunteer has no more elders than places, or than units or minutes hold")
    reads = ("capacity.unit", "capacity.default", "capacity.units_by_risk", "capacity.default_minutes")

    def bars_volunteers(self, month: MonthData) -> Mask:
        """Volunteers without a place, or without minutes."""
        return np.asarray((month.capacity <= 0) | (month.room <= 0))
