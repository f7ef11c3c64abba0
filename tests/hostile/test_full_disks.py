"""Two commands find the disk full at each moment; ``benchmarks.hostile`` tries every one that writes."""

import os

import pytest

from tests.helpers.effort import long
from tests.hostile.full_disks import fail_each_call, fill_disk, mount_disk, refuse_on_read_only_disk
from tests.hostile.read_only import refuse_to_write

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="commands go on in children")


@pytest.fixture
def disk(tmp_path):
    """A disk of a size of its own."""
    with mount_disk(tmp_path / "disk") as mounted:
        if not mounted:
            pytest.skip("only root can have a disk of a size")
        yield tmp_path / "disk"


@pytest.mark.parametrize("name", ["forget", *long("locate", "report --run", "many")])
def test_whatever_is_free_the_old_or_the_new_stands(world, disk, name):
    assert fill_disk(name, world, disk) > 1


@pytest.mark.parametrize("name", ["report", *long("forget", "record", "handouts", "many")])
def test_a_disk_that_can_only_be_read_is_called_so(world, disk, name):
    assert refuse_on_read_only_disk(name, world, disk) == 1


@pytest.mark.parametrize("name", ["check --out", *long("record")])
def test_each_thing_that_is_asked_of_the_disk_may_fail(world, tmp_path, name):
    assert fail_each_call(name, world, tmp_path) > 2


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize("name", ["locate", "forget"])
def test_another_user_writes_nothing_and_is_told_why(world, tmp_path, name):
    assert refuse_to_write(name, world, tmp_path / "place") == 2
