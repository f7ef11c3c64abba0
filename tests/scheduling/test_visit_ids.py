"""What a contact is called from one run to the next; what falls away and what comes back."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matcher.outputs import tables
from matcher.schedule import Schedule
from matcher.scheduling.earlier import EarlierContacts, find_faults_of_standing
from matcher.scheduling.visit_ids import carry_ids_over, make_visit_ids
from tests.helpers import people
from tests.helpers.effort import some

ROSTER = people.roster([{}, {}, {}], [{}, {}])
SHOWN = tables.PeopleNames.of(ROSTER)


def contacts(*rows: tuple) -> Schedule:
    """Contacts of (elder, volunteer, day of December, start, kind)."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    elder, volunteer, day, start, kind = (np.array(column, dtype=np.int64) for column in columns)
    dates = np.datetime64("2026-12-01") + (day - 1)
    return Schedule(elder, volunteer, dates, start, start + 45, kind, np.ones(len(elder), dtype=np.int64))


def frame_of(schedule: Schedule) -> pd.DataFrame:
    return tables.make_visits_frame(schedule, SHOWN)


def earlier(schedule: Schedule, cancelled: pd.DataFrame | None = None) -> EarlierContacts:
    """Contacts as a run writes them, and the next one reads them."""
    frame = frame_of(schedule)
    return EarlierContacts.of(frame, frame.iloc[:0] if cancelled is None else cancelled, ROSTER)


def carry(schedule: Schedule, before: EarlierContacts) -> tuple[Schedule, pd.DataFrame]:
    return carry_ids_over(schedule, before, SHOWN.elder_id, SHOWN.volunteer_id)


def told(contacts: Schedule | pd.DataFrame) -> list[tuple[str, str, int]]:
    frame = frame_of(contacts) if isinstance(contacts, Schedule) else contacts
    return list(zip(frame["visit_id"], frame["volunteer_id"], frame["revision"].tolist(), strict=True))


FIRST = contacts((0, 0, 1, 540, 0), (0, 0, 4, 540, 1), (1, 0, 2, 540, 0))


def test_a_second_contact_on_one_day_has_an_id_of_its_own():
    made = make_visit_ids(
        contacts((0, 0, 3, 540, 0), (1, 0, 3, 540, 0), (0, 0, 4, 540, 0), (0, 1, 3, 900, 1)), SHOWN.elder_id
    )
    assert list(made) == ["20261203-E000", "20261203-E001", "20261204-E000", "20261203-E000-2"]


def test_the_same_contacts_keep_everything():
    frame, gone = carry(FIRST, earlier(FIRST))
    assert told(frame) == told(FIRST)
    assert not len(gone)


@pytest.mark.parametrize(
    "changed",
    [
        contacts((0, 0, 1, 600, 0), (0, 0, 4, 540, 1), (1, 0, 2, 540, 0)),
        contacts((0, 0, 1, 540, 1), (0, 0, 4, 540, 1), (1, 0, 2, 540, 0)),
        contacts((0, 0, 3, 540, 0), (0, 0, 4, 540, 1), (1, 0, 2, 540, 0)),
    ],
    ids=["hour", "kind", "day"],
)
def test_a_changed_contact_keeps_its_id_and_is_newer_and_no_other_changes(changed):
    frame, gone = carry(changed, earlier(FIRST))
    assert told(frame) == [("20261201-E000", "V000", 1), ("20261204-E000", "V000", 0), ("20261202-E001", "V000", 0)]
    assert not len(gone)


def test_another_volunteer_gets_the_contact_and_the_first_ones_calendar_takes_it_back():
    frame, gone = carry(contacts((0, 1, 1, 540, 0), *[(0, 0, 4, 540, 1), (1, 0, 2, 540, 0)]), earlier(FIRST))
    assert told(frame)[0] == ("20261201-E000", "V001", 1)
    assert told(gone) == [("20261201-E000", "V000", 1)]


