"""First visits of new pairs: when the three can meet, who comes along, and what that costs nobody."""

import random
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from matcher.demand.demand import Demand
from matcher.matching import plan_from_pairs
from matcher.roster.model import ANY_TIME
from matcher.schedule import CALL, VISIT, Schedule
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.first_visits.appointments import AppointmentFinder
from matcher.scheduling.first_visits.companions import choose_companions
from matcher.scheduling.first_visits.protect_contacts import arrange_first_visits
from matcher.scheduling.first_visits.requests import Requests
from matcher.scheduling.schedule_month import schedule_month
from matcher.scheduling.timetabling import plan_visits
from matcher.scheduling.week_capacity import WeekCapacity
from matcher.settings import Settings
from tests.helpers import people
from tests.helpers.effort import some
from tests.helpers.first_visits_by_loops import Loops
from tests.helpers.people import DECEMBER, north

TUE_AM, TUE_PM, WED_AM = 1 << 2, 1 << 3, 1 << 4
LEADER = {"team": "甲队", "role": "leader"}
MEMBER = {"team": "甲队"}


def asked(elder, volunteer, companions, days=range(7)):
    may = np.zeros((len(elder), DECEMBER.days), dtype=bool)
    may[:, list(days)] = True
    hot = np.zeros((DECEMBER.days, 2), dtype=np.int64)
    dates = np.array(DECEMBER.dates(), dtype="datetime64[D]")
    return Requests(np.array(elder), np.array(volunteer), companions, may, np.zeros_like(may), hot, dates)


def arrange(asked, standing, roster, settings=None):
    """Companion, day, start and end by place, and why others have none."""
    finder = AppointmentFinder(asked, standing, roster, DECEMBER, settings or Settings())
    made = finder.arrange(np.ones(len(asked), dtype=bool))
    found = finder.list_appointments(made)
    columns = (found.which, found.companion, found.day, found.start_min, found.end_min)
    return {
        place: tuple(rest) for place, *rest in zip(*(c.tolist() for c in columns), strict=True)
    }, finder.explain_missing(made)


def contacts(*rows):
    """Elder, volunteer, day of December, start, end, kind."""
    columns = np.array(rows, dtype=np.int64).reshape(-1, 6).T
    day = np.datetime64("2026-12-01") + (columns[2] - 1)
    return Schedule(columns[0], columns[1], day, columns[3], columns[4], columns[5], np.ones(len(rows), dtype=np.int64))


def test_the_three_meet_when_all_are_free():
    roster = people.roster([{"availability": TUE_AM | TUE_PM}], [{"availability": TUE_AM | WED_AM}, {}])
    made, why = arrange(asked([0], [0], [[1]]), Schedule.empty(), roster)
    assert made == {0: (1, 0, 540, 585)}
    assert why == {}


@pytest.mark.parametrize(
    ("companion", "who", "reason"),
    [({}, [], "nobody"), ({"availability": TUE_PM}, [1], "no_common_half_day"), ({}, [1], "full")],
)
def test_why_nobody_comes_along(companion, who, reason):
    roster = people.roster([{"availability": TUE_AM}, {}], [{}, companion])
    busy = contacts((1, 1, 1, 540, 690, CALL)) if reason == "full" else Schedule.empty()
    made, why = arrange(asked([0], [0], [who]), busy, roster)
    assert made == {}
    assert why == {0: reason}


@pytest.mark.parametrize("most", [1, 2, 3])
def test_one_comes_along_so_many_times_a_day(most):
    roster = people.roster([{"availability": TUE_AM | TUE_PM}] * 4, [{}] * 5)
    settings = Settings.model_validate({"new_pair": {"most_accompanied_per_day": most}})
    made, why = arrange(asked([0, 1, 2, 3], [0, 1, 2, 3], [[4]] * 4), Schedule.empty(), roster, settings)
    assert len(made) == most
    assert set(why.values()) == {"full"}
    spans = sorted(span for *_, start, end in made.values() for span in [(start, end)])
    assert all(end + 15 <= start for (_, end), (start, _) in pairwise(spans))


def test_who_has_a_choice_makes_way():
    """The first could meet on either day, the second on Tuesday morning alone, which holds one visit."""
    settings = Settings.model_validate({"new_pair": {"most_accompanied_per_day": 1}})
    roster = people.roster([{"availability": TUE_AM | WED_AM}, {"availability": TUE_AM}], [{}, {}, {}])
    made, why = arrange(asked([0, 1], [0, 1], [[2], [2]]), Schedule.empty(), roster, settings)
    assert {place: day for place, (_, day, *_) in made.items()} == {0: 1, 1: 0}
    assert why == {}


