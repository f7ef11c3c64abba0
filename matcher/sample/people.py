"""Made-up people in made-up buildings: elders and volunteers, one frame row each, columns as in ``columns.py``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.sample import words
from matcher.sample.city import MadeCity, Texts, rank_within
from matcher.sample.hours import draw_days_off, draw_elder_hours, draw_volunteer_hours
from matcher.sample.rng import Floats, Ints, Mask, Rng

_PROGRAMME_STARTED = np.datetime64("2012-03-01")
_NEWCOMERS = 0.015
Dates = NDArray[np.datetime64]
_DAY, _YEAR_DAYS = np.timedelta64(1, "D"), 365.2425


@dataclass(frozen=True, slots=True, eq=False)
class MadePeople:
    """Everybody of one side, those who have gone since last month too."""

    frame: pd.DataFrame
    committee: Ints
    gone: Mask
    """On last month's roster, not on this one."""
    new: Mask
    """On this month's roster, not on last month's."""

    @property
    def roster(self) -> pd.DataFrame:
        """Return this month's roster."""
        return self.frame[~self.gone].reset_index(drop=True)


@dataclass(frozen=True, slots=True, eq=False)
class MadeHomes:
    """Where each of some people lives."""

    city: MadeCity
    building: Ints
    room: Ints
    """Which of the building's homes, from 0: different for any two of its people while there are enough."""

    @property
    def committee(self) -> Ints:
        """Return each one's residents' committee."""
        return self.city.buildings.committee[self.building]

    @property
    def floor(self) -> Ints:
        """Return each one's floor."""
        return self.room // self.city.buildings.rooms_a_floor[self.building] + 1


def settle(rng: Rng, city: MadeCity, elders: Ints, volunteers: Ints) -> tuple[MadeHomes, MadeHomes]:
    """Find homes for so many elders and volunteers of each committee; tall buildings hold more."""
    committee = np.concatenate([np.repeat(np.arange(len(count)), count) for count in (elders, volunteers)])
    buildings = city.buildings
    building = rng.draw_indices_within(buildings.homes**0.7, committee, buildings.edges)
    occupants = np.bincount(building, minlength=len(buildings.lng))
    shuffled = rng.permute(len(building))
    by_building = shuffled[np.argsort(building[shuffled], kind="stable")]
    rank = np.empty_like(building)
    rank[by_building] = rank_within(occupants)
    homes = buildings.homes
    first = rng.draw_integers(len(homes), 0, homes - 1)
    room = (first[building] + rank * homes[building] // occupants[building]) % homes[building]
    n = int(elders.sum())
    return MadeHomes(city, building[:n], room[:n]), MadeHomes(city, building[n:], room[n:])


def make_elders(rng: Rng, homes: MadeHomes, horizon: Horizon, gone: Mask, phones: Texts) -> MadePeople:
    """Make elders of 70 to 100, mostly 75 to 90, mostly living alone. ``phones`` has theirs, then a relative's."""
    n = len(homes.building)
    female = rng.draw_mask(n, 0.62)
    age = np.where(rng.draw_mask(n, 0.8), rng.draw_bell(n, 73, 92), rng.draw_uniform(n, 70, 100))
    surname = _draw_surnames(rng, n)
    people = _make_people("E", surname + _draw_given_names(rng, "old", female), female, age, homes, horizon)
    old, alone = age >= 80, rng.draw_mask(n, 0.92)
    health = rng.draw_lists(n, words.ILLNESS_SHARES)
    ill = np.array([bool(words.SERIOUS.intersection(text.split(";"))) for text in health.tolist()], dtype=bool)
    able = rng.draw_mask(n, np.where(age >= 85, 0.62, 0.86))
    care = np.where(able, "able", np.where(rng.draw_mask(n, 0.15), "unable", "partly"))
    risk = np.select([old & alone & ill, old | ~able | ill], ["high", "medium"], "low")
    high = risk == "high"
    status, joined, left, new = _draw_membership(rng, age, 70, horizon, ~gone)
    child_surname = np.where(~female & rng.draw_mask(n, 0.9), surname, _draw_surnames(rng, n))
    columns = {
        "phone": np.where(rng.draw_mask(n, 0.97), phones[:n], ""),
        "languages": _fill_empty(rng.draw_lists(n, words.ELDER_LANGUAGES), "Shanghainese"),
        "availability": draw_elder_hours(rng, n),
        "days_off": draw_days_off(rng, n, 0.06, horizon),
        "joined": joined,
        "left": left,
        "status": status,
        "area": np.where(homes.city.committees.rural[homes.committee], "rural", "urban"),
        "floor": homes.floor,
        "lift": np.where(homes.city.buildings.lift[homes.building], "yes", "no"),
        "living": np.where(alone, "alone", np.where(rng.draw_mask(n, 0.7), "couple", "family")),
        "self_care": care,
        "health": health,
        "risk": risk,
        "needs": rng.draw_lists(n, words.NEED_SHARES),
        "consent": rng.draw_words(n, ["yes", "no", ""], [0.98, 0.009, 0.011]),
        "contacts_per_week": np.where(high & rng.draw_mask(n, 0.25), 3.0, np.nan),
        "visits_per_week": np.full(n, np.nan),
        "visits_per_month": np.where(high & rng.draw_mask(n, 0.08), 5.0, np.where(rng.draw_mask(n, 0.01), 2.0, np.nan)),
        "emergency_contact": child_surname + _draw_given_names(rng, "young", rng.draw_mask(n, 0.5)),
        "emergency_contact_phone": phones[n:],
    }
    return MadePeople(people.assign(**columns), homes.committee, gone, new)


def make_volunteers(rng: Rng, homes: MadeHomes, horizon: Horizon, gone: Mask, phones: Texts) -> MadePeople:
    """Make volunteers of 50 to 75, mostly 60 to 70, with about five places each; the first of a committee leads."""
    n = len(homes.building)
    age = np.where(rng.draw_mask(n, 0.8), rng.draw_bell(n, 58, 72), rng.draw_uniform(n, 50, 75))
    female = rng.draw_mask(n, 0.72)
    name = _draw_surnames(rng, n) + _draw_given_names(rng, "young", female)
    people = _make_people("V", name, female, age, homes, horizon)
    status, joined, left, new = _draw_membership(rng, age, 50, horizon, ~gone)
    staying = np.flatnonzero(~gone)
    leader = np.zeros(n, dtype=bool)
    leader[staying[np.unique(homes.committee[staying], return_index=True)[1]]] = True
    team = np.array([name.removesuffix("居委会") + "服务队" for name in homes.city.committees.name], dtype=object)
    columns = {
        "phone": phones,
        "languages": _fill_empty(rng.draw_lists(n, words.VOLUNTEER_LANGUAGES), "Mandarin"),
        "availability": draw_volunteer_hours(rng, n),
        "days_off": draw_days_off(rng, n, 0.12, horizon),
        "joined": joined,
        "left": left,
        "status": status,
        "capacity": np.array([5, 4, 6, 3])[rng.draw_indices(n, (0.8, 0.08, 0.075, 0.045))],
        "skills": rng.draw_lists(n, words.SKILL_SHARES),
        "team": team[homes.committee],
        "role": np.where(leader, "leader", "member"),
    }
    return MadePeople(people.assign(**columns), homes.committee, gone, new)


def _make_people(
    letter: str, name: Texts, female: Mask, age: Floats, homes: MadeHomes, horizon: Horizon
) -> pd.DataFrame:
    """Make what both sides have: id, name, sex, date of birth, place."""
    committees, buildings = homes.city.committees, homes.city.buildings
    at, committee = homes.building, homes.committee
    door = homes.room % buildings.rooms_a_floor[at] + 1
    rooms = [f"{f}{d:02}室" for f, d in zip(homes.floor.tolist(), door.tolist(), strict=True)]
    room = np.where(committees.rural[committee], "", np.array(rooms, dtype=object))
    birth_date = np.datetime64(horizon.start) - np.ceil(age * _YEAR_DAYS).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "id": [f"{letter}{i:06}" for i in range(1, len(at) + 1)],
            "name": name,
            "sex": np.where(female, "female", "male"),
            "birth_date": birth_date,
            "phone": "",
            "district": committees.district[committee],
            "subdistrict": committees.subdistrict[committee],
            "committee": committees.name[committee],
            "compound": buildings.compound[at],
            "address": buildings.address[at] + room,
            "lng": buildings.lng[at],
            "lat": buildings.lat[at],
        }
    )