def test_what_is_moved_to_another_week_is_new_and_the_old_one_falls_away():
    frame, gone = carry(contacts((0, 0, 10, 540, 0), (0, 0, 4, 540, 1), (1, 0, 2, 540, 0)), earlier(FIRST))
    assert told(frame)[0] == ("20261210-E000", "V000", 0)
    assert told(gone) == [("20261201-E000", "V000", 1)]


def test_what_was_cancelled_stays_so_and_is_newer_when_it_comes_back():
    less = contacts((0, 0, 4, 540, 1), (1, 0, 2, 540, 0))
    second, gone = carry(less, earlier(FIRST))
    assert told(gone) == [("20261201-E000", "V000", 1)]
    third, still = carry(less, earlier(second, gone))
    assert told(still) == told(gone)
    back, nothing = carry(FIRST, earlier(third, still))
    assert told(back)[0] == ("20261201-E000", "V000", 2)
    assert not len(nothing)


def test_a_new_contact_on_a_day_that_gave_another_its_id_gets_an_id_of_its_own():
    moved, _ = carry(contacts((0, 0, 3, 540, 0)), earlier(contacts((0, 0, 1, 540, 0))))
    assert told(moved) == [("20261201-E000", "V000", 1)]
    frame, gone = carry(contacts((0, 0, 1, 540, 1), (0, 0, 3, 540, 0)), earlier(moved))
    assert told(frame) == [("20261201-E000-2", "V000", 0), ("20261201-E000", "V000", 1)]
    assert not len(gone)


def test_who_comes_along_no_more_is_told():
    was = replace(FIRST, companion=np.array([1, -1, -1]))
    frame, gone = carry(FIRST, earlier(was))
    assert told(frame)[0] == ("20261201-E000", "V000", 1)
    assert told(gone) == [("20261201-E000", "V001", 1)]


def test_random_reruns_keep_ids_unique_and_change_only_what_changed():
    """Ids stay unique, unchanged contacts keep theirs, and each calendar's newest entry is the highest."""
    rng = np.random.default_rng(5)
    made, gone = carry(_random(rng), EarlierContacts.none())
    frame = frame_of(made)
    highest = {}
    for _ in range(some(30)):
        was = frame
        made, gone = carry(_random(rng), earlier(made, gone))
        frame = frame_of(made)
        assert frame["visit_id"].is_unique
        same = was.merge(frame, on=["elder_id", "volunteer_id", "date", "start", "kind"], suffixes=("", "_now"))
        assert (same["visit_id"] == same["visit_id_now"]).all()
        assert (same["revision"] == same["revision_now"]).all()
        for key, revision, shown in (
            *((row[:2], row[2], True) for row in told(frame)),
            *((row[:2], row[2], False) for row in told(gone)),
        ):
            before_revision, before_shown = highest.get(key, (-1, None))
            assert revision > before_revision or (revision == before_revision and shown == before_shown)
            highest[key] = revision, shown
        assert {key for key, (_, shown) in highest.items() if shown} == {row[:2] for row in told(frame)}


def _random(rng) -> Schedule:
    days = {(int(e), int(d)) for e, d in zip(rng.integers(0, 3, 12), rng.integers(1, 15, 12), strict=True)}
    rows = [(e, int(rng.integers(0, 2)), d, int(rng.choice([540, 600])), int(rng.integers(0, 2))) for e, d in days]
    return contacts(*sorted(rows, key=lambda row: (row[1], row[2], row[0])))


