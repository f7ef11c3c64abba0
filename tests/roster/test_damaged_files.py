"""What readers drop or swallow, and files that do harm: every row is read or told, and no reader takes us with it."""

import os
import random
import sys
import zipfile
from collections import Counter
from pathlib import Path
from threading import Event, Thread

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import evidence
from matcher.errors import InputError
from matcher.roster import load_roster, workbook, xls_errors
from matcher.roster.read import read_table
from matcher.roster.text_files import read_records
from matcher.roster.workbook import read_sheets
from matcher.settings import Settings
from matcher.settings.roster import Conventions, LimitsSettings
from tests.helpers.damaged import HEADER, VOLUNTEERS, account, make_damaged
from tests.helpers.damaged import make_person as person
from tests.helpers.effort import LONG, some
from tests.helpers.workbooks import ask_here


def codes(table):
    return [(issue.code, issue.row, issue.column) for issue in table.issues if issue.code != "column_unknown"]


def table_of(tmp_path, text, name="名册.csv", conventions=None):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(tmp_path / name, "elders", conventions or Conventions())


def lines(*rows):
    return "\n".join(",".join(row) for row in [HEADER, *rows]) + "\n"


@pytest.fixture
def reader(request, monkeypatch):
    """Read workbooks in the child, as always, or here."""
    if request.param == "here":
        monkeypatch.setattr(workbook._Child, "ask", ask_here)


either_process = pytest.mark.parametrize("reader", ["child", "here"], indirect=True)


@pytest.mark.skipif(not Path("/dev/zero").is_char_device(), reason="no such device here")
def test_a_device_that_never_ends_is_no_file():
    with pytest.raises(InputError) as caught:
        read_table(Path("/dev/zero"), "elders", Conventions())
    (issue,) = caught.value.issues
    assert (issue.code, issue.message()) == ("file_unreadable", "the file can't be read: it is a device, not a file")


def find_problem(path):
    with pytest.raises(InputError) as caught:
        read_table(path, "elders", Conventions())
    (issue,) = caught.value.issues
    assert issue.code == "file_unreadable"
    return issue.message()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
class TestPipes:
    @pytest.fixture
    def pipe(self, tmp_path, monkeypatch):
        monkeypatch.setattr(evidence, "_PATIENCE_S", 0.1)
        monkeypatch.setattr(evidence, "_GLANCE_S", 0.02)
        os.mkfifo(tmp_path / "pipe.csv")
        return tmp_path / "pipe.csv"

    def test_a_pipe_that_nobody_opens_is_told(self, pipe):
        assert find_problem(pipe) == "the file can't be read: it is a pipe, and nobody writes into it"

    def test_who_has_opened_it_may_take_longer(self, pipe):
        began = Event()

        def write():
            with pipe.open("wb", buffering=0) as file:
                began.wait(0.5)  # longer than the patience: nobody sets it
                file.write(lines(person("E1"), person("E2")).encode())

        writer = Thread(target=write)
        writer.start()
        table = read_table(pipe, "elders", Conventions())
        writer.join()
        assert len(table) == 2


def test_a_file_larger_than_any_roster_is_not_read(tmp_path, monkeypatch):
    told = "the file can't be read: it has more than 2 GB, and no table of people is so large"
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(1 << 40)  # of holes: it takes no room
    assert find_problem(huge) == told
    monkeypatch.setattr(evidence, "_MOST_BYTES", 50)
    assert len(lines(person("E1")).encode()) > 50
    (tmp_path / "grown.csv").write_text(lines(person("E1")), "utf-8")
    assert find_problem(tmp_path / "grown.csv") == told


