"""Plan a region of cities at once, beside single runs: total time, overhead per task, memory, and a larger cluster.

    python -m benchmarks.many [CITIES] [SMALLEST] [LARGEST] [JOBS] [--folder FOLDER] [--every N]

Cities lie far apart; sizes grow geometrically. Each single run is the command ``run`` as a process of its own, measured
from outside, loading included; so is the region's. With ``--every N`` only each Nth city is also run alone, and the
others' figures lie on the line between their neighbours': cities of one make cost by their size. FOLDER keeps rosters
and what was measured, so that a benchmark that was stopped goes on; without it all is made in a temporary one. At the
end a model says what 300 cities would take on 64 cores, from the parts that were measured.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import psutil

from benchmarks.whole import count_bytes
from matcher.compile_ahead import compile_once
from matcher.horizon import Horizon
from matcher.region.borders import check_border
from matcher.region.cities import read_cities
from matcher.region.cluster import Engine, Job, Lost, open_local
from matcher.region.memory import measure_memory
from matcher.region.orders import RegionRequest, make_orders
from matcher.region.plan_region import Progress, hold_region, plan_region
from matcher.region.task import measure_peak
from matcher.sample import make_sample
from matcher.sample.write import write_sample

MONTH = "2026-12"
APART_DEG = 0.5
VOLUNTEERS = 0.22
SIDES = ("elders", "volunteers")
_CHILD = "--child"
_EMPTY = 200
"""Tasks that do nothing, by which the engine's own time a task is measured."""
_BETWEEN_S = 0.2
_BORDERS_A_CITY = 2
"""Borders that a city of the model has to be proved apart at."""
_MODELS = ((300, 5_000, 60_000, 64), (300, 50_000, 500_000, 64))
"""Of each model the cities, elders of the smallest and of the largest, cores."""


@dataclass(frozen=True, slots=True)
class Use:
    """Use of a machine by a process and those that it started."""

    clock_s: float
    cpu_s: float
    peak_bytes: int
    """The most memory that they all held at once; pages that they share count for each."""


@dataclass(frozen=True, slots=True)
class Task:
    """Task as a worker measured it."""

    act: str
    name: str
    worker: int
    began: float
    ended: float
    cpu_s: float
    peak_bytes: int

    @property
    def clock_s(self) -> float:
        """Return what it took by the clock."""
        return self.ended - self.began


@dataclass(frozen=True, slots=True)
class Parts:
    """Measured parts that the model puts together; times grow with a power of a city's elders.

    Tasks count by their CPU time: others may have been at work on the machine.

    Attributes:
        start_s: From the command's start until tasks can begin.
        task_s: The engine's own time for one task: the scheduler gives them out one by one.
        gap_s: A worker's time between two tasks.
        scan: Exponent and logarithm of the factor for reading a city for its borders.
        plan: The same for planning it.
        border_share: The time of one border, as a share of both its cities' scans.
        add_s: Adding up the figures, a city.
        end_s: Until the cluster has ended.
        memory: Bytes before the first person and for each.
    """

    start_s: float
    task_s: float
    gap_s: float
    scan: tuple[float, float]
    plan: tuple[float, float]
    border_share: float
    add_s: float
    end_s: float
    memory: tuple[float, float]


def make_region(folder: Path, sizes: list[int]) -> Path:
    """Write the rosters of cities of these sizes, and the file that lists them, unless they stand."""
    lines = []
    for number, elders in enumerate(sizes):
        own = folder / f"c{number:03}"
        lines += ["[[city]]", f'name = "City {number:03}"']
        lines += [f'{side} = "{own.name}/{side}.csv"' for side in SIDES]
        if own.exists():
            continue
        new = folder / "new"
        new.mkdir(exist_ok=True)
        write_sample(make_sample(elders, max(2, round(VOLUNTEERS * elders)), number), new)
        move_people(new, number, f"{number:03}")
        new.rename(own)
    path = folder / "cities.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path


def move_people(folder: Path, steps: int, letters: str) -> None:
    """Move a sample's people east by as many steps, and put letters before their ids."""
    for side in SIDES:
        path = folder / f"{side}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        name = next(name for name in frame.columns if name.startswith("lng"))
        frame[name] = [f"{float(cell) + APART_DEG * steps:.6f}" if cell else "" for cell in frame[name]]
        frame["id"] = letters + frame["id"]
        frame.to_csv(path, index=False, encoding="utf-8-sig")


