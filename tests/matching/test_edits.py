"""What becomes of edits: contradictions are asked, rules hold, and a pin's price is that of the best plans."""

from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import pytest

from matcher.matching import match
from matcher.matching.edits import decide_edits, price_edits
from matcher.matching.pin_prices import price_together
from matcher.roster.edits import Edit
from matcher.roster.model import PairList
from tests.helpers.people import DECEMBER, month, north, pairs

OFF = {"keep": {"worth_m": 0}, "capacity": {"fair_m": 0}}


def town(elders=(0, 100, 200, 300), volunteers=((0, 2), (300, 2)), **sections):
    """People on a line, metres from its south end; volunteers with their places."""
    return month(
        [north(metres) for metres in elders],
        [{**north(metres), "capacity": float(places)} for metres, places in volunteers],
        **OFF,
        **sections,
    )


def pin(elder, volunteer, row=2, **more):
    return Edit("a.xlsx#Pairs", row, "pin", "yes", "pin", elder, volunteer, **more)


def never(elder, volunteer, row=3, **more):
    return Edit("a.xlsx#Pairs", row, "never", "yes", "never", elder, volunteer, **more)


def outcomes(decided):
    return [answer.outcome for answer in decided.answers]


def carried(edit):
    return replace(edit, carried=True)


@pytest.mark.parametrize(
    "edits",
    [
        [pin(0, 0), pin(0, 1)],
        [pin(0, 0), never(0, 0)],
        [pin(0, 0), pin(0, 0, denies=True)],
        [never(0, 0), never(0, 0, denies=True)],
        [Edit("a", kind="consent", elder=0), Edit("b", kind="no_consent", elder=0)],
        [Edit("a", kind="away", elder=0), Edit("b", kind="away", elder=0, denies=True)],
        [pin(0, 0), Edit("b", kind="away", elder=0)],
        [pin(0, 0), Edit("b", kind="away", volunteer=0)],
    ],
)
def test_contradictions_are_asked_both_sides(edits):
    decided = decide_edits(edits, town())
    assert outcomes(decided) == ["asked", "asked"]
    assert {answer.issue.code for answer in decided.answers} == {"edits_contradict"}
    assert len(decided.month.pins) == len(decided.month.never) == 0


def test_what_does_not_contradict_is_taken():
    edits = [pin(0, 1), never(0, 0), pin(1, 1), Edit("a", kind="days_off", volunteer=0, days=(date(2026, 12, 1),))]
    decided = decide_edits(edits, town())
    assert outcomes(decided) == ["taken"] * 4
    assert decided.month.pins.volunteer.tolist() == [1, 1]
    assert decided.month.never.volunteer.tolist() == [0]
    assert decided.month.roster.volunteers["days_off"].iloc[0] == (date(2026, 12, 1),)
    assert len(town().pins) == 0


def test_one_thing_said_twice_is_taken_once():
    decided = decide_edits([pin(0, 0), pin(0, 0, row=9), pin(1, 1, denies=True)], town())
    assert outcomes(decided) == ["taken", "same", "same"]
    assert "2" in decided.answers[1].pieces[0][1]["other"]


def test_lists_that_say_otherwise_are_asked_about():
    listed = replace(town(), pins=pairs((0, 0)), never=pairs((1, 1)))
    decided = decide_edits([pin(0, 1), pin(1, 1), never(0, 0), pin(0, 0)], listed)
    # the list's own pin once more is no contradiction with it, but with the others' edits
    assert outcomes(decided) == ["asked"] * 4
    decided = decide_edits([pin(1, 1), never(0, 0)], listed)
    assert [answer.issue.code for answer in decided.answers] == ["edits_against_list"] * 2
    decided = decide_edits([pin(0, 0)], listed)
    assert outcomes(decided) == ["taken"]
    assert len(decided.month.pins) == 1
    assert price_edits(match(decided.month), decided)[0].price is None


def test_pins_that_no_rule_gives_way_to_are_refused():
    no_consent = Edit("a", kind="no_consent", elder=0)
    decided = decide_edits([pin(0, 0), no_consent], town())
    assert outcomes(decided) == ["refused", "taken"]
    assert decided.answers[0].issue.code == "pin_not_eligible"
    assert decided.answers[0].issue.row == 2
    many = [pin(elder, 0, row=elder) for elder in range(3)]
    assert outcomes(decide_edits(many, town())) == ["refused"] * 3


def test_a_pin_against_a_rule_is_taken_and_says_so():
    far = town(elders=(0, 100, 9000, 300))
    decided = decide_edits([pin(2, 0)], far)
    assert outcomes(decided) == ["taken"]
    assert decided.answers[0].pieces[1][0] == "against"


def test_consent_counts():
    some = town()
    some.roster.elders.loc[0, "consent"] = "no"
    decided = decide_edits([Edit("a", kind="consent", elder=0), Edit("a", kind="no_consent", elder=1)], some)
    assert decided.month.roster.elders["consent"].tolist() == ["yes", "no", "yes", "yes"]
    assert match(decided.month).volunteer_of.tolist()[1] == -1


