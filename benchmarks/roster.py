"""Rosters of a whole city, read and checked, beside pandas and python-calamine alone on the same files.

    python -m benchmarks.roster [ELDERS VOLUNTEERS [ROUNDS]]

205,000 elders and 41,000 volunteers (246,000 rows × 20 columns, national IDs among them) are made up once; then, in
each round, each in a fresh process: pandas.read_csv(dtype=str), our CSV, calamine's to_python, our XLSX. Prints medians
of seconds, the medians of each round's ratio, and the highest peaks of memory. Promised: CSV within 4 times pandas,
XLSX within 1.5 times calamine, under 1 GB.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from matcher.sample import make_sample, write_sample

COLUMNS = 20
LIMITS = {"csv": 4.0, "xlsx": 1.5}
MEMORY_MB = 1000

_MAKE = """
import sys
from pathlib import Path
from benchmarks.roster import make
make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
"""
_RUN = """
import json, re, sys, time
from datetime import date
from pathlib import Path
{imports}
files = [Path(name) for name in sys.argv[1:]]
start = time.perf_counter(), time.process_time()
{work}
seconds, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
# Linux' own count; getrusage would begin at what the parent held
peak = int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([seconds, cpu, peak]))
"""
_OURS = (
    "from matcher.roster import load_roster\nfrom matcher.settings import Settings",
    "roster = load_roster(*files, Settings(), date(2026, 12, 1))\n"
    "assert len(roster.elders) > 0.9 * len(roster.volunteers), [i.message() for i in roster.issues[:9]]",
)
JOBS = {
    "pandas": ("csv", "import pandas as pd", "frames = [pd.read_csv(file, dtype=str) for file in files]"),
    "our csv": ("csv", *_OURS),
    "calamine": (
        "xlsx",
        "from python_calamine import CalamineWorkbook",
        "for file in files:\n    rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()",
    ),
    "our xlsx": ("xlsx", *_OURS),
}


def make(folder: Path, elders: int, volunteers: int) -> None:
    """Make both rosters as CSV and XLSX, cut or filled up to 20 columns."""
    write_sample(make_sample(elders, volunteers, 1), folder)
    for name in ("elders", "volunteers"):
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        # an area code that nobody has; each an order of its own
        first = 0 if name == "elders" else elders
        frame.insert(4, "national_id", _national_ids(frame["birth_date"], first + np.arange(len(frame)), frame["sex"]))
        must = ["consent"] if name == "elders" else []
        others = [column for column in frame if column not in must]
        frame = frame[[*others[: COLUMNS - len(must)], *must]]
        for i in range(COLUMNS - frame.shape[1]):
            frame[f"备注{i + 1}"] = ""
        frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
        book = xlsxwriter.Workbook(folder / f"{name}.xlsx", {"constant_memory": True})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, frame.columns)
        for i, row in enumerate(zip(*(frame[column].tolist() for column in frame), strict=True), start=1):
            sheet.write_row(i, 0, row)
        book.close()


def _national_ids(born: object, order: object, sex: object) -> list[str]:
    """Return numbers valid in form, different for everyone; 99 begins no area code, so nobody has them."""
    made = []
    for day, i, one in zip(born, order, sex, strict=True):
        text = f"99{i // 500:04}{day.replace('-', '')}{i % 500 * 2 + (one == 'male'):03}"
        made.append(text + "10X98765432"[sum(int(d) * (2 ** (17 - k) % 11) for k, d in enumerate(text)) % 11])
    return made


def once(job: str, folder: Path) -> list[float]:
    """Return seconds, seconds of processor, and peak MB of one run."""
    ending, imports, work = JOBS[job]
    files = [str(folder / f"{name}.{ending}") for name in ("elders", "volunteers")]
    code = _RUN.format(imports=imports, work=work)
    done = subprocess.run([sys.executable, "-c", code, *files], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main(words: list[str]) -> int:
    """Print what was measured; 1 where a promise is broken."""
    elders, volunteers, rounds = [int(word) for word in words] + [205_000, 41_000, 5][len(words) :]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        # in a process of its own, whose memory is free again while we measure
        subprocess.run([sys.executable, "-c", _MAKE, place, str(elders), str(volunteers)], check=True)
        runs = {job: [] for job in JOBS}
        for _round in range(rounds):
            for job in JOBS:
                runs[job].append(once(job, folder))
    return report(runs, elders + volunteers, rounds)


def report(runs: dict[str, list[list[float]]], rows: int, rounds: int) -> int:
    """Print the medians; 1 where a promise is broken."""
    print(f"{rows:,} rows x {COLUMNS} columns, medians of {rounds} runs, each in a fresh process")
    print(f"{'':10}{'seconds':>9}{'cpu':>8}{'peak MB':>9}{'times':>8}")
    kept = True
    for job, ending, base in (
        ("pandas", "", "pandas"),
        ("our csv", "csv", "pandas"),
        ("calamine", "", "calamine"),
        ("our xlsx", "xlsx", "calamine"),
    ):
        seconds, cpu = (statistics.median(run[i] for run in runs[job]) for i in range(2))
        peak = max(run[2] for run in runs[job])
        times = statistics.median(ours[0] / theirs[0] for ours, theirs in zip(runs[job], runs[base], strict=True))
        kept &= not ending or (times <= LIMITS[ending] and peak < MEMORY_MB)
        print(f"{job:10}{seconds:9.2f}{cpu:8.2f}{peak:9.0f}{times:8.2f}")
    print("all promises kept" if kept else "A PROMISE IS BROKEN")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
