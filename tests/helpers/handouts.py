"""A random month for tests of hand-outs: its people, the tables of its run folder, and readers of what was written."""

import random
import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO

import pandas as pd
from python_calamine import CalamineWorkbook

from matcher.outputs.handouts.month import HandoutMonth
from tests.helpers.people import DECEMBER, roster

PAIRS = ("elder_id", "volunteer_id", "status", "since", "backup_volunteer_id")
VISITS = ("visit_id", "date", "start", "end", "kind", "elder_id", "volunteer_id", "in_place_of", "companion")


def make_people(chance, elders=14, volunteers=6, teams=2):
    """Rosters in which every name, number and address is nobody else's."""
    rows = [
        {
            "name": f"老{i:03}某",
            "phone": f"155{i:08}",
            "address": f"上海市徐汇区零陵路{300 + i}弄5号602室",
            "floor": 6,
            "lift": chance.choice(["yes", "no", ""]),
            "health": ("高血压",),
            "risk": chance.choice(["high", "low"]),
            "emergency_contact": f"亲{i:03}某",
            "emergency_contact_relation": "女儿",
            "emergency_contact_phone": f"156{i:08}",
            "subdistrict": "天平街道",
            "committee": f"第{i % 3}居委会",
        }
        for i in range(elders)
    ]
    helpers = [
        {
            "name": f"志{i:03}愿",
            "phone": f"157{i:08}",
            "subdistrict": "天平街道",
            "committee": "第0居委会",
            "team": f"{i % teams}队" if i % 5 else "",
            "role": "leader" if i in (1, 2) else "member",
        }
        for i in range(volunteers)
    ]
    return roster(rows, helpers)


def make_month(seed, names="full", by="team", **people):
    """A month of random pairs, contacts, stand-ins and companions."""
    chance = random.Random(seed)
    both = make_people(chance, **people)
    elders, volunteers = both.elders["id"].tolist(), both.volunteers["id"].tolist()
    pairs, visits = [], []
    for elder in elders:
        if chance.random() < 0.1:
            continue
        own = chance.choice(volunteers[:-1])  # the last has no pair
        status = chance.choice(["new", "kept", "kept", "changed", "paused"])
        since = DECEMBER.start if status in {"new", "changed"} else date(2025, 3, 1)
        backup = chance.choice(["", *[other for other in volunteers if other != own]])
        pairs.append((elder, own, status, pd.Timestamp(since), backup))
        if status == "paused":
            continue
        for number in range(chance.randint(0, 9)):
            day = DECEMBER.start + timedelta(days=chance.randint(0, 30))
            kind, start = chance.choice(["visit", "call"]), chance.choice([540, 600, 870])
            other = chance.choice([v for v in volunteers if v != own])
            stands_in, along = chance.random() < 0.15, kind == "visit" and chance.random() < 0.2
            who = other if stands_in else own
            companion = chance.choice([v for v in volunteers if v != who]) if along else ""
            row = (pd.Timestamp(day), start, start + 45, kind, elder, who, own if stands_in else "", companion)
            visits.append((f"{day:%Y%m%d}-{elder}-{number}", *row))
    frames = {"pairs": pd.DataFrame(pairs, columns=PAIRS), "visits": pd.DataFrame(visits, columns=VISITS)}
    return HandoutMonth(both, DECEMBER, frames, names, by)


def read_workbook(content):
    """Each sheet's rows of a workbook's bytes, as another program reads them."""
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def read_texts(content):
    """All that each sheet of a workbook says, as one text."""
    return {name: "\n".join(str(cell) for row in rows for cell in row) for name, rows in read_workbook(content).items()}


def split_page(content):
    """What each sheet of an HTML file says, without its marks."""
    parts = content.decode().split('<div class="sheet">')[1:]
    return [unescape(re.sub(r"<[^>]+>", "\n", part)) for part in parts]
