"""Rosters of a whole city, read and checked, beside pandas and python-calamine alone on the same files.

    python -m benchmarks.roster [ELDERS VOLUNTEERS [PAIRS]]

205,000 elders and 41,000 volunteers (246,000 rows × 20 columns) are made up once; then, PAIRS times, each in a fresh
process: pandas.read_csv(dtype=str), our CSV, calamine's to_python, our XLSX. Prints medians of seconds, the medians of
each pair's ratio, and the peaks of memory. Promised: CSV within 4 times pandas, XLSX within 1.5 times calamine, under
1 GB.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import xlsxwriter

from matcher.sample import make_sample, write_sample

COLUMNS = 20
LIMITS = {"csv": 4.0, "xlsx": 1.5}
MEMORY_MB = 1000

_RUN = """
import json, resource, sys, time
from pathlib import Path
{imports}
files = [Path(name) for name in sys.argv[1:]]
start = time.perf_counter(), time.process_time()
{work}
seconds, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
print(json.dumps([seconds, cpu, peak]))
"""
_OURS = (
    "from matcher.roster import load_roster\nfrom matcher.settings import Settings",
    "roster = load_roster(*files, Settings())\nassert len(roster.elders) > 0.9 * len(roster.volunteers)",
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
    """Both rosters as CSV and XLSX, cut or filled up to 20 columns."""
    write_sample(make_sample(elders, volunteers, 1), folder)
    for name in ("elders", "volunteers"):
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
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


def once(job: str, folder: Path) -> list[float]:
    """Seconds, seconds of processor, and peak MB of one run."""
    ending, imports, work = JOBS[job]
    files = [str(folder / f"{name}.{ending}") for name in ("elders", "volunteers")]
    code = _RUN.format(imports=imports, work=work)
    done = subprocess.run([sys.executable, "-c", code, *files], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main(words: list[str]) -> int:
    """Print what was measured; 1 where a promise is broken."""
    elders, volunteers, pairs = [int(word) for word in words] + [205_000, 41_000, 5][len(words) :]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make(folder, elders, volunteers)
        runs = {job: [] for job in JOBS}
        for _pair in range(pairs):
            for job in JOBS:
                runs[job].append(once(job, folder))
    return report(runs, elders + volunteers, pairs)


def report(runs: dict[str, list[list[float]]], rows: int, pairs: int) -> int:
    """Print the medians; 1 where a promise is broken."""
    print(f"{rows:,} rows x {COLUMNS} columns, medians of {pairs} runs, each in a fresh process")
    print(f"{'':10}{'seconds':>9}{'cpu':>8}{'peak MB':>9}{'times':>8}")
    kept = True
    for job, ending, base in (
        ("pandas", "", "pandas"),
        ("our csv", "csv", "pandas"),
        ("calamine", "", "calamine"),
        ("our xlsx", "xlsx", "calamine"),
    ):
        seconds, cpu, peak = (statistics.median(run[i] for run in runs[job]) for i in range(3))
        times = statistics.median(ours[0] / theirs[0] for ours, theirs in zip(runs[job], runs[base], strict=True))
        kept &= not ending or (times <= LIMITS[ending] and peak < MEMORY_MB)
        print(f"{job:10}{seconds:9.2f}{cpu:8.2f}{peak:9.0f}{times:8.2f}")
    print("all promises kept" if kept else "A PROMISE IS BROKEN")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
