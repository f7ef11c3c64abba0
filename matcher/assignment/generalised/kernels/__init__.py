"""Compiled loops of the generalised solver. Nothing here is trusted: bounds and costs are computed anew."""
