"""Every setting: its default, its unit, and where the default comes from. One table; templates and docs follow it.

A settings file is TOML with one table a section; a misspelt key is an error. ``Settings()`` is the default.
"""

from matcher.settings.load import changed, load
from matcher.settings.matching import DistanceSettings, KeepSettings, PrioritySettings
from matcher.settings.model import SettingDoc, Settings, table
from matcher.settings.schedule import ScheduleSettings, WorthSettings

__all__ = [
    "DistanceSettings",
    "KeepSettings",
    "PrioritySettings",
    "ScheduleSettings",
    "SettingDoc",
    "Settings",
    "WorthSettings",
    "changed",
    "load",
    "table",
]
