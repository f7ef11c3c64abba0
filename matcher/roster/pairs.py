"""Files about pairs and what follows from them: last month's pairs, pins, never-pairs, hand-made pairs, visits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.i18n import join_words
from matcher.messages import Issue
from matcher.privacy import hide_private, mask_name
from matcher.roster.cell_readers import list_choice_words
from matcher.roster.cells import arrow, each, is_empty, mask
from matcher.roster.convert import convert
from matcher.roster.directory import Directory
from matcher.roster.header import simplify
from matcher.roster.model import PairList, Roster
from matcher.roster.read import read_table, table_of_frame
from matcher.roster.remarks import says
from matcher.roster.table import Table, column_of
from matcher.settings.roster import Conventions

_IDS = ("elder_id", "volunteer_id")
_NO_CONVENTIONS = Conventions()
_LASTED = ("since", "months", "paused_since", "waiting_since")
_DATES = {"since": "datetime64[D]", "paused_since": "datetime64[M]", "waiting_since": "datetime64[M]"}
_BACKUP = "backup_volunteer_id"
_STATUS = "status"
_SIDES = {
    "elder_id": "elder",
    "volunteer_id": "volunteer",
    "in_place_of": "volunteer",
    "accompanied_by": "volunteer",
    "companion": "volunteer",
    "backup_volunteer_id": "volunteer",
}
"""Columns of ids in files of a run, and whose ids they are."""
_SAMPLES = 3
_ROWS_TOLD = 10
_STANDING = ("在册", "正常", "有效", "在岗", "服务中", "结对中", "继续", "是", "active", "current", "ongoing", "yes")
"""Words of a pair that goes on."""
_END = re.compile(r"结束|终止|解除|截止|到期|\bend", re.IGNORECASE)
"""Headers below which whatever stands says when a pair ended."""
_REMARK = re.compile(r"备注|说明|情况|原因|remark|note|comment|reason", re.IGNORECASE)
_ENDED = re.compile(
    r"解除|结束|终止|换人|更换|退出|去世|死亡|病故|搬[走离到]|ended|closed|stopped|died|deceased|moved|withdr",
    re.IGNORECASE,
)
_MANY_MISSING, _SHARE_MISSING = 3, 0.2
"""So many of last month's people, and so large a share of them, do not leave in one month."""
_MANY_UNNAMED, _SHARE_UNNAMED = 5, 0.5
"""So many of the roster's elders, and so large a share of them, are hardly in no pair and on no list of last month."""
_BESIDE = {"unmatched": ("elder_id", "waiting_since", "counted_since"), "capacity": ("volunteer_id", "place_dual_m")}


def load_pairs(
    path: Path, roster: Roster | None, kind: str, conventions: Conventions = _NO_CONVENTIONS
) -> tuple[PairList, list[Issue]]:
    """Read a list of pairs: who they are, and of pairs that stood before, for how long they have.

    People are named by their ids. A name does where the roster has it once and no id is given; an id that lost its
    zeros in Excel does where one id fits.

    Args:
        path: The file.
        roster: Whose ids they are; None where the rosters can't be read: nobody is known, and nobody told unknown.
        kind: ``pairs``, ``previous`` (last month's), ``pins`` or ``never``.
        conventions: How the user's files are to be read.

    Returns:
        The pairs without the rows at fault, and the issues. Last month's pairs keep people who are on the roster no
        more, with index -1. Rows of pairs without a volunteer are passed over.

    Raises:
        InputError: the file can't be read.
    """
    return identify_pairs(read_table(path, kind, conventions), roster)


def pairs_from_frame(frame: pd.DataFrame, roster: Roster, kind: str) -> tuple[PairList, list[Issue]]:
    """Read pairs from a frame with columns ``elder_id`` and ``volunteer_id``; row numbers are positions plus 2."""
    return identify_pairs(table_of_frame(frame, kind), roster)


def load_visits(path: Path) -> tuple[pd.DataFrame, list[Issue]]:
    """Read visits, made by any hand; as ``load_file``."""
    return load_file(path, "visits")


