"""Compiled loops over the months of volunteers."""
