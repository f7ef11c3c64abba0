"""A city's records read: 1.8 million contacts from one CSV file, and from 6,000 workbooks of seven volunteers each.

    python -m benchmarks.records [CONTACTS [WORKBOOKS]]

41,000 volunteers have 44 contacts each; one row in twelve is not filled in. Of the workbooks a thirtieth is made, each
then copied under other names: reading does not ask whether a file is the only one. Each job runs in a fresh process.
Prints seconds of the clock, and of the processor: what all processes take while files are read, which two cores share
where they are workbooks, what one takes for the rest, and so what two free cores need; merging with no records; and the
peak of memory of all processes at once: those that parse have ended when the rest begins. Aims:
10 s from CSV, 30 s from workbooks, under 2 GB each.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from matcher.horizon import Horizon
from matcher.outputs.localised import write_csv
from matcher.records import PlannedMonth
from matcher.roster.directory import Directory

CONTACTS, WORKBOOKS = 1_804_000, 6_000
A_VOLUNTEER, ELDERS_OF_ONE = 44, 5
COPIES = 30
AIMS = {"csv": 10.0, "xlsx": 30.0}
CORES = {"csv": 1, "xlsx": 2}
"""Workbooks are parsed by two processes."""
MEMORY_MB = 2_000
_HEADER = ["编号", "日期", "时间", "老人", "方式", "完成", "分钟", "情况", "备注"]
_RUN = """
import json, re, resource, sys, time
from pathlib import Path
from benchmarks.records import plan
from matcher.records import read_sheets
from matcher.records.merge import merge_records
from matcher.roster.convert import empty_frame
from matcher.settings import Settings
planned = plan(int(sys.argv[2]))
last, at_once_mb = [], [0.0]
def watch(done, of):
    last.append(time.process_time())
    if not done % 500:
        children = {pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}
        at_once_mb.append(read_mb("self", "VmRSS") + sum(read_mb(pid, "VmHWM") for pid in children))
