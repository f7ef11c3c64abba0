"""Who shares a home: rooms, telephones, couples; by the features and, by its own code, by the verifier."""

import pytest

from matcher.features.shared_homes import number_shared_homes
from matcher.verify.shared_homes import find_shared_homes
from tests.helpers.people import roster

HOUSE = "徐汇区零陵路1号"


def elder(room="", building="b", **more):
    return {"address": HOUSE + room, "building": building, **more}


@pytest.mark.parametrize(
    ("elders", "homes"),
    [
        ([elder("101室"), elder("101室"), elder("102室")], [[0, 1]]),
        ([elder("101室"), elder("101室", building="other")], []),
        ([elder("101室"), elder("101"), elder("0101室")], [[0, 1, 2]]),
        ([elder("101室", phone="13800000001"), elder("102室", phone="13800000001")], []),
        ([elder("101室", phone="13800000001"), elder(phone="13800000001、64331234")], [[0, 1]]),
        ([elder("101室", phone="021-64331234"), elder(phone="64331234")], [[0, 1]]),
        ([elder(phone="13800000001"), elder(phone="13800000002")], []),
        ([elder(living="couple", sex="female"), elder(living="couple", sex="male")], [[0, 1]]),
        ([elder(living="couple", sex="female"), elder(living="couple", sex="female")], []),
        ([elder(living="couple", sex="female"), elder(living="couple", sex="male"), elder(living="couple")], []),
        ([elder(living="alone", sex="female"), elder(living="alone", sex="male")], []),
        ([elder("101室", building=""), elder("101室", building="")], []),
        ([elder("101室")] * 5, []),
        ([elder("102室"), elder("101室"), elder("102室"), elder("101室")], [[0, 2], [1, 3]]),
    ],
)
def test_who_shares_a_home(elders, homes):
    people = roster(elders, [{}])
    found = number_shared_homes(people.elders).tolist()
    assert [[i for i, home in enumerate(found) if home == number] for number in range(max(found) + 1)] == homes
    assert sorted(find_shared_homes(people)) == homes