def test_earlier_edits_yield_to_later_ones():
    decided = decide_edits([carried(never(0, 0)), carried(never(1, 0)), pin(0, 0)], town())
    assert outcomes(decided) == ["same", "taken", "taken"]
    assert decided.answers[0].pieces[0][0] == "lifted"
    assert decided.month.never.elder.tolist() == [1]
    # what lifted another and was lifted itself does nothing
    decided = decide_edits([carried(never(0, 0)), carried(pin(0, 0)), pin(0, 1)], town())
    assert outcomes(decided) == ["taken", "same", "taken"]
    # a refused edit lifts nothing
    no_consent = Edit("a", kind="no_consent", elder=0)
    decided = decide_edits([carried(never(0, 0)), pin(0, 0), no_consent], town())
    assert outcomes(decided) == ["taken", "refused", "taken"]
    # a plain no lifts too
    away = Edit("a", kind="away", elder=0)
    assert decide_edits([away], town()).month.roster.elders["days_off"].iloc[0] == tuple(DECEMBER.dates())
    back = Edit("a", kind="away", elder=0, denies=True)
    decided = decide_edits([carried(away), back], town())
    assert outcomes(decided) == ["same", "same"]
    assert decided.month.roster.elders["days_off"].iloc[0] == ()


def best_cost(month_, pinned):
    """The least metres of all who are served, by trying every plan; as many as possible first."""
    homes = [[0, 100, 200, 300], [0, 300]]
    places = month_.roster.volunteers["capacity"].tolist()
    found = []
    for chosen in product((-1, 0, 1), repeat=4):
        if any(chosen[elder] != volunteer for elder, volunteer in pinned):
            continue
        if all(chosen.count(v) <= places[v] for v in (0, 1)):
            served = [(e, v) for e, v in enumerate(chosen) if v >= 0]
            found.append((-len(served), sum(round(abs(homes[0][e] - homes[1][v]) * 1.3) for e, v in served)))
    return min(found)


@pytest.mark.parametrize("places", [(2, 2), (1, 2), (3, 3)])
@pytest.mark.parametrize("pins", [[(0, 1)], [(0, 1), (3, 0)], [(1, 1), (2, 0)]])
def test_the_price_is_the_best_plan_with_less_the_best_without(places, pins):
    some = town(volunteers=((0, places[0]), (300, places[1])))
    decided = decide_edits([pin(*pair, row=i) for i, pair in enumerate(pins)], some)
    assert outcomes(decided) == ["taken"] * len(pins)
    plan = match(decided.month)
    answers = price_edits(plan, decided)
    for i, answer in enumerate(answers):
        with_all, without = best_cost(some, pins), best_cost(some, pins[:i] + pins[i + 1 :])
        assert answer.price.elders == with_all[0] - without[0]
        if not answer.price.elders and sum(places) >= 4:
            assert answer.price.metres == pytest.approx(with_all[1] - without[1], abs=4)
        if not answer.price.metres and not answer.price.left_out:
            assert answer.pieces[-1][0] == "free"
    together = price_together(plan, list(range(len(pins))))
    assert together.elders == best_cost(some, pins)[0] - best_cost(some, [])[0]


def test_who_loses_a_place_is_named():
    some = town(elders=(0, 300), volunteers=((0, 1), (9000, 1)))
    decided = decide_edits([pin(1, 0)], some)
    (answer,) = price_edits(match(decided.month), decided)
    assert answer.price.left_out == (0,)
    assert answer.price.taken_in == (1,)
    assert ("left_out", {"ids": "E000"}) in answer.pieces


def test_many_pins_are_priced_together(monkeypatch):
    monkeypatch.setattr("matcher.matching.edits._MOST_PRICED", 1)
    decided = decide_edits([pin(0, 1), pin(3, 0)], town())
    answers = price_edits(match(decided.month), decided)
    assert {answer.pieces[-1][0] for answer in answers} == {"together"}
    assert not any(answer.price for answer in answers)


def test_without_its_pins_there_may_be_no_plan():
    some = town(elders=(9000,), volunteers=((0, 2),))
    decided = decide_edits([pin(0, 0)], some)
    (answer,) = price_edits(match(decided.month), decided)
    assert answer.price.elders == -1
    assert ("more_elders", {"count": 1}) in answer.pieces


def by_hand(*index):
    return replace(
        pairs(*index),
        since=np.array(["2026-01-01"] * len(index), dtype="datetime64[D]"),
        status=("kept",) * len(index),
        backup=np.full(len(index), -1, dtype=np.int64),
    )


def test_pairs_that_stand_are_changed_by_edits_alone():
    standing = by_hand((0, 0), (1, 0), (2, 1))
    away = Edit("a", kind="days_off", volunteer=1, days=(date(2026, 12, 1), date(2026, 12, 2)))
    decided = decide_edits(
        [pin(0, 1), never(1, 0), pin(2, 1), pin(3, 0), away], town(volunteers=((0, 2), (300, 3))), standing
    )
    assert outcomes(decided) == ["taken"] * 5
    revised = decided.pairs
    assert sorted(zip(revised.elder.tolist(), revised.volunteer.tolist(), strict=True)) == [(0, 1), (2, 1), (3, 0)]
    assert dict(zip(revised.elder.tolist(), revised.status, strict=True)) == {0: "", 2: "kept", 3: ""}
    assert np.isnat(revised.since).sum() == 2
    assert decided.away == (("volunteer", 1, (date(2026, 12, 1), date(2026, 12, 2))),)
    assert decided.month.roster.volunteers["days_off"].iloc[1] == ()


def test_pairs_that_stand_leave_no_place_for_more():
    standing = by_hand((0, 0), (1, 0), (2, 1), (3, 1))
    decided = decide_edits([pin(0, 1)], town(), standing)
    assert [answer.issue.code for answer in decided.answers] == ["edits_no_place"]
    assert decided.pairs.volunteer.tolist() == standing.volunteer.tolist()
    # two who change places need none
    decided = decide_edits([pin(0, 1), pin(3, 0)], town(), standing)
    assert outcomes(decided) == ["taken", "taken"]


def test_nothing_is_changed_where_nothing_is_asked():
    decided = decide_edits([], town(), PairList.empty())
    assert decided.answers == ()
    assert len(decided.pairs) == 0
