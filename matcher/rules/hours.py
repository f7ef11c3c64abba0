"""Rules about when the two can meet: whether at all, whether often enough, and what is missing in the month.

How often is asked of the volunteer whose elder it is, not of those who stand in.
"""

from __future__ import annotations

import numpy as np

from matcher.demand.meetings import Shortfall, get_meetings
from matcher.features import Features
from matcher.i18n import N_
from matcher.rules.base import Block, Cost, Mask, Rule
from matcher.rules.moded import ModedRule

_CLOCK = (
    "schedule.morning",
    "schedule.afternoon",
    "schedule.visit_min",
    "schedule.call_min",
    "schedule.weekends",
    "schedule.holidays",
    "schedule.closed_days",
    "schedule.max_minutes_per_day",
    "schedule.max_visits_per_day",
)
"""Settings that say when a contact may be, and how long it takes."""
_DUE = (
    "schedule.contacts_per_week",
    "schedule.visits_per_week",
    "schedule.min_visits_per_month",
    "schedule.min_visits_per_week_by_risk",
)
"""Settings that say what is due."""


class CommonTime(ModedRule):
    """The rule that the two can meet at all: some day of the month holds a visit or a call.

    Both are there on it, it is open, and their hours have time for the contact in common inside the day's windows.
    """

    name = "common_time"
    sentence = N_("there is a day of the month on which both have time for a contact")
    reads = ("availability.mode", "availability.penalty_m", *_CLOCK)
    change_reason = "common_time"
    mode_path = "availability.mode"
    penalty_path = "availability.penalty_m"

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs who can have no contact in the month.

        Where one of them is away all the time, that is the reason (``Dates``), unless the pair is pinned.
        """
        meetings, elder, volunteer = get_meetings(features), block.elder, block.volunteer
        never = meetings.find_never_meeting(elder, volunteer)
        if never is None:
            return None
        away = meetings.elders_away[elder] | meetings.volunteers_away[volunteer]
        return np.asarray(never & (~away | (features.pinned_volunteer[elder] == volunteer)))


class LeastVisits(ModedRule):
    """The rule that the two have time for the visits that the elder is to have at least.

    What not even somebody always free could hold, because the elder has too little time, is not asked.
    """

    name = "least_visits"
    sentence = N_("both have time for the visits that the elder is to have at least")
    reads = ("availability.least_visits", "match.missed_floor_m", *_DUE, *_CLOCK)
    concerns = "capacity"
    change_reason = "least_visits"
    mode_path = "availability.least_visits"
    penalty_path = "match.missed_floor_m"

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs who have too little time for the elder's least visits."""
        meetings = get_meetings(features)
        return meetings.find_short_of_visits(block.elder, block.volunteer, block.straight_m)


class Silence(ModedRule):
    """The rule that the two have time often enough that the elder is never too long without a contact.

    It asks for usual weeks: days off are what second volunteers are for.
    """

    name = "silence"
    sentence = N_("both have time often enough that the elder is never too long without a contact")
    reads = ("availability.silence", "match.missed_floor_m", "schedule.max_gap_days", *_DUE, *_CLOCK)
    concerns = "capacity"
    change_reason = "silence"
    mode_path = "availability.silence"
    penalty_path = "match.missed_floor_m"

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return pairs who leave the elder too long without a contact, week after week."""
        return get_meetings(features).find_silent(block.elder, block.volunteer)


class MissedContacts(Rule):
    """The rule that contacts which are due and for which the two have no time cost something."""

    name = "missed_contacts"
    sentence = N_("each contact that is due and for which the two have no time costs some walking, a visit more")
    reads = ("match.missed_contact_m", "match.missed_visit_m", *_DUE, *_CLOCK)
    concerns = "capacity"

    def compute_cost_m(self, features: Features, block: Block) -> Cost | None:
        """Return what the contacts cost that the pair by itself cannot hold."""
        worth = features.settings.match
        if not (worth.missed_contact_m or worth.missed_visit_m):
            return None
        short = self.find_shortfall(features, block)
        if short is None:
            return None
        cost = short.contacts * np.int64(worth.missed_contact_m)
        cost += short.visits * np.int64(worth.missed_visit_m)
        return np.asarray(cost)

    def find_shortfall(self, features: Features, block: Block) -> Shortfall | None:
        """Return what each pair by itself cannot hold of what is due in the month."""
        return get_meetings(features).find_shortfall(block.elder, block.volunteer, block.straight_m)