def measure_command(command: Sequence[str]) -> Use:
    """Run a command, watched from outside.

    Raises:
        RuntimeError: it fails.
    """
    began, most = time.perf_counter(), 0
    with TemporaryDirectory() as place, (Path(place) / "said").open("w+b") as said:
        with psutil.Popen(command, stdout=said, stderr=subprocess.STDOUT) as process:
            while True:
                ended, status, use = os.wait4(process.pid, os.WNOHANG)
                if ended:
                    break
                most = max(most, count_bytes(process))
                time.sleep(_BETWEEN_S)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(said.read().decode("utf-8", "replace")[-2_000:])
    return Use(time.perf_counter() - began, use.ru_utime + use.ru_stime, max(most, use.ru_maxrss * 1024))


def run_alone(folder: Path, sizes: Sequence[int], every: int) -> dict[int, Use]:
    """Return what single runs take, by the city's number; those that were measured before are not run again."""
    record = folder / "alone.json"
    known = json.loads(record.read_text()) if record.exists() else {}
    chosen = sorted({*range(0, len(sizes), every), len(sizes) - 1})
    for number in chosen:
        if str(number) not in known:
            own = folder / f"c{number:03}"
            words = [f"--{side}={own / side}.csv" for side in SIDES]
            command = [sys.executable, "-m", "matcher", "run", *words, f"--month={MONTH}", "--force"]
            use = measure_command([*command, f"--out={folder / f'alone{number:03}'}"])
            known[str(number)] = [use.clock_s, use.cpu_s, use.peak_bytes]
            record.write_text(json.dumps(known))
        use = Use(*known[str(number)])
        print(
            f"alone, {sizes[number]:,} elders: {use.clock_s:.1f} s, {use.cpu_s:.1f} CPU s, "
            f"{use.peak_bytes / 1e6:,.0f} MB",
            flush=True,
        )
    return {number: Use(*known[str(number)]) for number in chosen}


def measure_task(order: tuple[Any, Any]) -> tuple[Any, float, float, float, int, int]:
    """Return what a task returns, with its begin and end, CPU time, worker and peak; it runs on a worker."""
    act, asked = order
    began, cpu = time.time(), time.process_time()
    answer = act(asked)
    return answer, began, time.time(), time.process_time() - cpu, os.getpid(), measure_peak()


def do_nothing(_order: None) -> None:
    """Return at once."""


class WatchedEngine(Engine):
    """Engine whose tasks are measured, each noted in a file as it ends."""

    def __init__(self, engine: Engine, log: Path) -> None:
        self._engine, self._log = engine, log

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Any]]:
        """Yield what the engine yields."""
        asked = {job.names: job for job in jobs}
        watched = [replace(job, act=measure_task, order=(job.act, job.order)) for job in jobs]
        for job, answer in self._engine.run(watched):
            own = asked[job.names]
            if isinstance(answer, Lost):
                yield own, answer
                continue
            value, began, ended, cpu, worker, peak = answer
            outcome = value[0].outcome if isinstance(value, tuple) else ""
            note(self._log, own.act.__name__, "+".join(own.names), worker, began, ended, cpu, peak, outcome)
            yield own, value


def note(log: Path, *words: object) -> None:
    """Add a line to the file of what happened."""
    with log.open("a") as file:
        file.write(json.dumps(words) + "\n")


def tell(progress: Progress) -> None:
    """Print a city as it ends."""
    one = progress.result
    print(f"{progress.done} of {progress.total}: {one.name} {one.outcome} {one.reason}", file=sys.stderr, flush=True)


def run_region(folder: Path, jobs: int) -> None:
    """Plan the region as ``many`` does, each task measured; it is a process of its own."""
    log, begun = folder / "log.jsonl", time.time()
    note(log, "begin", begun)
    request = RegionRequest(Horizon.of_month(MONTH), folder / "region")
    region = read_cities(folder / "cities.toml")
    orders, failed = make_orders(region, request)
    compile_once()
    with (
        hold_region(request),
        open_local([order.need_bytes for order in orders], jobs, measure_memory()) as engine,
    ):
        note(log, "open", time.time())
        planned = plan_region(region, request, orders, failed, WatchedEngine(engine, log), tell)
        note(log, "planned", time.time())
    note(log, "end", time.time())
    assert not planned.failed, planned.failed


