"""``many``: a region of cities, each planned as ``run`` plans it, on this machine's cores or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.text import Text

from matcher.columns import column
from matcher.commands import options
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import Prose, make_console, make_progress, make_table, show_next
from matcher.commands.translated import WholeNumber
from matcher.compile_ahead import compile_once
from matcher.cores import count_cores
from matcher.errors import UsageError
from matcher.i18n import N_, _, join_words
from matcher.region.cities import read_cities
from matcher.region.cluster import Certificates, Engine, ask_for_dask, connect, open_local
from matcher.region.index_page import write_proof, write_total
from matcher.region.memory import measure_memory
from matcher.region.orders import RegionRequest, make_orders
from matcher.region.partitions import split_rosters
from matcher.region.plan_region import INDEX, Progress, hold_region, plan_region, refuse_last, refuse_other
from matcher.region.rollup import RegionResult, summarise_region
from matcher.region.task import CityOrder
from matcher.run import PageRequest
from matcher.settings import load

_MOST_CORES = 4096


@options.command(
    "many",
    text=N_(
        "Plan the month of many cities, each as old-partners run plans it, on this machine's cores or on a Dask "
        "cluster; add up their figures, and prove what they come to across borders."
    ),
)
@options.argument("cities", type=options.FILE, metavar=N_("CITIES.TOML"))
@options.add_month(as_word=False)
@options.option(
    "--out",
    type=options.FILE,
    required=True,
    metavar=N_("FOLDER"),
    help=N_("the region's folder; one that stands is gone on with"),
)
@options.option(
    "--jobs",
    type=WholeNumber(1, _MOST_CORES),
    metavar=N_("N"),
    help=N_("cores to use, of all libraries together; else all that this process may use"),
)
@options.option("--scheduler", metavar="tls://…", help=N_("a Dask cluster that stands, by its scheduler's address"))
@options.add_file_option("--tls-ca", N_("with --scheduler: the certificate of the authority"))
@options.add_file_option("--tls-cert", N_("with --scheduler: this command's certificate"))
@options.add_file_option("--tls-key", N_("with --scheduler: the key of that certificate"))
@options.option(
    "--partition",
    metavar=N_("COLUMN"),
    help=N_(
        "the column by which rosters of all cities in one table are split: a folder of Parquet files, or a database"
    ),
)
@options.option(
    "--last",
    type=options.FILE,
    metavar=N_("FOLDER"),
    help=N_("the region's folder of last month: its pairs and visits"),
)
@options.option(
    "--set",
    "overrides",
    multiple=True,
    metavar=N_("SECTION.KEY=VALUE"),
    help=N_("one setting, over every city's; may be given several times"),
)
@options.add_calendars
@options.add_past
@options.add_set_aside
@options.add_names
@options.add_pages
def many(cities: Path, jobs: int | None, **given: Any) -> int:  # noqa: ANN401 - options of every kind
    """Plan the cities, one by one or several at once."""
    ask_for_dask()
    options.refuse_past(given)
    settings = load(None, given["overrides"])  # what is wrong with them is wrong with no city
    region = split_rosters(read_cities(cities, given["partition"] or ""), settings.conventions())
    request = _make_request(given)
    orders, failed = make_orders(region, request)
    certificates = Certificates(given["tls_ca"], given["tls_cert"], given["tls_key"])
    refuse_other(request)  # before a cluster is waited for
    refuse_last(request)
    _show_without_last(request, orders)
    with (
        _open_engine(given["scheduler"], certificates, orders, jobs) as engine,
        hold_region(request),
        _watch(len(orders)) as tell,
    ):
        planned = plan_region(region, request, orders, failed, engine, tell)
    _show(planned)
    show_next(
        _("open {path} in a browser; cities that failed are tried again by the same command").format(
            path=make_plain(str(request.out / INDEX))
        )
    )
    return planned.exit_code


def _make_request(given: Mapping[str, Any]) -> RegionRequest:
    """Return what is asked for all cities alike."""
    page = PageRequest(not given["no_page"], given["public"], given["geojson"], given["homes"])
    return RegionRequest(
        given["horizon"],
        given["out"].absolute(),
        given["overrides"],
        given["names"],
        given["set_aside"],
        given["calendars"],
        page,
        given["last"].absolute() if given["last"] else None,
    )


def _show_without_last(request: RegionRequest, orders: Sequence[CityOrder]) -> None:
    """Say of which cities last month's region holds no pairs: under another name, a city would lose all of them."""
    if request.last and (names := [order.name for order in orders if order.request.inputs.previous is None]):
        text = _("{path} holds no pairs of {cities}: nothing there counts as last month's")
        shown = text.format(path=request.last, cities=join_words(names))
        make_console(stderr=True).print(Prose(make_plain(shown), "yellow"))