def test_the_companions_walks_are_kept():
    """An hour's walk from what the companion has before."""
    roster = people.roster([north(0) | {"availability": TUE_AM}, north(2200)], [{}, {}])
    busy = contacts((1, 1, 1, 540, 585, VISIT))
    made, _ = arrange(asked([0], [0], [[1]]), busy, roster)
    walk = int(np.ceil(2200 * 1.3 / 0.8 / 60))
    assert made[0][2] == 585 + walk


@pytest.mark.parametrize("seed", range(30))
def test_an_hour_is_found_wherever_there_is_one(seed):
    """Against a search over every minute of every day, with rules written anew."""
    rng = random.Random(seed)
    masks = [rng.getrandbits(14) & rng.getrandbits(14) for _ in range(3)]
    roster = people.roster(
        [{"availability": masks[0]}, north(rng.choice([0, 900]))], [{"availability": m} for m in masks[1:]]
    )
    rows, used = [], set()
    for _ in range(8):
        who, day = rng.randrange(2), rng.randrange(1, 8)
        if (who, day) not in used:
            used.add((who, day))
            start = rng.choice([540, 600, 640, 840, 900, 960])
            kind = rng.choice([VISIT, CALL])
            rows.append((1, who, day, start, start + (45 if kind == VISIT else 15), kind))
    made, why = arrange(asked([0], [0], [[1]]), contacts(*rows), roster)
    walk = int(np.ceil(round(abs(roster.elders["lat"].diff().iloc[1]) / people.METRE_LAT) * 1.3 / 0.8 / 60))
    fits = [
        (day, start)
        for day in range(7)
        for start in range(540, 1020)
        if all(_free(mask, day, start) for mask in masks)
        and all(_room(rows, who, day, start, walk) for who in range(2))
    ]
    assert bool(made) == bool(fits)
    assert all((day, start) in fits for _, day, start, _ in made.values())
    assert bool(made) != bool(why)


def _free(mask, day, start):
    weekday, morning = (day + 1) % 7, start >= 540 and start + 45 <= 690  # 1 December 2026 is a Tuesday
    afternoon = start >= 840 and start + 45 <= 1020
    return bool((morning and mask >> 2 * weekday & 1) or (afternoon and mask >> (2 * weekday + 1) & 1))


def _room(rows, who, day, start, walk):
    for _, other, on, begins, ends, kind in rows:
        if (other, on) == (who, day + 1):
            pause = max(15, walk) if kind == VISIT else 15
            if not (ends + pause <= start or start + 45 + pause <= begins):
                return False
    return True


def crowd(seed):
    """Eight first visits of twelve volunteers, some with contacts that stand."""
    rng = random.Random(seed)
    masks = [rng.getrandbits(14) | rng.getrandbits(14) for _ in range(22)]
    elders = [north(rng.choice([0, 0, 100, 600])) | {"availability": mask} for mask in masks[:10]]
    volunteers = [north(rng.choice([0, 0, 300])) | {"availability": mask} for mask in masks[10:]]
    who = people.roster(elders, volunteers)
    rows = []
    for _ in range(rng.choice([0, 20])):
        volunteer, day, start = rng.randrange(12), rng.randrange(1, 8), rng.choice([540, 600, 660, 840, 900, 970])
        length = rng.choice([15, 45])
        if all((volunteer, day) != (v, d) or start + length + 20 < s or s + 65 < start for v, _, d, s, *_ in rows):
            rows.append((volunteer, rng.randrange(8, 10), day, start, start + length, VISIT if length == 45 else CALL))
    companions = [rng.sample(range(8, 12), rng.choice([0, 1, 2, 3])) for _ in range(8)]
    those = asked(list(range(8)), [rng.randrange(8) for _ in range(8)], companions, range(rng.choice([1, 2, 7])))
    those.taken[:] = np.array([[rng.random() < 0.1 for _ in range(DECEMBER.days)] for _ in range(8)])
    return those, rows, who, Settings.model_validate({"new_pair": {"most_accompanied_per_day": rng.choice([1, 2, 9])}})


@pytest.mark.parametrize("seed", range(60))
def test_the_finder_does_what_plain_loops_do(seed):
    those, rows, who, settings = crowd(seed)
    busy = contacts(*((elder, v, day, start, end, kind) for v, elder, day, start, end, kind in rows))
    standing = [(v, elder, day - 1, start, end, kind == VISIT) for v, elder, day, start, end, kind in rows]
    loops = Loops(those, standing, who, settings.new_pair.most_accompanied_per_day).arranged()
    made, _ = arrange(those, busy, who, settings)
    assert {place: meeting[:3] for place, meeting in made.items()} == loops


