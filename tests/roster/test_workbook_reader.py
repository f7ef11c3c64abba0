"""The reader of workbooks, asked by nobody; ``test_ugly_files.py`` holds what it reads to what its child reads."""

import io

from matcher.roster import workbook_reader


def test_a_question_without_end_is_none():
    assert workbook_reader._take(io.BytesIO(b"")) is None
