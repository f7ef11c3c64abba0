"""The package as others get it: built from a source distribution, installed beside nothing but what it depends on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.office import Office

pytest.importorskip("pip", reason="an environment without pip installs nothing")
ROOT = Path(__file__).parent.parent
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_{kind}(sys.argv[1]))"


def call(*words, cwd, **settings):
    """Return what a process prints; it must end well."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        **settings,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(kind, source, place):
    """Build a distribution with the backend that is pinned; ``python -m build`` asks the same of it."""
    place.mkdir()
    return place / call(sys.executable, "-c", BUILD.format(kind=kind), place, cwd=source).splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from a source distribution of a copy: a build leaves files where it is made."""
    place = tmp_path_factory.mktemp("package")
    source = place / "source"
    shutil.copytree(ROOT / "matcher", source / "matcher", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    with tarfile.open(build("sdist", source, place / "sdist")) as packed:
        packed.extractall(place, filter="data")
    (unpacked,) = place.glob("old_partners-*")
    return build("wheel", unpacked, place / "wheel")


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel in an environment of its own, with the packages it depends on, and not this checkout."""
    place = tmp_path_factory.mktemp("clean") / "有 空格"
    call(sys.executable, "-m", "venv", "--without-pip", place, cwd=wheel.parent)
    folder = place / ("Scripts" if sys.platform == "win32" else "bin")
    python = folder / "python"
    site = Path(call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place).strip())
    site.joinpath("dependencies.pth").write_text(str(Path(np.__file__).parents[1]), "utf-8")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    call(*pip, "install", "--quiet", "--no-deps", "--no-index", "--no-compile", wheel, cwd=place)
    return folder


def test_the_wheel_holds_every_file_of_the_package_and_its_licence(wheel):
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    package = ROOT / "matcher"
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_what_is_installed_plans_a_month_in_an_empty_folder(installed, tmp_path):
    """With its catalogs and the report page, for somebody without a home, language or our time zone.

    As plain Python: in another place the loops would be compiled anew.
    """
    rosters = Office(tmp_path).rosters
    empty = tmp_path / "empty"
    empty.mkdir()
    program = installed / "old-partners"
    env = {name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG", "XDG_"))}
    env |= {"HOME": str(tmp_path / "no" / "home"), "LC_ALL": "C", "TZ": "Pacific/Kiritimati", "COLUMNS": "80"}
    env |= {"NUMBA_DISABLE_JIT": "1", "NUMBA_CACHE_DIR": ""}
    assert call(program, "--version", cwd=empty, env=env).startswith("old-partners ")
    told = call(
        program, "run", *rosters, "--month", "2026-12", "--past", "--lang", "zh", "--out", "十二月", cwd=empty, env=env
    )
    assert "十二月" in told
    assert (empty / "十二月" / "report.html").read_text("utf-8").count("<script") >= 1
    assert (empty / "十二月" / "pairs.csv").read_text("utf-8-sig").startswith("老人编号")
    where = call(installed / "python", "-P", "-c", "import matcher; print(matcher.__file__)", cwd=empty, env=env)
    assert Path(where.strip()).is_relative_to(installed.parent)
