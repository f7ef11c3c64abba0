"""What rules compare of people, as small whole numbers, bits and keys, each made once."""

from matcher.traits.codes import Both, PairKeys
from matcher.traits.people import NO_LIMIT, Traits, traits_of

__all__ = ["NO_LIMIT", "Both", "PairKeys", "Traits", "traits_of"]
