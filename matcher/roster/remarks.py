"""Remarks that are not read and may decide who takes part: 11月已去世 below 备注, in a note, behind a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.han import TRADITIONAL, to_simplified
from matcher.messages import Issue
from matcher.privacy import hide_private, mask_name
from matcher.roster.cell_readers import list_choice_words
from matcher.roster.cells import Mask, each, matching
from matcher.roster.clean import COLOURS_EXPLAINED
from matcher.roster.names import begins_with_surname
from matcher.roster.remark_matters import HOME, MATTERS, Matter
from matcher.roster.sheet_marks import SheetMarks
from matcher.roster.table import column_of
from matcher.settings.words import simplify

_REMARKS = re.compile(
    r"备注|备考|说明|附注|情况|其他|其它|特殊|变动|^注$|remark|note|comment|other|memo|info|change", re.IGNORECASE
)
"""Headers of columns in which anything may stand."""
_LISTS = frozenset({"health", "needs", "skills", "living"})
"""Columns of words of which rules read a few: 去世 below 健康状况 is more than an illness."""
_SHOWN = 40


_CLAUSE = re.compile(r"[,;，；。\n]")
_FAMILY = (
    r"(?:老伴|丈夫|(?<!夫)妻|爱人|配偶|伴侣|老公|老婆|儿子|儿媳|儿女|女儿|女婿|媳妇|子女|[独长次幼大小养][子女]|父|母|孙[子女儿辈]|外孙"
    r"|(?<![\u3400-\u9fff])其?[女子婿媳]$|兄[弟长]|弟弟|妹妹|姐妹|家属|亲属|家人|保姆|护工|邻居|同事|朋友|狗|猫"
    r"|(?:(?<![\u3400-\u9fff])|(?<=[其他她的]))(?:先生|太太|爸爸?|妈妈?|哥哥?|姐姐?|弟|妹|夫(?![妇妻]))"
    r"|\b(?:husband|wife|spouse|partner|sons?|daughters?|children|brother|sister|mother|father|mum|dad|parents?|friend"
    r"|neighbou?r|carer|dog|cat)\b)"
)
"""Others than the person whom a remark is about; a surname before 先生 and 太太 makes them that person."""
_ALONG = r"(?P<along>[随跟和与同陪]|\b(?:with|to) (?:(?:her|his|their|the) )?)?"
_OTHERS = {
    kind: re.compile(rf"{_ALONG}(?:{_FAMILY}{more})", re.IGNORECASE)
    for kind, more in {"elders": "|志愿者|队员", "volunteers": "|(?:结对)?老人|长者|服务对象", "pairs": ""}.items()
}
_BACK = re.compile(
    r"(?<![全一])家|去(?![年冬春夏秋])|[到住随搬说讲告称接把带陪送]|来电|电话|反映|要求|提出|通知|表示|本人|老人|长者|老太|阿婆|奶奶|爷爷"
    r"|病故|死亡|过世|离世|亡故|\b(?:says|said|reports|told|rang|died|home|house)\b",
    re.IGNORECASE,
)
"""Words behind another one by which what follows is the person's again: 女儿说, 老伴病故后."""
_DENIED = re.compile(
    r"(?:(?:未|没有?|无|不会|不是|并非|没)[再曾有发生过\s]{0,3}|(?:\b(?:not|never)|n't)(?: (?:been|yet|being))?\s*)$",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    rf"(?:已故|亡)的?{_FAMILY}"
    r"|[动拆]迁(?:安置|过?来|小区|基地|[房户款])|搬[到至](?:本|此|这|该|现)|(?:谈|怕|聊)\S{0,2}死亡"
    r"|不(?:用|要|必|需要?)(?:再)?来(?:接|送|回)|在家休养|住院(?:陪[护同伴]?|照[护料]|护理|探[望视]|看望|手续)|陪同?住院"
    r"|(?:曾经?|[去前往]年|以前|过去|早年|当年)\S{0,8}住院(?!\S{0,2}至今)|住院[史过]"
    rf"|(?:不[愿肯想]意?|拒绝|不同意|不[去进住])\S{{0,4}}{HOME}|(?:曾经?|以前|过去)\S{{0,6}}{HOME}"
    rf"|(?:住|[进去转到]了?)\S{{0,6}}{HOME}[里内]?(?:工作|做|当|食堂|用餐|就餐|吃饭|表演|探望|看望|慰问|活动|对面|旁|附近|隔壁)"
    r"|(?:拒绝|不同意|不愿意?|谢绝|不要)\S{0,3}(?:吃药|服药|就医|住院|手术|拍照|照相|录音|录像|公开|保健品|推销|送餐"
    r"|[与和跟](?:子女|儿|女儿)|换|搬)"
    r"|(?:不要|不能|不宜|不想|别|勿|避免)安排[在到于]?(?:每|周|星期|礼拜|上午|下午|中午|早|晚|节|双休|雨|高温|雷|[0-9一二三四五六七八九十])"
    rf"|(?:必须|只能|只要)由?{_FAMILY}|[与和跟同]{_FAMILY}\S{{0,6}}(?:有矛盾|不和)"
    r"|(?:痴呆|失智|认知障碍|认知症)\S{0,4}(?:正常|阴性|排除)|排除\S{0,4}(?:痴呆|失智|认知障碍|认知症)"
    r"|moved to (?:this|the present|the current|(?:her|his|their) (?:present|current))"
    r"|refus\w+ (?:medic|photo|treat)\w*"
    r"|(?:health|memory|sight|hearing|mobility) (?:has )?declined",
    re.IGNORECASE,
)
"""Phrases that hold such words and decide nothing: 动迁户, 曾住院, 不愿去养老院."""
_FOOTNOTE = re.compile(r"[*＊※△▲☆★#]")
"""Sign before a note that a person's name bears too."""
_COLOURS = re.compile(COLOURS_EXPLAINED)
_BRACKET = re.compile(r"[(（\[【\n]")
_BEHIND_NAME = r"[(（\[【\n][^()（）]*[\p{Han}A-Za-z]"
_OF_NAME = (
    r"^[^(（\[【\n]*(?:已?故去|已故|去世|死亡|病故|过世|离世|亡故|搬[走离]|[迁转][出走]|已?退出|已退|暂停|停止|住院|注销|†|✝|deceased)"
    r"|^[×✗✘]|[×✗✘]$|[(（\[【](?:故|亡|殁|退|停|搬|走|离|迁|死|已退|暂停|注销)[)）\]】]"
)
"""Names that are not all of their cell: 李四已故, 李四（退）; a pattern of RE2."""
_SIGN_OF_NAME = re.compile(_OF_NAME.replace(r"^[^(（\[【\n]*", "", 1), re.IGNORECASE)
_AROUND_NAME = " ，,、-—()（）"
_OF_TWO = (
    r"^\p{Han}{2,4}\s*[、,，/／;；&+和与及]\s*\p{Han}{2,4}\s*(?:夫妇|夫妻)?$"
    r"|^\p{Han}{2,4}\s+\p{Han}{2,4}$|\p{Han}{2,}(?:夫妇|夫妻|两口子?)$"
)
"""Cells of two names; a pattern of RE2."""
_BETWEEN_NAMES = re.compile(r"\s*[、,，/／;；&+和与及]\s*|\s+|(?:夫妇|夫妻|两口子?)$")
"""Signs between two people in one cell of names, and words behind them."""


