"""Tiny rosters for tests, with every column that roster/model.py promises."""

from datetime import date

import numpy as np
import pandas as pd

from matcher.columns import ELDERS, VOLUNTEERS, Column
from matcher.horizon import Horizon
from matcher.month import MonthData
from matcher.roster.model import ANY_TIME, PairList, Roster
from matcher.settings import Settings

DECEMBER = Horizon(date(2026, 12, 1), date(2026, 12, 31))
LAT, LNG = 31.2304, 121.4737
METRE_LAT = 1 / 110_866  # degrees of latitude in a metre at Shanghai
EMPTY = {
    "int": np.nan,
    "frequency": np.nan,
    "number": np.nan,
    "date": pd.NaT,
    "list": (),
    "dates": (),
    "availability": ANY_TIME,
}


def _frame(columns: tuple[Column, ...], rows: list[dict[str, object]], first_letter: str) -> pd.DataFrame:
    complete = []
    for i, row in enumerate(rows):
        base = {c.name: EMPTY.get(c.kind, "") for c in columns if c.kind != "national_id"}
        base |= {"id": f"{first_letter}{i:03}", "name": f"某{i}", "lat": LAT, "lng": LNG, "building": "", "file": "f"}
        base |= {"clock": "", "lane": "", "neighbourhood": "", "place_quality": "point"}
        complete.append(base | {"row": i + 2} | row)
    names = [c.name for c in columns if c.kind != "national_id"] + [
        "clock",
        "row",
        "file",
        "building",
        "lane",
        "neighbourhood",
    ]
    frame = pd.DataFrame(complete, columns=names)
    for c in columns:
        if c.kind == "date":
            frame[c.name] = pd.to_datetime(frame[c.name])
        if c.kind in {"int", "number", "frequency"}:
            frame[c.name] = frame[c.name].astype(float)
    return frame


def north(metres: float) -> dict[str, float]:
    """A place so many metres north of the tests' centre."""
    return {"lat": LAT + metres * METRE_LAT, "lng": LNG}


def roster(elders: list[dict[str, object]], volunteers: list[dict[str, object]]) -> Roster:
    """Elders E000 … (consenting unless said otherwise) and volunteers V000 … (five places)."""
    return Roster(
        _frame(ELDERS, [{"consent": "yes", **e} for e in elders], "E"),
        _frame(VOLUNTEERS, [{"capacity": 5.0, **v} for v in volunteers], "V"),
    )


def pairs(*index: tuple[int, int]) -> PairList:
    """A pair list of roster indices; a volunteer of -1 is nobody's id."""
    elder = np.array([e for e, _ in index], dtype=np.int64)
    volunteer = np.array([v for _, v in index], dtype=np.int64)
    return PairList(
        elder,
        volunteer,
        tuple(f"E{e:03}" for e in elder),
        tuple(f"V{v:03}" if v >= 0 else "V999" for v in volunteer),
        np.arange(2, 2 + len(index)),
        "pairs.csv",
    )


def month(
    elders: list[dict[str, object]],
    volunteers: list[dict[str, object]],
    *,
    previous: PairList | None = None,
    pins: PairList | None = None,
    never: PairList | None = None,
    **sections: dict[str, object],
) -> MonthData:
    """A month of tiny rosters; ``sections`` are settings (``keep={"worth_m": 5}``)."""
    none = PairList.empty()
    settings = Settings.model_validate(sections)
    return MonthData(roster(elders, volunteers), DECEMBER, settings, previous or none, pins or none, never or none)


def people_of(place):
    """The options that name the rosters of a folder."""
    return ["--elders", str(place / "elders.csv"), "--volunteers", str(place / "volunteers.csv")]