def load_file(
    path: Path, kind: str, roster: Roster | None = None, *, keeps_struck_out: bool = False
) -> tuple[pd.DataFrame, list[Issue]]:
    """Read a file of any kind of ``columns.FILES`` into typed columns (``convert``), rows at fault left out.

    Ids that lost their zeros in Excel are found again where ``roster`` has one that fits. With ``keeps_struck_out`` a
    pair whose volunteer somebody emptied is no fault.

    Raises:
        InputError: the file can't be read.
    """
    return take_rows(read_table(path, kind), roster, keeps_struck_out=keeps_struck_out)


def take_rows(
    table: Table, roster: Roster | None = None, *, keeps_struck_out: bool = False
) -> tuple[pd.DataFrame, list[Issue]]:
    """Return the rows of a file that is read already, as ``load_file`` does."""
    table, restored = restore_ids(table, roster)
    frame, faulty, issues = convert(table)
    if keeps_struck_out and "volunteer_id" in table.headers:
        emptied = "value_missing", table.header("volunteer_id")
        issues = [issue for issue in issues if (issue.code, issue.column) != emptied]
        faulty = table.rows_of(issues)
    return frame[~faulty].reset_index(drop=True), [*restored, *issues]


def restore_ids(table: Table, roster: Roster | None) -> tuple[Table, list[Issue]]:
    """Return a table whose ids are spelt as the roster's, where one of these fits, and what is to be told."""
    if roster is None:
        return table, []
    sides = _find_directories(roster)
    columns, issues = dict(table.columns), []
    for name, side in _SIDES.items():
        if name not in table.headers:
            continue
        coded = columns[name].dictionary_encode()
        texts = coded.dictionary.to_pylist()
        found = {
            text: whole for text in texts if not sides[side].knows(text) and (whole := sides[side].restore_id(text))
        }
        if found:
            columns[name] = pa.array([found.get(text, text) for text in texts], pa.string()).take(coded.indices)
            issues.append(_tell_restored(table, name, found))
    return replace(table, columns=columns), issues


def _tell_restored(table: Table, name: str, restored: Mapping[str, str]) -> Issue:
    digits = all(text.isdecimal() for text in restored)
    sample = join_words(f"{short} → {whole}" for short, whole in list(restored.items())[:_SAMPLES])
    count = {"count": len(restored)}
    code = "ids_lost_zeros" if digits else "ids_spelt_otherwise"
    return Issue(code, table.file, column=table.header(name), value=sample, params=count)


def load_beside(path: Path, kind: str, roster: Roster | None = None) -> tuple[pd.DataFrame, list[Issue]]:
    """Read a file beside the pairs: since when elders wait (``unmatched``), or what places are worth (``capacity``).

    Raises:
        InputError: the file can't be read.
    """
    return load_columns(path, kind, _BESIDE[kind], roster)


def load_columns(
    path: Path, kind: str, names: Sequence[str], roster: Roster | None = None
) -> tuple[pd.DataFrame, list[Issue]]:
    """Read some columns of a file as ``load_file``; others may hold anything. Rows at fault in these are left out.

    Raises:
        InputError: the file can't be read.
    """
    table, restored = restore_ids(read_table(path, kind), roster)
    names = [name for name in names if name in table.headers]
    headers = {name: table.headers[name] for name in names}
    columns = {name: table.columns[name] for name in names}
    issues = tuple(issue for issue in table.issues if issue.column in headers.values())
    frame, faulty, found = convert(replace(table, columns=columns, headers=headers, unknown=(), issues=issues))
    return frame[~faulty].reset_index(drop=True), [*restored, *found]


def find_many_unnamed(
    pairs: PairList, listed: NDArray[np.bool_], roster: Roster, start: date, file: str
) -> list[Issue]:
    """Return an issue where last month's pairs name so few of the roster's elders that the file may be cut short.

    Args:
        pairs: Last month's.
        listed: Elders who stand on last month's list of those left out, (n_elders,).
        roster: With who has no consent, has left, or joined from ``start`` on: they may well be in no pair.
        start: First day of the month.
        file: What the file is called.
    """
    elders = roster.elders
    joined, left = (elders[name].to_numpy().astype("datetime64[D]") for name in ("joined", "left"))
    first = np.datetime64(start)
    named = np.zeros(len(elders), dtype=bool)
    named[pairs.elder[pairs.elder >= 0]] = True
    expected = (elders["consent"] != "no").to_numpy() & ~(joined >= first) & ~(left < first) & ~listed
    count, everybody = int((named & expected).sum()), int(expected.sum())
    if everybody - count < max(_MANY_UNNAMED, _SHARE_UNNAMED * everybody):
        return []
    return [Issue("previous_names_few", file, params={"count": count, "all": everybody})]