def find_remarks(
    columns: Mapping[str, pa.Array],
    unknown: Mapping[str, pa.Array],
    headers: Mapping[str, str],
    kind: str,
    file: str,
    row: NDArray[np.int64],
    keep: Mask,
) -> Iterator[Issue]:
    """Yield an issue for each remark in a column that is not used, and behind a name, that may decide something.

    Args:
        columns: The known columns by name.
        unknown: The others.
        headers: The headers of the known ones.
        kind: The kind of roster.
        file: What the source is called.
        row: The rows as Excel counts them.
        keep: Those that hold people.
    """
    remarks = [name for name in unknown if _REMARKS.search(to_simplified(name))]
    places = [(name, unknown[name], "remark_decides") for name in remarks]
    places += [(headers[name], columns[name], "list_decides") for name in sorted(_LISTS & columns.keys())]
    for header, cells, code in places:
        for i in np.flatnonzero(may_decide(cells, kind) & keep).tolist():
            yield from _tell(cells[i].as_py(), columns, i, kind, file, int(row[i]), header, code)
    if "name" in columns:
        cells = columns["name"]
        for i in np.flatnonzero(matching(cells, f"(?i){_OF_NAME}") & keep).tolist():
            if not _is_said(MATTERS[0], columns, i, kind):
                told = hide_private(_mask_around(cells[i].as_py()))
                yield Issue("name_remark", file, int(row[i]), headers["name"], told)
                keep = keep & (np.arange(len(keep)) != i)
        for i in np.flatnonzero(matching(cells, _OF_TWO) & keep).tolist():
            *names, last = _BETWEEN_NAMES.split(cells[i].as_py())
            if not last or all(map(begins_with_surname, (*names, last))):  # nothing stands behind 夫妇
                shown = "、".join(map(mask_name, filter(None, (*names, last))))
                yield Issue("name_of_two", file, int(row[i]), headers["name"], shown)
        for i in np.flatnonzero(matching(cells, _BEHIND_NAME) & keep).tolist():
            name, behind = _BRACKET.split(cells[i].as_py(), maxsplit=1)
            found = find_matter(behind, kind)
            if found and not _is_said(found[0], columns, i, kind):
                shown = mask_name(name) + cells[i].as_py()[len(name) :][:_SHOWN]
                yield Issue("name_remark", file, int(row[i]), headers["name"], hide_private(shown))


