"""Geo: places and the distances between them."""
