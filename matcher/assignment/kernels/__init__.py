"""Compiled loops over all candidates of a city. Nothing here is trusted: ``certificate.py`` proves the answer."""
