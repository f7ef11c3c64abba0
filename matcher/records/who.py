"""The contact and the people that a row is about: by the visit id, else by date, elder and volunteer."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.records.planned import PlannedMonth, to_days
from matcher.records.sheets import PROOFS
from matcher.roster.cells import is_empty, series
from matcher.roster.clean import no_people
from matcher.roster.directory import Directory
from matcher.roster.table import Table

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_NOBODY = -1
_WORD = re.compile(r"[^\W_](?:[\w.'-]*[^\W_])?", re.ASCII)
_NAME_AND_ID = re.compile(r"(?P<name>\S(?:.*?[^\s(（])?)[\s(（]++(?P<id>[^\s()（）]+)[)）]?")
_DASHES = re.compile("[‐-―−_~]")
_HAN = re.compile("[\u4e00-\u9fff·]+")
_LONGEST_NAME = 4
"""Words of a name, or its Chinese characters, that are looked for in a remark."""


@dataclass(frozen=True, slots=True, eq=False)
class Identified:
    """The contact that each row is about.

    ``visit`` is a position in the planned visits, -1 where the contact was not planned; ``elder_id`` and
    ``volunteer_id`` are ids, empty where a row is at fault.
    """

    visit: Index
    elder_id: pd.Series
    volunteer_id: pd.Series
    issues: list[Issue]


def find_contacts(table: Table, day: NDArray[np.datetime64], planned: PlannedMonth, reported: Mask) -> Identified:
    """Find the planned contact and the people of each row.

    Args:
        table: The rows as text.
        day: The date of each, datetime64[D], NaT where the row has none.
        planned: The month as planned.
        reported: Rows that say anything; of the others nothing is asked.
    """
    issues: list[Issue] = []
    n = len(table)
    given = table.filled("visit_id")
    visit = np.full(n, _NOBODY, dtype=np.int64)
    cells = table.cells("visit_id")
    ids = series(cells)
    visit[given] = planned.find_visits(cells.filter(pa.array(given)))
    unknown = given & (visit < 0)
    if (unknown & reported).any():
        visit[unknown] = _find_respelt(ids[unknown], planned)
        unknown &= visit < 0
    issues += [table.issue("record_visit_unknown", "visit_id", i, ids[i]) for i in _at(unknown & reported)]
    elders, volunteers = _Named(table, "elder", planned.elders), _Named(table, "volunteer", planned.volunteers)
    known = visit >= 0
    issues += _compare_people(table, known & reported, visit, planned, "elder")
    issues += _compare_people(table, known & reported, visit, planned, "volunteer")
    alone = ~given & reported
    found_elder, told = elders.find(alone)
    issues += told
    found_volunteer, told = volunteers.find(alone)
    issues += told
    issues += [table.issue("record_date_missing", "date", i, "") for i in _at(alone & ~table.filled("date"))]
    issues += [table.issue("record_elder_missing", "elder_name", i, "") for i in _at(alone & ~elders.given)]
    unnamed = alone & ~volunteers.given
    if unnamed.any():
        found_volunteer = np.where(unnamed, _take_volunteer_of_page(table, visit, planned), found_volunteer)
    visit = np.where(alone, _find_planned(found_elder, found_volunteer, day, planned), visit)
    issues += _compare_with_plan(table, alone & (visit < 0) & volunteers.given, found_elder, day, planned)
    without = alone & (visit < 0) & ~volunteers.given & (found_volunteer == "") & ~np.isnat(day)
    issues += [table.issue("record_volunteer_missing", "volunteer_name", i, "") for i in _at(without)]
    elder_id, volunteer_id = (
        choose_texts(visit, planned.visits[f"{side}_id"], found)
        for side, found in (("elder", found_elder), ("volunteer", found_volunteer))
    )
    return Identified(visit, elder_id, volunteer_id, issues)


def _find_respelt(ids: pd.Series, planned: PlannedMonth) -> Index:
    """Return the visits that ids mean which somebody typed: with spaces, other dashes, small letters; else -1."""
    known: dict[str, int] = {}
    for at, text in enumerate(planned.visits["visit_id"]):
        key = _simplify_id(text)
        known[key] = _NOBODY if key in known else at
    return np.array([known.get(_simplify_id(text), _NOBODY) for text in ids], dtype=np.int64)


def _simplify_id(text: str) -> str:
    return re.sub(r"\s", "", _DASHES.sub("-", unicodedata.normalize("NFKC", text))).upper()


def find_people(table: Table, name: str, directory: Directory, where: Mask) -> tuple[NDArray[np.object_], list[Issue]]:
    """Return the ids of those whom a column names, by id or name, and issues where nobody or several are meant."""
    found = np.full(len(table), "", dtype=object)
    if not where.any():
        return found, []
    coded = table.cells(name).filter(pa.array(where)).dictionary_encode()
    answers = [_look_up(text, directory) for text in coded.dictionary.to_pylist()]
    codes = coded.indices.to_numpy()
    found[where] = np.array([answer[0] for answer in answers], dtype=object)[codes]
    wrong = np.array([bool(answer[1]) for answer in answers])[codes]
    side = "elder" if name.startswith("elder") else "volunteer"
    issues = []
    for i, code in zip(_at(where)[wrong], codes[wrong], strict=True):
        text, (_id, fault, ids) = coded.dictionary[code].as_py(), answers[code]
        issues.append(
            table.issue(f"record_{side}_unknown" if fault == "unknown" else fault, name, int(i), text, ids=ids)
        )
    return found, issues


def _look_up(text: str, directory: Directory) -> tuple[str, str, str]:
    """Return the id that is meant, else the fault and the ids that it may be."""
    if not text or directory.knows(text):
        return text, "", ""
    if restored := directory.restore_id(text):
        return restored, "", ""
    name, own = _split_id(text, directory)
    if own and directory.agrees(own, name):
        return own, "", ""
    same = directory.find_by_name(text)
    if len(same) == 1:
        return same[0], "", ""
    return "", "record_name_ambiguous" if same else "unknown", ", ".join(same)


def find_mentioned(text: str, directory: Directory) -> str:
    """Return the id of the one whom a remark names, by id or by a name in full; empty where it names nobody or several.

    A Chinese name stands amid other characters: 王秀静代, 由王秀静代访.
    """
    words = [found.group() for found in _WORD.finditer(text)]
    named = {word for word in words if directory.knows(word)}
    named |= {restored for word in words if (restored := directory.restore_id(word))}
    pieces = {" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, i + 1 + _LONGEST_NAME)}
    for run in _HAN.findall(text):
        pieces |= {run[i : i + n] for n in range(2, _LONGEST_NAME + 1) for i in range(len(run) - n + 1)}
    for piece in pieces:
        named |= set(directory.find_by_name(piece))
    return named.pop() if len(named) == 1 else ""


class _Named:
    """The people of one side whom the rows name, by their ids or, where they have none, by their names."""

    def __init__(self, table: Table, side: str, directory: Directory) -> None:
        self._table, self._side, self._directory = table, side, directory
        self._by_id, self._by_name = table.filled(f"{side}_id"), table.filled(f"{side}_name")
        self.given = self._by_id | self._by_name

    def find(self, where: Mask) -> tuple[NDArray[np.object_], list[Issue]]:
        """Return the ids of those whom rows name."""
        ids, told = find_people(self._table, f"{self._side}_id", self._directory, where & self._by_id)
        names, more = find_people(
            self._table, f"{self._side}_name", self._directory, where & self._by_name & ~self._by_id
        )
        return np.where(self._by_id, ids, names), [*told, *more]


def _compare_people(table: Table, where: Mask, visit: Index, planned: PlannedMonth, side: str) -> list[Issue]:
    """Return an issue for each row that names another person than the planned contact has.

    Each distinct pair of planned person and text is compared once.
    """
    issues: list[Issue] = []
    directory = planned.elders if side == "elder" else planned.volunteers
    own = planned.visits[f"{side}_id"]
    for name in (f"{side}_id", f"{side}_name"):
        rows = where & table.filled(name)
        if not rows.any():
            continue
        coded = table.cells(name).filter(pa.array(rows)).dictionary_encode()
        person, ids = pd.factorize(own.to_numpy(dtype=object)[visit[rows]])
        pair = person.astype(np.int64) * len(coded.dictionary) + coded.indices.to_numpy()
        distinct, inverse = np.unique(pair, return_inverse=True)
        who, word = np.divmod(distinct, len(coded.dictionary))
        ok = _are_same(ids[who], np.array(coded.dictionary.to_pylist(), dtype=object)[word], directory)
        for i in _at(rows)[~ok[inverse]]:
            issues.append(
                table.issue(f"record_{side}_differs", name, int(i), table.text(name, i), planned=own[visit[i]])
            )
    return issues


def _are_same(people: NDArray[np.object_], texts: NDArray[np.object_], directory: Directory) -> Mask:
    """Return which texts name their person; most are the roster's own names, which are compared all at once."""
    names = np.array([*directory.names, None], dtype=object)
    own = names[[directory.index.get(person, _NOBODY) for person in people.tolist()]]
    same: Mask = np.asarray(own == texts, dtype=bool) & ~np.array(
        [directory.knows(text) for text in texts.tolist()], dtype=bool
    )
    for i in _at(~same).tolist():
        same[i] = _is_same(str(people[i]), str(texts[i]), directory)
    return same


