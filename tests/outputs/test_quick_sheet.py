"""The quick worksheet against XlsxWriter's own: the same bytes."""

from datetime import datetime

import pytest
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from matcher.outputs.plan_workbook.quick_sheet import QuickSheet


def write(path, kind, *, in_rows):
    with Workbook(path, {"constant_memory": in_rows}) as book:
        book.set_properties({"created": datetime(2026, 12, 1)})
        looks = [None, book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "#,##0"})]
        sheet = book.add_worksheet("one", kind)
        sheet.set_column(30, 30, 12, looks[2])
        for row, look in enumerate(looks):
            for col, text in enumerate(["张", '<a & "b">', " room ", "12", "x" * 40]):
                sheet.write_string(row, col, text, look)
            for col, number in enumerate([0, -3, 46357, 1 / 3, 1e-20, 123456789012345678], start=24):
                sheet.write_number(row, col, number, look)
            sheet.write_blank(row, 30, None, look)
            sheet.write_boolean(row, 31, True, look)
            sheet.write_formula(row, 32, "=1+1", look)
        sheet.write_comment(1, 1, "a note")
    return path.read_bytes()


@pytest.mark.parametrize("in_rows", [False, True])
def test_the_bytes_are_the_same(tmp_path, in_rows):
    one, other = (write(tmp_path / kind.__name__, kind, in_rows=in_rows) for kind in (Worksheet, QuickSheet))
    assert one == other
