"""Words of cells: nothing and anything, lists, what is denied, what a header asks; and words that nobody else has."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from matcher.columns import ELDERS, VOLUNTEERS, column
from matcher.i18n import LANGUAGES, in_language
from matcher.messages import ISSUES
from matcher.roster import convert, load_roster, make_roster
from matcher.roster.header import known_headers
from matcher.roster.header import simplify as simplify_header
from matcher.roster.model import ANY_TIME
from matcher.settings import Settings
from matcher.settings.words import ANYTHING, DITTO, NOTHING
from matcher.verify.words import Vocabulary, is_served, says_something, tells_of

ELDER = {"id": "E1", "name": "张三", "lng_wgs84": "121.47", "lat_wgs84": "31.23", "consent": "是"}
VOLUNTEER = {"id": "V1", "name": "李四", "lng_wgs84": "121.47", "lat_wgs84": "31.23"}


def read(kind, name, text, header="", **sections):
    """A cell's value, and the code of its fault."""
    context = convert.ColumnContext(column(kind, name), header, Settings.model_validate(sections), None, kind)
    value, fault = convert._read_cell(text, context)
    return value, fault.code if fault else None


def roster(elders, volunteers, **sections):
    frames = [
        pd.DataFrame([{**base, "id": f"{base['id'][0]}{i}", **row} for i, row in enumerate(rows, 1)]).fillna("")
        for base, rows in ((ELDER, elders), (VOLUNTEER, volunteers))
    ]
    return make_roster(*frames, Settings.model_validate(sections))


def empty(of):
    return convert.TYPES[of.kind].empty


SILENT = [
    (kind, of.name)
    for kind, columns in (("elders", ELDERS), ("volunteers", VOLUNTEERS))
    for of in columns
    if not of.required
    and of.name not in {"consent", "lift", "risk", "living", "capacity", "role", "self_care", "place_quality"}
]


@pytest.mark.parametrize(("kind", "name"), SILENT)
def test_words_for_nothing_are_empty_cells_in_every_column(kind, name):
    of = column(kind, name)
    for word in (*NOTHING, "-", "—", "／", "N/A", "Ｎ／Ａ", "…", " 无 ", "不 详"):
        value, code = read(kind, name, word.strip())
        if of.kind == "availability" and code == "availability_never":
            assert value == 0
            continue
        assert code is None, word
        assert value == empty(of) or value != value, word


@pytest.mark.parametrize("word", ANYTHING)
def test_words_for_anything_ask_for_nothing(word):
    assert read("elders", "wanted_languages", word) == ((), None)
    assert read("elders", "wanted_sex", word) == ("", None)
    assert read("elders", "availability", word) == (ANY_TIME, None)
    assert read("volunteers", "interests", word) == ((), None)
    assert pd.isna(read("volunteers", "max_walk_m", word)[0])


@pytest.mark.parametrize("word", ["语言不限", "不限方言", "没有特别语言要求", "对语言无要求", "都行吧", "any language"])
def test_a_wish_that_names_its_subject_may_still_be_none(word):
    assert read("elders", "wanted_languages", word) == ((), None)
    assert read("elders", "wanted_languages", f"上海话，{word}") == (("上海话",), None)


@pytest.mark.parametrize(("column_name", "word"), [("wanted_sex", "性别不限"), ("wanted_sex", "对志愿者性别没有要求")])
def test_so_may_a_wish_of_another_column(column_name, word):
    assert read("elders", column_name, word) == ("", None)


def test_no_time_is_not_any_time():
    assert read("volunteers", "availability", "时间不限") == (ANY_TIME, None)
    for text in ("没有时间", "没有什么时间"):
        assert read("volunteers", "availability", text) != (ANY_TIME, None)


def test_all_languages_of_a_wish_are_read():
    assert read("elders", "wanted_languages", "普通话、上海话都可") == (("普通话", "上海话"), None)


@pytest.mark.parametrize(
    ("header", "answer"), [("疑似失智", None), ("患有认知障碍", None), ("认知评估", "question_unreadable")]
)
def test_more_headers_that_ask_for_dementia(header, answer):
    assert known_headers("elders")[simplify_header(header)].name == "health"
    assert read("elders", "health", "中度", header)[0]
    assert read("elders", "health", "有", header)[1] == answer  # there is an assessment, or an illness