def _is_same(person: str, text: str, directory: Directory) -> bool:
    """Return whether a text names a person: by id, with its zeros or without, by name, masked or not, or by both.

    Hand-outs cut a long name short.
    """
    if text == person or directory.restore_id(text) == person:
        return True
    if directory.knows(text):
        return False
    name, own = _split_id(text, directory)
    if own:
        return own == person and directory.agrees(person, name)
    is_cut = text.endswith("…") and person in directory.index
    return directory.agrees(person, text) or (
        is_cut and directory.names[directory.index[person]].startswith(text.rstrip("…"))
    )


def _split_id(text: str, directory: Directory) -> tuple[str, str]:
    """Return the name and the id of 王秀英（E001） and of 王秀英 E001; the text and no id where there is none."""
    found = _NAME_AND_ID.fullmatch(text.strip())
    if found and directory.knows(found["id"]):
        return found["name"], found["id"]
    return text, ""


def _take_volunteer_of_page(table: Table, visit: Index, planned: PlannedMonth) -> NDArray[np.object_]:
    """Return the volunteer of each row's page, where all planned contacts on it are one volunteer's; else empty."""
    known = visit >= 0
    owner = planned.visits["volunteer_id"].to_numpy(dtype=object)[visit[known]]
    pages = pd.Series(owner).groupby(table.part[known]).agg(["first", "nunique"])
    single = pages.loc[pages["nunique"] == 1, "first"]
    owners = pd.Series(table.part).map(single).astype(object)
    return np.asarray(owners.where(owners.notna(), "").to_numpy(dtype=object))


