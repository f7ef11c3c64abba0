"""Cores of a container: what the kernel's files say of quotas, of both versions, at any depth."""

from pathlib import Path

import pytest

from matcher import cores


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Return how to lay files as the kernel shows them; the process may run on 64 cores."""
    monkeypatch.setattr(cores, "_GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(cores, "_MOUNT", tmp_path / "mount")
    monkeypatch.setattr(cores, "_count_own", lambda: 64)

    def lay(groups, **files):
        (tmp_path / "cgroup").write_text(groups)
        for name, text in files.items():
            path = tmp_path / "mount" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return lay


V1 = "4:memory:/docker/1\n3:cpu,cpuacct:/docker/1\n"


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "10000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 64),
        ("0::/\n", {"cpu.max": "9900000 100000\n"}, 64),
        (
            "0::/a.slice/b\n",
            {"cpu.max": "max 100000", "a.slice/cpu.max": "300000 100000", "a.slice/b/cpu.max": "max 1"},
            3,
        ),
        ("0::/a/b\n", {"a/cpu.max": "800000 100000", "a/b/cpu.max": "400000 100000"}, 4),
        ("0::/../host\n", {"cpu.max": "500000 100000"}, 5),
        (V1, {"cpu/docker/1/cpu.cfs_quota_us": "250000\n", "cpu/docker/1/cpu.cfs_period_us": "100000\n"}, 3),
        (V1, {"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        (V1, {"cpu/docker/1/cpu.cfs_quota_us": "-1\n", "cpu/docker/1/cpu.cfs_period_us": "100000\n"}, 64),
        (V1, {"cpu/docker/1/cpu.cfs_quota_us": "100000\n", "cpu/docker/1/cpu.cfs_period_us": "0\n"}, 64),
        ("", {}, 64),
    ],
)
def test_the_least_quota_on_the_way_up_counts(kernel, groups, files, expected):
    kernel(groups, **files)
    assert cores.count_cores() == expected


def test_without_control_groups_all_cores_count(kernel):
    assert cores.count_cores() == 64
    assert not Path(cores._GROUPS).exists()


def test_libraries_are_held_to_a_quota_and_to_nothing_else(kernel):
    kernel("0::/\n", **{"cpu.max": "max 100000\n"})
    variables = {}
    cores.hold_to_quota(variables)
    assert variables == {}
    kernel("0::/\n", **{"cpu.max": "200000 100000\n"})
    variables = {"OMP_NUM_THREADS": "7"}
    cores.hold_to_quota(variables)
    assert variables == {**cores.spell_threads(2), "OMP_NUM_THREADS": "7"}


def test_the_own_cores_are_those_of_the_system():
    assert 1 <= cores.count_cores() <= cores._count_own()
