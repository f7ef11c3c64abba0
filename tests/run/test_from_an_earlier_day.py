"""A month planned anew from an earlier day than before: what was settled from a later day on stays in force from it."""

import pytest

from tests.helpers.effort import long
from tests.helpers.office import Office, read

KEYS = ["elder_id", "volunteer_id", "date", "start", "kind"]
MISSING = ["elder_id", "week_start", "kind", "missing"]


def as_rows(folder, name="visits", columns=KEYS):
    return sorted(read(folder, name)[columns].itertuples(index=False))


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path, elders=2, volunteers=1, capacity=2)


def take_out(folder, elder):
    """Return a file of the folder's pairs without that of an elder."""
    hand = folder / "hand.csv"
    pairs = read(folder)
    pairs[pairs["elder_id"] != elder].to_csv(hand, index=False)
    return hand


@pytest.mark.parametrize("elders", [1, *long(2)])
def test_contacts_of_a_pair_that_was_taken_out_from_a_later_day_on_stand(tmp_path, elders):
    """Of one elder alone there is no pair at all any more."""
    office = Office(tmp_path, elders=elders, volunteers=1, capacity=2)
    month = office.month()
    out = office.go_on("schedule", month, "--from", "2026-12-14", pairs=take_out(month, "E1"))
    anew = office.go_on("schedule", out, "--from", "2026-12-09")
    assert as_rows(anew) == as_rows(out)
    assert "2026-12-14" in read(anew, "replanned")["from"].tolist()
    assert office.holds(anew)


@pytest.mark.parametrize(("surge", "kind"), [("--surge", "visit"), ("--calls-only", "call")])
def test_a_surge_on_an_earlier_day_leaves_contacts_of_a_pair_that_was_taken_out(office, surge, kind):
    month = office.month()
    visit = read(month, "visits").query("elder_id == 'E1' and kind == 'visit'")["date"].min()
    out = office.go_on("schedule", month, "--from", "2026-12-14", pairs=take_out(month, "E1"))
    after = office.go_on("schedule", out, surge, f"{visit}:{visit}")
    assert read(after, "visits").query("elder_id == 'E1' and date == @visit")["kind"].tolist() == [kind]
    assert office.holds(after)


@pytest.mark.parametrize(("kind", "start"), [("heat", "10:00"), ("cold", "09:00")])
def test_a_visit_outside_the_hours_of_a_surge_stands_where_its_pair_was_taken_out(tmp_path, kind, start):
    """E1 has the first half-hour of the morning, E2 the second: one of the visits is always against the surge."""
    office = Office(tmp_path, elders=2, volunteers=1, capacity=2)
    office.elders["availability"] = "9:00-11:00"
    month = office.month()
    elder, day = read(month, "visits").query("kind == 'visit' and start == @start")[["elder_id", "date"]].iloc[0]
    out = office.go_on("schedule", month, "--from", "2026-12-14", pairs=take_out(month, elder))
    after = office.go_on("schedule", out, "--surge", f"{day}:{day}", "--surge-kind", kind)
    assert read(after, "visits").query("elder_id == @elder and date == @day")["start"].tolist() == [start]
    assert office.holds(after)


def test_more_contacts_that_were_asked_for_from_a_later_day_on_are_not_due_before_it(office):
    month = office.month()
    office.change("elders", "E1", contacts_per_week="每天")
    more = office.go_on("schedule", month, "--from", "2026-12-21")
    assert len(as_rows(more)) > len(as_rows(month))
    for day in ("2026-12-02", "2026-12-12"):
        anew = office.go_on("schedule", more, "--from", day)
        assert as_rows(anew) == as_rows(more), day
        assert as_rows(anew, "unscheduled", MISSING) == as_rows(more, "unscheduled", MISSING), day
        assert read(anew, "replanned").equals(read(more, "replanned")), day
    assert office.holds(anew)


def test_to_have_them_from_the_earlier_day_on_the_elder_is_named(office):
    month = office.month()
    office.change("elders", "E1", contacts_per_week="每天")
    more = office.go_on("schedule", month, "--from", "2026-12-21")
    named = office.go_on("schedule", more, "--from", "2026-12-07", "--elder", "E1")
    assert len(as_rows(named)) > len(as_rows(more))
    assert office.holds(named)


