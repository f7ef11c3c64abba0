"""Whom a row names: what is compared at once is what is compared one by one."""

import random

import numpy as np

from matcher.records import who
from matcher.roster.directory import Directory

IDS = ["E1", "E2", "0007", "7", "陈", "王秀英"]
TEXTS = ["王秀英", "王 秀英", "王*", "李·四", "李四", "0007", "7", "E1", "e1", "陈", "", "Anna B.", "anna b"]


def test_people_compared_at_once_are_those_compared_one_by_one():
    dice = random.Random(4)
    answers = set()
    for _ in range(500):
        ids, set_aside = dice.sample(IDS, 4), frozenset(dice.sample(["x", *IDS], 1))
        directory = Directory(ids, dice.choices(TEXTS, k=4), set_aside)
        people = np.array(dice.choices([*ids, "gone"], k=12), dtype=object)
        texts = np.array(dice.choices(TEXTS, k=12), dtype=object)
        alone = [who._is_same(person, text, directory) for person, text in zip(people, texts, strict=True)]
        assert who._are_same(people, texts, directory).tolist() == alone
        answers |= set(alone)
    assert answers == {True, False}
