"""All settings as one value, and as one table, which templates and docs follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from pydantic import model_validator

from matcher.settings.base import Section, refuse_contradiction
from matcher.settings.matching import (
    Acquainted,
    Availability,
    Backup,
    Boundary,
    Capacity,
    Consent,
    Distance,
    Family,
    Interests,
    Keep,
    Language,
    Needs,
    Priority,
    Same,
    Sex,
    Stairs,
    Training,
    Words,
)
from matcher.settings.month import Calendar, NewPair, Surge
from matcher.settings.roster import Columns, Conventions, Files, Place
from matcher.settings.schedule import ScheduleSettings, Worth


class Settings(Section):
    """All settings, a section each."""

    distance: Distance = Distance()
    capacity: Capacity = Capacity()
    priority: Priority = Priority()
    consent: Consent = Consent()
    boundary: Boundary = Boundary()
    family: Family = Family()
    sex: Sex = Sex()
    language: Language = Language()
    training: Training = Training()
    stairs: Stairs = Stairs()
    availability: Availability = Availability()
    same: Same = Same()
    keep: Keep = Keep()
    backup: Backup = Backup()
    acquainted: Acquainted = Acquainted()
    interests: Interests = Interests()
    needs: Needs = Needs()
    words: Words = Words()
    schedule: ScheduleSettings = ScheduleSettings()
    worth: Worth = Worth()
    surge: Surge = Surge()
    new_pair: NewPair = NewPair()
    calendar: Calendar = Calendar()
    files: Files = Files()
    columns: Columns = Columns()
    place: Place = Place()

    def conventions(self) -> Conventions:
        """Return how the user's files are to be read."""
        return Conventions(tuple(sorted(self.columns.aliases.items())), self.files.encoding)

    @model_validator(mode="after")
    def _check_budget_counts_places(self) -> Self:
        """Refuse a change budget beside units or minutes: it is kept by prices of places, and these have none."""
        if self.capacity.unit != "elders" and self.keep.budget:
            refuse_contradiction("keep.budget", self.keep.budget, "capacity.unit", self.capacity.unit)
        return self


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
        """Return ``section.key``."""
        return f"{self.section}.{self.key}"


def table() -> Iterator[SettingDoc]:
    """Yield every setting, in the order of the file."""
    for section, outer in Settings.model_fields.items():
        for key, inner in type(outer.default).model_fields.items():
            extra = inner.json_schema_extra
            assert isinstance(extra, dict)
            yield SettingDoc(
                section, key, inner.default, str(extra["unit"]), inner.description or "", str(extra["source"])
            )
