from datetime import date

import pytest


@pytest.fixture(autouse=True)
def _before_december(monkeypatch):
    """The tests' month is always one to come."""
    monkeypatch.setattr("matcher.commands.options.today", lambda: date(2026, 11, 24))
