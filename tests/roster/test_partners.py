"""Last month's pairs that the rosters themselves name: by id or name, on either side, contradictions told."""

import numpy as np
import pandas as pd
import pytest

from matcher import match
from matcher.roster import make_roster
from matcher.roster.partners import read_partners
from matcher.settings import Settings

HOME = {"committee": "甲居委会", "lng_wgs84": 121.47, "lat_wgs84": 31.23}
E = ["E1", "E2", "E3"]


def elder(person, **more):
    return {"id": person, "name": f"老{person}", "consent": "yes", **HOME, **more}


def volunteer(person, **more):
    return {"id": person, "name": f"志{person}", **HOME, **more}


def read(elders, volunteers):
    roster = make_roster(pd.DataFrame(elders).fillna(""), pd.DataFrame(volunteers).fillna(""), Settings())
    pairs, issues = read_partners(roster)
    return dict(zip(pairs.elder_id, pairs.volunteer_id, strict=True)), [issue.code for issue in issues], pairs, issues


def test_an_id_a_name_and_an_id_without_its_zeros_name_a_partner():
    people = [volunteer("V1", name="张三丰"), volunteer("007", name="周大妈")]
    asked = [elder(E[0], volunteer="张三丰"), elder(E[1], volunteer="V1"), elder(E[2], volunteer="7")]
    assert read(asked, people)[:2] == ({"E1": "V1", "E2": "V1", "E3": "007"}, ["partners_listed"])


def test_a_volunteers_row_lists_elders_by_id_and_name():
    asked = [elder("E1", name="王秀英"), elder("E2", name="李桂芳"), elder("E3")]
    found, codes, *_ = read(asked, [volunteer("V1", elders="王秀英、李桂芳 E3")])
    assert found == dict.fromkeys(E, "V1")
    assert codes == ["partners_listed"]


@pytest.mark.parametrize("cell", ["", "无", "暂无", "/", "none"])
def test_nobody_is_nobody(cell):
    assert read([elder("E1", volunteer=cell)], [volunteer("V1")])[:2] == ({}, [])


def test_since_is_a_month_and_may_be_told_as_one():
    _, _, pairs, _ = read([elder("E1", volunteer="V1", paired_since="2025年3月")], [volunteer("V1")])
    assert pairs.since.tolist() == [np.datetime64("2025-03", "M").item()]


def test_who_is_nobody_or_several_people_is_told_and_not_paired():
    people = [volunteer("V1", name="张三丰"), volunteer("V2", name="张三丰")]
    found, codes, _, issues = read([elder("E1", volunteer="张三丰"), elder("E2", volunteer="赵无人")], people)
    assert (found, codes) == ({}, ["partner_ambiguous", "partner_unknown"])
    assert [issue.value for issue in issues] == ["张*", "赵*"]
    assert [(issue.row, issue.column) for issue in issues] == [(2, "volunteer"), (3, "volunteer")]
    assert issues[0].params["ids"] == "V1, V2"


def test_rosters_that_differ_are_told_and_the_elders_row_counts():
    asked, people = [elder("E1", volunteer="V2")], [volunteer("V1", elders="E1"), volunteer("V2")]
    found, codes, _, issues = read(asked, people)
    assert (found, codes) == ({"E1": "V2"}, ["partner_twice", "partners_listed"])
    assert issues[0].column == "elders"


def test_a_match_keeps_them_unless_last_month_is_given():
    """V1 is next door, V2 a hundred metres off: only the bond speaks for V2."""
    asked = pd.DataFrame([elder("E1", volunteer="V2")])
    people = pd.DataFrame([volunteer("V1"), volunteer("V2", lng_wgs84=121.471)])
    kept = match(asked, people, month="2026-12")
    assert kept.month.roster.volunteers["id"].iloc[kept.volunteer[0]] == "V2"
    assert kept.status == ("kept",)
    none = pd.DataFrame({"elder_id": [], "volunteer_id": []}, dtype=str)
    assert match(asked, people, previous=none, month="2026-12").status == ("new",)
