"""Finding the header among a file's first rows, and telling which column each of its cells names."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from matcher.columns import FILES, Column
from matcher.datum import strip_datum
from matcher.han import to_simplified
from matcher.messages import Issue
from matcher.roster.formats import HEADER_WITHIN, Row, spell
from matcher.roster.table import columns_of
from matcher.roster.workbook import Merged

Aliases = tuple[tuple[str, str], ...]
"""Headers of the user's own, each with the name or header of the column it stands for."""
Known = Mapping[str, Column]

_OF_ANOTHER = re.compile(
    r"联系人|子女|家属|家人|亲属|监护|配偶|老伴|儿子|女儿|照料|委托|contact|famil|child|relative|guardian|spouse|carer|"
    r"daughter|^son",
    re.IGNORECASE,
)
"""Headings over columns that tell of another person than the row's own."""
_TAIL = re.compile(r"(?:情况|信息|资料|一栏|details|information|info)$", re.IGNORECASE)
_OF_CONTACTS = {
    "姓名": "emergency_contact",
    "名字": "emergency_contact",
    "name": "emergency_contact",
    "电话": "emergency_contact_phone",
    "联系电话": "emergency_contact_phone",
    "联系方式": "emergency_contact_phone",
    "手机": "emergency_contact_phone",
    "手机号": "emergency_contact_phone",
    "手机号码": "emergency_contact_phone",
    "电话号码": "emergency_contact_phone",
    "phone": "emergency_contact_phone",
    "telephone": "emergency_contact_phone",
    "关系": "emergency_contact_relation",
    "与老人关系": "emergency_contact_relation",
    "与本人关系": "emergency_contact_relation",
    "relation": "emergency_contact_relation",
}
"""What columns under such a heading are, where an elder's roster names whom to call."""
_DEMENTIA = re.compile(
    r"(?:是否|有无|有没有|是不是|有否)?(?:患有?|有|存在|属于|为|是|疑似|可疑)?(?:老年)?(?:认知障碍|认知症|失智症?|痴呆症?|阿尔茨海默[症病]?)"
    r"(?:程度|等级|级别|分级|情况|状况|评估|评估等级|评估结果|筛查|筛查结果|与否|老人|者)?(?:\((?:是/否|有/无|轻/中/重)\))?"
)
_ASKED_IN_FORM = re.compile(
    r"^\s*(?:q|\()?\d{1,2}\s*[.、)](?!\d)\s*|^\s*(?:请(?:填写|输入|选择))?您(?:的|(?=是否))|^\s*请(?:填写|输入|选择)"
)
"""Words of online forms before the name of a column: 1. 姓名, 3、您的年龄, 请填写家庭住址."""
_ASIDE = re.compile(r"[\s_*:#?☆★\u200b\ufeff]|\((?:必填|选填|required|optional)\)$")
_UNIT = re.compile(r"\s*[(/]\s*(?:公里|千米|米|km|m|metres?|miles?|人|位|名|户|周?岁|层|楼|次)\s*\)?(?=\s*$)")
"""The unit of a number behind its header, 可接受距离(公里): readers of cells see the header as it stands."""
_ANSWERS = re.compile(r"\s*\((?:y/n|yes/no|是/否|男/女|m/f|male/female)\)\s*$")
"""The answers that there are, behind a question: 是否同意(是/否)."""
_EXPLAINED = re.compile(r"\s*\((?P<words>[^()]{1,30})\)\s*$")
_EXPLAINS = re.compile(
    r"(?:可?不填|可空|请|按|填|如[:：]?\s*\d|例|示例|格式|具体|详细|精确|下拉|勾选|打勾|打√|√|\d+位|y{2,4}[-/.年]|周几|周一至|星期几|几楼|路弄号).*"
    r"|\S{1,8}为准|单选|可?多选|文本(?:格式)?|签字|签名|本人|老人|公历|阳历|手机|座机|固话"
)
_MORE_THAN_EXPLAINS = re.compile(
    r"身份证|户籍|户口|原|曾|旧|次|每|米|公里|小时|分钟|认知|失智|痴呆|不(?:同意|愿)|拒|反对|退出|百度|高德|腾讯|bd|gcj|wgs"
)
"""Words in brackets with which a header says something else: whose, in which unit, of which map."""
_NUMBER_AT_END = re.compile(r"\(([1-9一二三四五])\)$|([1-9一二三四五])$")
_NUMBERED_KINDS = frozenset({"phone", "list"})
"""Kinds of column whose cells are joined where there are several: 联系电话1 beside 联系电话2, 结对老人1 to 5."""
_FIRST_COUNTS = frozenset({"emergency_contact", "emergency_contact_relation"})
"""Columns of which only the first of those with numbers is read: a second contact is no contradiction."""
_IN_BOTH = re.compile(
    r"(?P<zh>[^a-z]+)(?P<en>[a-z][^\u3400-\u9fff]*)|(?P<en_first>[a-z][^\u3400-\u9fff]*)(?P<zh_last>[\u3400-\u9fff][^a-z]*)"
)
_BESIDE = "()/|,、-.:"
_NONE: frozenset[str] = frozenset()
_UNDER_HEADINGS = frozenset({"单位", "工作单位", "备注", "住址", "地址"})
"""Headers met under a heading, beside the known ones."""
_LONGEST_HEADER = 16
_ROWS_ABOVE = 2
"""In so many rows above a header its empty cells may have their names."""
_MOST_CHARACTERS = 300
"""A header may say what to fill in. Every cell of the first rows is looked at, and not one is cut yet."""
_NEAR = 0.6
_ROSTERS = ("elders", "volunteers")
_OF_WEIGHT = re.compile(
    r"人数|时间|时段|同意|意愿|电话|手机|联系|编号|楼|地址|住址|坐标|经度|纬度|位置|认知|失智|痴呆|健康|疾病|病史|失能|自理|风险"
    r"|签约|协议|拒绝|频|次数|门牌|室号|弄号|单元|状态|现状|帮扶|责任人|周[一二三四五六日天末]|星期|上午|下午|宠物|养狗|养猫|吸烟|抽烟|过敏|住院|养老院|在册|在岗|搬离|搬走|迁|暂停|空闲|有空|语言|方言|性别|独居|居住|电梯|距离|公里|培训|退出|去世|加入|日期|结对|志愿者|老人"
    r"|capacity|time|consent|phone|floor|address|gps|location|coord|lng|lon|lat|health|dement|risk|languag|sex|gender|lift"
    r"|walk|dist|max|limit|client|befriend|away|absen|leave|prefer|speak|spoken|smok|pet|allerg|emergency|times?$|days?$|train|left|joined|date|free|avail|want|contact|volunteer|elder"
)
"""Words in a header that nobody should take for one of no use."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header: its cells, how many rows stand before it, how many it takes (two where headings stand above it)."""

    cells: tuple[str, ...]
    above: int
    rows: int
    matches: int


