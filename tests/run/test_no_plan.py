"""No plan possible: the folder is written all the same, and says so, with each elder's reason."""

import json

import pandas as pd
import pytest

from matcher.commands import main
from matcher.i18n import use_language

ELDER = {"id": "E1", "name": "王小宝", "consent": "yes", "lng_wgs84": 121.47, "lat_wgs84": 31.23}
VOLUNTEER = {"id": "V1", "name": "李小宝", "capacity": 3, "lng_wgs84": 121.47, "lat_wgs84": 31.2302}
WAYS = {
    "nobody consented": ({"consent": "no"}, {}, [], "no_consent"),
    "no volunteer takes part": ({}, {"status": "paused"}, [], "no_volunteer"),
    "nobody has a place": ({}, {"capacity": 0}, [], "no_volunteer"),
    "nobody in reach": ({}, {"lng_wgs84": 122.47}, [], "no_volunteer_in_reach"),
    "no pair allowed": ({}, {"max_walk_m": "10米"}, [], "ruled_out"),
    "none of high risk": ({"risk": "high"}, {}, ["--set", "capacity.most_high_risk=0"], "high_risk_closed"),
    "units in pieces": ({"risk": "high"}, {"capacity": 1}, ["--set", "capacity.unit=units"], "no_room"),
    "all volunteers set aside": ({}, {"lng_wgs84": 500}, ["--set-aside"], "no_volunteer"),
    "all elders set aside": ({"lng_wgs84": 500}, {}, ["--set-aside"], None),
    "second volunteers": ({"consent": "no"}, {}, ["--set", "backup.planned=true"], "no_consent"),
}


@pytest.mark.parametrize(("way", "command"), [*((way, "run") for way in WAYS), ("nobody in reach", "match")])
def test_the_reasons_are_written(way, command, tmp_path, capsys):
    use_language("en")
    elder, volunteer, words, reason = WAYS[way]
    pd.DataFrame([ELDER | elder]).to_csv(tmp_path / "e.csv", index=False)
    pd.DataFrame([VOLUNTEER | volunteer]).to_csv(tmp_path / "v.csv", index=False)
    rosters = ["--elders", str(tmp_path / "e.csv"), "--volunteers", str(tmp_path / "v.csv")]
    out = tmp_path / "out"
    calendars = ["--calendars"] if command == "run" else []
    code = main([command, *rosters, "--month", "2026-12", "--past", "--out", str(out), *words, *calendars])
    shown = capsys.readouterr()
    assert code == 3, shown.err
    assert "NO PLAN IS POSSIBLE" in shown.out
    assert "by hand" not in shown.out
    figures = json.loads((out / "summary.json").read_text("utf-8"))
    assert figures["plan_possible"] is False
    assert figures["elders"]["unmatched_by_reason"] == ({reason: 1} if reason else {})
    unmatched = pd.read_csv(out / "unmatched.csv", encoding="utf-8-sig")
    assert unmatched["reason"].tolist() == ([reason] if reason else [])
    assert (out / "shortages.csv").exists()
    assert main(["verify", *rosters, "--pairs", str(out / "pairs.csv"), "--month", "2026-12", *words]) == 0
