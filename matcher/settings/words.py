"""Words of rosters: those for nothing and for anything, those that mean the same, and skills that answer needs.

``words.nothing``, ``words.anything``, ``words.same`` and ``needs.answered_by`` of the settings add to them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from matcher.han import to_simplified

NOTHING: tuple[str, ...] = (
    *("无", "没有", "没", "暂无", "尚无", "目前无", "暂时没有", "无内容", "无记录", "无资料", "无信息"),
    *("不详", "未知", "不明", "不清楚", "不知道", "不了解", "未填", "未填写", "未登记", "未提供", "未统计"),
    *("待补", "待补充", "待核实", "待查", "待了解", "空", "空白", "略"),
    *(
        "none",
        "nothing",
        "nil",
        "n/a",
        "na",
        "n.a.",
        "not applicable",
        "null",
        r"\N",
        "nan",
        "nat",
        "unknown",
        "not known",
    ),
    *("missing", "empty", "blank", "unspecified", "not given", "not stated"),
)
"""Cells that say nothing, in every column: they are read as empty. So are cells of dashes, strokes and dots alone."""

ANYTHING: tuple[str, ...] = (
    *(
        "不限",
        "不限制",
        "无限制",
        "没有限制",
        "无要求",
        "没有要求",
        "没要求",
        "不要求",
        "不作要求",
        "不做要求",
        "不拘",
        "不挑",
    ),
    *(
        "无特殊要求",
        "无特别要求",
        "没有特殊要求",
        "没有特别要求",
        "无所谓",
        "均可",
        "均可以",
        "都可",
        "都可以",
        "皆可",
        "都行",
    ),
    *("随便", "随意", "任意", "任何", "任何均可", "什么都行", "怎样都行"),
    *("any", "anything", "anyone", "anybody", "any of them", "no preference", "no limit", "no wish", "no wishes"),
    *("either", "whatever", "no matter", "no requirement", "no requirements", "doesn't matter", "does not matter"),
)
"""Cells that say that anything goes: of wishes and limits they are read as none, of times as any time."""

_NO_WISH = re.compile(
    r"(?:暂时?|目前|现)?(?:无|没有?)(?:什么|任何|特殊|特别|其他|其它|别的|具体|额外|啥|的)*"
    r"(?:要求|限制|偏好|所谓|需求|需要|想法|意见)的?"
)
"""Phrases that say so: 没什么特别的要求."""
_NOTHING_SPECIAL = re.compile(r"(?:无|没有?)(?:什么|任何|特殊|特别|啥)+的?")
"""Phrases that say so where they stand alone: 无特殊."""
_SUBJECT = re.compile(
    r"(?:对|在)?(?:志愿者)?(?:的)?(?:性别|语言|方言|时间|距离|楼层|其[他它])(?:上|方面)?的?|languages?|sex|gender|distance"
)
"""Subjects of a wish, named once more in its cell: 语言不限, 对性别无要求."""

NO: tuple[str, ...] = (
    "否",
    "不",
    "不是",
    "没",
    "无",
    "×",
    "✗",
    "✘",
    "x",
    "n",
    "no",
    "false",
    "0",
    "未",
    "未享受",
    "否认",
)
"""Answers of no where a header asks; in lists they are no word either."""

YES: tuple[str, ...] = (
    *("是", "是的", "有", "√", "✓", "✔", "☑", "v", "y", "yes", "true", "1", "对", "患有", "确诊", "已确诊"),
)
"""Answers of yes where a header asks."""

DITTO: tuple[str, ...] = (
    "同上",
    "同前",
    "上同",
    "如上",
    "同上行",
    "〃",
    "″",
    '"',
    "ditto",
    "same as above",
    "as above",
)
"""Cells that stand for the one above them, which rows that are sorted or deleted do not keep: these are asked about."""

DASHES = r"[-‐‑‒–—―−_/\\|.。·•…?~*,、;:()\[\]]+"
"""A cell of such signs alone says nothing."""
_DASHES = re.compile(DASHES)

SAME: tuple[tuple[str, ...], ...] = (
    # languages
    ("上海话", "沪语", "上海方言", "上海闲话", "本地话", "本地方言", "沪方言", "Shanghainese", "Shanghai dialect"),
    ("上海话", "上海話"),
    ("普通话", "普通話", "国语", "國語", "普通话国语", "标准话", "Mandarin", "Putonghua", "Standard Chinese"),
    ("宁波话", "宁波方言", "宁波闲话", "Ningbo dialect", "Ningbonese"),
    ("苏北话", "江北话", "苏北闲话", "苏北方言", "Subei dialect"),
    ("苏州话", "苏州闲话", "Suzhou dialect", "Suzhounese"),
    ("粤语", "粵語", "广东话", "廣東話", "广州话", "Cantonese"),
    ("温州话", "Wenzhou dialect", "Wenzhounese"),
    ("崇明话", "崇明方言", "Chongming dialect"),
    ("四川话", "Sichuan dialect", "Sichuanese"),
    ("手语", "sign language"),
    ("英语", "英語", "英文", "English"),
    # needs and skills
    ("聊天陪伴", "聊天", "陪聊", "陪伴", "company", "chatting"),
    ("心理疏导", "心理咨询", "心理慰藉", "倾听", "listening", "counselling"),
    ("代购代办", "代购", "代办", "买菜", "跑腿", "shopping", "errands"),
    ("陪同就医", "陪医", "陪诊", "助医", "going to the doctor", "doctor visits"),
    ("健康科普", "健康讲座", "健康宣教", "health talk", "health education"),
    ("测量血压", "量血压", "测血压", "blood pressure check", "blood pressure"),
    ("手机使用", "手机教学", "智能手机", "help with the phone", "smartphone help"),
    ("水电煤安全", "安全检查", "水电检查", "gas and power check", "safety check"),
    ("家电维修", "家电修理", "维修", "水电维修", "household repairs", "repairs"),
    ("读报", "读报读书", "读书读报", "reading aloud"),
    ("理发", "剪发", "haircuts", "haircut"),
    ("急救", "急救员", "first aid"),
    ("护理", "护士", "医护", "nursing", "nurse"),
    # interests
    ("书法", "calligraphy"),
    ("沪剧", "Shanghai opera"),
    ("越剧", "Yue opera"),
    ("京剧", "Peking opera", "Beijing opera"),
    ("唱歌", "合唱", "singing", "choir"),
    ("棋牌", "象棋", "下棋", "打牌", "chess and cards", "chess", "cards"),
    ("种花", "养花", "园艺", "gardening", "flowers"),
    ("太极拳", "太极", "tai chi"),
    ("编织", "结绒线", "knitting"),
    ("读书", "看书", "阅读", "reading", "books"),
    ("烹饪", "烧菜", "做菜", "cooking"),
    ("摄影", "photography"),
    ("集邮", "stamp collecting", "stamps"),
)
"""Groups of words; case, width and spaces do not matter."""

ANSWERS: dict[str, tuple[str, ...]] = {
    "聊天陪伴": ("聊天陪伴", "心理疏导", "读报"),
    "代购代办": ("代购代办",),
    "陪同就医": ("陪同就医", "护理", "急救"),
    "健康科普": ("健康科普", "护理", "测量血压"),
    "测量血压": ("测量血压", "护理"),
    "手机使用": ("手机使用",),
    "水电煤安全": ("水电煤安全", "家电维修"),
    "读报": ("读报", "心理疏导"),
    "理发": ("理发",),
    "心理疏导": ("心理疏导",),
    "家电维修": ("家电维修",),
}
"""Needs, each with the skills that answer it; a skill of the need's own name always does."""