@pytest.mark.parametrize("seed", range(10))
def test_what_is_arranged_already_stays_and_what_is_excluded_is_not_tried(seed):
    those, _, who, settings = crowd(seed)
    finder = AppointmentFinder(those, Schedule.empty(), who, DECEMBER, settings)
    everything = np.ones(len(those), dtype=bool)
    first = finder.arrange(np.arange(8) < 4)
    both = finder.arrange(everything, first)
    assert (both[first[:, 0] >= 0] == first[first[:, 0] >= 0]).all()
    tuesdays = finder.choices.spans[:, 1] == 0
    assert (finder.arrange(everything, None, tuesdays)[:, 1] != 0).all()
    assert (finder.arrange(everything) == finder.arrange(everything)).all()


@pytest.mark.parametrize("seed", range(12))
def test_the_capacity_of_weeks_is_what_a_planned_month_holds_in_them(seed):
    rng = random.Random(seed)
    masks = [rng.getrandbits(14) & rng.getrandbits(14) for _ in range(8)]
    month = people.month(
        [north(rng.choice([0, 500])) | {"availability": m, "contacts_per_week": rng.choice([2.0, 3.0])} for m in masks]
        + [{}, {}],
        [{"availability": rng.getrandbits(14)}, {"availability": rng.getrandbits(14)}, {}],
        schedule={"max_visits_per_day": rng.choice([1, 2]), "max_contacts_per_day": rng.choice([2, 3])},
    )
    elder, volunteer = np.arange(8), np.array([0] * 4 + [1] * 4)
    busy = contacts((9, 0, 2, 540, 585, CALL), (3, 2, 3, 560, 605, VISIT), (9, 1, 8, 900, 945, CALL))
    planned = plan_visits(month.roster, elder, volunteer, DECEMBER, month.settings, fixed=busy)
    demand = Demand.compute_usual(month.roster, elder, DECEMBER, month.settings)
    weeks = {
        name: WeekCapacity(month.roster, elder, volunteer, DECEMBER, month.settings, demand, name)
        for name in [(0, 2), (1, 3)]
    }
    for (first, end), capacity in weeks.items():
        held = np.zeros((3, end - first), dtype=np.int64)
        own = planned.without(busy)
        week = demand.week[(own.day - np.datetime64("2026-12-01")).astype(np.int64)] - first
        inside = (week >= 0) & (week < end - first)
        np.add.at(held, (own.volunteer[inside], week[inside]), 4096 + (own.kind[inside] == VISIT))
        everybody = np.ones(3, dtype=bool)
        assert (capacity.compute_most(everybody, busy) == held).all()
        for more in (0, 1):
            reached = capacity.compute_most(everybody, busy, held + more) >= held + more
            assert (reached[:2] == (more == 0)).all()
        alone = capacity.compute_most(np.array([True, False, False]), busy)
        assert (alone[0] == held[0]).all()
        assert (alone[1:] == 0).all()


@pytest.mark.parametrize("seed", range(some(8)))
def test_nobody_holds_less_for_company(seed):
    """Full weeks, by chance: against the same month with nobody along."""
    rng = random.Random(seed)
    hours = [{"availability": rng.getrandbits(14) & rng.getrandbits(14) | TUE_AM} for _ in range(20)]
    volunteers = [MEMBER | hours[i] for i in range(4)] + [
        LEADER | {"availability": rng.getrandbits(14)} for _ in range(2)
    ]
    months, volunteer = [], np.array([i % 4 for i in range(12)] + [4, 4, 4, 5, 5, 5])
    for along in (True, False):
        month = people.month(
            [north(rng.choice([0, 300])) | hours[i] for i in range(18)],
            volunteers,
            schedule={"max_visits_per_day": 2, "max_contacts_per_day": 2},
            new_pair={"accompanied": along},
        )
        plan = plan_from_pairs(month, people.pairs(*enumerate(volunteer.tolist())))
        since = np.where(np.arange(18) < 8, np.datetime64("2026-12"), np.datetime64("2026-01"))
        object.__setattr__(plan, "since", since)
        months.append(schedule_month(plan, EarlierContacts.none()))
        rng.seed(seed + 1)
    held = [np.bincount(made.volunteer, minlength=6) for made in months]
    assert (held[0] == held[1]).all()
    visits = [np.bincount(made.volunteer[made.kind == VISIT], minlength=6) for made in months]
    # who waits for company until the second week is due calls in the first
    late = months[0].has_companion & (months[0].day >= np.datetime64("2026-12-07"))
    assert (visits[1] - visits[0] <= np.bincount(months[0].volunteer[late], minlength=6)).all()
    assert months[0].has_companion.any()


