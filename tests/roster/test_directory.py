"""People found by what lists call them: ids, ids without their zeros, names."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from matcher.errors import UsageError
from matcher.roster import make_roster
from matcher.roster.directory import Directory
from matcher.roster.pairs import find_begun_later, find_many_unnamed, load_file, load_pairs, pairs_from_frame
from matcher.settings import Settings
from tests.helpers import people as made

ELDERS = {"0001": "张三", "0002": "李四", "0003": "王五", "A7": "王五", "10": "赵六"}
VOLUNTEERS = {"0101": "周敏", "0102": "吴刚", "102": "郑和"}


@pytest.fixture(scope="module")
def roster():
    def frame(people):
        rows = [{"id": i, "name": name, "committee": "一村", "consent": "yes"} for i, name in people.items()]
        return pd.DataFrame(rows)

    return make_roster(frame(ELDERS), frame(VOLUNTEERS).drop(columns="consent"), Settings())


def read(tmp_path, roster, text, kind="pins"):
    (tmp_path / "p.csv").write_text(text, "utf-8")
    pairs, issues = load_pairs(tmp_path / "p.csv", roster, kind)
    found = list(zip(pairs.elder_id, pairs.volunteer_id, strict=True))
    return found, [(issue.code, issue.row, issue.severity) for issue in issues]


class TestZeros:
    def test_one_id_fits(self, tmp_path, roster):
        found, issues = read(tmp_path, roster, "老人编号,志愿者编号\n1,101\n2,101\n10,0101\n")
        assert found == [("0001", "0101"), ("0002", "0101"), ("10", "0101")]
        assert issues == [("ids_lost_zeros", None, "warning")] * 2

    @pytest.mark.parametrize("text", ["a7", "Ａ７", "A-7", "A 07"])
    def test_one_id_is_spelt_otherwise(self, tmp_path, roster, text):
        found, issues = read(tmp_path, roster, f"老人编号,志愿者编号\n{text},0101\n")
        assert found == [("A7", "0101")]
        assert [code for code, _row, _severity in issues] == ([] if text == "Ａ７" else ["ids_spelt_otherwise"])

    def test_several_fit_or_none(self, tmp_path, roster):
        text = "老人编号,志愿者编号\n1,102\n2,00102\n77,101\n"
        found, issues = read(tmp_path, roster, text)
        assert found == [("0001", "102")]  # an id that is there is nobody else's
        assert ("pair_unknown_volunteer", 3, "error") in issues
        assert ("pair_unknown_elder", 4, "error") in issues

    def test_last_months_bonds_are_kept(self, tmp_path, roster):
        found, issues = read(tmp_path, roster, "老人编号,志愿者编号\n1,101\n2,101\n", "previous")
        assert found == [("0001", "0101"), ("0002", "0101")]
        assert {code for code, _row, _severity in issues} == {"ids_lost_zeros"}

    def test_ids_of_other_files_too(self, tmp_path, roster):
        (tmp_path / "visits.csv").write_text(
            "visit_id,date,start,end,kind,elder_id,volunteer_id,order_of_day,in_place_of\n"
            "a,2026-12-01,09:00,10:00,visit,1,101,1,102\nb,2026-12-02,09:00,10:00,visit,77,0101,1,\n"
        )
        frame, issues = load_file(tmp_path / "visits.csv", "visits", roster)
        assert frame["elder_id"].tolist() == ["0001", "77"]
        assert frame["volunteer_id"].tolist() == ["0101", "0101"]
        assert frame["in_place_of"].tolist() == ["102", ""]
        assert [(issue.code, issue.value) for issue in issues] == [
            ("ids_lost_zeros", "1 → 0001"),
            ("ids_lost_zeros", "101 → 0101"),
        ]


class TestNames:
    @pytest.mark.parametrize("kind", ["previous", "pins", "never", "pairs"])
    def test_names_do_for_ids(self, tmp_path, roster, kind):
        found, issues = read(tmp_path, roster, "老人姓名,志愿者姓名\n张三,周敏\n李 四,吴刚\n", kind)
        assert found == [("0001", "0101"), ("0002", "0102")]
        assert issues == [("people_by_name", None, "warning")] * 2

    def test_a_name_in_the_column_of_ids(self, tmp_path, roster):
        assert read(tmp_path, roster, "老人编号,志愿者编号\n张三,0101\n")[0] == [("0001", "0101")]

    def test_two_of_one_name_and_nobody_of_a_name(self, tmp_path, roster):
        text = "老人编号,老人姓名,志愿者编号\n,王五,0101\n,钱七,0101\nA7,王五,0101\n"
        found, issues = read(tmp_path, roster, text)
        assert found == [("A7", "0101")]
        assert ("pair_name_ambiguous", 2, "error") in issues
        assert ("pair_name_unknown", 3, "error") in issues

    @pytest.mark.parametrize(
        ("elder", "name", "told"),
        [
            ("0001", "张三", []),
            ("0001", "张*", []),
            ("0001", "李四", [("pair_id_against_name", 2, "error")]),
            ("0001", "李*", [("pair_id_against_name", 2, "error")]),
            ("0001", "张叁", [("pair_name_differs", 2, "warning")]),
            ("1", "李四", [("ids_lost_zeros", None, "warning"), ("pair_id_against_name", 2, "error")]),
        ],
    )
    def test_an_id_beside_anothers_name(self, tmp_path, roster, elder, name, told):
        found, issues = read(tmp_path, roster, f"老人编号,老人姓名,志愿者编号\n{elder},{name},0101\n")
        assert issues == told
        assert bool(found) == all(severity == "warning" for _code, _row, severity in told)

    def test_last_months_other_name_is_told_and_the_bond_kept(self, tmp_path, roster):
        found, issues = read(tmp_path, roster, "老人编号,老人姓名,志愿者编号\n0001,李四,0101\n", "previous")
        assert found == [("0001", "0101")]
        assert issues == [("pair_name_differs", 2, "warning")]


class TestMissing:
    def test_many_of_last_month(self, tmp_path, roster):
        gone = "".join(f"X{i},0101\n" for i in range(4))
        _found, issues = read(tmp_path, roster, f"老人编号,志愿者编号\n0001,0101\n{gone}", "previous")
        assert ("previous_many_elders_missing", None, "warning") in issues

    def test_ids_given_anew_break_no_bonds(self, tmp_path, roster):
        gone = "".join(f"X{i},0101\n" for i in range(4))
        _found, issues = read(tmp_path, roster, f"老人编号,志愿者编号\n{gone}", "previous")
        assert ("previous_ids_unknown", None, "error") in issues
        assert "previous_many_elders_missing" not in {code for code, _row, _severity in issues}

    def test_a_few_of_many(self, roster):
        ids = [*["0001"] * 1, *(f"Y{i}" for i in range(2))]
        _pairs, issues = pairs_from_frame(
            pd.DataFrame({"elder_id": ids, "volunteer_id": ["0101"] * len(ids)}), roster, "previous"
        )
        assert "previous_many_elders_missing" not in {issue.code for issue in issues}

    @pytest.mark.parametrize(("named", "waiting", "told"), [(2, 0, True), (0, 0, True), (2, 2, False), (5, 0, False)])
    def test_a_list_that_names_few_of_the_roster(self, named, waiting, told):
        elders = [{"consent": "yes"} for _ in range(8)]
        elders += [{"consent": "no"}, {"consent": "yes", "joined": pd.Timestamp("2026-12-05")}]
        people = made.roster(elders, [{}])
        listed = np.arange(len(elders)) >= len(elders) - 2 - waiting
        pairs = made.pairs(*((i, 0) for i in range(named)))
        issues = find_many_unnamed(pairs, listed, people, date(2026, 12, 1), "pairs.csv")
        assert [issue.code for issue in issues] == ["previous_names_few"] * told
        if told:
            assert issues[0].params == {"count": named, "all": 8}


class TestCommands:
    directory = Directory(list(ELDERS), list(ELDERS.values()), frozenset({"0009"}))

    @pytest.mark.parametrize(("text", "place"), [("0001", 0), ("1", 0), ("张三", 0), (" 李四 ", 1), ("A7", 3)])
    def test_who_is_meant(self, text, place):
        assert self.directory.find(text, "{value}?") == place

    @pytest.mark.parametrize(
        ("text", "told"), [("王五", "0003, A7"), ("无名", "无名\\?"), ("0009", "set aside"), ("9", "set aside")]
    )
    def test_nobody_or_several_are_meant(self, text, told):
        with pytest.raises(UsageError, match=told):
            self.directory.find(text, "{value}?")


def test_a_pair_that_begins_after_the_month_is_asked_about():
    people = made.roster([{}, {}], [{}, {}])
    begun = ["2026-12-01", "2027-01-01"]
    frame = pd.DataFrame(
        {"elder_id": people.elders["id"][:2], "volunteer_id": people.volunteers["id"][:2], "since": begun}
    )
    pairs, _issues = pairs_from_frame(frame, people, "previous")
    found = find_begun_later(pairs, date(2026, 12, 31), "previous", "since")
    assert [(i.code, i.severity, i.row, i.value) for i in found] == [("pair_begun_later", "error", 3, "2027-01-01")]


def test_rows_that_need_no_second_look_are_known_and_agree():
    """Ids that are somebody's, with no name, that name or its mask; every other row is looked at again."""
    directory = Directory(["E1", "E2"], ["张三", "Ann Lee"], frozenset({"E3"}))
    rows = [
        ("E1", ""),
        ("E1", "张三"),
        ("E1", "张*"),
        ("E2", "A*"),
        ("E2", "张*"),
        ("E2", "ann lee"),
        ("E3", ""),
        ("", "张三"),
    ]
    ids, names = (pa.array(texts, pa.string()) for texts in zip(*rows, strict=True))
    assert directory.find_plain(ids, names).tolist() == [True] * 4 + [False] * 4


@pytest.mark.parametrize("first", ["A-1", "A\0-1"])
def test_ids_are_known_by_what_is_left_of_them_whatever_else_is_on_the_roster(first):
    directory = Directory((first, "0007", "B 07"), ("张 三", "李·四", ""))
    assert [directory.restore_id(text) for text in ("7", "b7", "B-007", "8")] == ["0007", "B 07", "B 07", ""]
    assert [directory.find_by_name(name) for name in ("张三", "李 四", "")] == [[first], ["0007"], []]
