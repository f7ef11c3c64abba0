"""How a coordinator gets in: what is forgotten, dates as Excel writes them, aliases, ids, settings files."""

import re
from datetime import date
from pathlib import Path

import click
import pytest

from matcher.commands import COMMANDS, cli, main
from matcher.commands.dates import DAY, MONTH, SPAN
from matcher.roster.read import read_table
from matcher.roster.workbook import read_sheets
from matcher.settings import load
from matcher.settings.load import decode_settings
from matcher.settings.write import write_aliases
from tests.test_house import ROOT

ELDERS = "居委会,老人姓名,地址,本人同意与否,楼层\n一村,张三,路1号,是,2\n一村,李四,路2号,是,3\n,合计：2人,,,\n"
VOLUNTEERS = "编号,姓名,居委会,地址\nZY1,王五,一村,路1号\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "e.csv").write_text(ELDERS, "utf-8")
    (tmp_path / "v.csv").write_text(VOLUNTEERS, "utf-8")
    return tmp_path


def check(files, *words, elders="e.csv"):
    return main(
        ["check", "--elders", str(files / elders), "--volunteers", str(files / "v.csv"), "--lang", "zh", *words]
    )


def required():
    """Every required option of every command."""
    for name in COMMANDS:
        for option in cli.get_command(None, name).params:
            if option.required and isinstance(option, click.Option):
                yield name, max(option.opts, key=len)


@pytest.mark.parametrize(("command", "missing"), list(required()))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_forgotten_option_is_asked_for(command, missing, lang, capsys, tmp_path):
    words = [command, "--lang", lang]
    for option in cli.get_command(None, command).params:
        name = max(option.opts, key=len)
        if option.required and name != missing:
            kinds = {"--month": "2026-12", "--from": "2026-12-07", "--kind": "elders", "--box": "1,2,3,4"}
            words += [name, kinds.get(name, str(tmp_path / "x"))]
    assert main(words) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert missing in told
    assert ("缺少" if lang == "zh" else "is missing") in told
    assert "AttributeError" not in told


@pytest.mark.parametrize(
    "text", ["2026-12", "2026/12", "2026.12", "202612", "2026年12月", "2026/12/1", "2026-12-07", "2026年12月7日"]
)
def test_months_as_people_write_them(text):
    assert MONTH.convert(text, None, None).start == date(2026, 12, 1)


@pytest.mark.parametrize("text", ["2026-13", "12月", "26-12", "2026-12-12-12", ""])
def test_what_is_no_month(text):
    with pytest.raises(click.BadParameter):
        MONTH.convert(text, None, None)


@pytest.mark.parametrize("text", ["2026-12-07", "2026/12/7", "2026.12.7", "20261207", "2026年12月7日", " 2026/12/07 "])
def test_dates_as_excel_writes_them(text):
    assert DAY.convert(text, None, None) == date(2026, 12, 7)


@pytest.mark.parametrize(
    "text",
    ["2026-12-21:2026-12-25", "2026/12/21:2026/12/25", "2026/12/21~2026/12/25", "2026年12月21日至2026年12月25日"],
)
def test_spans_of_dates(text):
    assert SPAN.convert(text, None, None) == "2026-12-21:2026-12-25"


class TestSettingsFiles:
    TEXT = '# 设置\n[columns]\naliases = {"工号" = "编号"}\n[files]\nencoding = "big5"\n'

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
    @pytest.mark.parametrize("line_end", ["\n", "\r\n"])
    def test_as_notepad_saves_them(self, tmp_path, encoding, line_end):
        (tmp_path / "s.toml").write_bytes(self.TEXT.replace("\n", line_end).encode(encoding))
        found = load(tmp_path / "s.toml").conventions()
        assert found.aliases == (("工号", "编号"),)
        assert found.encoding == "big5"

    @pytest.mark.parametrize(
        "before",
        [
            "",
            "[keep]\nworth_m = 5\n",
            '[columns]\naliases = {"甲" = "编号"}\n[keep]\nworth_m = 5\n',
            "[columns]\n# none\n\n[keep]\nworth_m = 5\n",
            '[columns.aliases]\n"甲" = "编号"\n\n[keep]\nworth_m = 5 # here\n',
        ],
    )
    def test_aliases_are_noted_and_all_else_stays(self, tmp_path, before):
        path = tmp_path / "s.toml"
        path.write_bytes(before.encode("gbk"))
        write_aliases(path, {'乙"\x7f号': "姓名"})
        both = load(path)
        assert both.columns.aliases == ({"甲": "编号"} if "甲" in before else {}) | {'乙"\x7f号': "姓名"}
        assert both.keep.worth_m == (5 if "worth_m" in before else load(None).keep.worth_m)
        assert all(line in decode_settings(path.read_bytes()) for line in re.findall("#.*", before))

    def test_what_is_no_settings_file_is_left(self, tmp_path, files, capsys):
        (tmp_path / "s.toml").write_text("columns = 3\n")
        assert check(files, "--write-aliases", str(tmp_path / "s.toml")) == 2
        assert "不是可以记入表头的设置文件" in "".join(capsys.readouterr().err.split())
        assert (tmp_path / "s.toml").read_text() == "columns = 3\n"


