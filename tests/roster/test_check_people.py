"""Who people are, where they live, and what both rosters show together: each fault with its row, column and value."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.datum import convert
from matcher.errors import InputError
from matcher.i18n import in_language
from matcher.roster import load_roster, make_roster
from matcher.roster.identity import NationalIds
from matcher.roster.keys import find_first_other, make_keys
from matcher.roster.numbers import is_phone, national_id_problem, phone_numbers, spell_national_id
from matcher.settings import Settings

ON = date(2026, 12, 1)
ELDER = {"id": "E1", "name": "张三", "lng": "121.47", "lat": "31.23", "consent": "是"}
VOLUNTEER = {"id": "V1", "name": "李四", "lng": "121.47", "lat": "31.23"}


def national_id(day="19410502", order=100):
    """A made-up one with a right check character; an odd ``order`` is a man's."""
    text = f"990105{day}{order:03}"
    return text + "10X98765432"[sum(int(digit) * (2 ** (17 - i) % 11) for i, digit in enumerate(text)) % 11]


def frame(base, rows):
    return pd.DataFrame([{**base, "id": f"{base['id'][0]}{i}", **row} for i, row in enumerate(rows, 1)]).fillna("")


def roster(elders=({},), volunteers=({},), on=ON):
    return make_roster(frame(ELDER, elders), frame(VOLUNTEER, volunteers), Settings(), on)


def told(checked, *params):
    return [(i.code, i.file, i.row, i.column, i.value, *(i.params[name] for name in params)) for i in checked.issues]


ID = "national_id"
HIDDEN = "990***************"


class TestNationalIds:
    @given(
        st.lists(
            st.one_of(
                st.builds(
                    lambda day, order: national_id(f"{day:%Y%m%d}", order),
                    st.dates(date(1840, 1, 1), date(2210, 1, 1)),
                    st.integers(0, 999),
                ),
                st.from_regex(r"\A[0-9]{6}(19|20)[0-9]{9}[0-9Xx]\Z"),
                st.from_regex(r"\A[0-9]{15}\Z"),
                st.text(max_size=20),
            )
        )
    )
    @settings(deadline=None)
    def test_all_at_once_as_one_by_one(self, texts):
        texts = [text.strip() for text in texts]
        ids = NationalIds.of(pa.array(texts, pa.string()))
        valid = [bool(text) and national_id_problem(text) == "" for text in texts]
        assert (ids.key >= 0).tolist() == valid
        for text, key, born, male in zip(texts, ids.key.tolist(), ids.born, ids.male, strict=True):
            assert np.isnat(born) == (key < 0)
            if key >= 0:
                number = spell_national_id(text.replace(" ", ""))
                assert f"{key:017}" == number[:17]
                assert (str(born).replace("-", ""), male) == (number[6:14], int(number[16]) % 2 == 1)

    def test_a_representation_shows_none(self):
        assert national_id() not in repr(NationalIds.of(pa.array([national_id()])))

    def test_twice_is_an_error_in_both_rows(self):
        same = [{ID: national_id()}, {}, {ID: f" {national_id()}"}, {ID: national_id(order=102)}]
        checked = roster(same)
        assert told(checked, "other", "other_file") == [
            ("national_id_duplicate", "elders", row, ID, HIDDEN, other, "elders") for row, other in [(2, 4), (4, 2)]
        ]
        assert checked.elders["id"].tolist() == ["E2", "E4"]

    def test_15_and_18_characters_are_one_person(self):
        old, new = "990105410502100", spell_national_id("990105410502100")
        assert new == national_id()
        assert [issue.row for issue in roster([{ID: old}, {ID: new}]).issues] == [2, 3]
        assert told(roster([{ID: old, "birth_date": "1941-05-02", "sex": "女"}])) == []

    def test_ruined_ones_are_no_twins(self):
        codes = {issue.code for issue in roster([{ID: "990105194105020000"}, {ID: "990105194105020000"}]).issues}
        assert codes == {"national_id_invalid"}


