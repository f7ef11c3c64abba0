"""Schedule: pairs become dated visits and calls."""
