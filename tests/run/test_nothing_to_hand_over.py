"""Who is away or leaves, and has no contacts or no pair: it is noted, and what was stood in for goes to others."""

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
