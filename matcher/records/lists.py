"""Lists that follow from records: who is to be looked after at once, asked, confirmed.

They count confirmed contacts alone: what nobody has reported hides nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matcher.columns import RISK, Column, column
from matcher.messages import explain_listing
from matcher.outcomes import BY_CODE
from matcher.records.contacts import count_days, find_last, list_contacts
from matcher.records.expiries import list_expiries
from matcher.records.planned import PlannedMonth
from matcher.records.reviews import list_reviews
from matcher.roster.model import Roster
from matcher.settings import Settings

_GONE = frozenset({"died", "moved"})
_RANK = {choice.code: rank for rank, choice in enumerate(reversed(RISK))}
"""Risk tiers, the highest first."""


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """The inputs of the lists: the month as planned, its contacts as far as they are known, rosters and settings."""

    planned: PlannedMonth
    contacts: pd.DataFrame
    """See ``contacts.list_contacts``."""
    roster: Roster
    settings: Settings
    known_since: pd.Timestamp
    """The first day of which records are given."""

    @classmethod
    def of(
        cls, planned: PlannedMonth, records: pd.DataFrame, before: pd.DataFrame, roster: Roster, settings: Settings
    ) -> Situation:
        """Return the situation by a month's records and those of earlier months."""
        since = pd.Timestamp(planned.horizon.start)
        if len(before):
            since = min(since, before["date"].min().to_period("M").to_timestamp())
        return cls(planned, list_contacts(planned, records, before), roster, settings, since)

    @property
    def pairs(self) -> pd.DataFrame:
        """Return the pairs that do not pause."""
        pairs = self.planned.pairs
        return pairs[pairs["status"] != "paused"].drop_duplicates("elder_id").reset_index(drop=True)

    def find_risk(self, elders: pd.Series) -> pd.Series:
        """Return the risk tier of each elder; empty where the roster has none."""
        known = self.roster.elders.drop_duplicates("id").set_index("id")["risk"]
        return _look_up_text(elders, known)


def make_lists(situation: Situation) -> dict[str, pd.DataFrame]:
    """Return every list by its kind, with the columns of ``columns.FILES`` but names."""
    makers: dict[str, Callable[[Situation], pd.DataFrame]] = {
        "check_now": list_check_now,
        "silent": list_silent,
        "not_reported": list_not_reported,
        "never_met": list_never_met,
        "roster_changes": list_roster_changes,
    }
    lists = {kind: make(situation) for kind, make in makers.items()}
    lists["reviews"] = list_reviews(situation.pairs, situation.planned.horizon, situation.settings.records)
    lists["expiries"] = list_expiries(
        situation.roster.volunteers, situation.planned.last_day, situation.settings.records.expiry_days
    )
    return lists


def list_check_now(situation: Situation) -> pd.DataFrame:
    """Return elders whose last contacts were all missed, and of whom nobody knows how they are.

    A report that tells where the elder is ends a run of misses; what nobody has reported neither ends nor counts.
    """
    told = situation.contacts[situation.contacts["outcome"] != ""]
    last_known = told[told["elder_known"]].groupby("elder_id")["date"].max()
    since = _look_up(told["elder_id"], last_known)
    misses = told[~told["elder_known"] & ~(told["date"] <= since)]
    runs = misses.groupby("elder_id").agg(
        misses=("date", "size"), first_missed=("date", "min"), outcome=("outcome", "last")
    )
    runs = runs[runs["misses"] >= situation.settings.records.misses].reset_index()
    return _finish(
        runs,
        situation,
        "check_now",
        ["misses"],
        lambda row: explain_listing(
            "check_now", misses=row["misses"], first=_day(row["first_missed"]), outcome=BY_CODE[row["outcome"]].name()
        ),
    )


