"""All settings as one value, and as one table, which templates and docs follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from pydantic import model_validator

from matcher.settings.base import Section, refuse_contradiction
from matcher.settings.matching import (
    AcquaintedSettings,
    AvailabilitySettings,
    BackupSettings,
    BoundarySettings,
    CapacitySettings,
    ConsentSettings,
    DistanceSettings,
    FamilySettings,
    HouseholdSettings,
    InterestsSettings,
    KeepSettings,
    LanguageSettings,
    MatchSettings,
    NeedsSettings,
    PrioritySettings,
    SameSettings,
    SexSettings,
    StairsSettings,
    TrainingSettings,
    WordsSettings,
)
from matcher.settings.month import CalendarSettings, NewPairSettings, PageSettings, RecordsSettings, SurgeSettings
from matcher.settings.roster import ColumnsSettings, Conventions, FilesSettings, LimitsSettings, PlaceSettings
from matcher.settings.schedule import ScheduleSettings, WorthSettings


class Settings(Section):
    """All settings, a section each."""

    distance: DistanceSettings = DistanceSettings()
    capacity: CapacitySettings = CapacitySettings()
    priority: PrioritySettings = PrioritySettings()
    consent: ConsentSettings = ConsentSettings()
    boundary: BoundarySettings = BoundarySettings()
    family: FamilySettings = FamilySettings()
    household: HouseholdSettings = HouseholdSettings()
    sex: SexSettings = SexSettings()
    language: LanguageSettings = LanguageSettings()
    training: TrainingSettings = TrainingSettings()
    stairs: StairsSettings = StairsSettings()
    availability: AvailabilitySettings = AvailabilitySettings()
    match: MatchSettings = MatchSettings()
    same: SameSettings = SameSettings()
    keep: KeepSettings = KeepSettings()
    backup: BackupSettings = BackupSettings()
    acquainted: AcquaintedSettings = AcquaintedSettings()
    interests: InterestsSettings = InterestsSettings()
    needs: NeedsSettings = NeedsSettings()
    words: WordsSettings = WordsSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    worth: WorthSettings = WorthSettings()
    surge: SurgeSettings = SurgeSettings()
    new_pair: NewPairSettings = NewPairSettings()
    records: RecordsSettings = RecordsSettings()
    calendar: CalendarSettings = CalendarSettings()
    page: PageSettings = PageSettings()
    files: FilesSettings = FilesSettings()
    limits: LimitsSettings = LimitsSettings()
    columns: ColumnsSettings = ColumnsSettings()
    place: PlaceSettings = PlaceSettings()

    def conventions(self) -> Conventions:
        """Return how the user's files are to be read."""
        aliases = tuple(sorted(self.columns.aliases.items()))
        return Conventions(aliases, self.files.encoding, self.files.query_seconds, self.limits)

    @model_validator(mode="after")
    def _check_bonds_count_places(self) -> Self:
        """Refuse goals about last month's pairs beside units or minutes: only a network of places holds them."""
        if self.capacity.unit != "elders":
            for name in ("budget", "most_changes", "fewest_broken"):
                if value := getattr(self.keep, name):
                    refuse_contradiction(f"keep.{name}", value, "capacity.unit", self.capacity.unit)
        return self

    @model_validator(mode="after")
    def _check_bonds_come_first(self) -> Self:
        """Refuse goals that weigh who has a volunteer against others where the order does not put them first."""
        order = self.priority.order
        after = self.priority.high_risk_after_months
        if order[:1] != ("current",):
            if after:
                refuse_contradiction("priority.high_risk_after_months", after, "priority.order", list(order))
            if self.keep.most_changes:
                refuse_contradiction("keep.most_changes", self.keep.most_changes, "priority.order", list(order))
        return self

    @model_validator(mode="after")
    def _check_homes_take_places(self) -> Self:
        """Refuse one volunteer a home beside what asks for a proof of its own: units, minutes, a change budget."""
        if self.household.mode == "off":
            return self
        for path, value, fits in (
            ("capacity.unit", self.capacity.unit, self.capacity.unit == "elders"),
            ("keep.budget", self.keep.budget, not self.keep.budget),
            ("keep.most_changes", self.keep.most_changes, not self.keep.most_changes),
            ("keep.fewest_broken", self.keep.fewest_broken, not self.keep.fewest_broken),
        ):
            if not fits:
                refuse_contradiction("household.mode", self.household.mode, path, value)
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