class TestCheck:
    def test_unknown_headers_become_aliases(self, files, capsys):
        path = files / "s.toml"
        assert check(files, "--write-aliases", str(path)) == 2
        assert "本人同意与否 → 是否同意" in capsys.readouterr().out
        assert load(path).columns.aliases == {"本人同意与否": "是否同意"}
        check(files, "--settings", str(path), "--write-ids", str(files / "ids"))
        capsys.readouterr()
        assert check(files, "--settings", str(path), elders="ids/e.xlsx") == 0

    def test_who_has_no_id_gets_one_that_stays(self, files):
        check(files, "--write-ids", str(files / "ids"))
        assert [path.name for path in (files / "ids").iterdir()] == ["e.xlsx"]  # the volunteers have theirs
        read = read_table(files / "ids" / "e.xlsx", "elders")
        assert read.frame["id"].tolist() == ["LR00001", "LR00002"]
        assert read.frame["name"].tolist() == ["张三", "李四"]
        (sheet,) = read_sheets((files / "ids" / "e.xlsx").read_bytes(), "e.xlsx")
        rows = [[cells[i].as_py() for cells in sheet.columns] for i in range(4)]
        rows[1][0], rows[2][0] = "", ""  # two more who have none yet, before and after one who has
        text = "\n".join(",".join(row) for row in [rows[0], rows[1], ["LR00007", *rows[2][1:]], rows[2], rows[3]])
        (files / "more.csv").write_text(text, "utf-8")
        check(files, "--write-ids", str(files / "again"), elders="more.csv")
        read = read_table(files / "again" / "more.xlsx", "elders")
        assert read.frame["id"].tolist() == ["LR00008", "LR00007", "LR00009"]

    def test_the_account_of_rows(self, files, capsys):
        check(files)
        told = " ".join(capsys.readouterr().out.split())
        assert "e.csv: 表头以下 3 行 = 读入 2 人 + 有误 0 + 空行 0 + 合计和说明 1" in told


@pytest.mark.parametrize("name", ["start.bat", "开始.bat"])
def test_the_files_to_double_click(name):
    content = (Path(ROOT) / name).read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n")
    text = content.decode()
    told = re.findall(r"old-partners (?:--lang zh )?(\w+)(.*)", text)
    assert {command for command, _rest in told} <= set(COMMANDS)
    for command, rest in told:
        known = {option for p in cli.get_command(None, command).params for option in p.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known
    assert "requirements.txt" in text
    assert content.startswith(b"@echo off\r\nchcp 65001 >nul\r\n")  # no mark: cmd takes one for a command
    assert 'pushd "%~dp0"' in text  # cd knows no \\\\server\\share


def test_labels_are_in_a_file_without_chinese():
    """Where a file has characters of several bytes, cmd may look for a label in the wrong place."""
    start, chinese = ((Path(ROOT) / name).read_bytes().decode() for name in ("start.bat", "开始.bat"))
    assert start.isascii()
    assert set(re.findall(r"goto (\w+)", start)) == set(re.findall(r"^:(\w+)", start, re.MULTILINE))
    assert "goto" not in chinese
    blocks = re.findall(r"^if [^\n]*\($(.*?)^\)", chinese.replace("\r", ""), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    assert not re.search(r"[()<>|&^%]", "".join(blocks))  # each would end the block, or mean something else
