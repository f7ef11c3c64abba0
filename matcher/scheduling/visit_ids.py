"""What a contact is called from one run to the next, and what fell away.

A contact that a new run finds again keeps its id, and calendars find it by that:

1. the elder has a contact on the same date: it is the same, whoever makes it, at whatever hour
2. otherwise the pair has one of the same kind in the same week, Monday to Sunday: it was moved

``revision`` rises by one whenever anything changed that a calendar shows. Everything else is new; what is not found
again is cancelled.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from matcher.schedule import NOBODY, Schedule
from matcher.scheduling.earlier import EarlierContacts

Index = NDArray[np.int64]
_SHOWN = ("day", "start_min", "end_min", "kind", "volunteer", "companion", "stands_in_for")
"""What a calendar shows of a contact, beside names and the place."""
_NAMED = ("volunteer_id", "companion", "in_place_of")
"""People whose names it shows too."""


def make_visit_ids(schedule: Schedule, elder_id: NDArray[np.object_]) -> ExtensionArray:
    """Return an id for each contact: ``20261203-E00012``; a second one on one day, by hand, ends in ``-2``.

    An elder has one contact a day, so date and elder say which contact it is, and depend on nothing else that a plan
    holds. A re-run changes the ids of those contacts only that changed their day.
    """
    days, position = np.unique(schedule.day.astype("datetime64[D]"), return_inverse=True)
    stamps = pa.array([str(day).replace("-", "") for day in days], pa.string())
    ids = pa.array(elder_id, pa.string()).take(pa.array(schedule.elder))
    words = pc.binary_join_element_wise(stamps.take(pa.array(position)), ids, "-")
    key = pd.Series(schedule.elder * max(len(days), 1) + position)
    if key.duplicated().any():
        nth = key.groupby(key).cumcount().to_numpy()
        endings = pa.array(["", *(f"-{n + 1}" for n in range(1, nth.max() + 1))], pa.string())
        words = pc.binary_join_element_wise(words, endings.take(pa.array(nth)), "")
    text: ExtensionArray = pd.array(words, dtype="str")
    return text


def carry_ids_over(
    schedule: Schedule,
    earlier: EarlierContacts,
    elder_id: NDArray[np.object_],
    volunteer_id: NDArray[np.object_],
    shown: pd.DataFrame | None = None,
) -> tuple[Schedule, pd.DataFrame]:
    """Return the contacts under their ids of an earlier run, and those of it that fell away.

    Args:
        schedule: The contacts of this run.
        earlier: Those of the earlier run in the same dates.
        elder_id: The ids of the roster's elders.
        volunteer_id: The ids of its volunteers.
        shown: ``visits`` as they are to be written, with the column ``place``, where calendars are.

    Returns:
        The schedule with ids and revisions; rows of contacts to cancel, with ``revision`` raised.
    """
    old = earlier.schedule
    assert old.visit_id is not None
    assert old.revision is not None
    found = _find_again(schedule, old)
    known = found >= 0
    ids = make_visit_ids(schedule, elder_id).to_numpy(dtype=object).copy()
    ids[known] = old.visit_id[found[known]]
    changed = np.zeros(len(schedule), dtype=bool)
    for name in _SHOWN:
        changed[known] |= getattr(schedule, name)[known] != getattr(old, name)[found[known]]
    if shown is not None:
        changed[known] |= _shows_other_words(shown[known], earlier.rows.iloc[found[known]], earlier.rows)
    revision = np.zeros(len(schedule), dtype=np.int64)
    revision[known] = old.revision[found[known]] + changed[known]
    ids = _tell_apart(ids, known)
    owners = _join(ids, volunteer_id[schedule.volunteer])
    listed = _list_owners(earlier.cancelled)
    # what was cancelled comes back, or an id that the contact of another day had: newer than all that calendars know
    gone = pd.concat([listed, _list_owners(earlier.rows)[lambda rows: ~rows["visit_id"].isin(ids[known])]])
    returned = gone.groupby("key")["revision"].max().reindex(owners).to_numpy()
    revision = np.fmax(revision, returned + 1).astype(np.int64)
    entries = set(owners)
    along = schedule.companion != NOBODY
    entries.update(_join(ids[along], volunteer_id[schedule.companion[along]]))
    return replace(schedule, visit_id=ids, revision=revision), _list_cancelled(earlier.rows, listed, entries)


def count_changes(schedule: Schedule, earlier: EarlierContacts) -> dict[str, int]:
    """Return how many contacts are as they were in the earlier run, changed, new, and cancelled since."""
    old = earlier.rows.drop_duplicates("visit_id").set_index("visit_id")["revision"]
    ids = pd.Index([] if schedule.visit_id is None else schedule.visit_id)
    was = old.reindex(ids).to_numpy(float)
    new = np.isnan(was)
    same = ~new & (schedule.revision == was)
    return {
        "unchanged": int(same.sum()),
        "changed": int((~new & ~same).sum()),
        "new": int(new.sum()),
        "cancelled": int((~old.index.isin(ids)).sum()),
    }


def _find_again(schedule: Schedule, old: Schedule) -> Index:
    """Return the position in ``old`` of each contact, -1 for a new one."""
    mine, theirs = _make_frame(schedule), _make_frame(old)
    found = np.full(len(mine), -1, dtype=np.int64)
    left = np.ones(len(theirs), dtype=bool)
    for keys in (["elder", "day"], ["elder", "volunteer", "kind", "week"]):
        one, other = _number(mine[found[mine.index] < 0], keys), _number(theirs[left[theirs.index]], keys)
        both = one.merge(other, on=[*keys, "nth"], suffixes=("", "_old"))
        found[both["position"].to_numpy()] = both["position_old"].to_numpy()
        left[both["position_old"].to_numpy()] = False
    return found


def _make_frame(schedule: Schedule) -> pd.DataFrame:
    """Return what tells contacts apart, in order of day and time."""
    day = schedule.day.astype("datetime64[D]").astype(np.int64)
    order = np.lexsort((schedule.start_min, day))
    table = {
        "elder": schedule.elder,
        "volunteer": schedule.volunteer,
        "kind": schedule.kind,
        "day": day,
        "week": (day + 3) // 7,  # 1970-01-01 was a Thursday
    }
    return pd.DataFrame({name: column[order] for name, column in table.items()}, index=order)


def _shows_other_words(frame: pd.DataFrame, old: pd.DataFrame, everything: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell of which contacts calendars show another place or name than before; ``old`` are the same contacts.

    Only where an earlier run's table tells that calendars were written.
    """
    if "place" not in old or not (everything["place"] != "").any():
        return np.zeros(len(frame), dtype=bool)
    changed = (frame["place"].to_numpy() != old["place"].to_numpy()) | (
        frame["elder_name"].to_numpy() != old["elder_name"].to_numpy()
    )
    names = [
        rows.drop_duplicates("volunteer_id").set_index("volunteer_id")["volunteer_name"] for rows in (frame, everything)
    ]
    for column in _NAMED:
        now, before = (known.reindex(frame[column]).to_numpy(dtype=object) for known in names)
        changed |= pd.notna(now) & pd.notna(before) & (now != before)
    return np.asarray(changed, dtype=bool)


