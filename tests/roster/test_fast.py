"""What is done to whole columns at once comes out as what is done to one cell: on ordinary cells and on ugly ones."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matcher.columns import ELDERS, column
from matcher.roster import convert, make_roster
from matcher.roster.address import parse, read_homes, read_rooms
from matcher.roster.cells import days, each_row, fixed_width, without_spaces
from matcher.roster.clean import cleaned, filled_down, no_people
from matcher.roster.keys import combine_keys, find_first_match, make_keys
from matcher.roster.names import unify_name, unify_names
from matcher.roster.numbers import phone_numbers
from matcher.roster.phones import list_phone_numbers
from matcher.settings import Settings
from tests.helpers.effort import some

# what cells of rosters are made of, ordinary and ugly
PIECES = st.sampled_from(
    [
        *"0123456789０５Ｘx.-/年月日 \t\n\u3000\u200b\ufeff'=+",
        *("无", "N/A", "－", "不限", "同上", "ＮＵＬＬ", "2062-", "1946.1"),
        *("1941", "05", "02", "13812345678", "021-55667788", "转", "310105", "E1", "1.5E+17", "男", "是", "Ａ", "②"),
        *(
            "徐汇区",
            "浦东新区",
            "上海市",
            "零陵路",
            "石门二路",
            "竹池村",
            "4组",
            "300弄",
            "三百弄",
            "05号",
            "5号",
            "602室",
        ),
        *("3号楼", "甲", "支弄", "（近", "）", "号线", "城桥镇", "A座", "三十二", "合计", "：", "|"),
    ]
)
CELLS = st.lists(PIECES, max_size=7).map("".join)


@st.composite
def columns(draw, most=40):
    return draw(st.lists(st.one_of(CELLS, st.just("")), min_size=1, max_size=most))


def one_by_one(text, context):
    """A cell's value and the code of its fault, by the reader of its kind."""
    value, fault = convert._read_cell(text, context)
    return value, fault.code if fault else None


@pytest.mark.parametrize("name", ["id", "name", "phone", "birth_date", "lng", "age", "sex", "address", "joined"])
@given(columns())
@example(["'无", "0 ", "［无］,", "王\u2028a", "\u3000无", "暂\u3000无\u3000", "\u3000-"])
@settings(deadline=None, max_examples=some(60))
def test_columns_as_cells(name, texts):
    of = column("elders", name)
    context = convert.ColumnContext(of, "", Settings(), None, "elders")
    found, faults = convert._read_column(pa.array(texts, pa.string()), context)
    expected = [one_by_one(text, context) for text in texts]
    pd.testing.assert_series_equal(
        found, pd.Series([value for value, _code in expected], dtype=convert.TYPES[of.kind].dtype), check_names=False
    )
    assert {i: fault.code for i, fault in faults.items()} == {i: code for i, (_, code) in enumerate(expected) if code}


@given(columns())
@settings(deadline=None)
def test_cleaning_columns_as_cells(texts):
    cells = pa.array(texts, pa.string())
    for plain in (True, False):
        alone = [cleaned(pa.array([text]), plain=plain)[0].as_py() for text in texts]
        assert cleaned(cells, plain=plain).to_pylist() == alone
    assert without_spaces(cells).to_pylist() == ["".join(text.split()) for text in texts]


@pytest.mark.parametrize("text", [*"\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000", "\v", "\f"])
def test_every_white_space_is_one(text):
    assert without_spaces(pa.array([f"张{text}三"])).to_pylist() == ["张三"]


ADDRESSES = st.one_of(
    CELLS,
    st.tuples(
        st.sampled_from(["上海市徐汇区", "徐汇", ""]),
        st.sampled_from(["零陵路", "石门二路", "竹池村4组", "新村", "５", "②", ""]),
        st.sampled_from(["300弄", "0300弄", "3支弄", "甲弄", ""]),
        st.sampled_from(["5号", "005号", "5-7号", "5甲号", "5号线", "5号楼", "5号铺", "幢", ""]),
        st.sampled_from(["602室", "602", "6楼602", "室", "2号楼201", " ", "A座", ""]),
    ).map("".join),
)


@given(st.lists(ADDRESSES))
@example(["零陵路5号0602室", "零陵路5号000室", "零陵路005号", "零陵路300弄5号602", "徐汇区５", ""])
@settings(deadline=None, max_examples=some(300))
def test_rooms_at_once_as_one_by_one(addresses):
    assert read_rooms(pa.array(addresses, pa.string())).to_pylist() == [parse(text).room for text in addresses]


@given(st.lists(st.tuples(ADDRESSES, st.sampled_from(["", "甲小区"]))))
@settings(deadline=None, max_examples=some(300))
def test_homes_at_once_as_one_by_one(rows):
    frame = pd.DataFrame(rows, columns=["address", "compound"], dtype=str)
    homes = read_homes(frame)
    for i, (address, compound) in enumerate(rows):
        got = {name: cells[i].as_py() for name, cells in homes._asdict().items()}
        in_village = re.match(r"\d+\s*[组队]", address)  # a group belongs to a village, not to a compound
        alone = compound + address if compound and address[:1].isdigit() and not in_village else address
        parts = parse(alone)
        numbers = f"{parts.branch and parts.branch + '支弄'}{parts.number and parts.number + '号'}{parts.house}"
        within = f"{parts.lane and parts.lane + '弄'}{numbers if parts.number or parts.house else ''}"
        road = parts.road.removeprefix(got["village"])
        assert got["village"].removeprefix("徐汇") in ("", "竹池村")
        assert got["building"] == (road + within if road and (parts.number or parts.house) else "")
        assert got["lane"] == (f"{road}{parts.lane}弄" if road and parts.lane else "")
        if got["road"]:
            assert (got["district"], got["town"], got["road"]) == (parts.district, parts.town, road)


