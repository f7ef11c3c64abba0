"""Many cities on a cluster of processes: a worker is killed, a roster is bad, two cities touch, and all is told."""

import json
import os
import signal
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import combinations

import numpy as np
import pandas as pd
import psutil
import pytest
from scipy.spatial import cKDTree

from matcher.commands import main
from matcher.commands.many import _show_without_last
from matcher.errors import InputError, UsageError
from matcher.geo.distance import to_ecef
from matcher.horizon import Horizon
from matcher.region import borders, cluster
from matcher.region.borders import Border, Scan, find_touching, list_parts
from matcher.region.cities import read_cities
from matcher.region.cluster import Certificates, Job, connect, open_local, share_memory
from matcher.region.memory import BASE_BYTES, BYTES_A_PERSON, estimate_need
from matcher.region.orders import RegionRequest, make_orders
from matcher.region.plan_region import _tell_of_earlier, hold_region, plan_region, refuse_last
from matcher.run import Inputs, RunRequest, run
from matcher.sample import make_sample
from matcher.sample.write import write_sample

MONTH = Horizon.of_month("2026-12")
BAD, TOUCHING = "City 3", ("City 6", "City 7")
GB = 10**9


def move(folder, east, letter=""):
    """Move a sample's people east by degrees of longitude, and put a letter before their ids."""
    for path in folder.glob("*.csv"):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        for name in frame.columns:
            if name.startswith("lng"):
                frame[name] = [f"{float(cell) + east:.6f}" if cell else "" for cell in frame[name]]
            if name in ("id", "elder_id", "volunteer_id"):
                frame[name] = letter + frame[name]
        frame.to_csv(path, index=False, encoding="utf-8-sig")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eight cities of at most twenty elders: one with a bad roster, two on the same streets, the others far apart."""
    folder = tmp_path_factory.mktemp("region")
    lines = ['name = "Delta"']
    for number in range(8):
        name = f"c{number}"
        (folder / name).mkdir()
        elders = {6: 20, 7: 8}.get(number, 8 + number)
        write_sample(make_sample(elders, {6: 1, 7: 8}.get(number, 3), {7: 6}.get(number, number)), folder / name)
        move(folder / name, 0.1 * min(number, 6), "ABCDEFGH"[number])
        lines += ["[[city]]", f'name = "City {number}"', f'elders = "{name}/elders.csv"']
        lines += [f'volunteers = "{name}/volunteers.csv"']
    (folder / "c3/elders.csv").write_text("nothing,here\n1,2\n")
    (folder / "cities.toml").write_text("\n".join(lines), "utf-8")
    return folder


class Ran:
    """A region that was planned twice on one cluster."""

    def __init__(self, folder):
        self.folder, self.out = folder, folder / "out"
        self.region = read_cities(folder / "cities.toml")
        request = RegionRequest(MONTH, self.out)
        orders, failed = make_orders(self.region, request)
        self.killed = []

        def kill_a_worker(progress):
            workers = [one for one in psutil.Process().children(recursive=True) if is_worker(one)]
            if not self.killed and progress.result.outcome == "planned" and workers:
                os.kill(workers[0].pid, signal.SIGKILL)
                self.killed.append(workers[0].pid)

        self.environment = dict(os.environ)
        with hold_region(request), open_local([GB] * 2, 2, 2 * GB) as engine:
            self.workers = engine.count_workers()
            self.first = plan_region(self.region, request, orders, failed, engine, kill_a_worker)
            self.summary = json.loads((self.out / "region.json").read_text("utf-8"))
            self.stamps = {path: path.stat().st_mtime_ns for path in self.out.glob("cities/*/pairs.csv")}
            self.again = plan_region(self.region, request, orders, failed, engine)
            ask = partial(getattr(signal, "pthread_sigmask", len), getattr(signal, "SIG_BLOCK", 0))
            self.blocked = [answer for _job, answer in engine.run([Job((str(n),), ask, ()) for n in range(4)])]
        self.environment_after = dict(os.environ)

    def result(self, name):
        return next(one for one in self.first.results if one.name == name)


def is_worker(process):
    try:
        return process.is_running() and "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:
        return False


@pytest.fixture(scope="module")
def ran(folder):
    return Ran(folder)


def read_run(folder):
    """Return the files of a run folder, without the times of its manifest."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    manifest = json.loads(files.pop("manifest.json"))
    manifest.pop("times")
    return files, manifest


