"""From a region's cities to what each task is asked: inputs, settings, folders, and the memory that it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from matcher.database import is_database
from matcher.errors import InputError, UsageError
from matcher.horizon import Horizon
from matcher.i18n import _, language
from matcher.messages import Issue
from matcher.outputs.tables import Names
from matcher.region.cities import City, Region
from matcher.region.memory import estimate_need
from matcher.region.task import CityOrder, CityResult
from matcher.roster.query import Query
from matcher.roster.source import Source, parse_source
from matcher.run import Inputs, PageRequest, RunRequest
from matcher.settings import load

CITIES, RECORDS, FAULTS = "cities", "figures", "faults"
"""Folders of a region: a run folder a city, the figures of each, and the faults of inputs of those that failed."""


@dataclass(frozen=True, slots=True)
class RegionRequest:
    """Request that is alike for all cities."""

    horizon: Horizon
    out: Path
    overrides: Sequence[str] = ()
    """Settings over each city's own, ``section.key=value``."""
    names: Names = "masked"
    set_aside: bool = False
    calendars: bool = False
    page: PageRequest = field(default_factory=PageRequest)
    last: Path | None = None
    """The region's folder of last month: whose pairs and visits count where a city names none."""


def make_orders(region: Region, request: RegionRequest) -> tuple[list[CityOrder], list[CityResult]]:
    """Return an order for each city, the largest first; and cities that have none, with the reason."""
    orders, failed = [], []
    for city in region.city:
        try:
            orders.append(_make_order(city, region.folders[city.name], request))
        except (InputError, UsageError) as error:
            failed.append(CityResult(city.name, "failed", error.exit_code, str(error)))
    return sorted(orders, key=lambda order: (-order.need_bytes, order.name)), failed


def _make_order(city: City, folder: str, request: RegionRequest) -> CityOrder:
    """Return what a city is asked.

    Raises:
        InputError: its settings are at fault, or it has no people on one side.
        UsageError: a database without a query, or a query without a database.
    """
    inputs = Inputs(
        elders=_make_sources(city, "elders"),
        volunteers=_make_sources(city, "volunteers"),
        previous=city.previous or _find_last(request.last, folder, "pairs.csv"),
        pins=city.pins,
        never=city.never,
        previous_visits=city.previous_visits or _find_last(request.last, folder, "visits.csv"),
        records=city.records,
        settings=city.settings,
    )
    run = RunRequest(
        inputs=inputs,
        horizon=request.horizon,
        out=request.out / CITIES / folder,
        settings=load(city.settings, request.overrides),
        names=request.names,
        set_aside=request.set_aside,
        force=True,  # a folder of this region is replaced where its inputs are others
        calendars=request.calendars,
        page=request.page,
    )
    need = round(city.memory_gb * 1e9) if city.memory_gb else estimate_need(inputs.elders, inputs.volunteers)
    return CityOrder(
        city.name,
        run,
        language(),
        request.out / RECORDS / f"{folder}.json",
        request.out / FAULTS / f"{folder}.csv",
        need,
    )


def _make_sources(city: City, side: str) -> tuple[Source, ...]:
    texts, sql = getattr(city, side), getattr(city, f"{side}_query")
    if not texts:  # of a table that is split: other cities have some
        raise InputError([Issue("cities_no_rows", column=side, value=city.name)])
    databases = [text for text in texts if is_database(text)]
    if bool(databases) != bool(sql):
        raise UsageError(_("{side} of a database need {side}_query, and no others do").format(side=side))
    return tuple(Query(text, sql) if is_database(text) else parse_source(text) for text in texts)


def _find_last(region: Path | None, folder: str, name: str) -> Path | None:
    """Return a file of last month's folder of a city, where there is one."""
    path = region / CITIES / folder / name if region else None
    return path if path and path.is_file() else None
