"""A city's months in a ledger: seconds to write one, size of a year, seconds to report.

    python -m benchmarks.ledger [CONTACTS]

1.8 million contacts of 205,000 elders and 41,000 volunteers are made up, with records of 95 % of them, one in twenty of
these missed. January is written, its rows are copied for the months to November, and December is written. Timed are the
run (its files read and written into the ledger), the records, and reports of December by district and by committee:
seconds of the clock, and of the processor. Promised: a month in 20 s, a year in 1.5 GB, a report in 15 s, below 2 GB of
memory.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import sqlalchemy as sa

from benchmarks.writing import ELDERS, VOLUNTEERS, make
from matcher.ledger import Ledger, schema
from matcher.outcomes import OUTCOMES
from matcher.outputs import tables
from matcher.outputs.localised import localise, write_csv
from matcher.outputs.report.report import make_report
from matcher.outputs.report.write import write_report
from matcher.schedule import Schedule

CONTACTS = 1_800_000
WRITE_S, REPORT_S, YEAR_GB, MEMORY_GB = 20, 15, 1.5, 2
A_COMMITTEE = 34
"""Elders."""


def make_people() -> SimpleNamespace:
    """Make rosters with the columns that a ledger reads."""
    dice = np.random.default_rng(2)
    committee = np.arange(ELDERS) // A_COMMITTEE
    elders = pd.DataFrame(
        {
            "id": [f"E{i:06}" for i in range(ELDERS)],
            "district": [f"区{i // 380}" for i in committee],
            "subdistrict": [f"街道{i // 28}" for i in committee],
            "committee": [f"居委{i}" for i in committee],
            "risk": dice.choice(["low", "medium", "high", ""], ELDERS, p=[0.6, 0.2, 0.1, 0.1]),
        }
    )
    teams = [f"队{i // 10}" for i in range(VOLUNTEERS)]
    volunteers = pd.DataFrame({"id": [f"V{i:06}" for i in range(VOLUNTEERS)], "team": teams})
    return SimpleNamespace(elders=elders, volunteers=volunteers, directory=lambda _side: _Everybody())


class _Everybody:
    """A roster in which every id is known."""

    @staticmethod
    def knows(_text: str) -> bool:
        return True


def write_folder(folder: Path, visits: pd.DataFrame, people: SimpleNamespace, month: str) -> None:
    """Write the files of a run: nine in ten elders have a volunteer, the others wait."""
    paired = people.elders["id"][: ELDERS * 9 // 10]
    owner = visits.drop_duplicates("elder_id").set_index("elder_id")["volunteer_id"]
    pairs = pd.DataFrame({"elder_id": paired, "volunteer_id": owner.reindex(paired).fillna("V000000").to_numpy()})
    pairs.assign(status="kept", since="2025-01-01").to_csv(folder / "pairs.csv", index=False)
    alone = people.elders["id"][len(paired) :]
    unmatched = pd.DataFrame({"elder_id": alone, "reason": "shortage", "waiting_since": f"{month}-01"})
    unmatched.to_csv(folder / "unmatched.csv", index=False)
    write_csv(folder / "visits.csv", localise(visits, "visits"))


def make_records(visits: pd.DataFrame) -> pd.DataFrame:
    """Make records of most contacts."""
    dice = np.random.default_rng(3)
    told = visits[dice.random(len(visits)) < 0.95]
    missed = [outcome.code for outcome in OUTCOMES if not outcome.is_contact]
    outcome = np.where(dice.random(len(told)) < 0.95, "done", dice.choice(missed, len(told)))
    frame = told[["visit_id", "date", "elder_id", "volunteer_id", "kind"]]
    return frame.assign(outcome=outcome, minutes=dice.integers(10, 60, len(told)).astype(float), by_id="")


def make_visits(schedule: Schedule, names: tables.PeopleNames, month: str) -> pd.DataFrame:
    """Make the contacts of a month, each with an id of its day."""
    visits = tables.make_visits_frame(schedule, names)
    days = pd.Timestamp(f"{month}-01") + pd.to_timedelta(visits["date"].dt.day.clip(upper=28) - 1, "D")
    nth = visits.groupby([visits["elder_id"], days]).cumcount()
    ending = ("-" + (nth + 1).astype(str)).where(nth > 0, "")
    return visits.assign(date=days, visit_id=days.dt.strftime("%Y%m%d") + "-" + visits["elder_id"] + ending)


def copy_month(ledger: Ledger, month: int) -> None:
    """Copy January's rows for another month."""
    with ledger.store.write() as connection:
        (run, records) = connection.execute(sa.text("select run, records from standing where month = 202601")).one()
        for tables_of, old in ((schema.ROWS_OF_RUN, run), (schema.ROWS_OF_RECORDS, records)):
            new = old + 100 * (month % 100)
            for table in tables_of:
                columns = [sa.literal(new), *(column for column in table.columns if column.name != "batch")]
                rows = sa.select(*columns).where(table.c.batch == old)
                connection.execute(table.insert().from_select([column.name for column in table.columns], rows))
            connection.execute(schema.BATCHES.insert().values(batch=new, month=month, written_at=""))
        last = {"run": run + 100 * (month % 100), "records": records + 100 * (month % 100)}
        connection.execute(schema.STANDING.insert().values(month=month, **last))


def main(words: list[str]) -> int:
    """Print what was measured; 1 where a promise is broken."""
    contacts = int(words[0]) if words else CONTACTS
    people = make_people()
    schedule, names = make(contacts)
    writing: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "ledger.sqlite"
        with Ledger(f"sqlite:///{path}") as ledger:
            for month in ("2026-01", "2026-12"):
                folder = Path(place) / month
                folder.mkdir()
                visits = make_visits(schedule, names, month)
                write_folder(folder, visits, people, month)
                records = make_records(visits)
                del visits
                run = _time(lambda one=month, path=folder: ledger.write_run(one, path, people))
                told = _time(lambda one=month, rows=records: ledger.write_records(one, rows))
                writing.append(run[0] + told[0])
                size = path.stat().st_size / 1e9
                print(
                    f"{month}  run {run[0]:.1f} s ({run[1]:.1f})  records {told[0]:.1f} s ({told[1]:.1f})  "
                    f"ledger {size:.2f} GB",
                    flush=True,
                )
                for number in range(202602, 202612) if month == "2026-01" else ():
                    copy_month(ledger, number)
            reports = []
            for level in ("district", "committee"):
                out = Path(place) / level
                took = _time(lambda one=level, to=out: write_report(to, make_report(ledger, "2026-12", one)))
                reports.append(took[0])
                print(f"report by {level}  {took[0]:.1f} s ({took[1]:.1f})", flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{contacts:,} contacts a month: {max(writing):.1f} s at most, a year {size:.2f} GB, memory {memory:.2f} GB")
    kept = max(writing) <= WRITE_S and max(reports) <= REPORT_S and size <= YEAR_GB and memory <= MEMORY_GB
    return 0 if kept else 1


def _time(work) -> tuple[float, float]:
    """Return how long something takes, in seconds of the clock and of the processor."""
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