class TestQuotes:
    @pytest.mark.parametrize("at", [(3,), (3, 9), (1, 2), (1, 12), (12,), (3, 5, 9)])
    def test_a_stray_mark_swallows_no_row(self, tmp_path, at):
        rows = [person(i) for i in range(1, 13)]
        for number, i in enumerate(at):
            rows[i - 1][5] = '"门铃坏了' if number % 2 == 0 else '听力差"'
        read = table_of(tmp_path, lines(*rows))
        assert read.frame["id"].tolist() == [f"E{i}" for i in range(1, 13)]
        assert read.frame["address"].tolist() == [f"零陵路{i}号101室" for i in range(1, 13)]
        found = [issue.row for issue in read.issues if issue.code == "quote_stray"]
        assert found[0] == at[0] + 1

    def test_remarks_of_several_lines_stay_one_cell(self, tmp_path):
        rows = [person(1), person(2)]
        rows[0][5] = '"一，二\n三, 四\n五"'
        read = table_of(tmp_path, lines(*rows))
        assert read.frame["备注"].tolist() == ["一，二\n三, 四\n五", ""]
        assert read.row.tolist() == [2, 3]
        assert codes(read) == []

    def test_a_mark_in_the_first_column(self, tmp_path):
        read = table_of(tmp_path, '姓名,编号,地址,居委会,是否同意\n"老1,E1,路1号,一村,是\n老2,E2,路2号,一村,是\n')
        assert read.frame["id"].tolist() == ["E1", "E2"]
        assert codes(read) == [("quote_stray", 2, "")]

    @given(
        st.lists(
            st.lists(st.sampled_from(["", "a", '"', 'b"c', '"d"', '"e', 'f"', '"g,h"', '"i"j']), min_size=6, max_size=6)
        ),
        st.sampled_from(["\n", "\r\n", "\r"]),
    )
    @settings(deadline=None, max_examples=some(300))
    def test_each_line_that_is_a_row_of_its_own_is_read(self, rows, line_end):
        """However marks stand: a line that begins with an id of its own is the beginning of a record."""
        text = line_end.join(",".join([f"E{i}", *row]) for i, row in enumerate(rows)).encode()
        records, _stray = read_records(text, "utf-8", ",", 7)
        assert [record[0] for record in records if record] == [f"E{i}" for i in range(len(rows))]


