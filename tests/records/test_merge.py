"""Sheets merged with what is on record, held to a plain model on random rows."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest

from matcher.records.file import NAMES
from matcher.records.merge import merge_records
from matcher.roster.convert import empty_frame
from tests.helpers.effort import long, some
from tests.helpers.records import visit_id

NOTHING = empty_frame("records")
SAID = ("date", "kind", "outcome", "minutes", "remark", "by_id")


def rows(*given, file="a.csv"):
    base = {"visit_id": visit_id(1, "E001"), "date": "2026-12-01", "elder_id": "E001", "volunteer_id": "V01"}
    base |= {"kind": "visit", "outcome": "done", "minutes": np.nan, "remark": "", "by_id": ""}
    made = [base | row | {"file": file, "row": i + 2, "source": f"{file}:{i + 2}"} for i, row in enumerate(given)]
    frame = pd.DataFrame(made, columns=[*NAMES, "file", "row"])
    frame["date"] = pd.to_datetime(frame["date"])
    frame["minutes"] = frame["minutes"].astype(float)
    return frame


def as_stored(records):
    return records.assign(file="records.csv", row=np.arange(len(records)) + 2)


def test_the_same_sheet_twice_changes_nothing():
    sheet = rows({}, {"visit_id": "", "elder_id": "E002", "minutes": 20.0})
    first = merge_records(NOTHING, sheet)
    again = merge_records(as_stored(first.records), sheet)
    assert (first.new, first.changed, first.known) == (2, 0, 0)
    assert (again.new, again.changed, again.known) == (0, 0, 2)
    pd.testing.assert_frame_equal(first.records, again.records)


def test_what_only_one_says_is_taken():
    stands = merge_records(NOTHING, rows({"minutes": 40.0})).records
    merged = merge_records(as_stored(stands), rows({"remark": "血压正常"}, file="b.csv"))
    assert (merged.new, merged.changed, merged.known) == (0, 1, 0)
    [record] = merged.records.to_dict("records")
    assert (record["minutes"], record["remark"], record["source"]) == (40, "血压正常", "a.csv:2")


def test_two_sheets_that_contradict_are_both_named_and_left_out():
    one, two = rows({}), rows({"outcome": "no_answer"}, file="b.csv")
    merged = merge_records(NOTHING, pd.concat([one, two], ignore_index=True))
    assert not len(merged.records)
    assert [(issue.code, issue.file, issue.row, issue.params["other"]) for issue in merged.issues] == [
        ("record_contradicts", "a.csv", 2, "b.csv:2"),
        ("record_contradicts", "b.csv", 2, "a.csv:2"),
    ]
    assert (merged.new, merged.changed, merged.known) == (0, 0, 0)


def test_what_stands_stays_unless_the_sheet_is_to_replace_it():
    stands = as_stored(merge_records(NOTHING, rows({"minutes": 40.0, "remark": "安好"})).records)
    sheet = rows({"outcome": "no_answer"}, file="b.csv")
    asked = merge_records(stands, sheet)
    [issue] = asked.issues
    assert (issue.code, issue.file, issue.params["other"]) == ("record_contradicts_file", "b.csv", "a.csv:2")
    assert asked.records["outcome"].tolist() == ["done"]
    replaced = merge_records(stands, sheet, replace=True)
    assert not replaced.issues
    assert (replaced.new, replaced.changed, replaced.known) == (0, 1, 0)
    [record] = replaced.records.to_dict("records")
    assert (record["outcome"], record["remark"], record["source"]) == ("no_answer", "", "b.csv:2")
    assert np.isnan(record["minutes"])


def spell(row):
    return str([str(row[name]) for name in ("visit_id", "elder_id", *SAID, "source")])


def is_said(value):
    return value != "" and not (isinstance(value, float) and np.isnan(value))


def merge_plainly(before, sheets, *, replace):
    """The merge as plain loops over groups of one contact."""
    groups = {}
    for fresh, frame in ((False, before), (True, sheets)):
        for row in frame.to_dict("records"):
            made_by = row["by_id"] or row["volunteer_id"]
            key = row["visit_id"] or (row["date"], row["elder_id"], row["kind"], made_by)
            groups.setdefault(key, []).append((fresh, row))
    out, wrong = [], 0
    for group in groups.values():
        standing = [row for fresh, row in group if not fresh]
        new = [row for fresh, row in group if fresh]

        def differ(one, other):
            return any(is_said(one[name]) and is_said(other[name]) and one[name] != other[name] for name in SAID)

        unsound = {
            i for name in SAID if len({row[name] for row in new if is_said(row[name])}) > 1 for i in range(len(new))
        }
        against = {i for i, row in enumerate(new) if i not in unsound and standing and differ(standing[0], row)}
        wrong += len(unsound) + (0 if replace else len(against))
        kept = [row for i, row in enumerate(new) if i not in unsound and (replace or i not in against)]
        used = ([] if replace and against else standing) + kept
        if used:
            joined = dict(used[0])
            for name in SAID:
                joined[name] = next((row[name] for row in used if is_said(row[name])), used[0][name])
            out.append(joined)
    return out, wrong


@pytest.mark.parametrize("replace", [False, *long(True)])
def test_random_rows_against_the_plain_model(replace):
    chance = random.Random(5)

    def draw(n, file):
        made = []
        for _ in range(n):
            day, elder = chance.randint(1, 3), f"E00{chance.randint(1, 2)}"
            planned = chance.random() < 0.6
            made.append(
                {
                    "visit_id": visit_id(day, elder) if planned else "",
                    "date": f"2026-12-0{day}",
                    "elder_id": elder,
                    "kind": chance.choice(["visit", "call"]) if not planned else "visit",
                    "outcome": chance.choice(["done", "done", "no_answer"]),
                    "minutes": chance.choice([np.nan, 30.0]),
                    "remark": chance.choice(["", "安好"]),
                }
            )
        return rows(*made, file=file)

    for _ in range(some(60)):
        before = as_stored(merge_records(NOTHING, draw(4, "old.csv")).records)
        sheets = draw(6, "new.csv")
        merged = merge_records(before, sheets, replace=replace)
        expected, wrong = merge_plainly(before, sheets, replace=replace)
        assert len(merged.issues) == wrong
        assert sorted(map(spell, merged.records.to_dict("records"))) == sorted(map(spell, expected))
        total = merged.new + merged.changed + merged.known + wrong
        assert total == len(sheets)