def run_parts(folder: Path, jobs: int) -> None:
    """Measure what the model needs and no far region has: empty tasks, and borders that are to be proved apart."""
    log = folder / "log.jsonl"
    region, request = read_cities(folder / "cities.toml"), RegionRequest(Horizon.of_month(MONTH), folder / "region")
    orders, _failed = make_orders(region, request)
    with open_local([order.need_bytes for order in orders], jobs, measure_memory()) as engine:
        list(engine.run([Job((f"{number}",), do_nothing, None) for number in range(jobs)]))
        began = time.perf_counter()
        list(engine.run([Job((f"{number}",), do_nothing, None) for number in range(_EMPTY)]))
        note(log, "empty", (time.perf_counter() - began) / _EMPTY)
        middle = len(orders) // 2
        pair = (orders[middle - 1], orders[middle])
        need = sum(order.need_bytes for order in pair)
        list(WatchedEngine(engine, log).run([Job((pair[0].name, pair[1].name), check_border, pair, need)]))


def read_log(log: Path) -> tuple[list[Task], dict[str, list[float]]]:
    """Return the tasks that were measured, of each its last, and the times of everything else, by name.

    ``cut off`` are the seconds that attempts took at least of which nobody noted the end.
    """
    tasks: dict[tuple[str, str], Task] = {}
    times: dict[str, list[float]] = {}
    begun = latest = 0.0
    for line in log.read_text().splitlines() if log.exists() else []:
        words = json.loads(line)
        if len(words) > 2:
            latest = words[4]
            if words[-1] != "unchanged":
                tasks[words[0], words[1]] = Task(*words[:-1])
            continue
        if words[0] == "begin":
            if begun:
                times.setdefault("cut off", []).append(latest - begun)
            begun = latest = words[1]
        elif words[0] == "end":
            begun = 0.0
        times.setdefault(words[0], []).append(words[1])
    return list(tasks.values()), times


