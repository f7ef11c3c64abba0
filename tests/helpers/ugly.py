"""Rosters as people really keep them, each ugly in a way of its own; ``python -m tools.ugly`` shows what is said."""

import sqlite3
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import xlsxwriter

HEADER = ["编号", "姓名", "经度", "纬度", "是否同意", "地址"]
ROWS = [
    ["E1", "张三", "121.47", "31.23", "是", "零陵路1号101室"],
    ["E2", "李四", "121.48", "31.24", "是", "零陵路1号102室"],
]
VOLUNTEERS = "编号,姓名,经度(GCJ-02),纬度\nV1,王五,121.47,31.23\n"


def _csv(path: Path, rows, encoding="utf-8", separator=",", name="名册.csv") -> list[str]:
    (path / name).write_bytes("\r\n".join(separator.join(row) for row in rows).encode(encoding))
    return [str(path / name)]


def _book(path: Path, sheets, merges=(), name="名册.xlsx") -> list[str]:
    book = xlsxwriter.Workbook(path / name)
    for title, rows in sheets.items():
        sheet = book.add_worksheet(title)
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
        for place in merges:
            sheet.merge_range(*place)
    book.close()
    return [str(path / name)]


def gb18030_with_tabs(path):
    return _csv(path, [HEADER, *ROWS], "gb18030", "\t")


def utf16_semicolons(path):
    return _csv(path, [HEADER, *ROWS], "utf-16", ";")


def bom_and_title_rows(path):
    return _csv(path, [["徐家汇街道独居老人名册", *[""] * 5], [""] * 6, HEADER, *ROWS], "utf-8-sig")


def totals_and_notes_below(path):
    return _csv(path, [HEADER, *ROWS, ["合计：2 人", *[""] * 5], ["", "小计", *[""] * 4], ["制表人：赵六", *[""] * 5]])


def pages_pasted_together(path):
    return _csv(path, [HEADER, ROWS[0], [""] * 6, HEADER, ROWS[1]])


def full_width_everything(path):
    row = ["Ｅ１", "张三", "１２１．４７", "３１．２３", "是", "零陵路１号１０１室"]
    return _csv(path, [["编　号", "姓　名", "经度＊", "纬度＊", "是否同意：", "（　）地址"[3:]], row, ROWS[1]])


def quoted_newlines(path):
    rows = [[*HEADER, "备注"], [*ROWS[0], '"一\n二\n三"'], [*ROWS[1], ""]]
    return _csv(path, rows)


def ragged_rows(path):
    return _csv(path, [HEADER, ROWS[0][:5], [*ROWS[1], "多", "余"]])


def blank_columns(path):
    return _csv(path, [["", *row[:2], "", *row[2:], "", ""] for row in (HEADER, *ROWS)])


def merged_title_and_header(path):
    rows = [
        ["徐家汇街道名册"],
        ["编号", "姓名", "位置", "", "是否同意", "地址"],
        ["", "", "经度", "纬度", "", ""],
        *ROWS,
    ]
    merges = [
        (0, 0, 0, 5, "徐家汇街道名册"),
        (1, 2, 1, 3, "位置"),
        *((1, i, 2, i, HEADER[i]) for i in (0, 1, 4, 5)),
    ]
    return _book(path, {"名册": rows}, merges)


def merged_committee_cells(path):
    rows = [["居委", *HEADER], ["一居", *ROWS[0]], ["", *ROWS[1]], [""] * 7, ["", "合计", "2"]]
    return _book(path, {"名册": rows}, [(1, 0, 4, 0, "一居")])


def cover_sheet_first(path):
    return _book(path, {"填表说明": [["请如实填写"], ["联系电话见下"]], "老人": [HEADER, *ROWS], "旧": [HEADER]})


def a_sheet_by_name(path):
    sheets = {"一居": [HEADER, ROWS[0]], "二居": [HEADER, ROWS[1]]}
    return [_book(path, sheets)[0] + "#二居"]


def all_sheets(path):
    return [_book(path, {"一居": [HEADER, ROWS[0]], "二居": [HEADER, ROWS[1]]})[0] + "#*"]


def typed_cells(path):
    rows = [[*HEADER, "出生日期", "年龄"], [1, *ROWS[0][1:], date(1941, 5, 2).toordinal(), 85.0]]
    rows[1][2:4] = [121.47, 31.23]
    rows[1][6] = "1941年5月2日"
    return _book(path, {"Sheet1": rows})


def a_folder_of_committees(path):
    folder = path / "各居委"
    folder.mkdir()
    _csv(folder, [HEADER, ROWS[0]], "gb18030", name="一居.csv")
    _book(folder, {"Sheet1": [[*HEADER, "备注"], [*ROWS[1], "常住"]]}, name="二居.xlsx")
    (folder / "~$二居.xlsx").write_bytes(b"lock")
    return [str(folder)]