def test_every_city_has_its_plan_although_a_worker_was_killed(ran):
    assert ran.workers == 2
    assert len(ran.killed) == 1
    outcomes = {one.name: one.outcome for one in ran.first.results}
    assert outcomes == {f"City {n}": "failed" if f"City {n}" == BAD else "planned" for n in range(8)}
    assert list(outcomes) == [f"City {n}" for n in range(8)]


def test_a_bad_roster_is_told_and_stops_nobody(ran):
    bad = ran.result(BAD)
    assert bad.exit_code == ran.first.exit_code == 2
    assert "no row of the file looks like a header" in bad.reason
    assert not (ran.out / "cities" / BAD).exists()
    faults = pd.read_csv(ran.out / "faults" / f"{BAD}.csv")
    assert list(faults["severity"]) == ["error"]


@pytest.mark.parametrize("number", [0, 5])
def test_folders_are_those_of_single_runs(ran, tmp_path, number):
    source = ran.folder / f"c{number}"
    done = run(RunRequest(Inputs(source / "elders.csv", source / "volunteers.csv"), MONTH, tmp_path / "alone"))
    assert read_run(done.folder) == read_run(ran.out / "cities" / f"City {number}")


def test_nothing_is_left_beside_the_folders(ran):
    assert [str(path) for path in ran.out.rglob(".*")] == []
    assert {path.name for path in ran.out.iterdir()} == {
        *("cities", "figures", "faults", "together", "region.json", "borders.json", "index.html"),
        *("cities.csv", "districts.csv", "tiers.csv", "shortages.csv"),
    }


def test_what_stands_is_not_planned_again(ran):
    assert {one.outcome for one in ran.again.results if one.name != BAD} == {"unchanged"}
    assert {path: path.stat().st_mtime_ns for path in ran.stamps} == ran.stamps
    assert [one.figures for one in ran.again.results] == [one.figures for one in ran.first.results]


def test_cities_that_touch_are_solved_as_one(ran, tmp_path):
    """The joint plan is that of the rosters put together, serves more than the two alone, and is proved."""
    assert [(one.cities, one.outcome) for one in ran.first.borders] == [(TOUCHING, "together")]
    assert ran.first.borders[0].pairs > 0
    elders, volunteers = (tuple(ran.folder / f"c{n}" / f"{side}.csv" for n in (6, 7)) for side in SIDES)
    whole = run(RunRequest(Inputs(elders, volunteers), MONTH, tmp_path / "whole"))
    assert read_run(whole.folder) == read_run(ran.out / "together" / "City 6+City 7")
    alone = [
        run(RunRequest(Inputs(*(ran.folder / f"c{n}" / f"{side}.csv" for side in SIDES)), MONTH, tmp_path / f"{n}"))
        for n in (6, 7)
    ]
    assert len(whole.plan.elder) > sum(len(one.plan.elder) for one in alone)
    assert whole.plan.certificate.optimal
    both = [ran.result(name).figures for name in TOUCHING]
    assert sum(one["elders"]["matched"] for one in both) == len(whole.plan.elder)
    assert sum(one["cost_m"] for one in both) == int(whole.plan.cost_m.sum())
    assert both[0]["elders"]["from_outside"] > 0
    assert both[0]["together"] == ["City 7"]


def test_shares_of_a_joint_plan_are_all_of_it(ran):
    """Each row about an elder stands in one city's folder, as it stands in the joint one."""
    whole = ran.out / "together" / "City 6+City 7"
    for name in ("pairs.csv", "visits.csv", "unmatched.csv", "capacity.csv"):
        shares = [(ran.out / "cities" / city / name).read_text("utf-8-sig").splitlines() for city in TOUCHING]
        rows = (whole / name).read_text("utf-8-sig").splitlines()
        assert shares[0][0] == shares[1][0] == rows[0]
        assert sorted(shares[0][1:] + shares[1][1:]) == sorted(rows[1:])


