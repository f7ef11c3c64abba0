"""The folder of hand-outs: whole or not at all, its owner's alone, never in place of sheets that were filled in."""

import json
import os
import stat
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from matcher.errors import UsageError
from matcher.i18n import in_language
from matcher.outputs.handouts.elder_card import _find_usual
from matcher.outputs.handouts.people import People, clean
from matcher.outputs.handouts.texts import check_texts, name_office
from matcher.outputs.handouts.write import is_outdated, open_handouts, read_manifest, write_handouts
from matcher.programme import Handouts, Programme
from tests.helpers.handouts import make_month, read_texts, split_page
from tests.helpers.people import DECEMBER, roster


@pytest.fixture
def made_from(tmp_path):
    files = {kind: tmp_path / f"{kind}.csv" for kind in ("visits", "pairs")}
    for path in files.values():
        path.write_text("as planned\n")
    return files


def write(tmp_path, made_from, month=None, **options):
    return write_handouts(tmp_path / "out", month or make_month(3), Programme(), made_from, **options)


def test_only_the_owner_may_read(tmp_path, made_from):
    done = write(tmp_path, made_from)
    assert done.volunteers > 0
    assert done.cards > 0
    if os.name != "nt":
        assert stat.S_IMODE(done.folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in done.folder.iterdir()} == {0o600}


def test_several_subdistricts_have_folders_of_their_own(tmp_path, made_from):
    month = make_month(3)
    elders = month.roster.elders.assign(subdistrict=["天平街道", "湖南街道"] * 7)
    volunteers = month.roster.volunteers.assign(subdistrict=["天平街道", "湖南街道", ""] * 2, team="", committee="")
    done = write(
        tmp_path, made_from, replace(month, roster=replace(month.roster, elders=elders, volunteers=volunteers))
    )
    assert {path.name for path in done.folder.iterdir() if path.is_dir()} == {"天平街道", "湖南街道", "no subdistrict"}
    inside = {path.name for path in (done.folder / "天平街道").iterdir()}
    assert inside == {"0 coordinator.xlsx", "0 coordinator.html", "volunteers.xlsx", "volunteers.html"}
    if os.name != "nt":
        assert stat.S_IMODE((done.folder / "天平街道").stat().st_mode) == 0o700


def test_the_manifest_tells_what_they_were_made_from(tmp_path, made_from):
    done = write(tmp_path, made_from, make_month(3, names="masked"))
    manifest = read_manifest(done.folder)
    assert manifest["names"] == "masked"
    assert manifest["month"] == "2026-12"
    assert set(manifest["files"]) == {path.name for path in done.folder.iterdir()} - {"manifest.json"}
    assert not is_outdated(manifest, made_from)
    made_from["pairs"].write_text("others\n")
    assert is_outdated(manifest, made_from)


def test_standing_hand_outs_are_replaced_only_when_asked(tmp_path, made_from):
    write(tmp_path, made_from)
    with pytest.raises(UsageError, match="of this plan already"):
        write(tmp_path, made_from)
    made_from["visits"].write_text("moved\n")
    with pytest.raises(UsageError, match=r"made before visits\.csv or pairs\.csv changed"):
        write(tmp_path, made_from)
    write(tmp_path, made_from, force=True)
    assert not is_outdated(read_manifest(tmp_path / "out"), made_from)


def test_sheets_that_were_filled_in_are_never_replaced(tmp_path, made_from):
    done = write(tmp_path, made_from)
    sheet = next(done.folder.glob("*.xlsx"))
    sheet.write_bytes(sheet.read_bytes() + b" ")
    with pytest.raises(UsageError, match="old-partners record"):
        write(tmp_path, made_from, force=True)
    assert sheet.read_bytes().endswith(b" ")


def test_other_things_in_the_folder_are_never_removed(tmp_path, made_from):
    done = write(tmp_path, made_from)
    (done.folder / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"notes\.txt"):
        write(tmp_path, made_from, force=True)
    (done.folder / "manifest.json").write_text("[]")
    assert read_manifest(done.folder) is None
    with pytest.raises(UsageError, match="also holds other things"):
        open_handouts(done.folder, made_from, force=True)


