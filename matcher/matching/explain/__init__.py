"""Explain: why an elder has no volunteer, and why a pair changed."""
