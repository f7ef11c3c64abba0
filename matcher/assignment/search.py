"""The search for a part's best plan: rounds of work that do not depend on how many workers share it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from matcher.assignment import bounds
from matcher.assignment.compiled import exchanges
from matcher.assignment.exact import Answer, Exact, Mask
from matcher.assignment.parts import NOBODY, Part
from matcher.assignment.problem import Index

_SLICE = 2_000_000
"""Units of work (search nodes) between two looks at the clock: about a tenth of a second."""
_MOST_NODES = 20_000
_SHARPEN = 30
"""Subgradient steps before an exchange is searched: the bound they give ends most exchanges at once."""
_EXACT_UP_TO = 60_000
"""Candidates left over by the bound up to which CP-SAT is asked."""
_KICK = 2.0
"""What a move out of a dead end may cost on average."""
_PATIENCE = 3
"""Slices without a better plan after which exchanges start anew near the best."""


class Clock:
    """When to stop: at a time, or when told."""

    def __init__(self, limit_s: float | None) -> None:
        self._end = None if limit_s is None else time.monotonic() + limit_s
        self.stopped = threading.Event()

    @property
    def left_s(self) -> float | None:
        """Seconds left; None: no limit."""
        return None if self._end is None else self._end - time.monotonic()

    @property
    def over(self) -> bool:
        """Whether to stop."""
        return self.stopped.is_set() or (self._end is not None and time.monotonic() >= self._end)


@dataclass(slots=True, eq=False)
class Search:
    """A part, the best plan met and the best bound proved.

    Attributes:
        chosen: The best plan, candidates of the part, -1 left out.
        cost: What it costs, ceilings of those left out included.
        lower: No plan costs less; None: nobody's plan can serve everyone.
        unit_price: Prices of units.
    """

    part: Part
    seed: int
    clock: Clock
    chosen: Index = field(init=False)
    cost: int = field(init=False)
    lower: int | None = field(init=False)
    unit_price: bounds.Reals = field(init=False)
    bound: bounds.Bound = field(init=False)
    begun: bool = field(init=False)
    round: int = 0
    _width: float = 3.0
    _exact: Exact | None = None
    _idle: int = 0

    def __post_init__(self) -> None:
        self.begun = False

    def begin(self) -> None:
        """A first plan and bound; when time is up already, the quickest."""
        part = self.part
        zero = np.zeros(len(part.capacity))
        self.unit_price = zero if self.clock.over else bounds.linear_prices(part)
        self.bound = bounds.first_bound(part, self.unit_price)
        self.lower = self.bound.value
        self.chosen = np.full(part.n_elders, NOBODY, dtype=np.int64)
        order = np.argsort(-part.size, kind="stable")
        arrays = part.start, part.volunteer, part.cost, part.use, part.capacity
        exchanges.greedy(*arrays, self.unit_price, order, self.chosen)
        self.cost = part.total(self.chosen)
        self._prove(self.bound.value)
        self.begun = True

    def begin_at_least(self) -> None:
        """``begin``, unless that was done."""
        if not self.begun:
            self.begin()

    def settle(self) -> None:
        """Leave nobody out for whom there is room: searches that were cut short may."""
        part = self.part
        chosen = self.chosen.copy()
        order = np.argsort(-part.ceiling, kind="stable")
        exchanges.fill(part.start, part.volunteer, part.cost, part.use, part.capacity, part.ceiling, order, chosen)
        self.chosen, self.cost = chosen, part.total(chosen)

    @property
    def serves(self) -> bool:
        """Whether the plan leaves nobody out who must be served."""
        return self.part.serves(self.chosen)

    @property
    def done(self) -> bool:
        """Whether the plan is proved the best, or that there is none."""
        return self.lower is None or (self.serves and self.lower >= self.cost)

    def raise_bound(self) -> None:
        """Begin a round: a better bound."""
        self.round += 1
        for _ in range(10 if self.round <= 3 else 2):
            if self.clock.over or self.done:
                return
            bounds.raise_bound(self.part, self.bound, self.cost if self.serves else None, 50)
            self._prove(self.bound.value)

    def work(self) -> list[Callable[[], Callable[[], None]]]:
        """This round's pieces of work, which may run side by side; each returns how to take its result in."""
        if self.done:
            return []
        candidates, left_out = self._open()
        number, budget = self.round, _SLICE * min(4 ** (self.round - 1), 16)
        pieces: list[Callable[[], Callable[[], None]]] = [lambda: self._exchange(budget, 2 * number)]
        open_ = int(candidates.sum())
        hopeless = open_ > 2000 and open_ > 5 * self.part.n_elders and self.serves and not self._idle
        if open_ <= _EXACT_UP_TO and not hopeless:
            effort = 0.25 * 4.0 ** min(number - 1, 12)
            pieces.append(lambda: self._ask_exact(candidates, left_out, effort))
        else:
            pieces.append(lambda: self._exchange(budget, 2 * number + 1))
        return pieces

    def stop(self) -> None:
        """End work under way."""
        if self._exact is not None:
            self._exact.stop()

    def _prove(self, lower: int) -> None:
        """Take in a bound; above what the dearest candidates of all cost, it says that nobody can serve all."""
        self.lower = lower if self.lower is None else max(self.lower, lower)
        part = self.part
        if not self.serves and self.lower > int(np.maximum.reduceat(part.cost, part.start[:-1]).sum()):
            self.lower = None

    def _open(self) -> tuple[Mask, Mask]:
        if self.serves:
            return bounds.may_help(self.part, self.bound, self.cost)
        return np.ones(len(self.part.cost), dtype=bool), np.zeros(self.part.n_elders, dtype=bool)

    def _ask_exact(self, candidates: Mask, left_out: Mask, effort: float) -> Callable[[], None]:
        assert self.lower is not None
        self._exact = Exact()
        if self.clock.over:
            return lambda: None
        asked = self.cost if self.serves else None
        answer = self._exact.solve(
            self.part,
            candidates,
            left_out,
            self.lower,
            None if asked is None else asked - 1,
            self.chosen,
            effort=effort,
            time_s=self.clock.left_s,
            seed=self.seed,
        )
        return lambda: self._take_exact(answer, asked)

    def _take_exact(self, answer: Answer, asked: int | None) -> None:
        """Take in what CP-SAT says of plans cheaper than ``asked``; None: of any that serve everyone."""
        if answer.chosen is not None:
            self._take(answer.chosen)
        if answer.bound is not None:
            self._prove(answer.bound if asked is None else min(answer.bound, asked))
        elif asked is not None:
            self._prove(asked)
        else:
            self.lower = None

    def _exchange(self, budget: int, number: int) -> Callable[[], None]:
        """Exchanges from the best plan; where they find nothing for long, from the best plan with some elders moved."""
        part = self.part
        best, cost, width = self.chosen, self.cost, self._width
        chosen = best.copy()
        seed = (self.seed * 1_000_003 + number * 7919) % 2**31
        size, price = part.size, self.bound.price_m
        spent, idle = 0, _PATIENCE if self._idle else 0
        while spent < budget and not self.clock.over:
            kick = idle >= _PATIENCE
            if kick:
                chosen, idle = best.copy(), 0
            work = _SLICE // 40 if kick else _SLICE
            _, width = exchanges.improve(
                part.start,
                part.volunteer,
                part.cost,
                part.use,
                part.first,
                part.by_volunteer,
                part.elder,
                part.capacity,
                part.ceiling,
                price,
                chosen,
                size,
                width,
                (seed + spent) % 2**31,
                work,
                _MOST_NODES,
                _KICK if kick else 0.0,
                _SHARPEN,
            )
            spent += work
            idle += 1
            total = part.total(chosen)
            if total < cost:
                cost, best, idle = total, chosen.copy(), 0
        return lambda: self._take(best, width)

    def _take(self, chosen: Index, width: float | None = None) -> None:
        if width is not None:
            self._width = width
        cost = self.part.total(chosen)
        if cost < self.cost:
            self.cost, self.chosen = cost, chosen
            self._idle = 0
        elif width is not None:
            self._idle += 1
