"""The task of cities that touch: one problem over all of them, and each city's files written from its plan."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from matcher.columns import column
from matcher.compile_ahead import compile_once
from matcher.errors import InputError
from matcher.outputs.folder import RunFolder
from matcher.outputs.localised import write_csv
from matcher.region.figures import count_city
from matcher.region.fingerprint import combine_hashes
from matcher.region.task import CityOrder, CityResult, guard, hash_city, measure_peak, read_record, write_record
from matcher.region.unite import find_people, join_requests
from matcher.run import RunResult, run
from matcher.run_folder import RUN_FILES

_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class PartOrder:
    """Cities that are solved as one, and the folder of their plan."""

    orders: tuple[CityOrder, ...]
    out: Path = field(repr=False)


def plan_part(part: PartOrder) -> tuple[CityResult, ...]:
    """Plan cities as one, unless they stand already, made from the same; raise nothing.

    Their plan is a run folder like any other, verified and whole. Each city's own folder holds its elders' rows of it.
    """
    return guard(part.orders, lambda: _plan(part))


def _plan(part: PartOrder) -> tuple[CityResult, ...]:
    begun = time.monotonic()
    orders = part.orders
    each = [hash_city(order) for order in orders]
    fingerprint = combine_hashes(each) if all(each) else ""
    known = [read_record(order.record, order.request.out, fingerprint) for order in orders]
    if all(figures is not None for figures in known) and (part.out / _MANIFEST).is_file():
        return tuple(
            CityResult(order.name, "unchanged", int(figures["exit_code"]), figures=figures)
            for order, figures in zip(orders, known, strict=True)
            if figures is not None
        )
    compile_once()
    with TemporaryDirectory(prefix="old-partners-") as scratch:
        request = join_requests(orders, scratch, part.out).request
        try:
            done = run(request)
        except InputError as error:
            raise InputError(request.origins.trace_issues(error.issues)) from error
    results = []
    for order in orders:
        others = [one.name for one in orders if one is not order]
        elders, volunteers = find_people(order, orders, done.month.roster)
        figures = count_city(done.plan, done.schedule, elders, volunteers)
        figures |= {"proof": done.summary["proof"], "exit_code": done.exit_code, "together": others}
        ids = (set(done.month.roster.elders["id"][elders]), set(done.month.roster.volunteers["id"][volunteers]))
        _write_share(order, done, ids, figures)
        write_record(order.record, order.request.out, fingerprint, figures)
        order.faults.unlink(missing_ok=True)
        seconds = round(time.monotonic() - begun, 3)
        results.append(CityResult(order.name, "planned", done.exit_code, "", figures, seconds, measure_peak()))
    return tuple(results)


def _write_share(order: CityOrder, done: RunResult, ids: tuple[set[str], set[str]], figures: dict[str, object]) -> None:
    """Write a city's folder: the rows of its elders, and of its volunteers where a table tells of them alone."""
    manifest = json.loads((done.folder / _MANIFEST).read_text("utf-8"))
    with RunFolder(order.request.out, force=True, inputs=order.request.inputs.paths()) as folder:
        for file in RUN_FILES:
            names = [one.name for one in file.columns if one.name in ("elder_id", "volunteer_id")]
            if names and (done.folder / file.name).is_file():
                table = pd.read_csv(done.folder / file.name, dtype=str, keep_default_na=False, encoding="utf-8-sig")
                write_csv(folder.path / file.name, _take_own(table, file.kind, names, ids))
        folder.write_json("summary.json", figures)
        folder.write_json(_MANIFEST, {**manifest, "command": "many", "together": figures["together"]})
        folder.publish()


def _take_own(table: pd.DataFrame, kind: str, names: Sequence[str], ids: tuple[set[str], set[str]]) -> pd.DataFrame:
    """Return the rows of a table that are a city's: of its elders, else of its volunteers."""
    by_side = dict(zip(("elder_id", "volunteer_id"), ids, strict=True))
    own = pd.Series(data=False, index=table.index)
    told = pd.Series(data=False, index=table.index)
    for name in names:
        cells = table[column(kind, name).header()].str.removeprefix("'")
        own |= cells.isin(by_side[name]) & ~told
        told |= cells != ""
    return table[own]
