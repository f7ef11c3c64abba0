"""Compiled loops of the flow solver. Nothing here is trusted: ``certificate.py`` proves the answer."""