def _number(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return each row's keys and position, and which of those with the same keys it is."""
    return rows[keys].assign(position=rows.index, nth=rows.groupby(keys).cumcount())


def _tell_apart(ids: NDArray[np.object_], kept: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return the ids, with an ending where a contact moved from that very date holds a new one already."""
    taken = set(ids[kept])
    for i in np.flatnonzero(~kept & np.isin(ids, list(taken))).tolist():
        ending = 2
        while f"{ids[i]}-{ending}" in taken:
            ending += 1
        ids[i] = f"{ids[i]}-{ending}"
        taken.add(ids[i])
    return ids


def _list_cancelled(old: pd.DataFrame, listed: pd.DataFrame, entries: set[str]) -> pd.DataFrame:
    """Return the entries of calendars, of an earlier run and cancelled before it, that no contact stands behind."""
    everything = pd.concat(
        [_list_owners(old).assign(revision=lambda rows: rows["revision"] + 1), listed], ignore_index=True
    )
    gone = everything[~everything["key"].isin(entries)]
    gone = gone.sort_values("revision", kind="stable").drop_duplicates("key", keep="last")
    return gone.drop(columns="key").sort_values(["volunteer_id", "date", "start", "visit_id"], ignore_index=True)


def _list_owners(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each calendar that a contact is in: the volunteer's, and the companion's."""
    along = rows[rows["companion"] != ""]
    along = along.assign(volunteer_id=along["companion"], volunteer_name="", companion="", in_place_of="")
    both = pd.concat([rows, along], ignore_index=True) if len(along) else rows
    return both.assign(key=_join(both["visit_id"].to_numpy(object), both["volunteer_id"].to_numpy(object)))


def _join(visit_id: NDArray[np.object_], owner_id: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return one text for each contact in each calendar."""
    return np.asarray(visit_id + "\n" + owner_id, dtype=object)
