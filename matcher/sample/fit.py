"""What made-up people like, ask for, have learnt and can do, and whom they know: drawn apart from who they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from matcher.horizon import Horizon
from matcher.sample import words
from matcher.sample.people import Dates, MadePeople
from matcher.sample.rng import Floats, Ints, Mask, Rng

_YEAR_DAYS = 365.2425
_KNOWN_WITHIN_M = 200
_LONGEST_MONTHS = 60
_DETOUR = 1.3
"""Walked way over straight line, as the program reckons it."""
_LANGUAGES = tuple(words.VOLUNTEER_LANGUAGES)
_HALF_GONE_MONTHS = 14
"""Months after which half of the pairs of a time have ended."""


def add_wishes(rng: Rng, elders: MadePeople) -> MadePeople:
    """Return elders with interests, with what some ask of a volunteer, and with other programmes that visit a few."""
    frame, n = elders.frame, len(elders.frame)
    female = (frame["sex"] == "female").to_numpy()
    kinds = np.array(["", "female", "female_preferred", "male", "male_preferred"], dtype=object)
    wishes = np.where(
        female,
        rng.draw_indices(n, (0.92, 0.025, 0.05, 0.001, 0.004)),
        rng.draw_indices(n, (0.96, 0.002, 0.008, 0.01, 0.02)),
    )
    # who speaks no Mandarin can't make do with it; some have said so
    local = ~frame["languages"].str.contains("Mandarin").to_numpy() & rng.draw_mask(n, 0.12)
    other = np.array([programme.code for programme in words.OTHER_PROGRAMMES] + [""], dtype=object)
    columns = {
        "interests": rng.draw_lists(n, words.INTEREST_SHARES),
        "wanted_sex": kinds[wishes],
        "wanted_languages": np.where(local, frame["languages"].to_numpy(object), ""),
        "served_elsewhere": other[rng.draw_indices(n, (0.006, 0.004, 0.08, 0.91))],
        "acquainted": np.full(n, "", dtype=object),
    }
    return replace(elders, frame=frame.assign(**columns))


def add_abilities(rng: Rng, volunteers: MadePeople, horizon: Horizon) -> MadePeople:
    """Return volunteers with interests and courses, and with how far and how high the older ones can go."""
    frame, n = volunteers.frame, len(volunteers.frame)
    born = frame["birth_date"].to_numpy().astype("datetime64[D]")
    age = (np.datetime64(horizon.start) - born).astype(np.int64) / _YEAR_DAYS
    slow = rng.draw_mask(n, np.clip((age - 55) / 40, 0.02, 0.4))
    stiff = rng.draw_mask(n, np.clip((age - 52) / 30, 0.05, 0.6))
    columns = {
        "interests": rng.draw_lists(n, words.INTEREST_SHARES),
        "training": rng.draw_lists(n, words.COURSE_SHARES),
        "max_walk_m": np.where(slow, np.array([400.0, 500.0, 600.0, 800.0])[rng.draw_integers(n, 0, 3)], np.nan),
        "max_floor": np.where(stiff, rng.draw_integers(n, 2, 5).astype(float), np.nan),
        "acquainted": np.full(n, "", dtype=object),
    }
    return replace(volunteers, frame=frame.assign(**columns))


def add_expiries(rng: Rng, volunteers: MadePeople, horizon: Horizon) -> MadePeople:
    """Return volunteers with the days on which courses and checks expire; here and there one has, or soon will."""
    frame, n = volunteers.frame, len(volunteers.frame)
    start = np.datetime64(horizon.start)
    trained = (frame["training"] != "").to_numpy()
    told = {}
    for name, has, years in (
        ("training_expires", trained, 3),
        ("health_check_expires", np.ones(n, dtype=bool), 1),
        ("background_check_expires", np.ones(n, dtype=bool), 2),
    ):
        expires = start + rng.draw_integers(n, -20, 365 * years).astype("timedelta64[D]")
        known = has & rng.draw_mask(n, 0.85)
        told[name] = np.where(known, expires, np.datetime64("NaT", "D")).astype("datetime64[s]")
    return replace(volunteers, frame=frame.assign(**told))


def acquaint(
    rng: Rng, elders: MadePeople, volunteers: MadePeople, volunteer: Ints, away_m: Floats
) -> tuple[MadePeople, MadePeople]:
    """Let neighbours know each other already, as one of the two rosters says.

    ``volunteer`` and ``away_m`` are the nearest volunteers of each elder, (elders, k).
    """
    n, width = volunteer.shape
    if not width:
        return elders, volunteers
    rank = np.minimum(rng.draw_integers(n, 0, 11), width - 1)
    of = np.arange(n)
    friend = volunteer[of, rank]
    knows = rng.draw_mask(n, 0.1) & (away_m[of, rank] <= _KNOWN_WITHIN_M) & ~elders.gone & ~volunteers.gone[friend]
    told_by_elder = rng.draw_mask(n, 0.5)
    theirs, own = elders.frame["id"].to_numpy(object), volunteers.frame["id"].to_numpy(object)
    of_elders = np.where(knows & told_by_elder, own[friend], "")
    rest = pd.DataFrame({"volunteer": friend, "id": theirs})[knows & ~told_by_elder]
    of_volunteers = rest.groupby("volunteer")["id"].agg(";".join).reindex(range(len(own)), fill_value="")
    return (
        replace(elders, frame=elders.frame.assign(acquainted=of_elders)),
        replace(volunteers, frame=volunteers.frame.assign(acquainted=of_volunteers.to_numpy(object))),
    )


def find_fitting(elders: pd.DataFrame, volunteers: pd.DataFrame, volunteer: Ints, away_m: Floats) -> Mask:
    """Return which of the volunteers near each elder the program's hard rules would let them have, (elders, k).

    ``volunteer`` and ``away_m`` are those volunteers, (elders, k). Who takes part is not asked.
    """
    most_floors = volunteers["max_floor"].fillna(np.inf).to_numpy()
    most_m = volunteers["max_walk_m"].fillna(np.inf).to_numpy()
    trained = volunteers["training"].str.contains("dementia").to_numpy()
    stairs = np.where(elders["lift"] == "no", elders["floor"], 0)[:, None]
    ill = elders["health"].str.contains("cognitive").to_numpy()[:, None]
    fits = (most_floors[volunteer] >= stairs) & (most_m[volunteer] >= _DETOUR * away_m) & (trained[volunteer] | ~ill)
    wanted = elders["wanted_sex"].to_numpy(object)[:, None]
    fits &= ~np.isin(wanted, ["female", "male"]) | (wanted == volunteers["sex"].to_numpy(object)[volunteer])
    asked, spoken = _mark_languages(elders["wanted_languages"]), _mark_languages(volunteers["languages"])
    fits &= (asked[:, None] == 0) | (asked[:, None] & spoken[volunteer] > 0)
    free = elders["availability"].to_numpy()[:, None] & volunteers["availability"].to_numpy()[volunteer]
    return np.asarray(fits & (free > 0))


def _mark_languages(lists: pd.Series) -> Ints:
    """Return a bit for each language of each list."""
    marks = [lists.str.contains(name, regex=False).to_numpy() << bit for bit, name in enumerate(_LANGUAGES)]
    return np.asarray(np.sum(marks, axis=0), dtype=np.int64)


def draw_since(rng: Rng, elders: pd.DataFrame, volunteers: pd.DataFrame, horizon: Horizon) -> Dates:
    """Draw the first day of the month since which each pair of last month stands; rows of the two are the pairs.

    Both have joined by then.
    """
    n = len(elders)
    this = np.datetime64(horizon.start, "M")
    ended = np.log(1 - rng.draw_uniform(n)) / np.log(0.5) * _HALF_GONE_MONTHS
    months = np.timedelta64(1, "M") + np.minimum(np.floor(ended), _LONGEST_MONTHS - 1).astype("timedelta64[M]")
    joined = np.maximum(*(side["joined"].to_numpy().astype("datetime64[M]") for side in (elders, volunteers)))
    first = np.minimum(np.maximum(this - months, joined), this - np.timedelta64(1, "M"))
    return np.asarray(first.astype("datetime64[D]").astype("datetime64[s]"))
