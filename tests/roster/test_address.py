"""The building in an address."""

import pandas as pd
import pytest

from matcher.roster.address import Address, building, home_keys, parse, parse_all


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("上海市徐汇区零陵路300弄5号602室", "零陵路300弄5号"),
        ("零陵路300弄5号", "零陵路300弄5号"),
        ("徐汇区徐家汇街道零陵路 300 弄 05 号 602", "零陵路300弄5号"),
        ("上海徐汇区零陵路３００弄５号（近菜场3号门）", "零陵路300弄5号"),
        ("上海市静安区石门二路街道康定路18弄2号", "康定路18弄2号"),
        ("浦东新区张江镇碧波路12号3号楼201室", "碧波路12号3幢"),
        ("浦东新区碧波路12号3栋201室", "碧波路12号3幢"),
        ("中山北路2000弄3支弄5甲号201", "中山北路2000弄3支弄5甲号"),
        ("中山北路2000弄5号甲", "中山北路2000弄5甲号"),
        ("东门路5-7号", "东门路5-7号"),
        ("阳光小区3幢1单元501", "阳光小区3幢"),
        ("徐虹北路21号a座302", "徐虹北路21号A座"),
        ("嘉定区南翔镇新丰村3组12号", "南翔镇新丰村3组12号"),
        ("四川北路1000号 地铁3号线旁", "四川北路1000号"),
        ("华镇路58弄3号101室", "华镇路58弄3号"),
        ("零陵路", ""),
        ("300弄5号", ""),
        ("零陵路300弄", ""),
        ("", ""),
    ],
)
def test_building(address, expected):
    assert building(address) == expected


def test_keys_say_the_district_and_the_compound():
    frame = pd.DataFrame(
        {
            "address": [
                "上海市徐汇区零陵路1号",
                "零陵路1号201",
                "闵行区零陵路1号",
                "零陵路1号",
                "5号101室",
                "5号",
                "x",
            ],
            "district": ["徐汇区", "徐汇", "", "", "徐汇区", "徐汇区", "徐汇区"],
            "compound": ["", "甲小区", "", "", "甲小区", "", ""],
        }
    )
    keys = home_keys(frame)[0].to_pylist()
    assert keys == ["徐汇|零陵路1号", "徐汇|零陵路1号", "闵行|零陵路1号", "零陵路1号", "徐汇|甲小区5号", "", ""]


def test_keys_without_district_or_address():
    assert home_keys(pd.DataFrame({"address": ["浦东新区零陵路1号", "零陵路1号"]}))[0].to_pylist() == [
        "浦东|零陵路1号",
        "零陵路1号",
    ]
    assert home_keys(pd.DataFrame({"id": ["E1"]}))[0].to_pylist() == [""]


FULL = Address("徐汇", "天平街道", "零陵路", "300", "3", "5甲", "2幢", "6", "602")


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("上海市徐汇区天平街道零陵路三百弄3支弄5号甲2幢6楼602室", FULL),
        ("上海市徐汇区天平街道零陵路３００弄第三支弄5甲号2号楼六层六〇二室", FULL),
        ("曹杨二村三十二号201", Address(road="曹杨二村", number="32", room="201")),
        ("石门二路一百零八弄十五号", Address(road="石门二路", lane="108", number="15")),
        ("零陵路300弄阳光花园5号", Address(road="零陵路", lane="300", number="5")),
        ("城桥镇陆家宅12号", Address(road="城桥镇陆家宅", number="12")),
        ("天山路A座1201", Address(road="天山路", house="A座", room="1201")),
        ("零陵路300弄", Address(road="零陵路", lane="300")),
        ("5号101室", Address(number="5", room="101")),
        ("", Address()),
    ],
)
def test_parts(address, parts):
    assert parse(address) == parts
    (row,) = parse_all(pd.Series([address], index=[7])).itertuples()
    assert tuple(row) == (7, *parts)


def test_lanes():
    frame = pd.DataFrame({"address": ["徐汇区零陵路300弄5号", "徐汇区零陵路三百弄", "零陵路1号"]})
    assert home_keys(frame)[1].to_pylist() == ["徐汇|零陵路300弄", "徐汇|零陵路300弄", ""]
