"""Compiled loops over the months, weeks and days of volunteers."""
