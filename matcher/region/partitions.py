"""Rosters of all cities in one table, read a city at a time: a folder of Parquet files by city, or a database's query.

A dataset has a folder a city, called ``city=Suzhou`` where the column is ``city``, as pandas and Spark write it.
Of a database each city asks for its own rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from pydantic import ValidationError

from matcher.database import is_database
from matcher.errors import CitiesError, UsageError
from matcher.i18n import _
from matcher.messages import Issue
from matcher.region.cities import City, Region
from matcher.roster.query import Query
from matcher.settings.load import shorten
from matcher.settings.roster import Conventions

_SIDES = ("elders", "volunteers")
_NO_CONVENTIONS = Conventions()
_NULL = "__HIVE_DEFAULT_PARTITION__"
"""The folder of rows without a value, as pandas and Spark call it."""


def split_rosters(region: Region, conventions: Conventions = _NO_CONVENTIONS) -> Region:
    """Return a region with a city for each value of the column that splits its rosters; as it is where none does.

    A ``[[city]]`` that is called as a value adds its lists and settings to it.

    Raises:
        CitiesError: a database refuses, or no value is found.
        UsageError: a roster is neither a folder nor a database.
    """
    if not region.partition:
        return region
    found: dict[str, dict[str, tuple[tuple[str, ...], str]]] = {}
    for side in _SIDES:
        for value, source, query in _list_values(region, side, conventions):
            sources, _query = found.setdefault(value, {}).get(side, ((), ""))
            found[value][side] = ((*sources, source), query)
    if not found:
        raise CitiesError([Issue("cities_no_partition", region.elders[0], column=region.partition)])
    if issues := list(_find_faults(region, found)):
        raise CitiesError(issues)
    told = {city.name: city for city in region.city}
    cities = []
    for value in sorted(found):
        own = told.pop(value, None) or City(name=value, settings=region.settings)
        update: dict[str, object] = {}
        for side in _SIDES:
            sources, query = found[value].get(side, ((), ""))
            update |= {side: sources, f"{side}_query": query}
        cities.append(own.model_copy(update=update))
    if told:
        raise CitiesError(
            [Issue("cities_no_partition", region.elders[0], column=region.partition, value=", ".join(told))]
        )
    return region.model_copy(update={"city": tuple(cities)})


def _find_faults(region: Region, found: Mapping[str, Mapping[str, object]]) -> Iterator[Issue]:
    """Yield an issue for each value that can't be a city: people would be left out, or be in two."""
    names = Counter(value.casefold() for value in found)
    for value, sides in found.items():
        if not value or value == _NULL:
            yield from (Issue("cities_rows_of_none", side, column=region.partition) for side in sides)
            continue
        if names[value.casefold()] > 1:
            yield Issue("cities_same_name", column=region.partition, value=value)
        try:
            City(name=value)
        except ValidationError:
            yield Issue("cities_name", column=region.partition, value=shorten(value))


def _list_values(region: Region, side: str, conventions: Conventions) -> Iterator[tuple[str, str, str]]:
    """Yield each city of a roster with the source and the query that give its rows alone."""
    sql = getattr(region, f"{side}_query")
    for text in getattr(region, side):
        if is_database(text):
            yield from _ask_for_values(text, sql, region.partition, conventions)
            continue
        folder = Path(text)
        if not folder.is_dir():
            raise UsageError(_("{path} is no folder: --partition takes folders and databases").format(path=text))
        head = f"{region.partition}="
        for path in sorted(folder.iterdir()):
            if path.is_dir() and path.name.startswith(head):
                yield unquote(path.name.removeprefix(head)), str(path), ""


def _ask_for_values(url: str, sql: str, column: str, conventions: Conventions) -> Iterator[tuple[str, str, str]]:
    """Yield the values of a column of a database's query, each with the query for its rows."""
    import sqlalchemy as sa  # noqa: PLC0415 - SQLAlchemy is loaded only where it is asked for

    from matcher.roster.sql import ask_database, show_address  # noqa: PLC0415

    if not sql:
        raise UsageError(_("say in {key} what to ask the database").format(key="elders_query, volunteers_query"))
    name = show_address(url)
    inner = sql.strip().rstrip(";") + "\n"  # a comment may end it
    try:
        quoted = sa.make_url(url).get_dialect()().identifier_preparer.quote(column)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise CitiesError([Issue("database_unknown", name)]) from error
    query = Query(url, f"SELECT DISTINCT {quoted} FROM ({inner}) AS roster")  # noqa: S608 - the user's own query
    _titles, columns = ask_database(query, name, conventions)
    for value in sorted(value or "" for value in columns[0].to_pylist()):
        if "\\" in value:  # what a backslash does in a text is each database's own affair
            raise CitiesError([Issue("cities_no_partition", name, column=column, value=value)])
        literal = value.replace("'", "''")
        yield value, url, f"SELECT * FROM ({inner}) AS roster WHERE {quoted} = '{literal}'"  # noqa: S608
