"""Edits of plan workbooks among the inputs of a month, and those that earlier runs took.

A run folder keeps them in edits.csv. Later commands of the month read it beside the pairs, so that all of them hold.
The next month reads it beside last month's pairs: two who are to be no pair stay none, and consent counts until the
roster says so. A pin goes on as a pair of last month, which is worth keeping.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from matcher.columns import column
from matcher.errors import InputError
from matcher.matching.edits import Answer, DecidedEdits, decide_edits
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.roster.edits import Edit, list_workbooks, read_edits
from matcher.roster.model import PairList, Roster
from matcher.roster.pairs import load_file
from matcher.scheduling.absences import add_rows

_GOES_ON = ("never", "consent", "no_consent")
"""Edits that hold in later months."""


def load_edits(
    given: Sequence[Path],
    beside: Mapping[str, Path],
    month: MonthData,
    pairs: PairList | None,
    absences: pd.DataFrame,
    issues: list[Issue],
) -> DecidedEdits:
    """Return the month with the edits of workbooks and of earlier runs; faults are added to ``issues``.

    Args:
        given: Workbooks, or folders of them.
        beside: Files of earlier runs, ``edits`` of this month, ``previous_edits`` of the last one.
        month: The month without edits.
        pairs: Pairs made by hand that stand; None where the month is matched.
        absences: Absences told in the course of the month: what an earlier run took as one of them stands there.
        issues: Where to add faults.
    """
    edits = [*_read_carried(beside, month.roster, absences, issues)]
    try:
        edits += read_edits(list_workbooks(given), month.roster, month.horizon, month.settings) if given else ()
    except InputError as error:
        issues += error.issues
    if not edits:
        return DecidedEdits(month, pairs=pairs)
    decided = decide_edits(edits, month, pairs)
    issues += [
        _tell(answer.edit, answer.issue) for answer in decided.answers if answer.issue and not answer.edit.carried
    ]
    issues += _ask_for_roster(decided, month.roster)
    return decided


def _tell(edit: Edit, issue: Issue) -> Issue:
    """Return a warning of an edit that is not taken."""
    params = {"problem": issue.message(), "advice": issue.advice()}
    return Issue("edit_not_taken", edit.file, edit.row, edit.header, issue.value, params)


def _ask_for_roster(decided: DecidedEdits, roster: Roster) -> Iterator[Issue]:
    """Yield a warning of each consent that the roster does not say."""
    said = roster.elders["consent"].tolist()
    for edit in decided.taken:
        wanted = {"consent": "yes", "no_consent": "no"}.get(edit.kind)
        if wanted and said[edit.elder] != wanted:
            header = column("elders", "consent").header()
            who = roster.elders["id"].iloc[edit.elder]
            yield Issue("edit_for_roster", edit.file, edit.row, edit.header, who, {"header": header})


def _read_carried(
    beside: Mapping[str, Path], roster: Roster, absences: pd.DataFrame, issues: list[Issue]
) -> Iterator[Edit]:
    """Yield what earlier runs took: last month's first. People who are on the roster no more are passed over."""
    told = set(zip(absences["part"], absences["person_id"], strict=True))
    index = {side: roster.directory(f"{side}s").index for side in ("elder", "volunteer")}
    consent = roster.elders["consent"].tolist()
    for name in ("previous_edits", "edits"):
        if name not in beside:
            continue
        try:
            frame, found = load_file(beside[name], "edits", roster)
        except InputError as error:
            issues += error.issues
            continue
        issues += found
        for row in frame[frame["outcome"] == "taken"].to_dict("records"):
            ids = {side: row[f"{side}_id"] for side in index}
            if any(text and text not in index[side] for side, text in ids.items()):
                continue
            elder, volunteer = (index[side].get(text, -1) for side, text in ids.items())
            kind, days = row["kind"], tuple(date.fromisoformat(day) for day in row["days"].split("; ") if day)
            if name == "previous_edits" and kind not in _GOES_ON:
                continue
            part = "elder" if elder >= 0 else "volunteer"
            if kind in ("away", "days_off") and (part, ids[part]) in told:
                continue
            if consent[elder] == {"consent": "yes", "no_consent": "no"}.get(kind, "-"):
                continue
            number = None if pd.isna(row["sheet_row"]) else int(row["sheet_row"])
            yield Edit(row["workbook"], number, row["column"], row["value"], kind, elder, volunteer, days, carried=True)


def list_new_absences(decided: DecidedEdits, absences: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of absences.csv with those that edits tell beside pairs that stand."""
    roster = decided.month.roster
    rows = [
        {"part": part, "person_id": getattr(roster, f"{part}s")["id"].iloc[person], "from": first, "to": last}
        for part, person, days in decided.away
        for first, last in _find_spans(days)
    ]
    return add_rows(absences, [{**row, "kind": "away"} for row in rows]) if rows else absences


def _find_spans(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Yield the first and last day of each run of days, which are in order."""
    first = last = days[0]
    for day in days[1:]:
        if (day - last).days > 1:
            yield first, last
            first = day
        last = day
    yield first, last


def list_answers(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """Return the answers without those to edits of earlier runs that hold no more."""
    return tuple(answer for answer in answers if not (answer.edit.carried and answer.outcome != "taken"))
