"""What volunteers have in hand: elders of high risk, loads and their cost; how many of last month's pairs broke."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import numpy as np
import pandas as pd

from matcher.settings import Settings
from matcher.verify.people import People
from matcher.verify.plan import Fixed, judge_pairs, key
from matcher.verify.tables import VOLUNTEER_AMOUNTS
from matcher.verify.violations import Findings


def check_high_risk(pairs: pd.DataFrame, people: People, settings: Settings, found: Findings) -> None:
    """No volunteer has more elders of high risk than allowed; each two count once."""
    distinct = pairs.drop_duplicates(["elder", "volunteer"])
    frail = distinct[people.high_risk[distinct["elder"]]]
    for volunteer, elders in sorted(Counter(frail["volunteer"].tolist()).items()):
        if (over := elders - settings.capacity.most_high_risk) > 0:
            found.add("high_risk", pd.DataFrame({"volunteer": [volunteer], "amount": [over]}))


def check_prices(
    prices: pd.DataFrame, pairs: pd.DataFrame, people: People, settings: Settings, fixed: Fixed, found: Findings
) -> None:
    """Each listed volunteer's places, loads and what these cost; an empty cell claims nothing."""
    distinct = pairs.drop_duplicates(["elder", "volunteer"])
    loads = Counter(distinct["volunteer"].tolist())
    frail = Counter(distinct["volunteer"][people.high_risk[distinct["elder"]]].tolist())
    capacity, serves = settings.capacity, people.serving(fixed.pins % max(len(people.volunteers.ids), 1))
    expected = []
    for volunteer in prices["volunteer"].tolist():
        places, load = int(people.capacity[volunteer]), loads[volunteer]
        wanted = min(capacity.minimum, places) if serves[volunteer] else 0
        missing = max(wanted - load, 0)
        cost_m = sum(capacity.fair_m * before for before in range(load)) + capacity.minimum_price_m * missing
        expected.append((places, load, frail[volunteer], missing, cost_m))
    right = pd.DataFrame(expected, index=prices.index, columns=list(VOLUNTEER_AMOUNTS), dtype=float)
    for name in VOLUNTEER_AMOUNTS:
        if name in prices:
            off = (prices[name] - right[name]).abs()
            found.add("wrong_amount", prices[["volunteer", "row"]].assign(amount=off)[off > 0], name)


def check_budget(pairs: pd.DataFrame, people: People, settings: Settings, fixed: Fixed, found: Findings) -> None:
    """No more of last month's pairs are broken than the budget allows, beside those that can't stand together."""
    budget = settings.keep.budget
    if not budget:
        return
    before = _may_stand(people, settings, fixed)
    allowed = int(len(before) * Decimal(budget[:-1]) / 100) if budget.endswith("%") else int(budget)
    kept = before["key"].isin(key(pairs["elder"], pairs["volunteer"], people)).sum()
    over = _most_together(before, people, settings, fixed) - allowed - int(kept)
    if over > 0:
        found.add("change_budget", pd.DataFrame({"amount": [over]}))


def _may_stand(people: People, settings: Settings, fixed: Fixed) -> pd.DataFrame:
    """Last month's pairs against which no rule speaks, but those of pinned elders."""
    elder, volunteer = np.divmod(fixed.previous, max(len(people.volunteers.ids), 1))
    pinned = fixed.pins // max(len(people.volunteers.ids), 1)
    free = ~np.isin(elder, pinned) & (people.capacity[volunteer] > 0)
    last_month = pd.DataFrame({"elder": elder[free], "volunteer": volunteer[free]}).drop_duplicates(
        "elder", keep="last"
    )
    last_month["row"] = np.arange(len(last_month), dtype=float)
    held = Findings(people.elders.ids.to_numpy(object), people.volunteers.ids.to_numpy(object))
    judged = judge_pairs(last_month, people, settings, fixed, held)
    barred = {(violation.elder_id, violation.volunteer_id) for violation in held.in_order()}
    ids = zip(people.elders.ids[judged["elder"]], people.volunteers.ids[judged["volunteer"]], strict=True)
    return judged[np.array([two not in barred for two in ids], dtype=bool)]


def _most_together(before: pd.DataFrame, people: People, settings: Settings, fixed: Fixed) -> int:
    """How many of them places and the limit on elders of high risk allow at once, beside the pins."""
    most, n = settings.capacity.most_high_risk, max(len(people.volunteers.ids), 1)
    pins = Counter((fixed.pins % n).tolist())
    frail_pins = Counter((fixed.pins % n)[people.high_risk[fixed.pins // n]].tolist())
    wanted = Counter(before["volunteer"].tolist())
    frail = Counter(before["volunteer"][people.high_risk[before["elder"]]].tolist())
    return sum(
        min(
            max(int(people.capacity[volunteer]) - pins[volunteer], 0),
            count - frail[volunteer] + min(frail[volunteer], max(most - frail_pins[volunteer], 0)),
        )
        for volunteer, count in wanted.items()
    )
