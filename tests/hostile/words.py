"""Words that people, programs and the ill-disposed put into cells, made up; the same for the same seed."""

from __future__ import annotations

from random import Random

FORMULAS = (
    "=1+1",
    "=cmd|'/c calc'!A1",
    "+SUM(A1)",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    '=HYPERLINK("http://x.invalid","y")',
    " =1",
)
MARKUP = (
    "<script>hostile()</script>",
    '"><img src=x onerror=hostile()>',
    "</script><script>hostile()</script>",
    "<!--",
    "]]>",
    "&lt;b&gt;",
    "javascript:hostile()",
    "{{policy}}",
    "<svg onload=hostile()>",
    "'\"`",
)
LINES = (
    "王\r\nATTENDEE:mailto:x@example.invalid",
    "王\rBEGIN:VEVENT",
    "a\nb",
    "a\x0bb\x0cc",
    "a\u2028b\u2029c",
    "a\x85b",
    "\n",
    "\r\n\r\n",
)
CONTROLS = (
    "\x1b[2J\x1b]0;x\x07",
    "\x9b31m",
    "\x00",
    "a\x00b",
    "\x7f",
    "[red]x[/red]",
    "[/]",
    "\u202egnp.exe",
    "\u200b\u200d",
    "\ufeffx",
    "\ufffe",
    "e\u0301" * 40,
    "\U0010ffff",
    "\x01",
)
NAMES_OF_FILES = (
    "../../etc/passwd",
    "CON",
    "nul.txt",
    "a/b",
    "a\\b",
    ".",
    "..",
    "~",
    "$HOME",
    "%00",
    "x.",
    " x ",
    "é",
    "e\u0301",
    "COM1",
    "a" * 300,
    "e000001",
    "E000001",
    "Ｅ000001",
    "|",
    "*",
)
NUMBERS = (
    "1e400",
    "-0",
    "NaN",
    "inf",
    "9" * 400,
    "9" * 5000,
    "0x10",
    "１２",
    "٣",
    "1_000",
    "1,000",
    "-1",
    "1e-400",
    "½",
    "²",
    "0",
    "99999999999999999999",
    "1.7976931348623157e308",
    "2147483648",
)
DATES = (
    "2026-13-45",
    "0000-00-00",
    "99999-1-1",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "1900-02-29",
    "2027-01-01 - 9999-12-31",
    "2027.1.1至2027.1.31、" * 60,
    "45000",
    "-1",
    "今天",
    "2027-01-01T25:61",
    "1582-10-10",
)
FORMATS = (
    "{0.__class__}",
    "{name}",
    "{",
    "}}",
    "%s%n%d",
    "%",
    "${jndi:ldap://x.invalid}",
    "\\",
    "\\n",
    "'; DROP TABLE elders;--",
    "#REF!",
    "#N/A",
    "NULL",
    "None",
    "nan",
    "NA",
    "True",
    "合计",
    "示例",
    "同上",
)
LONG = ("1" * 3000, "一" * 3000, "(" * 3000, "零陵路" * 1000, "周一上午" * 700, " " * 3000, "a、" * 1500, "1-" * 1500)

CELLS = (*FORMULAS, *MARKUP, *LINES, *CONTROLS, *NAMES_OF_FILES, *NUMBERS, *DATES, *FORMATS, *LONG)


def make_cell(rng: Random) -> str:
    """Return one of the cells, or parts of two."""
    one = rng.choice(CELLS)
    if rng.random() < 0.2:
        other = rng.choice(CELLS)
        return (one[: rng.randint(0, 60)] + other[: rng.randint(0, 60)])[:200]
    return one


def respell(rng: Random, number: str) -> str:
    """Return a number as people spell numbers: with spaces, dashes, dots, in full width."""
    way = rng.randrange(6)
    if way == 0:
        return number
    if way == 1:
        return " ".join((number[:6], number[6:14], number[14:])).strip()
    if way == 2:
        return "-".join((number[:6], number[6:14], number[14:])).strip("-")
    if way == 3:
        return number.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789X"})
    if way == 4:
        return f"身份证{number}，"
    return f"'{number}"
