"""The house around the code: documents say what is there, what they name exists, and nothing drifts apart."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path

import click
import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from matcher import columns, messages, settings
from matcher.commands import COMMANDS, cli
from matcher.run_folder import RUN_FILES
from tools import style, tables

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")


def text_of(name):
    return (ROOT / name).read_text("utf-8")


def blocks(name, language):
    return re.findall(rf"```{language}\n(.*?)```", text_of(name), re.DOTALL)


def rows(name, first_cell):
    """First cells, by the pattern, of all tables of a document."""
    return re.findall(rf"^\| {first_cell} \|", text_of(name), re.MULTILINE)


@pytest.fixture(scope="module")
def config():
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg", "utf-8")
    return parser


@pytest.fixture(scope="module")
def targets():
    return set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md"])
def test_every_make_command_exists(name, targets):
    told = set(re.findall(r"`make ([a-z-]+)", text_of(name)))
    told |= {word for block in blocks(name, "sh") for word in re.findall(r"^make ([a-z-]+)", block, re.MULTILINE)}
    assert told
    assert told <= targets


def test_ci_runs_what_the_readme_says():
    lines = [line for line in text_of(".ci/run").splitlines() if line and not line.startswith("#")]
    assert lines == ['cd "$(dirname "$0")/.." && exec make test']
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


def test_every_dependency_is_explained(config):
    """See what each kind is for in the first and third table, and what these bring along in the others."""
    told = [
        [canonicalize_name(name) for name in re.findall(r"^\| ([\w-]+) \|", table, re.MULTILINE) if name != "package"]
        for table in re.findall(
            r"^\| package .*\n\| ---.*\n((?:\|.*\n)+)", text_of("docs/dependencies.md"), re.MULTILINE
        )
    ]
    run, brought, test, brought_by_test = told
    wanted = config["options"]["install_requires"], config["options.extras_require"]["test"]
    direct = [sorted(canonicalize_name(Requirement(line).name) for line in lines.split()) for lines in wanted]
    assert [sorted(run), sorted(test)] == direct
    assert brought == sorted(set(pins("requirements.txt")) - {*run, "setuptools"})
    assert brought_by_test == sorted(set(pins("requirements-test.txt")) - {*run, *brought, *test, "setuptools"})


_LICENCES = {
    "Apache": r"apache",
    "BSD": r"bsd",
    "ISC": r"\bisc",
    "LGPL": r"lgpl|lesser",
    "MIT": r"\bmit\b",
    "MPL": r"mpl|mozilla",
    "PSF": r"psf|python software foundation",
}


def find_licences(text):
    return {name for name, pattern in _LICENCES.items() if re.search(pattern, text, re.IGNORECASE)}


def test_licences_are_those_of_the_packages():
    """As an expression where the package gives one; else the same licence under one of its names."""
    told = re.findall(r"^\| ([\w-]+) \| ([\w.+ -]+?) \|", text_of("docs/dependencies.md"), re.MULTILINE)
    pinned, checked = pins("requirements-test.txt"), 0
    for name, licence in told:
        try:
            about = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:  # "package | licence" of the heads, and those of other systems
            continue
        if all(about["Version"] not in pin.specifier for pin in pinned[canonicalize_name(name)]):
            continue  # another version may have another licence, and says it in other words
        checked += 1
        if expression := about.get("License-Expression"):
            assert licence == expression, name
            continue
        classified = " ".join(one for one in about.get_all("Classifier") or [] if one.startswith("License ::"))
        assert find_licences(licence) == find_licences(classified or about.get("License") or ""), name
    assert checked > 60


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_documented(name):
    assert rows(name, r"`old-partners (\S+)`") == list(COMMANDS)


@pytest.mark.parametrize("name", READMES)
def test_every_told_option_exists(name):
    """In the examples, every option of every command line is one of that command's."""
    lines = [
        line for language in ("sh", "powershell") for block in blocks(name, language) for line in block.split("\n")
    ]
    calls = [re.search(r"old-partners (\w+)(.*)", line) for line in lines]
    told = [(call[1], option) for call in calls if call for option in re.findall(r"--[a-z-]+", call[2])]
    assert len(told) > 20
    known = {
        (command.name, option)
        for command in (cli.get_command(None, name) for name in COMMANDS)
        for p in command.params
        for option in p.opts
    }
    assert [pair for pair in told if pair not in known] == []
    in_tables = {option for cell in rows(name, "(`--.*?`)") for option in re.findall(r"--[a-z-]+", cell)}
    assert in_tables >= {"--previous", "--lang"}
    assert in_tables <= {option for _command, option in known}


@pytest.mark.parametrize("name", READMES)
def test_every_file_of_the_run_folder_is_documented(name):
    assert rows(name, r"`(\S+\.(?:csv|html|json|txt|xlsx))`") == [file.name for file in RUN_FILES]


@pytest.mark.parametrize("name", READMES)
def test_every_exit_code_is_documented(name):
    assert rows(name, r"(\d+)") == ["0", "1", "2", "3", "4", "5", "130"]


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md"])
def test_every_link_leads_somewhere(name):
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text_of(name))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_both_readmes_tell_the_same():
    """The same headings, tables, commands and links, in the same order."""

    def shape(name):
        kinds = re.findall(r"^(#+ |\||```\w*|!\[)", text_of(name), re.MULTILINE)
        links = re.findall(r"\]\(([^)]+)\)", text_of(name))[1:]  # the first leads to the other README
        return kinds, [re.sub(r"\.zh-CN|\.(zh|en)(?=\.(?:svg|png))", "", link) for link in links]

    assert shape("README.md") == shape("README.zh-CN.md")


