"""Who comes first when places run out: who has a pair that may go on, tiers, and what leaving an elder out costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.demand.lent_places import get_lent_places
from matcher.demand.pair_use import compute_pair_use
from matcher.features import Features
from matcher.features.priority import LOW, compute_ages, count_bands, rank_risk
from matcher.matching.capacity import CapacityAfterPins
from matcher.month import MonthData
from matcher.plan import Precedence
from matcher.roster.keys import number_rows
from matcher.rules import Rule, measure_pairs

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Months = NDArray[np.datetime64]
_MEDIUM = 1


def rank_elders(
    features: Features, eligible: tuple[Mask, Mask], capacity: CapacityAfterPins, rules: Sequence[Rule]
) -> Precedence:
    """Return who comes first of a month's elders.

    Args:
        features: The month.
        eligible: Which elders and which volunteers take part.
        capacity: What pins leave of the volunteers'.
        rules: The month's.
    """
    current = find_current(features, eligible, capacity, rules)
    waiting_since = _find_waiting_since(features, current)
    counted_since = _find_counted_since(features, current, waiting_since)
    months = (np.datetime64(features.horizon.start, "M") - counted_since).astype(np.int64)
    months = np.where(np.isnat(counted_since), 0, np.maximum(months, 0))
    competes = eligible[0] & (features.pinned_volunteer < 0)
    return Precedence(
        current=current,
        comes_before_count=(current | _find_urgent(features, months)) & _puts_current_first(features),
        waiting_since=waiting_since,
        counted_since=counted_since,
        months_waiting=months,
        tier=_compute_tiers(features, current, months),
        leaving_out_m=np.where(competes, _compute_leaving_out_m(features, months), 0),
    )


def rank_for_backups(features: Features) -> tuple[Index, Index]:
    """Return tiers and what leaving out costs, (n_elders,) each, for second volunteers: nobody waits for these."""
    nobody, no_months = np.zeros(features.n_elders, dtype=bool), np.zeros(features.n_elders, dtype=np.int64)
    return _compute_tiers(features, nobody, no_months), _compute_leaving_out_m(features, no_months)


def find_current(
    features: Features, eligible: tuple[Mask, Mask], capacity: CapacityAfterPins, rules: Sequence[Rule]
) -> Mask:
    """Return elders whose pair of last month may go on, beside all others that may, (n_elders,).

    No rule bars the pair, and no pin stands against it. Where a volunteer has room for fewer elders than before, or for
    fewer of high risk, those of higher risk go on first, then those whose pairs have lasted longest, then the first by
    id. So all who are current can be served together.
    """
    before = features.previous_volunteer
    lent = get_lent_places(features)  # who was lent a place gives it back
    elder = np.flatnonzero((before >= 0) & eligible[0] & (features.pinned_volunteer < 0) & ~lent)
    elder = elder[eligible[1][before[elder]]]
    block = measure_pairs(features, elder, before[elder])
    may_be = ~np.isnan(block.straight_m)
    for rule in rules:
        if (barred := rule.bar_pairs(features, block)) is not None:
            may_be &= ~barred
    elder = elder[may_be]
    elder = elder[np.lexsort((elder, -features.months_together[elder], rank_risk(features.roster.elders)[elder]))]
    use = compute_pair_use(features, elder, before[elder])
    left, left_high_risk = capacity.left.copy(), capacity.max_high_risk.copy()
    current = np.zeros(features.n_elders, dtype=bool)
    for e, v, taken, high in zip(
        elder.tolist(), before[elder].tolist(), use.tolist(), features.high_risk[elder].tolist(), strict=True
    ):
        if taken <= left[v] and (not high or left_high_risk[v] > 0):
            current[e] = True
            left[v] -= taken
            left_high_risk[v] -= high
    return current


def _find_waiting_since(features: Features, current: Mask) -> Months:
    """Return since which month each elder waits for a volunteer, datetime64[M] (n_elders,); NaT if unknown, or not.

    Who has lost a volunteer waits since this month, or since the month that records tell of who was not met. Of others
    the roster says so, else the last run's list, else the month of joining.
    """
    elders, this = features.roster.elders, np.datetime64(features.horizon.start, "M")
    since = np.full(features.n_elders, np.datetime64("NaT", "M"))
    for source in (elders["waiting_since"], features.month.last_run.waited_since, elders["joined"]):
        if source is not None:
            since = np.where(np.isnat(since), np.asarray(source).astype("datetime64[M]"), since)
    had_one, unmet = features.previous_volunteer != -1, features.month.last_run.unmet_since
    since = np.where((since > this) | had_one, this, since)
    if unmet is not None:
        since = np.where(had_one & ~np.isnat(unmet), np.fmin(unmet, this), since)
    return np.where(current, np.datetime64("NaT", "M"), since)


def _find_counted_since(features: Features, current: Mask, waiting_since: Months) -> Months:
    """Return since which month that waiting counts: for who lost a volunteer ``priority.lost_months`` earlier.

    The last run's list hands it on.
    """
    lost = (features.previous_volunteer != -1) & ~current
    since = np.where(lost, waiting_since - np.timedelta64(features.settings.priority.lost_months, "M"), waiting_since)
    listed = features.month.last_run.counted_since
    if listed is None:
        return since
    return np.where(~np.isnat(listed) & ~lost & ~current, np.fmin(since, listed), since)


def count_as_lost(month: MonthData, precedence: Precedence, lost: Mask) -> Precedence:
    """Return who comes first, where elders who have ``lost`` a volunteer, (n_elders,), count as having waited for it.

    So do those whose pair may go on, and does not; and those of whose pair, of this month, last month's do not tell.
    They wait since this month, or since records tell that nobody met them.
    """
    this, unmet = np.datetime64(month.horizon.start, "M"), month.last_run.unmet_since
    first = np.full(len(lost), this) if unmet is None else np.fmin(unmet, this)
    waiting, counted = precedence.waiting_since, precedence.counted_since
    earlier = np.fmin(counted, first - np.timedelta64(month.settings.priority.lost_months, "M"))
    return replace(
        precedence,
        waiting_since=np.where(lost & np.isnat(waiting), first, waiting),
        counted_since=np.where(lost, earlier, counted),
    )


def find_unmet_since(features: Features, waiting_since: Months) -> Months:
    """Return since which month each elder waits to be met, once they have a volunteer, datetime64[M] (n_elders,).

    Of last month's pairs the records tell; who had none waits until the first visit. NaT for all others.
    """
    unmet = features.month.last_run.unmet_since
    if unmet is None:
        unmet = np.full(features.n_elders, np.datetime64("NaT", "M"))
    return np.where(features.previous_volunteer != -1, unmet, waiting_since)


def _compute_tiers(features: Features, current: Mask, months_waiting: Index) -> Index:
    """Return each elder's tier, (n_elders,): 1 comes first. Elders are alike where every part of the order is."""
    priority, elders = features.settings.priority, features.roster.elders
    ages = compute_ages(elders, features.horizon.start)
    ranks = {
        "current": _rank_current(features, current, months_waiting),
        "high_risk": (~features.high_risk).astype(np.int64),
        "risk": rank_risk(elders),
        "age": -count_bands(ages, priority.age_bands),
        "waiting": -count_bands(months_waiting.astype(np.float64), priority.waiting_bands),
    }
    if not priority.order or not features.n_elders:
        return np.ones(features.n_elders, dtype=np.int64)
    parts = np.column_stack([ranks[part] for part in priority.order])
    return number_rows(parts)[0] + 1