@pytest.mark.parametrize("header", ["可接受距离(公里)", "步行上限/公里", "最远距离（km）"])
def test_a_header_may_name_its_unit(header):
    assert known_headers("volunteers")[simplify_header(header)].name == "max_walk_m"
    assert read("volunteers", "max_walk_m", "2", header) == (2000, None)
    assert read("volunteers", "max_walk_m", "2", "可接受距离(米)")[1] == "distance_unit"


@pytest.mark.parametrize(
    "word", ["（无）", "“不限”", "无。", "没什么特别的要求", "暂无特殊要求", "无特殊", "没有任何要求"]
)
def test_words_for_anything_in_brackets_and_phrases(word):
    assert read("elders", "wanted_languages", word) == ((), None)
    assert read("elders", "wanted_sex", word) == ("", None)
    assert read("volunteers", "languages", word) == ((), None)


def test_words_of_the_user_s_own():
    words = {"nothing": ["免填"], "anything": ["哈都行"]}
    assert read("elders", "committee", "免填", words=words) == ("", None)
    assert read("elders", "wanted_sex", "哈都行", words=words) == ("", None)
    assert read("elders", "wanted_sex", "哈都行")[1] == "value_not_choice"


def test_two_who_both_have_nothing_share_nothing():
    made = roster(
        [{"interests": "无", "committee": "无", "compound": "/", "languages": "不详"}],
        [{"interests": "没有", "committee": "无", "compound": "/", "languages": "不详"}],
    )
    for frame in (made.elders, made.volunteers):
        assert frame.loc[0, ["interests", "languages"]].tolist() == [(), ()]
        assert frame.loc[0, ["committee", "compound", "neighbourhood"]].tolist() == ["", "", ""]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("上海话、普通话", ("上海话", "普通话")),
        ("上海话 普通话", ("上海话", "普通话")),
        ("上海话和普通话", ("上海话", "普通话")),
        ("上海话或普通话", ("上海话", "普通话")),
        ("上海话及普通话", ("上海话", "普通话")),
        ("上海话与普通话", ("上海话", "普通话")),
        ("上海话+普通话", ("上海话", "普通话")),
        ("上海话普通话", ("上海话", "普通话")),
        ("上海話、普通話", ("上海话", "普通话")),
        ("扬州话和盐城话", ("扬州话", "盐城话")),
        ("会讲上海话", ("上海话",)),
        ("听得懂上海话", ("上海话",)),
        ("会说上海话的志愿者", ("上海话",)),
        ("普通话即可", ("普通话",)),
        ("上海话、普通话均可", ("上海话", "普通话")),
        ("上海闲话", ("上海闲话",)),
        ("Shanghai dialect", ("Shanghai dialect",)),
        ("Shanghainese or Mandarin", ("Shanghainese", "Mandarin")),
        ("Shanghainese Mandarin", ("Shanghainese", "Mandarin")),
        ("Shanghai dialect 普通话", ("Shanghai dialect", "普通话")),
        ("speaks Cantonese", ("Cantonese",)),
        ("Wu dialect", ("Wu dialect",)),
        ("无；", ()),
    ],
)
def test_languages(text, words):
    assert read("elders", "wanted_languages", text) == (words, None)
    assert read("volunteers", "languages", text) == (words, None)


def test_a_wish_is_no_must_and_a_denial_no_language():
    assert read("elders", "wanted_languages", "最好会上海话") == ((), "wish_is_preference")
    assert read("elders", "wanted_languages", "上海话优先、普通话") == (("普通话",), "wish_is_preference")
    assert read("volunteers", "languages", "不会普通话，上海话") == (("上海话",), "word_denied")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("代购 聊天", ("代购", "聊天")),
        ("需要买菜", ("买菜",)),
        ("理发服务", ("理发",)),
        ("唱歌和跳舞", ("唱歌", "跳舞")),
        ("参与志愿活动", ("参与志愿活动",)),
        ("爱国电影", ("爱国电影",)),
        ("going to the doctor; shopping", ("going to the doctor", "shopping")),
        ("reading aloud", ("reading aloud",)),
        ("没有", ()),
    ],
)
def test_needs_skills_and_interests(text, words):
    for kind, name in (("elders", "needs"), ("volunteers", "skills"), ("elders", "interests")):
        assert read(kind, name, text) == (words, None)


