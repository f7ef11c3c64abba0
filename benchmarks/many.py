"""Plan a region of cities at once, beside single runs: total time, overhead per task, memory by size.

Run as ``python -m benchmarks.many [CITIES] [SMALLEST] [LARGEST] [JOBS]``. Cities lie far apart; sizes grow
geometrically. Each step says itself as it ends. Each single run is a process of its own, whose peak is its own: so
memory a person is measured.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from matcher.compile_ahead import compile_once
from matcher.horizon import Horizon
from matcher.region import machine
from matcher.region.cities import read_cities
from matcher.region.cluster import open_local
from matcher.region.orders import RegionRequest, make_orders
from matcher.region.plan_region import Progress, hold_region, plan_region
from matcher.region.task import measure_peak
from matcher.run import Inputs, RunRequest, run
from matcher.sample import make_sample
from matcher.sample.write import write_sample

MONTH = Horizon.of_month("2026-12")
APART_DEG = 0.5
VOLUNTEERS = 0.22


def make_region(folder: Path, sizes: list[int]) -> Path:
    """Write the rosters of cities of these sizes, and the file that lists them."""
    lines = []
    for number, elders in enumerate(sizes):
        own = folder / f"c{number:03}"
        own.mkdir()
        write_sample(make_sample(elders, max(2, round(VOLUNTEERS * elders)), number), own)
        for side in ("elders", "volunteers"):
            path = own / f"{side}.csv"
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
            name = next(name for name in frame.columns if name.startswith("lng"))
            frame[name] = [f"{float(cell) + APART_DEG * number:.6f}" if cell else "" for cell in frame[name]]
            frame["id"] = f"{number:03}" + frame["id"]
            frame.to_csv(path, index=False, encoding="utf-8-sig")
        lines += ["[[city]]", f'name = "City {number:03}"']
        lines += [f'{side} = "{own.name}/{side}.csv"' for side in ("elders", "volunteers")]
    path = folder / "cities.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path


def measure_cpu() -> float:
    """Return the CPU time of this process and of its children that have ended, seconds."""
    return sum(
        use.ru_utime + use.ru_stime for use in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def run_city(folder: Path, number: int) -> tuple[float, float, int]:
    """Return wall and CPU time of one city's run in this process, and the most memory that it held."""
    own = folder / f"c{number:03}"
    began, cpu = time.perf_counter(), measure_cpu()
    run(RunRequest(Inputs(own / "elders.csv", own / "volunteers.csv"), MONTH, folder / f"alone{number:03}"))
    return time.perf_counter() - began, measure_cpu() - cpu, measure_peak()


def measure_single_runs(folder: Path, sizes: list[int]) -> Iterator[tuple[float, float, int]]:
    """Yield wall and CPU time and peak memory of each city's run, one after the other, each in a process of its own."""
    for number, elders in enumerate(sizes):
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            wall, cpu, peak = pool.submit(run_city, folder, number).result()
        print(f"alone, {elders:,} elders: {wall:.1f} s, {cpu:.1f} CPU s, {peak / 1e6:,.0f} MB", flush=True)
        yield wall, cpu, peak


def fit_memory(sizes: list[int], peaks: Sequence[int]) -> tuple[int, int]:
    """Return bytes before the first person and for each, by a line through the peaks of single runs."""
    people = np.array(sizes) * (1 + VOLUNTEERS)
    slope, base = np.polyfit(people, peaks, 1)
    return round(base), round(slope)


def tell(progress: Progress) -> None:
    """Print a city as it ends."""
    one = progress.result
    print(
        f"{progress.done} of {progress.total}: {one.name} {one.outcome}, {one.seconds:.1f} s, "
        f"{one.peak_bytes / 1e6:,.0f} MB; {one.reason}",
        flush=True,
    )


def main(cities: int = 30, smallest: int = 300, largest: int = 2000, jobs: int = 2) -> None:
    """Print the table."""
    sizes = np.geomspace(smallest, largest, cities).round().astype(int).tolist()
    with TemporaryDirectory(prefix="region-") as name:
        folder = Path(name)
        path = make_region(folder, sizes)
        print(f"made: {sum(sizes):,} elders", flush=True)
        compile_once()
        print("compiled", flush=True)
        alone = list(measure_single_runs(folder, sizes))
        request = RegionRequest(MONTH, folder / "region")
        orders, failed = make_orders(read_cities(path), request)
        assert not failed
        began, cpu = time.perf_counter(), measure_cpu()
        with (
            hold_region(request),
            open_local([order.need_bytes for order in orders], jobs, machine.measure_memory()) as engine,
        ):
            opened = time.perf_counter() - began
            print(f"cluster open after {opened:.1f} s", flush=True)
            planned = plan_region(read_cities(path), request, orders, failed, engine, tell)
            ended = time.perf_counter() - began
        whole, cpu = time.perf_counter() - began, measure_cpu() - cpu
    assert not planned.failed, planned.failed
    own = sum(one.seconds for one in planned.results)
    need = {order.name: order.need_bytes for order in orders}
    peak = max(planned.results, key=lambda one: one.peak_bytes)
    walls, cpus, peaks = zip(*alone, strict=True)
    base, person = fit_memory(sizes, peaks)
    rows = {
        "cities": f"{cities} of {sizes[0]:,} to {sizes[-1]:,} elders, {sum(sizes):,} in all",
        "single runs, one after the other": f"{sum(walls):.1f} s, {sum(cpus):.1f} CPU s",
        f"many, {jobs} jobs": f"{whole:.1f} s, {cpu:.1f} CPU s",
        "of it: the cluster starts": f"{opened:.1f} s",
        "of it: it ends": f"{whole - ended:.1f} s",
        "tasks' own time, added up": f"{own:.1f} s",
        "overhead per task (workers' time beside tasks)": f"{((ended - opened) * jobs - own) / cities:.2f} s",
        "peak memory of a worker": f"{peak.peak_bytes / 1e6:.0f} MB ({need[peak.name] / 1e6:.0f} MB declared)",
        "memory by single runs": f"{base / 1e6:,.0f} MB and {person / 1e3:,.1f} kB a person",
    }
    print("| | |\n| --- | --- |")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