def _rank_current(features: Features, current: Mask, months_waiting: Index) -> Index:
    """Return 0 for elders who have a pair that may go on, else 3, (n_elders,).

    With ``priority.high_risk_after_months`` elders of high risk who have waited so long are 1, and 2 are those of low
    or unknown risk who have a pair.
    """
    urgent = _find_urgent(features, months_waiting)
    if not urgent.any():
        return np.where(current, 0, 3)
    low = rank_risk(features.roster.elders) == LOW
    return np.select([current & ~low, urgent, current], [0, 1, 2], 3)


def _puts_current_first(features: Features) -> bool:
    """Return whether who has a pair that may go on keeps a place before others count."""
    return features.settings.priority.order[:1] == ("current",)


def _find_urgent(features: Features, months_waiting: Index) -> Mask:
    """Return elders of high risk who have waited for ``priority.high_risk_after_months``, (n_elders,)."""
    after = features.settings.priority.high_risk_after_months
    return np.asarray(features.high_risk & (months_waiting >= after) & bool(after))


def _compute_leaving_out_m(features: Features, months_waiting: Index) -> Index:
    """Return what leaving each elder out costs in metres, beside tiers, (n_elders,)."""
    priority, elders = features.settings.priority, features.roster.elders
    return np.asarray(
        priority.waiting_month_m * np.minimum(months_waiting, priority.most_waiting_months)
        + priority.medium_risk_m * (rank_risk(elders) == _MEDIUM)
        + priority.age_band_m * count_bands(compute_ages(elders, features.horizon.start), priority.age_bands),
        dtype=np.int64,
    )