@pytest.mark.parametrize(
    ("text", "ill"),
    [
        ("高血压，无认知障碍", False),
        ("未见痴呆", False),
        ("否认高血压、糖尿病、认知障碍史", False),
        ("没有患认知症", False),
        ("未发现认知障碍", False),
        ("认知障碍：无", False),
        ("认知障碍(-)", False),
        ("排除痴呆", False),
        ("no dementia", False),
        ("认知功能正常", False),
        ("老年痴呆早期", True),
        ("老年癡呆早期", True),
        ("无高血压；认知障碍", True),
        ("无子女，认知障碍", True),
        ("认知障碍：轻度", True),
        ("疑似认知障碍", True),
        ("无重度认知障碍", True),
        ("轻度认知功能下降", True),
        ("Alzheimer's", True),
    ],
)
def test_what_is_denied_is_not_the_illness(text, ill):
    words, code = read("elders", "health", text, "健康状况")
    assert code is None
    signs = Settings().training.dementia_words
    assert tells_of(words, signs) == ill
    assert any(sign.casefold() in word.casefold() for word in words for sign in signs) == ill


@pytest.mark.parametrize("text", ["健忘", "脑子有点糊涂", "记忆力减退", "MCI", "AD"])
def test_what_may_be_dementia_is_told(text):
    assert read("elders", "health", text, "健康状况") == ((text,), "dementia_hinted")


@pytest.mark.parametrize("header", ["认知障碍", "是否失智", "认知症情况", "有无痴呆", "认知情况"])
def test_a_header_that_asks_keeps_its_meaning(header):
    signs = Settings().training.dementia_words
    for text in (
        "有",
        "是",
        "√",
        "✓",
        "轻度",
        "中度",
        "重度（2019年确诊）",
        "早期",
        "疑似",
        "Y",
        "老年痴呆",
        "有，轻度",
    ):
        words, code = read("elders", "health", text, header)
        assert (code, tells_of(words, signs)) == (None, True), text
    for text in ("无", "否", "×", "正常", "没有", "无认知障碍", "不详", "-", "无（已评估）"):
        assert read("elders", "health", text, header) == ((), None), text
    for text in ("待评估", "3分", "有；否"):
        assert read("elders", "health", text, header)[1] == "question_unreadable"
    assert known_headers("elders")[simplify_header(header)].name == "health"
    assert read("elders", "health", "有", "慢性病") == (("慢性病",), None)


@pytest.mark.parametrize(
    "header",
    [
        "痴呆程度",
        "是否患有失智症",
        "认知障碍等级",
        "有无老年痴呆症",
        "阿尔茨海默病",
        "认知障碍（有/无）",
        "失智评估结果",
    ],
)
def test_all_headers_that_ask_for_dementia(header):
    assert known_headers("elders")[simplify_header(header)].name == "health"
    for text, is_ill in (("轻", True), ("中度", True), ("有", True), ("否认", False), ("无", False)):
        words, code = read("elders", "health", text, header)
        assert (code, tells_of(words, Settings().training.dementia_words)) == (None, is_ill), text


@pytest.mark.parametrize("text", ["失忆", "经常迷路", "脑子不清楚", "不认识人"])
def test_more_that_may_tell_of_dementia(text):
    assert read("elders", "health", text)[1] == "dementia_hinted"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("必须上海话", ("上海话",)),
        ("一定要会讲上海话", ("上海话",)),
        ("普通话（标准）", ("普通话",)),
        ("无（都会）", ()),
        ("不限(本地人)", ()),
    ],
)
def test_wishes_with_verbs_and_brackets(text, words):
    assert read("elders", "wanted_languages", text) == (words, None)