class TestWorkbooks:
    def book(self, tmp_path, fill, name="名册.xlsx"):
        with xlsxwriter.Workbook(tmp_path / name) as book:
            fill(book)
        return tmp_path / name

    @either_process
    def test_errors_and_formulas_never_calculated(self, tmp_path, reader):
        def fill(book):
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, [*HEADER, "退出日期"])
            for i in range(1, 5):
                sheet.write_row(i, 0, person(i))
            sheet.write_formula(1, 4, "=VLOOKUP(A2,B:C,2,0)", None, "#N/A")
            sheet.write_formula(2, 6, "=#REF!", None, "#REF!")
            sheet.write_formula(3, 5, '=""', None, "")
            sheet.write_formula(4, 4, '="是"', None, "是")

        path = self.book(tmp_path, fill)
        # as other programs write formulas: without their value
        parts = {name: zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist()}
        sheet = parts["xl/worksheets/sheet1.xml"]
        parts["xl/worksheets/sheet1.xml"] = sheet.replace("<v>是</v>".encode(), b"").replace(b' t="str"><f>"', b'><f>"')
        with zipfile.ZipFile(path, "w") as book:
            for name, content in parts.items():
                book.writestr(name, content)
        found = codes(read_table(path, "elders"))
        assert found == [
            ("cell_error", 2, "是否同意"),
            ("cell_error", 3, "退出日期"),
            ("formula_uncalculated", 5, "是否同意"),
        ]

    @either_process
    def test_errors_of_an_old_workbook(self, reader):
        found = codes(read_table(Path(__file__).parents[1] / "data" / "errors.xls", "elders"))
        assert found == [("cell_error", 2, "退出日期"), ("cell_error", 3, "是否同意")]

    def test_errors_of_formulas_of_an_old_workbook(self):
        begins = b"\x09\x08\x10\x00\x00\x06%b\x00" + bytes(12)
        formula = b"\x06\x00\x1b\x00\x03\x00\x05\x00\x0f\x00\x02\x00\x2a\x00\x00\x00\xff\xff" + bytes(13)
        content = xls_errors._XLS + begins % b"\x05" + begins % b"\x20" + begins % b"\x10" + formula
        assert xls_errors.find_xls_errors(content) == {1: [(3, 5, "#N/A")]}
        assert xls_errors.find_xls_errors(content[1:]) == {}

    @either_process
    def test_rows_that_are_hidden_are_read_and_told(self, tmp_path, reader):
        def fill(book):
            sheet = book.add_worksheet()
            for i, row in enumerate([HEADER, *map(person, range(1, 6))]):
                sheet.write_row(i, 0, row)
            sheet.set_row(2, None, None, {"hidden": True})
            sheet.set_row(4, None, None, {"hidden": True})

        read = read_table(self.book(tmp_path, fill), "elders")
        assert len(read) == 5
        (issue,) = (issue for issue in read.issues if issue.code == "rows_hidden")
        assert (issue.value, issue.params["count"]) == ("3, 5", 2)

    @either_process
    def test_a_sheet_of_changes_to_people_who_are_read_is_told(self, tmp_path, reader):
        def fill(book):
            for name in ("名册", "12月变动", "副本"):
                sheet = book.add_worksheet(name)
                for i, row in enumerate([HEADER, person(1), person(2)]):
                    sheet.write_row(i, 0, row)

        read = read_table(self.book(tmp_path, fill), "elders")
        (issue,) = (issue for issue in read.issues if issue.code.startswith("sheet"))
        assert (issue.code, issue.value, issue.params["people"]) == ("sheet_of_changes", "12月变动", 2)

    @either_process
    def test_other_sheets_that_hold_people_are_told(self, tmp_path, reader):
        def fill(book):
            for name, first in (("一村", 0), ("说明", None), ("二村", 10), ("旧", 20), ("副本", 0), ("志愿者", 30)):
                sheet = book.add_worksheet(name)
                if first is None:
                    sheet.write(0, 0, "填表说明")
                    continue
                for i, row in enumerate([HEADER, person(first), person(first + 1)]):
                    sheet.write_row(i, 0, row)
                if name == "旧":
                    sheet.hide()

        path = self.book(tmp_path, fill)
        read = read_table(path, "elders")
        told = [(issue.value, issue.params["people"]) for issue in read.issues if issue.code == "sheet_not_read"]
        assert told == [("二村", 2), ("旧", 2)]  # the copy holds nobody else, the volunteers are not missed here
        assert read_table(path, "volunteers").readings[0].form.sheet == "志愿者"

    @either_process
    def test_people_on_a_sheet_without_a_header_are_told(self, tmp_path, reader):
        def fill(book):
            for name, rows in (
                ("一村", [HEADER, ["E1", "张三", *person(1)[2:]]]),
                ("二村", [["E2", "李四", *person(2)[2:]], ["E3", "王五", *person(3)[2:]]]),
                ("副本", [["E1", "张三", *person(1)[2:]]]),
                ("统计", [["一村", "2人", "", ""], ["二村", "2人", "", ""]]),
            ):
                sheet = book.add_worksheet(name)
                for i, row in enumerate(rows):
                    sheet.write_row(i, 0, row)

        read = read_table(self.book(tmp_path, fill), "elders")
        told = [(issue.value, issue.params["people"]) for issue in read.issues if issue.code == "sheet_not_read"]
        assert told == [("二村", 2)]

    @either_process
    def test_cells_merged_in_an_ods_workbook_are_filled_down(self, tmp_path, reader):
        cell = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'
        rows = [
            "".join(cell.format("", text) for text in ("居委会", "编号", "姓名", "是否同意")),
            cell.format(' table:number-rows-spanned="2"', "一村")
            + "".join(cell.format("", t) for t in ("E1", "老1", "是")),
            "<table:covered-table-cell/>"
            + "".join(cell.format("", text) for text in ("E2", "老2"))
            + '<table:table-cell table:formula="of:=#N/A" office:value-type="string" calcext:value-type="error">'
            "<text:p>#N/A</text:p></table:table-cell>",
        ]
        spaces = {
            "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
            "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
            "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
            "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
        }
        names = " ".join(f'xmlns:{name}="{space}"' for name, space in spaces.items())
        body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
        content = (
            f"<office:document-content {names}><office:body><office:spreadsheet>"
            f'<table:table table:name="名册">{body}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>"
        )
        with zipfile.ZipFile(tmp_path / "名册.ods", "w") as book:
            book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            book.writestr("content.xml", content)
            book.writestr("META-INF/manifest.xml", MANIFEST)
        read = read_table(tmp_path / "名册.ods", "elders")
        assert read.frame["committee"].tolist() == ["一村", "一村"]
        assert codes(read) == [("cell_error", 3, "是否同意")]


