"""Plots for notebooks: what a pair costs, the plan on a map, what plans cost each other, how loads are spread.

They need matplotlib: ``pip install "old-partners[plot]"``. Each function returns a ``Plot``: a figure and the table
that it shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.analysis.compared_plan import ComparedPlan
from matcher.i18n import _
from matcher.matching.candidates import find_eligible_people
from matcher.matching.capacity import compute_capacity
from matcher.outputs.cost_terms import TERMS
from matcher.plan import Plan
from matcher.roster.nearest_spelling import find_person

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MORE, _LESS, _TOTAL, _PALE = "#c0504d", "#4f8f4f", "#3b6ea5", "#9db7d5"
_M_PER_DEGREE = 111_195.0
"""Metres of a degree of latitude on the mean sphere: near enough for a picture."""
_RASTER_FROM = 5_000
"""Points from which on a map is stored as pixels within its SVG."""


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """A figure, and the table that it shows."""

    figure: Figure
    table: pd.DataFrame

    def _repr_html_(self) -> str:
        """Return the figure as SVG, for a notebook."""
        return write_svg(self.figure)

    def save(self, path: str | Path) -> None:
        """Write the figure to a file; its ending says as what: .svg, .png, .pdf."""
        self.figure.savefig(path)


def draw_pair(plan: Plan, elder: str, *, width: float = 7.0) -> Plot:
    """Draw what an elder's pair costs, a step a term: a waterfall.

    Args:
        plan: The plan.
        elder: The elder's id or name.
        width: Inches.

    Raises:
        UsageError: nobody is called so, or several are.
        ValueError: the elder has no volunteer.
    """
    rows = np.flatnonzero(plan.elder == find_person(plan.month.roster, "elders", elder))
    if not len(rows):
        raise ValueError(_("{elder} has no volunteer: matcher.why says why").format(elder=elder))
    row = int(rows[0])
    terms = {name: int(term[row]) for name, term in plan.cost_terms.items() if name == "walking" or term[row]}
    table = pd.DataFrame(
        {"term": list(terms), "metres": list(terms.values())},
        index=[_(TERMS[name]) if name in TERMS else name for name in terms],
    )
    end = table["metres"].cumsum().to_numpy()
    start = np.concatenate(([0], end[:-1])).astype(np.int64)
    axes = _make_axes(width, 1.0 + 0.4 * (len(table) + 1))
    colours = [_MORE if metres > 0 else _LESS for metres in table["metres"]]
    at = np.arange(len(table))
    axes.barh(at, table["metres"], left=start, color=colours)
    axes.barh([len(table)], [end[-1]], color=_TOTAL)
    axes.set_yticks([*at, len(table)], [*table.index, _("the pair's cost")])
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    labels = [f"{metres:+,}" for metres in table["metres"]] + [f"{end[-1]:,}"]
    for place, (edge, text) in enumerate(zip([*np.maximum(start, end), max(end[-1], 0)], labels, strict=True)):
        axes.annotate(text, (edge, place), (4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.margins(x=0.12)
    axes.set_xlabel(_("metres"))
    return Plot(_get_figure(axes), table.assign(start=start, end=end))


def draw_map(plan: Plan, *, width: float = 7.0) -> Plot:
    """Draw homes and pairs on a plain map, north up. Everybody stands at home: show it to nobody who may not know."""
    roster, served = plan.month.roster, plan.volunteer_of >= 0
    waits = find_eligible_people(plan.features, plan.rules)[0] & ~served  # who takes no part is not waiting
    points = {side: people[["lng", "lat"]].to_numpy(float) for side, people in _list_sides(plan)}
    middle = np.nanmean(np.vstack(list(points.values())), axis=0)
    scale = _M_PER_DEGREE * np.array([np.cos(np.radians(middle[1])), 1.0])
    elders, volunteers = ((points[side] - middle) * scale for side in ("elders", "volunteers"))
    from matplotlib.collections import LineCollection  # noqa: PLC0415 - an optional package

    axes = _make_axes(width, width)
    is_large = len(elders) + len(volunteers) > _RASTER_FROM
    lines = np.stack((elders[plan.elder], volunteers[plan.volunteer]), axis=1)
    axes.add_collection(LineCollection(list(lines), colors=_PALE, linewidths=0.7, rasterized=is_large))
    layers = (
        (elders[served], "o", _TOTAL, _("elders with a volunteer")),
        (elders[waits], "o", _MORE, _("elders without a volunteer")),
        (volunteers, "^", _LESS, _("volunteers")),
    )
    size = 4 if is_large else 14
    for where, marker, colour, label in layers:
        axes.scatter(where[:, 0], where[:, 1], s=size, marker=marker, c=colour, label=label, rasterized=is_large)
    axes.set_aspect("equal")
    axes.set_xlabel(_("metres east of the middle"))
    axes.set_ylabel(_("metres north of the middle"))
    axes.legend(loc="upper left", fontsize=8)
    ids = [people["id"].to_numpy(object) for people in (roster.elders, roster.volunteers)]
    table = pd.DataFrame(
        {"elder_id": ids[0][plan.elder], "volunteer_id": ids[1][plan.volunteer], "distance_m": plan.distance_m}
    )
    return Plot(_get_figure(axes), table)


def draw_front(plans: Mapping[str, Plan], x: str = "mean_m", y: str = "served", *, width: float = 6.0) -> Plot:
    """Draw plans by two of their figures, joined in the order in which they are given.

    Args:
        plans: Plans by what they are called, as of a setting turned in steps.
        x: A figure's name, as the index of ``matcher.compare(…).terms`` has them.
        y: Another.
        width: Inches.

    Raises:
        ValueError: a figure is not known.
    """
    rows = {name: ComparedPlan.of(plan).figures for name, plan in plans.items()}
    for name in (x, y):
        if not any(name in figures for figures in rows.values()):
            known = ", ".join(next(iter(rows.values()), {}))
            raise ValueError(_("no figure is called {name}: they are {known}").format(name=name, known=known))
    table = pd.DataFrame({name: {x: row.get(x, 0.0), y: row.get(y, 0.0)} for name, row in rows.items()}).T
    axes = _make_axes(width, 0.62 * width)
    axes.plot(table[x], table[y], "o-", color=_TOTAL)
    for label, point in zip(table.index, table[[x, y]].to_numpy(float).tolist(), strict=True):
        axes.annotate(str(label), (point[0], point[1]), (5, 5), textcoords="offset points", fontsize=8)
    axes.margins(0.12)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    return Plot(_get_figure(axes), table)


def draw_loads(plan: Plan, *, width: float = 6.0) -> Plot:
    """Draw how many volunteers have how many elders, beside how many have places for so many (units or minutes)."""
    there = np.asarray(compute_capacity(plan.features) > 0) | (plan.load > 0)
    places, load = compute_capacity(plan.features)[there], plan.load[there]
    most = int(max(load.max(initial=0), places.max(initial=0) if plan.month.settings.capacity.unit == "elders" else 0))
    table = pd.DataFrame({"volunteers": np.bincount(load, minlength=most + 1)}, index=range(most + 1))
    axes = _make_axes(width, 0.55 * width)
    if plan.month.settings.capacity.unit == "elders":
        table["with_places"] = np.bincount(places, minlength=most + 1)
        axes.step(table.index, table["with_places"], where="mid", color=_MORE, label=_("places"))
    axes.bar(table.index, table["volunteers"], color=_TOTAL, label=_("elders"))
    axes.set_xticks(table.index)
    axes.locator_params(axis="y", integer=True)
    axes.set_xlabel(_("elders of a volunteer"))
    axes.set_ylabel(_("volunteers"))
    axes.legend(fontsize=8)
    return Plot(_get_figure(axes), table.rename_axis("elders"))


def write_svg(figure: Figure) -> str:
    """Return a figure as SVG: the same figure gives the same text."""
    import matplotlib as mpl  # noqa: PLC0415 - an optional package

    file = StringIO()
    with mpl.rc_context({"svg.hashsalt": "old-partners"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    text = file.getvalue()
    return text[text.index("<svg") :]


def _list_sides(plan: Plan) -> tuple[tuple[str, pd.DataFrame], ...]:
    roster = plan.month.roster
    return ("elders", roster.elders), ("volunteers", roster.volunteers)


def _make_axes(width: float, height: float) -> Axes:
    """Return axes of a figure of its own, which no window shows.

    Raises:
        ImportError: matplotlib is not there.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise ImportError(_('plots need matplotlib: pip install "old-partners[plot]"')) from error
    axes: Axes = Figure(figsize=(width, height), layout="constrained").subplots()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes


def _get_figure(axes: Axes) -> Figure:
    """Return the figure that axes stand in."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure
