"""Plans, schedules, issues and violations as frames with the columns of ``columns.FILES``, by name and in codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from matcher.demand.pair_use import sum_pair_use
from matcher.i18n import _
from matcher.matching.candidates import find_eligible_people
from matcher.matching.capacity import compute_capacity, compute_load_cost_m, count_missing_elders
from matcher.matching.edits import Answer
from matcher.messages import EDITS, NOTICES, Issue
from matcher.outputs.text import take_words, wrap_as_text
from matcher.plan import Plan
from matcher.privacy import mask_names, mask_phone
from matcher.roster.model import PairList, Roster
from matcher.schedule import KINDS, Schedule
from matcher.scheduling.notices import Notice, Part
from matcher.scheduling.visit_ids import make_visit_ids

Names = Literal["masked", "full"]
Index = NDArray[np.int64]


class ViolationLike(Protocol):
    """What a broken rule tells about itself."""

    @property
    def rule(self) -> str:
        """Return the name of the rule, a key of ``messages.VIOLATIONS``."""
        ...

    @property
    def elder_id(self) -> str:
        """Return the elder, empty where it is about none."""
        ...

    @property
    def volunteer_id(self) -> str:
        """Return the volunteer, empty where it is about none."""
        ...

    @property
    def date(self) -> date | None:
        """Return the date, where there is one."""
        ...

    @property
    def amount(self) -> float | None:
        """Return by how much, where there is an amount."""
        ...

    def message(self) -> str:
        """Return the sentence, in the language in use."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PeopleNames:
    """Ids and names of both rosters, in roster order, one empty entry more at the end: index -1 is nobody."""

    elder_id: NDArray[np.object_]
    elder_name: NDArray[np.object_]
    volunteer_id: NDArray[np.object_]
    volunteer_name: NDArray[np.object_]

    @classmethod
    def of(cls, roster: Roster, names: Names = "masked") -> PeopleNames:
        """Return the people of a roster, their names masked unless asked for in full."""
        parts: list[NDArray[np.object_]] = []
        for frame in (roster.elders, roster.volunteers):
            shown = frame["name"] if names == "full" else mask_names(frame["name"])
            parts += [np.append(column.to_numpy(dtype=object), "") for column in (frame["id"], shown)]
        return cls(*parts)

    def columns(self, elder: Index, volunteer: Index) -> dict[str, ExtensionArray]:
        """Return the four columns that name two people, for roster indices."""
        return {
            "elder_id": _taken(self.elder_id, elder),
            "elder_name": _taken(self.elder_name, elder),
            "volunteer_id": _taken(self.volunteer_id, volunteer),
            "volunteer_name": _taken(self.volunteer_name, volunteer),
        }

    def elder_names(self, ids: pd.Series) -> pd.Series:
        """Return names for elders' ids, empty for ids that are on no roster."""
        return _look_up(ids, self.elder_id, self.elder_name)

    def volunteer_names(self, ids: pd.Series) -> pd.Series:
        """Return names for volunteers' ids, empty for ids that are on no roster."""
        return _look_up(ids, self.volunteer_id, self.volunteer_name)


def _look_up(ids: pd.Series, known: NDArray[np.object_], names: NDArray[np.object_]) -> pd.Series:
    where = pd.Index(known[:-1]).get_indexer(pd.Index(ids))
    return pd.Series(names[where], index=ids.index, dtype=str)


def make_pairs_frame(plan: Plan, people: PeopleNames) -> pd.DataFrame:
    """Return ``pairs``: one row a pair, in order of elder; a cost term a rule that has something to say."""
    terms = {"walking": np.zeros(len(plan.elder), np.int64), "keep": np.zeros(len(plan.elder), np.int64)}
    frame = pd.DataFrame(
        {
            **people.columns(plan.elder, plan.volunteer),
            "distance_m": plan.distance_m,
            "place_quality": plan.month.roster.elders["place_quality"].to_numpy(dtype=object)[plan.elder],
            "same_building": plan.same_building,
            "status": plan.status,
            "since": plan.first_day.astype("datetime64[s]"),
            **_tell_waiting(plan),
            **_backups(plan, people),
            "cost_m": plan.cost_m,
            **{f"{name}_cost_m": metres for name, metres in (terms | dict(plan.cost_terms)).items()},
        }
    )
    return frame if not len(plan.paused) else _add_paused(frame, plan.paused, people)


