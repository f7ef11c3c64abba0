"""What rules and the match compare of people, as small whole numbers, bits and keys, each computed once."""

from matcher.features.codes import BySide, PairKeys
from matcher.features.features import Features
from matcher.features.people import NO_LIMIT

__all__ = ["NO_LIMIT", "BySide", "Features", "PairKeys"]
