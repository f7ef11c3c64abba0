"""Every rule on pairs once more, as plain loops over random little months: an independent judge for tests."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
from geopy.distance import geodesic
from hypothesis import strategies as st

from matcher.roster.model import ANY_TIME
from tests.helpers.people import month, pairs

MODES = st.sampled_from(["hard", "soft", "off"])
SAME_WORDS = [{"沪语", "上海话", "Shanghainese"}, {"下棋", "chess"}, {"失智", "dementia"}]
ANSWERS = {"读报": {"读报", "倾听"}, "理发": {"理发"}}
DUE_IN_DECEMBER = [(2, 1), (2, 1), (2, 1), (2, 1), (1, 1)]
"""Contacts and visits due in each week of December 2026 by the default settings."""
SPOTS = st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000))


def some(*words):
    return st.lists(st.sampled_from(words), max_size=2, unique=True).map(tuple)


def _either(*values):
    return st.sampled_from(values)


BOTH = {
    "availability": _either((1 << 14) - 1, 0b11, 0b110, 0b1000, 3 << 12),
    "languages": some("沪语", "Shanghainese", "普通话", "粤语"),
    "interests": some("下棋", "chess", "书法"),
    "district": _either("", "徐汇区", "徐汇"),
    "subdistrict": _either("", "甲街道", "乙街道"),
    "committee": _either("", "一居委", "一居委会", "二居委会"),
    "compound": _either("", "杏苑", "桃苑"),
    "building": _either("", "甲路1号", "甲路2号"),
    "lane": _either("", "甲路1弄"),
    "address": _either("", "甲路1号101室", "甲路1号102室"),
}
ELDERS = BOTH | {
    "wanted_sex": _either("", "", "female", "male", "female_preferred"),
    "wanted_languages": _either((), (), ("上海话",), ("粤语",)),
    "served_elsewhere": _either("", "", "无", "长护险"),
    "health": some("早期失智", "高血压"),
    "risk": _either("", "high"),
    "self_care": _either("able", "unable"),
    "floor": _either(math.nan, 1.0, 4.0, 6.0),
    "lift": _either("", "yes", "no"),
    "needs": some("读报", "理发", "手机"),
    "emergency_contact": _either("", "王芳", "王芳(女儿)"),
    "emergency_contact_phone": _either("", "15400000001", "15400000001/64380000"),
    "acquainted": _either((), (), ("V000", "V001")),
}
VOLUNTEERS = BOTH | {
    "sex": _either("", "female", "male"),
    "training": _either((), ("失智照护",), ("高风险照护", "急救")),
    "max_walk_m": _either(math.nan, math.nan, 200.0, 600.0),
    "max_floor": _either(math.nan, 2.0, 5.0),
    "skills": some("读报", "倾听", "理发", "手机"),
    "name": _either("王芳", "李四"),
    "phone": _either("", "15400000001", "15400000002"),
    "acquainted": _either((), (), ("E000",)),
}
SECTIONS = st.fixed_dictionaries(
    {
        "distance": st.fixed_dictionaries({"urban_limit_m": _either(300, 1000), "own_limit": MODES}),
        "boundary": st.fixed_dictionaries({"level": _either("none", "subdistrict", "committee"), "mode": MODES}),
        "family": st.fixed_dictionaries({"mode": MODES, "contact": st.booleans()}),
        "sex": st.fixed_dictionaries({"mode": MODES}),
        "language": st.fixed_dictionaries({"wanted": MODES, "common": MODES}),
        "training": st.fixed_dictionaries({"dementia": MODES, "high_risk": MODES}),
        "stairs": st.fixed_dictionaries({"mode": MODES, "spare_floors": _either(0, 1), "climb_m": _either(0, 20)}),
        "availability": st.fixed_dictionaries({"mode": MODES, "least_visits": MODES, "silence": MODES}),
        "priority": st.just({"order": (), "waiting_month_m": 0, "medium_risk_m": 0, "age_band_m": 0}),
        "consent": st.fixed_dictionaries({"served_elsewhere": st.booleans()}),
        "schedule": st.fixed_dictionaries({"weekends": st.booleans()}),
        "keep": st.fixed_dictionaries(
            {"worth_m": _either(0, 40, 800), "month_worth_m": _either(0, 15), "beyond_limit": st.booleans()}
        ),
    }
)


@st.composite
def months(draw, most_elders=8, most_volunteers=4):
    """Months of a few people, each of whom says a few of all the things that rules read."""

    def person(values, **more):
        x, y = draw(SPOTS)
        said = draw(st.sets(st.sampled_from(sorted(values)), max_size=6))
        told = {n: draw(values[n]) for n in sorted(said)}
        if told.get("building") and told.get("address"):  # a key is read from the address
            told["address"] = told["building"] + told["address"].partition("号")[2]
        area = [told.get(level, "").rstrip("区会") for level in ("district", "subdistrict", "committee")]
        for name in ("building", "lane"):  # no two of different areas have one
            if told.get(name):
                told[name] = f"{'/'.join(area)}|{told[name]}"
        return {"lat": 31.23 + y * 1e-5, "lng": 121.47 + x * 1e-5, **more, **told}

    area, consent = _either("", "urban", "rural"), _either("yes", "yes", "yes", "no")
    elders = [person(ELDERS, area=draw(area), consent=draw(consent)) for _ in range(draw(st.integers(1, most_elders)))]
    volunteers = [
        person(VOLUNTEERS, capacity=float(draw(st.integers(0, 3))))
        for _ in range(draw(st.integers(1, most_volunteers)))
    ]
    who, whom = st.integers(0, len(elders) - 1), st.integers(-1, len(volunteers) - 1)
    previous = pairs(*draw(st.dictionaries(who, whom, max_size=5)).items())
    lasted = [float(draw(st.integers(1, 40))) for _ in previous.elder]
    seconds = [draw(whom) for _ in previous.elder] if draw(st.booleans()) else []
    never = draw(st.sets(st.tuples(who, st.integers(0, len(volunteers) - 1)), max_size=3))
    return month(
        elders,
        volunteers,
        previous=with_lists(previous, lasted, seconds),
        never=pairs(*sorted(never)),
        **draw(SECTIONS),
    )


def with_lists(previous, lasted, seconds):
    told = {"months": np.array(lasted)} if lasted else {}
    if seconds:
        told["backup"] = np.array(seconds, dtype=np.int64)
    return replace(previous, **told)


def canonical(words):
    return {min(next((group for group in SAME_WORDS if word in group), {word})) for word in words}


def judged(m, e, v):
    """Which hard rules forbid the two, and what each rule costs of them, 0 left out."""
    a, b, cfg = m.roster.elders.iloc[e], m.roster.volunteers.iloc[v], m.settings
    walk = geodesic((a.lat, a.lng), (b.lat, b.lng)).m * cfg.distance.detour_factor
    last = dict(zip(m.previous.elder.tolist(), m.previous.volunteer.tolist(), strict=True))
    never = set(zip(m.never.elder.tolist(), m.never.volunteer.tolist(), strict=True))
    kept = last.get(e) == v
    limit = cfg.distance.rural_limit_m if a.area == "rural" else cfg.distance.urban_limit_m
    broken = {
        "consent": a.consent != "yes",
        "served_elsewhere": a.served_elsewhere == "长护险" and not cfg.consent.served_elsewhere,
        "distance": walk > limit and not (kept and cfg.keep.beyond_limit),
        "never": (e, v) in never,
    }
    costs = {"walking": round(walk), "missed_contacts": missed(m, a, b)}
    moded = _moded(m, a, b, walk)
    for rule, (mode, against, price) in moded.items():
        broken[rule] = mode == "hard" and against > 0
        if mode == "soft":
            costs[rule] = round(against) if rule == "own_limit" else int(against) * price
    if a.wanted_sex.endswith("_preferred"):
        if cfg.sex.mode != "off" and a.wanted_sex != f"{b.sex}_preferred":
            costs["sex"] = cfg.sex.penalty_m
    elif a.wanted_sex and a.wanted_sex != b.sex:
        broken["sex"] = cfg.sex.mode == "hard"
        costs["sex"] = cfg.sex.penalty_m * (cfg.sex.mode == "soft")
    if cfg.stairs.mode != "off" and not math.isnan(b.max_floor) and a.lift == "no" and a.floor > 1:
        costs["stairs"] = costs.get("stairs", 0) + int(a.floor - 1) * cfg.stairs.climb_m
    if kept:
        months = m.previous.months[m.previous.elder.tolist().index(e)]
        costs["keep"] = -cfg.keep.worth_m - cfg.keep.month_worth_m * int(min(months, cfg.keep.most_months) - 1)
    seconds = [] if m.previous.backup is None else zip(m.previous.elder, m.previous.backup, strict=True)
    costs |= _worths(m, a, b, (e, v) in set(seconds))
    return {rule for rule, holds in broken.items() if holds}, {rule: cost for rule, cost in costs.items() if cost}


def is_borderline(m, e, v):
    """Whether the walk is over a limit by so little that the verifier, who measures otherwise, lets it be."""
    a, b, distance = m.roster.elders.iloc[e], m.roster.volunteers.iloc[v], m.settings.distance
    walk = geodesic((a.lat, a.lng), (b.lat, b.lng)).m * distance.detour_factor
    limits = (distance.urban_limit_m, distance.rural_limit_m, b.max_walk_m)
    return any(0 < walk - limit <= 1.01 for limit in limits)


def _house(person):
    """The building's name, by its key or else by the address."""
    return person.building.rpartition("|")[2] or person.address.partition("号")[0] + "号" * bool(person.address)