class CountedWeeks:
    """Weeks in which the first holds a contact less with one first visit than with two or none; the last, with any."""

    n_volunteers, n_weeks = 3, 1

    def __init__(self):
        self.asked = 0

    def index_weeks(self, day):
        return np.zeros(len(day), dtype=np.int64)

    def compute_most(self, who, fixed, least=None):
        self.asked += 1
        assert self.asked < 100, "there is no end to it"
        if least is None:
            return np.full((3, 1), 100_000)
        load = np.bincount(fixed.volunteer, minlength=3)
        loses = np.array([load[0] == 1, False, load[2] > 0])
        return least - loses[:, None]


def test_who_loses_as_another_gives_up_gives_up_what_was_settled():
    """The second companion loses at once, so the first two visits' volunteer is left with one: and loses by that."""
    request = asked([0, 1], [0, 0], [[1], [2]], days=(1,))
    finder = AppointmentFinder(request, Schedule.empty(), people.roster([{}, {}], [{}, {}, {}]), DECEMBER, Settings())
    both = finder.arrange(np.ones(2, dtype=bool))
    assert (both[:, 0] >= 0).all()
    made = arrange_first_visits(request, finder, CountedWeeks(), Schedule.empty(), np.ones(2, dtype=bool))
    assert (made[:, 0] < 0).all()


class TestMonth:
    """E000 … with V000 and V001 in a team that V002 leads; V002 has elders of their own."""

    def _planned(self, new=(0, 1), leader_free=ANY_TIME, own=3, **sections):
        elders = [north(50 * i) for i in range(2 + own)]
        volunteers = [MEMBER, MEMBER, LEADER | {"availability": leader_free}]
        month = people.month(elders, volunteers, **sections)
        pairs = people.pairs((0, 0), (1, 1), *((2 + i, 2) for i in range(own)))
        plan = plan_from_pairs(month, pairs)
        since = np.array(["2026-12" if i in new else "2026-01" for i in range(2 + own)], dtype="datetime64[M]")
        object.__setattr__(plan, "since", since)
        before = EarlierContacts.none()
        made = schedule_month(plan, before)
        made, issues = choose_companions(made, plan, before, None)
        return made, made.companion, issues

    def test_the_leader_comes_along_in_the_first_week_and_keeps_their_own_contacts(self):
        visits, along, issues = self._planned()
        went = np.flatnonzero(along >= 0)
        assert sorted(visits.elder[went].tolist()) == [0, 1]
        assert (visits.day[went] <= np.datetime64("2026-12-07")).all()
        assert (visits.kind[went] == VISIT).all()
        assert issues == []
        for i in went:
            same = (visits.volunteer == along[i]) & (visits.day == visits.day[i])
            before, after = visits.end_min[same] + 15, visits.start_min[same] - 15
            assert ((before <= visits.start_min[i]) | (visits.end_min[i] <= after)).all()
        alone = self._planned(new=())[0]
        leaders = [int((v.volunteer == 2).sum()) for v in (visits, alone)]
        assert leaders[0] == leaders[1]
        assert len(visits.unscheduled) == 0

    def test_nobody_loses_a_contact_for_company(self):
        """On the one half-day that all three have, the leader's own visits of the first week fill the day."""
        tuesday = {"schedule": {"max_visits_per_day": 3, "closed_days": [f"2026-12-0{day}" for day in range(2, 8)]}}
        visits, along, issues = self._planned(leader_free=TUE_AM | TUE_PM, own=3, **tuesday)
        own = visits.volunteer == 2
        first = own & (visits.day == np.datetime64("2026-12-01")) & (visits.kind == VISIT)
        assert first.sum() == 3
        assert (along < 0).all()
        assert {issue.code for issue in issues} == {"first_visit_full"}

    def test_who_is_new_depends_on_nobody_else(self):
        visits, along, issues = self._planned(new=range(5))
        assert sorted(visits.elder[along >= 0].tolist()) == [0, 1]  # the leader goes alone
        assert issues == []
        assert np.bincount(visits.elder).tolist() == [14] * 5

    def test_company_can_be_done_without(self):
        _, along, issues = self._planned(new_pair={"accompanied": False})
        assert (along < 0).all()
        assert issues == []


def test_hours_beside_are_not_given_back():
    month = people.month([{}, {}], [MEMBER, LEADER])
    plan = plan_from_pairs(month, people.pairs((0, 0), (1, 1)))
    object.__setattr__(plan, "since", np.array(["2026-12", "2026-01"], dtype="datetime64[M]"))
    made = schedule_month(plan, EarlierContacts.none())
    both = pd.MultiIndex.from_arrays([made.elder, made.volunteer]).unique()
    assert sorted(both) == [(0, 0), (1, 1)]
    assert (made.order_of_day == made.number_contacts().order_of_day).all()
