"""Issues that a month tells of beside the faults of its inputs: who has left, what contacts break that had to stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd

from matcher.columns import column
from matcher.messages import Issue
from matcher.roster.model import Roster
from matcher.scheduling.absences import find_left_unlisted
from matcher.verify import Violation


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