class TestBirthAndSex:
    @pytest.mark.parametrize("value", ["1941-05-02", "1941年5月2日", "1941-05", "1941年5月", "19410502"])
    def test_agreed(self, value):
        assert told(roster([{ID: national_id(), "birth_date": value, "sex": "女", "age": "85"}])) == []

    @pytest.mark.parametrize("value", ["1941-05-01", "1941-02-05", "1942-05", "1940-05-02"])
    def test_another_date(self, value):
        assert told(roster([{ID: national_id(), "birth_date": value}])) == [
            ("birth_date_against_id", "elders", 2, "birth_date", value)
        ]

    def test_another_sex(self):
        rows = [{ID: national_id(order=101), "sex": "女"}, {ID: national_id(order=102), "sex": "男"}]
        assert told(roster(rows)) == [
            ("sex_against_id", "elders", row, "sex", value) for row, value in [(2, "女"), (3, "男")]
        ]

    @pytest.mark.parametrize(("age", "wrong"), [("82", True), ("83", False), ("87", False), ("88", True)])
    @pytest.mark.parametrize("known", [{"birth_date": "1941-05-02"}, {ID: national_id()}])
    def test_another_age(self, age, wrong, known):
        expected = [("age_against_birth_date", "elders", 2, "age", age, 85)] if wrong else []
        assert told(roster([{"age": age, **known}]), *["age"] * wrong) == expected

    @pytest.mark.parametrize(
        ("born", "age"), [("1966-12-01", 60), ("1966-12-02", 59), ("1966-11-30", 60), ("1967-01-01", 59)]
    )
    def test_an_elder_s_years_are_full_on_the_date(self, born, age):
        expected = [("elder_young", "elders", 2, "birth_date", born, 59)] if age < 60 else []
        assert told(roster([{"birth_date": born}]), *["age"] * (age < 60)) == expected

    @pytest.mark.parametrize("age", [49, 50, 75, 76])
    def test_a_volunteer_s_age(self, age):
        born = f"{2026 - age}-06-01"
        number = national_id(born.replace("-", ""))
        for column, value, shown in (
            ("birth_date", born, born),
            ("age", str(age), str(age)),
            (ID, number, HIDDEN),
        ):
            expected = [("volunteer_age", "volunteers", 2, column, shown)] if age in {49, 76} else []
            assert told(roster(volunteers=[{column: value}])) == expected

    def test_without_a_date_no_age_is_judged(self):
        assert told(roster([{"birth_date": "2000-01-01", "age": "3"}], [{"age": "99"}], on=None)) == []


class TestTelephoneNumbersAsIds:
    @pytest.mark.parametrize(
        ("ids", "phone", "codes"),
        [
            (["64381234"], "64381234", ["id_is_phone"]),
            (["64381234"], "021-64381234；13800000001", ["id_is_phone"]),
            (["64381234"], "", ["id_may_be_phone"]),
            (["64381234", "54209876", "33981112"], "", ["id_may_be_phone"] * 3),
            (["64381234", "E2"], "", ["id_may_be_phone"]),
            (["6438 1234", "5420-9876"], "", ["id_may_be_phone"] * 2),
            (["20260001", "20260002"], "", []),
            (["31010401"], "", []),
            (["50010001", "50010002", "50010003"], "", []),
            (["12345678"], "", []),
            (["643812345"], "", []),
        ],
    )
    def test_landlines(self, ids, phone, codes):
        rows = [{"id": text, "phone": phone, "name": f"王{i}"} for i, text in enumerate(ids)]
        issues = roster(rows).issues
        assert [issue.code for issue in issues if issue.code != "phone_invalid"] == codes
        assert not any(text in issue.value for text in ids for issue in issues if codes)


