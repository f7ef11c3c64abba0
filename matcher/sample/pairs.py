"""Last month's pairs as a hand would make them, and a few pins and never-pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from matcher.columns import Choice
from matcher.geo.distance import to_ecef
from matcher.horizon import Horizon
from matcher.sample.fit import draw_since, find_fitting
from matcher.sample.people import MadePeople
from matcher.sample.rng import Floats, Ints, Mask, Rng
from matcher.sample.words import NEVER_NOTES, PIN_NOTES

_NEAREST = 32
"""So many volunteers around an elder a coordinator has in mind."""
_URBAN_LIMIT_M, _RURAL_LIMIT_M = 750, 2250  # straight line: about 1,000 and 3,000 m on foot
_OTHER_COMMITTEE_M = 120
_ACQUAINTED_WITHIN_M = 300
_MOST_PINS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The nearest volunteers of each elder, near ones first: volunteer index and metres, all (elders, k)."""

    volunteer: Ints
    away_m: Floats

    @classmethod
    def of(cls, elders: MadePeople, volunteers: MadePeople) -> Neighbours:
        """Find them by straight line; volunteers beyond the limit of the elder's area are infinitely far."""
        at = [to_ecef(p.frame["lat"].to_numpy(), p.frame["lng"].to_numpy()) for p in (elders, volunteers)]
        nearest = min(_NEAREST, len(at[1])) if len(at[0]) else 0
        if not nearest:
            return cls(np.empty((len(at[0]), 0), dtype=np.int64), np.empty((len(at[0]), 0)))
        away_m, volunteer = map(np.asarray, cKDTree(at[1]).query(at[0], k=range(1, nearest + 1)))
        # people of one building are equally near: the tree's order of them may change with its version
        order = np.lexsort((volunteer, np.round(away_m, 3)), axis=-1)
        away_m, volunteer = (np.take_along_axis(values, order, axis=1) for values in (away_m, volunteer))
        limit_m = np.where(elders.frame["area"] == "rural", _RURAL_LIMIT_M, _URBAN_LIMIT_M)
        return cls(volunteer.astype(np.int64), np.where(away_m <= limit_m[:, None], away_m, np.inf))


def make_last_months_pairs(
    rng: Rng, apart: Rng, elders: MadePeople, volunteers: MadePeople, near: Neighbours, horizon: Horizon
) -> pd.DataFrame:
    """Make last month's pairs: near, within capacity, preferably of one committee, as good as a hand makes them.

    No hard rule bars any. Those who have gone since are among them; newcomers are not, nor most who don't consent or
    whom others visit: a few have withdrawn since. ``apart`` draws how long they have lasted.
    """
    n = len(elders.frame)
    known = ~elders.new & (_find_willing(elders) | rng.draw_mask(n, 0.25))
    places = np.where(volunteers.new, 0, volunteers.frame["capacity"].to_numpy())
    width = near.volunteer.shape[1]
    foreign = elders.committee[:, None] != volunteers.committee[near.volunteer]
    fits = find_fitting(elders.frame, volunteers.frame, near.volunteer, near.away_m)
    liking_m = near.away_m * rng.draw_uniform(n * width, 0.7, 1.3).reshape(n, width) + _OTHER_COMMITTEE_M * foreign
    liking_m = np.where(fits, liking_m, np.inf)
    volunteer = _hand_out(near.volunteer, liking_m, np.flatnonzero(known), places)
    paired = volunteer >= 0
    two = elders.frame[paired], volunteers.frame.iloc[volunteer[paired]]
    return pd.DataFrame(
        {
            "elder_id": two[0]["id"].to_numpy(),
            "volunteer_id": two[1]["id"].to_numpy(),
            "since": draw_since(apart, *two, horizon),
        }
    )


def _hand_out(volunteer: Ints, liking_m: Floats, waiting: Ints, places: Ints) -> Ints:
    """Let everybody ask the volunteer they like best; each takes the best of those who ask; the others ask on.

    Returns:
        The volunteer of each elder, -1 for none.
    """
    order = np.argsort(liking_m, axis=1, kind="stable")
    got, free = np.full(len(volunteer), -1, dtype=np.int64), places.copy()
    for turn in range(order.shape[1]):
        choice = order[waiting, turn]
        asked, metres = volunteer[waiting, choice], liking_m[waiting, choice]
        by_asked = np.lexsort((metres, asked))
        waiting, asked, metres = waiting[by_asked], asked[by_asked], metres[by_asked]
        place = np.arange(len(asked)) - np.searchsorted(asked, asked)
        taken = (place < free[asked]) & np.isfinite(metres)
        got[waiting[taken]] = asked[taken]
        free -= np.bincount(asked[taken], minlength=len(free))
        waiting = waiting[~taken]
    return got


def choose_pins_and_never_pairs(
    rng: Rng, elders: MadePeople, volunteers: MadePeople, near: Neighbours
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Choose a few acquaintances who live near and both take part, and a few neighbours to keep apart.

    Each volunteer has one pin at most and each elder one row, so nothing can contradict anything.
    """
    steady = _is_steady(volunteers) & (volunteers.frame["capacity"] > 0).to_numpy()
    fits = find_fitting(elders.frame, volunteers.frame, near.volunteer, near.away_m)
    fits &= (near.away_m <= _ACQUAINTED_WITHIN_M) & steady[near.volunteer]
    candidates = np.flatnonzero(_is_steady(elders) & _find_willing(elders))
    wanted = min(_MOST_PINS, -(-len(candidates) // 70))
    pins: list[tuple[int, int]] = []
    never: list[tuple[int, int]] = []
    pinned = np.zeros(len(volunteers.frame), dtype=bool)
    for elder in candidates[rng.permute(len(candidates))].tolist():
        fit = near.volunteer[elder][fits[elder]]
        fit = fit[~pinned[fit]]
        if len(pins) < wanted and len(fit) > 2:
            pins.append((elder, int(fit[2])))  # not the nearest: those are often a pair anyway
            pinned[fit[2]] = True
        elif len(never) < wanted and len(fit) > 1:
            never.append((elder, int(fit[1])))
        if len(pins) == len(never) == wanted:
            break
    return _list_pairs(rng, pins, PIN_NOTES, elders, volunteers), _list_pairs(
        rng, never, NEVER_NOTES, elders, volunteers
    )


def _find_willing(elders: MadePeople) -> Mask:
    """Return which elders consent and have no visitors of another programme."""
    frame = elders.frame
    return np.asarray((frame["consent"] == "yes") & frame["served_elsewhere"].isin(["", "none"]), dtype=bool)


def _is_steady(people: MadePeople) -> Mask:
    """Return who is on the roster, active, and neither new nor leaving."""
    frame = people.frame
    return np.asarray(
        (frame["status"] == "active").to_numpy() & frame["left"].isna().to_numpy() & ~people.gone & ~people.new
    )


def _list_pairs(
    rng: Rng, pairs: list[tuple[int, int]], notes: tuple[Choice, ...], elders: MadePeople, volunteers: MadePeople
) -> pd.DataFrame:
    """Return the pairs in order of elder, with a note each."""
    index = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return pd.DataFrame(
        {
            "elder_id": elders.frame["id"].to_numpy()[index[:, 0]],
            "volunteer_id": volunteers.frame["id"].to_numpy()[index[:, 1]],
            "note": rng.draw_words(len(index), [note.code for note in notes]),
        }
    )
