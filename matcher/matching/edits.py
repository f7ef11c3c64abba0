"""Decisions on the edits of plan workbooks: which are followed, which can't be, and what people are asked."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.demand.pair_use import sum_pair_use
from matcher.features import Features
from matcher.i18n import join_words
from matcher.matching.capacity import compute_capacity
from matcher.matching.pin_prices import PinPrice, price_by_hand, price_pins, price_together
from matcher.matching.pins import check_pins
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.roster.edits import Edit
from matcher.roster.model import PairList, Roster

Outcome = Literal["taken", "same", "refused", "asked"]
_FIRST_ROW = 1 << 40
"""Rows of pins that stand in no list: no file has so many."""
_MOST_PRICED = 24
"""Pins that are priced one by one; each takes another match."""
Piece = tuple[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an edit."""

    edit: Edit
    outcome: Outcome
    pieces: tuple[Piece, ...] = ()
    """Codes of ``messages.EDITS`` and what fills them."""
    issue: Issue | None = None
    """Why it is not followed."""
    price: PinPrice | None = None
    """What it costs by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class DecidedEdits:
    """A month with its edits, and an answer to each."""

    month: MonthData
    answers: tuple[Answer, ...] = ()
    pairs: PairList | None = None
    """Pairs made by hand with what the edits change in them; None where none were given."""
    away: tuple[tuple[str, int, tuple[date, ...]], ...] = ()
    """Who is newly away beside pairs that stand: the part, a roster index, the days. The month's roster lacks them."""
    before: PairList | None = None
    """The pairs made by hand as they were given."""

    @property
    def taken(self) -> tuple[Edit, ...]:
        """Return the edits that are followed."""
        return tuple(answer.edit for answer in self.answers if answer.outcome == "taken")


def decide_edits(edits: Sequence[Edit], month: MonthData, pairs: PairList | None = None) -> DecidedEdits:
    """Return the month with all edits that can be followed, and an answer to each.

    What contradicts another edit or a list is asked, both sides of it. A pin that a rule forbids which yields to no
    pin is refused. What an earlier run took yields to what this month's workbooks say.

    Args:
        edits: What was filled in, and what earlier runs took.
        month: The month without them.
        pairs: Pairs made by hand that stand, where there are such: the edits then change these alone.
    """
    answers = _answer_without_others(edits)
    _ask_contradictions(edits, answers)
    _ask_against_lists(edits, month, answers)
    _answer_repeats(edits, answers)
    while True:  # invariant: refused edits stay refused; each round refuses one more, or is the last
        lifted = _find_lifted(edits, answers)
        alive = [i for i in range(len(edits)) if i not in answers and i not in lifted]
        changed, away = _apply(edits, alive, month, keep_days=pairs is not None)
        refused, against = _check_pins(edits, changed)
        revised = None
        if pairs is not None and not refused:
            revised, refused = _revise_pairs(edits, alive, changed, pairs)
        if not refused:
            break
        answers |= {i: Answer(edits[i], "refused", issue=issue) for i, issue in refused.items()}
    for i, other in lifted.items():
        answers[i] = Answer(edits[i], "same", (("lifted", {"other": _name_place(edits[other])}),))
    for i in alive:
        pieces: list[Piece] = [(edits[i].kind, {})]
        pieces += [("carried", {})] if edits[i].carried else []
        pieces += [("against", {"rule": rule}) for rule in against.get(i, ())]
        answers[i] = Answer(edits[i], "taken", tuple(pieces))
    return DecidedEdits(changed, tuple(answers[i] for i in range(len(edits))), revised, away, pairs)


def price_edits(plan: Plan, decided: DecidedEdits) -> tuple[Answer, ...]:
    """Return the answers with what each pin costs: the best plan with it, less the best plan without it.

    Many pins are priced together.
    """
    answers = list(decided.answers)
    ids = plan.month.roster.elders["id"].to_numpy(dtype=object)
    new = [
        i
        for i, answer in enumerate(answers)
        if answer.outcome == "taken" and answer.edit.kind == "pin" and not answer.edit.carried
    ]
    if decided.before is not None:
        by_hand = price_by_hand(plan, decided.before)
        return tuple(
            _add_price(answer, by_hand[answer.edit.elder], ids) if i in new and answer.edit.elder in by_hand else answer
            for i, answer in enumerate(answers)
        )
    # a pin that a list has as well stands there
    place = {row - _FIRST_ROW: at for at, row in enumerate(plan.month.pins.row.tolist())}
    priced = [(i, place[i]) for i in new if i in place]
    if len(priced) > _MOST_PRICED:
        price = price_together(plan, [at for _i, at in priced])
        piece: Piece = ("together", {"metres": f"{price.metres:,}", "count": price.elders})
        for i, _at in priced:
            answers[i] = replace(answers[i], pieces=(*answers[i].pieces, piece))
        return tuple(answers)
    prices = price_pins(plan, [at for _i, at in priced])
    for i, at in priced:
        answers[i] = _add_price(answers[i], prices[at], ids)
    return tuple(answers)