def _draw_surnames(rng: Rng, n: int) -> Texts:
    """Draw surnames as often as in Shanghai."""
    return rng.draw_words(n, list(words.SURNAMES), list(words.SURNAMES.values()))


def _draw_given_names(rng: Rng, generation: str, female: Mask) -> Texts:
    """Draw given names of the sex and generation, some of one letter only."""
    name = np.full(len(female), "", dtype=object)
    for sex, those in (("female", female), ("male", ~female)):
        first, last = words.GIVEN_NAMES[generation, sex]
        count = int(those.sum())
        start = np.where(rng.draw_mask(count, 0.85), rng.draw_words(count, list(first)), "")
        name[those] = start + rng.draw_words(count, list(last))
    return name


def _fill_empty(lists: Texts, word: str) -> Texts:
    """Return the lists, with ``word`` where one is empty."""
    return np.where(lists == "", word, lists)


def _draw_membership(
    rng: Rng, age: Floats, least_age: int, horizon: Horizon, may_be_new: Mask
) -> tuple[Texts, Dates, Dates, Mask]:
    """Draw status, dates of joining and leaving, and who is new since last month.

    Of a hundred about one is paused, half a one left shortly before the month and half a one leaves during it.
    """
    n = len(age)
    start, end = np.datetime64(horizon.start), np.datetime64(horizon.end)
    new = may_be_new & rng.draw_mask(n, _NEWCOMERS)
    fate = np.array(["active", "paused", "left", "leaving"])[rng.draw_indices(n, (0.98, 0.011, 0.004, 0.005))]
    fate[new] = "active"
    old_enough = start - ((age - least_age) * _YEAR_DAYS).astype("timedelta64[D]")
    earliest = np.minimum(np.maximum(_PROGRAMME_STARTED, old_enough), start - 60 * _DAY)
    joined = earliest + rng.draw_integers(n, 0, (start - earliest).astype(np.int64) - 45).astype("timedelta64[D]")
    joined = np.where(new, start + rng.draw_integers(n, -12, 6).astype("timedelta64[D]"), joined)
    left = np.full(n, np.datetime64("NaT", "D"))
    left = np.where(fate == "left", start - rng.draw_integers(n, 1, 10).astype("timedelta64[D]"), left)
    left = np.where(fate == "leaving", end - rng.draw_integers(n, 1, 20).astype("timedelta64[D]"), left)
    return np.where(fate == "leaving", "active", fate).astype(object), joined, left, new