@contextmanager
def _open_engine(
    scheduler: str | None, certificates: Certificates, orders: list[CityOrder], jobs: int | None
) -> Iterator[Engine]:
    """Yield the cluster that is asked for: one of this machine, or one that stands."""
    if scheduler:
        with connect(scheduler, certificates) as engine:
            yield engine
        return
    if certificates != Certificates():
        raise UsageError(_("--tls-ca, --tls-cert and --tls-key need --scheduler"))
    cores = jobs or count_cores()
    compile_once()
    with open_local([order.need_bytes for order in orders] or [1], cores, measure_memory()) as engine:
        yield engine


@contextmanager
def _watch(total: int) -> Iterator[Callable[[Progress], None]]:
    """Yield a function that shows each city that ends: by a line, and on a terminal by a bar with the time left.

    Where the command is stopped it says how many have, and how to go on.
    """
    bar, stand = make_progress(), 0
    with bar:
        task = bar.add_task(_("planning the cities"), total=1.0)

        def tell(progress: Progress) -> None:
            nonlocal stand
            result = progress.result
            stand += result.outcome != "failed"
            text = f"{progress.done}/{progress.total}  {make_plain(result.name)}  {_label(result.outcome)}"
            if result.outcome == "planned":
                text += f"  {result.seconds:.1f} s"
            if result.reason:
                text += f"  {make_plain(result.reason)}"
            bar.console.print(text, style="red" if result.outcome == "failed" else None, soft_wrap=True)
            bar.update(task, completed=progress.share)

        try:
            yield tell
        except KeyboardInterrupt:
            text = _("{count} of {total} cities stand; the same command goes on with the others")
            bar.console.print(text.format(count=stand, total=total), soft_wrap=True)
            raise


def _label(outcome: str) -> str:
    return column("cities", "outcome").choice_label(outcome)


def _show(planned: RegionResult) -> None:
    """Show a row a city, and what they come to."""
    names = ("city", "outcome", "elders", "matched", "from_outside", "volunteers", "contacts_planned")
    headings = (column("cities", name).heading() for name in (*names, "proved"))
    table = make_table(*(heading.replace(" ", "\n") for heading in headings))
    table.collapse_padding = True
    for place in table.columns[1:]:
        place.no_wrap = True  # on a narrow screen a city's name breaks, no number and no header
    for place in table.columns[2:]:
        place.justify = "right"
    for result in planned.results:
        label = Text(_label(result.outcome), "red" if result.outcome == "failed" else "")
        if not result.figures:
            table.add_row(make_plain(result.name), label)
            continue
        elders, contacts = result.figures["elders"], result.figures["schedule"]
        counts = (
            elders["on_roster"],
            elders["matched"],
            elders["from_outside"],
            result.figures["volunteers"]["taking_part"],
        )
        table.add_row(
            make_plain(result.name),
            label,
            *(f"{count:,}" for count in counts),
            f"{contacts['contacts_planned']:,}" if contacts else "",
            _("yes") if result.figures["proof"]["optimal"] else _("no"),
        )
    screen, summary = make_console(), summarise_region(planned)
    screen.print(table)
    for result in planned.failed:
        screen.print(Prose(f"{make_plain(result.name)}: {make_plain(result.reason)}", "red"))
    screen.print(Prose(write_total(summary)))
    screen.print(Prose(write_proof(summary)))
