"""``suggest``: volunteers for an elder who joins in mid-month, while all other pairs stand or but a few move."""

from __future__ import annotations

from pathlib import Path

from matcher.analysis.suggest import MOST, suggest_volunteers
from matcher.commands import options
from matcher.commands.answers import Teller
from matcher.commands.held_run import load_run
from matcher.commands.in_programme import INPUTS
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import Prose, make_console
from matcher.commands.translated import WholeNumber
from matcher.errors import UsageError
from matcher.horizon import Horizon
from matcher.i18n import N_, _
from matcher.matching.held_plan import HeldPlan
from matcher.outputs.tables import Names, PeopleNames
from matcher.roster.nearest_spelling import find_person

_MOST_MOVES = 3


@options.command(
    "suggest",
    inside=INPUTS | {"run"},
    text=N_(
        "Name the best volunteers for an elder who joins while the month runs: those with a place free, the cheapest "
        "first, and nobody else moves; with --moves, also those who have a place when so many others move at most. "
        "Nothing is written: to pair the two, write the pair into a copy of pairs.csv."
    ),
)
@options.add_month(required=False, text=N_("in a programme folder: the month; else the latest that has a plan"))
@options.option("--elder", metavar=N_("ID"), help=N_("the elder, by id or name; on the roster, without a volunteer"))
@options.add_file_option("--new-elders", N_("a roster of elders who are not on the roster yet, each asked for"))
@options.option(
    "--moves",
    type=WholeNumber(0, _MOST_MOVES),
    default=0,
    show_default=True,
    help=N_("how many other elders may get another volunteer for it"),
)
@options.option(
    "--count", type=WholeNumber(1, 50), default=MOST, show_default=True, help=N_("how many volunteers to name")
)
@options.add_run
@options.add_rosters
@options.add_fixed_pairs
@options.add_names
def suggest(
    horizon: Horizon | None,
    elder: str | None,
    new_elders: Path | None,
    moves: int,
    count: int,
    run: Path | None,
    names: Names,
    **given: object,
) -> None:
    """Answer, on the screen."""
    if (elder is None) == (new_elders is None):
        raise UsageError(_("say with --elder who joins, or with --new-elders which file holds those who do"))
    held = load_run(horizon, run, given, new_elders, keeps_pairs=True)
    plan = held.plan
    roster = plan.month.roster
    who = [find_person(roster, "elders", elder)] if elder is not None else list(held.joined)
    teller = Teller(PeopleNames.of(roster, names), plan.unpriced)
    for one in who:
        _refuse_paired(plan, teller, one)
    if moves and plan.unpriced:
        raise UsageError(_("with units, minutes, one volunteer a home or a change budget nobody is moved: no --moves"))
    screen = make_console()
    for one in who:
        for line in teller.tell_suggestions(suggest_volunteers(plan, one, moves, count), moves):
            screen.print(Prose(make_plain(line)))


def _refuse_paired(plan: HeldPlan, teller: Teller, elder: int) -> None:
    """Raise ``UsageError`` where an elder has a volunteer."""
    if plan.given[elder] >= 0:
        text = _("{elder} has {volunteer} already: old-partners why --elder names other choices")
        volunteer = teller.name_volunteer(int(plan.given[elder]))
        raise UsageError(text.format(elder=teller.name_elder(elder), volunteer=volunteer))
