"""Lists of pairs and visits against a roster."""

import pandas as pd
import pytest

from matcher.columns import FILES
from matcher.errors import InputError
from matcher.messages import ISSUES
from matcher.roster import make_roster
from matcher.roster.pairs import load_file, load_pairs, load_visits, pairs_from_frame
from matcher.settings import Settings

KINDS = ("pairs", "previous", "pins", "never")


def roster():
    """Elders E1 and E2, volunteers V1 and V2; E9 and V9 set aside."""
    people = {"lng": "121.47", "lat": "31.23", "是否同意": "是"}
    elders = pd.DataFrame([{"id": f"E{i}", **people, "name": "" if i == 9 else "某"} for i in (2, 1, 9)])
    volunteers = pd.DataFrame([{"id": f"V{i}", **people, "name": "" if i == 9 else "某"} for i in (9, 2, 1)])
    return make_roster(elders, volunteers.drop(columns="是否同意"), Settings())


def load(tmp_path, rows, kind, header="老人编号,志愿者编号"):
    path = tmp_path / f"{kind}.csv"
    path.write_text("\n".join([header, *rows]), "utf-8-sig")
    return load_pairs(path, roster(), kind)


def told(issues):
    return [(i.code, i.file, i.row, i.column, i.value) for i in issues]


@pytest.mark.parametrize("kind", KINDS)
def test_sound_pairs(tmp_path, kind):
    pairs, issues = load(tmp_path, ["E2,V1", "", "Ｅ1, V2"], kind)
    assert issues == []
    assert pairs.elder.tolist() == [1, 0]
    assert pairs.volunteer.tolist() == [0, 1]
    assert (pairs.elder_id, pairs.volunteer_id) == (("E2", "E1"), ("V1", "V2"))
    assert pairs.row.tolist() == [2, 4]
    assert pairs.file == f"{kind}.csv"
    assert (pairs.elder.dtype, pairs.volunteer.dtype, pairs.row.dtype) == ("int64",) * 3


@pytest.mark.parametrize("kind", ["pairs", "pins", "never"])
def test_strangers_and_people_set_aside(tmp_path, kind):
    pairs, issues = load(tmp_path, ["E1,V7", "E7,V1", "E9,V1", "E2,V9", "E8,V8"], kind)
    assert told(issues) == [
        ("pair_unknown_volunteer", f"{kind}.csv", 2, "志愿者编号", "V7"),
        ("pair_unknown_elder", f"{kind}.csv", 3, "老人编号", "E7"),
        ("pair_set_aside", f"{kind}.csv", 4, "老人编号", "E9"),
        ("pair_set_aside", f"{kind}.csv", 5, "志愿者编号", "V9"),
        ("pair_unknown_elder", f"{kind}.csv", 6, "老人编号", "E8"),
        ("pair_unknown_volunteer", f"{kind}.csv", 6, "志愿者编号", "V8"),
    ]
    assert [i.severity for i in issues] == ["error", "error", "warning", "warning", "error", "error"]
    assert len(pairs) == 0


def test_last_month_knew_others(tmp_path):
    pairs, issues = load(tmp_path, ["E1,V7", "E7,V1", "E9,V1", "E2,V9", "E8,"], "previous")
    assert told(issues) == [
        ("pairs_unnamed", "previous.csv", None, "", "6"),
        ("previous_unknown_volunteer", "previous.csv", 2, "志愿者编号", "V7"),
        ("previous_unknown_elder", "previous.csv", 3, "老人编号", "E7"),
        ("pair_set_aside", "previous.csv", 4, "老人编号", "E9"),
        ("pair_set_aside", "previous.csv", 5, "志愿者编号", "V9"),
    ]
    assert {i.severity for i in issues} == {"warning"}
    assert pairs.elder.tolist() == [0, -1, -1, 1]
    assert pairs.volunteer.tolist() == [-1, 0, 0, -1]
    assert pairs.volunteer_id == ("V7", "V1", "V1", "V9")


@pytest.mark.parametrize(
    ("header", "cell", "told_of"),
    [
        ("状态", "已解除", True),
        ("状态", "沿用", False),
        ("状态", "正常", False),
        ("状态", "暂停", False),
        ("结束日期", "2026-10-31", True),
        ("结束日期", "", False),
        ("备注", "老人要求换人", True),
        ("备注", "聊得来", False),
        ("备注", "老伴已去世", False),
        ("备注", "老伴身体不好，女儿要求换人", True),
        ("Notes", "ended in May", True),
        ("Notes", "not moved", False),
        ("电话", "解除", False),
    ],
)
def test_a_pair_of_last_month_that_may_have_ended_is_told(tmp_path, header, cell, told_of):
    pairs, issues = load(tmp_path, [f"E1,V1,{cell}"], "previous", f"老人编号,志愿者编号,{header}")
    assert [i.code for i in issues] == ["pair_may_have_ended"] * told_of
    assert pairs.elder.tolist() == [0]


@pytest.mark.parametrize("kind", ["pairs", "previous", "pins"])
def test_an_elder_twice(tmp_path, kind):
    pairs, issues = load(tmp_path, ["E1,V1", "E2,V1", "E1,V2"], kind)
    assert [(i.code, i.row, i.column, i.value, i.params["other"]) for i in issues] == [
        ("pair_elder_twice", 2, "老人编号", "E1", 4),
        ("pair_elder_twice", 4, "老人编号", "E1", 2),
    ]
    assert pairs.elder_id == ("E2",)


