"""The month and its pairs, ready for contacts; and how pairs that a file gives become such a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.errors import UsageError
from matcher.features import Features
from matcher.i18n import _
from matcher.matching import find_seconds_with_the_first, plan_from_pairs
from matcher.matching.candidates import find_eligible_people
from matcher.matching.explain.told_before import explain_untrue
from matcher.matching.explain.unmatched import explain_left_out, measure_nearest_m
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.outputs import left_out
from matcher.outputs.tables import PeopleNames
from matcher.plan import Plan, Unmatched
from matcher.roster.convert import empty_frame
from matcher.roster.model import PairList
from matcher.rules import measure_pairs
from matcher.rules.hours import CommonTime
from matcher.rules.people import Consent, Dates
from matcher.run.inputs import LoadedInputs
from matcher.schedule import NOBODY, Schedule

Mask = NDArray[np.bool_]
_NAMED = 20
"""People left out by hand who are named in one warning."""
_ROUNDED_M = 0.1
"""Distances in files are rounded to it."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedPlan:
    """The month and its pairs: what contacts are planned for."""

    month: MonthData
    plan: Plan
    unmatched: pd.DataFrame
    """Elders without a volunteer."""
    issues: tuple[Issue, ...] = ()
    """What is to be told of the pairs."""


@dataclass(frozen=True, slots=True)
class PeopleIds:
    """Some elders and volunteers, by their ids."""

    elders: tuple[str, ...] = ()
    volunteers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anybody is named."""
        return bool(self.elders or self.volunteers)


def take_given_pairs(inputs: LoadedInputs, people: PeopleNames) -> PreparedPlan:
    """Return the plan that a pairs file holds, without pairs of who is gone, and everybody who has no volunteer."""
    pairs, issues = leave_out_gone(inputs)
    plan = replace(plan_from_pairs(inputs.month, pairs), paused=inputs.paused, had_no_pair=find_listed(inputs))
    unmatched, left_out_now = list_left_out(inputs, plan, people)
    return PreparedPlan(inputs.month, plan, unmatched, (*issues, *tell_new_seconds(inputs, plan), *left_out_now))


def tell_new_seconds(inputs: LoadedInputs, plan: Plan) -> list[Issue]:
    """Return a warning of each pair whose second volunteer, as given, is the first by now, or lives with the first."""
    pairs, volunteers = inputs.pairs, inputs.month.roster.volunteers["id"].tolist()
    header, second_of = column("pairs", "backup_volunteer_id").header(), plan.second_of
    told = []
    for row in np.flatnonzero(find_seconds_with_the_first(plan, pairs)).tolist():
        second = int(second_of[pairs.elder[row]])
        other = volunteers[second] if second >= 0 else _("nobody")
        about = {"other": other}
        told.append(Issue("second_is_first", pairs.file, int(pairs.row[row]), header, pairs.elder_id[row], about))
    return told


def find_listed(inputs: LoadedInputs) -> Mask:
    """Return the elders whom the list beside the pairs has, (n_elders,): they had no pair when it was written."""
    ids = inputs.month.roster.elders["id"]
    return (
        np.zeros(len(ids), dtype=bool)
        if inputs.unmatched is None
        else ids.isin(inputs.unmatched["elder_id"]).to_numpy()
    )


def list_still_without(prepared: PreparedPlan) -> list[str]:
    """Return the ids of elders who had no pair before, and have none now: what stands of theirs, stands."""
    plan = prepared.plan
    ids: list[str] = plan.month.roster.elders["id"][plan.is_still_without].tolist()
    return ids


def find_ends(inputs: LoadedInputs, prepared: PreparedPlan) -> dict[str, date]:
    """Return the days from which elders who had no pair before, and have none now, had none, by their ids."""
    replanned = inputs.replanned
    days = {elder: replanned.elders.get(elder, replanned.everybody) for elder in list_still_without(prepared)}
    return {elder: day for elder, day in days.items() if day is not None}


def find_left_as_it_was(inputs: LoadedInputs, earlier: Schedule, made: Schedule) -> Mask:
    """Return the contacts of the earlier run that are there still, and lie before the day of planning anew, (n,).

    By that day they were history, whatever they break now.
    """
    month = inputs.month
    day = inputs.replanned.find_days(month.roster.elders["id"].tolist(), month.horizon.start)
    known = earlier.elder >= 0
    is_over = np.zeros(len(earlier), dtype=bool)
    is_over[known] = earlier.day[known] < day[earlier.elder[known]]
    at = earlier.find_in(made)
    return np.asarray(is_over & (at >= 0) & (np.append(made.kind, NOBODY)[at] == earlier.kind))


def list_ended(inputs: LoadedInputs, prepared: PreparedPlan) -> list[str]:
    """Return the ids of elders with contacts this month whose pair is gone since it was planned last."""
    month, plan = prepared.month, prepared.plan
    ended = np.zeros(month.n_elders, dtype=bool)
    ended[inputs.earlier.in_horizon(month.horizon).known().schedule.elder] = True
    ended &= plan.volunteer_of < 0
    if plan.had_no_pair is not None:
        ended &= ~plan.had_no_pair
    ids: list[str] = month.roster.elders["id"][ended].tolist()
    return ids


def leave_out_gone(inputs: LoadedInputs, besides: int | None = None) -> tuple[PairList, list[Issue]]:
    """Return the given pairs without those of people who are not on the programme any more, and a warning of each.

    So are those of elders who leave in this month and could not meet the volunteer until then, and of those without
    consent. Those of the volunteer ``besides`` stay.
    """
    pairs, features = inputs.pairs, Features(inputs.month)
    no_elder, no_volunteer = (
        Dates().bar_elders(features)[pairs.elder],
        Dates().bar_volunteers(features)[pairs.volunteer],
    )
    no_elder = no_elder | _find_unmet_leavers(pairs, features)
    no_volunteer &= pairs.volunteer != (-1 if besides is None else besides)
    barred = Consent().bar_elders(features)
    no_consent = np.zeros(len(pairs), dtype=bool) if barred is None else barred[pairs.elder]
    gone, issues = no_elder | no_volunteer | no_consent, []
    for row in np.flatnonzero(gone).tolist():
        side = "elder" if no_elder[row] or no_consent[row] else "volunteer"
        header, who = column("pairs", f"{side}_id").header(), getattr(pairs, f"{side}_id")[row]
        about = {"elder": pairs.elder_id[row]}
        code = f"pair_{side}_absent" if no_elder[row] or side == "volunteer" else "pair_elder_no_consent"
        issues.append(Issue(code, pairs.file, int(pairs.row[row]), header, who, about))
    return pairs.where(~gone), issues


def _find_unmet_leavers(pairs: PairList, features: Features) -> Mask:
    """Return which pairs, (n,), are of an elder who leaves in this month, before the two have time for a contact."""
    left = features.roster.elders["left"].to_numpy().astype("datetime64[D]")[pairs.elder]
    leaves = np.asarray(left <= np.datetime64(features.horizon.end))
    barred = CommonTime().bar_pairs(features, measure_pairs(features, pairs.elder, pairs.volunteer))
    return np.zeros(len(left), dtype=bool) if barred is None else leaves & barred


def list_left_out(inputs: LoadedInputs, plan: Plan, people: PeopleNames) -> tuple[pd.DataFrame, list[Issue]]:
    """Return every elder of the roster who has no volunteer, and a warning of those whom a hand left out.

    Whom the plan itself leaves out has its reason. Who is on the list beside the pairs keeps the reason there while it
    is true of the pairs as they are now.
    """
    paired = np.zeros(inputs.month.n_elders, dtype=bool)
    paired[plan.elder] = True
    listed = inputs.unmatched if inputs.unmatched is not None else empty_frame("unmatched")
    mine = _keep_waiting(left_out.make_unmatched_frame(plan, people), listed)
    listed = left_out.forget_shortages(listed[~listed["elder_id"].isin(mine["elder_id"])])
    listed, issues = _correct_reasons(inputs, listed, plan, people)
    if len(inputs.month.previous) or len(mine):  # else nothing is said of tiers but what the list says
        listed = _renumber_tiers(listed, plan, people)
    listed = pd.concat([frame for frame in (listed, mine) if len(frame)] or [mine], ignore_index=True)
    known = pd.Index(people.elder_id[:-1]).get_indexer(pd.Index(listed["elder_id"]))
    listed = listed[(known >= 0) & ~paired[known]].drop_duplicates("elder_id")
    paired[known[known >= 0]] = True
    others = explain_left_out(plan.features, np.flatnonzero(~paired), plan.rules)
    leavers = set(inputs.pairs.elder[_find_unmet_leavers(inputs.pairs, plan.features)].tolist())
    others = tuple(Unmatched(row.elder, "absent") if row.elder in leavers else row for row in others)
    rows = left_out.make_unmatched_frame(replace(plan, unmatched=others), people)
    index = pd.Index(people.elder_id[:-1]).get_indexer(pd.Index(listed["elder_id"]))
    listed = listed.assign(elder_name=people.elder_names(listed["elder_id"]))
    listed = listed.assign(
        **{name: areas.to_numpy() for name, areas in left_out.get_areas(inputs.month.roster, index).items()}
    )
    both = pd.concat([frame for frame in (listed, rows) if len(frame)]) if len(listed) or len(rows) else rows
    issues += _warn_of("left_out_by_hand", inputs, others, people)
    return both.sort_values("elder_id", kind="stable", ignore_index=True), issues


def _correct_reasons(
    inputs: LoadedInputs, listed: pd.DataFrame, plan: Plan, people: PeopleNames
) -> tuple[pd.DataFrame, list[Issue]]:
    """Return a list of unmatched elders with reasons that are true of the plan, and a warning of whom a hand left out.

    Since when somebody waits stays as listed.
    """
    index = pd.Index(people.elder_id[:-1]).get_indexer(pd.Index(listed["elder_id"]))
    nearest_m = _measure_nearest_m(index, plan)
    is_other = np.abs(listed["nearest_volunteer_m"].to_numpy(float) - nearest_m) > _ROUNDED_M
    reasons = listed["reason"].mask(is_other & (listed["reason"] == "no_volunteer_in_reach"), "")  # it tells how far
    listed = listed.assign(nearest_volunteer_m=nearest_m)
    told = dict(zip(index.tolist(), reasons.tolist(), strict=True))
    for elder in (-1, *plan.elder.tolist()):
        told.pop(elder, None)
    untrue = explain_untrue(plan, told)
    if not untrue:
        return listed, []
    rows = _keep_waiting(left_out.make_unmatched_frame(replace(plan, unmatched=untrue), people), listed)
    others = listed[~listed["elder_id"].isin(rows["elder_id"])]
    both = pd.concat([frame for frame in (others, rows) if len(frame)], ignore_index=True)
    return both, _warn_of("reason_outdated", inputs, untrue, people)


def _measure_nearest_m(elders: NDArray[np.int64], plan: Plan) -> NDArray[np.float64]:
    """Return the straight line from each elder, -1 for nobody, to the nearest volunteer who takes part."""
    volunteers = np.flatnonzero(find_eligible_people(plan.features, plan.rules)[1])
    metres, known = np.full(len(elders), np.nan), elders >= 0
    metres[known] = measure_nearest_m(plan.features, elders[known], volunteers)
    return metres


def _keep_waiting(rows: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Return rows of unmatched elders, each waiting since when the list says that they do."""
    old = listed.drop_duplicates("elder_id").set_index("elder_id")
    names = [name for name in ("waiting_since", "counted_since") if name in old]
    told = {name: old[name].reindex(rows["elder_id"]).set_axis(rows.index).fillna(rows[name]) for name in names}
    return rows.assign(**told) if len(rows) and len(old) else rows


