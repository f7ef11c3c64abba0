"""Places alone bind: the assignment problem as a min-cost flow."""
