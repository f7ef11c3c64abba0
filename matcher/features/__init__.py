"""What rules compare of people, as small whole numbers, bits and keys, each made once."""

from matcher.features.codes import Both, PairKeys
from matcher.features.people import NO_LIMIT, Traits, traits_of

__all__ = ["NO_LIMIT", "Both", "PairKeys", "Traits", "traits_of"]
