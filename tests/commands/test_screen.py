"""Lines of Chinese text on the screen: they end between characters, never before a mark, and lose nothing."""

import random

import pytest
from rich.cells import cell_len

from matcher.commands.screen import Prose, _find_line_ends, make_console


def cut(text, width):
    ends = [0, *_find_line_ends(text, width), len(text)]
    return [text[first:last] for first, last in zip(ends, ends[1:], strict=False)]


def test_lines_hold_the_text_and_fit():
    rng = random.Random(3)
    for _ in range(2000):
        text = "".join(rng.choices("中文字，。“”（）abc 12/:-…", k=rng.randint(0, 60)))
        width = rng.randint(4, 30)
        lines = cut(text, width)
        assert "".join(lines) == text
        assert all(cell_len(line.rstrip()) <= width for line in lines)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("→ 请写星期，如“周三上午”", 14, ["→ 请写星期，如", "“周三上午”"]),
        ("请补上月份，如 1941-05", 16, ["请补上月份，如 ", "1941-05"]),
        ("有老人（共三位）未结对", 8, ["有老人", "（共三", "位）未结", "对"]),
        ("write it as 2026-12-01", 12, ["write it as ", "2026-12-01"]),
        ("310104195001017893", 10, ["3101041950", "01017893"]),
    ],
)
def test_where_lines_end(text, width, lines):
    assert cut(text, width) == lines
    console = make_console()
    console.width = width
    assert [line.plain for line in Prose(text).wrap(console, width)] == [line.rstrip() for line in lines]


def test_prose_keeps_its_own_lines_when_it_is_printed(capsys):
    text = "全部志愿者中有 21 人可以服务这位老人：王*（V000002）、王*（V000003）、刘*（V000005）、陈*（V000006）。"
    make_console().print(Prose(text))
    lines = capsys.readouterr().out.splitlines()
    assert "".join(lines) == text
    assert not any(line.startswith(("）", "、", "。")) for line in lines)
    assert [line.rstrip() for line in lines] == [line.plain for line in Prose(text).wrap(make_console(), 80)]
