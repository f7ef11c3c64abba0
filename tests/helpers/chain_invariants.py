"""Invariants of a month that goes on: what must be true of its folder after every command, and between two of them.

Each returns what is wrong as sentences; none: it holds.
"""

import json
from collections import Counter

from tests.helpers.office import read

CONTACT = ["elder_id", "volunteer_id", "date", "start", "end", "kind", "in_place_of", "companion"]
MISSING = ["elder_id", "week_start", "kind", "missing", "as_calls", "reason"]
PAIR = ["elder_id", "volunteer_id", "since", "began", "status"]


def list_rows(folder, name, columns):
    """Return some columns of a table as sorted tuples; nothing where there is no such file."""
    if not (folder / f"{name}.csv").is_file():
        return []
    table = read(folder, name)
    return sorted(table.reindex(columns=columns, fill_value="").itertuples(index=False, name=None))


def find_difference(was, now):
    """Return rows that only one of two lists has, at most four of each, as a sentence; empty where there are none."""
    gone, come = list((Counter(was) - Counter(now)).elements()), list((Counter(now) - Counter(was)).elements())
    return f"gone {gone[:4]}, come {come[:4]}" if gone or come else ""


def check_sums(folder):
    """Check that contacts made and missing are those due, by kind and in all, in every file."""
    figures = json.loads((folder / "summary.json").read_text("utf-8-sig"))["schedule"]
    visits, missing = read(folder, "visits"), read(folder, "unscheduled")
    lost = missing["missing"].astype(int)
    made, told = len(visits), int(lost.sum())
    kinds = {kind: int(lost[missing["kind"] == kind].sum()) for kind in ("visit", "call")}
    pairs = {
        "contacts planned": (figures["contacts_planned"], made),
        "contacts due": (figures["contacts_due"], made + told),
        "visits missing": (figures["visits_missing"], kinds["visit"]),
        "calls missing": (figures["calls_missing"], kinds["call"]),
    }
    faults = [f"{what}: {one} in summary.json, {two} in the tables" for what, (one, two) in pairs.items() if one != two]
    if missing.duplicated(["elder_id", "volunteer_id", "week_start", "kind"]).any():
        faults.append("a week of an elder is listed twice as missing")
    if visits["visit_id"].duplicated().any():
        faults.append("two contacts have one id")
    return faults


def check_nothing_changed(was, now):
    """Check that two folders hold the same contacts, the same missing ones and the same pairs."""
    faults = []
    for name, columns in (("visits", CONTACT), ("unscheduled", MISSING), ("pairs", PAIR)):
        if told := find_difference(list_rows(was, name, columns), list_rows(now, name, columns)):
            faults.append(f"{name}.csv: {told}")
    ids = [dict(list_ids(folder)) for folder in (was, now)]
    changed = [key for key in ids[0].keys() & ids[1].keys() if ids[0][key] != ids[1][key]]
    return [*faults, *(f"another id: {key}" for key in changed[:4])]


def list_ids(folder):
    """Return each contact with its id."""
    visits = read(folder, "visits")
    return zip(visits[CONTACT].itertuples(index=False, name=None), visits["visit_id"], strict=True)


def check_since_stays(was, now):
    """Check that pairs in both folders are pairs since the same day."""
    days = [{row[:2]: row[2:4] for row in list_rows(folder, "pairs", PAIR)} for folder in (was, now)]
    both = sorted(days[0].keys() & days[1].keys())
    return [f"{pair} since {days[0][pair]}, now {days[1][pair]}" for pair in both if days[0][pair] != days[1][pair]]


def check_stands(was, now, day):
    """Check that contacts before a day are the same in two folders, and who comes along to them."""
    names = [name for name in CONTACT if name != "in_place_of"]  # it goes with a pair that is one no more
    rows = [[row for row in list_rows(folder, "visits", names) if row[2] < day] for folder in (was, now)]
    told = find_difference(*rows)
    return [f"before {day}: {told}"] if told else []
