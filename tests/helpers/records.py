"""A small planned month for tests of records: four elders, two volunteers, eight contacts."""

from datetime import date

import pandas as pd

from matcher.records import PlannedMonth
from matcher.roster.directory import Directory
from tests.helpers.people import DECEMBER

ELDERS = {"E001": "王秀英", "E002": "李阿妹", "E003": "张金宝", "0040": "王秀英"}
VOLUNTEERS = {"V01": "马爱英", "V02": "韩福英"}
VISITS = [  # day, elder, volunteer, kind
    (1, "E001", "V01", "visit"),
    (4, "E001", "V01", "call"),
    (8, "E001", "V01", "visit"),
    (2, "E002", "V01", "visit"),
    (9, "E002", "V01", "call"),
    (3, "E003", "V02", "visit"),
    (10, "E003", "V02", "visit"),
    (11, "0040", "V02", "call"),
]


def visit_id(day, elder):
    return f"202612{day:02}-{elder}"


def plan_visits(visits=VISITS):
    return pd.DataFrame(
        {
            "visit_id": [visit_id(day, elder) for day, elder, _volunteer, _kind in visits],
            "date": pd.to_datetime([f"2026-12-{day:02}" for day, *_rest in visits]),
            "kind": [kind for *_rest, kind in visits],
            "elder_id": [elder for _day, elder, *_rest in visits],
            "volunteer_id": [volunteer for _day, _elder, volunteer, _kind in visits],
            "in_place_of": "",
        }
    )


def plan_month(visits=VISITS, today=date(2026, 12, 20), since="2026-12-01"):
    frame = plan_visits(visits)
    pairs = frame[["elder_id", "volunteer_id"]].drop_duplicates(ignore_index=True)
    pairs = pairs.assign(since=pd.Timestamp(since), status="kept")
    elders, volunteers = (Directory(list(who), list(who.values())) for who in (ELDERS, VOLUNTEERS))
    return PlannedMonth(frame, pairs, elders, volunteers, DECEMBER, today)