@pytest.mark.parametrize("text", ["男女均可", "女/男", "男、女", "男女", "男或女都行"])
def test_either_sex_is_no_wish(text):
    assert read("elders", "wanted_sex", text) == ("", None)


def test_of_a_faculty_a_yes_may_mean_two_things():
    for text, is_ill in (("下降", True), ("轻度", True), ("正常", False)):
        words, code = read("elders", "health", text, "认知功能")
        assert (code, tells_of(words, Settings().training.dementia_words)) == (None, is_ill), text
    for text in ("有", "是", "否", "√"):
        assert read("elders", "health", text, "认知功能")[1] == "question_unreadable"


def test_each_file_s_own_header_asks(tmp_path):
    """One roster from two files: below 健康状况 a 有 says nothing, below 认知障碍 it says dementia."""
    first, second, others = (tmp_path / name for name in ("e1.csv", "e2.csv", "v.csv"))
    first.write_text("编号,姓名,地址,是否同意,健康状况\nE1,张三,零陵路1号,是,有\n", "utf-8")
    second.write_text("编号,姓名,地址,是否同意,认知障碍\nE2,李四,零陵路2号,是,有\nE3,王五,零陵路3号,是,?x\n", "utf-8")
    others.write_text("编号,姓名,地址\nV1,赵六,零陵路4号\n", "utf-8")
    made = load_roster([first, second], others, Settings())
    assert dict(zip(made.elders["id"], made.elders["health"], strict=True)) == {"E1": ("有",), "E2": ("认知障碍",)}
    assert [(i.code, i.file, i.row) for i in made.issues if i.severity == "error"] == [
        ("question_unreadable", "e2.csv", 3)
    ]


@pytest.mark.parametrize(
    ("text", "header", "courses", "code"),
    [
        ("认知症照护", "培训", ("认知症照护",), None),
        ("急救 认知症照护", "培训", ("急救", "认知症照护"), None),
        ("认知症照护（未完成）", "培训", (), "course_not_done"),
        ("计划参加认知症培训、急救", "培训", ("急救",), "course_not_done"),
        ("未培训", "培训", (), None),
        ("是", "培训", (), "course_unnamed"),
        ("√", "认知症培训", ("认知症培训",), None),
        ("否", "认知症培训", (), None),
        ("未参加", "认知症培训", (), None),
        ("2025年5月", "认知症培训", ("认知症培训",), None),
        ("2025-05-01", "认知症培训", ("认知症培训",), None),
        ("有证书", "认知症培训", ("认知症培训",), None),
        ("计划参加", "认知症培训", (), "course_not_done"),
        ("2025年5月", "培训", (), "course_unnamed"),
    ],
)
def test_courses(text, header, courses, code):
    assert read("volunteers", "training", text, header) == (courses, code)


@pytest.mark.parametrize("text", ["无", "否", "未享受", "暂未享受", "没有其他服务", "N/A", "/", "×"])
def test_who_is_not_served_elsewhere(text):
    assert read("elders", "served_elsewhere", text) == ("", None)
    assert not is_served(read("elders", "served_elsewhere", text)[0])


@pytest.mark.parametrize("text", ["已取消", "长护险已停", "不需要", "申请中", "待定", "曾有", "expired"])
def test_services_that_are_not_now_are_told(text):
    assert read("elders", "served_elsewhere", text) == ("", "service_not_now")


def test_who_is_served_elsewhere():
    assert read("elders", "served_elsewhere", "将军路助餐") == ("将军路助餐", None)
    assert read("elders", "served_elsewhere", "长护险") == ("长护险", None)
    assert is_served("长护险")


