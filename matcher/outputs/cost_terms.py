"""What each term of a pair's cost means, in words."""

from __future__ import annotations

from matcher.i18n import N_

TERMS = {
    "walking": N_("the walk, with the way round"),
    "keep": N_("they were a pair last month"),
    "own_limit": N_("the walk is longer than the volunteer is ready for"),
    "boundary": N_("they live on two sides of a boundary"),
    "family": N_("they are of one household or family"),
    "sex": N_("the volunteer is not of the sex that the elder asks for"),
    "wanted_language": N_("the volunteer speaks no language that the elder asks for"),
    "common_language": N_("they have no language in common"),
    "dementia_training": N_("the volunteer has no course in dementia care"),
    "high_risk_training": N_("the volunteer has no course in care for elders of high risk"),
    "stairs": N_("there are floors to climb"),
    "common_time": N_("there is no day on which both have time"),
    "least_visits": N_("there is no time for the visits that the elder is to have at least"),
    "silence": N_("the elder would be without a contact for too long"),
    "missed_contacts": N_("some contacts that are due find no time"),
    "same_building": N_("they live in one building"),
    "same_lane": N_("they live in one lane"),
    "same_compound": N_("they live in one compound"),
    "same_committee": N_("they live in one residents' committee"),
    "acquainted": N_("they know each other"),
    "interests": N_("they have interests in common"),
    "needs": N_("the volunteer's skills answer the elder's needs"),
}
"""What a term of a pair's cost means; a rule of the user's own stands by its name."""
