"""Commands for which there is not enough memory: a sentence, and nothing else."""

import subprocess
import sys

import pytest

from matcher.commands import COMMANDS, cli, main
from matcher.commands.short_memory import _PLAN, find_least_mb


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize("words", [["template", "--help"], ["run", "--help"], ["match", "--month", "2026-12"]])
@pytest.mark.parametrize("short_mb", [1, 0])
def test_a_limit_on_addresses_is_told_before_anything_is_loaded(monkeypatch, capsys, words, short_mb):
    most_mb = find_least_mb("" if "--help" in words else words[0]) - short_mb
    monkeypatch.setattr("resource.getrlimit", lambda _what: (most_mb << 20, most_mb << 20))
    assert main([*words, "--lang", "en"]) == (2 if short_mb or "--help" not in words else 0)
    assert ("ulimit -v" in capsys.readouterr().err) == bool(short_mb)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_commands_that_read_need_less_than_those_that_plan():
    assert set(COMMANDS) > _PLAN
    assert find_least_mb("check") == find_least_mb("") < find_least_mb("match")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no such limit")
def test_a_command_that_reads_works_with_the_least(tmp_path):
    words = [sys.executable, "-m", "matcher", "template", "--out", str(tmp_path / "out"), "--lang", "en"]
    limited = ["sh", "-c", f'ulimit -v {find_least_mb("template") << 10} && exec "$@"', "sh", *words]
    done = subprocess.run(limited, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_memory_that_is_not_enough_is_no_fault_of_the_program(monkeypatch, capsys, debug):
    def fail(*_args, **_words):
        raise MemoryError

    monkeypatch.setattr(cli, "main", fail)
    assert main(["template", *debug]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "no more memory" in told
    assert "Nothing was written" in told