def list_silent(situation: Situation) -> pd.DataFrame:
    """Return elders with a volunteer who have had no confirmed contact for so many days.

    Those who died or moved away are not among them; the roster's changes have them.
    """
    pairs = situation.pairs
    last = find_last(situation.contacts, pairs["elder_id"])
    begun = pairs["since"].where(pairs["since"] > situation.known_since, situation.known_since)
    counted = last.where(last.notna(), begun)
    rows = pairs[["elder_id"]].assign(
        last_contact=last, counted=counted, days=count_days(situation.planned.last_day, counted)
    )
    contacts = situation.contacts
    since = _look_up(contacts["elder_id"], rows.set_index("elder_id")["counted"])
    open_ = contacts[(contacts["outcome"] == "") & (contacts["date"] >= since)]
    rows["unconfirmed"] = rows["elder_id"].map(open_["elder_id"].value_counts()).fillna(0).astype(np.int64)
    told = contacts[contacts["outcome"] != ""].drop_duplicates("elder_id", keep="last").set_index("elder_id")
    rows["outcome"] = _look_up_text(rows["elder_id"], told["outcome"])
    rows["told"] = _look_up(rows["elder_id"], told["date"])
    rows = rows[(rows["days"] >= situation.settings.records.silent_days) & ~rows["outcome"].isin(_GONE)]
    return _finish(rows, situation, "silent", ["days"], _explain_silence)


def _explain_silence(row: dict[Hashable, Any]) -> str:
    never = pd.isna(row["last_contact"])
    told = {"days": row["days"], "last": _day(row["last_contact"]), "first": _day(row["counted"])}
    parts = [explain_listing("silent_never" if never else "silent", **told)]
    if row["unconfirmed"]:
        parts.append(explain_listing("silent_unconfirmed", unconfirmed=row["unconfirmed"]))
    if row["outcome"] and not BY_CODE[str(row["outcome"])].is_contact:
        name = BY_CODE[str(row["outcome"])].name()
        parts.append(explain_listing("silent_known", date=_day(row["told"]), outcome=name))
    return "; ".join(parts)


def list_not_reported(situation: Situation) -> pd.DataFrame:
    """Return volunteers of whose planned contacts up to today not all are on record."""
    horizon = situation.planned.horizon
    contacts = situation.contacts
    mine = contacts[contacts["planned"] & (contacts["date"] >= pd.Timestamp(horizon.start))]
    open_ = mine[mine["outcome"] == ""]
    rows = pd.DataFrame(
        {
            "planned": mine.groupby("volunteer_id").size(),
            "missing": open_.groupby("volunteer_id").size(),
            "first_missing": open_.groupby("volunteer_id")["date"].min(),
        }
    )
    rows = rows[rows["missing"] > 0].rename_axis("volunteer_id").reset_index()
    rows["missing"] = rows["missing"].astype(np.int64)
    rows["reported"] = rows["planned"] - rows["missing"]
    teams = situation.roster.volunteers.drop_duplicates("id").set_index("id")["team"]
    rows["team"] = _look_up_text(rows["volunteer_id"], teams)
    texts = np.where(rows["reported"] == 0, "not_reported_none", "not_reported_some")
    why = [
        explain_listing(text, reported=row["reported"], planned=row["planned"])
        for text, row in zip(texts, rows.to_dict("records"), strict=True)
    ]
    rows["why"] = pd.Series(why, index=rows.index, dtype=str)
    rows["some"] = rows["reported"] > 0
    return rows.sort_values(["some", "missing", "volunteer_id"], ascending=[True, False, True], ignore_index=True)


def list_never_met(situation: Situation) -> pd.DataFrame:
    """Return pairs that began within the records, have had a visit planned, and none confirmed."""
    pairs = situation.pairs
    pairs = pairs[pairs["since"] >= situation.known_since]
    visits = situation.contacts[situation.contacts["kind"] == "visit"]
    made = visits[visits["is_contact"] & (visits["by_id"] == "")]
    met = pd.MultiIndex.from_frame(made[["elder_id", "volunteer_id"]])
    both = pd.MultiIndex.from_frame(pairs[["elder_id", "volunteer_id"]])
    pairs = pairs[~both.isin(met)]
    due = (
        visits[visits["planned"]].assign(open=lambda rows: rows["outcome"] == "").groupby(["elder_id", "volunteer_id"])
    )
    counts = pd.DataFrame({"planned": due.size(), "unconfirmed": due["open"].sum().astype(np.int64)})
    rows = pairs.merge(counts.reset_index(), on=["elder_id", "volunteer_id"])
    rows = rows[rows["planned"] > 0]
    why = [
        explain_listing(
            "never_met_unreported" if row["planned"] == row["unconfirmed"] else "never_met",
            since=_day(row["since"]),
            planned=row["planned"],
        )
        for row in rows.to_dict("records")
    ]
    rows["why"] = pd.Series(why, index=rows.index, dtype=str)
    return rows.sort_values(["since", "elder_id"], ignore_index=True)


