"""Inputs that go or change while a command is at work: it uses what it read, or says what changed."""

import hashlib
import json
from importlib import import_module
from pathlib import Path

import pytest

from matcher.commands import main
from matcher.publishing import WholeFolder
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


def test_two_records_at_once_lose_no_row(world, tmp_path, monkeypatch, capsys):
    """Where another command writes the records between reading and writing, nothing is written over them."""
    prepare(world, tmp_path)
    monkeypatch.chdir(tmp_path)
    rows = Path("sheet.csv").read_text("utf-8").splitlines()
    for i in (1, 2):
        Path(f"{i}.csv").write_text("\n".join([rows[0], rows[i]]) + "\n", "utf-8")
    words = [*ROSTERS, "--run", "plan", *MONTH, "--records", "records/2027-01.csv", "--as-of", "2027-01-31"]
    of_record = import_module("matcher.run.record")
    merge = of_record.merge_records

    def merge_late(*args, **options):
        monkeypatch.setattr(of_record, "merge_records", merge)
        assert main(["record", "1.csv", *words, "--lang", "en"]) == 0
        return merge(*args, **options)

    for known in (False, True):
        capsys.readouterr()
        monkeypatch.setattr(of_record, "merge_records", merge_late)
        assert main(["record", "2.csv", *words, "--lang", "en"]) == (0 if known else 2)
        assert ("was changed meanwhile" in " ".join(capsys.readouterr().err.split())) != known
        assert "1.csv:2" in Path("records/2027-01.csv").read_text("utf-8")
    assert "2.csv:2" in Path("records/2027-01.csv").read_text("utf-8")


def test_a_folder_that_another_command_wrote_meanwhile_stays(world, tmp_path, monkeypatch, capsys):
    prepare(world, tmp_path)
    monkeypatch.chdir(tmp_path)
    words = ["match", *ROSTERS, *MONTH, "--no-page", "--out", "out", "--force", "--lang", "en"]
    assert main(words) == 0
    publish = WholeFolder.publish

    def publish_late(door):
        Path("out/plan.xlsx").write_bytes(b"saved by a hand")
        return publish(door)

    monkeypatch.setattr(WholeFolder, "publish", publish_late)
    assert main(words) == 2
    assert "was changed meanwhile" in " ".join(capsys.readouterr().err.split())
    assert Path("out/plan.xlsx").read_bytes() == b"saved by a hand"
