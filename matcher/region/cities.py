"""The cities of a region, as ``cities.toml`` lists them: where their rosters and lists lie."""

from __future__ import annotations

import difflib
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from matcher.database import is_database, locate
from matcher.errors import CitiesError, InputError
from matcher.evidence import read_input
from matcher.i18n import _
from matcher.messages import Issue
from matcher.outputs.filenames import make_file_names
from matcher.settings.load import decode_settings, describe_type, read_toml, shorten

_TABLE = "city"
_HEAD = re.compile(r"^\s*\[\[\s*\"?city\"?\s*\]\]", re.MULTILINE)


def _make_list(value: object) -> object:
    """Return one text as a list of it."""
    return [value] if isinstance(value, str) else value


def _refuse_unseen(name: str) -> str:
    """Return a name; raise ``ValueError`` where something of it, or all of it, can't be seen."""
    if not name.strip() or not name.isprintable():
        raise ValueError(name)
    return name


Name = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_refuse_unseen)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_make_list)]
_ROSTER = "a file, a folder, book.xlsx#Sheet, several in [ ], or a database's address"


class _Part(BaseModel):
    """A table of ``cities.toml``; the description of a field says what it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    elders: Texts = Field((), description=_ROSTER)
    elders_query: str = Field("", description="what to ask that database: one SELECT")
    volunteers: Texts = Field((), description=_ROSTER)
    volunteers_query: str = Field("", description="what to ask that database: one SELECT")
    settings: Path | None = Field(None, description="the settings file")


class City(_Part):
    """A table ``[[city]]``: one city, and what its month is made from."""

    name: Name = Field(description="the city's name; its folder is called so")
    previous: Path | None = Field(None, description="last month's pairs")
    previous_visits: Path | None = Field(None, description="last month's visits")
    records: Path | None = Field(None, description="what happened last month")
    pins: Path | None = Field(None, description="pairs that have to be")
    never: Path | None = Field(None, description="pairs that must not be")
    memory_gb: float | None = Field(
        None, gt=0, description="memory that planning it takes, where the program's own estimate is wrong"
    )


class Region(_Part):
    """A whole ``cities.toml``; what stands above the cities holds for all that do not say otherwise."""

    name: str = Field("", max_length=60, description="the region's name, as pages show it")
    borders: Literal["open", "closed"] = Field(
        "open", description="whether volunteers may serve elders of a neighbouring city: open or closed"
    )
    partition: str = Field(
        "", description="the column by which rosters of all cities in one table are split: see --partition"
    )
    city: tuple[City, ...] = ()

    @property
    def folders(self) -> Mapping[str, str]:
        """Return the name of each city's folder."""
        return make_file_names([city.name for city in self.city])


def read_cities(path: Path, partition: str = "") -> Region:
    """Return the region that a file describes; files that it names lie beside it.

    Args:
        path: The file.
        partition: The column by which rosters are split, where the command names it.

    Raises:
        CitiesError: it can't be read; with one issue for each fault, with its line.
    """
    file = str(path)
    try:
        tree = read_toml(path, file, "cities")
    except InputError as error:
        raise CitiesError(error.issues) from error
    lines = _Lines(decode_settings(read_input(path)))
    listed = tree.pop(_TABLE, [])
    issues: list[Issue] = []
    if partition:
        tree["partition"] = partition
    try:
        region = Region.model_validate(tree)
    except ValidationError as error:
        region = Region()
        issues += [_make_issue(file, Region, fault, lines, None) for fault in error.errors()]
    if not isinstance(listed, list) or not all(isinstance(table, Mapping) for table in listed):
        raise CitiesError([*issues, Issue("cities_none", file)])
    cities = []
    for number, table in enumerate(listed):
        try:
            cities.append(City.model_validate(table))
        except ValidationError as error:
            issues += [_make_issue(file, City, fault, lines, number) for fault in error.errors()]
    names = Counter(city.name.casefold() for city in cities)
    issues += [
        Issue("cities_same_name", file, lines.find("name", number), value=shorten(table["name"]))
        for number, table in enumerate(listed)
        if isinstance(table.get("name"), str) and names[table["name"].casefold()] > 1
    ]
    if not listed and not region.partition:
        issues.append(Issue("cities_none", file))
    if not issues:
        issues += _find_without_rosters(file, region, cities, lines)
    if not issues:
        issues += _find_same_rosters(file, cities, lines)
    if issues:
        raise CitiesError(issues)
    base = path.absolute().parent
    return region.model_copy(
        update={"city": tuple(_fill_in(city, region, base) for city in cities)} | _locate(region, base)
    )


