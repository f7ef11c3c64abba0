"""A volunteer's sheet: own elders, and the month's contacts with columns to fill in. It is plan and visit record.

It tells of the volunteer's own elders; of those whom they stand in for, with the dates; and of first visits to which
they come along, where and when. Part ``records`` reads the filled-in table back, by its headers
(``columns.RECORD_SHEETS``) and ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matcher.columns import column
from matcher.i18n import _, join_words, language
from matcher.outcomes import BY_CODE, OUTCOMES
from matcher.outputs.handouts.month import Contact, HandoutMonth, Pair
from matcher.outputs.handouts.rows import (
    Cells,
    Day,
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
from matcher.outputs.source_sheets import measure_width
from matcher.programme import Programme

GRID = Grid("volunteer", (20, 30, 24, 26, 12, 12, 17, 13, 36))
COLUMNS = ("visit_id", "date", "start", "elder_name", "kind", "done", "minutes", "outcome", "remark")
"""The columns of the record table, as ``columns.RECORD_SHEETS`` names them."""
_LONGEST_NAME = 20
"""Half widths of an elder's name in the record table; in full it stands among the elders."""
_SPARE_ROWS = 2
"""Empty rows at the end of the table, for contacts that were not planned."""

_TITLE = RowKind("title", (Cells(0, 4, "title"), Cells(5, 8, "month")), 32)
_OFFICE = RowKind("office", (Cells(0, 8, "office"),), 18)
_BOX = RowKind("box", (Cells(0, 8, "box"),))
_HEADING = RowKind("heading", (Cells(0, 8, "heading"),), 25)
_PEOPLE_HEAD = RowKind("head", (Cells(0, 0, "head"), Cells(1, 2, "head"), Cells(3, 5, "head"), Cells(6, 8, "head")), 19)
_ELDER = RowKind("elder", (Cells(0, 0, "person"), *(Cells(*at, "fine") for at in ((1, 2), (3, 5), (6, 8)))), 34)
_ALONG_HEAD = RowKind("head", (Cells(0, 1, "head"), Cells(2, 6, "head"), Cells(7, 8, "head")), 19)
_ALONG = RowKind("along", (Cells(0, 1, "middle", "short"), Cells(2, 6, "cell"), Cells(7, 8, "cell")), 20)
_RECORD_HEAD = RowKind("head", tuple(Cells(at, at, "head") for at in range(len(COLUMNS))), 19)
_BLANKS = (*(Cells(at, at, "middle", "blank") for at in (5, 6, 7)), Cells(8, 8, "cell", "blank"))
_RECORD = RowKind(
    "record",
    (
        Cells(0, 0, "id", "short"),
        Cells(1, 1, "day", "day"),
        Cells(2, 2, "day", "short"),
        Cells(3, 3, "middle"),
        Cells(4, 4, "middle", "short"),
        *_BLANKS,
    ),
    18.75,
)
_SPARE = RowKind("record", (*(Cells(at, at, "middle", "blank") for at in range(5)), *_BLANKS), 18.75)
_RECORD_TITLE = RowKind("heading", (Cells(0, 4, "heading"), Cells(5, 8, "sign")), 30)
_FOOT = RowKind("foot", (Cells(0, 8, "foot"),), 24)


def make_volunteer_sheet(month: HandoutMonth, programme: Programme, volunteer: int, name: str) -> Sheet:
    """Return a volunteer's sheet; ``name`` is what the workbook calls it."""
    person = month.people.name_volunteer(volunteer)
    shown = show_month(month.horizon.start)
    sections = [
        Section(rows=_make_heading(programme, person, shown)),
        *_list_people(month, volunteer),
        _make_record(month, volunteer, f"{person}  {shown}"),
    ]
    title = f"{person} · {shown}"
    kept = keep_heads_with_rows(sections)
    return Sheet(name, title, GRID, kept, programme.handouts.keep, repeat=len(sections) - 1)


def _make_heading(programme: Programme, person: str, shown: str) -> list[Row]:
    lines = programme.handouts.instructions
    numbered = "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))
    return [
        GRID.make_row(_TITLE, person, _("{month}: visits and record").format(month=shown)),
        GRID.make_row(_OFFICE, name_office(programme)),
        GRID.make_row(_BOX, numbered),
    ]


def _list_people(month: HandoutMonth, volunteer: int) -> Iterator[Section]:
    """Yield the tables of people: own elders, those of others to stand in for, first visits to come along to."""
    contacts = month.contacts_of.get(volunteer, ())
    own = month.pairs_of.get(volunteer, ())
    head = GRID.make_row(_PEOPLE_HEAD, _("Elder"), _("Telephone, emergency contact"), _("Home"), _("Mind"))
    if own:
        heading = GRID.make_row(_HEADING, _("My elders ({count})").format(count=len(own)))
        elders = {contact.elder for contact in contacts}
        rows = [_make_elder(month, pair.elder, _tell_pair(month, pair, planned=pair.elder in elders)) for pair in own]
        yield Section([heading, head], rows)
    if others := _list_others(contacts, own):
        heading = GRID.make_row(_HEADING, _("Elders of others, on these dates only"))
        yield Section([heading, head], [_make_elder(month, elder, dates) for elder, dates in others.items()])
    if along := month.companions_of.get(volunteer, ()):
        heading = GRID.make_row(_HEADING, _("First visits to come along to"))
        titles = GRID.make_row(_ALONG_HEAD, _("When"), _("Where"), _("With which volunteer"))
        yield Section([heading, titles], [_make_along(month, contact) for contact in along])


