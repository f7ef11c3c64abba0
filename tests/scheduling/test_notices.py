"""Who is to be told what: random months against plain sets, and each sentence by hand."""

from collections import Counter
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from matcher.horizon import Horizon
from matcher.i18n import in_language
from matcher.outputs import tables
from matcher.outputs.volunteer_messages import fill_template, write_messages
from matcher.programme import Programme
from matcher.roster.model import PairList
from matcher.schedule import CALL, NOBODY, VISIT, Schedule
from matcher.scheduling.notices import KnownPlan, find_notices, take_pairs_of_contacts
from tests.helpers import people

N_ELDERS, N_VOLUNTEERS = 5, 4
ROSTER = people.roster([{} for _ in range(N_ELDERS)], [{} for _ in range(N_VOLUNTEERS)])
FIRST = date(2026, 12, 1)


def pairs(*rows, paused=()):
    """Pairs of (elder, volunteer); those of ``paused`` pause."""
    rows = [*rows, *paused]
    elder, volunteer = (np.array([row[side] for row in rows], dtype=np.int64) for side in (0, 1))
    status = ("",) * (len(rows) - len(paused)) + ("paused",) * len(paused)
    ids = [tuple(f"{sign}{i}" for i in column.tolist()) for sign, column in (("E", elder), ("V", volunteer))]
    return PairList(elder, volunteer, *ids, np.arange(len(rows)), status=status)


