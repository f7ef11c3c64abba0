"""A region's month: a task for each city, and what they come to together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher.errors import UsageError, explain_write_error
from matcher.i18n import _
from matcher.outputs.folder import write_file
from matcher.publishing import WholeFile, mend
from matcher.publishing.lock import Lock
from matcher.region.cities import Region
from matcher.region.cluster import Engine, Job, Lost
from matcher.region.index_page import write_index_page
from matcher.region.orders import CITIES, FAULTS, RECORDS, RegionRequest
from matcher.region.rollup import TABLES, RegionResult, make_region_frame, summarise_region
from matcher.region.task import INTERNAL, CityOrder, CityResult, plan_city, write_json

SUMMARY = "region.json"
INDEX = "index.html"
_LOCK = ".old-partners-region.lock"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a region is: the city that ended, how many have, of how many, and the shares of work done."""

    result: CityResult
    done: int
    total: int
    share: float


Tell = Callable[[Progress], None]


def plan_region(
    region: Region,
    request: RegionRequest,
    orders: Sequence[CityOrder],
    failed: Sequence[CityResult],
    engine: Engine,
    tell: Tell = lambda _progress: None,
) -> RegionResult:
    """Plan every city, each into its own folder, and write the region's figures.

    Args:
        region: The cities.
        request: What is asked for all of them.
        orders: What each is asked.
        failed: Cities that nothing can be asked of.
        engine: Who carries it out.
        tell: Hears of each city that ends.
    """
    results = {result.name: result for result in failed}
    total, work = len(orders), sum(order.need_bytes for order in orders)
    done = 0
    jobs = [Job(order.name, plan_city, order, order.need_bytes) for order in orders]
    for job, answer in engine.run(jobs):
        result = CityResult(job.name, "failed", INTERNAL, answer.reason) if isinstance(answer, Lost) else answer
        results[job.name] = result
        done += job.need_bytes
        tell(Progress(result, len(results) - len(failed), total, done / max(work, 1)))
    listed = tuple(results[city.name] for city in region.city)
    planned = RegionResult(region.name, f"{request.horizon.start:%Y-%m}", listed)
    write_region(request.out, planned, region)
    return planned


@contextmanager
def hold_region(request: RegionRequest) -> Iterator[None]:
    """Make the region's folder, or go on with it, and keep other commands out while the block runs.

    Raises:
        UsageError: the folder can't be made, is something else's, another month's, or another command is at it.
    """
    out, month = request.out, f"{request.horizon.start:%Y-%m}"
    _refuse_other(out, month)
    lock = None
    try:
        for folder in (out, out / CITIES, out / RECORDS, out / FAULTS):
            folder.mkdir(exist_ok=True)
        with suppress(FileExistsError):
            lock = Lock.take(out / _LOCK)
        lock = lock or Lock.take_over(out / _LOCK)
    except OSError as error:
        text = _("{path} can't be written: {problem}")
        raise UsageError(text.format(path=out, problem=_(explain_write_error(error)))) from error
    if lock is None:
        raise UsageError(_("another command is planning {path}: wait until it ends").format(path=out))
    try:
        if not (out / SUMMARY).exists():
            write_json(out / SUMMARY, {"month": month, "state": "begun"})
        yield
    finally:
        for folder in (out / CITIES, out / RECORDS, out / FAULTS):
            mend(folder)  # what workers that were killed left
        with suppress(OSError):
            (out / FAULTS).rmdir()  # nobody failed
        lock.release()


def write_region(out: Path, planned: RegionResult, region: Region) -> dict[str, Any]:
    """Write the region's tables, its page and its figures; return the figures."""
    summary = summarise_region(planned)
    for kind, name in TABLES.items():
        write_file(out / name, make_region_frame(planned, kind), kind)
    pages = {
        name: f"{CITIES}/{folder}/report.html"
        for name, folder in region.folders.items()
        if (out / CITIES / folder / "report.html").is_file()
    }
    with WholeFile(out / INDEX) as file:
        file.path.write_text(write_index_page(planned, summary, pages), "utf-8", newline="")
        file.publish()
    write_json(out / SUMMARY, summary)
    return summary


def _refuse_other(out: Path, month: str) -> None:
    """Raise ``UsageError`` where a folder stands that is no region of this month."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        if not out.parent.is_dir():
            text = _("{path} can't be made: there is no folder {parent}; make it first, or choose another with --out")
            raise UsageError(text.format(path=out, parent=out.parent))
        return
    try:
        known = json.loads((out / SUMMARY).read_text("utf-8"))["month"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        text = _("{path} exists already and is no region's folder; choose another with --out")
        raise UsageError(text.format(path=out)) from error
    if known != month:
        text = _("{path} holds the region's {known}; choose another folder for {month} with --out")
        raise UsageError(text.format(path=out, known=known, month=month))
