"""Changes of one row of an assignment problem, as values: see ``solved.Solved.change``."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike


class NoPlanLeftError(ValueError):
    """A change after which no plan keeps all pins."""


@dataclass(frozen=True, slots=True, eq=False)
class AddElder:
    """An elder more, who gets the next number: candidates with costs, and what leaving them out costs."""

    volunteer: ArrayLike
    cost: ArrayLike
    unmatched_cost: int
    limited: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RemoveElder:
    """An elder gone. The number stays, with no candidate and at no cost."""

    elder: int


@dataclass(frozen=True, slots=True, eq=False)
class AddVolunteer:
    """A volunteer more, who gets the next number: candidates with costs, and places.

    ``load_cost`` is given where the problem has load costs. Elders who are pinned elsewhere stay there.
    """

    elder: ArrayLike
    cost: ArrayLike
    capacity: int
    load_cost: ArrayLike | None = None
    limit: int | None = None
    """How many limited elders; None: as many as there are places."""


@dataclass(frozen=True, slots=True, eq=False)
class RemoveVolunteer:
    """A volunteer gone. The number stays, without a place."""

    volunteer: int


@dataclass(frozen=True, slots=True, eq=False)
class Pin:
    """A pair that must be. ``cost`` is given where it is no candidate, or costs something else than that."""

    elder: int
    volunteer: int
    cost: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Bar:
    """A pair that may not be."""

    elder: int
    volunteer: int


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOut:
    """An elder who is to be left out, at what that costs."""

    elder: int


@dataclass(frozen=True, slots=True, eq=False)
class ReplaceRow:
    """Other candidates for an elder, such as after a move to another home."""

    elder: int
    volunteer: ArrayLike
    cost: ArrayLike


@dataclass(frozen=True, slots=True, eq=False)
class SetCapacity:
    """Other places for a volunteer; ``load_cost`` where the row of load costs is to be another, or a longer one."""

    volunteer: int
    capacity: int
    load_cost: ArrayLike | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SetLimit:
    """How many limited elders a volunteer may have."""

    volunteer: int
    limit: int


Change = (
    AddElder | RemoveElder | AddVolunteer | RemoveVolunteer | Pin | Bar | LeaveOut | ReplaceRow | SetCapacity | SetLimit
)