def _renumber_tiers(listed: pd.DataFrame, plan: Plan, people: PeopleNames) -> pd.DataFrame:
    """Return a list of unmatched elders with the tiers that they are of now.

    Tiers are numbered without gaps: who leaves, or joins, in the course of the month may renumber those of others. Who
    was outranked by a tier as it was numbered then is told of it no more.
    """
    elder = pd.Index(people.elder_id[:-1]).get_indexer(pd.Index(listed["elder_id"]))
    if "tier" not in listed or not (elder >= 0).any():
        return listed
    waits = listed["tier"].notna() & (elder >= 0)
    now = listed["tier"].where(~waits, plan.precedence.tier[elder])
    told = (now != listed["tier"]) & waits & (listed["reason"] == "outranked")
    listed = listed.assign(tier=now)
    return listed.assign(outranked_tier=listed["outranked_tier"].where(~told)) if told.any() else listed


def _warn_of(code: str, inputs: LoadedInputs, rows: Sequence[Unmatched], people: PeopleNames) -> list[Issue]:
    """Return a warning of those of ``rows`` whom a hand left out, if any."""
    ids = [people.elder_id[row.elder] for row in rows if row.reason == "by_hand"]
    if not ids:
        return []
    told = "; ".join(ids[:_NAMED]) + ("; …" if len(ids) > _NAMED else "")
    header = column("pairs", "elder_id").header()
    return [Issue(code, inputs.pairs.file, None, header, told, {"count": len(ids)})]


