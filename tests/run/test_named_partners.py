"""Pairs that the rosters name as last month's, where no file does: every later command of the month counts them."""

import pytest

from matcher.commands import main

ELDERS = "id,name,address,committee,consent,volunteer\nE1,张三,零陵路1弄1号,一居委,是,V2\n"
VOLUNTEERS = "id,name,address,committee\nV1,李四,零陵路9弄9号,一居委\nV2,王五,零陵路5弄5号,一居委\n"
"""Two of one committee count as 400 m apart, which is beyond the limit below: the pair stands as it stood before."""


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """A month whose only pair stands by the elder's own row; its folder and the words of every command."""
    place = tmp_path_factory.mktemp("named")
    (place / "elders.csv").write_text(ELDERS, "utf-8")
    (place / "volunteers.csv").write_text(VOLUNTEERS, "utf-8")
    files = ["--elders", str(place / "elders.csv"), "--volunteers", str(place / "volunteers.csv")]
    words = [*files, "--set", "distance.urban_limit_m=300"]
    assert main(["run", *words, "--month", "2026-12", "--past", "--out", str(place / "month")]) == 0
    return place / "month", words


@pytest.mark.parametrize(
    "command",
    [
        ("verify", "--month", "2026-12"),
        ("schedule", "--month", "2026-12", "--past", "--from", "2026-12-10"),
        ("substitute", "--volunteer", "V2", "--from", "2026-12-07", "--to", "2026-12-08", "--past"),
    ],
    ids=lambda words: words[0],
)
def test_a_pair_that_the_roster_names_stands_in_mid_month(month, command, tmp_path):
    folder, words = month
    stand = ["--pairs", str(folder / "pairs.csv"), "--visits", str(folder / "visits.csv")]
    out = [] if command[0] == "verify" else ["--out", str(tmp_path / "out")]
    assert main([*command, *words, *stand, *out]) == 0