def test_the_region_adds_its_cities_up(ran):
    done = [one.figures for one in ran.first.done]
    assert ran.summary["elders"]["matched"] == sum(one["elders"]["matched"] for one in done)
    proof = ran.summary["proof"]
    parts = [json.loads(path.read_text("utf-8"))["proof"] for path in (ran.out).glob("cities/City [0-5]/summary.json")]
    parts.append(json.loads((ran.out / "together/City 6+City 7/summary.json").read_text("utf-8"))["proof"])
    assert proof["objective_m"] == proof["bound_m"] == sum(one["objective_m"] for one in parts)
    assert proof["eligible_pairs"] == sum(one["eligible_pairs"] for one in parts)
    assert proof["covers"] == "cities_with_plan"  # nobody knows who crosses to a city whose roster is bad
    assert not proof["optimal"]
    cities = pd.read_csv(ran.out / "cities.csv", keep_default_na=False, dtype=str).set_index("city")
    assert cities.loc[BAD, "outcome"] == "failed"
    assert int(cities["matched"].replace("", "0").astype(int).sum()) == ran.summary["elders"]["matched"]


def test_figures_are_the_cities_own(ran):
    for number in (0, 1, 2, 4, 5):
        figures, own = ran.result(f"City {number}").figures, ran.out / "cities" / f"City {number}"
        summary = json.loads((own / "summary.json").read_text("utf-8"))
        assert {name: summary["elders"][name] for name in ("on_roster", "taking_part", "matched", "unmatched")} == {
            name: figures["elders"][name] for name in ("on_roster", "taking_part", "matched", "unmatched")
        }
        assert figures["tiers"] == summary["elders"]["by_tier"]
        assert figures["volunteers"]["places"] == summary["volunteers"]["places"]
        areas = pd.read_csv(own / "areas.csv").fillna({"district": ""}).groupby("district").sum(numeric_only=True)
        for row in figures["districts"]:
            names = ("elders", "taking_part", "matched", "waiting", "volunteers", "places", "places_free")
            assert {name: int(areas.loc[row["district"], name]) for name in names} == {
                name: row[name] for name in names
            }
        assert figures["schedule"]["contacts_planned"] == summary["schedule"]["contacts_planned"]
        assert figures["schedule"]["calls_missing"] == summary["schedule"]["calls_missing"]


def test_the_index_leads_to_the_cities_pages(ran):
    page = (ran.out / "index.html").read_text("utf-8")
    assert 'href="cities/City%200/report.html">City 0<' in page
    assert 'href="together/City%206%2BCity%207/report.html">City 6<' in page
    assert "<th>from outside</th>" in page
    assert "<script" not in page
    assert "no row of the file looks like a header" in page


def test_a_city_that_failed_says_that_what_stands_is_an_earlier_plan(ran, tmp_path):
    failed = ran.result(BAD)
    assert _tell_of_earlier(failed, ran.region, tmp_path) == failed
    (tmp_path / "cities" / BAD).mkdir(parents=True)
    (tmp_path / "cities" / BAD / "manifest.json").write_text("{}", "utf-8")
    told = _tell_of_earlier(failed, ran.region, tmp_path)
    assert told.reason == f"{failed.reason}; the plan in cities/{BAD} is an earlier one"
    done = ran.result("City 0")
    assert _tell_of_earlier(done, ran.region, ran.out) == done


def test_a_region_whose_command_was_killed_as_it_began_is_gone_on_with(tmp_path):
    """Its folders and its lock stand, and no file says yet whose they are."""
    request = RegionRequest(Horizon.of_month("2026-12"), tmp_path / "new")
    (request.out / "cities").mkdir(parents=True)
    (request.out / ".old-partners-region.lock").write_text("", "utf-8")
    (request.out / ".old-partners-01234567.part").write_text("{", "utf-8")
    with hold_region(request):
        assert json.loads((request.out / "region.json").read_text("utf-8"))["month"] == "2026-12"
    other = RegionRequest(Horizon.of_month("2026-12"), tmp_path / "other")
    (other.out / "cities" / "A").mkdir(parents=True)
    with pytest.raises(UsageError, match="is no region's folder"), hold_region(other):
        pass


def test_last_months_region_is_looked_at(ran, tmp_path, capsys):
    """A wrong folder, or a city under another name, would lose all pairs in silence."""
    words = ["many", str(ran.folder / "cities.toml"), "--out", str(tmp_path / "new")]
    assert main([*words, "--month", "2027-01", "--last", str(tmp_path / "gone")]) == 2
    assert "is no region's folder" in " ".join(capsys.readouterr().err.split())
    assert main([*words, "--month", "2026-12", "--last", str(ran.out)]) == 2
    assert "name that of a month before 2026-12" in " ".join(capsys.readouterr().err.split())
    request = RegionRequest(Horizon.of_month("2027-01"), tmp_path / "new", last=ran.out)
    refuse_last(request)
    _show_without_last(request, make_orders(ran.region, request)[0])
    told = " ".join(capsys.readouterr().err.split())
    assert told.endswith(f"holds no pairs of {BAD}: nothing there counts as last month's")