def find_begun_later(pairs: PairList, end: date, kind: str, column: str) -> list[Issue]:
    """Return an issue for each pair that stood before and yet is told to have begun after the month's last day.

    Args:
        pairs: Last month's.
        end: Last day of the month that is planned.
        kind: The kind of file that they stand in.
        column: Its column that tells since when.
    """
    if pairs.since is None:
        return []
    days = pairs.since.astype("datetime64[D]")
    header = column_of(kind, column).header()
    return [
        Issue("pair_begun_later", pairs.file, int(pairs.row[i]), header, str(days[i]), {"end": end.isoformat()})
        for i in np.flatnonzero(days > np.datetime64(end)).tolist()
    ]


def read_waiting(unmatched: pd.DataFrame, roster: Roster, column: str) -> NDArray[np.datetime64]:
    """Return the month of each elder's date in a column of the last run's unmatched, datetime64[M] (n_elders,).

    ``unmatched`` has ``elder_id`` and perhaps the column (datetime64). NaT for those of whom it says none: who was on
    the list for want of consent, say, did not wait for a place.
    """
    since = np.full(len(roster.elders), np.datetime64("NaT", "M"))
    if column in unmatched:
        elder = pd.Index(roster.elders["id"], dtype=str).get_indexer(pd.Index(unmatched["elder_id"], dtype=str))
        since[elder[elder >= 0]] = unmatched[column].to_numpy().astype("datetime64[M]")[elder >= 0]
    return since


def read_place_duals(capacity: pd.DataFrame, roster: Roster) -> NDArray[np.int64]:
    """Return the dual of each volunteer's places in the last run, metres (n_volunteers,); 0 where it does not say.

    ``capacity`` has ``volunteer_id`` and perhaps ``place_dual_m``.
    """
    found = np.zeros(len(roster.volunteers), dtype=np.int64)
    volunteer = pd.Index(roster.volunteers["id"], dtype=str).get_indexer(pd.Index(capacity["volunteer_id"], dtype=str))
    if "place_dual_m" in capacity:
        told = capacity["place_dual_m"].to_numpy(np.float64)
        known = (volunteer >= 0) & np.isfinite(told)
        found[volunteer[known]] = np.clip(told[known], 0, 2**52).astype(np.int64)
    return found


def identify_pairs(table: Table, roster: Roster | None) -> tuple[PairList, list[Issue]]:
    """Return the pairs of a list that is read already, as ``load_pairs`` does."""
    last_month = table.kind == "previous"
    sides = _find_directories(roster) if roster else {}
    unread = [*_find_ended(table), *_find_unnamed(table)] if last_month else []
    table, issues = _identify(_select_columns(table), sides)
    issues += unread
    table, status = _take_status(table)
    frame, _faulty, found = convert(table)
    issues = [*issues, *found]
    if table.kind != "never":
        # who has a paused pair may have another for the time being
        paused = np.array([one == "paused" for one in status or ("",) * len(frame)], dtype=bool)
        issues += table.twins("pair_elder_twice", "elder_id", frame["elder_id"].mask(paused, "").tolist())
    keep = ~table.rows_of(issues)
    index: dict[str, NDArray[np.int64]] = {}
    for name in (*_IDS, *([_BACKUP] if _BACKUP in table.headers else [])):
        ids, directory = arrow(frame[name]), sides.get(_side(name), Directory((), ()))
        index[name] = directory.find_places(ids)
        strangers = ids.filter(pa.array(index[name] < 0))
        issues += _find_strangers(table, name, index[name], strangers, directory) if roster else ()
        if last_month and roster and name in _IDS:
            issues += _find_many_missing(table, name, ids, strangers, directory)
        if not last_month and name in _IDS:
            keep &= index[name] >= 0
    elder_id, volunteer_id = (tuple(frame.loc[keep, name].tolist()) for name in _IDS)
    backup = index.get(_BACKUP)
    lasted = {
        name: frame.loc[keep, name].to_numpy(_DATES.get(name, np.float64)) for name in _LASTED if name in table.headers
    }
    pairs = PairList(
        index["elder_id"][keep],
        index["volunteer_id"][keep],
        elder_id,
        volunteer_id,
        table.row[keep],
        table.file,
        **lasted,
        backup=None if backup is None else backup[keep],
        status=None if status is None else tuple(np.array(status, dtype=object)[keep].tolist()),
    )
    return pairs, sorted(issues, key=lambda issue: issue.row or 0)


