"""Assignment: the pure optimisation problem, its solver and the proof of its answer."""
