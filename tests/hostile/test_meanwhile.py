"""Inputs that go or change while a command is at work: it uses what it read, or says what changed."""

import hashlib
import json
from pathlib import Path

import pytest

from matcher.commands import main
from tests.helpers.effort import long
from tests.hostile.writers import ROSTERS, prepare

VISITS = Path("plan/visits.csv")
MONTH = ["--month", "2027-01"]
COMMANDS = {
    "handouts": ["handouts", *ROSTERS, "--run", "plan", "--out", "papers"],
    "verify": ["verify", *ROSTERS, *MONTH, "--pairs", "plan/pairs.csv", "--visits", str(VISITS), "--out", "b.csv"],
}


@pytest.mark.parametrize("name", ["handouts", *long("verify")])
@pytest.mark.parametrize("becomes", ["gone", "other", *long("folder")])
def test_what_was_read_counts(world, tmp_path, monkeypatch, capsys, name, becomes):
    prepare(world, tmp_path)
    monkeypatch.chdir(tmp_path)
    before = VISITS.read_bytes()
    read_bytes = Path.read_bytes

    def read_and_spoil(path):
        content = read_bytes(path)
        if path.name == VISITS.name and path.is_file():
            path.unlink()
            if becomes == "folder":
                path.mkdir()
            elif becomes == "other":
                path.write_bytes(before + b"\r\n")
        return content

    monkeypatch.setattr(Path, "read_bytes", read_and_spoil)
    code = main([*COMMANDS[name], "--lang", "en"])
    said = " ".join(capsys.readouterr().err.split())
    assert code in {0, 2}, said
    assert "itself failed" not in said
    if code == 0 and name == "handouts":
        told = json.loads(Path("papers/manifest.json").read_text("utf-8"))
        assert told["made_from"][VISITS.name] == hashlib.sha256(before).hexdigest()
