"""Calendar files against the contacts that they should hold: one planted fault is found, and nothing else."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from matcher.commands import main
from matcher.i18n import use_language
from matcher.outputs.calendars import Entries, write_calendars
from matcher.outputs.tables import PeopleNames
from matcher.settings.month import CalendarSettings
from matcher.verify import CalendarFolder, Violation, verify
from matcher.verify.calendar_files import check_calendars
from matcher.verify.violations import Findings
from tests.helpers.people import DECEMBER
from tests.helpers.verify_month import Cases, Month, dec

CASES = Cases()
fault = CASES.fault


class Written:
    """A clean month, its calendar files, and a contact of an earlier run that fell away."""

    def __init__(self, folder, month=None):
        use_language("en")
        self.month = month or Month()
        self.folder = folder / "calendars"
        people = PeopleNames.of(self.month.people)
        names = {"elder_name": "赵*", "volunteer_name": "钱*", "in_place_of": "", "companion": "", "revision": 0}
        frame = self.month.visits.assign(**names, programme="梅园")
        frame.loc[0, "companion"] = "V002"
        frame.loc[1, "revision"] = 3
        whole = frame.astype({"start": int, "end": int, "order_of_day": int})
        self.visits = frame
        self.cancelled = whole.iloc[[4]].assign(visit_id="20261214-E000", date=pd.Timestamp(2026, 12, 14), revision=2)
        building = np.array([""] * len(self.month.people.elders), dtype=object)
        write_calendars(self.folder, Entries(whole, self.cancelled, people, building), DECEMBER, CalendarSettings())

    def file(self, name):
        return self.folder / f"{name}.ics"

    def rewrite(self, name, old, new, count=1):
        text = self.file(name).read_bytes()
        assert old.encode() in text
        self.file(name).write_bytes(text.replace(old.encode(), new.encode(), count))

    def found(self, most=None):
        elders, volunteers = (frame["id"].to_numpy(object) for frame in dataclasses.astuple(self.month.people)[:2])
        found = Findings(elders, volunteers)
        self.events = check_calendars(CalendarFolder(self.folder, most), self.visits, self.cancelled, found)
        return list(found.sort())


@pytest.fixture
def written(tmp_path):
    return Written(tmp_path)


@pytest.mark.parametrize("most", [None, 1, 2, 50])
def test_files_as_they_are_written_hold(written, most):
    assert written.found(most) == []
    assert written.events == {None: 29, 1: 19, 2: 28, 50: 29}[most]


def test_the_verifier_reads_them_too(written):
    m = written.month
    m.visits, m.lists = written.visits.assign(companion=""), {}
    tables = dataclasses.replace(m.case().tables, cancelled=written.cancelled)
    case = dataclasses.replace(m.case(), tables=tables, calendars=CalendarFolder(written.folder))
    written.file("V002").unlink()
    result = verify(case)
    assert result.checked["events"] == 28
    assert [one.rule for one in result.violations] == []
    written.file("V001").unlink()
    assert {one.rule for one in verify(case).violations} == {"calendar_missing"}


@fault(Violation("calendar_unread", what="V002.ics"), Violation("calendar_missing", "E000", "V002", dec(1), row=2))
def file_that_is_no_calendar(w):
    w.file("V002").write_text("no calendar")


@fault(Violation("calendar_unread", what="more.ics"))
def another_file_that_is_no_calendar(w):
    w.file("more").write_text("no calendar")


@fault(Violation("calendar_missing", "E000", "V002", dec(1), row=2))
def companion_without_a_file(w):
    w.file("V002").unlink()


@fault(Violation("calendar_extra", what="more.ics", date=dec(1)))
def event_twice(w):
    w.file("more").write_bytes(w.file("V002").read_bytes())


@fault(Violation("calendar_differs", "E000", "V002", dec(1), what="start", row=2))
def event_at_another_time(w):
    w.rewrite("V002", "DTSTART;TZID=Asia/Shanghai:20261201T100000", "DTSTART;TZID=Asia/Shanghai:20261201T101500")


@fault(Violation("calendar_differs", "E000", "V002", dec(1), what="date", row=2))
def event_in_another_time_zone(w):
    w.rewrite("V002", "DTSTART;TZID=Asia/Shanghai:20261201T100000", "DTSTART:20261201T100000Z")


@fault(Violation("calendar_differs", "E000", "V000", dec(4), what="revision", row=3))
def sequence_that_did_not_rise(w):
    w.rewrite("V000", "SEQUENCE:3", "SEQUENCE:2")


@fault(Violation("calendar_differs", "E000", "V002", dec(1), what="elder_id", row=2))
def event_of_somebody_else(w):
    w.rewrite("V002", "(E000)", "(E001)")


@fault(
    Violation("calendar_differs", "E000", "V002", dec(1), what="date", row=2),
    Violation("calendar_differs", "E000", "V002", dec(1), what="revision", row=2),
)
def event_whose_properties_cannot_be_read(w):
    w.rewrite("V002", "DTSTART;TZID=Asia/Shanghai:20261201T100000", "DTSTART;TZID=Asia/Shanghai:20261201T10.00.000")
    w.rewrite("V002", "SEQUENCE:0", "SEQUENCE:none")


@fault(Violation("calendar_differs", "E000", "V000", dec(14), what="status", row=6))
def cancellation_that_is_none(w):
    w.rewrite("cancelled/V000", "STATUS:CANCELLED", "STATUS:CONFIRMED")


@fault(Violation("calendar_missing", "E000", "V000", dec(14), row=6))
def cancellation_missing(w):
    w.file("cancelled/V000").unlink()


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=CASES.names())
def test_the_planted_fault_is_found(written, plant, expected):
    plant(written)
    assert written.found() == expected


def test_from_the_command_line(tmp_path, capsys):
    use_language("en")
    place, out = tmp_path / "city", tmp_path / "out"
    assert main(["sample", "--elders", "30", "--volunteers", "8", "--seed", "3", "--out", str(place)]) == 0
    people = [
        "--elders",
        str(place / "elders.csv"),
        "--volunteers",
        str(place / "volunteers.csv"),
        "--month",
        "2026-12",
    ]
    assert main(["run", *people, "--past", "--calendars", "--out", str(out)]) == 0
    assert "events of calendar files" in " ".join(capsys.readouterr().out.split())
    files = ["--pairs", str(out / "pairs.csv"), "--visits", str(out / "visits.csv")]
    assert main(["verify", *people, *files, "--calendars", str(out / "calendars")]) == 0
    next((out / "calendars").glob("*.ics")).unlink()
    assert main(["verify", *people, *files, "--calendars", str(out / "calendars")]) == 4
    assert main(["verify", *people, *files, "--calendars", str(out / "nowhere")]) == 2