def _mask_around(text: str) -> str:
    """Return a name masked, with the word or the sign that is none of it."""
    signs = _SIGN_OF_NAME.findall(text)
    return " ".join([mask_name(_SIGN_OF_NAME.sub("", text).strip(_AROUND_NAME)), *signs[:1]])


def find_marked(
    marks: SheetMarks,
    position: Mapping[int, str],
    columns: Mapping[str, pa.Array],
    headers: Mapping[str, str],
    kind: str,
    file: str,
    first_row: int,
    keep: Mask,
) -> Iterator[Issue]:
    """Yield an issue for each person struck through, each other cell struck through, and each note that may decide.

    Arguments as for ``find_remarks``; ``position`` is the name of the column at each place.
    """
    struck: dict[int, list[str]] = {}
    for at, column in marks.struck:
        i, name = at + 1 - first_row, position.get(column, "")
        if 0 <= i < len(keep) and keep[i] and name in headers and columns[name][i].as_py():
            struck.setdefault(i, []).append(name)
    for i, names in sorted(struck.items()):
        of_person = [name for name in ("name", "id") if name in names]
        if of_person:
            yield Issue("row_struck", file, i + first_row, headers[of_person[0]])
        else:
            yield from (Issue("cell_struck", file, i + first_row, headers[name]) for name in names)
    for at, column, text in marks.notes:
        i = at + 1 - first_row
        if 0 <= i < len(keep) and keep[i]:
            name = position.get(column, "")
            yield from _tell(text, columns, i, kind, file, i + first_row, headers.get(name, name))


def find_notes(
    notes: Iterable[tuple[int, str]], columns: Mapping[str, pa.Array], kind: str, file: str
) -> Iterator[Issue]:
    """Yield an issue for each note beside people that may decide something: 备注：李四已去世, 红色为已去世.

    Args:
        notes: The notes, each with its row as Excel counts them.
        columns: The known columns by name, of people alone.
        kind: The kind of roster.
        file: What the source is called.
    """
    people = [columns[name].to_pylist() for name in ("name", "id") if name in columns]
    for row, words in notes:
        found = find_matter(words, kind)
        if not found:
            continue
        matter, clause = found
        told = {"matter": matter.told, "where": matter.where}
        if _COLOURS.match(words) or _COLOURS.match(clause):
            yield Issue("colours_decide", file, row, value=hide_private(words[:_SHOWN]), params=told)
        elif _FOOTNOTE.match(words) or any(len(one) > 1 and one in words for names in people for one in names):
            yield Issue("remark_decides", file, row, value=hide_private(clause[:_SHOWN]), params=told)


