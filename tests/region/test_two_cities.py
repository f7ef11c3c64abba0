"""Two tiny cities at a border: solved as one, planned again, proved apart, one lost; and what kills its worker."""

import json
import signal
import sys
from hashlib import sha256

import pandas as pd
import pytest

from matcher.horizon import Horizon
from matcher.region import plan_region as of_region
from matcher.region.cities import read_cities
from matcher.region.cluster import Job, Lost, open_local
from matcher.region.orders import RegionRequest, make_orders
from matcher.region.plan_region import hold_region, plan_region
from matcher.region.task import plan_city
from matcher.run import PageRequest
from tests.helpers.people import LAT, LNG, METRE_LAT

MONTH = Horizon.of_month("2026-12")
NEAR_M, BEYOND_M = 400, 900
"""Within the limit; beyond it, in the next cell of the grid."""


class Here:
    """An engine without a cluster: every task is done in this process, but those that are lost."""

    def __init__(self, lost=()):
        self.done, self._lost = [], lost

    def run(self, jobs):
        for job in jobs:
            self.done.append(job.act.__name__)
            is_lost = job.act is plan_city and job.names[0] in self._lost
            yield job, Lost("killed twice") if is_lost else job.act(job.order)


class AsksTwice(Here):
    """An engine whose workers are lost once they have published: every city is asked again."""

    def run(self, jobs):
        for job, _answer in super().run(jobs):
            yield job, job.act(job.order)


def place(folder, north_m):
    """Write two cities, so far apart: the first has three elders and two places, the second places to spare."""
    for name, at_m, elders, places in (("a", 0, 3, 2), ("b", north_m, 1, 5)):
        (folder / name).mkdir(exist_ok=True)
        home = {"lng_wgs84": LNG, "lat_wgs84": LAT + at_m * METRE_LAT, "address": f"{name}路1号"}
        old = [{"id": f"{name}E{i}", "name": f"某{i}", "consent": "yes"} | home for i in range(elders)]
        young = [{"id": f"{name}V1", "name": "某某", "capacity": places} | home]
        for side, rows in (("elders", old), ("volunteers", young)):
            pd.DataFrame(rows).to_csv(folder / name / f"{side}.csv", index=False)
    text = "".join(
        f'[[city]]\nname = "{name}"\nelders = "{name}/elders.csv"\nvolunteers = "{name}/volunteers.csv"\n'
        for name in "ab"
    )
    (folder / "cities.toml").write_text(text, "utf-8")


def place_with_pairs(folder):
    """Write two cities that touch, each with last month's pairs, and return these files."""
    place(folder, NEAR_M)
    text, paths = (folder / "cities.toml").read_text("utf-8"), []
    for name, rows in (("a", "aE1,aV1\n"), ("b", "bE0,bV1\nbE7,bV1\n")):
        paths.append(folder / name / "pairs.csv")
        paths[-1].write_text(f"elder_id,volunteer_id\n{rows}", "utf-8")
        text = text.replace(f'name = "{name}"', f'name = "{name}"\nprevious = "{name}/pairs.csv"')
    (folder / "cities.toml").write_text(text, "utf-8")
    return paths


def plan(folder, engine):
    """Plan the two, and return the region's figures."""
    region, request = (
        read_cities(folder / "cities.toml"),
        RegionRequest(MONTH, folder / "out", page=PageRequest(page=False)),
    )
    orders, failed = make_orders(region, request)
    with hold_region(request):
        planned = plan_region(region, request, orders, failed, engine)
    return planned, json.loads((folder / "out" / of_region.SUMMARY).read_text("utf-8"))


