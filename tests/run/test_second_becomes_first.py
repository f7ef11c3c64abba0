"""A hand gives an elder to their own second volunteer, who is the first from then on."""

import pytest

from tests.helpers.effort import long
from tests.helpers.office import Office, read


@pytest.mark.parametrize("planned", ["true", *long("false")])
def test_who_is_given_to_their_second_volunteer_has_another_second(tmp_path, planned, capsys):
    office = Office(tmp_path, elders=2, volunteers=3)
    month = office.month("2026-12", "--set", "backup.planned=true")
    pairs = read(month)
    second, other = pairs["backup_volunteer_id"].tolist()
    pairs.loc[0, ["volunteer_id", "volunteer_name"]] = second, ""
    hand = office.write(pairs, "hand.csv")
    words = ["--from", "2026-12-14", "--set", f"backup.planned={planned}"]
    capsys.readouterr()
    out = office.go_on("schedule", month, *words, pairs=hand)
    now = read(out)
    (row,) = now[now["elder_id"] == pairs["elder_id"][0]].to_dict("records")
    assert row["volunteer_id"] == second
    assert (row["backup_volunteer_id"] != "") == (planned == "true")
    assert row["backup_volunteer_id"] != second
    assert now.loc[now["elder_id"] == pairs["elder_id"][1], "backup_volunteer_id"].tolist() == [other]
    assert read(out, "issues").query("code == 'second_is_first'")["value"].tolist() == [row["elder_id"]]
    assert office.holds(out, "--set", f"backup.planned={planned}"), capsys.readouterr().out