def test_the_environment_is_as_it_was(ran):
    """Else loops of this process would run on as many cores as a worker had."""
    assert ran.environment_after == ran.environment


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_workers_hear_no_ctrl_c(ran):
    """A terminal sends it to them too: each would write a traceback. One that was begun anew hears none either."""
    assert len(ran.blocked) == 4
    assert all(signal.SIGINT in blocked for blocked in ran.blocked)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_orders_and_results_tell_nothing_of_people(ran):
    """Dask may log their text."""
    orders, _failed = make_orders(ran.region, RegionRequest(MONTH, ran.out))
    told = f"{orders[0]!r}{ran.first.results!r}"
    assert str(ran.folder) not in told
    assert "elders" not in told


# -- parts of it

SIDES = ("elders", "volunteers")


def test_faults_of_the_file_say_where(tmp_path):
    (tmp_path / "cities.toml").write_text(
        'bordres = "open"\n[[city]]\nname = "A"\nelders = "a.csv"\nvolunteers = "v.csv"\n'
        '[[city]]\nname = "a"\nelder = "b.csv"\n\n[[city]]\nelders = "c.csv"\nmemory_gb = 0\n',
        "utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_cities(tmp_path / "cities.toml")
    found = [(issue.code, issue.row, issue.column) for issue in caught.value.issues]
    assert ("cities_unknown_near", 1, "bordres") in found
    assert ("cities_unknown_near", 8, "elder") in found
    assert ("cities_no_name", 10, "") in found
    assert ("cities_invalid", 12, "memory_gb") in found
    assert {"allowed": "a number above 0"} in [issue.params for issue in caught.value.issues]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "cities_none"),
        ("city = 3", "cities_none"),
        ("[[city]", "cities_no_toml"),
        ('[[city]]\nname = "A"\nelders = "a"', "cities_no_roster"),
        (
            '[[city]]\nname="A"\nelders="a"\nvolunteers="a"\n[[city]]\nname="a"\nelders="a"\nvolunteers="a"',
            "cities_same_name",
        ),
        (
            '[[city]]\nname="A"\nelders="a"\nvolunteers="b"\n[[city]]\nname="B"\nelders="./a"\nvolunteers="c"',
            "cities_same_roster",
        ),
        ('[[city]]\nname = "  "\nelders = "a"\nvolunteers = "b"', "cities_name"),
        ('[[city]]\nname = "a\\u202eb"\nelders = "a"\nvolunteers = "b"', "cities_name"),
        ('[[city]]\nname = 3\nelders = "a"\nvolunteers = "b"', "cities_name"),
    ],
)
def test_a_file_that_is_no_list_of_cities_is_refused(tmp_path, text, code):
    (tmp_path / "cities.toml").write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read_cities(tmp_path / "cities.toml")
    assert code in {issue.code for issue in caught.value.issues}


def test_workers_share_the_machine():
    assert share_memory([GB] * 8, 2, 16 * GB) == [8 * GB, 8 * GB]
    assert len(share_memory([10 * GB, 8 * GB, GB, GB], 4, 16 * GB)) == 2  # the second takes what is left
    assert share_memory([10 * GB, 8 * GB, GB, GB], 4, 16 * GB)[0] >= 10 * GB
    assert share_memory([99 * GB, GB], 4, 16 * GB) == [16 * GB]  # tried all the same, alone
    assert len(share_memory([GB], 64, 16 * GB)) == 1


def test_a_larger_roster_needs_more_memory(tmp_path):
    (tmp_path / "small.csv").write_bytes(b"x,y\n" * 1000)
    (tmp_path / "large.csv").write_bytes(b"x,y\n" * 100_000)
    assert estimate_need(tmp_path / "large.csv", tmp_path / "gone") == BASE_BYTES + BYTES_A_PERSON * 100_000
    assert estimate_need(tmp_path / "small.csv", tmp_path / "small.csv") < estimate_need(
        tmp_path / "large.csv", tmp_path / "small.csv"
    )
    assert estimate_need(tmp_path / "gone", tmp_path / "small.csv") > 0


def test_chains_of_cities_are_one_part():
    known = [Border(("A", "B"), "together", 1), Border(("B", "D"), "together", 1), Border(("A", "C"), "apart")]
    assert list_parts(["A", "B", "C", "D"], known) == [["A", "B", "D"], ["C"]]