def test_nothing_is_left_where_writing_fails(tmp_path, made_from, monkeypatch):
    def fail(*_given):
        raise RuntimeError

    monkeypatch.setattr("matcher.outputs.handouts.write.write_page", fail)
    with pytest.raises(RuntimeError):
        write(tmp_path, made_from)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pairs.csv", "visits.csv"]


def test_progress_ends_with_everybody(tmp_path, made_from):
    told = []
    done = write(tmp_path, made_from, on_progress=lambda *numbers: told.append(numbers))
    assert told[-1] == (done.volunteers, done.volunteers)


def test_the_programmes_words_stand_on_the_sheets(tmp_path, made_from):
    programme = Programme(
        name="天平老伙伴",
        letterhead=("天平街道办事处",),
        telephone="021-50000000",
        handouts=Handouts(instructions=("先打电话",), keep="月底交回"),
    )
    month = make_month(3)
    done = write_handouts(tmp_path / "out", month, programme, made_from)
    assert name_office(programme) == "天平老伙伴 · 天平街道办事处 · telephone 021-50000000"
    for path in done.folder.glob("*.html"):
        *sheets, last = split_page(path.read_bytes())
        own = [*sheets, last] if path.stem.endswith("coordinator") else sheets  # cards have a line of their own
        assert all("月底交回" in page for page in own)
    texts = "\n".join(read_texts(next(done.folder.glob("0队.xlsx")).read_bytes()).values())
    assert "1. 先打电话" in texts
    assert "021-50000000" in texts


def test_a_line_too_long_for_the_foot_of_a_page_is_refused():
    with pytest.raises(UsageError, match="201 characters"):
        check_texts(Programme(handouts=Handouts(keep="k" * 201)))


def make_people(names="full", **elder):
    both = roster([{"name": "王秀英", **elder}], [{"name": "李阿姨"}])
    return People(both.elders, both.volunteers, DECEMBER, names)


@pytest.mark.parametrize(
    ("elder", "told"),
    [
        ({}, ""),
        ({"risk": "high", "self_care": "unable"}, "high risk; cannot care for themselves"),
        ({"self_care": "partly", "health": ("心脏病", "糖尿病")}, "needs some care; 心脏病; 糖尿病"),
        ({"languages": ("沪语", "宁波话")}, "speaks 沪语, 宁波话"),
        ({"lift": "no", "floor": 6}, "no lift"),
        ({"lift": "no", "floor": 1}, ""),
        ({"lift": "no"}, ""),
        ({"availability": 0b11}, "at home: Mon"),
        (
            {
                "days_off": (
                    date(2026, 12, 3),
                    date(2026, 12, 1),
                    date(2026, 12, 2),
                    date(2026, 12, 9),
                    date(2027, 1, 1),
                )
            },
            "not on 1 Dec–3 Dec, 9 Dec",
        ),
        ({"health": ("身份证310105194107190025",)}, "身份证310***************"),
    ],
)
def test_cautions(elder, told):
    assert make_people(**elder).get_cautions(0) == told


def test_doors_and_contacts():
    home = {"address": "上海市徐汇区零陵路300弄5号602室", "floor": 6, "lift": "yes"}
    contact = {
        "emergency_contact": "王芳",
        "emergency_contact_relation": "女儿",
        "emergency_contact_phone": "13800000000",
    }
    full, masked = make_people(**home, **contact), make_people("masked", **home, **contact)
    assert full.get_door(0) == "上海市徐汇区零陵路300弄5号602室, floor 6, lift"
    assert masked.get_door(0) == "零陵路300弄5号"
    assert full.get_emergency_contact(0) == "王芳(女儿) 13800000000"
    with in_language("zh"):
        assert full.get_emergency_contact(0) == "王芳（女儿） 13800000000"
    assert masked.get_emergency_contact(0) == ""
    assert make_people().list_missing(0) == ["address", "telephone", "emergency contact"]


