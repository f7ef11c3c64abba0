"""A city's visits and calendars, written beside pandas writing the same rows, in one run.

    python -m benchmarks.writing [CONTACTS [RUNS]]

1.8 million contacts of 205,000 elders and 41,000 volunteers are made up; then, RUNS times: ours from the schedule as a
value to visits.csv, and ``DataFrame.to_csv`` of the finished table of text; once: the calendars, a file a volunteer.
Prints medians of seconds of processor and of each run's ratio. Promised: within twice pandas, the same bytes.
"""

from __future__ import annotations

import filecmp
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from matcher.horizon import Horizon
from matcher.outputs import tables
from matcher.outputs.calendars import Entries, write_calendars
from matcher.outputs.localised import localise, write_csv
from matcher.schedule import Schedule
from matcher.settings.month import CalendarSettings

ELDERS, VOLUNTEERS = 205_000, 41_000
LIMIT = 2.0


def make(contacts: int) -> tuple[Schedule, tables.PeopleNames]:
    """Make contacts of people who do not exist."""
    dice = np.random.default_rng(1)
    names = np.array(["张*", "欧阳*", "李*", "王*"], dtype=object)
    parts = []
    for letter, n in (("E", ELDERS), ("V", VOLUNTEERS)):
        ids = np.array([f"{letter}{i:06}" for i in range(n)], dtype=object)
        parts += [np.append(ids, ""), np.append(names[dice.integers(0, len(names), n)], "")]
    elder = np.sort(np.arange(contacts) % ELDERS)
    day = np.datetime64("2026-12-01") + (np.arange(contacts) * 3 % 31)
    start = 540 + 60 * dice.integers(0, 5, contacts)
    kind, order = dice.integers(0, 2, contacts), dice.integers(1, 5, contacts)
    volunteer = elder * VOLUNTEERS // ELDERS
    return Schedule(elder, volunteer, day, start, start + 45, kind, order), tables.PeopleNames(*parts)


def main(words: list[str]) -> int:
    """Print what was measured; 1 where the promise is broken."""
    contacts, runs = [int(word) for word in words] + [1_800_000, 5][len(words) :]
    visits, people = make(contacts)
    times: dict[str, list[float]] = {"pandas": [], "ours": []}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for _run in range(runs):
            start = time.process_time()
            frame = tables.make_visits_frame(visits, people)
            table = localise(frame, "visits")
            write_csv(folder / "ours.csv", table)
            times["ours"].append(time.process_time() - start)
            start = time.process_time()
            table.to_csv(folder / "pandas.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
            times["pandas"].append(time.process_time() - start)
        same = filecmp.cmp(folder / "ours.csv", folder / "pandas.csv", shallow=False)
        building = np.array([f"桨嘉路{i % 500}弄{i % 17}号" for i in range(ELDERS)], dtype=object)
        entries = Entries(frame, frame.iloc[:0], people, building)
        start = time.process_time()
        files = write_calendars(folder / "calendars", entries, Horizon.of_month("2026-12"), CalendarSettings())
        calendars = time.process_time() - start
    ratio = statistics.median(ours / theirs for ours, theirs in zip(times["ours"], times["pandas"], strict=True))
    print(f"{contacts:,} contacts, medians of {runs} runs, seconds of processor")
    for name, seconds in times.items():
        print(f"{name:10}{statistics.median(seconds):8.2f}")
    print(f"ratio {ratio:.2f}, {'the same bytes' if same else 'OTHER BYTES'}; {files:,} calendars {calendars:.1f} s")
    return 0 if same and ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
