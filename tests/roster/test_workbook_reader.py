"""The reader of workbooks, asked by nobody; ``test_ugly_files.py`` holds what it reads to what its child reads."""

import io
import random
from itertools import chain

import xlsxwriter
from python_calamine import CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from matcher.roster import workbook_reader
from matcher.settings.roster import LimitsSettings


def test_a_question_without_end_is_none():
    assert workbook_reader._take(io.BytesIO(b"")) is None


def test_what_looks_near_is_near():
    dice = random.Random(1)
    places = [(702, 9_999), (703, 1), (1, 10_000), (16_384, 1_048_576)]
    places += [(dice.randint(1, 16_384), dice.randint(1, 1 << dice.randint(1, 20))) for _ in range(500)]
    looks_far = {
        (column, row): bool(workbook_reader._MAY_BE_FAR.search(f'<c r="{xl_col_to_name(column - 1)}{row}">'.encode()))
        for column, row in places
    }
    assert looks_far[702, 9_999] is False
    assert all(column <= 702 and row <= 9_999 for (column, row), far in looks_far.items() if not far)
    assert all(column > 702 or row > 9_999 for (column, row), far in looks_far.items() if far)
    least = LimitsSettings.model_fields["workbook_memory_mb"].metadata[0].ge
    assert (least << 20) // workbook_reader.BYTES_A_CELL >= 702 * 9_999


def test_merged_cells_are_those_that_the_library_finds():
    dice = random.Random(2)
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as book:
        for number in range(20):
            sheet = book.add_worksheet(f"表{number}")
            for block in range(dice.randint(0, 5)):
                top, left = 10 * block + dice.randint(0, 4), dice.randint(0, 30)
                sheet.merge_range(top, left, top + dice.randint(0, 4), left + dice.randint(1, 9), "合并")
            sheet.write(60, 0, "末")
    library = CalamineWorkbook.from_filelike(io.BytesIO(held.getvalue()))
    for told, _columns in workbook_reader.read_workbook(held.getvalue()):
        found = library.get_sheet_by_name(told["name"]).merged_cell_ranges or ()
        assert told["merged"] == sorted((*start, *end) for start, end in found)


def test_cells_come_back_as_they_were_sent():
    dice = random.Random(3)
    sheets = [
        [[dice.choice(["", "王", "x" * 99]) for _ in range(n)] for _ in range(m)] for n, m in ((0, 0), (1, 3), (9, 2))
    ]
    packed = workbook_reader._pack([[workbook_reader.texts(column) for column in sheet] for sheet in sheets])
    batches = list(workbook_reader.pa.ipc.open_stream(packed))
    assert [batch.column(0).to_pylist() for batch in batches] == [list(chain.from_iterable(sheet)) for sheet in sheets]
