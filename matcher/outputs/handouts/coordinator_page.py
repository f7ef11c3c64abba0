"""The coordinator's page of a subdistrict: totals, elders without a volunteer with the reason, what is to be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pandas as pd

from matcher.columns import column
from matcher.i18n import _, join_words
from matcher.messages import UNSCHEDULED
from matcher.outputs.handouts.month import HandoutMonth
from matcher.outputs.handouts.rows import Cells, Grid, Row, RowKind, Section, Sheet, show_day, show_month
from matcher.outputs.handouts.texts import name_office
from matcher.programme import Programme

GRID = Grid("coordinator", (36, 28, 26, 22, 20, 20, 38))
_TITLE = RowKind("title", (Cells(0, 4, "title"), Cells(5, 6, "month")), 32)
_OFFICE = RowKind("office", (Cells(0, 6, "office"),), 18)
_HEADING = RowKind("heading", (Cells(0, 6, "heading"),), 25)
_HEAD = RowKind("head", tuple(Cells(at, at, "head") for at in range(7)), 20)
_TOTAL = RowKind("total", (Cells(0, 1, "person"), *(Cells(at, at, "middle") for at in range(2, 7))), 20)
_TOTAL_HEAD = RowKind("head", (Cells(0, 1, "head"), *(Cells(at, at, "head") for at in range(2, 7))), 20)
_LINE_HEAD = RowKind("head", (Cells(0, 0, "head"), Cells(1, 1, "head"), Cells(2, 6, "head")), 20)
_LINE = RowKind("line", (Cells(0, 0, "person"), Cells(1, 1, "cell"), Cells(2, 6, "cell")), 20)
_TO_DO = RowKind("to_do", (Cells(0, 6, "cell"),), 20)
_NONE = RowKind("none", (Cells(0, 6, "cell"),), 20)


def make_coordinator_page(month: HandoutMonth, programme: Programme, area: tuple[str, str], name: str) -> Sheet:
    """Return the page of who coordinates a subdistrict; ``name`` is what the workbook calls it."""
    shown = show_month(month.horizon.start)
    title = area[1] or area[0] or _("The whole programme")
    heading = [
        GRID.make_row(_TITLE, title, _("{month}: coordinator").format(month=shown)),
        GRID.make_row(_OFFICE, name_office(programme)),
    ]
    waiting, unscheduled = _list_unmatched(month, area, waiting=True), _list_unscheduled(month, area)
    sections = [
        Section(rows=heading),
        _list_to_dos(month, area, len(waiting), len(unscheduled)),
        _list_totals(month, area),
        _make_section(_("Elders who wait for a volunteer"), _("Why there is none"), waiting),
        _make_section(_("Contacts without a place"), _("What is missing, and why"), unscheduled),
    ]
    if others := _list_unmatched(month, area, waiting=False):
        sections.append(_make_section(_("Elders who take no part"), _("Why"), others))
    return Sheet(name, f"{title} · {shown}", GRID, sections, programme.handouts.keep)


def _list_totals(month: HandoutMonth, area: tuple[str, str]) -> Section:
    """Return a row a team, and one for all."""
    head = [
        GRID.make_row(_HEADING, _("Totals")),
        GRID.make_row(
            _TOTAL_HEAD,
            *(_("Team or committee"), _("Volunteers"), _("Elders"), _("Visits"), _("Calls"), _("New pairs")),
        ),
    ]
    rows, everything = [], Counter[str]()
    for group in month.groups:
        if group.area == area:
            count = Counter(volunteers=len(group.volunteers))
            for who in group.volunteers:
                count["elders"] += len(month.pairs_of.get(who, ()))
                count["new"] += sum(pair.is_new for pair in month.pairs_of.get(who, ()))
                count.update(contact.kind for contact in month.contacts_of.get(who, ()))
            everything.update(count)
            rows.append(_make_total(group.name or _("Volunteers"), count))
    return Section(head, [*rows, _make_total(_("Total"), everything)])


def _make_total(name: str, count: Counter[str]) -> Row:
    numbers = (count[key] for key in ("volunteers", "elders", "visit", "call", "new"))
    return GRID.make_row(_TOTAL, name, *(f"{number:,}" for number in numbers))


def _list_unmatched(month: HandoutMonth, area: tuple[str, str], *, waiting: bool) -> list[Row]:
    """Return a row an elder without a volunteer who waits for one, or who takes no part, with the reason in words."""
    reason, people = column("unmatched", "reason"), month.people
    rows = []
    for row in month.list_rows("unmatched"):
        elder = month.find_elder(str(row["elder_id"]))
        if elder >= 0 and month.area_of_elder[elder] == area and (row["waiting_since"] is not pd.NaT) == waiting:
            why = reason.choice_label(str(row["reason"])).replace("_", " ")
            detail = people.hide(str(row["detail"]))
            who = f"{people.name_elder(elder)} {row['elder_id']}"
            told = why if detail in ("", why) else _("{why}: {detail}").format(why=why, detail=detail)
            rows.append(GRID.make_row(_LINE, who, people.name_area(elder), told))
    return rows


def _list_unscheduled(month: HandoutMonth, area: tuple[str, str]) -> list[Row]:
    """Return a row an elder some of whose contacts have no place."""
    kind, people = column("unscheduled", "kind"), month.people
    found: dict[int, list[str]] = {}
    for row in month.list_rows("unscheduled"):
        elder = month.find_elder(str(row["elder_id"]))
        if elder >= 0 and month.area_of_elder[elder] == area and float(str(row["missing"])) > 0:
            text, why = _("week of {day}: {count} {kind}, {reason}"), UNSCHEDULED[str(row["reason"])]
            found.setdefault(elder, []).append(
                text.format(
                    day=show_day(row["week_start"].date(), weekday=False),  # type: ignore[attr-defined]
                    count=int(float(str(row["missing"]))),
                    kind=kind.choice_label(str(row["kind"])),
                    reason=_(why),
                )
            )
    return [
        GRID.make_row(
            _LINE,
            f"{people.name_elder(elder)} {people.elder_ids[elder]}",
            people.name_area(elder),
            "\n".join(told),
        )
        for elder, told in sorted(found.items())
    ]


def _list_to_dos(month: HandoutMonth, area: tuple[str, str], waiting: int, unscheduled: int) -> Section:
    rows = [GRID.make_row(_TO_DO, f"□  {text}") for text in _find_to_dos(month, area, waiting, unscheduled)]
    return Section([GRID.make_row(_HEADING, _("To do"))], rows or [GRID.make_row(_NONE, _("nothing"))])


def _find_to_dos(month: HandoutMonth, area: tuple[str, str], waiting: int, unscheduled: int) -> Iterator[str]:
    """Yield what the coordinator has to do, a sentence each."""
    people = month.people
    if waiting:
        text = _("elders who wait for a volunteer: {count}; look through the list below, and for volunteers near them")
        yield text.format(count=waiting)
    alone = [visit for visit in month.first_visits.values() if visit.companion < 0]
    alone = [visit for visit in alone if month.area_of_elder[visit.elder] == area]
    if alone:
        names = join_words(f"{people.name_elder(visit.elder)} {show_day(visit.day, weekday=False)}" for visit in alone)
        yield _("first visits to which nobody comes along yet: {names}").format(names=names)
    if unscheduled:
        yield _("elders with contacts that have no place: {count}; see below").format(count=unscheduled)
    notices = [row for row in month.list_rows("notices") if month.is_of_area(str(row["person_id"]), area)]
    if notices:
        yield _("people to be told of changes: {count}; notices.csv says what").format(
            count=len({row["person_id"] for row in notices})
        )
    for pair in month.pairs:
        if month.area_of_elder[pair.elder] == area and (missing := people.list_missing(pair.elder)):
            text = _("complete the roster: {elder} lacks {missing}")
            who = f"{people.name_elder(pair.elder)} {people.elder_ids[pair.elder]}"
            yield text.format(elder=who, missing=join_words(missing))
    yield _("hand out the sheets, and note who has received theirs; collect last month's and destroy them")


def _make_section(heading: str, why: str, rows: list[Row]) -> Section:
    head = [GRID.make_row(_HEADING, f"{heading} ({len(rows)})")]
    if rows:
        head.append(GRID.make_row(_LINE_HEAD, _("Elder"), _("Committee"), why))
    return Section(head, rows or [GRID.make_row(_NONE, _("none"))])
