"""Neighbourhoods of groups: the volunteers near a group, whoever they serve, and whom else these could have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.groups.bound import GroupBound
from matcher.assignment.groups.problem import GroupedProblem
from matcher.assignment.problem import Index

Mask = NDArray[np.bool_]

_OTHERS = 2
"""Other volunteers of each elder that are looked at."""
_BEST = 5
"""Volunteers of the group itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhoods:
    """The candidates by elder and by volunteer, as index lists."""

    grouped: GroupedProblem
    bound: GroupBound
    by_elder: Index
    elder_start: Index
    by_volunteer: Index
    volunteer_start: Index

    @classmethod
    def of(cls, grouped: GroupedProblem, bound: GroupBound) -> Neighbourhoods:
        """Return those of a problem; candidates of an elder come in order of their excess over the bound."""
        problem = grouped.problem
        by_elder = np.lexsort((bound.excess, problem.elder))
        by_volunteer = np.argsort(problem.volunteer, kind="stable")
        return cls(
            grouped,
            bound,
            by_elder,
            np.searchsorted(problem.elder[by_elder], np.arange(problem.n_elders + 1)),
            by_volunteer,
            np.searchsorted(problem.volunteer[by_volunteer], np.arange(problem.n_volunteers + 1)),
        )

    def list_candidates(self, group: int, chosen: Index, size: int) -> Index:
        """Return the candidates among about ``size`` volunteers around a group, those they serve, and who waits.

        Elders of other groups some of whom are served outside keep their volunteers.
        """
        problem, groups = self.grouped.problem, self.grouped.group
        members = np.flatnonzero(groups == group)
        volunteers: dict[int, None] = {}
        queue = []
        for member in members.tolist():
            if chosen[member] >= 0:
                queue.append(int(problem.volunteer[chosen[member]]))
            queue += problem.volunteer[self._list_arcs(member)[:_BEST]].tolist()
        held: dict[int, list[int]] = {}
        partner = np.where(chosen >= 0, problem.volunteer[np.maximum(chosen, 0)], -1).astype(np.int64)
        while queue and len(volunteers) < size:
            volunteer = queue.pop(0)
            if volunteer in volunteers:
                continue
            volunteers[volunteer] = None
            around = problem.elder[self._list_arcs_to(volunteer)].astype(np.int64)
            held[volunteer] = around[partner[around] == volunteer].tolist()
            for elder in held[volunteer]:
                queue += problem.volunteer[self._list_arcs(elder)[: _OTHERS + 1]].tolist()
        inside = np.zeros(problem.n_volunteers, dtype=bool)
        inside[list(volunteers)] = True
        elders = {elder for mine in held.values() for elder in mine} | {e for e in members.tolist() if chosen[e] < 0}
        elders |= self._find_waiting(volunteers, chosen)
        who = np.array(sorted(elders), dtype=np.int64)
        frozen = self._find_frozen(who, partner)
        arcs = [
            chosen[[elder]] if stays else (mine := self._list_arcs(elder))[inside[problem.volunteer[mine]]]
            for elder, stays in zip(who.tolist(), frozen.tolist(), strict=True)
        ]
        rows = np.concatenate(arcs)
        return np.sort(rows[rows >= 0])

    def _find_waiting(self, volunteers: dict[int, None], chosen: Index) -> set[int]:
        """Return elders left out who could have one of the volunteers, the first by excess, as many as volunteers."""
        problem = self.grouped.problem
        arcs = np.concatenate([self._list_arcs_to(volunteer) for volunteer in volunteers])
        arcs = arcs[chosen[problem.elder[arcs]] < 0]
        first = arcs[np.argsort(self.bound.excess[arcs], kind="stable")][: len(volunteers)]
        return set(problem.elder[first].tolist())

    def _find_frozen(self, who: Index, partner: Index) -> Mask:
        """Return which of the elders are in a group that is not wholly inside."""
        groups = self.grouped.group
        is_in = np.zeros(len(groups), dtype=bool)
        is_in[who] = True
        outside = np.unique(groups[(groups >= 0) & ~is_in & (partner >= 0)])
        return np.asarray((groups[who] >= 0) & np.isin(groups[who], outside))

    def _list_arcs(self, elder: int) -> Index:
        return self.by_elder[self.elder_start[elder] : self.elder_start[elder + 1]]

    def _list_arcs_to(self, volunteer: int) -> Index:
        return self.by_volunteer[self.volunteer_start[volunteer] : self.volunteer_start[volunteer + 1]]