MANIFEST = """<?xml version="1.0"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"""
NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/package/2006/relationships"
DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def raw_workbook(path, sheet, folder="xl/worksheets"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        z.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{REL}"><Relationship Id="r1" Type="{DOC}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        z.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{NS}" xmlns:r="{DOC}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        z.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{REL}"><Relationship Id="r1" Type="{DOC}/worksheet" Target="/{folder}/sheet1.xml"/>'
            "</Relationships>",
        )
        z.writestr(f"{folder}/sheet1.xml", sheet)
    return path


OUR_WORDS = {
    "",
    "it is damaged, or no workbook",
    "it has no sheet that is not hidden",
}
FAR = [
    '<c r="XFD1048576"><v>1</v></c>',
    '<c s="1" r="XFD1048576"><v>1</v></c>',
    "<c r='CV1048576'><v>1</v></c>",
    '<c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c>',
]


class TestHarm:
    @pytest.mark.parametrize("cell", FAR)
    @pytest.mark.parametrize("dimension", ['<dimension ref="A1:XFD1048576"/>', "", '<dimension ref="A1:B2"/>'])
    @pytest.mark.parametrize("folder", ["xl/worksheets", "xl/elsewhere"])
    def test_a_cell_in_the_far_corner_is_named(self, tmp_path, cell, dimension, folder):
        rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>编号</t></is></c></row>'
        sheet = (
            f'<worksheet xmlns="{NS}">{dimension}<sheetData>{rows}<row r="1048576">{cell}</row></sheetData></worksheet>'
        )
        path = raw_workbook(tmp_path / "far.xlsx", sheet, folder)
        with pytest.raises(InputError) as caught:
            read_table(path, "elders")
        (issue,) = caught.value.issues
        assert issue.code == "cell_far_away"
        assert issue.value.endswith("1048576")

    def test_an_empty_cell_far_away_does_no_harm(self, tmp_path):
        rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>编号</t></is></c></row>'
        rows += '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
        path = raw_workbook(tmp_path / "a.xlsx", f'<worksheet xmlns="{NS}"><sheetData>{rows}</sheetData></worksheet>')
        (sheet,) = read_sheets(path.read_bytes(), "a.xlsx")
        assert [cells.to_pylist() for cells in sheet.columns] == [["编号"]]

    def test_what_unpacks_to_too_much_is_refused_till_the_limit_is_raised(self, tmp_path):
        path = raw_workbook(tmp_path / "a.xlsx", f'<worksheet xmlns="{NS}"><sheetData/></worksheet>' + " " * (1 << 22))
        with pytest.raises(InputError) as caught:
            read_sheets(path.read_bytes(), "a.xlsx", LimitsSettings(unpacked_mb=1))
        assert caught.value.issues[0].code == "unpacks_endless"
        assert "limits.unpacked_mb" in caught.value.issues[0].advice()
        assert read_sheets(path.read_bytes(), "a.xlsx", LimitsSettings(unpacked_mb=5))

    def test_a_reader_that_dies_is_a_message_and_the_next_file_is_read(self, tmp_path):
        path = TestWorkbooks().book(tmp_path, lambda book: book.add_worksheet().write(0, 0, "编号"))
        read_sheets(path.read_bytes(), "a.xlsx")
        workbook._OWN.child.process.kill()
        with pytest.raises(InputError) as caught:
            read_sheets(path.read_bytes(), "a.xlsx")
        assert caught.value.issues[0].code == "memory_short"
        assert len(read_sheets(path.read_bytes(), "a.xlsx")) == 1

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems tell it elsewhere")
    def test_the_child_may_take_so_much_memory_and_no_more(self, tmp_path):
        """A workbook whose header lies about its sizes passes the checks; then the limit holds."""
        path = raw_workbook(tmp_path / "a.xlsx", f'<worksheet xmlns="{NS}"><sheetData/></worksheet>')
        read_sheets(path.read_bytes(), "a.xlsx")
        pid = workbook._OWN.child.process.pid
        limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
        (line,) = (line for line in limits if line.startswith("Max address space"))
        assert int(line.split()[3]) <= 4 << 30

    @either_process
    def test_damaged_workbooks_are_told_in_our_words(self, tmp_path, reader):
        good = TestWorkbooks().book(tmp_path, lambda book: book.add_worksheet().write(0, 0, "编号")).read_bytes()
        rng = random.Random(7)
        for _ in range(40):
            bad = bytearray(good)
            for _ in range(rng.randint(1, 30)):
                bad[rng.randrange(4, len(bad))] = rng.randrange(256)
            (tmp_path / "b.xlsx").write_bytes(bad[: rng.randint(10, len(bad))] if rng.random() < 0.3 else bad)
            try:
                read_table(tmp_path / "b.xlsx", "elders")
            except InputError as error:
                problems = {str(issue.params.get("problem", "")) for issue in error.issues}
                assert problems <= OUR_WORDS, problems

    def test_file_names_that_are_no_utf_8(self, tmp_path):
        name = "名册.csv".encode("gbk").decode("utf-8", "surrogateescape")
        try:
            (tmp_path / name).write_text(lines(person(1)), "utf-8")
        except (OSError, UnicodeError):
            pytest.skip("this system has no such names")
        for source in (tmp_path / name, tmp_path):
            assert "�" in {reading.file[0] for reading in read_table(source, "elders").readings}
        (tmp_path / "v.csv").write_text(VOLUNTEERS, "utf-8")
        roster = load_roster(tmp_path / name, tmp_path / "v.csv", Settings())
        assert "�" in roster.elders["file"].iloc[0]


