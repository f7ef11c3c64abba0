import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from matcher.privacy import mask_name, mask_names, mask_national_id, mask_phone


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        (" 张三丰 ", "张*"),
        ("欧阳建国", "欧阳*"),
        ("欧阳", "欧*"),
        ("Mary Ann", "M*"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_names_keep_the_surname(name, shown):
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812341234", "138****1234"),
        ("+86 138-1234-1234", "138****1234"),
        ("021-55667788", "****7788"),
        ("1234", "****"),
        ("95598", "*****"),
        ("", ""),
    ],
)
def test_phones_keep_their_ends(phone, shown):
    assert mask_phone(phone) == shown


def test_national_ids_keep_three_digits():
    assert mask_national_id("310105194105021234") == "310***************"
    assert mask_national_id("3101") == "****"
    assert mask_national_id("") == ""


@given(st.lists(st.text(max_size=6)))
@hypothesis_settings(deadline=None)
def test_a_column_is_masked_as_each_name_is(names):
    column = pd.Series(names, dtype=str)
    assert mask_names(column).tolist() == [mask_name(name) for name in names]


@given(st.text(alphabet="0123456789+- ()", max_size=20))
@hypothesis_settings(deadline=None)
def test_no_phone_comes_through_whole(phone):
    digits = [character for character in phone if character.isdigit()]
    shown = [character for character in mask_phone(phone) if character.isdigit()]
    assert len(shown) <= 7
    assert len(digits) - len(shown) >= min(3, len(digits))
