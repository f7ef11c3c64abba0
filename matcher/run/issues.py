"""Issues that a month tells of beside the faults of its inputs, and broken rules, for which it is not written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd

from matcher.columns import column
from matcher.errors import VerificationError
from matcher.i18n import _
from matcher.messages import Issue
from matcher.roster.model import Roster
from matcher.run.inputs import Inputs
from matcher.scheduling.absences import Absence, find_left_unlisted
from matcher.verify import Verification, Violation


class BrokenRulesError(VerificationError):
    """The files as written break a rule; they were not published."""

    def __init__(self, verification: Verification, roster: Roster, inputs: Inputs) -> None:
        self.verification = verification
        self.roster = roster
        text = _("the plan breaks rules; it was not written")
        lists = [name for name in ("previous", "pins") if not getattr(inputs, name)]
        pairs = [one for one in verification.violations if one.elder_id and one.volunteer_id and not one.date]
        if inputs.pairs and pairs and lists:
            hint = _("pairs may stand by last month's list or by pins: give {options} as when the pairs were made")
            options = " ".join(f"--{name}" for name in lists)
            text = _("{problem}. {hint}").format(problem=text, hint=hint.format(options=options))
        if inputs.pairs and pairs:
            hint = _(
                "a pair that may be one no more: take its row out of a copy of the pairs, and name that to --pairs"
            )
            text = _("{problem}. {hint}").format(problem=text, hint=hint)
        super().__init__(text)


def ask_for_leaving_dates(roster: Roster, absences: pd.DataFrame) -> list[Issue]:
    """Return an issue for each who has left of whom the roster does not say so: the next match would use them again."""
    return [
        Issue(
            "left_not_on_roster",
            "absences.csv",
            column=column("absences", "person_id").header(),
            value=row["person_id"],
            params={
                "last": f"{row['from'] - timedelta(days=1):%Y-%m-%d}",
                "header": column(f"{row['part']}s", "left").header(),
            },
        )
        for row in find_left_unlisted(roster, absences)
    ]


def tell_nothing_handed_over(absence: Absence) -> Issue:
    """Return an issue of somebody who is away, and has nothing to hand over: the days may be others than meant."""
    return Issue(
        "nothing_handed_over",
        "absences.csv",
        column=column("absences", "person_id").header(),
        value=absence.volunteer_id,
        params={"first": absence.first.isoformat()},
    )


def list_notes(notes: Sequence[Violation]) -> list[Issue]:
    """Return the rules that contacts break which had to stand, as issues."""
    header = {side: column("visits", f"{side}_id").header() for side in ("elder", "volunteer")}
    return [
        Issue(
            "standing_breaks_rule",
            "visits.csv",
            note.row,
            header["elder" if note.elder_id else "volunteer"],
            note.elder_id or note.volunteer_id,
            {"rule": f"{note.message()}{f' ({note.date})' if note.date else ''}"},
        )
        for note in notes
    ]