def test_an_elder_may_be_in_many_never_pairs(tmp_path):
    pairs, issues = load(tmp_path, ["E1,V1", "E1,V2"], "never")
    assert (len(pairs), issues) == (2, [])


@pytest.mark.parametrize("kind", KINDS)
def test_ids_missing(tmp_path, kind):
    pairs, issues = load(tmp_path, ["E1,", ",V1"], kind)
    expected = [
        ("value_missing", f"{kind}.csv", 2, "志愿者编号", ""),
        ("value_missing", f"{kind}.csv", 3, "老人编号", ""),
    ]
    # of last month's pairs and of corrected ones an emptied cell says that there is nobody
    assert told(i for i in issues if i.code != "pairs_unnamed") == expected[kind in {"previous", "pairs"} :]
    assert [i.code for i in issues].count("pairs_unnamed") == (kind == "previous")
    assert len(pairs) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_columns_but_ids_do_not_matter(tmp_path, kind):
    pairs, issues = load(tmp_path, ["x,E1,V1,x,y"], kind, "distance_m,elder_id,volunteer_id,same_building,own")
    assert (len(pairs), issues) == (1, [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_missing(tmp_path, kind):
    pairs, issues = load(tmp_path, ["E1"], kind, "老人编号")
    assert ("column_missing", f"{kind}.csv", None, "volunteer_id", "") in told(issues)
    assert kind == "previous" or len(pairs) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_masked_names_do_not_stand_for_a_column_of_ids(tmp_path, kind):
    """Rows with a masked name and no id say that there is nobody: with the column gone, all pairs would be lost."""
    pairs, issues = load(tmp_path, ["E1,张*", "E2,李*"], kind, "elder_id,volunteer_name")
    assert ("column_missing", f"{kind}.csv", None, "volunteer_id", "") in told(issues)
    assert kind == "previous" or len(pairs) == 0
    _, issues = load(tmp_path, ["E1,张*", "E2,nobody"], kind, "elder_id,volunteer_name")
    assert [issue.value for issue in issues if issue.code == "pair_name_unknown"] == ["张*", "nobody"]


def test_an_id_ruined(tmp_path):
    assert told(load(tmp_path, ["1.2E+17,V1"], "pins")[1]) == [("id_ruined", "pins.csv", 2, "老人编号", "1.2E+17")]


def test_pairs_from_a_frame():
    frame = pd.DataFrame({"elder_id": ["E1", "E5"], "volunteer_id": ["V2", "V1"], "distance_m": [1.0, 2.0]})
    pairs, issues = pairs_from_frame(frame, roster(), "pairs")
    assert (pairs.elder.tolist(), pairs.volunteer.tolist(), pairs.row.tolist()) == ([0], [1], [2])
    assert told(issues) == [("pair_unknown_elder", "pairs", 3, "elder_id", "E5")]


def test_no_file(tmp_path):
    with pytest.raises(InputError):
        load_pairs(tmp_path / "pins.csv", roster(), "pins")


def test_visits(tmp_path):
    path = tmp_path / "visits.csv"
    header = ",".join(column.zh for column in FILES["visits"])
    rows = [
        "20261201-E1,2026-12-01,09:00,09:45,上门,E1,某*,V1,某*,1",
        "20261202-E1,2026-12-02,9点,09:15,电话,E1,,V1,,1",
    ]
    path.write_text("\n".join([header, *rows]), "utf-8-sig")
    visits, issues = load_visits(path)
    assert told(issues) == [("value_not_time", "visits.csv", 3, "开始", "9点")]
    assert visits.drop(
        columns=["elder_name", "volunteer_name", "in_place_of", "companion", "revision", "place", "programme", "file"]
    ).to_dict("records") == [
        {
            "visit_id": "20261201-E1",
            "date": pd.Timestamp(2026, 12, 1),
            "start": 540.0,
            "end": 585.0,
            "kind": "visit",
            "elder_id": "E1",
            "volunteer_id": "V1",
            "order_of_day": 1.0,
            "row": 2,
        }
    ]


def test_unmatched_and_unscheduled(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("elder_id,reason,nearest_volunteer_m\nE1,名额不足,12.5\nE2,nonsense,\n", "utf-8")
    frame, issues = load_file(path, "unmatched")
    assert frame[["elder_id", "reason", "nearest_volunteer_m", "row"]].to_numpy().tolist() == [
        ["E1", "shortage", 12.5, 2]
    ]
    assert told(issues) == [("value_not_choice", "x.csv", 3, "reason", "nonsense")]
    path.write_text("elder_id,volunteer_id,week_start,kind,missing,reason\nE1,V1,2026-12-01,call,2,closed\n", "utf-8")
    frame, issues = load_file(path, "unscheduled")
    assert (frame.loc[0, "missing"], frame.loc[0, "kind"], issues) == (2.0, "call", [])


def test_every_issue_about_inputs_has_a_sentence():
    codes = {code for code in ISSUES if code.startswith(("pair_", "previous_", "value_", "id_"))}
    assert {"pair_set_aside", "id_is_national_id", "value_not_whole", "value_not_time"} <= codes
