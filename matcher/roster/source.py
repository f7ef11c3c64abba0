"""Where a roster is: files, folders with a file a committee, sheets of workbooks, queries to databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import InputError
from matcher.messages import Issue
from matcher.roster.query import Query

READ_IN_FOLDERS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet"})
"""Endings of the files that are read where a folder is given."""
ALL_SHEETS = "*"
_OWN_FILES = ("~$", ".")
"""How the names of files begin that Excel or the system keeps for itself."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook by its name; ``*`` is every sheet that is not hidden."""

    path: Path
    name: str


Source = Path | Sheet | Query
Sources = Source | Sequence[Source]


def source_of(text: str) -> Path | Sheet:
    """What a person names: ``elders.csv``, a folder, or ``book.xlsx#Sheet``."""
    path, mark, name = text.rpartition("#")
    if mark and path and name and not Path(text).exists():
        return Sheet(Path(path), name)
    return Path(text)


def is_database(text: str) -> bool:
    """Whether a text is the address of a database and no path."""
    return "://" in text


def listed(sources: Sources) -> tuple[Source, ...]:
    """Sources one by one."""
    return tuple(sources) if isinstance(sources, Sequence) else (sources,)


def paths(sources: Sources) -> tuple[Path, ...]:
    """The files and folders among sources."""
    return tuple(
        source.path if isinstance(source, Sheet) else source
        for source in listed(sources)
        if not isinstance(source, Query)
    )


def expanded(sources: Sources) -> list[Source]:
    """Sources with the files of each folder, in order of name, in its place.

    Raises:
        InputError: a folder holds no file that can be a roster, or can't be looked into.
    """
    found: list[Source] = []
    for source in listed(sources):
        if isinstance(source, Path) and source.is_dir():
            found += _files_in(source)
        else:
            found.append(source)
    return list(dict.fromkeys(found))


def _files_in(folder: Path) -> list[Path]:
    try:
        files = [
            path
            for path in sorted(folder.iterdir())
            if path.suffix.lower() in READ_IN_FOLDERS and not path.name.startswith(_OWN_FILES) and path.is_file()
        ]
    except OSError as error:
        problem = {"problem": error.strerror or str(error)}
        raise InputError([Issue("file_unreadable", folder.name, params=problem)]) from error
    if not files:
        raise InputError([Issue("folder_empty", folder.name)])
    return files


def folders_inside(sources: Sources) -> list[tuple[str, str]]:
    """Folders within given ones, each after the name of its own: they are not read."""
    folders = [source for source in listed(sources) if isinstance(source, Path) and source.is_dir()]
    return [
        (folder.name, path.name)
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.name.startswith(_OWN_FILES)
    ]


def named(sources: Iterable[Source]) -> Mapping[Source, str]:
    """A short name for each source, no two alike: as much of a file's path as tells it from the others."""
    sources = tuple(dict.fromkeys(sources))
    files = dict.fromkeys(paths(sources), 1)
    while doubled := _doubled(files):
        for path in doubled:
            files[path] += 1
    names: dict[Source, str] = {}
    times: Counter[str] = Counter()
    for source in sources:
        name = _name(source, files)
        times[name] += 1
        names[source] = f"{name} ({times[name]})" if times[name] > 1 else name
    return names


def named_together(*rosters: Sources) -> Mapping[Source, str]:
    """``named`` for all sources of several rosters; without those of a folder that can't be looked into."""
    found: list[Source] = []
    for sources in rosters:
        with suppress(InputError):  # it is told when the folder is read
            found += expanded(sources)
    return named(found)


def _doubled(files: Mapping[Path, int]) -> list[Path]:
    """Paths whose last parts are another's too, and that have more."""
    tails = {path: path.parts[-length:] for path, length in files.items()}
    times = Counter(tails.values())
    return [path for path, tail in tails.items() if times[tail] > 1 and len(tail) < len(path.parts)]


def _name(source: Source, files: Mapping[Path, int]) -> str:
    match source:
        case Query():
            from matcher.roster.sql import shown  # noqa: PLC0415 - SQLAlchemy is loaded only where it is asked for

            return shown(source.url)
        case Sheet():
            return f"{_name(source.path, files)}#{source.name}"
        case _:
            return "/".join(source.parts[-files[source] :])