def test_texts_are_one_line_that_a_sheet_can_hold():
    assert clean(" a\x00\nb\ud800c\t") == "a b c"
    assert clean("号310105194107190025") == "号310***************"


@pytest.mark.parametrize(
    ("days", "starts", "told"),
    [
        ([1, 8, 15], [540, 540, 600], "Tue in the morning"),
        ([1, 8, 15, 22, 4, 11, 18], [870] * 7, "Tue and Fri in the afternoon"),
        ([1, 8, 15], [540, 870, 540], "Tue"),
        ([1, 2, 3, 4], [540] * 4, "on changing days"),
        ([1, 2, 3], [540] * 3, "on changing days"),
    ],
)
def test_the_usual_day_of_an_elders_contacts(days, starts, told):
    contacts = [
        SimpleNamespace(day=date(2026, 12, day), start_min=start) for day, start in zip(days, starts, strict=True)
    ]
    assert _find_usual(contacts) == told


def test_leaders_and_coordinators_are_told_what_changed_and_what_is_missing(tmp_path, made_from):
    month = make_month(5)
    pairs = month.frames["pairs"]
    elder, volunteer = pairs["elder_id"].iloc[0], pairs["volunteer_id"].iloc[0]
    gone = {"elder_id": ["E999"], "previous_volunteer_id": [volunteer], "volunteer_id": [""], "reason": ["elder_gone"]}
    moved = {"elder_id": [elder], "previous_volunteer_id": ["V005"], "volunteer_id": [volunteer], "reason": ["stairs"]}
    week = pd.Timestamp("2026-12-07")
    frames = {
        **month.frames,
        "changes": pd.concat([pd.DataFrame(gone), pd.DataFrame(moved)], ignore_index=True),
        "unmatched": pd.DataFrame(
            {
                "elder_id": ["E001", "E002"],
                "reason": ["shortage", "no_consent"],
                "detail": ["no place left", "no consent"],
                "waiting_since": [pd.Timestamp("2026-12-01"), pd.NaT],
            }
        ),
        "unscheduled": pd.DataFrame(
            {"elder_id": [elder, elder], "week_start": [week, week], "kind": ["visit", "call"], "missing": [1.0, 0.0]}
        ).assign(reason="day_full"),
        "notices": pd.DataFrame({"person_id": [elder, volunteer, "V999"]}),
    }
    done = write(tmp_path, made_from, replace(month, frames=frames))
    page = read_texts((done.folder / "0 coordinator.xlsx").read_bytes())["coordinator"]
    assert "老001某 E001" in page
    assert "shortage: no place left" in page
    assert "week of 7 Dec: 1 visit" in page
    assert "people to be told of changes: 2;" in page
    assert "elders who wait for a volunteer: 1;" in page
    assert page.index("Elders who take no part (1)") < page.index("no consent")
    assert page.index("老001某 E001") < page.index("Elders who take no part (1)")
    leaders = [
        read_texts(path.read_bytes())["Team leader"]
        for path in done.folder.glob("*.xlsx")
        if path.stem[0] != "0" or "队" in path.stem
    ]
    assert any("E999" in text and "elder gone" in text for text in leaders)
    assert any("stairs" in text for text in leaders)
    assert json.loads((done.folder / "manifest.json").read_text("utf-8"))["by"] == "team"


def test_a_programme_with_nobody_has_a_coordinators_page_alone(tmp_path, made_from):
    month = make_month(1, elders=1, volunteers=2)
    frames = {kind: frame.iloc[:0] for kind, frame in month.frames.items()}
    done = write(tmp_path, made_from, replace(month, frames=frames))
    assert (done.groups, done.volunteers, done.cards) == (0, 0, 0)
    text = read_texts((done.folder / "0 coordinator.xlsx").read_bytes())["coordinator"]
    assert "Elders who wait for a volunteer (0)" in text