@lru_cache(maxsize=64)
def known_headers(kind: str, aliases: Aliases = ()) -> Known:
    """Return a kind's columns by every header, as ``simplify`` writes them; the user's own go before the table's."""
    columns = {simplify(header): column for column in columns_of(kind) for header in column.headers}
    own = {simplify(header): columns[simplify(name)] for header, name in aliases if simplify(name) in columns}
    return {**columns, **own}


@lru_cache(maxsize=1 << 16)  # the same rows are looked at once a separator, and once more together with the next
def simplify(header: str) -> str:
    """Return a header without what people vary: width, case, spaces, marks at its end; and without a datum.

    Of a header in both languages, 姓名 Name, the Chinese one is left where both name one column.
    All that ask for dementia are one: 是否患有失智症, 痴呆程度. Their cells are read with the header as it stands.
    A cell that is longer than any header stays as it is.
    """
    if len(header) > _MOST_CHARACTERS:
        return header
    text = _simplify_one(header)
    if found := _IN_BOTH.fullmatch(text):
        chinese = (found["zh"] or found["zh_last"]).strip(_BESIDE)
        english = (found["en"] or found["en_first"]).strip(_BESIDE)
        if _names_by_header().get(chinese, _NONE) & _names_by_header().get(english, _NONE):
            return chinese
    return text


def _simplify_one(header: str) -> str:
    text = to_simplified(unicodedata.normalize("NFKC", header).casefold())
    for _part in range(2):  # a number, and 您的 behind it
        text = _ASKED_IN_FORM.sub("", text, count=1)
    if _DEMENTIA.fullmatch(text):
        return "认知障碍"
    return _drop_number(strip_datum(_ASIDE.sub("", _UNIT.sub("", _drop_explanation(_ANSWERS.sub("", text))))))


def _drop_number(text: str) -> str:
    """Return a header without its number where it is one of several of a kind: 联系电话2, 结对老人(3), 紧急联系人1."""
    if not (found := _NUMBER_AT_END.search(text)):
        return text
    base = text[: found.start()]
    many, first = _list_numbered()
    return base if base in many or (base in first and (found[1] or found[2]) in "1一") else text


