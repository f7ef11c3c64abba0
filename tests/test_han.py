"""Characters that have two forms."""

import pandas as pd
import pytest

from matcher.han import TRADITIONAL, to_simplified
from matcher.roster import make_roster
from matcher.roster.availability import read_times, render
from matcher.settings import Settings


def test_each_character_has_one_simplified_form():
    assert len(TRADITIONAL) == len(set(TRADITIONAL))
    assert len(to_simplified(TRADITIONAL)) == len(TRADITIONAL)
    assert not set(to_simplified(TRADITIONAL)) & set(TRADITIONAL)


@pytest.mark.parametrize(
    ("text", "words"),
    [("禮拜二上午", "Tue am"), ("每週三下午2點後", "Wed 14:00-24:00"), ("除週三外", "Mon, Tue, Thu-Sun")],
)
def test_times_in_traditional_characters(text, words):
    times = read_times(text)
    assert render(times.mask, times.clock) == words


def test_a_roster_in_traditional_characters_is_read_as_any_other():
    row = {
        "編號": "E1",
        "姓名": "陳大文",
        "地址": "浦東新區濰坊路11弄3號4樓",
        "是否同意": "願意",
        "志願者性別要求": "女性優先",
        "志願者語言要求": "會講上海話",
        "樓層": "4樓",
        "備註": "已過世",
    }
    volunteer = {"編號": "V1", "姓名": "王五", "地址": "浦东新区潍坊路11弄3号", "方言": "上海话"}
    roster = make_roster(pd.DataFrame([row]), pd.DataFrame([volunteer]), Settings())
    elder = roster.elders.iloc[0]
    assert (elder["consent"], elder["wanted_sex"], elder["floor"]) == ("yes", "female_preferred", 4)
    assert elder["wanted_languages"] == ("上海话",)
    assert elder["building"] == roster.volunteers["building"][0] != ""
    assert "remark_decides" in {issue.code for issue in roster.issues}
