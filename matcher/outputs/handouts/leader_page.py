"""A team leader's page: the volunteers with their loads, first visits to accompany, what changed. No elder's home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from matcher.columns import column
from matcher.i18n import _, join_words
from matcher.outputs.handouts.month import Group, HandoutMonth
from matcher.outputs.handouts.rows import (
    Cells,
    Grid,
    Row,
    RowKind,
    Section,
    Sheet,
    keep_heads_with_rows,
    show_day,
    show_month,
)
from matcher.outputs.handouts.texts import name_office
from matcher.outputs.handouts.volunteer_sheet import show_times
from matcher.programme import Programme

GRID = Grid("leader", (34, 32, 19, 19, 19, 29, 38))
_TITLE = RowKind("title", (Cells(0, 4, "title"), Cells(5, 6, "month")), 32)
_OFFICE = RowKind("office", (Cells(0, 6, "office"),), 18)
_HEADING = RowKind("heading", (Cells(0, 6, "heading"),), 25)
_HEAD = RowKind("head", tuple(Cells(at, at, "head") for at in range(7)), 20)
_VOLUNTEER = RowKind(
    "volunteer", (Cells(0, 0, "person"), *(Cells(at, at, "middle") for at in range(1, 6)), Cells(6, 6, "cell")), 20
)
_WIDE_HEAD = RowKind(
    "head",
    (Cells(0, 0, "head"), Cells(1, 1, "head"), Cells(2, 3, "head"), Cells(4, 5, "head"), Cells(6, 6, "head")),
    22,
)
_WIDE = RowKind(
    "wide",
    (Cells(0, 0, "person"), Cells(1, 1, "middle"), Cells(2, 3, "cell"), Cells(4, 5, "cell"), Cells(6, 6, "cell")),
    20,
)
_NONE = RowKind("none", (Cells(0, 6, "cell"),), 20)


def make_leader_page(month: HandoutMonth, programme: Programme, group: Group, name: str) -> Sheet:
    """Return the page of who leads a group; ``name`` is what the workbook calls it."""
    shown = show_month(month.horizon.start)
    leaders = [who for who in group.volunteers if month.people.is_leader(who)]
    title = group.name or _("Volunteers")
    who = join_words(month.people.name_volunteer(leader) for leader in leaders)
    heading = [
        GRID.make_row(_TITLE, title, _("{month}: team leader").format(month=shown)),
        GRID.make_row(
            _OFFICE, " · ".join(filter(None, (name_office(programme), who and _("leader: {name}").format(name=who))))
        ),
    ]
    sections = [
        Section(rows=heading),
        _list_volunteers(month, group),
        _list_first_visits(month, group),
        _list_changes(month, group),
    ]
    return Sheet(name, f"{title} · {shown}", GRID, keep_heads_with_rows(sections), programme.handouts.keep)


def _list_volunteers(month: HandoutMonth, group: Group) -> Section:
    head = [
        GRID.make_row(_HEADING, _("Volunteers and their loads")),
        GRID.make_row(
            _HEAD,
            *(_("Volunteer"), _("Telephone"), _("Elders"), _("Visits"), _("Calls"), _("To accompany"), _("Note")),
        ),
    ]
    rows = []
    for who in group.volunteers:
        kinds = Counter(contact.kind for contact in month.contacts_of.get(who, ()))
        numbers = (
            len(month.pairs_of.get(who, ())),
            kinds["visit"],
            kinds["call"],
            len(month.companions_of.get(who, ())),
        )
        new = sum(pair.is_new for pair in month.pairs_of.get(who, ()))
        note = "\n".join(
            filter(None, (month.people.get_absence(who), _("new pairs: {count}").format(count=new) if new else ""))
        )
        rows.append(
            GRID.make_row(
                _VOLUNTEER,
                month.people.name_volunteer(who),
                month.people.get_volunteer_phone(who),
                *(str(number) if number else "" for number in numbers),
                note,
            )
        )
    return Section(head, rows)


def _list_first_visits(month: HandoutMonth, group: Group) -> Section:
    head = [
        GRID.make_row(_HEADING, _("First visits")),
        GRID.make_row(_WIDE_HEAD, _("Day"), _("Time"), _("Volunteer"), _("Elder"), _("Who comes along")),
    ]
    members = set(group.volunteers)
    visits = [visit for visit in month.first_visits.values() if members & {visit.volunteer, visit.companion}]
    visits.sort(key=lambda visit: (visit.day, visit.start_min))
    people = month.people
    rows = [
        GRID.make_row(
            _WIDE,
            show_day(visit.day),
            show_times(visit),
            people.name_volunteer(visit.volunteer),
            people.name_elder(visit.elder) if visit.volunteer in members else "",
            people.name_volunteer(visit.companion) if visit.companion >= 0 else _("nobody yet"),
        )
        for visit in visits
    ]
    return Section(head, rows or [_say_none()])


def _list_changes(month: HandoutMonth, group: Group) -> Section:
    head = [
        GRID.make_row(_HEADING, _("Changes")),
        GRID.make_row(_WIDE_HEAD, _("Elder"), _("Since"), _("Until now"), _("From now on"), _("Why it changed")),
    ]
    return Section(head, list(_make_changes(month, group)) or [_say_none()])


def _make_changes(month: HandoutMonth, group: Group) -> Iterator[Row]:
    """Yield a row a pair of the group that began or ended."""
    members, people, reason = set(group.volunteers), month.people, column("changes", "reason")
    told = set()
    for elder, elder_id, before, now, code in month.changes:
        if members & {before, now}:
            told.add(elder)
            since = next((pair.since for pair in month.pairs_of.get(now, ()) if pair.elder == elder), None)
            yield GRID.make_row(
                _WIDE,
                people.name_elder(elder) if elder >= 0 else elder_id,
                show_day(since, weekday=False) if since else "",
                people.name_volunteer(before) if before >= 0 else "",
                people.name_volunteer(now) if now >= 0 else _("nobody"),
                reason.choice_label(code).replace("_", " "),
            )
    for who in group.volunteers:
        for pair in month.pairs_of.get(who, ()):
            if pair.is_new and pair.elder not in told and pair.since is not None:
                begins, name = show_day(pair.since, weekday=False), people.name_elder(pair.elder)
                yield GRID.make_row(_WIDE, name, begins, "", people.name_volunteer(who), _("new pair"))


def _say_none() -> Row:
    return GRID.make_row(_NONE, _("none"))
