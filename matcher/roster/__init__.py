"""Rosters: reading files, checking them, and the values they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

import pandas as pd

from matcher.beside import begin
from matcher.errors import InputError
from matcher.messages import Issue
from matcher.roster.availability import render
from matcher.roster.check import check, take_sound_rows
from matcher.roster.coordinate_checks import check_coordinates
from matcher.roster.cross_checks import RosterSide, check_across
from matcher.roster.home_keys import add_keys, add_keys_beside
from matcher.roster.make_table import RESERVED
from matcher.roster.model import Roster
from matcher.roster.places import place_homes, tell_unplaced
from matcher.roster.query import Query
from matcher.roster.read import read_table, table_of_frame
from matcher.roster.shared_points import refuse_shared_points
from matcher.roster.source import Sheet, Source, Sources, name_sources_together
from matcher.roster.table import Reading, RowAccount, Table, UnreadError
from matcher.roster.unmatched_words import find_unmatched_words
from matcher.roster.wrong_datums import find_wrong_datums
from matcher.settings import Settings

_Source = TypeVar("_Source")

__all__ = ["Query", "Sheet", "Source", "Sources", "load_roster", "make_roster", "read_places", "read_side"]


def load_roster(elders: Sources, volunteers: Sources, settings: Settings, on: date | None = None) -> Roster:
    """Read and check both rosters. Rows at fault are left out and named in ``issues``, whether errors or warnings.

    Args:
        elders: A file, a folder with a file a committee, a sheet, a query, or several of these as one roster.
        volunteers: The same.
        settings: With headers of the user's own.
        on: The date that ages are reckoned at; None: they are not checked.

    Raises:
        UnreadError: a source can't be read as a roster at all; with all issues of both rosters.
    """
    sources = {"elders": elders, "volunteers": volunteers}
    names = name_sources_together(elders, volunteers)

    def read(given: Sources, kind: str) -> Table:
        return read_table(given, kind, settings.conventions(), names)

    return _roster(read, sources, settings, on)


def make_roster(elders: pd.DataFrame, volunteers: pd.DataFrame, settings: Settings, on: date | None = None) -> Roster:
    """Check both rosters, given as frames of text or of typed values, the frames of a ``Roster`` too.

    Columns as in files; but ``lng`` and ``lat``, their names in a ``Roster``, are WGS-84 as there. Row numbers are
    positions plus 2, as if the frames were sheets with a header.

    Raises:
        InputError: as ``load_roster``.
    """
    frames = {"elders": elders, "volunteers": volunteers}
    made_here = list(RESERVED)
    frames = {kind: _with_clock(frame) for kind, frame in frames.items()}
    frames = {
        kind: frame.drop(columns=made_here, errors="ignore").rename(columns={"lng": "lng_wgs84", "lat": "lat_wgs84"})
        for kind, frame in frames.items()
    }
    return _roster(table_of_frame, frames, settings, on)


def read_side(source: Source, kind: str) -> pd.DataFrame:
    """Return the people of one roster, typed, with coordinates in WGS-84.

    Raises:
        InputError: the source or some of its rows are at fault.
    """
    side, issues = check(read_table((source,), kind), Settings())
    if any(issue.severity == "error" for issue in issues):
        raise InputError(issues)
    return take_sound_rows(side, Settings())[0]


def read_places(source: Source, elders: pd.DataFrame, settings: Settings) -> tuple[pd.DataFrame, list[Issue]]:
    """Return places where somebody could live, read as a roster of volunteers, and all faults.

    Each has coordinates, its own or those of its building, lane, compound or committee by the roster of elders.

    Raises:
        InputError: the source can't be read.
    """
    sides, issues = check(read_table((source,), "volunteers", settings.conventions()), settings)
    side, known, found = add_keys_beside(sides, elders)
    placed, _elders = place_homes(take_sound_rows(side, settings)[0], known)
    return placed, [*issues, *found, *check_coordinates(side.table, side.frame)]


def _with_clock(frame: pd.DataFrame) -> pd.DataFrame:
    """A roster's own frame holds clock times apart from half-days: both go back into words."""
    if "clock" not in frame or "availability" not in frame or not pd.api.types.is_integer_dtype(frame["availability"]):
        return frame
    both = zip(frame["availability"].tolist(), frame["clock"].tolist(), strict=True)
    return frame.assign(availability=[render(mask, clock) for mask, clock in both])


def _roster(
    read: Callable[[_Source, str], Table], sources: Mapping[str, _Source], settings: Settings, on: date | None
) -> Roster:
    def one(kind: str) -> tuple[RosterSide, list[Issue]] | InputError:
        try:
            return check(read(sources[kind], kind), settings, on)
        except InputError as error:
            return error

    issues: list[Issue] = []
    people: list[RosterSide] = []
    readings: list[Reading] = []
    # what parses files holds no lock
    for outcome in [get() for get in [begin(partial(one, kind)) for kind in sources]]:
        if isinstance(outcome, InputError):
            issues += outcome.issues
            readings += outcome.readings if isinstance(outcome, UnreadError) else ()
        else:
            people.append(outcome[0])
            readings += outcome[0].table.readings
            issues += outcome[1]
    for step in (refuse_shared_points, add_keys) if people else ():
        people, found = step(people)
        issues += found
    for roster in people:
        issues += check_coordinates(roster.table, roster.frame)
    if len(people) == len(sources):
        issues += check_across(*people)
        issues += find_unmatched_words(people[0], people[1], settings)
        issues += find_wrong_datums(people)
    if any(issue.severity == "error" and issue.row is None for issue in issues):
        raise UnreadError(issues, readings)
    (elders, elders_aside), (volunteers, volunteers_aside) = (take_sound_rows(roster, settings) for roster in people)
    elders, volunteers = place_homes(elders, volunteers)
    issues += tell_unplaced(elders, "place_unknown_elder")
    issues += tell_unplaced(volunteers, "place_unknown_volunteer")
    by_kind = {"elders": elders, "volunteers": volunteers}
    return Roster(
        elders,
        volunteers,
        tuple(issues),
        elders_aside,
        volunteers_aside,
        tuple(readings),
        _account(readings, by_kind),
        pd.concat([_list_set_aside(roster, by_kind[roster.table.kind]) for roster in people], ignore_index=True),
    )


def _account(readings: Sequence[Reading], frames: Mapping[str, pd.DataFrame]) -> tuple[RowAccount, ...]:
    """Return what became of the rows of each source."""
    people = {kind: frame["file"].value_counts().to_dict() for kind, frame in frames.items()}
    return tuple(RowAccount.of(reading, int(people[reading.kind].get(reading.file, 0))) for reading in readings)


def _list_set_aside(everybody: RosterSide, used: pd.DataFrame) -> pd.DataFrame:
    """Return the people of a roster who are not used, because their rows are at fault."""
    frame = everybody.frame[["file", "row", "id", "name"]]
    if len(used) < len(frame):
        places = set(zip(used["file"].tolist(), used["row"].tolist(), strict=True))
        own = zip(frame["file"].tolist(), frame["row"].tolist(), strict=True)
        frame = frame[[place not in places for place in own]]
    else:
        frame = frame[:0]
    return frame.assign(kind=everybody.table.kind)[["kind", "file", "row", "id", "name"]]
