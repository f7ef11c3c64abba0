"""The least that would place an elder: also with a volunteer whose places are taken, where others could move."""

from tests.helpers.office import Office, read


def test_a_volunteer_whose_elder_can_move_is_told_before_a_farther_one_with_a_place(tmp_path):
    office = Office(tmp_path, elders=2, volunteers=2, capacity=1)
    office.elders["lng_wgs84"] = [121.44 + 0.001, 121.44 - 0.0097]  # E1 beside V1; E2 beyond the limit from both
    office.volunteers["lng_wgs84"] = [121.44, 121.44 + 0.0073]
    out = office.do("match", "--month", "2026-12")
    assert read(out)[["elder_id", "volunteer_id"]].to_numpy().tolist() == [["E1", "V1"]]
    row = read(out, "unmatched").iloc[0]
    assert (row["loosen_setting"], row["loosen_volunteer_id"], row["loosen_free"]) == (
        "distance.urban_limit_m",
        "V1",
        "yes",
    )
    least = int(row["loosen_to"])
    for limit_m, placed in ((least, 2), (least - 1, 1)):
        again = office.do("match", "--month", "2026-12", "--set", f"distance.urban_limit_m={limit_m}")
        assert len(read(again)) == placed, limit_m