@lru_cache(maxsize=1)
def _list_numbered() -> tuple[frozenset[str], frozenset[str]]:
    """Return the rosters' headers that may bear any number, and those that may bear the first."""
    columns = [column for kind in _ROSTERS for column in columns_of(kind)]
    many = {header.casefold() for column in columns if column.kind in _NUMBERED_KINDS for header in column.headers}
    first = {header.casefold() for column in columns if column.name in _FIRST_COUNTS for header in column.headers}
    return frozenset(many), frozenset(first)


def _drop_explanation(text: str) -> str:
    """Return a header without brackets that only say how to fill it in: 地址(具体到室), 居住方式(独居/纯老/其他)."""
    found = _EXPLAINED.search(text)
    if not found or _MORE_THAN_EXPLAINS.search(found["words"]) or _OF_ANOTHER.search(found["words"]):
        return text
    answers = [part.strip() for part in re.split(r"[、,/;|]", found["words"])]
    listed = len(answers) > 1 and all(part in _list_answers() for part in answers)
    return text[: found.start()] if listed or _EXPLAINS.fullmatch(found["words"]) else text


@lru_cache(maxsize=1)
def _list_answers() -> frozenset[str]:
    """Return what the choices of all files are called, and 其他."""
    columns = [column for columns in FILES.values() for column in columns]
    words = {word for column in columns for item in column.choices for word in (item.code, item.zh, *item.aliases)}
    return frozenset({word.casefold() for word in words} | {"其他", "其它", "等"})


@lru_cache(maxsize=1)
def _names_by_header() -> dict[str, frozenset[str]]:
    """Return the columns of all files that each header names, as it is written in one language."""
    found: dict[str, frozenset[str]] = {}
    for columns in FILES.values():
        for column in columns:
            for header in column.headers:
                key = _simplify_one(header)
                found[key] = found.get(key, _NONE) | {column.name}
    return found


def find_header(rows: Sequence[Row], known: Known, merged: Sequence[Merged] = ()) -> Header:
    """Return the row that names the most columns, the first of equals; or two rows that are one header together.

    Two rows are one header where they name more columns together, or where the lower one only divides headings of the
    upper: 紧急联系人 above 姓名, 关系 and 电话.

    Args:
        rows: The first rows.
        known: What headers there are.
        merged: Cells merged into one.
    """
    texts = [[spell(cell) for cell in row] for row in rows[:HEADER_WITHIN]]
    best = Header((), 0, 1, 0)
    for i, row in enumerate(texts):
        if (matches := _count_matches(row, known)) > best.matches:
            best = Header(tuple(row), i, 1, matches)
    for i, (upper, lower) in enumerate(zip(texts, texts[1:], strict=False)):
        both = _join_rows(upper, lower, known, _spans(merged, i))
        if (matches := _count_matches(both, known)) > best.matches:
            best = Header(tuple(both), i, 2, matches)
    if best.rows == 2:
        return _fill_from_above(best, texts, known)
    at, below, above = best.above, best.above + 1, best.above - 1
    if best.matches and below < len(texts) and _divides(texts[at], texts[below], known):
        both = _join_rows(texts[at], texts[below], known, _spans(merged, at))
        return Header(tuple(both), at, 2, best.matches)
    if above >= 0 and _heads(texts[above], _spans(merged, above)):
        both = _join_rows(texts[above], texts[at], known, _spans(merged, above))
        return Header(tuple(both), above, 2, best.matches)
    return _fill_from_above(best, texts, known)


def _fill_from_above(header: Header, texts: Sequence[Sequence[str]], known: Known) -> Header:
    """Return a header with names for its empty cells from the rows above, as where 编号 spans three rows."""
    cells = list(header.cells)
    named = {known[simplify(cell)].name for cell in cells if cell and simplify(cell) in known}
    for row in reversed(texts[max(0, header.above - _ROWS_ABOVE) : header.above]):
        for i, (cell, here) in enumerate(zip(row, cells, strict=False)):
            column = known.get(simplify(cell)) if cell.strip() and not here.strip() else None
            if column and column.name not in named:
                cells[i] = cell
                named.add(column.name)
    return replace(header, cells=tuple(cells), matches=len(named))


def _count_matches(row: Sequence[str], known: Known) -> int:
    return len({known[simplify(cell)].name for cell in row if cell and simplify(cell) in known})


def _spans(merged: Sequence[Merged], row: int) -> dict[int, int]:
    """Return the last column of each heading that a row's merged cells make, by its first."""
    return {left: right for top, left, _bottom, right in merged if top == row and right > left}