@pytest.mark.parametrize(
    ("ids", "names", "shown"),
    [
        (["E000004张三"], ["张三"], ["E000004张*"]),
        (["张三丰４"], ["张三丰"], ["张*4"]),
        (["E4欧阳建国"], ["欧阳建国"], ["E4欧阳*"]),
        (["E1张三", "E2李四"], ["王一", ""], ["E1张*", "E2李*"]),
        (["Ann-01"], ["Ann"], ["A*-01"]),
        (["钟一1", "钟一1b"], ["钟一", "钟二"], ["钟*1"]),
        (["高桥01", "高桥02", "田林01", "田林02"], ["王一", "王二", "王三", "王四"], []),
        (["志愿者1", "E2", "甲3"], ["王一", "E2", "甲"], []),
    ],
)
def test_an_id_that_holds_a_name_is_asked_about(ids, names, shown):
    rows = [{"id": text, "name": name} for text, name in zip(ids, names, strict=True)]
    found = [issue for issue in roster(rows).issues if issue.code == "id_may_hold_name"]
    assert [issue.value for issue in found] == shown
    assert {issue.severity for issue in found} <= {"warning"}


SAME = {"name": "王 五", "birth_date": "1941-05-02", "address": "零陵路300弄5号602室"}


class TestTwins:
    @pytest.mark.parametrize(
        ("other", "what"),
        [
            ({}, "date of birth"),
            ({"name": "王五"}, "date of birth"),
            ({"name": "王  五（女）", "address": "天钥桥路1号"}, "date of birth"),
            ({"birth_date": "1941-05-03"}, "address"),
            ({"birth_date": "", "address": "上海市徐汇区零陵路３００弄５号６０２"}, "address"),
            ({"birth_date": "", "address": "不详", "phone": "138 0000 0001"}, "telephone number"),
            ({"birth_date": "", "address": "", "phone": "021-64000002；+86 13800000001"}, "telephone number"),
            ({"birth_date": "", "address": "", "phone": "64000001"}, "telephone number"),
            ({"name": "王六", "phone": "13800000003"}, ""),
            ({"birth_date": "1941-05-03", "address": "零陵路300弄5号603室", "phone": "13800000002"}, ""),
            ({"birth_date": "", "address": "", "phone": ""}, ""),
        ],
    )
    def test_probable(self, other, what):
        rows = [{**SAME, "phone": "13800000001/021-64000001"}, {}, {**SAME, **other}]
        checked = roster(rows)
        twins = [issue for issue in checked.issues if issue.code == "person_duplicate"]
        assert [(i.row, i.column, i.value, i.params["other"]) for i in twins] == [
            (row, "name", "王*", second) for row, second in ([(2, 4), (4, 2)] if what else [])
        ]
        assert {issue.params["what"] for issue in twins} == ({what} if what else set())
        assert len(checked.elders) == 3

    @pytest.mark.parametrize("names", [("陳麗華", "陈丽华"), ("張 國強", "张国强（组长）"), ("葉·蘭", "叶兰")])
    def test_names_in_both_forms_of_characters(self, names):
        rows = [{"name": name, "phone": "13800000001", "address": f"零陵路{i}号"} for i, name in enumerate(names)]
        for checked in (roster(rows), roster(volunteers=rows)):
            assert [(i.code, i.row, i.params["what"]) for i in checked.issues] == [
                ("person_duplicate", 2, "telephone number"),
                ("person_duplicate", 3, "telephone number"),
            ]

    def test_one_telephone_number_and_date_of_birth_under_two_names(self):
        rows = [{"name": "王秀英", "birth_date": "1941-05-02", "phone": "13800000001"}, {"name": "王秀瑛"}, {}]
        rows[1] = {**rows[0], "name": "王秀瑛"}
        assert told(roster(rows)) == [
            ("person_renamed", "elders", 2, "name", "王*"),
            ("person_renamed", "elders", 3, "name", "王*"),
        ]
        for other in ({"birth_date": "1939-01-01"}, {"phone": "13800000002"}):  # a couple has one telephone
            assert roster([rows[0], {**rows[1], **other}]).issues == ()

    def test_two_valid_national_ids_are_two_people_born_on_one_day(self):
        rows = [{"name": "王五", "birth_date": "1941-05-02", ID: national_id(order=n)} for n in (1, 3)]
        assert roster(rows).issues == ()

    def test_what_the_national_id_tells_is_told_once(self):
        codes = [issue.code for issue in roster([{**SAME, ID: national_id()}] * 2).issues]
        assert codes == ["national_id_duplicate"] * 2

    @given(st.lists(st.sampled_from(["", "a", "b", "c", "d"])))
    @settings(deadline=None)
    def test_the_first_other(self, keys):
        others = find_first_other(make_keys(pa.array(keys, pa.string())))
        for i, other in enumerate(others.tolist()):
            twins = [j for j, key in enumerate(keys) if key == keys[i] and key and j != i]
            assert other == min(twins, default=-1)