def _find_directories(roster: Roster) -> dict[str, Directory]:
    return {"elder": roster.directory("elders"), "volunteer": roster.directory("volunteers")}


def _side(name: str) -> str:
    """Return whose id a column holds."""
    return name.removeprefix("backup_").removesuffix("_id")


def _select_columns(table: Table) -> Table:
    """Return the table without columns that do not count; and of pairs without the rows that name no volunteer."""
    names = [name for name in (*_IDS, _BACKUP) if name in table.headers or _tells_names(table, name)]
    headers = {name: table.header(name) for name in (*_IDS, *_LASTED, _STATUS) if name in table.headers}
    headers |= {name: table.header(name) for name in names}
    headers |= {_name_of(name): table.headers[_name_of(name)] for name in names if _name_of(name) in table.headers}
    read = {*headers.values(), *(table.header(name) for name in _IDS)}
    missing = {table.column(name).header() for name in _IDS if name not in headers}
    issues = tuple(
        issue
        for issue in table.issues
        if issue.column in read and (issue.code != "column_missing" or issue.column in missing)
    )
    columns = {name: table.cells(name) for name in headers}
    keep = np.ones(len(table.row), dtype=bool)
    if table.kind in ("previous", "pairs") and "volunteer_id" in headers:
        # a masked name is the program's own and names nobody: whoever empties the id alone means no volunteer
        is_emptied = "volunteer_id" in table.headers
        named = table.filled("volunteer_name")
        if is_emptied:
            named &= ~_are_masked(table.cells("volunteer_name"))
        keep = table.filled("volunteer_id") | named
    columns = {name: cells.filter(pa.array(keep)) for name, cells in columns.items()}
    return replace(
        table, columns=columns, row=table.row[keep], part=table.part[keep], headers=headers, unknown=(), issues=issues
    )


def _find_ended(table: Table) -> Iterator[Issue]:
    """Yield an issue for each row of last month's that may say, where it is not read, that its pair has ended."""
    words = {simplify(word) for word in (*list_choice_words(table.column(_STATUS)), *_STANDING)}
    tests: dict[str, Callable[[str], bool]] = {}
    if _STATUS in table.headers:
        tests[_STATUS] = lambda text: simplify(text) not in words
    for name in table.unknown:
        if _END.search(name):
            tests[name] = bool
        elif _REMARK.search(name):
            tests[name] = lambda text: says(_ENDED, text, "pairs")
    for name, has_ended in tests.items():
        header, coded = table.headers.get(name, name), table.columns[name].dictionary_encode()
        texts = coded.dictionary.to_pylist()
        ended = np.array([bool(text and has_ended(text)) for text in texts], dtype=bool)
        codes = coded.indices.to_numpy()
        for i in np.flatnonzero(ended[codes]).tolist():
            yield Issue("pair_may_have_ended", table.file, int(table.row[i]), header, hide_private(texts[codes[i]]))


def _find_unnamed(table: Table) -> Iterator[Issue]:
    """Yield an issue where rows of last month's name an elder and no volunteer: one name may stand for several rows."""
    if "volunteer_id" not in table.headers or "elder_id" not in table.headers:
        return
    rows = table.row[table.filled("elder_id") & ~table.filled("volunteer_id") & ~table.filled("volunteer_name")]
    if len(rows):
        shown = join_words(str(row) for row in rows[:_ROWS_TOLD]) + " …" * (len(rows) > _ROWS_TOLD)
        yield Issue("pairs_unnamed", table.file, value=shown, params={"count": len(rows)})


def _take_status(table: Table) -> tuple[Table, list[str] | None]:
    """Return the table without the pairs' status, and that as codes, empty for words of the user's own."""
    if _STATUS not in table.headers:
        return table, None
    words = list_choice_words(table.column(_STATUS))
    status = each(table.cells(_STATUS), lambda text: words.get(simplify(text), "")).to_pylist()
    columns, headers = (
        {name: value for name, value in values.items() if name != _STATUS} for values in (table.columns, table.headers)
    )
    return replace(table, columns=columns, headers=headers), status


