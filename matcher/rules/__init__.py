"""Rules: one small named object each; what it forbids or costs, and the sentence that explains it."""

from matcher.rules.base import Block, Rule
from matcher.rules.pairs import Distance, Keep, Never, Walking
from matcher.rules.people import Capacity, Consent, Dates, Place

RULES: tuple[Rule, ...] = (Consent(), Dates(), Place(), Capacity(), Distance(), Never(), Walking(), Keep())
"""The programme's rules, in the order in which they are asked."""

__all__ = ["RULES", "Block", "Capacity", "Consent", "Dates", "Distance", "Keep", "Never", "Place", "Rule", "Walking"]
