"""The building in an address."""

import pandas as pd
import pytest

from matcher.roster.address import Address, building, parse, read_homes, strip_committee, strip_town


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("上海市徐汇区零陵路300弄5号602室", "零陵路300弄5号"),
        ("零陵路300弄5号", "零陵路300弄5号"),
        ("徐汇区徐家汇街道零陵路 300 弄 05 号 602", "零陵路300弄5号"),
        ("上海徐汇区零陵路３００弄５号（近菜场3号门）", "零陵路300弄5号"),
        ("零陵路（近3号线）300弄5号", "零陵路300弄5号"),
        ("（2号门进）零陵路３00弄5号", "零陵路300弄5号"),
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
        ("零陵路300弄5#602", "零陵路300弄5号"),
        ("浦東新區濰坊路11弄3號401室", "潍坊路11弄3号"),
        ("现住址：徐汇区龙华路100弄3号", "龙华路100弄3号"),
        ("零陵路", ""),
        ("300弄5号", ""),
        ("零陵路300弄", ""),
        ("", ""),
    ],
)
def test_building(address, expected):
    assert building(address) == expected


FULL = Address("徐汇", "天平街道", "零陵路", "300", "3", "5甲", "2幢", "6", "602")


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("上海市徐汇区天平街道零陵路三百弄3支弄5号甲2幢6楼602室", FULL),
        ("上海市徐汇区天平街道零陵路３００弄第三支弄5甲号2号楼六层六〇二室", FULL),
        ("曹杨二村三十二号201", Address(road="曹杨二村", number="32", room="201")),
        ("石门二路一百零八弄十五号", Address(road="石门二路", lane="108", number="15")),
        ("石门二路壹佰零捌弄拾伍号", Address(road="石门二路", lane="108", number="15")),
        ("石门二路第108弄第十五号", Address(road="石门二路", lane="108", number="15")),
        ("陆家嘴路第五号", Address(road="陆家嘴路", number="5")),
        ("零陵路300弄阳光花园5号", Address(road="零陵路", lane="300", number="5")),
        ("城桥镇陆家宅12号", Address(town="城桥镇", road="陆家宅", number="12")),
        ("天山路A座1201", Address(road="天山路", house="A座", room="1201")),
        ("零陵路300弄", Address(road="零陵路", lane="300")),
        ("5号101室", Address(number="5", room="101")),
        ("", Address()),
    ],
)
def test_parts(address, parts):
    assert parse(address) == parts


@pytest.mark.parametrize(
    ("address", "compound", "home"),
    [
        ("徐汇区零陵路300弄5号", "", ("徐汇", "", "", "零陵路", "零陵路300弄", "零陵路300弄5号")),
        ("零陵路（近３号线）5号", "", ("", "", "", "零陵路", "", "零陵路5号")),
        ("徐汇区零陵路三百弄", "", ("徐汇", "", "", "零陵路", "零陵路300弄", "")),
        ("浦东新区惠南镇人民路3号", "", ("浦东", "惠南镇", "", "人民路", "", "人民路3号")),
        ("浦东新区惠南镇海沈村3组12号", "", ("浦东", "惠南镇", "海沈村", "3组", "", "3组12号")),
        ("海沈村委会第三村民小组12号", "", ("", "", "海沈村", "3组", "", "3组12号")),
        ("海沈村张家宅3队12号", "", ("", "", "海沈村", "张家宅3队", "", "张家宅3队12号")),
        ("3组12号", "甲小区", ("", "", "", "3组", "", "3组12号")),
        ("5号101室", "甲小区", ("", "", "", "甲小区", "", "甲小区5号")),
        ("5号101室", "", ("", "", "", "", "", "")),
        ("曹杨二村32号", "", ("", "", "", "曹杨二村", "", "曹杨二村32号")),
        ("", "", ("", "", "", "", "", "")),
    ],
)
def test_homes(address, compound, home):
    frame = pd.DataFrame({"address": [address, "零陵路1号"], "compound": [compound, ""]})
    assert tuple(cells[0].as_py() for cells in read_homes(frame)[1:]) == home
    assert read_homes(frame[["address"]][1:]).building.to_pylist() == ["零陵路1号"]


@pytest.mark.parametrize(
    ("names", "bare"),
    [
        (["海沈村", "海沈村委会", "海沈村村民委员会", "惠南镇海沈村民委员会", "浦东新区惠南镇海沈村"], "海沈村"),
        (["源竹", "源竹居委会", "源竹居委", "源竹居民区", "潍坊新村街道源竹居委会", "源竹社区居委会"], "源竹"),
        (["居委会"], "居委会"),
        (["朱家角镇居委会"], "朱家角镇"),
    ],
)
def test_bare_committees(names, bare):
    assert {strip_committee(name) for name in names} == {bare}


def test_bare_towns():
    assert {strip_town(name) for name in ("惠南", "惠南镇", "上海市浦东新区惠南镇", "惠南镇人民政府")} == {"惠南"}
    assert {strip_town(name) for name in ("潍坊新村", "潍坊新村街道", "潍坊新村街道办事处")} == {"潍坊新村"}


def test_no_more_of_a_text_is_read_than_an_address_can_have():
    assert parse("零陵" * 150 + "路300弄5号602室") == parse("零陵" * 150)