def make_moves_frame(moves: pd.DataFrame, people: PeopleNames) -> pd.DataFrame:
    """Return ``moves``: who would go from whom to whom; ``moves`` holds roster indices, -1 for nobody."""
    elder, before, after = (moves[name].to_numpy(np.int64) for name in ("elder", "before", "after"))
    who, whom = people.columns(elder, before), people.columns(elder, after)
    return pd.DataFrame(
        {
            "answer": moves["answer"].to_numpy(np.int64),
            "elder_id": who["elder_id"],
            "elder_name": who["elder_name"],
            "previous_volunteer_id": who["volunteer_id"],
            "previous_volunteer_name": who["volunteer_name"],
            "volunteer_id": whom["volunteer_id"],
            "volunteer_name": whom["volunteer_name"],
            "metres": moves["metres"].to_numpy(np.int64),
        }
    )


def _add_paused(frame: pd.DataFrame, paused: PairList, people: PeopleNames) -> pd.DataFrame:
    """Return the pairs, and those that pause after them: who they are and since when, no amounts."""
    who = people.columns(paused.elder, paused.volunteer)
    order = np.argsort(paused.elder, kind="stable")
    none = np.full(len(paused), np.datetime64("NaT", "M"))
    since, begun = (none if dates is None else dates for dates in (paused.since, paused.paused_since))
    told = {**{name: np.asarray(words, dtype=object)[order] for name, words in who.items()}}
    told |= {"status": np.full(len(paused), "paused", dtype=object), "since": since[order].astype("datetime64[s]")}
    waiting = none if paused.waiting_since is None else paused.waiting_since
    told["waiting_since"] = waiting[order].astype("datetime64[s]")
    columns: dict[str, object] = {}
    for name, column in frame.items():
        values = column.map({True: "yes", False: "no"}) if column.dtype == bool else column
        if name in told:  # before their kind is asked: an empty column has none
            columns[str(name)] = np.append(values.to_numpy(told[str(name)].dtype), told[str(name)])
        elif pd.api.types.is_numeric_dtype(values):
            columns[str(name)] = np.append(values.to_numpy(float), np.full(len(paused), np.nan))
        else:
            columns[str(name)] = np.append(values.to_numpy(object), np.full(len(paused), "", dtype=object))
    columns["paused_since"] = np.append(
        np.full(len(frame), np.datetime64("NaT", "s")), begun[order].astype("datetime64[s]")
    )
    return pd.DataFrame(columns)


def _tell_waiting(plan: Plan) -> dict[str, NDArray[np.datetime64]]:
    """Return the column of who waits to be met; none where nobody does."""
    if plan.waiting_since is None or np.isnat(plan.waiting_since).all():
        return {}
    return {"waiting_since": plan.waiting_since.astype("datetime64[s]")}


def _backups(plan: Plan, people: PeopleNames) -> dict[str, NDArray[np.object_] | NDArray[np.float64]]:
    """Return the columns of second volunteers; none where none were planned."""
    if plan.backups is None:
        return {}
    return {
        "backup_volunteer_id": people.volunteer_id[plan.backups.volunteer],
        "backup_volunteer_name": people.volunteer_name[plan.backups.volunteer],
        "backup_distance_m": plan.backups.distance_m,
    }


