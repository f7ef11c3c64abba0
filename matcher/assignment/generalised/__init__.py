"""Pairs take more or fewer units of a volunteer's capacity: the generalised assignment problem."""
