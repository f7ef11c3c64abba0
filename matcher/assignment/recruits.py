"""Recruits: where volunteers more would serve most elders more, then cost least, found greedily and by paths.

What a set of recruits saves is submodular: the value of an assignment as a function of the volunteers at hand (Shapley
1962; Gale and Politof 1981), load costs and limits included. So a recruit never saves more after others than before
them, and the greedy algorithm is lazy (Minoux 1978): a place is evaluated anew only where what it saved at last is
still the most. An elder more counts above all that costs can differ, so that the count comes first in one sum; the
count is submodular too, and so has a bound at each state: what is served, and the most that so many could add singly.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from matcher.assignment.draft import SMALL
from matcher.assignment.flow.duals import compute_least_duals
from matcher.assignment.kernels import added_places
from matcher.assignment.kernels.added_places import OF_ELDER, Held, Reach
from matcher.assignment.kernels.residual_paths import FAR, Search, Sides
from matcher.assignment.problem import AssignmentProblem, Index
from matcher.compiling import choose_form

_MANY = 2**31
_SCANS = 4
"""Times that all candidates are looked at in trials before prices are renewed, which takes about as long."""


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Sites where a recruit could live: whom each could serve, at what cost, and how many."""

    site: Index
    """Site of each pair, ascending, (n,)."""
    elder: Index
    """Elder of each pair, (n,)."""
    cost: Index
    """Cost of each pair, (n,)."""
    capacity: Index
    """Places of a recruit, (n_sites,)."""
    limit: Index | None = None
    """Limited elders that a recruit may have, (n_sites,); None: as many as there are places."""
    load_cost: Index | None = None
    """Cost beside of a recruit's first, second, … elder, (n_sites, most); None: nothing."""

    def __len__(self) -> int:
        """Return how many sites there are."""
        return len(self.capacity)

    @property
    def first(self) -> Index:
        """Return where the pairs of each site begin, and the last end, (n_sites + 1,)."""
        return np.searchsorted(self.site, np.arange(len(self) + 1))


def bound_with_recruits(problem: AssignmentProblem, sites: Sites, recruits: int) -> int:
    """Return ``bound_exchange`` of the problem with so many recruits at any sites."""
    lowest, highest = int(sites.cost.min(initial=0)), int(sites.cost.max(initial=0))
    k = problem.n_volunteers + recruits
    if problem.limited is not None:
        k *= 2
    lowest, highest = min(lowest, int(problem.cost.min(initial=0))), max(highest, int(problem.cost.max(initial=0)))
    for table in (problem.load_cost, sites.load_cost):
        if table is not None:
            lowest, highest = lowest + min(int(table.min(initial=0)), 0), highest + max(int(table.max(initial=0)), 0)
    return max(k * highest - (k - 1) * lowest, highest, 0) + 1 + max(0, -lowest)


@dataclass(frozen=True, slots=True)
class Gain:
    """Gain by a recruit: elders more, and the fall of the plan's cost beside, tiers among it."""

    served: int
    saved: int


@dataclass(frozen=True, slots=True, eq=False)
class Commit:
    """A recruit who was taken: the site, the gain, and who has another volunteer since."""

    site: int
    gain: Gain
    elders: Index
    """Numbers of the elders who are elsewhere than before."""
    volunteers: Index
    """Their volunteers now; recruits follow the volunteers in the order in which they were taken."""


