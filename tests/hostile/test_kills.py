"""Two commands are cut off at every step; ``benchmarks.hostile`` cuts off every one that writes."""

import os
import signal
from pathlib import Path

import pytest

from matcher.commands import main
from matcher.publishing import folder as folder_module
from matcher.publishing import list_mended
from tests.helpers.effort import LONG, long
from tests.hostile.kills import cut_off_apart, cut_off_at_each_step, stop_at_each_step
from tests.hostile.ledgers import cut_off_ledger, stop_forgetting
from tests.hostile.writers import ROSTERS, give, prepare

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is cut off by forking one")


@pytest.mark.parametrize(("name", "exchanges"), [("check --out", False), ("locate", True)])
def test_a_command_that_is_cut_off_leaves_the_old_or_the_new(world, tmp_path, name, exchanges):
    for folder in ("place", "aside"):
        (tmp_path / folder).mkdir()
    steps = cut_off_at_each_step(name, world, tmp_path / "place", tmp_path / "aside", exchanges=exchanges)
    assert steps > 5


@pytest.mark.parametrize("name", ["forget", *long("run", "record")])
def test_a_ledger_whose_writer_is_cut_off_is_the_old_or_the_new(world, tmp_path, name):
    assert cut_off_ledger(name, world, tmp_path) > 20


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("record", "interrupt"),
        *(pytest.param(*one, marks=pytest.mark.long) for one in (("locate", "terminate"), ("match", "interrupt"))),
    ],
)
def test_a_command_that_is_stopped_says_what_stands(world, tmp_path, name, act):
    assert stop_at_each_step(name, world, tmp_path, act, every=1 if LONG else 4) > 20


def test_forgetting_that_is_stopped_says_whether_it_was_done(world, tmp_path):
    assert stop_forgetting(world, tmp_path, signal.SIGTERM) > 20


@pytest.mark.long
def test_a_region_that_is_cut_off_is_gone_on_with(world, tmp_path):
    assert cut_off_apart("many", world, tmp_path, steps=(9, 40)) == 2


@pytest.mark.parametrize("reads", [False, True])
def test_the_next_command_mends_and_tells(world, tmp_path, monkeypatch, capsys, reads):
    """Killed between two renames, the folder is missing; who writes beside it or reads from it next brings it back."""
    prepare(world, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(folder_module, "exchange", lambda *_names: False)
    assert give("check --out", world, lang="zh") == 0
    child = os.fork()
    if not child:
        rename = Path.rename

        def dies(self, target):
            if self.suffix == ".part":
                os._exit(9)
            return rename(self, target)

        Path.rename = dies
        give("check --out", world, lang="en")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert not (tmp_path / "out").exists()
    capsys.readouterr()
    if reads:
        assert main(["verify", *ROSTERS, "--pairs", "out/pairs.csv", "--month", "2027-01", "--lang", "en"]) == 2
    else:
        assert give("locate", world, lang="en") == 0
    assert "cut off while it replaced" in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "out" / "issues.csv").is_file()
    assert list_mended()
