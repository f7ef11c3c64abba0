"""Remarks that are not read and may decide who takes part: 11月已去世 below 备注, in a note, behind a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.i18n import N_
from matcher.messages import Issue
from matcher.privacy import hide_private, mask_name
from matcher.roster.cells import Mask, matching
from matcher.roster.sheet_marks import SheetMarks

_REMARKS = re.compile(
    r"备注|备考|说明|附注|情况|其他|其它|特殊|变动|^注$|remark|note|comment|other|memo|info|change", re.IGNORECASE
)
"""Headers of columns in which anything may stand."""
_SHOWN = 40


class Matter(NamedTuple):
    """What words may decide, which ones, whose remarks they decide in, and where the program reads it."""

    words: str
    kinds: tuple[str, ...]
    told: str
    where: str
    of_elder: bool = False
    """Whether it tells what became of an elder, which the outcome of a contact may tell too."""


_BOTH = ("elders", "volunteers")
_MATTERS = (
    Matter(
        r"去世|死亡|病故|过世|离世|身故|已故|亡故|已?搬(?:走|离|到|至|去|往|家)|迁出|迁走|迁往|动迁|销户"
        r"|(?:入?住|[进去转到在]了?)\S{0,6}(?:养老|护理|敬老|福利)院|已退出|要求退出|退出(?:服务|队伍|活动)|不再(?:参加|服务|需要)"
        r"|died|deceased|passed away|moved (?:away|out|to)|(?:to|into|in) a (?:care|nursing) home|no longer",
        _BOTH,
        N_("somebody has left"),
        N_("the status and the last day"),
        of_elder=True,
    ),
    Matter(
        r"住院|送医|急诊|抢救|出国|探亲|回老?家|暂停(?:服务|探访|上门|至|到)|已暂停|暂缓|请假|(?:外出|旅游)(?:打工|务工|就医|期间|至|到|中)"
        r"|住(?:在)?(?:女儿|儿子|子女)家|(?:女儿|儿子|子女)家住|hospital|on leave|on holiday|abroad"
        r"|away (?:until|from|till)|paused until",
        _BOTH,
        N_("somebody is away"),
        N_("the status and the days off"),
        of_elder=True,
    ),
    Matter(
        r"不同意|拒绝|拒访|不愿|谢绝|不要上门|不需要上门|不要打扰|declin|refus|does not want|opted out"
        r"|withdrew consent",
        ("elders",),
        N_("the elder does not want to be visited"),
        N_("the consent"),
        of_elder=True,
    ),
    Matter(
        r"(?:不要|不能|不宜|不得|不想|别|勿|避免)(?:再|给|让|由)?(?:派|安排|分配|配对|结对|[跟与和]\S{1,8}[结配])|要求换|换人"
        r"|(?:更?换|指定)(?:由|一?[个名]|志愿者)|必须由|只(?:要|能|接受|认)(?:由|让|男|女|原|志愿者|阿姨|[Vv]\d)|有矛盾|不和$"
        r"|not with|never with|keep with|only with|don't pair|do not (?:pair|match|send)|conflict with",
        _BOTH,
        N_("somebody asks for a person, or not to have one"),
        N_("the lists given to --pins and --never, or the columns of wishes"),
    ),
    Matter(
        r"痴呆|失智|认知障碍|认知症|阿尔[茨兹]海默|dementia|alzheimer",
        ("elders",),
        N_("the elder has dementia"),
        N_("the column of health"),
    ),
)
_WORDS = {matter: re.compile(matter.words, re.IGNORECASE) for matter in _MATTERS}
_CLAUSE = re.compile(r"[,;，；。\n]")
_OF_ANOTHER = re.compile(
    r"(?:老伴|丈夫|妻子|爱人|配偶|先生|太太|老公|老婆|儿子|女儿|子女|父|母|爸|妈|孙|兄|弟|姐|妹|邻居|狗|猫"
    r"|husband|wife|son|daughter|spouse|brother|sister|mother|father)[^家到去住随搬说讲告称,;，；。]{0,12}$",
    re.IGNORECASE,
)
"""Before the words: it is another one who died or is in hospital."""
_DENIED = re.compile(r"(?:未|没有?|无|不会|不是|并非|没|not|never)[再曾有发生过\s]{0,3}$", re.IGNORECASE)
_BEHIND_NAME = r"[(（\[【\n][^()（）]*[\p{Han}A-Za-z]"


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
    for name, cells in unknown.items():
        if _REMARKS.search(name):
            for i in np.flatnonzero(may_decide(cells, kind) & keep).tolist():
                yield from _tell(cells[i].as_py(), kind, file, int(row[i]), name)
    if "name" in columns:
        cells = columns["name"]
        for i in np.flatnonzero(matching(cells, _BEHIND_NAME) & keep).tolist():
            text = cells[i].as_py()
            if find_matter(text, kind):
                bracket = re.search(r"[(（\[【\n].*", text, re.DOTALL)
                shown = mask_name(text[: bracket.start()]) + text[bracket.start() :][:_SHOWN] if bracket else ""
                yield Issue("name_remark", file, int(row[i]), headers["name"], hide_private(shown))


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
            yield from _tell(text, kind, file, i + first_row, headers.get(name, name))


def may_decide(cells: pa.Array, kind: str) -> Mask:
    """Return which cells hold a word that may decide something; ``find_matter`` reads them one by one."""
    return matching(cells, _ANY[kind])


@lru_cache(maxsize=1 << 16)
def find_matter(text: str, kind: str) -> tuple[Matter, str] | None:
    """Return the first thing that a remark may decide, and the clause that says so; None where it decides nothing."""
    for clause in _CLAUSE.split(text):
        for matter, words in _WORDS.items():
            if kind not in matter.kinds:
                continue
            for found in words.finditer(clause):
                before = clause[max(0, found.start() - _SHOWN) : found.start()]
                if not (_OF_ANOTHER.search(before) or _DENIED.search(before)):
                    return matter, clause.strip()
    return None


def _tell(text: str, kind: str, file: str, row: int, column: str) -> Iterator[Issue]:
    if found := find_matter(text, kind):
        matter, clause = found
        told = {"matter": matter.told, "where": matter.where}
        yield Issue("remark_decides", file, row, column, hide_private(clause[:_SHOWN]), told)


_ANY = {kind: "(?i)" + "|".join(matter.words for matter in _MATTERS if kind in matter.kinds) for kind in _BOTH}
"""Pattern of RE2 of all words, which finds the few cells worth reading one by one."""
