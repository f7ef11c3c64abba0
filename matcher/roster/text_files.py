"""Text files: which encoding and separator they have, and their records, so that no quote swallows a row."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from matcher.errors import InputError
from matcher.i18n import N_
from matcher.messages import Issue
from matcher.roster.file_checks import unreadable

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_TRIED_BYTES = 1 << 16
_WEIGHED_CHARACTERS = 1 << 20
_FEWEST_ZEROS = 4
_USUAL_SHARE = 0.85
"""So many of a text's characters beyond ASCII are usual ones, where its encoding is guessed rightly."""
_RARE_SHARE = 0.5
"""A few names of rare characters in a short file leave so many, where no other encoding is likely."""
_DAMAGED_SHARE = 0.2
_FREQUENT = {
    "gb18030": (
        "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范"
        "金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
        "英华秀兰珍芳玉明桂文国建红美丽平梅德荣凤云海东春生新福成志永祥宝根妹娣琴香菊莲霞君伟军民强老伙伴甲乙丙"
        "上海市区县镇乡村路街道弄号室楼幢栋层巷组队居委会小苑园花城中南西北大山河一二三四五六七八九十零"
        "编姓名志愿者状态联系址性别出始于对结备注养老护理级风险身份证紧急服务需求"
        "男女是否有无独居不同意可以电话年月日周午全天星期高血压糖尿病听力差子儿夫妻本人女婿媳"
    ),
    "euc_kr": (
        "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지영미숙희수자순현경은인선혜옥춘금"
        "울시도군동로길읍면리번아파트호층남여부산대광천원제세종기충북라상일월화목토요전오후없음동의예있독거건물"
    ),
    "euc_jp": (
        "のはにをがとでるいしたかなまアイウエオカキクケコサシスセタチツテトナニノハマミムメモヤユラリルレロワンー"
        "田山川本中村木藤佐小林加高橋伊斎松井石原野清水子美男女東京都大阪府県市区町丁目番地号室一二三四五六七八九十新西南北上下"
    ),
}
"""Characters of which texts in an encoding have many: of names, addresses and answers."""
_CYRILLIC = ("cp1251", "koi8_r")
_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST_LETTERS = 8
_CASED_SHARE = 0.95
_LIKELIER = 2.0
_FREQUENT_SHARE = 0.3
"""Another encoding is asked about where its frequent characters are so many times as many, and such a share."""
_END_OF_FILE = b"\x1a"
"""What DOS and dBase write behind the last line (Ctrl-Z)."""
_EMPTY_CELLS = b" \t\r\n,;"
"""Signs that may follow it once a spreadsheet has made a row of it."""
_WIDE = 5
"""A line of prose has fewer separators than a row of so many cells."""
_MOST_LINES = 100
"""A cell has fewer lines; a quotation mark that is not closed by then is no beginning of a cell."""

Fit = Callable[[Sequence[Sequence[object]]], int]
"""How many columns the best header among some rows would name."""


# -- encodings


def find_encoding(content: bytes, file: str, wanted: str = "") -> str:
    """Return the encoding of a text: by its mark, or UTF-8 where all of it is, else ``wanted`` or the likeliest.

    GB18030 gives a meaning to almost any bytes, so it is believed only where its characters are usual ones.

    Args:
        content: The whole file.
        file: Its name, for issues.
        wanted: What the user says it is; counts where the file has no mark and is no UTF-8.

    Raises:
        InputError: it can't be told, or is likelier to be one that the user has to confirm.
    """
    told = [name for mark, name in _BOMS if content.startswith(mark)]
    for encoding in told or _guess_utf16(content[:_TRIED_BYTES]) or ["utf-8", wanted]:
        text = _decode(content, encoding) if encoding else None
        if text is not None and "\0" not in text:
            return encoding
    if wanted:
        raise InputError([Issue("encoding_wrong", file, value=wanted)])
    if b"\0" in content:
        raise unreadable(file, N_("it is no text, and no workbook either"))
    chinese = _usual_share(_decode(content, "gb18030"), "gb18030")
    other = _find_likelier(content)
    if chinese >= _USUAL_SHARE:
        if other:
            raise InputError([Issue("encoding_doubtful", file, value=other)])
        return "gb18030"
    if _is_damaged_utf8(content):
        raise unreadable(file, N_("it is UTF-8 with bytes that are damaged or missing"))
    usual = (one for one in ("big5", "shift_jis", "cp1252") if _usual_share(_decode(content, one), one) >= _USUAL_SHARE)
    if likelier := next(usual, "") or other:
        raise InputError([Issue("encoding_doubtful", file, value=likelier)])
    if chinese >= _RARE_SHARE:
        return "gb18030"
    raise InputError([Issue("encoding_unknown", file)])