def test_without_dask_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(UsageError, match=r"old-partners\[cluster\]"):
        cluster.ask_for_dask()


def test_a_scheduler_without_tls_is_refused():
    with pytest.raises(UsageError, match="tls://"), connect("tcp://127.0.0.1:1", Certificates()):
        pass
    with pytest.raises(UsageError, match="tls://"), connect("tls://127.0.0.1", Certificates()):
        pass
    with pytest.raises(UsageError, match="--tls-ca, --tls-cert, --tls-key"), connect("tls://h:1", Certificates()):
        pass


def test_certificates_that_can_not_be_read_are_named_before_anybody_is_asked(tmp_path):
    gone = tmp_path / "gone.pem"
    with (
        pytest.raises(UsageError, match=r"can't be used \(FileNotFoundError\)"),
        connect("tls://127.0.0.1:9", Certificates(gone, gone, gone)),
    ):
        pass


class Workers:
    """A client of workers that have these versions of the program."""

    def __init__(self, *versions):
        self._versions = versions

    def wait_for_workers(self, _count, timeout):
        if not self._versions:
            raise TimeoutError(timeout)

    def run(self, _act, *_words, **_options):
        return {f"tls://node:{number}": one for number, one in enumerate(self._versions)}


def test_workers_of_another_version_are_refused():
    own = version("old-partners")
    cluster._ask_workers(Workers(own, own))
    with pytest.raises(UsageError, match=r"1 workers .* tls://node:1 has 0\.0\.1"):
        cluster._ask_workers(Workers(own, "0.0.1"))
    with pytest.raises(UsageError, match="tls://node:0 has none"):
        cluster._ask_workers(Workers(PackageNotFoundError("old-partners"), own))
    with pytest.raises(UsageError, match="no workers"):
        cluster._ask_workers(Workers())


def test_a_folder_of_something_else_is_left_alone(tmp_path, capsys, folder):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear", "utf-8")
    words = ["many", str(folder / "cities.toml"), "--month", "2026-12"]
    assert main([*words, "--out", str(tmp_path / "new"), "--set", "schedule.visits=1"]) == 2
    assert "there is no setting" in capsys.readouterr().err
    assert main([*words, "--out", str(tmp_path / "mine")]) == 2
    assert "is no region's folder" in " ".join(capsys.readouterr().err.split())
    (tmp_path / "last").mkdir()
    (tmp_path / "last/region.json").write_text('{"month": "2026-11"}', "utf-8")
    assert main([*words, "--out", str(tmp_path / "last")]) == 2
    assert "2026-11" in capsys.readouterr().err


def test_cells_find_whoever_may_be_paired():
    """No two within the limit are missed, whatever the grid; cities far apart do not touch."""
    rng = np.random.default_rng(5)
    cell_m, cities = 800.0, []
    for _city in range(12):
        sides = []
        for _side in range(2):
            near = rng.uniform(0, 0.012, (15, 2)) + rng.uniform(0, 0.06, 2)
            sides.append(pd.DataFrame({"lat": 31 + near[:, 0], "lng": 121 + near[:, 1]}))
        cities.append(sides)
    scans = [
        Scan(str(n), borders._spread(borders._find_cells(old, cell_m)), borders._find_cells(young, cell_m))
        for n, (old, young) in enumerate(cities)
    ]
    found = set(find_touching(scans))
    for a, b in combinations(range(12), 2):
        nearest = min(
            cKDTree(to_ecef(*cities[one][0].to_numpy().T)).query(to_ecef(*cities[other][1].to_numpy().T))[0].min()
            for one, other in ((a, b), (b, a))
        )
        assert nearest > cell_m or (str(a), str(b)) in found
        assert nearest < 4 * cell_m or (str(a), str(b)) not in found
    assert 0 < len(found) < 66


@pytest.mark.parametrize(("name", "touch"), [("一村", True), ("二村", False)])
def test_people_without_coordinates_touch_by_the_name_of_their_place(name, touch):
    people = [
        pd.DataFrame({"lat": [np.nan], "lng": [np.nan], "building": [""], "lane": [""], "neighbourhood": [place]})
        for place in ("一村", name)
    ]
    none = np.empty(0, dtype=np.int64)
    scans = [Scan("A", borders._hash_names(people[0]), none), Scan("B", none, borders._hash_names(people[1]))]
    assert find_touching(scans) == ([("A", "B")] if touch else [])