@pytest.mark.long
def test_a_contact_that_breaks_a_rule_before_the_later_day_is_planned_anew_from_an_earlier_one(office, capsys):
    month = office.month()
    office.volunteers["availability"] = "下午"
    late = office.go_on("schedule", month, "--from", "2026-12-21")
    assert read(late, "visits").query("date < '2026-12-21'")["start"].min() < "12:00"
    assert office.holds(late)
    assert "history, told only" in capsys.readouterr().out
    anew = office.go_on("schedule", late, "--from", "2026-12-01")
    assert read(anew, "visits")["start"].min() > "12:00"
    assert office.holds(anew)
    assert "history, told only" not in capsys.readouterr().out


def test_nobody_leaves_before_they_have_joined(office, capsys):
    office.change("volunteers", "V1", joined="2026-12-09")
    month = office.month()
    words = ["--volunteer", "V1", "--left", "--from"]
    office.go_on("substitute", month, *words, "2026-12-09", code=2)
    assert "V1 joins on 2026-12-09" in capsys.readouterr().err
    left = office.go_on("substitute", month, *words, "2026-12-10")
    assert read(left, "visits")["date"].max() < "2026-12-10"


@pytest.mark.long
def test_a_surge_on_days_before_other_hours_leaves_what_is_history(tmp_path):
    """Whose hours are others from a later day on keeps what was agreed before it, on days of the surge and after it."""
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("volunteers", "V1", availability="周六9:00-9:50、周日9:00-9:50")
    month = office.month()
    office.change("volunteers", "V1", availability="周二上午、周四上午")
    out = office.go_on("schedule", month, "--from", "2026-12-16")
    early = [day for day in sorted(read(out, "visits")["date"]) if day < "2026-12-16"]
    assert len(early) > 2
    after = office.go_on("schedule", out, "--surge", f"{early[0]}:{early[1]}")
    assert set(as_rows(after)) >= set(as_rows(out))
    assert office.holds(after)
    assert as_rows(office.go_on("schedule", after, "--from", "2026-12-18")) == as_rows(after)


def test_a_first_visit_that_was_planned_from_a_later_day_on_is_due_where_it_is(tmp_path):
    """The two could not meet in their first days: those of planning anew begin on a Sunday, the visit comes after."""
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("volunteers", "V1", days_off="2026-12-01至2026-12-13")
    month = office.month()
    office.change("volunteers", "V1", availability="周一至周五上午")
    out = office.go_on("schedule", month, "--from", "2026-12-13")
    anew = office.go_on("schedule", out, "--from", "2026-12-02")
    assert as_rows(anew) == as_rows(out)
    assert as_rows(anew, "unscheduled", MISSING) == as_rows(out, "unscheduled", MISSING)
    assert office.holds(anew)


def test_a_contact_from_before_its_pair_holds_its_week(tmp_path):
    """The pair begins on a Saturday, in a week with a contact: what is due in the rest of it moves nowhere."""
    office = Office(tmp_path, elders=1, volunteers=2)
    office.elders = office.elders.assign(id="E4", contacts_per_week="每10天1次", visits_per_month="0")
    office.volunteers["availability"] = "周一、周三、周五上午"
    month = office.month()
    own = read(month)["volunteer_id"][0]
    left = office.go_on("substitute", month, "--volunteer", own, "--left", "--from", "2026-12-26")
    at_once = office.go_on("schedule", left, "--from", "2026-12-02")
    office.change("elders", "E4", availability="周一、周三、周五上午")
    later = office.go_on("schedule", left, "--from", "2026-12-27")
    anew = office.go_on("schedule", later, "--from", "2026-12-02")
    for folder in (at_once, later, anew):
        assert as_rows(folder) == as_rows(left)
        assert as_rows(folder, "unscheduled", MISSING) == as_rows(left, "unscheduled", MISSING)
        assert office.holds(folder)
