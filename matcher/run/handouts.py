"""Hand-outs of a month that is planned: from its run folder and the rosters to papers, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from matcher.errors import InputError, UsageError
from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.outputs.handouts.month import By, HandoutMonth
from matcher.outputs.handouts.texts import check_texts
from matcher.outputs.handouts.write import Written, open_handouts, write_handouts
from matcher.outputs.tables import Names
from matcher.programme import Programme
from matcher.roster import load_roster
from matcher.roster.model import Roster
from matcher.roster.pairs import load_file
from matcher.roster.source import Sources
from matcher.roster.table import UnreadError
from matcher.run.inputs import stop_at
from matcher.run.stages import Stages
from matcher.settings import Settings

_NEEDED = ("visits", "pairs")
_MORE = ("unmatched", "unscheduled", "changes", "notices")
_SIDES = {"elder_id": "elders", "volunteer_id": "volunteers"}
_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class HandoutRequest:
    """A request for hand-outs: a run folder, how people are shown and put together, where to write.

    Attributes:
        run: The run folder.
        out: The folder to be.
        programme: What the programme says on its papers.
        names: In full; or masked: then no telephone and no door.
        by: Which volunteers share a file.
        force: Replace hand-outs that nobody has filled in.
    """

    run: Path
    out: Path
    programme: Programme = field(default_factory=Programme)
    names: Names = "full"
    by: By = "team"
    force: bool = False

    @property
    def made_from(self) -> Mapping[str, Path]:
        """Return the files whose SHA-256 the manifest keeps, by kind."""
        return {kind: self.run / f"{kind}.csv" for kind in _NEEDED}

    def check(self, *, planned: bool = True) -> None:
        """Raise where hand-outs can't be written, before anything is read; ``planned``: the run folder is there.

        Raises:
            UsageError: a text finds no room, the run folder is none, or the folder is not to be written.
        """
        check_texts(self.programme)
        if planned and (missing := [path.name for path in self.made_from.values() if not path.is_file()]):
            text = _("{path} has no {names}: name with --run the folder that old-partners run or schedule wrote")
            raise UsageError(text.format(path=self.run, names=", ".join(missing)))
        open_handouts(self.out, self.made_from, force=self.force)


def make_handouts(
    request: HandoutRequest,
    elders: Sources,
    volunteers: Sources,
    settings: Settings,
    stages: Stages | None = None,
    *,
    set_aside: bool = False,
) -> Written:
    """Write the hand-outs of a run folder, with particulars from the rosters.

    Raises:
        InputError: rosters or files of the run folder are at fault.
        UsageError: the run folder is none or is not of these rosters, or the folder can't be written.
    """
    stages = stages or Stages()
    request.check()
    horizon = find_month(request.run)
    with stages("read"):
        try:
            roster = load_roster(elders, volunteers, settings, horizon.start)
        except UnreadError as error:
            raise InputError(error.issues) from error
        stop_at(roster.issues, set_aside=set_aside)
        frames = _read_frames(request.run, roster)
    return write_month(request, roster, horizon, frames, stages)


def make_handouts_of_run(request: HandoutRequest, roster: Roster, horizon: Horizon, stages: Stages) -> Written:
    """Write the hand-outs of a month that was planned just now; raise as ``make_handouts``."""
    return write_month(request, roster, horizon, _read_frames(request.run, roster), stages)


def write_month(
    request: HandoutRequest, roster: Roster, horizon: Horizon, frames: Mapping[str, pd.DataFrame], stages: Stages
) -> Written:
    """Write the hand-outs of a month's tables; raise as ``make_handouts``."""
    _check_belongs(request.run, roster, frames)
    month = HandoutMonth(roster, horizon, frames, request.names, request.by)
    advance: Callable[[int, int], None] | None = stages.progress
    with stages("write"):
        return write_handouts(
            request.out, month, request.programme, request.made_from, force=request.force, on_progress=advance
        )


def find_month(run: Path) -> Horizon:
    """Return the month that a run folder plans: as its manifest says, else by its first contact.

    Raises:
        UsageError: nothing tells.
        InputError: the contacts can't be read.
    """
    try:
        told = json.loads((run / "manifest.json").read_text("utf-8"))["options"]["month"]
        return Horizon.of_month(told)
    except (OSError, ValueError, KeyError, TypeError):
        visits, _issues = load_file(run / "visits.csv", "visits")
    if not len(visits):
        raise UsageError(_("{path} does not say which month it plans: its manifest.json is missing").format(path=run))
    return Horizon.of_month(f"{visits['date'].min():%Y-%m}")


def _read_frames(run: Path, roster: Roster) -> dict[str, pd.DataFrame]:
    """Return the tables of a run folder that hand-outs tell of.

    Raises:
        InputError: with every fault of every table.
    """
    frames, issues = {}, []
    for kind in (*_NEEDED, *_MORE):
        path = run / f"{kind}.csv"
        if kind in _NEEDED or path.is_file():
            try:
                frames[kind], found = load_file(path, kind, roster)
            except InputError as error:
                found = list(error.issues)
            issues += found
    if any(issue.severity == "error" for issue in issues):
        raise InputError(issues)
    return frames


def _check_belongs(run: Path, roster: Roster, frames: Mapping[str, pd.DataFrame]) -> None:
    """Raise where the run names people whom the rosters do not have: their sheets would lack them.

    Raises:
        UsageError: with some of them, and what to do.
    """
    unknown: list[str] = []
    for kind in _NEEDED:
        for name, side in _SIDES.items():
            ids = frames[kind][name]
            unknown += ids[(ids != "") & ~ids.isin(getattr(roster, side)["id"])].unique().tolist()
    if unknown:
        people = list(dict.fromkeys(unknown))
        text = _(
            "{path} plans for people whom these rosters do not have, or whose rows are at fault ({count}: {ids}); give "
            "the rosters that it was made from, or plan the month again with these"
        )
        raise UsageError(text.format(path=run, count=len(people), ids=_list_some(people)))


def _list_some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_SAMPLES]) + (" …" if len(ids) > _SAMPLES else "")
