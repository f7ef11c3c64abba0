"""The reader of workbooks in this process: it says the same as in the child that bounds its memory."""

import io

import pytest

from matcher.commands import main
from matcher.roster import workbook, workbook_reader
from tests.helpers.ugly import UGLY, words_of
from tests.helpers.workbooks import ask_here


@pytest.mark.parametrize("name", UGLY)
def test_the_same_is_read_in_either_process(name, tmp_path, capsys, monkeypatch):
    words = words_of(name, tmp_path)
    code, told = main(words), capsys.readouterr()
    monkeypatch.setattr(workbook._Child, "ask", ask_here)
    assert (main(words), capsys.readouterr()) == (code, told)


def test_a_question_without_end_is_none():
    assert workbook_reader._take(io.BytesIO(b"")) is None