def test_cities_that_touch_are_proved_apart_or_solved_as_one(tmp_path):
    """Either way the proof is of all pairs of both; who moves apart leaves no joint plan; who is lost stops nobody."""
    place(tmp_path, NEAR_M)
    first = Here()
    planned, summary = plan(tmp_path, first)
    proof, together = summary["proof"], tmp_path / "out" / "together"
    assert [border["outcome"] for border in proof["borders"]] == ["together"]
    assert (proof["covers"], proof["optimal"], proof["parts"]) == ("all_pairs_of_all_cities", True, [["a", "b"]])
    assert summary["elders"]["unmatched"] == 0
    assert summary["elders"]["from_outside"] == 1
    assert [path.name for path in together.iterdir()] == ["a+b"]

    again = Here()
    planned, summary = plan(tmp_path, again)
    assert {one.outcome for one in planned.results} == {"unchanged"}
    assert "scan_city" in first.done
    assert not {"scan_city", "check_border"} & set(again.done)  # no roster is read to find the same borders
    assert summary["proof"] == proof

    place(tmp_path, BEYOND_M)
    planned, summary = plan(tmp_path, Here())
    proof = summary["proof"]
    assert [border["outcome"] for border in proof["borders"]] == ["apart"]
    assert (proof["covers"], proof["optimal"], proof["parts"]) == ("all_pairs_of_all_cities", True, [["a"], ["b"]])
    assert proof["objective_m"] == proof["bound_m"]
    assert summary["elders"]["unmatched"] == 1
    assert not together.exists()

    planned, summary = plan(tmp_path, Here(lost="b"))
    assert [(one.outcome, one.exit_code) for one in planned.results] == [("unchanged", 0), ("failed", 1)]
    assert planned.exit_code == 1
    assert (summary["proof"]["covers"], summary["proof"]["optimal"]) == ("cities_with_plan", False)
    assert "killed twice" in (tmp_path / "out" / of_region.INDEX).read_text("utf-8")


def test_faults_of_lists_put_together_name_the_files_that_people_know(tmp_path):
    place_with_pairs(tmp_path)
    planned, _summary = plan(tmp_path, Here())
    assert {one.outcome for one in planned.results} == {"planned"}
    issues = pd.read_csv(tmp_path / "out" / "together" / "a+b" / "issues.csv", encoding="utf-8-sig")
    assert issues.loc[issues["value"] == "bE7", ["file", "row"]].to_numpy().tolist() == [["b/pairs.csv", 3]]


def test_manifests_of_lists_put_together_hold_the_hashes_of_the_files_that_were_read(tmp_path):
    given = place_with_pairs(tmp_path)
    plan(tmp_path, Here())
    read = [
        {"file": f"{path.parent.name}/pairs.csv", "sha256": sha256(path.read_bytes()).hexdigest()} for path in given
    ]
    manifests = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "out").rglob("manifest.json")]
    assert [one["inputs"]["previous"] for one in manifests] == [read] * 3  # the joint plan's, and each city's


def test_a_city_whose_roster_is_missing_is_told_as_its_fault(tmp_path):
    place(tmp_path, BEYOND_M)
    plan(tmp_path, Here())
    (tmp_path / "b/volunteers.csv").unlink()
    planned, _summary = plan(tmp_path, Here())
    assert [(one.outcome, one.exit_code) for one in planned.results] == [("unchanged", 0), ("failed", 2)]
    assert "volunteers.csv: there is no such file" in planned.results[1].reason
    assert "file_missing" in (tmp_path / "out/faults/b.csv").read_text("utf-8-sig")


def test_a_city_whose_worker_was_lost_once_it_had_published_was_planned(tmp_path):
    place(tmp_path, BEYOND_M)
    planned, _summary = plan(tmp_path, AsksTwice())
    assert [one.outcome for one in planned.results] == ["planned", "planned"]
    planned, _summary = plan(tmp_path, AsksTwice())
    assert [one.outcome for one in planned.results] == ["unchanged", "unchanged"]


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="a process kills itself by a signal of POSIX")
def test_what_kills_its_worker_is_given_up_and_not_who_waited_there():
    with open_local([10**9], 1, 10**9) as engine:
        jobs = [Job(("a",), signal.raise_signal, signal.SIGKILL, 2), Job(("b",), abs, -3, 1)]
        found = {job.names[0]: answer for job, answer in engine.run(jobs)}
    assert found["b"] == 3
    assert "killed 2 times" in found["a"].reason