def contacts(*rows):
    """Contacts of (id, elder, volunteer, day, start, kind, companion, stands_in_for)."""
    names = ("elder", "volunteer", "day", "start_min", "kind", "companion", "stands_in_for")
    columns = (
        dict(zip(("id", *names), zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(("id", *names), ())
    )
    numbers = {name: np.array(columns[name], dtype=np.int64) for name in names}
    day = np.datetime64("2026-12-01") + (numbers.pop("day") - 1)
    return Schedule(
        **numbers,
        day=day,
        end_min=numbers["start_min"] + 45,
        order_of_day=np.ones(len(rows), dtype=np.int64),
        visit_id=np.array(columns["id"], dtype=object),
        revision=np.zeros(len(rows), dtype=np.int64),
    )


def plan(now, paused=None, roster=ROSTER):
    """As much of a plan as notices ask for."""
    volunteer_of = np.full(N_ELDERS, -1, dtype=np.int64)
    volunteer_of[now.elder] = now.volunteer
    return SimpleNamespace(
        month=SimpleNamespace(roster=roster),
        elder=now.elder,
        volunteer=now.volunteer,
        volunteer_of=volunteer_of,
        first_day=np.full(len(now), np.datetime64(FIRST)),
        paused=paused or PairList.empty(),
    )


def find(known, now, schedule, known_contacts=None, paused=None, roster=ROSTER):
    return find_notices(KnownPlan(known, known_contacts), plan(now, paused, roster), schedule, FIRST)


def said(notices):
    return {(one.part, one.person, one.code) for one in notices}


def make_month(rng, volunteer_of, salt):
    """Contacts of a random month, some by stand-ins, some with companions."""
    rows = []
    for elder, volunteer in volunteer_of.items():
        for day in sorted(rng.choice(np.arange(1, 29), 3, replace=False).tolist()):
            others = [one for one in range(N_VOLUNTEERS) if one != volunteer]
            kind = VISIT if rng.random() < 0.5 else CALL
            stand_in = rng.random() < 0.15
            maker = int(rng.choice(others)) if stand_in else volunteer
            along = (
                int(rng.choice([o for o in others if o != maker])) if kind == VISIT and rng.random() < 0.2 else NOBODY
            )
            start = 540 + 30 * int(rng.integers(4))
            rows.append(
                (f"{salt}{day}-{elder}", elder, maker, day, start, kind, along, volunteer if stand_in else NOBODY)
            )
    return rows


def change_month(rng, rows, volunteer_of):
    """The same month with some contacts moved, gone, in other hands, and all of those whose pair is another."""
    changed = []
    for name, elder, *was in rows:
        maker, day, start, kind, along, owner = was
        mine = volunteer_of.get(elder)
        if mine is None or rng.random() < 0.1:
            continue
        if mine not in {maker, owner}:
            maker, owner, along = mine, NOBODY, NOBODY
        others = [one for one in range(N_VOLUNTEERS) if one not in {mine, maker, along}]
        match int(rng.integers(10)):
            case 0:
                start += 30
            case 1:
                maker, owner = int(rng.choice(others)), mine
            case 2 if kind == VISIT:
                along = int(rng.choice(others))
            case 3 if owner >= 0:
                maker, owner, along = mine, NOBODY, NOBODY
        changed.append((name, elder, maker, day, start, kind, along, owner))
    return changed


@pytest.mark.parametrize("seed", range(100, 160))
def test_whoever_is_concerned_is_told_once_and_nobody_else(seed):
    rng = np.random.default_rng(seed)
    was = {e: int(rng.integers(N_VOLUNTEERS)) for e in range(N_ELDERS) if rng.random() < 0.8}
    now = {
        e: v if rng.random() < 0.7 else int(rng.integers(N_VOLUNTEERS)) for e, v in was.items() if rng.random() < 0.9
    }
    now |= {e: int(rng.integers(N_VOLUNTEERS)) for e in range(N_ELDERS) if e not in was and rng.random() < 0.5}
    before = make_month(rng, was, "a")
    after = change_month(rng, before, now) + make_month(rng, {e: v for e, v in now.items() if e not in was}, "b")
    notices = find(pairs(*was.items()), pairs(*now.items()), contacts(*after), contacts(*before))
    told = Counter((one.part, one.person) for one in notices)
    concerned = {("elder", e) for e in {*was, *now} if was.get(e) != now.get(e)}
    concerned |= {("volunteer", v) for pair in set(was.items()) ^ set(now.items()) for v in pair[1:]}
    old, new = ({row[0]: row[1:] for row in rows} for rows in (before, after))
    for name in {*old, *new}:
        one, other = old.get(name), new.get(name)
        if one == other:
            continue
        if one is None or other is None or one[:5] != other[:5]:
            concerned |= {("elder", row[0]) for row in (one, other) if row}
        for row in (one, other):
            if row:
                concerned |= {("volunteer", row[1])} | ({("volunteer", row[5])} if row[5] >= 0 else set())
    assert set(told) == concerned
    key = [
        (one.part, one.person, one.elder if one.part == "volunteer" else one.person, one.day, one.start_min, one.code)
        for one in notices
    ]
    assert not [item for item, times in Counter(key).items() if times > 1]
    pair_told = {(one.person, one.elder) for one in notices if one.part == "volunteer" and one.day is None}
    for one in notices:
        if one.part == "volunteer" and one.day and one.code.startswith(("moved", "added", "cancelled", "again")):
            assert (one.person, one.elder) not in pair_told


@pytest.mark.parametrize("seed", range(8))
def test_a_month_that_stays_as_it_is_says_nothing(seed):
    rng = np.random.default_rng(seed)
    was = {e: int(rng.integers(N_VOLUNTEERS)) for e in range(N_ELDERS)}
    rows = make_month(rng, was, "a")
    shuffled = [rows[i] for i in rng.permutation(len(rows))]
    assert find(pairs(*was.items()), pairs(*was.items()), contacts(*shuffled), contacts(*rows)) == []


def test_a_new_month_tells_of_pairs_and_first_visits_and_not_of_each_contact():
    rows = [("1", 0, 1, 2, 540, VISIT, 2, NOBODY), ("2", 0, 1, 9, 540, VISIT, NOBODY, NOBODY)]
    kept = [("3", 1, 1, 3, 540, VISIT, NOBODY, NOBODY), ("4", 1, 1, 4, 540, CALL, NOBODY, NOBODY)]
    found = find(pairs((0, 0), (1, 1)), pairs((0, 1), (1, 1)), contacts(*rows, *kept))
    assert said(found) == {
        ("volunteer", 0, "handed_on"),
        ("volunteer", 1, "new_elder"),
        ("elder", 0, "new_volunteer"),
        ("volunteer", 1, "first_visit"),
        ("elder", 0, "first_visit_elder"),
        ("volunteer", 2, "accompany_first"),
    }
    assert len(found) == 6


def test_pairs_that_begin_end_pause_and_go_on():
    found = find(
        pairs((0, 0), (1, 1), (2, 2), paused=[(3, 3)]), pairs((3, 3), (4, 0)), contacts(), paused=pairs(paused=[(2, 2)])
    )
    assert said(found) == {
        ("volunteer", 0, "ended"),
        ("elder", 0, "no_volunteer"),
        ("volunteer", 1, "ended"),
        ("elder", 1, "no_volunteer"),
        ("volunteer", 2, "pauses"),
        ("elder", 2, "pauses_elder"),
        ("volunteer", 3, "resumes"),
        ("elder", 3, "resumes_elder"),
        ("volunteer", 0, "first_elder"),
        ("elder", 4, "first_volunteer"),
    }
    lent = find(pairs((0, 0)), pairs((0, 1)), contacts(), paused=pairs(paused=[(0, 0)]))
    assert said(lent) == {("volunteer", 0, "pauses"), ("volunteer", 1, "new_elder"), ("elder", 0, "new_volunteer")}
    too_long = find(pairs(paused=[(0, 0)]), pairs(), contacts())
    assert said(too_long) == {("volunteer", 0, "ended"), ("elder", 0, "no_volunteer")}


def test_who_is_on_no_roster_now_is_named_by_the_id():
    found = find(pairs((-1, 0), (1, -1)), pairs(), contacts())
    assert said(found) == {("volunteer", 0, "ended"), ("elder", 1, "no_volunteer")}
    with in_language("en"):
        text = " ".join(tables.make_notices_frame(found, tables.PeopleNames.of(ROSTER), ROSTER)["message"])
    assert "E-1 is not yours any more" in text
    assert "V-1 does not come any more" in text


def leave(side, who, **cells):
    frame = getattr(ROSTER, side).copy()
    for name, value in cells.items():
        frame[name] = pd.Series([value if i == who else old for i, old in enumerate(frame[name])], dtype=object)
    if "left" in cells:
        frame["left"] = pd.to_datetime(frame["left"])
    return replace(ROSTER, **{side: frame})


def test_who_has_left_or_is_away_is_told_nothing():
    gone = leave("elders", 0, left=pd.Timestamp("2026-11-20"))
    assert said(find(pairs((0, 0)), pairs(), contacts(), roster=gone)) == {("volunteer", 0, "ended")}
    left = leave("volunteers", 0, left=pd.Timestamp("2026-11-20"))
    assert said(find(pairs((0, 0)), pairs(), contacts(), roster=left)) == {("elder", 0, "no_volunteer")}
    away = leave("volunteers", 0, days_off=(date(2026, 12, 2),))
    known = [("1", 0, 0, 2, 540, VISIT, NOBODY, NOBODY), ("2", 1, 1, 2, 540, VISIT, 0, NOBODY)]
    now = contacts(("2", 1, 1, 2, 540, VISIT, NOBODY, NOBODY))
    stands = pairs((0, 0), (1, 1))
    found = find(stands, stands, now, contacts(*known), roster=away)
    assert said(found) == {("elder", 0, "none_visit"), ("volunteer", 1, "alone")}
    covered = contacts(("1", 0, 2, 2, 570, VISIT, NOBODY, 0), known[1])
    found = find(stands, stands, covered, contacts(*known), roster=away)
    assert said(found) == {("volunteer", 2, "stand_in_visit"), ("elder", 0, "other_visit")}


def test_what_people_know_is_what_contacts_show():
    known = contacts(
        ("1", 0, 1, 1, 540, VISIT, NOBODY, NOBODY),
        ("2", 0, 2, 9, 540, VISIT, NOBODY, 3),
        ("3", 4, 1, 9, 540, CALL, NOBODY, NOBODY),
    )
    shown = take_pairs_of_contacts(pairs((0, 0), (1, 1), paused=[(2, 2)]), known, date(2026, 12, 5))
    assert list(zip(shown.elder.tolist(), shown.volunteer.tolist(), shown.is_paused.tolist(), strict=True)) == [
        (0, 3, False),
        (1, 1, False),
        (2, 2, True),
        (4, 1, False),
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_messages_hold_no_particulars(lang):
    elders = ROSTER.elders.assign(
        name=[f"王小{sign}" for sign in "甲乙丙丁戊"], phone="13800001234", address="零陵路5号602室"
    )
    volunteers = ROSTER.volunteers.assign(name="欧阳建国", sex=["male", "female", "", "male"])
    roster = replace(ROSTER, elders=elders, volunteers=volunteers)
    rows = [
        ("1", 0, 0, 3, 540, VISIT, 3, NOBODY),
        ("2", 1, 0, 9, 540, CALL, NOBODY, NOBODY),
        ("3", 2, 1, 9, 540, CALL, NOBODY, NOBODY),
    ]
    schedule = contacts(*rows)
    now = pairs((0, 0), (1, 0), (2, 1))
    found = find(pairs((2, 1)), now, schedule)
    with in_language(lang):
        programme, shown = Programme(name="仙霞", telephone="62345678"), tables.PeopleNames.of(roster)
        text, changed = (
            write_messages(
                programme, Horizon.of_month("2026-12"), roster, shown, schedule, found, since=FIRST, everybody=everybody
            )
            for everybody in (True, False)
        )
    assert text.count("=====") // 2 == 3  # two with contacts, and a companion
    assert changed.count("=====") // 2 == 2
    for secret in ("王小", "欧阳建国", "13800001234", "602", "零陵路"):
        assert secret not in text
    for word in ("欧阳先生", "欧阳女士", "62345678", "仙霞") if lang == "zh" else ("Mr 欧阳", "Ms 欧阳", "62345678"):
        assert word in text
    assert f"王* ({elders['id'].iloc[0]})" in text  # two of one surname are told apart


def test_lines_without_anything_to_say_are_left_out():
    fields = {"volunteer": "王先生", "telephone": "", "changes": ""}
    assert fill_template("{volunteer}\n{changes}\n电话{telephone}\n再见", fields) == "王先生\n再见"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_sentence_can_be_filled_in(lang):
    from matcher.messages import NOTICES
    from matcher.scheduling.notices import Notice

    with in_language(lang):
        for code in NOTICES:
            one = Notice("elder", 0, code, 0, FIRST, 540, 1, 2, 3, FIRST, FIRST, 570)
            text = tables.write_notice(one, lambda part, person: f"<{part}{person}>")
            assert "{" not in text
            assert "<" in text
