"""The whole command on rosters of several sizes, a month and the month after: a line a stage.

    python -m benchmarks.whole [ELDERS×VOLUNTEERS …] [--folder FOLDER] [--profile]

Rosters are made up once a size and kept in FOLDER, with the months planned for them; without it, all is made in a
temporary one. Each command is a process of its own. Of each stage: seconds by the clock, seconds of processor (of all
its processes that have ended), and the most memory that all of them held at once. ``--profile`` also keeps cProfile's
account of each command in FOLDER. Promised: a city of 205,000 × 41,000 in 60 s and 2 GB on two cores, a subdistrict of
950 × 190 in 1.5 s once all is compiled.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psutil

SIZES = ("950x190", "4000x800", "20000x4000")
PROMISED = {"950x190": (1.5, 2.0), "205000x41000": (60.0, 2.0)}
"""Seconds by the clock and GB, by size."""
_MONTHS = ("2026-12", "2027-01")
_BETWEEN_S = 0.2
_CHILD = "--child"


def run_watched(marks: str, words: list[str], profile: str) -> int:
    """Run the command in this process; write a line to ``marks`` whenever a stage begins or ends."""
    from matcher.__main__ import main as run_command  # noqa: PLC0415 - loading is measured

    sys.argv = ["old-partners", *words]
    with Path(marks).open("w", buffering=1) as file:

        def mark(stage: str) -> None:
            used = os.times()
            cpu = used.user + used.system + used.children_user + used.children_system
            file.write(json.dumps([stage, time.time(), cpu]) + "\n")

        import matcher.run.stages as stages  # noqa: PLC0415 - as above

        plain = stages.Stages.__call__

        @contextmanager
        def watched(self: stages.Stages, stage: str) -> Iterator[None]:
            mark(stage)
            with plain(self, stage):
                yield
            mark("between")

        stages.Stages.__call__ = watched  # type: ignore[method-assign]
        with cProfile.Profile() if profile else nullcontext() as account:
            code = run_command()
        if account is not None:
            account.dump_stats(profile)
        mark("end")
    return code


def measure(words: list[str], profile: str) -> list[tuple[str, float, float, float]]:
    """Return stage, seconds by the clock, seconds of processor and GB of a command, stage by stage.

    Raises:
        RuntimeError: the command fails.
    """
    with tempfile.TemporaryDirectory() as place:
        marks, said = Path(place) / "marks", Path(place) / "said"
        begun, held = time.time(), list[tuple[float, float]]()
        with said.open("wb") as out:
            command = [sys.executable, "-m", "benchmarks.whole", _CHILD, str(marks), profile, *words]
            with psutil.Popen(command, stdout=out, stderr=subprocess.STDOUT) as child:
                while child.poll() is None:
                    held.append((time.time(), count_bytes(child)))
                    time.sleep(_BETWEEN_S)
        if child.returncode:
            raise RuntimeError(said.read_text("utf-8")[-2_000:])
        lines = [json.loads(line) for line in marks.read_text().splitlines()]
    points = [("load", begun, 0.0), *lines]
    rows = []
    for (stage, start, cpu), (_next, end, cpu_end) in zip(points, points[1:], strict=False):
        most = max((size for at, size in held if start <= at <= end + _BETWEEN_S), default=0.0)
        rows.append((stage, end - start, cpu_end - cpu, most / 1e9))
    return rows


def count_bytes(child: psutil.Popen) -> int:
    """Return the memory of a process and of all that it started; what they share counts for each."""
    total = 0
    for one in (child, *child.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.Error:  # it has just ended
            continue
    return total


def plan_month(size: str, folder: Path, number: int, *, profile: bool) -> bool:
    """Plan one of a roster's months, print what it took, and return whether what is promised is kept."""
    elders, volunteers = size.split("x")
    rosters = folder / size
    if not rosters.exists():
        make = ["sample", "--elders", elders, "--volunteers", volunteers, "--out", str(rosters)]
        subprocess.run([sys.executable, "-m", "matcher", *make], check=True, stdout=subprocess.DEVNULL)
    months = [folder / f"{size}-{month}" for month in _MONTHS]
    words = ["run", "--out", str(months[number]), "--force", "--month", _MONTHS[number]]
    for name in ("elders", "volunteers", "pins", "never"):
        words += [f"--{name}", str(rosters / f"{name}.csv")]
    words += ["--previous", str((months[0] / "pairs.csv") if number else rosters / "previous.csv")]
    if number:
        words += ["--previous-visits", str(months[0] / "visits.csv")]
    kept = str(folder / f"{size}-{_MONTHS[number]}.prof") if profile else ""
    rows = measure(words, kept)
    print(f"\n{size.replace('x', ' × ')}, {'the month after' if number else 'the first month'}")
    print(f"{'stage':10}{'clock s':>10}{'CPU s':>10}{'GB':>8}")
    for stage, clock, cpu, most in rows:
        if clock >= 0.05 or stage not in ("between",):
            print(f"{stage:10}{clock:10.2f}{cpu:10.2f}{most:8.2f}")
    clock, cpu, most = sum(row[1] for row in rows), sum(row[2] for row in rows), max(row[3] for row in rows)
    print(f"{'whole':10}{clock:10.2f}{cpu:10.2f}{most:8.2f}", flush=True)
    most_s, most_gb = PROMISED.get(size, (float("inf"), float("inf")))
    return clock <= most_s and most <= most_gb


def main(words: list[str]) -> int:
    """Print what was measured; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", default=SIZES, help="as 950x190")
    parser.add_argument("--folder", type=Path, help="where rosters and months are kept")
    parser.add_argument("--profile", action="store_true", help="keep cProfile's account of each command")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as place:
        folder = given.folder or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        kept = [
            plan_month(size.replace("×", "x"), folder, number, profile=given.profile)
            for size in given.sizes
            for number in range(len(_MONTHS))
        ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == [_CHILD]:
        sys.exit(run_watched(sys.argv[2], sys.argv[4:], sys.argv[3]))
    sys.exit(main(sys.argv[1:]))