class TestRowsOfOtherWidths:
    HEADER = "编号,姓名,居委会,地址,是否同意\n"
    ROWS = tuple(f"E{i},张{i},一村,零陵路{i}号,是" for i in range(1, 9))

    def codes(self, tmp_path, *rows):
        table = table_of(tmp_path, (self.HEADER + "\n".join(rows) + "\n").encode())
        return [(issue.code, issue.row) for issue in table.issues], len(table.row)

    def test_a_comma_inside_a_cell_is_told(self, tmp_path):
        shifted = "E2,张2,一村,零陵路2号,301室,是"
        found, people = self.codes(tmp_path, self.ROWS[0], shifted, *self.ROWS[2:])
        assert ("row_shifted", 3) in found
        assert people == 8

    @pytest.mark.parametrize(
        "second", ["E2,张2,一村,零陵路2号,是,,,", "E2,张2,一村,零陵路2号", 'E2,张2,一村,"零陵路2号,301室",是']
    )
    def test_nothing_is_told_of_empty_or_missing_cells(self, tmp_path, second):
        assert self.codes(tmp_path, self.ROWS[0], second, *self.ROWS[2:]) == ([], 8)

    def test_nor_where_rows_are_as_wide_as_the_header_and_most_are_not(self, tmp_path):
        short = [row.rpartition(",")[0] for row in self.ROWS[:7]]
        assert self.codes(tmp_path, *short, self.ROWS[7]) == ([], 8)

    @pytest.mark.parametrize(
        "words",
        ["第1页", "第 2 页 共 3 页", "Page 1 of 3", "- 4 -", "以上共8人", "（续表）", "街道（盖章）：", "负责人签字"],
    )
    def test_feet_of_pages_are_no_people(self, tmp_path, words):
        found, people = self.codes(tmp_path, *self.ROWS, f"{words},,,,")
        assert (found, people) == ([("row_passed_over", 10)], 8)


