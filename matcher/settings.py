"""Every setting: its default, its unit, and where the default comes from. One table; templates and docs follow it.

A settings file is TOML with one table a section; a misspelt key is an error. ``Settings()`` is the default.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from matcher.columns import FILES
from matcher.errors import InputError
from matcher.i18n import N_
from matcher.messages import Issue

JUDGEMENT = N_("our own judgement")
PRESS = N_("press reports and street notices")
RULE = N_("national or municipal rules")
RESEARCH = N_("published research")
SEED = N_("the programme's own figures")
_ROSTERS = ("elders", "volunteers")


def _setting(default: Any, text: str, *, unit: str = "", source: str = JUDGEMENT, **limits: Any) -> Any:
    """A field with its explanation, unit and source beside it."""
    return Field(default, description=text, json_schema_extra={"unit": unit, "source": source}, **limits)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Distance(_Section):
    """How far a volunteer may walk."""

    urban_limit_m: int = _setting(
        1000, N_("longest walk from a volunteer to an elder in town"), unit="m", source=RULE, ge=1, le=50_000
    )
    rural_limit_m: int = _setting(
        3000, N_("longest walk to an elder whose area is rural"), unit="m", source=RULE, ge=1, le=50_000
    )
    detour_factor: float = _setting(1.3, N_("walked way over straight line"), unit="1", source=RESEARCH, ge=1.0, le=5.0)


class Capacity(_Section):
    """How many elders a volunteer looks after."""

    default: int = _setting(
        5,
        N_("elders for a volunteer whose roster row gives no capacity"),
        unit=N_("elders"),
        source=SEED,
        ge=0,
        le=50,
    )


class Consent(_Section):
    """Who may be matched at all."""

    required: bool = _setting(True, N_("match only elders whose consent is recorded as yes"), source=RULE)


class Keep(_Section):
    """What last month's pairs are worth."""

    worth_m: int = _setting(800, N_("metres of walking that keeping a pair is worth"), unit="m", ge=0, le=1_000_000)
    beyond_limit: bool = _setting(
        True, N_("a pair of last month may stand even beyond the distance limit"), source=RESEARCH
    )


def _window(text: str) -> str:
    """Check a window of the day written ``HH:MM-HH:MM`` and give it back."""
    start, _, end = text.partition("-")
    if time.fromisoformat(start) >= time.fromisoformat(end):
        raise ValueError(text)
    return text


Window = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"), AfterValidator(_window)]


class Schedule(_Section):
    """How often, when and how long."""

    contacts_per_week: int = _setting(
        2, N_("visits and calls to each elder in a full week"), unit=N_("contacts"), source=PRESS, ge=0, le=7
    )
    visits_per_month: int = _setting(
        4, N_("of these, visits at home in the month"), unit=N_("visits"), source=PRESS, ge=0, le=31
    )
    min_gap_days: int = _setting(
        2,
        N_("least days from one contact with an elder to the next; fewer where more contacts a week are due than fit"),
        unit=N_("days"),
        ge=1,
        le=7,
    )
    max_contacts_per_day: int = _setting(
        6, N_("most contacts of a volunteer on one day"), unit=N_("contacts"), ge=1, le=50
    )
    max_visits_per_day: int = _setting(3, N_("most visits of a volunteer on one day"), unit=N_("visits"), ge=0, le=20)
    holidays: Literal["skip", "keep"] = _setting(
        "skip", N_("statutory holidays: skip (no contacts) or keep (as any other day)")
    )
    weekends: bool = _setting(
        True, N_("plan on Saturdays and Sundays; make-up workdays count as the weekday they stand for")
    )
    closed_days: tuple[date, ...] = _setting((), N_("further dates without contacts"))
    morning: Window = _setting("09:00-11:30", N_("the morning's window"))
    afternoon: Window = _setting("14:00-17:00", N_("the afternoon's window"))
    visit_min: int = _setting(45, N_("length of a visit"), unit="min", ge=5, le=240)
    call_min: int = _setting(15, N_("length of a call"), unit="min", ge=1, le=120)
    between_min: int = _setting(
        15,
        N_("from the end of one contact of a volunteer to the start of the next"),
        unit="min",
        ge=0,
        le=120,
    )


def _aliases(aliases: dict[str, str]) -> dict[str, str]:
    """Check that each stands for a column that there is, and give them back."""
    for name in aliases.values():
        if not any(name in column.headers for columns in FILES.values() for column in columns):
            raise ValueError(name)
    return aliases