def test_consent():
    for text in ("√", "✓", "✔", "v", "签了", "口头同意", "是", "同意", "已签", "Y", "1", "有", "愿意"):
        assert read("elders", "consent", text) == ("yes", None), text
    for text in ("不同意", "无", "×", "拒绝", "否"):
        assert read("elders", "consent", text) == ("no", None), text
    for text in ("考虑中", "待定", "再商量"):
        assert read("elders", "consent", text) == ("", "consent_undecided"), text
    for text in ("子女同意", "也许", "随便"):
        assert read("elders", "consent", text) == ("", "consent_unclear"), text
    assert read("elders", "consent", "-") == ("", None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "alone") for text in ("独居", "孤老", "一人", "一老", "独居（丧偶）", "独居老人")),
        *((text, "couple") for text in ("纯老", "双老", "纯老家庭", "老两口", "与配偶同住", "和老伴一起住")),
        *((text, "family") for text in ("与子女同住", "和儿子住", "与保姆同住")),
    ],
)
def test_living(text, code):
    assert read("elders", "living", text) == (code, None)


def unmatched(made, code="word_unmatched"):
    return [(i.row, i.column, i.value, i.params["elders"]) for i in made.issues if i.code == code]


def test_a_wanted_language_that_nobody_speaks():
    made = roster(
        [{"志愿者语言要求": "火星话"}, {"志愿者语言要求": "火星话、沪语"}, {"志愿者语言要求": "火星话"}, {}],
        [{"方言": "上海话"}],
    )
    assert unmatched(made) == [(row, "志愿者语言要求", "火星话", 2) for row in (2, 3, 4)]
    for language in LANGUAGES:
        with in_language(language):
            message = made.issues[0].message()
        assert "火星话" in message
        assert "2" in message
    assert unmatched(roster([{"志愿者语言要求": "火星话"}], [{"方言": "上海话"}], language={"wanted": "soft"})) == []
    same = {"words": {"same": [["火星话", "上海话"]]}}
    assert unmatched(roster([{"志愿者语言要求": "火星话"}], [{"方言": "上海话"}], **same)) == []


def test_a_rule_that_the_other_roster_says_nothing_to():
    made = roster([{"志愿者语言要求": "上海话"}, {"志愿者语言要求": "上海话"}], [{}])
    assert unmatched(made, "answer_unknown") == [(2, "志愿者语言要求", "上海话", 2)]  # what is asked for must be known
    assert made.issues[0].params["needed"] == "languages"
    made = roster([{"志愿者性别要求": "男"}], [{}])
    assert [code for code in {i.code for i in made.issues} if code.startswith(("answer", "rule"))] == ["answer_unknown"]
    made = roster([{"health": "痴呆"}], [{}])
    assert unmatched(made, "rule_reads_nothing") == [(2, "health", "痴呆", 1)]


def test_words_of_the_other_hard_rules():
    made = roster([{"志愿者性别要求": "男"}], [{"sex": "女"}, {"sex": ""}])
    assert unmatched(made, "answer_unmatched") == [(2, "志愿者性别要求", "male", 1)]
    assert made.issues[0].params["needed"] == "sex"
    made = roster([{"health": "痴呆"}, {"health": "高血压"}], [{"training": "急救"}])
    assert unmatched(made) == []  # 痴呆 is no word that another one could stand for
    assert unmatched(made, "course_unmatched") == [(2, "health", "痴呆", 1)]
    assert made.issues[0].params["needed"] == "training"
    assert unmatched(roster([{"health": "痴呆"}], [{"training": "认知症照护"}]), "course_unmatched") == []
    hard = {"training": {"high_risk": "hard"}}
    made = roster([{"risk": "高"}], [{"training": "急救"}], **hard)
    assert unmatched(made, "course_unmatched") == [(2, "risk", "high", 1)]
    hard = {"language": {"common": "hard"}}
    assert unmatched(roster([{"languages": "沪语 粤语"}], [{"languages": "粤语"}], **hard)) == [
        (2, "languages", "上海话", 0)
    ]
    assert unmatched(roster([{"languages": "沪语"}], [{"languages": "粤语"}, {}], **hard)) == [
        (2, "languages", "上海话", 0)
    ]
    near = {"boundary": {"level": "committee", "mode": "hard"}}
    people = [{"committee": "一居委会"}, {"committee": "二居委"}]
    made = roster(people, [{"committee": "一居民区"}], **near)
    assert unmatched(made, "answer_unmatched") == [(3, "committee", "二居委", 1)]


