"""The plan as a value: who visits whom, who is left out and why, what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.assignment.groups.joining import JoiningCost
from matcher.assignment.problem import Certificate, HallSet
from matcher.features import Features
from matcher.i18n import _
from matcher.month import MonthData
from matcher.roster.model import PairList
from matcher.rules import RULES, Rule

DISTANCE_BASES = ("measured", "estimated", "assumed", "unknown")
"""Coordinates of both homes or their buildings; those of their lanes, compounds, committees; a shared name; nothing."""


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A rule that forbids volunteers around an elder: how many of them, and how many nothing else forbids."""

    rule: str
    sentence: str
    volunteers: int
    alone: int


@dataclass(frozen=True, slots=True)
class Loosening:
    """One rule that must give way: ``path`` is a setting or a roster's column, ``value`` what it must be.

    ``path`` is empty where no dial moves the rule (a never-pair, a volunteer who is away).
    """

    rule: str
    sentence: str
    path: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to give an elder an eligible volunteer: one rule that gives way, or the fewest that must together."""

    steps: tuple[Loosening, ...]
    volunteer: int
    free: bool
    """Whether that volunteer has a place left in the plan: then one elder more could be served."""

    @property
    def is_settable(self) -> bool:
        """Return whether every step has a dial."""
        return all(step.path for step in self.steps)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """An elder without a volunteer. ``reason`` is a code of ``messages.UNMATCHED``, ``evidence`` fills its sentence."""

    elder: int
    reason: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    nearest_volunteer_m: float = float("nan")
    """Straight line to the nearest volunteer who takes part; NaN where there is none."""
    ruled_out: tuple[RuledOut, ...] = ()
    """Where no volunteer is eligible: what each rule forbids, in the order of the rules."""
    remedies: tuple[Remedy, ...] = ()
    """What would help there, the gentlest first."""
    shortage: str = ""
    """The id of the shortage that the elder belongs to."""
    outranked_by: tuple[int, ...] = ()
    """Some elders of earlier tiers who hold the places that the elder could have."""


@dataclass(frozen=True, slots=True)
class Recruit:
    """A volunteer to be found: living where the elder ``home`` does, they could serve ``elders``; roster indices."""

    home: int
    elders: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Shortage:
    """Elders who together depend on too few places, and the volunteers whom it would take; roster indices."""

    id: str
    hall: HallSet
    """The elders, all volunteers whom they may have, and the places of these that no pin holds."""
    unmatched: NDArray[np.int64]
    """Those of the elders who are left out."""
    usual_capacity: int
    """Places of a usual volunteer."""
    recruits: tuple[Recruit, ...]
    """So many volunteers, living there, would serve everybody who is left out."""
    closed: int = 0
    """Further places of these volunteers, which are closed to the elders of high risk among them."""

    @property
    def missing_volunteers(self) -> int:
        """Return the places missing, as usual volunteers, rounded up: fewer can't do, wherever they live."""
        return -(-self.hall.missing // self.usual_capacity)


@dataclass(frozen=True, slots=True)
class Change:
    """An elder whose volunteer is another than last month, or gone (``volunteer`` -1).

    ``elder`` is -1 for one who is on the roster no more; ``elder_id`` then tells who it was.
    """

    elder: int
    previous_volunteer_id: str
    volunteer: int
    reason: str
    elder_id: str = ""
    place_for: int = -1
    """The elder who has a place in this plan because this one left theirs; -1 where it is not for that."""


@dataclass(frozen=True, slots=True)
class ChangeBudget:
    """The fate of last month's pairs whose two may still be paired, pins and those of pinned elders aside."""

    pairs: int
    """How many there are."""
    unavoidable: int
    """How many of them can't stand beside the others: volunteers have fewer places, or may have fewer of high risk."""
    broken: int
    """How many the plan breaks, those among them."""
    allowed: int | None = None
    """How many it may break beyond those; None: any number."""
    worth_m: int = 0
    """What one more might save, where the budget is used up and that is metres only, not an elder more or of an earlier
    tier; else 0."""


@dataclass(frozen=True, slots=True)
class Goal:
    """How much a plan leaves out by one goal, and what is proved of that."""

    tier: int
    """The tier whose elders count; 0: all elders do."""
    left_out: int
    """Elders left out, or what they take (``priority.as_many``)."""
    bound: int
    """No plan that leaves out as little by the goals before leaves out less than so much."""


@dataclass(frozen=True, slots=True)
class SearchReport:
    """The proof of a plan that a search found: for units or minutes, or one volunteer a home."""

    status: Literal["optimal", "feasible"]
    """Whether it is proved of every goal and of the cost that no plan is better."""
    certified_bound: int
    """A bound of the pairs' cost from prices alone, computed apart from the search; metres."""
    gap: float
    """The cost less its bound, over what the pairs cost, each as a positive figure."""
    most_more: int
    """No plan serves more than so many elders, or what they take (``priority.as_many``), beyond this one."""
    goals: tuple[Goal, ...] = ()
    """The goals before the cost, in order, where each is solved by itself: with units or minutes."""
    first_before_count: bool = False
    """Proof, with one volunteer a home, that no plan serves more of those who come before the count."""


@dataclass(frozen=True, slots=True, eq=False)
class Precedence:
    """Who comes first when places run out, (n_elders,) each."""

    current: NDArray[np.bool_]
    """Elders whose pair of last month may go on, beside all others that may."""
    comes_before_count: NDArray[np.bool_]
    """Current elders, and elders of high risk who have waited so long that they come before some of those, where
    ``priority.order`` begins with them; else nobody."""
    waiting_since: NDArray[np.datetime64]
    """The month since which each waits, datetime64[M]; NaT for whose pair goes on, and where nobody knows."""
    counted_since: NDArray[np.datetime64]
    """The month since which that counts: earlier for who has lost a volunteer."""
    months_waiting: NDArray[np.int64]
    """Months that count as waited, 0 for who does not wait."""
    tier: NDArray[np.int64]
    """1 comes first, whatever the metres."""
    leaving_out_m: NDArray[np.int64]
    """What leaving each out costs beside the tiers, metres; 0 for who takes no part or is pinned."""


@dataclass(frozen=True, slots=True, eq=False)
class Backups:
    """The second volunteers, who stand in for the volunteer of each pair, an entry a pair."""

    volunteer: NDArray[np.int64]
    """Roster indices, -1 for nobody."""
    distance_m: NDArray[np.float64]
    """Straight line from the elder, geopy's geodesic; NaN for nobody."""
    places: int
    """Places of all who might."""
    certificate: Certificate | None = None
    """The proof; None where nobody might, or pairs were made by hand."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Plan:
    """The pairs in order of elder, one entry each; indices into the month's roster.

    ``elder`` and ``volunteer`` int64; ``distance_m`` float64, geopy's geodesic; ``same_building`` bool; ``status``
    codes of ``columns.PAIR_STATUS``; ``cost_terms`` int64 metres by name (``walking``, ``keep``): their sum is a
    pair's cost.
    """

    features: Features
    """The month, and what follows from it."""
    elder: NDArray[np.int64]
    volunteer: NDArray[np.int64]
    distance_m: NDArray[np.float64]
    same_building: NDArray[np.bool_]
    status: tuple[str, ...]
    since: NDArray[np.datetime64]
    """The month since which the two are a pair, datetime64[M]: this one for new pairs."""
    cost_terms: Mapping[str, NDArray[np.int64]]
    unmatched: tuple[Unmatched, ...]
    changes: tuple[Change, ...]
    precedence: Precedence
    """Who comes first."""
    certificate: Certificate | None
    """The proof of optimality; None for pairs that were made by hand."""
    places: int
    """Places of all volunteers who take part, or units or minutes a month."""
    eligible_pairs: int | None
    """How many pairs the rules allow, pins among them; None for pairs that were made by hand."""
    shortages: tuple[Shortage, ...] = ()
    """Where places run out, the largest first."""
    rules: tuple[Rule, ...] = RULES
    """The rules that the plan was made by."""
    budget: ChangeBudget | None = None
    """What became of last month's pairs; None for pairs that were made by hand."""
    price_m: NDArray[np.int64] | None = None
    """Worth of a place of each volunteer in metres, (n_volunteers,); -1 where one more would serve an elder more;
    None for pairs that were made by hand, and where more than tiers and metres decides."""
    dual_m: NDArray[np.int64] | None = None
    """The dual of each volunteer's places, steps of earlier goals and loads in it, (n_volunteers,); None: as above."""
    search: SearchReport | None = None
    """What is known of the plan where a search found it: units, minutes, one volunteer a home; else None."""
    backups: Backups | None = None
    """Second volunteers; None where none were planned."""
    began: NDArray[np.datetime64] | None = None
    """The day of the month ``since`` from which each pair is one, datetime64[D]; None: its first, for all."""
    waiting_since: NDArray[np.datetime64] | None = None
    """The month since which the elder of each pair waits to be met, datetime64[M], NaT for who has been; None: all."""
    paused: PairList = field(default_factory=PairList.empty)
    """Pairs that pause, as one of the two is away for the month: they take no place and no contacts."""
    had_no_pair: NDArray[np.bool_] | None = None
    """Elders who had none already when the month was planned last, (n_elders,); None where that is not known."""
    joining: Mapping[int, JoiningCost] = field(default_factory=dict)
    """What it would cost to join homes that have several volunteers, by the home's first elder, where that is known."""

    def _count_taking_part(self) -> int:
        """Return how many elders no rule about themselves bars."""
        bars = [barred for rule in self.rules if (barred := rule.bar_elders(self.features)) is not None]
        return self.month.n_elders - int(np.any(bars, axis=0).sum() if bars else 0)

    def _repr_html_(self) -> str:
        """Return the figures as a table, for a notebook; no names."""
        metres = self.distance_m[self.distance_basis == "measured"]
        rows = {
            _("month"): f"{self.month.horizon.start:%Y-%m}",
            _("elders who take part"): f"{self._count_taking_part():,}",
            _("with a volunteer"): f"{len(self.elder):,}",
            _("volunteers with elders"): f"{np.count_nonzero(self.load):,}",
            _("metres, mean of those measured"): f"{metres.mean():,.0f}" if len(metres) else "",
            _("cost, metres"): f"{int(self.cost_m.sum()):,}",
            _("proved"): _("yes") if self._is_proved() else _("no"),
            _("issues in the rosters"): f"{len(self.month.roster.issues):,}",
        }
        return pd.Series(rows).to_frame().to_html(header=False, border=0)

    def _is_proved(self) -> bool:
        """Return whether no other plan is better."""
        if self.certificate is None:
            return self.eligible_pairs is not None
        is_found = self.search is None or (self.search.status == "optimal" and not self.search.most_more)
        return self.certificate.optimal and is_found

    def __repr__(self) -> str:
        """Return the month, how many are matched of how many, whether it is proved, and how many issues; no names."""
        taking_part = self._count_taking_part()
        if self.certificate is None:
            proof = "not proved" if self.eligible_pairs is None else "no other pair possible"
        else:
            proof = "proved optimal" if self._is_proved() else "not proved optimal"
        issues = len(self.month.roster.issues)
        told = f", issues: {issues}" if issues else ""
        matched = f"{len(self.elder)} of {taking_part} elders matched"
        return f"<Plan of {self.month.horizon.start:%Y-%m}: {matched}, {proof}{told}>"

    @property
    def first_day(self) -> NDArray[np.datetime64]:
        """Return the day from which each pair is one, datetime64[D] (pairs,).

        One that begins in this month is none before its volunteer joins.
        """
        began = self.since.astype("datetime64[D]") if self.began is None else self.began
        joined = self.month.roster.volunteers["joined"].to_numpy().astype("datetime64[D]")[self.volunteer]
        is_new = began >= np.datetime64(self.month.horizon.start)
        return np.where(is_new, np.fmax(began, joined), began)

    @property
    def is_unmet(self) -> NDArray[np.bool_]:
        """Return which pairs have never met since they began, by what earlier months tell, (pairs,)."""
        if self.waiting_since is None:
            return np.zeros(len(self.elder), dtype=bool)
        return np.asarray(self.waiting_since <= self.since)

    @property
    def month(self) -> MonthData:
        """Return the month's inputs."""
        return self.features.month

    @property
    def distance_basis(self) -> NDArray[np.str_]:
        """Return what each pair's distance rests on, one of ``DISTANCE_BASES``: statistics never mix them."""
        return find_distance_bases(self.month, self.elder, self.volunteer, self.distance_m)

    @property
    def is_possible(self) -> bool:
        """Return whether anybody is paired; pairs made by hand are possible even where there are none."""
        return bool(len(self.elder)) or self.eligible_pairs is None

    @property
    def load(self) -> NDArray[np.int64]:
        """Return how many elders each volunteer has, (n_volunteers,)."""
        return np.bincount(self.volunteer, minlength=self.month.n_volunteers)

    @property
    def volunteer_of(self) -> NDArray[np.int64]:
        """Return each elder's volunteer, (n_elders,), -1 where there is none."""
        volunteer = np.full(self.month.n_elders, -1, dtype=np.int64)
        volunteer[self.elder] = self.volunteer
        return volunteer

    @property
    def is_still_without(self) -> NDArray[np.bool_]:
        """Return which elders had no pair when the month was planned last, and have none now, (n_elders,)."""
        if self.had_no_pair is None:
            return np.zeros(self.month.n_elders, dtype=bool)
        return np.asarray(self.had_no_pair & (self.volunteer_of < 0))

    @property
    def second_of(self) -> NDArray[np.int64]:
        """Return each elder's second volunteer, (n_elders,), -1 where there is none."""
        second = np.full(self.month.n_elders, -1, dtype=np.int64)
        if self.backups is not None:
            second[self.elder] = self.backups.volunteer
        return second

    @property
    def split_homes(self) -> tuple[tuple[int, ...], ...]:
        """Return the elders with a volunteer of each home that has several volunteers, roster indices, in order."""
        home = self.features.shared_home[self.elder]
        rows = np.flatnonzero(home >= 0)
        rows = rows[np.argsort(home[rows], kind="stable")]
        homes = np.split(rows, np.flatnonzero(np.diff(home[rows])) + 1)
        return tuple(tuple(self.elder[mine].tolist()) for mine in homes if len(np.unique(self.volunteer[mine])) > 1)

    @property
    def cost_m(self) -> NDArray[np.int64]:
        """Return each pair's cost: the sum of its terms, metres."""
        total = np.zeros(len(self.elder), dtype=np.int64)
        for term in self.cost_terms.values():
            total = total + term
        return total

    @property
    def leaving_out_m(self) -> int:
        """Return what those left out cost beside the tiers, metres."""
        return int(self.precedence.leaving_out_m[self.volunteer_of < 0].sum())


def find_distance_bases(
    month: MonthData, elder: NDArray[np.int64], volunteer: NDArray[np.int64], distance_m: NDArray[np.float64]
) -> NDArray[np.str_]:
    """Return what the distance between each elder and volunteer rests on, one of ``DISTANCE_BASES``, (n,)."""
    both = [
        frame["place_quality"].to_numpy(dtype=str)[index]
        for frame, index in ((month.roster.elders, elder), (month.roster.volunteers, volunteer))
    ]
    measured = np.logical_and(*(np.isin(quality, ("point", "building")) for quality in both))
    placed = np.logical_and(*(~np.isin(quality, ("unmapped", "none")) for quality in both))
    return np.select([np.isnan(distance_m), measured, placed], ["unknown", "measured", "estimated"], "assumed")
