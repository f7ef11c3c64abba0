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


class Conventions(NamedTuple):
    """How the user's files are to be read: headers of their own, the encoding of texts, the patience with databases."""

    aliases: tuple[tuple[str, str], ...] = ()
    """Headers, each with the name or header of the column it stands for."""
    encoding: str = ""
    query_seconds: int = 600


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
