from datetime import date
from importlib import import_module

import pytest

from matcher.i18n import use_language


def pytest_sessionstart(session):
    """Compile the loops of a month once, before several processes do so at the same time."""
    if getattr(session.config.option, "numprocesses", None):
        with import_module("matcher.compile_ahead").compile_beside(lambda: None) as wait:
            wait()


@pytest.fixture(autouse=True)
def _before_december(monkeypatch):
    """The tests' month is always one to come."""
    monkeypatch.setattr("matcher.commands.options.get_today", lambda: date(2026, 11, 24))


@pytest.fixture(autouse=True)
def _not_the_first_run(monkeypatch):
    """No test starts processes that compile ahead, nor reads of them on the screen, but those that are about it."""
    monkeypatch.setattr("matcher.compiling.is_compiled", lambda: True)


@pytest.fixture(autouse=True)
def _english():
    """Whatever language a test leaves in use, the next one begins in English."""
    use_language("en")
    yield
    use_language("en")
