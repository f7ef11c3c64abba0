"""People away, leaving or left out, without contacts or a pair: what stands is handed over, the rest is noted."""

import pytest

from tests.helpers.effort import long
from tests.helpers.office import Office, read


def test_who_has_nothing_to_hand_over_is_away_all_the_same(tmp_path):
    office = Office(tmp_path, elders=1, volunteers=3, capacity=1)
    month = office.month()
    (own,) = read(month)["volunteer_id"]
    nearest, other = sorted(set(office.volunteers["id"]) - {own}, key=lambda one: abs(int(one[1]) - int(own[1])))
    days = ["--from", "2026-12-07", "--to", "2026-12-19"]
    usual = office.go_on("substitute", month, "--volunteer", own, *days)
    assert set(read(usual, "visits")["in_place_of"]) == {own, ""}
    (first_choice,) = set(read(usual, "visits").query("in_place_of != ''")["volunteer_id"])
    away = office.go_on("substitute", month, "--volunteer", first_choice, *days)
    assert read(away, "absences")["person_id"].tolist() == [first_choice]
    assert "nothing_handed_over" in set(read(away, "issues")["code"])
    assert (read(away, "visits") == read(month, "visits")).all(axis=None)
    covered = office.go_on("substitute", away, "--volunteer", own, *days)
    (stands_in,) = set(read(covered, "visits").query("in_place_of != ''")["volunteer_id"])
    assert stands_in == ({nearest, other} - {first_choice}).pop()
    assert "nothing_handed_over" not in set(read(covered, "issues")["code"])


@pytest.mark.long
def test_a_stand_in_who_leaves_and_has_no_pair_hands_over_what_was_stood_in_for(tmp_path):
    office = Office(tmp_path, elders=1, volunteers=3, capacity=1)
    month = office.month()
    (own,) = read(month)["volunteer_id"]
    covered = office.go_on("substitute", month, "--volunteer", own, "--from", "2026-12-07", "--to", "2026-12-19")
    (stands_in,) = set(read(covered, "visits").query("in_place_of != ''")["volunteer_id"])
    left = office.go_on("substitute", covered, "--volunteer", stands_in, "--from", "2026-12-14", "--left")
    visits = read(left, "visits").query("in_place_of != ''")
    assert set(visits["in_place_of"]) == {own}
    assert set(visits[visits["date"] < "2026-12-14"]["volunteer_id"]) == {stands_in}
    assert stands_in not in set(visits[visits["date"] >= "2026-12-14"]["volunteer_id"])
    assert (visits["date"] >= "2026-12-14").any()
    assert read(left)["volunteer_id"].tolist() == [own]
    assert "nothing_handed_over" not in set(read(left, "issues")["code"])


def test_an_elder_named_alone_whose_pair_a_hand_took_out_loses_the_contacts_from_that_day(tmp_path):
    office = Office(tmp_path, elders=2, volunteers=1, capacity=2)
    month = office.month()
    read(month).query("elder_id != 'E1'").to_csv(month / "hand.csv", index=False)
    out = office.go_on("schedule", month, "--from", "2026-12-10", "--elder", "E1", pairs=month / "hand.csv")
    visits = read(out, "visits")
    assert visits.query("elder_id == 'E1'")["date"].max() < "2026-12-10"
    others = [all_.query("elder_id != 'E1'")[["visit_id", "date", "start"]] for all_ in (visits, read(month, "visits"))]
    assert others[0].to_numpy().tolist() == others[1].to_numpy().tolist()
    assert read(out, "unmatched")[["elder_id", "reason"]].to_numpy().tolist() == [["E1", "by_hand"]]


def test_an_elder_named_alone_for_whom_there_is_no_place_is_listed_with_the_reason(tmp_path, capsys):
    office = Office(tmp_path, elders=3, volunteers=1, capacity=2)
    month = office.month()
    (waits,) = read(month, "unmatched")["elder_id"]
    out = office.go_on("schedule", month, "--from", "2026-12-10", "--fill", "--elder", waits)
    assert read(out, "unmatched")[["elder_id", "reason"]].to_numpy().tolist() == [[waits, "shortage"]]
    assert read(out, "visits").to_numpy().tolist() == read(month, "visits").to_numpy().tolist()
    office.go_on("schedule", month, "--from", "2026-12-10", "--elder", waits, code=2)
    assert "has no pair" in capsys.readouterr().err


@pytest.mark.long
def test_what_stands_of_an_elder_whose_pair_ends_later_is_left_alone_by_what_comes_before(tmp_path, capsys):
    office = Office(tmp_path, elders=2, volunteers=3, capacity=1)
    month = office.month()
    own = read(month).set_index("elder_id")["volunteer_id"]
    read(month).query("elder_id != 'E1'").to_csv(month / "hand.csv", index=False)
    ended = office.go_on("schedule", month, "--from", "2026-12-19", pairs=month / "hand.csv")
    stood = read(ended, "visits").query("elder_id == 'E1'")["date"].tolist()
    assert "2026-12-17" in stood
    days = ["--from", "2026-12-07", "--to", "2026-12-10"]
    for words in (
        ("substitute", "--volunteer", own["E2"], *days),
        ("substitute", "--volunteer", own["E2"], "--from", "2026-12-07", "--left"),
        ("schedule", "--from", "2026-12-07", "--elder", "E2"),
        ("schedule", "--surge", "2026-12-08:2026-12-09"),
    ):
        out = office.go_on(words[0], ended, *words[1:])
        assert read(out, "visits").query("elder_id == 'E1'")["date"].tolist() == stood, words
        assert office.holds(out), capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("schedule", "--calls-only", "2026-12-15:2026-12-16"),
        *long(("substitute", "--volunteer", "V3", "--from", "2026-12-15", "--to", "2026-12-16")),
    ],
)
@pytest.mark.parametrize("is_anew", [True, *long(False)])
def test_a_pair_taken_out_with_whatever_command_ends_on_its_day(tmp_path, words, is_anew, capsys):
    office = Office(tmp_path, elders=2, volunteers=3, capacity=1)
    office.change("elders", "E1", contacts_per_week="" if is_anew else "每月1次")  # then nothing is left to fall
    month = office.month()
    if is_anew:
        month = office.go_on("schedule", month, "--from", "2026-12-07")
    read(month).query("elder_id != 'E1'").to_csv(month / "hand.csv", index=False)
    out = office.go_on(words[0], month, *words[1:], pairs=month / "hand.csv")
    days = read(out, "visits").query("elder_id == 'E1'")["date"]
    assert len(days)
    assert days.max() < "2026-12-15"
    assert office.holds(out), capsys.readouterr().out


@pytest.mark.long
def test_who_stands_in_before_the_pair_stands_in_for_whom_the_elder_had_then(tmp_path, capsys):
    office = Office(tmp_path, elders=1, volunteers=3, capacity=1)
    month = office.month()
    (own,) = read(month)["volunteer_id"]
    other, third = sorted(set(office.volunteers["id"]) - {own})
    read(month).assign(volunteer_id=third, volunteer_name="").to_csv(month / "hand.csv", index=False)
    changed = office.go_on("schedule", month, "--from", "2026-12-15", pairs=month / "hand.csv")
    days = ["--from", "2026-12-07", "--to", "2026-12-07"]
    out = office.go_on("substitute", changed, "--volunteer", own, *days)
    row = read(out, "visits").set_index("date").loc["2026-12-07"]
    assert row["volunteer_id"] in {other, third}
    assert row["in_place_of"] == own
    assert office.holds(out), capsys.readouterr().out