_NO = frozenset("".join(word.split()).casefold() for word in NO)


class NothingWords(NamedTuple):
    """The words for nothing and for anything, in the spelling of ``simplify``."""

    nothing: frozenset[str]
    anything: frozenset[str]

    def is_nothing(self, text: str) -> bool:
        """Return whether a cell says nothing."""
        word = simplify(text)
        return word in self.nothing or _strip_marks(word) in self.nothing or _DASHES.fullmatch(word) is not None

    def answers_no(self, text: str) -> bool:
        """Return whether a cell is empty, says nothing, or no."""
        return not text or simplify(text) in _NO or self.is_nothing(text)

    def is_anything(self, text: str) -> bool:
        """Return whether a cell says that anything goes."""
        word = _strip_marks(simplify(text))
        if word in self.anything or _NOTHING_SPECIAL.fullmatch(word):
            return True
        bare = _SUBJECT.sub("", word, count=1)
        return bare in self.anything or _NO_WISH.fullmatch(bare) is not None


@lru_cache(maxsize=64)
def collect_nothing_words(nothing: tuple[str, ...] = (), anything: tuple[str, ...] = ()) -> NothingWords:
    """Return the tables of words for nothing and for anything, with more words of the user's own."""
    return NothingWords(
        frozenset(simplify(word) for word in (*NOTHING, *nothing)),
        frozenset(simplify(word) for word in (*ANYTHING, *anything)),
    )


@lru_cache(maxsize=1 << 16)
def simplify(text: str) -> str:
    """Return a text in usual width, small letters and simplified characters, without white space."""
    return to_simplified("".join(unicodedata.normalize("NFKC", text).split()).casefold())


DITTO_WORDS = frozenset(simplify(word) for word in DITTO)


def _strip_marks(word: str) -> str:
    """Return a word without brackets and quotation marks around it, and marks at its end: （无）, 不限!, 都行吧."""
    return word.strip("()[]{}【】《》“”‘’「」\"'").rstrip("。.!;,吧呀啊哦呢")


Spelling = Callable[[str], str]


@lru_cache(maxsize=64)
def unify_words(more: tuple[tuple[str, ...], ...] = ()) -> Spelling:
    """Return a function that gives one word for all that mean the same, by ``SAME`` and further groups."""
    first: dict[str, str] = {}
    for group in (*SAME, *more):
        words = [simplify(word) for word in group]
        merged = {first[word] for word in words if word in first}
        name = min(merged) if merged else words[0] if words else ""
        first |= {word: name for word, old in first.items() if old in merged} | dict.fromkeys(words, name)
    return lambda word: first.get(key := simplify(word), key)


@lru_cache(maxsize=64)
def collect_known_words(more: tuple[tuple[str, ...], ...] = ()) -> frozenset[str]:
    """Return every word of ``SAME`` and of further groups, in the spelling of ``simplify``."""
    return frozenset(simplify(word) for group in (*SAME, *more) for word in group)
