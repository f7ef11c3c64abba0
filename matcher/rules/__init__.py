"""Rules: one small named object each; what it forbids or costs, and the sentence that explains it."""

from matcher.rules.base import Block, Loosened, Rule, measure_pairs
from matcher.rules.fit import (
    Acquainted,
    CommonLanguage,
    DementiaTraining,
    HighRiskTraining,
    Interests,
    Needs,
    Sex,
    Stairs,
    WantedLanguage,
)
from matcher.rules.hours import CommonTime, LeastVisits, MissedContacts, Silence
from matcher.rules.moded import ModedRule
from matcher.rules.near import (
    Boundary,
    Distance,
    Family,
    OwnLimit,
    SameBuilding,
    SameCommittee,
    SameCompound,
    SameLane,
)
from matcher.rules.pairs import Keep, Never, Walking
from matcher.rules.people import Capacity, Consent, Dates, KnownLocation, ServedElsewhere

RULES: tuple[Rule, ...] = (
    # who takes part
    Consent(),
    Dates(),
    ServedElsewhere(),
    KnownLocation(),
    Capacity(),
    # what a pair must be, or should
    Distance(),
    Never(),
    OwnLimit(),
    Boundary(),
    Family(),
    Sex(),
    WantedLanguage(),
    CommonLanguage(),
    DementiaTraining(),
    HighRiskTraining(),
    Stairs(),
    CommonTime(),
    LeastVisits(),
    Silence(),
    # what a pair costs, and what it is worth
    Walking(),
    Keep(),
    MissedContacts(),
    SameBuilding(),
    SameLane(),
    SameCompound(),
    SameCommittee(),
    Acquainted(),
    Interests(),
    Needs(),
)
"""The programme's rules, in the order in which they are asked."""

__all__ = [
    "RULES",
    "Acquainted",
    "Block",
    "Boundary",
    "Capacity",
    "CommonLanguage",
    "CommonTime",
    "Consent",
    "Dates",
    "DementiaTraining",
    "Distance",
    "Family",
    "HighRiskTraining",
    "Interests",
    "Keep",
    "KnownLocation",
    "LeastVisits",
    "Loosened",
    "MissedContacts",
    "ModedRule",
    "Needs",
    "Never",
    "OwnLimit",
    "Rule",
    "SameBuilding",
    "SameCommittee",
    "SameCompound",
    "SameLane",
    "ServedElsewhere",
    "Sex",
    "Silence",
    "Stairs",
    "Walking",
    "WantedLanguage",
    "measure_pairs",
]