def _add_price(answer: Answer, price: PinPrice, ids: NDArray[np.object_]) -> Answer:
    return replace(answer, pieces=(*answer.pieces, *_tell_price(price, ids)), price=price)


def _tell_price(price: PinPrice, ids: NDArray[np.object_]) -> Iterator[Piece]:
    if not price.metres and not price.elders and not price.left_out:
        yield "free", {}
        return
    yield "price" if price.metres >= 0 else "saved", {"metres": f"{abs(price.metres):,}"}
    if price.elders:
        yield "price_elders" if price.elders > 0 else "more_elders", {"count": abs(price.elders)}
    for code, elders in (("left_out", price.left_out), ("taken_in", price.taken_in)):
        if elders:
            yield code, {"ids": join_words(ids[list(elders)])}
    if not price.is_proved:
        yield "unproved", {}


def _answer_without_others(edits: Sequence[Edit]) -> dict[int, Answer]:
    """Return answers to edits that are not understood, or ask for nothing; by their places."""
    answers = {}
    for i, edit in enumerate(edits):
        if edit.fault is not None:
            answers[i] = Answer(edit, "asked", issue=edit.fault)
        elif edit.denies:
            answers[i] = Answer(edit, "same", (("nothing", {}),))
    return answers


def _list_claims(edit: Edit) -> list[tuple[Hashable, Hashable]]:
    """Return what an edit says, as subjects and what it says of each: two that say different things contradict."""
    pair = (edit.elder, edit.volunteer)
    match edit.kind:
        case "pin" | "never" if edit.denies:
            return [((edit.kind, *pair), False)]
        case "pin":
            here = [(("away", edit.elder, -1), False), (("away", -1, edit.volunteer), False)]
            return [
                (("volunteer of", edit.elder), edit.volunteer),
                (("pair", *pair), True),
                (("pin", *pair), True),
                *here,
            ]
        case "never":
            return [(("pair", *pair), False), (("never", *pair), True)]
        case "consent" | "no_consent":
            return [(("consent", edit.elder), edit.kind)]
        case "away":
            return [(("away", *pair), not edit.denies)]
    return []


def _find_contradictions(edits: Sequence[Edit], among: Sequence[int]) -> dict[int, int]:
    """Return, for each edit that contradicts others among some, the first of these."""
    said: dict[Hashable, list[tuple[Hashable, int]]] = {}
    for i in among:
        for subject, what in _list_claims(edits[i]):
            said.setdefault(subject, []).append((what, i))
    found: dict[int, int] = {}
    for claims in said.values():
        for what, i in claims:
            other = next((j for other_what, j in claims if other_what != what), None)
            if other is not None:
                found.setdefault(i, other)
    return found


def _ask_contradictions(edits: Sequence[Edit], answers: dict[int, Answer]) -> None:
    new = [i for i, edit in enumerate(edits) if not edit.carried and edit.fault is None]
    for i, other in _find_contradictions(edits, new).items():
        answers[i] = _ask(edits[i], "edits_contradict", _name_place(edits[other]), edits[other])


def _ask(edit: Edit, code: str, other: str, against: Edit) -> Answer:
    label = column("edits", "kind").choice_label(against.kind)
    what = f"{label} {against.shown}" if against.text else label
    return Answer(edit, "asked", issue=edit.tell(code, other=other, what=what))


def _name_place(edit: Edit) -> str:
    return Issue("edit_not_taken", edit.file, edit.row, edit.header).locate().removesuffix(": ")