def read_mb(pid, what):  # getrusage counts what a child had of its parent before it became another program
    return int(re.search(what + r":\\s*(\\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024
start = time.perf_counter(), time.process_time()
found = read_sheets([Path(sys.argv[1])], planned, Settings(), watch)
seconds, end = time.perf_counter() - start[0], time.process_time()
merged = merge_records(empty_frame("records"), found.records)
merging = time.process_time() - end
children, peak = resource.getrusage(resource.RUSAGE_CHILDREN), max(read_mb("self", "VmHWM"), *at_once_mb)
rows = sum(one.rows for one in found.accounts)
assert not sum(one.faults for one in found.accounts), found.issues[:5]
at_once = last[-1] - start[1] + children.ru_utime + children.ru_stime
print(json.dumps([seconds, at_once, end - last[-1], merging, peak, rows]))
"""


def plan(contacts: int) -> PlannedMonth:
    """Return a month of so many contacts: each volunteer has five elders and 44 contacts, on days that differ."""
    at = np.arange(contacts)
    volunteer, nth = np.divmod(at, A_VOLUNTEER)
    elder, day = volunteer * ELDERS_OF_ONE + nth % ELDERS_OF_ONE, nth // ELDERS_OF_ONE * 3 + nth % 3
    dates = np.datetime64("2026-12-01") + day
    stamps = np.datetime_as_string(dates)
    visits = pd.DataFrame({"elder_id": _spell("E", elder), "volunteer_id": _spell("V", volunteer)})
    visits["visit_id"] = pd.Series(stamps, dtype="str").str.replace("-", "") + "-" + visits["elder_id"]
    visits = visits.assign(date=dates.astype("datetime64[us]"), kind=np.where(nth % 2, "call", "visit"), in_place_of="")
    pairs = visits[["elder_id", "volunteer_id"]].drop_duplicates(ignore_index=True)
    pairs = pairs.assign(since=pd.Timestamp("2026-01-01"), status="kept")
    elders, volunteers = (pairs[name].drop_duplicates().tolist() for name in ("elder_id", "volunteer_id"))
    people = [Directory(ids, [_name(i) for i in range(len(ids))]) for ids in (elders, volunteers)]
    return PlannedMonth(visits, pairs, *people, Horizon.of_month("2026-12"), date(2026, 12, 31))


def _spell(letter: str, number: np.ndarray) -> pd.Series:
    return letter + pd.Series(number).astype("str").str.zfill(6)


def _name(i: int) -> str:
    return "王李张刘陈杨赵黄周吴"[i % 10] + "秀英桂兰玉珍凤霞丽娟"[i // 10 % 10] + "华明芳"[i // 100 % 3]


def make_sheet(planned: PlannedMonth) -> pd.DataFrame:
    """Return the month as a filled-in sheet."""
    visits, n = planned.visits, len(planned.visits)
    elder = planned.elders
    lot = np.random.default_rng(1).integers(0, 24, n)
    names = visits["elder_id"].map(dict(zip(elder.ids, elder.names, strict=True)))
    return pd.DataFrame(
        {
            "编号": visits["visit_id"],
            "日期": visits["date"].dt.strftime("%Y-%m-%d"),
            "时间": "09:00-09:30",
            "老人": names,
            "方式": np.where(visits["kind"] == "visit", "上门", "电话"),
            "完成": np.where(lot < 20, "✓", ""),
            "分钟": np.where(lot < 10, "40", np.where(lot < 20, "半小时", "")),
            "情况": np.select([lot == 20, lot == 21], ["A", "住院"], ""),
            "备注": np.where(lot == 3, "血压正常", ""),
        }
    )


def make_workbooks(sheet: pd.DataFrame, folder: Path, workbooks: int) -> None:
    """Make workbooks, a sheet a volunteer; one in thirty is made, the others are copies of it."""
    pages = len(sheet) // A_VOLUNTEER
    made = max(1, workbooks // COPIES)
    of_book = np.array_split(np.arange(pages), workbooks)[:made]
    rows = sheet.to_numpy(dtype=object)
    for number, own in enumerate(of_book):
        path = folder / f"{number:04}.xlsx"
        book = xlsxwriter.Workbook(path)
        for page in own.tolist():
            one = book.add_worksheet(f"V{page:06}")
            one.write(0, 0, "探访记录表")
            one.write_row(3, 0, _HEADER)
            for i, row in enumerate(rows[page * A_VOLUNTEER : (page + 1) * A_VOLUNTEER].tolist()):
                one.write_row(4 + i, 0, row)
            one.write(5 + A_VOLUNTEER, 0, "✓ 完成　A 无人应答　D 住院")
        book.close()
        for copy in range(1, COPIES):
            shutil.copy(path, folder / f"{number:04}-{copy:02}.xlsx")


def once(path: Path, contacts: int) -> list[float]:
    """Return what one run in a fresh process takes."""
    words = [sys.executable, "-c", _RUN, str(path), str(contacts)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main(words: list[str]) -> int:
    """Print what was measured; 1 where an aim is missed."""
    contacts, workbooks = [int(word) for word in words] + [CONTACTS, WORKBOOKS][len(words) :]
    ok = True
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sheet = make_sheet(plan(contacts))
        write_csv(folder / "sheet.csv", sheet)
        (folder / "books").mkdir()
        make_workbooks(sheet, folder / "books", workbooks)
        del sheet
        print(f"{'':6}{'rows':>11}{'clock s':>9}{'files':>8}{'rest':>8}{'two cores':>11}{'merging':>9}{'peak MB':>9}")
        for kind, path in (("csv", folder / "sheet.csv"), ("xlsx", folder / "books")):
            seconds, files, rest, merging, peak, rows = once(path, contacts)
            two_cores = files / CORES[kind] + rest
            print(
                f"{kind:6}{rows:11,.0f}{seconds:9.1f}{files:8.1f}{rest:8.1f}{two_cores:11.1f}{merging:9.1f}{peak:9.0f}"
            )
            ok &= two_cores <= AIMS[kind] and peak < MEMORY_MB
    print("all aims met" if ok else "AN AIM IS MISSED")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
