"""A sample: made-up rosters and pair lists that fit together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.columns import ELDERS, VOLUNTEERS, Column
from matcher.errors import UsageError
from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.sample.city import ELDERS_A_COMMITTEE, VOLUNTEERS_A_COMMITTEE, Texts, make_city
from matcher.sample.fit import acquaint, add_abilities, add_expiries, add_wishes
from matcher.sample.pairs import Neighbours, choose_pins_and_never_pairs, make_last_months_pairs
from matcher.sample.people import make_elders, make_volunteers, settle
from matcher.sample.rng import Floats, Ints, Mask, Rng

MOST_PEOPLE = 900_000
"""Most elders, and most volunteers, of a sample: ids have six digits, and some of them have gone."""
_GONE = 0.015
"""Share of last month's people who are not on the roster any more."""
NOT_MADE = frozenset({"national_id", "age", "registered_address", "place_quality", "waiting_since", "backup_capacity"})
NOT_MADE |= {"minutes_per_month", "volunteer", "paired_since", "elders", "emergency_contact_relation"}
"""Columns that no sample has. Nobody here has a national ID: nothing needs one, and made-up ones could be real."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Made-up rosters; frames with the English column names of ``columns.py``, in order of id.

    Choices and bools are codes, lists English words joined by ``;``, dates datetime64, days off as a cell has them,
    availability the bits of ``roster.model.ANY_TIME``. ``write_sample`` puts all of it into the language in use.
    """

    elders: pd.DataFrame
    volunteers: pd.DataFrame
    previous: pd.DataFrame
    """Last month's pairs: elder_id, volunteer_id, since. Some of them have left the rosters since."""
    pins: pd.DataFrame
    """elder_id, volunteer_id, note."""
    never: pd.DataFrame
    """elder_id, volunteer_id, note."""


def make_sample(elders: int, volunteers: int, seed: int, month: str = "2026-12") -> Sample:
    """Make so many people of a city on Shanghai's map; the same arguments give the same sample, on any machine.

    A small sample is a few neighbouring committees, a large one more and more subdistricts, always as dense as the
    whole city of 205,000 elders; above that it gets denser.

    Args:
        elders: Elders on this month's roster, 0 to ``MOST_PEOPLE``.
        volunteers: Volunteers on it, likewise. A fifth of the elders is as in reality: no slack at all.
        seed: Any whole number from 0.
        month: The month that is going to be planned, ``YYYY-MM``; dates lie around its first day.

    Raises:
        UsageError: a number of people is out of range.
        ValueError: ``seed`` is negative, or ``month`` is not a month.
    """
    for number in (elders, volunteers):
        if not 0 <= number <= MOST_PEOPLE:
            raise UsageError(_("{number} is not between 0 and {most}").format(number=number, most=MOST_PEOPLE))
    horizon, rng = Horizon.of_month(month), Rng(seed)
    elder_gone, volunteer_gone = _draw_gone(rng, elders), _draw_gone(rng, volunteers)
    committees = round(elders / ELDERS_A_COMMITTEE if elders else volunteers / VOLUNTEERS_A_COMMITTEE)
    city = make_city(rng, max(1, committees))
    elder_weight, volunteer_weight = _draw_weights(rng, city.committees.subdistrict_index)
    elder_homes, volunteer_homes = settle(
        rng, city, rng.split(len(elder_gone), elder_weight), rng.split(len(volunteer_gone), volunteer_weight)
    )
    phones = _draw_phones(rng, 2 * len(elder_gone) + len(volunteer_gone))
    their_phones, volunteer_phones = np.split(phones, [2 * len(elder_gone)])
    old = make_elders(rng, elder_homes, horizon, elder_gone, their_phones)
    young = make_volunteers(rng, volunteer_homes, horizon, volunteer_gone, volunteer_phones)
    near = Neighbours.of(old, young)
    apart = Rng(seed, stream=1)
    old, young = add_wishes(apart, old), add_abilities(apart, young, horizon)
    young = add_expiries(Rng(seed, stream=2), young, horizon)
    old, young = acquaint(apart, old, young, near.volunteer, near.away_m)
    previous = make_last_months_pairs(rng, apart, old, young, near, horizon)
    pins, never = choose_pins_and_never_pairs(rng, old, young, near)
    return Sample(_order_columns(old.roster, ELDERS), _order_columns(young.roster, VOLUNTEERS), previous, pins, never)


def _draw_gone(rng: Rng, staying: int) -> Mask:
    """Draw who has left since last month, among so many more people than stay; nobody of under twenty."""
    leaving = int(np.ceil(_GONE * staying)) if staying >= 20 else 0
    return rng.permute(staying + leaving) < leaving


def _draw_weights(rng: Rng, subdistrict: Ints) -> tuple[Floats, Floats]:
    """Draw how many elders and volunteers a committee has: here and there volunteers are scarce, as in reality."""
    n = len(subdistrict)
    size = rng.draw_uniform(n, 0.6, 1.4)
    zeal = rng.draw_uniform(int(subdistrict.max()) + 1, 0.92, 1.08)[subdistrict]
    return size, size * zeal * rng.draw_uniform(n, 0.8, 1.2)


def _draw_phones(rng: Rng, n: int) -> Texts:
    """Draw different numbers that are nobody's: written like mobile numbers, of a prefix that no operator has.

    The ministry has given out all prefixes from 130 to 199 but 142, 143, 154, 161, 164 and 194. Steps coprime to 10^8
    repeat no number.
    """
    first = int(rng.draw_integers(1, 0, 99_999_999)[0])
    serial = (first + np.arange(n, dtype=np.int64) * 61_803_399) % 100_000_000
    return np.array([f"154{number:08}" for number in serial.tolist()], dtype=object)


def _order_columns(frame: pd.DataFrame, columns: tuple[Column, ...]) -> pd.DataFrame:
    """Return the columns in the table's order."""
    ordered = frame[[column.name for column in columns if column.name not in NOT_MADE]]
    ordered.attrs["datum"] = "wgs84"
    return ordered
