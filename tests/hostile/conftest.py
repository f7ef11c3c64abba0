"""Fixtures that tests of hostile inputs share."""

import pytest

from tests.hostile.world import make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"))
