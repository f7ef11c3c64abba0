"""Demand: which contacts are due, and when two people can meet."""