def may_decide(cells: pa.Array, kind: str) -> Mask:
    """Return which cells hold a word that may decide something; ``find_matter`` reads them one by one."""
    return matching(each(cells, to_simplified, matching(cells, f"[{TRADITIONAL}]")), _ANY[kind])


@lru_cache(maxsize=1 << 16)
def find_matter(text: str, kind: str, of: str = "") -> tuple[Matter, str] | None:
    """Return the first thing that a remark may decide, and the clause that says so; None where it decides nothing.

    Args:
        text: The remark.
        kind: The kind of roster that it stands in.
        of: Another one whom the remark is about where it names nobody, as below 子女情况.
    """
    for clause in _CLAUSE.split(text):
        plain = to_simplified(of + clause)
        for matter in MATTERS:
            if kind in matter.kinds and says(_compile_words(matter), plain, "" if matter.by_anybody else kind):
                return matter, clause.strip()
    return None


@cache
def _compile_words(matter: Matter) -> re.Pattern[str]:
    """Return the pattern of a matter's words, which takes long to compile and few rosters have need of."""
    return re.compile(matter.words, re.IGNORECASE)


def says(words: re.Pattern[str], text: str, kind: str) -> bool:
    """Return whether a remark says what words mean, of the person: it may deny it, or say it of another one.

    Args:
        words: What is looked for.
        text: The remark.
        kind: The roster that it stands in; ``pairs``: it may be about either of the two; empty: about anybody.
    """
    for clause in _CLAUSE.split(_HARMLESS.sub(" ", text)):
        for found in words.finditer(clause):
            before = clause[max(0, found.start() - _SHOWN) : found.start()]
            others = [one for one in _OTHERS[kind].finditer(before) if not one["along"]] if kind else []
            if not _DENIED.search(before) and all(_BACK.search(before, one.end()) for one in others):
                return True
    return False


def _tell(
    text: str,
    columns: Mapping[str, pa.Array],
    i: int,
    kind: str,
    file: str,
    row: int,
    column: str,
    code: str = "remark_decides",
) -> Iterator[Issue]:
    """Yield an issue for a remark that may decide what the columns that are read do not say in its row."""
    another = _OTHERS[kind].search(column)
    found = find_matter(text, kind, another[0] if another else "")
    if found and not _is_said(found[0], columns, i, kind):
        matter, clause = found
        told = {"matter": matter.told, "where": matter.where}
        yield Issue(code, file, row, column, hide_private(clause[:_SHOWN]), told)


def _is_said(matter: Matter, columns: Mapping[str, pa.Array], i: int, kind: str) -> bool:
    """Return whether a row says in the columns that are read what a remark may decide."""
    for name in matter.columns:
        text = columns[name][i].as_py() if name in columns else ""
        column = column_of(kind, name)
        code = list_choice_words(column).get(simplify(text)) if column.choices else None
        if code in _AGAINST or (code and name in {"wanted_sex", "risk"}):
            return True
        if column.kind == "date" and re.search(r"[0-9]", text):
            return True
        if text and (column.kind in _TOLD_BY_ANY_CELL or name == "wanted_languages"):
            return True
        if column.kind == "list" and _compile_words(matter).search(text):
            return True
    return False


_TOLD_BY_ANY_CELL = frozenset({"availability", "frequency", "int"})
"""Kinds of columns of which any cell says what a remark may say too."""
_AGAINST = frozenset({"paused", "left", "no"})
"""Choices of columns by which somebody takes no part."""


_LOOKING = re.compile(r"\(\?<?[!=][^()]*\)")
_ANY = {
    kind: "(?i)" + "|".join(_LOOKING.sub("", matter.words) for matter in MATTERS if kind in matter.kinds)
    for kind in ("elders", "volunteers")
}
"""Pattern of RE2 of all words, which finds the few cells worth reading one by one; RE2 does not look around."""
