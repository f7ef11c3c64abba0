"""A file that is not in the datum it declares is told by what other files know of the same homes."""

import itertools

import numpy as np
import pytest

from matcher.datum import DATUMS, convert
from matcher.roster import load_roster
from matcher.settings import Settings

CENTRE = 121.47, 31.23
DEGREE_M = 111_000


@pytest.fixture
def city(tmp_path):
    """Writes a file of people; each of some homes, in metres from the centre in WGS-84, is written in a datum."""

    def write(name, datum, homes, committee="一居", noise_m=8.0, address=True, told="wgs84"):
        random = np.random.default_rng(len(homes) + len(name))
        lines = [f"编号,姓名,是否同意,街道,居委会,地址,经度({told}),纬度"]
        for i, (home, east, north) in enumerate(homes):
            off = random.normal(0, noise_m, 2)
            lng = CENTRE[0] + (east + off[0]) / DEGREE_M / np.cos(np.radians(CENTRE[1]))
            lat = CENTRE[1] + (north + off[1]) / DEGREE_M
            lng, lat = convert(lng, lat, "wgs84", datum)
            where = f"零陵路{home}号{i + 1}01室" if address else ""
            lines.append(
                f"{name[0].upper()}{committee}{i},人{name}{i},是,天平街道,{committee},{where},{lng:.6f},{lat:.6f}"
            )
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join(lines), "utf-8")
        return path

    return write


def told(elders, volunteers):
    roster = load_roster(elders, volunteers, Settings())
    found = [issue for issue in roster.issues if issue.code.startswith("place_datum")]
    return [(i.code, i.file, i.row, i.params["right"], i.params["told"]) for i in found], found


HOMES = [(n, 120 * (n % 4), 150 * (n // 4)) for n in range(1, 13)]
NAMES = {"wgs84": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}


@pytest.mark.parametrize(("declared", "right"), list(itertools.permutations(DATUMS, 2)))
def test_a_whole_roster(city, declared, right):
    issues, found = told(city("e", right, HOMES, told=declared), city("v", declared, HOMES[:6], told=declared))
    assert issues == [("place_datum_file", "e.csv", None, NAMES[right], NAMES[declared])]
    away_m = 490 if {declared, right} == {"wgs84", "gcj02"} else 934 if "wgs84" not in {declared, right} else 1200
    assert float(found[0].params["distance_m"]) == pytest.approx(away_m, rel=0.25)
    assert (found[0].params["people"], found[0].column) == ("12", f"经度({declared})")
    assert (issue := found[0]).message()
    assert issue.advice()


def test_the_volunteers_roster(city):
    issues, _ = told(city("e", "wgs84", HOMES), city("v", "gcj02", HOMES[3:7]))
    assert issues == [("place_datum_file", "v.csv", None, "GCJ-02", "WGS-84")]


def test_right_files_say_nothing(city):
    assert told(city("e", "gcj02", HOMES, told="gcj02"), city("v", "bd09", HOMES, told="bd09"))[0] == []


def test_one_committee_s_file_among_several(city):
    others = [(n + 100, 2000 + east, north) for n, east, north in HOMES]
    elders = [city("e1", "wgs84", HOMES), city("e2", "gcj02", others, committee="二居")]
    everyone = city("v", "wgs84", HOMES + others)
    assert told(elders, everyone)[0] == [("place_datum_file", "e2.csv", None, "GCJ-02", "WGS-84")]


def test_one_committee_within_a_file(city):
    others = [(n + 100, 2000 + east, north) for n, east, north in HOMES]
    first, second = city("e1", "wgs84", HOMES), city("e2", "gcj02", others, committee="二居")
    first.write_text("\n".join([first.read_text("utf-8"), *second.read_text("utf-8").splitlines()[1:]]), "utf-8")
    issues, found = told(first, [city("v1", "wgs84", HOMES), city("v2", "wgs84", others, committee="二居")])
    assert issues == [("place_datum_rows", "e1.csv", 14, "GCJ-02", "WGS-84")]
    assert (found[0].params["last"], found[0].params["people"], found[0].column) == (25, "12", "经度(wgs84)")


def test_a_compact_committee_without_addresses(city):
    here = [(0, 15 * i, 10 * i) for i in range(8)]
    issues, _ = told(city("e", "gcj02", here, address=False), city("v", "wgs84", here[:5], address=False))
    assert issues == [("place_datum_file", "e.csv", None, "GCJ-02", "WGS-84")]


@pytest.mark.parametrize("few", [4, 5])
def test_too_few_in_a_committee_prove_nothing(city, few):
    here = [(0, 5 * i, 5 * i) for i in range(8)]
    issues, _ = told(city("e", "gcj02", here, address=False), city("v", "wgs84", here[:few], address=False))
    assert len(issues) == (few == 5)


def test_a_wide_committee_proves_nothing(city):
    wide = [(0, 400 * (i % 3), 400 * (i // 3)) for i in range(9)]
    assert told(city("e", "gcj02", wide, address=False), city("v", "wgs84", wide[:6], address=False))[0] == []


@pytest.mark.parametrize("shared", [2, 3])
def test_two_buildings_prove_nothing(city, shared):
    apart = [(n + 50, east + 5000, north) for n, east, north in HOMES[shared:]]
    issues, _ = told(city("e", "gcj02", HOMES), city("v", "wgs84", HOMES[:shared] + apart, committee="二居"))
    assert len(issues) == (shared == 3)


def test_off_in_another_direction_is_no_datum(city):
    moved = [(n, east + 350, north + 350) for n, east, north in HOMES]
    assert told(city("e", "wgs84", moved), city("v", "wgs84", HOMES))[0] == []


def test_half_a_file_is_not_the_file(city):
    half = [(n, east + 450, north - 180) if n % 2 else (n, east, north) for n, east, north in HOMES]
    assert told(city("e", "wgs84", half), city("v", "wgs84", HOMES))[0] == []
