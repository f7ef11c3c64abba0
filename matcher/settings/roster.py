"""Settings of the rosters: what columns are called, and where people live."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator

from matcher.columns import FILES
from matcher.i18n import N_
from matcher.settings.base import Section, setting


def _aliases(aliases: dict[str, str]) -> dict[str, str]:
    """Check that each stands for a column that there is, and give them back."""
    for name in aliases.values():
        if not any(name in column.headers for columns in FILES.values() for column in columns):
            raise ValueError(name)
    return aliases


class ColumnsSettings(Section):
    """What columns are called."""

    aliases: Annotated[dict[str, str], AfterValidator(_aliases)] = setting(
        {}, N_("headers of your own, each with the column it stands for, by its name or any of its headers")
    )


class FilesSettings(Section):
    """How files are read."""

    encoding: Literal["", "gb18030", "big5", "shift_jis", "euc_kr", "cp1252"] = setting(
        "",
        N_(
            "encoding of text files that have no mark of theirs and are not UTF-8: gb18030, big5, shift_jis, euc_kr or "
            "cp1252 (Western Europe); empty: told by the text"
        ),
    )
    query_seconds: int = setting(600, N_("how long a database may take to answer a query"), unit="s", ge=1, le=86_400)


class LimitsSettings(Section):
    """Limits of a file. A larger one is refused before it takes all memory, or the day."""

    rows: int = setting(
        1_048_576,
        N_("rows of a roster that are read at most; a worksheet has as many"),
        unit="1",
        ge=1,
        le=100_000_000,
    )
    columns: int = setting(
        32_768,
        N_("cells of one row of a text that are read at most; a worksheet has half as many"),
        unit="1",
        ge=1,
        le=1_000_000,
    )
    cells: int = setting(
        134_217_728,
        N_("cells of a text, a Parquet file or a database's answer that are read at most; rows count as the widest"),
        unit="1",
        ge=1,
        le=10_000_000_000,
    )
    cell_bytes: int = setting(
        1_048_576,
        N_("what one cell, or one value of a database, holds at most; a Chinese character takes three bytes"),
        unit="B",
        ge=1,
        le=1_000_000_000,
    )
    cell_characters: int = setting(
        2000,
        N_("characters of a cell that are looked into at most: addresses are shorter"),
        unit="1",
        ge=1,
        le=100_000,
    )
    days_characters: int = setting(5000, N_("the same for lists of days"), unit="1", ge=1, le=100_000)
    days: int = setting(3660, N_("days that one cell may name"), unit="d", ge=1, le=100_000)
    unpacked_mb: int = setting(
        2048,
        N_("what a workbook may unpack to, and what the texts of a database's answer may come to"),
        unit="MB",
        ge=1,
        le=1_000_000,
    )
    workbook_memory_mb: int = setting(
        4096,
        N_("memory that reading a workbook may take; a sheet may have 8,192 cells for each MB, empty ones too"),
        unit="MB",
        ge=1024,
        le=1_000_000,
    )


class Conventions(NamedTuple):
    """Ways to read the user's files: headers, the encoding of texts, the patience with databases, limits."""

    aliases: tuple[tuple[str, str], ...] = ()
    """Headers, each with the name or header of the column it stands for."""
    encoding: str = ""
    query_seconds: int = 600
    limits: LimitsSettings = LimitsSettings()


_DATUM = Literal["", "wgs84", "gcj02", "bd09"]


class PlaceSettings(Section):
    """Where people live."""

    elders_datum: _DATUM = setting(
        "", N_("datum of the elders' coordinates where the headers do not name it: wgs84, gcj02 or bd09")
    )
    volunteers_datum: _DATUM = setting("", N_("the same for the volunteers' coordinates"))
    same_lane_m: int = setting(
        100,
        N_("straight line counted between two in one lane, where no coordinates are known near either"),
        unit="m",
        ge=0,
        le=50_000,
    )
    same_committee_m: int = setting(
        400,
        N_("the same for two of one residents' committee, but not of one lane"),
        unit="m",
        ge=0,
        le=50_000,
    )
