"""Loops of the match over people themselves, compiled."""
