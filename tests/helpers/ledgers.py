"""Random months of a made-up programme, as folders of a run, rosters and records."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.horizon import Horizon
from matcher.outcomes import OUTCOMES
from matcher.roster.model import Roster
from tests.helpers.people import roster

AREAS = [("浦江区", "东街道", "一居"), ("浦江区", "东街道", "二居"), ("浦江区", "西街道", "一居"), ("崇川区", "", "")]
RISKS = ("", "low", "medium", "high")
CODES = [outcome.code for outcome in OUTCOMES]


@dataclass
class Month:
    """What a month is made of: the roster, the tables of the run by their kind, and the records."""

    month: str
    roster: Roster
    tables: dict[str, pd.DataFrame]
    records: pd.DataFrame

    def write(self, place: Path) -> Path:
        """Write the folder of the run, in English."""
        folder = place / self.month
        folder.mkdir(exist_ok=True)
        for kind, frame in self.tables.items():
            frame.to_csv(folder / f"{kind}.csv", index=False, encoding="utf-8-sig")
        return folder


def make_people(rng: np.random.Generator, elders: int, volunteers: int) -> Roster:
    """Make people who live in four committees, some of them of unknown risk or without a team."""

    def live() -> dict[str, object]:
        return dict(zip(("district", "subdistrict", "committee"), AREAS[rng.integers(len(AREAS))], strict=True))

    return roster(
        [live() | {"risk": RISKS[rng.integers(len(RISKS))]} for _ in range(elders)],
        [live() | {"team": ("", "一队", "二队")[rng.integers(3)]} for _ in range(volunteers)],
    )


def make_month(rng: np.random.Generator, people: Roster, month: str) -> Month:
    """Make a month: pairs, contacts on random days, records of most of them, and of some that nobody planned."""
    horizon = Horizon.of_month(month)
    elders, volunteers = people.elders["id"].to_numpy(object), people.volunteers["id"].to_numpy(object)
    chance = rng.random(len(elders))
    paired, alone = elders[chance < 0.8], elders[chance >= 0.8]
    since = np.where(rng.random(len(paired)) < 0.3, f"{horizon.start}", "2026-01-01")
    status = rng.choice(["new", "kept", "changed", "pinned", "paused"], len(paired), p=[0.2, 0.5, 0.1, 0.1, 0.1])
    pairs = pd.DataFrame(
        {"elder_id": paired, "volunteer_id": rng.choice(volunteers, len(paired)), "status": status, "since": since}
    )
    reasons = rng.choice(["shortage", "no_consent", "outranked"], len(alone))
    waits = np.where(reasons == "no_consent", "", f"{horizon.start}")
    unmatched = pd.DataFrame({"elder_id": alone, "reason": reasons, "waiting_since": waits})
    away = pairs.loc[pairs["status"] == "paused", ["elder_id"]].head(2)
    unmatched = pd.concat([unmatched, away.assign(reason="absent", waiting_since="")], ignore_index=True)
    gone = rng.choice(elders, 3, replace=False)
    changes = pd.DataFrame(
        {
            "elder_id": [*gone, "E-gone"],
            "previous_volunteer_id": rng.choice(volunteers, 4),
            "reason": rng.choice(["volunteer_gone", "paused", "better_plan"], 4),
        }
    )
    shortages = pd.DataFrame(
        {"shortage_id": ["S1"], "elders": [9], "missing_places": [7], "missing_volunteers": [2], "recruits": [4]}
    ).assign(recruit_where="东街道 一居 2; 无名 1")
    visits = _make_visits(rng, pairs, horizon)
    unscheduled = pairs[["elder_id", "volunteer_id"]].head(3)
    unscheduled = unscheduled.assign(week_start=horizon.start, kind="visit", missing=[1, 2, 0], reason="day_full")
    tables = {
        **{"pairs": pairs, "unmatched": unmatched, "changes": changes, "shortages": shortages},
        **{"visits": visits, "unscheduled": unscheduled},
    }
    return Month(month, people, tables, _make_records(rng, visits, volunteers))


def _make_visits(rng: np.random.Generator, pairs: pd.DataFrame, horizon: Horizon) -> pd.DataFrame:
    rows = []
    for pair in pairs.to_dict("records"):
        for day in sorted(rng.choice(horizon.days, rng.integers(0, 6), replace=False).tolist()):
            when = horizon.dates()[day]
            twice = rng.random() < 0.1  # a second contact by hand, on one day
            for nth in ("", "-2")[: 1 + twice]:
                kind = rng.choice(["visit", "call"])
                end = "10:45" if kind == "visit" else "10:15"
                rows.append((f"{when:%Y%m%d}-{pair['elder_id']}{nth}", when, "10:00", end, kind))
                rows[-1] += (pair["elder_id"], pair["volunteer_id"])
    names = ["visit_id", "date", "start", "end", "kind", "elder_id", "volunteer_id"]
    return pd.DataFrame(rows, columns=names)


def _make_records(rng: np.random.Generator, visits: pd.DataFrame, volunteers: np.ndarray) -> pd.DataFrame:
    """Make records of nine in ten contacts; the first three elders have one more that was not planned."""
    told = visits[rng.random(len(visits)) < 0.9]
    more = told.groupby("elder_id").head(1).head(3).assign(visit_id="")
    records = pd.concat([told, more], ignore_index=True)
    outcome = rng.choice(CODES, len(records), p=[0.6] + [0.4 / (len(CODES) - 1)] * (len(CODES) - 1))
    other = np.where(
        (outcome == "swapped") & (rng.random(len(records)) < 0.8), rng.choice(volunteers, len(records)), ""
    )
    minutes = np.where(rng.random(len(records)) < 0.5, rng.integers(5, 90, len(records)).astype(float), np.nan)
    frame = records[["visit_id", "date", "elder_id", "volunteer_id", "kind"]]
    frame = frame.assign(outcome=outcome, minutes=minutes, remark="张三 13812345678", by_id=other, source="s.xlsx 3")
    return frame.assign(date=pd.to_datetime(frame["date"]))