def _name_of(name: str) -> str:
    """Return the column of names beside a column of ids."""
    return f"{name.removesuffix('_id')}_name"


def _are_masked(people: pa.Array) -> NDArray[np.bool_]:
    """Return which names are ones that this program masked."""
    return mask(pc.ends_with(people, "*"))


def _tells_names(table: Table, name: str) -> bool:
    """Return whether the names beside a column of ids name somebody: masked ones do not stand for ids."""
    if _name_of(name) not in table.headers:
        return False
    people = table.cells(_name_of(name))
    return not len(people) or bool((~is_empty(people) & ~_are_masked(people)).any())


def _identify(table: Table, sides: Mapping[str, Directory]) -> tuple[Table, list[Issue]]:
    """Return the table with the id of everybody who is named in some other way, and what is to be told of that."""
    issues: list[Issue] = []
    columns = dict(table.columns)
    for name in (*_IDS, _BACKUP):
        directory = sides.get(_side(name))
        if name not in columns or directory is None:
            continue
        called = table.cells(_name_of(name))
        unclear = np.flatnonzero(~directory.find_plain(columns[name], called)).tolist()
        if not unclear:
            continue
        ids, names, is_masked = columns[name].to_pylist(), called.to_pylist(), _are_masked(called)
        restored: dict[str, str] = {}
        by_name = 0
        for i in unclear:
            text, person = ids[i], names[i]
            if text and directory.knows(text):
                issues += _compare_name(table, name, i, directory, text, person)
            elif zeros := directory.restore_id(text):
                ids[i] = restored[text] = zeros
                issues += _compare_name(table, name, i, directory, zeros, person)
            elif same := directory.find_by_name(text or person):
                if len(same) > 1:
                    told = {"ids": join_words(same)}
                    issues.append(table.issue("pair_name_ambiguous", _name_of(name), i, text or person, **told))
                    continue
                ids[i] = same[0]
                by_name += 1
            elif person and not text and not (name == _BACKUP and is_masked[i]):
                issues.append(table.issue("pair_name_unknown", _name_of(name), i, person))
        header = table.header(name)
        if restored:
            issues.append(_tell_restored(table, name, restored))
        if by_name:
            issues.append(Issue("people_by_name", table.file, column=header, params={"count": by_name}))
        columns[name] = pa.array(ids, pa.string())
    # the names have done their work
    keep = {name: cells for name, cells in columns.items() if not name.endswith("_name")}
    return replace(table, columns=keep, headers={name: table.headers[name] for name in keep}), issues


def _compare_name(table: Table, name: str, i: int, directory: Directory, text: str, person: str) -> Iterator[Issue]:
    """Yield an issue where the name beside an id is another's."""
    if not person or directory.agrees(text, person):
        return
    code = "pair_name_differs"
    if table.kind != "previous" and directory.is_anybodys(person):
        code = "pair_id_against_name"
    own = mask_name(directory.names[directory.index[text]])
    yield table.issue(code, _name_of(name), i, person, id=text, own=own)


def _find_strangers(
    table: Table, name: str, place: NDArray[np.int64], strangers: pa.Array, directory: Directory
) -> Iterator[Issue]:
    """Yield an issue for everyone of a list who is not on the roster: set aside there, or unknown."""
    unknown = f"{'previous' if table.kind == 'previous' else 'pair'}_unknown_{_side(name)}"
    for i, text in zip(np.flatnonzero(place < 0).tolist(), strangers.to_pylist(), strict=True):
        if text:
            yield table.issue("pair_set_aside" if text in directory.set_aside else unknown, name, i, text)


def _find_many_missing(
    table: Table, name: str, ids: pa.Array, strangers: pa.Array, directory: Directory
) -> Iterator[Issue]:
    """Yield an issue where so many of last month's people are missing that the roster may be cut short."""
    everybody, missing = (set(pc.unique(cells).to_pylist()) - {""} for cells in (ids, strangers))
    missing -= directory.set_aside
    if len(missing) >= max(_MANY_MISSING, _SHARE_MISSING * len(everybody)):
        told = {"count": len(missing), "all": len(everybody)}
        code = "previous_many_elders_missing" if _side(name) == "elder" else "previous_many_volunteers_missing"
        if missing == everybody:
            code = "previous_ids_unknown"
        yield Issue(code, table.file, column=table.header(name), params=told)