def _find_without_rosters(file: str, region: Region, cities: Sequence[City], lines: _Lines) -> list[Issue]:
    """Return an issue for each roster that is missing: of a city, or of the region where its rosters are split."""
    if region.partition:
        missing = [side for side in ("elders", "volunteers") if not getattr(region, side)]
        return [Issue("cities_no_roster", file, column=side, params={"city": region.name or file}) for side in missing]
    return [
        Issue("cities_no_roster", file, lines.find("name", number), side, params={"city": city.name})
        for number, city in enumerate(cities)
        for side in ("elders", "volunteers")
        if not getattr(city, side)
    ]


def _find_same_rosters(file: str, cities: Sequence[City], lines: _Lines) -> Iterator[Issue]:
    """Yield an issue for each roster that a city before has too: copied, and not changed."""
    owners: dict[tuple[str, str, str], str] = {}
    for number, city in enumerate(cities):
        for side in ("elders", "volunteers"):
            for text in getattr(city, side):
                query = getattr(city, f"{side}_query")
                owner = owners.setdefault(
                    (side, text if is_database(text) else os.path.normpath(text), query), city.name
                )
                if owner != city.name:
                    params = {"city": owner}
                    yield Issue("cities_same_roster", file, lines.find(side, number), side, city.name, params)


def _fill_in(city: City, region: Region, base: Path) -> City:
    """Return a city with what it shares with the region, and paths from where the command is given."""
    update = _locate(city, base)
    if city.settings is None and region.settings is not None:
        update["settings"] = base / region.settings
    return city.model_copy(update=update)


def _locate(part: _Part, base: Path) -> dict[str, Any]:
    """Return the paths of a table from where the command is given."""
    found: dict[str, Any] = {
        name: base / value for name in type(part).model_fields if isinstance(value := getattr(part, name), Path)
    }
    for side in ("elders", "volunteers"):
        found[side] = tuple(locate(text, base) for text in getattr(part, side))
    return found


class _Lines:
    """The lines of ``cities.toml``: where a key of the n-th city stands. ``tomllib`` tells of no places."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._heads = [number for number, line in enumerate(self._lines, start=1) if _HEAD.match(line)]

    def find(self, key: str, city: int | None) -> int | None:
        """Return the line of a key, else that of its table; None where neither is found."""
        first, last = 1, self._heads[0] - 1 if self._heads else len(self._lines)
        if city is not None:
            if city >= len(self._heads):
                return None
            first, ends = self._heads[city], [*self._heads[city + 1 : city + 2], len(self._lines) + 1]
            last = ends[0] - 1
        written = re.compile(rf"^\s*\"?{re.escape(key)}\"?\s*[=.]")
        found = (number for number in range(first, last + 1) if written.match(self._lines[number - 1]))
        return next(found, first if city is not None else None)


def _make_issue(file: str, kind: type[_Part], fault: ErrorDetails, lines: _Lines, city: int | None) -> Issue:
    path = ".".join(str(part) for part in fault["loc"] if isinstance(part, str))
    row = lines.find(path.split(".")[0], city)
    if fault["type"] == "extra_forbidden":
        if near := difflib.get_close_matches(path, kind.model_fields, 1, 0.6):
            return Issue("cities_unknown_near", file, row, path, params={"near": near[0]})
        allowed = ", ".join(name for name in kind.model_fields if name != _TABLE)
        return Issue("cities_unknown", file, row, path, params={"allowed": allowed})
    if path == "name" and kind is City and fault["type"] != "missing":
        return Issue("cities_name", file, row, path, shorten(fault["input"]))
    if fault["type"] == "missing":
        return Issue("cities_no_name", file, row)
    field = kind.model_fields.get(path)
    allowed = f"{path} = …"
    if path == "memory_gb":
        allowed = _("a number above 0")
    elif field is not None and path != "name":
        allowed = describe_type(field.annotation)
    return Issue("cities_invalid", file, row, path, shorten(fault["input"]), {"allowed": allowed})