def _decode(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _guess_utf16(start: bytes) -> list[str]:
    """Return UTF-16 without its mark: commas, digits and line ends have a 0 before or after them."""
    before, after = start[::2].count(0), start[1::2].count(0)
    if before + after < _FEWEST_ZEROS or min(before, after) > max(before, after) / 10:
        return []
    return ["utf-16-be" if before > after else "utf-16-le"]


def _is_damaged_utf8(content: bytes) -> bool:
    text = content.decode("utf-8", "replace")
    beyond = sum(count for character, count in Counter(text).items() if character > "\x7f")
    return 0 < text.count("\ufffd") <= _DAMAGED_SHARE * beyond


def _find_likelier(content: bytes) -> str:
    """Return the encoding of which a text has more frequent characters than of GB18030; empty where none is likelier.

    All of a Korean, Japanese or Russian text may be usual ideographs in GB18030, but few of them are frequent ones.
    """
    share = {encoding: _frequent_share(_decode(content, encoding), encoding) for encoding in _FREQUENT}
    share |= {encoding: _cased_share(_decode(content, encoding)) for encoding in _CYRILLIC}
    least = max(_LIKELIER * share.pop("gb18030"), _FREQUENT_SHARE)
    encoding = max(share, key=lambda one: share[one])
    return encoding if share[encoding] >= least else ""


def _frequent_share(text: str | None, encoding: str) -> float:
    """Return the share of a text's letters beyond ASCII that are frequent in an encoding; 0 where there is no text."""
    letters = [
        character for character in (text or "")[:_WEIGHED_CHARACTERS] if character > "\x7f" and character.isalpha()
    ]
    frequent = frozenset(_FREQUENT[encoding])
    return sum(character in frequent for character in letters) / len(letters) if letters else 0.0


def _cased_share(text: str | None) -> float:
    """Return the share of a text's letters beyond ASCII that stand in words with capitals at the beginning alone."""
    words = [word for word in _WORD.findall((text or "")[:_WEIGHED_CHARACTERS]) if not word.isascii()]
    letters = sum(map(len, words))
    if letters < _FEWEST_LETTERS:
        return 0.0
    share = sum(len(word) for word in words if word[1:].islower() or word.isupper()) / letters
    return share if share >= _CASED_SHARE else 0.0


def _usual_share(text: str | None, encoding: str) -> float:
    """Return the share of a text's characters beyond ASCII that are usual in an encoding.

    It is 1 where there are no such characters, 0 where there is no text.
    """
    if text is None:
        return 0.0
    counts = Counter(text[:_WEIGHED_CHARACTERS])
    beyond = {character: count for character, count in counts.items() if character > "\x7f"}
    if not beyond:
        return 1.0
    usual = sum(count for character, count in beyond.items() if _is_usual(character, encoding))
    share = usual / sum(beyond.values())
    if encoding == "cp1252" and re.search(r"[^\x00-\x7f]{3}", text):  # letters of Europe stand among ASCII ones
        return 0.0
    return share


@lru_cache(maxsize=1 << 15)
def _is_usual(character: str, encoding: str) -> bool:
    """Return whether a character is met in names and addresses that are written in an encoding.

    Ideographs are those of GB 2312, of the first level of Big5 and of JIS X 0208, which hold the frequent ones.
    """
    if encoding == "cp1252":
        return character.isalpha() or character in "°–—‘’“”€§·"
    if "\u3000" <= character <= "\u3020" or "\uff01" <= character <= "\uff5e" or character in "·—‘’“”…、。×÷±°√①②③④⑤㎡":
        return True
    if encoding == "shift_jis" and "\u3041" <= character <= "\u30fe":
        return True
    standard, first, last = {
        "gb18030": ("gb2312", 0xB0, 0xF7),
        "big5": ("big5", 0xA4, 0xC6),
        "shift_jis": ("shift_jis", 0x88, 0x97),
    }[encoding]
    try:
        code = character.encode(standard)
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and first <= code[0] <= last


# -- records


def without_end_of_file(content: bytes, encoding: str) -> bytes:
    """Return a text without the mark that old programs leave behind its last line."""
    end = (
        -1
        if encoding.startswith("utf-16")
        else content.find(_END_OF_FILE, len(content.rstrip(_END_OF_FILE + _EMPTY_CELLS)))
    )
    return content if end < 0 else content[:end]


def find_separator(content: bytes, encoding: str, fit: Fit) -> tuple[str, int]:
    """Return the separator with the best header among a text's first rows, and how many columns these have."""
    tops = {separator: _read_top(content, encoding, separator) for separator in ",;\t"}
    widths = {separator: Counter(map(len, top)) for separator, top in tops.items()}
    separator = max(tops, key=lambda one: (fit(tops[one]), max(widths[one], default=0)))
    usual = [width for width, _count in widths[separator].most_common() if width > 1]
    return separator, usual[0] if usual else 1


def _read_top(content: bytes, encoding: str, separator: str) -> list[list[str]]:
    """Return a text's first rows as if no cell held a line end."""
    lines = (line.rstrip("\r\n") for line in _lines(content[: 4 * _TRIED_BYTES], encoding))
    return [_split(line, separator) or line.split(separator) for line in islice(lines, 20)]


def read_records(
    content: bytes, encoding: str, separator: str, width: int
) -> tuple[Iterator[Sequence[str]], dict[int, int]]:
    """Return a text's records, and, filled while they are taken, those in which a quotation mark is not paired.

    A quotation mark that opens a cell and is not closed, or only in a line that is a row of its own, is read as text:
    no row swallows another.

    Args:
        content: The whole text.
        encoding: Its encoding.
        separator: What parts its cells.
        width: How many cells a row of it has.

    Returns:
        The records, and, by the place of a record from 0, how many rows its quotation mark would have swallowed.
    """
    stray: dict[int, int] = {}
    return _records(_lines(content, encoding), separator, width, stray), stray


def count_lines(content: bytes) -> int:
    """Return how many lines a text in an encoding of bytes has."""
    ends = content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")
    return ends + (not content.endswith((b"\n", b"\r")) and bool(content))


def _lines(content: bytes, encoding: str) -> Iterator[str]:
    return iter(io.TextIOWrapper(io.BytesIO(content), encoding, errors="replace", newline=""))


def _records(lines: Iterator[str], separator: str, width: int, stray: dict[int, int]) -> Iterator[Sequence[str]]:
    waiting: list[str] = []  # lines that were taken for a cell's and are rows, the next one last
    n = 0
    while True:
        line = waiting.pop() if waiting else next(lines, None)
        if line is None:
            return
        bare = line.rstrip("\r\n")
        cells = _split(bare, separator) if '"' in line else bare.split(separator) if bare else []
        if cells is not None and len(cells) < width == bare.count(separator) + 1:  # two stray marks in one row
            cells = None
        elif cells is None and _is_open(bare, separator):
            taken, closed = _take_open_cell(line, lines, waiting, separator, width)
            cells = _split("".join([line, *taken]).rstrip("\r\n"), separator) if closed else None
            if cells is None:
                waiting += reversed(taken)
                stray[n] = len(taken)
        if cells is None:
            stray.setdefault(n, 0)
            cells = bare.split(separator)
        yield cells
        n += 1


def _take_open_cell(
    line: str, lines: Iterator[str], waiting: list[str], separator: str, width: int
) -> tuple[list[str], bool]:
    """Take the lines that an open cell goes on in, and tell whether the last of them closes it.

    It is not closed where a line of it is a row of its own, as ``line`` is.
    """
    taken: list[str] = []
    while len(taken) < _MOST_LINES:
        following = waiting.pop() if waiting else next(lines, None)
        if following is None:
            break
        taken.append(following)
        if _is_row(following, line, separator, width):
            break
        if following.replace('""', "").count('"') % 2:
            return taken, True
    return taken, False


def _is_row(line: str, other: str, separator: str, width: int) -> bool:
    """Return whether a line has all cells of a row, as another has; in narrow tables it must begin like it too."""
    if width < 2 or min(line.count(separator), other.count(separator)) < width - 1:
        return False
    return width >= _WIDE or _shape(line.split(separator, 1)[0]) == _shape(other.split(separator, 1)[0])


def _shape(text: str) -> str:
    """Return a text with one letter for each run of digits or letters: ``E12`` as ``a0``."""
    return re.sub(r"[^\W\d]+", "a", re.sub(r"\d+", "0", text.strip()))


@lru_cache(maxsize=8)
def _cell_pattern(separator: str) -> re.Pattern[str]:
    """Return the pattern of a cell and what follows it: in quotation marks, or without one at its beginning."""
    mark = re.escape(separator)
    return re.compile(rf'(?:"((?:[^"]|"")*)"|((?!")[^{mark}]*))({mark}|$)', re.DOTALL)


def _split(text: str, separator: str) -> list[str] | None:
    """Return the cells of a record; None where a quotation mark is not paired."""
    cells, at, pattern = [], 0, _cell_pattern(separator)
    while found := pattern.match(text, at):
        quoted, bare, end = found.groups()
        cells.append(bare if quoted is None else quoted.replace('""', '"'))
        at = found.end()
        if not end:
            return cells if at == len(text) else None
    return None


def _is_open(text: str, separator: str) -> bool:
    """Return whether a line ends inside a cell that a quotation mark opened."""
    at, pattern = 0, _cell_pattern(separator)
    while (found := pattern.match(text, at)) and found[3]:
        at = found.end()
    return found is None and text[at : at + 1] == '"' and not text[at + 1 :].replace('""', "").count('"')
