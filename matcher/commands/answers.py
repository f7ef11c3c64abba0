"""Answers about a plan in plain sentences: on pairs, on elders left out, on what a volunteer is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.analysis.suggest import Suggestions
from matcher.analysis.why import Choice, Effect, Move, Unit, WhyLeftOut, WhyNotPair, WhyPair, WhyVolunteer
from matcher.columns import column
from matcher.i18n import N_, _, ngettext
from matcher.matching.held_plan import Unpriced
from matcher.outputs.cost_terms import TERMS
from matcher.outputs.left_out import write_sentence
from matcher.outputs.tables import PeopleNames
from matcher.plan import Loosening

WHOLE = 10
"""Elders up to whom a chain is told whole; of a longer one the first and last ``ENDS``, the rest in a file."""
ENDS = 3
_NAMED = 10
"""People named of a list."""
UNPRICED: dict[Unpriced, str] = {
    "units": N_(
        "With capacity in units or minutes no path tells what another pair would take. Pin it and match again: the two "
        "plans side by side say it."
    ),
    "homes": N_(
        "With one volunteer a home no path tells what another pair would take. Pin it and match again: the two plans "
        "side by side say it."
    ),
    "budget": N_(
        "With a change budget no path tells what another pair would take. Pin it and match again: the two plans side "
        "by side say it."
    ),
}
"""Why nothing is told of what other pairs would take."""
_TAKEN: dict[Unit, str] = {
    "elders": N_("{volunteer}, places taken: {load} of {places}"),
    "units": N_("{volunteer}, units taken: {load} of {places}"),
    "minutes": N_("{volunteer}, minutes a month taken: {load} of {places}"),
}


@dataclass(frozen=True, slots=True)
class Teller:
    """Writes answers, people as they are to be named."""

    people: PeopleNames
    unpriced: Unpriced = ""

    def tell_pair(self, why: WhyPair) -> Iterator[str]:
        """Yield why two are a pair, a line each."""
        text = _("{elder} has {volunteer}, {distance}. The pair costs {cost} m:")
        yield text.format(
            elder=self.name_elder(why.elder),
            volunteer=self.name_volunteer(why.volunteer),
            distance=write_distance(why.distance_m),
            cost=f"{sum(why.terms.values()):,}",
        )
        yield from self.list_terms(why.terms)
        if why.pinned:
            yield _("The pair is pinned, or stands against a rule by somebody's hand: no other was considered.")
            yield from self.list_bars(why.barred, why.volunteer)
            return
        if why.best_volunteer != why.volunteer:
            text = _("The best plan gives the elder {volunteer}: the pairs in the folder were changed by hand.")
            other = self.name_volunteer(why.best_volunteer) if why.best_volunteer >= 0 else _("nobody")
            yield text.format(volunteer=other)
        if self.unpriced:
            yield _(UNPRICED[self.unpriced])
        elif why.choices:
            yield _("The next best choices for this elder, all others placed as well as can be:")
            yield from self.list_choices(why.choices)
        elif why.best_volunteer == why.volunteer:
            yield _("Nobody else may have this elder.")

    def tell_no_pair(self, why: WhyNotPair, current: int) -> Iterator[str]:
        """Yield why two are no pair; ``current`` is the elder's volunteer, -1 for none."""
        has = self.name_volunteer(current) if current >= 0 else _("nobody")
        text = _("{elder} does not have {volunteer} but {other}.")
        yield text.format(elder=self.name_elder(why.elder), volunteer=self.name_volunteer(why.volunteer), other=has)
        yield from self.list_bars(why.barred, why.volunteer)
        if why.person_barred:
            yield _("Who takes no part can have no pair: no price is told.")
            return
        text = _("Were they a pair, {distance}, it would cost {cost} m:")
        yield text.format(distance=write_distance(why.distance_m), cost=f"{sum(why.terms.values()):,}")
        yield from self.list_terms(why.terms)
        if self.unpriced:
            yield _(UNPRICED[self.unpriced])
        elif why.choice is None:
            yield _("The pair cannot be had by a pin: a pin stands in the way, or all places are pinned.")
        else:
            yield (
                _("A pin would be refused. Were the pair allowed, and all others placed as well as can be:")
                if why.refuses_pin
                else _("Were the pair pinned, and all others placed as well as can be:")
            )
            yield f"  {self.write_effect(why.choice.effect)}"
            yield from self.list_moves(why.choice.effect.moves)

    def tell_left_out(self, why: WhyLeftOut) -> Iterator[str]:
        """Yield why an elder has no volunteer."""
        elder = self.name_elder(why.elder)
        if why.unmatched is not None:
            text = _("{elder} has no volunteer: {reason}.")
            yield text.format(elder=elder, reason=write_sentence(why.unmatched, self.people))
            return
        text = ngettext(
            "{elder} has no volunteer. Of all volunteers {count} may serve this elder: {names}.",
            "{elder} has no volunteer. Of all volunteers {count} may serve this elder: {names}.",
            len(why.volunteers),
        )
        names = self.name_some(self.name_volunteer(v) for v in why.volunteers)
        yield text.format(elder=elder, count=len(why.volunteers), names=names)
        if why.shortage is not None:
            elders, volunteers, places = why.shortage
            text = _(
                "The proof: all their places are taken, by elders whom only {volunteers} volunteers with {places} "
                "places in all may serve. {elders} elders, this one among them, depend on these {places} places: "
                "whoever is moved, {missing} of the {elders} must do without. Who that is follows from who comes "
                "first, then from metres."
            )
            yield text.format(
                volunteers=f"{len(volunteers):,}",
                places=f"{places:,}",
                elders=f"{len(elders):,}",
                missing=f"{len(elders) - places:,}",
            )
        if why.best_volunteer >= 0:
            text = _("The best plan gives the elder {volunteer}: the pairs in the folder were changed by hand.")
            yield text.format(volunteer=self.name_volunteer(why.best_volunteer))
        if self.unpriced:
            text = _("None of them has room left for this elder.")
            if why.with_room:
                text = _("Room for this elder is left with {names}: old-partners suggest ranks them.")
            yield text.format(names=self.name_some(self.name_volunteer(v) for v in why.with_room))
            yield _(UNPRICED[self.unpriced])
        elif why.choices:
            is_served = why.best_volunteer >= 0
            yield (
                _("The next best choices for this elder, all others placed as well as can be:")
                if is_served
                else _("To serve this elder all the same, all others placed as well as can be:")
            )
            yield from self.list_choices(why.choices)

    def tell_volunteer(self, why: WhyVolunteer) -> Iterator[str]:
        """Yield whom a volunteer has, and what a place more, or the volunteer, is worth."""
        name = self.name_volunteer(why.volunteer)
        if not why.takes_part:
            yield _("{volunteer} takes no part this month: no place, or not on the programme.").format(volunteer=name)
            return
        text = _(_TAKEN[why.unit])
        yield text.format(volunteer=name, load=f"{why.used:,}", places=f"{why.places:,}")
        yield from (
            "  · " + _("{elder}: the pair costs {cost} m").format(elder=self.name_elder(elder), cost=f"{cost:,}")
            for elder, cost in why.elders
        )
        if self.unpriced:
            yield _(UNPRICED[self.unpriced])
        for effect, text in ((why.one_more, _("With one place more:")), (why.gone, _("Without this volunteer:"))):
            if effect is not None:
                yield text
                yield f"  {self.write_effect(effect)}"
                yield from self.list_moves(effect.moves)

    def tell_suggestions(self, told: Suggestions, moves: int) -> Iterator[str]:
        """Yield the volunteers suggested for an elder; ``moves`` is how many others might move."""
        elder = self.name_elder(told.elder)
        if told.unmatched is not None:
            text = _("For {elder} there is no volunteer: {reason}.")
            yield text.format(elder=elder, reason=write_sentence(told.unmatched, self.people))
            return
        if not told.found and told.of_home:
            text = _(
                "{elder} shares a home with somebody who has {volunteers}, and a home is to have one volunteer "
                "(household.mode). There no place is free, or a rule bars the pair: old-partners why says which."
            )
            yield text.format(elder=elder, volunteers=self.name_some(self.name_volunteer(v) for v in told.of_home))
            return
        if not told.found:
            text = _("Of those who may serve {elder} ({count}), none has a place free.")
            if not self.unpriced and not moves:
                text = _("Of those who may serve {elder} ({count}), none has a place free; --moves 1 lets others move.")
            if moves:
                text = ngettext(
                    "Of those who may serve {elder} ({count}), none has a place, even if {moves} other moves.",
                    "Of those who may serve {elder} ({count}), none has a place, even if {moves} others move.",
                    moves,
                )
            yield text.format(count=told.volunteers, elder=elder, moves=moves)
            return
        yield _("For {elder}, the best first; all other pairs stand but those named:").format(elder=elder)
        for number, one in enumerate(told.found, start=1):
            text = _("{number}. {volunteer}, {distance}: the pair costs {cost} m, the plan as a whole {metres} m.")
            yield "  " + text.format(
                number=number,
                volunteer=self.name_volunteer(one.volunteer),
                distance=write_distance(one.distance_m),
                cost=f"{one.cost_m:,}",
                metres=f"{one.metres:+,}",
            )
            yield from (f"  {line}" for line in self.list_moves(one.moves))
            if one.mends_m:
                text = _(
                    "from {number}) on this saves {metres} m without the elder too, as the pairs are not the best "
                    "ones. For the elder alone the plan costs {rest} m more."
                )
                first, saved = one.mends_from + 1, f"{-one.mends_m:,}"
                yield "       " + text.format(number=first, metres=saved, rest=f"{one.metres - one.mends_m:,}")

    # parts

    def list_terms(self, terms: Mapping[str, int]) -> Iterator[str]:
        """Yield each term of a pair's cost."""
        for name, metres in terms.items():
            amount = _("{metres} m").format(metres=f"{metres:+7,d}")
            yield f"  {amount}  {_(TERMS[name]) if name in TERMS else name}"

    def list_bars(self, barred: Sequence[Loosening], volunteer: int) -> Iterator[str]:
        """Yield the rules that bar a pair; nothing where none does."""
        if barred:
            yield ngettext("A rule bars the pair:", "Rules bar the pair:", len(barred))
            yield from (f"  · {self.write_bar(bar, volunteer)}" for bar in barred)

    def list_choices(self, choices: Sequence[Choice]) -> Iterator[str]:
        """Yield choices, with what each takes and whom it moves."""
        for number, choice in enumerate(choices, start=1):
            text = _("{number}. {volunteer}, {distance}: the pair costs {cost} m. {effect}")
            yield "  " + text.format(
                number=number,
                volunteer=self.name_volunteer(choice.volunteer),
                distance=write_distance(choice.distance_m),
                cost=f"{choice.cost_m:,}",
                effect=self.write_effect(choice.effect),
            )
            yield from (f"  {line}" for line in self.list_moves(choice.effect.moves))

    def write_effect(self, effect: Effect) -> str:
        """Return what a condition takes, in metres and people."""
        if not effect.moves:
            return _("Nobody moves, and nothing is saved or lost.")
        more = _("The plan as a whole costs {metres} m more.")
        less = _("The plan as a whole costs {metres} m less.")
        same = _("The plan as a whole costs the same.")
        text = more if effect.metres > 0 else less if effect.metres < 0 else same
        parts = [text.format(metres=f"{abs(effect.metres):,}")]
        if rest := effect.metres - sum(move.metres for move in effect.moves):
            text = _("Uneven loads and those left out count for {metres} m of it.")
            parts.append(text.format(metres=f"{rest:+,}"))
        if effect.left_out:
            names = self.name_some(self.name_elder(e) for e in effect.left_out)
            parts.append(_("Left out: {names}.").format(names=names))
        if effect.taken_in:
            names = self.name_some(self.name_elder(e) for e in effect.taken_in)
            parts.append(_("Served now: {names}.").format(names=names))
        if effect.tiers:
            text = _("Who is left out comes first: tier {lost} goes before tier {gained}, whatever it costs.")
            parts.append(text.format(lost=effect.tiers[0], gained=effect.tiers[1]))
        if not effect.left_out and not effect.taken_in:
            parts.append(_("The same elders are served."))
        if effect.broken > 0:
            text = ngettext(
                "{count} more pair of last month ends.", "{count} more pairs of last month end.", effect.broken
            )
            parts.append(text.format(count=effect.broken))
        return " ".join(parts) if _("{name} ({id})").isascii() else "".join(parts)

    def list_moves(self, moves: Sequence[Move]) -> Iterator[str]:
        """Yield who moves where, in the order of the path; of a long one its ends."""
        shown = list(enumerate(moves, start=1))
        cut = len(moves) > WHOLE
        for number, move in shown[:ENDS] + shown[-ENDS:] if cut else shown:
            if cut and number == len(moves) - ENDS + 1:
                text = _("… {count} more; --out FILE writes them all")
                yield "     " + text.format(count=len(moves) - 2 * ENDS)
            yield f"     {number}) {self.write_move(move)}"

    def write_move(self, move: Move) -> str:
        """Return where an elder goes, from whom to whom."""
        if move.after < 0:
            text = _("{elder} loses {before} and has nobody ({metres} m)")
        elif move.before < 0:
            text = _("{elder}, who had nobody, gets {after} ({metres} m)")
        else:
            text = _("{elder} goes from {before} to {after} ({metres} m)")
        return text.format(
            elder=self.name_elder(move.elder),
            before=self.name_volunteer(move.before),
            after=self.name_volunteer(move.after),
            metres=f"{move.metres:+,}",
        )

    def write_bar(self, bar: Loosening, volunteer: int) -> str:
        """Return a rule that is broken, and what would have to be for it to hold."""
        asks = _("it is asked that {rule}").format(rule=_(bar.sentence))
        if not bar.path:
            return asks
        side, _dot, name = bar.path.partition(".")
        if side == "volunteers":
            text = _("{rule}; it would hold with {value} in column {column} of {volunteer}")
            header = column("volunteers", name).header()
            return text.format(rule=asks, value=bar.value, column=header, volunteer=self.name_volunteer(volunteer))
        return _("{rule}; it would hold with {path} = {value}").format(rule=asks, path=bar.path, value=bar.value)

    def name_elder(self, elder: int) -> str:
        """Return an elder's name and id."""
        return _("{name} ({id})").format(name=self.people.elder_name[elder], id=self.people.elder_id[elder])

    def name_volunteer(self, volunteer: int) -> str:
        """Return a volunteer's name and id."""
        people = self.people
        return _("{name} ({id})").format(name=people.volunteer_name[volunteer], id=people.volunteer_id[volunteer])

    def name_some(self, names: Iterable[str]) -> str:
        """Return names in a row, of many the first."""
        listed = list(names)
        more = "" if len(listed) <= _NAMED else _(" and {count} more").format(count=len(listed) - _NAMED)
        return _(", ").join(listed[:_NAMED]) + more


def write_distance(distance_m: float) -> str:
    """Return how far two live apart."""
    if np.isnan(distance_m):
        return _("how far apart is not known")
    return _("{metres} m apart in a straight line").format(metres=f"{distance_m:,.0f}")
