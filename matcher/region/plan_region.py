"""A region's month: a task for each city, and what they come to together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matcher.errors import UsageError, explain_write_error
from matcher.i18n import _
from matcher.lock import Lock
from matcher.outputs.filenames import make_file_names
from matcher.outputs.folder import write_file
from matcher.publishing import WholeFile, mend
from matcher.publishing.claim import PREFIX, remove
from matcher.region.borders import (
    Border,
    Scan,
    ScanOrder,
    check_border,
    choose_cell_m,
    find_touching,
    list_parts,
    read_borders,
    scan_city,
    write_borders,
)
from matcher.region.cities import Region
from matcher.region.cluster import Engine, Job, Lost
from matcher.region.fingerprint import combine_hashes
from matcher.region.index_page import write_index_page
from matcher.region.orders import CITIES, FAULTS, RECORDS, RegionRequest
from matcher.region.rollup import TABLES, RegionResult, make_region_frame, summarise_region
from matcher.region.task import INTERNAL, CityOrder, CityResult, hash_city, plan_city, write_json
from matcher.region.together import PartOrder, plan_part

SUMMARY = "region.json"
INDEX = "index.html"
TOGETHER = "together"
"""The folder of plans of cities that are solved as one."""
BORDERS = "borders.json"
"""The borders that were found last, and what they follow from."""
_FOLDERS = (CITIES, RECORDS, FAULTS, TOGETHER)
_LOCK = ".old-partners-region.lock"


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a region: the city that ended, how many have, of how many, and the shares of work done."""

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
    stood = {order.name: _read_bytes(order.record) for order in orders}
    records = {order.name: order.record for order in orders}
    are_open = region.borders == "open"
    borders = find_borders(orders, engine, request.out / BORDERS) if are_open else ()
    jobs = _list_jobs(orders, borders, region, request.out)
    work, done = sum(job.need_bytes for job in jobs), 0
    with closing(engine.run(jobs)) as answers:  # a second Ctrl-C while it is closed is one, and no traceback
        for job, answer in answers:
            ended = answer
            if isinstance(answer, Lost):
                ended = tuple(CityResult(name, "failed", INTERNAL, answer.reason) for name in job.names)
            done += job.need_bytes
            for told in ended:
                result = _correct_outcome(told, stood[told.name], records[told.name])
                results[result.name] = result
                tell(Progress(result, len(results) - len(failed), len(orders), done / max(work, 1)))
    _remove_past_plans(region, request.out)
    listed = tuple(_tell_of_earlier(results[city.name], region, request.out) for city in region.city)
    planned = RegionResult(region.name, f"{request.horizon.start:%Y-%m}", listed, tuple(borders), are_open)
    write_region(request.out, planned, region)
    return planned


def _correct_outcome(result: CityResult, stood: bytes, record: Path) -> CityResult:
    """Return a result; a city whose worker was lost once it had published is asked again, and was planned all the same.

    ``stood`` is what its record held before.
    """
    if result.outcome == "unchanged" and _read_bytes(record) != stood:
        return replace(result, outcome="planned")
    return result


def _read_bytes(path: Path) -> bytes:
    """Return what a file holds; nothing where it can't be read."""
    with suppress(OSError):
        return path.read_bytes()
    return b""


def _tell_of_earlier(result: CityResult, region: Region, out: Path) -> CityResult:
    """Return a result; of a city that failed it says that the plan that stands is an earlier one."""
    folder = f"{CITIES}/{region.folders[result.name]}"
    if result.outcome != "failed" or not (out / folder / "manifest.json").is_file():
        return result
    text = _("{reason}; the plan in {folder} is an earlier one")
    return replace(result, reason=text.format(reason=result.reason, folder=folder))


def find_borders(orders: Sequence[CityOrder], engine: Engine, record: Path) -> list[Border]:
    """Return what is known of each two cities that may touch; cities whose inputs are at fault have no borders.

    Where no city's inputs have changed since, it is read from the record: no roster is.
    """
    if len(orders) < 2:
        return []
    inputs = list(engine.run([Job((order.name,), hash_city, order) for order in orders]))
    fingerprint = combine_hashes(sorted(f"{job.names[0]} {answer}" for job, answer in inputs))
    known = read_borders(record, fingerprint)
    if known is not None:
        return known
    cell_m = choose_cell_m(orders)
    scans = list(
        engine.run([Job((order.name,), scan_city, ScanOrder(order, cell_m), order.need_bytes) for order in orders])
    )
    found = sorted((answer for _job, answer in scans if isinstance(answer, Scan)), key=lambda scan: scan.name)
    borders = _check_borders(orders, find_touching(found), engine)
    are_sure = not any(isinstance(answer, Lost) for _job, answer in (*inputs, *scans))
    if are_sure and all(border.outcome != "unknown" for border in borders):
        write_borders(record, fingerprint, borders)
    return borders


def _check_borders(orders: Sequence[CityOrder], touching: Sequence[tuple[str, str]], engine: Engine) -> list[Border]:
    """Return what is known of each two cities that touch."""
    by_name = {order.name: order for order in orders}
    jobs = []
    for names in touching:
        both = (by_name[names[0]], by_name[names[1]])
        jobs.append(Job(names, check_border, both, sum(order.need_bytes for order in both)))
    borders = []
    for job, answer in engine.run(jobs):
        one, other = job.names
        borders.append(Border((one, other), "unknown", reason=answer.reason) if isinstance(answer, Lost) else answer)
    return sorted(borders, key=lambda border: border.cities)