@dataclass(slots=True, eq=False)
class Recruiting:
    """A solved problem to which recruits are added one after the other, changed in place."""

    problem: AssignmentProblem
    """The problem without recruits, an elder more priced as ``worth``."""
    sites: Sites
    worth: int
    """Worth of serving one elder more, above all that costs can differ."""
    reach: Reach
    sides: Sides
    held: Held
    search: Search
    journal: Index
    is_small: bool
    taken: list[Commit] = field(default_factory=list)
    """The recruits so far."""
    renewed: int = 0
    """Number of recruits when prices were renewed at last."""

    @classmethod
    def of(cls, problem: AssignmentProblem, chosen: Index, sites: Sites, most: int) -> Recruiting:
        """Return a solved problem with room for recruits.

        Args:
            problem: With ``unmatched_cost`` above any displacement, also beside recruits; without ``use``.
            chosen: A cheapest plan: candidate of each elder, -1 unmatched, (n_elders,).
            sites: Where a recruit could live.
            most: How many recruits there may be.

        Raises:
            OverflowError: costs so large that sums would leave 64 bits.
        """
        assert problem.unmatched_cost is not None
        places = int(sites.capacity.max(initial=1))
        rest = int(problem.unmatched_cost.max(initial=0)) + bound_with_recruits(problem, sites, most)
        worth = 1 << (2 * places * rest).bit_length()
        problem = problem.replace(unmatched_cost=problem.unmatched_cost + worth)
        assert problem.unmatched_cost is not None
        n, nodes = problem.n_volunteers, 2 * (problem.n_volunteers + most) + 1
        small = len(problem.elder) + len(sites.elder) <= SMALL
        search = Search(
            np.full(nodes, FAR, dtype=np.int64),
            np.empty((4, nodes), dtype=np.int64),
            np.empty(nodes, dtype=np.int64),
            np.empty(nodes, dtype=np.int64),
            np.empty(nodes, dtype=np.int64),
            np.zeros(3, dtype=np.int64),
        )
        held = _hold(problem, chosen, n + most)
        reach = _list_reach(problem, sites, most, is_small=small)
        journal = np.empty((3 * (nodes + 2) * places + 4, 4), dtype=np.int64)
        sides = _list_sides(problem, sites, most)
        recruiting = cls(problem, sites, worth, reach, sides, held, search, journal, small)
        recruiting.renew_prices()
        return recruiting

    @property
    def volunteer_of(self) -> Index:
        """Return each elder's volunteer, recruits after the others, -1 for none, (n_elders,)."""
        return self.held.volunteer

    @property
    def served(self) -> int:
        """Return how many elders are served."""
        return int((self.held.volunteer >= 0).sum())

    def evaluate(self, site: int) -> Gain:
        """Return what a recruit at a site would add."""
        return self.weigh(site, 0)[0]

    def weigh(self, site: int, enough: int) -> tuple[Gain, int]:
        """Return what a recruit at a site would add, and 0; less, and the most that is to be added, if not ``enough``.

        ``enough`` counts an elder more as ``worth``.
        """
        gain, rest, count = self._add(site, enough)
        choose_form(added_places.take_back, is_small=self.is_small)(self.held, self.journal, count)
        return gain, rest

    def take(self, site: int) -> Commit:
        """Take a recruit at a site, and return what that adds."""
        gain, _rest, count = self._add(site, 0)
        notes = self.journal[:count]
        elders = np.unique(notes[notes[:, 0] == OF_ELDER, 1])
        self.taken.append(Commit(site, gain, elders, self.held.volunteer[elders].copy()))
        return self.taken[-1]

    def _add(self, site: int, enough: int) -> tuple[Gain, int, int]:
        """Add a recruit at a site; return the gain, the most beside it, and how many notes the journal holds."""
        v, reach, sides, sites = self.problem.n_volunteers + len(self.taken), self.reach, self.sides, self.sites
        begin = len(reach.elder) - len(sites.elder)
        reach.first[v], reach.last[v] = begin + np.searchsorted(sites.site, [site, site + 1])
        sides.capacity[v] = sites.capacity[site]
        sides.limit[v] = _MANY if sites.limit is None else sites.limit[site]
        if sites.load_cost is not None:
            width = sites.load_cost.shape[1]
            sides.load_cost[v, :width], sides.load_cost[v, width:] = sites.load_cost[site], sites.load_cost[site, -1]
        form = choose_form(added_places.add_places, is_small=self.is_small)
        saved, served, rest, count = form(
            np.int64(v), int(sites.capacity[site]), np.int64(enough), reach, sides, self.held, self.search, self.journal
        )
        return Gain(int(served), int(saved) - int(served) * self.worth), int(rest), int(count)

    @property
    def is_worn(self) -> bool:
        """Return whether prices are not the least any more, and trials have taken as long since as renewing takes."""
        is_long = self.search.counts[added_places.SCANNED] > _SCANS * len(self.reach.elder)
        return bool(is_long) and len(self.taken) > self.renewed

    def renew_prices(self) -> None:
        """Set prices to the least that support the plan: savings are bounded best by them, and paths found soonest."""
        problem, chosen = self.join()
        assert problem.unmatched_cost is not None
        price, limited_price = compute_least_duals(problem, chosen, problem.unmatched_cost)
        at = slice(1, 2 * len(price) + 1, 2), slice(2, 2 * len(price) + 1, 2)
        self.held.price[at[0]], self.held.price[at[1]] = price, np.maximum(price, limited_price)
        self.search.counts[added_places.SCANNED], self.renewed = 0, len(self.taken)

    def join(self) -> tuple[AssignmentProblem, Index]:
        """Return the problem with the recruits so far, and its plan: candidate of each elder, -1 unmatched."""
        taken = np.array([commit.site for commit in self.taken], dtype=np.int64)
        problem = join_recruits(self.problem, self.sites, taken) if self.taken else self.problem
        matched = np.flatnonzero(self.volunteer_of[problem.elder] == problem.volunteer)
        chosen = np.full(problem.n_elders, -1, dtype=np.int64)
        chosen[problem.elder[matched]] = matched
        return problem, chosen

    def bound_savings(self) -> Index:
        """Return what a recruit at each site saves at most, an elder more counted as ``worth``, (n_sites,).

        By weak duality: at the prices as they are no elder saves more than what they pay less the pair's cost.
        """
        sites, held, limited = self.sites, self.held, self.sides.limited
        at = held.price[1 + 2 * held.volunteer + limited]
        pays = np.where(held.volunteer >= 0, held.cost + at, self.sides.unmatched_cost)
        saves = pays[sites.elder] - sites.cost
        order = np.lexsort((-saves, sites.site))
        rank = np.arange(len(order)) - np.repeat(sites.first[:-1], np.diff(sites.first))
        site, saves = sites.site, saves[order]
        counts = rank < sites.capacity[site]
        site, saves, rank = site[counts], saves[counts], rank[counts]
        if sites.load_cost is not None:
            saves = saves - sites.load_cost[site, rank]
        total = np.zeros(len(sites), dtype=np.int64)
        np.add.at(total, site, np.maximum(saves, 0))
        return total

    def count_served(self, savings: Index) -> Index:
        """Return how many elders more lie in savings that count each as ``worth``."""
        return (savings + self.worth // 2) // self.worth


def recruit_greedily(recruiting: Recruiting, most: int) -> Iterator[tuple[Commit, Index]]:
    """Take recruits one after the other, each where most elders more are served, then where it costs least.

    Ends after so many, or where no recruit would add anything. Yields each with how many elders more a recruit at each
    site would serve at most after it, (n_sites,).
    """
    bound = recruiting.bound_savings()
    queue = _queue(bound)
    known = np.full(len(bound), -1, dtype=np.int64)
    """After how many recruits each site was evaluated."""
    while queue and len(recruiting.taken) < most:
        if recruiting.is_worn:
            recruiting.renew_prices()
            bound = np.minimum(bound, recruiting.bound_savings())
            queue = _queue(bound)
            continue
        _value, site = heapq.heappop(queue)
        if known[site] < len(recruiting.taken):
            gain, rest = recruiting.weigh(site, -queue[0][0] if queue else 0)
            bound[site] = min(bound[site], gain.served * recruiting.worth + gain.saved + rest)
            if not rest:
                known[site] = len(recruiting.taken)
            if bound[site] > 0:
                heapq.heappush(queue, (-int(bound[site]), site))
            continue
        commit = recruiting.take(site)
        heapq.heappush(queue, (-int(bound[site]), site))
        yield commit, recruiting.count_served(bound)


def _queue(bound: Index) -> list[tuple[int, int]]:
    """Return a heap of the sites that may add something, those with the highest bound first."""
    queue = [(-value, site) for site, value in enumerate(bound.tolist()) if value > 0]
    heapq.heapify(queue)
    return queue


def join_recruits(problem: AssignmentProblem, sites: Sites, taken: Index) -> AssignmentProblem:
    """Return the problem with a recruit more at each of the sites taken."""
    first = sites.first
    size = np.diff(first)[taken]
    mine = np.arange(size.sum()) + np.repeat(first[taken] - np.cumsum(size) + size, size)
    load_cost, limit = problem.load_cost, problem.limit
    if load_cost is not None:
        assert sites.load_cost is not None
        width = max(load_cost.shape[1], sites.load_cost.shape[1])
        both = (load_cost, sites.load_cost[taken])
        load_cost = np.concatenate([np.pad(each, ((0, 0), (0, width - each.shape[1])), mode="edge") for each in both])
    if limit is not None:
        limit = np.concatenate((limit, sites.capacity[taken] if sites.limit is None else sites.limit[taken]))
    return problem.replace(
        elder=np.concatenate((problem.elder, sites.elder[mine])),
        volunteer=np.concatenate((problem.volunteer, np.repeat(problem.n_volunteers + np.arange(len(taken)), size))),
        cost=np.concatenate((problem.cost, sites.cost[mine])),
        capacity=np.concatenate((problem.capacity, sites.capacity[taken])),
        load_cost=load_cost,
        limit=limit,
    )


def bound_greedily(gains: Index, in_reach: Index, most: int) -> Index:
    """Return how many elders more 0, 1, … ``most`` further recruits serve at most, by submodularity, (most + 1,).

    Args:
        gains: How many more a recruit at each site serves at most, (n_sites,).
        in_reach: How many more all recruits at each site serve at most, (n_sites,).
        most: How many recruits.
    """
    gains = np.minimum(gains, in_reach)
    each = np.zeros(most + 1, dtype=np.int64)
    at = 1
    for gain in range(int(gains.max(initial=0)), 0, -1):
        same = gains == gain
        count = min(int(-(-in_reach[same] // gain).sum()), most + 1 - at)
        each[at : at + count] = gain
        at += count
    return np.cumsum(each)


def _hold(problem: AssignmentProblem, chosen: Index, n: int) -> Held:
    """Return a plan of a problem, with room for n volunteers in all, at no prices."""
    served = chosen >= 0
    volunteer, cost = np.full(problem.n_elders, -1, dtype=np.int64), np.zeros(problem.n_elders, dtype=np.int64)
    volunteer[served], cost[served] = problem.volunteer[chosen[served]], problem.cost[chosen[served]]
    limited = served if problem.limited is None else served & problem.limited
    if problem.limited is None:
        limited = np.zeros_like(served)
    return Held(
        volunteer,
        cost,
        np.bincount(volunteer[served], minlength=n),
        np.bincount(volunteer[limited], minlength=n),
        np.zeros(2 * n + 1, dtype=np.int64),
    )


def _list_reach(problem: AssignmentProblem, sites: Sites, most: int, *, is_small: bool) -> Reach:
    """Return all candidates by volunteer, then those of the sites."""
    size = np.bincount(problem.volunteer, minlength=problem.n_volunteers)
    first = np.concatenate(([0], np.cumsum(size)))
    n = len(problem.elder)
    elder = np.empty(n + len(sites.elder), dtype=np.int32)
    cost = np.empty(len(elder), dtype=np.int64)
    if is_small:
        order = np.argsort(problem.volunteer, kind="stable")
        elder[:n], cost[:n] = problem.elder[order], problem.cost[order]
    else:
        arrays = problem.elder, problem.volunteer, problem.cost
        added_places.list_by_volunteer(*arrays, first[:-1], elder, cost)
    elder[n:], cost[n:] = sites.elder, sites.cost
    nobody = np.full(most, n, dtype=np.int64)
    return Reach(np.concatenate((first[:-1], nobody)), np.concatenate((first[1:], nobody)), elder, cost)


def _list_sides(problem: AssignmentProblem, sites: Sites, most: int) -> Sides:
    """Return what elders and volunteers may, with room for recruits."""
    n, n_elders = problem.n_volunteers, problem.n_elders
    assert problem.unmatched_cost is not None
    limited = np.zeros(n_elders, dtype=np.int64) if problem.limited is None else problem.limited.astype(np.int64)
    limit = np.full(n + most, _MANY, dtype=np.int64)
    if problem.limit is not None:
        limit[:n] = problem.limit
    widest = int(max(problem.capacity.max(initial=1), sites.capacity.max(initial=1))) + 1
    load_cost = np.zeros((1, widest), dtype=np.int64)
    if problem.load_cost is not None or sites.load_cost is not None:
        given = np.zeros((n, 1), dtype=np.int64) if problem.load_cost is None else problem.load_cost
        widest = max(widest, given.shape[1], 0 if sites.load_cost is None else sites.load_cost.shape[1])
        load_cost = np.zeros((n + most, widest), dtype=np.int64)
        load_cost[:n, : given.shape[1]] = given
    capacity = np.concatenate((problem.capacity, np.zeros(most, dtype=np.int64)))
    return Sides(problem.unmatched_cost.astype(np.int64), limited, capacity, limit, load_cost)