class TestAcross:
    @pytest.mark.parametrize(
        "same",
        [
            {ID: national_id("19600101")},
            {"name": "张三", "birth_date": "1960-01-01"},
            {"name": "张三", "phone": "138 1234 5678"},
        ],
    )
    def test_one_person_on_both(self, same):
        other = {**same, "phone": "+86-13812345678"} if "phone" in same else same
        checked = roster([{}, {**same}], [other])
        assert told(checked, "other", "other_file") == [
            ("person_on_both", "elders", 3, "name", "张*", 2, "volunteers"),
            ("person_on_both", "volunteers", 2, "name", "张*" if "name" in same else "李*", 3, "elders"),
        ]

    def test_a_name_alone_is_many_people_s(self):
        assert told(roster([{}], [{"name": "张三", "birth_date": "1960-01-01", "phone": "13812345678"}])) == []

    def test_nor_are_a_birthday_or_a_phone_one_person_s_alone(self):
        known = {"birth_date": "1960-01-01", "phone": "13812345678"}
        assert told(roster([known], [known])) == []

    def test_without_a_national_id_no_sex_is_judged(self):
        assert told(roster([{"sex": "男"}, {"sex": "女"}])) == []

    @pytest.mark.parametrize(
        ("elder", "volunteer", "found"),
        [
            ("上海市徐汇区零陵路300弄5号602室", "零陵路300弄5号602", True),
            ("零陵路300弄5号602室", "零陵路300弄5号601室", False),
            ("零陵路300弄5号", "零陵路300弄5号", False),
            ("", "", False),
        ],
    )
    def test_family_at_home(self, elder, volunteer, found):
        checked = roster([{"address": elder}], [{"address": volunteer}])
        expected = [("family_at_home", "elders", 2, "address", "零陵路300弄5号", "E1", "V1", 2)] if found else []
        assert told(checked, *["elder", "volunteer", "other"] * found) == expected

    @pytest.mark.parametrize(
        ("name", "phone", "found"),
        [
            ("李四", "138-1234-5678", True),
            ("李四", "13812345678/62345678", True),
            ("李四", "13912345678", False),
            ("李五", "13812345678", False),
            ("李四", "", False),
        ],
    )
    def test_family_as_contact(self, name, phone, found):
        checked = roster(
            [{"emergency_contact": name, "emergency_contact_phone": phone}], [{"phone": "13812345678（女儿）"}]
        )
        expected = [("family_as_contact", "elders", 2, "emergency_contact", "李*", "V1")] if found else []
        assert told(checked, *["volunteer"] * found) == expected

    def test_acquaintances_of_no_roster(self):
        checked = roster([{"acquainted": "V1、V7"}], [{"acquainted": "E1; E8"}])
        assert told(checked) == [
            ("acquainted_unknown", "elders", 2, "acquainted", "V7"),
            ("acquainted_unknown", "volunteers", 2, "acquainted", "E8"),
        ]
        assert checked.elders["acquainted"].tolist() == [("V1", "V7")]

    def test_who_is_on_both_is_no_family_of_their_own(self):
        same = {"name": "张三", "birth_date": "1960-01-01", "address": "零陵路300弄5号602室"}
        assert {issue.code for issue in roster([same], [same]).issues} == {"person_on_both"}


