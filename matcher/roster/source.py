"""Where a roster is: files, folders with a file a committee, sheets of workbooks, queries to databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import InputError, explain_system_error
from matcher.messages import Issue
from matcher.privacy import show_name
from matcher.roster.file_checks import unreadable
from matcher.roster.query import Query

READ_IN_FOLDERS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet"})
"""Endings of the files that are read where a folder is given."""
_OWN_FILES = ("~$", ".")
"""How the names of files begin that Excel or the system keeps for itself."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook by its name; ``*`` is every sheet that is not hidden."""

    path: Path
    name: str


Source = Path | Sheet | Query
Sources = Source | Sequence[Source]


def parse_source(text: str) -> Path | Sheet:
    """Return what a person names: ``elders.csv``, a folder, or ``book.xlsx#Sheet``."""
    path, mark, name = text.rpartition("#")
    if mark and path and name and not Path(text).exists():
        return Sheet(Path(path), name)
    return Path(text)


def list_sources(sources: Sources) -> tuple[Source, ...]:
    """Return sources one by one."""
    return tuple(sources) if isinstance(sources, Sequence) else (sources,)


def find_paths(sources: Sources) -> tuple[Path, ...]:
    """Return the files and folders among sources; databases are named by ``Query`` alone."""
    return tuple(
        source.path if isinstance(source, Sheet) else source
        for source in list_sources(sources)
        if not isinstance(source, Query)
    )


def expand_sources(sources: Sources) -> list[Source]:
    """Return sources with the files of each folder, in order of name, in its place.

    Raises:
        InputError: a folder holds no file that can be a roster, or can't be looked into.
    """
    found: list[Source] = []
    for source in list_sources(sources):
        if isinstance(source, Path) and source.is_dir():
            found += _files_in(source)
        else:
            found.append(source)
    return list(dict.fromkeys(found))


def is_read_in_folders(path: Path) -> bool:
    """Return whether a path is a file that is read where its folder is given."""
    return path.suffix.lower() in READ_IN_FOLDERS and not path.name.startswith(_OWN_FILES) and path.is_file()


def _files_in(folder: Path) -> list[Path]:
    try:
        files = [path for path in sorted(folder.iterdir()) if is_read_in_folders(path)]
    except OSError as error:
        raise unreadable(show_name(folder.name), explain_system_error(error)) from error
    if not files:
        raise InputError([Issue("folder_empty", show_name(folder.name))])
    return files


def find_folders_inside(sources: Sources) -> list[tuple[str, str]]:
    """Return folders within given ones, each after the name of its own: they are not read."""
    folders = [source for source in list_sources(sources) if isinstance(source, Path) and source.is_dir()]
    return [
        (show_name(folder.name), show_name(path.name))
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.name.startswith(_OWN_FILES)
    ]


def name_sources(sources: Iterable[Source]) -> Mapping[Source, str]:
    """Return a short name for each source, no two alike: as much of a file's path as tells it from the others."""
    sources = tuple(dict.fromkeys(sources))
    files = dict.fromkeys(find_paths(sources), 1)
    while doubled := _find_doubled(files):
        for path in doubled:
            files[path] += 1
    names: dict[Source, str] = {}
    times: Counter[str] = Counter()
    for source in sources:
        name = _name(source, files)
        times[name] += 1
        names[source] = f"{name} ({times[name]})" if times[name] > 1 else name
    return names


def name_sources_together(*rosters: Sources) -> Mapping[Source, str]:
    """Return the names of all sources of several rosters; folders that can't be looked into are left out."""
    found: list[Source] = []
    for sources in rosters:
        with suppress(InputError):  # it is told when the folder is read
            found += expand_sources(sources)
    return name_sources(found)


def _find_doubled(files: Mapping[Path, int]) -> list[Path]:
    """Return paths whose last parts are another's too, and that have more."""
    tails = {path: path.parts[-length:] for path, length in files.items()}
    times = Counter(tails.values())
    return [path for path, tail in tails.items() if times[tail] > 1 and len(tail) < len(path.parts)]


def _name(source: Source, files: Mapping[Path, int]) -> str:
    match source:
        case Query():
            from matcher.roster.sql import show_address  # noqa: PLC0415 - SQLAlchemy is loaded only where it is asked for

            return show_address(source.url)
        case Sheet():
            return f"{_name(source.path, files)}#{show_name(source.name)}"
        case _:
            return show_name("/".join(source.parts[-files[source] :]))