def _moded(m, a, b, walk):
    """By rule: its mode, whether or by how much the two are against it, the price."""
    cfg, volunteers = m.settings, m.roster.volunteers
    levels = {"none": [], "subdistrict": ["district", "subdistrict"]}.get(
        cfg.boundary.level, ["district", "subdistrict", "committee"]
    )
    spelt = {"徐汇区": "徐汇", "一居委会": "一", "一居委": "一"}
    areas = [(spelt.get(a[level], a[level]), spelt.get(b[level], b[level])) for level in levels]
    home = _house(a) == _house(b) != "" and a.address == b.address != ""
    contact = (
        "王芳" in a.emergency_contact and b["name"] == "王芳" and b.phone != "" and b.phone in a.emergency_contact_phone
    )
    spoken, courses = canonical(b.languages), " ".join(b.training)
    floor = a.floor if a.lift == "no" and a.floor > 0 else 0
    training = cfg.training
    trained = any(volunteers["training"])
    return {
        "own_limit": (cfg.distance.own_limit, 0 if math.isnan(b.max_walk_m) else max(0, walk - b.max_walk_m), 1),
        "boundary": (cfg.boundary.mode, any(x and y and x != y for x, y in areas), cfg.boundary.penalty_m),
        "family": (cfg.family.mode, home or (cfg.family.contact and contact), cfg.family.penalty_m),
        "wanted_language": (
            cfg.language.wanted,
            bool(a.wanted_languages) and not canonical(a.wanted_languages) & spoken,
            cfg.language.penalty_m,
        ),
        "common_language": (
            cfg.language.common,
            bool(a.languages) and bool(b.languages) and not canonical(a.languages) & spoken,
            cfg.language.penalty_m,
        ),
        "dementia_training": (
            training.dementia,
            trained and "早期失智" in a.health and "失智" not in courses,
            training.penalty_m,
        ),
        "high_risk_training": (
            training.high_risk,
            trained and (a.risk == "high" or a.self_care == "unable") and "高风险" not in courses,
            training.penalty_m,
        ),
        "stairs": (
            cfg.stairs.mode,
            0 if math.isnan(b.max_floor) else max(0, floor - b.max_floor - cfg.stairs.spare_floors),
            cfg.stairs.penalty_m,
        ),
        **_moded_by_hours(m, a, b),
    }