def _divides(upper: Sequence[str], lower: Sequence[str], known: Known) -> bool:
    """Return whether a row below a header only divides some of its headings: no cell of it can be a person's."""
    upper = [*upper, *[""] * (len(lower) + 1 - len(upper))]
    filled = [i for i, cell in enumerate(lower) if cell.strip()]
    if not filled or any(len(lower[i]) > _LONGEST_HEADER or re.search(r"\d", lower[i]) for i in filled):
        return False
    if not all(simplify(lower[i]) in known or simplify(lower[i]) in _UNDER_HEADINGS for i in filled):
        return False
    of_another = [bool(_OF_ANOTHER.search(upper[i])) for i in filled]
    below_nothing = [not upper[i].strip() or not upper[i + 1].strip() for i in filled]
    return (len(filled) > 1 or any(of_another)) and all(map(max, of_another, below_nothing))


def _heads(row: Sequence[str], spans: Mapping[int, int]) -> bool:
    """Return whether a row above a header holds headings, one of them of another person."""
    filled = [i for i, cell in enumerate(row) if cell.strip()]
    short = all(len(row[i].strip()) <= _LONGEST_HEADER for i in filled)
    parted = len(filled) > 1 or any(left > 0 for left in spans)
    return short and parted and any(_OF_ANOTHER.search(row[i]) for i in filled)


def _join_rows(upper: Sequence[str], lower: Sequence[str], known: Known, spans: Mapping[int, int]) -> list[str]:
    """Return two rows as one; what stands below a heading of another person is named after both."""
    width = max(len(upper), len(lower))
    upper, lower = ([*row, *[""] * (width - len(row))] for row in (upper, lower))
    joined, heading, end = [], "", -1
    for i, (high, low) in enumerate(zip(upper, lower, strict=True)):
        if high.strip():
            heading, end = high.strip(), spans.get(i, width if not spans else i)
        elif i > end or not low.strip():
            heading = ""
        joined.append(_name_below(heading, low.strip(), known) if low.strip() else high)
    return joined


def _name_below(heading: str, low: str, known: Known) -> str:
    """Return the name of a column that stands below a heading."""
    if not heading or simplify(heading) == simplify(low) or not _OF_ANOTHER.search(heading):
        return low
    both = _TAIL.sub("", heading) + low
    if simplify(both) in known or _OF_ANOTHER.search(low):
        return both if simplify(both) in known else low
    column = _OF_CONTACTS.get(simplify(low))
    columns = {each.name: each for each in known.values()}
    if column in columns:
        return columns[column].zh if not heading.isascii() else columns[column].en or column
    return f"{heading} {low}"


class FreeNames:
    """Names for unknown columns: their titles, with the column's letters where a title is empty or taken."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken

    def take(self, title: str, index: int) -> str:
        """Return the name of the column at an index, and remember it."""
        name = title
        if not title or title in self.taken:
            letters = letters_of(index)
            name = f"{title} ({letters})" if title else letters
        self.taken.add(name)
        return name


def letters_of(index: int) -> str:
    """Return a column's letters from its place from 0, as Excel names it."""
    letters, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def find_near_header(title: str, known: Known, taken: set[str]) -> Column | None:
    """Return the column whose header is nearest to an unknown one; None where none is near, or it has one already."""
    text = simplify(title)
    number = _NUMBER_AT_END.search(text)
    if len(text) < 2 or (number and text[: number.start()] in _list_numbered()[1]):  # a second contact is no relation
        return None
    best, score = None, _NEAR
    for header, column in known.items():
        if column.name in taken or column.kind == "national_id" or len(header) < 2:
            continue
        near = difflib.SequenceMatcher(None, text, header, autojunk=False).ratio()
        if header in text or text in header:
            near = max(near, _NEAR + min(len(header), len(text)) / (2 * max(len(header), len(text))))
        if near > score:
            best, score = column, near
    return best


def find_unknown_columns(
    titles: Sequence[str], kind: str, known: Known, headers: Mapping[str, str], file: str
) -> list[Issue]:
    """Return an issue for each header that is not known, with the nearest known one as a question."""
    found = []
    for title in titles:
        near = find_near_header(title, known, set(headers)) if len(titles) <= _ASKED else None
        if near is not None:
            found.append(Issue("column_unknown_near", file, column=title, params={"near": near.header()}))
        else:
            code = (
                "column_unknown_weighty"
                if _OF_WEIGHT.search(simplify(title)) and kind in _ROSTERS
                else "column_unknown"
            )
            found.append(Issue(code, file, column=title))
    return found


_ASKED = 200
"""More unknown headers than so many are no slips of the pen."""


def find_missing_columns(kind: str, headers: Mapping[str, str], file: str) -> list[Issue]:
    """Return an issue for each column that must be there and is not."""
    return [
        Issue(
            "ids_missing" if column.name == "id" else "column_missing",
            file,
            column=column.header(),
            params={"headers": column.list_headers()},
        )
        for column in columns_of(kind)
        if column.required and column.name not in headers
    ]