def the_same_name_twice(path):
    for place, row in zip(("一居", "二居"), ROWS, strict=True):
        (path / place).mkdir()
        _csv(path / place, [HEADER, row])
    return [str(path / "一居" / "名册.csv"), str(path / "二居" / "名册.csv")]


def an_id_in_two_files(path):
    return _csv(path, [HEADER, ROWS[0]], name="一居.csv") + _csv(path, [HEADER, ROWS[0]], name="二居.csv")


def parquet(path):
    pd.DataFrame({name: [row[i] for row in ROWS] for i, name in enumerate(HEADER)}).to_parquet(path / "名册.parquet")
    return [str(path / "名册.parquet")]


def headers_of_their_own(path):
    return [*_csv(path, [[*HEADER[:5], "门牌"], *ROWS]), "--set", 'columns.aliases={"门牌"="地址"}']


def a_database(path):
    with closing(sqlite3.connect(path / "roster.db")) as base, base:
        pd.DataFrame(ROWS, columns=HEADER).to_sql("elders", base, index=False)
    return [f"sqlite:///{path / 'roster.db'}", "--elders-query", "select * from elders"]


def utf16_without_its_mark(path):
    return _csv(path, [HEADER, *ROWS], "utf-16-le")


def a_line_for_excel_first(path):
    return _csv(path, [["sep=;"], HEADER, *ROWS], "utf-8-sig", ";")


def header_in_row_seven(path):
    return _csv(path, [["徐汇区"], ["天平街道"], ["2026年"], ["独居老人名册"], [""], ["居委会填写"], HEADER, *ROWS])


def ids_taken_for_dates_and_numbers(path):
    book = xlsxwriter.Workbook(path / "名册.xlsx")
    sheet = book.add_worksheet("老人")
    for i, row in enumerate([HEADER, *ROWS, ROWS[0], ROWS[1]]):
        sheet.write_row(i, 0, row)
    sheet.write_datetime(1, 0, datetime(2026, 1, 2), book.add_format({"num_format": "m-d"}))
    sheet.write_number(2, 0, 310105194105020000)
    sheet.write_string(3, 0, "E3")
    sheet.write_string(4, 0, "99010519410502100X")
    book.close()
    return [str(path / "名册.xlsx")]


def protected_by_a_password(path):
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512)
    (path / "名册.xlsx").write_bytes(content)
    return [str(path / "名册.xlsx")]


def a_web_page_called_a_workbook(path):
    (path / "名册.xls").write_text("<html><body><table><tr><td>编号</td></tr></table></body></html>", "gb18030")
    return [str(path / "名册.xls")]


def a_stray_cell_in_the_far_corner(path):
    (name,) = _book(path, {"名册": [HEADER, *ROWS]})
    book = xlsxwriter.Workbook(name)
    book.add_worksheet("名册").write(1048575, 16383, "x")
    book.close()
    return [name]


def a_folder_in_a_folder(path):
    folder = path / "各居委"
    (folder / "去年").mkdir(parents=True)
    _csv(folder, [HEADER, *ROWS])
    _csv(folder / "去年", [HEADER, *ROWS])
    return [str(folder)]


UGLY = {
    make.__name__: make
    for make in (
        gb18030_with_tabs,
        utf16_semicolons,
        bom_and_title_rows,
        totals_and_notes_below,
        pages_pasted_together,
        full_width_everything,
        quoted_newlines,
        ragged_rows,
        blank_columns,
        merged_title_and_header,
        merged_committee_cells,
        cover_sheet_first,
        a_sheet_by_name,
        all_sheets,
        typed_cells,
        a_folder_of_committees,
        the_same_name_twice,
        an_id_in_two_files,
        parquet,
        headers_of_their_own,
        a_database,
        utf16_without_its_mark,
        a_line_for_excel_first,
        header_in_row_seven,
        ids_taken_for_dates_and_numbers,
        protected_by_a_password,
        a_web_page_called_a_workbook,
        a_stray_cell_in_the_far_corner,
        a_folder_in_a_folder,
    )
}


def words_of(name: str, place: Path) -> list[str]:
    """The words of a ``check`` of one of the files, made anew in an empty folder."""
    sources = UGLY[name](place)
    (place / "volunteers.csv").write_text(VOLUNTEERS, "utf-8")
    words = ["check", "--volunteers", str(place / "volunteers.csv"), "--set", "place.elders_datum=gcj02"]
    for i, source in enumerate(sources):
        option = source.startswith("--") or (i and sources[i - 1].startswith("--"))
        words += [source] if option else ["--elders", source]
    return words
