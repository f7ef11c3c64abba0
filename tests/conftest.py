import os
from datetime import date
from importlib import import_module
from pathlib import Path
from shutil import disk_usage

import pytest
from hypothesis import settings

from matcher.i18n import use_language
from tests.helpers.effort import LONG, some

_MEMORY = "/dev/shm"
if Path(_MEMORY).is_dir() and disk_usage(_MEMORY).free > 4e9:
    # A file system in memory: thousands of folders are written, synchronised and removed.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _MEMORY)

settings.register_profile("some", max_examples=some(100))
settings.load_profile("some")


def pytest_collection_modifyitems(config, items):
    """Leave the long tests to ``make test-long``."""
    left = [item for item in items if item.get_closest_marker("long") and not LONG]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


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