def test_the_verifier_s_own_words():
    assert not any(says_something(word) for word in (*NOTHING, *ANYTHING, "-", "…", "／"))
    assert Vocabulary((), {}).names(["无", "沪语", "Shanghainese"]) == frozenset({Vocabulary((), {}).name("上海话")})
    assert tells_of(["痴呆早期"], ["痴呆"])
    assert not tells_of(["无痴呆", "否认认知障碍"], ["痴呆", "认知障碍"])


PIECES = [
    "上海话",
    "普通话",
    "会讲",
    "无",
    "否认",
    "认知障碍",
    "高血压",
    "和",
    "、",
    "，",
    "；",
    " ",
    "(",
    ")",
    "有",
    "轻度",
    "a",
    "and",
    "1",
    "：",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from(["健康状况", "认知障碍", "培训"]))
@hypothesis_settings(deadline=None)
def test_whatever_a_list_holds_it_is_read_or_asked(text, header):
    for kind, name in (
        ("elders", "health"),
        ("volunteers", "training"),
        ("elders", "wanted_languages"),
        ("elders", "needs"),
    ):
        value, code = read(kind, name, text.strip(), header)
        assert code is None or code in ISSUES
        assert all(word.strip() for word in value)


@pytest.mark.parametrize("page", ["cells.md", "cells.zh-CN.md"])
def test_the_document_has_every_word(page):
    text = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8")
    nothing, anything, ditto = (line[2:] for line in text.splitlines() if line.startswith("> "))
    assert tuple(nothing.split("; ")) == NOTHING
    assert tuple(anything.split("; ")) == ANYTHING
    assert tuple(word.strip("`") for word in ditto.split("; ")) == DITTO


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[
            (text, "female")
            for text in ("不要男的", "女（必须）", "男士除外", "只接受女性", "非男", "female only", "no men")
        ],
        *[(text, "male") for text in ("不要女", "Men only", "not a woman")],
        *[(text, "female_preferred") for text in ("woman preferred", "prefers a woman", "女（优先）")],
    ],
)
def test_wishes_for_a_sex_and_against_one(text, code):
    assert read("elders", "wanted_sex", text) == (code, None)


def test_a_wish_for_a_sex_that_is_not_clear_is_asked_about():
    for text in ("同性", "阿姨", "不要男的也行", "女?"):
        assert read("elders", "wanted_sex", text)[1] == "value_not_choice"


def test_a_preference_in_brackets_is_no_must():
    assert read("elders", "wanted_languages", "上海话（最好）") == ((), "wish_is_preference")
    assert read("elders", "wanted_languages", "上海话（必须）") == (("上海话",), None)


def test_more_answers():
    for text, consent in (("已签订", "yes"), ("同意书已签", "yes"), ("电话同意", "yes"), ("拒签", "no")):
        assert read("elders", "consent", text) == (consent, None)
    assert read("elders", "living", "一人户") == ("alone", None)
    assert read("volunteers", "role", "小组长") == ("leader", None)


@pytest.mark.parametrize(
    ("text", "elders", "volunteers"),
    [
        ("健在", "active", "active"),
        ("在队", "active", "active"),
        ("已退", "left", "left"),
        ("退队", "left", "left"),
        ("往生", "left", "left"),
        ("已入住养老院", "left", "left"),
        ("出国", "paused", "paused"),
        ("回老家", "paused", "paused"),
        ("生病", None, "paused"),
        ("骨折", None, "paused"),
        ("养老院", None, None),
        ("走了", None, None),
        ("失联", None, None),
        ("转走", None, None),
        ("带孙子", None, None),
        ("退休", None, None),
    ],
)
def test_words_of_a_status(text, elders, volunteers):
    for kind, code in (("elders", elders), ("volunteers", volunteers)):
        value, fault = read(kind, "status", text)
        assert (value, fault) == (code, None) if code else fault == "value_not_choice"


def test_a_status_with_a_day_says_where_days_belong():
    for text in ("暂停至12月15日", "3月起", "住院（12月3日起）", "paused until 5 Jan"):
        assert read("elders", "status", text)[1] == "status_dated"
    assert read("elders", "status", "看情况")[1] == "value_not_choice"
