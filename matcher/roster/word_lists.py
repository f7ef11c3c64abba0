"""Lists of words as people write them: 上海话和普通话, 会讲上海话, 否认高血压、糖尿病; and columns whose header asks.

Words are parted by marks, by white space, and by 和, 及, 与, 或, and, or. Verbs around a language are taken off.
What is denied is not the thing. Below a header that asks for an illness or a course (认知障碍: 有, 轻度, 否) it is the
header that says what there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from matcher.columns import Column
from matcher.han import to_simplified
from matcher.roster.cell_faults import CellFaultError
from matcher.settings import Settings
from matcher.settings.words import NO, YES, NothingWords, collect_known_words, collect_nothing_words, simplify

_MARKS = r";,、，；/／\n|｜+＋&＆。！!"
_CLAUSE = re.compile(r"[;；，,。\n!！]+")
_PEOPLE = frozenset({"acquainted", "elders"})
"""Columns that list people, by id or name."""
_PART = re.compile(rf"[{_MARKS}]+|(?<=\s)(?:and|or|plus)(?=\s)", re.IGNORECASE)
_JOINED = re.compile(r"以及|或者|(?<=[^\W\d_]{2})[和及与或跟](?=[^\W\d_]{2})")
_JOINER = re.compile(r"以及|或者|[和及与或跟]")
_WHOLE = re.compile(r"参与|普及|涉及|及时|和谐|和平|温和|缓和|暖和|和睦|随和|与众|或许|和面")
"""Words that have such a character in them and are one word."""
_CJK = re.compile(r"[\u3400-\u9fff]")
_YES_WORDS, _NO_WORDS = (frozenset(map(simplify, words)) for words in (YES, NO))
_LONGEST_WORD = 24
_LONGEST_PHRASE = 80
"""A longer piece is prose, in which verbs and severities are not looked for."""
_AROUND = 40
"""So many characters before and after an illness may deny it."""
_NOTHING_KNOWN: frozenset[str] = frozenset()

_ASIDE = re.compile(r"[(（][^()（）]*[)）]")
_LANGUAGES = frozenset({"languages", "wanted_languages"})
_VERBS = re.compile(
    r"^(?:(?:要求|需要|必须|一定要|一定|希望|需|须|要|只|仅|能够|能|可以|可|主要|平时|日常|都|略|稍微)*"
    r"(?:会|懂|听得懂|听懂|听|说|讲|使用|用|以)+(?:得来)?(?:一点儿?|一些|些)?|流利地?|标准的?|纯正的?|地道的?)+(?:的|地)?"
    r"|^(?:要求|需要|必须|一定要|一定|希望|只要|仅限|只限|限)(?=.{2})"
    r"|^(?:(?:must|should|can|only|speaks?|knows?|understands?|fluent|native|some|a little|in)\s+)+",
    re.IGNORECASE,
)
_TAILS = re.compile(
    r"(?:即可|就可以|就行|就好|都可以|都可|都行|均可以|均可|也可以|也可|也行|可以|可|为主|流利|熟练|交流|沟通|交谈|都会|都懂|都好"
    r"|的?(?:志愿者|阿姨|人)|的|一点|少许|少量)+$|\s+(?:speakers?|only|fluently|is fine|preferably)$",
    re.IGNORECASE,
)
_DOING = re.compile(
    r"^(?:会|能|能够|擅长|善于|喜欢|喜爱|爱好|最爱|爱|热爱|想要|想|需要|希望|要|可以|可|提供|帮忙|帮助|帮|协助|做|likes?\s)+"
)
_DOING_TAIL = re.compile(r"(?:服务|方面|技能|特长|等|活动|\s*services?)+$")
_PREFERRED = re.compile(
    r"^(?:最好|尽量|优先|倾向|偏好|希望|如能|若能|prefer(?:s|ably)?\b)|(?:优先|更好|为佳|最好|为宜|更佳|preferred)$",
    re.IGNORECASE,
)
_UNSPOKEN = re.compile(
    r"^(?:不会|不懂|不能|不讲|不说|听不懂|不太会|不太懂|无需|不需要?|不要|不用|not\s|no\s|non-)", re.IGNORECASE
)

_DENY = (
    r"(?:否认|没有|没|无|未患有?|未见|未发现|未诊断(?:出|为)?|未得过?|未有|从未|从无|不存在|不是|并非|排除|不伴|不患|未"
    r"|denies|no|not|without|never\shad|free\sof)"
)
# no alternative is another one twice: a pattern with two ways to one text tries 2^n of them before it fails
_DENY_MORE = r"(?:\s|明显|任何|明确|确切|既往|相关|老年性?|any|history\sof|signs?\sof|[患有过得曾的])*"
_DENIED_BEFORE = re.compile(rf"{_DENY}{_DENY_MORE}$", re.IGNORECASE)
_DENIES = re.compile(rf"^(?:自述|目前|现|暂|既往|平素|体检)*({_DENY})", re.IGNORECASE)
_AFFIRMS = re.compile(r"^(?:但|而)?(?:有|患|确诊|伴|合并|疑似|has\s|with\s)")
_DENIED_AFTER = re.compile(
    r"^(?:功能|症状?|史|病|障碍|筛查|测试|检查|评估|结果|情况|能力|[:：\s])*[:：(（]?"
    r"(?:无|否|没有|正常|良好|完好|健康|尚可|阴性|未见(?:异常)?|无异常|不存在|已排除|排除|-|—|×|no|none|negative|normal)[)）]?$",
    re.IGNORECASE,
)
_SEVERITY = re.compile(
    r"^(?:有|患|确诊|疑似|可疑|怀疑|可能|早期|前期|初期|中期|晚期|后期|轻中度|中重度|轻度?|中度?|重度?|轻微|极?严重|较重|较轻|较差|差|明显"
    r"|异常|障碍|下降|减退|退化|受损|阳性|有点|一些|一点|存在|[+]|[一二三四ⅰⅱⅲⅳ1-4]级|mild|moderate|severe|early|late"
    r"|suspected|possible|probable|positive|stage|[-~/至到])+(?:[(（][^()（）]{0,60}[)）])?$",
    re.IGNORECASE,
)
_SOUND = re.compile(
    r"^(?:正常|良好|好|尚可|阴性|健康|完好|清楚|清醒|未见(?:异常)?|无异常|无明显(?:异常|障碍)?|没有问题|无问题|没问题|未患|未发现|不存在|已排除"
    r"|negative|normal|fine|good)$",
    re.IGNORECASE,
)
HINTS: tuple[str, ...] = (
    *(
        "健忘",
        "失忆",
        "迷路",
        "走丢",
        "不认人",
        "不认识人",
        "头脑不清",
        "脑子不清",
        "神志不清",
        "意识不清",
        "糊涂",
        "忘性",
        "认不得人",
        "不认路",
        "认不得路",
        "海默",
        "记忆力",
        "记性",
        "忘事",
        "脑萎缩",
        "脑退化",
        "认知",
        "走失",
        "mci",
        "memory",
        "forgetful",
        "confus",
        "癡",
        "痴",
        "認知",
        "阿茲",
    ),
)
"""Parts of words that may tell of dementia without its name."""
_HINT_WORDS = frozenset({"ad"})
_ANSWER_PARTS = re.compile(r"[,，;；、。()（）\s]+")
_ASSESSED = re.compile(
    r"(?:(?:已|经|医院|医生)*(?:评估|筛查|检查|诊断|测评|确诊)(?:过|了)?)?(?:\d{4}年?(?:\d{1,2}月)?)?(?:已?确诊)?"
)
_FACULTY = re.compile(r"(?:功能|能力)$|认知(?:水平|评估|筛查)(?:结果)?$")
_COGNITION = ("认知", "cogniti")
_TRAINED = re.compile(
    r"^(?:是|有|√|✓|✔|v|y|yes|已?(?:经)?(?:培训|受训|参加|完成|合格|受过|通过|考核)(?:过|培训|合格|了)*|有?证书?|持证|trained|done|1"
    r"|(?:19|20)\d\d(?:年(?:\d{1,2}月(?:\d{1,2}[日号])?)?|[-./]\d{1,2}(?:[-./]\d{1,2})?)?(?:参加|完成|培训|受训|通过)?)$"
)
"""Cells that say that a course was done, the day of it among them."""
_UNTRAINED = re.compile(
    r"^(?:否|无|没有?|未|不|×|n|no|0|(?:未|没有?|无)(?:经|参加|接受|受|完成|通过)?过?(?:任何)?(?:培训|受训)?)$"
)
_UNDONE = re.compile(
    r"未|没|无|待|拟|计划|准备|报名|即将|不合格|过期|失效|\bnot?\b|planned|pending|expired|without", re.IGNORECASE
)


class WordReading(NamedTuple):
    """What a list is read by: its column, the header in the file, and the words of the settings."""

    column: Column
    header: str
    nothing: NothingWords
    known: frozenset[str]
    illness: tuple[str, ...]
    courses: tuple[str, ...]


def prepare_reading(column: Column, header: str, settings: Settings) -> WordReading:
    """Return what lists below a header are read by."""
    words, training = settings.words, settings.training
    needs = tuple((need, *skills) for need, skills in settings.needs.answered_by.items())
    return WordReading(
        column,
        simplify(header),
        collect_nothing_words(words.nothing, words.anything),
        collect_known_words((*words.same, *needs)),
        tuple(simplify(word) for word in training.dementia_words),
        tuple(simplify(word) for word in (*training.dementia_courses, *training.high_risk_courses)),
    )


def read_words(text: str, by: WordReading) -> tuple[str, ...]:
    """Return the words of a cell; of none, anything and no, none.

    Raises:
        CellFaultError: an answer is not understood, what is denied is not clear; or (with what is kept) a word counts
            for nothing.
    """
    readers: dict[str, Callable[[str, WordReading], tuple[str, ...]]] = {
        "health": _read_health,
        "training": _read_training,
        "languages": _read_languages,
        "wanted_languages": _read_languages,
    }
    if by.nothing.is_nothing(text) or by.nothing.is_anything(text):
        return ()
    if by.column.name in readers:
        return readers[by.column.name](to_simplified(text), by)
    return _read_plainly(text, by)


def split_words(text: str, known: frozenset[str] = _NOTHING_KNOWN) -> Iterator[str]:
    """Yield the words of a text; what is a known word is not parted further."""
    for part in _PART.split(text):
        part = part.strip(" \t.:：")  # noqa: PLW2901
        if not part:
            continue
        if simplify(part) in known:
            yield part
            continue
        for group in _split_at_spaces(part, known):
            if _JOINER.fullmatch(group):
                continue
            if simplify(group) in known or _WHOLE.search(group):
                yield group
                continue
            for word in filter(None, (piece.strip() for piece in _JOINED.split(group))):
                yield from _split_into_words(word, known) or (word,)


def _split_at_spaces(part: str, known: frozenset[str]) -> list[str]:
    """Return the pieces of a part: Chinese words stand for themselves, English ones belong together unless known."""
    pieces = part.split()
    if len(pieces) < 2:
        return pieces
    if not _CJK.search(part):
        return _split_into_phrases(pieces, known) or [part]
    groups: list[str] = []
    for piece in pieces:
        latin = not _CJK.search(piece)
        if latin and groups and not _CJK.search(groups[-1]):
            groups[-1] += f" {piece}"
        else:
            groups.append(piece)
    return groups


def _split_into_phrases(tokens: Sequence[str], known: frozenset[str]) -> list[str]:
    """Return English words as known phrases, the longest first; none where one of them is not known."""
    found, at = [], 0
    while at < len(tokens):
        for end in range(min(len(tokens), at + 4), at, -1):
            if simplify(" ".join(tokens[at:end])) in known:
                found.append(" ".join(tokens[at:end]))
                at = end
                break
        else:
            return []
    return found


def _split_into_words(word: str, known: frozenset[str]) -> list[str]:
    """Return a text without separators as known words: 上海话普通话; none where it is not wholly so."""
    found, at = [], 0
    if not _CJK.search(word):
        return []
    while at < len(word):
        for end in range(min(len(word), at + _LONGEST_WORD), at + 1, -1):
            if simplify(word[at:end]) in known:
                found.append(word[at:end])
                at = end
                break
        else:
            return []
    return found


def _drop_nothing(words: Sequence[str], by: WordReading) -> list[str]:
    return [word for word in words if not (by.nothing.answers_no(word) or by.nothing.is_anything(word))]


def _read_plainly(text: str, by: WordReading) -> tuple[str, ...]:
    if by.column.name in _PEOPLE:
        return tuple(_drop_nothing([word for part in _PART.split(text) for word in part.split()], by))
    words = []
    for word in _drop_nothing(list(split_words(text, by.known)), by):
        bare = _DOING_TAIL.sub("", _DOING.sub("", word)) if len(word) <= _LONGEST_PHRASE else word
        words.append(bare if simplify(word) not in by.known and simplify(bare) in by.known else word)
    return tuple(dict.fromkeys(words))


def _read_languages(text: str, by: WordReading) -> tuple[str, ...]:
    words, unused, code = [], [], ""
    alone = _ASIDE.sub("", text)
    if by.nothing.is_nothing(alone) or by.nothing.is_anything(alone):
        return ()
    for word in split_words(text, by.known):
        if len(word) > _LONGEST_PHRASE:
            words.append(word)
        elif _UNSPOKEN.match(word):
            unused.append(word)
            code = "word_denied"
        elif by.column.name == "wanted_languages" and _PREFERRED.search(re.sub("[()（）]", "", word)):
            unused.append(word)
            code = "wish_is_preference"
        elif bare := _strip_verbs(word, by.known):
            words += _split_into_words(bare, by.known) or [bare]
    kept = tuple(dict.fromkeys(_drop_nothing(words, by)))
    if unused:
        raise CellFaultError(code, kept, word="; ".join(unused))
    return kept


def _strip_verbs(word: str, known: frozenset[str]) -> str:
    """Return a language without the verbs around it and what stands in brackets: 必须会上海话(标准) → 上海话."""
    if simplify(word) in known:
        return word
    bare = _TAILS.sub("", _VERBS.sub("", word)).strip()
    alone = _TAILS.sub("", _VERBS.sub("", _ASIDE.sub("", word))).strip()
    return alone if simplify(alone) in known else bare


def _read_health(text: str, by: WordReading) -> tuple[str, ...]:
    simple = simplify(text)
    asks = _find_sign(by.header, (*by.illness, *_COGNITION))
    signs = _find_sign(simple, by.illness)
    if asks and not signs:
        answer = read_answer(text, by.header)
        if answer is None:
            raise CellFaultError("question_unreadable")
        return (_find_sign(by.header, by.illness) or by.illness[0] if by.illness else asks,) if answer else ()
    if not asks and simple in _NO_WORDS:
        return ()
    if not asks and simple in _YES_WORDS and by.header not in {simplify(by.column.zh), by.column.name}:
        return (by.header,)
    words = _drop_denied(text, by)
    hint = next((word[:_LONGEST_PHRASE] for word in words if _hints_at_dementia(simplify(word))), "")
    if hint and not signs and not _DENIED_AFTER.search(re.sub(".*?(?:认知|记忆力|记性)", "", simplify(hint))):
        raise CellFaultError("dementia_hinted", words, word=hint)
    return words


def _hints_at_dementia(word: str) -> bool:
    return word in _HINT_WORDS or bool(_find_sign(word, HINTS))


def read_answer(text: str, header: str) -> bool | None:
    """Return whether a cell below a header that asks for an illness says that it is there: 有，轻度; 无（已评估）.

    None where it does not say so, or where parts of it say both. Of a faculty (认知功能) a yes or no may mean the
    faculty itself.
    """
    parts = [simplify(part) for part in _ANSWER_PARTS.split(text[:_LONGEST_PHRASE]) if simplify(part)]
    if _FACULTY.search(header):
        parts = ["?" if part in _YES_WORDS | _NO_WORDS else part for part in parts]
    parts = [part for part in parts if not _ASSESSED.fullmatch(part)]
    ill = [part in _YES_WORDS or _SEVERITY.match(part) is not None for part in parts]
    well = [part in _NO_WORDS or _SOUND.match(part) is not None for part in parts]
    if not parts or len(text) > _LONGEST_PHRASE or not all(map(max, ill, well)):
        return None
    return all(ill) if all(ill) or all(well) else None


def _drop_denied(text: str, by: WordReading) -> tuple[str, ...]:
    """Return the words of a text without dementia that is denied.

    A denial goes on over words joined by 、 or 和: of 否认 that is usage, of 无 it may be meant or not, which is asked.
    """
    kept: list[str] = []
    for clause in _CLAUSE.split(text):
        denial = ""
        for word in split_words(clause):
            simple = simplify(word)
            sign = _find_sign(simple, by.illness)
            begins = _DENIES.match(simple)
            if _AFFIRMS.match(simple):
                denial = ""
            if not sign:
                denial = begins[1] if begins else denial
                kept.append(word)
                continue
            before, _, after = simple.partition(sign)
            before, after = before[-_AROUND:], after[:_AROUND]
            if _DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after):
                denial = begins[1] if begins else denial
            elif denial and denial not in {"否认", "denies"}:
                raise CellFaultError("denial_unclear", word=word)
            elif not denial:
                kept.append(word)
    return tuple(dict.fromkeys(_drop_nothing(kept, by)))


def _read_training(text: str, by: WordReading) -> tuple[str, ...]:
    simple, named = simplify(text), bool(_find_sign(by.header, by.courses))
    if _UNTRAINED.match(simple):
        return ()
    if _TRAINED.match(simple):
        if named:
            return (by.header,)
        raise CellFaultError("course_unnamed", ())
    words = _drop_nothing(list(split_words(text, by.known)), by)
    undone = [word for word in words if _UNDONE.search(word) and (named or _find_sign(simplify(word), by.courses))]
    kept = tuple(word for word in words if word not in undone)
    if undone:
        raise CellFaultError("course_not_done", kept, word="; ".join(undone))
    return kept


def _find_sign(text: str, signs: Sequence[str]) -> str:
    """Return the first of some parts of words that a text has in it; empty where it has none."""
    return next((sign for sign in signs if sign in text), "")