@pytest.mark.parametrize("path", tables.pages(), ids=lambda path: path.name)
def test_tables_are_current(path):
    assert path.read_text("utf-8") == tables.pages()[path]


@pytest.mark.parametrize("suffix", ["", ".zh-CN"])
def test_every_setting_and_column_is_documented(suffix):
    assert rows(f"docs/settings{suffix}.md", r"`([a-z_.]+)`") == [row.path for row in settings.table()]
    told = text_of(f"docs/columns{suffix}.md")
    assert re.findall(r"^## (\w+)", told, re.MULTILINE) == list(columns.FILES)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_command_explains_itself(language):
    for command in cli.commands.values():
        assert command.short_help
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, f"{command.name} {option.name}"


def test_the_wheel_holds_the_package_alone(config):
    """``cli.py`` stays out of it: any package may bring a top-level module of that name."""
    assert config["options"]["packages"] == "find:"
    assert dict(config["options.packages.find"]) == {"include": "matcher*"}
    assert "py_modules" not in config["options"]
    folders = {path.parent for path in (ROOT / "matcher").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_what_the_package_needs_beside_code_is_packed(config):
    patterns = config["options.package_data"]["matcher"].split()
    packed = {path for pattern in patterns for path in (ROOT / "matcher").glob(pattern)}
    others = {
        path
        for path in (ROOT / "matcher").rglob("*")
        if path.is_file() and path.suffix != ".py" and path.parent.name != "__pycache__"
    }
    assert packed == others


def pins(name):
    """The pinned requirements of a lock, by name: several where they differ by Python."""
    found = {}
    for line in re.findall(r"^(?! )(.*?)(?: \\)?$", text_of(name), re.MULTILINE):
        if line:
            requirement = Requirement(line)
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_every_pin_has_its_hashes(name):
    text = text_of(name)
    blocks = re.findall(r"^\S.*(?: \\\n    --hash=sha256:[0-9a-f]{64})+$", text, re.MULTILINE)
    assert "\n".join(blocks) == text.strip()
    assert len(blocks) == sum(map(len, pins(name).values()))


def test_locks_pin_all_requirements(config):
    backend = tomllib.loads(text_of("pyproject.toml"))["build-system"]["requires"]
    run = [*config["options"]["install_requires"].split(), *backend]
    for name, lines in {
        "requirements.txt": run,
        "requirements-test.txt": run + config["options.extras_require"]["test"].split(),
    }.items():
        pinned = pins(name)
        for requirement in map(Requirement, lines):
            versions = [
                Version(next(iter(pin.specifier)).version) for pin in pinned[canonicalize_name(requirement.name)]
            ]
            assert all(version in requirement.specifier for version in versions), requirement


def test_both_locks_pin_the_same_versions():
    run, test = pins("requirements.txt"), pins("requirements-test.txt")
    assert {name: test[name] for name in run} == run


def test_project_metadata_stands_in_setup_cfg_alone():
    assert set(tomllib.loads(text_of("pyproject.toml"))) == {"build-system", "tool"}
    assert set(tomllib.loads(text_of("pyproject.toml"))["tool"]) == {"ruff"}


def test_coverage_omits_nothing(config):
    assert not any("omit" in config[section] for section in config.sections() if section.startswith("coverage"))


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_are_kept_without_what_they_print(path):
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert code
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []


@pytest.mark.parametrize("name", READMES)
def test_every_notebook_is_told_of(name):
    told = set(re.findall(r"\]\((notebooks/[^)]+)\)", text_of(name)))
    assert told == {f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}


def test_no_module_is_too_long():
    """The tables of all columns and of all sentences may be long; code may not."""
    tables = {Path(columns.__file__), Path(messages.__file__)}
    modules = set((ROOT / "matcher").rglob("*.py")) - tables
    lengths = {path.name: text_of(path).count("\n") for path in modules}
    assert {name: length for name, length in lengths.items() if length > 500} == {}


def test_every_room_has_its_line():
    """CONTRIBUTING's table of the house names every room and module of ``matcher``."""
    rooms = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in (ROOT / "matcher").iterdir()
        if path.name not in {"__init__.py", "__main__.py", "__pycache__", "py.typed", "locale"}
    }
    assert [room for room in rooms if f"`{room}`" not in text_of("CONTRIBUTING.md")] == []


@pytest.mark.parametrize("launcher", [["-m", "matcher"], ["cli.py"]])
def test_launchers_do_the_same(launcher):
    done = subprocess.run(
        [sys.executable, *launcher, "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"old-partners {importlib.metadata.version('old-partners')}\n"


def test_names_and_docstrings_begin_with_verbs():
    """As CONTRIBUTING asks; ``python -m tools.style FOLDER`` names what misses it."""
    counts = style.count_package()
    assert counts.described_by_verb / counts.described > 0.98
    assert counts.named_by_verb / counts.functions > 0.7


@pytest.mark.parametrize("name", ["docs/glossary.md", "docs/glossary.zh-CN.md"])
def test_the_glossary_names_what_exists(name):
    """Every file and folder that a word is said to live in is there."""
    told = re.findall(r"`([a-z_/]+(?:\.py|/|\*))`", text_of(name))
    assert len(told) > 25
    assert [path for path in told if not list((ROOT / "matcher").glob(path))] == []