class TestEncodings:
    @pytest.mark.parametrize(
        ("text", "encoding", "told"),
        [
            ("E1,陳大文,九龍彌敦道1號\nE2,黃小玲,九龍彌敦道3號", "big5", "big5"),
            ("E1,佐藤花子,東京都港区芝公園\nE2,たなか,しぶや", "shift_jis", "shift_jis"),
            ("E1,Müller,Hauptstr 1\nE2,Jörg,x", "latin-1", "cp1252"),
            ("E1,김영희,서울시 강남구 역삼동\nE2,박철수,부산시", "euc_kr", "euc_kr"),
            ("E1,佐藤花子,東京都港区芝公園\nE2,鈴木一郎,西新宿", "euc_jp", "euc_jp"),
            ("E1,Иванов Иван,ул. Ленина\nE2,Петрова Анна,Москва", "cp1251", "cp1251"),
            ("E1,Иванов Иван,ул. Ленина\nE2,Петрова Анна,Москва", "koi8_r", "koi8_r"),
        ],
    )
    def test_what_merely_decodes_is_asked_about(self, tmp_path, text, encoding, told):
        content = f"id,name,address\n{text}\n".encode(encoding)
        with pytest.raises(InputError) as caught:
            table_of(tmp_path, content)
        assert [(issue.code, issue.value) for issue in caught.value.issues] == [("encoding_doubtful", told)]
        read = table_of(tmp_path, content, conventions=Conventions(encoding=told))
        assert read.frame["name"].tolist() == [line.split(",")[1] for line in text.split("\n")]

    @pytest.mark.parametrize(
        "names", ["张三 李秀英 欧阳建国", "王喆 张玥 李婷", "零陵路1号101室，徐汇区", "喀迪尔", "欧阳娜娜 诸葛亮"]
    )
    def test_chinese_in_gb18030_is_read_unasked(self, tmp_path, names):
        content = "id,name\n" + "".join(f"E{i},{name}\n" for i, name in enumerate(names.split()))
        assert table_of(tmp_path, content.encode("gb18030")).frame["name"].tolist() == names.split()

    def test_an_encoding_that_the_file_does_not_have(self, tmp_path):
        table_of(tmp_path, "id,name\nE1,張\n".encode("utf-16"), conventions=Conventions(encoding="big5"))
        with pytest.raises(InputError) as caught:
            table_of(tmp_path, b"id,name\nE1,\xff\xff\xff\n", conventions=Conventions(encoding="big5"))
        assert [issue.code for issue in caught.value.issues] == ["encoding_wrong"]

    def test_the_mark_of_the_end_that_old_programs_write(self, tmp_path):
        read = table_of(tmp_path, lines(person(1)).encode("gb18030") + b"\x1a")
        assert len(read) == 1
        assert read.issues == (read.issues[0],)  # the remark's column alone

    @pytest.mark.parametrize("end", ["\x1a\n", "\x1a,,,,\r\n", "\x1a\x1a"])
    def test_the_mark_that_a_spreadsheet_made_a_row_of(self, tmp_path, end):
        read = table_of(tmp_path, lines(person(1), person(2)) + end)
        assert len(read) == 2
        assert not codes(read)

    @pytest.mark.parametrize(
        "end", ["共2人", "以下空白", "——以下无正文——", "EOF", "(2 行受影响)", "2 rows in set (0.00 sec)"]
    )
    def test_what_programs_and_clerks_write_below_a_table(self, tmp_path, end):
        read = table_of(tmp_path, lines(person(1), person(2)) + end + "\n")
        assert len(read) == 2
        assert codes(read) == [("row_passed_over", 4, "")]

    @pytest.mark.parametrize("name", ["张三（示范）", "样表", "张三(模板)"])
    def test_more_rows_that_are_examples(self, tmp_path, name):
        read = table_of(tmp_path, lines([person(1)[0], name, *person(1)[2:]], person(2)))
        assert [code for code, _row, _column in codes(read)] == ["row_example"]

    def test_a_sign_that_was_lost_before_is_asked_about(self, tmp_path):
        (tmp_path / "e.csv").write_text(lines([person(1)[0], "王\ufffd", *person(1)[2:]], person(2)), "utf-8")
        (tmp_path / "v.csv").write_text(VOLUNTEERS, "utf-8")
        roster = load_roster(tmp_path / "e.csv", tmp_path / "v.csv", Settings())
        assert [(i.code, i.row) for i in roster.issues if i.severity == "error"] == [("cell_damaged", 2)]
        assert len(roster.elders) == 1