class Columns(_Section):
    """What columns are called."""

    aliases: Annotated[dict[str, str], AfterValidator(_aliases)] = _setting(
        {}, N_("headers of your own, each with the column it stands for, by its name or any of its headers")
    )

    def own(self) -> tuple[tuple[str, str], ...]:
        """Headers and the columns they stand for."""
        return tuple(sorted(self.aliases.items()))


_DATUM = Literal["", "wgs84", "gcj02", "bd09"]


class Place(_Section):
    """Where people live."""

    elders_datum: _DATUM = _setting(
        "", N_("datum of the elders' coordinates where the headers do not name it: wgs84, gcj02 or bd09")
    )
    volunteers_datum: _DATUM = _setting("", N_("the same for the volunteers' coordinates"))
    same_lane_m: int = _setting(
        100,
        N_("straight line counted between two in one lane, where no coordinates are known near either"),
        unit="m",
        ge=0,
        le=50_000,
    )
    same_committee_m: int = _setting(
        400,
        N_("the same for two of one residents' committee, but not of one lane"),
        unit="m",
        ge=0,
        le=50_000,
    )


class Settings(_Section):
    """All settings, a section each."""

    distance: Distance = Distance()
    capacity: Capacity = Capacity()
    consent: Consent = Consent()
    keep: Keep = Keep()
    schedule: Schedule = Schedule()
    columns: Columns = Columns()
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class SettingDoc:
    """One row of the settings table, for templates and docs; texts are untranslated."""

    section: str
    key: str
    default: Any
    unit: str
    text: str
    source: str

    @property
    def path(self) -> str:
        """``section.key``."""
        return f"{self.section}.{self.key}"


def table() -> Iterator[SettingDoc]:
    """Every setting, in the order of the file."""
    for section, outer in Settings.model_fields.items():
        for key, inner in type(outer.default).model_fields.items():
            extra = inner.json_schema_extra
            assert isinstance(extra, dict)
            yield SettingDoc(
                section, key, inner.default, str(extra["unit"]), inner.description or "", str(extra["source"])
            )


def load(path: Path | None = None, overrides: Sequence[str] = ()) -> Settings:
    """Settings from a TOML file, each ``section.key=value`` of ``overrides`` laid over it.

    Values of overrides are TOML too (``keep.worth_m=500``, ``schedule.closed_days=["2026-12-24"]``); a bare word is
    taken as text.

    Raises:
        InputError: with one issue for each setting that is misspelt or out of range.
    """
    file = str(path) if path else ""
    tree: dict[str, Any] = {}
    if path:
        try:
            tree = tomllib.loads(path.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError([Issue("settings_unreadable", file, params={"problem": str(error)})]) from error
    for override in overrides:
        _lay_over(tree, override)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise InputError([_as_issue(file, item) for item in error.errors()]) from error


def _lay_over(tree: dict[str, Any], override: str) -> None:
    path, equals, text = override.partition("=")
    section, dot, key = path.strip().partition(".")
    if not (equals and dot and section and key):
        raise InputError([Issue("set_malformed", "--set", value=override)])
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    inner = tree.setdefault(section, {})
    if not isinstance(inner, dict):
        raise InputError([Issue("set_malformed", "--set", value=override)])
    inner[key] = value


def _as_issue(file: str, item: Any) -> Issue:
    path = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        known = [row.path for row in table()]
        near = difflib.get_close_matches(path, known, 1, 0.5)
        if near:
            return Issue("setting_unknown_near", file, column=path, params={"near": near[0]})
        return Issue("setting_unknown", file, column=path)
    return Issue("setting_invalid", file, column=path, value=str(item["input"]), params={"allowed": _allowed(path)})


def _allowed(path: str) -> str:
    """What a setting may be, in a form that needs no translation: ``int, >= 1, <= 50000``."""
    section, _, key = path.partition(".")
    outer = Settings.model_fields.get(section)
    inner = type(outer.default).model_fields.get(key.split(".")[0]) if outer else None
    if inner is None:
        return f"[{section}]"
    kind = str(inner.annotation) if not isinstance(inner.annotation, type) else inner.annotation.__name__
    kind = kind.replace("typing.", "").replace("datetime.", "")
    if kind.startswith("dict"):
        kind = '"…" = ' + " | ".join(dict.fromkeys(column.name for file in _ROSTERS for column in FILES[file]))
    limits = [
        f"{sign} {getattr(rule, name)}"
        for rule in inner.metadata
        for name, sign in (("ge", ">="), ("le", "<="), ("pattern", "~"))
        if getattr(rule, name, None) is not None
    ]
    return ", ".join([kind, *limits])
