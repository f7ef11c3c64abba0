"""Calendar files, held against RFC 5545, the library that knows it, and a second parser that shares nothing with it."""

import re
import unicodedata
from uuid import uuid5

import icalendar
import numpy as np
import pandas as pd
import pytest
import vobject
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from icalendar.parser import Contentline, Parameters

from matcher.i18n import in_language
from matcher.outputs import calendar_heads, calendars, tables
from matcher.outputs.calendars import Entries, write_calendars
from matcher.outputs.filenames import make_file_names
from matcher.schedule import Schedule
from matcher.settings.month import CalendarSettings
from tests.helpers import people

DAYS = np.array(["2026-12-01", "2026-12-03", "2026-12-03", "2026-12-31"], dtype="datetime64[D]")
AWKWARD = '上海,"里"; 一\\二\n三 ' + "很长的地址😀" * 30 + "5号"


@pytest.fixture
def roster():
    return people.roster(
        [{"name": "欧阳建国"}, {"name": "Ann, the; first\\"}],
        [{"name": "王五"}, {"name": "赵六"}, {"id": "v/001", "name": "孙七"}],
    )


@pytest.fixture
def shown(roster):
    return tables.PeopleNames.of(roster)


def frame(shown, **others):
    index = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 2])
    times = np.array([540, 840, 600, 540]), np.array([585, 855, 645, 585])
    visits = Schedule(*index, DAYS, *times, np.array([0, 1, 0, 0]), np.array([1, 1, 1, 1]))
    return tables.make_visits_frame(visits, shown).assign(programme="梅园", **others)


@pytest.fixture
def entries(shown):
    contacts = frame(
        shown,
        companion=["V001", "", "", ""],
        in_place_of=["", "", "V000", ""],
        revision=[0, 2, 0, 0],
    )
    return Entries(contacts, contacts.iloc[:0], shown, np.array([AWKWARD, "乙路2号"], dtype=object))


def written(entries, place, **settings):
    told = []
    folder = place / "calendars"
    files = write_calendars(folder, entries, people.DECEMBER, CalendarSettings(**settings), told.append)
    found = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.ics")}
    assert sum(told) == files == len(found)
    return found


def events(raw):
    return icalendar.Calendar.from_ical(raw).walk("VEVENT")


def unfolded(raw: bytes) -> bytes:
    return raw.replace(b"\r\n ", b"")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_both_parsers_read_the_contacts_that_the_plan_holds(entries, tmp_path, lang):
    with in_language(lang):
        found = written(entries, tmp_path)
    assert sorted(found) == ["V000.ics", "V001.ics", "v%2F001.ics"]
    first = events(found["V000.ics"])
    assert [event.start.isoformat() for event in first] == ["2026-12-01T09:00:00+08:00", "2026-12-03T14:00:00+08:00"]
    assert [event.end.isoformat() for event in first] == ["2026-12-01T09:45:00+08:00", "2026-12-03T14:15:00+08:00"]
    assert [event["location"] for event in first if "location" in event] == [AWKWARD]
    assert [int(event["sequence"]) for event in first] == [0, 2]
    assert len({str(event["uid"]) for raw in found.values() for event in events(raw)}) == 5
    for raw in found.values():
        one, other = events(raw), list(vobject.readOne(raw.decode()).vevent_list)
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            assert theirs.summary.value == str(mine["summary"])
            assert theirs.uid.value == str(mine["uid"])
            assert theirs.dtstart.value == mine.start
            assert theirs.dtend.value == mine.end
            assert theirs.description.value == str(mine["description"])
            assert theirs.sequence.value == str(mine["sequence"])
            assert theirs.status.value == "CONFIRMED"
            assert hasattr(theirs, "location") == ("location" in mine)
            assert "location" not in mine or theirs.location.value == str(mine["location"])


def test_they_are_line_by_line_what_the_librarys_object_model_writes(entries, tmp_path):
    """Escapes, parameters, order of properties: parsed and written again by the library, nothing changes but folds."""
    for raw in written(entries, tmp_path).values():
        calendar = icalendar.Calendar.from_ical(raw)
        assert not calendar.errors
        assert not [event.errors for event in calendar.walk("VEVENT") if event.errors]
        assert unfolded(calendar.to_ical()) == unfolded(raw)


