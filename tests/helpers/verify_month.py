"""A small clean month, made by hand, for tests of the verifier to spoil in one place."""

from dataclasses import replace
from datetime import date

import pandas as pd
from geopy.distance import geodesic

from matcher.roster.model import PairList
from matcher.settings import Settings
from matcher.verify import Case, Lists, Planning, Tables, verify
from tests.helpers.people import DECEMBER, north, roster

# Settings' defaults ask for 1, 1, 1, 1, 1 visits and 2, 2, 2, 2, 1 contacts in the weeks of December 2026.
TUESDAY_FRIDAY = [(1, "visit"), (4, "call"), (8, "visit"), (11, "call"), (15, "visit"), (18, "call")]
TUESDAY_FRIDAY += [(22, "visit"), (25, "call"), (29, "visit")]
WEDNESDAY_SATURDAY = [(day + 1, kind) for day, kind in TUESDAY_FRIDAY]
WED_SAT_PM = 1 << 5 | 1 << 11


def contact(elder, volunteer, day, kind, start=600, order=1):
    length = {"visit": 45, "call": 15}[kind]
    return {
        "visit_id": f"202612{day:02}-E{elder:03}",
        "date": pd.Timestamp(2026, 12, day),
        "start": float(start),
        "end": float(start + length),
        "kind": kind,
        "elder_id": f"E{elder:03}",
        "volunteer_id": f"V{volunteer:03}",
        "order_of_day": float(order),
    }


def pair_rows(people, *two, previous=(), pins=()):
    """Return pairs with the amounts that a true table has."""
    rows = []
    for e, v in two:
        elder, volunteer = people.elders.loc[e], people.volunteers.loc[v]
        metres = geodesic((elder["lat"], elder["lng"]), (volunteer["lat"], volunteer["lng"])).m
        walking, keep = round(metres * 1.3), -1600 if (e, v) in previous else 0
        same = elder["building"] == volunteer["building"] != ""
        changed = any(e == one for one, _ in previous)
        status = "pinned" if (e, v) in pins else "kept" if keep else "changed" if changed else "new"
        rows.append(
            {
                "elder_id": f"E{e:03}",
                "volunteer_id": f"V{v:03}",
                "distance_m": round(metres, 1),
                "same_building": "yes" if same else "no",
                "status": status,
                "since": pd.Timestamp(2026, 11 if (e, v) in previous or not previous else 12, 1),
                "cost_m": float(walking + keep - 100 * same),
                "walking_cost_m": float(walking),
                "keep_cost_m": float(keep),
                "same_building_cost_m": -100.0 * same,
                "row": len(rows) + 2,
            }
        )
    return pd.DataFrame(rows)


class Month:
    """Month of E000 and E001 with V000, E002 with V001, E003 with nobody; a test changes one thing and verifies."""

    def __init__(self):
        elders = [north(100), north(200) | {"building": "5号"}, north(300) | {"availability": WED_SAT_PM}, north(9000)]
        elders = [elder | {"contacts_per_week": 2.0} for elder in elders]  # so nothing more is due to new pairs
        self.people = roster(elders, [north(0) | {"building": "5号"}, north(500), north(0)])
        self.settings = Settings()
        self.unmatched = pd.DataFrame({"elder_id": ["E003"], "reason": ["no_volunteer_in_reach"]})
        self.unscheduled = None
        self.planning = Planning()
        self.capacity = self.areas = self.shortages = self.shared_homes = self.summary = self.cancelled = None
        self.horizon = DECEMBER
        self.lists = {"previous": PairList.empty(), "pins": PairList.empty()}
        self.rewrite_pairs()
        visits = [contact(0, 0, *dated) for dated in TUESDAY_FRIDAY]
        visits += [contact(1, 0, *dated) for dated in WEDNESDAY_SATURDAY]
        visits += [contact(2, 1, *dated, start=840) for dated in WEDNESDAY_SATURDAY]
        self.visits = pd.DataFrame(visits).assign(row=range(2, 2 + len(visits)))

    def rewrite_pairs(self, *two, **fixed):
        self.pairs = pair_rows(self.people, *(two or ((0, 0), (1, 0), (2, 1))), **fixed)

    def elder(self, index, name, value):
        self._person(self.people.elders, index, name, value)

    def volunteer(self, index, name, value):
        self._person(self.people.volunteers, index, name, value)

    def _person(self, frame, index, name, value):
        column = frame[name].tolist()
        column[index] = value
        frame[name] = pd.Series(column, dtype=frame[name].dtype)

    def set(self, **sections):
        self.settings = Settings.model_validate(sections)

    def pair(self, row, name, value):
        self.pairs.loc[row, name] = value

    def miss(self, metres):
        """Let the pair of E002 cost so much more for contacts for which the two have no time."""
        self.pairs["missed_contacts_cost_m"] = [0.0, 0.0, float(metres)]
        self.pair(2, "cost_m", self.pairs["cost_m"][2] + metres)

    def visit(self, elder, day, **values):
        at = self.visits["visit_id"] == f"202612{day:02}-E{elder:03}"
        assert at.sum() == 1
        self.visits.loc[at, list(values)] = list(values.values())

    def drop_visit(self, elder, day):
        self.visits = self.visits[self.visits["visit_id"] != f"202612{day:02}-E{elder:03}"]

    def add_visit(self, *args, **values):
        row = contact(*args) | {"visit_id": "added", "row": 99} | values
        self.visits = pd.concat([self.visits, pd.DataFrame([row])], ignore_index=True)

    def list_unscheduled(self, day, kind, missing, elder=2, volunteer=1):
        row = {"elder_id": f"E{elder:03}", "volunteer_id": f"V{volunteer:03}", "kind": kind, "missing": missing}
        self.unscheduled = pd.DataFrame([row | {"week_start": pd.Timestamp(2026, 12, day), "reason": "closed"}])

    def keep(self, contacts):
        self.planning = Planning(kept=contacts)

    def case(self):
        tables = Tables(
            self.pairs,
            self.visits,
            unmatched=self.unmatched,
            unscheduled=self.unscheduled,
            capacity=self.capacity,
            cancelled=self.cancelled,
            areas=self.areas,
            shortages=self.shortages,
            shared_homes=self.shared_homes,
            summary=self.summary,
        )
        return Case(self.people, self.horizon, self.settings, tables, Lists(**self.lists), self.planning)

    def verify(self):
        result = verify(self.case())
        assert result.ok == (not result.violations)
        return result

    def violations(self):
        return list(self.verify().violations)


def dec(day):
    return date(2026, 12, day)


class Cases(list):
    """List of functions that plant a fault in a clean month, each with what must be found."""

    def fault(self, *expected):
        def register(plant):
            self.append((plant, list(expected)))
            return plant

        return register

    def names(self):
        return [plant.__name__ for plant, _ in self]


def found_after(plant):
    """Return the violations of a month that ``plant`` has spoiled, amounts in whole numbers."""
    month = Month()
    plant(month)
    return [v if v.amount is None else replace(v, amount=round(v.amount)) for v in month.violations()]