def find_concerned(prepared: PreparedPlan, only: PeopleIds, *, fill: bool = False) -> Mask | None:
    """Return elders whose contacts alone are planned anew, (n_elders,); None: everybody's.

    Raises:
        UsageError: somebody is on no roster, or has no pair. But an elder whose pair a hand took out has contacts that
            fall, and with ``fill`` one who found no place is listed with the reason.
    """
    if not only:
        return None
    month, plan, listed = prepared.month, prepared.plan, prepared.unmatched
    without = set(listed["elder_id"] if fill else listed["elder_id"][listed["reason"] == "by_hand"])
    nobody: set[str] = set()
    who = np.zeros(month.n_elders, dtype=bool)
    elders, volunteers = month.roster.directory("elders"), month.roster.directory("volunteers")
    sides = (
        (only.elders, elders, plan.elder, _("no elder has the id {value}"), without),
        (only.volunteers, volunteers, plan.volunteer, _("no volunteer has the id {value}"), nobody),
    )
    for ids, directory, paired, unknown, excused in sides:
        for name in ids:
            place = directory.find(name, unknown)
            if not (paired == place).any() and directory.ids[place] not in excused:
                raise UsageError(_("{value} has no pair: nothing to plan anew").format(value=name))
            who[plan.elder[paired == place]] = True
    return who
