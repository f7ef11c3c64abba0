"""Several columns of a source that mean one thing, as 手机 and 座机: their cells are joined, or the first counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.columns import CITIES, Column
from matcher.i18n import join_words
from matcher.messages import Issue
from matcher.roster.cell_readers import list_choice_words
from matcher.roster.cells import each, is_empty
from matcher.roster.table import column_of, show_cell
from matcher.roster.word_lists import read_answer
from matcher.settings.words import NO, YES, simplify

_JOINED = frozenset({"phone", "list", "dates"})
_APART = frozenset({"id", "elder_id", "volunteer_id", "lng", "lat"})
"""Two columns of these are a question: who is meant, and on which map?"""
_PROTECTING = frozenset({"consent", "status", "left", "wanted_sex"})
"""Columns whose first cell is not taken where another one says no: one who refused, or has left."""
_ASKING = frozenset({"health", "training"})
"""Columns whose header may be a question, that cells answer with a yes."""
_CONDITION = re.compile(r"认知|失智|痴呆|dementia", re.IGNORECASE)
_ILLNESS = re.compile(r"认知障碍|认知症|失智|痴呆|dementia", re.IGNORECASE)
_FACULTY = re.compile(r"(?:功能|能力)$")
_YES = re.compile(r"(?:有|是|√|✓|✔|v|y|yes|true|1|患有|确诊)", re.IGNORECASE)
_NO = re.compile(
    r"(?:无|否|没|未|不|×|✗|x$|n$|no|none|false|0$|n/a|/$|-+$|—+$|正常|暂无|健康).*", re.IGNORECASE | re.DOTALL
)

_STATUS_ASKED = re.compile(r"是否(\S{2,4})")
_NOBODY_WITHOUT = frozenset({"在册", "在世", "健在"})
"""Words of a status of which a no means that somebody has left; who is not 在岗 may be back."""
_YES_WORDS, _NO_WORDS = ({simplify(word) for word in words} for words in (YES, NO))

_ONE_CITY = ([True, False], [False, True])

Same = Sequence[tuple[int, str, pa.Array]]
"""Columns of one kind: the place, the header and the cells of each."""


def join_columns(
    of_name: Mapping[str, Same], kind: str, file: str, row: NDArray[np.int64]
) -> tuple[dict[str, pa.Array], tuple[tuple[str, tuple[str, ...]], ...], list[Issue]]:
    """Return one column of each name, which names have several headers, and what is to be told of these.

    Telephone numbers and lists are joined; of others the first cell that is filled counts.

    Args:
        of_name: The columns of a source by name.
        kind: The kind of file.
        file: The source's name.
        row: Its rows as Excel counts them.
    """
    columns: dict[str, pa.Array] = {}
    joined: list[tuple[str, tuple[str, ...]]] = []
    issues: list[Issue] = []
    for name, found in of_name.items():
        given = found
        if name == "status":
            given = [(i, title, _answer_of_status(title, cells, column_of(kind, name))) for i, title, cells in found]
        columns[name] = given[0][2]
        if len(given) == 1:
            continue
        same = given
        if name in _ASKING:  # once they are joined, no cell knows its header
            same = [(i, title, _answer_question(title, cells)) for i, title, cells in given]
            columns[name] = same[0][2]
        column = column_of(kind, name)
        titles = tuple(title for _i, title, _cells in same)
        if name == "district" and len(same) == 2 and (cities := [title in CITIES for title in titles]) in _ONE_CITY:
            joined.append((name, titles))
            columns[name] = _put_city_first(same[cities.index(True)][2], same[cities.index(False)][2])
            continue
        told = {"headers": join_words(titles)}
        if name in _APART:
            issues.append(Issue("column_twice", file, column=column.header(), params=told))
            continue
        joined.append((name, titles))
        if column.kind in _JOINED:
            columns[name] = _join_cells([cells for _i, _title, cells in same])
            issues.append(Issue("columns_joined", file, column=column.header(), params=told))
            continue
        issues.append(Issue("columns_first_filled", file, column=column.header(), params=told))
        for _i, title, cells in same[1:]:
            first = columns[name]
            other = (
                ~is_empty(cells) & ~is_empty(first) & ~np.asarray(pc.equal(cells, first).to_numpy(zero_copy_only=False))
            )
            code = "columns_contradict" if name in _PROTECTING else "columns_disagree"
            for at in np.flatnonzero(other).tolist():
                used, text = first[at].as_py(), cells[at].as_py()
                if _says_the_same(used, text, column):
                    continue
                shown = {"used": show_cell(used, column)}
                issues.append(Issue(code, file, int(row[at]), title, show_cell(text, column), shown))
            columns[name] = pc.if_else(pa.array(is_empty(first)), cells, first)
    return columns, tuple(joined), issues


def _put_city_first(cities: pa.Array, districts: pa.Array) -> pa.Array:
    """Return the districts with the city of each row before them: 南京, 鼓楼区 → 南京市鼓楼区."""
    rows = zip(cities.to_pylist(), districts.to_pylist(), strict=True)
    joined = [
        district if not city or city.removesuffix("市") in district else f"{city.removesuffix('市')}市{district}"
        for city, district in rows
    ]
    return pa.array(joined, pa.string())


def _says_the_same(one: str, other: str, column: Column) -> bool:
    """Return whether two cells are the same choice: 同意 and √."""
    codes = list_choice_words(column)
    return codes.get(simplify(one), one) == codes.get(simplify(other), other)


def _join_cells(columns: Sequence[pa.Array]) -> pa.Array:
    """Return the filled cells of each row one after another, equal ones once."""
    rows = zip(*(cells.to_pylist() for cells in columns), strict=True)
    return pa.array(["; ".join(dict.fromkeys(filter(None, row))) for row in rows], pa.string())


def _answer_question(title: str, cells: pa.Array) -> pa.Array:
    """Return the cells of a column whose header asks for an illness with the illness in the place of a yes.

    Below 认知障碍 stands 有, 轻度 or 否: it is the header that says what there is.
    """
    if _CONDITION.search(title):
        return each(cells, lambda cell: _name_illness(title, cell) if cell else "")
    return each(cells, lambda cell: title if _YES.fullmatch(cell) else "" if _NO.fullmatch(cell) else cell)


def _answer_of_status(title: str, cells: pa.Array, column: Column) -> pa.Array:
    """Return the cells of a column that asks for a status as words for one: below 是否去世 a yes is 去世.

    A no says nothing, but below 是否在册 and 是否健在. Any other answer stays for the reader.
    """
    asked = _STATUS_ASKED.match(simplify(title))
    code = list_choice_words(column).get(asked[1]) if asked else None
    if not asked or not code:
        return cells
    yes, no = (column.choice_label(code), "") if code != "active" else ("", "")
    if asked[1] in _NOBODY_WITHOUT:
        no = column.choice_label("left")
    elif code == "active":
        return each(cells, lambda cell: "" if _is_yes(cell) else cell)
    return each(cells, lambda cell: yes if _is_yes(cell) else no if _is_no(cell) else cell)


def _is_yes(cell: str) -> bool:
    return simplify(cell) in _YES_WORDS


def _is_no(cell: str) -> bool:
    return simplify(cell) in _NO_WORDS


def _name_illness(title: str, cell: str) -> str:
    """Return what a cell below a header that asks for dementia says; what is no clear answer stays for the reader."""
    answer = read_answer(cell, simplify(title))
    if answer is None:
        return "" if _NO.fullmatch(cell) and not _FACULTY.search(title) else f"{title}; {cell}"
    illness = title if _ILLNESS.search(title) else "认知障碍"
    return "" if not answer else illness if _YES.fullmatch(cell) else f"{illness}; {cell}"
