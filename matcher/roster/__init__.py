"""Rosters: reading files, checking them, and the values they become."""
