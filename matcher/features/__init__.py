"""What rules compare of people, as small whole numbers, bits and keys, each made once."""

from matcher.features.codes import BySide, PairKeys
from matcher.features.people import NO_LIMIT, Features, compute_features

__all__ = ["NO_LIMIT", "BySide", "Features", "PairKeys", "compute_features"]
