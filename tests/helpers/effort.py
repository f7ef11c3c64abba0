"""Effort of the tests: a part of the random cases each time; all, and the long tests, with ``make test-long``."""

import os

import pytest

LONG = bool(os.environ.get("LONG_TESTS"))


def some(cases):
    """Return how many of so many random cases are tried: a quarter."""
    return cases if LONG else -(-cases // 4)


def long(*values):
    """Return values of a parametrised test that are tried with the long tests alone."""
    return [pytest.param(value, marks=pytest.mark.long) for value in values]