KEYS = st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=12)


@given(KEYS, KEYS)
@settings(deadline=None)
def test_the_first_match(texts, others):
    keys = make_keys(pa.array(texts + others, pa.string()))
    found = find_first_match(keys[: len(texts)], keys[len(texts) :])
    assert found.tolist() == [others.index(text) if text and text in others else -1 for text in texts]


@given(st.lists(st.tuples(*[st.sampled_from(["", "a", "b", "c"])] * 3), min_size=1))
@settings(deadline=None)
def test_keys_together(rows):
    keys = combine_keys(*(make_keys(pa.array(cells, pa.string())) for cells in zip(*rows, strict=True)))
    for row, key in zip(rows, keys.tolist(), strict=True):
        assert (key >= 0) == all(row)
        assert all((key == other) == (row == another) for another, other in zip(rows, keys, strict=True) if key >= 0)
    made = each_row([pa.array(cells) for cells in zip(*rows, strict=True)], lambda *row: "-".join(row))
    assert made.to_pylist() == ["-".join(row) for row in rows]


def test_a_slice_of_cells_as_bytes():
    cells = pa.array(["ab", "cd", "ef", "gh"]).slice(1, 2)
    assert bytes(fixed_width(cells, 2).tobytes()) == b"cdef"
    assert fixed_width(cells.slice(0, 0), 2).shape == (0, 2)


@pytest.mark.parametrize("year", [1849, 1850, 1900, 2000, 2023, 2024])
def test_days(year):
    for month in range(14):
        for day in (0, 1, 28, 29, 30, 31, 32):
            found = days(np.array([year]), np.array([month]), np.array([day]))[0]
            try:
                expected = np.datetime64(f"{year:04}-{month:02}-{day:02}" if year >= 1850 else "NaT", "D")
            except ValueError:
                expected = np.datetime64("NaT", "D")
            assert found == expected or (np.isnat(found) and np.isnat(expected))


def test_totals_are_found_among_people():
    columns = {
        "id": pa.array(["E1", "合计", "", "小计", "E2", "小计"]),
        "name": pa.array(["张三", "", "共计 2 人", "", "小计", ""]),
        "phone": pa.array(["1", "", "", "2", "3", "54321234"]),
    }
    assert no_people(columns, {}, 6) == {1: "合计", 2: "共计 2 人", 3: "小计"}


def test_merged_cells_go_down_where_people_are():
    columns = {"committee": pa.array(["一居", "", "", "二居", ""]), "name": pa.array(["a", "b", "", "d", "e"])}
    filled, counts = filled_down(columns, {"committee": [(0, 2), (3, 9)]}, np.array([True, True, False, True, True]))
    assert filled["committee"].to_pylist() == ["一居", "一居", "", "二居", "二居"]
    assert counts == {"committee": 2}
    assert filled["name"] is columns["name"]


ROW = {"id": "E1", "name": "张三", "consent": "是", "lng": "121.47", "lat": "31.23"}


@given(st.lists(st.fixed_dictionaries({c.name: CELLS for c in ELDERS if not c.required}), max_size=4))
@settings(deadline=None, max_examples=some(15))
def test_whatever_the_cells_nothing_raises(rows):
    people = [{"id": f"E{i}", "name": "张三", **row} for i, row in enumerate(rows)]
    volunteers = [
        {"id": f"V{i}", "name": "张三", "phone": row["phone"], "address": row["address"]} for i, row in enumerate(rows)
    ]
    checked = make_roster(
        pd.DataFrame([ROW, *people]).fillna(""), pd.DataFrame([ROW, *volunteers]).fillna(""), Settings()
    )
    assert all(issue.message() and issue.advice() for issue in checked.issues)


NAMES = st.text(st.sampled_from("王張张於鵬陈一龥鿏㐀 ·.()（）Ｌｉa麗豈\U00020000"), max_size=5)


@given(st.lists(NAMES, max_size=20))
@settings(max_examples=some(200), deadline=None)
def test_names_at_once_as_one_by_one(names):
    assert unify_names(pa.array(names, pa.string())).to_pylist() == [unify_name(name) for name in names]


PHONES = st.lists(st.sampled_from(["13812345678", "1391234567", "021-55667788", "/", " ", "转12", "女儿", "+86"]))


@given(st.lists(PHONES.map("".join), max_size=12))
@settings(max_examples=some(200), deadline=None)
@example(["13812345678/021-55667788/13812345678", "", "13812345678"])
def test_telephone_numbers_at_once_as_one_by_one(cells):
    who, numbers = list_phone_numbers(pa.array(cells, pa.string()))
    found = [(i, number) for i, text in enumerate(cells) for number in dict.fromkeys(phone_numbers(text))]
    assert list(zip(who.tolist(), numbers.to_pylist(), strict=True)) == found