def fit_power(sizes: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Return exponent and logarithm of the factor of the power of sizes that comes nearest to values."""
    slope, base = np.polyfit(np.log(sizes), np.log(values), 1)
    return float(slope), float(base)


def fit_memory(sizes: Sequence[int], peaks: Sequence[int]) -> tuple[float, float]:
    """Return bytes before the first person and for each, by the lowest line that no peak is above of."""
    people = np.array(sizes) * (1 + VOLUNTEERS)
    slope, _base = np.polyfit(people, peaks, 1)
    return float(np.max(np.array(peaks) - slope * people)), float(slope)


def compute_power(fit: tuple[float, float], sizes: Sequence[int]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the values of a fitted power."""
    slope, base = fit
    return np.asarray(np.exp(base + slope * np.log(np.array(sizes))), dtype=np.float64)


def spread_tasks(times: Sequence[float], cores: int, gap_s: float) -> float:
    """Return when the last of some tasks ends, the longest begun first, each on the core that is free first."""
    free = [0.0] * cores
    for one in sorted(times, reverse=True):
        heapq.heappush(free, heapq.heappop(free) + one + gap_s)
    return max(free)


def predict(parts: Parts, sizes: Sequence[int], cores: int) -> dict[str, str]:
    """Return what a region would take on a cluster, put together from measured parts.

    Assumed: rosters and folders lie on a disk no slower than here; a core is as fast as here with all cores busy;
    each city touches two others, and is proved apart from them; every worker has the memory of the largest city;
    workers start at the same time; times go on growing with size as between the sizes that were measured.
    """
    scans, plans = compute_power(parts.scan, sizes), compute_power(parts.plan, sizes)
    neighbours = [
        (scans[number] + scans[(number + step) % len(sizes)]) * parts.border_share
        for number in range(len(sizes))
        for step in range(1, _BORDERS_A_CITY // 2 + 1)
    ]
    stages = {
        "the cluster starts": parts.start_s,
        "rosters are read for borders": spread_tasks(scans.tolist(), cores, parts.gap_s),
        "borders are proved": spread_tasks(neighbours, cores, parts.gap_s),
        "cities are planned": spread_tasks(plans.tolist(), cores, parts.gap_s),
        "figures are added up": parts.add_s * len(sizes),
        "the cluster ends": parts.end_s,
    }
    total = sum(stages.values())
    work = float(plans.sum() + scans.sum() + sum(neighbours))
    tasks = 2 * len(sizes) + len(neighbours) + len(sizes)
    base, person = parts.memory
    return {
        "cities": f"{len(sizes)} of {min(sizes):,} to {max(sizes):,} elders, {sum(sizes):,} in all; {cores} cores",
        **{name: _write_time(value) for name, value in stages.items()},
        "together": _write_time(total),
        "the largest city's own task": _write_time(float(plans.max())),
        "all tasks one after the other": _write_time(work),
        "share of the cores' time in tasks": f"{work / total / cores:.0%}",
        "the scheduler's time, of all tasks": _write_time(parts.task_s * tasks),
        "memory of the largest city": f"{(base + person * max(sizes) * (1 + VOLUNTEERS)) / 1e9:.1f} GB",
    }


def _write_time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 600 else f"{seconds / 60:,.0f} min"


def tell_region(
    sizes: Sequence[int], alone: Mapping[int, Use], jobs: int, use: Use, folder: Path
) -> tuple[dict[str, str], Parts]:
    """Return the rows of the table, and the parts of the model."""
    tasks, times = read_log(folder / "log.jsonl")
    size_of = {f"City {number:03}": elders for number, elders in enumerate(sizes)}
    plans = [task for task in tasks if task.act == "plan_city"]
    scans = [task for task in tasks if task.act == "scan_city"]
    border = next(task for task in tasks if task.act == "check_border")
    numbers = sorted(alone)
    known = [sizes[number] for number in numbers]
    clock = float(np.interp(sizes, known, [alone[number].clock_s for number in numbers]).sum())
    cpu = float(np.interp(sizes, known, [alone[number].cpu_s for number in numbers]).sum())
    own = {task.name: task for task in plans}
    both = [(alone[number], own[f"City {number:03}"]) for number in numbers]
    opened, planned, ended = times["open"][-1], times["planned"][-1], times["end"][-1]
    last = max(task.ended for task in plans)
    first = min(task.began for task in plans)
    gaps = _list_gaps(plans)
    orders, _failed = make_orders(read_cities(folder / "cities.toml"), RegionRequest(Horizon.of_month(MONTH), folder))
    need = {order.name: order.need_bytes for order in orders}
    largest = max(plans, key=lambda task: task.peak_bytes)
    memory = fit_memory(known, [alone[number].peak_bytes for number in numbers])
    lost = times.get("cut off", [])
    rows = {
        "cities": f"{len(sizes)} of {sizes[0]:,} to {sizes[-1]:,} elders, {sum(sizes):,} in all",
        f"single runs, one after the other ({len(numbers)} measured)": f"{clock:.1f} s, {cpu:.1f} CPU s",
        f"many, {jobs} jobs": f"{use.clock_s:.1f} s, {use.cpu_s:.1f} CPU s",
        **({f"many, {len(lost)} times cut off before": f"{sum(lost):.1f} s, CPU s unknown"} if lost else {}),
        "of it: until the cluster is open": f"{opened - times['begin'][-1]:.1f} s",
        "of it: rosters hashed and read for borders": f"{first - opened:.1f} s",
        "of it: cities planned": f"{last - first:.1f} s",
        "of it: figures added up": f"{planned - last:.1f} s",
        "of it: the cluster ends": f"{ended - planned:.1f} s",
        "reading for borders, all tasks": f"{sum(task.cpu_s for task in scans):.1f} CPU s",
        "planning, all tasks": (
            f"{sum(task.clock_s for task in plans):.1f} s, {sum(task.cpu_s for task in plans):.1f} CPU s"
        ),
        "a city's task beside the same city alone": (
            f"{sum(task.cpu_s for _alone, task in both) / sum(one.cpu_s for one, _task in both):.2f} of its CPU s"
        ),
        "a worker between two cities": f"{np.median(gaps) * 1000:.0f} ms (at most {max(gaps) * 1000:.0f})",
        "an empty task": f"{times['empty'][-1] * 1000:.1f} ms",
        "a worker without work at the end": f"{last - _find_first_free(plans):.1f} s",
        "peak memory of a worker": f"{largest.peak_bytes / 1e6:,.0f} MB ({need[largest.name] / 1e6:,.0f} MB declared)",
        "peak memory of all processes": f"{use.peak_bytes / 1e6:,.0f} MB",
        "memory by single runs": f"{memory[0] / 1e6:,.0f} MB and {memory[1] / 1e3:,.1f} kB a person",
    }
    pair = border.name.split("+")
    by_name = {task.name: task for task in scans}
    parts = Parts(
        opened - times["begin"][-1],
        times["empty"][-1],
        float(np.median(gaps)),
        fit_power([size_of[task.name] for task in scans], [task.cpu_s for task in scans]),
        fit_power([size_of[task.name] for task in plans], [task.cpu_s for task in plans]),
        border.cpu_s / sum(by_name[name].cpu_s for name in pair),
        (planned - last) / len(sizes),
        ended - planned,
        memory,
    )
    return rows, parts


def _list_gaps(tasks: Sequence[Task]) -> list[float]:
    """Return how long each worker waited between two tasks of a stage."""
    gaps = []
    by_worker: dict[int, list[Task]] = {}
    for task in sorted(tasks, key=lambda task: task.began):
        by_worker.setdefault(task.worker, []).append(task)
    for own in by_worker.values():
        gaps += [later.began - one.ended for one, later in zip(own, own[1:], strict=False)]
    return gaps or [0.0]


def _find_first_free(tasks: Sequence[Task]) -> float:
    """Return when the first worker had nothing to do any more."""
    last: dict[int, float] = {}
    for task in tasks:
        last[task.worker] = max(last.get(task.worker, 0.0), task.ended)
    return min(last.values())


def main(words: list[str]) -> None:
    """Print the table of the region, and that of the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("cities", 30), ("smallest", 300), ("largest", 2000), ("jobs", 2)):
        parser.add_argument(name, nargs="?", type=int, default=value)
    parser.add_argument("--folder", type=Path, help="where rosters and measurements are kept")
    parser.add_argument("--every", type=int, default=1, help="which cities are also run alone")
    given = parser.parse_args(words)
    sizes = np.geomspace(given.smallest, given.largest, given.cities).round().astype(int).tolist()
    with nullcontext(given.folder) if given.folder else TemporaryDirectory(prefix="region-") as name:
        folder = Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        make_region(folder, sizes)
        print(f"made: {sum(sizes):,} elders", flush=True)
        compile_once()
        alone = run_alone(folder, sizes, given.every)
        child = [sys.executable, "-m", __spec__.name, _CHILD]
        record = folder / "many.json"
        if not record.exists():
            use = measure_command([*child, "run_region", str(folder), str(given.jobs)])
            record.write_text(json.dumps([use.clock_s, use.cpu_s, use.peak_bytes]))
        measure_command([*child, "run_parts", str(folder), str(given.jobs)])
        rows, parts = tell_region(sizes, alone, given.jobs, Use(*json.loads(record.read_text())), folder)
    _print_table(rows)
    for cities, smallest, largest, cores in _MODELS:
        modelled = np.geomspace(smallest, largest, cities).round().astype(int).tolist()
        _print_table(predict(parts, modelled, cores) | _say_beyond(modelled, sizes))
    print(f"\n{parts}")


def _say_beyond(modelled: Sequence[int], sizes: Sequence[int]) -> dict[str, str]:
    """Return a row that says how far a model goes beyond what was measured."""
    if max(modelled) <= max(sizes) and min(modelled) >= min(sizes):
        return {}
    return {"beyond what was measured": f"cities of {min(sizes):,} to {max(sizes):,} elders were; others are a guess"}


def _print_table(rows: Mapping[str, str]) -> None:
    print("\n| | |\n| --- | --- |")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    if sys.argv[1:2] == [_CHILD]:
        {"run_region": run_region, "run_parts": run_parts}[sys.argv[2]](Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main(sys.argv[1:])
