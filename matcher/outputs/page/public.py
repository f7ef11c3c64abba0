"""A page for everybody: elders with and without a volunteer by committee, no number that points at somebody.

A number from 1 to ``least`` - 1 is left out, and with it as many others as it takes that no sum gives it away
(complementary cell suppression; Cox, 1980). A row holds two numbers and their sum; rows add up to a subdistrict,
subdistricts to the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from matcher.i18n import _
from matcher.outputs.page.contents import Index, PageContents
from matcher.outputs.page.html import CONTROL, fill_template, say
from matcher.outputs.page.statements import write_title

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PublicCounts:
    """Numbers of elders with and without a volunteer, and both, (n, 3) each; -1 where one is left out."""

    whole: Index
    """(1, 3)."""
    subdistricts: Index
    committees: Index


def count_publicly(counts: Index, subdistrict_of: Index, least: int) -> PublicCounts:
    """Return which numbers may be shown.

    Args:
        counts: Elders with and without a volunteer by committee, (n, 2).
        subdistrict_of: Of each committee, from 0.
        least: No number of people below this is shown, but 0.
    """
    n_subdistricts = int(subdistrict_of.max(initial=-1)) + 1
    committees = np.column_stack([counts, counts.sum(axis=1)])
    subdistricts = np.zeros((n_subdistricts, 3), dtype=np.int64)
    np.add.at(subdistricts, subdistrict_of, committees)
    whole = subdistricts.sum(axis=0, keepdims=True)
    hidden = [_complete_rows((rows > 0) & (rows < least)) for rows in (whole, subdistricts, committees)]
    above = np.zeros(n_subdistricts, dtype=np.int64)
    before = -1
    while (now := sum(int(mask.sum()) for mask in hidden)) != before:
        # ends: a round hides more, or is the last
        before = now
        _protect(committees, hidden[2], subdistrict_of, hidden[1], least)
        _protect(subdistricts, hidden[1], above, hidden[0], least)
    return PublicCounts(
        *(np.where(mask, -1, rows) for mask, rows in zip(hidden, (whole, subdistricts, committees), strict=True))
    )


def _complete_rows(hidden: Mask) -> Mask:
    """Return the hidden numbers, and with a part or the sum of a row both parts: one would follow from the others."""
    parts = hidden.any(axis=1, keepdims=True)
    return np.column_stack([parts, parts, hidden[:, 2]])


def _protect(rows: Index, hidden: Mask, group_of: Index, hidden_sums: Mask, least: int) -> None:
    """Hide so many numbers more that the sums of their groups, where shown, give none away.

    In each column of a group the hidden numbers are none, or at least two that come to ``least`` or more; else the
    smallest that is shown is hidden too, and the parts of its row with it. Where none is left, the sums go. With a
    hidden sum goes one of its parts.
    """
    order = np.argsort(group_of, kind="stable")
    ends = np.searchsorted(group_of[order], np.arange(len(hidden_sums)), side="right").tolist()
    start = 0
    for group, end in enumerate(ends):
        mine = order[start:end]
        start = end
        while len(mine) and (column := _find_open_column(rows[mine], hidden[mine], hidden_sums[group], least)) >= 0:
            # ends: each round hides a number more
            shown = mine[~hidden[mine, column]]
            if not len(shown):
                hidden_sums[group] = True
                continue
            # a 0 hides nothing: numbers of people come first, the smallest of them
            first = np.lexsort((shown, rows[shown, column], rows[shown, column] == 0))[0]
            hidden[shown[first], column] = True
            hidden[mine] = _complete_rows(hidden[mine])


def _find_open_column(rows: Index, hidden: Mask, hidden_sum: Mask, least: int) -> int:
    """Return a column in which a hidden number follows from the others, be it the sum; -1 for none."""
    for column in range(3):
        lost = rows[hidden[:, column], column]
        is_given_away = not len(lost) if hidden_sum[column] else len(lost) and (len(lost) < 2 or lost.sum() < least)
        if is_given_away:
            return column
    return -1


def write_public_page(contents: PageContents) -> str:
    """Return the page for everybody, in both languages one after the other; it holds no script."""
    taking_part = (contents.volunteer_of >= 0, contents.reason >= 0)
    n = len(contents.areas.committees)
    counts = np.column_stack([np.bincount(contents.elders.committee[part], minlength=n) for part in taking_part])
    told = count_publicly(counts, contents.areas.subdistrict_of, contents.least_people)
    return fill_template(
        "",
        {
            "title": escape(write_title(contents)),
            "body": say(lambda: _write_body(contents, told)).replace(" hidden>", ">"),
        },
        "public.html",
    )


def _write_body(contents: PageContents, told: PublicCounts) -> str:
    areas = contents.areas
    heads = (_("Subdistrict"), _("Committee"), _("Elders with a volunteer"), _("without"), _("both"))
    rows = [_write_row(_("all"), "", told.whole[0], "th")]
    for i, subdistrict in enumerate(areas.subdistricts):
        rows.append(_write_row(subdistrict, _("all"), told.subdistricts[i], "th"))
        rows += [
            _write_row(subdistrict, areas.committees[c], told.committees[c], "td")
            for c in np.flatnonzero(areas.subdistrict_of == i).tolist()
        ]
    note = _(
        "A dot stands for a number that is not shown: it is smaller than {least}, or another such number would follow "
        "from it."
    ).format(least=contents.least_people)
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    return (
        f"<h1>{escape(write_title(contents))}</h1><p>{escape(note)}</p>"
        f'<table class="counts"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _write_row(subdistrict: str, committee: str, numbers: Sequence[int] | Index, tag: str) -> str:
    cells = "".join(f'<td class="number">{"·" if n < 0 else f"{n:,}"}</td>' for n in map(int, numbers))
    names = "".join(f"<{tag}>{escape(CONTROL.sub('·', name))}</{tag}>" for name in (subdistrict, committee))
    return f"<tr>{names}{cells}</tr>"