def days_in_common(m, a, b):
    """The dates on which both are free in a half-day, by their half-days alone."""
    free = a.availability & b.availability
    days = [day for day in m.horizon.dates() if m.settings.schedule.weekends or day.weekday() < 5]
    return [day for day in days if free >> 2 * day.weekday() & 3]


def _moded_by_hours(m, a, b):
    """Every visit is at most one a day; a week is due one visit and two contacts, the month at least one visit."""
    cfg, anybody = m.settings, pd.Series({"availability": ANY_TIME})
    days, best = days_in_common(m, a, b), days_in_common(m, a, anybody)
    weekly = 1 if a.risk == "high" and {day.weekday() for day in best} else 0
    short = bool(days) and (not best or len({day.weekday() for day in days}) < weekly)
    gap, most = _longest_wait(days), max(4, _longest_wait(best))
    return {
        "common_time": (cfg.availability.mode, not days, cfg.availability.penalty_m),
        "least_visits": (cfg.availability.least_visits, short, cfg.match.missed_floor_m),
        "silence": (cfg.availability.silence, bool(days) and gap > most, cfg.match.missed_floor_m),
    }


def _longest_wait(days):
    """The most days without one of these weekdays, week after week."""
    weekdays = sorted({day.weekday() for day in days})
    return max((b - a for a, b in pairwise([*weekdays, weekdays[0] + 7])), default=8) - 1 if weekdays else 7


def missed(m, a, b):
    """What the two cannot hold of the contacts due, in metres."""
    cost = 0
    for week, (contacts, visits) in zip(m.horizon.weeks(), DUE_IN_DECEMBER, strict=True):
        held, best = (
            sum(week.start <= day <= week.end for day in days_in_common(m, a, other))
            for other in (b, pd.Series({"availability": ANY_TIME}))
        )
        cost += m.settings.match.missed_contact_m * (min(contacts, best) - min(contacts, held))
        cost += m.settings.match.missed_visit_m * (min(visits, best) - min(visits, held))
    return cost


def _worths(m, a, b, stood_in):
    same = m.settings.same
    district = a.district.removesuffix("区") == b.district.removesuffix("区")
    committees = [c.removesuffix("会").removesuffix("居委") for c in (a.committee, b.committee)]
    answered = [need for need in a.needs if set(b.skills) & ANSWERS.get(need, {need})]
    return {
        "same_building": -same.building_m * (a.building == b.building != ""),
        "same_lane": -same.lane_m * (a.lane == b.lane != ""),
        "same_compound": -same.compound_m
        * (a.compound == b.compound != "" and a.subdistrict == b.subdistrict and district),
        "same_committee": -same.committee_m
        * (committees[0] == committees[1] != "" and a.subdistrict == b.subdistrict and district),
        "acquainted": -m.settings.acquainted.worth_m * (b.id in a.acquainted or a.id in b.acquainted or stood_in),
        "interests": -m.settings.interests.worth_m * len(canonical(a.interests) & canonical(b.interests)),
        "needs": -m.settings.needs.worth_m * len(answered),
    }
