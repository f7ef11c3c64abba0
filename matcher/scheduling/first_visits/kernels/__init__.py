"""Compiled loops over appointments for first visits."""