def _remove_past_plans(region: Region, out: Path) -> None:
    """Remove plans of cities that were solved as one of which no city's folder holds a share any more."""
    standing = set()
    for name, folder in region.folders.items():
        with suppress(OSError, ValueError, KeyError, TypeError):
            others = json.loads((out / CITIES / folder / "manifest.json").read_text("utf-8"))["together"]
            standing.add(_name_joint_folder([name, *others], region))
    for plan in (out / TOGETHER).iterdir():
        if plan.name not in standing and (plan / "manifest.json").is_file():
            remove(plan)


def _name_joint_folder(names: Sequence[str], region: Region) -> str:
    """Return what the folder of cities that are solved as one is called."""
    together = "+".join(sorted(region.folders[name] for name in names))
    return make_file_names([together])[together]  # a long name ends with its hash


def _list_jobs(orders: Sequence[CityOrder], borders: Sequence[Border], region: Region, out: Path) -> list[Job]:
    """Return a task for each city, or for cities that are solved as one."""
    by_name = {order.name: order for order in orders}
    jobs = []
    for names in list_parts(list(by_name), borders):
        own = tuple(by_name[name] for name in names)
        need = sum(order.need_bytes for order in own)
        if len(own) == 1:
            jobs.append(Job(tuple(names), plan_city, own[0], need))
        else:
            folder = out / TOGETHER / _name_joint_folder(names, region)
            jobs.append(Job(tuple(names), plan_part, PartOrder(own, folder), need))
    return jobs


@contextmanager
def hold_region(request: RegionRequest) -> Iterator[None]:
    """Make the region's folder, or go on with it, and keep other commands out while the block runs.

    Raises:
        UsageError: the folder can't be made, is something else's, another month's, or another command is at it.
    """
    out, month = request.out, f"{request.horizon.start:%Y-%m}"
    refuse_other(request)
    lock = None
    try:
        for folder in (out, *(out / name for name in _FOLDERS)):
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
        for name in _FOLDERS:
            mend(out / name)  # what workers that were killed left
        for name in (FAULTS, TOGETHER):
            with suppress(OSError):
                (out / name).rmdir()  # nobody failed, or all are apart
        lock.release()


def write_region(out: Path, planned: RegionResult, region: Region) -> dict[str, Any]:
    """Write the region's tables, its page and its figures; return the figures."""
    summary = summarise_region(planned)
    for kind, name in TABLES.items():
        write_file(out / name, make_region_frame(planned, kind), kind)
    with WholeFile(out / INDEX) as file:
        page = write_index_page(planned, summary, _find_pages(out, planned, region))
        file.path.write_text(page, "utf-8", newline="")
        file.publish()
    write_json(out / SUMMARY, summary)
    return summary


def _find_pages(out: Path, planned: RegionResult, region: Region) -> dict[str, str]:
    """Return the address of each city's report page; cities that were solved as one share theirs."""
    pages = {}
    for result in planned.results:
        folder = f"{CITIES}/{region.folders[result.name]}"
        if others := result.figures.get("together"):
            folder = f"{TOGETHER}/{_name_joint_folder([result.name, *others], region)}"
        if (out / folder / "report.html").is_file():
            pages[result.name] = f"{folder}/report.html"
    return pages


def refuse_other(request: RegionRequest) -> None:
    """Raise ``UsageError`` where a folder stands that is no region of this month, or none can be made."""
    out, month = request.out, f"{request.horizon.start:%Y-%m}"
    if not out.exists() or (out.is_dir() and _holds_nothing(out)):
        if not out.parent.is_dir():
            text = _("{path} can't be made: there is no folder {parent}; make it first, or choose another with --out")
            raise UsageError(text.format(path=out, parent=out.parent))
        return
    known = _read_month(out)
    if known is None:
        text = _("{path} exists already and is no region's folder; choose another with --out")
        raise UsageError(text.format(path=out))
    if known != month:
        text = _("{path} holds the region's {known}; choose another folder for {month} with --out")
        raise UsageError(text.format(path=out, known=known, month=month))


def _holds_nothing(folder: Path) -> bool:
    """Return whether a folder holds no more than ``hold_region`` makes first: its command may have been killed then."""
    return all(
        path.name.startswith(PREFIX) or (path.name in _FOLDERS and path.is_dir() and not any(path.iterdir()))
        for path in folder.iterdir()
    )


def refuse_last(request: RegionRequest) -> None:
    """Raise ``UsageError`` where the folder that is named as last month's is no region's, or of no earlier month."""
    if request.last is None:
        return
    known, month = _read_month(request.last), f"{request.horizon.start:%Y-%m}"
    if known is None:
        raise UsageError(_("{path} is no region's folder; name last month's with --last").format(path=request.last))
    if known >= month:
        text = _("{path} holds the region's {known}; name that of a month before {month} with --last")
        raise UsageError(text.format(path=request.last, known=known, month=month))


def _read_month(folder: Path) -> str | None:
    """Return the month of a region's folder, ``2026-12``; None where it is none."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((folder / SUMMARY).read_text("utf-8"))["month"])
    return None
