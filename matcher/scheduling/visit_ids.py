"""What a contact is called from one run to the next, and what fell away.

A contact that a new run finds again keeps its id, and calendars find it by that:

1. the elder has a contact on the same date: it is the same, whoever makes it, at whatever hour
2. otherwise the pair has one of the same kind in the same week, Monday to Sunday: it was moved

``revision`` rises by one whenever anything changed that a calendar shows. Everything else is new; what is not found
again is cancelled.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.scheduling.earlier import Before

Index = NDArray[np.int64]
_SHOWN = ("date", "start", "end", "kind", "volunteer_id", "accompanied_by", "in_place_of")
"""What a calendar shows of a contact, beside names and the place."""
_NAMED = ("volunteer_id", "accompanied_by", "in_place_of")
"""People whose names it shows too."""


def carried_over(frame: pd.DataFrame, before: Before) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contacts under their ids of an earlier run, and those of it that fell away.

    Args:
        frame: The contacts of this run, as ``tables.visits_frame`` makes them.
        before: Those of the earlier run in the same dates.

    Returns:
        The frame with ``visit_id`` and ``revision`` set; contacts to cancel, with ``revision`` raised.
    """
    old = before.contacts.reset_index(drop=True)
    frame = frame.reset_index(drop=True)
    was = _found_again(frame, old)
    known = was >= 0
    ids, revision = frame["visit_id"].to_numpy(dtype=object).copy(), np.zeros(len(frame), dtype=np.int64)
    ids[known] = old["visit_id"].to_numpy(dtype=object)[was[known]]
    changed = np.zeros(len(frame), dtype=bool)
    for name in _SHOWN:
        changed[known] |= frame[name].to_numpy()[known] != old[name].to_numpy()[was[known]]
    changed[known] |= _shows_other_words(frame[known], old.iloc[was[known]], before.contacts)
    revision[known] = old["revision"].to_numpy().astype(np.int64)[was[known]] + changed[known]
    ids = _apart(ids, known)
    frame = frame.assign(visit_id=pd.Series(ids, dtype=str))
    listed = _owners(before.cancelled)
    # what was cancelled comes back, or an id that the contact of another day had: newer than all that calendars know
    told = pd.concat([listed, _owners(old)[lambda rows: ~rows["visit_id"].isin(ids[known])]])
    returned = told.groupby("key")["revision"].max().reindex(_keys(frame)).to_numpy()
    frame["revision"] = np.fmax(revision, returned + 1).astype(np.int64)
    return frame, _fallen(frame, old, listed)


def changes(frame: pd.DataFrame, before: Before) -> dict[str, int]:
    """How many contacts are as they were in the earlier run, changed, new, and cancelled since."""
    old = before.contacts.drop_duplicates("visit_id").set_index("visit_id")["revision"]
    was = old.reindex(frame["visit_id"]).to_numpy(float)
    new = np.isnan(was)
    same = ~new & (frame["revision"].to_numpy() == was)
    return {
        "unchanged": int(same.sum()),
        "changed": int((~new & ~same).sum()),
        "new": int(new.sum()),
        "cancelled": int((~old.index.isin(frame["visit_id"])).sum()),
    }


def _found_again(frame: pd.DataFrame, old: pd.DataFrame) -> Index:
    """The place in ``old`` of each contact of ``frame``, -1 for a new one."""
    was = np.full(len(frame), -1, dtype=np.int64)
    left = np.ones(len(old), dtype=bool)
    for keys in (["elder_id", "date"], ["elder_id", "volunteer_id", "kind", "week"]):
        mine = _numbered(frame[was < 0], keys)
        theirs = _numbered(old[left], keys)
        both = mine.merge(theirs, on=[*keys, "nth"], suffixes=("", "_old"))
        was[both["place"].to_numpy()] = both["place_old"].to_numpy()
        left[both["place_old"].to_numpy()] = False
    return was


def _numbered(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Each row's keys, its place, and which of those with the same keys it is, by date and hour."""
    ordered = rows.sort_values(["date", "start"], kind="stable")
    day = ordered["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    table = pd.DataFrame(
        {
            "elder_id": ordered["elder_id"].to_numpy(),
            "volunteer_id": ordered["volunteer_id"].to_numpy(),
            "kind": ordered["kind"].to_numpy(),
            "date": day,
            "week": (day + 3) // 7,  # 1970-01-01 was a Thursday
            "place": ordered.index.to_numpy(),
        }
    )
    return table[[*keys, "place"]].assign(nth=table.groupby(keys).cumcount())


def _shows_other_words(frame: pd.DataFrame, old: pd.DataFrame, everything: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell of which contacts calendars show another place or name than before; ``old`` are the same contacts.

    Only where calendars are written, and an earlier run's table tells that they were.
    """
    if "place" not in frame or "place" not in old or not (everything["place"] != "").any():
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


def _apart(ids: NDArray[np.object_], kept: NDArray[np.bool_]) -> NDArray[np.object_]:
    """New ids that a contact moved from that very date holds already get an ending."""
    taken = set(ids[kept])
    for i in np.flatnonzero(~kept & np.isin(ids, list(taken))).tolist():
        ending = 2
        while f"{ids[i]}-{ending}" in taken:
            ending += 1
        ids[i] = f"{ids[i]}-{ending}"
        taken.add(ids[i])
    return ids


def _fallen(frame: pd.DataFrame, old: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Entries of calendars that no contact stands behind any more."""
    entries = _owners(old).assign(revision=lambda rows: rows["revision"] + 1)
    everything = pd.concat([entries, listed], ignore_index=True)
    fallen = everything[~everything["key"].isin(_owners(frame)["key"])]
    fallen = fallen.sort_values("revision", kind="stable").drop_duplicates("key", keep="last")
    return fallen.drop(columns="key").sort_values(["volunteer_id", "date", "start", "visit_id"], ignore_index=True)


def _owners(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each calendar that a contact is in: the volunteer's, and that of who comes along."""
    along = frame[frame["accompanied_by"] != ""]
    along = along.assign(volunteer_id=along["accompanied_by"], volunteer_name="", accompanied_by="", in_place_of="")
    both = pd.concat([frame, along], ignore_index=True) if len(along) else frame
    return both.assign(key=_keys(both))


def _keys(frame: pd.DataFrame) -> NDArray[np.object_]:
    """One text for each contact in each calendar."""
    return (frame["visit_id"] + "\n" + frame["volunteer_id"]).to_numpy(dtype=object)