def _ask_against_lists(edits: Sequence[Edit], month: MonthData, answers: dict[int, Answer]) -> None:
    """Ask about edits that say other than the lists of pins and never-pairs."""
    pins, never = month.pins, month.never
    pinned = dict(zip(pins.elder.tolist(), pins.volunteer.tolist(), strict=True))
    apart = set(zip(never.elder.tolist(), never.volunteer.tolist(), strict=True))
    for i, edit in enumerate(edits):
        if i in answers:
            continue
        pair = (edit.elder, edit.volunteer)
        is_pin, is_never = edit.kind == "pin", edit.kind == "never"
        if is_pin and pinned.get(edit.elder, edit.volunteer) != edit.volunteer:
            told = Edit(pins.file, kind="pin", text=month.roster.volunteers["id"].iloc[pinned[edit.elder]])
            answers[i] = _ask(edit, "edits_against_list", pins.file, told)
        elif is_pin and pair in apart:
            answers[i] = _ask(edit, "edits_against_list", never.file, Edit(never.file, kind="never"))
        elif is_never and pinned.get(edit.elder) == edit.volunteer:
            answers[i] = _ask(edit, "edits_against_list", pins.file, Edit(pins.file, kind="pin"))


def _answer_repeats(edits: Sequence[Edit], answers: dict[int, Answer]) -> None:
    """Answer edits that say what another says, so that each is followed once."""
    first: dict[Hashable, int] = {}
    for i, edit in enumerate(edits):
        if i in answers:
            continue
        other = first.setdefault((edit.kind, edit.elder, edit.volunteer, edit.days), i)
        if other != i:
            answers[i] = Answer(edit, "same", (("same", {"other": _name_place(edits[other])}),))


def _find_lifted(edits: Sequence[Edit], answers: Mapping[int, Answer]) -> dict[int, int]:
    """Return what earlier runs took and later edits say otherwise of, with which of these."""
    open_ = [i for i in range(len(edits)) if i not in answers or (edits[i].denies and answers[i].outcome == "same")]
    said: dict[Hashable, list[tuple[Hashable, int]]] = {}
    found: dict[int, int] = {}
    for i in reversed(open_):
        claims = _list_claims(edits[i])
        later = (j for subject, what in claims for other, j in said.get(subject, ()) if other != what)
        if edits[i].carried and (by := next(later, None)) is not None:
            found[i] = by
            continue  # what is lifted lifts nothing
        for subject, what in claims:
            said.setdefault(subject, []).append((what, i))
    return found


def _apply(
    edits: Sequence[Edit], alive: Sequence[int], month: MonthData, *, keep_days: bool
) -> tuple[MonthData, tuple[tuple[str, int, tuple[date, ...]], ...]]:
    """Return the month with some edits, and who is newly away, which with ``keep_days`` the roster does not say."""
    dates = tuple(month.horizon.dates())
    away: dict[tuple[bool, str, int], set[date]] = {}
    consent: dict[int, str] = {}
    for edit in (edits[i] for i in alive):
        if edit.kind in ("away", "days_off"):
            part, person = ("elder", edit.elder) if edit.elder >= 0 else ("volunteer", edit.volunteer)
            key = (keep_days and not edit.carried, part, person)
            away.setdefault(key, set()).update(dates if edit.kind == "away" else edit.days)
        elif edit.kind in ("consent", "no_consent"):
            consent[edit.elder] = "yes" if edit.kind == "consent" else "no"
    told = [(late, (part, person, tuple(sorted(days)))) for (late, part, person), days in away.items()]
    roster = set_days_off(set_consent(month.roster, consent), [one for late, one in told if not late])
    pins = _join(month.pins, edits, [i for i in alive if edits[i].kind == "pin"], month.roster)
    never = _join(month.never, edits, [i for i in alive if edits[i].kind == "never"], month.roster)
    return replace(month, roster=roster, pins=pins, never=never), tuple(one for late, one in told if late)


def set_consent(roster: Roster, consent: Mapping[int, str]) -> Roster:
    """Return a roster in which some elders have consented or not; by roster index."""
    if not consent:
        return roster
    elders = roster.elders.copy()
    words = elders["consent"].tolist()
    for elder, word in consent.items():
        words[elder] = word
    elders["consent"] = pd.Series(words, index=elders.index, dtype=str)
    return replace(roster, elders=elders)


