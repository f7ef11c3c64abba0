"""``why``: why a pair is or is not, why an elder is left out, what a volunteer is worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from matcher.analysis.why import Move, WhyLeftOut, WhyPair, explain_elder, explain_pair, explain_volunteer
from matcher.commands import options
from matcher.commands.answers import Teller
from matcher.commands.held_run import load_run
from matcher.commands.in_programme import INPUTS
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import Prose, make_console
from matcher.errors import UsageError
from matcher.horizon import Horizon
from matcher.i18n import N_, _
from matcher.matching.held_plan import HeldPlan
from matcher.outputs.folder import write_file
from matcher.outputs.tables import Names, PeopleNames, make_moves_frame
from matcher.publishing import refuse_file
from matcher.roster.nearest_spelling import find_person


@options.command(
    "why",
    inside=INPUTS | {"run"},
    text=N_(
        "Say why an elder has this volunteer, another one or none: each part of the pair's cost, the next best choices "
        "and whom they would displace, the rules that bar a pair, what forcing it would take, the proof that places "
        "run out. With --volunteer alone: whom the volunteer has, what one place more and the volunteer are worth. "
        "Every price is exact: it is that of the best plan with that one pair, who comes first taken as it is in the "
        "plan."
    ),
)
@options.add_month(required=False, text=N_("in a programme folder: the month; else the latest that has a plan"))
@options.option("--elder", metavar=N_("ID"), help=N_("the elder, by id or name"))
@options.option("--volunteer", metavar=N_("ID"), help=N_("the volunteer, by id or name"))
@options.add_run
@options.add_rosters
@options.add_fixed_pairs
@options.add_names
@options.option("--out", type=options.FILE, metavar=N_("FILE"), help=N_("a CSV file to write all moves to"))
@options.add_force
def why(
    horizon: Horizon | None,
    elder: str | None,
    volunteer: str | None,
    run: Path | None,
    names: Names,
    out: Path | None,
    force: bool,
    **given: object,
) -> None:
    """Answer, on the screen."""
    if elder is None and volunteer is None:
        raise UsageError(_("say with --elder or --volunteer, or both, whom the question is about"))
    held = load_run(horizon, run, given)
    if out is not None:
        refuse_file(out, force=force, inputs=held.files, endings=(".csv",))
    roster, plan = held.plan.month.roster, held.plan
    teller = Teller(PeopleNames.of(roster, names), plan.unpriced)
    e = None if elder is None else find_person(roster, "elders", elder)
    v = None if volunteer is None else find_person(roster, "volunteers", volunteer)
    lines, moves = _answer(plan, teller, e, v)
    screen = make_console()
    for line in lines:
        screen.print(Prose(make_plain(line)))
    if out is not None:
        write_file(out, _make_frame(moves, teller.people), "moves")
        screen.print(_("all of it is in {path}").format(path=make_plain(str(out))), soft_wrap=True)


def _answer(
    plan: HeldPlan, teller: Teller, elder: int | None, volunteer: int | None
) -> tuple[Iterable[str], Sequence[Sequence[Move]]]:
    """Return the answer's lines, and all moves that it tells of."""
    if elder is None:
        assert volunteer is not None
        about = explain_volunteer(plan, volunteer)
        return teller.tell_volunteer(about), [one.moves for one in (about.one_more, about.gone) if one]
    found = explain_elder(plan, elder) if volunteer is None else explain_pair(plan, elder, volunteer)
    if isinstance(found, WhyPair):
        return teller.tell_pair(found), [choice.effect.moves for choice in found.choices]
    if isinstance(found, WhyLeftOut):
        return teller.tell_left_out(found), [choice.effect.moves for choice in found.choices]
    moves = [found.choice.effect.moves] if found.choice else []
    return teller.tell_no_pair(found, int(plan.given[elder])), moves


def _make_frame(moves: Sequence[Sequence[Move]], people: PeopleNames) -> pd.DataFrame:
    """Return all moves as a frame, with the number of the answer that each belongs to."""
    rows = [
        (number, move.elder, move.before, move.after, move.metres)
        for number, chain in enumerate(moves, start=1)
        for move in chain
    ]
    return make_moves_frame(pd.DataFrame(rows, columns=["answer", "elder", "before", "after", "metres"]), people)