def _find_planned(
    elder: NDArray[np.object_], volunteer: NDArray[np.object_], day: NDArray[np.datetime64], planned: PlannedMonth
) -> Index:
    """Return the planned contact of each row's elder on its date, where there is one and it is the row's volunteer's.

    A row without a volunteer takes the contact where that is the elder's only one of the date.
    """
    rows = np.flatnonzero((elder != "") & ~np.isnat(day))
    out = np.full(len(elder), _NOBODY, dtype=np.int64)
    if not len(rows):
        return out
    visits = planned.visits
    plan = pd.DataFrame(
        {"elder": visits["elder_id"].to_numpy(dtype=object), "day": to_days(visits["date"]).astype(np.int64)}
    )
    plan["volunteer"], plan["visit"] = visits["volunteer_id"].to_numpy(dtype=object), np.arange(len(visits))
    plan = plan[plan["elder"].isin(set(elder[rows]))]
    asked = pd.DataFrame({"elder": elder[rows], "day": day[rows].astype(np.int64), "volunteer": volunteer[rows]})
    asked["at"] = rows
    full = asked.merge(plan.drop_duplicates(["elder", "day", "volunteer"]), on=["elder", "day", "volunteer"])
    out[full["at"].to_numpy()] = full["visit"].to_numpy()
    single = plan.drop_duplicates(["elder", "day"], keep=False)
    bare = asked[asked["volunteer"] == ""].merge(single, on=["elder", "day"])
    out[bare["at"].to_numpy()] = bare["visit"].to_numpy()
    return out


def _compare_with_plan(
    table: Table, where: Mask, elder: NDArray[np.object_], day: NDArray[np.datetime64], planned: PlannedMonth
) -> list[Issue]:
    """Return a warning for each row, not planned as it stands, whose elder has a contact with another on the day."""
    rows = np.flatnonzero(where & (elder != "") & ~np.isnat(day))
    if not len(rows):
        return []
    nobody = np.full(len(rows), "", dtype=object)
    at = _find_planned(elder[rows], nobody, day[rows], planned)
    own = planned.visits["volunteer_id"]
    return [
        table.issue("record_beside_plan", "volunteer_name", i, table.text("volunteer_name", i), planned=own[visit])
        for i, visit in zip(rows.tolist(), at.tolist(), strict=True)
        if visit >= 0
    ]


def choose_texts(at: Index, texts: pd.Series, else_: NDArray[np.object_]) -> pd.Series:
    """Return the text at each position; where that is below 0, the row's own of ``else_``."""
    without = at < 0
    if without.all():
        return pd.Series(else_, dtype=str)
    taken = pd.Series(texts.array.take(np.maximum(at, 0)), dtype=str)
    return taken.mask(without, pd.Series(else_, dtype=str)) if without.any() else taken


def _at(mask: Mask) -> Index:
    return np.flatnonzero(mask)


def is_note(table: Table) -> Mask:
    """Return rows that are no contacts: totals, a legend, a line to sign; these two stand where ids do, and alone."""
    alone = table.filled("visit_id")
    for name in table.headers:
        if name != "visit_id":
            alone = alone & is_empty(table.cells(name))
    alone = np.asarray(alone)
    alone[list(no_people(table.columns, {}, len(table), PROOFS))] = True
    return alone
