"""Hand-outs stamped from a template beside XlsxWriter writing the same workbooks, in one run.

    python -m benchmarks.handouts [VOLUNTEERS [RUNS]]

Volunteers with five elders and 44 contacts each are made up, seven in a committee; then, RUNS times: their workbooks
stamped, and written by XlsxWriter; once: all hand-outs, workbooks and pages, as the command writes them. Prints medians
of seconds of processor, of each run's ratio, and how much memory it took. RUNS 0 writes the hand-outs alone: a city has
41,000 volunteers. Promised: stamped in a third of the time, a city in three minutes and below 2 GB.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.horizon import Horizon
from matcher.i18n import language, use_language
from matcher.outputs.handouts.month import HandoutMonth
from matcher.outputs.handouts.workbook import make_template, write_slowly
from matcher.outputs.handouts.write import GRIDS, make_sheets, write_handouts
from matcher.programme import Programme
from matcher.roster.model import ANY_TIME, Roster

ELDERS_EACH, CONTACTS_EACH, IN_COMMITTEE, IN_SUBDISTRICT = 5, 44, 7, 190
LIMIT, LIMIT_S, LIMIT_GB = 1 / 3, 180.0, 2.0


def make_month(n: int) -> HandoutMonth:
    """Make a month of people who do not exist."""
    dice = np.random.default_rng(1)
    who, own = np.arange(n), np.repeat(np.arange(n), ELDERS_EACH)
    names = np.array(["王秀英", "李阿妹", "欧阳建国", "张金宝"])
    elders, volunteers = (
        pd.DataFrame(
            {
                "id": [f"{letter}{i:06}" for i in range(len(at))],
                "name": names[dice.integers(0, 4, len(at))],
                "phone": [f"154{i:08}" for i in range(len(at))],
                "district": "徐汇区",
                "subdistrict": [f"第{i}街道" for i in (at // IN_SUBDISTRICT).tolist()],
                "committee": [f"第{i}居委会" for i in (at // IN_COMMITTEE).tolist()],
                "days_off": [()] * len(at),
            }
        )
        for letter, at in (("E", own), ("V", who))
    )
    contact = {
        "emergency_contact": "王芳",
        "emergency_contact_relation": "女儿",
        "emergency_contact_phone": "15400000000",
    }
    elders = elders.assign(
        **contact, risk="high", self_care="able", lift="no", floor=5.0, availability=ANY_TIME, clock=""
    )
    elders["address"] = [f"上海市徐汇区桨嘉路{i % 500}弄{i % 17}号{i % 6}02室" for i in range(len(elders))]
    elders["health"], elders["languages"] = [("高血压", "关节炎")] * len(elders), [("上海话", "普通话")] * len(elders)
    volunteers = volunteers.assign(team="", role="member")
    elder = np.repeat(np.arange(len(own)), -(-CONTACTS_EACH // ELDERS_EACH))
    day = pd.Timestamp("2026-12-01") + pd.to_timedelta((np.arange(len(elder)) * 3) % 31, "D")
    start = 540 + 60 * dice.integers(0, 8, len(elder))
    ids, helpers = elders["id"].to_numpy(object), volunteers["id"].to_numpy(object)
    visits = pd.DataFrame(
        {
            "visit_id": [f"{d:%Y%m%d}-{e}" for d, e in zip(day, ids[elder], strict=True)],
            "date": day,
            "start": start.astype(float),
            "end": start + 45.0,
            "kind": np.where(np.arange(len(elder)) % 2, "visit", "call"),
            "elder_id": ids[elder],
            "volunteer_id": helpers[own[elder]],
            "in_place_of": "",
            "companion": "",
        }
    )
    pairs = pd.DataFrame({"elder_id": ids, "volunteer_id": helpers[own], "status": "kept", "backup_volunteer_id": ""})
    pairs["since"] = pd.Timestamp("2025-03-01")
    return HandoutMonth(Roster(elders, volunteers), Horizon.of_month("2026-12"), {"visits": visits, "pairs": pairs})


def compare(month: HandoutMonth, runs: int) -> float:
    """Print what stamping and XlsxWriter take for the same sheets, and return the ratio."""
    books = [make_sheets(month, Programme(), group) for group in month.groups]
    template = make_template(language(), GRIDS)
    times: dict[str, list[float]] = {"XlsxWriter": [], "stamped": []}
    for _run in range(runs):
        for name, write in (("XlsxWriter", write_slowly), ("stamped", template.write)):
            start = time.process_time()
            for sheets in books:
                write(sheets)
            times[name].append(time.process_time() - start)
    for name, seconds in times.items():
        print(f"{name:10}{statistics.median(seconds):8.2f}")
    both = zip(times["stamped"], times["XlsxWriter"], strict=True)
    return statistics.median(ours / theirs for ours, theirs in both)


def main(words: list[str]) -> int:
    """Print what was measured; 1 where a promise is broken."""
    volunteers, runs = [int(word) for word in words] + [1_000, 3][len(words) :]
    use_language("zh")
    month = make_month(volunteers)
    print(f"{volunteers:,} volunteers, {len(month.frames['visits']):,} contacts; seconds of processor")
    ratio = compare(month, runs) if runs else 0.0
    with tempfile.TemporaryDirectory() as place:
        files = {kind: Path(place) / f"{kind}.csv" for kind in ("visits", "pairs")}
        for path in files.values():
            path.write_bytes(b"")
        start, clock = time.process_time(), time.perf_counter()
        done = write_handouts(Path(place) / "out", month, Programme(), files)
        seconds, clock = time.process_time() - start, time.perf_counter() - clock
        size = sum(path.stat().st_size for path in done.folder.rglob("*.*"))
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"all of it {seconds:8.1f} ({clock:.1f} by the clock), {size / 1e6:,.0f} MB, at most {peak_gb:.2f} GB")
    if runs:
        print(f"ratio {ratio:.2f}")
    return 0 if ratio <= LIMIT and seconds <= LIMIT_S and peak_gb <= LIMIT_GB else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