def set_days_off(roster: Roster, away: Sequence[tuple[str, int, tuple[date, ...]]]) -> Roster:
    """Return a roster in which some people have more days off: their part, roster index and days."""
    sides = {}
    for part in dict.fromkeys(part for part, _person, _days in away):
        people = getattr(roster, f"{part}s").copy()
        off = people["days_off"].tolist()
        for side, person, days in away:
            if side == part:
                off[person] = tuple(sorted({*off[person], *days}))
        people["days_off"] = pd.Series(off, index=people.index, dtype=object)
        sides[f"{part}s"] = people
    return replace(roster, **sides) if sides else roster


def _join(listed: PairList, edits: Sequence[Edit], more: Sequence[int], roster: Roster) -> PairList:
    """Return a list of pairs with those that edits ask for; rows of these tell their places among the edits."""
    known = set(zip(listed.elder.tolist(), listed.volunteer.tolist(), strict=True))
    more = [i for i in more if (edits[i].elder, edits[i].volunteer) not in known]
    if not more:
        return listed
    elder = np.array([edits[i].elder for i in more], dtype=np.int64)
    volunteer = np.array([edits[i].volunteer for i in more], dtype=np.int64)
    return PairList(
        np.concatenate([listed.elder, elder]),
        np.concatenate([listed.volunteer, volunteer]),
        (*listed.elder_id, *roster.elders["id"].iloc[elder]),
        (*listed.volunteer_id, *roster.volunteers["id"].iloc[volunteer]),
        np.concatenate([listed.row, _FIRST_ROW + np.array(more, dtype=np.int64)]),
        listed.file,
    )


def _check_pins(edits: Sequence[Edit], month: MonthData) -> tuple[dict[int, Issue], dict[int, list[str]]]:
    """Return which pins can't stand, and against which rules the others are, by their places."""
    refused: dict[int, Issue] = {}
    against: dict[int, list[str]] = {}
    for issue in check_pins(month):
        i = (issue.row or 0) - _FIRST_ROW
        if i < 0:
            continue  # a pin of the list, which is told of by itself
        if issue.severity == "error":
            edit = edits[i]
            refused.setdefault(i, replace(issue, file=edit.file, row=edit.row, column=edit.header))
        else:
            against.setdefault(i, []).append(issue.message())
    return refused, against


def _revise_pairs(
    edits: Sequence[Edit], alive: Sequence[int], month: MonthData, pairs: PairList
) -> tuple[PairList, dict[int, Issue]]:
    """Return pairs that stand with what edits change in them; and edits for which a volunteer has no place."""
    pins = {edits[i].elder: i for i in alive if edits[i].kind == "pin"}
    apart = {(edits[i].elder, edits[i].volunteer) for i in alive if edits[i].kind == "never"}
    chosen = {elder: edits[i].volunteer for elder, i in pins.items()}
    listed = zip(pairs.elder.tolist(), pairs.volunteer.tolist(), strict=True)
    kept = np.array([(e, v) not in apart and chosen.get(e, v) == v for e, v in listed], dtype=bool)
    staying = pairs.where(kept)
    have = set(zip(staying.elder.tolist(), staying.volunteer.tolist(), strict=True))
    more = [i for elder, i in pins.items() if (elder, edits[i].volunteer) not in have]
    revised = _append(staying, edits, more, month.roster)
    features = Features(replace(month, agreed=revised))
    standing = ~revised.is_paused
    used = sum_pair_use(features, revised.elder[standing], revised.volunteer[standing])
    over = used > compute_capacity(features)
    refused = {i: edits[i].tell("edits_no_place") for i in more if over[edits[i].volunteer]}
    return revised, refused


def _append(pairs: PairList, edits: Sequence[Edit], more: Sequence[int], roster: Roster) -> PairList:
    """Return pairs with new ones after them, which begin this month."""
    if not more:
        return pairs
    bare = replace(pairs, since=None, months=None, backup=None, status=None, paused_since=None, waiting_since=None)
    both = _join(bare, edits, more, roster)
    n = len(both) - len(pairs)

    def extend(values: NDArray[Any] | None, fill: object) -> NDArray[Any] | None:
        return None if values is None else np.append(values, np.full(n, fill, dtype=values.dtype))

    return replace(
        both,
        since=extend(pairs.since, np.datetime64("NaT", "M")),
        months=extend(pairs.months, np.nan),
        backup=extend(pairs.backup, -1),
        status=None if pairs.status is None else (*pairs.status, *("",) * n),
        paused_since=extend(pairs.paused_since, np.datetime64("NaT", "M")),
        waiting_since=extend(pairs.waiting_since, np.datetime64("NaT", "M")),
    )
