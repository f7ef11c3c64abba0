"""Commands for which there is not enough memory: a sentence, and nothing else."""

import sys

import pytest

from matcher.commands import cli, main
from matcher.commands.short_memory import LEAST_MB


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(("most_mb", "code"), [(LEAST_MB - 1, 2), (LEAST_MB, 0)])
def test_a_limit_on_addresses_is_told_before_anything_is_loaded(monkeypatch, capsys, most_mb, code):
    monkeypatch.setattr("resource.getrlimit", lambda _what: (most_mb << 20, most_mb << 20))
    assert main(["template", "--help"]) == code
    assert ("ulimit -v" in capsys.readouterr().err) == (code == 2)


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_memory_that_is_not_enough_is_no_fault_of_the_program(monkeypatch, capsys, debug):
    def fail(*_args, **_words):
        raise MemoryError

    monkeypatch.setattr(cli, "main", fail)
    assert main(["template", *debug]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "no more memory" in told
    assert "Nothing was written" in told