class TestHeaders:
    CONTACT = (*HEADER[:5], "联系电话", "紧急联系人", "", "")
    BELOW = ("", "", "", "", "", "", "姓名", "关系", "联系电话")

    def test_a_heading_over_three_columns(self, tmp_path):
        rows = [self.CONTACT, self.BELOW, [*person(1)[:5], "13812345678", "王五", "女儿", "13912345678"]]
        read = table_of(tmp_path, "\n".join(",".join(row) for row in rows))
        assert read.frame["emergency_contact"].tolist() == ["王五"]
        assert read.frame["emergency_contact_phone"].tolist() == ["13912345678"]
        assert read.frame["phone"].tolist() == ["13812345678"]
        assert read.frame["name"].tolist() == ["老1"]
        assert read.readings[0].header_rows == 2

    def test_names_below_headings_alone(self, tmp_path):
        rows = [
            ["基本信息", "", "", "", "紧急联系人", "", "子女情况", ""],
            ["编号", "姓名", "居委会", "地址", "姓名", "电话", "姓名", "住址"],
            ["E1", "老1", "一村", "零陵路1号", "王五", "13912345678", "王六", "北京"],
        ]
        read = table_of(tmp_path, "\n".join(",".join(row) for row in rows))
        assert read.frame.loc[0, ["name", "address", "emergency_contact"]].tolist() == ["老1", "零陵路1号", "王五"]

    def test_the_childs_address_is_not_the_elders(self, tmp_path):
        rows = [
            ["编号", "姓名", "居委会", "子女情况", ""],
            ["", "", "", "姓名", "住址"],
            ["E1", "老1", "一村", "王六", "北京"],
        ]
        read = table_of(tmp_path, "\n".join(",".join(row) for row in rows))
        assert "address" not in read.headers
        assert len(read) == 1

    def test_a_person_without_id_below_the_header_is_no_header(self, tmp_path):
        read = table_of(tmp_path, "编号,姓名,地址,备注\n,,电话,\nE1,老1,路1号,x\n")
        assert len(read) == 2

    def test_unknown_headers_are_asked_about(self, tmp_path):
        read = table_of(
            tmp_path, "编号,姓名,居委会,本人同意与否,紧急情况联系人,老伴电话,颜色\nE1,老1,一村,是,王五,1,红\n"
        )
        told = {issue.column: (issue.code, issue.params.get("near")) for issue in read.issues}
        assert told["本人同意与否"] == ("column_unknown_near", "consent")
        assert told["紧急情况联系人"] == ("column_unknown_near", "emergency_contact")
        assert told["颜色"] == ("column_unknown", None)

    def test_columns_by_the_thousand(self, tmp_path):
        header = ",".join([*HEADER, *(f"列{i}" for i in range(16_000))])
        read = table_of(tmp_path, f"{header}\n{','.join(person(1))}{',' * 16_000}\n")
        assert len(read.unknown) == 16_001