def _make_elder(month: HandoutMonth, elder: int, told: str) -> Row:
    people = month.people
    contact = people.get_emergency_contact(elder)
    if contact:
        contact = _("emergency: {contact}").format(contact=contact)
    reach = "\n".join(filter(None, (people.get_elder_phone(elder), contact)))
    mind = ("；" if language() == "zh" else "; ").join(filter(None, (told, people.get_cautions(elder))))
    return GRID.make_row(_ELDER, people.name_elder(elder), reach, people.get_door(elder), mind)


def _tell_pair(month: HandoutMonth, pair: Pair, *, planned: bool) -> str:
    """Return since when the two are a pair; of a new one, who comes along to the first visit."""
    if pair.since is None:
        told = []
    elif pair.is_new:
        told = [_("★ NEW since {day}").format(day=show_day(pair.since, weekday=False))]
    else:
        told = [_("since {month}").format(month=show_month(pair.since))]
    first = month.first_visits.get(pair.elder)
    if first is not None and first.companion >= 0:
        who = (month.people.name_volunteer(first.companion), month.people.get_volunteer_phone(first.companion))
        text = _("first visit {day} with {companion}")
        told.append(text.format(day=show_day(first.day, weekday=False), companion=" ".join(filter(None, who))))
    if not planned:
        told.append(_("no contact could be planned: ask the office"))
    return ("；" if language() == "zh" else "; ").join(told)


def _list_others(contacts: Sequence[Contact], own: Sequence[Pair]) -> dict[int, str]:
    """Return the dates on which a volunteer visits or calls elders who are not their own."""
    elders = {pair.elder for pair in own}
    found: dict[int, list[str]] = {}
    for contact in contacts:
        if contact.elder not in elders:
            found.setdefault(contact.elder, []).append(show_day(contact.day, weekday=False))
    return {elder: join_words(dict.fromkeys(dates)) for elder, dates in found.items()}


def _make_along(month: HandoutMonth, contact: Contact) -> Row:
    """Return when and where to come along, and with whom; not to which elder."""
    people = month.people
    who = " ".join(
        filter(None, (people.name_volunteer(contact.volunteer), people.get_volunteer_phone(contact.volunteer)))
    )
    when = f"{show_day(contact.day)}  {show_times(contact)}"
    return GRID.make_row(_ALONG, when, people.get_door(contact.elder), who)


def show_times(contact: Contact) -> str:
    """Return from when to when a contact is planned."""
    start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (contact.start_min, contact.end_min))
    return f"{start}–{end}"


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of elders in the record table, cut to two lines; with the id where two of a sheet have the same."""

    month: HandoutMonth
    doubled: Counter[str]

    @classmethod
    def of(cls, month: HandoutMonth, contacts: Sequence[Contact]) -> _Names:
        elders = {contact.elder for contact in contacts}
        return cls(month, Counter(month.people.name_elder(elder) for elder in elders))

    def name(self, elder: int) -> str:
        name = self.month.people.name_elder(elder)
        if self.doubled[name] > 1:
            return f"{name} {self.month.people.elder_ids[elder]}"
        return name if measure_width(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME // 2]}…"


def _make_record(month: HandoutMonth, volunteer: int, heading: str) -> Section:
    """Return the month's contacts by date, with cells to fill in, a legend, and on each page a line to sign."""
    contacts = month.contacts_of.get(volunteer, ())
    head = [
        GRID.make_row(
            _RECORD_TITLE, _("{who}: visit record").format(who=heading), _("Signature {line}").format(line="_" * 16)
        ),
        GRID.make_row(_RECORD_HEAD, *(column("record_sheets", name).header() for name in COLUMNS)),
    ]
    names, kind = _Names.of(month, contacts), column("visits", "kind")
    kinds = {code: kind.choice_label(code) for code in ("visit", "call")}
    days = {day: Day.of(day) for day in {contact.day for contact in contacts}}
    shown = {elder: names.name(elder) for elder in {contact.elder for contact in contacts}}
    rows = [
        GRID.make_row(
            _RECORD,
            contact.visit_id,
            days[contact.day],
            show_times(contact),
            shown[contact.elder],
            kinds[contact.kind],
        )
        for contact in contacts
    ]
    rows += [GRID.make_row(_SPARE)] * _SPARE_ROWS
    return Section(head, rows, [GRID.make_row(_FOOT, explain_signs())])


def explain_signs() -> str:
    """Return the legend of what became of a contact."""
    signs = [f"{outcome.sign} {outcome.name()}" for outcome in OUTCOMES]
    swapped = BY_CODE["swapped"]
    text = _(
        "Signs: {signs}. With {sign} write in the remark who came. Empty rows are for contacts that were not planned."
    )
    return text.format(sign=swapped.sign, signs=("；" if language() == "zh" else "; ").join(signs))
