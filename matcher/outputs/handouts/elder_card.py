"""Cards for elders: who comes, on which weekday as a rule, under which number; in large type, two on a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from matcher.i18n import _, language
from matcher.outputs.handouts.month import Contact, Group, HandoutMonth, Pair
from matcher.outputs.handouts.rows import PAGE_PT, Cells, Grid, Row, RowKind, Section, Sheet, show_month, show_weekday
from matcher.programme import Programme

GRID = Grid("card", (190,))
_GAP_PT = 42
_GAP = RowKind("gap", (Cells(0, 0, "card_small", "blank"),), _GAP_PT)
_NOON_MIN = 12 * 60
_USUAL = 0.5
"""Share of contacts that has to be on one weekday for it to be the usual one."""


def _kind(look: str) -> RowKind:
    return RowKind(look, (Cells(0, 0, look),))


_SMALL, _NAME, _LINE, _LARGE, _RULE = map(_kind, ("card_small", "card_name", "card", "card_large", "card_rule"))


def make_elder_cards(month: HandoutMonth, programme: Programme, group: Group, name: str) -> Sheet | None:
    """Return the cards of a group's elders; None where it has none. ``name`` is what the workbook calls them."""
    pairs = [pair for volunteer in group.volunteers for pair in month.pairs_of.get(volunteer, ())]
    if not pairs:
        return None
    sections: list[Section] = []
    left = 0.0
    for pair in pairs:
        rows = list(_make_card(month, programme, pair))
        height = sum(row.height_pt for row in rows)
        if height + _GAP_PT > left:
            rows[0] = rows[0]._replace(new_page=bool(sections))
            left = PAGE_PT
        else:
            rows.insert(0, GRID.make_row(_GAP))
            height += _GAP_PT
        left -= height
        sections.append(Section(rows=rows, whole=True))
    return Sheet(name, show_month(month.horizon.start), GRID, sections)


def _make_card(month: HandoutMonth, programme: Programme, pair: Pair) -> Iterator[Row]:
    people = month.people
    yield GRID.make_row(_SMALL, programme.name or _("Old Partners programme"))
    yield GRID.make_row(_NAME, people.name_elder(pair.elder))
    yield GRID.make_row(_LARGE, _("Your volunteer: {name}").format(name=people.name_volunteer(pair.volunteer)))
    if phone := people.get_volunteer_phone(pair.volunteer):
        yield GRID.make_row(_LARGE, _("Telephone: {number}").format(number=phone))
    own = [one for one in month.contacts_with.get(pair.elder, ()) if one.volunteer == pair.volunteer]
    for kind, text in (("visit", _("Comes to see you: {when}")), ("call", _("Calls you: {when}"))):
        if of_kind := [contact for contact in own if contact.kind == kind]:
            yield GRID.make_row(_LINE, text.format(when=_find_usual(of_kind)))
    if pair.backup >= 0:
        who = " ".join(filter(None, (people.name_volunteer(pair.backup), people.get_volunteer_phone(pair.backup))))
        yield GRID.make_row(_SMALL, _("Else comes: {name}").format(name=who))
    if programme.telephone:
        yield GRID.make_row(_SMALL, _("The office: {number}").format(number=programme.telephone))
    yield GRID.make_row(_SMALL, _("In an emergency: 120 (ambulance), 110 (police)"))
    yield GRID.make_row(_RULE, _("Keep by the telephone, show no stranger, tear up when a new one comes."))


def _find_usual(contacts: Sequence[Contact]) -> str:
    """Return the weekdays and the part of the day that contacts usually have."""
    weekdays = Counter(contact.day.weekday() for contact in contacts)
    (most, count), *rest = weekdays.most_common()
    if count < _USUAL * len(contacts) and len(rest) > 1:
        return _("on changing days")
    usual = sorted({most, *(day for day, times in rest if 2 * times >= count)})
    if len(usual) > 2:
        return _("on changing days")
    own = [contact for contact in contacts if contact.day.weekday() in usual]
    morning = sum(contact.start_min < _NOON_MIN for contact in own)
    if morning == len(own):
        part = _("in the morning")
    elif morning == 0:
        part = _("in the afternoon")
    else:
        part = ""
    days = ("、" if language() == "zh" else " and ").join(show_weekday(day) for day in usual)
    return _("{days} {part}").format(days=days, part=part).strip()