class TestColumnsOfOneKind:
    def read(self, tmp_path, header, *rows):
        text = "\n".join([f"编号,姓名,居委会,{header}", *(f"E{i},老{i},一村,{row}" for i, row in enumerate(rows))])
        return table_of(tmp_path, text)

    def test_telephones_are_joined(self, tmp_path):
        read = self.read(tmp_path, "手机,座机", "13812345678,62345678", ",62345678", "13812345678,13812345678")
        assert read.frame["phone"].tolist() == ["13812345678; 62345678", "62345678", "13812345678"]
        assert codes(read) == [("columns_joined", None, "phone")]

    def test_a_header_that_is_a_question_keeps_its_meaning(self, tmp_path):
        read = self.read(tmp_path, "慢性病,认知障碍", "高血压,无", "有,有", "无,轻度", ",√", "糖尿病,", "无,未患")
        assert read.frame["health"].tolist() == [
            "高血压",
            "慢性病; 认知障碍",
            "认知障碍; 轻度",
            "认知障碍",
            "糖尿病",
            "",
        ]

    def test_of_others_the_first_that_is_filled_counts(self, tmp_path):
        read = self.read(tmp_path, "风险等级,重点关注", "中,是", ",是", "低,")
        assert read.frame["risk"].tolist() == ["中", "是", "低"]
        assert codes(read) == [("columns_first_filled", None, "risk"), ("columns_disagree", 2, "重点关注")]

    def test_a_refusal_in_a_second_column_is_never_passed_over(self, tmp_path):
        read = self.read(tmp_path, "是否同意,本人是否同意", "是,√", "是,否", ",不同意", "否,")
        assert read.frame["consent"].tolist() == ["是", "是", "不同意", "否"]
        assert codes(read) == [("columns_first_filled", None, "consent"), ("columns_contradict", 3, "本人是否同意")]

    @pytest.mark.parametrize(
        ("cell", "is_ill"),
        [("轻度", True), ("下降", True), ("有", True), ("清楚", False), ("无", False), ("好", False)],
    )
    def test_dementia_in_a_column_of_its_own_beside_health(self, tmp_path, cell, is_ill):
        (health,) = self.read(tmp_path, "健康状况,认知情况", f"高血压,{cell}").frame["health"]
        assert ("认知障碍" in health) == is_ill


class TestAccounts:
    def test_totals_and_notes_below_a_column_that_is_not_used(self, tmp_path):
        header, row = ["序号", *HEADER], ["1", *person(1)]
        rows = [header, row, ["合计", "", "1人"], ["填表人：", "", "钱九"], ["1、示例", *person(2)]]
        read = table_of(tmp_path, "\n".join(",".join(one) for one in rows) + "\n")
        assert read.frame["id"].tolist() == ["E1"]
        assert dict(read.readings[0].passed_over) == {"total": 2, "example": 1}

    def test_every_row_of_random_damaged_rosters_is_in_the_account(self, tmp_path):
        rng = random.Random(2026)
        (tmp_path / "v.csv").write_text(VOLUNTEERS, "utf-8")
        total = sum((account(make_damaged(rng, tmp_path), tmp_path / "v.csv") for _ in range(some(30))), Counter())
        assert total["files read"] > 0.6 * some(30)
        assert total["files read"] + total["files without a person"] == some(30)
        kinds = ("people read", "set aside", "blank", "header", "total", "example")
        assert min(total[what] for what in kinds) > (9 if LONG else 0)