def test_rfc_5545_and_5546(entries, tmp_path):
    for raw in written(entries, tmp_path).values():
        assert raw.endswith(b"END:VCALENDAR\r\n")
        lines = raw.split(b"\r\n")
        assert not any(b"\n" in line or b"\r" in line for line in lines)
        assert max(map(len, lines)) <= 75
        for line in lines:
            line.decode()  # no character is cut in two
        assert not re.search(rb"\r\n\r\n", raw)
        calendar = icalendar.Calendar.from_ical(raw)
        assert [calendar[name] for name in ("version", "calscale", "method")] == ["2.0", "GREGORIAN", "PUBLISH"]
        assert calendar["prodid"]
        zones = [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")]
        assert zones == ["Asia/Shanghai"]
        for event in calendar.walk("VEVENT"):
            for name in ("uid", "dtstamp", "dtstart", "dtend", "summary", "organizer", "sequence", "status"):
                assert name in event, name
                assert not isinstance(event[name], list), "once"
            assert event["dtstart"].params["TZID"] in zones
            assert event["dtstamp"].dt.utcoffset().total_seconds() == 0
            assert event.start < event.end
            assert len(str(event["uid"])) == 36


def test_clocks_of_the_zone_are_chinas():
    zone = calendar_heads.make_time_zone().to_tz()
    for moment in pd.date_range("1992-01-01", "2060-01-01", freq="97D"):
        assert zone.utcoffset(moment.to_pydatetime()) == pd.Timedelta(hours=8)


def test_who_comes_along_has_it_in_the_calendar_too(entries, tmp_path):
    own, along = events(written(entries, tmp_path)["V001.ics"])[::-1]
    assert str(along["summary"]) == "Go along to 欧阳* (E000)"
    assert str(along["description"]) == "20261201-E000\nwith 王* (V000)"
    assert along["location"] == AWKWARD
    assert "in place of 王* (V000)" in own["description"]


def test_the_volunteer_is_told_who_comes_along(entries, tmp_path):
    first = events(written(entries, tmp_path)["V000.ics"])[0]
    assert str(first["description"]) == "20261201-E000\naccompanied by 赵* (V001)"


def test_what_fell_away_is_cancelled_in_a_file_of_its_own(entries, shown, tmp_path):
    gone = frame(shown, revision=[1, 3, 1, 1]).iloc[1:2]
    found = written(Entries(entries.contacts, gone, shown, entries.building), tmp_path)
    calendar = icalendar.Calendar.from_ical(found["cancelled/V000.ics"])
    assert calendar["method"] == "CANCEL"
    (event,) = calendar.walk("VEVENT")
    before = events(found["V000.ics"])[1]
    assert event["uid"] == before["uid"]
    assert event["sequence"] == 3 > before["sequence"]
    assert event["dtstamp"].dt > before["dtstamp"].dt
    assert event["status"] == "CANCELLED"
    assert event["transp"] == "TRANSPARENT"
    assert unfolded(calendar.to_ical()) == unfolded(found["cancelled/V000.ics"])


def test_what_fell_away_is_cancelled_for_its_owner_alone(entries, shown, tmp_path):
    """Who came along to it has a row of their own where that is over too; here they make the contact now."""
    gone = frame(shown, companion=["V001", "", "", ""], revision=[1, 1, 1, 1]).iloc[:1]
    now = entries.contacts.assign(companion="", volunteer_id=["V001", "V000", "V001", "V002"])
    found = written(Entries(now, gone, shown, entries.building), tmp_path)
    assert [name for name in found if name.startswith("cancelled/")] == ["cancelled/V000.ics"]
    (event,) = events(found["cancelled/V000.ics"])
    assert event["uid"] not in {one["uid"] for one in events(found["V001.ics"])}


def _folder(place, name):
    (place / name).mkdir()
    return place / name


def test_what_an_earlier_runs_files_hold_may_be_read_as_floats(entries, shown, tmp_path):
    gone = frame(shown, revision=[1, 1, 1, 1]).iloc[1:2]
    whole = written(Entries(entries.contacts, gone, shown, entries.building), _folder(tmp_path, "whole"))
    floats = gone.astype({"start": float, "end": float, "revision": float, "order_of_day": float})
    assert written(Entries(entries.contacts, floats, shown, entries.building), _folder(tmp_path, "floats")) == whole


def test_a_cancelled_elder_of_no_roster_now_has_no_place(entries, shown, tmp_path):
    gone = frame(shown).iloc[:1].assign(elder_id="E999", elder_name="", volunteer_id="V999", volunteer_name="")
    found = written(Entries(entries.contacts.iloc[:0], gone, shown, entries.building), tmp_path)
    assert list(found) == ["cancelled/V999.ics"]
    (event,) = events(found["cancelled/V999.ics"])
    assert "E999" in event["summary"]
    assert "location" not in event


def test_a_uid_is_a_uuid_of_the_contact_and_its_owner():
    assert calendars.make_uid("梅园", "20261201-E1", "V1") == str(uuid5(calendars.NAMESPACE, "梅园\n20261201-E1\nV1"))
    assert calendars.make_uid("梅园", "20261201-E1", "V1") != calendars.make_uid("梅园", "20261201-E1", "V2")
    assert calendars.make_uid("梅园", "20261201-E1", "V1") != calendars.make_uid("桂园", "20261201-E1", "V1")


def test_the_key_of_a_programme_is_its_elders_in_any_order():
    elders = people.roster([{"name": "甲"}, {"name": "乙"}], [{}]).elders
    key = calendars.make_programme_key(elders)
    assert re.fullmatch("[0-9a-f]{12}", key)
    assert calendars.make_programme_key(elders.iloc[::-1]) == key
    assert calendars.make_programme_key(elders.assign(name="丙")) != key


def test_the_sender_can_be_named(entries, tmp_path):
    raw = written(entries, tmp_path, organizer_name='街道 "老伙伴"', organizer_email="a@b.cn")["V000.ics"]
    organizer = events(raw)[0]["organizer"]
    assert organizer == "mailto:a@b.cn"
    assert organizer.params["CN"]


def test_blocks_make_no_difference(entries, tmp_path, monkeypatch):
    whole = written(entries, tmp_path)
    monkeypatch.setattr(calendars, "_BLOCK", 1)
    (tmp_path / "again").mkdir()
    assert written(entries, tmp_path / "again") == whole


def test_no_contacts_make_no_files(entries, shown, tmp_path):
    nothing = entries.contacts.iloc[:0]
    assert written(Entries(nothing, nothing, shown, entries.building), tmp_path) == {}


HOSTILE = "王\rATTENDEE:mailto:x@example.invalid\r\nBEGIN:VALARM\x85X:1\u2028Y:2\x1b[31m\x00\x1cZ:3\x07\tb"


def test_no_text_begins_a_line_of_its_own(entries, tmp_path):
    contacts = entries.contacts.assign(
        elder_name=HOSTILE, volunteer_name=HOSTILE, elder_id=[f"E\r{i}" for i in range(4)]
    )
    building = np.array([HOSTILE, HOSTILE], dtype=object)
    hostile = Entries(contacts, contacts.iloc[:0], entries.people, building)
    for name in ("hostile", "usual"):
        (tmp_path / name).mkdir()
    usual = written(entries, tmp_path / "usual")
    for file, content in written(hostile, tmp_path / "hostile", organizer_name=HOSTILE).items():
        text = content.decode()
        names = {line.partition(":")[0].partition(";")[0] for line in text.splitlines() if not line.startswith(" ")}
        known = usual[file].decode().splitlines()
        assert names <= {line.partition(":")[0].partition(";")[0] for line in known} | {"LOCATION"}
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]|\r(?!\n)", text)
        (calendar,) = icalendar.Calendar.from_ical(text, multiple=True)
        assert all("ATTENDEE" not in event for event in calendar.events)