class TestPlaces:
    @staticmethod
    def rows(points, **more):
        return [{"lng": f"{lng:.6f}", "lat": f"{lat:.6f}", **more} for lng, lat in points]

    def test_outside_the_city(self):
        points = [(121.47 + i / 1000, 31.23) for i in range(10)] + [(116.4, 39.9), (121.47, 32.12), (121.47, 32.14)]
        checked = roster(self.rows(points))
        assert told(checked, "distance_km") == [
            ("place_far", "elders", 12, "lng_wgs84", "116.40…, 39.90…", "1066"),
            ("place_far", "elders", 14, "lng_wgs84", "121.47…, 32.14…", "101"),
        ]
        assert len(checked.elders) == 13

    def test_a_few_points_have_no_bulk(self):
        assert told(roster(self.rows([(121.47, 31.23), (116.4, 39.9)]))) == []

    @pytest.mark.parametrize("told_as", ["wgs84", "gcj02", "bd09"])
    @pytest.mark.parametrize("right", ["wgs84", "gcj02", "bd09"])
    def test_another_datum_than_the_building_s(self, told_as, right):
        rng = np.random.default_rng(1)
        lng, lat = 121.47 + rng.normal(0, 5e-5, 8), 31.23 + rng.normal(0, 5e-5, 8)
        lng[:4], lat[:4] = 121.47 + 0.01 * np.arange(4), 31.2
        east, north = convert(lng, lat, told_as, right)
        lng[7], lat[7] = east[7], north[7]
        homes = [f"零陵路{'300弄5' if i > 3 else 9 + i}号{i}01室" for i in range(8)]
        rows = [row | {"address": home} for row, home in zip(self.rows(zip(lng, lat, strict=True)), homes, strict=True)]
        names = {"wgs84": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}
        found = [(i.code, i.row, i.params["told"], i.params["right"]) for i in roster(rows).issues]
        assert found == ([] if told_as == right else [("place_datum", 9, names[told_as], names[right])])

    def test_in_a_committee_only_where_it_is_compact(self):
        rng = np.random.default_rng(2)
        for spread, seen in ((2e-4, True), (2e-3, False)):
            lng, lat = 121.47 + rng.normal(0, spread, 30), 31.23 + rng.normal(0, spread, 30)
            east, north = convert(121.47, 31.23, "wgs84", "bd09")
            lng[0], lat[0] = east, north
            issues = roster(self.rows(zip(lng, lat, strict=True), committee="鹤泽居委会")).issues
            assert [(i.code, i.row) for i in issues] == ([("place_datum", 2)] if seen else [])

    def test_another_offset_is_no_datum_s(self):
        points = [(121.47, 31.23)] * 5 + [(121.47, 31.235)]
        rows = [row | {"name": f"某{i}"} for i, row in enumerate(self.rows(points, address="零陵路300弄5号"))]
        assert told(roster(rows)) == []


class TestRegisteredAddress:
    def test_stands_for_the_home_only_where_nothing_else_does(self):
        rows = [{"户籍地址": "零陵路300弄5号602室"}]
        checked = roster(rows)
        assert told(checked) == [("registered_address_used", "elders", None, "户籍地址", "")]
        assert checked.issues[0].severity == "warning"
        assert checked.elders.loc[0, ["address", "building"]].tolist() == ["零陵路300弄5号602室", "零陵路300弄5号"]
        checked = roster([rows[0] | {"住址": "大木桥路1号"}, rows[0]])
        assert told(checked) == []
        assert checked.elders["building"].tolist() == ["大木桥路1号", ""]
        assert checked.elders["registered_address"].tolist() == ["零陵路300弄5号602室"] * 2


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("13812345678", ["13812345678"]),
        ("+86 138 1234 5678", ["13812345678"]),
        ("8613812345678", ["13812345678"]),
        ("021-62345678", ["62345678"]),
        ("021-62345678-801", ["62345678"]),
        ("+86 21 62345678转801", ["62345678"]),
        ("010-62345678", ["62345678"]),
        ("0551 62345678", ["62345678"]),
        ("0512-2234567", ["05122234567"]),
        ("+86 512 2234567", ["05122234567"]),
        ("62345678分机801", ["62345678"]),
        ("13812345678 62345678", ["13812345678", "62345678"]),
        ("13812345678\n62345678", ["13812345678", "62345678"]),
        ("13812345678或62345678", ["13812345678", "62345678"]),
        ("手机:13812345678 家里:62345678", ["13812345678", "62345678"]),
        ("13812345678(女儿)", ["13812345678"]),
        ("王女士13812345678", ["13812345678"]),
    ],
)
def test_phones_as_people_write_them(text, numbers):
    assert is_phone(text)
    assert phone_numbers(text) == numbers


