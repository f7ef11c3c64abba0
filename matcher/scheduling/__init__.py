"""Schedule: pairs become dated visits and calls."""

SEED = 0
"""Seed of the exact model's search, the one thing in a month that draws at random."""