def make_capacity_frame(plan: Plan, people: PeopleNames) -> pd.DataFrame:
    """Return ``capacity``: one row a volunteer who takes part or has a pair: places, load, what a place is worth."""
    features = plan.features
    there = find_eligible_people(features)[1]
    who = np.flatnonzero(there | (plan.load > 0))
    frail = np.bincount(plan.volunteer[features.high_risk[plan.elder]], minlength=features.n_volunteers)
    nobody_knows = np.full(len(who), np.nan)
    return pd.DataFrame(
        {
            "volunteer_id": people.volunteer_id[who],
            "volunteer_name": people.volunteer_name[who],
            "places": compute_capacity(features)[who],
            "load": plan.load[who],
            "used": sum_pair_use(features, plan.elder, plan.volunteer)[who],
            "high_risk": frail[who],
            "missing": count_missing_elders(features, plan.load, there)[who],
            "load_cost_m": compute_load_cost_m(features, plan.load, there)[who],
            "place_price_m": nobody_knows if plan.price_m is None else _blank_unknown(plan.price_m[who]),
            "place_dual_m": nobody_knows if plan.dual_m is None else plan.dual_m[who],
        }
    )


def _blank_unknown(metres: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return metres, NaN for those below 0: not known."""
    return np.where(metres < 0, np.nan, metres)


def make_absences_frame(rows: pd.DataFrame, people: PeopleNames) -> pd.DataFrame:
    """Return ``absences``: one row an absence told in the course of the month."""
    elders, volunteers = people.elder_names(rows["person_id"]), people.volunteer_names(rows["person_id"])
    return rows.assign(person_name=elders.where(rows["part"] == "elder", volunteers))


def make_shared_homes_frame(plan: Plan, people: PeopleNames) -> pd.DataFrame:
    """Return ``shared_homes``: one row an elder of a home that has several volunteers, home after home."""
    rows = []
    for home, elders in enumerate(plan.split_homes, start=1):
        found = plan.joining.get(elders[0])
        join = "" if found is None else people.volunteer_id[found.volunteer]
        metres = (-1, -1) if found is None else (found.cost, found.least)
        known = [np.nan if cost < 0 else cost for cost in metres]
        rows += [(home, elder, join, *known) for elder in elders]
    frame = pd.DataFrame(rows, columns=["home", "elder", "join_volunteer_id", "join_m", "join_least_m"])
    elder = frame.pop("elder").to_numpy(np.int64)
    for name, column in people.columns(elder, plan.volunteer_of[elder]).items():
        frame[name] = column
    return frame


def make_changes_frame(plan: Plan, people: PeopleNames) -> pd.DataFrame:
    """Return ``changes``: one row an elder whose volunteer is another than last month."""
    elder, volunteer = _index(row.elder for row in plan.changes), _index(row.volunteer for row in plan.changes)
    before = _codes(row.previous_volunteer_id for row in plan.changes)
    gone = _codes(row.elder_id for row in plan.changes)
    columns = people.columns(elder, volunteer)
    return pd.DataFrame(
        {
            **columns,
            "elder_id": gone.where(elder < 0, pd.Series(columns["elder_id"], index=gone.index)),
            "previous_volunteer_id": before,
            "previous_volunteer_name": people.volunteer_names(before),
            "reason": _codes(row.reason for row in plan.changes),
            "place_for": _taken(people.elder_id, _index(row.place_for for row in plan.changes)),
        }
    )


def make_visits_frame(schedule: Schedule, people: PeopleNames) -> pd.DataFrame:
    """Return ``visits``: one row a contact, in order of volunteer, date and order of the day."""
    n, ids = len(schedule), schedule.visit_id
    return pd.DataFrame(
        {
            "visit_id": make_visit_ids(schedule, people.elder_id) if ids is None else pd.Series(ids, dtype=str),
            "date": schedule.day.astype("datetime64[s]"),
            "start": schedule.start_min,
            "end": schedule.end_min,
            "kind": _taken(np.array(KINDS, dtype=object), schedule.kind),
            **people.columns(schedule.elder, schedule.volunteer),
            "order_of_day": schedule.order_of_day,
            "in_place_of": _taken(people.volunteer_id, schedule.stands_in_for),
            "companion": _taken(people.volunteer_id, schedule.companion),
            "revision": np.zeros(n, dtype=np.int64) if schedule.revision is None else schedule.revision,
        }
    )


def make_notices_frame(notices: Sequence[Notice], people: PeopleNames, roster: Roster) -> pd.DataFrame:
    """Return ``notices``: one row a notice, volunteers first, by person, date and start; in the language in use.

    Telephone numbers are masked: in full they stand on the hand-outs alone.
    """
    ids = {"elder": people.elder_id, "volunteer": people.volunteer_id}
    shown = {"elder": people.elder_name, "volunteer": people.volunteer_name}
    phones = {
        part: frame["phone"].map(mask_phone).to_numpy(dtype=object)
        for part, frame in (("elder", roster.elders), ("volunteer", roster.volunteers))
    }

    def name(part: Part, person: int) -> str:
        return f"{shown[part][person]} ({ids[part][person]})"

    rows = []
    for one in notices:
        message, start = write_notice(one, name), write_time(one.start_min)
        about = (ids[one.part][one.person], shown[one.part][one.person], one.part, phones[one.part][one.person])
        rows.append((*about, pd.NaT if one.day is None else pd.Timestamp(one.day), message, start))
    frame = pd.DataFrame(rows, columns=["person_id", "person_name", "part", "phone", "date", "message", "start"])
    frame["date"] = pd.to_datetime(frame["date"])
    by = ["part", "person_id", "date", "start"]
    frame = frame.sort_values(by, ascending=[False, True, True, True], kind="stable", ignore_index=True)
    return frame.drop(columns="start").assign(told=pd.Series("", index=frame.index, dtype=str))


def write_notice(one: Notice, name: Callable[[Part, int], str]) -> str:
    """Return the sentence of a notice, in the language in use; ``name`` says how people are called in it."""

    def show(part: Part, person: int, unlisted: str = "") -> str:
        return name(part, person) if person >= 0 else unlisted

    return _(NOTICES[one.code]).format(
        volunteer=show("volunteer", one.absent, one.absent_id),
        elder=show("elder", one.elder, one.elder_id),
        stand_in=show("volunteer", one.stand_in),
        whom=show("volunteer", one.whom),
        day=one.since,
        start=write_time(one.start_min),
        old_day=one.old_day,
        old_start=write_time(one.old_start_min),
    )


def write_time(minutes: int | None) -> str:
    """Return minutes after midnight as ``09:30``; empty for none."""
    return "" if minutes is None else "{:02}:{:02}".format(*divmod(minutes, 60))


def make_unscheduled_frame(schedule: Schedule, people: PeopleNames) -> pd.DataFrame:
    """Return ``unscheduled``: contacts of one kind that a pair's week could not hold."""
    rows = schedule.unscheduled
    return pd.DataFrame(
        {
            **people.columns(_index(row.elder for row in rows), _index(row.volunteer for row in rows)),
            "week_start": pd.to_datetime([row.week_start for row in rows]),
            "kind": _codes(KINDS[row.kind] for row in rows),
            "missing": _index(row.missing for row in rows),
            "as_calls": _index(row.as_calls for row in rows),
            "reason": _codes(row.reason for row in rows),
        }
    )


def make_edits_frame(answers: Sequence[Answer], people: PeopleNames, names: Names = "masked") -> pd.DataFrame:
    """Return ``edits``: one row an edit of a plan workbook, with what became of it; in the language in use."""
    elder, volunteer = _index(one.edit.elder for one in answers), _index(one.edit.volunteer for one in answers)
    advice = [one.issue.advice() if one.issue else "" for one in answers]
    return pd.DataFrame(
        {
            "workbook": _codes(one.edit.file for one in answers),
            "sheet_row": np.array([_number(one.edit.row) for one in answers], dtype=float),
            "column": _codes(one.edit.header for one in answers),
            "value": _codes(one.edit.text if names == "full" else one.edit.shown for one in answers),
            "kind": _codes(one.edit.kind for one in answers),
            **people.columns(elder, volunteer),
            "days": _codes("; ".join(day.isoformat() for day in one.edit.days) for one in answers),
            "outcome": _codes(one.outcome for one in answers),
            "price_m": np.array([one.price.metres if one.price else np.nan for one in answers], dtype=float),
            "price_elders": np.array([one.price.elders if one.price else np.nan for one in answers], dtype=float),
            "message": _codes(one.issue.message() if one.issue else _join_pieces(one) for one in answers),
            "advice": _codes(advice),
        }
    )


def _join_pieces(answer: Answer) -> str:
    return _("; ").join(_(EDITS[code]).format_map(filled) for code, filled in answer.pieces)


def make_issues_frame(issues: Sequence[Issue]) -> pd.DataFrame:
    """Return ``issues``: one row an issue, in order of file, row and column; sentences in the language in use."""
    ordered = sorted(issues, key=lambda issue: (issue.file, issue.row or 0, issue.column, issue.code))
    return pd.DataFrame(
        {
            "file": _codes(issue.file for issue in ordered),
            "row": np.array([np.nan if issue.row is None else issue.row for issue in ordered], dtype=float),
            "column": _codes(issue.column for issue in ordered),
            "value": _codes(issue.value for issue in ordered),
            "code": _codes(issue.code for issue in ordered),
            "message": _codes(issue.message() for issue in ordered),
            "advice": _codes(issue.advice() for issue in ordered),
            "severity": _codes(issue.severity for issue in ordered),
        }
    )


def set_aside_frame(roster: Roster, names: Names = "masked") -> pd.DataFrame:
    """Return ``set_aside``: one row a person whose row of the roster is at fault, with what is wrong."""
    aside = roster.people_set_aside
    told: dict[tuple[str, int], list[str]] = {}
    for issue in roster.issues:
        if issue.severity == "error" and issue.row is not None:
            told.setdefault((issue.file, issue.row), []).append(f"{issue.column}: {issue.message()}")
    places = list(zip(aside["file"], aside["row"].tolist(), strict=True))
    return pd.DataFrame(
        {
            "file": aside["file"],
            "row": aside["row"],
            "part": aside["kind"].str.removesuffix("s"),
            "person_id": aside["id"],
            "person_name": aside["name"] if names == "full" else mask_names(aside["name"]),
            "message": _codes("; ".join(told.get(place, ())) for place in places),
        }
    )


def make_violations_frame(violations: Sequence[ViolationLike], people: PeopleNames) -> pd.DataFrame:
    """Return ``violations``: one row a broken rule, as the verifier lists them."""
    elder_id = _codes(row.elder_id for row in violations)
    volunteer_id = _codes(row.volunteer_id for row in violations)
    return pd.DataFrame(
        {
            "rule": _codes(row.rule for row in violations),
            "elder_id": elder_id,
            "elder_name": people.elder_names(elder_id),
            "volunteer_id": volunteer_id,
            "volunteer_name": people.volunteer_names(volunteer_id),
            "date": pd.to_datetime(pd.Series([row.date for row in violations], dtype=object)),
            "amount": np.array([_number(row.amount) for row in violations], dtype=float),
            "message": _codes(row.message() for row in violations),
        }
    )


def _taken(words: NDArray[np.object_], index: Index) -> ExtensionArray:
    """Return the words at some places, as text."""
    return wrap_as_text(take_words(words, index))


def _number(amount: float | None) -> float:
    return np.nan if amount is None else float(amount)


def _index(values: Iterable[int]) -> Index:
    return np.fromiter(values, dtype=np.int64)


def _codes(values: Iterable[str]) -> pd.Series:
    return pd.Series(list(values), dtype=str)