@pytest.mark.parametrize(
    "text", ["1381234567", "138123456789", "12812345678", "02162345", "012345678", "女儿", "", "13812345678/1", "x"]
)
def test_no_phones(text):
    assert not is_phone(text)


@given(st.text(alphabet="0123456789+- ()/;转机分或女x#\n", max_size=30))
@settings(deadline=None)
def test_phone_numbers_are_digits_whatever_the_text(text):
    assert all(number.isdigit() and 7 < len(number) < 13 for number in phone_numbers(text))


def test_every_sentence_is_filled_in_both_languages():
    same = {"name": "张三", "birth_date": "1970-01-01", "address": "零陵路300弄5号602室", ID: national_id()}
    elder = [same, same, {"emergency_contact": "李四", "emergency_contact_phone": "13812345678", "age": "40"}]
    checked = roster(elder, [{"phone": "13812345678", "address": "零陵路300弄5号602室"}])
    for language in ("en", "zh"):
        with in_language(language):
            for issue in checked.issues:
                assert "{" not in issue.message() + issue.advice()


def test_rows_in_any_order_tell_the_same():
    people = [{"id": f"E{i}", "name": "张三", ID: national_id(order=100 + i % 3)} for i in range(7)]
    straight, back = roster(people), roster(people[::-1])
    assert straight.set_aside_elders == back.set_aside_elders
    pd.testing.assert_frame_equal(straight.elders.drop(columns="row"), back.elders.drop(columns="row"))


def test_rosters_given_the_one_for_the_other(tmp_path):
    (tmp_path / "老人.csv").write_text("编号,姓名,地址,是否同意\nE1,张三,零陵路1号,是\n", "utf-8")
    (tmp_path / "志愿者.csv").write_text("编号,姓名,地址,结对人数\nV1,李四,零陵路2号,3\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load_roster((tmp_path / "志愿者.csv",), (tmp_path / "老人.csv",), Settings(), ON)
    (swapped,) = (issue for issue in caught.value.issues if issue.code == "rosters_swapped")
    assert (swapped.file, swapped.params) == ("志愿者.csv", {"other": "老人.csv"})
    assert not any(
        i.code == "rosters_swapped"
        for i in load_roster((tmp_path / "老人.csv",), (tmp_path / "志愿者.csv",), Settings(), ON).issues
    )


def test_before_anybody_has_an_id_people_are_told_by_their_names(tmp_path):
    (tmp_path / "e.csv").write_text("姓名,地址,是否同意\n张三,零陵路1号201室,是\n", "utf-8")
    (tmp_path / "v.csv").write_text("姓名,地址\n李四,零陵路1号201室\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load_roster((tmp_path / "e.csv",), (tmp_path / "v.csv",), Settings(), ON)
    (issue,) = (issue for issue in caught.value.issues if issue.code == "family_at_home")
    assert (issue.params["elder"], issue.params["volunteer"]) == ("张*", "李*")


def test_with_one_roster_unread_nothing_is_compared(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("id,name,lng_wgs84,lat_wgs84,consent\nE1,张三,121,31,是\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load_roster(path, tmp_path / "v.csv", Settings(), ON)
    assert [issue.code for issue in caught.value.issues] == ["file_missing"]