@given(st.text(alphabet='a张😀,;\\"\n :', max_size=120))
@hypothesis_settings(deadline=None)
def test_every_text_is_escaped_as_the_library_does_and_folded_by_the_rules(text):
    (line,) = calendars._write_property("SUMMARY", pd.Series([text], dtype=str)).to_pylist()
    if not text:
        assert line == ""
        return
    expected = Contentline.from_parts("SUMMARY", Parameters(), icalendar.vText(text)).to_ical() + b"\r\n"
    assert unfolded(line.encode()) == unfolded(expected)
    pieces = line.encode().removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, pieces)) <= 75
    for piece in pieces:
        piece.decode()  # no character is cut in two
    for piece in pieces[:-1]:
        assert (len(piece) - len(piece.rstrip(b"\\"))) % 2 == 0  # nor an escape


def is_device(name):
    """As Windows takes a file's name: up to the first dot, without the spaces before it."""
    devices = {"con", "prn", "aux", "nul", "conin$", "conout$"}
    devices |= {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"}
    return name.split(".")[0].rstrip(" ").lower() in devices


class TestFileNames:
    def test_ordinary_ids_are_their_own(self):
        assert make_file_names(["V001", "志愿者7"]) == {"V001": "V001", "志愿者7": "志愿者7"}

    @given(st.lists(st.text(alphabet="aA/\\:*?.~% con1😀", max_size=50), unique=True))
    @hypothesis_settings(deadline=None)
    def test_they_fit_every_system_and_stay_apart(self, ids):
        names = list(make_file_names(ids).values())
        assert len({name.casefold() for name in names}) == len(ids)
        for name in names:
            assert name
            assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
            assert not name.endswith((".", " "))
            assert not name.startswith((".", " "))
            assert not is_device(f"{name}.ics")
            assert len(name.encode()) < 200

    @pytest.mark.parametrize("text", ["CON", "nul", "aux.csv", "Com1.x.y", "lpt¹", "conin$", "nul .txt", "prn."])
    def test_none_is_a_device_of_windows(self, text):
        (name,) = make_file_names([text]).values()
        assert not is_device(f"{name}.ics")

    def test_one_accent_in_two_spellings_is_two_files(self):
        one, other = make_file_names(["Zo\u00eb", "Zoe\u0308"]).values()
        assert unicodedata.normalize("NFC", one) != unicodedata.normalize("NFC", other)

    @pytest.mark.parametrize("text", ["console", "nuln", "com", "com10", "auxiliary.1"])
    def test_names_that_begin_like_one_are_their_own(self, text):
        assert make_file_names([text]) == {text: text}