_CHANGES = {
    "died": (("status", "left"), ("left", "")),
    "moved": (("status", "left"), ("left", "")),
    "refused": (("consent", "no"),),
    "in_hospital": (("status", "paused"),),
}
"""What the roster would say of an elder by the last report: column and value; empty: the date."""


def list_roster_changes(situation: Situation) -> pd.DataFrame:
    """Return what the roster of elders would have to say by each elder's last report, where it says otherwise.

    A report of a death counts whatever follows it: contacts after it are a question of their own.
    """
    told = situation.contacts[situation.contacts["outcome"] != ""]
    last = told.drop_duplicates("elder_id", keep="last").set_index("elder_id")
    died = told[told["outcome"] == "died"].drop_duplicates("elder_id").set_index("elder_id")
    doubtful = died.index[last.loc[died.index, "outcome"] != "died"]
    last = pd.concat([died, last[~last.index.isin(died.index)]])
    last = last[last["outcome"].isin(list(_CHANGES))]
    refused = told.loc[told["outcome"] == "refused", "elder_id"].value_counts()
    elders = situation.roster.elders.drop_duplicates("id").set_index("id")
    rows = []
    for elder, outcome, day in zip(last.index, last["outcome"], last["date"], strict=True):
        if elder not in elders.index:
            continue
        text = "change_died_doubtful" if elder in doubtful else f"change_{outcome}"
        why = explain_listing(text, times=int(refused.get(elder, 0)))
        for name, value in _CHANGES[outcome]:
            about = column("elders", name)
            now = _show(elders.loc[elder, name], about)
            wanted = about.choice_label(value) if value else _day(day)
            if now != wanted and not (name == "left" and now):
                rows.append(("elder", elder, about.header(), now, wanted, day, why, ""))
    names = ["part", "person_id", "column", "now", "suggested", "date", "why", "confirm"]
    frame = pd.DataFrame(rows, columns=names).astype({"person_id": "str", "why": "str", "confirm": "str"})
    return frame.sort_values(["person_id"], kind="stable", ignore_index=True)


def _finish(
    rows: pd.DataFrame,
    situation: Situation,
    kind: str,
    worst: list[str],
    explain: Callable[[dict[Hashable, Any]], str],
) -> pd.DataFrame:
    """Return rows of elders with their risk, volunteer and last contact, those of high risk first, then the worst."""
    rows = rows.assign(risk=situation.find_risk(rows["elder_id"]))
    volunteers = situation.pairs.set_index("elder_id")["volunteer_id"]
    rows["volunteer_id"] = _look_up_text(rows["elder_id"], volunteers)
    if kind == "check_now":
        rows["last_contact"] = find_last(situation.contacts, rows["elder_id"])
    rows["why"] = pd.Series([explain(row) for row in rows.to_dict("records")], index=rows.index, dtype=str)
    rows["rank"] = rows["risk"].map(_RANK).fillna(len(_RANK)).astype(np.int64)
    order = ["rank", *worst, "elder_id"]
    return rows.sort_values(order, ascending=[True, *[False] * len(worst), True], ignore_index=True)


def _look_up(ids: pd.Series, dates: pd.Series) -> pd.Series:
    """Return the date of each id; NaT where it has none."""
    return pd.Series(dates.reindex(ids.to_numpy()).to_numpy().astype("datetime64[us]"), index=ids.index)


def _look_up_text(ids: pd.Series, texts: pd.Series) -> pd.Series:
    """Return the text of each id; empty where it has none."""
    found = texts.astype(object).reindex(ids.to_numpy(dtype=object)).to_numpy(dtype=object)
    return pd.Series(np.where(pd.isna(found), "", found), index=ids.index, dtype=str)


def _show(value: object, about: Column) -> str:
    """Return a cell of the roster as people read it."""
    if about.kind == "date":
        return _day(value)
    return about.choice_label(str(value)) if value else ""


def _day(value: object) -> str:
    return "" if pd.isna(value) else pd.Timestamp(value).date().isoformat()  # type: ignore[call-overload, arg-type]
