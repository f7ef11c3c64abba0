"""Many pairs of a pairs file in one month, each volunteer with one elder: is any month refused?

    python -m benchmarks.lone_pairs [MONTHS [FIRST_SEED [PAIRS]]]

Hours, days off, dates and how often are drawn for each pair, settings for each month, in some a surge, known at once or
coming later. Pairs share nobody, leaders who might come along apart, so a month tries as many cases as it has pairs. A
rule that the written plan breaks is printed with the two people concerned; ``1 SEED`` repeats one month.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

from matcher import run
from matcher.horizon import Horizon
from matcher.run.inputs import Inputs
from matcher.run.issues import BrokenRulesError
from matcher.settings import Settings
from matcher.verify import Violation
from tests.helpers.chains import HOURS, MONTHS, OFTEN
from tests.helpers.office import Office

ALLOWED = {"mode": "off", "least_visits": "off", "silence": "off"}
"""So that a file may pair two who seldom have time."""
SHOWN = ["id", "joined", "left", "days_off", "availability", "contacts_per_week", "visits_per_month", "risk", "since"]


def main(count: int = 100, first: int = 0, pairs: int = 150) -> int:
    began, broken = time.process_time(), Counter[str]()
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory() as place:
            violations, office, told = try_month(Path(place), seed, pairs)
        broken.update(one.rule for one in violations)
        for one in violations:
            print(f"seed {seed}, {told}: {one.rule} {one.elder_id} {one.volunteer_id} {one.date or ''}")
            for people, who in ((office.elders, one.elder_id), (office.volunteers, one.volunteer_id)):
                print("   ", people[people["id"] == who].reindex(columns=SHOWN).to_dict("records"), flush=True)
    spent_s = time.process_time() - began
    print(f"{count} months of {pairs} pairs from seed {first}: {dict(broken)} broken; {spent_s:.0f} s of CPU")
    return 1 if broken else 0


def try_month(place: Path, seed: int, pairs: int) -> tuple[tuple[Violation, ...], Office, str]:
    """Return the rules that a random month breaks, its people, and its month and settings in words."""
    draw = Random(seed)
    month = draw.choice(MONTHS)
    office = make_office(place, draw, month, pairs)
    settings, surge = make_settings(draw, month), make_surge(draw, month)
    comes_later = draw.random() < 0.5
    elders, volunteers = office.rosters[1::2]
    rows = office.elders.assign(elder_id=office.elders["id"], volunteer_id=office.volunteers["id"].iloc[:pairs])
    columns = ["elder_id", "volunteer_id", *(["since"] if draw.random() < 0.6 else [])]
    hand = office.write(rows[columns], "hand.csv")
    inputs = Inputs(Path(elders), Path(volunteers), pairs=Path(hand))
    told = f"{month} {settings} {surge}, {'later' if comes_later else 'at once'}"
    plans = [
        {**settings, **({} if comes_later else surge)},
        *([{**settings, **surge}] if comes_later and surge else []),
    ]
    try:
        for number, each in enumerate(plans):
            request = run.RunRequest(
                inputs,
                Horizon.of_month(month),
                place / f"out{number}",
                Settings(**each),
                page=run.PageRequest(page=False),
            )
            folder = run.schedule(request).folder
            inputs = replace(inputs, pairs=folder / "pairs.csv", visits=folder / "visits.csv")
    except BrokenRulesError as error:
        return error.verification.violations, office, told
    return (), office, told


def make_settings(draw: Random, month: str) -> dict[str, dict[str, object]]:
    """Return random settings of a month."""
    schedule: dict[str, object] = {"max_contacts_per_day": draw.choice([1, 6]), "max_gap_days": draw.choice([4, 5])}
    schedule["closed_days"] = draw.choice([[], [f"{month}-{draw.randint(1, 28):02}"]])
    if draw.random() < 0.2:
        schedule["visits_per_week"] = 0.5
    new_pair = {"first_visit_days": draw.choice([3, 7, 7]), "accompanied": draw.random() < 0.7}
    for name, share in (("due_when_closed", 0.3), ("weekends", 0.8)):
        schedule[name] = draw.random() < share
    return {"availability": dict(ALLOWED), "schedule": schedule, "new_pair": new_pair}


def make_surge(draw: Random, month: str) -> dict[str, dict[str, object]]:
    """Return random settings of a surge, more often of none."""
    first = draw.randint(1, 24)
    days = f"{month}-{first:02}:{month}-{first + draw.randint(0, 4):02}"
    surge = draw.choice([{}, {"days": days}, {"days": days, "kind": "cold"}, {"calls_only": days}])
    return {"surge": surge} if surge else {}


def make_office(place: Path, draw: Random, month: str, pairs: int) -> Office:
    """Return random elders, each beside a volunteer of their own, and for each team somebody who may lead it."""

    def day(number: int) -> str:
        return f"{month}-{number:02}"

    office = Office(place, elders=pairs, volunteers=2 * pairs, capacity=3)
    office.volunteers["phone"] = [f"138{number:08}" for number in range(2 * pairs)]
    for people in (office.elders, office.volunteers):
        many = range(len(people))
        people["lng_wgs84"] = [121.3 + 0.0002 * (number % pairs) + 0.00001 * (number // pairs) for number in many]
        people["availability"] = [draw.choice(HOURS) for _ in many]
        people["joined"] = [draw.choice(["", "", "", day(9), day(draw.randint(1, 28))]) for _ in many]
        left = [draw.choice([""] * 6 + [day(24), day(draw.randint(9, 28))]) for _ in many]
        people["left"] = [end if end >= begin else "" for begin, end in zip(people["joined"], left, strict=True)]
        away = [(first := draw.randint(1, 20), first + draw.randint(0, 8)) for _ in many]
        people["days_off"] = [draw.choice(["", "", day(24), f"{day(a)}至{day(b)}"]) for a, b in away]
    elders, volunteers, each = office.elders, office.volunteers, range(pairs)
    elders["contacts_per_week"] = [draw.choice(OFTEN) for _ in each]
    elders["visits_per_month"] = [draw.choice(["", "", "", "", "2", "0"]) for _ in each]
    elders["risk"] = [draw.choice(["", "", "high", "medium", "low"]) for _ in each]
    elders["since"] = [draw.choice(["", day(1), day(12), day(draw.randint(1, 28))]) for _ in each]
    volunteers["role"] = [""] * pairs + [draw.choice(["", "组长"]) for _ in each]
    volunteers["team"] = [f"T{number}" for number in each] * 2
    return office


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
