"""The days from which a month was planned anew: what is written is read again."""

from datetime import date

from matcher.run_folder import RUN_FILES
from matcher.scheduling.replanned import Replanned
from tests.helpers.office import Office
from tests.helpers.people import DECEMBER


def test_what_is_written_is_read_again():
    day = date(2026, 12, 7)
    told = Replanned(day, {"E1": day}).with_due_then({"E2": day}, {"E3": day})
    frame = told.make_frame()
    answers = frame.replace({"due_then": {True: "yes", False: "no"}, "more_stand": {True: "yes", False: "no"}})
    again = Replanned.read(answers, DECEMBER)
    assert again == told
    assert (again.due_then, again.more_stand) == ({"E2"}, {"E3"})


def test_older_files_say_nothing_of_what_was_due():
    frame = Replanned(None, {"E1": date(2026, 12, 7)}).make_frame()[["from", "elder_id"]]
    assert not Replanned.read(frame, DECEMBER).due_then


def test_who_was_planned_anew_alone_has_no_excuse(tmp_path):
    """The contacts that E1 lacked before that day are due as they were, and a list without them is found."""
    office = Office(tmp_path, elders=2, volunteers=1, capacity=2)
    office.elders["availability"] = "周二上午"
    out = office.go_on("schedule", office.month(), "--from", "2026-12-21", "--elder", "E1")
    assert office.holds(out)
    path = out / next(file.name for file in RUN_FILES if file.kind == "unscheduled")
    lines = path.read_text("utf-8-sig").splitlines()
    kept = [line for line in lines if not (line.startswith("E1") and "2026-12-07" in line)]
    assert len(kept) < len(lines)
    path.write_text("\n".join(kept), "utf-8")
    assert not office.holds(out)
