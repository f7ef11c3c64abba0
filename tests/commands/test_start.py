"""Before anything is loaded: Ctrl-C while the program starts, and public names that are imported when asked for."""

import signal
import subprocess
import sys

import pytest

import matcher

STARTS = """
import os, signal, sys

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Impatient())
sys.argv = ["old-partners", "run", "--help"]
from matcher.__main__ import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of its own")
def test_ctrl_c_while_the_program_loads_shows_no_traceback():
    done = subprocess.run([sys.executable, "-c", STARTS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_ctrl_c_is_heard_again_once_it_is_loaded():
    heard = "import signal; from matcher.__main__ import main; import sys; sys.argv = ['x', '--version']; main(); "
    heard += "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    subprocess.run([sys.executable, "-c", heard], capture_output=True, check=True)


def test_public_names_are_there_and_loaded_when_asked_for():
    for name in matcher.__all__:
        assert name == "RULES" or getattr(matcher, name).__module__.startswith("matcher.")
    assert set(matcher.__all__) <= set(dir(matcher))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = matcher.nothing
    light = "import matcher, sys; assert 'pandas' not in sys.modules; from matcher import match; matcher.what_if"
    subprocess.run([sys.executable, "-c", light], check=True)


def test_a_question_about_a_plan_loads_no_solver():
    loads = "import sys, matcher.commands.why, matcher.commands.suggest; "
    loads += "print(*sorted({name.partition('.')[0] for name in sys.modules} & {'ortools', 'geopy', 'highspy'})); "
    loads += "print(*sorted({'scipy.optimize', 'scipy.spatial', 'scipy.sparse'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