class TestStanding:
    def _frame(self, schedule):
        frame = frame_of(schedule)
        return frame.assign(elder=schedule.elder, volunteer=schedule.volunteer, file="visits.csv")

    def _faults(self, contacts):
        frame = self._frame(contacts) if isinstance(contacts, Schedule) else contacts
        frame = frame.assign(row=np.arange(2, 2 + len(frame)), end=frame["start"] + 45)
        return [(issue.code, issue.row, issue.params.get("other")) for issue in find_faults_of_standing(frame)]

    def test_a_sound_month_has_no_faults(self):
        assert self._faults(FIRST) == []

    def test_overlapping_contacts_are_named_row_by_row(self):
        frame = contacts((0, 0, 1, 540, 0), (1, 0, 1, 584, 0), (2, 0, 1, 630, 0))
        assert self._faults(frame) == [("contact_overlap", 3, 2)]

    def test_a_contact_inside_a_longer_one_hides_no_overlap(self):
        frame = self._frame(contacts((0, 0, 1, 540, 0), (1, 0, 1, 550, 1), (2, 0, 1, 600, 0)))
        frame = frame.assign(end=[660, 565, 645], row=[2, 3, 4])
        found = [(issue.code, issue.row, issue.params.get("other")) for issue in find_faults_of_standing(frame)]
        assert found == [("contact_overlap", 3, 2), ("contact_overlap", 4, 2)]

    def test_a_pause_that_is_too_short_now_is_history(self):
        assert self._faults(contacts((0, 0, 1, 540, 0), (1, 0, 1, 586, 0))) == []

    def test_unknown_people_and_ids_used_twice_are_named_row_by_row(self):
        frame = self._frame(contacts((0, 0, 1, 540, 0), (1, 0, 2, 540, 0), (2, 1, 3, 540, 0)))
        frame.loc[0, "elder"] = -1
        frame.loc[2, "volunteer"] = -1
        frame["visit_id"] = ["a", "b", "b"]
        assert self._faults(frame) == [
            ("pair_unknown_elder", 2, None),
            ("contact_id_twice", 3, 4),
            ("contact_id_twice", 4, 3),
            ("pair_unknown_volunteer", 4, None),
        ]

    def test_two_contacts_on_one_day_are_named(self):
        frame = self._frame(contacts((0, 0, 1, 540, 0), (0, 1, 1, 900, 1))).assign(visit_id=["a", "b"])
        assert self._faults(frame) == [("contact_same_day", 2, 3), ("contact_same_day", 3, 2)]


PLACED = frame_of(FIRST).assign(place=["甲路1号", "", "乙路2号"])


def carry_shown(schedule, shown, written):
    before = EarlierContacts.of(written, written.iloc[:0], ROSTER)
    return carry_ids_over(schedule, before, SHOWN.elder_id, SHOWN.volunteer_id, shown)


@pytest.mark.parametrize(
    ("change", "newer"),
    [
        ({"place": ["甲路3号", "", "乙路2号"]}, [1, 0, 0]),
        ({"elder_name": ["王*", *PLACED["elder_name"][1:]]}, [1, 0, 0]),
        ({"volunteer_name": "赵六"}, [1, 1, 1]),
        ({}, [0, 0, 0]),
    ],
)
def test_whatever_a_calendar_shows_makes_the_contact_newer(change, newer):
    schedule, gone = carry_shown(FIRST, PLACED.assign(**change), PLACED)
    assert schedule.revision.tolist() == newer
    assert not len(gone)


def test_whose_place_is_taken_is_shown_too():
    another = replace(FIRST, stands_in_for=np.array([1, -1, -1]))
    assert carry(another, earlier(FIRST))[0].revision.tolist() == [1, 0, 0]


def test_the_name_of_who_comes_along_is_shown_too():
    month = contacts((0, 0, 1, 540, 0), (1, 0, 2, 540, 0), (2, 1, 9, 540, 0))
    along = replace(month, companion=np.array([1, -1, -1]))
    written = frame_of(along).assign(place=["甲路1号", "乙路2号", "丙路3号"])
    shown = written.assign(volunteer_name=[*written["volunteer_name"][:2], "赵六"])
    assert carry_shown(along, shown, written)[0].revision.tolist() == [1, 0, 1]


def test_without_calendars_names_make_nothing_newer():
    other = PLACED.assign(elder_name="张三")
    for written in (frame_of(FIRST), frame_of(FIRST).assign(place="")):
        assert carry_shown(FIRST, other, written)[0].revision.tolist() == [0, 0, 0]
    assert carry_shown(FIRST, None, PLACED)[0].revision.tolist() == [0, 0, 0]
