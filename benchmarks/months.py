"""Months of a programme in which people come and go: who is moved, dropped, swapped back, and who waits.

    python -m benchmarks.months [small] [city]

``small``: 120 elders, 24 volunteers with 122, 114 or 108 places, 13 months, 20 programmes each; 3 % of elders and 2 %
of volunteers go each month and as many come. ``city``: 5,000 elders with 5 % fewer places, 13 months, once. There half
of the elders are free at three to seven half-days a week, and volunteers have 2 to 16 free hours. Each runs under the
goals as they stand and as they were (months of waiting, risk and age before pairs, blind to hours). The first month is
left out. Below a floor: of the last month's elders, planned from nothing, who has fewer than the least visits or too
long a silence.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from matcher.columns import ELDERS, VOLUNTEERS, Column
from matcher.horizon import Horizon
from matcher.matching import match
from matcher.month import LastRun, MonthData
from matcher.plan import Plan
from matcher.roster.model import ANY_TIME, PairList, Roster
from matcher.scheduling.timetabling import plan_visits
from matcher.settings import Settings

MONTHS = [f"2026-{number:02}" for number in range(1, 13)] + ["2027-01"]
BEFORE = {
    "priority": {
        "order": ("risk", "waiting", "age"),
        "lost_months": 0,
        **dict.fromkeys(("waiting_month_m", "medium_risk_m", "age_band_m"), 0),
    },
    "keep": {"worth_m": 800},
    "match": {"missed_contact_m": 0, "missed_visit_m": 0},
    "availability": {"least_visits": "off"},
}
"""The goals as they were."""
ELDERS_GO, VOLUNTEERS_GO = 0.03, 0.02
_METRE_LAT, _METRE_LNG = 1 / 110_866, 1 / 95_300
_EMPTY = {"list": (), "dates": (), "availability": ANY_TIME, "date": pd.NaT}
_YEAR = 12


def make_people(
    rng: np.random.Generator, elders: int, volunteers: int, side_m: float, capacity: list[int], *, with_hours: bool
) -> Roster:
    """Return people at home in a square, elders with risks and ages."""

    def make_side(columns: tuple[Column, ...], n: int, letter: str, more: dict[str, object]) -> pd.DataFrame:
        cells: dict[str, object] = {}
        for column in columns:
            if column.kind in ("int", "number", "frequency"):
                cells[column.name] = np.full(n, np.nan)
            elif column.kind != "national_id":
                cells[column.name] = [_EMPTY.get(column.kind, "")] * n
        for name in ("clock", "file", "building", "lane", "neighbourhood"):
            cells[name] = [""] * n
        east, north = rng.uniform(0, side_m, (2, n))
        cells |= {"id": [f"{letter}{i:06}" for i in range(n)], "row": np.arange(n) + 2, "place_quality": ["point"] * n}
        cells |= {"lat": 31.2 + north * _METRE_LAT, "lng": 121.4 + east * _METRE_LNG, **more}
        frame = pd.DataFrame(cells)
        for column in columns:
            if column.kind == "date":
                frame[column.name] = pd.to_datetime(frame[column.name])
        return frame

    risk = rng.choice(["high", "medium", "low"], elders, p=[0.1, 0.25, 0.65])
    born = [f"{year}-06-01" for year in rng.integers(1930, 1956, elders)]
    hours = (draw_elder_hours(rng, elders), draw_volunteer_hours(rng, volunteers)) if with_hours else ({}, {})
    return Roster(
        make_side(ELDERS, elders, "E", {"consent": ["yes"] * elders, "risk": risk, "birth_date": born} | hours[0]),
        make_side(VOLUNTEERS, volunteers, "V", {"capacity": np.array(capacity, dtype=float)} | hours[1]),
    )


def draw_elder_hours(rng: np.random.Generator, n: int) -> dict[str, object]:
    """Return half-days of the week as bits: one in two elders is free at any time, others have three to seven."""
    some = [rng.choice(14, int(rng.integers(3, 8)), replace=False) for _ in range(n)]
    bits = np.array([int(sum(1 << int(half_day) for half_day in each)) for each in some])
    return {"availability": np.where(rng.random(n) < 0.5, ANY_TIME, bits & ANY_TIME)}


def draw_volunteer_hours(rng: np.random.Generator, n: int) -> dict[str, object]:
    """Return two hours in each of one to eight half-days of the week."""
    some = [np.sort(rng.choice(14, int(rng.integers(1, 9)), replace=False)).tolist() for _ in range(n)]
    clock = [
        ",".join(f"{half // 2}:{start}-{start + 120}" for half in each for start in (540 if half % 2 == 0 else 840,))
        for each in some
    ]
    return {"availability": [sum(1 << half for half in each) for each in some], "clock": clock}


@dataclass
class Tally:
    """Counts over months 2 to 13, and over the elders at the end."""

    months: int = 0
    count: Counter[str] = field(default_factory=Counter)
    back: dict[int, set[int]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, before: Plan, plan: Plan, there: np.ndarray) -> None:
        """Count what one month changed of the pairs whose two are still there."""
        old, new = before.volunteer_of, plan.volunteer_of
        self.months += 1
        for e in np.flatnonzero(old >= 0).tolist():
            if there[0][e] and there[1][old[e]] and new[e] != old[e]:
                self.count["moved" if new[e] >= 0 else "dropped"] += 1
        for e in np.flatnonzero((new >= 0) & (new != old)).tolist():
            self.count["back"] += int(new[e]) in self.back.get(e, set())
        for e in np.flatnonzero((old >= 0) & (new != old)).tolist():
            self.back.setdefault(e, set()).add(int(old[e]))
        self.count.update(f"reason {change.reason}" for change in plan.changes)
        waits = (new < 0) & there[0]
        self.count["waiting over 3 months"] += int((waits & (plan.precedence.months_waiting > 3)).sum())
        self.count["lost and still without"] += int((waits & (old >= 0)).sum())
        self.count["served"] += len(plan.elder)

    def finish(self, plan: Plan) -> None:
        """Count what the last month leaves."""
        months = (np.datetime64(plan.month.horizon.start, "M") - plan.since).astype(int)
        self.count["bonds of a year"] += int((months >= _YEAR).sum())
        self.count["bond months"] += int(months.sum()) + len(months)
        self.count["bonds"] += len(months)
        self.count["walk"] += int(plan.cost_terms["walking"].sum())
        month = plan.month
        schedule = plan_visits(month.roster, plan.elder, plan.volunteer, month.horizon, month.settings)
        self.count["below a floor"] += len(schedule.below_floor)


def run_months(
    rng: np.random.Generator,
    elders: int,
    capacity: list[int],
    side_m: float,
    settings: Settings,
    *,
    with_hours: bool = False,
) -> Tally:
    """Return what becomes of one programme over the months."""
    go, leave = round(ELDERS_GO * elders), max(round(VOLUNTEERS_GO * len(capacity)), 0)
    chance = VOLUNTEERS_GO * len(capacity) - leave
    all_elders, all_volunteers = elders + go * len(MONTHS), len(capacity) + (leave + 1) * len(MONTHS)
    places = capacity + [capacity[i % len(capacity)] for i in range(all_volunteers - len(capacity))]
    people = make_people(rng, all_elders, all_volunteers, side_m, places, with_hours=with_hours)
    here = [np.arange(all_elders) < elders, np.arange(all_volunteers) < len(capacity)]
    come = [elders, len(capacity)]
    joined = np.full(all_elders, np.datetime64("2025-06", "M"))
    tally, plan = Tally(), None
    for number, text in enumerate(MONTHS):
        horizon, before = Horizon.of_month(text), plan
        if number:
            leaving = leave + int(rng.random() < chance)
            for side, many in enumerate((go, leaving)):
                gone = rng.choice(np.flatnonzero(here[side]), many, replace=False)
                here[side][gone] = False
                here[side][come[side] : come[side] + many] = True
                if not side:
                    joined[come[0] : come[0] + many] = np.datetime64(text, "M")
                else:  # who comes has as many places as who went
                    places[come[1] : come[1] + many] = [places[v] for v in gone.tolist()]
                come[side] += many
        now = replace(
            people,
            elders=people.elders.assign(consent=np.where(here[0], "yes", "no"), joined=joined.astype("datetime64[s]")),
            volunteers=people.volunteers.assign(capacity=np.where(here[1], np.array(places, dtype=float), 0.0)),
        )
        month = MonthData(now, horizon, settings)
        if before is not None:
            month = replace(month, previous=_list_pairs(before), last_run=_list_waiting(before))
        began = time.perf_counter()
        plan = match(month)
        tally.seconds += time.perf_counter() - began
        assert plan.certificate is not None
        assert plan.certificate.optimal
        if before is not None:
            tally.add(before, plan, here)
    tally.finish(plan)
    return tally


def _list_pairs(plan: Plan) -> PairList:
    roster = plan.month.roster
    ids = (roster.elders["id"].to_numpy()[plan.elder], roster.volunteers["id"].to_numpy()[plan.volunteer])
    row = np.arange(len(plan.elder)) + 2
    return PairList(plan.elder, plan.volunteer, tuple(ids[0]), tuple(ids[1]), row, since=plan.since)


def _list_waiting(plan: Plan) -> LastRun:
    listed, precedence = plan.volunteer_of < 0, plan.precedence
    none = np.datetime64("NaT", "M")
    since, counted = (np.where(listed, each, none) for each in (precedence.waiting_since, precedence.counted_since))
    return LastRun(since, counted)


def tell(name: str, tallies: list[Tally]) -> None:
    """Print a row a programme and month on average."""
    count: Counter[str] = sum((tally.count for tally in tallies), Counter())
    months, n = sum(tally.months for tally in tallies), len(tallies)
    row = {
        "moved": count["moved"] / months,
        "dropped": count["dropped"] / months,
        "swapped back a year": count["back"] / n,
        "bond, months": count["bond months"] / count["bonds"],
        "bonds of a year": count["bonds of a year"] / n,
        "waiting > 3 months": count["waiting over 3 months"] / months,
        "lost, still without": count["lost and still without"] / months,
        "below a floor": count["below a floor"] / n,
        "served": count["served"] / months,
        "walk m": count["walk"] / count["bonds"],
        "seconds a month": sum(tally.seconds for tally in tallies) / (months + n),
    }
    reasons = {
        key.removeprefix("reason "): round(v / months, 2) for key, v in count.items() if key.startswith("reason")
    }
    print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in row.values()) + f" | {reasons} |", flush=True)


def main(parts: list[str]) -> None:
    """Run the parts asked for."""
    goals = {"now": Settings(), "as they were": Settings.model_validate(BEFORE)}
    print(
        "| goals | moved | dropped | swapped back a year | bond, months | bonds of a year | waiting > 3 months | ",
        end="",
    )
    print("lost, still without | below a floor | served | walk m | seconds a month | changes a month by reason |")
    if not parts or "small" in parts:
        for places in (114, 122, 108):
            base = places // 24
            capacity = [base + (i < places - 24 * base) for i in range(24)]
            for name, settings in goals.items():
                rngs = (np.random.default_rng([places, seed]) for seed in range(20))
                tell(f"{places} places, {name}", [run_months(rng, 120, capacity, 1740, settings) for rng in rngs])
    if "city" in parts:
        for name, settings in goals.items():
            capacity = [5 if i % 4 else 4 for i in range(1000)]
            rng = np.random.default_rng(5)
            tell(f"city, {name}", [run_months(rng, 5000, capacity, 9000, settings, with_hours=True)])


if __name__ == "__main__":
    main(sys.argv[1:])
